"""SliceView: the canvas, with its state as plain traits."""

import os
from base64 import b64encode
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from .. import windowing
from ..errors import GeometryError, SaveError, UnitError
from ..files.loading import load
from ..geometry import PLANES
from ..volume import as_volume, same_grid
from . import _measures, still
from . import page as _page
from . import voxels as _voxels

_HERE = Path(__file__).parent
_DEPENDED_ON = (
    *("plane", "plane_index", "slice", "cursor"),
    *("center", "width", "whole_center", "whole_width", "preset_index"),
    *("blend", "blend_index"),
)
BLENDS = ("side by side", "curtain", "flicker", "difference")
_AS_TUPLE = {"from_json": lambda value, _: value if value is None else tuple(value)}


class SliceView(anywidget.AnyWidget):
    """One plane of a Volume on a canvas.

    Parameters
    ----------
    volume : Volume of HU
    plane : {"axial", "coronal", "sagittal"}
    slice : int, optional
        Along the plane's array axis, in the array's order; the middle by default.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default.
    mask : Volume of bool, optional
        Drawn over the picture; on the same grid.
    opacity : float, 0 to 1
        Of the mask.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
    convention : {"radiological", "neurological"}

    Attributes
    ----------
    slice, plane, center, width, cursor : traits
        Set them and the picture moves; moved in the browser, they reach `observe`.
        ``cursor`` is the voxel (slice, row, column) of the last click.

    Raises
    ------
    UnitError
        On a mask in place of a volume, or HU in place of a mask.
    GeometryError
        On a mask of another grid.
    """

    _esm = _HERE / "view.js"
    _css = _HERE / "view" / "view.css"

    voxels = traitlets.Instance(_voxels.VoxelData).tag(sync=True, **ipywidgets.widget_serialization)
    overlay = traitlets.Instance(_voxels.VoxelData, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    plane = traitlets.Enum(PLANES, "axial").tag(sync=True)
    slice = traitlets.Int(0).tag(sync=True)
    center = traitlets.Float(40.0).tag(sync=True)
    width = traitlets.Float(400.0).tag(sync=True)
    cursor = traitlets.Tuple(*[traitlets.Int()] * 3, default_value=(0, 0, 0)).tag(
        sync=True, **_AS_TUPLE
    )
    function = traitlets.Enum(windowing.FUNCTIONS, "LINEAR").tag(sync=True)
    convention = traitlets.Enum(_voxels.CONVENTIONS, "radiological").tag(sync=True)
    invert = traitlets.Bool(False).tag(sync=True)
    opacity = traitlets.Float(0.25, min=0.0, max=1.0).tag(sync=True)
    outline = traitlets.Bool(True).tag(sync=True)
    #: For `jslink`: menus are linked by index, a slider by its end too.
    plane_index = traitlets.Int(0, min=0, max=len(PLANES) - 1).tag(sync=True)
    #: 0 where the window is no preset; else 1 more than its row of the table.
    preset_index = traitlets.Int(0, min=0, max=len(windowing.PRESET_TABLE)).tag(sync=True)
    max_slice = traitlets.Int(0).tag(sync=True)
    #: Center and width rounded to whole HU: sliders snap to their step, and would change them.
    whole_center = traitlets.Int(40).tag(sync=True)
    whole_width = traitlets.Int(400).tag(sync=True)
    position = traitlets.Unicode("").tag(sync=True)
    #: The region of interest with its statistics, and the ruler with its mm; None, or dicts.
    roi = traitlets.Dict(None, allow_none=True).tag(sync=True)
    ruler = traitlets.Dict(None, allow_none=True).tag(sync=True)
    # Of two volumes: the second, how they are shown together, and their names.
    second = traitlets.Instance(_voxels.VoxelData, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    blend = traitlets.Enum(BLENDS, "side by side").tag(sync=True)
    blend_index = traitlets.Int(0, min=0, max=len(BLENDS) - 1).tag(sync=True)
    curtain = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    limit = traitlets.Float(100.0, min=1.0).tag(sync=True)
    names = traitlets.List(["before", "after"]).tag(sync=True)
    # What the script needs to know.
    mode = traitlets.Enum(("single", "planes", "compare"), "single").tag(sync=True)
    presets = traitlets.List().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)
    home = traitlets.Dict().tag(sync=True)
    histogram = traitlets.Dict().tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    #: What an operation reported of its result, over the picture.
    outcome = traitlets.Unicode("").tag(sync=True)
    call = traitlets.Unicode("").tag(sync=True)
    standalone = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        volume,
        *,
        plane="axial",
        slice=None,
        window=None,
        mask=None,
        opacity=0.25,
        function="LINEAR",
        convention="radiological",
    ):
        volume = opened(volume)
        _check_volume(volume, mask)
        self.volume = volume
        self.mask = mask
        self._limits = _window_limits(volume)
        window = windowing.as_window("soft tissue" if window is None else window)
        count = volume.shape[volume.layout(plane, convention).axis]
        super().__init__(
            voxels=_voxels.acquire(volume),
            overlay=None if mask is None else _voxels.acquire(mask),
            plane=plane,
            cursor=tuple(n // 2 for n in volume.shape),
            slice=count // 2 if slice is None else slice,
            center=window.center,
            width=window.width,
            opacity=opacity,
            function=function,
            convention=convention,
            presets=[list(row[:4]) for row in windowing.PRESET_TABLE],
            limits=self._limits,
            histogram=_voxels.histogram(volume),
            mode=self._mode,
            call=f"{self._call}({self._arguments}",
            home={"center": window.center, "width": window.width},
            note=_note(volume.array),
            _dom_classes=("ctkit-root",),
            **self._initial,
        )

    def open(self):
        """Open the view in the browser, with its state in line; see ipywidgets.

        A slider tied to an end that comes only later would have been clamped before.
        """
        if not self._ready:
            self._ready = True
            self._settle("slice", "center", "blend")
        super().open()

    @property
    def window(self):
        """Center and width in HU; set it by a preset's name or two numbers."""
        return windowing.Window(self.center, self.width)

    @window.setter
    def window(self, window):
        center, width = windowing.as_window(window)
        with self.hold_sync(), self.hold_trait_notifications():
            self.center, self.width = center, width

    @traitlets.validate("slice")
    def _valid_slice(self, proposal):
        count = self.volume.shape[still.plane_axis(self.volume, self.plane)]
        return self._within("slice", proposal["value"], 0, count - 1, f" in the {self.plane} plane")

    @traitlets.validate("center")
    def _valid_center(self, proposal):
        low, high = self._limits["center"]
        return self._within("center", proposal["value"], low, high, " HU")

    @traitlets.validate("width")
    def _valid_width(self, proposal):
        low, high = self._limits["width"]
        return self._within("width", proposal["value"], low, high, " HU")

    @traitlets.validate("cursor")
    def _valid_cursor(self, proposal):
        names = ("slice", "row", "column")
        for name, value, count in zip(names, proposal["value"], self.volume.shape, strict=True):
            self._within(f"cursor's {name}", value, 0, count - 1, "")
        return proposal["value"]

    @traitlets.validate("roi")
    def _valid_roi(self, proposal):
        region = proposal["value"]
        if region is None or self._from_browser:
            return region
        return _measures.measure_region(self.volume, region, self.convention)

    @traitlets.validate("ruler")
    def _valid_ruler(self, proposal):
        ruler = proposal["value"]
        if ruler is None or self._from_browser:
            return ruler
        return _measures.measure_length(self.volume, ruler)

    def _within(self, name, value, low, high, words):
        if not low <= value <= high:
            message = f"{name} is {low:g} to {high:g}{words}, not {value:g}"
            raise traitlets.TraitError(message)
        return value

    @traitlets.observe(*_DEPENDED_ON)
    def _on_state(self, change):
        if self._ready:
            self._settle(change["name"])

    def _settle(self, *names):
        """Bring the traits that depend on those just set into line."""
        with self.hold_sync():
            for name in names:
                _SETTLE[name](self)

    def notify_change(self, change):
        """Send a trait and all that depend on it in one message; see traitlets.

        The browser then finds nothing to bring into line, and answers nothing that
        could come late and undo what Python sets next. The controls follow after it.
        """
        outermost = not self._holding_sync
        with self.hold_sync():
            super().notify_change(change)
        # What comes from the browser has reached its controls there already.
        if outermost and self._ready and not self._from_browser:
            for pass_on in self._followers:
                pass_on()

    def _settle_plane(self):
        self.plane_index = PLANES.index(self.plane)
        axis = still.plane_axis(self.volume, self.plane)
        end = self.volume.shape[axis] - 1
        if end != self.max_slice:
            self._shrinks = end < self.max_slice
            self.max_slice = end
        self.slice = self.cursor[axis]
        self.position = still.position_text(self.volume, self.plane, self.slice)

    def _settle_plane_index(self):
        self.plane = PLANES[self.plane_index]

    def _settle_slice(self):
        axis = still.plane_axis(self.volume, self.plane)
        cursor = list(self.cursor)
        cursor[axis] = self.slice
        self.cursor = tuple(cursor)
        self._settle_plane()

    def _settle_window(self):
        rows = [(row.center, row.width) for row in windowing.PRESET_TABLE]
        pair = (self.center, self.width)
        self.preset_index = rows.index(pair) + 1 if pair in rows else 0
        self.whole_center, self.whole_width = _whole(self.center), _whole(self.width)

    def _settle_whole(self):
        if self.whole_center != _whole(self.center):
            self.center = self.whole_center
        if self.whole_width != _whole(self.width):
            self.width = self.whole_width

    def _settle_preset(self):
        if self.preset_index:
            self.window = windowing.PRESET_TABLE[self.preset_index - 1].name

    def _settle_blend(self):
        self.blend_index = BLENDS.index(self.blend)

    def _settle_blend_index(self):
        self.blend = BLENDS[self.blend_index]

    def get_state(self, key=None, drop_defaults=False):
        """The state to be sent; see ipywidgets.

        The browser tells its sliders in this order, and one whose end shrinks before its
        value has moved would push the value to that end.
        """
        state = super().get_state(key, drop_defaults)
        if "max_slice" not in state:
            return state
        end = {"max_slice": state.pop("max_slice")}
        return state | end if self._shrinks else end | state

    def set_state(self, sync_data):
        """Take a message of the browser; see ipywidgets."""
        self._from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self._from_browser = False

    def close(self):
        """Close the view here and in the browser, and its voxels with their last view."""
        if self._ready and self.comm is not None:
            for data in filter(None, (self.voxels, self.overlay, self.second)):
                _voxels.release(data)
        super().close()

    def picture(self, size=512):
        """What is on screen as a picture at its true aspect: a PIL image."""
        return still.picture(self, size)

    def save(self, path, size=1024):
        """Save what is on screen as PNG, at its true aspect, `size` pixels high.

        Parameters
        ----------
        path : str or path-like, ending in ".png"
        size : int

        Returns
        -------
        Path
        """
        path = Path(path)
        if path.suffix.lower() != ".png":
            message = f"a view is saved as PNG; {path.name!r} has another ending"
            raise SaveError(message)
        path.write_bytes(still.png(self.picture(size)))
        return path

    def to_html(self, path=None, *, iframe=False, height=900):
        """The view as one page that is alive with no kernel and no network.

        Parameters
        ----------
        path : str or path-like, optional
            Where the page is written.
        iframe : bool
            Return ``<iframe srcdoc>`` to be put into another page.
        height : int
            Of that frame in pixels.

        Returns
        -------
        Path where one was given, else str of HTML
        """
        page = _page.page(self)
        if path is None:
            return _page.framed(page, height, self.alt_text()) if iframe else page
        path = Path(path)
        path.write_text(page, encoding="utf-8")
        return path

    def alt_text(self):
        """The picture in one sentence."""
        return still.alt_text(self)

    def __repr__(self):
        window = _window_words(self.center, self.width)
        mask = ", mask=mask" if self.mask is not None and "mask" not in self._arguments else ""
        place = f"plane={self.plane!r}, slice={self.slice}, window={window}"
        return f"{self._call}({self._arguments}, {place}{self._more()}{mask})"

    _call = "SliceView"
    _arguments = "volume"
    _mode = "single"
    # Whether the constructor has come to its end: a refused view is closed as well.
    _ready = False
    _from_browser = False
    _followers = ()
    _initial = {}
    _shrinks = False

    def _more(self):
        """What else the line of Python needs to bring the picture back."""
        return ""

    def _shown(self):
        """The widget that stands in the page for this view."""
        return self

    def _repr_mimebundle_(self, **kwargs):
        data = {
            "text/plain": repr(self),
            "image/png": b64encode(still.png(self.picture())).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self._shown().model_id,
            },
        }
        return data, {"image/png": {"alt": self.alt_text()}}


