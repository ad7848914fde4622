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

from ..volume import Volume
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
    state = {name: view.trait_values().get(name) for name in view.keys if name[0] != "_"}
    state = {name: value for name, value in state.items() if name not in _LEFT_OUT}
    state |= {name: _packed(data, data.volume) for name, data in view.held().items()}
    words = filter(None, (state.get("outcome"), state.get("error")))
    parts = {
        "title": escape(view.alt_text()),
        "words": "\n".join(map(escape, words)),
        "picture": b64encode(still.png(view.picture())).decode(),
        "css": (_HERE / "view" / "view.css").read_text("utf-8"),
        "state": json_in_html(state),
        "script": (_HERE / "view.js").read_text("utf-8"),
    }
    return filled((_HERE / "page.html").read_text("utf-8"), parts)


def filled(template: str, parts: dict[str, str]) -> str:
    """A template with each ``{{name}}`` replaced, in one pass: what is put in is not read again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


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


def _packed(data: _voxels.VoxelData, volume: Volume) -> dict:
    """A VoxelData as plain values, its voxels deflated in base64."""
    values = _voxels.displayed(volume.array, data.kind)
    packed = zlib.compress(_WAYS[data.kind](values), 6)
    names = ("kind", "shape", "affine", "layouts", "nearest")
    return {name: getattr(data, name) for name in names} | {"packed": b64encode(packed).decode()}


def split(values: np.ndarray) -> bytes:
    """The bytes of float32 apart, all lowest first: those of sign and exponent pack well."""
    return values.reshape(-1).view(np.uint8).reshape(-1, 4).T.tobytes()


def plain(values: np.ndarray) -> bytes:
    """The bytes of a mask or of labels: deflate packs them well as they are."""
    return values.tobytes()


def predicted(values: np.ndarray) -> bytes:
    """What deflate packs well: differences to left and above, zigzag, bytes split.

    Parameters
    ----------
    values : (slice, row, column) ndarray of int16

    Returns
    -------
    bytes: all low bytes, then all high bytes
    """
    across = np.diff(values, axis=2, prepend=np.int16(0))
    both = np.diff(across, axis=1, prepend=np.int16(0))
    # int16 wraps around here, and wraps back in the browser.
    zigzag = ((both << 1) ^ (both >> 15)).view(np.uint16)
    low, high = (zigzag & 255).astype(np.uint8), (zigzag >> 8).astype(np.uint8)
    return low.tobytes() + high.tobytes()


_WAYS: dict[str, Callable[[np.ndarray], bytes]] = {
    "uint8": plain,
    "int16": predicted,
    "float32": split,
}
