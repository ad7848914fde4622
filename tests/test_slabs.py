"""Slabs: exactly the planes within half the thickness, against numbers written in each plane."""

import numpy as np
import pytest
import SimpleITK as sitk
from _truth import affine_turned, ramp

import ctkit
from ctkit.geometry import PLANES, make_affine
from ctkit.sampling import NOTHING, plane_of, project

SHAPE = (9, 11, 13)
SPACING = (2.5, 0.7, 1.3)
TILT = np.radians(17)


def tilted(shape=SHAPE, spacing=SPACING):
    """An affine whose slices lean as those of a tilted gantry do."""
    affine = np.array(make_affine(spacing, (-4, 7, 30)))
    affine[:3, 0] += affine[:3, 1] / spacing[1] * spacing[0] * np.tan(TILT)
    return affine


def rounded(affine):
    """As it comes from a file with float32."""
    return np.asarray(affine, np.float32).astype(np.float64)


GRIDS = {
    "upright": np.array(make_affine(SPACING, (-4, 7, 30))),
    "rounded": rounded(make_affine((0.1, 0.3, 0.7), (1 / 3, 0, 0))),
    "oblique": affine_turned(SPACING),
    "backwards": affine_turned(SPACING) @ np.diag([-1, 1, -1, 1]),
}


def numbered(affine, axis, shape=SHAPE):
    """A Volume with 2**k in plane k across an axis: a mean tells each set of planes apart."""
    numbers = 2.0 ** np.arange(shape[axis])
    turned = [-1 if other == axis else 1 for other in range(3)]
    return ctkit.Volume(np.broadcast_to(numbers.reshape(turned), shape), affine)


def planes_within(index, mm, step, count):
    """The planes of the truth: those whose centres lie within half the thickness."""
    return [k for k in range(count) if abs(k - index) * step <= mm / 2 * (1 + 1e-6)]


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("steps", [0.4, 0.999, 1, 1.999, 2, 3.5, 4, 6, 40])
def test_a_slab_takes_the_planes_within_half_its_thickness(grid, plane, steps):
    affine = GRIDS[grid]
    axis = ctkit.Volume(np.zeros(SHAPE), affine).layout(plane).axis
    volume = numbered(affine, axis)
    mm, step = steps * volume.spacing[axis], volume.spacing[axis]
    found = {name: ctkit.slab(volume, mm, name, plane=plane) for name in ("max", "min", "mean")}
    for index in range(SHAPE[axis]):
        within = planes_within(index, mm, step, SHAPE[axis])
        expected = {"max": max(within), "min": min(within)}
        for name, volumes in found.items():
            picture = volumes.plane(plane, index)
            truth = np.mean(2.0 ** np.array(within)) if name == "mean" else 2.0 ** expected[name]
            assert picture == pytest.approx(truth, rel=1e-6), (name, index)


@pytest.mark.parametrize("steps", [0.5, 1, 2, 3.9, 4])
def test_slices_of_a_tilted_gantry_count_along_their_normal(steps):
    volume = numbered(tilted(), 0)
    step = volume.spacing[0]
    assert step < np.linalg.norm(volume.affine[:3, 0])  # the way along the lean is longer
    found = ctkit.slab(volume, steps * step, "mean")
    assert found.array.dtype == np.float32
    assert np.array_equal(found.affine, volume.affine)
    for index in range(SHAPE[0]):
        within = planes_within(index, steps * step, step, SHAPE[0])
        # The slices are moved by a row at most: in the middle all of them are there.
        middle = found.array[index, 4:-4]
        assert middle == pytest.approx(np.mean(2.0 ** np.array(within)), rel=1e-6)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("shear", [False, True])
