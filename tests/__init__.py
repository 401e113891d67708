"""The tests; a package, so that they can share the picture comparison and the notebook rules."""
