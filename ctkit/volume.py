"""Volume: an array of HU that knows where each of its voxels is in the patient.

Here stand, once each, the rules that every operation asks of one: what a Volume is (`as_volume`),
what HU are (`as_hu`), what a mask is (`as_mask`), what a label map is (`as_labels`), what stands
for nothing (`Volume.outside`), and when two lie on one grid (`same_grid`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import geometry
from .arguments import numbers, real, whole
from .errors import GeometryError, ParameterError, UnitError
from .hounsfield import AIR, as_finite
from .html import html_list
from .labels import Labels
from .sampling import fill_plane, plane_of

_INT16 = np.iinfo(np.int16)
_VOXELS = "voxels are real numbers or bool"


@dataclass(frozen=True, eq=False, repr=False)
class Volume:
    """HU on a grid, with the affine of the grid and a report of how it came to be.

    Parameters
    ----------
    array : (slice, row, column) array-like
        HU, or bool for a mask. HU may be NaN where nothing was measured. Kept as int16,
        float32 or bool: other integers become int16 where they fit and float32 where not,
        other floats float32. It is copied, unless it is memory of another Volume, or was
        handed over by `own`.
    affine : (4, 4) array-like
        Maps (slice, row, column, 1) to LPS+ mm, at the centres of the voxels. It may
        be left-handed (from a NIfTI) or sheared (gantry tilt).
    report : sequence of str, optional
        What was noticed or repaired on the way, a sentence each.
    labels : mapping of int to str, optional
        The names of a label map's values, which makes this one: whole numbers that fit into
        int16, 0 for what has no label. A value needs no name, nor a name a voxel. It can't be
        written to.

    Raises
    ------
    GeometryError
        Where the array is not 3-D, is empty, or the affine can't be used.
    UnitError
        Where the values are not real numbers, or not those of a label map.
    ParameterError
        Where `labels` is no mapping of whole numbers to names.

    Notes
    -----
    A Volume never changes: it owns its memory, which can't be written to, nor be made
    writable again, and every operation returns a new one. A copy of a Volume is the
    Volume itself. ``np.asarray(volume)`` is its array.

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
    report: tuple[str, ...] = field(default=())
    labels: Mapping[int, str] | None = field(default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", _as_voxels(self.array))
        if self.labels is not None:
            object.__setattr__(self, "labels", _as_labels(self.labels, self.array))
        object.__setattr__(self, "affine", own(geometry.as_affine(self.affine)))
        object.__setattr__(self, "report", _as_lines(self.report))

    @classmethod
    def from_spacing(
        cls,
        array: ArrayLike,
        spacing: ArrayLike,
        origin: ArrayLike = (0.0, 0.0, 0.0),
        report: Sequence[str] = (),
    ) -> Volume:
        """A Volume of axial slices, feet first: slices upwards, rows back, columns left.

        Parameters
        ----------
        array : (slice, row, column) array-like of HU, or bool
        spacing : (slice, row, column) in mm
        origin : (x, y, z) of the centre of the first voxel, LPS+ mm
        report : sequence of str, optional
        """
        affine = geometry.make_affine(spacing, origin)
        return cls(numbers(array, _VOXELS, bools=True, error=UnitError), affine, _as_lines(report))

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of slices, rows and columns."""
        return self.array.shape

    @property
    def spacing(self) -> tuple[float, float, float]:
        """(slice, row, column) in mm: along the normal, between rows, between columns."""
        return geometry.spacing_of(self.affine)

    @property
    def is_mask(self) -> bool:
        """Whether this is a mask: an array of bool."""
        return self.array.dtype == bool

    @property
    def is_labels(self) -> bool:
        """Whether this is a label map: whole numbers that stand for names."""
        return self.labels is not None

    @property
    def outside(self) -> int | bool:
        """What lies beyond the scan: air, and neither a mask nor a label."""
        if self.is_mask:
            return False
        return 0 if self.is_labels else AIR

    @property
    def origin(self) -> np.ndarray:
        """(x, y, z) of the centre of voxel (0, 0, 0), LPS+ mm."""
        return self.affine[:3, 3]

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    @property
    def field_of_view(self) -> tuple[float, ...]:
        """(slice, row, column) size in mm, outer edge to outer edge of the voxels."""
        return tuple(n * step for n, step in zip(self.shape, self.spacing, strict=True))

    def with_array(
        self, array: ArrayLike, *notes: str, labels: Mapping[int, str] | None = None
    ) -> Volume:
        """The same grid with other values, and notes added to the report.

        Parameters
        ----------
        array : (slice, row, column) array-like of HU, of bool, or of whole numbers for `labels`
        *notes : str
        labels : mapping of int to str, optional
            Makes a label map. Without it, whole numbers on the grid of a label map keep its
            names; bool is a mask, and floats are HU.

        Raises
        ------
        GeometryError
            Where the new array has another shape.
        """
        values = numbers(array, _VOXELS, bools=True, error=UnitError)
        if values.shape != self.shape:
            message = f"the array is {values.shape}, but this grid is {self.shape}"
            raise GeometryError(message)
        if labels is None and values.dtype.kind in "iu":
            labels = self.labels
        return Volume(values, self.affine, self.report + notes, labels)

    def to_world(self, index: ArrayLike) -> np.ndarray:
        """Millimetres (LPS+) of voxel indices: (..., 3) (slice, row, column) to (..., 3)."""
        return geometry.apply_affine(self.affine, index)

    def to_index(self, point: ArrayLike) -> np.ndarray:
        """Voxel indices, fractions too, of millimetres (LPS+): (..., 3) to (..., 3)."""
        return geometry.apply_affine(np.linalg.inv(self.affine), point)

    def layout(self, plane: str, convention: str = "radiological") -> geometry.PlaneLayout:
        """How `plane` is laid out as a picture; see `ctkit.geometry.plane_layout`."""
        return geometry.plane_layout(self.affine, plane, convention)

    def stack(self, plane: str, convention: str = "radiological") -> geometry.Stack:
        """The planes as they are shown, upright for a tilted gantry; see `geometry.stack_of`."""
        return geometry.stack_of(self.shape, self.affine, plane, convention)

    def plane(
        self, plane: str, index: int | None = None, convention: str = "radiological"
    ) -> np.ndarray:
        """Voxels of one plane of the array, as a picture: rows downwards, as radiology shows it.

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

        Notes
        -----
        These are voxels, none between two: in a scan with a tilted gantry the coronal and
        the sagittal ones lie on a grid that leans. What is shown or saved as a picture is
        upright, sampled on the planes of `stack`; `regularize` makes such a volume.

        Raises
        ------
        GeometryError
            On an unknown plane, or an index outside of the volume.
        """
        layout = self.layout(plane, convention)
        return fill_plane(self.array, layout, _plane_index(plane, index, self.shape[layout.axis]))

    def position(self, plane: str, index: float) -> float:
        """Where a plane lies: mm along the patient axis it is cut across, at its centre.

        The x of a sagittal plane (towards L), the y of a coronal one (towards P), the z
        of an axial one (towards S).
        """
        centre = (np.array(self.shape) - 1) / 2
        axis = self.layout(plane).axis
        centre[axis] = real(index, "index is a number", error=GeometryError)
        return float(self.to_world(centre)[geometry.patient_axes(self.affine)[axis][0]])

    def canonical(self) -> Volume:
        """The same voxels with slices upwards (S), rows to the back (P), columns to the left.

        This is ``reorient("SPL")``.
        """
        return self.reorient("SPL")

    def reorient(self, letters: str) -> Volume:
        """The same voxels with indices that grow towards `letters`.

        Axes are swapped and reversed, never resampled, and every voxel keeps its
        millimetres.

        Parameters
        ----------
        letters : str
            The directions in which slice, row and column index grow: one of R and L, one
            of A and P, one of I and S, in any order.

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
        turned = self.array.transpose(order)[flips]
        return Volume(turned, self.affine @ change, self.report, self.labels)

    def __copy__(self) -> Volume:
        return self

    def __deepcopy__(self, memo: dict) -> Volume:
        return self

    def __reduce__(self) -> tuple:
        parts = (np.asarray(self.array), np.asarray(self.affine), self.report, self.labels)
        return _unpickled, parts

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype) != self.array.dtype:
            return self.array.astype(dtype)
        return self.array.copy() if copy else self.array

    def __repr__(self) -> str:
        return f"Volume {self._summary()}"

    def _summary(self) -> str:
        shape = " x ".join(str(n) for n in self.shape)
        spacing = " x ".join(f"{step:.4g}" for step in self.spacing)
        kind = "mask" if self.is_mask else f"{self.array.dtype} HU"
        if self.labels is not None:
            names = [f"{value} {name}" for value, name in self.labels.items()]
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            told = f" ({', '.join(names[:4])}{more})" if names else ""
            kind = f"label map{told}"
        letters = geometry.orientation_letters(self.affine)
        return f"{shape}, {kind}, {spacing} mm (slice, row, column), indices to {letters}"

    def _repr_html_(self) -> str:
        return f"<b>Volume</b> {escape(self._summary())}{html_list(self.report)}"


