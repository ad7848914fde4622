"""A picture of the slices of a series: where each lies, and what is between them."""

import numpy as np
from matplotlib.patches import Patch

from ..errors import ParameterError
from ..files.loading import slice_layers
from .film import COLORS, FAINT, Film

_LAYER, _GAP, _OVERLAP = COLORS[0], COLORS[5], COLORS[4]


def show_positions(scans, *, series=None, limits=None):
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

    Notes
    -----
    Positions are ImagePositionPatient along the normal (DICOM PS3.3 C.7.6.2.1.1).
    SliceThickness is nominal: where it is absent, the median step stands for it.
    """
    scans = scans if isinstance(scans, dict) else {"": scans}
    if not scans:
        message = "there is no series to show in an empty dict"
        raise ParameterError(message)
    placed = {title: slice_layers(path, series=series) for title, path in scans.items()}
    if limits is None:
        ends = np.concatenate([depths for depths, _ in placed.values()])
        most = max(thickness.max() for _, thickness in placed.values())
        limits = ends.min() - most, ends.max() + most
    film = Film(0.6 + 1.7 * len(placed))
    grid = film.add_gridspec(2 * len(placed), 1, height_ratios=[2, 3] * len(placed))
    for row, (title, (depths, thickness)) in enumerate(placed.items()):
        top, bottom = film.panel(grid[2 * row], title=title), film.panel(grid[2 * row + 1])
        _draw_layers(top, depths, thickness, limits)
        _draw_steps(bottom, depths, limits)
    bottom.set_xlabel("mm along the normal of the slices")
    _legend(film)
    film.facts = "; ".join(_words(title, *rows) for title, rows in placed.items())
    return film


def between(depths, thickness):
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


def _draw_layers(axes, depths, thickness, limits):
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
    axes.set(xlim=limits, ylim=(-0.1, 1.9), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelbottom=False)


def _draw_steps(axes, depths, limits):
    steps = np.diff(depths)
    if len(steps):
        axes.stairs(steps, depths, baseline=None, color=FAINT, linewidth=0.8)
        axes.plot((depths[1:] + depths[:-1]) / 2, steps, ".", color=_LAYER, markersize=4)
    axes.set(xlim=limits, ylim=(0, 1.25 * steps.max() if len(steps) else 1), ylabel="step, mm")


def _legend(film):
    parts = {"slice": _LAYER, "gap": _GAP, "overlap": _OVERLAP}
    film.legend(
        handles=[Patch(color=color, label=name) for name, color in parts.items()],
        loc="outside lower right", ncols=3, frameon=False, fontsize=8, labelcolor=FAINT,
    )  # fmt: skip


def _words(title, depths, thickness):
    steps, room = between(depths, thickness)
    words = f"{title}: " if title else ""
    words += f"slices: {len(depths)}, from {depths[0]:.2f} to {depths[-1]:.2f} mm along the normal"
    if len(steps):
        words += f", steps from {steps.min():.2f} to {steps.max():.2f} mm"
    return f"{words}, gaps: {(room > 0).sum()}, overlaps: {(room < 0).sum()}"
