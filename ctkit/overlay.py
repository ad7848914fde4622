"""What stands over a picture, and where each picture lies: one description for all who draw.

The stage in the browser, the PNG that it saves and the still picture draw from `describe`,
and decide nothing themselves. The browser's mirror is ``widgets/view/overlay.js``: the same
names and the same numbers, and a test compares the two.

States and grids are plain values, as the browser has them. A state is a dict of a view's
traits; those of a part that it lacks may be missing. A grid is a dict of ``shape``, ``affine``
and ``layouts`` (by convention and plane); `grids` holds those of the ``voxels``, of the
``second`` volume and of the ``overlay`` (the mask), or None. A pane is a dict of ``plane`` (None
for that of the state), ``first`` and ``over``, the names of its volume and of the one over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import floor, isnan, log10
from typing import Any

import numpy as np

from .geometry import LETTERS, PLANES, apply_affine
from .lettering import MARGIN, interrupt, stand

Description = dict[str, Any]
State = Mapping[str, Any]
Grids = Mapping[str, Any]
Pane = Mapping[str, Any]
Box = dict[str, float]
Stage = Sequence[float]

_PATIENT_AXIS = {"axial": 2, "coronal": 1, "sagittal": 0}


def panes(state: State, grids: Grids) -> list[Description]:
    """The panes of a view: one, three planes, or two volumes side by side."""
    alone = {"plane": None, "first": "voxels", "over": None}
    if state["mode"] == "planes":
        return [alone | {"plane": plane} for plane in PLANES]
    if state["mode"] != "compare":
        return [alone]
    first = alone | {"over": "second"}
    both = state["blend"] == "side by side" and grids.get("second")
    return [first, alone | {"first": "second"}] if both else [first]


def pictures(state: State, grids: Grids, pane: Pane) -> Description:
    """The pictures of a pane, and the frame in mm that they share.

    Returns
    -------
    dict
        ``plane``; ``base``, ``over`` and ``mask``, each a picture or None: a dict of ``of`` (the
        volume's name), ``layout``, ``slice`` (None where the volume has none there) and ``box``
        in mm to the right and down; and ``frame``, in a comparison that of both volumes.
    """
    plane = pane["plane"] or state["plane"]

    def optional(name: str) -> Description | None:
        return _picture(state, grids, plane, name) if grids.get(name) else None

    base = _picture(state, grids, plane, pane["first"] if grids.get(pane["first"]) else "voxels")
    comparing = state["mode"] == "compare"
    other = optional("second" if base["of"] == "voxels" else "voxels") if comparing else None
    blended = pane["over"] and state["blend"] != "side by side"
    over = optional(pane["over"]) if blended else None
    if over and state["blend"] == "difference":  # lies on the grid of the first
        over = base | {"of": over["of"]}
    return {
        "plane": plane,
        "base": base,
        "over": over,
        "mask": optional("overlay") if base["of"] == "voxels" else None,
        "frame": union(base["box"], other["box"]) if other else base["box"],
    }


def _picture(state: State, grids: Grids, plane: str, of: str) -> Description:
    grid = grids[of]
    layout = grid["layouts"][state["convention"]][plane]
    index = _cursor_in(state, grids, of)[layout["axis"]]
    inside = 0 <= index < grid["shape"][layout["axis"]]
    box = extent(layout, grid, index if inside else 0)
    return {"of": of, "layout": layout, "slice": index if inside else None, "box": box}


def _cursor_in(state: State, grids: Grids, of: str) -> list[int]:
    """The cursor of the first volume as an index of another, by mm; may lie outside."""
    if of == "voxels":
        return list(state["cursor"])
    place = apply_affine(grids["voxels"]["affine"], state["cursor"])
    index = apply_affine(np.linalg.inv(np.asarray(grids[of]["affine"])), place)
    return [floor(n + 0.5) for n in index]


def extent(layout: Mapping[str, Any], grid: Mapping[str, Any], index: int) -> Box:
    """Where a picture lies in the patient, in mm to the right and down: its outer edges."""
    shape, spacing = grid["shape"], layout["spacing"]
    corner = [0, 0, 0]
    corner[layout["axis"]] = index
    for name in ("down", "across"):
        if layout[f"flip_{name}"]:
            corner[layout[name]] = shape[layout[name]] - 1
    place = apply_affine(grid["affine"], corner)
    _, right, _, bottom = layout["letters"]
    return {
        "left": _towards(right, place) - spacing[1] / 2,
        "top": _towards(bottom, place) - spacing[0] / 2,
        "width": shape[layout["across"]] * spacing[1],
        "height": shape[layout["down"]] * spacing[0],
    }


def _towards(letter: str, place: np.ndarray) -> float:
    """How far a place in LPS+ mm lies towards a side of the patient."""
    axis = next(i for i, pair in enumerate(LETTERS) if letter in pair)
    return float(place[axis] if LETTERS[axis][1] == letter else -place[axis])


def union(a: Box, b: Box) -> Box:
    """The smallest rectangle that holds both."""
    left, top = min(a["left"], b["left"]), min(a["top"], b["top"])
    right = max(a["left"] + a["width"], b["left"] + b["width"])
    bottom = max(a["top"] + a["height"], b["top"] + b["height"])
    return {"left": left, "top": top, "width": right - left, "height": bottom - top}


def describe(state: State, grids: Grids, pane: Pane, stage: Stage) -> Description:
    """All that stands over the pictures of a pane, on a stage of so many pixels.

    Parameters
    ----------
    state, grids, pane : dict
        As the module says.
    stage : (width, height) in pixels

    Returns
    -------
    dict
        ``scale`` in pixels per mm; ``boxes`` of the base, over and mask in pixels; ``texts``, each
        with its place, x and y, how it is aligned there (``align``, ``base``), and the size and
        weight of its letters; ``lines``, each with paths of (x, y) or an ellipse (left, top,
        right, bottom); and ``label``, the picture in one sentence.
    """
    shown = pictures(state, grids, pane)
    base, over, frame = shown["base"], shown["over"], shown["frame"]
    scale = min(stage[0] / frame["width"], stage[1] / frame["height"])
    boxes = {
        name: shown[name] and _placed(shown[name]["box"], frame, scale, stage)
        for name in ("base", "over", "mask")
    }

    def on_stage(index: Sequence[float]) -> list[float]:
        return _stage_point(index, base["layout"], grids[base["of"]]["shape"], boxes["base"])

    texts = _texts(state, grids, pane, shown, stage, scale)
    lines = [
        _bar(stage, scale),
        _cross(state, grids, on_stage, base, stage, texts),
        *[_mark_line(mark, on_stage) for mark in _measures(state, shown, pane)],
        _curtain(state, over, stage, texts),
        _handle(state, over, stage),
    ]
    return {
        "scale": scale,
        "boxes": boxes,
        "texts": texts,
        "lines": [line for line in lines if line],
        "label": _label(state, grids, shown),
    }


def _placed(box: Box, frame: Box, scale: float, stage: Stage) -> Box:
    """A box in mm as one on the stage, in the middle of which the frame lies."""
    return {
        "left": (stage[0] - frame["width"] * scale) / 2 + (box["left"] - frame["left"]) * scale,
        "top": (stage[1] - frame["height"] * scale) / 2 + (box["top"] - frame["top"]) * scale,
        "width": box["width"] * scale,
        "height": box["height"] * scale,
    }


def _stage_point(
    index: Sequence[float], layout: Mapping[str, Any], shape: Sequence[int], box: Box
) -> list[float]:
    """Where the middle of a voxel (fractions too) is on the stage: x, y."""
    point = []
    for name, start, size in (("across", "left", "width"), ("down", "top", "height")):
        axis = layout[name]
        along = shape[axis] - 1 - index[axis] if layout[f"flip_{name}"] else index[axis]
        point.append(box[start] + (along + 0.5) * box[size] / shape[axis])
    return point


# --------------------------------------------------------------------------------- lines


def _bar(stage: Stage, scale: float) -> Description:
    """The scale bar, with a tick at each end."""
    x, y = stage[0] - MARGIN, stage[1] - MARGIN
    start = x - bar_length(stage[0] / scale) * scale
    return {"name": "bar", "paths": [[[start, y - 4], [start, y], [x, y], [x, y - 4]]]}


def bar_length(field: float) -> float:
    """The round length in mm of a scale bar in a field of so many mm: about a quarter of it.

    Examples
    --------
    >>> bar_length(245)
    50.0
    """
    power = 10.0 ** floor(log10(field / 4))
    return max(step for step in (1, 2, 5) if step * power <= field / 4) * power


def _cross(
    state: State,
    grids: Grids,
    on_stage: Callable[[Sequence[float]], list[float]],
    base: Description,
    stage: Stage,
    texts: list[Description],
) -> Description | None:
    """Lines right across the stage through the cursor, or a small cross where it was put."""
    across = state["mode"] == "planes"
    if not across and not is_pinned(state, grids["voxels"]):
        return None
    x, y = on_stage(_cursor_in(state, grids, base["of"]))
    gap, left, right = (8, 0, stage[0]) if across else (3, x - 9, x + 9)
    top, bottom = (0, stage[1]) if across else (y - 9, y + 9)
    rows = [[[left, y], [x - gap, y]], [[x + gap, y], [right, y]]]
    columns = [[[x, top], [x, y - gap]], [[x, y + gap], [x, bottom]]]
    paths = interrupt(rows + columns, texts) if across else rows + columns
    return {"name": "cross", "paths": paths}


def is_pinned(state: State, grid: Mapping[str, Any]) -> bool:
    """Whether the cursor has been put on a voxel of the plane: it opens on the middle one."""
    if state.get("pinned"):
        return True
    layout = grid["layouts"][state["convention"]][state["plane"]]
    axes = (layout["down"], layout["across"])
    return any(state["cursor"][axis] != grid["shape"][axis] // 2 for axis in axes)


def _measures(state: State, shown: Description, pane: Pane) -> list[Mapping[str, Any]]:
    """Ruler and region, where they belong to this slice."""
    if pane["first"] != "voxels":
        return []
    here = (shown["plane"], shown["base"]["slice"])
    marks = (state.get("ruler"), state.get("roi"))
    return [mark for mark in marks if mark and (mark["plane"], mark["slice"]) == here]


def _mark_line(
    mark: Mapping[str, Any], on_stage: Callable[[Sequence[float]], list[float]]
) -> Description:
    (x0, y0), (x1, y1) = on_stage(mark["start"]), on_stage(mark["end"])
    if "mm" in mark:
        return {"name": "ruler", "paths": [[[x0, y0], [x1, y1]]]}
    if mark["kind"] == "rectangle":
        return {"name": "roi", "paths": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}
    return {"name": "roi", "ellipse": [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]}


def _curtain(
    state: State, over: Description | None, stage: Stage, texts: list[Description]
) -> Description | None:
    """The edge of the curtain; of the second volume only what lies right of it is seen."""
    x = curtain_at(state, over, stage[0])
    if x is None:
        return None
    sides = [text for text in texts if text["place"] in ("left", "right", "top", "bottom")]
    return {"name": "curtain", "paths": interrupt([[[x, 0], [x, stage[1]]]], sides)}


def _handle(state: State, over: Description | None, stage: Stage) -> Description | None:
    """What the curtain is taken by: it can be taken anywhere, and this says so."""
    x, y = curtain_at(state, over, stage[0]), stage[1] / 2
    return None if x is None else {"name": "handle", "ellipse": [x - 7, y - 11, x + 7, y + 11]}


def curtain_at(state: State, over: Description | None, wide: float) -> float | None:
    """Where the curtain hangs on a stage of this width; None where there is none."""
    return state["curtain"] * wide if over and state["blend"] == "curtain" else None


# --------------------------------------------------------------------------------- texts


def _texts(
    state: State, grids: Grids, pane: Pane, shown: Description, stage: Stage, scale: float
) -> list[Description]:
    above = [_name_text(state, grids, pane), *_notes(state, grids, pane)]
    measured = [_mark_text(mark) for mark in _measures(state, shown, pane)]
    words = letters(shown["base"]["layout"]["letters"]) | {
        "tl": _place_text(state, grids, shown),
        "tr": _join(above),
        "bl": _grey_text(state, shown["over"]),
        "br": f"{_plain(bar_length(stage[0] / scale))} mm",
        "measure": _join(measured),
    }
    return stand(words, stage)


def _join(lines: Iterable[str | None]) -> str:
    return "\n".join(filter(None, lines))


def letters(ends: Sequence[str]) -> dict[str, str]:
    """The patient's sides, as a `PlaneLayout` has them, by the side of the picture.

    Examples
    --------
    >>> letters(("R", "L", "A", "P"))
    {'left': 'R', 'right': 'L', 'top': 'A', 'bottom': 'P'}
    """
    return dict(zip(("left", "right", "top", "bottom"), ends, strict=True))


def _place_text(state: State, grids: Grids, shown: Description) -> str:
    """The plane, its slice and where it lies."""
    base = shown["base"]
    grid, index = grids[base["of"]], base["slice"]
    outside = index is None
    where = _position(grid, base["layout"]["axis"], shown["plane"], index or 0)
    last = grid["shape"][base["layout"]["axis"]] - 1
    place = "outside of this volume" if outside else where
    return f"{shown['plane']}  {index or 0} / {last}\n{place}"


def position_text(volume: Any, plane: str, index: int) -> str:
    """Where a plane of a Volume lies, as in ``"S 12.50 mm"``: towards which side, how far."""
    grid = {"shape": volume.shape, "affine": volume.affine}
    return _position(grid, volume.layout(plane).axis, plane, index)


def _position(grid: Mapping[str, Any], axis: int, plane: str, index: int) -> str:
    middle = [(n - 1) / 2 for n in grid["shape"]]
    middle[axis] = index
    patient = _PATIENT_AXIS[plane]
    return f"{side_text(patient, float(apply_affine(grid['affine'], middle)[patient]))} mm"


def side_text(axis: int, millimetres: float) -> str:
    """A length along a patient axis (0 x, 1 y, 2 z).

    Examples
    --------
    >>> side_text(2, -12.5)
    'I 12.50'
    """
    size = floor(abs(millimetres) * 100 + 0.5) / 100
    return f"{LETTERS[axis][millimetres >= 0 or size == 0]} {_fixed(size, 2)}"


def number_text(value: float) -> str:
    """A number with at most two decimals.

    Examples
    --------
    >>> number_text(-40.125)
    '−40.12'
    """
    if isnan(value):
        return "…"
    return _plain(floor(value * 100 + 0.5) / 100).replace("-", "−")


def _plain(value: float) -> str:
    """As JavaScript writes a number: no ".0", and no minus before a zero."""
    return repr(float(value) + 0.0).removesuffix(".0")


def _fixed(value: float, digits: int) -> str:
    """JavaScript's toFixed: exact ties go away from zero."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _preset_name(state: State) -> str:
    row = state["preset_index"] - 1
    return str(state["presets"][row][0]) if 0 <= row < len(state["presets"]) else ""


def _grey_text(state: State, over: Description | None) -> str:
    """What the greys mean: the window, or of a difference its colours."""
    if over and state["blend"] == "difference":
        before, after = state["names"]
        limit = number_text(state["limit"])
        return f"{after} − {before}\n−{limit} blue … orange +{limit} HU"
    window = [f"C {number_text(state['center'])}", f"W {number_text(state['width'])}"]
    words = [*window, _preset_name(state), "inverted" if state["invert"] else ""]
    return "  ".join(filter(None, words))


def _name_text(state: State, grids: Grids, pane: Pane) -> str:
    """Which of two volumes this is."""
    if state["mode"] != "compare" or not grids.get("second"):
        return ""
    before, after = state["names"]
    names = {
        "side by side": after if pane["first"] == "second" else before,
        "curtain": f"{before} | {after}",
        "flicker": after if pane.get("flickered") else before,
        "difference": "difference",
    }
    return str(names[state["blend"]])


def _notes(state: State, grids: Grids, pane: Pane) -> list[str | None]:
    """What is to be known of this picture: of two, the second is the one being worked on."""
    alone = len(panes(state, grids)) == 1 or state["mode"] != "compare"
    return [
        state.get("note") if pane["first"] == "voxels" else "",
        state.get("busy") if alone or pane["first"] == "second" else "",
    ]


def _mark_text(mark: Mapping[str, Any]) -> str:
    if "mm" in mark:
        return f"ruler {_fixed(mark['mm'], 1)} mm"
    if not mark["voxels"]:
        return ""
    mean = _fixed(mark["mean"], 1).replace("-", "−")
    lowest, highest = number_text(mark["minimum"]), number_text(mark["maximum"])
    return (
        f"mean {mean}  SD {_fixed(mark['sd'], 1)} HU\n"
        f"{lowest} to {highest} HU  {_fixed(mark['area_mm2'], 0)} mm²"
    )


def _label(state: State, grids: Grids, shown: Description) -> str:
    """The picture in one sentence, for those who don't see it."""
    base = shown["base"]
    grid, axis, index = grids[base["of"]], base["layout"]["axis"], base["slice"] or 0
    name = _preset_name(state)
    words = [
        f"CT, {shown['plane']} slice {index} of 0 to {grid['shape'][axis] - 1}",
        _position(grid, axis, shown["plane"], index),
        f"center {number_text(state['center'])} width {number_text(state['width'])} HU",
        f"{name} window" if name else "",
        "inverted" if state["invert"] else "",
    ]
    return ", ".join(filter(None, words))