def upright_plane(
    volume: Volume, plane: str, index: int | None = None, convention: str = "radiological"
) -> np.ndarray:
    """One plane of ``volume.stack(plane)`` as a picture: what is shown, and saved.

    Parameters
    ----------
    index : int, optional
        Of the plane in the stack; the middle one by default.

    Returns
    -------
    2-D array, as `ctkit.sampling.plane_of` makes it. Its pixels are
    ``volume.stack(plane).layout.spacing`` mm apart.

    Raises
    ------
    GeometryError
        On an unknown plane, or an index outside of the stack.
    """
    stack = volume.stack(plane, convention)
    index = _plane_index(plane, index, stack.shape[stack.layout.axis])
    # What lies between two labels is neither of them.
    return plane_of(volume.array, volume.affine, stack, index, nearest=volume.is_labels)


def _plane_index(plane: str, index: int | None, count: int) -> int:
    """The index of one of so many planes, the middle one by default."""
    words = f"the index of the {plane} plane is a whole number from 0 to {count - 1}"
    index = count // 2 if index is None else index
    return whole(index, words, low=0, high=count - 1, error=GeometryError)


class _Memory:
    """Memory that a Volume owns: the arrays made of it can't be made writable again.

    NumPy allows `flags.writeable = True` where the owner of the memory is an array. Here it is
    this object, which offers its memory for reading alone.
    """

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        address = array.__array_interface__["data"][0]
        self.__array_interface__ = array.__array_interface__ | {"data": (address, True)}


