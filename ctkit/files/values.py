"""Values of a file that are no HU yet: padding, NaN, infinity, a wrong sign."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from .. import hounsfield
from ..errors import LoadError
from .judging import BELOW, judge, stands_apart
from .wording import counted

# (slope, intercept) on the user's word, in place of the file's own.
Rescale = tuple[float, float] | None

_NOISE_OF_AIR = -1024  # HU: what padding lies below
_FAR = 200  # HU: neighbours of a slice are closer to it, at the same share of its voxels


def share_above_matter(stack: np.ndarray) -> float:
    """The share of voxels of 60,000 HU or more, which no matter has."""
    return float(np.mean(stack >= 60_000)) if stack.dtype != np.int16 else 0.0


def check_share(share: float) -> None:
    """Refuse HU that negative values have when they are marked as unsigned.

    Parameters
    ----------
    share : float
        Of voxels above all matter.

    Raises
    ------
    LoadError
        Where it is more than a hundredth.
    """
    if share > 0.01:
        message = (
            f"{share:.0%} of the voxels have 60,000 HU or more, which is how negative values look "
            "that are marked as unsigned (PixelRepresentation). Pass signed=True to read them so, "
            "or signed=False to keep to what the tag says"
        )
        raise LoadError(message)


def air_outside(stack: np.ndarray) -> list[str]:
    """Turn padding that no tag declares into air, in place, and say so."""
    value = hounsfield.undeclared_padding(stack)
    if value is None:
        return []
    count = 0
    for picture in stack:
        outside = picture == value
        count += int(np.count_nonzero(outside))
        np.copyto(picture, picture.dtype.type(hounsfield.AIR), where=outside)
    what = f"of undeclared padding ({value:g} HU) became air, -1000 HU"
    return [f"{counted(count, 'voxel')} {what}"]


def below_air(stack: np.ndarray, lowest: np.ndarray | None = None) -> list[str]:
    """What a report says of HU below those of air and of its noise.

    Parameters
    ----------
    stack : (slice, row, column) array of HU
    lowest : (slice,) array, optional
        The lowest HU of each slice, where they are known.
    """
    lowest = np.array([picture.min() for picture in stack]) if lowest is None else lowest
    least = lowest.min()
    if least >= _NOISE_OF_AIR:
        return []
    if least >= BELOW:
        return _one_value([stack[k] for k in np.flatnonzero(lowest == least)], least)
    low = (stack[k] for k in np.flatnonzero(lowest < BELOW))
    count = sum(int(np.count_nonzero(picture < BELOW)) for picture in low)
    what = f"below {BELOW} HU, where no matter is: padding that no tag declares, or overshoot"
    return [f"{counted(count, 'voxel')} left {what}; the lowest is {least:g}"]


def _one_value(pictures: Sequence[np.ndarray], value: float) -> list[str]:
    """What a report says of a lowest value that noise of air doesn't have, so often as it is."""
    count = sum(int(np.count_nonzero(picture == value)) for picture in pictures)
    near = sum(int(np.count_nonzero(picture <= value + 40)) for picture in pictures) - count
    if not stands_apart(count, near):
        return []
    return [f"{counted(count, 'voxel')} left of {value:g} HU alone: padding that no tag declares"]


def misplaced_air(stack: np.ndarray) -> list[str]:
    """What a report says of HU whose air, or tissue, lies where HU have it not."""
    steps = [max(size // 40, 1) for size in stack.shape[1:]]
    every = max(len(stack) // 8, 1)
    verdict = judge(stack[::every, :: steps[0], :: steps[1]], says_hu=True)
    return [note for note in verdict.notes if "says HU" in note or "its air lies" in note]


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
    more = f" and {counted(len(far) - 1, 'slice')} more" if len(far) > 1 else ""
    return [
        f"{names[far[0]]}{more}: another RescaleSlope or RescaleIntercept than in other slices, "
        f"and HU that lie {off[far[0]]:.0f} off those of its neighbours: that rescale is wrong, as "
        "it seems"
    ]


def _off_its_neighbours(stack: np.ndarray, k: int, others: np.ndarray) -> float:
    """How far in HU a slice is from the nearest ones of `others`, by the order of its voxels."""
    at = int(np.searchsorted(others, k))
    beside = _shares(stack[others[max(at - 1, 0) : at + 1]])
    own = _shares(stack[k : k + 1])
    return float(np.maximum(beside.min(axis=0) - own, own - beside.max(axis=0)).max())


def _shares(pictures: np.ndarray) -> np.ndarray:
    """HU below which a tenth, half and nine tenths of the voxels lie, of each picture."""
    steps = [max(size // 64, 1) for size in pictures.shape[1:]]
    some = pictures[:, :: steps[0], :: steps[1]].reshape(len(pictures), -1)
    return np.quantile(some, (0.1, 0.5, 0.9), axis=1).T


def without_nan(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Floats with 0 for what is no number, put in place, and where that was.

    Raises
    ------
    LoadError
        On infinite values.
    """
    if np.isinf(values).any():
        message = "it holds infinite values"
        raise LoadError(message)
    missing = np.isnan(values)
    np.copyto(values, 0, where=missing)
    return values, missing


def check_finite(hu: np.ndarray) -> np.ndarray:
    """Return HU, or raise a LoadError where the rescale made them overflow."""
    if hu.dtype.kind == "f" and not np.isfinite(hu).all():
        message = "its rescale makes HU that are not finite"
        raise LoadError(message)
    return hu
