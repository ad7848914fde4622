import numpy as np
import pytest
from _truth import dice, head
from scipy import ndimage

from ctkit import GeometryError, ParameterError, UnitError, Volume, head_mask, keep_head, load
from ctkit.phantom import Part, Phantom, head_phantom, make_grid
from ctkit.phantom.noise import scan


def ball(shape, spacing, middle_mm, radius_mm):
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return np.linalg.norm(index * np.array(spacing) - middle_mm, axis=-1) <= radius_mm


@pytest.fixture(scope="module")
def scene():
    """A ball with a cavity, an ear, and a plate that touches it: HU, ball, plate."""
    shape, spacing = (30, 90, 80), (4.0, 1.5, 2.0)
    head = ball(shape, spacing, (58, 60, 80), 45)
    cavity = ball(shape, spacing, (58, 45, 80), 12)
    plate = np.zeros(shape, bool)
    plate[:, 70:73, 5:75] = True
    array = np.full(shape, -1000, np.int16)
    array[plate] = 200
    array[head] = 40
    array[cavity] = -1000
    return Volume.from_spacing(array, spacing), head, plate & ~head


def test_a_plate_that_touches_is_parted_and_cavities_are_inside(scene):
    volume, head, plate = scene
    mask = head_mask(volume)
    assert mask.is_mask
    assert dice(mask.array, head) > 0.99
    assert np.count_nonzero(mask.array & plate) < 0.05 * np.count_nonzero(plate)
    np.testing.assert_array_equal(mask.affine, volume.affine)


def test_the_report_says_how_much_was_left_out(scene):
    volume, _, plate = scene
    note = head_mask(volume).report[-1]
    left = float(note.split("left out ")[1].split(" ml")[0])
    assert left == pytest.approx(np.count_nonzero(plate) * volume.voxel_ml, rel=0.05)


@pytest.mark.parametrize("letters", ["PSL", "IAR", "LSP"])
def test_orientation_does_not_matter_to_a_head_that_ends_within_the_scan(scene, letters):
    volume, head, _ = scene
    turned = head_mask(volume.reorient(letters)).reorient("SPL")
    assert dice(turned.array, head) > 0.99


@pytest.fixture(scope="module")
def kept():
    """The mask of the embedded head."""
    return head_mask(head())


def test_the_embedded_head(kept):
    volume, mask = head(), kept
    assert mask.array.any(axis=(1, 2))[:105].all(), "no slice of the head is lost"
    parts, count = ndimage.label(mask.array)
    sizes = np.bincount(parts.ravel())[1:]
    assert sizes.max() > 0.999 * sizes.sum(), f"{count} parts"
    assert 3100 < np.count_nonzero(mask.array) * volume.voxel_ml < 3300
    # The shell of the holder is dense and lies apart from the head at the back corners.
    holder = (volume.array > 0) & ~mask.array
    assert 30 < np.count_nonzero(holder) * volume.voxel_ml < 110
    rows = np.flatnonzero(holder.any(axis=(0, 2)))
    assert rows.min() < 20
    bone = volume.array > 300
    bone[:, :130] = False  # without the rows of the holder
    assert np.count_nonzero(bone & ~mask.array) < 1e-3 * np.count_nonzero(bone)


def test_keep_head_fills_with_air_and_keeps_the_type(scene):
    volume, _, plate = scene
    for dtype in (np.int16, np.float32):
        typed = volume.with_array(volume.array.astype(dtype))
        kept = keep_head(typed)
        mask = head_mask(typed).array
        assert kept.array.dtype == dtype
        assert (kept.array[~mask] == -1000).all()
        np.testing.assert_array_equal(kept.array[mask], typed.array[mask])
        assert "left out" in kept.report[-1]
    assert (kept.array[plate] == -1000).mean() > 0.95


def test_keep_head_with_a_mask_of_ones_own(scene):
    volume, head, _ = scene
    kept = keep_head(volume, volume.with_array(head))
    np.testing.assert_array_equal(kept.array, np.where(head, volume.array, -1000))
    with pytest.raises(GeometryError, match="another grid"):
        keep_head(volume, Volume(head, np.eye(4)))


def test_padding_far_below_air_is_outside(scene):
    volume, head, _ = scene
    array = volume.array.copy()
    array[:, :4] = array[:, -4:] = -3024
    assert dice(head_mask(volume.with_array(array)).array, head) > 0.99


