"""Page 00: sizes and values by nibabel and NumPy, apart from ctkit."""

import _pages
import nibabel as nib
import numpy as np
import pydicom
import pytest

import ctkit


@pytest.fixture(scope="module")
def image():
    return nib.load(ctkit.samples.head())


def test_voxels_are_as_large_as_the_page_says():
    dataset = pydicom.dcmread(ctkit.samples.head_slice(), stop_before_pixels=True)
    slice_ = np.prod([float(mm) for mm in (*dataset.PixelSpacing, dataset.SliceThickness)])
    phantom = 4.5 * 2 * 2
    wanted = f"the head slice is {slice_:.2f} mm³, one of the phantom {phantom:.2f} mm³: "
    assert wanted + f"{phantom / slice_:.0f} times" in _pages.printed("00")


def test_the_head_is_as_large_as_the_page_says(image):
    x, y, z = (float(n * mm) for n, mm in zip(image.shape, image.header.get_zooms(), strict=True))
    across, _, up = image.header.get_zooms()
    assert f"{np.prod(image.shape):,} voxels" in _pages.printed("00")
    fact = _pages.facts("00")[1]
    assert f"The block is {z:.0f} x {y:.0f} x {x:.0f} mm" in fact
    assert f"{up / across:.2f} times as tall as it is wide" in fact


def test_the_row_reaches_from_air_to_bone(image):
    values = np.asanyarray(image.dataobj)
    # A radiological picture shows rows from the front on, and this NIfTI's y is RAS: backwards.
    front_first = nib.as_closest_canonical(image)
    line = np.asanyarray(front_first.dataobj)[:, ::-1, 60][:, 128]
    assert values.shape == (256, 256, 108)
    assert f"from {line.min():.0f} to {line.max():.0f} HU" in _pages.printed("00")


def test_mixed_axes_are_off_by_as_much_as_the_page_says(image):
    zooms = [float(mm) for mm in image.header.get_zooms()]
    right = np.multiply(image.shape[::-1], zooms[::-1])
    worst = np.abs(np.multiply(image.shape[::-1], zooms) - right).max()
    assert f"the largest error is {worst:.1f} mm" in _pages.printed("00")
