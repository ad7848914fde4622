"""Volumes that the website keeps as made of the head: every HU is right, and little is kept."""

import numpy as np
import pytest
from _site import making

import ctkit


@pytest.fixture
def noisy():
    """A volume of which no two parts are alike."""
    array = np.random.default_rng(1).normal(40, 300, (12, 70, 60)).astype(np.int16)
    return ctkit.Volume(array, np.diag([1.5, -0.9, 0.8, 1]))


def masked(volume):
    array = volume.array.copy()
    array[:, :20] = -1000
    return ctkit.Volume(array[1:-1, 3:, 5:-7], volume.affine @ shifted(1, 3, 5))


def shifted(*voxels):
    affine = np.eye(4)
    affine[:3, 3] = voxels
    return affine


MADE = {
    "turned": lambda v: ctkit.Volume(v.array[:, ::-1], v.affine),
    "slices left out": lambda v: ctkit.Volume(np.delete(v.array, 7, 0), v.affine),
    "cut and masked": masked,
    "linear": lambda v: ctkit.resample(v, 1.0, kernel="linear"),
    "cubic": lambda v: ctkit.resample(v, 1.0),
    "slices between": lambda v: ctkit.Volume(
        np.rint(v.array[:-1] * 0.7 + v.array[1:] * 0.3).astype(np.int16), v.affine
    ),
}


@pytest.mark.parametrize("way", MADE)
def test_what_is_made_of_the_head_is_kept_small_and_whole(noisy, way):
    volume = MADE[way](noisy)
    found = making.recipe(noisy.array, noisy.affine, volume.array, volume.affine)
    whole = making.made(noisy.array, found.axes)
    if found.kept is not None:
        whole = np.where(found.kept, whole, np.int16(-1000))
    assert np.array_equal(whole + found.added, volume.array)
    # Parts that are found by least squares are a little off: some voxels round the other way.
    assert np.count_nonzero(found.added) < 0.05 * volume.array.size
    assert np.abs(found.added).max() <= 1
    axes, kept = (found.files().get(name, ("", b""))[1] for name in ("axes", "kept"))
    assert len(kept) < 1000
    assert len(axes) < 4000


def test_what_is_not_made_of_the_head_has_no_recipe(noisy):
    other = np.random.default_rng(2).normal(40, 300, noisy.shape).astype(np.int16)
    assert making.recipe(noisy.array, noisy.affine, other, noisy.affine) is None
