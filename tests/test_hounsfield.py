import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_rescale

from ctkit import AIR, ParameterError, UnitError, to_hu
from ctkit.hounsfield import is_padding, undeclared_padding

TYPES = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32]
RESCALES = [(1, -1024), (1, 0), (2, -1024), (0.5, -1000.25), (1.0000001, 3), (-1, 7), (37, -1024)]


def by_pydicom(stored, slope, intercept):
    ds = Dataset()
    ds.RescaleSlope, ds.RescaleIntercept = repr(float(slope)), repr(float(intercept))
    return apply_rescale(stored, ds)


@pytest.mark.parametrize(("slope", "intercept"), RESCALES)
@pytest.mark.parametrize("dtype", TYPES)
def test_values_are_pydicoms(dtype, slope, intercept):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(1)
    stored = rng.integers(limits.min, limits.max, (3, 4, 5), dtype=dtype, endpoint=True)
    stored.flat[:2] = limits.min, limits.max
    hu = to_hu(stored, slope, intercept)
    expected = by_pydicom(stored, slope, intercept)
    assert hu.dtype in (np.int16, np.float32)
    if hu.dtype == np.int16:
        np.testing.assert_array_equal(hu, expected)
    else:
        np.testing.assert_allclose(hu, expected, rtol=2e-7, atol=1e-3)


def test_int16_exactly_where_every_result_fits():
    assert to_hu(np.array([0, 33791], np.uint16), 1, -1024).dtype == np.int16
    assert to_hu(np.array([0, 33792], np.uint16), 1, -1024).dtype == np.float32
    assert to_hu(np.array([-31744], np.int16), 1, -1024).dtype == np.int16
    assert to_hu(np.array([-31745], np.int16), 1, -1024).dtype == np.float32
    assert to_hu(np.array([1, 2], np.int16), 0.5, 0).dtype == np.float32
    assert to_hu(np.array([1.0, 2.0]), 1, 0).dtype == np.float32


def test_never_wraps():
    np.testing.assert_array_equal(to_hu(np.array([-32768], np.int16), 1, -1024), [-33792])
    np.testing.assert_array_equal(to_hu(np.array([65535], np.uint16), 1, 0), [65535])


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_padding_is_told_in_stored_values_and_becomes_air(dtype):
    stored = np.array([[-2000, -2000, 24], [1024, -1999, -1500]], dtype)
    np.testing.assert_array_equal(
        to_hu(stored, 1, -1024, padding=-2000), [[AIR, AIR, -1000], [0, -3023, -2524]]
    )
    expected = [[AIR, AIR, -1000], [0, AIR, AIR]]
    for ends in ((-2000, -1500), (-1500, -2000)):
        np.testing.assert_array_equal(to_hu(stored, 1, -1024, padding=ends), expected)
    # The HU that the padding would have had stays where it is a measured value.
    assert to_hu([-1000], 1, -1000, padding=-2000)[0] == -2000


def test_any_dimension_and_the_input_stays():
    for shape in ((), (4,), (2, 3), (2, 3, 4), (0,)):
        stored = np.full(shape, 100, np.uint16)
        assert to_hu(stored, 1, -1024).shape == shape
        assert (stored == 100).all()


@pytest.mark.parametrize("wrong", [0, np.nan, np.inf, None, "one", [1, 2]])
def test_refuses_a_slope_that_is_none(wrong):
    with pytest.raises(ParameterError):
        to_hu(np.arange(3), wrong, 0)


@pytest.mark.parametrize(("intercept", "padding"), [("", None), (0, (1, 2, 3)), (0, np.nan)])
def test_refuses_intercept_and_padding_that_are_none(intercept, padding):
    with pytest.raises(ParameterError):
        to_hu(np.arange(3), 1, intercept, padding)


def test_refuses_a_mask():
    with pytest.raises(UnitError, match="bool"):
        to_hu(np.ones(3, bool), 1, 0)


def test_is_padding_includes_both_ends():
    np.testing.assert_array_equal(is_padding(range(5), (1, 3)), [False, True, True, True, False])


def test_undeclared_padding_needs_all_corners_below_air_and_the_minimum():
    hu = np.full((3, 5, 6), -1000, np.int16)
    assert undeclared_padding(hu) is None
    hu[:, [0, 0, -1, -1], [0, -1, 0, -1]] = -2000
    assert undeclared_padding(hu) == -2000
    lower = hu.copy()
    lower[1, 2, 2] = -2001
    assert undeclared_padding(lower) is None
    one = hu.copy()
    one[2, 0, 0] = -1000
    assert undeclared_padding(one) is None
    hu[hu == -2000] = -1024
    assert undeclared_padding(hu) is None
