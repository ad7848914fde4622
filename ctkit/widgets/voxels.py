"""The voxels of a Volume as the browser holds them: sent once, shared by every view."""

from __future__ import annotations

import builtins
import hashlib
import weakref
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ..geometry import PLANES, Stack
from ..hounsfield import are_whole
from ..overlay import as_stack, javascript_text, plain_stack
from ..sampling import plane_of
from ..volume import Volume

CONVENTIONS = ("radiological", "neurological")
#: Bytes above which the slices are sent one at a time.
LIMIT = 32 * 2**20
_TYPES = {name: np.dtype(name).newbyteorder("<") for name in ("uint8", "int16", "float32")}
_MOST_OPENING = 12
_SHARED: dict[str, VoxelData] = {}
_KEYS: weakref.WeakKeyDictionary[Volume, str] = weakref.WeakKeyDictionary()


class _Bytes(traitlets.Any):
    """What the browser gets of a VoxelData: made of the Volume when it is read, and not kept."""

    def get(self, obj: Any, cls: Any = None) -> memoryview | None:
        """The voxels as bytes; see `VoxelData.bytes`."""
        return obj.bytes()


class VoxelData(ipywidgets.Widget):
    """Raw voxels, with their shape, affine and the stacks that are shown of them.

    ``kind`` is int16 where every value is a whole number of it, float32 where not, and uint8 of
    a mask and of a label map without larger values; nothing lies between two labels: of these the
    ``nearest`` voxel counts. It draws nothing; views refer to it. Views of equal Volumes share one,
    so that a cell that is run again sends nothing, and the last view that closes takes it along.
    """

    buffer = _Bytes(None).tag(sync=True)
    kind = traitlets.Unicode("int16").tag(sync=True)
    lazy = traitlets.Bool(False).tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)
    affine: traitlets.List = traitlets.List().tag(sync=True)
    layouts = traitlets.Dict().tag(sync=True)
    nearest = traitlets.Bool(False).tag(sync=True)
    #: Planes of a large volume that are there without asking, by their keys: those that its views
    #: opened with. A page with no kernel has no others.
    opening = traitlets.Dict().tag(sync=True)

    def __init__(self, volume: Volume) -> None:
        self.key: str | None = None
        self.users = 0
        self.volume: Volume | None = volume
        kind = kind_of(volume)
        super().__init__(
            kind=kind,
            lazy=volume.array.size * _TYPES[kind].itemsize > LIMIT,
            shape=list(volume.shape),
            affine=volume.affine.tolist(),
            layouts={c: {p: _layout(volume, p, c) for p in PLANES} for c in CONVENTIONS},
            nearest=volume.is_labels,
        )
        self.on_msg(self._answer)

    def bytes(self) -> memoryview | None:
        """What the browser gets: the Volume's own memory where it is of that type already."""
        if self.lazy or self.volume is None:
            return None
        return displayed(self.volume.array, self.kind).reshape(-1).view(np.uint8).data

    def open_with(self, stack: Stack, index: int) -> None:
        """Keep a plane of a large volume where the browser finds it without asking."""
        if not self.lazy or self.volume is None:
            return
        wanted: dict[str, Any] = {"axis": stack.layout.axis, "index": index}
        if stack.resampled or stack.thickness:
            wanted = {"index": index, "stack": plain_stack(stack)}
        kept = {**self.opening, key_of(stack, index): self.picture(wanted)}
        self.opening = dict(list(kept.items())[-_MOST_OPENING:])

    def close(self) -> None:
        """Close the model, and let the Volume go, here and in the browser.

        JupyterLab keeps every model whose comm was ever closed, with its attributes and with
        those before the last change (4.6). So the bytes are taken out first, and then out of
        the attributes before.
        """
        self.volume = None
        self.opening = {}
        if self.comm is not None:
            self.send_state("buffer")
            self.send_state("lazy")
        super().close()

    def _answer(self, _: Any, message: dict, buffers: list) -> None:
        """Answer the browser's wish for one plane of a large volume, or of another grid in it."""
        if self.volume is None:
            return
        answer = {name: value for name, value in message.items() if name != "stack"}
        self.send(answer, [self.picture(message)])

    def picture(self, wanted: dict) -> builtins.bytes:
        """The plane that a message asks for.

        Parameters
        ----------
        wanted : dict
            ``axis`` and ``index`` of a plane of the array's own; or ``stack``, as
            `overlay.plain_stack` writes it, and the ``index`` of its plane: sampled, or of a slab,
            as float32.
        """
        volume = self.volume
        if volume is None:
            return b""
        if "stack" in wanted:
            stack = as_stack(wanted["stack"])
            sampled = plane_of(
                volume.array, volume.affine, stack, wanted["index"], nearest=volume.is_labels
            )
            return np.ascontiguousarray(sampled, "<f4").tobytes()
        plane = np.take(volume.array, wanted["index"], axis=wanted["axis"])
        return displayed(plane, self.kind).tobytes()

    def __repr__(self) -> str:
        return f"VoxelData({' x '.join(str(n) for n in self.shape)}, {self.kind})"


