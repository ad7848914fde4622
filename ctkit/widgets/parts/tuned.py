"""The function that is tried, its parameters, and what it says of its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import traitlets

from ...volume import Volume
from .part import Part


class Tuned(Part):
    """An ``operation`` with the controls of its ``parameters``, and its last whole ``result``.

    ``busy`` says over the picture that the result shown is not the last word, ``outcome`` what
    the function reported, ``error`` what it raised.
    """

    busy = traitlets.Unicode("").tag(sync=True)
    outcome = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

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
