"""Where the slices of a series lie, and the grid that they make, or why they make none.

Positions come from ImagePositionPatient along the normal of the slices (PS3.3
C.7.6.2.1.1): never from file names, InstanceNumber, SliceThickness, SpacingBetweenSlices
or GantryDetectorTilt.
"""

import math
from dataclasses import dataclass

import numpy as np

from ...errors import LoadError
from ...geometry import slice_normal
from .headers import text

_AIR = -1000


@dataclass(frozen=True)
class Grid:
    """A grid of `count` slices, and where on it the slices that were measured lie.

    `affine` is that of the grid; `depths` (n,) the measured slices in steps of it;
    `shifts` (n, 2) by how many (rows, columns) they lie off it; `notes` what was done.
    """

    affine: np.ndarray
    count: int
    depths: np.ndarray
    shifts: np.ndarray
    notes: tuple = ()

    @property
    def is_whole(self):
        """Whether each slice of the grid is a measured one."""
        return np.array_equal(self.depths, np.arange(self.count)) and not self.shifts.any()


def check_alike(frames):
    """Refuse slices that say too little of where they are, or don't belong together.

    Raises
    ------
    LoadError
        Naming the first file that differs, and in what.
    """
    first = frames[0]
    for frame in frames:
        _check_placed(frame)
        if frame.header.shape != first.header.shape:
            _refuse(frame, first, "Rows and Columns", frame.header.shape, first.header.shape)
        # Bad anonymizers give the scans of many people the same SeriesInstanceUID.
        for keyword in ("FrameOfReferenceUID", "StudyInstanceUID", "PatientID"):
            if text(frame.header.elements, keyword) != text(first.header.elements, keyword):
                _refuse(frame, first, keyword, "another one", "its own")
        # Half a pixel off at the far corner of 512 would be 1 in 1000.
        if _apart(frame.spacing, first.spacing) > 1e-4 * min(first.spacing):
            _refuse(frame, first, "PixelSpacing", frame.spacing, first.spacing)
        if _apart(frame.orientation, first.orientation) > 3e-4:
            _refuse(frame, first, "ImageOrientationPatient", frame.orientation, first.orientation)


def _apart(some, others):
    return max(abs(one - other) for one, other in zip(some, others, strict=True))


def _refuse(frame, first, keyword, found, other):
    message = (
        f"the slices are no stack: {frame.name} has {keyword} {found}, {first.name} has {other}. "
        "Load them apart, or take away those that don't belong"
    )
    raise LoadError(message)


def _check_placed(frame):
    wanted = (
        ("ImagePositionPatient", frame.position, 3),
        ("ImageOrientationPatient", frame.orientation, 6),
        ("PixelSpacing", frame.spacing, 2),
    )
    for keyword, values, count in wanted:
        if len(values) != count:
            message = f"{frame.name} has no usable {keyword}: where its voxels are is not known"
            raise LoadError(message)
    row, column = frame.orientation[:3], frame.orientation[3:]
    across = sum(x * y for x, y in zip(row, column, strict=True))
    if _apart((math.hypot(*row), math.hypot(*column), across), (1, 1, 0)) > 1e-3:
        message = f"{frame.name}: ImageOrientationPatient {row}, {column} is not perpendicular"
        raise LoadError(message)
    if min(frame.spacing) <= 0 or max(map(abs, frame.position + frame.spacing)) > 1e5:
        message = (
            f"{frame.name}: PixelSpacing {frame.spacing} and ImagePositionPatient "
            f"{frame.position} in mm can't be those of a scan"
        )
        raise LoadError(message)


def directions(frames):
    """Mean directions of rows and columns (2, 3), and the normal (3,), of length 1."""
    mean = np.mean([frame.orientation for frame in frames], axis=0).reshape(2, 3)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    normal = slice_normal(mean)
    return mean, normal / np.linalg.norm(normal)


def positions(frames):
    """ImagePositionPatient of each (n, 3), in mm."""
    return np.array([frame.position for frame in frames], dtype=np.float64)


def group_by_depth(frames):
    """Frames in increasing position along their normal, those at the same one together.

    Returns
    -------
    list of list of Frame
    """
    normal = directions(frames)[1]
    depths = positions(frames) @ normal
    order = sorted(range(len(frames)), key=lambda k: (depths[k], frames[k].name))
    steps = np.diff(depths[order])
    # Closer than rounding moves a slice, and far closer than the slices are.
    same = min(0.05, 0.25 * steps.max()) if len(steps) else 0
    groups = [[frames[order[0]]]]
    for k, step in zip(order[1:], steps, strict=True):
        if step <= same:
            groups[-1].append(frames[k])
        else:
            groups.append([frames[k]])
    return groups


