"""Right answers of page 03, written otherwise."""

import nibabel as nib
import numpy as np

import ctkit


def letters_by_nibabel(affine):
    return "".join(nib.aff2axcodes(np.diag([-1, -1, 1, 1]) @ affine))


def letters_by_ctkit(affine):
    return ctkit.geometry.orientation_letters(affine)


def letters_by_loop(affine):
    found = []
    for column in range(3):
        step = [affine[row][column] for row in range(3)]
        most = max(range(3), key=lambda row: abs(step[row]))
        found.append(("RL", "AP", "IS")[most][int(step[most] > 0)])
    return "".join(found)


def flip_by_matrix(volume):
    if ctkit.geometry.orientation_letters(volume.affine)[2] == "L":
        return volume
    mirror = np.eye(4)
    mirror[2, 2], mirror[2, 3] = -1, volume.shape[2] - 1
    return ctkit.Volume(np.flip(volume.array, 2), volume.affine @ mirror)


def flip_by_corner(volume):
    affine = np.array(volume.affine)
    if affine[0, 2] < 0:
        last = volume.to_world((0, 0, volume.shape[2] - 1))
        affine[:3, 2], affine[:3, 3] = -affine[:3, 2], last
        return ctkit.Volume(volume.array[..., ::-1], affine)
    return ctkit.Volume(volume.array, affine)


def flip_by_loop(volume):
    if volume.affine[0, 2] > 0:
        return volume
    n = volume.shape[2]
    array = np.empty_like(volume.array)
    for column in range(n):
        array[:, :, column] = volume.array[:, :, n - 1 - column]
    affine = volume.affine.copy()
    affine[:, 3] = volume.affine @ (0, 0, n - 1, 1)
    affine[:, 2] *= -1
    return ctkit.Volume(array, affine)


def voxel_by_solving(ras, affine):
    lps = np.array([-ras[0], -ras[1], ras[2]])
    return np.rint(np.linalg.solve(affine[:3, :3], lps - affine[:3, 3])).astype(int)


def voxel_in_ras(ras, affine):
    to_ras = np.diag([-1, -1, 1, 1]) @ affine
    return [round(float(i)) for i in nib.affines.apply_affine(np.linalg.inv(to_ras), ras)]


def voxel_by_volume(ras, affine):
    volume = ctkit.Volume(np.zeros((2, 2, 2), np.int16), affine)
    return tuple(int(np.rint(i)) for i in volume.to_index(np.multiply(ras, (-1, -1, 1))))


RIGHT = {
    "03.1": [letters_by_nibabel, letters_by_ctkit, letters_by_loop],
    "03.2": [flip_by_matrix, flip_by_corner, flip_by_loop],
    "03.3": [voxel_by_solving, voxel_in_ras, voxel_by_volume],
}
