"""The command line: parse, call one `app` function, show."""

from softwright.cli.main import main

__all__ = ["main"]
