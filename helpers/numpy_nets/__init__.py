"""The networks in NumPy: one step, the loop, the backward pass, and what they are trained and measured with."""
