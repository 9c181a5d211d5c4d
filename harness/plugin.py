"""The pytest plugin: the matrix as test items."""
