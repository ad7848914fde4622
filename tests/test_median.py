from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from ctkit.operations.median_network import _network, median_of_3

SHAPES = st.tuples(*[st.integers(1, 6)] * 3)


@settings(max_examples=150, deadline=None)
@given(arrays(np.int16, SHAPES), st.booleans())
def test_every_voxel_is_scipys(array, deep):
    axes = (0, 1, 2) if deep else (1, 2)
    expected = ndimage.median_filter(array, (3 if deep else 1, 3, 3), mode="nearest")
    result = median_of_3(array, axes)
    assert result.dtype == np.int16
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("shape", [(3, 300, 997), (9, 131, 1100), (1, 129, 5)])
def test_blocks_of_slices_and_rows_join_without_a_seam(shape, dtype):
    array = np.random.default_rng(1).integers(-1000, 2000, shape).astype(dtype)
    expected = ndimage.median_filter(array, 3, mode="nearest")
    result = median_of_3(array, (0, 1, 2))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)


def test_the_extremes_of_int16():
    array = np.full((3, 4, 5), 32767, np.int16)
    array[:, :2] = -32768
    expected = ndimage.median_filter(array, 3, mode="nearest")
    np.testing.assert_array_equal(median_of_3(array, (0, 1, 2)), expected)


@pytest.mark.parametrize("planes", [1, 3])
def test_the_network_is_right_for_all_sorted_columns_of_zeros_and_ones(planes):
    """And so for all numbers: the 0-1 principle."""
    steps, count = _network(planes)
    rising = [
        column
        for bits in product((0, 1), repeat=3 * planes)
        for column in [np.reshape(bits, (planes, 3))]
        if (np.diff(column, axis=0) >= 0).all()
        if (np.diff(column, axis=1) >= 0).all()
    ]
    cases = np.array(list(product(rising, repeat=3)))  # case, column, plane, row
    sources = np.moveaxis(cases, (2, 3, 1), (0, 1, 2)).reshape(9 * planes, -1)
    values = [None] * count + list(sources)
    for function, a, b, into in steps:
        values[into] = function(values[a], values[b])
    np.testing.assert_array_equal(values[into], cases.sum(axis=(1, 2, 3)) > 9 * planes // 2)


def test_the_docstring_counts_the_steps():
    from ctkit.operations import median_network

    text = " ".join(median_network.__doc__.split())
    for planes in (1, 3):
        assert f"{len(_network(planes)[0])} minima and maxima" in text
