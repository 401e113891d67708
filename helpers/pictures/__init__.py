"""Figures: palette, captions, diagrams, text that is redrawn fast, a progress bar."""
