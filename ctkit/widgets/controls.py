"""The controls: real ipywidgets, tied to a view in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Protocol

import anywidget
import ipywidgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from .. import windowing
from ..arguments import choice, reals, whole
from ..cutting import NAMES
from ..errors import ParameterError
from ..geometry import PLANES, PROJECTIONS, check_plane
from ..overlay import position_text
from ..volume import Volume, as_volume
from .closing import ClosesWhole

#: The thickest slab that the slider makes, in mm; Python makes thicker ones.
THICKEST = 200
_PROJECTED = {"max": "highest values", "min": "lowest values", "mean": "average"}
BLENDS = ("side by side", "curtain", "flicker", "difference")
_WIDE = {"width": "auto", "flex": "1 1 auto", "min_width": "0"}
_NARROW = {"description_width": "52px"}


class Follows(Protocol):
    """What follows a view until one of the two closes: a control, or another view."""

    def follow(self) -> None:
        """Take over what Python has changed."""

    def close(self) -> None:
        """Follow no more."""


class TiedView(Protocol):
    """What a control asks of the view that it is tied to: a `SliceView`."""

    def keep_tie(self, tie: Follows) -> None:
        """Let a control follow."""

    def drop_tie(self, tie: Follows) -> None:
        """Let a control no longer follow."""


class Tie:
    """What ties a control to a view: links in the browser, and a copy that follows here.

    What Python sets on the view goes to the browser as the view's state, and the link
    there moves the control. The copy here only follows, and sends nothing: a value that
    came late, or that a range here had clamped, would move the hand's control back.
    """

    def __init__(self, view: TiedView, control: _Tied, pairs: dict[str, str]) -> None:
        self.view, self.control, self.pairs = view, control, pairs
        self.links = [
            ipywidgets.jslink((view, trait), (control, name)) for name, trait in pairs.items()
        ]
        view.keep_tie(self)
        self.follow()

    def follow(self) -> None:
        """Take over the values of the view."""
        with self.control.quietly(), self.control.hold_trait_notifications():
            for name, trait in self.pairs.items():
                setattr(self.control, name, getattr(self.view, trait))

    def close(self) -> None:
        """Untie the two: a link that stays open keeps both alive."""
        self.view.drop_tie(self)
        for link in self.links:
            link.close()


class _Tied(ClosesWhole):
    """A control that can be tied to a view: in the browser by `jslink`, with no kernel."""

    _quiet = False
    _tie: Tie | None = None

    def tie_traits(self, view: TiedView, **pairs: str) -> None:
        """Tie traits of this control to traits of `view`: name here = name there."""
        if self._tie is not None:
            self._tie.close()
        self._tie = Tie(view, self, pairs)

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Nothing is sent to the browser inside of this."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def send_state(self, key: Any = None) -> None:
        """Send the state to the browser; see ipywidgets."""
        if not self._quiet:
            super().send_state(key)

    def set_state(self, sync_data: dict) -> None:
        """Take a message of the browser, without an answer; see ipywidgets."""
        with self.quietly():
            super().set_state(sync_data)

    def close(self) -> None:
        """Close the control, its tie, its layout and its style."""
        if self._tie is not None:
            self._tie.close()
        super().close()


class _Slider(_Tied, ipywidgets.IntSlider):
    pass


class _FineSlider(_Tied, ipywidgets.FloatSlider):
    pass


class NumberSlider(_Tied, anywidget.AnyWidget):
    """A slider over numbers above 0, and a box for the number.

    Up to 100 times `step` it goes by `step`, and by about 2 % above, so that a narrow window can
    be set by hand. ``value`` is the number itself; what is typed is rounded where it is to be
    whole.
    """

    _esm = Path(__file__).parent / "view" / "slider.js"

    value: traitlets.CInt | traitlets.CFloat = traitlets.CInt(1).tag(sync=True)
    whole = traitlets.Bool(True).tag(sync=True)
    min = traitlets.CFloat(1).tag(sync=True)
    max = traitlets.CFloat(4000).tag(sync=True)
    step = traitlets.CFloat(1).tag(sync=True)
    unit = traitlets.Unicode("HU").tag(sync=True)
    description = traitlets.Unicode("").tag(sync=True)

    @traitlets.validate("value")
    def _valid_value(self, proposal: dict) -> float:
        return min(max(proposal["value"], self.min), self.max)

    def __repr__(self) -> str:
        return f"NumberSlider({self.value:g} of {self.min:g} to {self.max:g})"


class LimitSlider(NumberSlider):
    """Value at which the colours of a difference are full; seen while a difference is shown."""

    value = traitlets.CFloat(100).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        value: float = 100,
        low: float = 1,
        high: float = 4000,
        *,
        step: float = 1,
        unit: str = "HU",
    ) -> None:
        ends = {"min": low, "max": high, "step": step, "unit": unit}
        # The slider goes from end to end, a limit from 0 upwards.
        super().__init__(**ends, description="Limit", layout=_WIDE)
        self.value = value
        self.add_class("ctkit-limit")

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self.tie_traits(view, value="limit")


class _Label(_Tied, ipywidgets.Label):
    pass


class _Menu(_Tied, ipywidgets.Dropdown):
    pass


class SliceSlider(ClosesWhole, ipywidgets.HBox):
    """A slider over the slices of a plane, with the index and the millimetres.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal"}
    value : int, optional
        The middle slice by default.
    """

    def __init__(self, volume: Volume, plane: str = "axial", value: int | None = None) -> None:
        self.volume: Volume | None = as_volume(volume)
        self.plane = check_plane(plane)
        stack = volume.stack(plane)
        count = stack.shape[stack.layout.axis]
        words = f"value is a slice from 0 to {count - 1} in the {plane} plane"
        self.slider = _Slider(
            value=count // 2 if value is None else whole(value, words, low=0, high=count - 1),
            min=0,
            max=count - 1,
            description="Slice",
            style=_NARROW,
            # The millimetres go below where the slider would be shorter than this.
            layout=_WIDE | {"flex": "1 1 280px"},
        )
        # The view's script finds it by this: up and down go as on the picture.
        self.slider.add_class("ctkit-slice")
        self.label = _Label(layout={"width": "98px", "flex": "0 0 auto"})
        self.label.add_class("ctkit-mm")
        self._tied = False
        self.slider.observe(self._name_place, "value")
        self._name_place()
        super().__init__([self.slider, self.label], layout={"flex_flow": "row wrap"})

    def _name_place(self, _: Any = None) -> None:
        if self.volume is not None and not self._tied:
            self.label.value = position_text(self.volume, self.plane, self.slider.value)

    @property
    def value(self) -> int:
        """The index of the slice."""
        return self.slider.value

    @value.setter
    def value(self, value: int) -> None:
        self.slider.value = whole(value, "the value of a SliceSlider is a whole number")

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self._tied = True
        self.slider.tie_traits(view, max="max_slice", value="slice")
        self.label.tie_traits(view, value="position")

    def close(self) -> None:
        """Close the slider and its label, and let the Volume go."""
        super().close()
        self.volume = None

    def __repr__(self) -> str:
        return f"SliceSlider({self.value} of 0 to {self.slider.max}, {self.label.value})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        return _bundle(self, **kwargs)


class WindowSliders(ClosesWhole, ipywidgets.VBox):
    """Sliders for center and width in whole HU, and the menu of presets.

    A step of the width is 1 HU up to 100 HU and about 2 % above; its box takes any number.

    Parameters
    ----------
    window : str or (center, width)
    low, high : int
        Range of the center in HU; the width goes up to their distance.
    step : float
        Of the sliders.
    unit : str
        "HU", or "" of values that are none: they have no presets, and `low` and `high` need not
        be whole.
    """

    def __init__(
        self,
        window: str | ArrayLike = "soft tissue",
        low: float = -1100,
        high: float = 3100,
        step: float = 1,
        unit: str = "HU",
    ) -> None:
        center, width = windowing.as_window(window)
        common: dict[str, Any] = {"style": _NARROW, "layout": _WIDE}
        slider: type[_Slider] | type[_FineSlider] = _Slider
        rows: tuple[windowing.Preset, ...] = windowing.PRESET_TABLE
        if unit:
            low = whole(low, "low is a whole number of HU")
            high = whole(high, "high is a whole number of HU above low", low=low + 1)
            center, width = round(float(center)), round(float(width))
        else:
            slider, rows = _FineSlider, ()
            common |= {"step": step, "readout_format": ".4g"}
        names = [f"{row.name}  ({row.center} / {row.width})" for row in rows]
        self.preset = _Menu(
            options=["your own", *names], description="Window", style=_NARROW, layout=_WIDE
        )
        self.center = slider(value=center, min=low, max=high, description="Center", **common)
        self.width = _width_slider(width, high - low, unit, **common)
        self._rows = [(row.center, row.width) for row in rows]
        self._settling = False
        self._tied = False
        self._name_window()
        self.preset.observe(self._take_preset, "index")
        self.center.observe(self._name_window, "value")
        self.width.observe(self._name_window, "value")
        super().__init__([self.preset, self.center, self.width])
        self.add_class("ctkit-window")

    @property
    def value(self) -> windowing.Window:
        """The Window: center and width in HU."""
        return windowing.Window(self.center.value, self.width.value)

    def _name_window(self, _: Any = None) -> None:
        if self._tied or self._settling:
            return
        pair = tuple(self.value)
        self.preset.index = self._rows.index(pair) + 1 if pair in self._rows else 0

    def _take_preset(self, change: dict) -> None:
        if self._tied or not change["new"]:
            return
        self._settling = True
        self.center.value, self.width.value = self._rows[change["new"] - 1]
        self._settling = False

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self._tied = True
        self.center.tie_traits(view, value="whole_center")
        self.width.tie_traits(view, value="whole_width")
        self.preset.tie_traits(view, index="preset_index")

    def __repr__(self) -> str:
        return f"WindowSliders(center={self.center.value:g}, width={self.width.value:g})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        return _bundle(self, **kwargs)


def _width_slider(width: float, high: float, unit: str, step: float = 1, **common: Any) -> Any:
    """Of whole HU with a box for the number; else in steps of what is no HU."""
    if unit:
        return NumberSlider(value=width, min=1, max=high, description="Width", layout=_WIDE)
    slider = {"value": width, "min": step, "max": high, "step": step}
    return _FineSlider(description="Width", **slider, **common)


class PlanePicker(_Tied, ipywidgets.ToggleButtons):
    """Three buttons: axial, coronal, sagittal. ``value`` is the plane."""

    def __init__(self, value: str = "axial") -> None:
        super().__init__(
            options=list(PLANES),
            value=check_plane(value),
            description="Plane",
            style={"button_width": "auto", "description_width": "52px"},
        )
        self.add_class("ctkit-plane-picker")

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self.tie_traits(view, index="plane_index")

    def __repr__(self) -> str:
        return f"PlanePicker({self.value!r})"


class BlendPicker(_Tied, ipywidgets.Dropdown):
    """How two volumes are shown together: side by side, curtain, flicker, difference."""

    def __init__(self, value: str = "side by side") -> None:
        super().__init__(
            options=list(BLENDS),
            value=choice(value, "blend", BLENDS),
            description="Show",
            style=_NARROW,
            layout=_WIDE,
        )

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self.tie_traits(view, index="blend_index")


class SlabSlider(NumberSlider):
    """Thickness of a slab in mm; seen while there is one."""

    value = traitlets.CFloat(10).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)

    def __init__(self, value: float = 10) -> None:
        super().__init__(min=1, max=THICKEST, unit="mm", description="Slab mm", layout=_WIDE)
        self.value = value
        self.add_class("ctkit-slab")

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self.tie_traits(view, value="slab")


class ProjectionPicker(_Tied, ipywidgets.Dropdown):
    """What is shown of a slab: highest, lowest or mean values; seen while there is one."""

    def __init__(self, value: str = "max") -> None:
        super().__init__(
            options=[f"{NAMES[name]} ({words})" for name, words in _PROJECTED.items()],
            index=PROJECTIONS.index(choice(value, "projection", PROJECTIONS)),
            description="Values",
            style=_NARROW,
            layout=_WIDE,
        )
        self.add_class("ctkit-slab")

    def tie(self, view: TiedView) -> None:
        """Move `view`, and be moved by it, with no kernel between."""
        self.tie_traits(view, index="projection_index")


def parameter_control(name: str, wanted: Any, default: Any = None) -> ipywidgets.Widget:
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
    if isinstance(wanted, (bool, np.bool_)):
        return ipywidgets.Checkbox(value=bool(wanted), indent=False, **look)
    if isinstance(wanted, list) and wanted:
        start = default if default in wanted else wanted[0]
        return ipywidgets.Dropdown(options=wanted, value=start, **look)
    message = (
        f"{name} is (low, high), (low, high, step), a list, True, False or a widget with a value"
    )
    if isinstance(wanted, tuple) and len(wanted) in (2, 3):
        numbers = reals(wanted, message, len(wanted))
        if numbers[0] < numbers[1] and all(step > 0 for step in numbers[2:]):
            are_whole = all(isinstance(number, Integral) for number in wanted)
            return _number_slider(*numbers, are_whole=are_whole, default=default, look=look)
    message = f"{message}; not {wanted!r}"
    raise ParameterError(message)


def _number_slider(
    low: float, high: float, step: float | None = None, *, are_whole: bool, default: Any, look: dict
) -> ipywidgets.Widget:
    step = step or (1 if are_whole else (high - low) / 100)
    start = float(default) if isinstance(default, Real) else np.nan
    if not low <= start <= high:
        start = low + step * round((high - low) / 2 / step)
    if are_whole:
        numbers = {"value": int(start), "min": int(low), "max": int(high), "step": int(step)}
        return ipywidgets.IntSlider(**numbers, **look)
    return ipywidgets.FloatSlider(value=start, min=low, max=high, step=step, **look)


def _bundle(widget: Any, **kwargs: Any) -> dict:
    """What a composite of controls shows: itself, or its repr where no widget runs."""
    bundle = ipywidgets.DOMWidget._repr_mimebundle_(widget, **kwargs)
    bundle["text/plain"] = repr(widget)
    return bundle
