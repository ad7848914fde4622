"""Percentiles by counting are those of NumPy, which sorts."""

import numpy as np
import pytest

from ctkit.dataset.percentiles import percentiles

ASKED = (0, 0.5, 5, 37.3, 50, 95, 99.5, 100)


def _arrays():
    random = np.random.default_rng(7)
    hu = random.normal(0, 600, (9, 170, 190)).clip(-1024, 3071)
    yield "int16", hu.astype(np.int16)
    yield "the ends of int16", np.array([-32768, -32768, 32767, 0], np.int16)
    yield "float32", hu.astype(np.float32)
    yield "clipped", np.clip(hu / 800 + 0.5, 0, 1).astype(np.float32)
    yield "all below 0", -np.abs(hu[:2]).astype(np.float32) - 0.01
    yield "tiny and huge", np.array([-3e38, -1e-44, -0.0, 0, 1e-44, 3e38], np.float32)
    yield "one voxel", np.array([[[40]]], np.int16)
    yield "one float", np.array([[[0.1]]], np.float32)
    yield "a mask", hu > 300
    yield "turned", hu.astype(np.float32).transpose(2, 0, 1)[::-1, :, ::-1]
    yield "cut", hu.astype(np.int16)[1:5, 20:-3, 7:90]


@pytest.mark.parametrize(("name", "values"), list(_arrays()))
def test_they_are_numpys(name, values):
    wanted = np.percentile(values.astype(np.float64), ASKED)
    np.testing.assert_allclose(percentiles(values, ASKED), wanted, rtol=1e-12, atol=1e-50)


def test_what_is_not_finite_is_left_out():
    values = np.linspace(-5, 5, 1000, dtype=np.float32)
    mixed = np.concatenate([values, np.array([np.nan, np.inf, -np.inf, -np.nan], np.float32)])
    np.testing.assert_allclose(
        percentiles(mixed[::-1], ASKED), np.percentile(values.astype(float), ASKED), rtol=1e-12
    )
    assert np.isnan(percentiles(np.full((2, 2, 2), np.nan, np.float32), ASKED)).all()


def test_no_copy_of_the_voxels_is_made():
    import tracemalloc

    values = np.zeros((64, 256, 256), np.int16)
    for kind in (np.int16, np.float32):
        values = values.astype(kind)
        tracemalloc.start()
        percentiles(values, ASKED)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5e6, kind
