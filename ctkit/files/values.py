"""Values of a file that are no HU yet: padding, NaN, infinity, a wrong sign."""

import numpy as np

from .. import hounsfield
from ..errors import LoadError


def check_sign(stack):
    """Refuse HU that negative values have when they are marked as unsigned.

    Raises
    ------
    LoadError
        Where more than a hundredth of the voxels has 60,000 HU or more, which no matter has.
    """
    share = np.mean(stack >= 60_000) if stack.dtype != np.int16 else 0
    if share > 0.01:
        message = (
            f"{share:.0%} of the voxels have 60,000 HU or more: negative values look so that are "
            "marked as unsigned (PixelRepresentation); mend the tag, or pass "
            "rescale=(slope, intercept) to take the values as they are"
        )
        raise LoadError(message)


def air_outside(stack):
    """Turn padding that no tag declares into air, in place, and say so."""
    value = hounsfield.undeclared_padding(stack)
    if value is None:
        return []
    count = 0
    for picture in stack:
        outside = picture == value
        count += np.count_nonzero(outside)
        np.copyto(picture, picture.dtype.type(hounsfield.AIR), where=outside)
    return [f"{count:,} voxels of undeclared padding ({value:g} HU) became air, -1000 HU"]


def without_nan(values):
    """Values with 0 for what is no number, and where that was.

    Raises
    ------
    LoadError
        On infinite values.
    """
    if np.isinf(values).any():
        message = "it holds infinite values"
        raise LoadError(message)
    missing = np.isnan(values)
    return np.where(missing, values.dtype.type(0), values), missing


def check_finite(hu):
    """Return HU, or raise a LoadError where the rescale made them overflow."""
    if hu.dtype.kind == "f" and not np.isfinite(hu).all():
        message = "its rescale makes HU that are not finite"
        raise LoadError(message)
    return hu
