"""Drift: the contract against a newer OpenAPI document and against the models of the openai SDK."""

from slashv1.spec.drift.model import Change, Direction, Drift, SdkMissingError, Weight

__all__ = ["Change", "Direction", "Drift", "SdkMissingError", "Weight"]
