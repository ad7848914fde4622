"""When two answers are the same."""

import numpy as np
import pytest

import ctkit
from ctkit.exercises.sameness import same

NAN = float("nan")
GRID = ctkit.Volume.from_spacing(np.arange(24).reshape(2, 3, 4), (5, 1, 2))


def moved(mm):
    affine = np.array(GRID.affine)
    affine[0, 3] += mm
    return ctkit.Volume(GRID.array, affine)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (np.float32(2.5), 2.5),
        (np.int16(3), 3),
        (True, np.True_),
        ((1, 2), [1, 2]),
        ([1, 2], np.array([1.0, 2.0])),
        (NAN, NAN),
        ([1, NAN], np.array([1, NAN])),
        (1000.0, 1000.0005),  # what float32 loses
        ("a", np.str_("a")),
        ({"a": [1, 2]}, {"a": (1, 2)}),
        (None, None),
        ([np.zeros((2, 2)), "x"], (np.zeros((2, 2)), "x")),
        (GRID, moved(0.0005)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_they_are(one, other):
    assert same(one, other, 1e-6)
    assert same(other, one, 1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (np.array([0, 1]), np.array([False, True])),
        (1, 1.00001),
        (NAN, 0),
        ([1, 2], [1, 2, 3]),
        ([3.0], 3.0),
        ("1", 1),
        (None, 0),
        ("a", "b"),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (GRID, moved(0.01)),
        (GRID, np.asarray(GRID.array)),
        (GRID, GRID.with_array(GRID.array > 0)),
        (GRID, GRID.with_array(GRID.array, labels={1: "brain"})),
        (
            GRID.with_array(GRID.array, labels={1: "a"}),
            GRID.with_array(GRID.array, labels={1: "b"}),
        ),
        ([np.zeros((2, 2)), "x"], (np.zeros((2, 2)), "y")),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (object(), 3),
    ],
)
def test_they_are_not(one, other):
    assert not same(one, other, 1e-6)
    assert not same(other, one, 1e-6)


def test_types_count_where_asked():
    floats, bytes = np.array([1.0, 2.0]), np.array([1, 2], np.uint8)
    assert same(floats, bytes, 0)
    assert not same(floats, bytes, 0, types=True)


def test_the_tolerance_is_in_the_unit():
    assert same(10.4, 10, 0.5)
    assert not same(10.6, 10, 0.5)
