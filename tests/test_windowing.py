import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_windowing

from ctkit import ParameterError, UnitError, apply_window
from ctkit.windowing import FUNCTIONS, PRESET_TABLE, PRESETS, _line_of, as_window

WINDOWS = [(40, 80), (32, 8), (400, 1000), (-600, 1500), (40, 81), (10.5, 33.3), (40, 2)]


def by_pydicom(hu, center, width, function):
    """Greys from 0 to 1 by pydicom: its output runs over the range of the stored bits."""
    ds = Dataset()
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsStored, ds.BitsAllocated, ds.PixelRepresentation = 16, 16, 1
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = center, width, function
    with np.errstate(over="ignore"):
        greys = apply_windowing(hu, ds)
    return (greys + 2**15) / (2**16 - 1)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("center", "width"), WINDOWS)
def test_greys_are_pydicoms(center, width, function):
    hu = np.arange(-2100, 3100, dtype=np.int16).reshape(13, 20, 20)
    ours = apply_window(hu, center, width, function)
    np.testing.assert_allclose(ours, by_pydicom(hu, center, width, function), atol=1e-9)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("center", "width"), [*WINDOWS, (0, 4096), (40, 400), (100, 350.5)])
def test_bytes_of_int16_and_of_floats_are_the_greys_rounded_half_up(center, width, function):
    hu = np.arange(-32768, 32768, 3, dtype=np.int16)
    greys = apply_window(hu, center, width, function).astype(np.longdouble)
    exact = np.floor(255 * greys + np.longdouble(0.5)).astype(int)
    table = apply_window(hu, center, width, function, dtype=np.uint8)
    wide = apply_window(hu.astype(np.float64), center, width, function, dtype=np.uint8)
    assert table.dtype == np.uint8
    np.testing.assert_array_equal(table, wide)
    # A tie may fall either way in floating point: only there may they differ, by one.
    apart = np.flatnonzero(table != exact)
    assert np.abs(table[apart].astype(int) - exact[apart]).max(initial=0) <= 1
    ties = np.abs(255 * greys[apart] % 1 - 0.5)
    assert ties.max(initial=0) < 1e-9


def test_rounds_half_up():
    # 51 HU of 255 + 1: LINEAR_EXACT over 0 to 510 maps odd HU to x.5 greys.
    np.testing.assert_array_equal(
        apply_window([1, 3, 5, 255], 255, 510, "LINEAR_EXACT", np.uint8), [1, 2, 3, 128]
    )


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7,), (5, 7), (3, 5, 7), (2, 3, 5, 7), ()])
def test_any_dimension_gives_the_same_bytes(shape, dtype):
    rng = np.random.default_rng(5)
    hu = rng.integers(-1500, 3000, shape).astype(dtype)
    expected = by_pydicom(np.atleast_1d(hu).astype(float), 40, 400, "LINEAR").reshape(shape)
    greys = apply_window(hu, 40, 400)
    assert greys.shape == shape
    np.testing.assert_allclose(greys, expected, atol=1e-9)
    np.testing.assert_array_equal(
        apply_window(hu, 40, 400, dtype=np.uint8), np.floor(255 * expected + 0.5)
    )


def test_int16_not_contiguous_or_foreign_in_byte_order():
    hu = np.arange(-600, 600, dtype=np.int16).reshape(10, 12, 10)
    expected = apply_window(hu, 40, 80, dtype=np.uint8)
    flipped = apply_window(hu[::-1, :, ::-2], 40, 80, dtype=np.uint8)
    np.testing.assert_array_equal(flipped, expected[::-1, :, ::-2])
    np.testing.assert_array_equal(apply_window(hu.astype(">i2"), 40, 80, dtype=np.uint8), expected)


def test_linear_of_width_1_is_a_step():
    hu = [38, 39, 39.5, 39.6, 40, 41]
    np.testing.assert_array_equal(apply_window(hu, 40, 1), [0, 0, 0, 1, 1, 1])


