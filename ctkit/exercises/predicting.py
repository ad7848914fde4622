"""predict: a guess before a view, and beside what was measured afterwards."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets

from ..errors import ParameterError
from ..widgets import cells
from ..widgets.closing import ClosesWhole
from . import keeping
from .telling import told
from .words import Said, boxed

_ASKED = "No guess yet: pick one before you go on."


class Guess(ClosesWhole, ipywidgets.VBox):
    """A field for a guess; see `predict`. ``guess`` is the text of what was picked, or ""."""

    def __init__(self, id: str, choices: tuple[str, ...], unit: str) -> None:
        self.id, self.choices, self.unit = id, choices, unit
        self.guess = keeping.kept()["guesses"].get(id, "")
        self.field = self._picker() if choices else self._number()
        self.field.observe(self._take, "value")
        self.said = ipywidgets.HTML(self._words())
        super().__init__([self.field, self.said])
        self.add_class("ctkit-guess")
        cells.remember(self)

    def _picker(self) -> Any:
        value = self.guess if self.guess in self.choices else None
        return ipywidgets.RadioButtons(
            options=self.choices, value=value, layout={"width": "max-content"}
        )

    def _number(self) -> Any:
        return ipywidgets.Text(
            value=self.guess.removesuffix(self.unit).strip(),
            placeholder="a number",
            description="Guess",
            continuous_update=False,
        )

    def _take(self, change: dict) -> None:
        value = str(change["new"] or "").strip()
        if not self.choices:
            value = value.removesuffix(self.unit).strip()
            number = _split(value)
            if number is None or number[1]:
                self.guess, self.said.value = "", "<i>A guess is a number here.</i>"
                return
        self.guess = value if self.choices else f"{value} {self.unit}".strip()
        keeping.record_guess(self.id, self.guess)
        self.said.value = self._words()

    def _words(self) -> str:
        if not self.guess:
            return f"<i>{_ASKED}</i>"
        return f"<i>Your guess: {escape(self.guess)}. Now go on, and see.</i>"

    def __repr__(self) -> str:
        return (
            f"{self.id}: your guess is {self.guess}" if self.guess else f"{self.id}: no guess yet"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        cells.note_shown(self)
        bundle = super()._repr_mimebundle_(**kwargs)
        listed = "".join(f"<li>{escape(choice)}</li>" for choice in self.choices)
        words = "Guess first:" if self.choices else f"Guess a number first ({escape(self.unit)})."
        html = boxed("hint", words, f"<ul>{listed}</ul>" if listed else "")
        return bundle | {"text/plain": repr(self), "text/html": html}


def _split(text: str) -> tuple[float, str] | None:
    """The number at the beginning of a text, and what follows it; None where there is none."""
    first, _, rest = text.strip().partition(" ")
    try:
        number = float(first.replace(",", "."))
    except ValueError:
        return None
    return (number, rest.strip()) if math.isfinite(number) else None


def _agree(guess: str, found: str) -> bool:
    """Whether a guess is what was measured: 5,5 is 5.5 mm, and 7 thousand isn't 7 million."""
    one, other = _split(guess), _split(found)
    if one is None or other is None:
        return guess == found
    units = {one[1], other[1]} - {""}
    return one[0] == other[0] and len(units) < 2


def predict(
    id: str, choices: Sequence[str] | None = None, *, unit: str = "", measured: Any = None
) -> Guess | Said:
    """Ask for a guess before a result, or show the guess beside what was measured.

    Parameters
    ----------
    id : str
        The page and a letter: "05.a".
    choices : sequence of str, optional
        What to pick from; without them a number is asked for.
    unit : str
        Of that number.
    measured : str or number, optional
        What came out: the guess is shown beside it.

    Returns
    -------
    Guess or Said

    Raises
    ------
    ParameterError
        Where the id is no such text, there are fewer than two choices, or two arguments don't go
        together.

    Examples
    --------
    >>> predict("05.a", measured="0 and 79 HU")
    05.a: measured 0 and 79 HU; there was no guess
    """
    if not isinstance(id, str) or not re.fullmatch(r"\d\d\.[a-z]", id):
        message = f'the id of a prediction is a text such as "05.a", not {_short(id)}'
        raise ParameterError(message)
    if not isinstance(unit, str):
        message = f'unit is a text such as "mm", not {_short(unit)}'
        raise ParameterError(message)
    if measured is not None and choices is not None:
        message = "give choices before the result, and measured after it: not both at once"
        raise ParameterError(message)
    if choices is not None and unit:
        message = f"a unit is for a number: with choices, {unit!r} has no place"
        raise ParameterError(message)
    if measured is not None:
        return _beside(id, measured, unit)
    return Guess(id, () if choices is None else _as_choices(choices), unit)


def _as_choices(choices: Any) -> tuple[str, ...]:
    given = () if isinstance(choices, str | bytes) else _listed(choices)
    texts = tuple(str(one).strip() for one in given if isinstance(one, str | int | float))
    if len(texts) < 2 or len({*texts, ""}) <= len(given):
        message = f"choices are two or more different texts, not {_short(choices)}"
        raise ParameterError(message)
    return texts


def _listed(choices: Any) -> list[Any]:
    """Choices as a list; what holds none is empty."""
    try:
        return list(choices)
    except TypeError:
        return []


def _short(value: Any) -> str:
    return reprlib.repr(value)


def _beside(id: str, measured: Any, unit: str) -> Said:
    guess = keeping.kept()["guesses"].get(id, "")
    found = measured if isinstance(measured, str) else f"{told(measured)} {unit}".strip()
    if not guess:
        plain = f"{id}: measured {found}; there was no guess"
        return Said(plain, boxed("not tried", f"<b>Measured: {escape(found)}</b>"))
    same = _agree(guess, found)
    kind = "right" if same else "hint"
    words = "It is what you said." if same else "Where does the difference come from?"
    plain = f"{id}: measured {found}; your guess was {guess}"
    rows = f"<b>Your guess: {escape(guess)}</b>", f"<b>Measured: {escape(found)}</b>"
    # Two numbers say themselves how far they lie apart.
    return Said(plain, boxed(kind, *rows, words if same or _split(found) is None else ""))
