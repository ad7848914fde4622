"""Keep the head: mask away air, table and holder.

What lies above a threshold in HU is matter. An opening parts the head from table and holder;
the largest piece is the head, and its holes are filled. Where a thick support still hangs on
it, a larger opening parts that. Where the holder touches the head, a part of it stays in the
mask: closing the holder finds that part, and it is taken away. All this is done on a coarse
grid, which is quick; a block with a gap in it is no bridge there, and the border is drawn on the
fine one. At last it is asked whether what was kept is a head: bone that closes around brain, and
no more than a head's volume.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import real
from ..errors import ParameterError
from ..hounsfield import AIR
from ..volume import Volume, as_hu, as_mask, own

_COARSE_MM = 2.0  # a grid on which skin, table and the gap between them still show
_CRUMB_ML = 1.0  # a smaller piece is no holder
_MOST_OF_HEAD = 0.02  # what a holder leaves where it touches is a smaller share than this
# A support may be as thick as twice this radius. It is used only where it takes away a piece
# larger than `_SUPPORT_ML`, because it takes an ear too where that lies on a plate.
_SUPPORT_MM = 9.0
_SUPPORT_ML = 15.0
_CONTACT_CM2 = 5.0  # with a side of the support, as it may be left on either

# What makes a head: see `_doubts`.
_HEAD_ML = 7000  # a large head with a long neck has 5,500 ml
_SKULL_HU = 200  # a skull of 2 mm, as an infant's, on the coarse grid
_GAP_MM = 8.0  # sutures, and the holes of the skull base
_BRAIN_HU = (-20, 100)
_BRAIN_CM2, _BRAIN_SHARE = 8.0, 0.1  # an infant's largest slice has 40 cm2 and half of the head
_LOOKS = 24  # slices are enough to meet the skull


def head_mask(
    volume: Volume,
    *,
    threshold_hu: float = -500,
    opening_mm: float = 4.0,
    keep_mm: float = 30.0,
    keep_ml: float = 15.0,
    holder_mm: float = 90.0,
) -> Volume:
    """The head, filled, without table, holder and air.

    Parameters
    ----------
    volume : Volume of HU
    threshold_hu : float
        What lies above it is matter. The default is half way from air (-1000) to skin,
        where the skin ends.
    opening_mm : float
        Radius of the ball that must fit into the head. Whatever is thinner than twice the
        radius is parted from it: table, holder, cloth.
    keep_mm, keep_ml : float
        The opening takes thin parts of the head too, such as ears. They are put back where
        they hang on the head, reach no further than `keep_mm` from it, and are no larger
        than `keep_ml`.
    holder_mm : float
        Radius of the ball that closes the holder where the head lies on it. It is larger
        than the head's own, so that the shell goes on through the place of contact.

    Returns
    -------
    Volume of bool. Its report tells how many ml of other matter were left out, and says so
    where what was kept looks like no head: no bone closes around brain in any slice, or it is
    larger than a head.

    Raises
    ------
    ParameterError
        Where nothing thick enough lies above the threshold, a length is not above 0, or the
        threshold is no number.
    UnitError
        On a mask, NaN or infinities.
    """
    volume = as_hu(volume, finite=True)
    threshold_hu = real(threshold_hu, "threshold_hu is a number of HU")
    opening_mm = real(opening_mm, "opening_mm is a radius above 0", above=0)
    keep_mm = real(keep_mm, "keep_mm is a length above 0", above=0)
    keep_ml = real(keep_ml, "keep_ml is a volume above 0", above=0)
    holder_mm = real(holder_mm, "holder_mm is a radius above 0", above=0)
    factors = _factors(volume.spacing)
    coarse, lowest = _blocks(volume.array, factors)
    spacing = np.multiply(volume.spacing, factors)
    matter = coarse > threshold_hu
    # Filled first: with its cavities open, the ball would not fit into a skull base full of
    # air, nor the opening leave it in one piece.
    solid = _fill(matter)
    beyond = _beyond_gaps(solid, solid & (lowest > threshold_hu), spacing, opening_mm)
    solid &= ~beyond
    head = _head_of(solid, spacing, opening_mm, keep_mm, keep_ml, holder_mm)
    if head is None:
        message = (
            f"no head found: nothing above {threshold_hu:g} HU is thicker than "
            f"{2 * opening_mm:g} mm; lower threshold_hu or opening_mm"
        )
        raise ParameterError(message)
    mask, outside = _draw(volume.array, head, matter, factors, threshold_hu)
    kept, left = (count * volume.voxel_ml for count in (np.count_nonzero(mask), outside))
    matter_left = f"left out {left:.0f} ml above {threshold_hu:g} HU (table, holder)"
    doubts = _doubts(coarse, head, spacing, kept) + _contact(matter & ~beyond, head, spacing)
    return volume.with_array(own(mask), *doubts, f"Head mask: {kept:.0f} ml; {matter_left}.")


def keep_head(
    volume: Volume, mask: Volume | np.ndarray | None = None, **parameters: float
) -> Volume:
    """Set everything but the head to air, -1000 HU.

    Parameters
    ----------
    volume : Volume of HU
    mask : Volume of bool on the grid of `volume`, or an array of bool of its shape, optional
        By default ``head_mask(volume, **parameters)``.
    **parameters : of `head_mask`; they can't be given together with a mask

    Returns
    -------
    Volume of the same type. Its report tells how many ml of matter were taken away.

    Raises
    ------
    ParameterError
        Where both a mask and parameters are given, or no head is found.
    UnitError
        Where `volume` is a mask, or `mask` is none.
    GeometryError
        Where the mask lies on another grid.
    """
    volume = as_hu(volume)
    if mask is None:
        kept = head_mask(volume, **parameters)
        notes = kept.report[len(volume.report) :]
    elif parameters:
        message = f"{', '.join(parameters)}: of no use here, as a mask is given; leave one away"
        raise ParameterError(message)
    else:
        kept, notes = as_mask(mask, on=volume), ("Kept what a given mask holds.",)
    array = np.where(kept.array, volume.array, volume.array.dtype.type(AIR))
    return volume.with_array(own(array), *notes)


# ---- on the coarse grid


def _factors(spacing: ArrayLike) -> list[int]:
    """How many voxels make a coarse one, on each axis."""
    return [max(1, int(_COARSE_MM / step + 0.25)) for step in np.asarray(spacing)]


def _blocks(array: np.ndarray, factors: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Means over blocks, in float32, and their lowest values; ends are repeated to whole blocks."""
    deep, high, wide = factors
    rows, columns = (-n % factor for n, factor in zip(array.shape[1:], (high, wide), strict=True))
    means, lowest = [], []
    for start in range(0, array.shape[0], deep):
        slab = array[start : start + deep]
        mean = np.pad(slab.mean(axis=0, dtype=np.float32), ((0, rows), (0, columns)), mode="edge")
        least = np.pad(slab.min(axis=0), ((0, rows), (0, columns)), mode="edge")
        shape = mean.shape[0] // high, high, -1, wide
        means.append(mean.reshape(shape).mean(axis=3).mean(axis=1))
        # Rows first: these are as long as the memory of the processor likes them.
        least = least.reshape(shape[0], high, -1).min(axis=1)
        lowest.append(np.minimum.reduce([least[:, k::wide] for k in range(wide)]))
    return np.stack(means), np.stack(lowest)


