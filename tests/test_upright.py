"""Planes as they are shown: a tilted gantry upright, an oblique one named, on one grid for all."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

import ctkit
from ctkit import geometry, overlay
from ctkit.geometry import PLANES, apply_affine
from ctkit.sampling import NOTHING, plane_of

SHAPE, SPACING = (14, 40, 31), (4.0, 0.9, 1.3)
TRUTH = np.array([2.0, -1.5, 3.0])  # HU per mm along x, y and z


def tilted(degrees=18.0, dtype=np.float32):
    """HU that are a plane in space, in a stack whose slices lean: linear sampling is exact."""
    grid = ctkit.phantom.make_grid(SHAPE, SPACING, tilt_deg=degrees)
    values = grid.to_world(np.stack(np.indices(SHAPE), axis=-1)) @ TRUTH
    return ctkit.Volume(values.astype(dtype), grid.affine)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("degrees", [18, -25])
def test_planes_of_a_tilted_stack_are_right_angled_and_true(plane, degrees):
    volume = tilted(degrees)
    stack = volume.stack(plane)
    across, down = geometry.directions(stack)
    assert across @ down == pytest.approx(0, abs=1e-9)
    for axis, step in ((stack.layout.across, 1), (stack.layout.down, 0)):
        length = np.linalg.norm(stack.affine[:3, axis])
        assert stack.layout.spacing[step] == pytest.approx(length)
    index = stack.shape[stack.layout.axis] // 3
    picture = plane_of(volume.array, volume.affine, stack, index)
    inside = picture != NOTHING
    assert inside.all() or plane != "axial"
    first = plane_of(volume.array, volume.affine, stack, 0)
    assert (first == NOTHING).any() == (plane != "axial")
    places = _places(stack, index)
    expected = apply_affine(stack.affine, places) @ TRUTH
    # Beyond the outermost centres the outermost voxel counts.
    within = apply_affine(np.linalg.inv(volume.affine) @ stack.affine, places)
    deep = ((within >= 0) & (within <= np.array(SHAPE) - 1)).all(axis=-1)
    assert deep.any()
    assert not (deep & ~inside).any()
    assert picture[deep] == pytest.approx(expected[deep], abs=2e-3)


def _places(stack, index):
    """The indices of a stack's pixels, by its layout, another way than the sampler."""
    rows, columns = stack.shape[stack.layout.down], stack.shape[stack.layout.across]
    places = np.full((rows, columns, 3), float(index))
    for row, column in np.ndindex(rows, columns):
        down, across = row, column
        if stack.layout.flip_down:
            down = rows - 1 - row
        if stack.layout.flip_across:
            across = columns - 1 - column
        places[row, column, stack.layout.down] = down
        places[row, column, stack.layout.across] = across
    return places


@pytest.mark.parametrize("plane", ["coronal", "sagittal"])
def test_it_is_what_regularize_makes(plane):
    volume = tilted()
    noise = np.random.default_rng(2).normal(0, 40, SHAPE).astype(np.float32)
    volume = volume.with_array(volume.array + noise)
    upright = ctkit.regularize(volume, kernel="linear")
    stack = volume.stack(plane)
    index = stack.shape[stack.layout.axis] // 2
    picture = plane_of(volume.array, volume.affine, stack, index)
    places = apply_affine(np.linalg.inv(upright.affine) @ stack.affine, _places(stack, index))
    expected = map_coordinates(upright.array, np.moveaxis(places, -1, 0), order=1, cval=-1e9)
    deep = (picture != NOTHING) & (expected > -900)
    assert deep.mean() > 0.5
    assert np.median(np.abs(picture - expected)[deep]) < 0.01


@pytest.mark.parametrize("plane", PLANES)
def test_what_is_upright_is_not_copied_nor_sampled(plane):
    volume = ctkit.Volume.from_spacing(np.arange(60, dtype=np.int16).reshape(3, 4, 5), (3, 1, 2))
    stack = volume.stack(plane)
    assert not stack.resampled
    assert stack.layout == volume.layout(plane)
    picture = plane_of(volume.array, volume.affine, stack, 1)
    assert np.shares_memory(picture, volume.array)
    assert np.array_equal(picture, volume.plane(plane, 1))


def test_an_affine_that_was_rounded_is_upright():
    volume = ctkit.Volume.from_spacing(np.zeros((60, 512, 512), np.int16), (3, 0.4, 0.4))
    affine = np.array(volume.affine)
    affine[:3, :3] += np.random.default_rng(1).uniform(-1e-5, 1e-5, (3, 3))
    assert not any(geometry.stack_of(volume.shape, affine, plane).resampled for plane in PLANES)


def test_masks_stay_masks_and_labels_labels():
    volume = tilted()
    mask = volume.with_array(volume.array > 0)
    stack = volume.stack("sagittal")
    assert plane_of(mask.array, mask.affine, stack, 12).dtype == bool
    labels = volume.with_array(np.where(mask.array, 7, 2).astype(np.int16), labels={2: "a", 7: "b"})
    picture = plane_of(labels.array, labels.affine, stack, 12, nearest=True)
    assert set(np.unique(picture)) == {NOTHING, 2, 7}


