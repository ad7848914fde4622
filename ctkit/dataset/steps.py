"""The steps of a preparation: the course's own functions with their parameters, in a list.

Each function of this module makes one `Step`, which prints as it was written::

    >>> from ctkit.dataset import steps
    >>> [steps.keep_head(), steps.resample(1.0), steps.window("brain")]
    [keep_head(), resample(1.0), window('brain')]

Masks and label maps that belong to a scan need no step of their own: they follow it to its last
grid, once, by nearest neighbour.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import choice, real, reals, wholes
from ..errors import CTError, GeometryError, ParameterError
from ..files.arrays import to_array
from ..geometry import axes_of_letters
from ..operations import cropping, denoising, masking, resampling
from ..operations.kernels import KERNELS
from ..volume import Volume, own
from ..windowing import as_window
from .described import described, without_address
from .state import State

__all__ = [
    "Step",
    "StepError",
    "apply",
    "center",
    "crop",
    "denoise",
    "keep_head",
    "pad",
    "parse",
    "regularize",
    "reorient",
    "resample",
    "window",
]


class StepError(CTError):
    """A step that a user wrote raised, or gave something that is no scan."""


@dataclass(frozen=True)
class Step:
    """A function of a scan, with its parameters.

    Attributes
    ----------
    name : str
        As it prints.
    arguments : tuple
        Its positional parameters.
    options : tuple of (name, value)
        Its parameters by name.
    work : callable
        Takes a State and the parameters, and returns a State.
    costly : bool
        Whether it takes so long that its result is kept, to go on from when a later step changes.
    """

    name: str
    arguments: tuple
    options: tuple[tuple[str, Any], ...]
    work: Callable[..., State]
    costly: bool = True

    def __call__(self, state: State) -> State:
        """Do it."""
        return self.work(state, *self.arguments, **dict(self.options))

    def __repr__(self) -> str:
        told = [_told(value) for value in self.arguments]
        told += [f"{name}={_told(value)}" for name, value in self.options]
        return f"{self.name}({', '.join(told)})"

    def key(self) -> str:
        """A text that two steps share only where they do the same."""
        return self._key

    @functools.cached_property
    def _key(self) -> str:
        # Found once, and taken along to other processes: they may have another file of the code.
        told = described([self.arguments, self.options])
        return f"{self.name} {hashlib.sha256(told.encode()).hexdigest()[:16]}"


def _told(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, functools.partial):
        value = value.func
    if not callable(value):
        return without_address(value)
    return getattr(value, "__name__", type(value).__name__)


def reorient(letters: str = "SPL") -> Step:
    """Turn and flip the axes so that indices run towards these letters; see `Volume.reorient`.

    A tilted scan keeps its tilt: `regularize` takes it away.
    """
    axes_of_letters(letters)
    return _step(_reorient, (letters,), costly=False)


def regularize(kernel: str = "cubic") -> Step:
    """Bring a scan with a tilted gantry to right angles; see `ctkit.regularize`."""
    return _step(_regularize, (choice(kernel, "kernel", KERNELS),))


def keep_head(**parameters: float) -> Step:
    """Air outside of the head; see `ctkit.keep_head`. `crop` and `center` then go by the head."""
    known = [name for name in inspect.signature(masking.head_mask).parameters if name != "volume"]
    for name, value in parameters.items():
        if name not in known:
            message = f"keep_head has no parameter {name!r}; it takes {', '.join(known)}"
            raise ParameterError(message)
        real(value, f"{name} is a number", above=-np.inf if name == "threshold_hu" else 0)
    return _step(_keep_head, (), parameters)


def crop(margin_mm: float | Sequence[float] = 0) -> Step:
    """Cut to the box around the region that an earlier step found; see `ctkit.crop`."""
    reals(margin_mm, "margin_mm is one length from 0 in mm, or three", 3, low=0, spread=True)
    return _step(_crop, (margin_mm,), costly=False)


def center(shape: Sequence[int]) -> Step:
    """Put the region, or without one the scan, into the middle of a frame; see `ctkit.center`."""
    frame = wholes(shape, "a shape is (slice, row, column)", 3, low=1)
    return _step(_center, (frame,), costly=False)


def pad(shape: Sequence[int]) -> Step:
    """Put the whole scan into the middle of a larger frame of air; see `ctkit.pad`."""
    frame = wholes(shape, "a shape is (slice, row, column)", 3, low=1)
    return _step(_pad, (frame,), costly=False)


def resample(spacing: float | Sequence[float | None] = 1.0, *, kernel: str = "cubic") -> Step:
    """Resample to a spacing in mm; see `ctkit.resample`."""
    several = isinstance(spacing, tuple | list | np.ndarray)
    steps: list[Any] = [*spacing] if several else [spacing]  # type: ignore[misc]
    for step in steps:
        if step is not None:
            real(step, "a spacing is a number of mm above 0, or None", above=0)
    if several and len(steps) != 3:
        message = f"a spacing is one number or (slice, row, column), not {spacing!r}"
        raise ParameterError(message)
    choice(kernel, "kernel", KERNELS)
    return _step(_resample, (spacing,), {} if kernel == "cubic" else {"kernel": kernel})


def denoise(method: str = "median", **parameters: float) -> Step:
    """Filter the noise; see `ctkit.denoise`."""
    denoising.checked_parameters(choice(method, "method", denoising.METHODS), dict(parameters))
    return _step(_denoise, (method,), parameters)


def window(center: str | float, width: float | None = None) -> Step:
    """HU to 0 to 1 by a window, for a network: its center and width, or the name of a preset.

    Ends are at ``center - width / 2`` and ``center + width / 2``, as in `ctkit.to_array`.
    """
    asked = (center,) if width is None else (center, width)
    as_window(_window_of(*asked))
    return _step(_window, asked, costly=False)


def apply(function: Callable[..., Volume], *arguments: Any, **parameters: Any) -> Step:
    """A function of your own: it takes a Volume and returns one.

    Its grid may be another one, as long as places in the patient stay where they are: masks follow
    by millimetres. A change of its code is noticed, and what follows is done again, and so is one
    of the values, functions and classes of its module that it uses; a change of other modules is
    not.
    """
    if not callable(function):
        message = f"apply takes a function of a Volume, not {type(function).__name__}"
        raise ParameterError(message)
    if function in BY_NAME.values():
        name = function.__name__
        message = f"steps.{name} makes a step, and is none: write steps.{name}(...)"
        raise ParameterError(message)
    return _step(_apply, (function, *arguments), parameters)


def as_steps(steps: Any) -> tuple[Step, ...]:
    """The steps that somebody passes; a plain function counts as `apply` of it."""
    if isinstance(steps, Step) or callable(steps):
        steps = [steps]
    try:
        found = tuple(step if isinstance(step, Step) else apply(step) for step in steps)
    except TypeError:
        message = f"steps is a list such as [steps.resample(1.0)], not {type(steps).__name__}"
        raise ParameterError(message) from None
    names = [step.name for step in found]
    if "crop" in names and "keep_head" not in names[: names.index("crop")]:
        message = f"step {names.index('crop') + 1}, crop, has no region: put keep_head() before it"
        raise ParameterError(message)
    return found


def parse(text: str) -> Step:
    """A step from what it prints, for files of settings: ``"resample(1.0)"``.

    Only the steps of this module with plain values are read; nothing is run.

    Raises
    ------
    ParameterError
        Where it is no such step.
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            raise ValueError
        arguments = [ast.literal_eval(value) for value in call.args]
        options = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        message = f"{text!r} is no step: write one as 'resample(1.0)'"
        raise ParameterError(message) from None
    if call.func.id not in BY_NAME:
        message = f"there is no step {call.func.id!r}: the steps are {', '.join(BY_NAME)}"
        raise ParameterError(message)
    try:
        return BY_NAME[call.func.id](*arguments, **options)
    except TypeError as error:
        message = f"{text}: {error}"
        raise ParameterError(message) from None


