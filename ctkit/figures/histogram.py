"""How many voxels have which HU."""

import numpy as np

from ..errors import UnitError
from ..hounsfield import TISSUES
from ..windowing import as_window
from .film import COLORS, INK, Film
from .planes import _check_mask


def show_histogram(volume, window=None, *, mask=None, tissues=True, limits=(-1100, 2000)):
    """How many voxels have which HU, on a logarithmic axis.

    Parameters
    ----------
    volume : Volume of HU
    window : preset's name or (center, width), optional
        Its transfer curve, black to white, is drawn over the histogram.
    mask : Volume of bool, optional; only its voxels are counted
    tissues : bool, whether the usual ranges of tissues are marked
    limits : (lowest, highest) HU of the axis

    Returns
    -------
    Film
    """
    values = _values(volume, mask)
    film = Film(3.6)
    axes = film.panel(1, 1, 1)
    # Bins of whole HU: others would hold now one, now two integers, and show a comb.
    step = max(1, -(-(limits[1] - limits[0]) // 240))
    counts, edges = np.histogram(values, np.arange(limits[0] - 0.5, limits[1] + step, step))
    axes.stairs(counts, edges, fill=True, color=COLORS[0], alpha=0.75)
    axes.set(yscale="log", xlim=limits, xlabel="HU", ylabel="voxels")
    axes.set_ylim(0.8, max(counts.max(), 1) * (30 if tissues else 2))
    if tissues:
        _tissue_bands(axes, limits)
    if window is not None:
        _transfer_curve(film, axes, as_window(window))
    low, middle, high = np.percentile(values, (1, 50, 99))
    film.facts = (
        f"Histogram of {values.size:,} voxels: 1st percentile {low:.0f}, median {middle:.0f}, "
        f"99th {high:.0f} HU"
    )
    return film


def _values(volume, mask):
    if volume.is_mask:
        message = "a mask has no HU to count; give the volume and mask=mask"
        raise UnitError(message)
    if mask is None:
        return volume.array.ravel()
    _check_mask(volume, mask)
    return volume.array[mask.array]


def _tissue_bands(axes, limits):
    """A strip of colours along the top, with names where there is room for them."""
    wide = limits[1] - limits[0]
    shown = [row for row in TISSUES.items() if row[1][1] > limits[0] and row[1][0] < limits[1]]
    for place, (name, (low, high)) in enumerate(shown):
        low, high = max(low, limits[0]), min(high, limits[1])
        color = COLORS[place % len(COLORS)]
        axes.axvspan(low, high, ymin=0.95, color=color, linewidth=0)
        axes.axvspan(low, high, ymax=0.95, color=color, alpha=0.1, linewidth=0, zorder=0)
        if (high - low) / wide > 0.02:
            # Neighbours take turns on three lines, so that their names do not collide.
            y = 0.93 - 0.06 * (place % 3 if wide < 500 else 0)
            axes.text(
                (low + high) / 2, y, name, transform=axes.get_xaxis_transform(), color=INK,
                size=8, ha="center", va="top",
            )  # fmt: skip


def _transfer_curve(film, axes, window):
    grey = axes.twinx()
    low, high = axes.get_xlim()
    ends = window.center - window.width / 2, window.center + window.width / 2
    grey.plot([low, *ends, high], [0, 0, 1, 1], color=COLORS[1], linewidth=1.8)
    grey.set_ylim(-0.02, 1.25)
    grey.set_yticks([0, 1], ["black", "white"])
    grey.tick_params(colors=COLORS[1], labelsize=8)
    for spine in grey.spines.values():
        spine.set_visible(False)
    axes.set_xlim(low, high)
