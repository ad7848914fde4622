"""A picture of the slices of a series: where each lies, and what is between them."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from ..arguments import reals
from ..errors import ParameterError
from ..files.loading import slice_layers
from .film import COLORS, FAINT, Film
from .words import mm

_LAYER, _GAP, _OVERLAP = COLORS[0], COLORS[5], COLORS[4]


def show_positions(
    scans: str | PathLike[str] | Mapping[str, str | PathLike[str]],
    *,
    series: int | str | None = None,
    limits: ArrayLike | None = None,
) -> Film:
    """Where the slices of a series lie along their normal, with gaps and overlaps marked.

    Each slice is a bar as thick as SliceThickness, centred at its position; where bars
    leave room between them is a gap, where they cover each other an overlap. Below is
    the step from each slice to the next, in mm. Nothing but headers is read.

    Parameters
    ----------
    scans : path of a DICOM series, or dict of title to path
        One pair of panels each, on the same axis of mm.
    series : int or str, optional
        Which one to take where there are several; as for `ctkit.load`.
    limits : (lowest, highest) in mm along the normal, optional
        The part to show; all by default.

    Returns
    -------
    Film

    Raises
    ------
    LoadError
        Where the slices say too little of where they are, or don't lie side by side.
    ParameterError
        Where the dict is empty, or `limits` are no two numbers.

    Notes
    -----
    Positions are ImagePositionPatient along the normal (DICOM PS3.3 C.7.6.2.1.1).
    SliceThickness is nominal: where it is absent, the median step stands for it.
    """
    paths = scans if isinstance(scans, Mapping) else {"": scans}
    if not paths:
        message = "there is no series to show in an empty dict"
        raise ParameterError(message)
    placed = {title: slice_layers(path, series=series) for title, path in paths.items()}
    ends = _ends(placed) if limits is None else limits
    low, high = reals(ends, "limits are (lowest, highest) in mm", 2)
    film = Film(0.6 + 1.7 * len(placed))
    grid = film.add_gridspec(2 * len(placed), 1, height_ratios=[2, 3] * len(placed))
    for row, (title, (depths, thickness)) in enumerate(placed.items()):
        top, bottom = film.panel(grid[2 * row], title=title), film.panel(grid[2 * row + 1])
        _draw_layers(top, depths, thickness)
        _draw_steps(bottom, depths)
        top.set_xlim(low, high)
        bottom.set_xlim(low, high)
    bottom.set_xlabel("mm along the normal of the slices")
    _legend(film)
    film.facts = "; ".join(_words(title, *rows) for title, rows in placed.items())
    return film


def _ends(placed: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Where the layers of all series begin and end, with the room of one layer beside them."""
    depths = np.concatenate([depths for depths, _ in placed.values()])
    most = max(thickness.max() for _, thickness in placed.values())
    return depths.min() - most, depths.max() + most


def between(depths: np.ndarray, thickness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What lies between neighbours: their steps, and the room their layers leave, in mm.

    Parameters
    ----------
    depths : (n,) increasing positions along the normal in mm
    thickness : (n,) in mm

    Returns
    -------
    steps : (n - 1,) in mm
    room : (n - 1,) in mm; above 0 a gap, below 0 an overlap, 0 within 1 % of the step
    """
    steps = np.diff(depths)
    room = steps - (thickness[1:] + thickness[:-1]) / 2
    # As `load` does: positions are rounded, and a layer is not known to a hundredth.
    return steps, np.where(np.abs(room) <= np.maximum(0.01 * steps, 0.05), 0.0, room)


def _draw_layers(axes: Axes, depths: np.ndarray, thickness: np.ndarray) -> None:
    """Slices as bars in two lanes by turns, so that neighbours stay apart."""
    lanes = np.arange(len(depths)) % 2
    axes.bar(depths, 0.8, thickness, bottom=lanes, color=_LAYER, edgecolor="none", alpha=0.85)
    _, room = between(depths, thickness)
    for here, there, left, right, size in zip(
        depths, depths[1:], thickness, thickness[1:], room, strict=False
    ):
        if size:
            ends = sorted((here + left / 2, there - right / 2))
            axes.axvspan(*ends, color=_GAP if size > 0 else _OVERLAP, linewidth=0, alpha=0.9)
    axes.set(ylim=(-0.1, 1.9), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelbottom=False)


def _draw_steps(axes: Axes, depths: np.ndarray) -> None:
    steps = np.diff(depths)
    if len(steps):
        axes.stairs(steps, depths, baseline=None, color=FAINT, linewidth=0.8)
        axes.plot((depths[1:] + depths[:-1]) / 2, steps, ".", color=_LAYER, markersize=4)
    axes.set(ylim=(0, 1.25 * steps.max() if len(steps) else 1), ylabel="step, mm")


def _legend(film: Film) -> None:
    parts = {"slice": _LAYER, "gap": _GAP, "overlap": _OVERLAP}
    film.legend(
        handles=[Patch(color=color, label=name) for name, color in parts.items()],
        loc="outside lower right", ncols=3, frameon=False, fontsize=8, labelcolor=FAINT,
    )  # fmt: skip


def _words(title: str, depths: np.ndarray, thickness: np.ndarray) -> str:
    steps, room = between(depths, thickness)
    words = f"{title}: " if title else ""
    words += f"slices: {len(depths)}, from {mm(depths[0])} to {mm(depths[-1])} mm along the normal"
    if len(steps):
        words += f", steps from {mm(steps.min())} to {mm(steps.max())} mm"
    return f"{words}, gaps: {(room > 0).sum()}, overlaps: {(room < 0).sum()}"
