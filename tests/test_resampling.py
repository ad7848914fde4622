import numpy as np
import pytest
import SimpleITK as sitk
from _truth import affine_turned, head, ramp
from PIL import Image
from scipy import ndimage, optimize

from ctkit import (
    GeometryError,
    ParameterError,
    UnitError,
    Volume,
    axis_weights,
    regularize,
    resample,
)
from ctkit.geometry import shear_of
from ctkit.operations import kernels
from ctkit.operations.kernels import KERNELS
from ctkit.phantom import head_phantom, make_grid

SPACING = (2.0, 0.5, 0.8)


@pytest.fixture(scope="module")
def scan():
    """Smooth enough to be interpolated, with no symmetry."""
    rng = np.random.default_rng(9)
    array = ndimage.gaussian_filter(rng.normal(0, 1, (11, 40, 30)), (1, 2, 1.5))
    return Volume.from_spacing(800 * array / array.std() - 100, SPACING, origin=(5, -8, 30))


def as_sitk(volume):
    """SimpleITK's image of the same voxels at the same millimetres."""
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(volume.spacing[::-1])
    image.SetOrigin([float(x) for x in volume.origin])
    image.SetDirection((volume.affine[:3, 2::-1] / volume.spacing[::-1]).ravel())
    return image


def by_sitk(volume, like, interpolator):
    frame = as_sitk(like.with_array(np.zeros(like.shape, np.float32)))
    result = sitk.Resample(
        as_sitk(volume), frame, sitk.Transform(), interpolator, np.nan, sitk.sitkFloat32
    )
    return sitk.GetArrayFromImage(result)


def inner(volume, like, margin):
    """Voxels of `like` that lie `margin` voxels within `volume`."""
    index = np.stack(np.meshgrid(*map(np.arange, like.shape), indexing="ij"), axis=-1)
    at = volume.to_index(like.to_world(index))
    return ((at >= margin) & (at <= np.array(volume.shape) - 1 - margin)).all(axis=-1)


