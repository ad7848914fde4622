"""Noise and streaks as a CT makes them: projected, measured and projected back.

Photons come at random: their number has Poisson noise; the picture is made from the
logarithms of what arrives by filtered back-projection. So the noise has a grain, lies
deeper in the head than at its edge, and streaks along the thickest bone. A beam of two
energies adds the dark bands between dense bones.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from ..arguments import choice, flag, real, whole
from ..errors import ParameterError
from ..hounsfield import AIR
from ..threads import for_each
from ..volume import Volume, as_hu, own
from .beam import BONE, WATER, hardened, water_and_bone, water_corrected
from .projecting import back_project, project

#: Attenuation of water at about 70 keV, the mean energy of a 120 kV beam, per mm.
MU_WATER = 0.0193
# The filter of the back-projection, and how much the picture's edges are raised.
KERNELS = {"soft": ("hann", 0.0), "standard": ("cosine", 0.0), "bone": ("ramp", 0.8)}


_ANGLES, _SEED = 360, 0
_INT16 = np.iinfo(np.int16)


class Rendered(Protocol):
    """What can be scanned: a `ctkit.phantom.Phantom`."""

    def render(self, grid: Volume) -> Volume:
        """HU on the grid of a Volume."""


def scan(
    phantom: Rendered,
    grid: Volume,
    *,
    noise_hu: float = 0.0,
    kernel: str = "soft",
    padding: int | None = None,
    angles: int | None = None,
    seed: int | None = None,
    hardening: bool = False,
) -> Volume:
    """Scan a phantom: its truth with the noise, edges and frame of a CT.

    Parameters
    ----------
    phantom : ctkit.phantom.Phantom
    grid : Volume, as `ctkit.phantom.make_grid` makes it
    noise_hu : float
        Standard deviation in the middle of the head, in HU. The number of photons
        follows from it; 0 is no noise.
    kernel : {"soft", "standard", "bone"}
        Filter of the back-projection; "bone" also raises edges, over and under.
    padding : int, optional
        Value outside of the circle that is reconstructed, such as -2000.
    angles : int, optional
        Number of projections over half a turn that noise and hardening are made from; 360 by
        default.
    seed : int, optional
        The same seed gives the same noise; 0 by default. With another SciPy, as in a browser tab,
        it may be another noise of the same size: photons are drawn one after the other, and a
        projection that differs in its ninth digit changes all that are drawn after it.
    hardening : bool
        Whether the beam has two energies, corrected for water alone: the middle of a skull,
        and what lies between dense bones, then reads too low. See `ctkit.phantom.hardened`.

    Returns
    -------
    Volume of int16

    Raises
    ------
    ParameterError
        On another kernel, a number or a flag that is none, `seed` without noise, or `angles` with
        neither noise nor hardening.

    Notes
    -----
    A. C. Kak and M. Slaney, Principles of Computerized Tomographic Imaging (1988), ch. 3 and 5.
    As back-projection is linear, only noise and hardening are projected back, not the picture.
    """
    choice(kernel, "kernel", KERNELS)
    noise_hu = real(noise_hu, "noise_hu is a number of HU from 0", low=0)
    if padding is not None:
        padding = whole(padding, "padding is an int16", low=_INT16.min, high=_INT16.max)
    hardening = flag(hardening, "hardening")
    if not noise_hu and not (seed is None and (angles is None or hardening)):
        message = "angles and seed are for the noise, and noise_hu is 0: leave them away"
        raise ParameterError(message)
    if not hasattr(phantom, "render"):
        message = f"a scan is of a ctkit.phantom.Phantom, not of {phantom!r}"
        raise ParameterError(message)
    angles, seed = _check_drawn(angles, seed)
    truth = phantom.render(grid)
    array = np.array(truth.array)
    if hardening:
        array += _hardening_of(truth, kernel, angles)
    if KERNELS[kernel][1]:
        array = _raise_edges(array, truth.spacing, KERNELS[kernel][1])
    note = f"Scanned: {kernel} kernel, no noise."
    if noise_hu:
        photons = _photons_for(truth, noise_hu, kernel, angles)
        array += noise_of(truth, photons, kernel=kernel, angles=angles, seed=seed)
        note = f"Scanned: {kernel} kernel, {photons:.2g} photons a detector element, seed {seed}."
    if hardening:
        note += " Two energies, corrected for water."
    if padding is not None:
        array[:, _beyond_circle(truth.shape[1:])] = padding
    return truth.with_array(own(np.rint(array).astype(np.int16)), note)


def noise_of(
    truth: Volume,
    photons: float,
    *,
    kernel: str = "soft",
    angles: int = _ANGLES,
    seed: int = _SEED,
) -> np.ndarray:
    """The noise that a number of photons makes in each slice.

    Parameters
    ----------
    truth : Volume of HU
    photons : float
        Sent to each detector element in each projection.
    kernel, angles, seed : as for `scan`

    Returns
    -------
    float32 array of HU, the shape of `truth`

    Raises
    ------
    ParameterError
        On another kernel, or a number that is none.
    UnitError
        On a mask, NaN or infinities.
    """
    truth = as_hu(truth, "truth", finite=True)
    photons = real(photons, "photons is a number above 0", above=0)
    choice(kernel, "kernel", KERNELS)
    angles, seed = _check_drawn(angles, seed)
    seeds = np.random.SeedSequence(seed).spawn(truth.shape[0])
    result = np.empty(truth.shape, np.float32)

    def work(k: int) -> None:
        random = np.random.default_rng(seeds[k])
        result[k] = slice_noise(truth.array[k], truth.spacing, photons, kernel, angles, random)

    for_each(work, range(truth.shape[0]))
    return result


def _hardening_of(truth: Volume, kernel: str, angles: int) -> np.ndarray:
    """HU that a beam of two energies, corrected for water, takes away or adds."""
    result = np.empty(truth.shape, np.float32)

    def work(k: int) -> None:
        coarse, step = _coarse(truth.array[k], truth.spacing)
        theta = np.linspace(0, 180, angles, endpoint=False)
        water, bone = (project(part * step, theta) for part in water_and_bone(coarse))
        error = water_corrected(hardened(water, bone)) - (water + bone * BONE / WATER)
        result[k] = _back(error, theta, truth.array[k].shape, kernel) / truth.spacing[1] * 1000

    for_each(work, range(truth.shape[0]))
    return result


def slice_noise(
    picture: np.ndarray,
    spacing: tuple[float, float, float],
    photons: float,
    kernel: str,
    angles: int,
    random: np.random.Generator,
) -> np.ndarray:
    """The noise of one slice in HU; the steps are those of a scanner."""
    theta = np.linspace(0, 180, angles, endpoint=False)
    coarse, step = _coarse(picture, spacing)
    integrals = _resized(
        project((coarse / 1000 + 1) * MU_WATER * step, theta), (max(picture.shape), angles)
    )
    counts = np.maximum(random.poisson(photons * np.exp(-integrals)), 1)
    error = -np.log(counts / photons) - integrals
    # Back to attenuation per pixel, per mm, and to HU.
    return _back(error, theta, picture.shape, kernel) / spacing[1] * 1000 / MU_WATER


def _back(error: np.ndarray, theta: np.ndarray, shape: tuple[int, ...], kernel: str) -> np.ndarray:
    """What projections add to a picture of a shape, per pixel."""
    size = max(shape)
    square = back_project(_resized(error, (size, theta.size)), theta, KERNELS[kernel][0])
    return square[_middle_of(size, shape)]


def _coarse(
    picture: np.ndarray, spacing: tuple[float, float, float], size: int = 128
) -> tuple[np.ndarray, float]:
    """A coarse square of HU, whose line integrals are smooth, and its pixels in mm."""
    longest = max(picture.shape)
    square = np.full((longest, longest), float(AIR))
    square[_middle_of(longest, picture.shape)] = picture
    coarse = _resized(np.maximum(square, AIR), (size, size))
    # Only what lies within the circle is seen in all projections.
    coarse[_beyond_circle(coarse.shape, margin=1)] = AIR
    return coarse, longest * spacing[1] / size


def _middle_of(size: int, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Where a picture lies in a square around it."""
    starts = [(size - n) // 2 for n in shape]
    return tuple(slice(start, start + n) for start, n in zip(starts, shape, strict=True))


def _resized(array: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """An array on another grid, linear between its values; a blur comes before fewer of them."""
    from scipy import ndimage

    factors = np.divide(array.shape, shape)
    if (factors > 1).any():
        array = ndimage.gaussian_filter(array, np.maximum(0, (factors - 1) / 2), mode="mirror")
    return ndimage.zoom(array, 1 / factors, order=1, mode="mirror", grid_mode=True)


def _check_drawn(angles: int | None, seed: int | None) -> tuple[int, int]:
    """The numbers of projections and of the seed, defaults filled in."""
    angles = _ANGLES if angles is None else angles
    seed = _SEED if seed is None else seed
    return (
        whole(angles, "angles is a number of projections above 0", low=1),
        whole(seed, "seed is a whole number from 0", low=0),
    )


def _photons_for(truth: Volume, noise_hu: float, kernel: str, angles: int) -> float:
    """Photons for a noise: its SD falls with the root of their number."""
    middle = truth.array[np.argmax((truth.array > -100).sum(axis=(1, 2)))]
    photons = 1e5
    for _ in range(2):
        random = np.random.default_rng(0)
        noise = slice_noise(middle, truth.spacing, photons, kernel, angles, random)
        rows, columns = (slice(n // 2 - n // 8, n // 2 + n // 8) for n in middle.shape)
        photons *= (noise[rows, columns].std() / noise_hu) ** 2
    return photons


def _raise_edges(
    array: np.ndarray, spacing: tuple[float, float, float], amount: float
) -> np.ndarray:
    """Unsharp masking within the slices: what a sharp kernel does to edges."""
    from scipy import ndimage

    sigma = [0] + [0.8 / step for step in spacing[1:]]
    return array + amount * (array - ndimage.gaussian_filter(array, sigma))


def _beyond_circle(shape: tuple[int, ...], margin: int = 0) -> np.ndarray:
    """Pixels outside of the largest circle in the picture, less a margin."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    radius = min(shape) / 2
    return np.hypot(y - (shape[0] - 1) / 2, x - (shape[1] - 1) / 2) > math.floor(radius) - margin
