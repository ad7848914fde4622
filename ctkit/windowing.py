"""Windows: which HU become which grey (the VOI LUT of DICOM PS3.3 C.11.2).

A window is ``(center, width)``, in DICOM's words and order. Radiology also says
"level" for the center and writes W80 L40.
"""

from typing import NamedTuple

import numpy as np

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
    Preset("full", 1000, 4001, "8", "the whole range of a 12-bit scan, -1000 to 3000 HU"),
)
PRESETS = {row.name: Window(row.center, row.width) for row in PRESET_TABLE}


def as_window(window):
    """A Window from a preset's name or a (center, width).

    Examples
    --------
    >>> as_window("brain")
    Window(center=40, width=80)
    >>> as_window((300, 1500))
    Window(center=300, width=1500)

    Raises
    ------
    ParameterError
        On an unknown name, or anything but two finite numbers.
    """
    if isinstance(window, str):
        if window not in PRESETS:
            message = f"no preset is called {window!r}; there are {', '.join(PRESETS)}"
            raise ParameterError(message)
        return PRESETS[window]
    try:
        center, width = window
        usable = np.isfinite([float(center), float(width)]).all() and width > 0
    except (TypeError, ValueError):
        usable = False
    if not usable:
        message = f"a window is a preset's name or (center, width > 0) in HU, not {window!r}"
        raise ParameterError(message)
    return Window(center, width)


def apply_window(hu, center, width, function="LINEAR", dtype=float):
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
        A float type gives 0 to 1; uint8 gives 0 to 255, rounded half up, and exact.

    Returns
    -------
    ndarray of `dtype`, the shape of `hu`

    Raises
    ------
    ParameterError
        On a width below 1 for LINEAR or not above 0 for the others, several windows
        at once, another function or another dtype.
    UnitError
        On a mask.

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
    values = np.asarray(hu)
    if values.dtype.kind not in "iuf":
        message = f"a window needs HU, integers or floats, not {values.dtype}"
        raise UnitError(message)
    center, width = _check_window(center, width, function)
    wanted = np.dtype(dtype)
    if wanted == np.uint8:
        if values.dtype == np.int16:
            return _bytes_of_int16(values, center, width, function)
        return _by_slices(values, center, width, function)
    if wanted.kind != "f":
        message = f"dtype is a float type (0 to 1) or uint8 (0 to 255), not {wanted}"
        raise ParameterError(message)
    return _greys(values.astype(np.float64), center, width, function).astype(wanted, copy=False)


def _check_window(center, width, function):
    if function not in FUNCTIONS:
        message = f"function is one of {', '.join(FUNCTIONS)}; not {function!r}"
        raise ParameterError(message)
    if np.ndim(center) or np.ndim(width):
        message = f"one window at a time: center is {center!r}, width {width!r}; take the first"
        raise ParameterError(message)
    center, width = as_window((center, width))
    if function == "LINEAR" and width < 1:
        message = f"LINEAR needs a width of at least 1 HU, not {width!r} (PS3.3 C.11.2.1.2)"
        raise ParameterError(message)
    return float(center), float(width)


def _greys(hu, center, width, function):
    """0 to 1, from float64 HU."""
    if function == "SIGMOID":
        # Far below the window exp overflows to inf, and the grey is 0 as it should be.
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-4 * (hu - center) / width))
    if function == "LINEAR":
        if width == 1:
            return np.where(hu > center - 0.5, 1.0, 0.0)
        hu, center, width = hu + 0.5, center, width - 1
    return np.clip((hu - center) / width + 0.5, 0, 1)


def _bytes(hu, center, width, function):
    """0 to 255, rounded half up, from float64 HU.

    One division of whole numbers (for windows of whole or half HU) comes before the
    floor, so that no rounding can carry a grey across the half; view.js does the same.
    """
    if function == "SIGMOID" or (function == "LINEAR" and width == 1):
        greys = np.floor(255 * _greys(hu, center, width, function) + 0.5)
        return greys.astype(np.uint8)
    if function == "LINEAR":
        hu, width = hu + 0.5, width - 1
    greys = np.floor((255 * (2 * (hu - center) + width) + width) / (2 * width))
    return np.clip(greys, 0, 255).astype(np.uint8)


def _bytes_of_int16(values, center, width, function):
    """Bytes by a table of all int16; for large arrays by a line that gives the same bytes."""
    every = np.arange(65536, dtype=np.uint16).view(np.int16)
    table = _bytes(every.astype(np.float64), center, width, function)
    line = _line_of(table, every, center, width, function) if values.size > every.size else None
    if line is None:
        return np.take(table, values.view(np.uint16), mode="wrap")
    result = np.empty(values.shape, np.uint8)
    # Slice by slice, so that the floats stay in the cache.
    pairs = (values, result) if values.ndim > 2 else (values[None], result[None])
    greys = np.empty(pairs[0].shape[1:], np.float32)
    for part, target in zip(*pairs, strict=True):
        _draw_line(part, *line, target, greys)
    return result


def _line_of(table, every, center, width, function):
    """Slope and intercept in float32 that give the table, checked at all its values; or None."""
    if function == "SIGMOID" or width == 1:
        return None
    center, width = (center - 0.5, width - 1) if function == "LINEAR" else (center, width)
    bytes_of, greys = np.empty_like(table), np.empty(every.shape, np.float32)
    for nudge in (1e-3, 1e-4, 1e-5):  # float32 may fall short of a whole number
        line = np.float32(255 / width), np.float32(255 * (0.5 - center / width) + 0.5 + nudge)
        _draw_line(every, *line, bytes_of, greys)
        if np.array_equal(bytes_of, table):
            return line
    return None


def _draw_line(values, slope, intercept, target, greys):
    """Bytes into `target`, by way of `greys`: memory that was used before is faster than new."""
    np.copyto(greys, values)
    greys *= slope
    greys += intercept
    np.copyto(target, np.clip(greys, 0, 255, out=greys), casting="unsafe")


def _by_slices(values, center, width, function):
    """Bytes of a large array without a float64 copy of all of it."""
    result = np.empty(values.shape, np.uint8)
    if values.ndim < 3:
        result[...] = _bytes(values.astype(np.float64), center, width, function)
        return result
    for k, part in enumerate(values):
        result[k] = _bytes(part.astype(np.float64), center, width, function)
    return result
