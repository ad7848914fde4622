import numpy as np
import pytest
from _truth import affine_turned, ramp
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ctkit import (
    GeometryError,
    ParameterError,
    UnitError,
    Volume,
    bounding_box,
    center,
    crop,
    pad,
    resample,
)
from ctkit.operations.cropping import crop_box, reframe


@pytest.fixture
def scan():
    rng = np.random.default_rng(2)
    return Volume(rng.integers(-900, 900, (6, 9, 13)).astype(np.int16), affine_turned())


def box_mask(volume, low, high):
    array = np.zeros(volume.shape, bool)
    array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return volume.with_array(array)


def same_place(part, whole):
    """Each voxel of `part` stands at its millimetres in `whole`, with its value."""
    start = np.round(whole.to_index(part.origin)).astype(int)
    np.testing.assert_allclose(whole.to_world(start), part.origin, atol=1e-9)
    np.testing.assert_allclose(part.affine[:, :3], whole.affine[:, :3], atol=1e-12)
    return start


def test_crop_holds_all_of_the_mask_and_no_more(scan):
    mask = box_mask(scan, (1, 2, 3), (6, 9, 13))
    part = crop(scan, mask)
    assert part.shape == (5, 7, 10)
    np.testing.assert_array_equal(part.array, scan.array[1:, 2:, 3:])
    np.testing.assert_array_equal(same_place(part, scan), (1, 2, 3))
    assert part.array.dtype == np.int16


def test_one_voxel_is_a_box_and_value_0_plays_no_part(scan):
    empty = scan.with_array(np.zeros(scan.shape, np.int16))
    part = crop(empty, box_mask(scan, (2, 3, 4), (3, 4, 5)))
    assert part.shape == (1, 1, 1)
    np.testing.assert_allclose(part.origin, scan.to_world((2, 3, 4)))


@pytest.mark.parametrize(
    ("margin", "shape"),
    [(0.4, (3, 3, 3)), (0.41, (3, 3, 5)), (3, (3, 9, 13)), ((3, 0, 0), (3, 1, 1))],
)
def test_margin_is_in_mm_rounded_up(scan, margin, shape):
    # Spacing 3.0 x 0.7 x 0.4 mm: 0.4 mm is one column, but also a whole row and slice.
    part = crop(scan, box_mask(scan, (3, 4, 6), (4, 5, 7)), margin_mm=margin)
    assert part.shape == shape
    assert ("cut" in "".join(part.report)) == (margin == 3)


def test_margin_beyond_the_scan_is_cut_and_reported(scan):
    part = crop(scan, box_mask(scan, (0, 0, 0), (6, 9, 13)), margin_mm=1)
    assert part.shape == scan.shape
    assert "cut at the volume's ends" in part.report[-1]


@pytest.mark.parametrize("margin", [-1, np.nan, np.inf, (1, 2)])
def test_margin_that_is_none(scan, margin):
    with pytest.raises(ParameterError, match="margin_mm"):
        crop(scan, box_mask(scan, (1, 1, 1), (2, 2, 2)), margin_mm=margin)


def test_empty_and_foreign_masks_are_refused(scan):
    none = scan.with_array(np.zeros(scan.shape, bool))
    for function in (crop, lambda v, m: center(v, m, (20, 20))):
        with pytest.raises(ParameterError, match="empty"):
            function(scan, none)
        with pytest.raises(GeometryError, match="another grid"):
            function(scan, Volume(none.array, np.eye(4)))
        with pytest.raises(UnitError, match="Volume of bool"):
            function(scan, scan)


@pytest.mark.parametrize(
    ("start", "stop"), [((0, 0, -1), (1, 1, 1)), ((0, 0, 0), (7, 1, 1)), ((2, 2, 2), (3, 2, 3))]
)
def test_a_box_outside_of_the_volume(scan, start, stop):
    with pytest.raises(GeometryError, match="outside of"):
        crop_box(scan, start, stop)


