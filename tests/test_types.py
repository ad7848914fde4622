"""What is public says what it takes and gives: in signatures, and in an editor."""

import inspect
from types import ModuleType

import jedi
import pytest

import ctkit


def public_calls(name, thing):
    """(dotted name, function) of each public function, method and property of a public thing."""
    if isinstance(thing, ModuleType):
        for inner in thing.__all__:
            yield from public_calls(f"{name}.{inner}", getattr(thing, inner))
    elif inspect.isclass(thing):
        # What a class is given by another library is not ours to annotate.
        for inner, member in vars(thing).items():
            if inner == "__init__" or not inner.startswith("_"):
                yield from public_calls(f"{name}.{inner}", _function_of(member))
    elif inspect.isfunction(thing) and thing.__module__.startswith("ctkit"):
        yield name, thing


def _function_of(member):
    if isinstance(member, (classmethod, staticmethod)):
        return member.__func__
    return member.fget if isinstance(member, property) else member


def without_types(function):
    """Names of the parameters that say no type, and "return"; a method's first one says none."""
    signature = inspect.signature(function)
    missing = [
        name
        for place, (name, parameter) in enumerate(signature.parameters.items())
        if parameter.annotation is parameter.empty and not (place == 0 and name in ("self", "cls"))
    ]
    given = signature.return_annotation is not signature.empty
    return missing if given else [*missing, "return"]


@pytest.mark.parametrize("name", sorted(ctkit.__all__))
def test_public_signatures_say_their_types(name):
    calls = dict(public_calls(name, getattr(ctkit, name)))
    missing = {call: without_types(function) for call, function in calls.items()}
    assert {call: names for call, names in missing.items() if names} == {}


class _Example:
    def __init__(self, size):
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    @classmethod
    def of(cls, size: int, *more, key=None) -> "_Example":
        return cls(size)

    def _private(self, size):
        return size


_Example.__init__.__module__ = _Example.of.__func__.__module__ = "ctkit.example"


def test_a_missing_type_is_found():
    found = {name: without_types(call) for name, call in public_calls("E", _Example)}
    assert found == {"E.__init__": ["size", "return"], "E.of": ["more", "key"]}


def test_an_editor_lists_every_public_name():
    names = {each.name for each in jedi.Script("import ctkit\nctkit.").complete()}
    assert set(ctkit.__all__) <= names


FUNCTIONS = [name for name in sorted(ctkit.__all__) if inspect.isfunction(getattr(ctkit, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_editor_shows_what_a_function_takes(name):
    (shown,) = jedi.Script(f"import ctkit\nctkit.{name}(").get_signatures()
    parameters = inspect.signature(getattr(ctkit, name)).parameters.values()
    # In the place of **parameters jedi shows those of the function that they are passed to.
    wanted = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
    assert [each.name for each in shown.params][: len(wanted)] == wanted


def test_a_notebook_completes_and_shows_types():
    line = jedi.Interpreter("ctkit.show_sl", [{"ctkit": ctkit}]).complete()
    assert [each.name for each in line] == ["show_slice"]
    (shown,) = jedi.Interpreter("ctkit.show_slice(", [{"ctkit": ctkit}]).get_signatures()
    words = shown.to_string().replace("'", "")  # annotations are texts here
    assert "volume: Volume, plane: str=axial, index: int | None=None" in words
