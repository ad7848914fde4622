"""Noise as a CT makes it: counted photons, projected and projected back.

A detector counts photons; their number has Poisson noise; the picture is made from the
logarithms of the counts by filtered back-projection. So the noise has a grain, lies
deeper in the head than at its edge, and streaks along the thickest bone.
"""

import math

import numpy as np

from ..errors import ParameterError
from ..hounsfield import AIR
from ..threads import for_each
from ..volume import Volume

#: Attenuation of water at about 70 keV, the mean energy of a 120 kV beam, per mm.
MU_WATER = 0.0193
# The filter of the back-projection, and how much the picture's edges are raised.
KERNELS = {"soft": ("hann", 0.0), "standard": ("cosine", 0.0), "bone": ("ramp", 0.8)}


def scan(phantom, grid, *, noise_hu=0.0, kernel="soft", padding=None, angles=360, seed=0):
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
    angles : int
        Number of projections over half a turn.
    seed : int
        The same seed gives the same noise.

    Returns
    -------
    Volume of int16

    Notes
    -----
    A. C. Kak and M. Slaney, Principles of Computerized Tomographic Imaging (1988), ch. 3 and 5.
    As back-projection is linear, only the noise is projected back, not the picture.
    """
    if kernel not in KERNELS:
        message = f"kernel is one of {', '.join(KERNELS)}; not {kernel!r}"
        raise ParameterError(message)
    truth = phantom.render(grid)
    array = np.array(truth.array)
    if KERNELS[kernel][1]:
        array = _raise_edges(array, truth.spacing, KERNELS[kernel][1])
    note = f"Scanned: {kernel} kernel, no noise."
    if noise_hu:
        photons = _photons_for(truth, noise_hu, kernel, angles)
        array += noise_of(truth, photons, kernel=kernel, angles=angles, seed=seed)
        note = f"Scanned: {kernel} kernel, {photons:.2g} photons a detector element, seed {seed}."
    if padding is not None:
        array[:, _beyond_circle(grid.shape[1:])] = padding
    return Volume(np.rint(array).astype(np.int16), grid.affine, (*truth.report, note))


def noise_of(truth, photons, *, kernel="soft", angles=360, seed=0):
    """The noise that a number of photons makes in each slice.

    Parameters
    ----------
    truth : Volume of HU
    photons : float
        Sent to each detector element in each projection.

    Returns
    -------
    float32 array of HU, the shape of `truth`
    """
    seeds = np.random.SeedSequence(seed).spawn(truth.shape[0])
    result = np.empty(truth.shape, np.float32)

    def work(k):
        random = np.random.default_rng(seeds[k])
        result[k] = slice_noise(truth.array[k], truth.spacing, photons, kernel, angles, random)

    for_each(work, range(truth.shape[0]))
    return result


def slice_noise(picture, spacing, photons, kernel, angles, random):
    """The noise of one slice in HU; the steps are those of a scanner."""
    from skimage.transform import iradon, resize

    size = max(picture.shape)
    theta = np.linspace(0, 180, angles, endpoint=False)
    integrals = resize(_line_integrals(picture, spacing, theta), (size, angles), order=1)
    counts = np.maximum(random.poisson(photons * np.exp(-integrals)), 1)
    error = -np.log(counts / photons) - integrals
    # Back to attenuation per pixel, per mm, and to HU.
    noise = iradon(error, theta, output_size=size, filter_name=KERNELS[kernel][0], circle=True)
    rows, columns = ((size - n) // 2 for n in picture.shape)
    noise = noise[rows : rows + picture.shape[0], columns : columns + picture.shape[1]]
    return noise / spacing[1] * 1000 / MU_WATER


def _line_integrals(picture, spacing, theta, size=128):
    """Attenuation along the rays (detector, angle), on a coarse picture: it is smooth."""
    from skimage.transform import radon, resize

    longest = max(picture.shape)
    square = np.full((longest, longest), float(AIR))
    rows, columns = ((longest - n) // 2 for n in picture.shape)
    square[rows : rows + picture.shape[0], columns : columns + picture.shape[1]] = picture
    coarse = resize(np.maximum(square, AIR), (size, size), anti_aliasing=True)
    step = longest * spacing[1] / size
    # Only what lies within the circle is seen in all projections.
    coarse[_beyond_circle(coarse.shape, margin=1)] = AIR
    return radon((coarse / 1000 + 1) * MU_WATER * step, theta, circle=True)


def _photons_for(truth, noise_hu, kernel, angles):
    """Photons for a noise: its SD falls with the root of their number."""
    middle = truth.array[np.argmax((truth.array > -100).sum(axis=(1, 2)))]
    photons = 1e5
    for _ in range(2):
        random = np.random.default_rng(0)
        noise = slice_noise(middle, truth.spacing, photons, kernel, angles, random)
        rows, columns = (slice(n // 2 - n // 8, n // 2 + n // 8) for n in middle.shape)
        photons *= (noise[rows, columns].std() / noise_hu) ** 2
    return photons


def _raise_edges(array, spacing, amount):
    """Unsharp masking within the slices: what a sharp kernel does to edges."""
    from scipy import ndimage

    sigma = [0] + [0.8 / step for step in spacing[1:]]
    return array + amount * (array - ndimage.gaussian_filter(array, sigma))


def _beyond_circle(shape, margin=0):
    """Pixels outside of the largest circle in the picture, less a margin."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    radius = min(shape) / 2
    return np.hypot(y - (shape[0] - 1) / 2, x - (shape[1] - 1) / 2) > math.floor(radius) - margin