def own(array: np.ndarray) -> np.ndarray:
    """Hand memory over to a Volume, with no copy: nobody else may write to it from then on.

    Parameters
    ----------
    array : ndarray that was made for this

    Returns
    -------
    ndarray of the same values on the same memory, which can't be written to
    """
    return np.asarray(array if _is_owned(array) else _Memory(array))


def _is_owned(array: Any) -> bool:
    """Whether the memory is that of a Volume already."""
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, _Memory)


def _unpickled(
    array: np.ndarray,
    affine: np.ndarray,
    report: tuple[str, ...],
    labels: Mapping[int, str] | None = None,
) -> Volume:
    return Volume(own(array), affine, report, labels)


def _as_lines(report: Sequence[str]) -> tuple[str, ...]:
    """One sentence is one line, and no sequence of letters."""
    return (report,) if isinstance(report, str) else tuple(report)


def _as_voxels(array: ArrayLike) -> np.ndarray:
    """Memory of its own as int16, float32 or bool."""
    values = numbers(array, _VOXELS, bools=True, error=UnitError)
    if values.ndim != 3 or 0 in values.shape:
        message = (
            f"a Volume is a 3-D array (slice, row, column); this one has the shape {values.shape}"
        )
        raise GeometryError(message)
    # A copy where the memory is somebody else's, or has to be another type.
    return own(values.astype(_voxel_type(values), copy=not _is_owned(values)))


def _voxel_type(values: np.ndarray) -> np.dtype:
    if values.dtype in (bool, np.int16, np.float32):
        return values.dtype.newbyteorder("=")
    fits = values.dtype.kind in "iu" and (
        np.can_cast(values.dtype, np.int16)
        or (values.min() >= _INT16.min and values.max() <= _INT16.max)
    )
    return np.dtype(np.int16 if fits else np.float32)


def _as_labels(labels: Any, voxels: np.ndarray) -> Labels:
    """Names of the values of a label map, which nobody can write to."""
    named = labels if isinstance(labels, Labels) else Labels(labels)
    if voxels.dtype != np.int16:
        kind = "of bool: a mask has no labels" if voxels.dtype == bool else "others"
        message = (
            f"the voxels of a label map are whole numbers that fit into int16; these are {kind}"
        )
        raise UnitError(message)
    return named


def same_grid(first: Volume, second: Volume, tolerance: float = 1e-3) -> bool:
    """Whether two Volumes have the same shape and lie within `tolerance` mm everywhere."""
    if first.shape != second.shape:
        return False
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in first.shape])).reshape(3, -1).T
    return bool(np.abs(first.to_world(corners) - second.to_world(corners)).max() <= tolerance)


def as_volume(thing: Any, name: str = "volume") -> Volume:
    """Return `thing` where it is a Volume.

    Raises
    ------
    ParameterError
        Where it is anything else: an array says nothing of where its voxels are.
    """
    if isinstance(thing, Volume):
        return thing
    made = "; load(path) makes one of a scan, Volume.from_spacing(array, spacing) of an array"
    if isinstance(thing, np.ndarray):
        made = ": Volume.from_spacing(array, spacing) makes one of an array"
    elif isinstance(thing, str) or hasattr(thing, "__fspath__"):
        made = ": load(path) makes one"
    message = f"{name} is a Volume, not {_what(thing)}{made}"
    raise ParameterError(message)


