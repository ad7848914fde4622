"""Scans whose truth is known, and the embedded head, for the tests of the operations."""

from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk

from ctkit import Volume
from ctkit.geometry import LPS_RAS

HEAD = Path(__file__).parents[1] / "data" / "head.nii.gz"


@cache
def head():
    """The embedded head, read by nibabel alone."""
    image = nib.load(HEAD)
    affine = (LPS_RAS @ image.affine)[:, [2, 1, 0, 3]]
    return Volume(np.asanyarray(image.dataobj).transpose(2, 1, 0), affine)


def affine_turned(spacing=(3.0, 0.7, 0.4), degrees=(10, -7, 5), origin=(11, -7, 3)):
    """An LPS+ affine at an angle to the patient."""
    turn = nib.eulerangles.euler2mat(*np.radians(degrees))
    affine = np.eye(4)
    affine[:3, :3] = turn[:, ::-1] * spacing
    affine[:3, 3] = origin
    return affine


def ramp(shape, affine, gradient=(1.5, -2.0, 0.7), offset=40.0):
    """A float Volume whose value is a linear function of the place in mm."""
    empty = Volume(np.zeros(shape, np.float32), affine)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return empty.with_array(empty.to_world(index) @ np.array(gradient) + offset)


def dice(first, second):
    """Dice coefficient of two bool arrays."""
    both = np.count_nonzero(first & second)
    return 2 * both / (np.count_nonzero(first) + np.count_nonzero(second))


def head_by_itk(volume, threshold_hu=-500, opening_mm=4.0, thin_ml=15.0):
    """The head as a bool array, by SimpleITK alone: what `head_mask` should come near to.

    Threshold, filling, opening with a ball, largest piece; then the thin pieces that hang on it.
    """
    image = sitk.GetImageFromArray(np.asarray(volume.array, np.float32))
    image.SetSpacing(volume.spacing[::-1])
    matter = image > threshold_hu
    filled = [sitk.BinaryFillhole(matter[:, :, k]) for k in range(matter.GetDepth())]
    solid = sitk.GetImageFromArray(np.stack([sitk.GetArrayFromImage(each) for each in filled]))
    ball = [round(opening_mm / step) for step in image.GetSpacing()]
    # The scan goes on beyond its ends.
    longer = sitk.ZeroFluxNeumannPad(solid, (0, 0, ball[2] + 1), (0, 0, ball[2] + 1))
    opened = sitk.BinaryMorphologicalOpening(longer, ball, sitk.sitkBall)
    pieces = sitk.ConnectedComponent(opened[:, :, ball[2] + 1 : -ball[2] - 1])
    core = sitk.RelabelComponent(pieces) == 1
    rest = sitk.ConnectedComponent(sitk.And(solid, sitk.Not(core)))
    labels = sitk.GetArrayFromImage(rest)
    near = sitk.GetArrayFromImage(sitk.BinaryDilate(core, (1, 1, 1))) > 0
    small = np.bincount(labels.ravel()) * volume.voxel_ml <= thin_ml
    thin = np.isin(labels, np.unique(labels[near])) & small[labels] & (labels > 0)
    return (sitk.GetArrayFromImage(core) > 0) | thin
