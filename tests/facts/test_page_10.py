"""Numbers of page 10, worked out apart from it: NumPy, Pillow and nibabel alone."""

from io import BytesIO

import _pages
import nibabel
import numpy as np
import pytest
from PIL import Image

import ctkit

LOW, STEP = 0, 79 / 255  # brain window 40/80: black at 0 HU, 255 steps up to 79 HU


@pytest.fixture(scope="module")
def hu():
    """(slice, row, column) from nibabel; rows from the front, as the page's pictures have them."""
    stored = np.asanyarray(nibabel.load(ctkit.samples.head()).dataobj)
    return stored.transpose(2, 1, 0)[:, ::-1].astype(float)


def greys_of(hu):
    return np.rint(np.clip((hu - LOW) / STEP, 0, 255)).astype(np.uint8)


def through_jpeg(greys, quality):
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(greys)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).astype(float)


def test_the_errors_of_pictures(hu):
    truth = hu[60]
    inside = (truth > 0) & (truth < 79)
    greys = greys_of(truth)
    png = np.abs(greys * STEP - truth)[inside].max()
    fine, usual = (
        np.abs(through_jpeg(greys, quality) * STEP - truth)[inside].max() for quality in (95, 75)
    )
    line = _pages.facts("10")[0]
    assert f"8 bits are up to {png:.2f} HU off" in line
    assert f"JPEG {fine:.1f} HU at 95 and {usual:.1f} HU at 75" in line


def test_the_largest_error_of_jpeg_in_five_slices(hu):
    part = hu[58:63]
    inside = (part > 0) & (part < 79)
    worst = []
    for quality in (80, 30):
        back = np.stack([through_jpeg(greys_of(picture), quality) for picture in part])
        worst.append(np.abs(back * STEP - np.clip(part, 0, 79))[inside].max())
    expected = f"Quality 80 moves a voxel by up to {worst[0]:.1f} HU, 30 by {worst[1]:.1f} HU"
    assert _pages.facts("10")[1] == expected


def test_what_the_brain_window_clips(hu):
    head = hu[hu > -300]
    clipped = 100 * ((head < 0) | (head > 79)).mean()
    rounded = 79 / 255 / 2
    expected = f"clips {clipped:.0f} % of the voxels, rounds by up to {rounded:.2f} HU;"
    assert expected in _pages.facts("10")[2]


def test_the_height_that_an_npy_loses():
    image = nibabel.load(ctkit.samples.head())
    lost = image.shape[2] * (float(image.header.get_zooms()[2]) - 1)
    assert f"npy, taken for 1 mm: {-lost:+.0f} mm in height" in _pages.printed("10")


def test_the_waves_that_are_left(hu):
    """The cosine transform written out, in place of SciPy's."""
    block = greys_of(hu[60])[128:136, 96:104] - 128.0
    n = np.arange(8)
    cosines = np.sqrt(0.25) * np.cos((2 * n + 1) * n[:, None] * np.pi / 16)
    cosines[0] = np.sqrt(0.125)
    waves = cosines @ block @ cosines.T
    for quality in (95, 75, 10):
        file = BytesIO()
        Image.fromarray(greys_of(hu[60])).save(file, "JPEG", quality=quality)
        table = np.array(Image.open(file).quantization[0]).reshape(8, 8)
        left = np.count_nonzero(np.rint(waves / table))
        assert f"quality {quality}: {left} of 64 waves" in _pages.printed("10")
