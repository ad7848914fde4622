"""Page 02: positions by pydicom, volumes by NumPy, a NIfTI by nibabel."""

import _pages
import nibabel as nib
import numpy as np
import pydicom
import pytest

import ctkit


@pytest.fixture(scope="module")
def places():
    """Height of each slice of the head in mm, from the headers alone, in increasing order."""
    files = sorted(ctkit.samples.head_dicom().iterdir())
    headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in files]
    assert {tuple(header.ImageOrientationPatient) for header in headers} == {(1, 0, 0, 0, 1, 0)}
    return np.sort([float(header.ImagePositionPatient[2]) for header in headers])


def test_the_slices_cover_as_much_as_the_page_says(places):
    assert f"108 slices cover {np.ptp(places):.1f} mm" in _pages.printed("02")
    assert (
        f"of {np.diff(places).min():.2f} to {np.diff(places).max():.2f} mm" in _pages.facts("02")[1]
    )


def test_the_gap_is_what_the_lost_slices_covered(places):
    lost = places[48:54]
    covered = np.ptp(lost) + 1.5  # half a layer beyond each end
    assert f"leave a gap of {covered:.1f} mm" in _pages.facts("02")[2]


def test_the_uneven_series_has_the_steps_of_its_layers(places):
    means = places[54:106].reshape(13, 4).mean(axis=1)
    steps = np.diff(np.concatenate([places[:54], means]))
    kinds = ", ".join(f"{step:.2f}" for step in np.unique(steps.round(3)))
    assert kinds == "1.50, 3.75, 6.00"
    assert f"steps of {kinds} mm" in _pages.facts("02")[3]
    tall = means[-1] - places[0]
    wrong = 1.5 * len(steps)
    assert f"is {wrong:.1f} mm tall and not {tall // 1.5 * 1.5:.1f} mm" in _pages.facts("02")[4]


def test_sorting_by_name_moves_slices_as_far_as_the_page_says(places):
    names = sorted(f"{k + 1}.dcm" for k in range(108))
    order = [int(name[:-4]) - 1 for name in names]
    off = np.abs(places[order] - places).max()
    assert f"up to {off:.1f} mm" in _pages.facts("02")[0]


def test_thickness_as_spacing_loses_two_thirds(places):
    third = places[::3]
    said = 1.5 * (len(third) - 1)
    printed = _pages.printed("02")
    assert f"by thickness the scan is {said:.1f} mm tall" in printed
    assert f"tall: {np.ptp(third) - said:.1f} mm are lost" in printed


def test_tilted_slices_slide_as_trigonometry_has_it():
    tilt = np.deg2rad(20)
    printed = _pages.printed("02")
    assert f"by z 5.00 mm, along the normal {5 * np.cos(tilt):.2f} mm" in printed
    assert f"slides by {5 * np.sin(tilt):.2f} mm" in printed


def test_a_nifti_read_as_float64_takes_four_times_as_much():
    image = nib.load(ctkit.samples.head())
    wide, plain = image.get_fdata().nbytes / 1e6, np.asanyarray(image.dataobj).nbytes / 1e6
    assert f"get_fdata(): {wide:.1f} MB, dataobj: {plain:.1f} MB" in _pages.printed("02")
