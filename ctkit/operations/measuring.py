"""Measures: noise, contrast, sharpness, nearness to a truth, and the volume of what is marked."""

from __future__ import annotations

import numpy as np

from ..arguments import real
from ..errors import ParameterError
from ..labels import counts_of
from ..volume import Volume, as_hu, as_labels, as_mask

#: HU (low, high) between which soft tissue lies, for the blind measure of noise.
SOFT_TISSUE = (-20, 100)
_SLICES = 24  # enough for a stable mode, and quick
_SSIM_WINDOW = 7  # pixels: that of Wang et al., with uniform weights as scikit-image has it


def noise_sd(volume: Volume, region: Volume | np.ndarray | None = None) -> float:
    """Standard deviation of the noise in HU.

    Parameters
    ----------
    volume : Volume of HU
    region : Volume of bool on the grid of `volume`, or an array of bool, optional
        Where the head is flat: one tissue, no edge. NaN and infinities in it are left
        out. Without it the measure is blind: it is the most frequent standard deviation of
        small squares (7 mm) of soft tissue.

    Returns
    -------
    float, in HU

    Raises
    ------
    ParameterError
        Where the region holds fewer than 2 voxels, or the blind measure finds no soft
        tissue.
    UnitError
        Where `volume` is a mask, or `region` is none; without a region, on NaN or infinities.
    GeometryError
        Where the region lies on another grid.

    Notes
    -----
    Blind: after O. Christianson et al., Am. J. Roentgenol. 205 (2015) W93, on 24 slices.
    It counts the texture of the tissue as noise.
    """
    volume = as_hu(volume, finite=region is None)
    if region is not None:
        return float(np.std(_values(volume, region, "region"), ddof=1))
    spreads = np.concatenate([_local_sd(volume, k) for k in _some_slices(volume)])
    if spreads.size < 30:
        message = (
            f"no soft tissue ({SOFT_TISSUE[0]} to {SOFT_TISSUE[1]} HU) found to measure the "
            "noise in: name a flat region"
        )
        raise ParameterError(message)
    return _mode(spreads)


def cnr(volume: Volume, first: Volume | np.ndarray, second: Volume | np.ndarray) -> float:
    """Contrast-to-noise ratio of two regions.

    Parameters
    ----------
    volume : Volume of HU
    first, second : Volume of bool on the grid of `volume`, or arrays of bool
        Regions of one tissue each. NaN and infinities in them are left out.

    Returns
    -------
    float: the difference of their means over the root mean square of their SDs

    Raises
    ------
    ParameterError
        Where a region holds fewer than 2 voxels.
    UnitError
        Where `volume` is a mask, or a region is none.
    GeometryError
        Where a region lies on another grid.
    """
    volume = as_hu(volume)
    one, two = _values(volume, first, "first"), _values(volume, second, "second")
    noise = np.sqrt((one.var(ddof=1) + two.var(ddof=1)) / 2)
    return float(abs(one.mean() - two.mean()) / noise) if noise else float("inf")


def edge_width(volume: Volume, level: float = 400) -> float:
    """Width in mm of the skull's inner edge, from 10 to 90 % of its height.

    Profiles are taken within the slices, across the edge between brain and bone, where
    that edge stands upright. They are laid over each other at `level`, and their mean is
    measured, so that noise hardly counts.

    Parameters
    ----------
    volume : Volume of HU
    level : float, in HU, between brain and bone

    Returns
    -------
    float, in mm

    Raises
    ------
    ParameterError
        Where fewer than 50 profiles are found.
    UnitError
        On a mask, NaN or infinities.
    """
    volume, level = as_hu(volume, finite=True), real(level, "level is a number of HU")
    found = [_profiles(volume, k, level) for k in _some_slices(volume)]
    profiles = np.concatenate([p for p in found if len(p)] or [np.empty((0, 1))])
    if len(profiles) < 50:
        message = f"only {len(profiles)} profiles from brain to bone found at {level} HU: too few"
        raise ParameterError(message)
    return _rise(_POSITIONS, profiles.mean(axis=0))


def psnr(volume: Volume, truth: Volume, data_range: float = 4095) -> float:
    """Peak signal-to-noise ratio in dB against a truth.

    Parameters
    ----------
    volume, truth : Volume of HU, on one grid
    data_range : float, in HU
        The height that counts as the peak: 4095 for all of a 12-bit CT, 80 for what a
        brain window shows.

    Returns
    -------
    float, in dB; inf where both are equal

    Raises
    ------
    UnitError
        On a mask, NaN or infinities.
    GeometryError
        Where the two lie on different grids.
    """
    volume, truth, data_range = _against(volume, truth, data_range)
    error = np.mean(np.square(volume.array - truth.array.astype(np.float32)), dtype=np.float64)
    return float(10 * np.log10(data_range**2 / error)) if error else float("inf")


