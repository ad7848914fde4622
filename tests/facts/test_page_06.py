"""Page 06: millilitres and masks, recomputed with SciPy, and against the phantom's form."""

import re
from functools import cache

import _pages
import numpy as np
import pytest
from _truth import dice, head, head_by_itk
from scipy import ndimage

import ctkit
from ctkit import phantom


def test_what_became_air_is_matter_that_does_not_hang_on_the_head():
    """Parted from the table by hand: the largest piece of bone and tissue, filled."""
    matter = ndimage.binary_opening(head().array > -500, iterations=3)
    labels, count = ndimage.label(matter)
    sizes = ndimage.sum_labels(matter, labels, range(1, count + 1))
    core = ndimage.binary_dilation(labels == 1 + np.argmax(sizes), iterations=12)
    line = _pages.facts("06")[3]
    away = np.count_nonzero((head().array > -500) & ~core) * head().voxel_ml
    assert abs(float(line.split()[0]) - away) < 15


def with_headrest():
    """Three rows of 50 slices and 90 columns, drawn into air: 18.6 ml."""
    drawn = np.array(head().array)
    drawn[30:80, 6:9, 80:170] = 400
    return head().with_array(drawn)


def test_the_outline_is_that_of_the_head_without_headrest():
    found = head_by_itk(with_headrest())
    assert not found[30:80, 6:9, 80:170].any()
    told = re.search(r"The outline holds ([\d,]+) ml in (\d+) of 108", _pages.facts("06")[1])
    assert number(told[1]) == pytest.approx(found.sum() * head().voxel_ml, abs=2)
    assert number(told[2]) == np.count_nonzero(found.any(axis=(1, 2)))


def number(text):
    return float(text.replace(",", ""))


def test_the_threshold_and_the_opening_by_a_ball_of_voxels():
    """Opening with a ball, by SciPy's binary opening in place of the page's distances."""
    fine = with_headrest()
    coarse = ctkit.resample(fine, (2, 2, 2)).array > -500
    matter = number(re.search(r"lie ([\d,]+) ml", _pages.facts("06")[0])[1])
    assert matter == round(coarse.sum() * 0.008)
    # A grid of 2 mm holds as much matter as that of the scan, up to thin things.
    wanted = np.count_nonzero(fine.array > -500) * fine.voxel_ml
    assert matter == pytest.approx(wanted, rel=0.01)
    ball = np.linalg.norm(np.mgrid[-2:3, -2:3, -2:3], axis=0) <= 2
    longer = np.pad(coarse, ((4, 4), (0, 0), (0, 0)), mode="edge")
    opened = ndimage.binary_opening(longer, ball)[4:-4].sum() * 0.008
    away = number(re.search(r"the opening takes (\d+) ml", _pages.printed("06"))[1])
    assert matter - away == pytest.approx(opened, rel=0.01)


@cache
def scanned():
    body = phantom.head_phantom(headrest_gap_mm=0)
    grid = phantom.make_grid((36, 110, 96), (5.0, 2.5, 2.2), center=(0, 10, 15))
    return body, body.render(grid), body.mask(grid)


def inside(part, x, y, z):
    """Whether places in mm lie in an ellipsoid that is turned about z, and cut below."""
    x, y, z = x - part.center[0], y - part.center[1], z - part.center[2]
    along, across = np.cos(np.radians(part.turn)), np.sin(np.radians(part.turn))
    square = ((along * x + across * y) / part.axes[0]) ** 2
    square = square + ((along * y - across * x) / part.axes[1]) ** 2 + (z / part.axes[2]) ** 2
    if part.within is None:
        return square <= 1
    normal, offset = part.within
    assert normal == (0, 0, -1)
    return (square <= 1) & (z + part.center[2] < -offset)


