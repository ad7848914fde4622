"""Values of a file that are no HU yet: padding, NaN, infinity, a wrong sign."""

from collections.abc import Sequence

import numpy as np

from .. import hounsfield
from ..errors import LoadError
from .judging import BELOW, stands_apart
from .wording import counted

# (slope, intercept) on the user's word, in place of the file's own.
Rescale = tuple[float, float] | None

_NOISE_OF_AIR = -1024  # HU: what padding lies below


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
