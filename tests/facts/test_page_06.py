"""Page 06: millilitres and masks, recomputed with SciPy, and against the phantom's form."""

from functools import cache

import _pages
import numpy as np
from _truth import dice, head
from scipy import ndimage

import ctkit
from ctkit import phantom


def test_what_became_air_is_matter_that_does_not_hang_on_the_head():
    """Parted from the table by hand: the largest piece of bone and tissue, filled."""
    matter = ndimage.binary_opening(head().array > -500, iterations=3)
    labels, count = ndimage.label(matter)
    sizes = ndimage.sum_labels(matter, labels, range(1, count + 1))
    core = ndimage.binary_dilation(labels == 1 + np.argmax(sizes), iterations=12)
    line = _pages.facts("06")[2]
    away = np.count_nonzero((head().array > -500) & ~core) * head().voxel_ml
    assert abs(float(line.split()[0]) - away) < 15


def test_the_headrest_is_left_out():
    """Three rows of 50 slices and 90 columns, drawn into air."""
    drawn = np.array(head().array)
    drawn[30:80, 6:9, 80:170] = 400
    mask = ctkit.head_mask(head().with_array(drawn))
    assert not mask.array[30:80, 6:9, 80:170].any()
    line = f"The outline holds {mask.array.sum() * head().voxel_ml:,.0f} ml"
    assert line in _pages.facts("06")[1]


def test_the_four_steps_by_a_ball_of_voxels():
    """Opening with a ball, by SciPy's binary opening in place of the page's distances."""
    drawn = np.array(head().array)
    drawn[30:80, 6:9, 80:170] = 400
    coarse = ctkit.resample(head().with_array(drawn), (2, 2, 2)).array > -500
    line = next(text for text in _pages.printed("06").splitlines() if "1 threshold" in text)
    assert float(line.split()[2]) == round(coarse.sum() * 0.008)
    ball = np.linalg.norm(np.mgrid[-2:3, -2:3, -2:3], axis=0) <= 2
    longer = np.pad(coarse, ((4, 4), (0, 0), (0, 0)), mode="edge")
    opened = ndimage.binary_opening(longer, ball)[4:-4].sum() * 0.008
    line = next(text for text in _pages.printed("06").splitlines() if "2 opening" in text)
    assert abs(float(line.split()[2]) - opened) < 0.01 * opened


@cache
def scanned():
    body = phantom.head_phantom(headrest_gap_mm=0)
    grid = phantom.make_grid((36, 110, 96), (5.0, 2.5, 2.2), center=(0, 10, 15))
    return body, body.render(grid), body.mask(grid)


def test_the_mask_against_the_phantom():
    _, scan, truth = scanned()
    mask = ctkit.head_mask(scan)
    ml = [part.array.sum() * 5 * 2.5 * 2.2 / 1000 for part in (truth, mask)]
    share = dice(mask.array, truth.array)
    line = f"has {ml[0]:,.0f} ml, the mask {ml[1]:,.0f} ml, with a Dice coefficient of {share:.4f}"
    assert line in _pages.facts("06")[3]


def test_the_largest_pocket_is_not_all_air():
    _, scan, _ = scanned()
    labels, count = ndimage.label(ctkit.head_mask(scan).array & (scan.array < -500))
    sizes = ndimage.sum_labels(np.ones(labels.shape), labels, range(1, count + 1)) * scan.voxel_ml
    line = f"the largest one: {sizes.max():.1f} ml; {1 - sizes.max() / sizes.sum():.0%} of the air"
    assert line in _pages.printed("06")


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
    assert line in _pages.facts("06")[4]
