"""A view as one page of HTML, alive with no kernel and no network."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..volume import Volume
from . import voxels as _voxels

_HERE = Path(__file__).parent
_VOXELS = ("voxels", "overlay", "second")
_LEFT_OUT = {"box", "layout", "tabbable", "tooltip", *_VOXELS}


def page(view: Any) -> str:
    """The whole page: script, style, state and voxels.

    Returns
    -------
    str of HTML
    """
    state = {name: view.trait_values().get(name) for name in view.keys if name[0] != "_"}
    state = {name: value for name, value in state.items() if name not in _LEFT_OUT}
    state |= {name: _packed(data, data.volume) for name, data in view.held().items()}
    parts = {
        "title": escape(view.alt_text()),
        "css": (_HERE / "view" / "view.css").read_text("utf-8"),
        # Neither text may end its script element.
        "state": json.dumps(state).replace("</", "<\\/"),
        "script": (_HERE / "view.js").read_text("utf-8"),
    }
    text = (_HERE / "page.html").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    return text


def framed(text: str, height: int, title: str) -> str:
    """The page inside of another one: ``<iframe srcdoc>``."""
    style = f"width:100%;height:{height}px;border:0"
    return f'<iframe srcdoc="{escape(text)}" title="{escape(title)}" style="{style}"></iframe>'


def _packed(data: _voxels.VoxelData, volume: Volume) -> dict:
    """A VoxelData as plain values, its voxels deflated in base64."""
    values = _voxels.displayed(volume.array)
    packed = zlib.compress(values.tobytes() if volume.is_mask else predicted(values), 6)
    names = ("kind", "shape", "affine", "layouts")
    return {name: getattr(data, name) for name in names} | {"packed": b64encode(packed).decode()}


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
