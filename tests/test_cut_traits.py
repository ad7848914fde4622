"""Slabs and turned planes as traits: what goes together, and what is refused."""

import numpy as np
import pytest

import ctkit
from ctkit.widgets.parts import StateError

SHAPE, SPACING = (9, 20, 24), (3.0, 0.75, 1.25)
NORMAL = np.array((0.2, 0.6, -0.75)) / np.linalg.norm((0.2, 0.6, -0.75))


@pytest.fixture
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, SPACING, origin=(-8.0, -3.0, 100.0))


@pytest.fixture
def view(volume):
    made = ctkit.explore(volume, cursor=(4, 11, 7))
    yield made
    made.close()


def test_a_normal_is_made_of_length_1_and_chooses_its_plane(view):
    view.normal = [0, 5, 1]
    assert view.normal == pytest.approx((0, 5 / np.sqrt(26), 1 / np.sqrt(26)))
    assert view.plane == "coronal"
    assert view.through == pytest.approx(view.volume.to_world((4, 11, 7)))


def test_slices_move_along_the_normal_by_the_smallest_spacing(view):
    view.normal = NORMAL
    before, slice_before = np.array(view.through), view.slice
    for steps in (1, 4, -7):
        view.slice = slice_before + steps
        assert view.through == pytest.approx(before + steps * 0.75 * NORMAL)
        # The cursor is the voxel nearest to that point.
        index = view.volume.to_index(view.through)
        assert np.abs(index - view.cursor).max() <= 0.5 + 1e-6
    view.slice = slice_before
    assert view.through == pytest.approx(before)
    assert view.cursor == (4, 11, 7)


def test_a_turned_plane_goes_through_the_middle_of_the_cursor(view):
    view.normal = NORMAL
    view.slice += 1
    view.cursor = (2, 5, 6)
    assert view.through == pytest.approx(view.volume.to_world((2, 5, 6)))
    view.through = view.volume.to_world((3.3, 6.2, 9.4))
    assert view.cursor == (3, 6, 9)


def test_another_plane_or_none_brings_the_planes_back(view):
    view.normal = NORMAL
    assert view.plane == "axial"
    view.plane = "sagittal"
    assert view.normal is None
    assert view.through is None
    assert view.max_slice == SHAPE[2] - 1
    assert view.slice == view.cursor[2]
    view.normal = NORMAL
    view.normal = None
    assert (view.plane, view.max_slice) == ("axial", SHAPE[0] - 1)


def test_of_three_planes_each_stays_where_it_is(volume):
    view = ctkit.planes(volume, plane="sagittal", normal=NORMAL)
    assert view.plane == "sagittal"
    assert view.normal == pytest.approx(tuple(NORMAL))
    view.plane = "coronal"
    assert view.normal is not None
    assert repr(view).count("normal=") == 1


def test_the_line_brings_a_turned_plane_back_to_the_last_digit(view):
    view.normal, view.slab, view.projection = NORMAL, 7.5, "mean"
    view.slice += 3
    again = eval(repr(view), {"explore": ctkit.explore, "volume": view.volume})
    names = ("plane", "slice", "cursor", "normal", "through", "slab", "projection", "position")
    for name in names:
        assert getattr(again, name) == getattr(view, name), name
    assert np.array_equal(np.asarray(again.picture(256)), np.asarray(view.picture(256)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"normal": (0, 0, 0)}, "other than"),
        ({"normal": (1, 2)}, "direction"),
        ({"normal": "up"}, "direction"),
        ({"normal": NORMAL, "plane": "sagittal"}, "turns the axial plane"),
        ({"through": (0, 0, 100)}, "needs normal"),
        ({"normal": NORMAL, "through": (0, 0, 9000)}, "outside of the volume"),
        ({"normal": NORMAL, "through": (0, 0, 110), "slice": 1}, "contradict"),
        ({"normal": NORMAL, "through": (0, 0, 110), "cursor": (0, 0, 0)}, "contradict"),
        ({"slab": -1}, "slab is a number from 0"),
        ({"slab": "thick"}, "slab is a number from 0"),
        ({"projection": "mip"}, "max, min, mean"),
    ],
)
def test_what_is_no_plane_is_refused(volume, arguments, words):
    with pytest.raises(ctkit.CTError, match=words):
        ctkit.explore(volume, **arguments)


def test_a_trait_that_is_refused_leaves_all_as_it_was(view):
    view.normal = NORMAL
    before = repr(view)
    for name, value in (("normal", (0, 0, 0)), ("through", (0, 9e3, 0)), ("slab", -2)):
        with pytest.raises(StateError):
            setattr(view, name, value)
    assert repr(view) == before


def test_values_of_a_slab_are_told_in_the_sentence(volume):
    view = ctkit.explore(volume, slab=6, projection="min")
    assert "MinIP 6 mm" in view.alt_text()
    assert "slab=6, projection='min'" in repr(view)
    turned = ctkit.explore(volume, normal=NORMAL)
    assert "oblique axial" in turned.alt_text()
    assert "turned by" in turned.alt_text()
