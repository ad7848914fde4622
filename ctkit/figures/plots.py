"""Curves, bars, and arrays as pictures: what a page draws that is no plane of a volume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from ..arguments import reals
from ..errors import ParameterError
from ..windowing import as_window
from .drawing import color_bar, window_ends
from .film import COLORS, FAINT, INK, WIDTH, Film

#: The colours of a difference in the viewers: less is blue, nothing black, more orange.
_DIFFERENCE = LinearSegmentedColormap.from_list("difference", ["#4696ff", "black", "#ff8c32"])


def show_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    x: str,
    y: str = "HU",
    levels: Mapping[str, float] | None = None,
    places: Mapping[str, float] | None = None,
    points: Sequence[str] = (),
    xlim: ArrayLike | None = None,
    ylim: ArrayLike | None = None,
    equal: bool = False,
    height: float = 3.4,
) -> Film:
    """One or more curves over the same axis.

    Parameters
    ----------
    curves : dict of name to (x, y), arrays of equal length
    x, y : str
        What the axes count, with the unit.
    levels : dict of name to y, optional
        Dashed lines across, such as ``{"water": 0}``.
    places : dict of name to x, optional
        Dotted lines upright.
    points : sequence of names
        Curves that are drawn as single points, such as measured ones.
    xlim, ylim : (lowest, highest), optional
    equal : bool
        Whether one unit is as long on both axes, so that angles are true.
    height : float, in inches

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `curves` is no dict, or is empty; where x and y differ in length; where `points`
        names no curve.

    Examples
    --------
    >>> x = np.arange(5)
    >>> film = show_curves({"square": (x, x**2)}, x="mm", y="mm2", levels={"ten": 10})
    >>> film.facts
    'mm2 over mm: square'
    """
    _check(curves, "curves is a dict of name to (x, y)")
    if unknown := set(points) - set(curves):
        message = f"points names curves, and {sorted(unknown)} is none of {list(curves)}"
        raise ParameterError(message)
    film = Film(height, f"{y} over {x}: {', '.join(curves)}")
    axes = film.panel(1, 1, 1)
    for color, (name, ends) in zip(_colors(), curves.items(), strict=False):
        look: dict[str, Any] = {"color": color, "label": name}
        look |= {"ls": "", "marker": "o", "ms": 4} if name in points else {"lw": 1.5}
        axes.plot(*_pair(name, ends), **look)
    axes.set(xlabel=x, ylabel=y)
    axes.margins(x=0.05 if equal else 0)
    axes.set_aspect("equal" if equal else "auto")
    if xlim is not None:
        axes.set_xlim(*reals(xlim, "xlim is (lowest, highest)", 2))
    if ylim is not None:
        axes.set_ylim(*reals(ylim, "ylim is (lowest, highest)", 2))
    _levels(axes, levels or {})
    _places(axes, places or {})
    _legend(film, curves)
    return film


def show_bars(bars: Mapping[str, Mapping[str, float]], *, x: str) -> Film:
    """Bars that lie one under the other, each made of parts.

    Parameters
    ----------
    bars : dict of name to dict of part to number
        The first one is on top. Every bar may have other parts.
    x : str
        What is counted, with the unit.

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `bars` is no dict, or is empty.

    Examples
    --------
    >>> show_bars({"head": {"bone": 700, "rest": 3200}}, x="ml").facts
    'ml of head: bone, rest'
    """
    _check(bars, "bars is a dict of name to dict of part to number")
    names = list(bars)
    parts = list(dict.fromkeys(part for bar in bars.values() for part in bar))
    film = Film(0.9 + 0.32 * len(names), f"{x} of {', '.join(names)}: {', '.join(parts)}")
    axes = film.panel(1, 1, 1)
    start = np.zeros(len(names))
    for color, part in zip(_colors(), parts, strict=False):
        long = np.array([float(bars[name].get(part, 0)) for name in names])
        axes.barh(names, long, left=start, color=color, label=part)
        start += long
    axes.invert_yaxis()
    axes.set_xlabel(x)
    axes.tick_params(axis="y", labelcolor=INK)
    _legend(film, parts)
    return film


def show_pictures(
    pictures: Mapping[str, ArrayLike],
    *,
    window: str | ArrayLike = "soft tissue",
    spacing: ArrayLike | Mapping[str, ArrayLike] = (1, 1),
    difference: bool = False,
    unit: str = "HU",
) -> Film:
    """Arrays as pictures, side by side, each as large as its millimetres say.

    Parameters
    ----------
    pictures : dict of title to (row, column) array
    window : preset's name or (center, width)
        What is black and white: the same for all pictures, never their own minimum and maximum.
    spacing : (mm between rows, mm between columns), or a dict of title to it
        In DICOM's order (PS3.3 10.7.1.3).
    difference : bool
        Whether the values are differences, in the viewers' colours: more is orange, less is blue.
    unit : str
        Of the values, beside the bar.

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where `pictures` is no dict, is empty, or holds what has no two axes.

    Examples
    --------
    >>> halves = {"before": np.zeros((4, 6)), "after": np.ones((4, 6))}
    >>> show_pictures(halves, window=(0.5, 2), spacing=(2, 1)).facts
    'before, after: 4 x 6 values in 8 x 6 mm'
    """
    _check(pictures, "pictures is a dict of title to (row, column) array")
    shown = {title: _picture(title, picture) for title, picture in pictures.items()}
    steps = {title: _spacing(title, spacing) for title in shown}
    sizes = {t: (p.shape[0] * steps[t][0], p.shape[1] * steps[t][1]) for t, p in shown.items()}
    tall, wide = (max(size[i] for size in sizes.values()) for i in (0, 1))
    each = min(WIDTH / len(shown), 4.5)
    film = Film(each * tall / wide + 0.9, width=each * len(shown))
    low, high = window_ends(as_window(window))
    cmap = _DIFFERENCE if difference else "gray"
    every = []
    for place, (title, picture) in enumerate(shown.items(), start=1):
        axes = film.panel(1, len(shown), place, title=title)
        height, width = sizes[title]
        extent = (0, width, height, 0)
        image = axes.imshow(
            picture, cmap=cmap, vmin=low, vmax=high, extent=extent, interpolation="nearest"
        )
        # White at its end would run into a light page.
        if (height, width) != (tall, wide):
            frame: dict[str, Any] = {"fill": False, "ec": FAINT, "lw": 0.8, "clip_on": False}
            axes.add_patch(Rectangle((0, 0), width, height, **frame))
        # All on one scale, so that what is too small looks too small.
        axes.set(xlim=(0, wide), ylim=(tall, 0), xlabel="mm")
        every.append(axes)
    color_bar(film, image, every, unit=unit)
    words = (f"{p.shape[0]} x {p.shape[1]} values in " + _mm(sizes[t]) for t, p in shown.items())
    film.facts = f"{', '.join(shown)}: {', '.join(dict.fromkeys(words))}"
    return film


def _check(given: Any, what: str) -> None:
    if not isinstance(given, Mapping) or not given:
        message = f"{what}, not {given!r}"
        raise ParameterError(message)


def _colors() -> Sequence[str]:
    return (*COLORS, INK)


def _legend(film: Film, names: Collection[str]) -> None:
    """Over the axes, where it hides nothing; one name alone needs none."""
    if len(names) > 1:
        look: dict[str, Any] = {"frameon": False, "fontsize": 8, "labelcolor": INK}
        film.legend(loc="outside upper right", ncols=min(len(names), 4), **look)


def _pair(name: str, ends: tuple[ArrayLike, ArrayLike]) -> tuple[np.ndarray, np.ndarray]:
    across, up = (np.asarray(values) for values in ends)
    if across.shape != up.shape or across.ndim != 1:
        message = f"{name!r} is (x, y) of equal length, not of {across.shape} and {up.shape}"
        raise ParameterError(message)
    return across, up


def _levels(axes: Axes, levels: Mapping[str, float]) -> None:
    for name, level in levels.items():
        axes.axhline(level, color=FAINT, lw=0.8, ls="--")
        axes.annotate(
            name, (1, level), (-2, 2), xycoords=("axes fraction", "data"),
            textcoords="offset points", color=INK, size=8, ha="right",
        )  # fmt: skip


def _places(axes: Axes, places: Mapping[str, float]) -> None:
    for name, place in places.items():
        axes.axvline(place, color=FAINT, lw=0.8, ls=":")
        axes.annotate(
            name, (place, 1), (3, -2), xycoords=("data", "axes fraction"),
            textcoords="offset points", color=INK, size=8, va="top",
        )  # fmt: skip


def _picture(title: str, picture: ArrayLike) -> np.ndarray:
    values = np.asarray(picture)
    if values.ndim != 2:
        message = f"{title!r} is a (row, column) array, not one of {values.ndim} axes"
        raise ParameterError(message)
    return values


def _spacing(title: str, spacing: ArrayLike | Mapping[str, ArrayLike]) -> tuple[float, ...]:
    given = spacing[title] if isinstance(spacing, Mapping) else spacing
    return reals(given, "spacing is (mm between rows, mm between columns)", 2)


def _mm(size: tuple[float, float]) -> str:
    return " x ".join(f"{mm:.0f}" for mm in size) + " mm"
