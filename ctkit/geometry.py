"""Affines, slice positions, orientation letters: where a voxel is in the patient.

Every affine here maps ``(slice, row, column, 1)`` to millimetres in the patient,
LPS+ (x grows to the patient's Left, y to the Posterior, z to the Superior), at the
*centres* of the voxels, as DICOM does (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .arguments import choice, numbers, reals
from .errors import GeometryError

__all__ = [
    "LETTERS",
    "LPS_RAS",
    "PLANES",
    "PROJECTIONS",
    "PlaneLayout",
    "Stack",
    "apply_affine",
    "axes_of_letters",
    "cursor_on",
    "make_affine",
    "nearest_plane",
    "normal_of",
    "orientation_letters",
    "patient_axes",
    "plane_layout",
    "shear_of",
    "slab_offsets",
    "slice_at",
    "slice_normal",
    "slice_positions",
    "spacing_of",
    "stack_of",
    "stack_on",
    "step_of",
    "turned_stack",
]

#: Turns LPS+ millimetres into RAS+ (NIfTI's) and back.
LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
LETTERS = ("RL", "AP", "IS")  # towards lower, towards higher x, y, z
PLANES = ("axial", "coronal", "sagittal")
CONVENTIONS = ("radiological", "neurological")
#: What a slab shows of the values that lie behind each other.
PROJECTIONS = ("max", "min", "mean")
# The patient axis (0 x, 1 y, 2 z) that a plane is cut across, then those that run down
# and across its picture, with the sign in which they run there.
_LAYOUT = {
    "axial": (2, (1, +1), (0, +1)),
    "coronal": (1, (2, -1), (0, +1)),
    "sagittal": (0, (2, -1), (1, +1)),
}


#: Degrees from which a direction lies between two of the patient's, and has two letters.
OBLIQUE = 5.0
# A lean that moves no voxel by more than this share of one isn't seen.
_UNSEEN = 0.1
# The most pixels along a side of a turned plane: more would take too long to make.
_MOST_PIXELS = 2047
# A slice this share of a step beyond the border of a slab lies on it: spacings are rounded.
_ON_BORDER = 1e-4


class PlaneLayout(NamedTuple):
    """How a plane of an array is laid out as a picture, rows downwards.

    ``axis`` is the array axis that the plane is cut across; ``down`` and ``across``
    are those that run down and across the picture, ``flip_down`` and ``flip_across``
    whether they are reversed for it. ``spacing`` is (between rows, between columns)
    of the picture in mm; ``letters`` stand at its (left, right, top, bottom): one each,
    or two, as "RA", where the side lies more than 5 degrees off the patient's axis.
    """

    axis: int
    down: int
    across: int
    flip_down: bool
    flip_across: bool
    spacing: tuple[float, float]
    letters: tuple[str, str, str, str]


class Stack(NamedTuple):
    """Planes of one kind through a volume, as they are shown: a grid with upright pictures.

    ``layout`` says how a plane of the grid is a picture, ``shape`` and ``affine`` are those
    of the grid, in the order of the array's axes. ``resampled`` is False where they are the
    volume's own, and its voxels the pixels; else what is shown lies between its voxels.
    ``name`` is the plane's, "oblique axial" where it is turned by more than 5 degrees.
    ``thickness`` in mm makes each picture one of a slab, of which ``projection`` says what is
    shown; 0 is the plane alone. ``turned`` is by how many degrees somebody turned the planes.
    """

    layout: PlaneLayout
    shape: tuple[int, ...]
    affine: np.ndarray
    resampled: bool
    name: str
    thickness: float = 0.0
    projection: str = "max"
    turned: float = 0.0


def as_affine(affine: ArrayLike) -> np.ndarray:
    """Check an affine and return it as float64.

    Parameters
    ----------
    affine : (4, 4) array-like
        Maps (slice, row, column, 1) to LPS+ mm.

    Returns
    -------
    (4, 4) ndarray of float64, a copy that can't be written to.

    Raises
    ------
    GeometryError
        On another shape, values that are not finite, a last row other than
        (0, 0, 0, 1), or axes that do not span the space.
    """
    words = "an affine is a 4 x 4 matrix of numbers"
    matrix = np.array(numbers(affine, words, dtype=np.float64, error=GeometryError))
    if matrix.shape != (4, 4):
        message = f"an affine is a 4 x 4 matrix; this one has the shape {matrix.shape}"
        raise GeometryError(message)
    if not np.isfinite(matrix).all():
        message = "the affine holds values that are not finite"
        raise GeometryError(message)
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        message = f"the last row of an affine is (0, 0, 0, 1); this one is {tuple(matrix[3])}"
        raise GeometryError(message)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    # Relative to the lengths of the axes: a volume of small voxels is not a flat one.
    if lengths.min() == 0 or abs(np.linalg.det(matrix[:3, :3])) < 1e-6 * lengths.prod():
        message = "two axes of the affine are parallel, or one has no length"
        raise GeometryError(message)
    matrix.flags.writeable = False
    return matrix


def make_affine(
    spacing: ArrayLike,
    origin: ArrayLike = (0.0, 0.0, 0.0),
    directions: ArrayLike | None = None,
) -> np.ndarray:
    """Build an affine from a spacing, an origin and directions.

    Parameters
    ----------
    spacing : (slice, row, column) in mm
    origin : (x, y, z) of the centre of voxel (0, 0, 0), LPS+ mm
    directions : (3, 3) array-like, optional
        Columns: the unit vectors along which slice, row and column index grow.
        By default upwards (S), backwards (P) and to the left (L).

    Returns
    -------
    (4, 4) ndarray of float64

    Raises
    ------
    GeometryError
        On a spacing, an origin or directions that can't be used.
    """
    words = "spacing is three lengths in mm above 0 (slice, row, column)"
    lengths = reals(spacing, words, 3, above=0, error=GeometryError)
    affine = np.eye(4)
    affine[:3, :3] = _as_directions(directions) * lengths
    affine[:3, 3] = reals(origin, "origin is (x, y, z) in mm", 3, error=GeometryError)
    return as_affine(affine)


def _as_directions(directions: ArrayLike | None) -> np.ndarray:
    if directions is None:
        return np.eye(3)[:, ::-1]
    words = "directions are three unit vectors, a 3 x 3 matrix"
    matrix = numbers(directions, words, dtype=np.float64, error=GeometryError)
    if matrix.shape != (3, 3):
        message = f"{words}, not {directions!r}"
        raise GeometryError(message)
    return matrix


def slice_normal(orientation: ArrayLike) -> np.ndarray:
    """Normal of a slice: row x column direction of ImageOrientationPatient.

    Parameters
    ----------
    orientation : six numbers
        (0020,0037): the direction in which the column index grows, then that in
        which the row index grows, as unit vectors in LPS+.

    Returns
    -------
    (3,) ndarray, of length 1 where the two are perpendicular (PS3.3 C.7.6.2.1.1)
    """
    words = "an orientation is six numbers"
    values = numbers(orientation, words, dtype=np.float64, error=GeometryError).reshape(2, 3)
    return np.cross(values[0], values[1])


def slice_positions(positions: ArrayLike, orientation: ArrayLike) -> np.ndarray:
    """Where slices lie along their normal.

    Parameters
    ----------
    positions : (n, 3) array-like of ImagePositionPatient in mm
    orientation : six numbers of ImageOrientationPatient

    Returns
    -------
    (n,) ndarray in mm
    """
    words = "positions are numbers, three along the last axis"
    places = numbers(positions, words, dtype=np.float64, error=GeometryError)
    return places.reshape(-1, 3) @ slice_normal(orientation)


def apply_affine(affine: ArrayLike, points: ArrayLike) -> np.ndarray:
    """Map points by an affine.

    Parameters
    ----------
    affine : (4, 4) array-like
    points : (..., 3) array-like

    Returns
    -------
    (..., 3) ndarray of float64

    Raises
    ------
    GeometryError
        On points that are no numbers, or not three along the last axis.
    """
    words = "an affine is a 4 x 4 matrix of numbers"
    matrix = numbers(affine, words, dtype=np.float64, error=GeometryError)
    words = "points are numbers, three along the last axis"
    places = numbers(points, words, dtype=np.float64, error=GeometryError)
    if places.shape[-1:] != (3,):
        message = f"{words}, not {points!r}"
        raise GeometryError(message)
    return places @ matrix[:3, :3].T + matrix[:3, 3]


def spacing_of(affine: ArrayLike) -> tuple[float, float, float]:
    """Distances in mm between slices (along their normal), rows and columns.

    For a sheared affine (gantry tilt) the first is shorter than the step from one
    slice's origin to the next one's.
    """
    step, down, across = np.asarray(affine, dtype=np.float64)[:3, :3].T
    normal = np.cross(across, down)
    between = abs(step @ normal) / np.linalg.norm(normal)
    return float(between), float(np.linalg.norm(down)), float(np.linalg.norm(across))


def shear_of(affine: ArrayLike) -> float:
    """Degrees by which the slice axis leans away from the slice normal.

    For a CT this is the gantry tilt, without its sign.
    """
    step = np.asarray(affine, dtype=np.float64)[:3, 0]
    cosine = spacing_of(affine)[0] / np.linalg.norm(step)
    return float(np.degrees(np.arccos(min(float(cosine), 1.0))))


def patient_axes(affine: ArrayLike) -> list[tuple[int, int]]:
    """Which patient axis each array axis lies closest to, and in which sense.

    Returns
    -------
    list of three (axis, sign): axis 0 x, 1 y, 2 z; each occurs once. sign +1 where
    the index grows with the coordinate (to L, P, S).
    """
    columns = np.asarray(affine, dtype=np.float64)[:3, :3]
    cosines = columns / np.linalg.norm(columns, axis=0)
    closeness = np.abs(cosines)
    best = max(permutations(range(3)), key=lambda p: float(closeness[list(p), range(3)].sum()))
    return [(axis, 1 if cosines[axis, i] >= 0 else -1) for i, axis in enumerate(best)]


def orientation_letters(affine: ArrayLike) -> str:
    """The letters towards which slice, row and column index grow, such as ``"SPL"``."""
    return "".join(LETTERS[axis][sign > 0] for axis, sign in patient_axes(affine))


def axes_of_letters(letters: str) -> list[tuple[int, int]]:
    """The (axis, sign) that each of three letters stands for: undoes `orientation_letters`.

    Examples
    --------
    >>> axes_of_letters("SPL")
    [(2, 1), (1, 1), (0, 1)]
    """
    known = {pair[i]: (axis, 2 * i - 1) for axis, pair in enumerate(LETTERS) for i in (0, 1)}
    axes = [known.get(letter, (-1, 0)) for letter in letters] if isinstance(letters, str) else []
    if len(axes) != 3 or {axis for axis, _ in axes} != {0, 1, 2}:
        message = f"an orientation is one of R L, one of A P, one of I S, as 'SPL'; not {letters!r}"
        raise GeometryError(message)
    return axes


def check_plane(plane: str) -> str:
    """Return `plane` where it is one of the three; else raise a GeometryError."""
    return choice(plane, "plane", PLANES, error=GeometryError)


def plane_layout(affine: ArrayLike, plane: str, convention: str = "radiological") -> PlaneLayout:
    """Lay a plane out as radiology shows it.

    Axial pictures are seen from the feet with the front on top; coronal ones from
    the front, sagittal ones from the patient's left, both with the head on top.

    Parameters
    ----------
    affine : (4, 4) array-like
    plane : {"axial", "coronal", "sagittal"}
        Cut across the array axis nearest to the patient's z, y or x.
    convention : {"radiological", "neurological"}
        Radiological: the patient's left on the right of the picture. Neurological:
        on the left. Sagittal pictures are the same in both.

    Returns
    -------
    PlaneLayout
    """
    choice(convention, "convention", CONVENTIONS, error=GeometryError)
    across_patient, rows, columns = _LAYOUT[check_plane(plane)]
    if convention == "neurological" and columns[0] == 0:
        columns = (0, -1)
    found = {axis: (index, sign) for index, (axis, sign) in enumerate(patient_axes(affine))}
    down, across = found[rows[0]], found[columns[0]]
    spacing = spacing_of(affine)
    flips = down[1] != rows[1], across[1] != columns[1]
    steps = np.asarray(affine, dtype=np.float64)[:3, [down[0], across[0]]].T
    steps = steps * np.where(flips, -1, 1)[:, None]
    return PlaneLayout(
        axis=found[across_patient][0],
        down=down[0],
        across=across[0],
        flip_down=flips[0],
        flip_across=flips[1],
        spacing=(spacing[down[0]], spacing[across[0]]),
        letters=_ends(columns[0], steps[1]) + _ends(rows[0], steps[0]),
    )


def _ends(axis: int, step: np.ndarray) -> tuple[str, str]:
    """Letters at the start and the end of a direction that lies closest to a patient axis."""
    rest = [other for other in range(3) if other != axis]
    second = max(rest, key=lambda other: abs(step[other]))
    slanted = abs(step[second]) > np.sin(np.radians(OBLIQUE)) * np.linalg.norm(step)
    axes = [axis, second] if slanted else [axis]
    first, last = (
        "".join(LETTERS[one][bool(step[one] > 0) == end] for one in axes) for end in (False, True)
    )
    return first, last


# ------------------------------------------------------------------- planes as they are shown


def stack_of(
    shape: Sequence[int], affine: ArrayLike, plane: str, convention: str = "radiological"
) -> Stack:
    """The planes of a volume as they are shown: its own, or upright ones between its voxels.

    The slices of a tilted gantry lean (PS3.3 C.8.2.1, Gantry/Detector Tilt): their own planes
    are rectangles, and the planes across them would be drawn sheared. Those are cut at right
    angles to the slices instead, on a grid that holds all of the stack.

    Parameters
    ----------
    shape : (slice, row, column)
    affine : (4, 4) array-like
    plane, convention : as for `plane_layout`

    Returns
    -------
    Stack
    """
    matrix = np.asarray(affine, dtype=np.float64)
    choice(convention, "convention", CONVENTIONS, error=GeometryError)
    return _stack_of(tuple(shape), matrix.tobytes(), check_plane(plane), convention)


@lru_cache(maxsize=64)
def _stack_of(shape: tuple[int, ...], affine: bytes, plane: str, convention: str) -> Stack:
    """The stack of these values: a view asks for it again with each slice."""
    matrix = np.frombuffer(affine).reshape(4, 4)
    layout = plane_layout(matrix, plane, convention)
    sizes = np.array(shape)
    upright = _upright(matrix)
    moved = np.linalg.norm(upright - matrix, axis=0)[:3] * (sizes - 1)
    leans = (moved > _UNSEEN * np.min(spacing_of(upright)))[[layout.down, layout.across]].any()
    if leans:
        sizes, matrix = _around(sizes, matrix, upright)
        layout = plane_layout(matrix, plane, convention)
        matrix.flags.writeable = False
    return Stack(layout, tuple(sizes.tolist()), matrix, bool(leans), _name(matrix, layout, plane))


def _upright(affine: np.ndarray) -> np.ndarray:
    """The affine with perpendicular axes: columns stay, rows and slices give up their lean."""
    upright = affine.copy()
    step, down, across = affine[:3, :3].T
    down = down - across * (down @ across) / (across @ across)
    normal = np.cross(across, down)
    normal /= np.linalg.norm(normal)
    upright[:3, 0], upright[:3, 1] = normal * (step @ normal), down
    return upright


def _around(
    sizes: np.ndarray, affine: np.ndarray, upright: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shape and affine of the upright grid that holds all voxels of a leaning one."""
    corners = _corners(sizes, np.linalg.inv(upright) @ affine)
    low, high = nearest(corners.min(axis=0)), nearest(corners.max(axis=0))
    return high - low + 1, upright @ _shift(low)


