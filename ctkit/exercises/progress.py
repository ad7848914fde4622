"""progress: what was tried, what was right, page by page."""

from __future__ import annotations

import csv
import io
import json
import reprlib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..errors import ParameterError
from ..files.atomic import as_target, write_file
from ..html import html_table
from . import keeping
from .registry import exercises_of, module_of, pages
from .words import COLORS, Said, boxed

_HEADS = ("page", "right", "tried", "exercises", "quiz")
_COLUMNS = ("kind", "id", "page", "state", "tries", "hints", "solution", "right_at")


@dataclass(frozen=True)
class _Page:
    """What was done on one page."""

    number: str
    right: int
    tried: int
    exercises: int
    quiz_right: int
    questions: int

    @property
    def cells(self) -> tuple[str, ...]:
        quiz = f"{self.quiz_right} of {self.questions}" if self.questions else ""
        return (self.number, str(self.right), str(self.tried), str(self.exercises), quiz)

    @property
    def words(self) -> str:
        said = f"{self.right} of {self.exercises} exercises right"
        quiz = f", {self.quiz_right} of {self.questions} questions" if self.questions else ""
        return said + quiz


def progress(
    page: str | None = None, *, reset: bool = False, export: str | Path | None = None
) -> Said | Path:
    """What you have tried, and what was right: it stays on this machine.

    Parameters
    ----------
    page : str, optional
        The number of one page, as "05", for a bar; by default a table of all pages.
    reset : bool
        Begin anew. The file as it was is kept beside the new one.
    export : str or Path, optional
        A ``.csv`` or ``.json`` file to write, with a row for each exercise and question.

    Returns
    -------
    Said
        It shows itself as a table or a bar; the place of the file stands in the HTML. With
        `export`, the Path that was written.

    Raises
    ------
    ParameterError
        Where the page has no exercises, `export` is of another kind, or two of the arguments are
        given at once.
    SaveError
        Where the file can't be written.

    Notes
    -----
    The environment variable CTKIT_PROGRESS_FILE can name another file; ``/dev/null`` keeps
    nothing.

    Examples
    --------
    >>> progress("05")  # doctest: +ELLIPSIS
    05: ...
    """
    if sum((page is not None, bool(reset), export is not None)) > 1:
        message = "page, reset and export are three ways to call progress: give one of them"
        raise ParameterError(message)
    if reset:
        return _reset()
    if export is not None:
        return _export(export)
    return _table() if page is None else _bar(page)


def _reset() -> Said:
    aside = keeping.begin_anew()
    words = "All is forgotten: you begin anew."
    if aside is None:
        return Said(words, boxed("not tried", words))
    return Said(words, boxed("not tried", words, f"As it was, it is kept as {escape(aside.name)}."))


def _summary(number: str, record: keeping.Record) -> _Page:
    entries = [record["exercises"].get(one.id, {}) for one in exercises_of(number)]
    questions = len(getattr(module_of(number), "QUIZ", ()))
    answered = record["quizzes"].get(number, {})
    right = sum(answered.get(str(place)) is True for place in range(questions))
    return _Page(
        number,
        sum(entry.get("state") == "right" for entry in entries),
        sum(entry.get("tries", 0) > 0 for entry in entries),
        len(entries),
        right,
        questions,
    )


def _table() -> Said:
    record = keeping.kept()
    found = [_summary(number, record) for number in pages()]
    right, whole = sum(one.right for one in found), sum(one.exercises for one in found)
    lines = [f"{one.number}: {one.words}" for one in found]
    plain = "\n".join([f"{right} of {whole} exercises right", *lines])
    table = html_table([one.cells for one in found], _HEADS)
    return Said(plain, f"{table}{_noted(right > 0 or _anything(record))}")


def _anything(record: keeping.Record) -> bool:
    return any(record.values())


def _noted(begun: bool) -> str:
    """Where the file is, once there is one, and what else has to be told."""
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in keeping.notes())
    path = keeping.place()
    if begun and path is not None and path.exists():
        told += f"<p>Kept in {escape(str(path))}</p>"
    return told


def _bar(number: str) -> Said:
    record = keeping.kept()
    if not isinstance(number, str) or number not in pages():
        message = (
            f"page {reprlib.repr(number)} has no exercises; these have some: {', '.join(pages())}"
        )
        raise ParameterError(message)
    found = _summary(number, record)
    begun = found.tried or record["quizzes"].get(number)
    plain = f"{number}: {found.words}" if begun else f"{number}: nothing tried yet"
    words = f"<b>Page {number}</b>: {escape(found.words)}"
    more = "" if found.right == found.exercises else " Run this cell again after your next answer."
    return Said(plain, f"{_drawn(found)}<div>{words}.{more}</div>{_noted(False)}")


def _drawn(found: _Page) -> str:
    """A bar of one piece for each exercise and question: right ones are filled."""
    pieces = [True] * found.right + [False] * (found.exercises - found.right)
    pieces += [True] * found.quiz_right + [False] * (found.questions - found.quiz_right)
    style = "display: inline-block; width: 22px; height: 10px; margin: 2px; border-radius: 2px; "
    style += f"border: 1px solid {COLORS['right']}; "
    filled = f"background: {COLORS['right']}"
    return "".join(f'<span style="{style}{filled if one else ""}"></span>' for one in pieces)


def _export(path: str | Path) -> Path:
    target = as_target(path)
    ways = {".csv": _as_csv, ".json": _as_json}
    way = ways.get(target.suffix.lower())
    if way is None:
        message = f"progress is exported to a .csv or .json file, not to {target.name!r}"
        raise ParameterError(message)
    return write_file(target, way().encode())


def _rows() -> list[dict[str, str]]:
    """A row for each exercise and question of the course."""
    record, rows = keeping.kept(), []
    for number in pages():
        for one in exercises_of(number):
            entry = record["exercises"].get(one.id, {})
            facts = {name: str(entry.get(name, 0)) for name in ("tries", "hints", "solution")}
            state = entry.get("state", "not tried")
            row = {"kind": "exercise", "id": one.id, "page": number, "state": state}
            rows.append(row | facts | {"right_at": entry.get("right_at", "")})
        answered = record["quizzes"].get(number, {})
        for place in range(len(getattr(module_of(number), "QUIZ", ()))):
            known = {True: "right", False: "not yet"}
            state = known.get(answered.get(str(place)), "not tried")
            id = f"{number}.quiz.{place + 1}"
            rows.append({"kind": "question", "id": id, "page": number, "state": state})
    return rows


def _as_csv() -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows())
    return stream.getvalue()


def _as_json() -> str:
    return json.dumps(
        {"version": 1, "rows": _rows(), "guesses": keeping.kept()["guesses"]}, indent=1
    )
