"""A beam of two energies: what water and bone leave of it, and the correction for water.

Every tube sends photons of many energies. The softer ones are stopped first, so that what is left
of the beam is harder, and each further millimetre stops less of it: **beam hardening**. Two
energies are the least that shows it.

The attenuation is NIST's (J. H. Hubbell and S. M. Seltzer, NISTIR 5632, table 4: liquid water of
1 g/cm3, and "Bone, Cortical (ICRU-44)" of 1.92 g/cm3).
"""

from __future__ import annotations

import reprlib

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParameterError
from ..hounsfield import AIR

#: keV. Half of the signal of the open beam comes from each.
ENERGIES = (50, 80)
#: Attenuation per mm at these energies: the mass attenuation in cm2/g times the density, over 10.
MU_WATER = (0.2269 * 1.00 / 10, 0.1837 * 1.00 / 10)
MU_BONE = (0.4242 * 1.92 / 10, 0.2229 * 1.92 / 10)
#: What a thin layer shows: the mean of both energies. For water it is that of 60 keV.
WATER, BONE = sum(MU_WATER) / 2, sum(MU_BONE) / 2
#: HU of solid cortical bone in this beam, before it is hardened.
BONE_HU = (BONE / WATER - 1) * 1000
# Above all soft tissue: what is denser holds bone.
_SOFT = 100


def water_and_bone(hu: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """What a voxel is made of, by its HU.

    Up to 100 HU it is water of some density. What lies above is due to cortical bone, which takes
    the place of water; beyond 2300 HU no water is left, and the bone is denser. A thin layer
    attenuates as its HU say, in any case.

    Parameters
    ----------
    hu : array-like of HU

    Returns
    -------
    water, bone : float64 ndarrays of the shape of `hu`
        How many mm of water and of bone one mm of the voxel stands for.

    Raises
    ------
    ParameterError
        On what is no number.

    Examples
    --------
    >>> water, bone = water_and_bone([-1000, 0, BONE_HU])
    >>> water.round(2).tolist(), bone.round(2).tolist()
    ([0.0, 1.0, 0.15], [0.0, 0.0, 0.95])
    """
    values = np.maximum(_finite(hu, "hu is an array of HU"), AIR)
    water = 1 + np.minimum(values, _SOFT) / 1000 - np.maximum(values - _SOFT, 0) / BONE_HU
    water = np.maximum(water, 0)
    return water, (1 + values / 1000 - water) * WATER / BONE


def hardened(water_mm: ArrayLike, bone_mm: ArrayLike = 0.0) -> np.ndarray:
    """What a detector makes of the beam of two energies behind water and bone.

    Parameters
    ----------
    water_mm, bone_mm : array-like of mm along each ray

    Returns
    -------
    float64 ndarray
        The logarithm of the open beam's signal over the one that is left.

    Raises
    ------
    ParameterError
        On what is no number, or two arrays of different shapes.

    Notes
    -----
    R. A. Brooks and G. Di Chiro, Phys. Med. Biol. 21 (1976) 390.

    Examples
    --------
    Twice the water gives less than twice the logarithm:

    >>> hardened([100, 200]).round(2).tolist()
    [2.03, 4.02]
    """
    water = _finite(water_mm, "water_mm is an array of mm")
    bone = _finite(bone_mm, "bone_mm is an array of mm")
    if bone.ndim and water.ndim and bone.shape != water.shape:
        message = (
            f"water_mm and bone_mm are of the same rays, not of {water.shape} and {bone.shape}"
        )
        raise ParameterError(message)
    soft, hard = (mu * water + more * bone for mu, more in zip(MU_WATER, MU_BONE, strict=True))
    # The logarithm of a mean of two exponentials, the larger one taken out of it.
    return np.minimum(soft, hard) + np.log(2) - np.log1p(np.exp(-np.abs(soft - hard)))


def water_corrected(integrals: ArrayLike) -> np.ndarray:
    """How many mm of water leave as much of the beam: what every scanner corrects for.

    Behind water alone that is the truth. Behind bone it is not.

    Parameters
    ----------
    integrals : array-like, as `hardened` returns them

    Returns
    -------
    float64 ndarray of mm

    Raises
    ------
    ParameterError
        On what is no number.

    Examples
    --------
    >>> water_corrected(hardened([0, 100, 200])).round(6).tolist()
    [0.0, 100.0, 200.0]
    """
    from scipy.special import expit

    wanted = _finite(integrals, "integrals is an array of numbers")
    millimetres = wanted / WATER
    # Newton's steps: the curve bends one way, so that each comes nearer from the same side.
    for _ in range(6):
        soft = expit((MU_WATER[1] - MU_WATER[0]) * millimetres)  # its share of what is left
        slope = MU_WATER[0] * soft + MU_WATER[1] * (1 - soft)
        millimetres = millimetres + (wanted - hardened(millimetres)) / slope
    return millimetres


def _finite(given: ArrayLike, words: str) -> np.ndarray:
    try:
        array = np.asarray(given)
        good = array.dtype.kind in "iuf"
    except ValueError:
        good = False
    if not good or not np.isfinite(array).all():
        message = f"{words}, not {reprlib.repr(given)}"
        raise ParameterError(message)
    return array.astype(np.float64)
