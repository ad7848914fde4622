"""Rendering a phantom: the grid to paint on, and how much of each voxel each part fills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from ..arguments import real, reals, wholes
from ..hounsfield import AIR
from ..room import check_room
from ..threads import for_each
from ..volume import Volume, own
from .parts import Part

#: Points within a voxel (3, n), and their weights (n,).
Samples: TypeAlias = tuple[np.ndarray, np.ndarray]


def make_grid(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    *,
    center: tuple[float, float, float] = (0.0, 0.0, 0.0),
    tilt_deg: float = 0.0,
) -> Volume:
    """A Volume of air that takes no memory, to render a phantom on.

    Parameters
    ----------
    shape : (slice, row, column)
    spacing : (slice, row, column) in mm
        The first is the travel of the table.
    center : (x, y, z) in LPS+ mm of the middle of the grid
    tilt_deg : float
        Gantry tilt about x. The slices still follow each other along z: a sheared grid.

    Returns
    -------
    Volume of int16

    Raises
    ------
    ParameterError
        On a shape, a spacing, a center or a tilt that is none.
    GeometryError
        On a shape that is larger than any scan.
    """
    sizes = wholes(shape, "a shape is three whole numbers above 0 (slice, row, column)", 3, low=1)
    check_room(sizes, 2)
    steps = reals(spacing, "spacing is three lengths above 0 in mm", 3, above=0)
    middle = reals(center, "center is (x, y, z) in mm", 3)
    angle = math.radians(
        real(tilt_deg, "tilt_deg is a number of degrees below 90", low=-89, high=89)
    )
    affine = np.eye(4)
    directions = [(0, 0, 1), (0, math.cos(angle), -math.sin(angle)), (1, 0, 0)]
    affine[:3, :3] = np.transpose(directions) * steps
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(sizes) - 1) / 2)
    return Volume(own(np.broadcast_to(np.int16(AIR), sizes)), affine)


def paint(
    parts: Sequence[Part],
    values: Sequence[float],
    background: float,
    grid: Volume,
    psf: float,
    voxel: tuple[float, float, float] | None = None,
    rough: float = 1,
) -> np.ndarray:
    """Means over the voxels of a grid.

    Parameters
    ----------
    parts : sequence of Part, each painted over those before it
    values : sequence of float, one for each part
    background : float, where no part is
    grid : Volume
    psf : float
        Standard deviation in mm of the Gaussian that blurs the edges.
    voxel : (slice, row, column) in mm, optional
        Size of the box to take the mean over; by default the distance of the centres.
    rough : float
        How many times fewer samples to take along each axis of a voxel.

    Returns
    -------
    float32 array of the shape of `grid`
    """
    check_room(grid.shape, 4, "render on a smaller grid")
    shapes = [_Shape(part, grid, psf) for part in parts]
    samples = _samples(grid, psf, voxel, rough)
    result = np.full(grid.shape, background, np.float32)

    def work(k: int) -> None:
        _paint_slice(result[k], k, shapes, values, background, samples)

    for_each(work, range(grid.shape[0]))
    return result


def _samples(
    grid: Volume, psf: float, voxel: tuple[float, float, float] | None, rough: float
) -> Samples:
    """Gauss-Legendre points within a voxel, in voxels, with weights: enough for the psf."""
    rules = []
    steps = np.linalg.norm(grid.affine[:3, :3], axis=0)
    for length, step in zip(steps if voxel is None else voxel, steps, strict=True):
        count = math.ceil(length / psf / 1.25 / rough) + 1
        points, weights = np.polynomial.legendre.leggauss(count)
        rules.append((points / 2 * length / step, weights / 2))
    grids = np.meshgrid(*[rule[0] for rule in rules], indexing="ij")
    weights = np.einsum("i,j,k", *[rule[1] for rule in rules]).ravel()
    return np.stack(grids).reshape(3, -1), weights.astype(np.float32)


def _paint_slice(
    picture: np.ndarray,
    k: int,
    shapes: Sequence[_Shape],
    values: Sequence[float],
    background: float,
    samples: Samples,
) -> None:
    """Whole voxels at once; only those that an edge runs through sample by sample."""
    edge = np.zeros(picture.shape, dtype=bool)
    found = []
    for shape, value in zip(shapes, values, strict=True):
        regions = shape.regions(k, picture.shape)
        if regions is None:
            continue
        box, inside, near = regions
        picture[box][inside] = value
        edge[box][inside] = False
        edge[box][near] = True
        found.append((shape, value, box, inside, near))
    rows, columns = np.nonzero(edge)
    points, weights = samples
    fine = np.full((rows.size, weights.size), background, np.float32)
    for shape, value, box, inside, near in found:
        r, c = rows - box[0].start, columns - box[1].start
        within = np.flatnonzero((r >= 0) & (r < inside.shape[0]) & (c >= 0) & (c < inside.shape[1]))
        r, c = r[within], c[within]
        fine[within[inside[r, c]]] = value
        soft = within[near[r, c]]
        index = np.stack([np.full(soft.size, k), rows[soft], columns[soft]])
        fine[soft] += shape.share(index, points) * (np.float32(value) - fine[soft])
    picture[rows, columns] = fine @ weights


class _Shape:
    """A part in voxel indices: where it is whole, where its edge runs, and how far that blurs.

    ::

                      share 1       edge: sampled       share 0
                    |<-- inside -->|<--- near --->|<--- not its own --->
        depth in mm        ...   reach     0    -reach   ...

    An ellipsoid is a ball of radius 1 in units of its semi-axes: a place p in mm becomes
    ``u = scale @ (p - center)``, and its surface is where ``|u| = 1``. Off the surface |u| tells
    how far, but not in mm. To first order, the depth in mm is ``1 - |u|`` over the length of the
    gradient of |u|, which is ``scale.T @ u / |u|``. The share of the part at a place is then the
    Gaussian's integral up to that depth, as if the surface were flat there.

    Only voxels near the surface are sampled so (see `regions`). Further away from it than
    ``reach``, which is what the blur (4 SD) and half a voxel reach, a voxel is whole or empty, and
    the depth of its centre tells which.
    """

    def __init__(self, part: Part, grid: Volume, psf: float) -> None:
        a = math.radians(part.turn)
        turn = np.array([[math.cos(a), math.sin(a), 0], [-math.sin(a), math.cos(a), 0], [0, 0, 1]])
        self.matrix, axes = grid.affine[:3, :3], np.array(part.axes)
        self.psf = psf
        # A blur moves a curved edge inwards, so that the volume stays.
        self.shift = psf**2 * (1 / axes).mean()
        # Places in units of the semi-axes: place = form @ index + start, surface at length 1.
        self.scale = turn / axes[:, None]
        self.form = self.scale @ self.matrix
        self.start = self.scale @ (grid.affine[:3, 3] - part.center)
        # How far blur and half a voxel reach at most, in mm and in units of the semi-axes.
        reach = 4 * psf + np.linalg.norm(self.matrix, axis=0).sum() / 2
        self.margin = reach / axes.min()
        # The box of indices that holds the turned ellipsoid: along an index it reaches as far as
        # the root of the squares of what each semi-axis adds. A cylinder's infinite axis adds
        # nothing across itself (0 * inf is NaN, which the sum leaves out).
        to_index = np.linalg.inv(self.matrix)
        sides = np.where(np.abs(to_index @ turn.T) < 1e-12, 0.0, to_index @ turn.T)
        with np.errstate(invalid="ignore"):
            half = np.sqrt(np.nansum((sides * (axes + reach)) ** 2, axis=1))
        middle = to_index @ (np.array(part.center) - grid.affine[:3, 3])
        self.low, self.high = np.floor(middle - half), np.ceil(middle + half) + 1
        self.cut = None
        if part.within is not None:
            normal, offset = np.array(part.within[0], dtype=float), part.within[1]
            self.cut = normal @ self.matrix, normal @ grid.affine[:3, 3] - offset

    def regions(
        self, k: int, size: tuple[int, ...]
    ) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray] | None:
        """Box of slice `k` that holds the part, and in it the voxels inside and at the edge."""
        start = np.maximum(self.low[1:], 0).astype(int)
        stop = np.minimum(self.high[1:], size).astype(int)
        if not self.low[0] <= k < self.high[0] or (start >= stop).any():
            return None
        rows, columns = (np.arange(a, b) for a, b in zip(start, stop, strict=True))
        # |u|^2 of all voxels of the box at once: that of the row, of the column, and the product.
        base = (self.start + self.form[:, 0] * k)[:, None] + self.form[:, 1, None] * rows
        across = self.form[:, 2]
        square = (2 * (across @ base)).astype(np.float32)[:, None] * columns.astype(np.float32)
        square += (base * base).sum(axis=0).astype(np.float32)[:, None]
        square += (across @ across * columns * columns).astype(np.float32)
        inside = square < max(1 - self.margin, 0) ** 2
        near = (square < (1 + self.margin) ** 2) & (~inside | (self.cut is not None))
        # `margin` is generous, as it counts in the shortest semi-axis: look again in mm.
        r, c = np.nonzero(near)
        depth, reach = self.depth(np.stack([np.full(r.size, k), rows[r], columns[c]]))
        inside[r, c] = depth > reach
        near[r, c] = np.abs(depth) <= reach
        return (slice(start[0], stop[0]), slice(start[1], stop[1])), inside, near

    def depth(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Depth in mm of voxels (3, n) below the surface, and up to which depth it blurs."""
        place = self.form @ index + self.start[:, None]
        length = np.linalg.norm(place, axis=0)
        normal = self.scale.T @ place
        slope = np.maximum(np.linalg.norm(normal, axis=0), 1e-6)
        depth = (1 - length) * length / slope - self.shift
        reach = 4 * self.psf + np.abs(self.matrix.T @ normal).sum(axis=0) / slope / 2
        if self.cut is not None:
            normal, offset = self.cut
            over = normal @ index + offset
            depth = np.minimum(depth, over)
            reach = np.maximum(reach, 4 * self.psf + np.abs(normal).sum() / 2)
        return depth, reach

    def share(self, index: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Share of the part at samples: (3, n) voxels and (3, m) points in them give (n, m)."""
        from scipy.special import ndtr

        place = self.form @ index + self.start[:, None]
        moved = self.form @ points
        length = np.sqrt(_squares(place, moved))
        slope = np.sqrt(_squares(self.scale.T @ place, self.scale.T @ moved))
        # Depth in mm, to first order: how far from 1 over how fast the length grows.
        depth = (1 - length) * length
        depth /= slope + np.float32(1e-6)
        depth -= np.float32(self.shift)
        depth /= np.float32(self.psf)
        share = ndtr(depth, out=depth)
        if self.cut is not None:
            normal, offset = self.cut
            share *= ndtr(((normal @ index + offset)[:, None] + normal @ points) / self.psf)
        return share


def _squares(place: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Squared lengths of all place + moved: (3, n) and (3, m) give (n, m) of float32."""
    left = np.vstack([2 * place, (place * place).sum(axis=0), np.ones(place.shape[1])])
    right = np.vstack([moved, np.ones(moved.shape[1]), (moved * moved).sum(axis=0)])
    square = left.T.astype(np.float32) @ right.astype(np.float32)
    return np.maximum(square, 0, out=square)
