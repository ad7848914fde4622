"""Kernels: the curve through the voxels of one axis, as the weights of a sparse matrix."""

import numpy as np

KERNELS = ("nearest", "linear", "cubic", "area")


def axis_weights(size, new_size, step, start, kernel="cubic", antialias=True):
    """The weights of one axis: new values = weights @ old values.

    Parameters
    ----------
    size, new_size : int
        Numbers of old and new voxels.
    step : float
        Distance between new centres, in old voxels.
    start : float
        Where the first new centre is, in old voxels (0 is the first old centre).
    kernel : {"cubic", "linear", "area", "nearest"}
    antialias : bool
        Average over the new voxel where `step` is above 1.

    Returns
    -------
    (new_size, size) scipy.sparse.csr_array of float32; each row sums to 1

    Examples
    --------
    >>> axis_weights(4, 2, 2, 0.5, "area").toarray()
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]], dtype=float32)
    """
    from scipy import sparse

    centres = start + step * np.arange(new_size)
    if kernel == "nearest":
        # A tie goes up, as half up does: never to the even index.
        columns, weights = np.floor(centres + 0.5)[:, None], np.ones((new_size, 1))
    else:
        width, sharpening = _averaging(step, kernel, antialias)
        reach = _REACH[kernel] + width / 2 + (sharpening != 0)
        columns = np.floor(centres - reach)[:, None] + np.arange(int(np.ceil(2 * reach)) + 2)
        distance = columns - centres[:, None]
        weights = (1 + 2 * sharpening) * _weights(distance, kernel, width)
        if sharpening:
            sides = _weights(distance - 1, kernel, width) + _weights(distance + 1, kernel, width)
            weights -= sharpening * sides
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.broadcast_to(np.arange(new_size)[:, None], columns.shape)
    inside = np.clip(columns, 0, size - 1).astype(np.int32)
    kept = weights != 0
    matrix = sparse.coo_array(
        (weights[kept], (rows[kept], inside[kept])), shape=(new_size, size), dtype=np.float64
    )
    # To CSR adds up what fell on the outermost voxel.
    return matrix.tocsr().astype(np.float32)


# How far the curve through the voxels reaches, in old voxels.
_REACH = {"area": 0.5, "linear": 1.0, "cubic": 2.0}


def _averaging(step, kernel, antialias):
    """Over how many old voxels to average the curve, and how much to sharpen it before.

    A whole new voxel; but fading in from a step of 1, as the old voxels are means already.
    The cubic is averaged over 0.45 old voxels more, which takes out more noise, and sharpened
    by just as much as makes up for that and for the old voxels' own width: a wave of six new
    voxels comes out as high as the mean over a new voxel would make it.
    """
    if kernel == "area":
        return step, 0.0
    if not antialias or step <= 1:
        return 0.0, 0.0
    share = min(1.0, 5 * (step - 1))
    if kernel == "linear":
        return share * step, 0.0
    width, wave = share * (step + 0.45), 1 / (6 * step)  # waves in an old voxel
    x, part = np.linspace(-2 - width, 2 + width, 2001, retstep=True)
    height = (_weights(x, kernel, width) * np.cos(2 * np.pi * wave * x)).sum() * part
    wanted = np.sinc(wave * step) / np.sinc(wave)
    return width, (wanted / height - 1) / (4 * np.sin(np.pi * wave) ** 2)


def _weights(distance, kernel, width):
    """Weights of voxels at a distance, in old voxels, from a new centre."""
    if width < 1e-3:
        x = np.abs(distance)
        return _keys(x) if kernel == "cubic" else np.maximum(1 - x, 0)
    integral = {"area": _steps_integral, "linear": _lines_integral, "cubic": _keys_integral}[kernel]
    ends = (np.abs(distance + sign * width / 2) for sign in (1, -1))
    signs = (np.sign(distance + sign * width / 2) for sign in (1, -1))
    upper, lower = (sign * integral(end) for sign, end in zip(signs, ends, strict=True))
    return (upper - lower) / width


def _keys(x):
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _steps_integral(x):
    return np.minimum(x, 0.5)


def _lines_integral(x):
    x = np.minimum(x, 1)
    return x - x * x / 2


def _keys_integral(x):
    x = np.minimum(x, 2)
    near = ((0.375 * x - 5 / 6) * x * x + 1) * x
    far = (((-0.125 * x + 5 / 6) * x - 2) * x + 2) * x - 1 / 6
    return np.where(x < 1, near, far)
