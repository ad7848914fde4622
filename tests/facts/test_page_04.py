"""Page 04 apart from itself: rescale, padding and regions by pydicom and plain NumPy."""

import _pages
import numpy as np
import pydicom

import ctkit

# NIST, tables 2 and 4: mass attenuation in cm2/g at 60 and 80 keV; densities in g/cm3.
WATER, AIR, BONE = (0.2059, 0.1837), (0.1875, 0.1662), (0.3148, 0.2229)
AIR_DENSITY, BONE_DENSITY = 0.001205, 1.92


def test_bone_depends_on_the_energy():
    first, second = (
        1000 * (bone * BONE_DENSITY - water) / (water - air * AIR_DENSITY)
        for water, air, bone in zip(WATER, AIR, BONE, strict=True)
    )
    wanted = f"Dense bone reads {first:.0f} HU at 60 keV, {second:.0f} HU at 80 keV"
    assert any(line.startswith(wanted) for line in _pages.facts("04"))


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
    assert f"makes a frame of {ml:.0f} ml of water" in _pages.printed("04")


def test_the_mean_with_padding_as_data():
    stored = real_slice().pixel_array.astype(float)
    off = -1000 * np.mean(stored == -2000)
    assert f"the mean of the real slice is off by {off:.0f} HU" in _pages.printed("04")
    means = [np.where(stored == -2000, fill, stored).mean() for fill in (-2000, 0, -1000)]
    told = "As data the line says {:.0f} HU, as water {:.0f} HU, **as air {:.0f} HU**"
    assert told.format(*means) in " ".join(_pages.prose("04").split())


def slice_60():
    """HU of slice 60 of the series, by pydicom."""
    dataset = pydicom.dcmread(sorted(ctkit.samples.head_dicom().glob("*.dcm"))[60])
    return pydicom.pixels.apply_modality_lut(dataset.pixel_array, dataset)


def test_the_region_in_the_ventricle():
    hu, size, found = slice_60(), 5, []
    for row in range(2, 254):
        for column in range(2, 254):
            square = hu[row - 2 : row + 3, column - 2 : column + 3]
            if 0 <= square.mean() <= 15:
                found.append((square.var(), np.hypot(row - 127.5, column - 127.5), row, column))
    flat = [place for place in found if place[0] <= 2 * min(found)[0]]
    _, _, row, column = min(flat, key=lambda place: place[1])
    down, across = np.mgrid[-2:3, -2:3]
    inside = (down**2 + across**2) <= (size // 2) ** 2
    values = hu[row - 2 : row + 3, column - 2 : column + 3][inside]
    told = f"water, CSF: {values.mean():.1f} ± {values.std() / np.sqrt(values.size):.1f} HU"
    assert f"{told} by {values.size} voxels, where" in _pages.printed("04")
    reading = f"**mean {values.mean():.1f}  SD {values.std():.1f} HU**"
    assert reading in _pages.prose("04")


def test_the_most_frequent_value():
    folder = ctkit.samples.head_dicom()
    counts = np.zeros(71, int)
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        hu = dataset.pixel_array.astype(int) + int(dataset.RescaleIntercept)
        counts += np.bincount(hu[(hu >= 10) & (hu <= 80)] - 10, minlength=71)
    wanted = f"is {10 + counts.argmax()} HU, in {counts.max():,} voxels"
    assert any(line.endswith(wanted) for line in _pages.facts("04"))
