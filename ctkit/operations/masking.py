"""Keep the head: mask away air, table and holder.

Threshold in HU, parted by an opening, the largest piece in 3-D, filled; and what the
holder leaves where it touches is taken by closing the holder. Searching on a coarse grid
and drawing only the border on the fine one keeps this quick.
"""

import numpy as np

from ..errors import ParameterError, UnitError
from ..hounsfield import AIR

_COARSE_MM = 2.0  # a grid on which skin, table and the gap between them still show
_CRUMB_ML = 1.0  # a smaller piece is no holder
_MOST_OF_HEAD = 0.02  # what a holder leaves where it touches is a smaller share than this


def head_mask(
    volume, *, threshold_hu=-500, opening_mm=4.0, keep_mm=30.0, keep_ml=15.0, holder_mm=90.0
):
    """The head, filled, without table, holder and air.

    Parameters
    ----------
    volume : Volume of HU
    threshold_hu : float
        Above it is matter: half way from air (-1000) to skin, where the skin ends.
    opening_mm : float
        Radius of the ball that must fit into the head. It parts what is thinner than
        twice as much: table, holder, cloth.
    keep_mm, keep_ml : float
        Thin parts that opening took, but that hang on the head, reach no further than
        `keep_mm` from it and are no larger than `keep_ml`, are put back: ears.
    holder_mm : float
        Radius of the ball that closes the holder where the head lies on it: more than the
        head's own, so that the shell goes on through the place of contact.

    Returns
    -------
    Volume of bool. Its report tells how many ml of other matter were left out.

    Raises
    ------
    ParameterError
        Where nothing thick enough lies above the threshold, or a length is not above 0.
    UnitError
        On a mask.
    """
    if volume.is_mask:
        message = "this is a mask already; head_mask takes HU"
        raise UnitError(message)
    _check_lengths(opening_mm=opening_mm, keep_mm=keep_mm, keep_ml=keep_ml, holder_mm=holder_mm)
    factors = _factors(volume.spacing)
    coarse = _block_mean(volume.array, factors)
    spacing = np.multiply(volume.spacing, factors)
    matter = coarse > threshold_hu
    head = _head_of(matter, spacing, opening_mm, keep_mm, keep_ml, holder_mm)
    if head is None:
        message = (
            f"no head found: nothing above {threshold_hu} HU is thicker than "
            f"{2 * opening_mm} mm; lower threshold_hu or opening_mm"
        )
        raise ParameterError(message)
    mask, left = _draw(volume.array, head, matter, factors, threshold_hu)
    kept, left = (count * volume.voxel_ml for count in (np.count_nonzero(mask), left))
    note = (
        f"Head mask: {kept:.0f} ml; left out {left:.0f} ml above {threshold_hu} HU (table, holder)."
    )
    return volume.with_array(mask, note)


def keep_head(volume, mask=None, **parameters):
    """Set everything but the head to air, -1000 HU.

    Parameters
    ----------
    volume : Volume of HU
    mask : Volume of bool, optional
        By default ``head_mask(volume, **parameters)``.

    Returns
    -------
    Volume of the same type. Its report tells how many ml of matter were taken away.
    """
    from .cropping import _check_mask

    if mask is None:
        mask = head_mask(volume, **parameters)
        notes = mask.report[len(volume.report) :]
    else:
        _check_mask(volume, mask)
        notes = ("Kept what a given mask holds.",)
    array = np.where(mask.array, volume.array, volume.array.dtype.type(AIR))
    return volume.with_array(array, *notes)


# ---- on the coarse grid


def _factors(spacing):
    """How many voxels make a coarse one, on each axis."""
    return [max(1, int(_COARSE_MM / step + 0.25)) for step in spacing]


