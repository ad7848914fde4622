"""Filters that lower the noise: SciPy's and scikit-image's, in HU and millimetres.

A filter is a trade: what it takes from the noise it takes from edges too. Measure both
(`ctkit.noise_sd`, `ctkit.edge_width`, `ctkit.compare_filters`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arguments import choice, real
from ..errors import ParameterError
from ..threads import for_each
from ..volume import Volume, as_hu, own
from .measuring import noise_sd
from .median_network import median_of_3

METHODS = ("gaussian", "median", "bilateral", "tv", "nlm")
# Slices further apart than this many in-plane voxels are filtered one by one.
_FAR = 2.0
_SIGMA_MM = 0.7
# What makes a method strong, and by default how many times the noise that is.
_STRENGTH = {
    "gaussian": "sigma_mm",
    "median": "radius_mm",
    "bilateral": "sigma_hu",
    "tv": "weight_hu",
    "nlm": "strength_hu",
}
_PER_NOISE = {"bilateral": 2.5, "tv": 1.0, "nlm": 0.8}


class Filtered(NamedTuple):
    """What a method made of a Volume, and with which parameters, defaults filled in."""

    volume: Volume
    used: dict[str, float]


def denoise(volume: Volume, method: str = "median", **parameters: float | None) -> Volume:
    """Lower the noise.

    Parameters
    ----------
    volume : Volume of HU
    method : {"gaussian", "median", "bilateral", "tv", "nlm"}
        - ``gaussian(sigma_mm=0.7)``: the mean with Gaussian weights, in 3-D.
        - ``median(radius_mm=None)``: the median of all voxels up to `radius_mm` away
          along each axis, rounded to whole voxels; by default the distance of two
          rows, which makes 3 x 3, and 3 x 3 x 3 where slices lie close.
        - ``bilateral(sigma_mm=1.0, sigma_hu=None)``: a Gaussian mean of voxels alike,
          slice by slice. By default `sigma_hu` is 2.5 times the noise.
        - ``tv(weight_hu=None)``: total variation (Chambolle 2004), in 3-D where slices
          lie close. By default the weight is the noise; a larger one is smoother.
        - ``nlm(strength_hu=None, patch_mm=3.0, search_mm=6.0)``: the mean of pixels
          whose surroundings look alike (Buades 2005), slice by slice. By default the
          strength is 0.8 times the noise.
    **parameters : of the method, in mm and in HU
        Where "the noise" is a default, it is measured (`ctkit.noise_sd`).

    Returns
    -------
    Volume of HU
        float32, as a mean has fractions; median keeps the type of `volume`.

    Raises
    ------
    ParameterError
        On an unknown method, an unknown parameter, a length or HU not above 0, or a
        `radius_mm` that reaches no other voxel.
    UnitError
        On a mask, NaN or infinities.

    Examples
    --------
    >>> from ctkit import Volume
    >>> scan = Volume.from_spacing(np.zeros((3, 8, 8), np.int16), (1, 1, 1))
    >>> denoise(scan, "gaussian", sigma_mm=1.5).report
    ('Denoised: gaussian, sigma_mm=1.5.',)
    """
    return filtered(volume, method, **parameters).volume


def filtered(volume: Volume, method: str, **parameters: float | None) -> Filtered:
    """`denoise`, together with the parameters that it took."""
    volume = as_hu(volume, finite=True)
    function = _FUNCTIONS[choice(method, "method", METHODS)]
    array, used = function(volume, **checked_parameters(method, parameters))
    text = "".join(f", {name}={value:.4g}" for name, value in used.items())
    return Filtered(volume.with_array(own(array), f"Denoised: {method}{text}."), used)


def settings_at(
    volume: Volume, strengths: Sequence[float] | None = None
) -> Iterator[tuple[str, dict[str, float]]]:
    """Each method with its parameters at some strengths.

    Parameters
    ----------
    volume : Volume of HU
    strengths : sequence of float, optional
        Times the usual strength, which is in mm or follows from the noise. The median has
        no strength in between: more than one strength part it into 3 x 3, and 3 x 3 x 3
        where slices lie close. By default the usual strength alone.

    Yields
    ------
    method, parameters : str, dict
    """
    noise = _noise(volume)
    times = (1.0,) if strengths is None else strengths
    for name in METHODS:
        if name == "median":
            radii = _median_radii(volume) if len(times) > 1 else [volume.spacing[1]]
            yield from ((name, {"radius_mm": radius}) for radius in radii)
            continue
        usual = _PER_NOISE[name] * noise if name in _PER_NOISE else _SIGMA_MM
        yield from ((name, {_STRENGTH[name]: usual * factor}) for factor in times)


def setting_in_words(volume: Volume, method: str, used: dict[str, float]) -> str:
    """The strength of a filter as a table says it: mm, HU, or the voxels of a median."""
    value = used[_STRENGTH[method]]
    if method == "median":
        return " x ".join(str(n) for n in _median_size(volume, value) if n > 1)
    return f"{value:.2g} {'mm' if method == 'gaussian' else 'HU'}"


def method_parameters(method: str) -> dict[str, float | None]:
    """Names and defaults of a method's parameters; None is taken from the volume.

    Examples
    --------
    >>> method_parameters("bilateral")
    {'sigma_mm': 1.0, 'sigma_hu': None}
    """
    parameters = inspect.signature(_FUNCTIONS[method]).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def _gaussian(
    volume: Volume, *, sigma_mm: float = _SIGMA_MM
) -> tuple[np.ndarray, dict[str, float]]:
    from scipy import ndimage

    sigma = [sigma_mm / step for step in volume.spacing]
    result = ndimage.gaussian_filter(volume.array, sigma, output=np.float32, mode="nearest")
    return result, {"sigma_mm": sigma_mm}


def _median(
    volume: Volume, *, radius_mm: float | None = None
) -> tuple[np.ndarray, dict[str, float]]:
    from scipy import ndimage

    radius = volume.spacing[1] if radius_mm is None else radius_mm
    size = _median_size(volume, radius)
    if max(size) == 1:
        spacing = " x ".join(f"{step:g}" for step in volume.spacing)
        message = f"radius_mm={radius:g} reaches no other voxel: they are {spacing} mm apart"
        raise ParameterError(message)
    if size[1:] == [3, 3] and size[0] <= 3:
        result = median_of_3(volume.array, axes=(0, 1, 2) if size[0] == 3 else (1, 2))
    else:
        result = ndimage.median_filter(volume.array, size, mode="nearest")
    return result, {"radius_mm": radius}


def _median_size(volume: Volume, radius: float) -> list[int]:
    return [2 * int(radius / step + 0.5) + 1 for step in volume.spacing]


def _median_radii(volume: Volume) -> list[float]:
    """The radii that make 3 x 3, and 3 x 3 x 3 where slices lie close."""
    row, largest = volume.spacing[1], max(volume.spacing)
    steps = {row, largest} if largest < _FAR * row else {row}
    # 0.6 of a step reach the next voxel along it, and none further away.
    return [0.6 * step for step in sorted(steps)]


def _bilateral(
    volume: Volume, *, sigma_mm: float = 1.0, sigma_hu: float | None = None
) -> tuple[np.ndarray, dict[str, float]]:
    from skimage.restoration import denoise_bilateral

    sigma_hu = _PER_NOISE["bilateral"] * _noise(volume) if sigma_hu is None else sigma_hu
    lowest = float(volume.array.min())
    sigma = sigma_mm / np.sqrt(volume.spacing[1] * volume.spacing[2])
    width = 2 * int(np.ceil(2 * sigma)) + 1

    def smooth(picture: np.ndarray) -> np.ndarray:
        # scikit-image refuses values below 0, and rescales integers: so float, from 0 up.
        raised = picture.astype(np.float32) - lowest
        smoothed = denoise_bilateral(
            raised, win_size=width, sigma_color=sigma_hu, sigma_spatial=sigma, mode="edge"
        )
        return smoothed + lowest

    return _slice_by_slice(volume.array, smooth), {"sigma_mm": sigma_mm, "sigma_hu": sigma_hu}


def _tv(volume: Volume, *, weight_hu: float | None = None) -> tuple[np.ndarray, dict[str, float]]:
    from skimage.restoration import denoise_tv_chambolle

    weight = _PER_NOISE["tv"] * _noise(volume) if weight_hu is None else weight_hu

    def smooth(values: np.ndarray) -> np.ndarray:
        # The default weight is for values of 0 to 1, and integers would be rescaled to it.
        return denoise_tv_chambolle(values.astype(np.float32), weight=weight, eps=1e-3)

    close = volume.spacing[0] <= _FAR * volume.spacing[1]
    result = smooth(volume.array) if close else _slice_by_slice(volume.array, smooth)
    return result, {"weight_hu": weight}


def _nlm(
    volume: Volume,
    *,
    strength_hu: float | None = None,
    patch_mm: float = 3.0,
    search_mm: float = 6.0,
) -> tuple[np.ndarray, dict[str, float]]:
    from skimage.restoration import denoise_nl_means

    noise = _noise(volume)
    strength = _PER_NOISE["nlm"] * noise if strength_hu is None else strength_hu
    row = volume.spacing[1]
    patch, distance = 2 * int(patch_mm / row / 2) + 1, max(1, round(search_mm / row))

    def smooth(picture: np.ndarray) -> np.ndarray:
        return denoise_nl_means(
            picture.astype(np.float32), max(3, patch), distance, h=strength, sigma=noise
        )

    used = {"strength_hu": strength, "patch_mm": patch_mm, "search_mm": search_mm}
    return _slice_by_slice(volume.array, smooth), used


_FUNCTIONS: dict[str, Callable[..., tuple[np.ndarray, dict[str, float]]]] = dict(
    zip(METHODS, (_gaussian, _median, _bilateral, _tv, _nlm), strict=True)
)


def _slice_by_slice(array: np.ndarray, smooth: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Filter the slices one by one, on all cores."""
    result = np.empty(array.shape, np.float32)

    def work(k: int) -> None:
        result[k] = smooth(array[k])

    for_each(work, range(len(array)))
    return result


def _noise(volume: Volume) -> float:
    # A picture without noise still needs a scale.
    return max(noise_sd(volume), 0.1)


def checked_parameters(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a method as floats, defaults filled in."""
    values = method_parameters(method)
    for name, value in parameters.items():
        if name not in values:
            message = f"{method} has no parameter {name!r}; it takes {', '.join(values)}"
            raise ParameterError(message)
        if value is not None or values[name] is not None:
            values[name] = real(value, f"{name} is a number above 0", above=0)
    return values