#: What a Volume reports whose array said nothing of where it lies.
ASSUMED = "The array says nothing of its voxels: 1 mm, and slices upwards from the feet, assumed."


def assume_grid(array: np.ndarray, name: str = "volume") -> Volume:
    """A Volume of voxels of 1 mm, for an array that says nothing of them; its report says so.

    Raises
    ------
    GeometryError
        Where the array is not (slice, row, column).
    UnitError
        Where it holds no real numbers.
    """
    if array.ndim == 2:
        message = (
            f"{name} is an array (slice, row, column), and this is one slice of {array.shape}: "
            "pass array[np.newaxis]"
        )
        raise GeometryError(message)
    return Volume.from_spacing(array, (1, 1, 1), report=[ASSUMED])


def as_hu(
    thing: Any, name: str = "volume", *, on: Volume | None = None, finite: bool = False
) -> Volume:
    """Return `thing` where it is a Volume of HU.

    Parameters
    ----------
    thing : Volume
    name : str
        What the error calls it.
    on : Volume, optional
        The grid that it has to lie on.
    finite : bool
        Whether NaN and infinities are refused; see `ctkit.hounsfield.as_finite`.

    Raises
    ------
    ParameterError
        Where it is no Volume.
    UnitError
        On a mask or a label map, or on values that have to be finite and aren't.
    GeometryError
        On another grid.
    """
    volume = as_volume(thing, name)
    if volume.is_mask or volume.is_labels:
        what = "mask" if volume.is_mask else "label map"
        message = f"{name} is a Volume of HU, and this is a {what}: {volume!r}"
        raise UnitError(message)
    if finite:
        as_finite(volume.array, name)
    return volume if on is None else _on_grid(volume, on, name)


def as_mask(thing: Any, name: str = "mask", *, on: Volume | None = None) -> Volume:
    """The mask that `thing` is, on the grid of `on`.

    Parameters
    ----------
    thing : Volume of bool, or array of bool in the shape of `on`
    name : str
        What the error calls it.
    on : Volume, optional
        The grid that it has to lie on.

    Returns
    -------
    Volume of bool

    Raises
    ------
    UnitError
        Where it holds HU, or anything else but bool.
    GeometryError
        On another grid.
    ParameterError
        Where it is neither a Volume nor such an array.
    """
    if isinstance(thing, np.ndarray) and thing.dtype == bool and on is not None:
        if thing.shape != on.shape:
            message = (
                f"{name} is an array of {thing.shape}, but the grid of the volume is {on.shape}"
            )
            raise GeometryError(message)
        return Volume(thing, on.affine)
    if isinstance(thing, np.ndarray) and thing.ndim == 3 and thing.dtype != bool:
        message = (
            f"{name} is a Volume of bool, and this is an array of {thing.dtype}: pass the array of "
            "a comparison, such as `array > 0`"
        )
        raise UnitError(message)
    mask = as_volume(thing, name)
    if mask.is_labels:
        message = (
            f"{name} is a Volume of bool, and this is a label map: take one label of it, "
            "labels.with_array(labels.array == 1), or all of them, labels.array > 0"
        )
        raise UnitError(message)
    if not mask.is_mask:
        message = (
            f"{name} is a Volume of bool, and this one holds {mask.array.dtype}: head_mask(volume) "
            "makes one, or volume.with_array(volume.array > 0)"
        )
        raise UnitError(message)
    return mask if on is None else _on_grid(mask, on, name)


def as_labels(thing: Any, name: str = "labels", *, on: Volume | None = None) -> Volume:
    """Return `thing` where it is a label map.

    Parameters
    ----------
    thing : Volume
    name : str
        What the error calls it.
    on : Volume, optional
        The grid that it has to lie on.

    Raises
    ------
    UnitError
        Where it is a mask or holds HU.
    GeometryError
        On another grid.
    ParameterError
        Where it is no Volume.
    """
    labels = as_volume(thing, name)
    if not labels.is_labels:
        what = "a mask" if labels.is_mask else "of HU"
        message = (
            f"{name} is a label map, and this is {what}: "
            "volume.with_array(array, labels={1: 'brain'}) makes one of whole numbers"
        )
        raise UnitError(message)
    return labels if on is None else _on_grid(labels, on, name)


def _on_grid(volume: Volume, grid: Volume, name: str) -> Volume:
    if same_grid(volume, grid):
        return volume
    message = (
        f"{name} lies on another grid ({volume!r}) than the volume ({grid!r}): make it from this "
        "volume, or resample it with like="
    )
    raise GeometryError(message)


def _what(thing: Any) -> str:
    """What somebody passed, in a few words."""
    shape = f" of shape {thing.shape}" if isinstance(thing, np.ndarray) else ""
    return f"{type(thing).__name__}{shape}"
