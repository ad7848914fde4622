"""The voxels of a Volume as the browser holds them: sent once, shared by every view."""

from __future__ import annotations

import hashlib
import weakref
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ..geometry import PLANES
from ..volume import Volume

CONVENTIONS = ("radiological", "neurological")
#: Bytes above which the slices are sent one at a time.
LIMIT = 32 * 2**20
_INT16 = np.iinfo(np.int16)
_SHARED: dict[str, VoxelData] = {}
_KEYS: weakref.WeakKeyDictionary[Volume, str] = weakref.WeakKeyDictionary()


class _Bytes(traitlets.Any):
    """What the browser gets of a VoxelData: made of the Volume when it is read, and not kept."""

    def get(self, obj: Any, cls: Any = None) -> memoryview | None:
        """The voxels as bytes; see `VoxelData.bytes`."""
        return obj.bytes()


class VoxelData(ipywidgets.Widget):
    """Raw voxels (int16 HU, or uint8 of a mask), with their shape, affine and layouts.

    It draws nothing; views refer to it. Views of equal Volumes share one, so that a
    cell that is run again sends nothing, and the last view that closes takes it along.
    """

    buffer = _Bytes(None).tag(sync=True)
    kind = traitlets.Unicode("int16").tag(sync=True)
    lazy = traitlets.Bool(False).tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    affine: traitlets.List = traitlets.List().tag(sync=True)
    layouts = traitlets.Dict().tag(sync=True)

    def __init__(self, volume: Volume) -> None:
        self.key: str | None = None
        self.users = 0
        self.volume: Volume | None = volume
        super().__init__(
            kind="uint8" if volume.is_mask else "int16",
            lazy=volume.array.size * (1 if volume.is_mask else 2) > LIMIT,
            shape=list(volume.shape),
            affine=volume.affine.tolist(),
            layouts={c: {p: _layout(volume, p, c) for p in PLANES} for c in CONVENTIONS},
        )
        self.on_msg(self._send_plane)

    def bytes(self) -> memoryview | None:
        """What the browser gets: the Volume's own memory where it is of that type already."""
        if self.lazy or self.volume is None:
            return None
        return displayed(self.volume.array).reshape(-1).view(np.uint8).data

    def close(self) -> None:
        """Close the model, and let the Volume go, here and in the browser.

        JupyterLab keeps every model whose comm was ever closed, with its attributes and with
        those before the last change (4.6). So the bytes are taken out first, and then out of
        the attributes before.
        """
        self.volume = None
        if self.comm is not None:
            self.send_state("buffer")
            self.send_state("lazy")
        super().close()

    def _send_plane(self, _: Any, message: dict, buffers: list) -> None:
        """Answer the browser's wish for one plane of a large volume."""
        if self.volume is None:
            return
        axis, index = message["axis"], message["index"]
        picture = displayed(np.take(self.volume.array, index, axis=axis))
        self.send({"kind": "plane", "axis": axis, "index": index}, [picture.tobytes()])

    def __repr__(self) -> str:
        return f"VoxelData({' x '.join(str(n) for n in self.shape)}, {self.kind})"


def displayed(array: np.ndarray) -> np.ndarray:
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


def hu_range(array: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value as floats, of those that are numbers; 0 and 0 where none is."""
    low, high = (array.min(), array.max()) if array.size else (0, 0)
    if np.isfinite(low) and np.isfinite(high):
        return float(low), float(high)
    return hu_range(array[np.isfinite(array)])


def histogram(volume: Volume, bins: int = 200) -> dict:
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


def acquire(volume: Volume) -> VoxelData:
    """The VoxelData of a Volume, made where there is none, with one more user."""
    key = _key(volume)
    if key not in _SHARED:
        _SHARED[key] = VoxelData(volume)
        _SHARED[key].key = key
    data = _SHARED[key]
    data.users += 1
    # The newest of equal Volumes, so that the older ones can go.
    data.volume = volume
    return data


def release(data: VoxelData) -> None:
    """One user less; the last one closes the model, here and in the browser."""
    data.users -= 1
    if data.users <= 0:
        retire(data)
        data.close()


def retire(data: VoxelData) -> None:
    """Share a VoxelData no further; those who use it keep it."""
    if _SHARED.get(data.key or "") is data:
        del _SHARED[data.key or ""]


def _key(volume: Volume) -> str:
    """What makes two Volumes the same to a view: values, type, shape and affine."""
    if volume not in _KEYS:
        digest = hashlib.blake2b(np.ascontiguousarray(volume.array).data, digest_size=16)
        digest.update(volume.affine.tobytes())
        digest.update(f"{volume.shape}{volume.array.dtype}".encode())
        _KEYS[volume] = digest.hexdigest()
    return _KEYS[volume]


def _layout(volume: Volume, plane: str, convention: str) -> dict:
    layout = volume.layout(plane, convention)._asdict()
    return {name: list(v) if isinstance(v, tuple) else v for name, v in layout.items()}
