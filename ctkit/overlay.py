"""What stands over a picture, and where each picture lies: one description for all who draw.

The stage in the browser, the PNG that it saves and the still picture draw from `describe`,
and decide nothing themselves. The browser's mirror is ``widgets/view/overlay.js``: the same
names and the same numbers, and a test compares the two.

States and grids are plain values, as the browser has them. A state is a dict of a view's
traits; those of a part that it lacks may be missing. A grid is a dict of ``shape``, ``affine``
and ``layouts``: by convention and plane a `geometry.Stack`, as `plain_stack` writes it. `grids`
holds those of the ``voxels``, of the ``second`` volume and of the ``overlay`` (the mask), or None.
A pane is a dict of ``plane`` (None for that of the state), ``first`` and ``over``, the names of
its volume and of the one over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import cos, floor, isfinite, isinf, isnan, log10, pi, sin
from typing import Any

import numpy as np

from .crossing import crossing_lines, pieces_of
from .cutting import NAMES, cut_stack, index_through
from .geometry import (
    LETTERS,
    PLANES,
    PlaneLayout,
    Stack,
    apply_affine,
    directions,
    reaches,
    slice_at,
    stack_on,
)
from .lettering import MARGIN, interrupt, stand, stand_beside
from .marks import REGIONS, slice_of
from .zooming import field_of, placed

Description = dict[str, Any]
State = Mapping[str, Any]
Grids = Mapping[str, Any]
Pane = Mapping[str, Any]
Box = dict[str, float]
Stage = Sequence[float]

_PATIENT_AXIS = {"axial": 2, "coronal": 1, "sagittal": 0}
NOTHING = "no slice here"
#: A mark with more points has no grip at each.
MOST_GRIPS = 4
_MOST_NAMES = 6
# What a stack has that is written as it is.
_PLAIN = ("resampled", "name", "thickness", "projection", "turned")


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
        missing = over["slice"] is None
        over = base | {"of": over["of"], "slice": None if missing else base["slice"]}
    return {
        "plane": plane,
        "base": base,
        "over": over,
        "mask": optional("overlay") if base["of"] == "voxels" else None,
        "frame": union(base["box"], other["box"]) if other else base["box"],
    }


def _picture(state: State, grids: Grids, plane: str, of: str) -> Description:
    stack = _stack_of(state, grids, plane, of)
    index = slice_at(stack, grids["voxels"]["affine"], _index_through(state, grids, plane))
    inside = 0 <= index < stack.shape[stack.layout.axis] and reaches(
        stack, grids[of]["shape"], grids[of]["affine"], index
    )
    box = extent(stack, index if inside else 0)
    return {
        "of": of,
        "layout": plain_stack(stack),
        "slice": index if inside else None,
        "box": box,
    }


def _stack_of(state: State, grids: Grids, plane: str, of: str) -> Stack:
    """The planes of a volume as they are shown: what is turned lies on those of the first."""
    first = grids["voxels"]
    base = cut_stack(state, _stacks(state, first), plane, first["shape"], first["affine"])
    if of == "voxels":
        return base
    own = as_stack(grids[of]["layouts"][state["convention"]][plane])
    return stack_on(base, own, grids[of]["shape"], grids[of]["affine"])


def _stacks(state: State, grid: Mapping[str, Any]) -> dict[str, Stack]:
    """The stacks of a grid as they are, by plane."""
    return {plane: as_stack(plain) for plane, plain in grid["layouts"][state["convention"]].items()}


def _index_through(state: State, grids: Grids, plane: str) -> list[float]:
    """What a plane goes through, as an index of the first volume."""
    grid = grids["voxels"]
    return index_through(state, _stacks(state, grid), plane, grid["shape"], grid["affine"])


def plain_stack(stack: Stack) -> Description:
    """A stack as one dict of plain values: its layout, and what it is itself."""
    layout = {name: list(v) if isinstance(v, tuple) else v for name, v in _fields(stack.layout)}
    shape, affine = list(stack.shape), np.asarray(stack.affine).tolist()
    own = {name: getattr(stack, name) for name in _PLAIN}
    return {**layout, "shape": shape, "affine": affine, **own}


def _fields(layout: PlaneLayout) -> Iterable[tuple[str, Any]]:
    return layout._asdict().items()


def as_stack(plain: Mapping[str, Any]) -> Stack:
    """The stack that `plain_stack` wrote."""
    words = {name: plain[name] for name in PlaneLayout._fields}
    words |= {name: tuple(v) for name, v in words.items() if isinstance(v, list)}
    affine = np.asarray(plain["affine"])
    own = {name: plain[name] for name in _PLAIN}
    return Stack(PlaneLayout(**words), tuple(plain["shape"]), affine, **own)


def extent(stack: Stack, index: int) -> Box:
    """Where a picture lies, in mm along its own directions, right and down: its outer edges."""
    layout, shape = stack.layout, stack.shape
    corner = [0, 0, 0]
    corner[layout.axis] = index
    if layout.flip_down:
        corner[layout.down] = shape[layout.down] - 1
    if layout.flip_across:
        corner[layout.across] = shape[layout.across] - 1
    right, down = directions(stack) @ apply_affine(stack.affine, corner)
    spacing = layout.spacing
    return {
        "left": float(right) - spacing[1] / 2,
        "top": float(down) - spacing[0] / 2,
        "width": shape[layout.across] * spacing[1],
        "height": shape[layout.down] * spacing[0],
    }


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
        ``scale`` in pixels per mm; ``boxes`` of the base, over and mask in pixels; ``ground``, the
        box of what two volumes share, seen where one has nothing, or None; ``clips``, from which x
        to which base and over are seen; ``texts``, each with its place, x and y, how it is aligned
        there (``align``, ``base``), and the size and weight of its letters; ``lines``, each with
        paths of (x, y) or an ellipse (left, top, right, bottom); ``point``, where the cursor is;
        ``crossings``, the lines of the other planes through it (`crossing.crossing_lines`); and
        ``label``, the picture in one sentence.
    """
    shown = pictures(state, grids, pane)
    base, frame = shown["base"], shown["frame"]
    field = field_of(state, as_stack(base["layout"]), frame, stage)
    scale = field["scale"]
    boxes = {
        name: shown[name] and placed(shown[name]["box"], field, stage)
        for name in ("base", "over", "mask")
    }
    into_base = np.linalg.inv(np.asarray(base["layout"]["affine"]))

    def on_stage(place: Sequence[float]) -> list[float]:
        return _stage_point(apply_affine(into_base, place).tolist(), base["layout"], boxes["base"])

    marks = [(mark, list(map(on_stage, mark["points"]))) for mark in _drawn(state, grids, shown)]
    texts = _texts(state, grids, pane, shown, stage, scale)
    words = [(mark_label(state, mark), at) for mark, at in marks if _is_in_sight(at, stage)]
    texts += stand_beside(words, texts, stage)
    through = apply_affine(grids["voxels"]["affine"], _index_through(state, grids, shown["plane"]))
    point = on_stage(through.tolist())
    crossings = _crossings(state, grids, shown["plane"], point, stage)
    lines = [
        _bar(stage, scale),
        _cross(state, grids, crossings, point, texts),
        *[_mark_line(mark, places) for mark, places in marks],
        *[_grips(places) for mark, places in marks if _is_selected(state, mark)],
        _curtain(state, shown["over"], stage, texts),
        _handle(state, shown["over"], stage),
    ]
    return {
        "scale": scale,
        "boxes": boxes,
        "ground": placed(frame, field, stage) if state["mode"] == "compare" else None,
        "clips": clips(state, pane, shown["over"], stage[0]),
        "texts": texts,
        "lines": [line for line in lines if line],
        "point": point,
        "crossings": crossings,
        "label": _label(state, pane, shown),
    }


