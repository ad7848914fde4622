"""HU that are read as the file says, and that look odd: what a report says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from .judging import judge
from .wording import counted

_FAR = 200  # HU: neighbours of a slice are closer to it, at the same share of its voxels
_POINTS = 20  # on each side of a slice, which are enough to compare it with the next one
_JUMP = 50  # HU: slices that differ by less, on average, have nothing to say
_SHIFT = 120  # HU that a slice alone may differ from both of its neighbours
_TEXTURE = 0.4  # of the spread in a slice: what may be left once a change is undone
# (factor, shift) of HU, and of stored values with the usual intercepts of -1024 and -1000.
_CHANGES = (
    *((2.0, 0.0), (0.5, 0.0), (-1.0, 0.0)),
    *((2.0, 1024.0), (0.5, -512.0), (2.0, 1000.0), (0.5, -500.0)),
    *((1.0, 1024.0), (1.0, -1024.0), (1.0, 1000.0), (1.0, -1000.0)),
)
_CLIPPED = 10  # voxels at the largest value, at least, and five times as many as just below it
#: HU at the top of 12 bits, with the usual intercepts of -1024 and -1000.
TOPS_OF_12_BITS = (3071.0, 3095.0)


def misplaced_air(stack: np.ndarray) -> list[str]:
    """What a report says of HU whose air, or tissue, lies where HU have it not."""
    steps = [max(size // 40, 1) for size in stack.shape[1:]]
    every = max(len(stack) // 8, 1)
    verdict = judge(stack[::every, :: steps[0], :: steps[1]], says_hu=True)
    told = ("says HU", "its air lies", "no matter has its HU")
    return [note for note in verdict.notes if any(map(note.count, told))]


def clipped(
    stack: np.ndarray,
    tops: Collection[float] = TOPS_OF_12_BITS,
    highest: np.ndarray | None = None,
) -> list[str]:
    """What a report says of HU that were cut off where a number of so many bits ends.

    Parameters
    ----------
    stack : (slice, row, column) array of HU
    tops : collection of float
        HU at which values may end.
    highest : (slice,) array, optional
        The highest HU of each slice, where they are known.
    """
    highest = np.array([picture.max() for picture in stack]) if highest is None else highest
    top = float(highest.max())
    if not np.isclose(top, list(tops), rtol=1e-6, atol=0.01).any():
        return []
    pictures = [stack[k] for k in np.flatnonzero(highest > top - 20)]
    count = sum(int(np.count_nonzero(picture >= top)) for picture in pictures)
    near = sum(int(np.count_nonzero(picture > top - 20)) for picture in pictures) - count
    if count < _CLIPPED or count < near / 4:
        return []
    return [
        f"{counted(count, 'voxel')} of {top:g} HU, the most that such a file holds: denser matter, "
        "such as metal, was cut off there"
    ]


def shifted_slices(
    stack: np.ndarray, scalings: Sequence[tuple[float, float]], names: Sequence[str]
) -> list[str]:
    """What a report says of slices whose rescale is another one, and whose HU then are, too.

    Parameters
    ----------
    stack : (slice, row, column) array of HU
    scalings : sequence of (slope, intercept), of each slice
    names : sequence of str, of each slice

    Returns
    -------
    list of str
        Nothing where no rescale is the usual one, as where each slice has its own.
    """
    usual, count = Counter(scalings).most_common(1)[0]
    if count == len(stack) or 2 * count <= len(stack):
        return []
    same = np.array([scaling == usual for scaling in scalings])
    others = np.flatnonzero(same)
    off = {k: _off_its_neighbours(stack, k, others) for k in np.flatnonzero(~same).tolist()}
    far = [k for k, distance in off.items() if distance > _FAR]
    if not far:
        return []
    return [
        f"{_named(names, far)}: another RescaleSlope or RescaleIntercept than in other slices, "
        f"and HU that lie {off[far[0]]:.0f} off those of its neighbours: that rescale is wrong, as "
        "it seems"
    ]


def _named(names: Sequence[str], which: Sequence[int]) -> str:
    more = f" and {counted(len(which) - 1, 'slice')} more" if len(which) > 1 else ""
    return f"{names[which[0]]}{more}"


def _off_its_neighbours(stack: np.ndarray, k: int, others: np.ndarray) -> float:
    """How far in HU a slice is from the nearest ones of `others`, by the order of its voxels."""
    at = int(np.searchsorted(others, k))
    beside = _shares(stack[others[max(at - 1, 0) : at + 1]])
    own = _shares(stack[k : k + 1])
    return float(np.maximum(beside.min(axis=0) - own, own - beside.max(axis=0)).max())


def _shares(pictures: np.ndarray) -> np.ndarray:
    """HU below which a tenth, half and nine tenths of the voxels lie, of each picture."""
    return np.quantile(_points(pictures, 64), (0.1, 0.5, 0.9), axis=1).T


def _points(pictures: np.ndarray, count: int = _POINTS) -> np.ndarray:
    """Some voxels of each picture, at the same places, (slice, point)."""
    steps = [max(size // count, 1) for size in pictures.shape[1:]]
    return pictures[:, :: steps[0], :: steps[1]].reshape(len(pictures), -1)


def changed_slices(stack: np.ndarray, names: Sequence[str]) -> list[str]:
    """What a report says of slices that show what the next ones show, on another scale of HU.

    Parameters
    ----------
    stack : (slice, row, column) array of HU
    names : sequence of str, of each slice

    Notes
    -----
    What is the same in the next slice but for a factor of 2, a sign or 1024 was changed by
    somebody's program: anatomy changes in other ways. Any shift tells in one slice alone whose
    neighbours are alike.
    """
    points = _points(stack).astype(np.float32)
    changes = _between(points)
    odd = _odd_slices(changes, len(stack)) | _shifted_alone(points)
    if not odd:
        return []
    first = min(odd)
    same = [k for k in sorted(odd) if odd[k] == odd[first]]
    return [
        f"{_named(names, same)}: its HU are those of the slices beside it, {odd[first]}: its "
        "values were changed, as it seems"
    ]


def _between(points: np.ndarray) -> dict[int, int]:
    """Where a slice k and the next one differ by one of `_CHANGES`, and by which."""
    apart = np.abs(np.diff(points, axis=0)).mean(axis=1)
    found = {}
    for k in np.flatnonzero(apart > _JUMP).tolist():
        left = [_left(points[k], points[k + 1], factor, shift) for factor, shift in _CHANGES]
        best = int(np.argmin(left))
        if left[best] < min(apart[k] / 4, _TEXTURE * points[k].std()):
            found[k] = best
    # Where matter ends its contrast is halved, too, and the next step is as large.
    return {
        k: best
        for k, best in found.items()
        if all(
            apart[beside] < apart[k] / 3
            for beside in (k - 1, k + 1)
            if 0 <= beside < len(apart) and not _is_undone(best, found.get(beside))
        )
    }


def _is_undone(change: int, other: int | None) -> bool:
    """Whether one of the `_CHANGES` takes back another one."""
    if other is None:
        return False
    (factor, shift), (again, more) = _CHANGES[change], _CHANGES[other]
    return factor * again == 1 and abs(again * shift + more) < _JUMP


def _left(here: np.ndarray, there: np.ndarray, factor: float, shift: float) -> float:
    """What is left of a difference, in HU of `here`."""
    return float(np.abs((there - shift) / factor - here).mean())


def _odd_slices(changes: dict[int, int], count: int) -> dict[int, str]:
    """The smaller side of each change, up to the next one, and what was done to it."""
    ends = [0, *(k + 1 for k in sorted(changes)), count]
    odd: dict[int, str] = {}
    for number, k in enumerate(sorted(changes), start=1):
        before = range(ends[number - 1], ends[number])
        after = range(ends[number], ends[number + 1])
        factor, shift = _CHANGES[changes[k]]
        if len(after) <= len(before) and k not in odd:
            odd |= dict.fromkeys(after, _in_words(factor, shift))
        elif k not in odd:
            odd |= dict.fromkeys(before, _in_words(1 / factor, -shift / factor))
    return odd


def _shifted_alone(points: np.ndarray) -> dict[int, str]:
    """Slices that differ from both neighbours by the same HU, which are alike."""
    before, here, after = points[:-2], points[1:-1], points[2:]
    apart = np.abs(before - after).mean(axis=1)
    off = here - (before + after) / 2
    shift = np.median(off, axis=1)
    left = np.abs(off - shift[:, None]).mean(axis=1)
    alike = left < np.minimum(np.abs(shift) / 4, _TEXTURE * here.std(axis=1))
    found = np.flatnonzero((np.abs(shift) > _SHIFT) & (np.abs(shift) > 3 * apart) & alike)
    return {int(k) + 1: _in_words(1, float(shift[k])) for k in found}


def _in_words(factor: float, shift: float) -> str:
    times = "" if factor == 1 else f"times {factor:g}"
    moved = f"{'less' if shift < 0 else 'plus'} {abs(shift):.0f}" if shift else ""
    return " ".join(filter(None, (times, moved)))
