"""quiz: a page's questions as a widget, as a page of its own, and as HTML that needs no script."""

from __future__ import annotations

import re
import reprlib
from html import escape
from pathlib import Path
from typing import Any

import traitlets

from ..errors import ParameterError, SaveError
from ..files.atomic import as_target, write_file
from ..widgets import cells
from ..widgets.page import filled, json_in_html
from ..widgets.script import Scripted
from . import keeping, pointing
from .questions import Number, Question, Several, Single
from .registry import module_of, pages
from .words import marked

_HERE = Path(__file__).parent
_WIDGETS = _HERE.parent / "widgets"


class Quiz(Scripted):
    """The questions of a page; see `quiz`.

    ``results`` holds whether each question that was answered was answered rightly, by its number
    as a text, from "0".
    """

    _css = _WIDGETS / "view" / "view.css"

    mode = traitlets.Unicode("quiz").tag(sync=True)
    questions: traitlets.List = traitlets.List().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    results = traitlets.Dict().tag(sync=True)

    def __init__(self, page: str, questions: tuple[Question, ...]) -> None:
        self.page = page
        asked = [described(one) for one in questions]
        self._static = static(asked)
        super().__init__(questions=[_in_browser(one) for one in asked])
        self.observe(self._keep, "results")
        cells.remember(self)

    def _keep(self, change: dict) -> None:
        known = range(len(self.questions))
        results = {str(key): bool(value) for key, value in change["new"].items()}
        keeping.record_quiz(
            self.page, {key: results[key] for key in map(str, known) if key in results}
        )

    def __repr__(self) -> str:
        right = sum(map(bool, self.results.values()))
        said = f", {right} right" if self.results else ""
        return f"quiz({self.page!r}): {len(self.questions)} questions{said}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        cells.note_shown(self)
        shown = super()._repr_mimebundle_(**kwargs)
        data, *rest = shown if isinstance(shown, tuple) else (shown or {},)
        data = data | {"text/plain": repr(self), "text/html": self._static}
        return (data, *rest) if rest else data

    def to_html(self, path: str | Path) -> Path:
        """Write the quiz as one page of HTML that asks and answers without Jupyter.

        Parameters
        ----------
        path : str or Path
            Ends in ``.html``.

        Raises
        ------
        SaveError
            Where it can't be written, or has another ending.
        """
        target = as_target(path)
        if target.suffix.lower() not in (".html", ".htm"):
            message = f"a page is written to a .html file, not to {target.name!r}"
            raise SaveError(message)
        parts = {
            "title": escape(f"Quiz of page {self.page}"),
            "static": self._static,
            "state": json_in_html({"mode": "quiz", "questions": self.questions}),
        }
        return write_file(target, filled(_HERE / "quiz.html", parts).encode())


def quiz(page: str) -> Quiz:
    """The questions of a page, each with feedback for every answer.

    Parameters
    ----------
    page : str
        Its number: "05".

    Returns
    -------
    Quiz
        A widget that asks and answers in the browser, with no kernel as well. Where no script
        runs, the questions unfold their answers.

    Raises
    ------
    ParameterError
        Where the page has no quiz.

    Examples
    --------
    >>> quiz("05")
    quiz('05'): 5 questions
    """
    with_one = [one for one in pages() if getattr(module_of(one), "QUIZ", ())]
    if not isinstance(page, str) or page not in with_one:
        message = f"page {reprlib.repr(page)} has no quiz; these have one: {', '.join(with_one)}"
        raise ParameterError(message)
    return Quiz(page, tuple(module_of(page).QUIZ))


def described(question: Question) -> dict[str, Any]:
    """A question as plain values, for the browser."""
    plain: dict[str, Any] = {"kind": question.kind, "ask": question.ask}
    if isinstance(question, Single | Several):
        options = [vars(option) | {"says": _bare(option.says)} for option in question.options]
        return plain | {"options": options}
    plain |= {"says": _bare(question.says), "otherwise": question.otherwise}
    if isinstance(question, Number):
        wrong = [[value, says] for value, says in question.wrong]
        numbers = {"right": question.right, "tolerance": question.tolerance}
        return plain | numbers | {"unit": question.unit, "wrong": wrong}
    plain |= pointing.described(question)
    plain["wrong"] = [spot | {"says": _bare(spot["says"])} for spot in plain["wrong"]]
    return plain


def _in_browser(plain: dict[str, Any]) -> dict[str, Any]:
    """What the browser gets of a question: the picture is for who has no script."""
    return {name: value for name, value in plain.items() if name != "picture"}


def _bare(says: str) -> str:
    """Feedback without a "Yes" at its beginning: whether it is right is said before it."""
    words = re.sub(r"^Yes[.:,] +", "", says)
    return words[:1].upper() + words[1:]


# ---- with no script


def static(questions: list[dict[str, Any]]) -> str:
    """The questions as HTML that unfolds the feedback to each answer."""
    parts = [_static(question, number) for number, question in enumerate(questions, start=1)]
    return f"<div>{''.join(parts)}</div>"


def _static(question: dict[str, Any], number: int) -> str:
    ask = f"<p><b>{number}. {marked(question['ask'])}</b></p>"
    if "options" in question:
        return ask + "".join(map(_unfolded_option, question["options"]))
    if question["kind"] == "number":
        right = f"{question['right']:g} {question['unit']}".strip()
        return ask + _unfolded("Answer", f"{right}. {question['says']}")
    picture = question["picture"]
    width = "max-width: 340px; width: 100%"
    image = f'<img src="{picture["source"]}" alt="{escape(picture["alt"])}" style="{width}">'
    x, y = picture["target"]
    where = f"It lies {x:.0f} mm from the left and {y:.0f} mm from the top."
    return ask + image + _unfolded("Answer", f"{where} {question['says']}")


def _unfolded_option(option: dict[str, Any]) -> str:
    word = "Right." if option["right"] else "Not so."
    return _unfolded(option["text"], f"{word} {option['says']}")


def _unfolded(head: str, text: str) -> str:
    return f"<details><summary>{marked(head)}</summary><p>{marked(text)}</p></details>"