def test_a_frame_that_holds_nothing(scan):
    with pytest.raises(GeometryError, match="outside of the"):
        reframe(scan, (6, 0, 0), (2, 2, 2))


@pytest.mark.parametrize(("dtype", "fill"), [(np.int16, -1000), (np.float32, -1000), (bool, False)])
def test_pad_fills_with_air_on_all_sides(scan, dtype, fill):
    volume = scan.with_array((scan.array > 0) if dtype is bool else scan.array.astype(dtype))
    padded = pad(volume, (8, 12, 13))
    assert padded.shape == (8, 12, 13)
    assert padded.array.dtype == dtype
    start = -same_place(padded, volume)
    np.testing.assert_array_equal(start, (1, 1, 0))
    inner = (slice(1, 7), slice(1, 10), slice(0, 13))
    np.testing.assert_array_equal(padded.array[inner], volume.array)
    outside = np.ones(padded.shape, bool)
    outside[inner] = False
    assert (padded.array[outside] == fill).all()
    assert "beyond the scan" in padded.report[-1]


def test_pad_with_two_numbers_keeps_the_slices(scan):
    assert pad(scan, (16, 17)).shape == (6, 16, 17)
    assert pad(scan, scan.shape).report == ()


def test_larger_than_the_frame(scan):
    with pytest.raises(GeometryError, match="larger than the frame"):
        pad(scan, (12, 12))
    with pytest.raises(GeometryError, match="larger than the frame"):
        center(scan, box_mask(scan, (0, 0, 0), (6, 9, 13)), (8, 13))


@pytest.mark.parametrize("shape", [(0, 20), 20, (20.5, 20.0), (1, 2, 3, 4), ("a", "b")])
def test_a_shape_that_is_none(scan, shape):
    with pytest.raises(ParameterError, match="whole and above 0"):
        pad(scan, shape)


def test_pad_of_a_crop_gives_back_the_very_voxels(scan):
    mask = box_mask(scan, (1, 2, 5), (5, 7, 9))
    back = pad(crop(scan, mask), like=scan)
    np.testing.assert_array_equal(back.affine, scan.affine)
    np.testing.assert_array_equal(back.array, np.where(mask.array, scan.array, -1000))
    with pytest.raises(GeometryError, match="no part of the grid"):
        pad(resample(scan, shape=(6, 9, 12)), like=scan)
    with pytest.raises(GeometryError, match="no part of the grid"):
        pad(scan, like=crop(scan, mask))
    with pytest.raises(ParameterError, match="one of the two"):
        pad(scan, (20, 20), like=scan)


@pytest.mark.parametrize("shape", [(11, 12), (5, 7), (9, 11, 12)])
def test_center_puts_the_mask_into_the_middle(scan, shape):
    mask = box_mask(scan, (1, 0, 7), (4, 3, 13))
    framed, where = center(scan, mask, shape), center(mask, mask, shape)
    assert framed.shape == ((6, *shape) if len(shape) == 2 else shape)
    same_place(framed, scan)
    assert np.count_nonzero(where.array) == np.count_nonzero(mask.array)
    start, stop = bounding_box(where)
    rest = np.array(framed.shape) - (start + stop)
    assert (np.abs(rest[3 - len(shape) :]) <= 1).all()
    np.testing.assert_array_equal(framed.array[where.array], scan.array[mask.array])


# ---- whatever is done, a landmark keeps its millimetres

SIZES = st.integers(4, 9)
LETTERS = st.permutations([("R", "L"), ("A", "P"), ("I", "S")]).flatmap(
    lambda pairs: st.tuples(*map(st.sampled_from, pairs)).map("".join)
)
STEPS = st.one_of(
    st.tuples(st.just("crop"), st.tuples(*[st.integers(0, 2)] * 6)),
    st.tuples(st.just("pad"), st.tuples(*[st.integers(0, 3)] * 3)),
    st.tuples(st.just("reorient"), LETTERS),
    st.tuples(
        st.just("resample"),
        st.tuples(
            st.tuples(*[st.floats(0.3, 2.0)] * 3),
            st.sampled_from(["linear", "cubic", "area"]),
            st.booleans(),
        ),
    ),
)


