"""The line that the browser copies is the repr in Python, letter for letter."""

import sys

import pytest
from _views import KINDS, random_view, scope

import ctkit
from ctkit.widgets import line

pytestmark = pytest.mark.browser
_tuner = sys.modules[ctkit.tune.__module__]


def state_of(view):
    left_out = {"box", "layout", "tabbable", "tooltip", "snapshot", "voxels", "overlay", "second"}
    names = [name for name in view.keys if name[0] != "_" and name not in left_out]
    return {name: getattr(view, name) for name in names}


def grids_of(view):
    names = ("shape", "affine", "layouts")
    return {
        trait: {name: getattr(data, name) for name in names} for trait, data in view.held().items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_both_write_the_same_line(pure, kind, monkeypatch):
    monkeypatch.setattr(_tuner, "_REST", 0.0)
    names = scope()
    for seed in range(12):
        view = random_view(kind, names, seed)
        assert pure("stateLine", state_of(view), grids_of(view)) == repr(view)
        view.close()


def test_texts_and_numbers_are_written_alike(script):
    letters = [f"a{chr(code)}b" for code in [*range(0x2100), 0xFEFF, 0x1F600]]
    assert script.evaluate("all => all.map(pure.text)", letters) == [line.text(a) for a in letters]
    numbers = [0, 40, -2.5, 0.1 + 0.2, 1e15, 1e16, 1.5e17, 1e21, 1e-4, 9.9e-5, 1e-5, -2.5e-300]
    found = script.evaluate("all => all.map(pure.number)", numbers)
    assert found == [line.number(number) for number in numbers]
    assert script.evaluate("pure.number(-0)") == line.number(-0.0) == "0"
