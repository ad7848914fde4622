"""Percentiles of a whole volume by counting: exact, and without a second copy of it.

int16 has 65,536 values, so one count of each says all. Of float32 the upper half of the bits is
counted first, which puts the values in order of size, and then the lower half of those few parts
in which a percentile lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_PIECE = 2**17  # voxels that are counted at once: their 64-bit numbers stay in the cache
_ALL = 2**16


def percentiles(values: np.ndarray, asked: Sequence[float]) -> np.ndarray:
    """What ``np.percentile`` gives for all values that are finite.

    Parameters
    ----------
    values : ndarray of bool, int16 or float32, of any shape
    asked : sequence of float
        From 0 to 100.

    Returns
    -------
    (len(asked),) ndarray of float64, NaN where no value is finite

    Examples
    --------
    >>> percentiles(np.array([-1000, 0, 40, 80], np.int16), (0, 50, 75))
    array([-1000.,    20.,    50.])
    """
    flat = values.ravel(order="K")
    if flat.dtype == bool:
        flat = flat.view(np.int8).astype(np.int16)
    counts = _counts_of_floats(flat) if flat.dtype == np.float32 else _counts_of_int16(flat)
    total = int(counts.sum())
    if not total:
        return np.full(len(asked), np.nan)
    places = (total - 1) * np.asarray(asked, np.float64) / 100
    below = np.floor(places).astype(np.int64)
    ranks = np.unique([below, np.minimum(below + 1, total - 1)])
    found = _floats_at(flat, counts, ranks) if flat.dtype == np.float32 else _at(counts, ranks)
    return np.interp(places, ranks, found)


def _pieces(flat: np.ndarray) -> Iterator[np.ndarray]:
    for begin in range(0, flat.size, _PIECE):
        yield flat[begin : begin + _PIECE]


def _counts_of_int16(flat: np.ndarray) -> np.ndarray:
    """How often each int16 occurs, the lowest first."""
    counts = np.zeros(_ALL, np.int64)
    for piece in _pieces(flat):
        counts += np.bincount(piece.view(np.uint16), minlength=_ALL)
    return np.roll(counts, _ALL // 2)


def _at(counts: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """The int16 at places in the order of size."""
    return np.searchsorted(np.cumsum(counts), ranks, "right") - _ALL / 2


def _counts_of_floats(flat: np.ndarray) -> np.ndarray:
    """How often each upper half of a finite float32 occurs, as in `_order`."""
    counts = np.zeros(_ALL, np.int64)
    for piece in _pieces(flat):
        counts += np.bincount(piece.view(np.uint32) >> 16, minlength=_ALL)
    return counts[_order()]


def _order() -> np.ndarray:
    """The upper halves of all finite float32, from the lowest float to the highest."""
    positive = np.arange(0x7F80)  # from there on they are infinite, or no numbers
    return np.concatenate([positive[::-1] + 0x8000, positive])


def _floats_at(flat: np.ndarray, counts: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """The float32 at places in the order of size."""
    ends, order = np.cumsum(counts), _order()
    parts = np.searchsorted(ends, ranks, "right")
    found = np.empty(len(ranks), np.float32)
    for part in np.unique(parts):
        upper, count, here = int(order[part]), int(counts[part]), parts == part
        lows = _lower_at(flat, upper, count, ranks[here] - (ends[part] - count))
        found[here] = (upper << 16 | lows).astype(np.uint32).view(np.float32)
    return found


def _lower_at(flat: np.ndarray, upper: int, count: int, ranks: np.ndarray) -> np.ndarray:
    """The lower halves at places in the order of size, among `count` floats of an upper half."""
    # Of clipped values most are one, 0 or 1, whose lower half is 0.
    single = sum(np.count_nonzero(p.view(np.uint32) == upper << 16) for p in _pieces(flat))
    if single == count:
        return np.zeros(len(ranks), np.int64)
    lower = _counts_of_lower(flat, upper)
    if upper >= 0x8000:  # of negative floats, more bits are less
        return _ALL - 1 - np.searchsorted(np.cumsum(lower[::-1]), ranks, "right")
    return np.searchsorted(np.cumsum(lower), ranks, "right")


def _counts_of_lower(flat: np.ndarray, upper: int) -> np.ndarray:
    """How often each lower half occurs among the floats with this upper half."""
    counts = np.zeros(_ALL, np.int64)
    for piece in _pieces(flat):
        bits = piece.view(np.uint32)
        bits = bits[bits >> 16 == upper] & 0xFFFF
        if bits.size:
            counts += np.bincount(bits, minlength=_ALL)
    return counts
