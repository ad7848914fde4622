"""What tells a function and its parameters from all that do something else, as text.

The same in every process and for every run, or nothing would be found that is done; and another
one where something else is done, or an old result would be taken for the new one. So the code
that Python runs counts, and not a file that may have changed since it was read.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from types import CodeType, FunctionType
from typing import Any

import numpy as np

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def described(thing: Any) -> str:
    """What a thing is and holds.

    Of functions it is their code, what they are closed over, and, of the names of their module
    that they use, plain values and other functions and classes of that module. Of what comes from
    other modules it is the name alone.

    Examples
    --------
    >>> described([1, {"a": 2.0}])
    "list(1 dict('a' 2.0))"
    """
    return _Described().of(thing)


class _Described:
    """One description; things that were met before, or hold themselves, are told by number."""

    def __init__(self) -> None:
        self.met: dict[int, int] = {}
        self.kept: list[Any] = []  # or another thing may get the place in memory of one
        self.own = {"__main__"}  # modules whose functions are told by their code

    def of(self, thing: Any) -> str:
        if isinstance(thing, _PLAIN):
            return repr(thing)
        if isinstance(thing, np.generic):
            return repr(thing.item())
        if id(thing) in self.met:
            return f"#{self.met[id(thing)]}"
        self.met[id(thing)] = len(self.met)
        self.kept.append(thing)
        return self._new(thing)

    def _new(self, thing: Any) -> str:
        if isinstance(thing, np.ndarray):
            return self._array(thing)
        if isinstance(thing, tuple | list):
            return self._all(type(thing).__name__, thing)
        if isinstance(thing, set | frozenset):
            return f"{type(thing).__name__}({sorted(_Described().of(one) for one in thing)})"
        if isinstance(thing, Mapping):
            return self._all(
                type(thing).__name__, (part for pair in thing.items() for part in pair)
            )
        if isinstance(thing, CodeType):
            return self._code(thing)
        return self._called(thing) if callable(thing) else self._object(thing)

    def _array(self, array: np.ndarray) -> str:
        if array.dtype == object:
            return self._all("array", [array.shape, *array.ravel().tolist()])
        return f"{array.dtype} {array.shape} {hashlib.sha256(array.tobytes()).hexdigest()}"

    def _called(self, thing: Any) -> str:
        if isinstance(thing, functools.partial):
            return self._all("partial", (thing.func, thing.args, thing.keywords))
        if inspect.ismethod(thing):
            return self._all("method", (thing.__func__, thing.__self__))
        if isinstance(thing, FunctionType):
            return self._function(thing)
        return self._class(thing) if inspect.isclass(thing) else self._object(thing)

    def _all(self, name: str, things: Iterable[Any]) -> str:
        return f"{name}({' '.join(map(self.of, things))})"

    def _function(self, function: FunctionType) -> str:
        self.own.add(function.__module__)
        held = [self._cell(cell) for cell in function.__closure__ or ()]
        used = [
            (name, value)
            for name in sorted(_names(function.__code__))
            if self._counts(value := function.__globals__.get(name, _NOTHING))
        ]
        return self._all(
            "function",
            (function.__code__, function.__defaults__, function.__kwdefaults__, held, used),
        )

    def _cell(self, cell: Any) -> Any:
        try:
            return cell.cell_contents
        except ValueError:  # what it stands for isn't made yet
            return None

    def _counts(self, value: Any) -> bool:
        """Whether what a function finds under a name of its module is part of what it does."""
        if isinstance(value, FunctionType) or inspect.isclass(value):
            return self._is_own(value)
        return _is_plain(value)

    def _is_own(self, thing: Any) -> bool:
        return getattr(thing, "__module__", "__main__") in self.own

    def _code(self, code: CodeType) -> str:
        # Neither the file nor the lines, nor what it is called where it was made.
        return self._all(
            "code",
            (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_consts),
        )

    def _class(self, kind: type) -> str:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if not self._is_own(kind):
            return name
        parts = [
            (key, value)
            for key, value in sorted(vars(kind).items())
            if _is_method(value) or (not key.startswith("__") and _is_plain(value))
        ]
        return self._all(f"class {name}", (kind.__bases__, parts))

    def _object(self, thing: Any) -> str:
        if isinstance(thing, classmethod | staticmethod):
            return self._all(type(thing).__name__, (thing.__func__,))
        if isinstance(thing, property):
            return self._all("property", (thing.fget, thing.fset))
        if inspect.isroutine(thing) or inspect.ismodule(thing):
            return without_address(thing)
        if callable(thing):
            self.own.add(type(thing).__module__)
        try:
            made: Any = thing.__reduce_ex__(2)
        except Exception:  # it can't be pickled, as a lock: what it says of itself has to do
            return self._all(without_address(thing), (type(thing),))
        if isinstance(made, str):
            return made
        state, items, pairs = (*made[2:], None, None, None)[:3]
        return self._all(
            "object", (type(thing), made[0], made[1], state, list(items or ()), list(pairs or ()))
        )


_NOTHING = object()


def _names(code: CodeType) -> set[str]:
    """The names that code, and code within it, looks up."""
    inner = (_names(one) for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*inner)


def _is_method(value: Any) -> bool:
    return isinstance(value, FunctionType | classmethod | staticmethod | property)


def _is_plain(value: Any) -> bool:
    """Whether it is a value, such as a threshold or a table of them."""
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        return isinstance(value, (*_PLAIN, np.generic))
    if isinstance(value, np.ndarray):
        return value.dtype != object
    if isinstance(value, Mapping):
        return all(_is_plain(one) for pair in value.items() for one in pair)
    return isinstance(value, tuple | list | set | frozenset) and all(map(_is_plain, value))


def without_address(thing: Any) -> str:
    """What a thing says of itself, without its place in memory, which differs from run to run."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))
