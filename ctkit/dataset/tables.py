"""Tables of scans: .csv files as people and spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..errors import LoadError

#: The columns that say what to read; all others go along as they are.
READ = ("scan", "mask", "series", "patient")
# What a mask may be called: it becomes a part of file names, columns and pages.
_MASK = re.compile(r"\w[\w .+-]{0,63}")
# What an item of a training set holds beside its masks.
_TAKEN = ("image", "row", "start")


def read_rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of the line and the cells of each row of a table of scans, by column.

    Commas, semicolons or tabs part the cells; the text is UTF-8, or UTF-16 with its mark.

    Raises
    ------
    LoadError
        Where it is no such table: it says what to change.
    """
    text = _text_of(table)
    first = text.partition("\n")[0].partition("\r")[0]
    parts = [part for part in ",;\t" if "scan" in map(_column, _cells(first, part))]
    if not text.strip():
        return
    if not parts:
        known = ", ".join(_cells(first, ","))
        message = f"{table} has no column 'scan': its columns are {known[:300]}"
        raise LoadError(message)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=parts[0])
    try:
        names = [_column(name) for name in next(lines)]
        _check_columns(table, names)
        for cells in lines:
            if any(map(str.strip, cells)):
                yield lines.line_num, _row(table, lines.line_num, names, cells)
    except csv.Error as error:
        message = f"{table}, line {lines.line_num}: it can't be read as CSV: {error}"
        raise LoadError(message) from None


def mask_name(column: str) -> str:
    """What the masks of a column ``mask`` or ``mask:name`` are called."""
    return column.partition(":")[2].strip() or "mask"


def _text_of(table: Path) -> str:
    try:
        held = table.read_bytes()
    except OSError as error:
        message = f"{table} can't be read: {error.strerror}"
        raise LoadError(message) from None
    wide = held.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return held.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        message = f"{table} is no UTF-8 text: save it as CSV UTF-8"
        raise LoadError(message) from None


def _cells(line: str, part: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(part)]


def _column(name: str) -> str:
    """The name of a column; those that say what to read may be written with a capital."""
    name = name.strip()
    first, colon, rest = name.partition(":")
    return f"{first.lower()}{colon}{rest}" if first.lower() in READ else name


def _check_columns(table: Path, names: list[str]) -> None:
    masks = [mask_name(name).lower() for name in names if name.partition(":")[0] == "mask"]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    twice += [f"mask:{name}" for name, count in Counter(masks).items() if count > 1]
    if twice:
        message = f"{table} has two columns {twice[0]!r}: give one of them another name"
        raise LoadError(message)
    for name in masks:
        if not _MASK.fullmatch(name) or name in _TAKEN:
            message = (
                f"{table}: a mask can't be called {name!r}: take letters, digits, blanks and _.+-, "
                f"64 at most, and not {', '.join(_TAKEN)}"
            )
            raise LoadError(message)


def _row(table: Path, number: int, names: list[str], cells: list[str]) -> dict[str, str]:
    if any(cells[len(names) :]):
        message = (
            f"{table}, line {number}: it has {len(cells)} cells, and there are {len(names)} "
            "columns: put cells that hold a comma into double quotes"
        )
        raise LoadError(message)
    cells = [*cells, *[""] * (len(names) - len(cells))]
    return {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
