"""The sub-commands, one module each, loaded when called."""
