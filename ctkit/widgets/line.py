"""A view as a line of Python that brings its very picture back; the mirror is view/line.js.

Each part of a view says its arguments (`words`), here and in the browser, in the same order.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

#: Letters that are not seen, or that turn the line round: they are written by their numbers.
_HIDDEN = re.compile(
    "[\\\\'\x00-\x1f\x7f-\xa0\xad\u061c\u2000-\u200f\u2028-\u202f\u205f-\u206f\ud800-\udfff\ufeff]"
)


def line(call: str, words: Mapping[str, str]) -> str:
    """A call with its first arguments, and those that go by name."""
    return ", ".join([call, *(f"{name}={word}" for name, word in words.items())]) + ")"


def text(value: str) -> str:
    r"""A text between quotes.

    Examples
    --------
    >>> print(text("it's"))
    'it\'s'
    """
    return f"'{_HIDDEN.sub(_escaped, value)}'"


def texts(values: Iterable[str]) -> str:
    """Two or more texts between brackets."""
    return f"({', '.join(map(text, values))})"


def number(value: float) -> str:
    """A finite number with as many digits as it has, and no ".0".

    Examples
    --------
    >>> number(40.0), number(0.1), number(1.5e-7)
    ('40', '0.1', '1.5e-07')
    """
    # A zero has no sign here, and no picture that differs by it.
    return repr(float(value) + 0.0).removesuffix(".0")


def numbers(values: Iterable[float]) -> str:
    """Two or more numbers between brackets."""
    return f"({', '.join(map(number, values))})"


def literal(value: Any) -> str | None:
    """A value as it is written in Python, NumPy's numbers as Python's; None where it can't be.

    Examples
    --------
    >>> literal((np.int64(3), "a", 0.5)), literal(len)
    ("(3, 'a', 0.5)", None)
    """
    plain = _plain(value)
    try:
        return repr(plain) if literal_eval(repr(plain)) == plain else None
    except (ValueError, SyntaxError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    if letter in "\\'":
        return f"\\{letter}"
    code = ord(letter)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
