"""Affines, slice positions, orientation letters: where a voxel is in the patient.

Every affine here maps ``(slice, row, column, 1)`` to millimetres in the patient,
LPS+ (x grows to the patient's Left, y to the Posterior, z to the Superior), at the
*centres* of the voxels, as DICOM does (PS3.3 C.7.6.2.1.1).
"""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .arguments import choice, numbers, reals
from .errors import GeometryError

__all__ = [
    "LETTERS",
    "LPS_RAS",
    "PLANES",
    "PlaneLayout",
    "apply_affine",
    "axes_of_letters",
    "make_affine",
    "orientation_letters",
    "patient_axes",
    "plane_layout",
    "shear_of",
    "slice_normal",
    "slice_positions",
    "spacing_of",
]

#: Turns LPS+ millimetres into RAS+ (NIfTI's) and back.
LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
LETTERS = ("RL", "AP", "IS")  # towards lower, towards higher x, y, z
PLANES = ("axial", "coronal", "sagittal")
CONVENTIONS = ("radiological", "neurological")
# The patient axis (0 x, 1 y, 2 z) that a plane is cut across, then those that run down
# and across its picture, with the sign in which they run there.
_LAYOUT = {
    "axial": (2, (1, +1), (0, +1)),
    "coronal": (1, (2, -1), (0, +1)),
    "sagittal": (0, (2, -1), (1, +1)),
}


class PlaneLayout(NamedTuple):
    """How a plane of an array is laid out as a picture, rows downwards.

    ``axis`` is the array axis that the plane is cut across; ``down`` and ``across``
    are those that run down and across the picture, ``flip_down`` and ``flip_across``
    whether they are reversed for it. ``spacing`` is (between rows, between columns)
    of the picture in mm; ``letters`` stand at its (left, right, top, bottom).
    """

    axis: int
    down: int
    across: int
    flip_down: bool
    flip_across: bool
    spacing: tuple[float, float]
    letters: tuple[str, str, str, str]


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
    return PlaneLayout(
        axis=found[across_patient][0],
        down=down[0],
        across=across[0],
        flip_down=down[1] != rows[1],
        flip_across=across[1] != columns[1],
        spacing=(spacing[down[0]], spacing[across[0]]),
        letters=_ends(columns) + _ends(rows),
    )


def _ends(direction: tuple[int, int]) -> tuple[str, str]:
    """Letters at the start and the end of a (patient axis, sign)."""
    axis, sign = direction
    ends = LETTERS[axis]
    return (ends[0], ends[1]) if sign > 0 else (ends[1], ends[0])
