"""Places that are pointed at: the viewer of a question, what is right in it, a still picture."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import windowing
from ..errors import ParameterError
from ..geometry import directions
from ..marks import box_between
from ..volume import Volume, upright_plane
from ..widgets import page
from ..widgets.explore import explore
from ..widgets.still import png
from .questions import Place

#: Voxels of a question: with more the scene is cut to the slices around the one it is about.
MOST = 200_000
#: What rounding may add to a distance, in mm.
_TINY = 1e-6


def described(question: Place) -> dict[str, Any]:
    """The part of a question that points, as plain values.

    Returns
    -------
    dict
        ``view`` is the state of a viewer with its voxels; ``target`` has ``mm``, (x, y, z) LPS+,
        and ``within`` in mm; each of ``wrong`` has these and ``says``; ``mark`` is the circle
        around the target. ``picture`` is a still one: its ``source``, its ``alt``, and where the
        ``target`` is in mm from the left and from the top.
    """
    scene = question.scene()
    wrong = [
        {"mm": _mm(scene, voxel), "within": within, "says": says}
        for voxel, within, says in question.wrong
    ]
    view = _view(scene, question)
    (mark,) = view.pop("drawn")
    return {
        "view": view | {"drawn": []},
        "mark": mark,
        "target": {"mm": _mm(scene, question.target), "within": question.within},
        "wrong": wrong,
        "picture": _picture(scene, question),
    }


def judged(plain: dict[str, Any], place: Sequence[float]) -> tuple[bool, str]:
    """Whether a place is right, and what is said to it; the browser's mirror is in judging.js.

    Parameters
    ----------
    plain : dict
        A question as `quiz.described` gives it.
    place : (x, y, z) in mm, LPS+
    """

    def is_near(spot: dict[str, Any]) -> bool:
        return math.dist(place, spot["mm"]) <= spot["within"] + _TINY

    if is_near(plain["target"]):
        return True, plain["says"]
    return False, next((one["says"] for one in plain["wrong"] if is_near(one)), plain["otherwise"])


def _mm(scene: Volume, voxel: Sequence[float]) -> list[float]:
    """The place of a voxel, fractions too."""
    return [float(n) for n in scene.to_world(voxel)]


def _view(scene: Volume, question: Place) -> dict[str, Any]:
    """The state of a viewer with the circle of a question, and the voxels that it needs."""
    part, index = _slab(scene, question)
    circle = [_circle(scene, question)]
    view = explore(part, plane=question.plane, slice=index, window=question.window, marks=circle)
    (held,) = view.held().values()
    voxels = page.described(held) | {"packed": b64encode(page.deflated(held)).decode()}
    state = page.state_of(view) | {"standalone": True, "voxels": voxels}
    view.close()
    return state


def _slab(scene: Volume, question: Place) -> tuple[Volume, int | None]:
    """A large scene cut to the slices around that of a question, and which of them it is."""
    stack = scene.stack(question.plane)
    axis = stack.layout.axis
    count = max(1, MOST * scene.shape[axis] // scene.array.size)
    if count >= scene.shape[axis] or stack.resampled:
        return scene, question.slice
    index = scene.shape[axis] // 2 if question.slice is None else question.slice
    start = min(max(index - count // 2, 0), scene.shape[axis] - count)
    cut = np.take(scene.array, range(start, start + count), axis)
    affine = scene.affine.copy()
    affine[:3, 3] += start * affine[:3, axis]
    return Volume(cut, affine, scene.report), index - start


def _circle(scene: Volume, question: Place) -> dict[str, Any]:
    """The mark around what is right, on the plane of a question."""
    stack = scene.stack(question.plane)
    ways = directions(stack)
    corner = question.within * ways.sum(axis=0)
    middle = np.array(_mm(scene, question.target))
    return {
        "kind": "ellipse",
        "name": "right place",
        "points": box_between(middle - corner, middle + corner, ways),
        "plane": question.plane,
    }


def _picture(scene: Volume, question: Place) -> dict[str, Any]:
    """The slice of a question as a still picture, for who has no script."""
    from PIL import Image

    down, across = scene.stack(question.plane).layout.spacing
    values = upright_plane(scene, question.plane, question.slice)
    center, width = windowing.as_window(question.window)
    image = Image.fromarray(windowing.apply_window(values, center, width, dtype=np.uint8))
    rows, columns = values.shape
    row, column = _pixel_of(scene, question, question.target)
    return {
        "source": f"data:image/png;base64,{b64encode(png(image)).decode()}",
        "alt": f"{question.plane} slice, {columns * across:.0f} x {rows * down:.0f} mm",
        "target": [(column + 0.5) * across, (row + 0.5) * down],
    }


def _pixel_of(scene: Volume, question: Place, voxel: Sequence[float]) -> tuple[int, int]:
    """Where a voxel is drawn: found by drawing a volume in which it alone is bright."""
    alone = np.zeros(scene.shape, np.float32)
    alone[tuple(round(index) for index in voxel)] = 1
    picture = upright_plane(scene.with_array(alone), question.plane, question.slice)
    if not picture.max() > 0:
        message = f"voxel {voxel} is not on the slice of the question {question.ask!r}"
        raise ParameterError(message)
    row, column = np.unravel_index(int(picture.argmax()), picture.shape)
    return int(row), int(column)
