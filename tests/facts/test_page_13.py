"""Page 13: what the script's bugs do to known inputs, by arithmetic and the phantom's truth."""

import re

import _pages
import numpy as np
from scipy import ndimage

import ctkit

PRINTED = _pages.printed("13")


def row(name):
    """The number that the table of errors has for a step."""
    return float(re.search(rf"^{name} +([\d.]+) ", PRINTED, re.MULTILINE)[1])


def rendered():
    """The phantom on the page's grid, and its mask."""
    phantom = ctkit.phantom.head_phantom()
    grid = ctkit.phantom.make_grid((45, 128, 128), (4, 2, 2), center=(0, 0, 30))
    return phantom.render(grid), phantom.mask(grid).array


def test_nothing_is_repaired_as_it_comes():
    assert "0 of 12 repaired" in PRINTED
    names = re.findall(r"^(\w+) {2,}[\d.]+ ", PRINTED, re.MULTILINE)
    assert len(names) == 12
    assert min(map(row, names)) > 0


def test_water_that_came_in():
    truth, inside = rendered()
    ml = 4 * 2 * 2 / 1000
    before = np.count_nonzero(np.abs(truth.array) <= 5) * ml
    after = np.count_nonzero(~inside | (np.abs(truth.array) <= 5)) * ml
    assert f"water before: {before:.0f} ml, after: {after:.0f} ml" in PRINTED


def test_geometry_by_trigonometry():
    assert row("spacing") == round(5 - 5 * np.cos(np.radians(20)), 1)
    assert row("moved") == round(float(np.linalg.norm((4 * 4, 20 * 2, 30 * 2))), 1)
    # The last of 30 slices of 5 mm lies half an old and half a new voxel from where zoom puts it.
    step = 29 * 5 / 149
    off = np.abs(np.arange(150) * step - np.clip(np.arange(150) - 2, 0, 145))
    assert row("to_1_mm") == round(off.max(), 1)
    truth, _ = rendered()
    x, y, _ = truth.affine[:3] @ (10, 20, 30, 1)
    assert row("to_ras") == round(float(np.hypot(2 * x, 2 * y)), 1)


def test_values_that_are_off():
    assert row("to_hu") == 24
    assert row("without_padding") == row("pad") == 1000
    hu = np.arange(-10.0, 91)
    linear = np.clip((hu - 39.5) / 79 + 0.5, 0, 1)
    assert row("window") == round(255 * np.abs(np.clip(hu, 0, 80) / 80 - linear).max(), 1)


def test_what_is_lost_of_the_head():
    truth, inside = rendered()
    last = [found.stop - 1 for found in ndimage.find_objects(inside.astype(int))[0]]
    gone = inside.copy()
    gone[: last[0], : last[1], : last[2]] = False
    assert row("crop") == gone.sum()
    lost = 0
    for one, head in zip(truth.array > -300, inside, strict=True):
        labels, count = ndimage.label(one)
        largest = max(range(1, count + 1), key=lambda n: (labels == n).sum(), default=0)
        lost += np.count_nonzero(head & one & (labels != largest))
    assert row("largest") == round(lost * 4 * 2 * 2 / 1000, 1)
