"""The function that is tried, its parameters, and what it says of its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import traitlets

from ...volume import Volume
from .. import line
from .part import Part


class Tuned(Part):
    """An ``operation`` with the controls of its ``parameters``, and its last whole ``result``.

    ``busy`` says over the picture that the result shown is not the last word, ``outcome`` what
    the function reported, ``error`` what it raised. ``made_of`` are the values of the parameters
    that the shown result was made of, ``starts`` those where the controls start by themselves,
    each as it is written in Python. ``taken`` are the arguments of views that are parameters of
    the function here.
    """

    busy = traitlets.Unicode("").tag(sync=True)
    outcome = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    made_of = traitlets.Dict().tag(sync=True)
    starts = traitlets.Dict().tag(sync=True)
    taken: traitlets.List = traitlets.List(traitlets.Unicode()).tag(sync=True)

    operation: Callable[..., Any]
    result: Volume | None = None

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

    def say_busy(self, words: str) -> None:
        """Say that what is shown is not the result of the parameters; nothing more is known."""
        self.busy, self.outcome = words, ""

    def say_outcome(self, words: str, notes: Iterable[str]) -> None:
        """A result has come: say what it is made of, or what was reported of the whole one."""
        self.error, self.busy = "", words
        self.outcome = "" if words else "; ".join(filter(None, notes))

    def say_error(self, error: BaseException) -> None:
        """Say what the function raised."""
        self.busy = self.outcome = ""
        self.error = f"{type(error).__name__}: {error}"
