"""Slabs: for every plane the highest, the lowest or the mean value of those around it."""

from __future__ import annotations

import numpy as np

from ..arguments import choice, real
from ..geometry import PROJECTIONS, Stack, check_plane, leans, slab_offsets, step_of
from ..hounsfield import AIR
from ..room import check_room
from ..sampling import NOTHING, fill_plane, plane_of, project
from ..threads import for_each
from ..volume import Volume, as_hu, own


def slab(volume: Volume, mm: float, projection: str = "max", *, plane: str = "axial") -> Volume:
    """Thick slices: each plane becomes the projection of all planes around it.

    A plane takes part where its centre lies within ``mm / 2`` of the one in the middle, along
    the normal, both borders included: 10 mm of slices 5 mm apart are three of them. At the ends
    of the scan there are fewer. The result has as many planes as before, so that a landmark keeps
    its millimetres; every n-th of them makes a set of slabs side by side.

    Parameters
    ----------
    volume : Volume of HU
    mm : float
        Thickness of the slab, above 0. One that reaches no other plane changes no value.
    projection : {"max", "min", "mean"}
        The highest value (MIP, for vessels with contrast and for bone), the lowest (MinIP, for
        airways), or the mean, which lowers the noise.
    plane : {"axial", "coronal", "sagittal"}
        The planes that are projected, along their normal.

    Returns
    -------
    Volume of HU
        On the same grid, and of the same type; a mean is float32, as it has fractions. The slices
        of a tilted gantry are moved against each other: there the values are float32, linear
        between the voxels straight above each other. The planes across such slices are upright
        ones: the grid is that of ``volume.stack(plane)`` then, and air fills what it has more.

    Raises
    ------
    ParameterError
        On a thickness not above 0, or another projection.
    GeometryError
        On another plane, and where the upright grid would not fit into memory.
    UnitError
        On a mask, a label map, NaN or infinities.

    Notes
    -----
    S. Napel et al., J. Comput. Assist. Tomogr. 17 (1993) 832: sliding slabs. A view shows the
    same: ``explore(volume, slab=10)``.

    Examples
    --------
    >>> scan = Volume.from_spacing(np.arange(5).reshape(5, 1, 1) * 10, (5, 1, 1))
    >>> slab(scan, 10).array.ravel()
    array([10, 20, 30, 40, 40], dtype=int16)
    """
    volume = as_hu(volume, finite=True)
    mm = real(mm, "mm is a thickness above 0 in mm", above=0)
    projection = choice(projection, "projection", PROJECTIONS)
    stack = volume.stack(check_plane(plane))._replace(thickness=mm, projection=projection)
    make = _between if stack.resampled or leans(stack) else _of_voxels
    step = np.linalg.norm(step_of(stack))
    note = f"Slab: {projection} of {plane} planes {step:.4g} mm apart, over {mm:g} mm."
    return Volume(own(make(volume, stack)), stack.affine, (*volume.report, note))


def _of_voxels(volume: Volume, stack: Stack) -> np.ndarray:
    """The slabs of a grid whose voxels lie straight above each other."""
    axis = stack.layout.axis
    # Planes that lie together in memory: those across the slices took six times as long.
    planes = np.ascontiguousarray(np.moveaxis(volume.array, axis, 0))
    dtype = np.float32 if stack.projection == "mean" else planes.dtype
    result = np.empty(planes.shape, dtype)

    def fill(index: int) -> None:
        around = slab_offsets(stack, volume.shape, volume.affine, index)
        first, last = index + around[0], index + around[-1]
        result[index] = project(planes[first : last + 1], stack.projection)

    for_each(fill, range(len(planes)))
    return np.moveaxis(result, 0, axis)


def _between(volume: Volume, stack: Stack) -> np.ndarray:
    """The slabs of planes between the voxels."""
    check_room(stack.shape, 4, "its affine leans too far")
    result = np.empty(stack.shape, np.float32)

    def fill(index: int) -> None:
        picture = plane_of(volume.array, volume.affine, stack, index)
        filled = np.where(picture == NOTHING, np.float32(AIR), picture)
        fill_plane(result, stack.layout, index)[...] = filled

    for_each(fill, range(stack.shape[stack.layout.axis]))
    return result
