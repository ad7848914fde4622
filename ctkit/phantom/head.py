"""Head scans whose every voxel is known: a phantom of smooth ellipsoids.

The phantom is a function of the place in the patient (LPS+ mm), and so exists on any
grid. Its edges are those of a scanner with a Gaussian point spread; a voxel is the mean
of the function over the voxel, by Gauss-Legendre quadrature.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import ParameterError
from ..hounsfield import AIR
from ..threads import for_each
from ..volume import Volume

INF = math.inf


@dataclass(frozen=True)
class Part:
    """An ellipsoid of one tissue, painted over the parts before it.

    ``center`` and ``axes`` (semi-axes; inf for a cylinder) are (x, y, z) in LPS+ mm;
    ``turn`` is in degrees about z. ``within`` cuts it: (normal, offset) keeps
    the places with ``normal @ place > offset``. ``outline`` marks those that make
    the outer form of the head.
    """

    name: str
    hu: float
    center: tuple
    axes: tuple
    turn: float = 0.0
    within: tuple | None = None
    outline: bool = False

    @property
    def ml(self):
        """Volume of the whole ellipsoid in millilitres."""
        return 4 / 3 * math.pi * math.prod(self.axes) / 1000


@dataclass(frozen=True)
class Phantom:
    """Parts, in the order in which they are painted, and the point spread.

    ``psf_mm`` is the standard deviation of the Gaussian that blurs the edges.
    """

    parts: tuple
    psf_mm: float = 0.6
    names: tuple = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "names", tuple(dict.fromkeys(p.name for p in self.parts)))

    def render(self, grid, voxel=None):
        """HU on the grid of a Volume: the mean over each voxel, as float32.

        Parameters
        ----------
        grid : Volume; its shape and affine count (see `make_grid`)
        voxel : (slice, row, column) in mm, optional
            Size of the box around each centre to take the mean over; by default the
            distance of the centres.

        Returns
        -------
        Volume of float32
        """
        values = [part.hu for part in self.parts]
        note = f"Phantom: the mean over each voxel, point spread {self.psf_mm:g} mm (SD)."
        array = _paint(self.parts, values, AIR, grid, self.psf_mm, voxel)
        return Volume(array, grid.affine, (note,))

    def scan(self, grid, **how):
        """What a CT makes of it: see `ctkit.phantom.noise.scan`."""
        from .noise import scan

        return scan(self, grid, **how)

    def coverage(self, grid, name="head", rough=1):
        """Share of each voxel that a part takes up, 0 to 1, as a float32 array.

        Parameters
        ----------
        grid : Volume
        name : str, one of `names`, or "head" for all that is within its outline
        rough : float
            How many times fewer samples to take along each axis of a voxel.
        """
        parts = [p for p in self.parts if p.name == name or (name == "head" and p.outline)]
        if not parts:
            message = f"no part is called {name!r}; there are head, {', '.join(self.names)}"
            raise ParameterError(message)
        return _paint(parts, [1.0] * len(parts), 0.0, grid, self.psf_mm, rough=rough)

    def mask(self, grid, name="head"):
        """Voxels of which a part takes up more than half, as a Volume of bool."""
        return Volume(self.coverage(grid, name, rough=3) > 0.5, grid.affine)

    def volume_ml(self, name):
        """True volume of the parts of one name in millilitres, such as of the bleed."""
        found = [part.ml for part in self.parts if part.name == name]
        if not found:
            message = f"no part is called {name!r}; there are {', '.join(self.names)}"
            raise ParameterError(message)
        return sum(found)

    def with_part(self, part):
        """The same phantom with one more part on top: a lesion, say."""
        return replace(self, parts=(*self.parts, part))


def make_grid(shape, spacing, *, center=(0.0, 0.0, 0.0), tilt_deg=0.0):
    """A Volume of air that takes no memory, to render a phantom on.

    Parameters
    ----------
    shape : (slice, row, column)
    spacing : (slice, row, column) in mm; the first is the travel of the table
    center : (x, y, z) in LPS+ mm of the middle of the grid
    tilt_deg : float
        Gantry tilt about x. The slices still follow each other along z: a sheared grid.

    Returns
    -------
    Volume of int16
    """
    angle = math.radians(tilt_deg)
    affine = np.eye(4)
    directions = [(0, 0, 1), (0, math.cos(angle), -math.sin(angle)), (1, 0, 0)]
    affine[:3, :3] = np.transpose(directions) * np.asarray(spacing, dtype=float)
    affine[:3, 3] = np.array(center) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Volume(np.broadcast_to(np.int16(AIR), shape), affine)


def head_phantom(*, headrest_gap_mm=None, table=True, lesions=True, psf_mm=0.6):
    """A head of about 4 litres with neck, and what it lies on.

    Parameters
    ----------
    headrest_gap_mm : float, optional
        Distance of the headrest (plastic, 5 mm) from the back of the head; 0 touches, below
        0 presses in. None leaves it out.
    table : bool
    lesions : bool
        A bleed (11.6 ml) and a calcification (0.065 ml).
    psf_mm : float
        Standard deviation of the point spread; 0.6 mm is that of a soft kernel for brain.

    Returns
    -------
    Phantom

    Examples
    --------
    >>> head = head_phantom()
    >>> scan = head.render(make_grid((3, 40, 40), (5, 6, 6)))
    >>> round(float(scan.array[1, 20, 24]))
    28
    >>> round(head.volume_ml("bleed"), 1)
    11.6
    """
    support = _table() if table else ()
    if headrest_gap_mm is not None:
        support += _headrest(headrest_gap_mm)
    return Phantom(support + _head() + (_lesions() if lesions else ()), psf_mm)


def _table():
    return (
        Part("table", 80, (0, 124, 0), (210, 9, INF)),
        Part("table foam", -900, (0, 124, 0), (208, 7, INF)),
    )


def _headrest(gap):
    """A shell around the back of the head, with nothing but air in it."""
    center, back = (0, 97 - 108 + gap, 0), ((0, 1, 0), 35)
    return (
        Part("headrest", 120, center, (113, 113, INF), within=back),
        Part("space in the headrest", AIR, center, (108, 108, INF), within=back),
    )


def _head():
    def outline(name, hu, center, axes, turn=0.0, within=None):
        return Part(name, hu, center, axes, turn, within, outline=True)

    below = ((0, 0, -1), 30)  # z < -30 mm
    both = [outline("ear", 30, (s * 77, 12, -28), (2.5, 17, 28), s * 28) for s in (1, -1)]
    both += [outline("neck", 50, (0, 15, -60), (56, 62, INF), within=below)]
    both += [outline("face", 50, (0, -38, -62), (58, 58, 66))]
    both += [outline("nose", 30, (0, -98, -42), (13, 17, 22))]
    both += [outline("scalp", -60, (0, 0, 0), (76, 97, 105))]
    layers = ((1100, 6), (450, 8), (1150, 10.5), (8, 12.3), (38, 14.3), (28, 20))
    names = ("outer table", "diploe", "inner table", "CSF", "grey matter", "white matter")
    for name, (hu, depth) in zip(names, layers, strict=True):
        both.append(Part(name, hu, (0, 0, 0), (76 - depth, 97 - depth, 105 - depth)))
    for s in (1, -1):
        both += [
            Part("ventricle", 6, (s * 10, 5, 12), (6, 32, 12), s * 10),
            Part("sinus wall", 1000, (s * 11, -83, 8), (11, 9, 14)),
            Part("sinus", AIR, (s * 11, -83, 8), (9.5, 7.5, 12.5)),
            Part("sinus wall", 900, (s * 29, -62, -70), (19, 19, 21)),
            Part("sinus", AIR, (s * 29, -62, -70), (17.5, 17.5, 19.5)),
            Part("nostril", AIR, (s * 5.5, -100, -58), (3, 9, 8)),
        ]
    both += [Part("vertebra", 500, (0, 28, -60), (19, 16, INF), within=((0, 0, -1), 98))]
    both += [Part("airway", AIR, (0, -16, -60), (9, 7, INF), within=((0, 0, -1), 98))]
    return tuple(both)


def _lesions():
    return (
        Part("bleed", 70, (32, -10, 22), (14, 18, 11)),
        Part("calcification", 320, (-24, 22, 5), (2.5, 2.5, 2.5)),
    )


# ---- rendering


def _paint(parts, values, background, grid, psf, voxel=None, rough=1):
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
