"""torch: parameters carried over, the training loop, forecasting."""
