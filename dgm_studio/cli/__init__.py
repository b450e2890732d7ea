"""The command line: the same engine without a window. Progress goes to standard error, results to standard output."""

from .main import cli

__all__ = ["cli"]