@pytest.mark.parametrize("plane", PLANES)
def test_a_figure_shows_what_the_viewer_shows(plane):
    volume = tilted()
    view = ctkit.explore(volume, plane=plane, window=(0, 200))
    film = ctkit.show_slice(volume, plane, view.slice, window=(0, 200))
    drawn = np.ma.filled(film.axes[0].images[0].get_array(), np.nan)
    stack = volume.stack(plane)
    expected = plane_of(volume.array, volume.affine, stack, view.slice)
    assert np.allclose(drawn, np.where(expected == NOTHING, np.nan, expected), equal_nan=True)
    assert f"slice {view.slice} of {view.max_slice + 1}" in film.facts
    assert ("resampled upright" in film.facts) == (plane != "axial")
    assert overlay.position_text(volume, plane, view.slice) == view.position


BALL = np.array([4.0, -3.0, 6.0])  # mm


def ball(kind, degrees=20.0, radius=35.0):
    """A sphere of 35 mm in a stack whose slices lean, as HU, floats, a mask or labels."""
    grid = ctkit.phantom.make_grid((27, 96, 88), (4.0, 1.1, 1.2), tilt_deg=degrees)
    index = np.stack(np.indices(grid.shape), axis=-1)
    depth = radius - np.linalg.norm(grid.to_world(index) - BALL, axis=-1)
    # Half-way at the surface, and linear beside it: between the voxels it is where it is.
    values = 2000 * np.clip(0.5 + depth / 8, 0, 1) - 1000
    if kind == "float":
        return ctkit.Volume(values, grid.affine)
    if kind == "mask":
        return ctkit.Volume(values > 0, grid.affine)
    if kind == "labels":
        return ctkit.Volume((values > 0).astype(np.int16), grid.affine, labels={1: "ball"})
    return ctkit.Volume(np.rint(values).astype(np.int16), grid.affine)


def saved(volume, path, **wanted):
    with Image.open(ctkit.save(volume, path, **wanted)) as image:
        return np.asarray(image).astype(int), json.loads(image.info["Comment"])


@pytest.mark.parametrize("plane", ["coronal", "sagittal"])
@pytest.mark.parametrize(
    ("kind", "window", "half"),
    [
        ("hu", None, 32768),
        ("hu", (0, 2000), 128),
        ("float", (0, 2000), 128),
        ("mask", None, 128),
        ("labels", None, 1),
    ],
)
def test_a_saved_picture_of_a_tilted_stack_is_upright(tmp_path, kind, window, half, plane):
    volume = ball(kind)
    stack = volume.stack(plane)
    middle = apply_affine(np.linalg.inv(stack.affine), BALL)
    index = round(middle[stack.layout.axis])
    pixels, facts = saved(volume, tmp_path / "a.png", plane=plane, slice=index, window=window)
    assert facts["resampled"]
    inside = pixels >= half
    down, across = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    spacing = facts["pixel_spacing_mm"]
    sizes = [np.ptp(at) * step + step for at, step in zip((down, across), spacing, strict=True)]
    assert sizes == pytest.approx([70, 70], abs=max(spacing))
    assert inside.sum() * np.prod(spacing) == pytest.approx(np.pi * 35**2, rel=0.02)
    # A sheared circle leans: its rows and columns go together.
    rows, columns = np.nonzero(inside)
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.01


@pytest.mark.parametrize("plane", PLANES)
def test_a_saved_slice_is_the_one_of_the_viewer(tmp_path, plane):
    volume = ball("hu")
    view = ctkit.explore(volume, plane=plane, window=(0, 2000))
    for index in (None, 2, view.max_slice - 3):
        pixels, facts = saved(volume, tmp_path / "a.png", plane=plane, slice=index)
        view.slice = facts["slice"]
        shown = plane_of(volume.array, volume.affine, volume.stack(plane), view.slice)
        air = np.where(shown == NOTHING, -1000, shown)
        assert np.abs(pixels - facts["hu_offset"] - air).max() <= 0.5
        assert facts["slice"] == (view.slice if index is None else index)
        assert ("resampled" in facts) == (plane != "axial")
    with pytest.raises(ctkit.GeometryError, match=f"from 0 to {view.max_slice}"):
        ctkit.save(volume, tmp_path / "a.png", plane=plane, slice=view.max_slice + 1)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("at", [0.0, 0.3, 1.0])
def test_a_preview_of_a_tilted_slice_holds_all_that_the_slice_shows(plane, at):
    volume = ball("hu")
    last = volume.stack(plane).shape[volume.stack(plane).layout.axis] - 1
    index = round(at * last)
    view = ctkit.tune(volume, add, preview="slice", plane=plane, slice=index, by=(0, 9))
    whole = sampled_on(view.volume, volume, plane, index)
    view._take(*view._compute(view._request("slice")))
    assert view.after.array.size < volume.array.size
    assert np.array_equal(sampled_on(view.after, volume, plane, index), whole)
    view.close()


def add(volume, by=0):
    return volume.with_array(volume.array + np.int16(by))


def sampled_on(volume, base, plane, index):
    stack = base.stack(plane)._replace(resampled=True)
    return plane_of(volume.array, volume.affine, stack, index)


def test_a_stack_goes_to_the_browser_and_back():
    stack = tilted().stack("sagittal")
    back = overlay.as_stack(overlay.plain_stack(stack))
    assert back._replace(affine=None) == stack._replace(affine=None)
    assert np.array_equal(back.affine, stack.affine)
