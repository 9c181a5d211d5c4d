"""The header profile `zumik`: hints, sessions, budgets and traces around the gateway, none in its bodies."""

from __future__ import annotations
