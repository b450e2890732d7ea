"""Calling the command line as a program would."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from dgm_studio.cli import cli


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args], catch_exceptions=False)