@pytest.mark.parametrize("radius_mm", [52, 60, 75])
def test_a_cradle_narrower_than_the_ball_costs_no_head(radius_mm):
    """The ball that closes a holder cannot enter this one: it would close over the head."""
    shape, spacing = (30, 110, 100), (4.0, 1.5, 2.0)
    middle = np.array((58, 80, 100))
    head = ball(shape, spacing, middle, 45)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    across = np.hypot(*np.moveaxis((index * spacing - middle)[..., 1:], -1, 0) + 0.0)
    below = (index[..., 1] * spacing[1]) > middle[1] - 10
    cradle = (np.abs(across - radius_mm) < 2.5) & below
    array = np.full(shape, -1000, np.int16)
    array[cradle], array[head] = 200, 40
    mask = head_mask(Volume.from_spacing(array, spacing))
    assert dice(mask.array, head) > 0.985
    lost = np.count_nonzero(head & ~mask.array) / np.count_nonzero(head)
    assert lost < 0.02


def test_parts_that_are_not_put_back_are_no_holder_to_close():
    """With a tiny `keep_ml` the ears count as other matter; the head between them stays."""
    grid = make_grid((36, 110, 96), (5, 2.5, 2.2), center=(0, 10, 15))
    volume = head_phantom(headrest_gap_mm=0).render(grid)
    usual, strict = (head_mask(volume, **keywords) for keywords in ({}, {"keep_ml": 1}))
    gone = np.count_nonzero(usual.array & ~strict.array) * volume.voxel_ml
    assert 0 < gone < 10


def test_one_slice_alone(scene):
    volume, head, _ = scene
    one = Volume(volume.array[14:15], volume.affine)
    assert dice(head_mask(one).array, head[14:15]) > 0.98


def test_no_head_and_no_hu(scene):
    volume, head, _ = scene
    with pytest.raises(ParameterError, match="no head found"):
        head_mask(volume.with_array(np.full(volume.shape, -1000, np.int16)))
    with pytest.raises(ParameterError, match="no head found"):
        head_mask(volume, opening_mm=60)
    with pytest.raises(UnitError, match="volume is a Volume of HU, and this is a mask"):
        head_mask(volume.with_array(head))
    with pytest.raises(ParameterError, match="opening_mm"):
        head_mask(volume, opening_mm=0)


def test_plates_at_the_ears_of_a_real_head(real_data):
    """Each ear lies on a plate of 2.5 mm, far denser than skin, in the scan as it is."""
    volume = load(real_data / "ge-head", uneven="resample")
    bare, kept = volume.array, head_mask(volume).array
    # What is dense and lies in the outermost 10 mm is neither ear nor skin: it is plate.
    x = volume.to_world(np.argwhere(bare > 250))[:, 0]
    edge = np.percentile(x, (0, 100))
    side = volume.to_world(np.argwhere(kept & (bare > 250)))[:, 0]
    assert edge[0] + 10 < side.min()
    assert side.max() < edge[1] - 10
    assert 3300 < np.count_nonzero(kept) * volume.voxel_ml < 3400


# ---- a phantom in all its variants, whose head is known

WHOLE = {"shape": (34, 176, 160), "spacing": (5.0, 1.4, 1.5), "center": (0, 10, 30)}
FINE = {"shape": (10, 416, 400), "spacing": (1.0, 0.6, 0.6), "center": (0, 5, 20)}
FEW = {**WHOLE, "shape": (12, 176, 160)}
# Name: gap of the headrest in mm, grid, scan.
VARIANTS = {
    "nothing near": (None, WHOLE, None),
    "headrest touches": (0.0, WHOLE, None),
    "headrest pressed": (-1.0, WHOLE, None),
    "headrest one pixel away": (1.4, WHOLE, None),
    "fine, one pixel away": (0.6, FINE, None),
    "fine, pressed by 2 mm": (-2.0, FINE, None),
    "vertex": (
        0.0,
        {**WHOLE, "shape": (22, 176, 160), "spacing": (2.0, 1.4, 1.5), "center": (0, 10, 88)},
        None,
    ),
    "tilted": (0.0, {**WHOLE, "tilt_deg": 18.5}, None),
    "tilted the other way": (1.4, {**WHOLE, "tilt_deg": -22}, None),
    "thick slices": (0.0, {**WHOLE, "shape": (16, 176, 160), "spacing": (10.0, 1.4, 1.5)}, None),
    "bone kernel, padding": (1.4, FEW, {"noise_hu": 60, "kernel": "bone", "padding": -2000}),
    "noise": (0.0, FEW, {"noise_hu": 40, "kernel": "standard"}),
}

SLOW = ("nothing near", "headrest touches", "fine, one pixel away", "tilted")


def with_slow(names, slow):
    """Parameters, some of which `make test-slow` alone takes."""
    return [pytest.param(n, marks=[pytest.mark.slow] if n in slow else []) for n in names]


