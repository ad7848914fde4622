"""Page 04 apart from itself: rescale, padding and regions by pydicom and plain NumPy."""

import _pages
import nibabel as nib
import numpy as np
import pydicom
from scipy import ndimage

import ctkit

# NIST, tables 2 and 4: mass attenuation in cm2/g at 60 and 80 keV; densities in g/cm3.
WATER, AIR, FAT, BONE = (0.2059, 0.1837), (0.1875, 0.1662), (0.1974, 0.18), (0.3148, 0.2229)
AIR_DENSITY, FAT_DENSITY, BONE_DENSITY = 0.001205, 0.95, 1.92


def at_both_energies(material, density):
    """HU at 60 and at 80 keV."""
    return [
        1000 * (mu * density - water) / (water - air * AIR_DENSITY)
        for water, air, mu in zip(WATER, AIR, material, strict=True)
    ]


def test_bone_depends_on_the_energy_and_fat_a_little():
    bone, fat = at_both_energies(BONE, BONE_DENSITY), at_both_energies(FAT, FAT_DENSITY)
    wanted = "Dense bone reads {:.0f} HU at 60 keV, {:.0f} HU at 80 keV; fat {:.0f} and {:.0f} HU"
    assert any(line.startswith(wanted.format(*bone, *fat)) for line in _pages.facts("04"))
    told = f"fat moves by {fat[1] - fat[0]:.0f} HU, and dense bone by {bone[0] - bone[1]:.0f}"
    assert told[:-2] in _pages.prose("04"), told  # bone to the nearest hundred


def real_slice():
    return pydicom.dcmread(ctkit.samples.head_slice())


def test_the_spike_of_padding():
    stored = real_slice().pixel_array
    count = np.count_nonzero(stored == -2000)
    wanted = f"padding: {count:,} pixels, {100 * count / stored.size:.1f} % of the slice"
    assert f"The spike at -2000 HU is {wanted}" in _pages.facts("04")


def test_water_that_is_not_there():
    dataset = real_slice()
    down, across = (float(step) for step in dataset.PixelSpacing)
    count = np.count_nonzero(dataset.pixel_array == -2000)
    ml = count * down * across * float(dataset.SliceThickness) / 1000
    assert f"{count:,} pixels became 0 HU: {ml:.0f} ml of water" in _pages.printed("04")


def test_the_mean_with_padding_as_data():
    stored = real_slice().pixel_array.astype(float)
    means = [np.where(stored == -2000, fill, stored).mean() for fill in (-2000, 0, -1000)]
    told = "As data the mean is {:.0f} HU, as water {:.0f} HU, **as air {:.0f} HU**"
    assert told.format(*means) in " ".join(_pages.prose("04").split())


def ball(slice_, row, column):
    """HU within 5 mm of a voxel of the head, by nibabel and SciPy's distances."""
    image = nib.load(ctkit.samples.head())
    outside = np.ones(image.shape, bool)
    outside[column, row, slice_] = False
    near = ndimage.distance_transform_edt(outside, sampling=image.header.get_zooms()) <= 5
    return np.asanyarray(image.dataobj)[near]


def test_grey_matter_is_brighter_than_white_by_as_much_as_the_page_says():
    grey = np.concatenate([ball(54, 135, 106), ball(54, 135, 157)])
    white = np.concatenate([ball(74, 139, 106), ball(74, 139, 150)])
    wanted = f"the grey matter is {grey.mean() - white.mean():.1f} HU brighter"
    assert wanted in _pages.printed("04")
    told = f"difference of {grey.mean() - white.mean():.1f} HU is more than chance"
    assert told in _pages.prose("04")
    # Several sources measured 5 to 8 HU.
    assert 4 < grey.mean() - white.mean() < 9


def test_both_sides_of_a_tissue_are_further_apart_than_the_rule_says():
    for name, row in {"grey": (54, 135, 106, 157), "white": (74, 139, 106, 150)}.items():
        right, left = (ball(*row[:2], column) for column in row[2:])
        rule, apart = right.std() / np.sqrt(right.size), abs(right.mean() - left.mean())
        wanted = f"{name}: by the rule sure to {rule:.1f} HU; right and left are {apart:.1f} HU"
        assert wanted in _pages.printed("04")
        assert apart > 3 * rule


def test_millilitres_of_the_dark_area():
    image = nib.load(ctkit.samples.head())
    smooth = ndimage.gaussian_filter(np.asanyarray(image.dataobj).astype(float), 1)
    # The file's rows run from back to front, the page's from front to back.
    box = smooth[80:122, 256 - 110 : 256 - 55, 56:87]
    ml = np.count_nonzero((box >= -20) & (box <= 13)) * np.prod(image.header.get_zooms()) / 1000
    assert "(Nearly 19 ml;" in _pages.prose("04")
    assert 18.4 < ml < 19


def test_the_right_frontal_lobe_is_darker():
    right, left = ball(66, 175, 99).mean(), ball(66, 175, 156).mean()
    assert f"is {left - right:.1f} HU darker there" in _pages.printed("04")


def test_the_most_frequent_value():
    folder = ctkit.samples.head_dicom()
    counts = np.zeros(71, int)
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        hu = dataset.pixel_array.astype(int) + int(dataset.RescaleIntercept)
        counts += np.bincount(hu[(hu >= 10) & (hu <= 80)] - 10, minlength=71)
    wanted = f"is {10 + counts.argmax()} HU, in {counts.max():,} voxels"
    assert any(line.endswith(wanted) for line in _pages.facts("04"))
