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
from ..volume import Volume
from .rendering import paint

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
        array = paint(self.parts, values, AIR, grid, self.psf_mm, voxel)
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
        return paint(parts, [1.0] * len(parts), 0.0, grid, self.psf_mm, rough=rough)

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
