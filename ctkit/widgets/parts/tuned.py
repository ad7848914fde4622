"""The function that is tried, its parameters, and what it says of its result."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

from ...volume import Volume
from .. import line
from ._traits import Flag
from .part import Part

_LONGEST = 16  # letters of a value over the picture


class Tuned(Part):
    """An ``operation`` with the controls of its ``parameters``, and its last whole ``result``.

    ``busy`` says over the picture that the result shown is not the last word, ``stale`` that it
    is of other values than the controls have, ``outcome`` what the function reported, ``error``
    what it raised, and ``trace`` where. ``made_of`` are the values of the parameters
    that the shown result was made of, ``starts`` those where the controls start by themselves,
    each as it is written in Python. ``taken`` are the arguments of views that are parameters of
    the function here.
    """

    busy = traitlets.Unicode("").tag(sync=True)
    outcome = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    trace = traitlets.Unicode("").tag(sync=True)
    stale = Flag(False).tag(sync=True)
    made_of = traitlets.Dict().tag(sync=True)
    starts = traitlets.Dict().tag(sync=True)
    taken: traitlets.List = traitlets.List(traitlets.Unicode()).tag(sync=True)

    operation: Callable[..., Any]
    result: Volume | None = None
    # What is shown: the values it was made of, and what kind of preview it is.
    _shown_values: dict[str, Any] | None = None
    _shown_as = ""

    def begin_tuned(self, operation: Callable[..., Any]) -> None:
        """Take the function; its parameters follow by `add_parameter`."""
        self.operation = operation
        self.parameters: dict[str, ipywidgets.Widget] = {}
        self._own: list[ipywidgets.Widget] = []

    def add_parameter(self, name: str, control: ipywidgets.Widget, *, own: bool) -> None:
        """Take the control of a parameter, and whether it was made here."""
        self.parameters[name] = control
        if own:
            self._own.append(control)

    def words(self) -> dict[str, str]:
        """The values of the parameters, where they are not those of the start.

        The function makes the mask; and what is its parameter can't be told to the view.
        """
        words = super().words()
        if any(value != self.starts.get(name) for name, value in self.made_of.items()):
            pairs = [f"{line.text(name)}: {value}" for name, value in self.made_of.items()]
            words["values"] = f"{{{', '.join(pairs)}}}"
        return {name: word for name, word in words.items() if name not in ("mask", *self.taken)}

    def written(self, values: dict[str, Any]) -> dict[str, str]:
        """Values of the parameters as they are written in Python, those that can be."""
        written = {name: line.literal(value) for name, value in values.items()}
        return {name: word for name, word in written.items() if word is not None}

    def own_controls(self) -> tuple[ipywidgets.Widget, ...]:
        """The controls that were made here: they close with the view."""
        return tuple(getattr(self, "_own", ()))

    @property
    def values(self) -> dict[str, Any]:
        """The parameters as they are set now: a dict."""
        return {name: control.value for name, control in self.parameters.items()}

    def say_working(self) -> None:
        """The parameters have changed: the result that is shown is no longer theirs."""
        with self.at_once():
            self.stale = bool(self._moved())
            self.outcome = ""
            self.busy = _lines(self._shown_as, self._still(), "working")

    def say_outcome(
        self, words: str, notes: Iterable[str] = (), values: dict[str, Any] | None = None
    ) -> None:
        """A result has come: of which values, what kind it is, what was reported of a whole one."""
        self.error = self.trace = ""
        self._shown_values = dict(self.values if values is None else values)
        self.made_of = self.written(self._shown_values)
        self.stale = bool(self._moved())
        self._shown_as = words
        self.busy = _lines(words, self._still())
        self.outcome = "" if words else _joined(notes)

    def say_error(self, error: BaseException) -> None:
        """Say what the function raised, and that the result shown is not of these values."""
        with self.at_once():
            self.outcome = ""
            self.stale = self._shown_values is not None
            kept = _lines(self._shown_as, self._still()) or "still the result before"
            self.busy = _lines(kept, "then an error") if self.stale else ""
            self.error = f"{type(error).__name__}: {error}"
            self.trace = _trace(error)

    def _moved(self) -> list[str]:
        """The parameters whose values are not those that the shown result was made of."""
        shown = {} if self._shown_values is None else self._shown_values
        return [name for name, value in shown.items() if self.values.get(name) != value]

    def _still(self) -> str:
        """The values that the shown result was made of, where they are other ones now."""
        shown = self._shown_values or {}
        pairs = [f"{name}={_short(shown[name])}" for name in self._moved()]
        return f"still {', '.join(pairs)}" if pairs else ""


def _lines(*words: str) -> str:
    """What there is to say, one under the other: over the picture there is little room."""
    return "\n".join(filter(None, words))


def _joined(notes: Iterable[str]) -> str:
    """Notes in one line: between two of them stands one mark, whether they end in a full stop."""
    *before, last = list(filter(None, notes)) or [""]
    return "; ".join([*(note.removesuffix(".") for note in before), last])


def _short(value: Any) -> str:
    """A value in few letters."""
    words = str(getattr(value, "__name__", value))
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _trace(error: BaseException) -> str:
    """Where an error came from: each call with its line, without the folders, which are private."""
    frames = traceback.extract_tb(error.__traceback__)
    # The first is the call from here.
    calls = [
        f"{Path(one.filename).name}, line {one.lineno}, {one.name}\n    {one.line}"
        for one in frames[1:]
    ]
    return "\n".join(calls)