def _corners(sizes: Sequence[int] | np.ndarray, change: np.ndarray) -> np.ndarray:
    """The centres of the eight outermost voxels: (8, 3)."""
    ends = np.array(list(product(*[(0, n - 1) for n in sizes])), dtype=np.float64)
    return apply_affine(change, ends)


def _shift(index: ArrayLike) -> np.ndarray:
    """The affine that adds an index."""
    shift = np.eye(4)
    shift[:3, 3] = index
    return shift


def nearest(place: ArrayLike) -> np.ndarray:
    """The nearest whole index; of two as near the higher, whatever the rounding before."""
    return np.floor(np.asarray(place) + 0.5 + 1e-6).astype(int)


def _name(affine: np.ndarray, layout: PlaneLayout, plane: str) -> str:
    """The plane, "oblique" where its normal lies off the patient's axis."""
    normal = np.cross(affine[:3, layout.down], affine[:3, layout.across])
    cosine = abs(normal[2 - PLANES.index(plane)]) / np.linalg.norm(normal)
    return f"oblique {plane}" if cosine < np.cos(np.radians(OBLIQUE)) else plane


def directions(stack: Stack) -> np.ndarray:
    """Unit vectors (LPS+) to the right and down of the pictures of a stack: (2, 3)."""
    layout = stack.layout
    ways = ((layout.across, layout.flip_across), (layout.down, layout.flip_down))
    steps = [stack.affine[:3, axis] * (-1 if flip else 1) for axis, flip in ways]
    return np.array([step / np.linalg.norm(step) for step in steps])


