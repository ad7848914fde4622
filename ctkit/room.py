"""Room for a new grid: asked before any work, so that no typing error fills the memory."""

import math
import os
import sys
from collections.abc import Sequence

import numpy as np

from .errors import GeometryError

_MOST_VOXELS = 2**32  # ten of the largest scans, of 2000 slices of 512 x 512
_MOST_ALONG = 10**5  # an axis: no detector, and no table, has so many


def check_room(
    shape: Sequence[float] | np.ndarray,
    itemsize: int,
    advice: str = "take a smaller one or a part of the scan",
) -> None:
    """Refuse a grid that is larger than any scan, or than the memory of this machine.

    Parameters
    ----------
    shape : numbers of voxels along each axis, possibly as floats, infinite where they overflow
    itemsize : int
        Bytes of a voxel.
    advice : str
        What to do, as the error says it.

    Raises
    ------
    GeometryError

    Examples
    --------
    >>> check_room((200, 512, 512), 2)
    >>> check_room((1e5, 1e5, 1e5), 2, "take a larger spacing")
    Traceback (most recent call last):
        ...
    ctkit.errors.GeometryError: the new grid would have 100,000 x 100,000 x 100,000 voxels, \
2,000,000 GB, more than fits: take a larger spacing
    """
    size = float(itemsize) * math.prod(float(n) for n in shape)
    voxels = size / itemsize
    if voxels <= _MOST_VOXELS and max(shape) <= _MOST_ALONG and size <= _memory():
        return
    told = " x ".join(f"{n:,.0f}" if n < 1e15 else f"{n:.3g}" for n in map(float, shape))
    gigabytes = size / 1e9
    much = f"{gigabytes:,.0f}" if gigabytes < 1e9 else f"{gigabytes:.3g}"
    message = f"the new grid would have {told} voxels, {much} GB, more than fits: {advice}"
    raise GeometryError(message)


def _memory() -> float:
    """Bytes of memory that this machine has, infinite where it doesn't say."""
    most = float("inf") if sys.maxsize > 2**32 else sys.maxsize  # a browser tab has 32 bits
    if not hasattr(os, "sysconf") or not {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(os.sysconf_names):
        return most
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return min(most, pages * size) if pages > 0 and size > 0 else most
