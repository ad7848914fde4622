"""Windows: which HU become which grey (the VOI LUT of DICOM PS3.3 C.11.2).

A window is ``(center, width)``, in DICOM's words and order. Radiology also says
"level" for the center and writes W80 L40.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .arguments import choice, members, numbers, reals
from .errors import ParameterError, UnitError

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


class Window(NamedTuple):
    """Center and width of a window in HU."""

    center: float
    width: float


class Preset(NamedTuple):
    """One row of the table of presets: its key in the viewer, and where it is from."""

    name: str
    center: float
    width: float
    key: str
    source: str


_OHIF = "default preset of the OHIF viewer"
#: The one table of presets: for Python, the viewer's keys and its menu.
PRESET_TABLE = (
    Preset("soft tissue", 40, 400, "1", _OHIF),
    Preset("lung", -600, 1500, "2", _OHIF),
    Preset("liver", 90, 150, "3", _OHIF),
    Preset("bone", 400, 1000, "4", "the classic CT tutorial in Python (Healthy-notebooks, 2019)"),
    Preset("brain", 40, 80, "5", _OHIF),
    Preset("subdural", 75, 215, "6", "Radiopaedia, Windowing (CT): middle of 50-100 / 130-300"),
    Preset("stroke", 32, 8, "7", "M. H. Lev et al., Radiology 213 (1999) 150"),
    Preset("full", 1024, 4096, "8", "12 bits with an intercept of -1024: -1024 to 3071 HU"),
)
PRESETS = {row.name: Window(row.center, row.width) for row in PRESET_TABLE}


def as_window(window: Any) -> Window:
    """A Window from a preset's name or a (center, width).

    Parameters
    ----------
    window : str, or two numbers in HU

    Returns
    -------
    Window

    Raises
    ------
    ParameterError
        On an unknown name, a width not above 0, or anything but two finite numbers.

    Examples
    --------
    >>> as_window("brain")
    Window(center=40, width=80)
    >>> as_window(np.array([300, 1500]))
    Window(center=300, width=1500)
    """
    if isinstance(window, str):
        if window not in PRESETS:
            message = f"no preset is called {window!r}; there are {', '.join(PRESETS)}"
            raise ParameterError(message)
        return PRESETS[window]
    words = "a window is a preset's name or (center, width > 0) in HU"
    if reals(window, words, 2)[1] <= 0:
        message = f"{words}, not {window!r}"
        raise ParameterError(message)
    # NumPy's numbers become Python's: a window goes into JSON, and to the browser.
    return Window(*(np.asarray(one).item() for one in members(window)))


def apply_window(
    hu: ArrayLike,
    center: float,
    width: float,
    function: str = "LINEAR",
    dtype: DTypeLike = float,
) -> np.ndarray:
    """Map HU to greys.

    Parameters
    ----------
    hu : array-like of HU, any dimension
    center, width : float, in HU
        WindowCenter (0028,1050) and WindowWidth (0028,1051), one number each.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
        VOILUTFunction (0028,1056). LINEAR, DICOM's default, runs from
        ``center - width / 2`` to ``center + width / 2 - 1``; LINEAR_EXACT to
        ``center + width / 2``; SIGMOID has no ends.
    dtype : float type, or np.uint8
        A float type gives 0 to 1; uint8 gives 0 to 255, rounded half up, and exact. NaN
        stays NaN in a float type, and is refused for uint8, which has no value for it.

    Returns
    -------
    ndarray of `dtype`, the shape of `hu`

    Raises
    ------
    ParameterError
        On a width below 1 for LINEAR or not above 0 for the others, several windows
        at once, another function or another dtype.
    UnitError
        On a mask, or on NaN for uint8.

    Notes
    -----
    PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2 (LINEAR_EXACT).

    Examples
    --------
    >>> apply_window([-100, 0, 40, 79, 300], 40, 80).round(3)
    array([0.   , 0.   , 0.506, 1.   , 1.   ])
    >>> apply_window([-100, 0, 40, 79, 300], 40, 80, dtype=np.uint8)
    array([  0,   0, 129, 255, 255], dtype=uint8)
    """
    words = "a window needs HU, integers or floats"
    values = numbers(hu, words, error=UnitError)
    center, width = _check_window(center, width, function)
    wanted = _check_type(dtype)
    if wanted == np.uint8:
        _refuse_nan(values)
        if values.dtype == np.int16:
            return _bytes_of_int16(values, center, width, function)
        return _by_slices(_bytes, values, np.dtype(np.uint8), (center, width, function))
    if values.dtype == np.int16 and values.ndim > 2 and values.size > 65536:
        return _greys_of_int16(values, wanted, center, width, function)
    return _by_slices(_greys, values, wanted, (center, width, function))


def _refuse_nan(values: np.ndarray) -> None:
    """NaN is no grey: what a cast to bytes makes of it depends on the processor."""
    # The lowest value is NaN as soon as one is. Infinities are black and white.
    if values.dtype.kind == "f" and values.size and np.isnan(values.min()):
        count = np.count_nonzero(np.isnan(values))
        message = (
            f"{count:,} of {values.size:,} values are NaN, for which uint8 has no grey: fill them "
            "first, such as with air by np.nan_to_num(hu, nan=-1000), or take a float dtype"
        )
        raise UnitError(message)


def _check_type(dtype: DTypeLike) -> np.dtype:
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = None
    if wanted is None or not (wanted == np.uint8 or wanted.kind == "f"):
        message = f"dtype is a float type (0 to 1) or uint8 (0 to 255), not {dtype!r}"
        raise ParameterError(message)
    return wanted


def _check_window(center: float, width: float, function: str) -> tuple[float, float]:
    choice(function, "function", FUNCTIONS)
    if members(center) or members(width):
        message = f"one window at a time: center is {center!r}, width {width!r}; take the first"
        raise ParameterError(message)
    center, width = as_window((center, width))
    if function == "LINEAR" and width < 1:
        message = f"LINEAR needs a width of at least 1 HU, not {width!r} (PS3.3 C.11.2.1.2)"
        raise ParameterError(message)
    return float(center), float(width)


def _greys(hu: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """0 to 1, from float64 HU."""
    if function == "SIGMOID":
        # Far below the window exp overflows to inf, and the grey is 0 as it should be.
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-4 * (hu - center) / width))
    if function == "LINEAR":
        if width == 1:
            return np.heaviside(hu - (center - 0.5), 0.0)
        hu, center, width = hu + 0.5, center, width - 1
    return np.clip((hu - center) / width + 0.5, 0, 1)


def _bytes(hu: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """0 to 255, rounded half up, from float64 HU.

    One division of whole numbers (for windows of whole or half HU) comes before the
    floor, so that no rounding can carry a grey across the half; view.js does the same.
    """
    if function == "SIGMOID" or (function == "LINEAR" and width == 1):
        greys = 255 * _greys(hu, center, width, function) + 0.5
    else:
        hu, width = (hu + 0.5, width - 1) if function == "LINEAR" else (hu, width)
        greys = (255 * (2 * (hu - center) + width) + width) / (2 * width)
    return np.clip(np.floor(greys), 0, 255).astype(np.uint8)


def window_bytes(center: float, width: float, function: str) -> np.ndarray:
    """The greys 0 to 255 of every int16, by its bits as uint16: a table of 65,536."""
    every = np.arange(65536, dtype=np.uint16).view(np.int16)
    return _bytes(every.astype(np.float64), center, width, function)


def _greys_of_int16(
    values: np.ndarray, dtype: np.dtype, center: float, width: float, function: str
) -> np.ndarray:
    """0 to 1 by a table of all int16, which has the very greys that float64 gives."""
    every = np.arange(65536, dtype=np.uint16).view(np.int16)
    table = _greys(every.astype(np.float64), center, width, function).astype(dtype)
    result = np.empty(values.shape, dtype)
    for part, target in zip(values, result, strict=True):
        np.take(table, part.view(np.uint16), mode="wrap", out=target)
    return result


def _bytes_of_int16(values: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """Bytes by a table of all int16; for large arrays by a line that gives the same bytes."""
    every = np.arange(65536, dtype=np.uint16).view(np.int16)
    table = window_bytes(center, width, function)
    if values.size <= every.size:
        return np.take(table, values.view(np.uint16), mode="wrap")
    line = _line_of(table, every, center, width, function)
    result = np.empty(values.shape, np.uint8)
    # Slice by slice, so that what lies between stays in the cache.
    pairs = (values, result) if values.ndim > 2 else (values[None], result[None])
    greys = np.empty(pairs[0].shape[1:], np.float32)
    for part, target in zip(*pairs, strict=True):
        if line:
            _draw_line(part, *line, target, greys)
        else:
            np.take(table, part.view(np.uint16), mode="wrap", out=target)
    return result


def _line_of(
    table: np.ndarray, every: np.ndarray, center: float, width: float, function: str
) -> tuple[np.float32, np.float32] | None:
    """Slope and intercept in float32 that give the table, checked at all its values; or None.

    The table alone is as exact and much simpler, but slower: for 200 x 512 x 512 it takes 3.9
    times as long as memcpy at best and 5.6 at the median, and the line 3.1 and 3.3.
    """
    if function == "SIGMOID" or width == 1:
        return None
    center, width = (center - 0.5, width - 1) if function == "LINEAR" else (center, width)
    # For whole and half HU the greys are multiples of 1 / (2 width). Half of that step more,
    # and float32 falls short of no whole number and reaches none too early.
    shift = 1 / (4 * width)
    line = np.float32(255 / width), np.float32(255 * (0.5 - center / width) + 0.5 + shift)
    drawn, greys = np.empty_like(table), np.empty(every.shape, np.float32)
    _draw_line(every, *line, drawn, greys)
    return line if np.array_equal(drawn, table) else None


def _draw_line(
    values: np.ndarray,
    slope: np.float32,
    intercept: np.float32,
    target: np.ndarray,
    greys: np.ndarray,
) -> None:
    """Bytes into `target`, by way of `greys`: memory that was used before is faster than new."""
    np.copyto(greys, values)
    greys *= slope
    greys += intercept
    np.copyto(target, np.clip(greys, 0, 255, out=greys), casting="unsafe")


def _by_slices(
    work: Callable[..., np.ndarray],
    values: np.ndarray,
    dtype: np.dtype,
    window: tuple[float, float, str],
) -> np.ndarray:
    """Greys of a large array without a float64 copy of all of it."""
    if values.ndim < 3:
        return work(values.astype(np.float64), *window).astype(dtype, copy=False)
    result = np.empty(values.shape, dtype)
    for part, target in zip(values, result, strict=True):
        target[...] = work(part.astype(np.float64), *window)
    return result