def _beyond_gaps(
    solid: np.ndarray, full: np.ndarray, spacing: np.ndarray, radius: float
) -> np.ndarray:
    """What hangs on the head by blocks with a gap in them, which shows on the fine grid alone.

    Parameters
    ----------
    solid : coarse matter, filled
    full : where no voxel of a block is air
    spacing, radius : in mm; the largest piece that a ball of this radius leaves is the head
    """
    from scipy import ndimage

    # Where air leads into a block from outside, it is no bridge. Cavities stay filled.
    parted = _fill(full)
    pieces, sizes = _pieces(parted, spacing)
    whole, _ = ndimage.label(solid)
    part_of = np.zeros(len(sizes), int)
    part_of[pieces.ravel()] = whole.ravel()
    large = np.flatnonzero(sizes[1:] > _SUPPORT_ML) + 1
    if len(np.unique(part_of[large])) == len(large):
        return np.zeros_like(solid)  # all gaps show on the coarse grid
    inner = _largest(ndimage.distance_transform_edt(parted, sampling=spacing) > radius)
    if inner is None:
        return np.zeros_like(solid)
    head = pieces[inner][0]
    other = np.zeros(len(sizes), bool)
    other[large] = (part_of[large] == part_of[head]) & (large != head)
    nearest = ndimage.distance_transform_edt(
        ~parted, sampling=spacing, return_distances=False, return_indices=True
    )
    return np.asarray(solid & other[pieces[tuple(nearest)]])


