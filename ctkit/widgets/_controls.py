"""The controls: real ipywidgets, tied to a view in the browser."""

import ipywidgets

from .. import windowing
from ..geometry import PLANES, check_plane
from ._picture import position_text

_WIDE = {"width": "auto", "flex": "1 1 auto", "min_width": "0"}
_NARROW = {"description_width": "52px"}


def tie(view, trait, control, name="value", both=True):
    """Tie a control to a trait of a view.

    In the browser by `jslink`, so that the picture moves with no kernel; here for what
    Python sets. What comes from the browser is not passed on here: the control has it
    already, and a late copy of it would move the hand's control back.
    """
    link = ipywidgets.jslink if both else ipywidgets.jsdlink
    link((view, trait), (control, name))

    def pass_on():
        setattr(control, name, getattr(view, trait))

    view._followers += (pass_on,)
    pass_on()


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
        self.slider = ipywidgets.IntSlider(
            value=count // 2 if value is None else value,
            min=0,
            max=count - 1,
            description="Slice",
            style=_NARROW,
            layout=_WIDE,
        )
        self.label = ipywidgets.Label(layout={"width": "88px", "flex": "0 0 auto"})
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
        tie(view, "max_slice", self.slider, "max", both=False)
        tie(view, "slice", self.slider)
        tie(view, "position", self.label, both=False)

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
        self.preset = ipywidgets.Dropdown(
            options=["your own", *names], description="Window", style=_NARROW, layout=_WIDE
        )
        self.center = ipywidgets.IntSlider(
            value=round(center), min=low, max=high, description="Center", **common
        )
        self.width = ipywidgets.IntSlider(
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
        tie(view, "whole_center", self.center)
        tie(view, "whole_width", self.width)
        tie(view, "preset_index", self.preset, "index")

    def __repr__(self):
        return f"WindowSliders(center={self.center.value:g}, width={self.width.value:g})"

    def _repr_mimebundle_(self, **kwargs):
        return _bundle(self, **kwargs)


class PlanePicker(ipywidgets.ToggleButtons):
    """Three buttons: axial, coronal, sagittal. ``value`` is the plane."""

    def __init__(self, value="axial"):
        super().__init__(
            options=list(PLANES),
            value=check_plane(value),
            description="Plane",
            style={"button_width": "auto", "description_width": "52px"},
        )
        self.add_class("ctkit-planes")

    def tie(self, view):
        """Move `view`, and be moved by it, with no kernel between."""
        tie(view, "plane_index", self, "index")

    def __repr__(self):
        return f"PlanePicker({self.value!r})"


def _bundle(widget, **kwargs):
    """What a composite of controls shows: itself, or its repr where no widget runs."""
    bundle = ipywidgets.DOMWidget._repr_mimebundle_(widget, **kwargs)
    bundle["text/plain"] = repr(widget)
    return bundle
