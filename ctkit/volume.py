"""Volume: an array of HU that knows where each of its voxels is in the patient."""

from dataclasses import dataclass, field
from html import escape

import numpy as np

from . import geometry
from .errors import GeometryError, UnitError

_INT16 = np.iinfo(np.int16)


@dataclass(frozen=True, eq=False, repr=False)
class Volume:
    """HU on a grid, with the affine of the grid and a report of how it came to be.

    Parameters
    ----------
    array : (slice, row, column) array-like
        HU, or bool for a mask. Kept as int16, float32 or bool: other integers become
        int16 where they fit and float32 where not, other floats float32.
    affine : (4, 4) array-like
        Maps (slice, row, column, 1) to LPS+ mm, at the centres of the voxels. It may
        be left-handed (from a NIfTI) or sheared (gantry tilt).
    report : sequence of str, optional
        What was noticed or repaired on the way, a sentence each.

    Raises
    ------
    GeometryError
        Where the array is not 3-D, is empty, or the affine can't be used.
    UnitError
        Where the values are not real numbers.

    Notes
    -----
    A Volume never changes: its arrays can't be written to, and every operation
    returns a new one. ``np.asarray(volume)`` is its array.

    Examples
    --------
    >>> head = Volume.from_spacing(np.zeros((2, 3, 4), np.int16), (5, 0.5, 0.5))
    >>> head
    Volume 2 x 3 x 4, int16 HU, 5 x 0.5 x 0.5 mm (slice, row, column), indices to SPL
    >>> head.to_world((1, 0, 0))
    array([0., 0., 5.])
    """

    array: np.ndarray
    affine: np.ndarray
    report: tuple = field(default=())

    def __post_init__(self):
        array = _as_voxels(self.array)
        object.__setattr__(self, "array", array)
        object.__setattr__(self, "affine", geometry.as_affine(self.affine))
        lines = (self.report,) if isinstance(self.report, str) else self.report
        object.__setattr__(self, "report", tuple(lines))

    @classmethod
    def from_spacing(cls, array, spacing, origin=(0.0, 0.0, 0.0), report=()):
        """A Volume of axial slices, feet first: slices upwards, rows back, columns left.

        Parameters
        ----------
        array : (slice, row, column) array-like of HU, or bool
        spacing : (slice, row, column) in mm
        origin : (x, y, z) of the centre of the first voxel, LPS+ mm
        report : sequence of str, optional
        """
        return cls(array, geometry.make_affine(spacing, origin), report)

    @property
    def shape(self):
        """Numbers of slices, rows and columns."""
        return self.array.shape

    @property
    def spacing(self):
        """(slice, row, column) in mm: along the normal, between rows, between columns."""
        return geometry.spacing_of(self.affine)

    @property
    def is_mask(self):
        """Whether this is a mask: an array of bool."""
        return self.array.dtype == bool

    @property
    def origin(self):
        """(x, y, z) of the centre of voxel (0, 0, 0), LPS+ mm."""
        return self.affine[:3, 3]

    @property
    def voxel_ml(self):
        """Volume of one voxel in millilitres."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    @property
    def field_of_view(self):
        """(slice, row, column) size in mm, outer edge to outer edge of the voxels."""
        return tuple(n * step for n, step in zip(self.shape, self.spacing, strict=True))

    def with_array(self, array, *notes):
        """The same grid with other values, and notes added to the report.

        Raises
        ------
        GeometryError
            Where the new array has another shape.
        """
        if np.shape(array) != self.shape:
            message = f"the array is {np.shape(array)}, but this grid is {self.shape}"
            raise GeometryError(message)
        return Volume(array, self.affine, self.report + notes)

    def to_world(self, index):
        """Millimetres (LPS+) of voxel indices: (..., 3) (slice, row, column) to (..., 3)."""
        return geometry.apply_affine(self.affine, index)

    def to_index(self, point):
        """Voxel indices, fractions too, of millimetres (LPS+): (..., 3) to (..., 3)."""
        return geometry.apply_affine(np.linalg.inv(self.affine), point)

    def layout(self, plane, convention="radiological"):
        """How `plane` is laid out as a picture; see `ctkit.geometry.plane_layout`."""
        return geometry.plane_layout(self.affine, plane, convention)

    def plane(self, plane, index=None, convention="radiological"):
        """One plane as a picture: rows downwards, as radiology shows it.

        Parameters
        ----------
        plane : {"axial", "coronal", "sagittal"}
        index : int, optional
            Along the array axis that the plane is cut across, in the array's own
            order; the middle one by default.
        convention : {"radiological", "neurological"}

        Returns
        -------
        2-D array, a view. Its pixels are `layout(plane).spacing` mm apart.

        Raises
        ------
        GeometryError
            On an unknown plane, or an index outside of the volume.
        """
        layout = self.layout(plane, convention)
        count = self.shape[layout.axis]
        index = count // 2 if index is None else index
        if not 0 <= index < count:
            message = f"{plane} index {index} is outside of 0 to {count - 1}"
            raise GeometryError(message)
        picture = self.array[(slice(None),) * layout.axis + (index,)]
        picture = picture if layout.down < layout.across else picture.T
        rows = slice(None, None, -1 if layout.flip_down else 1)
        columns = slice(None, None, -1 if layout.flip_across else 1)
        return picture[rows, columns]

    def position(self, plane, index):
        """Where a plane lies: mm along the patient axis it is cut across, at its centre.

        The x of a sagittal plane (towards L), the y of a coronal one (towards P), the z
        of an axial one (towards S).
        """
        centre = (np.array(self.shape) - 1) / 2
        axis = self.layout(plane).axis
        centre[axis] = index
        return float(self.to_world(centre)[geometry.patient_axes(self.affine)[axis][0]])

    def canonical(self):
        """The same voxels with slices upwards (S), rows to the back (P), columns to the left.

        This is ``reorient("SPL")``.
        """
        return self.reorient("SPL")

    def reorient(self, letters):
        """The same voxels with indices that grow towards `letters`.

        Axes are swapped and reversed, never resampled, and every voxel keeps its
        millimetres.

        Parameters
        ----------
        letters : str
            Towards which slice, row and column index shall grow: one of R and L, one of
            A and P, one of I and S, in any order.

        Raises
        ------
        GeometryError
            On other letters.

        Examples
        --------
        >>> head = Volume.from_spacing(np.zeros((2, 3, 4), np.int16), (5, 0.5, 0.5))
        >>> head.reorient("PIL")
        Volume 3 x 2 x 4, int16 HU, 0.5 x 5 x 0.5 mm (slice, row, column), indices to PIL
        """
        wanted = geometry.axes_of_letters(letters)
        mine = geometry.patient_axes(self.affine)
        found = {axis: (index, sign) for index, (axis, sign) in enumerate(mine)}
        # The columns of `change` say how each new index moves the old ones.
        change = np.zeros((4, 4))
        change[3, 3] = 1
        for new, (axis, sign) in enumerate(wanted):
            old, old_sign = found[axis]
            change[old, new] = sign * old_sign
            change[old, 3] = 0 if sign == old_sign else self.shape[old] - 1
        order = [found[axis][0] for axis, _ in wanted]
        flips = tuple(slice(None, None, sign * found[axis][1]) for axis, sign in wanted)
        return Volume(self.array.transpose(order)[flips], self.affine @ change, self.report)

    def __array__(self, dtype=None, copy=None):
        if dtype is not None and np.dtype(dtype) != self.array.dtype:
            return self.array.astype(dtype)
        return self.array.copy() if copy else self.array

    def __repr__(self):
        return f"Volume {self._summary()}"

    def _summary(self):
        shape = " x ".join(str(n) for n in self.shape)
        spacing = " x ".join(f"{step:.4g}" for step in self.spacing)
        kind = "mask" if self.is_mask else f"{self.array.dtype} HU"
        letters = geometry.orientation_letters(self.affine)
        return f"{shape}, {kind}, {spacing} mm (slice, row, column), indices to {letters}"

    def _repr_html_(self):
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.report)
        notes = f"<ul>{lines}</ul>" if lines else ""
        return f"<b>Volume</b> {escape(self._summary())}{notes}"


def _as_voxels(array):
    """A read-only view or copy of `array` as int16, float32 or bool."""
    values = np.asarray(array)
    if values.ndim != 3 or 0 in values.shape:
        message = (
            f"a Volume is a 3-D array (slice, row, column); this one has the shape {values.shape}"
        )
        raise GeometryError(message)
    if values.dtype.kind not in "biuf":
        message = f"voxels are real numbers or bool, not {values.dtype}"
        raise UnitError(message)
    voxels = values.astype(_voxel_type(values), copy=False).view()
    voxels.flags.writeable = False
    return voxels


def _voxel_type(values):
    if values.dtype in (bool, np.int16, np.float32):
        return values.dtype.newbyteorder("=")
    fits = values.dtype.kind in "iu" and (
        np.can_cast(values.dtype, np.int16)
        or (values.min() >= _INT16.min and values.max() <= _INT16.max)
    )
    return np.int16 if fits else np.float32