def normal_of(stack: Stack) -> np.ndarray:
    """The unit vector (LPS+) across the planes of a stack, away from who looks at them."""
    normal = np.cross(*directions(stack))
    return normal / np.linalg.norm(normal)


def turned_stack(
    stack: Stack, shape: Sequence[int], affine: ArrayLike, normal: ArrayLike, through: ArrayLike
) -> Stack:
    """Planes at right angles to a direction, through all of a volume.

    One of them goes through the point, and the others lie at steps of the smallest spacing of the
    volume from it, in the sense of the direction. The pixels are squares of the same size. What
    is down in the pictures of the stack stays as far down as it can.

    Parameters
    ----------
    stack : Stack
        The planes of the volume that lie nearest to them.
    shape, affine : of the volume
    normal : (x, y, z), LPS+, of length 1
    through : (x, y, z), LPS+ mm

    Returns
    -------
    Stack
    """
    matrix, across = np.asarray(affine, np.float64), np.asarray(normal, np.float64)
    ways = np.array([across, *_turned_ways(stack, across)])
    # As far as the faces of the outermost voxels: beyond them there is nothing.
    reach = np.abs(ways @ matrix[:3, :3]) @ np.array(shape) / 2
    step = min(spacing_of(matrix))
    pixel = max(step, 2 * max(reach[1:]) / _MOST_PIXELS)
    sizes = np.array([step, pixel, pixel])
    middle = apply_affine(matrix, (np.array(shape) - 1) / 2)
    before = np.floor(reach / sizes + 1e-6)
    after = before.copy()
    along = float(across @ (np.asarray(through, np.float64) - middle))
    before[0] = max(np.floor((reach[0] + along) / step + 1e-6), 0)
    after[0] = max(np.floor((reach[0] - along) / step + 1e-6), 0)
    order = [stack.layout.axis, stack.layout.down, stack.layout.across]
    turned, counts = np.eye(4), np.zeros(3, int)
    turned[:3, order] = (ways * sizes[:, None]).T
    turned[:3, 3] = middle + across * along - (before * sizes) @ ways
    counts[order] = before + after + 1
    turned.flags.writeable = False
    plane = stack.name.removeprefix("oblique ")
    layout = stack.layout._replace(
        flip_down=False,
        flip_across=False,
        spacing=(float(pixel), float(pixel)),
        letters=_letters_of(ways[2]) + _letters_of(ways[1]),
    )
    return Stack(
        layout,
        tuple(counts.tolist()),
        turned,
        True,
        _name(turned, layout, plane),
        turned=_angle(across, normal_of(stack)),
    )


