"""What maintainers run by hand or by course.py: nothing here is imported by a notebook."""
