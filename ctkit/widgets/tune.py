"""tune: sliders for the parameters of a function, its result beside the original."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from itertools import product
from time import perf_counter
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
import traitlets

from ..arguments import choice
from ..errors import ParameterError
from ..files.sources import Paths
from ..geometry import apply_affine
from ..volume import Volume
from . import line
from .closing import close_all
from .controls import BlendPicker, parameter_control
from .newest import Newest
from .panel import COMPARING, PanelView
from .parts import Second, Tuned
from .state import MODES

PREVIEWS = ("slice", "slab", "coarse")
_WORDS = {
    "slice": "preview: this slice alone",
    "slab": "preview: a slab of slices",
    "coarse": "preview: on a coarse grid",
}
_REST = 0.4  # seconds without a change before the whole volume is worked on
_PATIENCE = 4.0  # seconds that the first whole result may take before the view shows
#: What shows the effect of a function of ctkit, by where it is defined: loading the functions
#: to name them here would load SciPy with every view. All others go by a coarse grid.
_PREVIEW_OF = {
    "ctkit.windowing.apply_window": "slice",
    "ctkit.operations.denoising.denoise": "slab",
    "ctkit.operations.resampling.resample": "slab",
}
#: Arguments of `tune` that are the view's, where the function has no parameter of the name.
_OF_VIEW = (
    *("plane", "slice", "cursor", "window", "function", "convention", "invert"),
    *("blend", "curtain", "limit", "names", "opacity", "outline", "labels"),
    *("preview", "values"),
    *("zoom", "pan", "interpolation", "slab", "projection", "normal", "through", "marks"),
)


class _Request(NamedTuple):
    """What a result is asked of: the kind of part, where, and with which parameters."""

    kind: str
    plane: str
    at: int
    values: dict[str, Any]


class _Result(NamedTuple):
    """What the function made of a part: a Volume, an array, or the error that it raised."""

    value: Any
    part: Volume
    request: _Request


class Tuner(Tuned, Second, PanelView):
    """A Volume, a function's result, and controls for its parameters; see `tune`."""

    call = traitlets.Unicode("tune(volume, function").tag(sync=True)
    mode = traitlets.Enum(MODES, "compare").tag(sync=True)

    masks_come = True
    blend_picker: BlendPicker
    parameter_box: ipywidgets.Box | None = None
    # None until the view is there: one that is refused has nothing to stop.
    _worker: Newest | None = None

    def __init__(
        self,
        volume: Any,
        operation: Callable[..., Any],
        parameters: dict[str, Any],
        /,
        *,
        preview: str | None = None,
        values: dict[str, Any] | None = None,
        blend: str = "side by side",
        limit: float | None = None,
        names: Iterable[str] | None = None,
        curtain: float = 0.5,
        **keywords: Any,
    ) -> None:
        with self.refusable():
            self.preview = _preview_of(operation, preview)
            self.begin_tuned(operation)
            self._make_controls(parameters)
            self._start_at(values or {})
            self.call = _call(parameters, preview)
            self.taken = [name for name in _OF_VIEW if name in _parameters_of(operation)]
            self.usual_names = ["original", getattr(operation, "__name__", "result")]
            self.begin_second(None, blend, limit, names, curtain)
            super().__init__(volume, **keywords)
            self.furnish(*COMPARING)
            self._put_parameters_on_top()
            self._worker = Newest(self._deliver)
            for control in self.parameters.values():
                control.observe(self._on_parameter, "value")
            self.observe(self._on_place, ["slice", "plane"])
            self._first_result()

    def _make_controls(self, parameters: dict[str, Any]) -> None:
        for name, wanted in parameters.items():
            try:
                control = parameter_control(name, wanted, _default(self.operation, name))
            except ParameterError as error:
                raise _explained(error, name) from None
            self.add_parameter(name, control, own=control is not wanted)
        self.starts = self.written(self.values)

    def _start_at(self, values: dict[str, Any]) -> None:
        """Move the controls to these values of their parameters."""
        for name, value in values.items():
            if name not in self.parameters:
                message = f"values has {name!r}, which no control is for: {list(self.parameters)}"
                raise ParameterError(message)
            try:
                self.parameters[name].value = value
            except traitlets.TraitError as error:
                message = f"the control of {name} can't be at {value!r}: {error}"
                raise ParameterError(message) from error
            # A slider goes as far as it can, and says nothing.
            if self.parameters[name].value != value:
                message = f"the control of {name} can't be at {value!r}"
                raise ParameterError(message)

    def _put_parameters_on_top(self) -> None:
        """Above the pictures: on a small screen a slider and what it does are seen at once."""
        self.parameter_box = ipywidgets.Box(list(self.parameters.values()))
        for name in ("ctkit-panel", "ctkit-parameters"):
            self.parameter_box.add_class(name)
        box = self.shown()
        box.children = (self.parameter_box, *box.children)

    def _first_result(self) -> None:
        """A preview at once, and the whole too where that is not long."""
        start = perf_counter()
        first = self._compute(self._request(self.preview))
        # Only the function takes longer on the whole volume; drawing does not.
        seconds = (perf_counter() - start) * self.volume.array.size / first.part.array.size
        self._deliver(first)
        if isinstance(first.value, Exception):
            return
        whole = partial(self._compute, self._request("whole"))
        if seconds < _PATIENCE:
            self._deliver(whole())
        elif self._worker is not None:
            self._worker.ask(None, whole)

    def _request(self, kind: str) -> _Request:
        # A few slices of the array are not what a turned plane, or a slab, shows.
        if kind != "whole" and (self.slab or self.normal is not None):
            kind = "coarse"
        return _Request(kind, self.plane, self.slice, self.values)

    def _on_parameter(self, _: Any = None) -> None:
        """A preview now, and the whole when the slider rests."""
        if self._worker is None:
            return
        quick = partial(self._compute, self._request(self.preview))
        whole = partial(self._compute, self._request("whole"))
        self.say_working()
        self._worker.ask(quick, whole, rest=_REST)

    def _on_place(self, _: Any = None) -> None:
        """A preview of one slice is of no use on another."""
        if self._shown_as and self.preview != "coarse":
            self._on_parameter()

    def _compute(self, request: _Request) -> _Result:
        """Run the function; an exception is a result as well."""
        part = _part(self.volume, request.kind, request.plane, request.at)
        try:
            return _Result(self.operation(part, **request.values), part, request)
        except Exception as error:
            return _Result(error, part, request)

    def _deliver(self, answer: _Result) -> None:
        """Show a result, or the error in its place."""
        if isinstance(answer.value, Exception):
            self.say_error(answer.value)
        else:
            self._take(*answer)

    def _take(self, result: Any, part: Volume, request: _Request) -> None:
        """Show a Volume, or an array on the grid of the part it was made of."""
        try:
            volume = result if isinstance(result, Volume) else part.with_array(result)
        except ValueError as error:
            self.say_error(error)
            return
        with self.at_once():
            notes = _added(volume.report, part.report)
            self.say_outcome(_WORDS.get(request.kind, ""), notes, request.values)
            self._show_alone(volume, whole=request.kind == "whole")
        if request.kind == "whole":
            self.result = volume

    def _show_alone(self, volume: Volume, *, whole: bool) -> None:
        """Show a result, and nothing more of one of the other kind before it."""
        drawn_over = volume.is_mask or volume.is_labels
        if drawn_over:
            self.hide_second()
            self.show_mask(volume, whole=whole)
        else:
            self.hide_mask()
            self.show_second(volume)
        # One picture with a mask over it leaves no choice.
        self.blend_picker.layout.display = "none" if drawn_over else None

    def wait(self, timeout: float | None = 60) -> bool:
        """Wait until the newest request is done; True where it is."""
        return self._worker is None or self._worker.wait(timeout)

    def close(self) -> None:
        """Close the view and its controls, and drop what is being worked on.

        ``result`` stays. So does a widget of your own that is a control; it is let go.
        """
        if self._worker is not None and not self._worker.closed:
            self._worker.close()
            for control in self.parameters.values():
                control.unobserve(self._on_parameter, "value")
        if self.parameter_box is not None:
            # Those that are somebody else's stay open.
            self.parameter_box.children = self.own_controls()
        super().close()
        close_all(*self.own_controls())

    def forget(self) -> None:
        """Close a view that nobody will ask for its result any more."""
        self.close()
        self.result = None


