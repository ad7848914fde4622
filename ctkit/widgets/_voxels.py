"""The voxels of a Volume as the browser holds them: sent once, shared by every view."""

import hashlib
import weakref

import anywidget
import numpy as np
import traitlets

_INT16 = np.iinfo(np.int16)
_SHARED = {}
_KEYS = weakref.WeakKeyDictionary()


class VoxelData(anywidget.AnyWidget):
    """Raw voxels (int16 HU, or uint8 of a mask), with their shape and affine.

    It draws nothing; views refer to it. Views of equal Volumes share one, so that a
    cell that is run again sends nothing, and the last view that closes takes it along.
    """

    _esm = "export default {};"
    buffer = traitlets.Any(None, allow_none=True).tag(sync=True)
    kind = traitlets.Unicode("int16").tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    affine = traitlets.List().tag(sync=True)

    def __init__(self, volume):
        values = displayed(volume)
        self.key = None
        self.users = 0
        super().__init__(
            buffer=memoryview(values.reshape(-1).view(np.uint8)),
            kind=values.dtype.name,
            shape=list(values.shape),
            affine=volume.affine.tolist(),
        )

    def __repr__(self):
        return f"VoxelData({' x '.join(str(n) for n in self.shape)}, {self.kind})"


def displayed(volume):
    """The voxels as they are shown: int16, floats rounded and clipped; uint8 for a mask.

    Returns
    -------
    (slice, row, column) ndarray, contiguous and little-endian
    """
    array = volume.array
    if volume.is_mask:
        return np.ascontiguousarray(array).view(np.uint8)
    if array.dtype.kind == "f":
        whole = np.rint(np.nan_to_num(array, nan=float(_INT16.min)))
        array = np.clip(whole, _INT16.min, _INT16.max)
    return np.ascontiguousarray(array, dtype="<i2")


def acquire(volume):
    """The VoxelData of a Volume, made where there is none, with one more user."""
    key = _key(volume)
    if key not in _SHARED:
        _SHARED[key] = VoxelData(volume)
        _SHARED[key].key = key
    data = _SHARED[key]
    data.users += 1
    return data


def release(data):
    """One user less; the last one closes the model, here and in the browser."""
    data.users -= 1
    if data.users <= 0:
        _SHARED.pop(data.key, None)
        data.close()


def _key(volume):
    """What makes two Volumes the same to a view: values, type, shape and affine."""
    if volume not in _KEYS:
        digest = hashlib.blake2b(np.ascontiguousarray(volume.array), digest_size=16)
        digest.update(volume.affine.tobytes())
        digest.update(f"{volume.shape}{volume.array.dtype}".encode())
        _KEYS[volume] = digest.hexdigest()
    return _KEYS[volume]
