"""Build the website: the course's pages to read, and to run in a browser tab.

    python docs/site/build.py                         into site/
    python docs/site/build.py --target /tmp/site
    python docs/site/build.py --only lite             only what runs in the tab
    python docs/site/build.py --only pages            only the pages to read

CTKIT_PYODIDE names a folder with Pyodide's release; without it, it is downloaded.
"""

import argparse
import os
import sys
from pathlib import Path

import lite
import pages
from release import Release

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"pages": lambda target, _: pages.build(target), "lite": lite.build}


def build(target: Path, pyodide: Path | None, only: list[str]) -> None:
    """Build the parts of the site into `target`."""
    chosen = only or list(PARTS)
    release = _opened(pyodide) if "lite" in chosen else None  # first: there may be none
    for name in chosen:
        PARTS[name](target, release)


def _opened(pyodide: Path | None) -> Release:
    try:
        return Release(pyodide, lite.CACHE)
    except (OSError, ValueError) as error:
        sys.exit(f"build: {error}")


def main() -> None:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", type=Path, default=ROOT / "site")
    parser.add_argument("--only", action="append", choices=PARTS, default=[])
    options = parser.parse_args()
    named = os.environ.get("CTKIT_PYODIDE")
    build(options.target.resolve(), Path(named).resolve() if named else None, options.only)


if __name__ == "__main__":
    main()