def plan_grid(frames, *, uneven="error", missing="error", tolerance=None):
    """The grid that slices make.

    Parameters
    ----------
    frames : list of Frame, in increasing position, no two at the same one
    uneven, missing, tolerance : as for `ctkit.load`

    Returns
    -------
    Grid

    Raises
    ------
    LoadError
        Where the positions fit no grid, and no argument accepts that.
    """
    stack = _Stack(frames, tolerance)
    if len(frames) == 1:
        thickness = frames[0].thickness or 0
        note = f"one slice: its spacing of {thickness} mm is SliceThickness, nominal, not measured"
        if thickness <= 0:
            thickness = 1.0
            note = "one slice, and no SliceThickness: its spacing of 1 mm is a placeholder"
        return stack.grid(stack.places[0], stack.normal * thickness, [0], notes=(note,))
    every = np.arange(len(frames))
    if (line := stack.fit(every)) is not None:
        note = f"slices lie up to {stack.off:.3f} mm off an even stack, which tolerance= allows"
        return stack.grid(*line, every, notes=() if tolerance is None else (note,))
    off = stack.off
    times = np.maximum(np.round(stack.steps / np.median(stack.steps)), 1)
    index = np.concatenate([[0], np.cumsum(times)])
    if index[-1] == every[-1] or (line := stack.fit(index)) is None:
        return _uneven(stack, uneven, off)
    lost = int(index[-1] + 1 - len(index))
    what = f"missing slices: {lost}, the first one after {frames[int(np.argmax(times > 1))].name}"
    if missing == "error" and uneven == "error":
        message = f'{what}. Get them, or fill in between the neighbours with missing="interpolate"'
        raise LoadError(message)
    note = f"{what}: interpolated linearly between their neighbours"
    return stack.grid(*line, index, count=index[-1] + 1, notes=(note,))


class _Stack:
    """Positions of sorted slices, and the vectors of the grid they may make."""

    def __init__(self, frames, tolerance):
        (self.row, self.column), self.normal = directions(frames)
        self.frames, self.between, self.tolerance = frames, frames[0].spacing, tolerance
        self.places = positions(frames)
        self.steps = np.diff(self.places @ self.normal)

    def allowed(self, step):
        """Tolerance in mm: 1 % of the step or 0.05 mm, unless the caller said."""
        return max(0.01 * step, 0.05) if self.tolerance is None else self.tolerance

    def fit(self, index):
        """(origin, step) of the line through slices at these indices, None off tolerance."""
        design = np.stack([np.ones(len(index)), index], axis=1)
        origin, step = np.linalg.lstsq(design, self.places, rcond=None)[0]
        apart = np.linalg.norm(self.places - origin - np.outer(index, step), axis=1)
        length = step @ self.normal
        uneven = np.abs(self.steps - np.diff(index) * length)
        self.off = max(apart.max(), uneven.max())
        return (origin, step) if self.off <= self.allowed(length) else None

    def grid(self, origin, step, depths, shifts=None, count=None, notes=()):
        """The Grid from an origin on in steps; `depths` say where on it the slices lie."""
        affine = np.eye(4)
        axes = (step, self.column * self.between[0], self.row * self.between[1], origin)
        affine[:3] = np.stack(axes, axis=1)
        count = int(count or len(depths))
        if count > len(depths) and count * np.prod(self.frames[0].header.shape) > 2**30:
            message = f"on its smallest step the scan would be {count:,} slices, more than 2 GB"
            raise LoadError(message)
        shifts = np.zeros((len(depths), 2)) if shifts is None else shifts
        return Grid(affine, count, np.asarray(depths, float), shifts, notes)


def _uneven(stack, uneven, off_even):
    """A grid on the smallest step, along the direction that most steps take."""
    low, high = stack.steps.min(), stack.steps.max()
    lean = np.median(np.diff(stack.places, axis=0) / stack.steps[:, None], axis=0)
    depths = np.concatenate([[0], np.cumsum(stack.steps)])
    off = stack.places - stack.places[0] - np.outer(depths, lean)
    off = np.stack([off @ stack.column, off @ stack.row], axis=1)
    off[np.abs(off) <= stack.allowed(low)] = 0
    what = f"the steps between slices vary from {low:.4g} to {high:.4g} mm"
    if off.any():
        first = stack.frames[int(np.argmax(off.any(axis=1)))].name
        what = f"the field of view shifts by {np.abs(off).max():.4g} mm at {first}, and {what}"
    if uneven == "error":
        message = (
            f'{what}: no grid has its slices there. Pass uneven="resample" for a grid on the '
            "smallest step, with every slice at its true position"
        )
        if off_even < 0.2 * low:
            message += f"; or tolerance={off_even + 0.0005:.3f} if the positions were rounded"
        raise LoadError(message)
    note = f"{what}: resampled linearly to a slice every {low:.4g} mm, at true positions"
    count, shifts = depths[-1] / low + 1e-6, off / stack.between
    return stack.grid(stack.places[0], lean * low, depths / low, shifts, int(count) + 1, (note,))


def resample_stack(stack, grid):
    """Slices interpolated linearly from where they were measured to where a grid has them.

    Parameters
    ----------
    stack : (n, row, column) array of HU
    grid : Grid

    Returns
    -------
    (grid.count, row, column) array of the same type, rounded where that is int16
    """
    result = np.empty((grid.count, *stack.shape[1:]), stack.dtype)
    for k in range(grid.count):
        after = min(int(np.searchsorted(grid.depths, k - 1e-6)), len(stack) - 1)
        before = max(after - 1, 0)
        gap = grid.depths[after] - grid.depths[before]
        weight = np.float32(1 if gap == 0 else (k - grid.depths[before]) / gap)
        value = _in_place(stack, grid, after)
        if weight < 1 - 1e-6:
            value = weight * value + (1 - weight) * _in_place(stack, grid, before)
        result[k] = np.rint(value) if stack.dtype == np.int16 else value
    return result


def _in_place(stack, grid, k):
    """One measured slice as float32, moved within its plane to where the grid has it."""
    picture = stack[k].astype(np.float32)
    if not grid.shifts[k].any():
        return picture
    from scipy.ndimage import shift

    return shift(picture, grid.shifts[k], order=1, cval=_AIR)