def ssim(volume: Volume, truth: Volume, data_range: float = 4095) -> float:
    """Structural similarity (Wang et al. 2004) against a truth, the mean over slices.

    Parameters
    ----------
    volume, truth : Volume of HU, on one grid
    data_range : float, in HU

    Returns
    -------
    float, 1 where both are equal

    Raises
    ------
    ParameterError
        Where a slice is smaller than the window of 7 x 7 pixels.
    UnitError
        On a mask, NaN or infinities.
    GeometryError
        Where the two lie on different grids.
    """
    volume, truth, data_range = _against(volume, truth, data_range)
    if min(volume.shape[1:]) < _SSIM_WINDOW:
        message = f"ssim needs slices of at least 7 x 7 pixels, not {volume.shape[1:]}"
        raise ParameterError(message)
    pairs = zip(truth.array, volume.array, strict=True)
    return float(np.mean([_similarity(*pair, data_range) for pair in pairs]))


def _similarity(truth: np.ndarray, picture: np.ndarray, data_range: float) -> float:
    """The mean over those pixels around which a whole window lies."""
    from scipy.ndimage import uniform_filter

    a, b = (values.astype(np.float32) for values in (truth, picture))
    # About the middle of both: a variance is a small difference of two squares.
    middle = a.mean()
    a -= middle
    b -= middle
    mean_a, mean_b, aa, bb, ab = (
        uniform_filter(values, _SSIM_WINDOW) for values in (a, b, a * a, b * b, a * b)
    )
    sample = _SSIM_WINDOW**2 / (_SSIM_WINDOW**2 - 1)
    var_a, var_b = sample * (aa - mean_a**2), sample * (bb - mean_b**2)
    covariance = sample * (ab - mean_a * mean_b)
    mean_a, mean_b = mean_a + middle, mean_b + middle
    one, two = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    alike = (2 * mean_a * mean_b + one) * (2 * covariance + two)
    alike /= (mean_a**2 + mean_b**2 + one) * (var_a + var_b + two)
    edge = _SSIM_WINDOW // 2
    return float(alike[edge:-edge, edge:-edge].mean())


def volume_ml(mask: Volume) -> float | dict[int, float]:
    """How many millilitres a mask holds, or each label of a label map.

    Parameters
    ----------
    mask : Volume of bool, or a label map

    Returns
    -------
    float
        The number of voxels of the mask times the volume of one.
    dict of int to float
        Of a label map: the same of each value, of those that have a name and of those that
        have a voxel; 0, which is no label, is left out.

    Raises
    ------
    UnitError
        On a Volume of HU.
    ParameterError
        Where it is no Volume.

    Notes
    -----
    The volume of a voxel is the determinant of the affine, so that it is right for slices that
    lean (gantry tilt) too, whose edges are longer than their distance.

    Examples
    --------
    >>> grid = Volume.from_spacing(np.zeros((2, 10, 10), np.int16), (4, 0.5, 0.5))
    >>> volume_ml(grid.with_array(np.ones(grid.shape, bool)))
    0.2
    >>> marked = grid.array + np.int16([[[1]], [[7]]])
    >>> volume_ml(grid.with_array(marked, labels={1: "brain", 7: "skull"}))
    {1: 0.1, 7: 0.1}
    """
    if not (isinstance(mask, Volume) and mask.is_labels):
        return int(np.count_nonzero(as_mask(mask).array)) * mask.voxel_ml
    names = as_labels(mask).labels or {}
    counts = counts_of(mask.array)
    return {n: counts.get(n, 0) * mask.voxel_ml for n in sorted({*names, *counts} - {0})}


# ---- blind noise


def _some_slices(volume: Volume) -> np.ndarray:
    return np.unique(np.linspace(0, volume.shape[0] - 1, _SLICES).astype(int))


