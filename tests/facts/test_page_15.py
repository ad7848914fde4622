"""Page 15: the errors of its mistakes, recomputed by NumPy, nibabel, pydicom and SimpleITK."""

import re
from functools import cache
from pathlib import Path

import _pages
import nibabel as nib
import numpy as np
import pydicom
import SimpleITK as sitk
from _truth import HEAD, dice, head, head_by_itk
from scipy import ndimage

import ctkit

PRINTED = _pages.printed("15")


@cache
def voxels():
    """The head as [slice, row, column], rows to the back, by nibabel."""
    return np.asanyarray(nib.load(HEAD).dataobj).transpose(2, 1, 0)[:, ::-1]


def mm():
    return np.array(nib.load(HEAD).header.get_zooms()[::-1], float)


def number(pattern):
    """The first number in brackets that the page prints like this."""
    found = re.search(pattern, PRINTED)
    assert found, pattern
    return float(found[1].replace(",", ""))


def test_uint16_makes_air_the_brightest():
    part = voxels()[60:64].astype(float)
    corner = 0.8 * part[1, 0, 0] + 0.2 * part[2, 0, 0]  # the third of six slices is at 1.2
    assert number(r"should be (-\d+) HU\n") == round(corner)
    assert number(r"corner is (\d+) HU") == 65536 + round(corner)
    # A new voxel is wrong where one of the old ones that it is made of wraps.
    low = part < 0
    wrapped = [low[0], *(low[k] | low[k + 1] for k in (0, 1, 1, 2)), low[3]]
    assert (
        abs(
            number(r"\n(\d+) % of the voxels are wrong, by up to 65536 HU") / 100 - np.mean(wrapped)
        )
        < 0.01
    )


def test_inverting_moves_water_and_air():
    part = voxels()[60:64].astype(int)
    both = part.min() + part.max()
    assert f"water, 0 HU, becomes {both} HU: {both} HU off" in PRINTED
    assert f"air, -1000 HU, becomes {both + 1000} HU: {both + 2000} HU off" in PRINTED


def test_rows_beyond_the_number_of_slices_keep_their_offset():
    count, rows, _ = voxels().shape
    assert f"rows {count} to {rows - 1} were left out: they are 1024 HU too high" in PRINTED
    assert f"{100 * (rows - count) / rows:.0f} % of the rows are wrong" in PRINTED
    assert f"the lower {rows - count} rows stay 1024 HU too high" in _pages.facts("15")[1]


def test_the_range_of_a_picture_leaves_less_than_a_grey():
    picture = voxels()[60].astype(float)
    assert number(r"own range: 6.6 HU are ([\d.]+) of") == round(255 * 6.6 / np.ptp(picture), 1)
    assert number(r"brain window: +6.6 HU are ([\d.]+) of") == round(255 * 6.6 / (80 - 1), 1)


def test_bits_that_were_shifted_or_lost_their_sign():
    stored = int(voxels()[60, 128, 120]) + 1024
    assert (
        f"the ventricle reads {stored // 16 - 1024} HU, and should be {stored - 1024} HU" in PRINTED
    )
    assert f"air without its sign is {2**16} HU off" in PRINTED
    real = pydicom.dcmread(ctkit.samples.head_slice()).pixel_array
    loaded = real[real != -2000].min()
    assert f"stored from {real.min()}, loaded from {loaded} HU" in PRINTED


def test_a_window_written_over_hu():
    assert f"squeezed, water is {-450 / 4 + 150:.1f} HU off" in PRINTED
    assert f"clipped, air is {-250 + 1000} HU off" in PRINTED
    assert f"40 HU of contrast shrink to {40 / 4:.0f} HU" in _pages.facts("15")[2]


def test_slices_upside_down_and_by_name():
    zs = [
        float(pydicom.dcmread(p).ImagePositionPatient[2])
        for p in sorted(Path(ctkit.samples.head_dicom()).iterdir())
    ]
    assert f"lies {max(zs) - min(zs):.1f} mm too low" in PRINTED
    wrong = [int(name) for name in sorted(str(k) for k in range(len(zs)))]
    most = max(abs(zs[k] - zs[place]) for place, k in enumerate(wrong))
    assert f"by name: a slice lies up to {most:.1f} mm off" in PRINTED


def test_a_tilt_by_trigonometry():
    half = np.radians(20) / 2
    step = 2 * 5 * np.sin(half)  # between 5 mm along z and 5 mm along the normal
    assert f"is {step:.2f} mm off against the one below it, the last {33 * step:.1f} mm" in PRINTED
    assert f"slices are {5 * np.cos(2 * half):.2f} mm apart" in PRINTED


