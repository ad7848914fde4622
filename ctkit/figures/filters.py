"""Noise against edge, for the filters of a trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from ..errors import ParameterError
from ..operations.filter_trials import FilterTable
from .film import COLORS, FAINT, INK, Film

# How many pixels from its point a name may stand, the nearest first; up and down counts more.
_OFFSETS = sorted(
    ((side * x, y) for x in range(12, 160, 12) for y in range(-90, 91, 6) for side in (1, -1)),
    key=lambda offset: abs(offset[0]) + 1.5 * abs(offset[1]),
)


def show_filters(table: FilterTable) -> Film:
    """Noise that each filter leaves, against the width of the skull's edge.

    A colour and a form of mark is a method, which the legend names. A mark is one strength of it,
    with its setting beside it, and a line joins them. Down is less noise, left a sharper edge: the
    better filter is lower left.

    Parameters
    ----------
    table : FilterTable, as `ctkit.compare_filters` gives it

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where it is no FilterTable, or holds no row.
    """
    if not isinstance(table, FilterTable) or not table:
        what = "an empty one" if isinstance(table, FilterTable) else repr(table)
        message = f"table is what compare_filters(volume) gives, not {what}"
        raise ParameterError(message)
    film = Film(4.8)
    axes = film.panel(1, 1, 1)
    axes.set(xlabel="width of the skull's edge, mm (left: sharper)")
    axes.set_ylabel("noise left, HU (down: less)")
    methods = list(dict.fromkeys(row.filter for row in table))
    colors = dict(zip(methods, (INK, *COLORS), strict=False))
    for method, color, marker in zip(methods, colors.values(), "osD^vPX", strict=False):
        rows = [row for row in table if row.filter == method]
        x, y = [row.edge_mm for row in rows], [row.noise_hu for row in rows]
        axes.plot(x, y, color=color, marker=marker, markersize=7, linewidth=1, label=method)
    axes.set_ylim(0, 1.12 * max(row.noise_hu for row in table))
    axes.margins(x=0.14)
    film.legend(
        loc="outside upper right", ncols=len(methods), frameon=False, fontsize=8, labelcolor=INK
    )
    axes.text(0.01, 0.02, "↙ better", transform=axes.transAxes, color=FAINT, size=9)
    _name_points(film, axes, table, colors)
    film.facts = f"Noise against edge width of {len(table)} filters: {', '.join(methods)}"
    return film


def _name_points(film: Film, axes: Axes, table: FilterTable, colors: Mapping[str, str]) -> None:
    """Write its setting beside each point, where no point and no other setting is in the way."""
    film.draw_without_rendering()  # the places in pixels are known from then on
    places = axes.transData.transform([(row.edge_mm, row.noise_hu) for row in table])
    taken = [Bbox.from_extents(*(place - 6), *(place + 6)) for place in places]
    taken += [box for line in axes.lines for box in _boxes_along(line)]
    for row, place in sorted(zip(table, places, strict=True), key=lambda pair: tuple(pair[1])):
        if not row.setting:  # the scan as it is: its mark stands in the legend
            continue
        name = axes.annotate(
            row.setting, (row.edge_mm, row.noise_hu), (0, 0),
            textcoords="offset pixels", color=colors[row.filter], size=8, va="center",
        )  # fmt: skip
        size = name.get_window_extent()
        boxes = ((*offset, _box_at(place, *offset, size)) for offset in _OFFSETS)
        free = (each for each in boxes if _is_free(each[2], axes.bbox, taken))
        x, y = _OFFSETS[-1]
        x, y, box = next(free, (x, y, _box_at(place, x, y, size)))
        taken.append(box.padded(2, 4))  # names that touch are read as one
        name.set(position=(x, y), ha="left" if x > 0 else "right")
        axes.annotate(
            "", name.xy, (x, y), textcoords="offset pixels",
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkA": 0},
        )  # fmt: skip


def _boxes_along(line: Line2D) -> Iterator[Bbox]:
    """Small boxes, in pixels, which lie along a line of the plot."""
    corners = line.get_transform().transform(line.get_xydata())
    for start, end in pairwise(corners):
        for share in np.linspace(0, 1, 2 + int(np.hypot(*(end - start)) / 4)):
            at = start + share * (end - start)
            yield Bbox.from_extents(*(at - 1), *(at + 1))


def _box_at(place: Sequence[float], x: float, y: float, size: Bbox) -> Bbox:
    """The box of a name whose near end is (x, y) pixels from its point."""
    left = place[0] + x - (size.width if x < 0 else 0)
    return Bbox.from_bounds(left, place[1] + y - size.height / 2, size.width, size.height)


def _is_free(box: Bbox, frame: Bbox, taken: Iterable[Bbox]) -> bool:
    inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0
    return inside and not any(box.overlaps(other) for other in taken)
