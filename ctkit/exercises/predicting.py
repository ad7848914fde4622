"""predict: a guess before a view, and beside what was measured afterwards."""

from __future__ import annotations

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
        if not self.choices and not _is_number(value):
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


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


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
        Where the id is no such text, or there are fewer than two choices.

    Examples
    --------
    >>> predict("05.a", measured="0 and 79 HU")
    05.a: measured 0 and 79 HU; there was no guess
    """
    if not isinstance(id, str) or "." not in id:
        message = f'the id of a prediction is a text such as "05.a"; this is {id!r}'
        raise ParameterError(message)
    if measured is not None:
        return _beside(id, measured, unit)
    given = tuple(choices or ())
    if isinstance(choices, str) or len(set(given)) != len(given) or len(given) == 1:
        message = f"choices are two or more different texts, not {choices!r}"
        raise ParameterError(message)
    return Guess(id, tuple(map(str, given)), unit)


def _beside(id: str, measured: Any, unit: str) -> Said:
    guess = keeping.kept()["guesses"].get(id, "")
    found = measured if isinstance(measured, str) else f"{told(measured)} {unit}".strip()
    if not guess:
        plain = f"{id}: measured {found}; there was no guess"
        return Said(plain, boxed("not tried", f"<b>Measured: {escape(found)}</b>"))
    same = guess == found
    kind = "right" if same else "hint"
    words = "It is what you said." if same else "Where does the difference come from?"
    plain = f"{id}: measured {found}; your guess was {guess}"
    rows = f"<b>Your guess: {escape(guess)}</b>", f"<b>Measured: {escape(found)}</b>"
    return Said(
        plain, boxed(kind, *rows, words if not _is_number(found.split()[0]) or same else "")
    )
