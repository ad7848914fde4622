"""Filters that lower the noise: SciPy's and scikit-image's, in HU and millimetres.

A filter is a trade: what it takes from the noise it takes from edges too. Measure both
(`ctkit.noise_sd`, `ctkit.edge_width`, `ctkit.compare_filters`).
"""

import inspect

import numpy as np

from ..errors import ParameterError, UnitError
from ..threads import for_each
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


def denoise(volume, method="median", **parameters):
    """Lower the noise.

    Parameters
    ----------
    volume : Volume of HU
    method : {"gaussian", "median", "bilateral", "tv", "nlm"}
        - ``gaussian(sigma_mm=0.7)``: the mean with Gaussian weights, in 3-D.
        - ``median(radius_mm=None)``: the median of all voxels up to `radius_mm` away
          along each axis, rounded to whole voxels; by default the distance of two
          rows, which makes 3 x 3, and 3 x 3 x 3 where slices lie close.
        - ``bilateral(sigma_mm=1.0, sigma_hu=None)``: a Gaussian mean of voxels alike;
          slice by slice. By default `sigma_hu` is 2.5 times the noise.
        - ``tv(weight_hu=None)``: total variation (Chambolle 2004); in 3-D where slices
          lie close. By default the weight is the noise: more is smoother.
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
        On an unknown method, an unknown parameter or a length or HU not above 0.
    UnitError
        On a mask.

    Examples
    --------
    >>> from ctkit import Volume
    >>> scan = Volume.from_spacing(np.zeros((3, 8, 8), np.int16), (1, 1, 1))
    >>> denoise(scan, "gaussian", sigma_mm=1.5).report
    ('Denoised: gaussian, sigma_mm=1.5.',)
    """
    if volume.is_mask:
        message = "a mask has no noise: denoise takes HU"
        raise UnitError(message)
    if method not in METHODS:
        message = f"method is one of {', '.join(METHODS)}; not {method!r}"
        raise ParameterError(message)
    function = _FUNCTIONS[method]
    defaults = _defaults(function)
    _check_parameters(method, parameters, defaults)
    result, used = function(volume, **{**defaults, **parameters})
    text = "".join(f", {name}={value:.4g}" for name, value in used.items())
    return volume.with_array(result, f"Denoised: {method}{text}.")


def method_parameters(method):
    """Names and defaults of a method's parameters; None is taken from the volume.

    Examples
    --------
    >>> method_parameters("bilateral")
    {'sigma_mm': 1.0, 'sigma_hu': None}
    """
    return _defaults(_FUNCTIONS[method])


def _gaussian(volume, *, sigma_mm=_SIGMA_MM):
    from scipy import ndimage

    sigma = [sigma_mm / step for step in volume.spacing]
    result = ndimage.gaussian_filter(volume.array, sigma, output=np.float32, mode="nearest")
    return result, {"sigma_mm": sigma_mm}


def _median(volume, *, radius_mm=None):
    from scipy import ndimage

    radius = volume.spacing[1] if radius_mm is None else radius_mm
    size = _median_size(volume, radius)
    if size[1:] == [3, 3] and size[0] <= 3:
        result = median_of_3(volume.array, axes=(0, 1, 2) if size[0] == 3 else (1, 2))
    else:
        result = ndimage.median_filter(volume.array, size, mode="nearest")
    return result, {"radius_mm": radius}


def _median_size(volume, radius):
    return [2 * int(radius / step + 0.5) + 1 for step in volume.spacing]


def _bilateral(volume, *, sigma_mm=1.0, sigma_hu=None):
    from skimage.restoration import denoise_bilateral

    sigma_hu = _PER_NOISE["bilateral"] * _noise(volume) if sigma_hu is None else sigma_hu
    lowest = float(volume.array.min())
    sigma = sigma_mm / np.sqrt(volume.spacing[1] * volume.spacing[2])
    width = 2 * int(np.ceil(2 * sigma)) + 1

    def smooth(picture):
        # scikit-image refuses values below 0, and rescales integers: so float, from 0 up.
        raised = picture.astype(np.float32) - lowest
        smoothed = denoise_bilateral(
            raised, win_size=width, sigma_color=sigma_hu, sigma_spatial=sigma, mode="edge"
        )
        return smoothed + lowest

    return _slice_by_slice(volume.array, smooth), {"sigma_mm": sigma_mm, "sigma_hu": sigma_hu}


def _tv(volume, *, weight_hu=None):
    from skimage.restoration import denoise_tv_chambolle

    weight = _PER_NOISE["tv"] * _noise(volume) if weight_hu is None else weight_hu

    def smooth(values):
        # The default weight is for values of 0 to 1, and integers would be rescaled to it.
        return denoise_tv_chambolle(values.astype(np.float32), weight=weight, eps=1e-3)

    close = volume.spacing[0] <= _FAR * volume.spacing[1]
    result = smooth(volume.array) if close else _slice_by_slice(volume.array, smooth)
    return result, {"weight_hu": weight}


def _nlm(volume, *, strength_hu=None, patch_mm=3.0, search_mm=6.0):
    from skimage.restoration import denoise_nl_means

    noise = _noise(volume)
    strength = _PER_NOISE["nlm"] * noise if strength_hu is None else strength_hu
    row = volume.spacing[1]
    patch, distance = 2 * int(patch_mm / row / 2) + 1, max(1, round(search_mm / row))

    def smooth(picture):
        return denoise_nl_means(
            picture.astype(np.float32), max(3, patch), distance, h=strength, sigma=noise
        )

    used = {"strength_hu": strength, "patch_mm": patch_mm, "search_mm": search_mm}
    return _slice_by_slice(volume.array, smooth), used


_FUNCTIONS = dict(zip(METHODS, (_gaussian, _median, _bilateral, _tv, _nlm), strict=True))


def _slice_by_slice(array, smooth):
    """Filter the slices one by one, on all cores."""
    result = np.empty(array.shape, np.float32)

    def work(k):
        result[k] = smooth(array[k])

    for_each(work, range(len(array)))
    return result


def _noise(volume):
    # A picture without noise still needs a scale.
    return max(noise_sd(volume), 0.1)


def _defaults(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def _check_parameters(method, parameters, allowed):
    for name, value in parameters.items():
        if name not in allowed:
            message = f"{method} has no parameter {name!r}; it takes {', '.join(allowed)}"
            raise ParameterError(message)
        number = isinstance(value, (int, float, np.number)) and np.isfinite(value)
        if not (number and value > 0) and not (value is None and allowed[name] is None):
            message = f"{name} is a number above 0, not {value!r}"
            raise ParameterError(message)
