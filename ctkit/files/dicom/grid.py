"""The grid that the slices of a series make, or why they make none.

Positions come from ImagePositionPatient along the normal of the slices (PS3.3
C.7.6.2.1.1): never from file names, InstanceNumber, SliceThickness, SpacingBetweenSlices
or GantryDetectorTilt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import LoadError, ParameterError
from ...hounsfield import AIR
from .headers import Frame
from .positions import directions, positions


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
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether each slice of the grid is a measured one."""
        return np.array_equal(self.depths, np.arange(self.count)) and not self.shifts.any()


def plan_grid(
    frames: Sequence[Frame],
    *,
    uneven: str = "error",
    missing: str = "error",
    tolerance: float | None = None,
) -> Grid:
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
    ParameterError
        Where the tolerance is above half a step: it would hide that a slice is missing.
    """
    stack = _Stack(frames, tolerance)
    if len(frames) == 1:
        thickness = frames[0].thickness or 0
        note = f"one slice: its spacing of {thickness} mm is SliceThickness, nominal, not measured"
        if thickness <= 0:
            thickness = 1.0
            note = "one slice, and no SliceThickness: its spacing of 1 mm is a placeholder"
        return stack.grid(stack.places[0], stack.normal * thickness, [0], notes=(note,))
    _check_tolerance(tolerance, float(np.median(stack.steps)))
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


def usual_tolerance(step: float) -> float:
    """By how many mm a slice may lie off an even stack of this step.

    Positions are rounded to 0.1 mm at worst, which is 0.05 mm off; but where the step itself
    is as small as that (micro-CT), 0.05 mm would hide a missing slice.
    """
    return max(0.01 * step, min(0.05, 0.1 * step))


def _check_tolerance(tolerance: float | None, step: float) -> None:
    if tolerance is not None and tolerance > 0.5 * step:
        message = (
            f"tolerance={tolerance:g} mm is more than half of the step between slices, "
            f"{step:.4g} mm: it would hide that a slice is missing"
        )
        raise ParameterError(message)


class _Stack:
    """Positions of sorted slices, and the vectors of the grid they may make.

    The step is fitted as a vector of its own, not taken along the normal: with a tilted
    gantry it leans, and the affine has to tell that.
    """

    def __init__(self, frames: Sequence[Frame], tolerance: float | None) -> None:
        (self.row, self.column), self.normal = directions(frames)
        self.frames, self.between, self.tolerance = frames, frames[0].spacing, tolerance
        self.places = positions(frames)
        self.steps = np.diff(self.places @ self.normal)

    def allowed(self, step: float) -> float:
        """Tolerance in mm, unless the caller said."""
        return usual_tolerance(step) if self.tolerance is None else self.tolerance

    def fit(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """(origin, step) of the line through slices at these indices, None off tolerance."""
        design = np.stack([np.ones(len(index)), index], axis=1)
        origin, step = np.linalg.lstsq(design, self.places, rcond=None)[0]
        apart = np.linalg.norm(self.places - origin - np.outer(index, step), axis=1)
        length = step @ self.normal
        uneven = np.abs(self.steps - np.diff(index) * length)
        self.off = max(apart.max(), uneven.max())
        return (origin, step) if self.off <= self.allowed(length) else None

    def grid(
        self,
        origin: np.ndarray,
        step: np.ndarray,
        depths: ArrayLike,
        shifts: np.ndarray | None = None,
        count: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> Grid:
        """The Grid from an origin on in steps; `depths` say where on it the slices lie."""
        affine = np.eye(4)
        axes = (step, self.column * self.between[0], self.row * self.between[1], origin)
        affine[:3] = np.stack(axes, axis=1)
        places = np.asarray(depths, float)
        count = int(count or len(places))
        if count > len(places) and count * np.prod(self.frames[0].header.shape) > 2**30:
            message = f"on its smallest step the scan would be {count:,} slices, more than 2 GB"
            raise LoadError(message)
        shifts = np.zeros((len(places), 2)) if shifts is None else shifts
        return Grid(affine, count, places, shifts, notes)


def _uneven(stack: _Stack, uneven: str, off_even: float) -> Grid:
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
            message += f"; or tolerance={_rounded_up(off_even)} if the positions were rounded"
        raise LoadError(message)
    note = f"{what}: resampled linearly to a slice every {low:.4g} mm, at true positions"
    count, shifts = depths[-1] / low + 1e-6, off / stack.between
    return stack.grid(stack.places[0], lean * low, depths / low, shifts, int(count) + 1, (note,))


def _rounded_up(value: float) -> str:
    """A little more than a number of mm, in digits that somebody would type."""
    digits = max(3, 1 - math.floor(math.log10(value)))
    return f"{value + 0.5 * 10**-digits:.{digits}f}"


def resample_stack(stack: np.ndarray, grid: Grid) -> np.ndarray:
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


def _in_place(stack: np.ndarray, grid: Grid, k: int) -> np.ndarray:
    """One measured slice as float32, moved within its plane to where the grid has it."""
    picture = stack[k].astype(np.float32)
    if not grid.shifts[k].any():
        return picture
    from scipy.ndimage import shift

    return shift(picture, grid.shifts[k], order=1, cval=AIR)
