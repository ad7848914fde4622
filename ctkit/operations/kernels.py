"""Kernels: the curve through the voxels of one axis, as the weights of a sparse matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arguments import choice, flag, real, whole
from ..errors import ParameterError

if TYPE_CHECKING:
    from scipy import sparse

KERNELS = ("nearest", "linear", "cubic", "area")


def axis_weights(
    size: int,
    new_size: int,
    step: float,
    start: float,
    kernel: str = "cubic",
    antialias: bool | None = None,
) -> sparse.csr_array:
    """The weights of one axis: new values = weights @ old values.

    Parameters
    ----------
    size, new_size : int
        Numbers of old and new voxels.
    step : float
        Distance between new centres, in old voxels.
    start : float
        Where the first new centre is, in old voxels (0 is the first old centre).
    kernel : {"cubic", "linear", "area", "nearest"}
    antialias : bool, optional
        Average over the new voxel where `step` is above 1. By default True, but for
        "nearest", which never averages; "area" always does.

    Returns
    -------
    (new_size, size) scipy.sparse.csr_array of float32; each row sums to 1

    Raises
    ------
    ParameterError
        On another kernel, a number that is none, or an `antialias` that contradicts the
        kernel.

    Examples
    --------
    >>> axis_weights(4, 2, 2, 0.5, "area").toarray()
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]], dtype=float32)
    """
    from scipy import sparse

    averaged = averages(kernel, antialias)
    size = whole(size, "size is a number of voxels", low=1)
    new_size = whole(new_size, "new_size is a number of voxels", low=1)
    step, start = real(step, "step is a distance above 0", above=0), real(start, "start is a place")
    centres = start + step * np.arange(new_size)
    if kernel == "nearest":
        # A tie goes up, as half up does: never to the even index.
        columns, weights = np.floor(centres + 0.5)[:, None], np.ones((new_size, 1))
    else:
        width, sharpening = _averaging(step, kernel, averaged)
        reach = _REACH[kernel] + width / 2 + (sharpening != 0)
        columns = np.floor(centres - reach)[:, None] + np.arange(int(np.ceil(2 * reach)) + 2)
        distance = columns - centres[:, None]
        weights = (1 + 2 * sharpening) * _weights(distance, kernel, width)
        if sharpening:
            sides = _weights(distance - 1, kernel, width) + _weights(distance + 1, kernel, width)
            weights -= sharpening * sides
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.broadcast_to(np.arange(new_size)[:, None], columns.shape)
    inside = np.clip(columns, 0, size - 1).astype(np.int32)
    kept = weights != 0
    matrix = sparse.coo_array(
        (weights[kept], (rows[kept], inside[kept])), shape=(new_size, size), dtype=np.float64
    )
    # To CSR adds up what fell on the outermost voxel.
    return matrix.tocsr().astype(np.float32)


def averages(kernel: str, antialias: bool | None) -> bool:
    """Whether a kernel averages over a new voxel; what contradicts it is refused.

    Parameters
    ----------
    kernel : one of `KERNELS`
    antialias : bool, or None for what the kernel does by default

    Raises
    ------
    ParameterError
        On another kernel, True for "nearest", False for "area", or no bool.
    """
    choice(kernel, "kernel", KERNELS)
    if antialias is None:
        return kernel != "nearest"
    antialias = flag(antialias, "antialias")
    only = {"nearest": False, "area": True}.get(kernel, antialias)
    if antialias != only:
        message = (
            f"kernel {kernel!r} {'always' if only else 'never'} averages, which antialias="
            f"{antialias} contradicts: leave antialias away, or take another kernel"
        )
        raise ParameterError(message)
    return antialias


# How far the curve through the voxels reaches, in old voxels.
_REACH = {"area": 0.5, "linear": 1.0, "cubic": 2.0}


# The cubic is averaged over a little more than a new voxel, and sharpened to make up for that:
# - `_WIDER` old voxels more, because a scan of 0.8 x 0.49 x 0.49 mm then keeps less than a third
#   of its noise at 1 mm: 0.329 of it, against 0.373 with none. More costs detail: the error of an
#   edge, seen through a point spread of 0.6 mm, is 0.0115 with 0, 0.0186 with 0.45, 0.031 with 0.9.
# - so that a wave of `_WAVE` new voxels keeps its height. With the width set, for each wave, to
#   leave a third of the noise, the error is least for 5 to 6: 0.0198 for 4, 0.0174 for 5, 0.0176
#   for 6, 0.0181 for 8, 0.0190 for 20; and 6 needs less width than 5.
# The tests of resampling work these numbers out again.
_WIDER, _WAVE = 0.45, 6


def _averaging(step: float, kernel: str, averaged: bool) -> tuple[float, float]:
    """Over how many old voxels to average the curve, and how much to sharpen it before.

    It is averaged over a whole new voxel, but from a step of 1 on this fades in, because the
    old voxels are means already. Sharpening takes ``sharpening`` times the second difference
    away, and so raises a wave of frequency f by ``1 + 4 sharpening sin^2(pi f)``.
    """
    if kernel == "area":
        return step, 0.0
    if not averaged or step <= 1:
        return 0.0, 0.0
    share = min(1.0, 5 * (step - 1))
    if kernel == "linear":
        return share * step, 0.0
    width, frequency = share * (step + _WIDER), 1 / (_WAVE * step)  # in old voxels
    x, part = np.linspace(-2 - width, 2 + width, 2001, retstep=True)
    height = (_weights(x, kernel, width) * np.cos(2 * np.pi * frequency * x)).sum() * part
    # The mean over a new voxel would make it this high, from means over old ones.
    wanted = np.sinc(frequency * step) / np.sinc(frequency)
    sharpening = (wanted / height - 1) / (4 * np.sin(np.pi * frequency) ** 2)
    # It fades in too: a step of 1 that is off by rounding leaves the voxels as they are.
    return width, sharpening * min(1.0, 50 * (step - 1))


def _weights(distance: np.ndarray, kernel: str, width: float) -> np.ndarray:
    """Weights of voxels at a distance, in old voxels, from a new centre."""
    if width < 1e-3:
        x = np.abs(distance)
        return _keys(x) if kernel == "cubic" else np.maximum(1 - x, 0)
    integral = {"area": _steps_integral, "linear": _lines_integral, "cubic": _keys_integral}[kernel]
    ends = (np.abs(distance + sign * width / 2) for sign in (1, -1))
    signs = (np.sign(distance + sign * width / 2) for sign in (1, -1))
    upper, lower = (sign * integral(end) for sign, end in zip(signs, ends, strict=True))
    return (upper - lower) / width


def _keys(x: np.ndarray) -> np.ndarray:
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


# What a voxel adds to the integral of the curve from 0 to x >= 0.


def _steps_integral(x: np.ndarray) -> np.ndarray:
    return np.minimum(x, 0.5)


def _lines_integral(x: np.ndarray) -> np.ndarray:
    x = np.minimum(x, 1)
    return x - x * x / 2


def _keys_integral(x: np.ndarray) -> np.ndarray:
    x = np.minimum(x, 2)
    near = ((0.375 * x - 5 / 6) * x * x + 1) * x
    far = (((-0.125 * x + 5 / 6) * x - 2) * x + 2) * x - 1 / 6
    return np.where(x < 1, near, far)
