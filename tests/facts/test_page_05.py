"""Page 05 apart from itself: windows by the formulas of PS3.3, counted with plain NumPy."""

import re

import _pages
import nibabel as nib
import numpy as np
import pydicom
import pytest

import ctkit


def linear(hu, center, width):
    """LINEAR of PS3.3 C.11.2.1.2.1 by pydicom: greys from 0 to 255."""
    dataset = pydicom.Dataset()
    dataset.WindowCenter, dataset.WindowWidth = center, width
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsStored, dataset.PixelRepresentation = 16, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    shown = pydicom.pixels.apply_windowing(np.asarray(hu, np.float64), dataset)
    return (shown + 32768) / 65535 * 255


def exact(hu, center, width):
    """LINEAR_EXACT: greys from 0 to 255."""
    return 255 * np.clip((np.asarray(hu, float) - center) / width + 0.5, 0, 1)


def voxels():
    return np.asanyarray(nib.load(ctkit.samples.head()).dataobj)


def test_grey_and_white_matter_apart():
    full, brain = (np.diff(linear((21, 28), *window))[0] for window in ((1024, 4096), (40, 80)))
    wanted = f"{full:.1f} greys apart in the full window, {brain:.1f} in that for brain"
    assert f"White and grey matter: {wanted}" in _pages.facts("05")


def test_share_of_bone_that_is_white():
    hu = voxels()
    bone = hu[hu > 300]
    windows = (400, 1000), (480, 2500)
    narrow, wide = (100 * np.mean(linear(bone, *window) > 254.99) for window in windows)
    wanted = f"{narrow:.0f} % is plain white at 400/1000, {wide:.1f} % at 480/2500"
    assert any(line.endswith(wanted) for line in _pages.facts("05"))


def test_share_of_the_brain_window():
    hu = voxels()
    share = 100 * np.count_nonzero((hu >= 0) & (hu <= 79)) / hu.size
    assert f"all greys on 0 to 79 HU: {share:.1f} % of the voxels" in _pages.printed("05")


def test_linear_is_not_linear_exact():
    off = {}
    for center, width in ((32, 8), (40, 80)):
        hu = np.arange(center - width, center + width)
        off[width] = np.abs(linear(hu, center, width) - exact(hu, center, width)).max()
    wanted = f"differ by up to {off[80]:.1f} greys at 40/80 and {off[8]:.1f} greys at 32/8"
    assert f"LINEAR and LINEAR_EXACT {wanted}" in _pages.facts("05")


def test_clot_and_skull():
    clot, skull = 85, 1000  # HU; the skull is white in both windows
    gaps = [np.diff(linear((clot, skull), *window))[0] for window in ((40, 80), (75, 215))]
    wanted = "Clot and skull differ by {:.0f} greys in the brain window, by {:.0f} in the"
    found = [line for line in _pages.facts("05") if line.startswith("Clot and skull")]
    brain, subdural = (float(word) for word in found[0].split() if word.isdigit())
    assert wanted.format(brain, subdural) in found[0]
    # The noise of the scan moves the median of the clot by a grey or two.
    assert abs(brain - gaps[0]) < 0.5
    assert abs(subdural - gaps[1]) < 3


def test_the_bleed_stands_out_less_in_the_subdural_window():
    bleed, white = 70, 28  # HU
    apart = [np.diff(linear((white, bleed), *window))[0] for window in ((75, 215), (40, 80))]
    words = " ".join(_pages.prose("05").split())
    told = re.search(r"about (\d+) greys from the white matter, .* has about (\d+)\.", words)
    assert [float(number) for number in told.groups()] == pytest.approx(apart, abs=6)


def test_a_picture_that_scales_itself():
    """28 HU in a slice from 0 to 80 HU, and in a part whose values go from CSF to white matter."""
    told = re.search(r"is grey (\d+) in the whole slice and grey (\d+)", _pages.printed("05"))
    assert float(told[1]) == round(255 * 28 / 80)
    assert float(told[2]) > 2 * float(told[1])


def test_air_in_a_picture_cast_before_clipping():
    grey = int((-1000 + 160) / 400 * 255) % 256
    assert f"air (-1000 HU) becomes a light grey, {grey}." in _pages.prose("05")


def test_cast_before_clipping():
    # Axes of the file are (left, front, up): the slice as a picture, seen from the feet.
    hu = voxels()[:, :, 60].astype(float)
    wrapped = np.trunc((hu + 160) / 400 * 255).astype(int) % 256
    right = np.floor(linear(hu, 40, 400) + 0.5)
    share = 100 * np.mean(np.abs(wrapped - right) > 1)
    assert f"{share:.1f} % of the pixels are wrong" in _pages.printed("05")