def clips(state: State, pane: Pane, over: Description | None, wide: float) -> Description:
    """From which x to which the base and the volume over it are seen: never one for the other."""
    hidden, whole = [0, 0], [0, wide]
    if not over:
        return {"base": whole, "over": hidden}
    if state["blend"] == "curtain":
        x = state["curtain"] * wide
        return {"base": [0, x], "over": [x, wide]}
    turned = state["blend"] == "difference" or pane.get("flickered")
    return {"base": hidden, "over": whole} if turned else {"base": whole, "over": hidden}


def _front(state: State, pane: Pane, shown: Description) -> Description:
    """The picture that the words are about: of two that flicker, the one that is seen."""
    turned = shown["over"] and state["blend"] == "flicker" and pane.get("flickered")
    return shown["over"] if turned else shown["base"]


def _stage_point(index: Sequence[float], layout: Mapping[str, Any], box: Box) -> list[float]:
    """Where the middle of a pixel (fractions too) of a stack is on the stage: x, y."""
    point, shape = [], layout["shape"]
    for name, start, size in (("across", "left", "width"), ("down", "top", "height")):
        axis = layout[name]
        along = shape[axis] - 1 - index[axis] if layout[f"flip_{name}"] else index[axis]
        point.append(float(box[start] + (along + 0.5) * box[size] / shape[axis]))
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


