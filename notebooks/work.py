"""Your own copy of the notebooks, in work/ beside this folder: git never sees it.

python notebooks/work.py fill        copy each page that work/ lacks
python notebooks/work.py reset 05    a fresh page 05; yours is kept under another name
"""

import argparse
import time
from pathlib import Path

from ctkit.errors import SaveError
from ctkit.files.atomic import write_file

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "work"
# Pages, and texts that they link to; scripts stay where they are edited.
PATTERNS = ("*.ipynb", "*.md")


def sources(folder=HERE):
    """The files that a learner's copy is made of."""
    return sorted(path for pattern in PATTERNS for path in folder.glob(pattern))


def fill(folder=HERE, work=WORK):
    """Copy what `work` lacks; a page that is there is never touched."""
    work.mkdir(exist_ok=True)
    absent = [path for path in sources(folder) if not (work / path.name).exists()]
    for path in absent:
        # Whole or not at all: a page that is there, if only half, would never be touched again.
        write_file(work / path.name, path.read_bytes())
    print(f"{work.name}/: {len(absent)} new, {len(sources(folder)) - len(absent)} as you left them")
    return absent


def reset(number, folder=HERE, work=WORK):
    """A fresh copy of one page; the learner's own is renamed, so that nothing is lost."""
    pages = [path for path in sources(folder) if number and path.stem.split("_")[0] == number]
    if not pages:
        numbers = ", ".join(path.stem.split("_")[0] for path in folder.glob("*_*.ipynb"))
        message = f"there is no page {number!r}; say reset with one of: {numbers}"
        raise SystemExit(message)
    page = pages[0]
    mine = work / page.name
    work.mkdir(exist_ok=True)
    if mine.exists() and mine.read_bytes() != page.read_bytes():
        kept = _unused(work / f"{page.stem}.mine-{time.strftime('%Y-%m-%d')}.ipynb")
        mine.rename(kept)
        print(f"your page is kept as {work.name}/{kept.name}")
    write_file(mine, page.read_bytes())
    print(f"{work.name}/{page.name} is fresh")
    return mine


def _unused(path):
    """`path`, or the first of path-2, path-3 ... that isn't there."""
    count, candidate = 1, path
    while candidate.exists():
        count += 1
        candidate = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return candidate


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("fill", help="copy each page that work/ lacks (what it does by default)")
    actions.add_parser("reset", help="a fresh page").add_argument("page", nargs="?", default="")
    options = parser.parse_args()
    try:
        reset(options.page) if options.action == "reset" else fill()
    except SaveError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
