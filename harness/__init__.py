"""plan -> capture -> judge, and the two ways in: the command line and the pytest plugin."""
