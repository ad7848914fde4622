"""Numbers of page 12, computed apart from it."""

import re

import _pages
import numpy as np
import pytest

from ctkit.phantom import Part, head_phantom, make_grid

STEP = 1.2


@pytest.fixture(scope="module")
def truth():
    body = head_phantom(table=False)
    for side in (-1, 1):
        body = body.with_part(Part("dense bone", 2500, (side * 36, 26, 12), (18, 8, 12)))
    return body.render(make_grid((1, 200, 200), (5, STEP, STEP), center=(0, 0, 12)))


def printed(pattern):
    return re.search(pattern, _pages.printed("12"))


def test_the_worst_ray_runs_along_the_row_through_both_bones(truth):
    along_rows = ((truth.array[0] / 1000 + 1) * 0.0193 * STEP).sum(axis=1)
    share = 100 * np.exp(-along_rows.max())
    assert float(printed(r"worst ray ([\d.]+) % of")[1]) == pytest.approx(share, abs=0.02)


def test_noise_falls_with_the_root_of_the_dose():
    found = float(printed(r"16 times the dose .* HU, ([\d.]+) times less")[1])
    assert found == pytest.approx(4, rel=0.1)


def test_the_share_outside_of_the_circle():
    y, x = np.mgrid[:200, :200] - 99.5
    share = 100 * np.mean(np.hypot(x, y) > 100)
    assert float(printed(r"([\d.]+)% of the pixels lie outside")[1]) == pytest.approx(
        share, abs=0.1
    )


def test_the_error_at_the_rim_is_against_the_phantoms_value(truth):
    assert f"true value:     {truth.array[0, 40, 100]:.0f} HU" in _pages.printed("12")
    assert float(printed(r"too narrow: +(-?\d+) HU")[1]) > 300