def test_zoom_keeps_the_end_voxels():
    for count, old in ((60, 2.0), (512, 0.5)):
        new = round(count * old)
        step = (count - 1) * old / (new - 1)
        off = abs((new - 1) * (step - 1))
        assert f"{old:g} mm: {new} voxels {step:.3f} mm apart, the last {off:.2f} mm off" in PRINTED


def test_boxes_around_what_is_not_zero():
    truth = head_by_itk(head())[:, ::-1]
    ends = {"image != 0": voxels() != 0, "HU below 0 set to 0": voxels() > 0}
    tight = span(truth) * mm()[2]
    for name, inside in ends.items():
        wide = span(inside) * mm()[2]
        assert (
            f"{name}: {wide:.1f} mm wide, the head {tight:.1f} mm: {wide - tight:.1f} mm too"
            in PRINTED
        )
    starts = [np.flatnonzero(one.any(axis=1))[0] for one in truth if one.any()]
    jump = np.abs(np.diff(starts)).max() * mm()[1]
    assert f"shifted by up to {jump:.1f} mm against each other" in PRINTED


def span(inside):
    """Columns from the first to the last that holds something."""
    columns = np.flatnonzero(inside.any(axis=(0, 1)))
    return columns[-1] - columns[0] + 1


def test_a_mask_on_its_scan_by_itk():
    scan = ctkit.load(ctkit.samples.head()).canonical()
    coarse = ctkit.resample(scan, 3.0)
    bone = coarse.array > 300
    index = np.append(np.argwhere(bone).mean(axis=0), 1)
    off = np.linalg.norm((scan.affine - coarse.affine) @ index)
    assert f"with the affine of the scan: the bone is {off:.1f} mm off" in PRINTED
    back = sitk.Resample(
        as_itk(bone, coarse.affine),
        as_itk(scan.array > 300, scan.affine),
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
    )
    share = 100 * dice(sitk.GetArrayFromImage(back) > 0, scan.array > 300)
    assert abs(number(r"overlap ([\d.]+) %") - share) < 0.3


def as_itk(mask, affine):
    """A mask whose axes run along those of the patient, as SimpleITK's image."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing([float(affine[i, 2 - i]) for i in range(3)])
    image.SetOrigin(affine[:3, 3].tolist())
    return image


def test_a_flip_without_its_affine():
    """The mark's middle is voxel (99, 175, 66) of the NIfTI, and goes to its mirror."""
    old = nib.affines.apply_affine(nib.load(HEAD).affine, (99, 175, 66))
    new = nib.affines.apply_affine(nib.load(HEAD).affine, (255 - 99, 175, 107 - 66))
    assert (
        f"flipped  R {new[0]:6.1f} mm, S {new[2]:6.1f} mm: {np.linalg.norm(new - old):.1f} mm off"
        in PRINTED
    )
    assert f"turned   R {old[0]:6.1f} mm, S {old[2]:6.1f} mm: 0.0 mm off" in PRINTED


def test_a_skull_without_its_spacing():
    """The surface ends less than a voxel beyond the outermost voxels above 300 HU."""
    bone = (voxels() > 300) & head_by_itk(head())[:, ::-1]
    sizes = [part.stop - part.start for part in ndimage.find_objects(bone.astype(int))[0]]
    found = [
        number(rf"with the spacing: {'.*, ' * k}([\d.]+) mm {word}")
        for k, word in enumerate(("tall", "deep", "wide"))
    ]
    for length, size, step in zip(found, sizes, mm(), strict=True):
        assert (size - 1) * step - 0.06 <= length <= (size + 1) * step + 0.06
    short = number(r"the skull is ([\d.]+) mm too short")
    assert abs(short - found[0] * (1 - 1 / mm()[0])) < 0.1


def test_memory_of_a_usual_recipe():
    """float64 before, its spline, and float64 after."""
    size = voxels().size * 8 / 1e6
    peak, kept = number(r"at its peak (\d+) MB"), number(r"and (\d+) MB stay")
    assert abs(kept - 1.5 * size) < 1
    assert kept + 1.95 * size < peak < kept + 2.1 * size
    assert f"at its peak {peak / (size / 4):.0f} times the scan" in PRINTED


def test_names_and_nose():
    assert "elements with the word Example: 4 after the mistake, 0 after deidentify" in PRINTED
    nose = np.flatnonzero((voxels()[:45] > -300).any(axis=(0, 2)))[0]
    assert f"the block by {(70 - nose) * mm()[1]:.1f} mm" in PRINTED
