"""The voxels of a Volume as the browser holds them: sent once, shared by every view."""

import hashlib
import weakref

import ipywidgets
import numpy as np
import traitlets

from ..geometry import PLANES

CONVENTIONS = ("radiological", "neurological")
#: Bytes above which the slices are sent one at a time.
LIMIT = 32 * 2**20
_INT16 = np.iinfo(np.int16)
_SHARED = {}
_KEYS = weakref.WeakKeyDictionary()


class VoxelData(ipywidgets.Widget):
    """Raw voxels (int16 HU, or uint8 of a mask), with their shape, affine and layouts.

    It draws nothing; views refer to it. Views of equal Volumes share one, so that a
    cell that is run again sends nothing, and the last view that closes takes it along.
    """

    buffer = traitlets.Any(None, allow_none=True).tag(sync=True)
    kind = traitlets.Unicode("int16").tag(sync=True)
    lazy = traitlets.Bool(False).tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    affine = traitlets.List().tag(sync=True)
    layouts = traitlets.Dict().tag(sync=True)

    def __init__(self, volume):
        self.key = None
        self.users = 0
        self.volume = volume
        lazy = volume.array.size * (1 if volume.is_mask else 2) > LIMIT
        values = None if lazy else displayed(volume.array)
        super().__init__(
            buffer=None if lazy else memoryview(values.reshape(-1).view(np.uint8)),
            kind="uint8" if volume.is_mask else "int16",
            lazy=lazy,
            shape=list(volume.shape),
            affine=volume.affine.tolist(),
            layouts={c: {p: _layout(volume, p, c) for p in PLANES} for c in CONVENTIONS},
        )
        self.on_msg(self._send_plane)

    def _send_plane(self, _, message, buffers):
        """Answer the browser's wish for one plane of a large volume."""
        axis, index = message["axis"], message["index"]
        picture = displayed(np.take(self.volume.array, index, axis=axis))
        self.send({"kind": "plane", "axis": axis, "index": index}, [picture.tobytes()])

    def __repr__(self):
        return f"VoxelData({' x '.join(str(n) for n in self.shape)}, {self.kind})"


def displayed(array):
    """The voxels as they are shown: int16, floats rounded and clipped; uint8 for a mask.

    Returns
    -------
    ndarray of the same shape, contiguous and little-endian
    """
    if array.dtype == bool:
        return np.ascontiguousarray(array).view(np.uint8)
    if array.dtype.kind == "f":
        whole = np.rint(np.nan_to_num(array, nan=float(_INT16.min)))
        array = np.clip(whole, _INT16.min, _INT16.max)
    return np.ascontiguousarray(array, dtype="<i2")


def hu_range(array):
    """Lowest and highest value as floats, of those that are numbers; 0 and 0 where none is."""
    low, high = (array.min(), array.max()) if array.size else (0, 0)
    if np.isfinite(low) and np.isfinite(high):
        return float(low), float(high)
    return hu_range(array[np.isfinite(array)])


def histogram(volume, bins=200):
    """How often each HU occurs: {low, high, counts}, from half a million voxels of a large one."""
    values = volume.array.reshape(-1)
    values = values[:: max(1, values.size // 500_000)]
    values = values[np.isfinite(values)]
    low, high = hu_range(values)
    low, high = max(low, -1100.0), min(high, 3100.0)
    if not low < high:
        low, high = low - 1, low + 1
    counts, _ = np.histogram(values, bins, (low, high))
    return {"low": low, "high": high, "counts": counts.tolist()}


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


def _layout(volume, plane, convention):
    layout = volume.layout(plane, convention)._asdict()
    return {name: list(v) if isinstance(v, tuple) else v for name, v in layout.items()}