def _added(report: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    """What a report says that the one before didn't; a function may begin a report of its own."""
    if report[: len(before)] == before:
        return report[len(before) :]
    return tuple(line for line in report if line not in before)


def _preview_of(function: Callable[..., Any], wanted: str | None) -> str:
    """What a preview is made of: as asked for, as the function says, or as is known of it."""
    if wanted is None:
        known = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
        wanted = getattr(function, "preview", None) or _PREVIEW_OF.get(known, "coarse")
    return choice(wanted, "preview", PREVIEWS)


def _call(parameters: dict[str, Any], preview: str | None) -> str:
    """The beginning of the line that brings a view back; what can't be written goes by its name."""
    arguments = parameters if preview is None else {"preview": preview, **parameters}
    words = {name: line.literal(wanted) or name for name, wanted in arguments.items()}
    return line.line("tune(volume, function", words).removesuffix(")")


def _explained(error: ParameterError, name: str) -> ParameterError:
    """The same error; of a name that views know, it says whose it is here."""
    if name not in _OF_VIEW:
        return error
    message = (
        f"{error}; it is a parameter of the function that is tuned, so this is its control: "
        f"the view's own is set afterwards, as in view.{name} = ..."
    )
    return ParameterError(message)


def _parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of a function after the volume, by their names; none where it hides them."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return {}
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {one.name: one for one in parameters[1:] if one.kind in named}


def _default(function: Callable[..., Any], name: str) -> Any:
    """The default of a parameter in the function's signature, or None."""
    parameter = _parameters_of(function).get(name)
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return None
    return parameter.default


def _part(volume: Volume, kind: str, plane: str, index: int) -> Volume:
    """The part of a Volume that a preview is made of; all of it for "whole"."""
    if kind == "whole":
        return volume
    if kind == "coarse":
        return _coarse(volume)
    axis = volume.layout(plane).axis
    around = 0 if kind == "slice" else 4
    first, last = _crossed(volume, plane, index)
    start, stop = max(first - around, 0), min(last + around + 1, volume.shape[axis])
    keep = [slice(None)] * 3
    keep[axis] = slice(start, stop)
    shift = np.eye(4)
    shift[axis, 3] = start
    return Volume(volume.array[tuple(keep)], volume.affine @ shift, volume.report)


def _crossed(volume: Volume, plane: str, index: int) -> tuple[int, int]:
    """The first and the last of the array's planes that a plane shown goes through.

    An upright plane of a tilted stack goes through many.
    """
    stack = volume.stack(plane)
    axis = stack.layout.axis
    corners = np.array(list(product(*[(0, n - 1) for n in stack.shape])))
    corners[:, axis] = index
    places = apply_affine(np.linalg.inv(volume.affine) @ stack.affine, corners)[:, axis]
    # An affine and its inverse are not exact.
    low, high = places.clip(0, volume.shape[axis] - 1).round(4)[[places.argmin(), places.argmax()]]
    return int(np.floor(low)), int(np.ceil(high))


def _coarse(volume: Volume, spacing: float = 3.0) -> Volume:
    """Every so many voxels, so that they are about `spacing` mm apart."""
    steps = [max(1, round(spacing / step)) for step in volume.spacing]
    keep = tuple(slice(None, None, step) for step in steps)
    return Volume(volume.array[keep], volume.affine @ np.diag([*steps, 1]), volume.report)


def tune(
    volume: Volume | np.ndarray | Paths,
    function: Callable[..., Any] | None = None,
    /,
    **controls: Any,
) -> Tuner:
    """Try the parameters of a function: its result stands beside the original.

    While a slider moves, a preview is shown and labelled as one; the whole result comes
    when the slider rests. The newest request counts, older ones are dropped. Where the
    function raises an error, that is shown under the picture, and the widget goes on.

    A name from ``values`` on is the function's, where the function has a parameter of that
    name; the view's is then set afterwards, as in ``view.window = "brain"``.

    Parameters
    ----------
    volume : Volume of HU, array of HU, or a path, as in `explore`
    function : callable
        ``function(volume, **parameters)`` gives a Volume on any grid, a mask or a label map
        (drawn over the original), or an array of the same shape. These two are given by place,
        so that every name is free for a parameter of the function.
    **controls
        A parameter's name and its control: (lowest, highest) or (lowest, highest, step)
        for a slider, a list for a menu, True or False for a box to tick, or an ipywidget
        with a value. A slider starts at the function's default where that lies within.
    values : dict, optional
        Other values of parameters to start at, by their names.
    preview : {"slice", "slab", "coarse"}, optional
        What the preview is made of: the slice in sight (right for what works voxel by
        voxel, or within a plane), nine slices, or the whole volume on a coarse grid
        (about 3 mm). By default what the function names as its attribute ``preview``, or
        what is right for it where it is one of ctkit's; else "coarse".
    plane, slice, cursor, window, function, convention, invert, opacity, outline, labels, marks
        As in `explore`.
    zoom, pan, interpolation, slab, projection, normal, through
        As in `explore`.
    blend, curtain, limit, names
        As in `compare`.

    Returns
    -------
    Tuner
        A widget with the traits of `explore`; ``values`` are the parameters as they
        are set, ``result`` is the last whole result, ``parameters`` are the controls.

    Raises
    ------
    ParameterError
        On a control that is none, another preview, or a value where no control can be.
    """
    if not callable(function):
        message = (
            "the second argument is the function that is tuned, given by place: "
            f"tune(volume, function, by=(0, 9)); not {function!r}"
        )
        raise ParameterError(message)
    theirs = _parameters_of(function)
    of_view = [name for name in _OF_VIEW if name in controls and name not in theirs]
    keywords = {name: controls.pop(name) for name in of_view}
    return Tuner(volume, function, controls, **keywords)
