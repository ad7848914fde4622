"""The repr of a view is a line of Python that brings the very picture back."""

import sys

import numpy as np
import pytest
from _views import KINDS, above, moved, random_view, scope

import ctkit
from ctkit.widgets import line

_tuner = sys.modules[ctkit.tune.__module__]
# What a line doesn't bring back: the model, and where space leads to. A
# cursor that it names is a pinned one, which only shows where it lies in the middle.
NOT_THE_PICTURE = {"home", "layout", "tabbable", "tooltip", "snapshot", "box"}
NOT_THE_PICTURE |= {"pinned"}


@pytest.fixture(scope="module")
def names():
    return scope()


def traits(view):
    of_model = {name for name in view.keys if name[0] == "_"} | NOT_THE_PICTURE
    return {name: getattr(view, name) for name in set(view.keys) - of_model}


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_brings_the_very_picture_back(names, kind, monkeypatch):
    monkeypatch.setattr(_tuner, "_REST", 0.0)
    for seed in range(12):
        view = random_view(kind, names, seed)
        again = eval(repr(view), dict(names))
        for one in (view, again) if kind.startswith("tune") else ():
            assert one.wait()
        assert repr(again) == repr(view)
        assert traits(again) == traits(view), repr(view)
        pictures = [np.asarray(one.picture(160)) for one in (view, again)]
        assert np.array_equal(*pictures), repr(view)
        view.close()
        again.close()


def test_a_cross_on_the_middle_voxel_comes_back(names):
    view = ctkit.explore(names["volume"])
    view.pinned = True
    again = eval(repr(view), dict(names))
    assert again.pinned
    assert np.array_equal(*[np.asarray(one.picture(160)) for one in (view, again)])
    view.close()
    again.close()


def test_what_is_usual_is_left_out(names):
    volume = names["volume"]
    start = "plane='axial', slice=2, window='soft tissue'"
    for view, begin in [
        (ctkit.explore(volume), "explore(volume, "),
        (ctkit.compare(volume, volume), "compare(before, after, "),
        (ctkit.tune(volume, moved, by=(0, 9)), "tune(volume, function, by=(0, 9), "),
        (ctkit.tune(volume, above, level=(0, 9)), "tune(volume, function, level=(0, 9), "),
    ]:
        assert repr(view) == f"{begin}{start})"
        view.close()


def test_a_control_that_has_no_literal_goes_by_its_name(names):
    def mapped(volume, step=abs, own=0):
        return volume

    view = ctkit.tune(names["volume"], mapped, step=names["steps"], own=names["own"])
    assert repr(view).startswith("tune(volume, function, step=step, own=own, plane=")
    view.close()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"by": 99}, "control of by can't be at 99"),
        ({"by": "a"}, "control of by can't be at 'a'"),
        ({"way": "round"}, "control of way can't be at 'round'"),
        ({"other": 1}, "'other', which no control is for"),
    ],
)
def test_values_that_no_control_can_have_are_refused(names, values, words):
    with pytest.raises(ctkit.ParameterError, match=words):
        ctkit.tune(names["volume"], moved, by=(0, 9), way=["up", "down"], values=values)


def test_names_of_the_function_are_free(names):
    def odd(thing, volume=1, function="a", preview=False, values=(0, 1), self=2, operation=3):
        return thing.with_array(thing.array + np.int16(volume + self + operation))

    view = ctkit.tune(
        names["volume"],
        odd,
        volume=(0, 5),
        function=["a", "b"],
        preview=True,
        self=(0, 9),
        operation=(0, 9),
    )
    wanted = {"volume": 1, "function": "a", "preview": True, "self": 2, "operation": 3}
    assert view.values == wanted
    assert view.function == "LINEAR"
    assert view.wait(10)
    assert np.array_equal(view.result.array, names["volume"].array + 6)
    view.close()


def test_our_own_windows_can_be_tuned(names):
    """`function` is a parameter of apply_window, and was one of tune."""
    view = ctkit.tune(
        names["volume"],
        ctkit.apply_window,
        center=(0, 100),
        width=(1, 400),
        function=["LINEAR", "SIGMOID"],
        values={"function": "SIGMOID", "width": 80},
    )
    expected = ctkit.apply_window(names["volume"].array, 50, 80, "SIGMOID")
    assert view.wait(10)
    assert np.allclose(view.result.array, expected)
    view.close()


def test_a_name_of_both_says_how_the_view_s_is_set(names):
    with pytest.raises(ctkit.ParameterError, match=r"afterwards, as in view\.function = "):
        ctkit.tune(names["volume"], ctkit.apply_window, function="LINEAR")
    with pytest.raises(ctkit.ParameterError, match=r"tune\(volume, function, by=\(0, 9\)\)"):
        ctkit.tune(names["volume"], function=moved, by=(0, 9))
    view = ctkit.tune(names["volume"], moved, by=(0, 9), function="SIGMOID")
    assert view.function == "SIGMOID"
    view.close()


def test_arguments_that_cannot_be_are_refused(names):
    with pytest.raises(ctkit.ParameterError, match="slice 1 and cursor"):
        ctkit.explore(names["volume"], slice=1, cursor=(2, 3, 4))
    with pytest.raises(ctkit.ParameterError, match="invert is True or False"):
        ctkit.explore(names["volume"], invert="yes")
    view = ctkit.explore(names["volume"], plane="coronal", slice=3, cursor=(2, 3, 4))
    assert (view.slice, view.cursor) == (3, (2, 3, 4))
    view.close()


@pytest.mark.parametrize("value", [0, -0.0, 40.0, 0.1 + 0.2, 1e16, 1e-5, 123456.789, -2.5e-300])
def test_a_number_comes_back_as_it_is(value):
    assert eval(line.number(value)) == value


def test_a_text_comes_back_as_it_is():
    letters = [chr(code) for code in [*range(0x2100), 0xD800, 0xFEFF, 0x1F600]]
    for letter in letters:
        written = line.text(f"a{letter}b")
        assert eval(written) == f"a{letter}b"
        assert "\n" not in written
