"""The outlines of a mask, or of the labels of a label map, and their names under a figure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D

from ..operations.layers import Layers, layers_of
from ..volume import Volume
from .film import INK, OUTLINE, Film

Mask = Volume | np.ndarray | Mapping[str, Volume | np.ndarray] | Layers
_WIDTH = 1.2
_COLUMNS = 4  # of names under a figure


def as_layers(mask: Mask, volume: Volume) -> Layers:
    """What is outlined of a mask, a label map, or a dict of masks, on the grid of a volume."""
    return mask if isinstance(mask, Layers) else layers_of(mask, on=volume)


def draw_outlines(
    axes: Axes, layers: Layers, picture: np.ndarray, size: tuple[float, float]
) -> None:
    """Draw the outline of each label that a picture of the layers' volume holds.

    Parameters
    ----------
    axes : matplotlib Axes
    layers : Layers
    picture : (row, column) ndarray
    size : (width, height) in mm
    """
    if layers.volume.is_mask:
        _outline(axes, picture, size, OUTLINE)
        return
    for label in layers.labels:
        values = [label["value"]]
        values += [value for value, members in layers.overlaps if label["value"] in members]
        _outline(axes, np.isin(picture, values), size, label["color"], label["name"])


def _outline(
    axes: Axes, inside: np.ndarray, size: tuple[float, float], color: str, name: str = ""
) -> None:
    # Where all or nothing belongs to the mask there is no border, and contour would warn.
    if inside.any() and not inside.all():
        (rows, columns), (width, height) = inside.shape, size
        x = (np.arange(columns) + 0.5) * width / columns
        y = (np.arange(rows) + 0.5) * height / rows
        drawn = axes.contour(x, y, inside, levels=[0.5], colors=[color], linewidths=_WIDTH)
        drawn.set_label(name or "_mask")


def name_outlines(film: Film) -> Film:
    """The film, with the names of the outlined labels under its pictures, and in its facts."""
    drawn = [one for axes in film.axes for one in axes.collections if isinstance(one, ContourSet)]
    colors = {str(one.get_label()): to_hex(np.asarray(one.get_edgecolor())[0]) for one in drawn}
    colors = {name: color for name, color in colors.items() if not name.startswith("_")}
    if not colors:
        return film
    lines = [Line2D([], [], color=color, linewidth=2) for color in colors.values()]
    film.set_figheight(film.get_figheight() + 0.25 * -(-len(lines) // _COLUMNS))
    film.legend(
        lines,
        [*colors],
        loc="outside lower center",
        ncols=min(len(lines), _COLUMNS),
        frameon=False,
        labelcolor=INK,
        fontsize=8,
    )
    film.facts += f"; outlined: {', '.join(colors)}"
    return film