def key_of(stack: Stack, index: int) -> str:
    """What a plane is called between here and the browser, which writes the same."""
    layout = stack.layout
    if not stack.resampled and not stack.thickness:
        return f"{layout.axis},{index}"
    flips = [str(bool(flip)).lower() for flip in (layout.flip_down, layout.flip_across)]
    axes = [layout.axis, layout.down, layout.across, *flips]
    numbers = [javascript_text(number) for number in stack.affine[:3].ravel().tolist()]
    slab = [javascript_text(stack.thickness), stack.projection]
    parts = ([index], axes, stack.shape, numbers, slab)
    return ";".join(",".join(map(str, part)) for part in parts)


def kind_of(volume: Volume) -> str:
    """How the voxels go to the browser: as int16, as float32, or as uint8."""
    if volume.is_mask or (volume.is_labels and _are_bytes(volume.array)):
        return "uint8"
    return "int16" if are_whole(volume.array) else "float32"


def _are_bytes(array: np.ndarray) -> bool:
    return bool(array.min() >= 0 and array.max() <= 255)


def displayed(array: np.ndarray, kind: str) -> np.ndarray:
    """The voxels as they go to the browser: their values as they are.

    Returns
    -------
    ndarray of the same shape, contiguous and little-endian. An infinity becomes NaN: the
    browser tells neither, and uses one of them for what lies outside.
    """
    if kind == "float32" and np.isinf(array).any():
        array = np.where(np.isinf(array), np.float32(np.nan), array)
    if array.dtype == bool:
        return np.ascontiguousarray(array).view(np.uint8)
    return np.ascontiguousarray(array, _TYPES[kind])


def hu_range(array: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value as floats, of those that are numbers; 0 and 0 where none is."""
    low, high = (array.min(), array.max()) if array.size else (0, 0)
    if np.isfinite(low) and np.isfinite(high):
        return float(low), float(high)
    return hu_range(array[np.isfinite(array)])


def histogram(volume: Volume, *, is_hu: bool = True, bins: int = 200) -> dict:
    """How often each value occurs: {low, high, counts}, from half a million of a large volume.

    HU are counted where tissue is, what is none over all of its range.
    """
    values = volume.array.reshape(-1)
    values = values[:: max(1, values.size // 500_000)]
    values = values[np.isfinite(values)]
    low, high = hu_range(values)
    if is_hu:
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
        digest.update(f"{volume.shape}{volume.array.dtype}{volume.is_labels}".encode())
        _KEYS[volume] = digest.hexdigest()
    return _KEYS[volume]


def _layout(volume: Volume, plane: str, convention: str) -> dict:
    return plain_stack(volume.stack(plane, convention))