#: The steps that a text can name; a function of one's own can't be.
BY_NAME: dict[str, Callable[..., Step]] = {
    function.__name__: function
    for function in (
        *(reorient, regularize, keep_head, crop, center, pad, resample, denoise, window),
    )
}


def run(step: Step, state: State, number: int) -> State:
    """Do one step; an error says which step it was."""
    try:
        return step(state)
    except CTError as error:
        message = f"step {number}, {step!r}: {error}"
        raise type(error)(message) from error


def _step(
    work: Callable[..., State],
    arguments: tuple = (),
    options: Mapping[str, Any] | None = None,
    costly: bool = True,
) -> Step:
    options = options or {}
    try:
        inspect.signature(work).bind(None, *arguments, **options)
    except TypeError as error:
        message = f"{work.__name__.lstrip('_')}: {error}"
        raise ParameterError(message) from None
    return Step(work.__name__.lstrip("_"), arguments, tuple(options.items()), work, costly)


def _reorient(state: State, letters: str) -> State:
    return state.moved(state.volume.reorient(letters))


def _regularize(state: State, kernel: str) -> State:
    return state.moved(resampling.regularize(state.volume, kernel))


def _keep_head(state: State, **parameters: float) -> State:
    mask = masking.head_mask(state.volume, **parameters)
    return State(masking.keep_head(state.volume, mask), mask)