@pytest.mark.parametrize("variant", with_slow(VARIANTS, SLOW))
def test_the_phantoms_head_is_found(variant):
    gap, grid, how = VARIANTS[variant]
    # A soft point spread takes fewer samples, and closes the gap the more.
    psf = 0.6 if variant.startswith("fine") else 1.2
    phantom, grid = head_phantom(headrest_gap_mm=gap, psf_mm=psf), make_grid(**grid)
    volume = scan(phantom, grid, angles=60, **how) if how else phantom.render(grid)
    truth = phantom.mask(grid).array
    mask = head_mask(volume).array
    assert dice(mask, truth) >= 0.99
    lost = truth.any(axis=(1, 2)) & ~mask.any(axis=(1, 2))
    assert not lost.any(), f"slices {np.flatnonzero(lost)} are lost"
    # Of a holder of 5 mm nothing stays but half voxels of its inner side.
    away = ndimage.distance_transform_edt(~truth, sampling=grid.spacing)
    assert np.count_nonzero(mask & ~truth) * grid.voxel_ml < 2
    assert np.count_nonzero(mask & (away > 1.6)) * grid.voxel_ml < 0.2
    back = grid.to_world(np.argwhere(mask))[:, 1]
    assert back.max() < 98, "the head ends at 97 mm, and the table begins at 115 mm"


# ---- a support too thick for the ball

# Shape and spacing of five grids of one head.
GRIDS = {
    "5 x 1.4 x 1.5": ((14, 176, 160), (5.0, 1.4, 1.5)),
    "1 x 0.6 x 0.6": ((10, 416, 400), (1.0, 0.6, 0.6)),
    "2.5 x 0.9 x 1.0": ((8, 280, 240), (2.5, 0.9, 1.0)),
    "3 x 2 x 2": ((12, 125, 120), (3.0, 2.0, 2.0)),
    "1.25 x 0.8 x 0.7": ((10, 320, 340), (1.25, 0.8, 0.7)),
}


def support(curved, gap):
    """A plate of 15 mm, flat or in the shape of the head's back, so far behind it."""
    if not curved:
        return (Part("table", 80, (0, 97 + gap + 7.5, 0), (210, 7.5, np.inf)),)
    place = {"center": (0, 97 - 108 + gap, 0), "within": ((0, 1, 0), 35)}
    return (
        Part("headrest", 120, axes=(123, 123, np.inf), **place),
        Part("space in the headrest", -1000, axes=(108, 108, np.inf), **place),
    )


@pytest.mark.parametrize("curved", [False, True], ids=["flat", "curved"])
@pytest.mark.parametrize("grid", with_slow(GRIDS, ("2.5 x 0.9 x 1.0", "1.25 x 0.8 x 0.7")))
def test_a_thick_support_close_to_the_head_is_left_out(grid, curved):
    shape, spacing = GRIDS[grid]
    bare = head_phantom(table=False, psf_mm=1.2)
    scene = Phantom(support(curved, gap=1) + bare.parts, 1.2)
    place = make_grid(shape, spacing, center=(0, 10, 20))
    truth = scene.mask(place).array
    mask = head_mask(scene.render(place)).array
    assert dice(mask, truth) > 0.99
    away = ndimage.distance_transform_edt(~truth, sampling=spacing)
    assert np.count_nonzero(mask & (away > 3)) * place.voxel_ml < 2, "of 60 to 700 ml"


# ---- whether it is a head at all


def doubts(volume):
    return doubts_of(head_mask(volume))


def doubts_of(mask):
    return [line for line in mask.report if "may be no head" in line]


def shrunk(volume, factor):
    affine = np.array(volume.affine)
    affine[:3, :3] *= factor
    return Volume(volume.array, affine)


PARTS = {
    "upper half": np.s_[54:, :, :],
    "lower half": np.s_[:54, :, :],
    "one side": np.s_[:, :, :128],
    "one slice": np.s_[54:55, :, :],
}


def test_a_head_is_a_head(kept):
    assert doubts_of(kept) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_head_is_one(part):
    assert doubts(crop_to(head().canonical(), PARTS[part])) == []


def crop_to(volume, part):
    first = [where.start or 0 for where in part]
    affine = np.array(volume.affine)
    affine[:3, 3] = volume.to_world(first)
    return Volume(volume.array[part], affine)


def test_an_infants_head_is_a_head():
    assert doubts(shrunk(head(), 0.55)) == []


@pytest.mark.parametrize("name", ["crlm-1004", "aorta/ct_cropped.nii.gz"])
@pytest.mark.parametrize("factor", [1, 0.55])
def test_a_trunk_is_no_head_nor_is_a_small_one(real_data, name, factor):
    trunk = shrunk(load(real_data / name), factor)
    found = doubts(Volume(trunk.array[::2, ::2, ::2], trunk.affine @ np.diag([2, 2, 2, 1])))
    assert any("no skull closes around brain" in line for line in found)