def _head_of(
    solid: np.ndarray,
    spacing: np.ndarray,
    opening_mm: float,
    keep_mm: float,
    keep_ml: float,
    holder_mm: float,
) -> np.ndarray | None:
    """The filled head on the coarse grid, or None."""
    from scipy import ndimage

    # The scan goes on beyond its first and last slice: nothing there counts as air.
    depth = ndimage.distance_transform_edt(solid, sampling=spacing)
    opened = _opened(solid, depth, spacing, opening_mm)
    if opened is None:
        return None
    if opening_mm < _SUPPORT_MM and _has_support(opened[0], solid, depth, spacing):
        opening_mm = _SUPPORT_MM
        opened = _opened(solid, depth, spacing, opening_mm) or opened
    head, away = opened
    head |= _ears(head, solid & ~head, away - opening_mm, spacing, keep_mm, keep_ml)
    # A holder that touches is within the mask there, as the corners have grown into it.
    patch = _holder_within(head, solid & ~head, spacing, holder_mm)
    if patch.any():
        # The ball closes over a large part of the head too where it can't enter a narrow
        # cradle: so only a small share of the head is taken for holder.
        pieces, sizes = _pieces(patch, spacing)
        patch &= (sizes <= _MOST_OF_HEAD * _pieces(head, spacing)[1][1:].sum())[pieces]
        # What is thicker than a bridge would have stood the opening by itself: it is head.
        # Along the slices the scan goes on, so only within them is the outside padded.
        wide = np.pad(head, ((0, 0), (1, 1), (1, 1)))
        rim = ndimage.distance_transform_edt(wide, sampling=spacing)[:, 1:-1, 1:-1]
        left = _largest(head & ~(patch & (rim <= 2 * opening_mm)))
        return None if left is None else _fill(left)
    return _fill(head)