def _crossings(
    state: State, grids: Grids, plane: str, point: list[float], stage: Stage
) -> list[Description]:
    """Where the two other planes of three cross one."""
    if state["mode"] != "planes":
        return []
    stacks = {name: _stack_of(state, grids, name, "voxels") for name in PLANES}
    return crossing_lines(stacks, plane, point, stage)


def _cross(
    state: State,
    grids: Grids,
    crossings: list[Description],
    point: list[float],
    texts: list[Description],
) -> Description | None:
    """Lines right across the stage through the cursor, or a small cross where it was put."""
    if state["mode"] == "planes":
        lines = [piece for line in crossings for piece in pieces_of(line, point)]
        return {"name": "cross", "paths": interrupt(lines, texts)}
    if not is_pinned(state, grids["voxels"]):
        return None
    x, y = point
    rows = [[[x - 9, y], [x - 3, y]], [[x + 3, y], [x + 9, y]]]
    columns = [[[x, y - 9], [x, y - 3]], [[x, y + 3], [x, y + 9]]]
    return {"name": "cross", "paths": rows + columns}


def is_pinned(state: State, grid: Mapping[str, Any]) -> bool:
    """Whether the cursor has been put on a voxel of the plane: it opens on the middle one."""
    if state.get("pinned") or state.get("normal"):
        return bool(state.get("pinned"))
    layout = grid["layouts"][state["convention"]][state["plane"]]
    axes = (layout["down"], layout["across"])
    return any(state["cursor"][axis] != grid["shape"][axis] // 2 for axis in axes)


def _drawn(state: State, grids: Grids, shown: Description) -> list[Mapping[str, Any]]:
    """The marks that belong to this slice of the first volume, and are not hidden."""
    marks = [mark for mark in state.get("drawn", ()) if mark["visible"]]
    if shown["base"]["slice"] is None or not marks:
        return []
    first = _picture(state, grids, shown["plane"], "voxels")
    stack = as_stack(first["layout"])
    return [mark for mark in marks if slice_of(mark, stack) == first["slice"]]


def _is_in_sight(places: list[list[float]], stage: Stage) -> bool:
    """Whether a mark lies on the stage, at least with a part of its box."""
    spans = [(min(along), max(along)) for along in zip(*places, strict=True)]
    return all(low <= end and high >= 0 for (low, high), end in zip(spans, stage, strict=True))


def _is_selected(state: State, mark: Mapping[str, Any]) -> bool:
    """Whether this is the mark that a hand has chosen: a still picture has none."""
    number = state.get("selected")
    return number is not None and mark is state["drawn"][number]


def _mark_line(mark: Mapping[str, Any], places: list[list[float]]) -> Description:
    """A mark as a line through its points on the stage."""
    kind = mark["kind"]
    if kind == "point":
        return {"name": "point", "paths": _point_paths(*places[0])}
    if kind not in REGIONS:
        return {"name": kind, "paths": [places]}
    if kind == "ellipse":
        return {"name": "roi", **_ellipse(places)}
    return {"name": "roi", "paths": [[*places, places[0]]]}


def _point_paths(x: float, y: float) -> list[list[list[float]]]:
    """A small cross that leaves its middle free, so that the voxel is seen."""
    ways = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    return [[[x + 2 * a, y + 2 * b], [x + 7 * a, y + 7 * b]] for a, b in ways]


def _ellipse(corners: list[list[float]]) -> Description:
    """The ellipse in a box: level, or as a line with 64 corners where the box is turned."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    level = abs(x0 - x3) + abs(y0 - y1) < 0.01 or abs(x0 - x1) + abs(y0 - y3) < 0.01
    if level:
        return {"ellipse": [min(x0, x2), min(y0, y2), max(x0, x2), max(y0, y2)]}
    middle, first, second = (
        ((x0 + x2) / 2, (y0 + y2) / 2),
        ((x1 - x0) / 2, (y1 - y0) / 2),
        ((x3 - x0) / 2, (y3 - y0) / 2),
    )
    turns = [(cos(pi * n / 32), sin(pi * n / 32)) for n in range(65)]
    return {
        "paths": [
            [
                [m + a * u + b * v for m, u, v in zip(middle, first, second, strict=True)]
                for a, b in turns
            ]
        ]
    }


def _grips(places: list[list[float]]) -> Description:
    """What a mark is taken by: a small square at each point; of a freehand line none."""
    wanted = places if len(places) <= MOST_GRIPS else []
    sides = ((-4, -4), (4, -4), (4, 4), (-4, 4), (-4, -4))
    return {"name": "grip", "paths": [[[x + a, y + b] for a, b in sides] for x, y in wanted]}


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
    above = [_name_text(state, grids, pane), *_notes(state, grids, pane, shown)]
    measured = [_mark_text(state, mark) for mark in _told(state, grids, shown)]
    front = _front(state, pane, shown)
    words = letters(front["layout"]["letters"]) | {
        "tl": _place_text(shown["plane"], front),
        "tr": _join(above),
        "bl": _grey_text(state, shown["over"]),
        "br": f"{javascript_text(bar_length(stage[0] / scale))} mm",
        "measure": _join(measured),
        "nothing": _nothing_text(front, shown["over"], clips(state, pane, shown["over"], stage[0])),
    }
    found = stand(words, stage)
    if state.get("blend") == "curtain" and shown["over"]:
        found[-1]["x"] = stage[0] * (1 + state["curtain"]) / 2  # where the second has nothing
    return found


def _nothing_text(front: Description, over: Description | None, seen: Description) -> str:
    """Said where a volume that is to be seen has no slice."""
    missing = over and over["slice"] is None and seen["over"][1] > seen["over"][0]
    return NOTHING if missing or front["slice"] is None else ""


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


def _place_text(plane: str, front: Description) -> str:
    """The plane, its slice and where it lies."""
    stack = as_stack(front["layout"])
    if front["slice"] is None:
        return f"{stack.name}\n{NOTHING}"
    last = stack.shape[stack.layout.axis] - 1
    where = stack_position(stack, plane, front["slice"])
    return _join([f"{stack.name}  {front['slice']} / {last}", where, slab_text(stack)])


def slab_text(stack: Stack) -> str:
    """What a slab is called: "MIP 10 mm", or nothing of a plane alone.

    A mask has no other projection than what lies in any of its planes.
    """
    return f"{NAMES[stack.projection]} {number_text(stack.thickness)} mm" if stack.thickness else ""


def position_text(volume: Any, plane: str, index: int) -> str:
    """Where a plane of a Volume lies, as in ``"S 12.50 mm"``: towards which side, how far.

    The index is that of ``volume.stack(plane)``.
    """
    return stack_position(volume.stack(plane), plane, index)


def stack_position(stack: Stack, plane: str, index: int) -> str:
    """Where a plane of a stack lies, at its middle, as `position_text` says it."""
    middle = [(n - 1) / 2 for n in stack.shape]
    middle[stack.layout.axis] = index
    patient = _PATIENT_AXIS[plane]
    return f"{side_text(patient, float(apply_affine(stack.affine, middle)[patient]))} mm"


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
    if isinf(value):
        return "Infinity" if value > 0 else "−Infinity"
    return javascript_text(floor(value * 100 + 0.5) / 100).replace("-", "−")


def value_text(value: float | None, unit: str) -> str:
    """A value of a voxel as it is: HU with two decimals, what is none with six digits.

    Examples
    --------
    >>> value_text(37, "HU"), value_text(0.658, ""), value_text(None, "HU")
    ('37 HU', '0.658', '…')
    """
    if value is None:  # has not come yet
        return "…"
    if not isfinite(value):
        return "no number"
    return f"{number_text(value)} {unit}" if unit else precise_text(value)


def precise_text(value: float) -> str:
    """A number with six digits.

    Examples
    --------
    >>> precise_text(731026.4), precise_text(-0.00001234), precise_text(1e-7)
    ('731026', '−0.00001234', '1e−7')
    """
    if value == 0:
        return "0"
    number = Decimal(value)
    digits = Decimal(1).scaleb(number.adjusted() - 5)
    return javascript_text(float(number.quantize(digits, ROUND_HALF_UP))).replace("-", "−")


def javascript_text(value: float) -> str:
    """As JavaScript writes a number: no ".0", no minus before a zero, no padded exponent."""
    value = float(value) + 0.0
    if 1e-6 <= abs(value) < 1e21:
        digits = f"{Decimal(repr(value)):f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    text = repr(value).removesuffix(".0")
    return text.replace("e-0", "e-")


def _fixed(value: float, digits: int) -> str:
    """JavaScript's toFixed: exact ties go away from zero."""
    if not isfinite(value):
        return "NaN" if isnan(value) else f"{value:f}".replace("inf", "Infinity")
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def window_text(state: State, name: str) -> str:
    """Center or width of the window, as fine as the values are."""
    return number_text(state[name]) if state.get("unit", "HU") else precise_text(state[name])


def _preset_name(state: State) -> str:
    row = state["preset_index"] - 1
    return str(state["presets"][row][0]) if 0 <= row < len(state["presets"]) else ""


def _grey_text(state: State, over: Description | None) -> str:
    """What the greys mean: the window, or of a difference its colours."""
    if over and state["blend"] == "difference":
        before, after = state["names"]
        limit = precise_text(state["limit"])
        unit = _space(str(state.get("unit", "HU")))
        return f"{after} − {before}\n−{limit} blue … orange +{limit}{unit}"
    window = [f"C {window_text(state, 'center')}", f"W {window_text(state, 'width')}"]
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


def _notes(state: State, grids: Grids, pane: Pane, shown: Description) -> list[str | None]:
    """What is to be known of this picture: of two, the second is the one being worked on."""
    alone = len(panes(state, grids)) == 1 or state["mode"] != "compare"
    return [
        _resampled_text(_seen(state, pane, shown)[-1]),
        state.get("note") if pane["first"] == "voxels" else "",
        state.get("busy") if alone or pane["first"] == "second" else "",
    ]


def _seen(state: State, pane: Pane, shown: Description) -> list[Description]:
    """The pictures that are seen: behind a curtain two."""
    front, over = _front(state, pane, shown), shown["over"]
    return [front, over] if over and state["blend"] in ("curtain", "difference") else [front]


def _resampled_text(picture: Description) -> str:
    """How a picture was made whose pixels are no voxels."""
    layout = picture["layout"]
    if not layout["resampled"]:
        return ""
    if layout["turned"]:
        return f"turned by {_fixed(layout['turned'], 1)}°"
    return "resampled upright" if picture["of"] == "voxels" else "resampled on these planes"


def _told(state: State, grids: Grids, shown: Description) -> list[Mapping[str, Any]]:
    """Of the marks on this slice the selected one, or else the last ruler and the last region."""
    here = _drawn(state, grids, shown)
    chosen = [mark for mark in here if _is_selected(state, mark)]
    rulers = [mark for mark in here if mark["kind"] == "ruler"]
    regions = [mark for mark in here if mark["kind"] in REGIONS]
    return chosen or [*rulers[-1:], *regions[-1:]]


def mark_label(state: State, mark: Mapping[str, Any]) -> str:
    """What stands at a mark: its name and its number."""
    unit = str(state.get("unit", "HU"))
    return f"{mark['name']} {_number_of(mark, unit)}".strip(" ")


def _number_of(mark: Mapping[str, Any], unit: str) -> str:
    if mark["kind"] == "ruler":
        return f"{_fixed(mark['mm'], 1)} mm"
    if mark["kind"] == "angle":
        return f"{_fixed(mark['degrees'], 1)}°"
    of_two = (mark.get("mean"), (mark.get("after") or {}).get("mean"))
    # The value of one voxel is told as it is.
    digits = 2 if mark["kind"] == "point" else 1
    means = [_mean_text(mean, unit, digits) for mean in of_two if mean is not None]
    value = f"{' → '.join(means)}{_space(unit)}" if means else ""
    if mark["kind"] == "point":
        return value
    return "  ".join(filter(None, [value and f"mean {value}", _area_text(mark)]))


def _mark_text(state: State, mark: Mapping[str, Any]) -> str:
    """All that a mark says."""
    if mark["kind"] not in REGIONS:
        return mark_label(state, mark)
    unit = str(state.get("unit", "HU"))
    if "difference" not in mark:
        return _join([mark.get("slab"), *_region_lines(mark, unit)])
    before, after = state["names"]
    parts = ((before, mark), (after, mark["after"]), ("difference", mark["difference"]))
    lines = [_region_line(name, part, unit) for name, part in parts]
    return _join([mark.get("slab"), *lines])


def _region_lines(found: Mapping[str, Any], unit: str) -> list[str]:
    """The statistics of a region in one volume."""
    if not found["voxels"]:
        return [_missing_text(found)]
    lowest, highest = (_mean_text(found[name], unit, 2) for name in ("minimum", "maximum"))
    return [
        _mean_words(found, unit),
        f"{lowest} to {highest}{_space(unit)}  {_area_text(found)}",
        _missing_text(found),
    ]


def _region_line(name: str, found: Mapping[str, Any] | None, unit: str) -> str:
    """The statistics of a region in one of two volumes, or in their difference."""
    if found is None or not (found["voxels"] or found["missing"]):
        return f"{name}: {NOTHING}"
    words = [_mean_words(found, unit)] if found["voxels"] else []
    area = f"{_area_text(found)}  n {found['voxels']}"
    return f"{name}: {'  '.join(filter(None, [*words, area, _missing_text(found)]))}"


def _mean_words(found: Mapping[str, Any], unit: str) -> str:
    mean, sd = _mean_text(found["mean"], unit, 1), _mean_text(found["sd"], unit, 1)
    return f"mean {mean}  SD {sd}{_space(unit)}"


def _mean_text(value: float, unit: str, digits: int) -> str:
    """A statistic: of HU with so many decimals, or as it is where they are at most two."""
    if not unit:
        return precise_text(value)
    return number_text(value) if digits == 2 else _fixed(value, 1).replace("-", "−")


def _space(unit: str) -> str:
    return f" {unit}" if unit else ""


def _area_text(found: Mapping[str, Any]) -> str:
    return f"{_fixed(found['area_mm2'], 0)} mm²"


def _missing_text(found: Mapping[str, Any]) -> str:
    """How many of the voxels are left out."""
    missing = found.get("missing", 0)
    return f"{missing} of {missing + found['voxels']} voxels are no number" if missing else ""


def _of_second(state: State, pane: Pane, shown: Description) -> list[str]:
    """What is to be known of the pictures that are seen, for the sentence."""
    *_, last = _seen(state, pane, shown)
    missing = last["slice"] is None and shown["base"]["slice"] is not None
    named = f"{state['names'][1]}: {NOTHING}" if missing and last is not shown["base"] else ""
    return [_resampled_text(last), named]


def _label(state: State, pane: Pane, shown: Description) -> str:
    """The picture in one sentence, for those who don't see it."""
    front, name = _front(state, pane, shown), _preset_name(state)
    stack = as_stack(front["layout"])
    last, index = stack.shape[stack.layout.axis] - 1, front["slice"]
    words = [
        f"CT, {stack.name}"
        + (f": {NOTHING}" if index is None else f" slice {index} of 0 to {last}"),
        "" if index is None else stack_position(stack, shown["plane"], index),
        slab_text(stack),
        *_of_second(state, pane, shown),
        f"center {window_text(state, 'center')} width {window_text(state, 'width')}"
        + _space(str(state.get("unit", "HU"))),
        f"{name} window" if name else "",
        "inverted" if state["invert"] else "",
        _labels_text(state, shown),
        _zoom_text(state),
    ]
    return ", ".join(filter(None, words))


def _labels_text(state: State, shown: Description) -> str:
    """The names of the labels that are to be seen; a mask alone has none."""
    if not shown["mask"] or shown["mask"]["slice"] is None:
        return ""
    names = [label["name"] for label in state.get("labels", ()) if label["visible"]]
    if names in ([], ["mask"]):
        return ""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"labels: {', '.join(names[:_MOST_NAMES])}{more}"


def _zoom_text(state: State) -> str:
    """How much larger a picture is than it fits."""
    zoom = state.get("zoom", 1)
    return "" if zoom == 1 else f"zoom {number_text(zoom)}"
