"""Saving: data as NIfTI, npy or npz, pictures as PNG or JPEG.

A NIfTI keeps every HU and the affine. An npz keeps both for NumPy alone, an npy only
the HU. Pictures keep one plane; a windowed one keeps 256 greys of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import whole
from ..errors import ParameterError, SaveError, UnitError
from ..room import check_room
from ..sampling import NOTHING
from ..volume import Volume, as_volume, upright_plane
from ..windowing import apply_window, as_window
from .atomic import as_target, write_file
from .nifti import nifti_bytes

#: Added to HU in a 16-bit PNG, whose values can't be negative.
PNG16_OFFSET = 32768


def save(
    volume: Volume,
    path: str | os.PathLike[str],
    *,
    plane: str = "axial",
    slice: int | None = None,
    window: Any = None,
    quality: int = 95,
) -> Path:
    """Write a volume, or a picture of one of its planes, as the suffix of `path` says.

    Parameters
    ----------
    volume : Volume
    path : str or Path
        ``.nii`` or ``.nii.gz``: HU and affine, exact; read back by `ctkit.load`.
        ``.npz``: arrays ``hu`` (or ``mask``, ``labels``) and ``affine`` (slice, row, column to
        LPS+ mm).
        ``.npy``: the HU alone; where they are in the patient is lost.
        ``.png`` with a window: 8-bit greys, on square pixels. Without one: 16 bits,
        HU + 32768, exact; whole HU where a tilted gantry is sampled.
        ``.jpg``: 8-bit greys of a window, on square pixels, with losses.
    plane : {"axial", "coronal", "sagittal"}, for pictures alone
    slice : int, for pictures alone
        Of ``volume.stack(plane)``, as in the viewers; the middle one by default.
    window : preset's name or (center, width) in HU, for pictures alone
    quality : int from 1 to 100, for JPEG alone

    Returns
    -------
    Path of the file written. An existing one is replaced, at once and whole.

    Raises
    ------
    SaveError
        On an unknown suffix, a missing folder, a full disk, a JPEG without a window.
    ParameterError, GeometryError
        On a quality, window, plane or slice that can't be, or that has no say for this
        kind of file.

    Notes
    -----
    A picture carries its plane, slice, window and pixel spacing as JSON in its
    comment: without the window no grey can be turned back into HU. A plane across the
    slices of a tilted gantry is upright: it is sampled between the voxels, with air
    around them, and its comment says ``"resampled": true``.
    """
    volume, target = as_volume(volume), as_target(path)
    suffix = ".nii.gz" if target.name.lower().endswith(".nii.gz") else target.suffix.lower()
    if suffix in _PICTURES:
        content = _picture(volume, suffix, plane, slice, window, quality)
    elif suffix in _WRITERS:
        given = {"plane": plane != "axial", "slice": slice is not None}
        given |= {"window": window is not None, "quality": quality != 95}
        _refuse_given(suffix, **given)
        content = _WRITERS[suffix](volume)
    else:
        known = ", ".join([*_WRITERS, *_PICTURES])
        message = f"{target.name} has no suffix that says what to write; there are {known}"
        raise SaveError(message)
    return write_file(target, content)


def _refuse_given(suffix: str, **given: bool) -> None:
    """Refuse arguments that have no say for a kind of file."""
    names = [name for name, is_given in given.items() if is_given]
    if names:
        message = f"{names[0]}= has no say for a {suffix} file: leave it out"
        raise ParameterError(message)


def _npy(volume: Volume) -> bytes:
    return _numpy_bytes(np.save, volume.array)


def _npz(volume: Volume) -> bytes:
    kind = "mask" if volume.is_mask else "labels" if volume.is_labels else "hu"
    return _numpy_bytes(np.savez_compressed, **{kind: volume.array, "affine": volume.affine})


def _numpy_bytes(write: Callable[..., None], *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    write(buffer, *arrays, **named)
    return buffer.getvalue()


def _picture(
    volume: Volume, suffix: str, plane: str, index: int | None, window: Any, quality: int
) -> bytes:
    if suffix == ".png":
        _refuse_given(suffix, quality=quality != 95)
    elif window is None:
        message = 'a JPEG has 256 greys: say which HU they stand for, such as window="brain"'
        raise SaveError(message)
    quality = whole(quality, "quality is a whole number from 1 to 100", low=1, high=100)
    stack = volume.stack(plane)
    if index is None:
        index = stack.shape[stack.layout.axis] // 2
    greys, spacing = _greys(volume, _upright(volume, plane, index), stack.layout.spacing, window)
    facts: dict[str, Any] = {"plane": plane, "slice": int(index), "pixel_spacing_mm": spacing}
    if stack.resampled:
        facts["resampled"] = True
    if window is not None:
        facts |= dict(zip(("center", "width"), as_window(window), strict=True))
    elif not (volume.is_mask or volume.is_labels):
        facts["hu_offset"] = PNG16_OFFSET
    comment = json.dumps(facts, default=np.generic.item)  # a window may hold NumPy's numbers
    return _encode(greys, suffix, comment, quality)


def _upright(volume: Volume, plane: str, index: int) -> np.ndarray:
    """The values of a plane; around a tilted stack is what lies beyond a scan."""
    values = upright_plane(volume, plane, index)
    if volume.is_mask or not volume.stack(plane).resampled:
        return values
    return np.where(values == NOTHING, volume.outside, values)


def _greys(
    volume: Volume, values: np.ndarray, spacing: tuple[float, float], window: Any
) -> tuple[np.ndarray, tuple[float, float]]:
    """Pixels of a picture of these values, and their (row, column) spacing in mm."""
    if volume.is_mask:
        if window is not None:
            message = "a mask has no HU for a window; save it without one"
            raise UnitError(message)
        return values.astype(np.uint8) * 255, spacing
    if volume.is_labels:
        return _label_greys(values, window), spacing
    if window is None:
        return _sixteen_bits(volume, values), spacing
    center, width = as_window(window)
    return _square(apply_window(values, center, width, dtype=np.uint8), spacing)


def _label_greys(values: np.ndarray, window: Any) -> np.ndarray:
    """Labels as they are, in 16 bits: no grey stands for one."""
    if window is not None:
        message = "a label map has no HU for a window; save it without one"
        raise UnitError(message)
    if values.min() < 0:
        message = f"a PNG holds no label below 0, and there is {values.min()}; save as .nii.gz"
        raise SaveError(message)
    return values.astype(np.uint16)


def _sixteen_bits(volume: Volume, values: np.ndarray) -> np.ndarray:
    if volume.array.dtype != np.int16:
        kind = volume.array.dtype
        message = f"16 bits hold whole HU, not {kind}; save as .nii.gz, or give a window"
        raise SaveError(message)
    whole_hu = np.floor(values + 0.5) if values.dtype == np.float32 else values
    return (whole_hu.astype(np.int32) + PNG16_OFFSET).astype(np.uint16)


def _square(
    greys: np.ndarray, spacing: tuple[float, float]
) -> tuple[np.ndarray, tuple[float, float]]:
    """Greys on square pixels, since most programs show a pixel as a square."""
    step = min(spacing)
    size = [max(1, round(n * own / step)) for n, own in zip(greys.shape, spacing, strict=True)]
    if tuple(size) == greys.shape:
        return greys, spacing
    check_room(size, greys.itemsize, "resample it first, or save as .nii.gz")
    from PIL import Image

    resized = Image.fromarray(greys).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized), (step, step)


def _encode(greys: np.ndarray, suffix: str, comment: str, quality: int) -> bytes:
    from io import BytesIO

    from PIL import Image, PngImagePlugin

    buffer = BytesIO()
    image = Image.fromarray(np.ascontiguousarray(greys))
    if suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", comment)
        image.save(buffer, "PNG", pnginfo=info)
    else:
        image.save(buffer, "JPEG", quality=quality, comment=comment.encode())
    return buffer.getvalue()


_PICTURES = (".png", ".jpg", ".jpeg")
_WRITERS: dict[str, Callable[[Volume], bytes]] = {
    ".nii.gz": lambda volume: nifti_bytes(volume, compress=True),
    ".nii": lambda volume: nifti_bytes(volume, compress=False),
    ".npy": _npy,
    ".npz": _npz,
}
