"""One catalogue of everything the gateway can do wrong, and of what is unusual and yet legal."""

from slashv1.reference_server.defects.twist import DEFECTS, VARIANTS, Twist, find_twist

__all__ = ["DEFECTS", "VARIANTS", "Twist", "find_twist"]