def _turned_ways(stack: Stack, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Down and right (unit vectors) on planes at right angles to a normal."""
    right, down = directions(stack)
    down = down - normal * (normal @ down)
    down /= np.linalg.norm(down)
    sideways = np.cross(down, normal)
    return down, sideways if sideways @ right > 0 else -sideways


def _letters_of(way: np.ndarray) -> tuple[str, str]:
    """Letters at the start and the end of a direction."""
    return _ends(int(np.argmax(np.abs(way))), way)


def _angle(first: np.ndarray, second: np.ndarray) -> float:
    """Degrees between two lines along unit vectors."""
    across = float(np.linalg.norm(np.cross(first, second)))
    return float(np.degrees(np.arctan2(across, abs(float(first @ second)))))


def nearest_plane(normal: ArrayLike, stacks: Mapping[str, Stack]) -> str:
    """The plane, of the three of a volume, whose normal is nearest to a direction."""
    closeness = {
        plane: abs(float(normal_of(stack) @ np.asarray(normal))) for plane, stack in stacks.items()
    }
    best = max(closeness.values()) - 1e-9
    return next(plane for plane, close in closeness.items() if close >= best)


def stack_on(base: Stack, own: Stack, shape: Sequence[int], affine: ArrayLike) -> Stack:
    """How the planes of a second volume are shown beside, or over, those of a first.

    Parameters
    ----------
    base : Stack of the first volume
    own : Stack of the second
    shape, affine : of the second

    Returns
    -------
    Stack
        `own` where its pictures run along the same directions; else the grid of `base`,
        as large as the second volume, and resampled.
    """
    turned = np.abs(directions(base) - directions(own)).max(axis=1)
    layout = own.layout
    sizes = np.array([own.shape[layout.across], own.shape[layout.down]])
    if (turned * sizes <= _UNSEEN).all():
        return own._replace(thickness=base.thickness, projection=base.projection)
    corners = _corners(shape, np.linalg.inv(base.affine) @ np.asarray(affine, np.float64))
    low, high = nearest(corners.min(axis=0)), nearest(corners.max(axis=0))
    # Along its own axis a stack counts as the first does: a slice is the same in both.
    axis = base.layout.axis
    low[axis], high[axis] = 0, base.shape[axis] - 1
    shape = tuple((high - low + 1).tolist())
    return base._replace(shape=shape, affine=base.affine @ _shift(low), resampled=True)


def step_of(stack: Stack) -> np.ndarray:
    """From a plane of a stack straight to the next one, along their normal: (3,) in mm, LPS+."""
    layout = stack.layout
    normal = np.cross(stack.affine[:3, layout.down], stack.affine[:3, layout.across])
    normal /= np.linalg.norm(normal)
    return normal * (normal @ stack.affine[:3, layout.axis])


def leans(stack: Stack) -> bool:
    """Whether the planes of a stack are moved against each other, as those of a tilted gantry."""
    axis = stack.layout.axis
    moved = np.linalg.norm(stack.affine[:3, axis] - step_of(stack)) * (stack.shape[axis] - 1)
    return bool(moved > _UNSEEN * min(spacing_of(stack.affine)))


def slab_offsets(stack: Stack, shape: Sequence[int], affine: ArrayLike, index: int) -> range:
    """The planes of the slab around a plane, counted from that one; those that a volume reaches.

    They are the planes of the stack whose distance along the normal is at most half the
    thickness.

    Parameters
    ----------
    stack : Stack
    shape, affine : of the volume
    index : int
        Of the plane in the middle.
    """
    half = int(np.floor(stack.thickness / 2 / np.linalg.norm(step_of(stack)) + _ON_BORDER))
    low, high = _faces_along(stack, shape, affine)
    low, high = np.floor(low - index + 1e-6) + 1, np.ceil(high - index - 1e-6) - 1
    return range(max(-half, int(low)), min(half, int(high)) + 1)


def slice_at(stack: Stack, affine: ArrayLike, index: ArrayLike) -> int:
    """The plane of a stack that is nearest to a voxel of a volume with this affine.

    It may lie outside of the stack.
    """
    change = np.linalg.inv(stack.affine) @ np.asarray(affine, np.float64)
    return int(nearest(apply_affine(change, index)[stack.layout.axis]))


def reaches(stack: Stack, shape: Sequence[int], affine: ArrayLike, index: int) -> bool:
    """Whether a volume has anything on a plane of a stack, or in the slab around it."""
    low, high = _faces_along(stack, shape, affine)
    half = stack.thickness / 2 / np.linalg.norm(step_of(stack)) if stack.thickness else 0.0
    return bool(low - half + 1e-6 < index < high + half - 1e-6)


def _faces_along(stack: Stack, shape: Sequence[int], affine: ArrayLike) -> tuple[float, float]:
    """Where the outermost faces of a volume lie along the axis of a stack, as indices of it."""
    change = (np.linalg.inv(stack.affine) @ np.asarray(affine, np.float64))[stack.layout.axis]
    middle = change[:3] @ ((np.array(shape) - 1) / 2) + change[3]
    reach = np.abs(change[:3]) @ np.array(shape) / 2
    return float(middle - reach), float(middle + reach)


def cursor_on(
    stack: Stack, shape: Sequence[int], affine: ArrayLike, cursor: Sequence[int], wanted: int
) -> tuple[int, ...]:
    """A cursor moved onto a plane of its volume's stack: the voxel that is nearest to it.

    It moves along the axis that the plane is cut across; in a stack that leans along another
    one as well, where the volume ends before the plane.
    """
    axis = stack.layout.axis
    change = np.linalg.inv(stack.affine) @ np.asarray(affine, np.float64)
    moved = list(cursor)
    for first, second in _around_cursor(stack, shape, cursor):
        moved = [first, second]
        moved.insert(axis, 0)
        moved[axis] = wanted - int(nearest(apply_affine(change, moved)[axis]))
        if 0 <= moved[axis] < shape[axis]:
            break
    moved[axis] = min(max(moved[axis], 0), shape[axis] - 1)
    return tuple(moved)


def _around_cursor(
    stack: Stack, shape: Sequence[int], cursor: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Indices along the two other axes, from those of the cursor away."""
    first, second = (other for other in range(3) if other != stack.layout.axis)
    if not stack.resampled:
        yield cursor[first], cursor[second]
        return
    for low in _from(cursor[second], shape[second]):
        for high in _from(cursor[first], shape[first]):
            yield high, low


def _from(start: int, count: int) -> list[int]:
    """The indices along an axis, those nearest to one first."""
    return sorted(range(count), key=lambda index: (abs(index - start), index))