def apply_step(volume, name, value):
    shape = np.array(volume.shape)
    if name == "crop":
        low = np.minimum(value[:3], shape - 1)
        high = np.maximum(shape - value[3:], low + 1)
        return crop(volume, box_mask(volume, low, high))
    if name == "pad":
        return pad(volume, tuple(int(n) for n in shape + value))
    if name == "reorient":
        return volume.reorient(value)
    factors, kernel, antialias = value
    antialias = None if kernel == "area" else antialias
    keeps = [f if n > 1 else 1.0 for f, n in zip(factors, shape, strict=True)]
    spacing = np.multiply(volume.spacing, keeps)
    return resample(volume, spacing, kernel=kernel, antialias=antialias)


def reach_of(name, value):
    """How many voxels beside itself a new voxel is made of, on each axis."""
    if name != "resample":
        return np.zeros(3)
    # The cubic reaches 2; where it averages (over 0.45 more than a new voxel) it is sharpened, too.
    factors = np.array(value[0])
    return np.select([factors == 1, factors < 1], [0, 2], 3.25 + factors / 2)


@settings(max_examples=60, deadline=None)
@example(
    shape=(8, 10, 8),
    degrees=(0, 0, 0),
    chain=[("pad", (0, 1, 0)), ("resample", ((1, 1.25, 1), "cubic", True))],
)
@given(
    shape=st.tuples(*[st.integers(10, 16)] * 3),
    degrees=st.tuples(*[st.floats(-40, 40)] * 3),
    chain=st.lists(STEPS, min_size=1, max_size=5),
)
def test_a_landmark_keeps_its_millimetres_through_any_chain(shape, degrees, chain):
    """HU are a linear function of the place: so they tell where a voxel really is."""
    gradient, offset = np.array([1.5, -2.0, 0.7]), 40.0
    volume = ramp(shape, affine_turned(degrees=degrees), gradient, offset)
    allowed = 1e-3
    # Between these indices the ramp still holds: ends are repeated, and air lies around a frame.
    low, high = np.zeros(3), np.array(shape) - 1
    for name, value in chain:
        # Five times finer by three on each axis would be larger than any scan.
        assume(name != "resample" or np.prod(np.divide(volume.shape, value[0])) < 200_000)
        reach = reach_of(name, value)
        low, high = low + reach, high - reach
        if (low > high).any():
            return
        if name == "resample" and value[1] == "area":
            # Steps are no ramp: within a voxel the mean of some may lie aside.
            allowed += 0.5 * np.abs(gradient @ volume.affine[:3, :3]).sum()
        ends = volume.to_world(np.array([low, high]))
        volume = apply_step(volume, name, value)
        low, high = np.sort(volume.to_index(ends), axis=0)
        low, high = np.maximum(low, 0), np.minimum(high, np.array(volume.shape) - 1)
    index = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
    world = volume.to_world(index)
    valid = ((index >= low - 1e-6) & (index <= high + 1e-6)).all(axis=-1)
    apart = np.abs(volume.array - (world @ gradient + offset))
    assert apart[valid].max(initial=0) < allowed


@settings(max_examples=40, deadline=None)
@given(shape=st.tuples(SIZES, SIZES, SIZES), cut=st.tuples(*[st.integers(0, 2)] * 6))
def test_any_crop_and_its_pad_give_back_the_very_voxels(shape, cut):
    rng = np.random.default_rng(sum(shape))
    scan = Volume(rng.integers(-900, 900, shape).astype(np.int16), affine_turned())
    low = np.minimum(cut[:3], np.array(shape) - 1)
    mask = box_mask(scan, low, np.maximum(np.array(shape) - cut[3:], low + 1))
    back = pad(crop(scan, mask), like=scan)
    np.testing.assert_array_equal(back.array[mask.array], scan.array[mask.array])
    np.testing.assert_array_equal(back.affine, scan.affine)
