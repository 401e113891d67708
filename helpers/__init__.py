"""What the notebooks share: numbers, pictures and sliders, each in a module of its own."""