def _crop(state: State, margin_mm: Any) -> State:
    if state.region is None:
        message = "there is no region to crop to: put keep_head() before it"
        raise GeometryError(message)
    return state.moved(cropping.crop(state.volume, state.region, margin_mm))


def _center(state: State, shape: tuple[int, ...]) -> State:
    if state.region is None:
        start = [n // 2 - size // 2 for n, size in zip(state.volume.shape, shape, strict=True)]
        return state.moved(cropping.reframe(state.volume, start, shape))
    return state.moved(cropping.center(state.volume, state.region, shape))


def _pad(state: State, shape: tuple[int, ...]) -> State:
    return state.moved(cropping.pad(state.volume, shape))


def _resample(state: State, spacing: Any, kernel: str = "cubic") -> State:
    return state.moved(resampling.resample(state.volume, spacing, kernel=kernel))


def _denoise(state: State, method: str, **parameters: float) -> State:
    return state.moved(denoising.denoise(state.volume, method, **parameters))


def _window(state: State, center: str | float, width: float | None = None) -> State:
    asked = _window_of(center, width)
    scaled = own(to_array(state.volume, asked)[0])
    return state.moved(state.volume.with_array(scaled, f"scaled to 0 to 1 by the window {asked}"))


def _window_of(center: str | float, width: float | None = None) -> Any:
    return center if width is None else (center, width)


def _apply(state: State, function: Callable, *arguments: Any, **parameters: Any) -> State:
    try:
        given = function(state.volume, *arguments, **parameters)
    except (CTError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit in a step ends no worker
        message = f"it raised {type(error).__name__}: {error}"
        raise StepError(message) from error
    if isinstance(given, np.ndarray):
        given = state.volume.with_array(given)
    if not isinstance(given, Volume):
        message = f"it gave {type(given).__name__}, where a step gives a Volume"
        raise StepError(message)
    # A sum is finite only where all values are, and takes no memory.
    with np.errstate(all="ignore"):
        finite = given.array.dtype.kind != "f" or np.isfinite(np.sum(given.array, dtype=np.float64))
    if not finite:
        count = np.count_nonzero(~np.isfinite(given.array))
        message = f"it gave {count:,} voxels that are no number, or infinite"
        raise StepError(message)
    return state.moved(given)
