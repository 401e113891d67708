"""The course's explorers, one file each: what they compute, what they draw, what they say."""