@pytest.mark.parametrize("spacing", [1.0, (0.7, 0.3, 1.1), 0.37, (3.1, 1.3, None)])
def test_linear_is_simpleitks(scan, spacing):
    ours = resample(scan, spacing, kernel="linear", antialias=False)
    where = inner(scan, ours, 0)
    np.testing.assert_allclose(
        ours.array[where], by_sitk(scan, ours, sitk.sitkLinear)[where], atol=0.02
    )


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
@pytest.mark.parametrize("size", [(40, 77), (61, 77)])
def test_a_slice_is_as_pillow_enlarges_it(scan, kernel, size):
    """Pillow's bilinear and bicubic are these kernels."""
    method = {"linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC}[kernel]
    ours = resample(scan, shape=(scan.shape[0], *size), kernel=kernel)
    theirs = np.asarray(Image.fromarray(scan.array[4]).resize(size[::-1], method))
    where = inner(scan, ours, (0, 2, 2))[4]
    np.testing.assert_allclose(ours.array[4][where], theirs[where], atol=0.05)


@pytest.mark.parametrize(("kernel", "atol"), [("linear", 2), ("cubic", 100)])
@pytest.mark.parametrize("shape", [(5, 17, 13), (3, 31, 22), (8, 9, 10)])
def test_shrinking_takes_the_mean_of_the_curve_over_the_new_voxel(scan, kernel, atol, shape):
    """The cubic is sharpened besides; the SD of the values is 800."""
    ours = resample(scan, shape=shape, kernel=kernel)
    many = 24
    fine = resample(scan, shape=np.multiply(shape, many), kernel=kernel).array
    means = fine.reshape(shape[0], many, shape[1], many, shape[2], many).mean(axis=(1, 3, 5))
    np.testing.assert_allclose(ours.array, means, atol=atol)


@pytest.mark.parametrize("new_size", [1, 3, 7, 10, 23])
def test_area_is_the_mean_of_what_a_new_voxel_covers(new_size):
    values = np.random.default_rng(11).normal(0, 100, 10).astype(np.float32)
    step = 10 / new_size
    weights = axis_weights(10, new_size, step, step / 2 - 0.5, "area")
    covered = np.repeat(values, new_size).reshape(new_size, 10).mean(axis=1)
    np.testing.assert_allclose(weights @ values, covered, atol=1e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_field_of_view_stays(scan, kernel):
    ours = resample(scan, shape=(7, 55, 19), kernel=kernel)
    assert ours.shape == (7, 55, 19)
    np.testing.assert_allclose(ours.field_of_view, scan.field_of_view)
    # Outer corners, half a voxel beyond the outermost centres, are the same two points.
    for corner in ((0, 0, 0), (1, 1, 1)):
        old = np.array(corner) * scan.shape - 0.5
        new = np.array(corner) * ours.shape - 0.5
        np.testing.assert_allclose(ours.to_world(new), scan.to_world(old), atol=1e-9)


@pytest.mark.parametrize("spacing", [1.0, 0.35, (4.5, 0.9, 1.7)])
def test_spacing_is_exact_and_the_middle_stays(scan, spacing):
    ours = resample(scan, spacing)
    np.testing.assert_allclose(ours.spacing, np.broadcast_to(spacing, 3), rtol=1e-12)
    middles = [v.to_world((np.array(v.shape) - 1) / 2) for v in (ours, scan)]
    np.testing.assert_allclose(*middles, atol=1e-9)
    assert (
        np.abs(np.subtract(ours.field_of_view, scan.field_of_view)) <= 0.5 * np.array(spacing)
    ).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("spacing", [0.7, 1.0, (3.3, 1.1, 0.5)])
def test_constant_stays_constant_to_the_very_end(kernel, spacing):
    volume = Volume.from_spacing(np.full((7, 8, 9), 137, np.int16), SPACING)
    result = resample(volume, spacing, kernel=kernel)
    assert (result.array == 137).all(), "no end slice of a default value"


def test_area_keeps_the_mean_and_is_the_block_mean(scan):
    cut = Volume(scan.array[:10], scan.affine)
    halved = resample(cut, shape=(5, 20, 15), kernel="area")
    blocks = cut.array.reshape(5, 2, 20, 2, 15, 2).mean(axis=(1, 3, 5), dtype=np.float64)
    np.testing.assert_allclose(halved.array, blocks, atol=0.01)
    odd = resample(cut, shape=(7, 13, 11), kernel="area")
    assert odd.array.mean() == pytest.approx(cut.array.mean(), abs=0.05)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_same_grid_gives_the_same_voxels(scan, kernel):
    short = scan.with_array(np.rint(scan.array).astype(np.int16))
    for result in (
        resample(short, None, kernel=kernel),
        resample(short, like=short, kernel=kernel),
    ):
        np.testing.assert_array_equal(result.array, short.array)
        np.testing.assert_allclose(result.affine, short.affine, atol=1e-12)


@pytest.mark.parametrize(
    ("dtype", "kernel"), [(np.int16, "cubic"), (np.float32, "cubic"), (bool, "nearest")]
)
def test_the_type_stays(scan, dtype, kernel):
    array = (scan.array > 0) if dtype is bool else scan.array.astype(dtype)
    result = resample(scan.with_array(array), 1.0, kernel=kernel)
    assert result.array.dtype == dtype


def test_int16_is_rounded_and_never_wraps():
    array = np.full((4, 8, 8), -32768, np.int16)
    array[:, :, 4:] = 32767
    result = resample(Volume.from_spacing(array, (1, 1, 1)), (1, 1, 0.4))
    assert result.array[0, 0, 0] == -32768
    assert (np.diff(result.array[0, 0].astype(int))[:9] >= 0).all()
    half = Volume.from_spacing(np.array([[[0, 1, 2, 3]]] * 2, np.int16), (1, 1, 1))
    np.testing.assert_array_equal(
        resample(half, shape=(2, 1, 2), kernel="area").array[0, 0], np.rint([0.5, 2.5])
    )


def test_antialias_takes_the_mean_and_without_it_noise_stays():
    rng = np.random.default_rng(10)
    volume = Volume.from_spacing(rng.normal(0, 30, (16, 80, 80)), (1, 1, 1))
    for kernel in ("linear", "cubic", "area"):
        widened = resample(volume, 4.0, kernel=kernel).array.std()
        assert widened < 8, "the mean over 4 x 4 x 4 voxels would be 3.75"
    assert resample(volume, 4.0, antialias=False).array.std() > 10


def test_mask_only_with_nearest(scan):
    mask = scan.with_array(scan.array > 0)
    for kernel in ("linear", "cubic", "area"):
        with pytest.raises(UnitError, match="nearest"):
            resample(mask, 1.0, kernel=kernel)
    result = resample(mask, 1.0, kernel="nearest")
    index = np.stack(np.meshgrid(*map(np.arange, result.shape), indexing="ij"), axis=-1)
    at = np.floor(mask.to_index(result.to_world(index)) + 0.5 + 1e-9).astype(int)
    at = np.clip(at, 0, np.array(mask.shape) - 1)
    np.testing.assert_array_equal(result.array, mask.array[tuple(np.moveaxis(at, -1, 0))])


def test_one_slice_alone(scan):
    one = Volume(scan.array[3:4], scan.affine)
    with pytest.raises(GeometryError, match="one slice alone"):
        resample(one, 1.0)
    with pytest.raises(GeometryError, match="one slice alone"):
        resample(one, shape=(2, 20, 20))
    flat = resample(one, (None, 1, 1))
    assert flat.shape == (1, 20, 24)
    assert flat.spacing == pytest.approx((2, 1, 1))


@pytest.mark.parametrize("letters", ["SPL", "ARI", "LSP", "PIR"])
def test_like_takes_the_grid_of_another(scan, letters):
    grid = resample(scan, (1.5, 0.7, 0.6)).reorient(letters)
    ours = resample(scan, like=grid, kernel="linear", antialias=False)
    np.testing.assert_allclose(ours.affine, grid.affine)
    assert ours.shape == grid.shape
    expected = resample(scan, (1.5, 0.7, 0.6), kernel="linear", antialias=False).reorient(letters)
    np.testing.assert_allclose(ours.array, expected.array, atol=1e-3)


def test_like_beyond_the_scan_is_air(scan):
    shifted = np.array(scan.affine)
    shifted[:3, 3] += (6 * 0.8, 0, -4 * 2.0)  # six columns to the left, four slices down
    ours = resample(scan, like=Volume(scan.array, shifted))
    np.testing.assert_allclose(ours.array[4:, :, :-6], scan.array[:-4, :, 6:], atol=0.01)
    assert (ours.array[:4] == -1000).all()
    assert (ours.array[:, :, -6:] == -1000).all()
    mask = resample(
        scan.with_array(scan.array > -5000), like=Volume(scan.array, shifted), kernel="nearest"
    )
    assert mask.array.sum() == 7 * 40 * 24


@pytest.mark.parametrize(
    ("kernel", "interpolator"), [("linear", sitk.sitkLinear), ("cubic", sitk.sitkBSpline)]
)
def test_oblique_like_is_simpleitks(scan, kernel, interpolator):
    grid = Volume(
        np.zeros((12, 25, 20), np.int16), affine_turned((1.5, 0.9, 0.7), origin=(10, -4, 33))
    )
    ours = resample(scan, like=grid, kernel=kernel)
    where = inner(scan, grid, 2.5)
    assert where.sum() > 500
    np.testing.assert_array_equal(ours.affine, grid.affine)
    theirs = by_sitk(scan, grid, interpolator)
    # The two splines treat the ends differently, which fades inwards.
    np.testing.assert_allclose(
        ours.array[where], theirs[where], atol=0.05 if kernel == "linear" else 30
    )
    assert (ours.array[~inner(scan, grid, -0.5)] == -1000).all()
    with pytest.raises(ParameterError, match="parallel axes"):
        resample(scan, like=grid, kernel="area")


@pytest.mark.parametrize("degrees", [(0, 0, 0), (0.2, 0, 0), (0, -0.2, 0.1), (14, 5, -9)])
@pytest.mark.parametrize("kernel", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("coarse", [(7.0, 2.6, 3.1), (1.3, 0.6, 0.39), (30.0, 1.0, 0.4)])
def test_outside_is_where_the_old_voxels_end_whatever_the_angle(scan, degrees, kernel, coarse):
    """SimpleITK's image ends there too: half an old voxel beyond its outermost centres."""
    ones = scan.with_array(np.full(scan.shape, 50, np.int16))
    size = tuple(int(60 / step) + 2 for step in coarse)
    start = scan.to_world((5, 19.5, 14.5)) - (31.3171, 30.9137, 31.5313)  # no tie at an end
    grid = Volume(np.zeros(size, np.int16), affine_turned(coarse, degrees, start))
    ours = resample(ones, like=grid, kernel=kernel)
    theirs = by_sitk(ones, grid, sitk.sitkNearestNeighbor)
    inside = inner(scan, grid, -0.5)
    np.testing.assert_array_equal(np.isfinite(theirs), inside)
    np.testing.assert_array_equal(ours.array, np.where(inside, 50, -1000))
    mask = resample(scan.with_array(ones.array > 0), like=grid, kernel="nearest")
    np.testing.assert_array_equal(mask.array, inside)


@pytest.mark.parametrize("tilt", [0.3, -0.2])
def test_outside_of_a_tilted_scan_ends_there_too(scan, tilt):
    affine = np.array(scan.affine)
    affine[:3, 0] += affine[:3, 1] * tilt
    sheared = Volume(np.full(scan.shape, True), affine)
    grid = Volume(
        np.zeros((9, 22, 17), np.int16),
        affine_turned((3.5, 1.5, 2.5), (0, 0, 0), scan.origin - (7, 6, 5)),
    )
    result = resample(sheared, like=grid, kernel="nearest")
    np.testing.assert_array_equal(result.array, inner(sheared, grid, -0.5))


def test_a_mask_of_10_mm_does_not_grow_on_a_grid_of_6(scan):
    mask = Volume.from_spacing(np.ones((10, 10, 10), bool), (1, 1, 1))
    grid = Volume.from_spacing(np.zeros((5, 5, 5), np.int16), (6, 6, 6), origin=(-7, -7, -7))
    result = resample(mask, like=grid, kernel="nearest")
    # Centres at -7, -1, 5, 11 mm; the mask ends at -0.5 and 9.5 mm.
    np.testing.assert_array_equal(np.argwhere(result.array), [[2, 2, 2]])


def test_image_and_mask_of_one_scan_get_one_shape():
    """Their headers are rounded differently, in the seventh digit."""
    uneven = {}
    for size in range(1, 600, 67):
        array = np.zeros((1, 1, size), bool)
        for step in (0.5, 0.75, 1.25, 1.5, 2.5, 0.48828125, 3.0, 0.9765625):
            for new in (0.5, 1.0, 2.0, 0.8, 3.0):
                shapes = {
                    resample(
                        Volume.from_spacing(array, (1, 1, close)), (1, 1, new), kernel="nearest"
                    ).shape
                    for close in (step, step - 1e-7, step + 1e-7, float(np.float32(step)))
                }
                if len(shapes) > 1:
                    uneven[size, step, new] = shapes
    assert uneven == {}


@pytest.mark.parametrize("off", [0, 1e-7, -1e-7])
def test_a_frame_without_tilt_grows_by_no_voxel_more(off):
    """90 slices of which each is moved by a tenth of a row: 8.9 rows in all."""
    affine = np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]]
    affine[1, 0] = 0.1 + off
    volume = Volume(np.zeros((91, 12, 3), np.int16), affine)
    assert regularize(volume).shape == (91, 21, 3)


def test_one_slice_alone_on_its_own_grid(scan):
    turned = affine_turned((2.3, 0.7, 0.4), (30, 20, 10), (91, -77, 33))
    one = Volume(scan.array[3:4], turned)
    close = turned.copy()
    close[:3] += 1e-9
    near = Volume(one.array, close)
    np.testing.assert_allclose(resample(one, like=near).array, one.array, atol=0.01)


def test_oblique_like_with_a_mask(scan):
    grid = Volume(
        np.zeros((12, 25, 20), np.int16), affine_turned((1.5, 0.9, 0.7), origin=(10, -4, 33))
    )
    mask = resample(scan.with_array(scan.array > -5000), like=grid, kernel="nearest")
    np.testing.assert_array_equal(mask.array, inner(scan, grid, -0.5))
    short = scan.with_array(np.rint(scan.array).astype(np.int16))
    nearest = resample(short, like=grid, kernel="nearest").array
    assert nearest.dtype == np.int16
    where = inner(scan, grid, 0)
    theirs = by_sitk(short, grid, sitk.sitkNearestNeighbor)
    np.testing.assert_array_equal(nearest[where], theirs[where])


@pytest.mark.parametrize("kernel", ["linear", "area"])
def test_no_overshoot_of_linear_and_area_at_a_bare_step(kernel):
    array = np.full((6, 20, 24), -1000, np.int16)
    array[2:, 7:, 11:] = 1000
    volume = Volume.from_spacing(array, SPACING)
    for spacing in (0.3, 1.0, 1.7):
        for antialias in (True, False) if kernel == "linear" else (None,):
            result = resample(volume, spacing, kernel=kernel, antialias=antialias).array
            assert result.min() == -1000
            assert result.max() == 1000


@pytest.mark.parametrize("step", [1.05, 1.25, 2.04, 3.3])
def test_a_wave_of_six_new_voxels_comes_out_as_their_means(step):
    """In one row of old voxels' means; a cubic that is only averaged is a few per cent low."""
    size = 400
    new = int((size - 40) / step)
    wave = 1 / (6 * step)
    old = np.arange(size)
    weights = axis_weights(size, new, step, 20, "cubic")
    means = np.sinc(wave) * np.exp(2j * np.pi * wave * old)
    centres = np.exp(2j * np.pi * wave * (20 + step * np.arange(new)))
    height = np.mean((weights @ means / centres).real)
    assert height == pytest.approx(np.sinc(wave * step), rel=2e-3)


COURSE_STEPS = np.array((1 / 0.8, 1 / 0.49, 1 / 0.49))  # old voxels in a new one of 1 mm


def middle_weights(step):
    """Rows of weights of the cubic at many places between voxels, with their centres."""
    starts = 20 + np.arange(8) / 8
    count = int(60 / step)
    weights = [axis_weights(100, count, step, start).toarray() for start in starts]
    return np.concatenate(weights), np.concatenate([s + step * np.arange(count) for s in starts])


def noise_left():
    """What of white noise is left at 1 mm."""
    rows = [middle_weights(step)[0] for step in COURSE_STEPS]
    return float(np.prod([np.sqrt((part**2).sum(axis=1).mean()) for part in rows]))


def edge_error(psf=0.6):
    """RMS, integrated along all axes, at an edge of height 1 against the mean over new voxels."""
    total = 0.0
    for step in COURSE_STEPS:
        weights, centres = middle_weights(step)
        frequency = np.linspace(1e-4, 1, 400)  # waves in an old voxel
        waves = np.exp(2j * np.pi * frequency * np.arange(100)[:, None]) * np.sinc(frequency)
        turned = np.exp(-2j * np.pi * frequency * centres[:, None])
        height = ((weights @ waves) * turned).mean(axis=0).real
        blur = np.exp(-2 * (np.pi * frequency * step * psf) ** 2)
        apart = (height - np.sinc(frequency * step)) * blur / (2 * np.pi * frequency)
        total += 2 * (apart**2).sum() * (frequency[1] - frequency[0]) / step
    return float(np.sqrt(total))


def test_the_cubic_is_widened_until_noise_falls_to_a_third(monkeypatch):
    found = {}
    for wider in (0, 0.35, 0.45, 0.9):
        monkeypatch.setattr(kernels, "_WIDER", wider)
        found[wider] = noise_left(), edge_error()
    assert found[0.35][0] > 1 / 3 > found[0.45][0]
    assert found[0] == pytest.approx((0.373, 0.0115), rel=0.02)
    assert found[0.45] == pytest.approx((0.329, 0.0186), rel=0.02)
    assert found[0.9][1] == pytest.approx(0.031, rel=0.03)
    monkeypatch.undo()
    assert noise_left() == found[0.45][0], "this is what the resampler does"


def test_the_cubic_is_sharpened_for_the_wave_that_costs_least(monkeypatch):
    def noise_above_a_third(wider):
        monkeypatch.setattr(kernels, "_WIDER", wider)
        return noise_left() - 1 / 3

    error, widths = {}, {}
    for wave in (4, 5, 6, 8, 20):
        monkeypatch.setattr(kernels, "_WAVE", wave)
        widths[wave] = optimize.brentq(noise_above_a_third, 0.2, 0.8, xtol=1e-3)
        error[wave] = edge_error()
    expected = {4: 0.0198, 5: 0.0174, 6: 0.0176, 8: 0.0181, 20: 0.0190}
    assert error == pytest.approx(expected, rel=0.02)
    assert max(error[5], error[6]) < min(error[4], error[8], error[20])
    assert widths[6] < widths[5]


def test_weights_sum_to_1_and_are_sparse():
    for kernel in KERNELS:
        for step in (0.3, 1.0, 2.37):
            weights = axis_weights(100, 41, step, 0.2, kernel)
            np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
            assert weights.nnz <= 41 * (max(step, 1) + 8)
            assert weights.dtype == np.float32


@pytest.mark.parametrize("wrong", [0, -1, np.nan, (1, 1), "fine", (1, "a", 1), True, (1, -1, None)])
def test_spacing_that_is_none(scan, wrong):
    with pytest.raises(ParameterError, match="spacing is one length"):
        resample(scan, wrong)


@pytest.mark.parametrize("wrong", [(0, 4, 4), (4, 4), 4, (4.5, 4, 4), "abc", (4, True, 4)])
def test_shape_that_is_none(scan, wrong):
    with pytest.raises(ParameterError, match="three whole numbers"):
        resample(scan, shape=wrong)


def test_kernel_that_is_none(scan):
    with pytest.raises(ParameterError, match="nearest, linear, cubic, area"):
        resample(scan, kernel="lanczos")


# ---- arguments that contradict each other


def test_two_grids_at_once_are_refused(scan):
    with pytest.raises(ParameterError, match="shape and like each name a grid"):
        resample(scan, shape=(5, 6, 7), like=scan)
    for spacing in (2.0, 1.0, None):
        with pytest.raises(ParameterError, match="spacing and shape each"):
            resample(scan, spacing, shape=(5, 6, 7))
        with pytest.raises(ParameterError, match="spacing and like each"):
            resample(scan, spacing, like=scan)
    assert resample(scan, shape=(5, 6, 7)).shape == (5, 6, 7)
    assert resample(scan).spacing == pytest.approx((1, 1, 1))


@pytest.mark.parametrize("kernel", ["nearest", "cubic"])
@pytest.mark.parametrize("degrees", [(0, 0, 0), (10, -7, 5)])
def test_like_elsewhere_is_refused_with_both_places(scan, kernel, degrees):
    far = affine_turned((1.5, 0.9, 0.7), degrees, origin=(500, -4, 33))
    grid = Volume(np.zeros((12, 25, 20), np.int16), far)
    with pytest.raises(GeometryError, match=r"holds no part of the volume: .*\(5\d\d, "):
        resample(scan, like=grid, kernel=kernel)
    # One voxel in common is enough.
    corner = Volume(
        grid.array, affine_turned((2, 0.5, 0.8), (0, 0, 0), scan.to_world((10, 39, 29)))
    )
    assert np.count_nonzero(resample(scan, like=corner, kernel=kernel).array != -1000) == 1


@pytest.mark.parametrize(
    ("kernel", "antialias", "says"),
    [("nearest", True, "never"), ("area", False, "always"), ("cubic", "yes", "True or False")],
)
def test_antialias_that_contradicts_the_kernel(scan, kernel, antialias, says):
    with pytest.raises(ParameterError, match=says):
        resample(scan, kernel=kernel, antialias=antialias)
    with pytest.raises(ParameterError, match=says):
        axis_weights(10, 5, 2, 0.5, kernel, antialias)
    for agreed in (None, not antialias):
        if kernel != "cubic":
            resample(scan, kernel=kernel, antialias=agreed)


def test_antialias_at_an_angle(scan):
    grid = Volume(
        np.zeros((12, 25, 20), np.int16), affine_turned((1.5, 0.9, 0.7), origin=scan.origin)
    )
    with pytest.raises(ParameterError, match="parallel axes"):
        resample(scan, like=grid, antialias=True)
    resample(scan, like=grid, antialias=False)


# ---- regularize


def tilted(kernel_shape=(9, 30, 26), slope=0.45):
    """A ramp on a sheared grid: slices 2 mm apart, each moved by 0.9 mm down its rows."""
    affine = np.array(affine_turned((2.0, 0.6, 0.8)))
    affine[:3, 0] += affine[:3, 1] / 0.6 * 2.0 * slope
    return ramp(kernel_shape, affine)


@pytest.mark.parametrize("slope", [0.45, -0.3])
def test_regularize_takes_the_shear_and_keeps_places(slope):
    volume = tilted(slope=slope)
    assert shear_of(volume.affine) == pytest.approx(np.degrees(np.arctan(abs(slope))))
    straight = regularize(volume)
    assert shear_of(straight.affine) == pytest.approx(0, abs=1e-5)
    assert straight.spacing == pytest.approx(volume.spacing)
    where = inner(volume, straight, (0, 2, 2))
    assert where.sum() > 0.5 * volume.array.size
    expected = ramp(straight.shape, straight.affine).array
    np.testing.assert_allclose(straight.array[where], expected[where], atol=1e-3)
    # Nothing is lost: every old voxel lies within the new frame.
    index = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
    at = straight.to_index(volume.to_world(index))
    assert (at >= -0.5).all()
    assert (at <= np.array(straight.shape) - 0.5).all()
    assert (straight.array[~inner(volume, straight, -0.51)] == -1000).all()
    assert "tilt" in straight.report[-1]


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_regularize_whatever_the_order_of_the_axes(order):
    volume = tilted()
    turned = Volume(volume.array.transpose(order), volume.affine[:, [*order, 3]])
    straight = regularize(turned)
    assert shear_of(straight.affine) == pytest.approx(0, abs=1e-5)
    steps = straight.affine[:3, :3]
    assert np.allclose(steps.T @ steps, np.diag(np.diag(steps.T @ steps)), atol=1e-6)
    where = inner(turned, straight, (2, 2, 2))
    assert where.sum() > 0.25 * turned.array.size
    expected = ramp(straight.shape, straight.affine).array
    np.testing.assert_allclose(straight.array[where], expected[where], atol=2e-3)


def test_regularize_a_mask_and_a_straight_volume(scan):
    assert regularize(scan) is scan
    volume = tilted()
    mask = volume.with_array(np.ones(volume.shape, bool))
    straight = regularize(mask, kernel="nearest")
    assert straight.is_mask
    assert np.count_nonzero(straight.array) == pytest.approx(mask.array.size, rel=0.02)
    with pytest.raises(UnitError, match="nearest"):
        regularize(mask)
    skewed = np.array(scan.affine)
    skewed[:3, 2] += skewed[:3, 1] * 0.2
    skewed[:3, 0] += skewed[:3].sum(axis=1) * 0.1
    with pytest.raises(GeometryError, match="no two axes are perpendicular"):
        regularize(Volume(scan.array, skewed))


def test_the_embedded_head_at_1_mm():
    volume = head()
    result = resample(volume, 1.0)
    assert result.shape == (162, 245, 245)
    assert result.spacing == pytest.approx((1, 1, 1))
    inside = resample(volume, 1.0, kernel="area").array
    assert inside.mean() == pytest.approx(volume.array.mean(), abs=1.5)


# ---- against a head whose mean over every voxel is known


@pytest.fixture(scope="module")
def known():
    """A phantom's scan of 0.8 x 0.49 x 0.49 mm; its truth at 1 mm for large and old voxels."""
    phantom = head_phantom(table=False)
    grid = make_grid((20, 420, 340), (0.8, 0.49, 0.49), center=(0, 0, 20))
    new = resample(grid, 1.0, kernel="nearest")
    truths = [phantom.render(new, voxel).array for voxel in (None, grid.spacing)]
    return phantom.render(grid), *truths


def rms(result, truth):
    return float(np.sqrt(np.mean((result.array - truth)[3:-3, 5:-5, 5:-5] ** 2)))


def test_nearness_to_the_truth(known):
    """The phantom fills this picture: in a larger one, with more air, the errors are smaller."""
    exact, large, small = known
    averaged = {kernel: rms(resample(exact, 1.0, kernel=kernel), large) for kernel in KERNELS}
    assert averaged["cubic"] < 1.2
    assert averaged["cubic"] < 0.25 * min(averaged["linear"], averaged["area"])
    assert max(averaged["linear"], averaged["area"]) < averaged["nearest"]
    cubic, linear = (
        rms(resample(exact, 1.0, kernel=kernel, antialias=False), small)
        for kernel in ("cubic", "linear")
    )
    assert cubic < 1
    assert cubic < 0.25 * linear


@pytest.mark.parametrize(
    ("kernel", "antialias"),
    [("linear", True), ("linear", False), ("cubic", True), ("cubic", False), ("area", True)],
)
def test_no_shift_on_any_axis(known, kernel, antialias):
    exact, large, small = known
    truth = large if antialias else small
    result = resample(exact, 1.0, kernel=kernel, antialias=antialias).array
    for slope in np.gradient(truth):
        inner = (slice(2, -2), slice(5, -5), slice(5, -5))
        shift = ((result - truth) * slope)[inner].sum() / (slope**2)[inner].sum()
        assert abs(shift) < 0.005, "mm"


def test_noise_falls_to_a_third():
    rng = np.random.default_rng(12)
    noise = Volume.from_spacing(rng.normal(0, 12, (40, 200, 200)), (0.8, 0.49, 0.49))
    assert resample(noise, 1.0).array[3:-3, 5:-5, 5:-5].std() <= 4.05
    assert resample(noise, 1.0, antialias=False).array.std() > 8


def test_overshoot_of_the_cubic_at_an_edge_as_a_scanner_sees_it():
    from scipy.special import ndtr

    rows, columns = np.mgrid[:80, :80]
    place = (columns - 40 - rows / 37) * 0.49
    edge = np.mean(
        [ndtr((place + part * 0.49) / 0.4) for part in (-0.4, -0.2, 0, 0.2, 0.4)], axis=0
    )
    volume = Volume.from_spacing(
        np.broadcast_to(2000 * edge - 1000, (6, 80, 80)), (0.8, 0.49, 0.49)
    )
    for antialias in (True, False):
        result = resample(volume, 1.0, antialias=antialias).array[:, 5:-5, 5:-5]
        beyond = max(result.max() - 1000, -1000 - result.min()) / 2000
        assert 0 <= beyond < 0.025
