"""Page 01: the header by pydicom alone, the slice by trigonometry, pixels by NumPy."""

import re

import _pages
import numpy as np
import pydicom
import pytest

import ctkit


@pytest.fixture(scope="module")
def dataset():
    return pydicom.dcmread(ctkit.samples.head_slice())


def test_the_tilt_is_that_of_the_gantry(dataset):
    tilt = abs(float(dataset.GantryDetectorTilt))
    fall = 511 * 0.431 * np.sin(np.deg2rad(tilt))
    fact = _pages.facts("01")[1]
    assert f"first: {tilt:.1f} deg" in fact
    assert float(fact.split()[4]) == pytest.approx(fall, abs=0.06)


def test_padding_fills_as_much_as_the_page_says(dataset):
    stored = dataset.pixel_array
    pad = stored == -2000
    assert f"{pad.sum():,} pixels are exactly -2000: {pad.mean():.1%}" in _pages.printed("01")
    assert f"{pad.sum():,} voxels of undeclared padding" in _pages.printed("01")
    inside = stored[~pad]
    words = f"{pad.mean():.1%} of the picture is padding, now -1000 HU"
    assert words in _pages.facts("01")[3]
    assert f"from {inside.min()} to {inside.max()} HU" in _pages.facts("01")[3]


def test_masked_is_what_the_standard_s_types_say_of_person_place_and_time(dataset):
    """Dates, times, ages, names, texts and UIDs that are in no registry; and private elements."""
    elements = [*dataset.file_meta, *dataset]
    harmless = ("ConvolutionKernel", "ManufacturerModelName")
    masked = [
        element
        for element in elements
        if element.value not in (None, "") and element.keyword not in harmless
        if element.VR in ("DA", "TM", "AS", "PN", "LO", "SH")
        or (element.VR == "UI" and element.value.name == str(element.value))
        # Of no type that names a person, but not known to be harmless either.
        or element.keyword in ("FileMetaInformationGroupLength", "PatientOrientation")
    ]
    assert _pages.facts("01")[0].startswith(f"{len(masked)} of {len(elements)} elements")


def test_the_head_with_its_spacing_swapped_is_too_short():
    import nibabel as nib

    image = nib.load(ctkit.samples.head())
    between = image.header.get_zooms()
    apart = float(between[2] - between[0])
    said = f"{image.shape[2] * apart:.1f} mm too short and {image.shape[0] * apart:.1f} mm too wide"
    assert said in _pages.facts("01")[2]


def test_the_last_pixel_lies_where_the_page_says(dataset):
    x, y, z = (float(mm) for mm in dataset.ImagePositionPatient)
    turn = np.deg2rad(22)
    wanted = np.array(
        [x + 511 * 0.431, y + 511 * 0.431 * np.cos(turn), z - 511 * 0.431 * np.sin(turn)]
    )
    said = re.search(r"by hand: \[(.+?)\]", _pages.printed("01"))[1].split()
    np.testing.assert_allclose([float(mm) for mm in said], wanted, atol=0.02)
