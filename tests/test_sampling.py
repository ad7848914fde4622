"""The linear sampler, against SciPy and against resample."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import ctkit
from ctkit.sampling import sample

SHAPE = (5, 8, 13)


@pytest.fixture
def volume():
    values = np.random.default_rng(5).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (3.0, 1.0, 0.7), origin=(4.3, 5.1, 6.2))


def test_between_voxels_it_is_linear(volume):
    places = np.random.default_rng(1).uniform(0, np.array(SHAPE) - 1, (200, 3))
    reference = map_coordinates(volume.array.astype(float), places.T, order=1)
    assert sample(volume.array, places) == pytest.approx(reference, abs=0.2)


def test_it_is_what_resample_does(volume):
    like = ctkit.Volume.from_spacing(np.zeros((9, 4, 6), np.int16), (1.0, 1.5, 1.0), (2, 5, 7))
    floats = volume.with_array(volume.array.astype(np.float32))
    wanted = ctkit.resample(floats, like=like, kernel="linear", antialias=False)
    places = np.stack(np.meshgrid(*map(np.arange, like.shape), indexing="ij"), axis=-1)
    found = sample(volume.array, volume.to_index(like.to_world(places)))
    assert 0 < np.isnan(found).sum() < found.size
    assert np.nan_to_num(found, nan=-1000) == pytest.approx(wanted.array, abs=0.05)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_outside_of_the_faces_there_is_nothing(volume, axis):
    middle = (np.array(SHAPE) - 1) / 2
    places = np.tile(middle, (4, 1))
    places[:, axis] = [-0.6, -0.4, SHAPE[axis] - 0.6, SHAPE[axis] - 0.4]
    found = sample(volume.array, places)
    assert np.isnan(found).tolist() == [True, False, False, True]
    places[1:3, axis] = [0, SHAPE[axis] - 1]
    assert found[1:3] == pytest.approx(sample(volume.array, places)[1:3])


def test_one_slice_alone_is_sampled_in_its_plane():
    array = np.arange(12.0).reshape(1, 3, 4)
    assert sample(array, [[0.3, 1.5, 2.25], [0, 2, 3]]) == pytest.approx([8.25, 11])