def test_the_mask_against_the_phantom():
    """Its form by the formula of the ellipsoid, at eight points of each voxel."""
    body, scan, _ = scanned()
    z, y, x = (
        (np.arange(2 * n, dtype=np.float32) / 2 - 0.25) * step + start
        for n, step, start in zip(scan.shape, scan.spacing, scan.origin[::-1], strict=True)
    )
    places = x, y[:, None], z[:, None, None]
    form = np.any([inside(part, *places) for part in body.parts if part.outline], axis=0)
    true_ml = form.sum() * scan.voxel_ml / 8
    words = r"head has ([\d,]+) ml, the mask ([\d,]+) ml, with a Dice coefficient of (0\.\d+)"
    told = [number(text) for text in re.search(words, _pages.facts("06")[4]).groups()]
    assert told[0] == pytest.approx(true_ml, rel=0.003)
    assert told[1] == pytest.approx(true_ml, rel=0.005)
    # A plain opening leaves some of the headrest that touches.
    half = form.reshape(36, 2, 110, 2, 96, 2).mean(axis=(1, 3, 5)) > 0.5
    assert dice(head_by_itk(scan), half) < told[2] < 1


def test_a_rim_of_one_voxel_by_shifted_copies():
    _, scan, truth = scanned()
    wide = np.pad(truth.array, 1)
    shifts = [np.roll(wide, step, axis) for axis in range(3) for step in (-1, 1)]
    rim = np.any([wide, *shifts], axis=0)[1:-1, 1:-1, 1:-1]
    both, more = truth.array.sum(), rim.sum() - truth.array.sum()
    assert f"with a rim: Dice {2 * both / (2 * both + more):.3f}" in _pages.printed("06")
    assert f"{more * scan.voxel_ml:.0f} ml too many" in _pages.printed("06")
    assert f"all around is {100 * more / truth.array.sum():.1f} % of this head" in _pages.prose(
        "06"
    )


def test_the_place_to_point_at_was_headrest():
    assert f"before: {head().array[20, 0, 84]} HU" in _pages.printed("06")
    assert head().array[20, 0, 84] > -500
    assert not head_by_itk(with_headrest())[20, 0, 84]


def test_outside_of_the_mask_is_water():
    told = re.search(r"mask \* image: mean (-?\d+) HU, ([\d,]+) ml", _pages.printed("06"))
    found = head_by_itk(with_headrest())
    water = np.where(found, head().array, 0)
    assert float(told[1]) == pytest.approx(water.mean(), abs=1)
    wanted = np.count_nonzero(np.abs(water) < 10) * head().voxel_ml
    assert number(told[2]) == pytest.approx(wanted, rel=0.001)
    outside = np.count_nonzero(~found) * head().voxel_ml / 1000
    assert f"in a block of {outside:.1f} litres of it" in _pages.prose("06")


def test_slice_by_slice_takes_the_headrest_for_the_head():
    _, scan, truth = scanned()
    wide = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), 2)
    naive = np.zeros(scan.shape, bool)
    for k, picture in enumerate(scan.array):
        labels, count = ndimage.label(ndimage.binary_dilation(picture > 0, wide))
        if count:
            sizes = ndimage.sum_labels(labels > 0, labels, range(1, count + 1))
            naive[k] = ndimage.binary_fill_holes(labels == 1 + np.argmax(sizes))
    more = (naive & ~truth.array).sum() * scan.voxel_ml
    has = truth.array.any(axis=(1, 2))
    missed = np.count_nonzero(has & ~(naive & truth.array).any(axis=(1, 2)))
    line = f"has {more:.0f} ml too much, and misses the head in {missed} of {has.sum()} slices"
    assert line in _pages.facts("06")[2]
    # Of what is too much, that within two pixels of the head is the rim.
    near = np.array([ndimage.binary_dilation(picture, wide) for picture in truth.array])
    rim = (naive & ~truth.array & near).sum() * scan.voxel_ml
    told = f"{more - rim:.0f} of the {more:.0f} ml. The other {rim:.0f} ml are the fatter rim"
    assert told in _pages.prose("06")
