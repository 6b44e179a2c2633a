"""filmnet: two near-duplicate photos become a smooth slow-motion video."""

__version__ = "0.1.0"
