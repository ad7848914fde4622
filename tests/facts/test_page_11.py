"""Numbers of page 11, worked out apart from its pipeline."""

import re

import _pages
import numpy as np
import pytest
from _truth import head_by_itk
from scipy import ndimage

import ctkit


@pytest.fixture(scope="module")
def head():
    return ctkit.load(ctkit.samples.head()).canonical()


@pytest.fixture(scope="module")
def truth(head):
    return head_by_itk(head)


@pytest.fixture(scope="module")
def mask(head):
    return ctkit.head_mask(head)


@pytest.fixture(scope="module")
def cubes(head, mask):
    return ctkit.resample(ctkit.crop(ctkit.keep_head(head, mask), mask, margin_mm=5), 1.0)


def test_the_head_keeps_its_millilitres(head, truth):
    """The report card counts voxels of 1 mm; here they are counted on the scan's own grid."""
    wanted = np.count_nonzero(truth) * np.prod(head.spacing) / 1000
    told = float(re.search(r"the heads have (\d+) ml", _pages.facts("11")[0])[1])
    assert told == pytest.approx(wanted, rel=0.005)


def test_the_memory_of_an_array(head, truth):
    (box,) = ndimage.find_objects(truth.astype(int))
    lengths = []
    for part, size, step in zip(box, head.shape, head.spacing, strict=True):
        margin = np.ceil(5 / step)
        lengths.append(step * (min(part.stop + margin, size) - max(part.start - margin, 0)))
    ones, halves = (4 * np.prod(np.rint(np.divide(lengths, mm))) / 1e6 for mm in (1, 0.5))
    assert f"an array grows from {ones:.1f} to {halves:.0f} MB" in _pages.facts("11")[2]


def test_where_40_hu_lands_by_the_scan_s_own_ends(cubes):
    low, high = int(cubes.array.min()), int(cubes.array.max())
    assert f"'head': '{(40 - low) / (high - low):.3f}'" in _pages.printed("11")
    pushed = (40 - low) / (8000 - low) * (high - low) + low
    assert f"it looks like {pushed:.0f} HU" in _pages.printed("11")


def test_what_linear_masks_lose(cubes, mask):
    inside = ctkit.resample(mask, like=cubes, kernel="nearest")
    soft = (cubes.array > -20) & inside.array
    # The mean of straight lines over three voxels, on each axis.
    share = soft.astype(float)
    for axis in range(3):
        share = ndimage.correlate1d(share, np.array([1, 7, 8, 7, 1]) / 24, axis=axis)
    lost = 100 * ((share > 0.999).sum() / soft.sum() - 1)
    told = re.search(r"linear, whole numbers: (-[\d.]+) %", _pages.printed("11"))
    assert float(told[1]) == pytest.approx(lost, abs=2.5)
    assert lost < -10
