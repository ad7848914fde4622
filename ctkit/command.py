"""``ctkit prepare scans/ out/ --steps steps.toml``: `dataset.prepare` from a terminal."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import CTError, ParameterError

_EXAMPLE = """\
a file of settings holds the steps as they print, and what else `dataset.prepare` takes:

  steps = ["regularize()", "keep_head()", "resample(1.0)", "center((160, 192, 160))"]
  format = "zarr"
  accept = {uneven = "resample"}
"""
# What a file of settings may hold.
_SETTINGS = ("steps", "accept", "format", "workers", "memory", "timeout", "retry")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0, 1 for an error that is told, 3 where some scans have no result."""
    given = _parser().parse_args(arguments)
    try:
        return given.run(given)
    except CTError as error:
        print(f"ctkit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ctkit: stopped; started again, it goes on from what is done", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ctkit", description="Many CT scans through one pipeline."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    prepare = commands.add_parser(
        "prepare",
        help="take every scan through the same steps",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prepare.add_argument("sources", nargs="+", help="folders, files, or a table (.csv) of scans")
    prepare.add_argument("out", help="an empty folder, or one that was prepared before")
    prepare.add_argument(
        "--steps", required=True, metavar="FILE", help="a file of settings (.toml)"
    )
    prepare.add_argument("--workers", type=int, help="processes; as many as there are cores")
    prepare.add_argument(
        "--retry", action="store_true", help="try again what was refused or failed"
    )
    prepare.add_argument("--quiet", action="store_true", help="no bar")
    prepare.set_defaults(run=_prepare)
    return parser


def _prepare(given: argparse.Namespace) -> int:
    from . import dataset

    settings = read_settings(given.steps)
    if given.workers is not None:
        settings["workers"] = given.workers
    settings["retry"] = given.retry or settings.get("retry", False)
    steps = settings.pop("steps")
    run = dataset.prepare(given.sources, steps, given.out, progress=not given.quiet, **settings)
    print(run)
    for row in run.failed.itertuples():
        print(f"{row.ending}: {row.source}: {row.reason}")
    return 0 if len(run.ready) == len(run) else 3


def read_settings(path: str) -> dict[str, Any]:
    """The settings in a TOML file, its steps made.

    Raises
    ------
    ParameterError
        Where it can't be read, or holds something else.
    """
    from .dataset import steps

    try:
        held = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise ParameterError(message) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path} is no TOML: {error}"
        raise ParameterError(message) from None
    if unknown := [name for name in held if name not in _SETTINGS]:
        message = f"{path} has {unknown[0]!r}: its settings are {', '.join(_SETTINGS)}"
        raise ParameterError(message)
    if not isinstance(held.get("retry", False), bool):
        message = f"{path}: retry is true or false, not {held['retry']!r}"
        raise ParameterError(message)
    lines = held.get("steps")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        message = f'{path} has no list of steps: write steps = ["resample(1.0)"]'
        raise ParameterError(message)
    return held | {"steps": [steps.parse(line) for line in lines]}
