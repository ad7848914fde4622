"""The controls: real ipywidgets, tied to a view in the browser."""

import ipywidgets

from .. import windowing
from ..errors import ParameterError
from ..geometry import PLANES, check_plane
from .state import BLENDS
from .still import position_text

_WIDE = {"width": "auto", "flex": "1 1 auto", "min_width": "0"}
_NARROW = {"description_width": "52px"}


class _Tied:
    """A control that is tied to a view: in the browser by `jslink`, with no kernel.

    What Python sets on the view goes to the browser as the view's state, and the link
    there moves the control. The copy here only follows, and sends nothing: a value that
    came late, or that a range here had clamped, would move the hand's control back.
    """

    _quiet = False

    def tie(self, view, **pairs):
        """Tie traits of this control to traits of `view`: name here = name there."""
        for name, trait in pairs.items():
            ipywidgets.jslink((view, trait), (self, name))

        def follow():
            self._quiet = True
            with self.hold_trait_notifications():
                for name, trait in pairs.items():
                    setattr(self, name, getattr(view, trait))
            self._quiet = False

        view._followers += (follow,)
        follow()

    def send_state(self, key=None):
        """Send the state to the browser; see ipywidgets."""
        if not self._quiet:
            super().send_state(key)

    def set_state(self, sync_data):
        """Take a message of the browser, without an answer; see ipywidgets."""
        self._quiet = True
        try:
            super().set_state(sync_data)
        finally:
            self._quiet = False


class _Slider(_Tied, ipywidgets.IntSlider):
    pass


class _Label(_Tied, ipywidgets.Label):
    pass


class _Menu(_Tied, ipywidgets.Dropdown):
    pass


class SliceSlider(ipywidgets.HBox):
    """A slider over the slices of a plane, with the index and the millimetres.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal"}
    value : int, optional
        The middle slice by default.
    """

    def __init__(self, volume, plane="axial", value=None):
        count = volume.shape[volume.layout(check_plane(plane)).axis]
        self.volume, self.plane = volume, plane
        self.slider = _Slider(
            value=count // 2 if value is None else value,
            min=0,
            max=count - 1,
            description="Slice",
            style=_NARROW,
            layout=_WIDE,
        )
        self.label = _Label(layout={"width": "88px", "flex": "0 0 auto"})
        self.label.add_class("ctkit-mm")
        self._tied = False
        self.slider.observe(self._name_place, "value")
        self._name_place()
        super().__init__([self.slider, self.label])

    def _name_place(self, _=None):
        if not self._tied:
            self.label.value = position_text(self.volume, self.plane, self.slider.value)

    @property
    def value(self):
        """The index of the slice."""
        return self.slider.value

    @value.setter
    def value(self, value):
        self.slider.value = value

    def tie(self, view):
        """Move `view`, and be moved by it, with no kernel between."""
        self._tied = True
        self.slider.tie(view, max="max_slice", value="slice")
        self.label.tie(view, value="position")

    def __repr__(self):
        return f"SliceSlider({self.value} of 0 to {self.slider.max}, {self.label.value})"

    def _repr_mimebundle_(self, **kwargs):
        return _bundle(self, **kwargs)


