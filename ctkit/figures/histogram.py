"""How many voxels have which HU."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..arguments import reals
from ..errors import ParameterError
from ..hounsfield import TISSUES
from ..volume import Volume, as_hu, as_mask
from ..windowing import Window, as_window
from .drawing import window_ends
from .film import COLORS, Film

_LEAST = 0.8  # voxels at the lower end of the axis, so that one voxel is seen
_LIMITS = "limits are (lowest, highest) HU"


def show_histogram(
    volume: Volume,
    window: str | ArrayLike | None = None,
    *,
    mask: Volume | np.ndarray | None = None,
    tissues: bool = True,
    limits: ArrayLike = (-1100, 2000),
) -> Film:
    """How many voxels have which HU, on a logarithmic axis.

    Parameters
    ----------
    volume : Volume of HU
    window : preset's name or (center, width), optional
        Its transfer curve, black to white, is drawn over the histogram.
    mask : Volume of bool on the same grid, or array of bool of the same shape, optional
        Only its voxels are counted.
    tissues : bool
        Whether the usual ranges of tissues are marked.
    limits : (lowest, highest) HU of the axis

    Returns
    -------
    Film

    Raises
    ------
    UnitError
        Where the volume is a mask, or the mask is none.
    GeometryError
        Where the mask lies on another grid.
    ParameterError
        Where the mask holds no voxel, or `limits` are no two HU in order.
    """
    values = _values(as_hu(volume), mask)
    low, high = reals(limits, _LIMITS, 2)
    if low >= high:
        message = f"{_LIMITS}, not {limits!r}"
        raise ParameterError(message)
    film = Film(3.6)
    axes = film.panel(1, 1, 1)
    # Bins of whole HU: others would hold now one, now two integers, and show a comb.
    step = max(1, -(-(high - low) // 240))
    counts, edges = np.histogram(values, np.arange(low - 0.5, high + step, step))
    axes.stairs(counts, edges, fill=True, color=COLORS[0], alpha=0.75)
    axes.set(yscale="log", xlim=(low, high), xlabel="HU")
    axes.set_ylabel("voxels (each step is ten times as many)")
    room = _tissue_bands(axes, low, high) if tissues else 0.95
    # The highest bar, and the curve where it is white, end below the names of the tissues.
    axes.set_ylim(_LEAST, _LEAST * (max(counts.max(), 1) / _LEAST) ** (1 / room))
    if window is not None:
        _transfer_curve(axes, as_window(window), room)
    first, middle, last = np.percentile(values, (1, 50, 99))
    film.facts = (
        f"Histogram of {values.size:,} voxels: 1st percentile {first:.0f}, median {middle:.0f}, "
        f"99th {last:.0f} HU"
    )
    return film


def _values(volume: Volume, mask: Volume | np.ndarray | None) -> np.ndarray:
    """The HU to count: NaN and infinities stand in no bin."""
    inside = None if mask is None else as_mask(mask, on=volume).array
    values = volume.array.ravel() if inside is None else volume.array[inside]
    values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if values.size == 0:
        where = "volume" if mask is None else "mask"
        message = f"the {where} holds no voxel with a number, so that there is nothing to count"
        raise ParameterError(message)
    return values


def _tissue_bands(axes: Axes, lowest: float, highest: float) -> float:
    """A strip of colours along the top, and under it the names, in as many lines as they need.

    Returns the share of the height that lies below the names.
    """
    shown = [row for row in TISSUES.items() if row[1][1] > lowest and row[1][0] < highest]
    ends_of_lines: list[float] = []
    for place, (name, ends) in enumerate(shown):
        low, high = max(ends[0], lowest), min(ends[1], highest)
        color = COLORS[place % len(COLORS)]
        axes.axvspan(low, high, ymin=0.95, color=color, linewidth=0)
        axes.axvspan(low, high, ymax=0.95, color=color, alpha=0.1, linewidth=0, zorder=0)
        middle = (low + high) / 2
        y = 0.93 - 0.06 * _line_for(name, middle, highest - lowest, ends_of_lines)
        axes.text(
            middle, y, name, transform=axes.get_xaxis_transform(), color=color,
            size=8, ha="center", va="top",
        )  # fmt: skip
    return 0.92 - 0.06 * len(ends_of_lines)


def _line_for(name: str, middle: float, wide: float, ends: list[float]) -> int:
    """The first line in which a name runs into none; `ends` says where each line ends so far."""
    # 8 inches of figure hold some 110 letters of this size.
    half = (len(name) + 2) / 2 * wide / 110
    line = next((i for i, end in enumerate(ends) if end <= middle - half), len(ends))
    ends[line:] = [middle + half, *ends[line + 1 :]]
    return line


def _transfer_curve(axes: Axes, window: Window, room: float) -> None:
    """The window's way from black to white, which is as high as `room` says."""
    grey = axes.twinx()
    low, high = axes.get_xlim()
    grey.plot([low, *window_ends(window), high], [0, 0, 1, 1], color=COLORS[1], linewidth=1.8)
    grey.set_ylim(-0.02, 1.02 / room - 0.02)
    grey.set_yticks([0, 1], ["black", "white"])
    grey.tick_params(colors=COLORS[1], labelsize=8)
    for spine in grey.spines.values():
        spine.set_visible(False)
    axes.set_xlim(low, high)
