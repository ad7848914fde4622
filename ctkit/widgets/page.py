"""A view as one page of HTML, alive with no kernel and no network."""

from __future__ import annotations

import json
import math
import re
import zlib
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from . import still
from . import voxels as _voxels

_HERE = Path(__file__).parent
_VOXELS = ("voxels", "overlay", "second")
_LEFT_OUT = {"box", "layout", "tabbable", "tooltip", "snapshot", *_VOXELS}
#: What begins a tag, a comment or a reference in HTML, where JSON may write it otherwise.
_IN_HTML = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&"})


def page(view: Any) -> str:
    """The whole page: script, style, state and voxels, and a still picture until they are drawn.

    Returns
    -------
    str of HTML
    """
    state = state_of(view)
    for name, data in view.held().items():
        state[name] = described(data) | {"packed": b64encode(deflated(data)).decode()}
    words = filter(None, (state.get("outcome"), state.get("error")))
    parts = {
        "title": escape(view.alt_text()),
        "words": "\n".join(map(escape, words)),
        "picture": b64encode(still.png(view.picture())).decode(),
        "state": json_in_html(state),
    }
    return filled(_HERE / "page.html", parts)


def filled(template: Path, parts: dict[str, str]) -> str:
    """A template with each ``{{name}}`` replaced, in one pass: what is put in is not read again.

    Style and script of the viewer are there as ``theme``, ``css`` and ``script``.
    """
    files = {"theme": "page.css", "css": "view/view.css", "script": "view.js"}
    parts = {name: (_HERE / file).read_text("utf-8") for name, file in files.items()} | parts
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template.read_text("utf-8"))


def json_in_html(thing: Any) -> str:
    """JSON as the text of a script element, which nothing inside of it can end.

    JSON has no number for what is none: it stands as ``{"no number": "NaN"}``.
    """
    # Other letters than those of ASCII are escaped already.
    return json.dumps(_with_numbers(thing), allow_nan=False).translate(_IN_HTML)


def _with_numbers(thing: Any) -> Any:
    """The same of values that JSON has."""
    if isinstance(thing, dict):
        return {name: _with_numbers(value) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_with_numbers(value) for value in thing]
    if isinstance(thing, float) and not math.isfinite(thing):
        return {"no number": f"{thing}".replace("nan", "NaN").replace("inf", "Infinity")}
    return thing


def framed(text: str, height: int, title: str) -> str:
    """The page inside of another one: ``<iframe srcdoc>``."""
    style = f"width:100%;height:{height}px;border:0"
    return f'<iframe srcdoc="{escape(text)}" title="{escape(title)}" style="{style}"></iframe>'


def state_of(view: Any) -> dict[str, Any]:
    """The traits of a view that the script reads, without the voxels."""
    state = {name: view.trait_values().get(name) for name in view.keys if name[0] != "_"}
    return {name: value for name, value in state.items() if name not in _LEFT_OUT}


def described(data: _voxels.VoxelData) -> dict[str, Any]:
    """What the script has to know of a VoxelData beside its voxels."""
    return {name: getattr(data, name) for name in ("kind", "shape", "affine", "layouts", "nearest")}


def deflated(data: _voxels.VoxelData) -> bytes:
    """The voxels of a VoxelData, all of them, as the script of a page inflates them."""
    if data.volume is None:
        return b""
    return packed(_voxels.displayed(data.volume.array, data.kind), data.kind)


def packed(values: np.ndarray, kind: str) -> bytes:
    """Voxels of a kind as zlib packs them.

    Parameters
    ----------
    values : (slice, row, column) ndarray of that kind
    kind : {"uint8", "int16", "float32"}
    """
    # Differences of HU are noise with runs of one byte: to look for longer repeats takes five
    # times as long, and 4 % more room.
    strategy = zlib.Z_RLE if kind == "int16" else zlib.Z_DEFAULT_STRATEGY
    stream = zlib.compressobj(6, strategy=strategy)
    return stream.compress(_WAYS[kind](values)) + stream.flush()


def split(values: np.ndarray) -> bytes:
    """The bytes of float32 apart, all lowest first: those of sign and exponent pack well."""
    return values.reshape(-1).view(np.uint8).reshape(-1, 4).T.tobytes()


def plain(values: np.ndarray) -> bytes:
    """The bytes of a mask or of labels: deflate packs them well as they are."""
    return values.tobytes()


def predicted(values: np.ndarray) -> bytes:
    """What deflate packs well: differences along all three axes, zigzag, bytes split.

    Parameters
    ----------
    values : (slice, row, column) ndarray of int16

    Returns
    -------
    bytes: all low bytes, then all high bytes
    """
    steps = values
    for axis in range(3):
        steps = np.diff(steps, axis=axis, prepend=np.int16(0))
    # int16 wraps around here, and wraps back in the browser.
    zigzag = ((steps << 1) ^ (steps >> 15)).view(np.uint16)
    low, high = (zigzag & 255).astype(np.uint8), (zigzag >> 8).astype(np.uint8)
    return low.tobytes() + high.tobytes()


_WAYS: dict[str, Callable[[np.ndarray], bytes]] = {
    "uint8": plain,
    "int16": predicted,
    "float32": split,
}
