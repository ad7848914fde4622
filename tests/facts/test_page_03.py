"""Page 03 apart from itself: sides and millimetres by nibabel and plain NumPy."""

import _pages
import nibabel as nib
import numpy as np

import ctkit

# The middle of the head, moved 40 mm to the left, 20 to the front, 15 up: in RAS+ mm.
FROM_MIDDLE = (-40, 20, 15)


def image():
    return nib.load(ctkit.samples.head())


def bead_in_ras():
    scan = image()
    middle = (np.array(scan.shape) - 1) / 2
    return nib.affines.apply_affine(scan.affine, middle) + FROM_MIDDLE


def nearest_voxel():
    """Where the voxel nearest to the bead lies, in RAS+ mm."""
    scan = image()
    index = nib.affines.apply_affine(np.linalg.inv(scan.affine), bead_in_ras()).round()
    return nib.affines.apply_affine(scan.affine, index)


def test_one_bead_has_two_names():
    x, y, _ = nearest_voxel()
    wanted = f"x = {-x:.0f}, y = {-y:.0f} mm in LPS+ is x = {x:.0f}, y = {y:.0f} mm in RAS+"
    assert wanted in _pages.facts("03")


def test_a_point_of_the_wrong_custom_is_off_by_twice_x_and_y():
    x, y, _ = nearest_voxel()
    assert f"the point is off by {2 * np.hypot(x, y):.1f} mm" in _pages.printed("03")


def ball(scan):
    """x in RAS+ mm of the voxels whose centres lie in the bead."""
    middle = nib.affines.apply_affine(np.linalg.inv(scan.affine), bead_in_ras()).round()
    near = np.moveaxis(np.indices((31, 31, 31)), 0, -1) - 15 + middle  # 14 mm or more to each side
    places = nib.affines.apply_affine(scan.affine, near)
    return places[np.linalg.norm(places - bead_in_ras(), axis=-1) < 7][:, 0]


def test_one_flip_carries_the_bead_to_the_other_side():
    scan = image()
    x = ball(scan).mean()
    low, high = (
        nib.affines.apply_affine(scan.affine, (i, 0, 0))[0] for i in (0, scan.shape[0] - 1)
    )
    mirrored = low + high - x
    assert f"carries the bead {abs(mirrored - x):.1f} mm away" in _pages.printed("03")
    assert f"voxels   The bead is at R {mirrored:.1f} mm" in _pages.printed("03")


def test_directions_left_out():
    scan = image()
    shape = scan.shape[::-1]
    letters = "".join(nib.aff2axcodes(scan.affine))
    assert (shape, letters) == ((108, 256, 256), "LAS")
    index = nib.affines.apply_affine(np.linalg.inv(scan.affine), bead_in_ras()).round()
    # Rows run to the front, and would run to the back: each counts twice.
    apart = 2 * index[1] * scan.header.get_zooms()[1]
    assert f"the bead is off by {apart:.1f} mm" in _pages.printed("03")
