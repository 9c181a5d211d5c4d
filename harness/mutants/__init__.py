"""Certain violations, one each, made of exchanges that are right: the teeth of the checks, measured."""