def _block_mean(array, factors):
    """Means over blocks, in float32, slab by slab; the ends are repeated to whole blocks."""
    deep, high, wide = factors
    rows, columns = (-n % factor for n, factor in zip(array.shape[1:], (high, wide), strict=True))
    means = []
    for start in range(0, array.shape[0], deep):
        slab = array[start : start + deep].mean(axis=0, dtype=np.float32)
        slab = np.pad(slab, ((0, rows), (0, columns)), mode="edge")
        blocks = slab.reshape(slab.shape[0] // high, high, -1, wide)
        means.append(blocks.mean(axis=3).mean(axis=1))
    return np.stack(means)


def _head_of(matter, spacing, opening_mm, keep_mm, keep_ml, holder_mm):
    """The filled head on the coarse grid, or None."""
    from scipy import ndimage

    solid = _fill(matter)
    # The scan goes on beyond its first and last slice: nothing there counts as air.
    inner = _largest(ndimage.distance_transform_edt(solid, sampling=spacing) > opening_mm)
    if inner is None:
        return None
    # Grown back by the radius, this is the opening with a ball; a half more brings back
    # the corners that a ball rounds off.
    away = ndimage.distance_transform_edt(~inner, sampling=spacing)
    head = solid & (away <= 1.5 * opening_mm)
    rest, sizes = _pieces(solid & ~head, spacing)
    touching = np.unique(rest[ndimage.binary_dilation(head)])
    far = ndimage.maximum(away, rest, np.arange(len(sizes))) - opening_mm
    thin = np.isin(np.arange(len(sizes)), touching) & (far <= keep_mm) & (sizes <= keep_ml)
    head |= thin[rest] & (rest > 0)
    patch = _holder_within(head, solid & ~head, spacing, holder_mm)
    if patch.any():
        pieces, sizes = _pieces(patch, spacing)
        patch &= (sizes <= _MOST_OF_HEAD * _pieces(head, spacing)[1][1:].sum())[pieces]
        # What is thicker than a bridge would have stood the opening by itself: it is head.
        wide = np.pad(head, ((0, 0), (1, 1), (1, 1)))
        rim = ndimage.distance_transform_edt(wide, sampling=spacing)[:, 1:-1, 1:-1]
        head = _largest(head & ~(patch & (rim <= 2 * opening_mm)))
    return _fill(head)


def _holder_within(head, other, spacing, radius):
    """What closing the holder, with a large ball, adds to the holder within the head.

    Where the two touch, the holder goes on within the mask. Its shell is smooth: the ball
    that can't pass through it beside the patch can't pass through it there.
    """
    from scipy import ndimage

    pieces, sizes = _pieces(other, spacing)
    holder = (sizes > _CRUMB_ML)[pieces] & (pieces > 0)
    near = holder.any() and ndimage.distance_transform_edt(~holder, sampling=spacing) <= radius
    if np.all(near) or not np.any(near):
        return np.zeros_like(head)
    # A ball sags a little into the patch, and voxels end half a voxel beyond their centres.
    depth = ndimage.distance_transform_edt(near, sampling=spacing)
    return head & (depth > radius - _COARSE_MM / 2)


def _pieces(mask, spacing):
    """Labels of the connected pieces, and the ml of each; the first is that of label 0."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    return labels, np.bincount(labels.ravel()) * np.prod(spacing) / 1000


def _largest(mask):
    labels, sizes = _pieces(mask, (1, 1, 1))
    if len(sizes) == 1:
        return None
    return labels == 1 + np.argmax(sizes[1:])


def _fill(mask):
    """Fill holes slice by slice: airways that leave by the neck are inside, too."""
    from scipy import ndimage

    filled = np.empty_like(mask)
    for k, picture in enumerate(mask):
        labels, _ = ndimage.label(np.pad(~picture, 1, constant_values=True))
        filled[k] = (labels != labels[0, 0])[1:-1, 1:-1]
    return filled


# ---- on the fine grid


def _draw(array, head, matter, factors, threshold_hu):
    """Refine the border: fine matter near the coarse head, and all that is well inside.

    Returns
    -------
    mask : bool array, and the number of voxels of matter outside of it
    """
    from scipy import ndimage

    inside = ndimage.binary_erosion(head, iterations=1, border_value=1)
    other = matter & ~head
    near = ndimage.binary_dilation(head, np.ones((3, 3, 3), bool)) & ~other
    result = np.empty(array.shape, dtype=bool)
    left = 0
    for k, picture in enumerate(array):
        fine = picture > threshold_hu
        total = np.count_nonzero(fine)
        coarse = k // factors[0]
        fine &= _enlarge(near[coarse], factors, picture.shape)
        left += total - np.count_nonzero(fine)
        fine |= _enlarge(inside[coarse], factors, picture.shape)
        result[k] = fine
    return _fill(result), left


def _enlarge(picture, factors, shape):
    large = np.repeat(np.repeat(picture, factors[1], axis=0), factors[2], axis=1)
    return large[: shape[0], : shape[1]]


def _check_lengths(**lengths):
    for name, value in lengths.items():
        if not (np.isfinite(value) and value > 0):
            message = f"{name} is above 0, not {value!r}"
            raise ParameterError(message)