def test_what_is_larger_than_a_head_is_told(scene):
    """With a skull, too, as in a scan of all of a body."""
    volume, whole, _ = scene
    inside = ndimage.distance_transform_edt(whole, sampling=volume.spacing)
    skull = volume.with_array(np.where((inside < 8) & whole, np.int16(900), volume.array))
    assert doubts(skull) == []
    (line,) = doubts(shrunk(skull, 3.0))
    assert "larger than a head" in line
    (line,) = doubts(volume)
    assert "no skull" in line
    assert "may be no head" in keep_head(volume).report[-2]


@pytest.mark.parametrize("inner", [-800, -100, 400], ids=["lung", "fat", "bone"])
def test_bone_around_something_else_is_no_skull(scene, inner):
    volume, whole, _ = scene
    depth = ndimage.distance_transform_edt(whole, sampling=volume.spacing)
    array = np.select([depth > 8, whole], [inner, 900], -1000).astype(np.int16)
    assert any("no skull" in line for line in doubts(volume.with_array(array)))


def on_a_table(spacing, gap, thick=15, tilt=0, noise=0):
    """A head of ellipses in each slice, and a table so thick and so many mm below it."""
    shape = [int(n / step) for n, step in zip((40, 230, 200), spacing, strict=True)]
    _, r, c = np.indices(shape, np.float32)
    y, x, t = r * spacing[1] - 95, c * spacing[2] - 100, np.radians(tilt)
    x, y = x * np.cos(t) + y * np.sin(t), y * np.cos(t) - x * np.sin(t)
    radius = np.hypot(x / 75, y / 90)
    hu = np.select([radius > 1, radius > 0.92], [-1000, 1100], 35)
    table = (y > 90 + gap) & (y < 90 + gap + thick) & (np.abs(x) < 85)
    hu[table] = 60
    hu = hu + np.random.default_rng(0).normal(0, noise, shape) if noise else hu
    return Volume.from_spacing(hu.astype(np.int16), spacing), table, radius <= 1


@pytest.mark.parametrize("spacing", [(2.5, 0.9, 0.9), (1.5, 1, 1), (5, 0.7, 0.7)])
def test_a_thick_table_that_touches_is_told(spacing):
    mask = head_mask(on_a_table(spacing, gap=-1)[0])
    assert any("A support touches the head, or lies within 2 mm" in line for line in mask.report)


# Spacing, gap in mm, thickness of the table in mm, by how many degrees all is turned, noise in HU.
GAPS = (
    ((2.5, 0.9, 0.9), 1, 15, 0, 0),
    ((2.5, 0.9, 0.9), 1.5, 25, 25, 0),
    ((1.5, 1, 1), 1, 15, 0, 0),
    ((1.5, 1, 1), 1, 6, 8, 0),
    ((1.5, 1, 1), 1.5, 40, 25, 60),
    ((1.5, 1, 1), 3, 40, 0, 0),
    ((5, 0.7, 0.7), 1, 6, 25, 60),
    ((5, 0.7, 0.7), 2, 15, 8, 0),
    ((1.5, 0.8, 0.7), 1, 25, 0, 0),
    ((4, 0.5, 0.5), 0.5, 15, 25, 0),
    ((4, 0.5, 0.5), 0.5, 40, 0, 60),
)


@pytest.mark.parametrize(("spacing", "gap", "thick", "tilt", "noise"), GAPS)
def test_a_gap_that_the_voxels_show_parts_head_and_table(spacing, gap, thick, tilt, noise):
    """However thick the table is, and though blocks of 2 mm don't show the gap."""
    volume, table, truth = on_a_table(spacing, gap, thick, tilt, noise)
    mask = head_mask(volume)
    assert np.count_nonzero(mask.array & table) < 0.03 * np.count_nonzero(table)
    assert np.count_nonzero(truth & ~mask.array) < 1e-3 * np.count_nonzero(truth)
    assert not any("A support touches" in line for line in mask.report)


@pytest.mark.parametrize("thick", [25, 40])
def test_a_support_thicker_than_any_ball_leaves_the_phantoms_head(thick):
    shape, spacing = GRIDS["2.5 x 0.9 x 1.0"]
    table = Part("table", 80, (0, 97 + 1.5 + thick / 2, 0), (210, thick / 2, np.inf))
    scene = Phantom((table, *head_phantom(table=False).parts), 1.2)
    place = make_grid(shape, spacing, center=(0, 25, 20), tilt_deg=12)
    truth = scene.mask(place).array
    mask = head_mask(scene.render(place)).array
    assert dice(mask, truth) > 0.99
    away = ndimage.distance_transform_edt(~truth, sampling=spacing)
    assert np.count_nonzero(mask & (away > 3)) * place.voxel_ml < 2