def _opened(
    solid: np.ndarray, depth: np.ndarray, spacing: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """The largest piece after an opening with a ball, and how far away its inside is, in mm.

    Grown back by the radius this is the opening; a half more brings back the corners that a
    ball rounds off.
    """
    from scipy import ndimage

    inner = _largest(depth > radius)
    if inner is None:
        return None
    away = ndimage.distance_transform_edt(~inner, sampling=spacing)
    return solid & (away <= 1.5 * radius), away


def _has_support(
    head: np.ndarray, solid: np.ndarray, depth: np.ndarray, spacing: np.ndarray
) -> bool:
    """Whether a larger opening takes a large piece away from what the first one left."""
    from scipy import ndimage

    # Within the head's box alone, which is quicker and gives the same.
    (box,) = ndimage.find_objects(head.astype(np.uint8))
    more = _opened(solid[box], depth[box], spacing, _SUPPORT_MM)
    if more is None:
        return False
    sizes = _pieces(head[box] & ~more[0], spacing)[1]
    return bool((sizes[1:] > _SUPPORT_ML).any())


def _ears(
    head: np.ndarray,
    rest: np.ndarray,
    distance: np.ndarray,
    spacing: np.ndarray,
    keep_mm: float,
    keep_ml: float,
) -> np.ndarray:
    """Of what the opening took, the small pieces that touch the head and stay close to it.

    A piece is taken whole or not at all: a table that touches is large, and stays away.
    """
    from scipy import ndimage

    pieces, sizes = _pieces(rest, spacing)
    labels = np.arange(len(sizes))
    touching = np.isin(labels, pieces[ndimage.binary_dilation(head)])
    reach = np.zeros(len(sizes))
    np.maximum.at(reach, pieces[rest], distance[rest])
    small = touching & (reach <= keep_mm) & (sizes <= keep_ml)
    return small[pieces] & (pieces > 0)


def _holder_within(
    head: np.ndarray, other: np.ndarray, spacing: np.ndarray, radius: float
) -> np.ndarray:
    """What closing the holder, with a large ball, adds to the holder within the head.

    Where the two touch, the holder goes on within the mask. Its shell is smooth: a ball that
    can't pass through it beside the place of contact can't pass through it there either.
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


def _doubts(coarse: np.ndarray, head: np.ndarray, spacing: np.ndarray, kept_ml: float) -> list[str]:
    """Why what was kept may be no head, a sentence each.

    A head has slices in which bone closes around brain: neither trunk, limb nor neck has, as
    ribs lie apart, lungs are no soft tissue, and the canal of the spine is small.
    """
    found = []
    if kept_ml > _HEAD_ML:
        found.append(f"it is larger than a head with its neck, at most about {_HEAD_ML} ml")
    if not _has_brain(coarse, head, spacing):
        found.append("no skull closes around brain in any slice")
    return [f"This may be no head: {reason}." for reason in found]


def _contact(matter: np.ndarray, head: np.ndarray, spacing: np.ndarray) -> list[str]:
    """A word on a support that touches the head, or nearly: its gap is lost on the coarse grid.

    Within the place of contact a ball of the opening fits, and head and support can't be parted.
    """
    from scipy import ndimage

    pieces, sizes = _pieces(matter & ~head, spacing)
    # An ear's or a nose's worth of contact is no bed that the head lies in.
    touching = np.bincount(pieces[ndimage.binary_dilation(head)], minlength=len(sizes))
    area = touching * float(np.prod(spacing)) / float(spacing.min()) / 100
    if not ((sizes > _SUPPORT_ML) & (area > _CONTACT_CM2))[1:].any():
        return []
    return ["A support touches the head, or lies within 2 mm of it: a part of it may be kept."]


def _has_brain(coarse: np.ndarray, head: np.ndarray, spacing: np.ndarray) -> bool:
    """Whether in some slice bone closes around brain."""
    slices = np.flatnonzero(head.any(axis=(1, 2)))
    some = slices[np.unique(np.linspace(0, len(slices) - 1, _LOOKS).astype(int))]
    # From the middle outwards: in a head one of the first few looks meets the skull.
    some = some[np.argsort(np.abs(some - some.mean()), kind="stable")]
    return any(_closes_around_brain(coarse[k], head[k], spacing[1:]) for k in some)


def _closes_around_brain(picture: np.ndarray, head: np.ndarray, spacing: np.ndarray) -> bool:
    """Whether bone closes around enough of a slice that has the HU of brain."""
    from scipy import ndimage

    bone = head & (picture > _SKULL_HU)
    if not bone.any():
        return False
    # Half of the gap from either side closes it.
    within = head & (ndimage.distance_transform_edt(~bone, sampling=spacing) > _GAP_MM / 2)
    pieces, count = ndimage.label(within)
    outside = ndimage.binary_dilation(~head)
    sides = [pieces[[0, -1]].reshape(2, -1), pieces[:, [0, -1]].T.reshape(2, -1)]
    edges = [set(np.unique(side)) for pair in sides for side in pair]
    area, whole = np.bincount(pieces.ravel()), np.count_nonzero(head)
    open_air = set(np.unique(pieces[outside]))
    for piece in range(1, count + 1):
        # A scan may end within the head on one side, and there the brain has no skull.
        closed = piece not in open_air and sum(piece in edge for edge in edges) <= 1
        large = area[piece] * np.prod(spacing) / 100 > _BRAIN_CM2
        if closed and large and area[piece] > _BRAIN_SHARE * whole:
            low, high = _BRAIN_HU
            if low < picture[pieces == piece].mean() < high:
                return True
    return False


def _pieces(mask: np.ndarray, spacing: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the connected pieces, and the ml of each; the first is that of label 0."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask)
    return labels, np.bincount(labels.ravel()) * (float(np.prod(np.asarray(spacing))) / 1000)


def _largest(mask: np.ndarray) -> np.ndarray | None:
    labels, sizes = _pieces(mask, (1, 1, 1))
    if len(sizes) == 1:
        return None
    return labels == 1 + np.argmax(sizes[1:])


def _fill(mask: np.ndarray) -> np.ndarray:
    """Fill holes slice by slice: airways that leave by the neck are inside, too."""
    from scipy import ndimage

    filled = np.empty_like(mask)
    for k, picture in enumerate(mask):
        labels, _ = ndimage.label(np.pad(~picture, 1, constant_values=True))
        filled[k] = (labels != labels[0, 0])[1:-1, 1:-1]
    return filled


# ---- on the fine grid


def _draw(
    array: np.ndarray,
    head: np.ndarray,
    matter: np.ndarray,
    factors: list[int],
    threshold_hu: float,
) -> tuple[np.ndarray, int]:
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
        total = int(np.count_nonzero(fine))
        coarse = k // factors[0]
        fine &= _enlarge(near[coarse], factors, picture.shape)
        left += total - int(np.count_nonzero(fine))
        fine |= _enlarge(inside[coarse], factors, picture.shape)
        result[k] = fine
    return _fill(result), left


def _enlarge(picture: np.ndarray, factors: list[int], shape: tuple[int, ...]) -> np.ndarray:
    large = np.repeat(np.repeat(picture, factors[1], axis=0), factors[2], axis=1)
    return large[: shape[0], : shape[1]]
