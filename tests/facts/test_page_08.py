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
    deep = sizes[1] * float(nib.load(HEAD).header.get_zooms()[1])
    share = 1 - np.prod(sizes) / mask().size
    line = f"leaves out {share:.1%} of the voxels, and no part of the head: it is {deep:.1f} mm"
    assert line in _pages.facts("08")[0]


def test_without_the_origin_the_nose_is_elsewhere():
    """nibabel's slicer moves the affine as a crop has to."""
    image = nib.Nifti1Image(head().array, head().affine)
    margin = np.ceil(5 / np.array(image.header.get_zooms())).astype(int)
    starts = [max(part.start - more, 0) for part, more in zip(box(), margin, strict=True)]
    cut = image.slicer[tuple(slice(start, None) for start in starts)]
    apart = np.linalg.norm(cut.affine[:3, 3] - image.affine[:3, 3])
    line = f"the box lies {apart:.1f} mm from that of the scan, with it 0.0 mm"
    assert line in _pages.facts("08")[1]
    assert f"off by {apart:5.2f} mm" in _pages.printed("08")


def test_pad_leaves_the_head_off_the_middle():
    (_, rows, columns) = ndimage.find_objects(mask()[70:].astype(int))[0]
    off = [(part.start + part.stop) / 2 - 128 for part in (rows, columns)]
    apart = np.linalg.norm(off) * head().spacing[1]
    line = f"lies {apart:.1f} mm from the middle of the frame, after center 0.0 mm"
    assert line in _pages.facts("08")[2]


def test_a_margin_in_slices_rows_and_columns_leads_to_the_shape_that_a_task_names():
    slices, *others = box()
    assert f"{slices.stop - slices.start} slices" in _pages.prose("08")
    # 10 mm of rows and columns are there on all sides, so that the report names no cut.
    for part, size, step in zip(others, head().shape[1:], head().spacing[1:], strict=True):
        assert min(part.start, size - part.stop) * step >= 10


def test_slices_centred_alone_drift():
    middles = [ndimage.find_objects(picture.astype(int)) for picture in mask()]
    rows = [(found[0][0].start + found[0][0].stop) // 2 for found in middles if found]
    drift = (max(rows) - min(rows)) * head().spacing[1]
    assert f"against each other by up to {drift:.1f} mm" in _pages.facts("08")[3]


def test_a_frame_of_zeros_is_water():
    top = np.where(mask(), head().array, -1000)[70:]
    padded = [
        np.pad(top, ((0, 0), (16, 16), (16, 16)), constant_values=value) for value in (0, -1000)
    ]
    added = (np.count_nonzero(padded[0] == 0) - np.count_nonzero(padded[1] == 0)) * head().voxel_ml
    shift = padded[0].mean() - padded[1].mean()
    line = f"adds {added:,.0f} ml of water, and shifts the mean of the volume by {shift:.0f} HU"
    assert line in _pages.facts("08")[4]