def _local_sd(volume: Volume, k: int) -> np.ndarray:
    """SDs in small squares of slice `k` whose mean is that of soft tissue."""
    from scipy import ndimage

    size = [max(3, round(7 / step)) for step in volume.spacing[1:]]
    picture = volume.array[k].astype(np.float64)
    mean = ndimage.uniform_filter(picture, size)
    variance = ndimage.uniform_filter(picture * picture, size) - mean * mean
    count = size[0] * size[1]
    step = tuple(slice(n // 2, None, max(1, n // 2)) for n in size)
    mean, variance = mean[step], variance[step]
    soft = (mean > SOFT_TISSUE[0]) & (mean < SOFT_TISSUE[1])
    return np.sqrt(np.maximum(variance[soft], 0) * count / (count - 1))


def _mode(values: np.ndarray) -> float:
    """Half-sample mode: the densest half of the values, and the densest half of that..."""
    values = np.sort(values)
    while values.size > 20:
        half = (values.size + 1) // 2
        widths = values[half - 1 :] - values[: values.size - half + 1]
        start = int(np.argmin(widths))
        values = values[start : start + half]
    return float(values.mean())


# ---- edges

_POSITIONS = np.arange(-6, 4.01, 0.1)  # mm along a profile; 0 at the level, bone above


def _profiles(volume: Volume, k: int, level: float) -> np.ndarray:
    """Profiles across the inner skull of slice `k`, laid over each other at `level`."""
    from scipy import ndimage

    picture = volume.array[k].astype(np.float32)
    spacing = np.array(volume.spacing[1:])
    smooth = ndimage.gaussian_filter(picture, 1.0 / spacing)
    bone = smooth > level
    edge = np.argwhere(bone & ~ndimage.binary_erosion(bone, border_value=1))
    if not len(edge):
        return np.empty((0, _POSITIONS.size))
    slope = np.stack(np.gradient(smooth, *spacing), axis=-1)[tuple(edge.T)]
    normal = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    upright = _upright(volume, k, edge, slope)
    edge, normal = edge[upright] * spacing, normal[upright]
    reach = np.arange(_POSITIONS[0] - 2, _POSITIONS[-1] + 2, 0.1)
    where = (edge[:, None] + normal[:, None] * reach[:, None]) / spacing
    lines = ndimage.map_coordinates(picture, where.transpose(2, 0, 1), order=3, mode="nearest")
    zero = _crossing(reach, lines, level)
    brain = lines[:, reach < -3].mean(axis=1)
    good = np.isfinite(zero) & (brain > 0) & (brain < 60)
    return np.array(
        [
            np.interp(_POSITIONS + z, reach, line)
            for z, line in zip(zero[good], lines[good], strict=True)
        ]
    ).reshape(-1, _POSITIONS.size)


def _upright(volume: Volume, k: int, edge: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Where the edge is steep within the slice and hardly leans along the slices."""
    below, above = max(k - 1, 0), min(k + 1, volume.shape[0] - 1)
    rows, columns = edge.T
    if above == below:
        return np.ones(len(edge), dtype=bool)
    rise = volume.array[above, rows, columns].astype(np.float32)
    rise -= volume.array[below, rows, columns]
    lean = np.abs(rise) / ((above - below) * volume.spacing[0])
    return lean < 0.3 * np.linalg.norm(slope, axis=1)


def _crossing(reach: np.ndarray, lines: np.ndarray, level: float) -> np.ndarray:
    """Where each line passes `level` upwards, nearest to 0; NaN where it doesn't."""
    up = (lines[:, :-1] < level) & (lines[:, 1:] >= level) & (np.abs(reach[:-1]) < 2)
    distance = np.where(up, np.abs(reach[:-1]), np.inf)
    index = np.argmin(distance, axis=1)
    each = np.arange(len(lines))
    low, high = lines[each, index], lines[each, index + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = reach[index] + (level - low) / (high - low) * (reach[1] - reach[0])
    return np.where(np.isfinite(distance[each, index]), zero, np.nan)


def _rise(positions: np.ndarray, profile: np.ndarray) -> float:
    """Distance from 10 to 90 % between the soft side's mean and the peak."""
    low = profile[positions < -3].mean()
    peak = int(np.argmax(profile))
    heights = (profile[: peak + 1] - low) / (profile[peak] - low)
    last = [np.flatnonzero(heights < share)[-1] for share in (0.1, 0.9)]
    ends = [
        np.interp(share, heights[i : i + 2], positions[i : i + 2])
        for i, share in zip(last, (0.1, 0.9), strict=True)
    ]
    return float(ends[1] - ends[0])


# ---- checks


def _values(volume: Volume, region: Volume | np.ndarray, name: str) -> np.ndarray:
    """The HU within a region, as float64; what is no number is left out."""
    values = volume.array[as_mask(region, name, on=volume).array].astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size < 2:
        message = f"{name} holds {values.size} voxels with a number: a spread needs at least 2"
        raise ParameterError(message)
    return values


def _against(volume: Volume, truth: Volume, data_range: float) -> tuple[Volume, Volume, float]:
    volume = as_hu(volume, finite=True)
    height = real(data_range, "data_range is a height in HU above 0", above=0)
    return volume, as_hu(truth, "truth", on=volume, finite=True), height
