"""Two small arrays as numbers, side by side, with what differs marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from .sameness import apart
from .telling import number, worst
from .words import COLORS, Said

#: So many values, and so many columns of them, still read as numbers; what is larger is a picture.
MOST, WIDEST = 64, 12
# Readable on light pages and on dark ones.
_CELL = "padding: 2px 8px; text-align: right; border: 1px solid #8c8c8c; font-family: monospace"
_CAPTION = "text-align: left; white-space: nowrap"
_HEAD = "padding: 2px 8px; text-align: center; font-weight: normal; opacity: 0.75"
_OFF = f"; font-weight: bold; border: 2px solid {COLORS['not yet']}; background: #d9822b40"


def is_small(*arrays: np.ndarray) -> bool:
    """Whether arrays of one to three axes can be read as numbers, a slice at a time."""
    return all(0 < one.ndim < 4 and _fits(one.shape[-2:]) for one in arrays)


def _fits(shape: tuple[int, ...]) -> bool:
    return 0 < math.prod(shape) <= MOST and shape[-1] <= WIDEST


def table_of(yours: np.ndarray, right: np.ndarray, tolerance: float, what: str = "") -> Said | None:
    """Yours and the right one as two tables; None where no value differs.

    Parameters
    ----------
    yours, right : np.ndarray
        Of one to three axes; of three the slice is shown that holds the worst value.
    tolerance : float
        Of numbers that are the same.
    what : str
        What the numbers are, where it isn't the answer itself: "affine".
    """
    words = what
    if right.ndim == 3:
        at = worst(yours, right)[0] if yours.shape == right.shape else 0
        words = f"slice {at}"
        yours, right = (one[min(at, len(one) - 1)] for one in (yours, right))
    # A row has one index only.
    named = right.ndim == 2
    one, other = (np.atleast_2d(values) for values in (yours, right))
    off = _differ(one, other, tolerance)
    if not off.any():
        return None
    tables = [
        _table(values, off, f"{name}, {words}" if words else name, named)
        for name, values in (("yours", one), ("right", other))
    ]
    style = "display: flex; flex-wrap: wrap; gap: 4px 28px; margin-top: 6px; font-size: 0.92em"
    more = "" if right.dtype != bool else "<div>● is True, · is False.</div>"
    plain = f"{words + ': ' if words else ''}{int(off.sum())} of {off.size} values differ"
    return Said(plain, f'<div style="{style}">{"".join(tables)}</div>{more}')


def _differ(one: np.ndarray, other: np.ndarray, tolerance: float) -> np.ndarray:
    """Where two tables differ; what only one of them has differs too."""
    shape = np.maximum(one.shape, other.shape)
    off = np.ones(shape, bool)
    both = tuple(map(slice, np.minimum(one.shape, other.shape)))
    off[both] = apart(one[both], other[both], tolerance)
    return off


def _table(values: np.ndarray, off: np.ndarray, caption: str, named: bool) -> str:
    heads = [f'<th scope="col" style="{_HEAD}">{i}</th>' for i in range(values.shape[1])]
    corner = f'<td style="{_HEAD}"></td>' if named else ""
    rows = [f"<tr>{corner}{''.join(heads)}</tr>"]
    for place, row in enumerate(values):
        head = f'<th scope="row" style="{_HEAD}">{place}</th>' if named else ""
        rows.append(f"<tr>{head}{_cells(row, off[place])}</tr>")
    style = "border-collapse: collapse; margin: 0"
    words = f'<caption style="{_CAPTION}">{caption}</caption>'
    return f'<table style="{style}">{words}{"".join(rows)}</table>'


def _cells(row: np.ndarray, off: np.ndarray) -> str:
    return "".join(
        f'<td style="{_CELL}{_OFF if differs else ""}">{_said(value)}</td>'
        for value, differs in zip(row, off, strict=False)
    )


def _said(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "●" if value else "·"
    return number(value)


def legend_of(colors: Sequence[tuple[str, str]]) -> str:
    """(colour, name) of each: a line of HTML."""
    style = "display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 12px"
    named = "".join(
        f'<span style="{style}; background: {color}"></span>{escape(name)}'
        for color, name in colors
    )
    return f"<div>{named}</div>" if named else ""
