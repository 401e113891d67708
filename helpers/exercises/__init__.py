"""The exercises: the engine that checks answers, and one file of checks per notebook."""
