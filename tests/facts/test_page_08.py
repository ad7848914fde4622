"""Page 08: boxes, origins and frames, recomputed with NumPy, SciPy and nibabel."""

from functools import cache

import _pages
import nibabel as nib
import numpy as np
from _truth import HEAD, head, head_by_itk
from scipy import ndimage


@cache
def mask():
    return head_by_itk(head())


@cache
def box():
    """The bounding box of the head, by SciPy."""
    (found,) = ndimage.find_objects(mask().astype(int))
    return found


def test_the_tightest_box_leaves_a_share_out():
    sizes = [part.stop - part.start for part in box()]
    share = 1 - np.prod(sizes) / mask().size
    assert f"The box leaves out {share:.1%} of the voxels" in _pages.facts("08")[0]
    assert f"{mask().mean():.1%} of the voxels are head" in _pages.printed("08")


def test_without_plus_one_a_slice_a_row_and_a_column_are_lost():
    short = tuple(slice(part.start, part.stop - 1) for part in box())
    lost = np.count_nonzero(mask()) - np.count_nonzero(mask()[short])
    deep = (box()[1].stop - box()[1].start - 1) * float(nib.load(HEAD).header.get_zooms()[1])
    wanted = f"without + 1  {deep:.2f} mm deep; {lost} voxels of the head are lost"
    assert wanted in _pages.printed("08")


def test_without_the_origin_the_nose_is_elsewhere():
    """nibabel's slicer moves the affine as a crop has to."""
    image = nib.load(HEAD)
    cut = image.slicer[box()[::-1]]
    apart = np.linalg.norm(cut.affine[:3, 3] - image.affine[:3, 3])
    assert f"the last one is {apart:.1f} mm off" in _pages.facts("08")[1]
    assert f"off by {apart:5.2f} mm" in _pages.printed("08")


def test_pad_leaves_the_head_off_the_middle():
    (_, rows, columns) = ndimage.find_objects(mask()[70:].astype(int))[0]
    off = [(part.start + part.stop) / 2 - 128 for part in (rows, columns)]
    apart = np.linalg.norm(off) * head().spacing[1]
    line = f"lies {apart:.1f} mm from the middle of the frame, after center 0.0 mm"
    assert line in _pages.facts("08")[2]


def test_a_frame_of_zeros_is_water():
    top = np.where(mask(), head().array, -1000)[70:]
    padded = [
        np.pad(top, ((0, 0), (16, 16), (16, 16)), constant_values=value) for value in (0, -1000)
    ]
    added = (np.count_nonzero(padded[0] == 0) - np.count_nonzero(padded[1] == 0)) * head().voxel_ml
    shift = padded[0].mean() - padded[1].mean()
    assert f"{added:,.0f} ml of water came in" in _pages.printed("08")
    assert f"the mean is off by {shift:.0f} HU" in _pages.printed("08")
