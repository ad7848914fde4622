"""Painting a phantom: how much of each voxel each part fills."""

import math

import numpy as np

from ..threads import for_each


def paint(parts, values, background, grid, psf, voxel=None, rough=1):
    """Means over the voxels of a grid, as a float32 array."""
    shapes = [_Shape(part, grid, psf) for part in parts]
    samples = _samples(grid, psf, voxel, rough)
    result = np.full(grid.shape, background, np.float32)

    def work(k):
        _paint_slice(result[k], k, shapes, values, background, samples)

    for_each(work, range(grid.shape[0]))
    return result


def _samples(grid, psf, voxel, rough):
    """Gauss-Legendre points within a voxel, in voxels, with weights: enough for the psf."""
    rules = []
    steps = np.linalg.norm(grid.affine[:3, :3], axis=0)
    for length, step in zip(steps if voxel is None else voxel, steps, strict=True):
        count = math.ceil(length / psf / 1.25 / rough) + 1
        points, weights = np.polynomial.legendre.leggauss(count)
        rules.append((points / 2 * length / step, weights / 2))
    points = np.stack(np.meshgrid(*[rule[0] for rule in rules], indexing="ij")).reshape(3, -1)
    weights = np.einsum("i,j,k", *[rule[1] for rule in rules]).ravel()
    return points, weights.astype(np.float32)


def _paint_slice(picture, k, shapes, values, background, samples):
    """Whole voxels at once; only those that an edge runs through sample by sample."""
    edge = np.zeros(picture.shape, dtype=bool)
    found = []
    for shape, value in zip(shapes, values, strict=True):
        box, inside, near = shape.regions(k, picture.shape)
        if box is None:
            continue
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
    """A part in voxel indices: where it is whole, where its edge runs, and how far."""

    def __init__(self, part, grid, psf):
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
        # How far blur and half a voxel reach at most.
        reach = 4 * psf + np.linalg.norm(self.matrix, axis=0).sum() / 2
        self.margin = reach / axes.min()
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

    def regions(self, k, size):
        """Box of slice `k` that holds the part, and in it the voxels inside and at the edge."""
        start = np.maximum(self.low[1:], 0).astype(int)
        stop = np.minimum(self.high[1:], size).astype(int)
        if not self.low[0] <= k < self.high[0] or (start >= stop).any():
            return None, None, None
        rows, columns = (np.arange(a, b) for a, b in zip(start, stop, strict=True))
        base = (self.start + self.form[:, 0] * k)[:, None] + self.form[:, 1, None] * rows
        across = self.form[:, 2]
        square = (2 * (across @ base)).astype(np.float32)[:, None] * columns.astype(np.float32)
        square += (base * base).sum(axis=0).astype(np.float32)[:, None]
        square += (across @ across * columns * columns).astype(np.float32)
        inside = square < max(1 - self.margin, 0) ** 2
        near = (square < (1 + self.margin) ** 2) & (~inside | (self.cut is not None))
        r, c = np.nonzero(near)
        depth, reach = self.depth(np.stack([np.full(r.size, k), rows[r], columns[c]]))
        inside[r, c] = depth > reach
        near[r, c] = np.abs(depth) <= reach
        return (slice(start[0], stop[0]), slice(start[1], stop[1])), inside, near

    def depth(self, index):
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

    def share(self, index, points):
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


def _squares(place, moved):
    """Squared lengths of all place + moved: (3, n) and (3, m) give (n, m) of float32."""
    left = np.vstack([2 * place, (place * place).sum(axis=0), np.ones(place.shape[1])])
    right = np.vstack([moved, np.ones(moved.shape[1]), (moved * moved).sum(axis=0)])
    square = left.T.astype(np.float32) @ right.astype(np.float32)
    return np.maximum(square, 0, out=square)
