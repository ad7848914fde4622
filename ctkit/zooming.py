"""Which part of a plane a stage shows; the browser's mirror is ``widgets/view/zooming.js``.

``zoom`` is 1 where the picture just fits, and 2 where a millimetre is twice as long. ``pan`` is
(x, y, z), LPS+, in mm: how far the place in the middle of the stage lies from the middle of the
volume. So a picture comes back on a stage of another size, and the planes of one view are zoomed
about one place in the patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .geometry import Stack, directions

#: The least zoom, and the most: 512 pixels of which 8 are seen.
ZOOMS = (0.25, 64.0)
#: The farthest that a pan goes along an axis, in mm.
FARTHEST = 2000.0
#: How what lies between the middles of two pixels is drawn.
INTERPOLATIONS = ("linear", "nearest")

Lengths = dict[str, float]


def field_of(
    state: Mapping[str, Any], stack: Stack, frame: Lengths, stage: Sequence[float]
) -> Lengths:
    """What a stage shows of the planes of a stack.

    Parameters
    ----------
    state : dict
        With the traits ``zoom`` and ``pan`` of a view, or without.
    stack : Stack
    frame : dict
        ``left``, ``top``, ``width`` and ``height`` in mm, along the directions of the pictures,
        of what just fits at a zoom of 1.
    stage : (width, height) in pixels

    Returns
    -------
    dict
        ``scale`` in pixels per mm; ``right`` and ``down``, the place in the middle of the stage in
        mm along the directions of the pictures.
    """
    fits = min(stage[0] / frame["width"], stage[1] / frame["height"])
    right, down = directions(stack) @ tuple(state.get("pan") or (0, 0, 0))
    return {
        "scale": fits * state.get("zoom", 1.0),
        "right": frame["left"] + frame["width"] / 2 + float(right),
        "down": frame["top"] + frame["height"] / 2 + float(down),
    }


def placed(box: Lengths, field: Lengths, stage: Sequence[float]) -> Lengths:
    """A box in mm as one in pixels of the stage.

    Examples
    --------
    >>> field = {"scale": 2.0, "right": 10.0, "down": 0.0}
    >>> placed({"left": 10, "top": -5, "width": 3, "height": 4}, field, (100, 50))
    {'left': 50.0, 'top': 15.0, 'width': 6.0, 'height': 8.0}
    """
    scale = field["scale"]
    return {
        "left": stage[0] / 2 + (box["left"] - field["right"]) * scale,
        "top": stage[1] / 2 + (box["top"] - field["down"]) * scale,
        "width": box["width"] * scale,
        "height": box["height"] * scale,
    }