def test_a_ramp_is_projected_straight_along_the_normal(plane, shear):
    affine = tilted() if shear else affine_turned(SPACING)
    gradient = np.array([3.0, -2.0, 5.0])
    volume = ramp((9, 20, 13), affine, gradient)
    stack = volume.stack(plane)
    normal = np.cross(*stack.affine[:3, [stack.layout.down, stack.layout.across]].T)
    normal /= np.linalg.norm(normal)
    step = abs(normal @ stack.affine[:3, stack.layout.axis])
    highest = ctkit.slab(volume, 2.2 * step, "max", plane=plane)
    mean = ctkit.slab(volume, 2.2 * step, "mean", plane=plane)
    places = np.array([n // 2 for n in highest.shape])
    truth = highest.to_world(places) @ gradient + 40
    assert mean.array[tuple(places)] == pytest.approx(truth, abs=1e-3)
    beside = abs(normal @ gradient) * step
    assert highest.array[tuple(places)] == pytest.approx(truth + beside, abs=1e-3)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("projection", ["max", "min", "mean"])
def test_it_is_the_projection_of_simple_itk(plane, projection):
    values = np.random.default_rng(7).integers(-1024, 3000, SHAPE).astype(np.int16)
    volume = ctkit.Volume.from_spacing(values, SPACING)
    axis = volume.layout(plane).axis
    index = SHAPE[axis] // 2
    found = ctkit.slab(volume, 4 * volume.spacing[axis], projection, plane=plane)
    keep = [slice(None)] * 3
    keep[axis] = slice(index - 2, index + 3)
    names = {"max": "Maximum", "min": "Minimum", "mean": "Mean"}
    image = sitk.GetImageFromArray(values[tuple(keep)].astype(np.float64))
    made = getattr(sitk, f"{names[projection]}Projection")(image, 2 - axis)
    expected = np.take(sitk.GetArrayFromImage(made), 0, axis=axis)
    assert np.take(found.array, index, axis=axis) == pytest.approx(expected, abs=1e-3)
    assert found.array.dtype == (np.float32 if projection == "mean" else np.int16)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("projection", ["max", "min", "mean"])
@pytest.mark.parametrize("affine", [*GRIDS.values(), tilted()], ids=[*GRIDS, "tilted"])
def test_it_is_what_a_view_shows(affine, plane, projection):
    values = np.random.default_rng(3).integers(-1000, 2000, SHAPE).astype(np.int16)
    volume = ctkit.Volume(values, affine)
    found = ctkit.slab(volume, 5, projection, plane=plane)
    stack = volume.stack(plane)._replace(thickness=5.0, projection=projection)
    assert found.shape == stack.shape
    for index in range(stack.shape[stack.layout.axis]):
        shown = plane_of(volume.array, volume.affine, stack, index)
        shown = np.where(shown == NOTHING, -1000, shown)
        assert np.array_equal(found.plane(plane, index), shown)


def test_a_landmark_keeps_its_millimetres():
    volume = ctkit.Volume.from_spacing(np.full(SHAPE, -1000, np.int16), SPACING, (5, 6, 7))
    array = volume.array.copy()
    array[4, 3, 8] = 1500
    found = ctkit.slab(volume.with_array(array), 5)
    assert np.argwhere(found.array == 1500).tolist() == [[k, 3, 8] for k in (3, 4, 5)]
    assert np.array_equal(found.affine, volume.affine)
    assert found.report[-1] == "Slab: max of axial planes 2.5 mm apart, over 5 mm."


def test_where_a_picture_has_nothing_the_others_count():
    pictures = [
        np.array([[NOTHING, NOTHING, 3, np.nan, 4]], np.float32),
        np.array([[NOTHING, 5, 1, 7, NOTHING]], np.float32),
    ]
    for projection, expected in (
        ("max", [NOTHING, 5, 3, np.nan, 4]),
        ("min", [NOTHING, 5, 1, np.nan, 4]),
        ("mean", [NOTHING, 5, 2, np.nan, 4]),
    ):
        assert np.array_equal(project(pictures, projection), [expected], equal_nan=True)


def test_of_a_mask_a_slab_shows_what_lies_in_any_plane():
    mask = np.zeros(SHAPE, bool)
    mask[3, 2, 5] = True
    volume = ctkit.Volume.from_spacing(mask, SPACING)
    for projection in ("max", "min", "mean"):
        stack = volume.stack("axial")._replace(thickness=5.0, projection=projection)
        assert [np.count_nonzero(plane_of(mask, volume.affine, stack, k)) for k in range(9)] == [
            0,
            0,
            1,
            1,
            1,
            0,
            0,
            0,
            0,
        ]


def test_what_is_no_scan_of_hu_is_refused():
    volume = ctkit.Volume.from_spacing(np.zeros(SHAPE, np.float32), SPACING)
    with pytest.raises(ctkit.UnitError, match="mask"):
        ctkit.slab(volume.with_array(volume.array > 0), 5)
    with pytest.raises(ctkit.UnitError, match="label map"):
        ctkit.slab(volume.with_array(np.zeros(SHAPE, np.int16), labels={1: "bone"}), 5)
    with pytest.raises(ctkit.UnitError, match="NaN"):
        ctkit.slab(volume.with_array(np.full(SHAPE, np.nan, np.float32)), 5)
    with pytest.raises(ctkit.ParameterError, match="above 0"):
        ctkit.slab(volume, 0)
    with pytest.raises(ctkit.ParameterError, match="max, min"):
        ctkit.slab(volume, 5, "mip")
    with pytest.raises(ctkit.GeometryError, match="axial"):
        ctkit.slab(volume, 5, plane="upright")
