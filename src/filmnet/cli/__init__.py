"""The command line: parse, one call, print."""

from filmnet.cli.app import main

__all__ = ["main"]
