"""Where the exercises are: a page's module comes in when one of its exercises is asked for."""

from __future__ import annotations

import difflib
import re
import reprlib
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import ParameterError
from .exercise import Exercise

_HERE = Path(__file__).parent


@cache
def pages() -> tuple[str, ...]:
    """The numbers of the pages that have exercises, in order."""
    found = (re.fullmatch(r"page_(\d\d)\.py", path.name) for path in _HERE.iterdir())
    return tuple(sorted(match[1] for match in found if match))


@cache
def module_of(page: str) -> ModuleType:
    """The module of a page.

    Raises
    ------
    ParameterError
        Where the page has none.
    """
    if page not in pages():
        message = (
            f"page {reprlib.repr(page)} has no exercises; these have some: {', '.join(pages())}"
        )
        raise ParameterError(message)
    return import_module(f".page_{page}", __package__)


@cache
def exercises_of(page: str) -> tuple[Exercise, ...]:
    """The exercises of a page, in the order of their numbers."""
    found = {id(one): one for one in vars(module_of(page)).values() if isinstance(one, Exercise)}
    return tuple(sorted(found.values(), key=lambda one: int(one.id.partition(".")[2])))


def find(id: Any) -> Exercise:
    """The exercise of an id such as "05.1".

    Raises
    ------
    ParameterError
        Where there is none; it names the nearest.
    """
    if not isinstance(id, str):
        what = reprlib.repr(id)
        message = f'the id of an exercise is a text such as "05.1", and comes first; this is {what}'
        raise ParameterError(message)
    page = id.strip().partition(".")[0]
    if page in pages():
        for one in exercises_of(page):
            if one.id == id.strip():
                return one
    message = f"there is no exercise {reprlib.repr(id)}; {_near(id[:40], page)}"
    raise ParameterError(message)


def _near(id: str, page: str) -> str:
    """Which there are that may have been meant."""
    if page in pages():
        ids = [one.id for one in exercises_of(page)]
        near = difflib.get_close_matches(id, ids, 1, 0) or ids[:1]
        return f"the nearest is {near[0]!r}, and page {page} has {', '.join(ids)}"
    # "5" is as near to "15" as to "05", and means the latter.
    near = difflib.get_close_matches(page.zfill(2), pages(), 1, 0.4) or list(pages())[:1]
    first = exercises_of(near[0])[0].id
    return f"the nearest is {first!r}, and the pages {', '.join(pages())} have some"
