"""Numbers of page 11, worked out apart from its pipeline."""

import re

import _pages
import numpy as np
import pytest
from scipy import ndimage

import ctkit

BLOOD = {"hu": (70, 85), "axes": (10, 18), "place": ((-35, -45, 0), (35, 45, 45))}
TILT = np.radians(12)


def told(pattern):
    """The numbers that the page prints."""
    found = re.search(pattern, _pages.printed("11"))
    assert found, pattern
    return [float(number) for number in found.groups()]


def drawn(number):
    """Size, place, HU and semi-axes of a patient's blood: the page's lot."""
    draw = np.random.default_rng(number)
    size = draw.uniform(0.9, 1.1)
    place = size * draw.uniform(*BLOOD["place"])
    return size, place, draw.uniform(*BLOOD["hu"]), draw.uniform(*BLOOD["axes"], 3)


@pytest.fixture(scope="module")
def one_head():
    fine = ctkit.phantom.make_grid((74, 84, 84), (3, 3, 3), center=(0, 8, 5))
    return ctkit.phantom.head_phantom(lesions=False).render(fine, voxel=(1, 1, 1))


def taken(one_head, number, spacing, tilt_deg=0):
    """A scan as the page makes it, with blood painted by the formula of an ellipsoid."""
    size, place, hu, axes = drawn(number)
    shape = [int(mm / step) for mm, step in zip((216, 240, 240), spacing, strict=True)]
    grid = ctkit.phantom.make_grid(shape, spacing, center=(0, 8, 5), tilt_deg=tilt_deg)
    middle = one_head.affine[:3, :3] @ ((np.array(one_head.shape) - 1) / 2)
    assert np.allclose(one_head.affine[:3, 3] + middle, (0, 8, 5))
    points = grid.to_world(np.stack(np.indices(shape), axis=-1))
    array = sampled(one_head, points / size)
    array[(((points - place) / axes) ** 2).sum(axis=-1) < 1] = hu
    array += np.random.default_rng(number + tilt_deg).normal(0, 12, shape)
    return grid.with_array(np.rint(array).clip(-1024).astype(np.int16)), points


def sampled(volume, points):
    """HU at points in mm, linear between voxels; air beyond."""
    inverse = np.linalg.inv(volume.affine)
    index = points @ inverse[:3, :3].T + inverse[:3, 3]
    source = volume.array.astype(np.float32)
    return ndimage.map_coordinates(source, np.moveaxis(index, -1, 0), order=1, cval=-1000)


def frame_points(middle):
    """Places of the voxels of an upright frame of 4 mm: slices up, rows back, columns left."""
    step = np.arange(64) * 4.0 - 126
    z, y, x = np.meshgrid(step, step, step, indexing="ij")
    return np.stack([x, y, z], axis=-1) + middle


def test_the_tilted_scan_comes_out_upright(one_head):
    """Where the page's own arrays hold the blood: at its true place, seen from the upright one."""
    _, place, _, _ = drawn(3)
    upright, _ = taken(one_head, 3, (6, 3, 3))
    leaning, _ = taken(one_head, 3, (5, 3, 3), tilt_deg=12)
    assert abs(leaning.affine[2, 1]) > 0.5 > 0.01 > abs(upright.affine[2, 1])
    points = frame_points((0, 8, 5))
    pair = [sampled(volume, points) for volume in (upright, leaning)]
    skulls = [array > 300 for array in pair]
    high = points[..., 2] > -20  # where both scans have all of the skull
    both, either = (np.count_nonzero(f(*skulls) & high) for f in (np.logical_and, np.logical_or))
    assert both / either > 0.75
    as_stored = ndimage.zoom(leaning.array, np.divide(64, leaning.shape), order=1) > 300
    crooked = np.count_nonzero(as_stored & skulls[0] & high)
    assert crooked / np.count_nonzero((as_stored | skulls[0]) & high) < 0.5
    (apart,) = told(r"the blood of p03_1 and p03_2 is ([\d.]+) mm apart")
    assert apart < 1
    for array in pair:
        hole = (((points - place) / 12) ** 2).sum(axis=-1) < 1
        assert array[hole].mean() > 50


def test_what_the_tilt_is_in_mm():
    (fall,) = told(r"each slice of p03_2 falls by (\d+) mm")
    assert fall == pytest.approx(80 * 3 * np.sin(TILT), abs=0.5)
    across, up = told(r"lean: \[ 0\. +([\d.]+) (-[\d.]+)\] mm")
    assert (across, up) == pytest.approx((3 * np.cos(TILT), -3 * np.sin(TILT)), abs=0.005)


def test_the_blood_has_its_millilitres():
    own, framed = told(r"blood of p03_2: ([\d.]+) ml on its own slices, ([\d.]+) ml")
    true = 4 / 3 * np.pi * np.prod(drawn(3)[3]) / 1000
    assert own == pytest.approx(true, rel=0.06)
    assert framed == pytest.approx(true, rel=0.12)


def test_what_the_brain_looks_like_beside_a_filling(one_head):
    scan, _ = taken(one_head, 1, (5, 3, 3))
    mask = ctkit.head_mask(scan)
    low, high = (np.percentile(ctkit.keep_head(scan, mask).array, q) for q in (0, 99.97))
    quiet, filled = told(r"as it is +: 34 HU becomes ([\d.]+).*\nwith one filling: .* ([\d.]+),")
    assert quiet == pytest.approx((34 - low) / (high - low), abs=0.08)
    assert filled == pytest.approx(1034 / 9000, abs=0.005)
    (meant,) = told(r"with one filling.*meant (-\d+) HU")
    # Two equations give the two ends of the page's array, and these the HU.
    least = (34 - filled * 8000) / (1 - filled)
    most = least + (34 - least) / quiet
    assert meant == pytest.approx(least + filled * (most - least), abs=10)


def test_a_step_of_256_patches_begins_at_log_2():
    before, after = told(r"these patches: +([\d.]+) before, ([\d.]+) after")
    assert before == round(np.log(2), 3) > after
    before, after = told(r"another patient: ([\d.]+) before, ([\d.]+) after")
    assert before == round(np.log(2), 3) > after
    patches, numbers, blood = told(r"a batch: (\d+) patches of (\d+) numbers, (\d+) of them")
    assert (numbers, blood) == (2 * 5**3 + 1, patches / 8)


def test_a_memory_is_no_model():
    by_slice, by_patient = told(r"by slices: +Dice ([\d.]+)[^\n]*\n.*patients: Dice ([\d.]+)")
    assert by_slice > 0.3 > 0.05 > by_patient


def test_scans_that_end_as_the_page_says():
    rows = re.findall(r"^(\w+) +(ready|refused) ", _pages.printed("11"), re.MULTILINE)
    assert len(rows) == 21
    refused = {name for name, ending in rows if ending == "refused"}
    assert refused == {f"p{number}_1" for number in range(12, 18)}
    assert f"{21 - len(refused)} of 21 scans are ready" in _pages.facts("11")[0]
