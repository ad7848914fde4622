"""The windows and the rules of the state in view.js: every value against Python's."""

import numpy as np
import pytest

import ctkit

pytestmark = pytest.mark.browser
EVERY = np.arange(-32768, 32768).astype(np.int16)
WINDOWS = [(40, 80), (400, 1000), (40, 81), (32, 8), (1024, 4096), (-600, 1500), (40.5, 2), (0, 1)]
WINDOWS += [(-32760, 40), (32760, 100), (-900, 30), (0, 65535), (-5.5, 3)]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), WINDOWS)
def test_table_is_apply_window_for_every_int16(pure, center, width, function):
    table = np.array(pure("windowBytes", center, width, function), np.uint8)
    expected = ctkit.apply_window(EVERY, center, width, function, np.uint8)
    assert np.array_equal(table[EVERY.view(np.uint16)], expected)


def test_inverted_grey_is_255_less(script):
    packed = script.evaluate(
        "() => Array.from(pure.packGreys(pure.windowBytes(40, 80, 'LINEAR'), true))"
    )
    expected = 255 - ctkit.apply_window(EVERY, 40, 80, dtype=np.uint8).astype(np.int64)
    values = np.array(packed)[EVERY.view(np.uint16)]
    assert np.array_equal(values & 255, expected)
    assert (values >> 24 == 255).all()


@pytest.mark.parametrize(
    ("left", "delta", "expected"),
    [
        (0, 120, [1, 0]),
        (0, -100, [-1, 0]),
        (0, 10, [0, 10]),
        (25, 10, [1, 5]),
        (-25, -10, [-1, -5]),
    ],
)
def test_wheel_adds_up_small_turns(pure, left, delta, expected):
    assert pure("wheelSteps", left, delta) == expected


def source_of(view):
    return {name: getattr(view.voxels, name) for name in ("shape", "affine", "layouts")}


def state_of(view):
    names = "plane plane_index slice max_slice cursor position center width whole_center"
    more = "whole_width preset_index presets limits convention blend blend_index zoom pan"
    return {name: getattr(view, name) for name in f"{names} {more}".split() if name in view.keys}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plane", "coronal"),
        ("plane_index", 2),
        ("slice", 1),
        ("cursor", [2, 3, 4]),
        ("center", 300.5),
        ("preset_index", 4),
        ("whole_width", 81),
        ("zoom", 2.5),
        ("pan", [1.5, 0, -30.25]),
    ],
)
def test_browser_and_python_settle_alike(pure, name, value):
    volume = ctkit.Volume.from_spacing(np.zeros((5, 8, 13), np.int16), (3, 1, 0.7), (4, 5, 6))
    view = ctkit.explore(volume, window="brain")
    source = source_of(view)
    settled = pure("settle", name, {**state_of(view), name: value}, source)
    # A part that the view lacks is none of its business.
    settled = {trait: settled[trait] for trait in state_of(view)}
    setattr(view, name, tuple(value) if isinstance(value, list) else value)
    expected = {k: list(v) if isinstance(v, tuple) else v for k, v in state_of(view).items()}
    assert settled == expected
    view.close()


@pytest.mark.parametrize(
    ("name", "value", "clamped"),
    [
        *(("slice", 99, 4), ("slice", -3, 0), ("center", 1e6, 3100), ("width", 0, 1)),
        *(("zoom", 0.01, 0.25), ("zoom", 900, 64)),
        ("pan", [-3e4, 1, 3e4], [-2000, 1, 2000]),
    ],
)
def test_what_the_hand_sets_is_clamped(pure, name, value, clamped):
    volume = ctkit.Volume.from_spacing(np.zeros((5, 8, 13), np.int16), (3, 1, 0.7))
    view = ctkit.explore(volume)
    source = source_of(view)
    assert pure("settle", name, {**state_of(view), name: value}, source)[name] == clamped
    view.close()
