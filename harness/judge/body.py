"""Checks, to come."""
