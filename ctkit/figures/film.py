"""Still pictures of volumes, drawn with matplotlib on a dark film.

Every function returns a `Film`: a matplotlib figure that shows itself in a notebook
with an alternative text, and a line under it that says in words what is on it, or what
it shows (`Film.says`). Greys are those of the window, never of the picture's own
minimum and maximum.
"""

from io import BytesIO

import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from .. import geometry
from ..errors import GeometryError, ParameterError, UnitError
from ..hounsfield import TISSUES
from ..volume import Volume
from ..windowing import as_window

FILM = "#15181c"
INK = "#d9dee4"
FAINT = "#8b949e"
#: Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), on the film.
COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00")
MASK = COLORS[1]
_HALO = [withStroke(linewidth=2, foreground="black")]  # words stay readable on bone
_WIDTH = 8.0  # inches: 800 px at 100 dpi, which reads well in a box of 700 px


class Film(Figure):
    """A figure on a dark film, with its facts in words.

    Parameters
    ----------
    height : float, in inches; the width is 8
    facts : str, what is on the figure

    Attributes
    ----------
    result : str, what the figure is there to show; see `says`
    alt : str, both: the alternative text of the picture
    """

    def __init__(self, height=4.0, facts="", width=_WIDTH):
        super().__init__(figsize=(width, height), dpi=100, facecolor=FILM, layout="constrained")
        self.facts, self.result = facts, ""

    def says(self, result):
        """Give the figure the one result that it is there to show, and return it.

        Parameters
        ----------
        result : str
            A sentence with a number and its unit, computed from what is drawn. It is
            printed under the picture, and stands in the alternative text.
        """
        self.result = result
        return self

    @property
    def alt(self):
        """What is on the figure, and what it shows."""
        return ". ".join(filter(None, (self.facts, self.result)))

    def panel(self, *position, title=""):
        """Axes in the style of the film: `position` as for `Figure.add_subplot`."""
        axes = self.add_subplot(*position)
        axes.set_facecolor(FILM)
        axes.tick_params(colors=FAINT, labelsize=8)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(FAINT)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=INK, size=9)
        axes.set_title(title, color=INK, size=10)
        return axes

    def legend_of(self, axes, **options):
        """A legend for `axes` that can be read on the film."""
        return axes.legend(facecolor=FILM, edgecolor="none", labelcolor=INK, fontsize=8, **options)

    def to_png(self):
        """The figure as the bytes of a PNG."""
        buffer = BytesIO()
        # No date and no version inside: the same figure gives the same bytes.
        self.savefig(buffer, format="png", facecolor=FILM, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": f"Figure: {self.facts}", "image/png": self.to_png()}
        return data, {"image/png": {"alt": self.alt}}

    def _ipython_display_(self):
        # JupyterLab keeps no alternative text of a page's pictures, so the words are printed too.
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        print(self.result or self.facts)


def show_slice(
    volume,
    plane="axial",
    index=None,
    *,
    window="soft tissue",
    mask=None,
    title=None,
    convention="radiological",
):
    """One plane, with millimetre axes, the letters of the patient's sides and a bar in HU.

    Parameters
    ----------
    volume : Volume of HU, or a mask
    plane : {"axial", "coronal", "sagittal"}
    index : int, optional
        In the array's own order; the middle one by default.
    window : preset's name or (center, width) in HU
    mask : Volume of bool on the same grid, optional
        Its outline is drawn.
    title : str, optional
    convention : {"radiological", "neurological"}
        Whether the patient's left is on the right of the picture, or on the left.

    Returns
    -------
    Film

    Raises
    ------
    GeometryError
        On an unknown plane, an index outside, or a mask on another grid.
    """
    index = _index(volume, plane, index)
    film = Film(5.2, width=6.4)
    axes = film.panel(1, 1, 1, title=title or "")
    image = draw_plane(axes, volume, plane, index, window, mask, convention)
    if not volume.is_mask:
        _color_bar(film, image, axes)
    film.facts = describe(volume, plane, index, window)
    return film


def show_planes(volume, point=None, *, window="soft tissue", mask=None, convention="radiological"):
    """The three planes through one point, marked in each.

    Parameters
    ----------
    volume : Volume
    point : (x, y, z) in LPS+ mm, optional
        The middle of the volume by default.
    window, mask, convention : as for `show_slice`

    Returns
    -------
    Film
    """
    if point is None:
        point = volume.to_world((np.array(volume.shape) - 1) / 2)
    voxel = np.rint(volume.to_index(point)).astype(int)
    if (voxel < 0).any() or (voxel >= volume.shape).any():
        message = f"the point {tuple(point)} mm is voxel {tuple(voxel)}, outside of {volume.shape}"
        raise GeometryError(message)
    tallest = max(_row_height(volume, plane, 3) for plane in geometry.PLANES)
    film = Film(tallest)
    for column, plane in enumerate(geometry.PLANES, start=1):
        layout = volume.layout(plane, convention)
        axes = film.panel(1, 3, column)
        draw_plane(axes, volume, plane, voxel[layout.axis], window, mask, convention, small=True)
        axes.set_title(f"{plane} {voxel[layout.axis]}", color=INK, size=10)
        _cross(axes, volume, layout, voxel)
    where = ", ".join(_mm(value) for value in point)
    film.facts = f"Three planes through ({where}) mm LPS, {_window_words(volume, window)}"
    return film


def show_windows(volume, windows=("full", "brain", "bone"), plane="axial", index=None):
    """One slice through several windows, side by side.

    Parameters
    ----------
    volume : Volume of HU
    windows : sequence of presets' names or (center, width)
    plane, index : as for `show_slice`

    Returns
    -------
    Film
    """
    index = _index(volume, plane, index)
    film = Film(_row_height(volume, plane, len(windows), title=1.0))
    for column, window in enumerate(windows, start=1):
        name = window if isinstance(window, str) else "window"
        axes = film.panel(1, len(windows), column)
        image = draw_plane(axes, volume, plane, index, window, small=True)
        center, width = as_window(window)
        axes.set_title(f"{name} {center:g} / {width:g}", color=INK, size=10)
        _color_bar(film, image, axes, location="bottom")
    names = " | ".join(_window_words(volume, window) for window in windows)
    film.facts = f"{describe(volume, plane, index)}; {names}"
    return film


def show_row(volumes, plane="axial", point=None, *, window="soft tissue", mask=None):
    """The same place of several volumes, side by side, by millimetres.

    Parameters
    ----------
    volumes : dict of title to Volume; their grids may differ
    plane : {"axial", "coronal", "sagittal"}
    point : (x, y, z) in LPS+ mm that the planes go through, optional
        The middle of the first volume by default.
    window : as for `show_slice`
    mask : Volume of bool on the grid of the first, optional
        Its outline is drawn over every volume that shares this grid.

    Returns
    -------
    Film
    """
    first = next(iter(volumes.values()))
    if point is None:
        point = first.to_world((np.array(first.shape) - 1) / 2)
    film = Film(_row_height(first, plane, len(volumes)))
    for column, (title, volume) in enumerate(volumes.items(), start=1):
        axes = film.panel(1, len(volumes), column)
        outline = mask if mask is not None and geometry.same_grid(mask, volume) else None
        index = _nearest(volume, plane, point)
        draw_plane(axes, volume, plane, index, window, outline, small=True)
        axes.set_title(title, color=INK, size=10)
    film.facts = f"{describe(first, plane, _nearest(first, plane, point))}: {', '.join(volumes)}"
    return film


def show_montage(volume, count=12, plane="axial", *, window="soft tissue", columns=4, mask=None):
    """Evenly spaced slices on one sheet, from the first to the last.

    Parameters
    ----------
    volume : Volume
    count : int, number of slices
    plane, window, mask : as for `show_slice`
    columns : int, pictures in a row

    Returns
    -------
    Film
    """
    total = volume.shape[volume.layout(plane).axis]
    indices = np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))
    rows = -(-len(indices) // columns)
    film = Film(rows * _row_height(volume, plane, columns, title=0.05))
    film.get_layout_engine().set(h_pad=0.02, w_pad=0.02, hspace=0, wspace=0)
    for place, index in enumerate(indices, start=1):
        axes = film.panel(rows, columns, place)
        draw_plane(axes, volume, plane, index, window, mask, small=True, bar=place == 1)
        _label(axes, f"{index}: {volume.position(plane, index):.0f} mm")
    words = _window_words(volume, window)
    film.facts = f"{len(indices)} {plane} slices of {total}, {words}"
    return film


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


def show_filters(table):
    """Noise that each filter leaves, against the width of the skull's edge.

    A colour and a form of mark is a method, a mark one strength of it; a line joins
    them. Down is less noise, left a sharper edge: the better filter is lower left.

    Parameters
    ----------
    table : FilterTable, as `ctkit.compare_filters` gives it

    Returns
    -------
    Film

    Raises
    ------
    ParameterError
        Where the table holds no row.
    """
    if not table:
        message = "an empty table: compare_filters(volume) makes one with rows"
        raise ParameterError(message)
    film = Film(4.6)
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
    axes.text(0.01, 0.02, "↙ better", transform=axes.transAxes, color=FAINT, size=9)
    _name_points(axes, table, colors)
    film.facts = f"Noise against edge width of {len(table)} filters: {', '.join(methods)}"
    return film


def _name_points(axes, table, colors):
    """Write beside each point what it is, where no point and no other name is in the way."""
    axes.figure.draw_without_rendering()
    places = axes.transData.transform([(row.edge_mm, row.noise_hu) for row in table])
    taken = [Bbox.from_extents(*(place - 6), *(place + 6)) for place in places]
    reach = [
        (side * x, y) for x in range(12, 160, 12) for y in range(-90, 91, 6) for side in (1, -1)
    ]
    reach.sort(key=lambda offset: abs(offset[0]) + 1.5 * abs(offset[1]))
    for row, place in sorted(zip(table, places, strict=True), key=lambda pair: tuple(pair[1])):
        name = axes.annotate(
            f"{row.filter} {row.setting}", (row.edge_mm, row.noise_hu), (0, 0),
            textcoords="offset pixels", color=colors[row.filter], size=8, va="center",
        )  # fmt: skip
        size = name.get_window_extent()
        for x, y in reach:
            left = place[0] + x - (size.width if x < 0 else 0)
            box = Bbox.from_bounds(left, place[1] + y - size.height / 2, size.width, size.height)
            inside = axes.bbox.x0 < box.x0 and box.x1 < axes.bbox.x1 and axes.bbox.y0 < box.y0
            if inside and not any(box.overlaps(other) for other in taken):
                break
        taken.append(box)
        name.set(position=(x, y), ha="left" if x > 0 else "right")
        axes.annotate(
            "", name.xy, (x, y), textcoords="offset pixels",
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkA": 0},
        )  # fmt: skip


def draw_plane(
    axes,
    volume,
    plane="axial",
    index=None,
    window="soft tissue",
    mask=None,
    convention="radiological",
    *,
    small=False,
    bar=True,
):
    """Draw one plane into matplotlib axes, in millimetres, with letters and a scale bar.

    Parameters
    ----------
    axes : matplotlib Axes
    volume, plane, index, window, mask, convention : as for `show_slice`
    small : bool, whether to leave out the millimetre axes, for a picture among others
    bar : bool, whether to draw the scale bar

    Returns
    -------
    matplotlib AxesImage
    """
    layout = volume.layout(plane, convention)
    picture = volume.plane(plane, index, convention)
    height, width = (n * step for n, step in zip(picture.shape, layout.spacing, strict=True))
    extent = (0, width, height, 0)
    low, high = _ends(volume, window)
    image = axes.imshow(picture, cmap="gray", vmin=low, vmax=high, extent=extent)
    if mask is not None:
        _outline(axes, volume, mask.plane(plane, index, convention), mask, extent)
    _letters(axes, layout.letters)
    if small:
        axes.set_axis_off()
    else:
        axes.set(xlabel="mm", ylabel="mm")
    if bar and small:
        _scale_bar(axes, width, height)
    return image


def describe(volume, plane="axial", index=None, window=None):
    """Words for one plane: which it is, where it lies, and through which window."""
    index = _index(volume, plane, index)
    count = volume.shape[volume.layout(plane).axis]
    letter = "xyz"[2 - geometry.PLANES.index(plane)]
    where = _mm(volume.position(plane, index))
    words = f"{plane} slice {index} of {count}, {letter} = {where} mm"
    return words if window is None else f"{words}, {_window_words(volume, window)}"


def _mm(value):
    """Two decimals, and no minus before a zero."""
    return f"{round(float(value), 2) + 0.0:.2f}"


def _window_words(volume, window):
    if volume.is_mask:
        return "a mask"
    center, width = as_window(window)
    name = f"{window} window" if isinstance(window, str) else "window"
    return f"{name} {center:g}/{width:g} HU"


def _index(volume, plane, index):
    if not isinstance(volume, Volume):
        message = f"this shows a Volume, not {type(volume).__name__}; load() makes one"
        raise ParameterError(message)
    return volume.shape[volume.layout(plane).axis] // 2 if index is None else int(index)


def _nearest(volume, plane, point):
    """The index of the plane nearest to a point in mm."""
    axis = volume.layout(plane).axis
    return int(np.clip(np.rint(volume.to_index(point)[axis]), 0, volume.shape[axis] - 1))


def _ends(volume, window):
    """Black and white in HU: the ends of DICOM's LINEAR function."""
    if volume.is_mask:
        return 0, 1
    center, width = as_window(window)
    return center - width / 2, center + max(width / 2 - 1, 0.5 - width / 2)


def _values(volume, mask):
    if volume.is_mask:
        message = "a mask has no HU to count; give the volume and mask=mask"
        raise UnitError(message)
    if mask is None:
        return volume.array.ravel()
    _check_mask(volume, mask)
    return volume.array[mask.array]


def _check_mask(volume, mask):
    if not mask.is_mask:
        message = f"a mask is a Volume of bool, not of {mask.array.dtype}"
        raise UnitError(message)
    if not geometry.same_grid(volume, mask):
        message = f"the mask ({mask!r}) is not on the grid of the volume ({volume!r})"
        raise GeometryError(message)


def _outline(axes, volume, picture, mask, extent):
    _check_mask(volume, mask)
    if picture.any() and not picture.all():
        rows, columns = picture.shape
        x = (np.arange(columns) + 0.5) * extent[1] / columns
        y = (np.arange(rows) + 0.5) * extent[2] / rows
        axes.contour(x, y, picture, levels=[0.5], colors=[MASK], linewidths=1.2)


def _letters(axes, letters):
    places = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    sides = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, (x, y), (horizontal, vertical) in zip(letters, places, sides, strict=True):
        axes.text(
            x, y, letter, transform=axes.transAxes, color=COLORS[4], size=9, weight="bold",
            ha=horizontal, va=vertical, path_effects=_HALO,
        )  # fmt: skip


def _label(axes, words):
    axes.text(
        0.02, 0.98, words, transform=axes.transAxes, color=INK, size=8, ha="left", va="top",
        path_effects=_HALO,
    )  # fmt: skip


def _scale_bar(axes, width, height):
    """A bar of 50 mm, or of a round length that fits."""
    length = next(n for n in (50, 20, 10, 5, 1, 0.1) if n < 0.6 * width or n == 0.1)
    left, top = 0.04 * width, 0.95 * height
    axes.add_patch(Rectangle((left, top), length, 0.012 * height, color=INK))
    words = f"{length:g} mm"
    axes.text(left, top - 0.015 * height, words, color=INK, size=7, va="bottom", path_effects=_HALO)


def _cross(axes, volume, layout, voxel):
    """Lines at the chosen voxel in a plane of the array."""
    for axis, flip, step, line in (
        (layout.down, layout.flip_down, layout.spacing[0], axes.axhline),
        (layout.across, layout.flip_across, layout.spacing[1], axes.axvline),
    ):
        place = volume.shape[axis] - 1 - voxel[axis] if flip else voxel[axis]
        line((place + 0.5) * step, color=COLORS[0], linewidth=0.7)


def _color_bar(film, image, axes, location="right"):
    bar = film.colorbar(image, ax=axes, location=location, shrink=0.7, pad=0.02)
    bar.set_label("HU", color=INK, size=8)
    bar.ax.tick_params(colors=FAINT, labelsize=8)
    bar.outline.set_visible(False)


def _row_height(volume, plane, columns, title=0.35):
    """Inches that a row of pictures of this shape needs."""
    layout = volume.layout(plane)
    rows, across = volume.shape[layout.down], volume.shape[layout.across]
    ratio = rows * layout.spacing[0] / (across * layout.spacing[1])
    return _WIDTH / columns * ratio + title


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