_SETTLE = {
    "plane": SliceView._settle_plane,
    "plane_index": SliceView._settle_plane_index,
    "slice": SliceView._settle_slice,
    "cursor": SliceView._settle_plane,
    "center": SliceView._settle_window,
    "width": SliceView._settle_window,
    "whole_center": SliceView._settle_whole,
    "whole_width": SliceView._settle_whole,
    "preset_index": SliceView._settle_preset,
    "blend": SliceView._settle_blend,
    "blend_index": SliceView._settle_blend_index,
}


def _whole(value):
    """Rounded half up, as in the browser."""
    return int(np.floor(value + 0.5))


def _window_words(center, width):
    name = still.preset_name(center, width)
    return repr(name) if name else f"({center:g}, {width:g})"


def opened(thing, name="volume"):
    """A Volume as it is, or what the path of one leads to, in whatever form `load` takes it."""
    if isinstance(thing, str | os.PathLike | bytes | list | tuple) or hasattr(thing, "read"):
        return load(thing)
    return as_volume(thing, name)


def _check_volume(volume, mask):
    if volume.is_mask:
        message = "this is a mask; draw it over its volume: explore(volume, mask=mask)"
        raise UnitError(message)
    if volume.is_labels:
        message = (
            "this is a label map, and a view shows HU: draw one label of it over its volume, "
            "explore(volume, mask=labels.with_array(labels.array == 1))"
        )
        raise UnitError(message)
    if mask is None:
        return
    mask = as_volume(mask, "mask")
    if mask.is_labels:
        message = (
            "mask is a Volume of bool, and this is a label map: take one label of it, "
            "labels.with_array(labels.array == 1)"
        )
        raise UnitError(message)
    if not mask.is_mask:
        message = f"mask is a Volume of bool, not of {mask.array.dtype}; make one by head_mask"
        raise UnitError(message)
    if not same_grid(volume, mask):
        message = f"the mask lies on another grid ({mask!r}) than the volume ({volume!r})"
        raise GeometryError(message)


def _note(array):
    """What is to be known of the values as they are shown."""
    if array.dtype == np.int16:
        return ""
    # A sum is no number as soon as one of its terms is none.
    missing = array.dtype.kind == "f" and not np.isfinite(array.sum())
    return "HU rounded for display" + ("\nno number: shown as −32768" if missing else "")


def _window_limits(volume):
    """Ranges of center and width in HU that reach every voxel and every preset."""
    low, high = _voxels.hu_range(volume.array)
    low, high = min(-1100, int(np.floor(low)) - 1), max(3100, int(np.ceil(high)) + 1)
    low, high = max(low, -32768), min(high, 32767)
    return {"center": [low, high], "width": [1, high - low]}
