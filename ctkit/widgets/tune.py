"""tune: sliders for the parameters of a function, its result beside the original."""

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import ipywidgets
import numpy as np

from ..errors import ParameterError
from ..volume import Volume
from .compare import Compare
from .controls import parameter_control
from .explore import _close_all

PREVIEWS = ("slice", "slab", "coarse")
_WORDS = {
    "slice": "preview: this slice alone",
    "slab": "preview: a slab of slices",
    "coarse": "preview: on a coarse grid",
}
_REST = 0.4  # seconds without a change before the whole volume is worked on
_PATIENCE = 4.0  # seconds that the first whole result may take before the view shows


class Tuner(Compare):
    """A Volume, a function's result, and controls for its parameters; see `tune`."""

    _call = "tune"
    _arguments = "volume, function"
    _worker = None
    _timer = None

    def __init__(self, volume, function, parameters, *, preview=None, **keywords):
        self.operation = function
        self.preview = preview or getattr(function, "preview", "coarse")
        if self.preview not in PREVIEWS:
            message = f"preview is one of {', '.join(PREVIEWS)}; not {self.preview!r}"
            raise ParameterError(message)
        self.parameters = {
            name: parameter_control(name, wanted, _default(function, name))
            for name, wanted in parameters.items()
        }
        names = keywords.pop("names", ("original", getattr(function, "__name__", "result")))
        self.result = None
        self._worker = _Newest(self._compute, self._deliver)
        super().__init__(volume, None, names=names, **keywords)
        self._put_parameters_on_top()
        for control in self.parameters.values():
            control.observe(self._on_parameter, "value")
        self.observe(self._on_place, ["slice", "plane"])
        self._first_result()

    def _put_parameters_on_top(self):
        """Above the pictures: on a small screen a slider and what it does are seen at once."""
        self.parameter_box = ipywidgets.Box(list(self.parameters.values()))
        for name in ("ctkit-panel", "ctkit-parameters"):
            self.parameter_box.add_class(name)
        self.box.children = (self.parameter_box, *self.box.children)

    @property
    def values(self):
        """The parameters as they are set now: a dict."""
        return {name: control.value for name, control in self.parameters.items()}

    def _first_result(self):
        """A preview at once, and the whole too where that is not long."""
        start = perf_counter()
        part = _part(self.volume, self.preview, self.plane, self.slice)
        try:
            self._take(self.operation(part, **self.values), part, self.preview)
        except Exception as error:
            self._show_error(error)
            return
        seconds = (perf_counter() - start) * self.volume.array.size / part.array.size
        if seconds < _PATIENCE:
            self._deliver(*self._compute("whole", self.plane, self.slice, self.values))
        else:
            self._worker.ask("whole", self.plane, self.slice, self.values)

    def _on_parameter(self, change):
        self._ask_preview()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(_REST, self._ask_whole)
        self._timer.daemon = True
        self._timer.start()

    def _on_place(self, change):
        """A preview of one slice is of no use on another."""
        if self.busy and self.preview != "coarse":
            self._ask_preview()
            self._on_parameter(change)

    def _ask_preview(self):
        self._worker.ask(self.preview, self.plane, self.slice, self.values)

    def _ask_whole(self):
        self._worker.ask("whole", self.plane, self.slice, self.values)

    def _compute(self, kind, plane, index, values):
        """Run the function; an exception is a result as well."""
        part = _part(self.volume, kind, plane, index)
        try:
            return self.operation(part, **values), part, kind
        except Exception as error:
            return error, part, kind

    def _deliver(self, result, part, kind):
        if isinstance(result, Exception):
            self._show_error(result)
        else:
            self._take(result, part, kind)

    def _show_error(self, error):
        self.busy = self.outcome = ""
        self.error = f"{type(error).__name__}: {error}"

    def _take(self, result, part, kind):
        """Show a result: a Volume, or an array on the grid of the part it was made of."""
        try:
            volume = result if isinstance(result, Volume) else part.with_array(np.asarray(result))
        except ValueError as error:
            self._show_error(error)
            return
        with self.hold_sync():
            self.error = ""
            self.busy = _WORDS.get(kind, "")
            notes = filter(None, volume.report[len(part.report) :])
            self.outcome = "" if self.busy else "; ".join(notes)
            self.show_second(volume)
        if kind == "whole":
            self.result = volume

    def wait(self, timeout=60):
        """Wait until the newest request is done; True where it is."""
        return self._worker.idle.wait(timeout)

    def close(self):
        """Close the view and its controls, and drop what is being worked on."""
        if self._worker is not None:
            self._worker.stop()
        if self._timer is not None:
            self._timer.cancel()
        if hasattr(self, "parameter_box"):
            _close_all(self.parameter_box)
        super().close()


