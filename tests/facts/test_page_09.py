"""Numbers of page 09, worked out apart from it."""

import _pages
import nibabel
import numpy as np
from scipy import ndimage

import ctkit


def keys(x):
    """Keys' cubic kernel with a = -1/2, as his paper has it."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def test_the_lowest_weight_of_the_cubic_kernel():
    lowest = keys(np.linspace(-2.2, 2.2, 4401)).min()
    assert f"a weight below 0, down to {100 * lowest:.1f} %" in facts()


def test_noise_that_single_points_leave():
    """The new centre lies between four old ones: linear without widening is their mean."""
    noise = np.random.default_rng(0).normal(40, 30, (4, 256, 256))
    four = (noise[:, 1::4] + noise[:, 2::4]) / 2
    four = (four[:, :, 1::4] + four[:, :, 2::4]) / 2
    assert f"noise before: SD {noise.std():.1f} HU" in _pages.printed("09")
    assert f"antialias=False: SD {four.std():.1f} HU" in _pages.printed("09")


def test_the_overshoot_at_a_bare_step():
    step = np.repeat([-1000.0, 1000.0], 20)
    place = np.arange(13, 26, 0.05)
    cubic = keys(place[:, None] - np.arange(40)) @ step
    spline = ndimage.map_coordinates(step, [place], order=3, mode="nearest")
    over = cubic.max() - 1000, spline.max() - 1000
    assert (
        f"cubic goes {over[0]:.0f} HU too far, the spline {over[1]:.0f} HU, linear 0 HU" in facts()
    )


def test_how_far_zoom_moves_the_last_slice():
    image = nibabel.load(ctkit.samples.head())
    slices, mm = -(-image.shape[2] // 5), 5 * float(image.header.get_zooms()[2])
    count = round(slices * mm)
    last = (count - 1) - (slices - 1) * mm
    assert f"the last slice of zoom stands {last:.2f} mm too high" in facts()


def test_the_false_rings_that_single_points_leave():
    half = 255 / 2
    y, x = np.mgrid[:256, :256] - half
    waves = 100 * np.cos(np.pi * (x**2 + y**2) / 256)
    # Four voxels in one: the new centre lies in the middle, between the second and the third.
    points = (waves[1::4] + waves[2::4]) / 2
    points = (points[:, 1::4] + points[:, 2::4]) / 2
    radius = np.hypot(*(4 * (np.mgrid[:64, :64] - 31.5)))
    too_fine = (radius > 1.3 * 32) & (radius < 125)
    share = 100 * points[too_fine].std() / (100 / np.sqrt(2))
    assert f"{share:.0f} % of the contrast stays as false rings;" in facts()


def test_how_many_voxels_are_left_at_4_mm():
    """Of 40 slices: on each axis as many as come nearest to the field of view."""
    zooms = nibabel.load(ctkit.samples.head()).header.get_zooms()
    counts = [round(n * float(mm) / 4) for n, mm in zip((256, 256, 40), zooms, strict=True)]
    assert f"**{np.prod(counts):,} voxels** are left" in _pages.prose("09")


def facts():
    return "\n".join(_pages.facts("09"))