class WindowSliders(ipywidgets.VBox):
    """Sliders for center and width in whole HU, and the menu of presets.

    Parameters
    ----------
    window : str or (center, width)
    low, high : int
        Range of the center in HU; the width goes up to their distance.
    """

    def __init__(self, window="soft tissue", low=-1100, high=3100):
        center, width = windowing.as_window(window)
        common = {"style": _NARROW, "layout": _WIDE}
        names = [f"{row.name}  ({row.center} / {row.width})" for row in windowing.PRESET_TABLE]
        self.preset = _Menu(
            options=["your own", *names], description="Window", style=_NARROW, layout=_WIDE
        )
        self.center = _Slider(
            value=round(center), min=low, max=high, description="Center", **common
        )
        self.width = _Slider(
            value=round(width), min=1, max=high - low, description="Width", **common
        )
        self._settling = False
        self._tied = False
        self._name_window()
        self.preset.observe(self._take_preset, "index")
        self.center.observe(self._name_window, "value")
        self.width.observe(self._name_window, "value")
        super().__init__([self.preset, self.center, self.width])

    @property
    def value(self):
        """The Window: center and width in HU."""
        return windowing.Window(self.center.value, self.width.value)

    def _name_window(self, _=None):
        if self._tied or self._settling:
            return
        rows = [(row.center, row.width) for row in windowing.PRESET_TABLE]
        pair = tuple(self.value)
        self.preset.index = rows.index(pair) + 1 if pair in rows else 0

    def _take_preset(self, change):
        if self._tied or not change["new"]:
            return
        self._settling = True
        row = windowing.PRESET_TABLE[change["new"] - 1]
        self.center.value, self.width.value = row.center, row.width
        self._settling = False

    def tie(self, view):
        """Move `view`, and be moved by it, with no kernel between."""
        self._tied = True
        self.center.tie(view, value="whole_center")
        self.width.tie(view, value="whole_width")
        self.preset.tie(view, index="preset_index")

    def __repr__(self):
        return f"WindowSliders(center={self.center.value:g}, width={self.width.value:g})"

    def _repr_mimebundle_(self, **kwargs):
        return _bundle(self, **kwargs)


class PlanePicker(_Tied, ipywidgets.ToggleButtons):
    """Three buttons: axial, coronal, sagittal. ``value`` is the plane."""

    def __init__(self, value="axial"):
        super().__init__(
            options=list(PLANES),
            value=check_plane(value),
            description="Plane",
            style={"button_width": "auto", "description_width": "52px"},
        )
        self.add_class("ctkit-plane-picker")

    def tie(self, view):
        """Move `view`, and be moved by it, with no kernel between."""
        super().tie(view, index="plane_index")

    def __repr__(self):
        return f"PlanePicker({self.value!r})"


class BlendPicker(_Tied, ipywidgets.Dropdown):
    """How two volumes are shown together: side by side, curtain, flicker, difference."""

    def __init__(self, value="side by side"):
        super().__init__(
            options=list(BLENDS), value=value, description="Show", style=_NARROW, layout=_WIDE
        )

    def tie(self, view):
        """Move `view`, and be moved by it, with no kernel between."""
        super().tie(view, index="blend_index")


def parameter_control(name, wanted, default=None):
    """A control for a parameter.

    Parameters
    ----------
    name : str
    wanted : (low, high), (low, high, step), list, bool or an ipywidget with a value
    default : optional
        Where the control starts, if it can be set there.

    Returns
    -------
    ipywidget

    Raises
    ------
    ParameterError
        Where `wanted` is none of these.
    """
    look = {
        "description": name.replace("_", " "),
        "style": {"description_width": "100px"},
        "layout": _WIDE,
    }
    if isinstance(wanted, ipywidgets.Widget) and wanted.has_trait("value"):
        return wanted
    if isinstance(wanted, bool):
        return ipywidgets.Checkbox(value=wanted, indent=False, **look)
    if isinstance(wanted, list) and wanted:
        start = default if default in wanted else wanted[0]
        return ipywidgets.Dropdown(options=wanted, value=start, **look)
    if isinstance(wanted, tuple) and len(wanted) in (2, 3) and wanted[0] < wanted[1]:
        return _number_slider(*wanted, default=default, look=look)
    message = (
        f"{name} is (low, high), (low, high, step), a list, True, False or a widget with a "
        f"value; not {wanted!r}"
    )
    raise ParameterError(message)


def _number_slider(low, high, step=None, *, default, look):
    whole = all(isinstance(n, int) for n in (low, high, *([] if step is None else [step])))
    step = step or (1 if whole else (high - low) / 100)
    usable = isinstance(default, (int, float)) and low <= default <= high
    start = default if usable else low + step * round((high - low) / 2 / step)
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    return kind(value=int(start) if whole else start, min=low, max=high, step=step, **look)


def _bundle(widget, **kwargs):
    """What a composite of controls shows: itself, or its repr where no widget runs."""
    bundle = ipywidgets.DOMWidget._repr_mimebundle_(widget, **kwargs)
    bundle["text/plain"] = repr(widget)
    return bundle
