"""What `check` found, in words, and the case that shows it as a picture."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from .exercise import Case, Exercise, Mistake
from .outcome import Outcome
from .picturing import picture_of
from .sameness import same
from .tabling import legend_of
from .telling import difference_told, on_case
from .words import Said, boxed, marked


@dataclass(frozen=True)
class Verdict:
    """What `check` found.

    Attributes
    ----------
    exercise : Exercise
    state : str
        "right", "not yet" or "not tried".
    case : Case or None
        The smallest case on which the answer differs.
    yours, right : Outcome or None
        What came out there, of the answer and of the solution.
    mistake : Mistake or None
        The one that explains what came out.
    message : str
        What was done, in a few sentences.
    notes : tuple of str
        What the answer did beside answering.
    """

    exercise: Exercise
    state: str
    case: Case | None = None
    yours: Outcome | None = None
    right: Outcome | None = None
    mistake: Mistake | None = None
    message: str = ""
    notes: tuple[str, ...] = ()

    @property
    def evidence(self) -> str:
        """The case and the two values: "On an odd width, ... you give 0, right is -0.5 HU."."""
        exercise, case = self.exercise, self.case
        if case is None or self.yours is None or self.right is None or not exercise.is_function:
            return ""
        start = on_case(case, exercise.solve)
        if self.yours.raised is not None or self.right.raised is not None:
            return start + self._about_errors()
        if self.yours.changed and not self.right.changed and self._has_right_values():
            return f"{start}the values are right, and what was given is no longer what it was."
        found = difference_told(
            self.yours.value, self.right.value, exercise.unit, exercise.tolerance
        )
        return f"{start}{found}."

    def _has_right_values(self) -> bool:
        assert self.yours is not None
        assert self.right is not None
        one, other, exercise = self.yours.value, self.right.value, self.exercise
        return same(one, other, exercise.tolerance, types=exercise.types)

    def _about_errors(self) -> str:
        assert self.yours is not None
        assert self.right is not None
        yours, right = self.yours.raised, self.right.raised
        if yours is not None and right is not None:
            return f"your error is {type(yours).__name__}, the right one {type(right).__name__}."
        if yours is not None:
            return "your answer has no value."
        return f"the right answer is an error: {str(right).rstrip('.')}."

    @property
    def words(self) -> str:
        """All sentences, without the id."""
        if self.state == "right":
            return " ".join((self.exercise.why, *self.notes))
        return " ".join(part for part in (self.message, self.evidence, *self.notes) if part)

    @cached_property
    def picture(self) -> Any:
        """Yours and the right one on that case: tables, a Film, a view, or None where words do."""
        yours, right = self.yours, self.right
        if self.case is None or yours is None or right is None or yours.raised or right.raised:
            return None
        return picture_of(self.exercise, self.case, yours.value, right.value)

    def __repr__(self) -> str:
        if self.state == "not tried":
            with_bug = "; it still does what it did at first" if self.exercise.comes_wrong else ""
            return f"{self.exercise.id}: not tried yet{with_bug}"
        return f"{self.exercise.id}: {self.state}. {self.words}"

    def _repr_html_(self) -> str:
        return self._html(self._still())

    def _html(self, picture: str = "") -> str:
        head = f"<b>Exercise {self.exercise.id}: {self.state}</b>"
        if self.state == "not tried":
            call = f'ctkit.hint("{self.exercise.id}")'
            words = f"Write your answer in place of <code>...</code>; <code>{call}</code> helps."
            if self.exercise.comes_wrong:
                words = (
                    f"It does what it did as it came: there is a bug. <code>{call}</code> helps."
                )
            return boxed(self.state, f"<b>Exercise {self.exercise.id}: not tried yet.</b> {words}")
        if self.state == "right":
            return boxed(self.state, head, marked(self.exercise.why), *map(marked, self.notes))
        return boxed(
            self.state,
            head,
            marked(self.message),
            marked(self.evidence),
            *map(marked, self.notes),
            picture,
        )

    def _still(self) -> str:
        """The picture as HTML, for where no widget runs."""
        if self.picture is None:
            return ""
        if isinstance(self.picture, Said):
            return self.picture.html
        if hasattr(self.picture, "to_png"):
            data, alt = self.picture.to_png(), self.picture.alt
        else:
            data, alt = _png(self.picture.picture()), self.picture.alt_text()
        style = "max-width: 100%; margin-top: 6px"
        source = f"data:image/png;base64,{b64encode(data).decode()}"
        return f'<img src="{source}" alt="{escape(alt)}" style="{style}">{self._legend()}'

    def _legend(self) -> str:
        """What the colours of a view mean."""
        labels = getattr(self.picture, "labels", ())
        return legend_of([(label["color"], label["name"]) for label in labels])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        still = self.picture is None or isinstance(self.picture, Said)
        live = not still and not hasattr(self.picture, "to_png")
        html = self._html(self._legend()) if live else self._repr_html_()
        display({"text/plain": repr(self), "text/html": html}, raw=True)
        if live:
            display(self.picture)


def _png(image: Any) -> bytes:
    from ..widgets.still import png

    return png(image)
