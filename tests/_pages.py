"""The committed pages as tests read them: sections, figures and what is printed."""

import re
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
GLOSSARY = ROOT / "notebooks" / "glossary.md"
HEADING = re.compile(r"^(#+) +(.+?)\s*$", re.MULTILINE)


@cache
def cells(number):
    """The cells of a page."""
    (path,) = (page for page in PAGES if page.name.startswith(number))
    return nbformat.read(path, as_version=4).cells


def prose(number):
    """All markdown of a page."""
    return "\n\n".join(cell.source for cell in cells(number) if cell.cell_type == "markdown")


def printed(number):
    """All that a page prints."""
    outputs = [output for cell in cells(number) for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


def figures(number):
    """(alternative text, line printed under it) of each figure; "" where a line lacks."""
    for cell in cells(number):
        outputs = cell.get("outputs", [])
        for place, output in enumerate(outputs):
            after = outputs[place + 1] if place + 1 < len(outputs) else {}
            if output.get("data", {}).get("text/plain", "").startswith("Figure:"):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                yield alt, after.get("text", "").partition("\n")[0]


def facts(number):
    """The lines under the figures of a page."""
    return [line for _, line in figures(number)]


def widgets(number):
    """(what it is, alternative text) of each widget that a page shows."""
    for cell in cells(number):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data and not data["text/plain"].startswith("Figure:"):
                yield data["text/plain"], output.metadata.get("image/png", {}).get("alt", "")


def sections(number):
    """(heading, cells) of each part under a heading of level 2."""
    found, current = [], None
    for cell in cells(number):
        parts = [("", cell)]
        if cell.cell_type == "markdown":
            parts = list(_split(cell.source))
        for heading, part in parts:
            if heading:
                current = (heading, [])
                found.append(current)
            if current:
                current[1].append(part)
    return found


def _split(source):
    """Pieces of a markdown cell at its headings of level 2."""
    for piece in re.split(r"^(?=## )", source, flags=re.MULTILINE):
        heading = re.match(r"## +(.+)", piece)
        yield (heading[1].strip() if heading else ""), piece


def text_of(parts):
    """The markdown among the parts of a section."""
    return "\n\n".join(part for part in parts if isinstance(part, str))


def outputs_of(parts):
    """The outputs among the parts of a section."""
    return [out for part in parts if not isinstance(part, str) for out in part.get("outputs", ())]