def test_does_not_change_its_input_and_gives_the_float_type_asked_for():
    hu = np.linspace(-100, 200, 30, dtype=np.float32).reshape(2, 3, 5)
    before = hu.copy()
    assert apply_window(hu, 40, 80, dtype=np.float32).dtype == np.float32
    apply_window(hu, 40, 80, dtype=np.uint8)
    np.testing.assert_array_equal(hu, before)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((40, 0.5), "at least 1"),
        ((40, 0), "a window is"),
        ((40, -80), "a window is"),
        ((np.nan, 80), "a window is"),
        (([40, 40], [80, 80]), "one window at a time"),
        ((40, 80, "linear"), "one of LINEAR"),
        ((40, 80, "LINEAR", np.int16), "float type"),
    ],
)
def test_refuses_a_window_that_is_none(arguments, match):
    with pytest.raises(ParameterError, match=match):
        apply_window(np.zeros((2, 3, 4)), *arguments)


@pytest.mark.parametrize("values", [np.zeros((2, 3), bool), np.array(["a"]), np.zeros(3, complex)])
def test_refuses_what_is_no_hu(values):
    with pytest.raises(UnitError):
        apply_window(values, 40, 80)


def test_the_table_of_presets():
    assert PRESETS["brain"] == (40, 80)
    assert PRESETS["bone"] == (400, 1000)
    assert len({row.key for row in PRESET_TABLE}) == len(PRESET_TABLE)
    assert all(row.source and row.width >= 1 for row in PRESET_TABLE)


@pytest.mark.parametrize("wrong", ["brian", 40, (40,), (40, 80, 1), ("a", "b"), (40, np.inf)])
def test_as_window_refuses(wrong):
    with pytest.raises(ParameterError):
        as_window(wrong)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "window", [*WINDOWS, *PRESETS.values(), (0, 4096), (7.25, 1), (1e4, 65535)]
)
def test_large_arrays_give_the_same_bytes_as_small_ones(window, function):
    hu = np.arange(-32768, 32768, dtype=np.int16).reshape(256, 256)
    small = apply_window(hu, *window, function, np.uint8)
    large = apply_window(np.stack([hu, hu[::-1], hu.T]), *window, function, np.uint8)
    np.testing.assert_array_equal(large, np.stack([small, small[::-1], small.T]))
    flat = apply_window(np.concatenate([hu, hu]).ravel(), *window, function, np.uint8)
    np.testing.assert_array_equal(flat[: hu.size], small.ravel())


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("width", [1, 80])
def test_nan_stays_nan_and_has_no_byte(function, width):
    hu = np.array([[np.nan, 40, 500, np.nan, -np.inf, np.inf]], np.float32)
    greys = apply_window(hu, 40, width, function)
    np.testing.assert_array_equal(np.isnan(greys), np.isnan(hu))
    np.testing.assert_array_equal(greys[0, 4:], [0, 1])
    for many in (hu, np.stack([hu, hu])):
        with pytest.raises(UnitError, match=r"of .* values are NaN, for which uint8 has no grey"):
            apply_window(many, 40, width, function, np.uint8)
    filled = apply_window(np.nan_to_num(hu, nan=-1000), 40, width, function, np.uint8)
    np.testing.assert_array_equal(filled[0, [0, 3, 4, 5]], [0, 0, 0, 255])


def test_numpys_numbers_make_a_window_of_pythons():
    for window in (np.array([40, 80]), (np.int64(40), np.float32(80)), [40, 80]):
        assert as_window(window) == (40, 80)
        assert {type(number) for number in as_window(window)} <= {int, float}


def line_of(center, width, function):
    every = np.arange(65536, dtype=np.uint16).view(np.int16)
    table = apply_window(every, center, width, function, np.uint8)
    return _line_of(table, every, center, width, function)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT"])
def test_windows_of_whole_and_half_hu_take_the_quick_way(function):
    random = np.random.default_rng(0)
    for window in PRESETS.values():
        assert line_of(*window, function) is not None
    for center, width in zip(
        random.integers(-2000, 4000, 100) / 2, random.integers(2, 4097, 100), strict=True
    ):
        assert line_of(center, width, function) is not None, (center, width)
