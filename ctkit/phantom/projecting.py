"""Shadows of a picture from all sides, and the picture from its shadows.

The steps are those of the textbook: sums along parallel rays, and filtered back-projection. A
fan or a spiral of rays is sorted into parallel ones, or weighted, before it comes to this.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import choice
from ..errors import ParameterError


def _hann(place: np.ndarray, length: int) -> np.ndarray:
    """Hann's window as ``np.hanning`` samples it, the same for frequencies below and above 0."""
    window = np.fft.fftshift(np.hanning(length))
    return (window + np.roll(window[::-1], 1))[place] / 2


#: What becomes of the ramp at each frequency: its place in a spectrum, and that one's length.
_BENDS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "ramp": lambda place, _: np.ones(place.shape),
    "cosine": lambda place, length: np.cos(np.pi * place / length),
    "hann": _hann,
}


def project(picture: ArrayLike, angles: ArrayLike) -> np.ndarray:
    """Sums of a picture along parallel rays, from each of some directions.

    At 0 degrees the rays run down the columns of the picture, and at 90 along its rows; there the
    detector begins at the bottom. Between pixels a ray takes linear means of four.

    Parameters
    ----------
    picture : (n, n) array-like
        What lies outside of its circle is not seen from every side: it should be 0.
    angles : (m,) array-like of degrees

    Returns
    -------
    (n, m) float64 ndarray
        A column is one projection, element by element along the detector, which is as wide as the
        picture; the unit is that of the picture times one pixel.

    Raises
    ------
    ParameterError
        On a picture that is no square of numbers, or angles that are none.

    Notes
    -----
    The picture turns about the pixel (n // 2, n // 2), as in scikit-image's ``radon``.

    A. C. Kak and M. Slaney, Principles of Computerized Tomographic Imaging (1988), 3.1.

    Examples
    --------
    >>> picture = np.zeros((5, 5))
    >>> picture[0, 3] = 7
    >>> project(picture, [0, 90]).round(6).T.tolist()
    [[0.0, 0.0, 0.0, 7.0, 0.0], [0.0, 0.0, 0.0, 0.0, 7.0]]
    """
    square = _numbers(picture, "picture is an (n, n) array of numbers", 2)
    if square.shape[0] != square.shape[1]:
        message = f"picture is a square, not {square.shape[0]} x {square.shape[1]} pixels"
        raise ParameterError(message)
    size = len(square)
    # Two pixels of nothing around it: a ray at the rim takes its means of them too.
    flat, wide, middle = np.pad(square, 2).ravel(), size + 4, size // 2 + 2
    across, along = np.mgrid[:size, :size] - size // 2
    seen = np.hypot(across, along) <= size // 2 + 1
    starts = np.cumsum(seen.sum(axis=1)) - seen.sum(axis=1)
    across, along = across[seen].astype(float), along[seen].astype(float)
    theta = np.deg2rad(_numbers(angles, "angles is a list of degrees", 1))
    sums = np.empty((size, theta.size))
    for k, (cos, sin) in enumerate(zip(np.cos(theta), np.sin(theta), strict=True)):
        column, row = cos * across + sin * along + middle, cos * along - sin * across + middle
        index = row.astype(np.intp)
        row -= index
        left = column.astype(np.intp)
        column -= left
        index *= wide
        index += left
        # The means of two neighbours in the upper row, in the lower one, and of both.
        upper, lower = _between(flat, index, column), _between(flat, index + wide, column)
        lower -= upper
        lower *= row
        upper += lower
        sums[:, k] = np.add.reduceat(upper, starts)
    return sums


def back_project(
    projections: ArrayLike, angles: ArrayLike, kernel: str | None = "ramp"
) -> np.ndarray:
    """The picture of projections, by filtered back-projection.

    Parameters
    ----------
    projections : (n, m) array-like, as `project` returns it
    angles : (m,) array-like of degrees, evenly over half a turn
    kernel : {"ramp", "cosine", "hann"} or None
        The filter: the ramp as it is, or bent down towards the finest detail. None smears the
        projections back as they are.

    Returns
    -------
    (n, n) float64 ndarray
        0 outside of the circle that all projections see.

    Raises
    ------
    ParameterError
        On projections or angles that are none, or not as many of one as of the other, and on
        another kernel.

    Notes
    -----
    The ramp is the transform of its own samples, which spares the picture a bias: Kak and Slaney
    (1988), equation 61 of chapter 3. A value between two elements of the detector is linear.

    G. N. Ramachandran and A. V. Lakshminarayanan, Proc. Natl. Acad. Sci. USA 68 (1971) 2236.

    Examples
    --------
    >>> angles = np.arange(0, 180, 2)
    >>> y, x = np.mgrid[:41, :41] - 20
    >>> disk = 1.0 * (np.hypot(y, x) < 12)
    >>> round(float(back_project(project(disk, angles), angles)[20, 24]), 1)
    1.0
    """
    shadows = _numbers(projections, "projections is an (n, m) array of numbers", 2)
    theta = np.deg2rad(_numbers(angles, "angles is a list of degrees", 1))
    if kernel is not None:
        choice(kernel, "kernel", _BENDS)
    size = len(shadows)
    if theta.size != shadows.shape[1]:
        message = f"there are {theta.size} angles for {shadows.shape[1]} projections"
        raise ParameterError(message)
    lines = _filtered(shadows, kernel)
    down, right = np.mgrid[:size, :size] - size // 2
    seen = down**2 + right**2 <= (size // 2) ** 2
    down, right = down[seen].astype(float), right[seen].astype(float)
    total = np.zeros(right.size)
    for line, cos, sin in zip(lines, np.cos(theta), np.sin(theta), strict=True):
        place = cos * right - sin * down + size // 2 + 2
        index = place.astype(np.intp)
        place -= index
        total += _between(line, index, place)
    picture = np.zeros((size, size))
    picture[seen] = total * (np.pi / (2 * theta.size))
    return picture


def _filtered(shadows: np.ndarray, kernel: str | None) -> np.ndarray:
    """A filtered projection in each row, two elements longer at both ends."""
    size = len(shadows)
    # So long that the ends of a projection don't meet.
    length = max(64, 2 ** int(np.ceil(np.log2(2 * np.ceil(np.sqrt(2) * size)))))
    place = np.arange(length // 2 + 1)
    ramp = np.ones(place.size)
    if kernel is not None:
        half = np.where(place % 2, -1 / (np.pi * np.maximum(place, 1)) ** 2, 0)
        half[0] = 0.25
        ramp = 2 * np.fft.hfft(half, length)[: place.size] * _BENDS[kernel](place, length)
    full = np.fft.irfft(np.fft.rfft(shadows.T, length) * ramp, length)
    return np.take(full, np.arange(-2, size + 2), axis=1, mode="wrap")


def _between(values: np.ndarray, index: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Linear between a value and the next one."""
    low, high = values.take(index), values.take(index + 1)
    high -= low
    high *= share
    low += high
    return low


def _numbers(given: ArrayLike, words: str, axes: int) -> np.ndarray:
    """Finite numbers as an array of float64 with so many axes, none of them empty."""
    try:
        array = np.asarray(given)
        good = array.dtype.kind in "iuf" and array.ndim == axes and array.size > 0
    except ValueError:
        good = False
    if not good:
        message = f"{words}, not {reprlib.repr(given)}"
        raise ParameterError(message)
    if not np.isfinite(array).all():
        message = f"{words}, and this one holds NaN or infinities: was it the logarithm of 0?"
        raise ParameterError(message)
    return array.astype(np.float64)