class _Newest:
    """Works in the background; what is no longer the newest request is dropped."""

    def __init__(self, compute, deliver):
        self._compute, self._deliver = compute, deliver
        # Two: a preview need not wait for a whole volume that is out of date.
        self._pool = ThreadPoolExecutor(2, "ctkit-tune")
        self._ticket = 0
        self.idle = threading.Event()
        self.idle.set()
        self._loop = _running_loop()

    def ask(self, *request):
        self._ticket += 1
        self.idle.clear()
        self._pool.submit(self._work, self._ticket, request)

    def stop(self):
        self._ticket += 1
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, ticket, request):
        if ticket != self._ticket:
            return
        answer = self._compute(*request)
        if self._loop is None or self._loop.is_closed():
            self._hand_over(ticket, answer)
        else:
            # Traits are set where the kernel sets them: in the thread of its loop.
            self._loop.call_soon_threadsafe(self._hand_over, ticket, answer)

    def _hand_over(self, ticket, answer):
        if ticket != self._ticket:
            return
        self._deliver(*answer)
        self.idle.set()


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _default(function, name):
    """The default of a parameter in the function's signature, or None."""
    try:
        parameter = inspect.signature(function).parameters.get(name)
    except (TypeError, ValueError):
        return None
    known = parameter is not None and parameter.default is not inspect.Parameter.empty
    return parameter.default if known else None


def _part(volume, kind, plane, index):
    """The part of a Volume that a preview is made of; all of it for "whole"."""
    if kind == "whole":
        return volume
    if kind == "coarse":
        return _coarse(volume)
    axis = volume.layout(plane).axis
    around = 0 if kind == "slice" else 4
    start, stop = max(index - around, 0), min(index + around + 1, volume.shape[axis])
    keep = [slice(None)] * 3
    keep[axis] = slice(start, stop)
    shift = np.eye(4)
    shift[axis, 3] = start
    return Volume(volume.array[tuple(keep)], volume.affine @ shift, volume.report, volume.labels)


def _coarse(volume, spacing=3.0):
    """Every so many voxels, so that they are about `spacing` mm apart."""
    steps = [max(1, round(spacing / step)) for step in volume.spacing]
    keep = tuple(slice(None, None, step) for step in steps)
    return Volume(
        volume.array[keep], volume.affine @ np.diag([*steps, 1]), volume.report, volume.labels
    )


def tune(volume, function, *, preview=None, **controls):
    """Try the parameters of a function: its result stands beside the original.

    While a slider moves, a preview is shown and labelled as one; the whole result comes
    when the slider rests. The newest request counts, older ones are dropped. Where the
    function raises an error, that is shown under the picture, and the widget goes on.

    Parameters
    ----------
    volume : Volume of HU
    function : callable
        ``function(volume, **parameters)`` gives a Volume on any grid, a mask (drawn over
        the original), or an array of the same shape.
    preview : {"slice", "slab", "coarse"}, optional
        What the preview is made of: the slice in sight (right for what works voxel by
        voxel, or within a plane), nine slices, or the whole volume on a coarse grid
        (about 3 mm). By default what the function names as its attribute ``preview``,
        else "coarse".
    **controls
        A parameter's name and its control: (lowest, highest) or (lowest, highest, step)
        for a slider, a list for a menu, True or False for a box to tick, or an ipywidget
        with a value. A slider starts at the function's default where that lies within.
        Plane, slice, window, blend, limit, names, opacity, convention are those
        of `compare` and `explore`.

    Returns
    -------
    Tuner
        A widget with the traits of `explore`; ``values`` are the parameters as they
        are set, ``result`` is the last whole result, ``parameters`` are the controls.

    Raises
    ------
    ParameterError
        On a control that is none, or another preview.
    """
    own = ("plane", "slice", "window", "blend", "limit", "names", "opacity", "convention")
    keywords = {name: controls.pop(name) for name in own if name in controls}
    return Tuner(volume, function, controls, preview=preview, **keywords)
