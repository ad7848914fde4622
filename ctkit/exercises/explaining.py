"""An error inside of an answer in plain words: where it is, what it means, what to look at."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable

from ..errors import CTError
from .outcome import Outcome
from .stopping import EndlessError
from .telling import with_article
from .trying import StrangeError

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (RecursionError, "A function calls itself without end: which call is the last one?"),
    (UnboundLocalError, "A name is used before it has a value in this function."),
    (NameError, "A name is not known there: look at its spelling, and at what is imported."),
    (ZeroDivisionError, "Something is divided by 0: which number can be 0 on this case?"),
    (IndexError, "An index lies outside: counting starts at 0 and ends one before the length."),
    (KeyError, "There is no such key: print the keys that there are."),
    (AttributeError, "The object has no such attribute: print its type."),
    (ModuleNotFoundError, "There is no such package here: look at the spelling."),
    (ImportError, "There is no such name in that package: look at the spelling."),
    (OverflowError, "A number doesn't fit into its type: compute in a wider one."),
    (MemoryError, "It asks for more memory than there is: look at the shape that it makes."),
    (AssertionError, "An `assert` of yours does not hold on this case."),
    (SystemExit, "It ends Python by `exit`: use `return`."),
    (EOFError, "It asks for something by `input`: all that it needs is in its arguments."),
    (NotImplementedError, "It is not written yet."),
)
_TYPE = "Two things don't go together, or a call has the wrong arguments: print their types."
_VALUE = "A value or a shape is not what is expected there: print the shapes."
_READ_ONLY = "A Volume never changes: take a copy of its array, and write into that."
_TRUTH = "An array is neither true nor false: use `&` and `|`, `np.where`, `.any()` or `.all()`."


def explained(outcome: Outcome, answer: Callable) -> str:
    """Two or three sentences on what an answer raised."""
    error = outcome.raised
    where = _where(outcome)
    if isinstance(error, EndlessError):
        return f"Your answer did not end, and was stopped{where}. When does its loop stop?"
    if isinstance(error, StrangeError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return f"Your answer was interrupted{where}. Run the cell again to try all of it."
    if isinstance(error, SystemExit):
        return f"Your answer stops{where}. {_meaning(error)}"
    name = type(error).__name__
    said = _one_line(error)
    return f"Your answer stops{where} with {with_article(name)}{said}. {_meaning(error)}"


def _where(outcome: Outcome) -> str:
    if outcome.line is None:
        return ""
    source = linecache.getline(outcome.file, outcome.line).strip()
    return f" at `{source}`" if source else f" in line {outcome.line}"


def _one_line(error: BaseException | None) -> str:
    words = " ".join(str(error).split()).rstrip(".")
    if not words:
        return ""
    return f": {words}" if len(words) <= 160 else f": {words[:157]}..."


def _meaning(error: BaseException | None) -> str:
    words = str(error)
    if isinstance(error, CTError):
        return "ctkit says what it needs: read the sentence."
    if "read-only" in words or "WRITEABLE" in words:
        return _READ_ONLY
    if re.search("truth value of an array", words):
        return _TRUTH
    for kind, sentence in _WORDS:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, TypeError):
        return _TYPE
    if isinstance(error, ValueError):
        return _VALUE
    return "Read the message, and try the line alone."
