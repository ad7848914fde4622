"""Marks: rulers, regions, angles and points that are drawn on a plane of a volume.

A mark is a dict of plain values, as the browser has it:

kind : one of `KINDS`
name : what it is called
visible : whether it is drawn
points : list of [x, y, z], LPS+ mm in the patient
normal : [x, y, z], the unit vector across the plane that it is drawn on

and what was measured of it. The points of a ruler are its two ends, those of an angle an end, the
vertex and the other end. An ellipse and a rectangle have the four corners of their box, one after
the other around it; the points of a freehand region are the corners of a closed polygon.

A mark holds millimetres alone, so that it stays in its place on whatever grid it is shown. The
browser's mirror is ``widgets/view/marks.js``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arguments import choice, flag, reals, whole
from .errors import GeometryError, ParameterError
from .geometry import Stack, apply_affine, check_plane, directions, normal_of

Mark = dict[str, Any]
Stacks = Mapping[str, Stack]

#: How many points each kind of mark has.
COUNTS = {"ruler": 2, "angle": 3, "point": 1, "ellipse": 4, "rectangle": 4}
REGIONS = ("ellipse", "rectangle", "freehand")
KINDS = (*COUNTS, "freehand")
#: What the first mark of a kind is called; the next ones are numbered.
NAMES = {kind: "region" if kind in REGIONS else kind for kind in KINDS}

#: What is measured, as the columns of a table have it.
_NUMBERS = ("mean", "sd", "minimum", "maximum", "voxels", "area_mm2", "missing")
RESULTS = ("mm", "degrees", "slab", *_NUMBERS)
OF_SECOND = tuple(f"{of}_{name}" for of in ("after", "difference") for name in _NUMBERS)
COLUMNS = ("name", "kind", "plane", "slice", "visible", *RESULTS, *OF_SECOND, "points", "normal")
GIVEN = {"name", "kind", "plane", "slice", "visible", "points", "normal", "start", "end"}
MEASURED = {*RESULTS, *OF_SECOND, "after", "difference"}

# The cosine of half a degree: planes that lean less are the same one.
_PARALLEL = 0.99996
# Degrees by which the corners of a box may be off a right angle, as a cosine.
_SQUARE = 0.01
_TINY = 1e-6  # mm


# ------------------------------------------------------------------------ where a mark lies


def slice_of(mark: Mapping[str, Any], stack: Stack) -> int | None:
    """The slice of a stack on which a mark lies; None where the mark's plane runs another way.

    It is the slice that is nearest to the middle of the mark's points, and may lie outside of
    the stack.
    """
    if abs(float(np.dot(mark["normal"], normal_of(stack)))) < _PARALLEL:
        return None
    middle = np.mean(np.asarray(mark["points"], np.float64), axis=0)
    along = apply_affine(np.linalg.inv(stack.affine), middle)[stack.layout.axis]
    return int(np.floor(along + 0.5 + 1e-6))


def where_is(mark: Mapping[str, Any], stacks: Stacks) -> tuple[str, int] | tuple[None, None]:
    """The plane, of the three, and the slice on which a mark lies; None twice on an oblique one."""
    for plane, stack in stacks.items():
        index = slice_of(mark, stack)
        if index is not None:
            return plane, index
    return None, None


def box_between(start: ArrayLike, end: ArrayLike, ways: ArrayLike) -> list[list[float]]:
    """The corners of the box between two opposite ones, its sides along two directions.

    Parameters
    ----------
    start, end : (x, y, z) in mm
    ways : (2, 3) array-like
        Unit vectors at right angles.

    Returns
    -------
    list of four [x, y, z], the first of which is `start` and the third `end`
    """
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    way = np.asarray(ways, np.float64)[0]
    side = way * float((last - first) @ way)
    return [one.tolist() for one in (first, first + side, last, last - side)]


def is_upright(points: ArrayLike, stack: Stack) -> bool:
    """Whether the sides of a box run along the rows and columns of a stack's pictures."""
    corners = np.asarray(points, np.float64)
    expected = np.array(box_between(corners[0], corners[2], directions(stack)))
    return any(np.abs(corners - one).max() < 1e-3 for one in (expected, expected[[0, 3, 2, 1]]))


# ---------------------------------------------------------------------------- taking marks


def taken(thing: Any, stacks: Stacks, affine: ArrayLike) -> list[Mark]:
    """Marks from a table: checked, with names, and without what is to be measured.

    Parameters
    ----------
    thing : list of dict, or pandas.DataFrame
        Each with ``kind`` and ``points``, and where it can't be told otherwise ``plane``; or with
        ``plane``, ``slice``, ``start`` and ``end``, which are (slice, row, column) of the volume.
    stacks : dict of Stack
        Those of the volume, by plane.
    affine : (4, 4) array-like, of the volume

    Returns
    -------
    list of dict, as the module says

    Raises
    ------
    ParameterError
        On what is no mark: the message says which one, and why.
    GeometryError
        On a mark that lies outside of the volume, or on no plane.
    """
    found: list[Mark] = []
    for number, row in enumerate(rows_of(thing)):
        try:
            mark = _taken(row, stacks, affine)
        except (ParameterError, GeometryError) as error:
            message = f"mark {number}: {error}"
            raise type(error)(message) from None
        mark["name"] = mark["name"] or free_name(mark["kind"], found)
        found.append(mark)
    return found


def free_name(kind: str, marks: Iterable[Mapping[str, Any]]) -> str:
    """A name that no other mark has: "ruler", "ruler 2" ...

    Examples
    --------
    >>> free_name("ellipse", [{"name": "region"}])
    'region 2'
    """
    names = {mark["name"] for mark in marks}
    name, number = NAMES[kind], 1
    while name in names:
        number += 1
        name = f"{NAMES[kind]} {number}"
    return name


def rows_of(thing: Any) -> list[dict[str, Any]]:
    """The rows of a list of dicts, or of a DataFrame, as dicts without empty cells."""
    rows = thing.to_dict("records") if hasattr(thing, "to_dict") else thing
    listed = isinstance(rows, Sequence) and not isinstance(rows, str)
    if not listed or not all(isinstance(row, Mapping) for row in rows):
        message = f"marks are a list of dicts, or a DataFrame; not {thing!r}"
        raise ParameterError(message)
    return [{name: v for name, v in row.items() if not _is_empty(v)} for row in rows]


def _is_empty(value: Any) -> bool:
    """Whether a cell of a table says nothing: None, or pandas' NaN."""
    return value is None or (isinstance(value, float) and np.isnan(value))


def _taken(row: Mapping[str, Any], stacks: Stacks, affine: ArrayLike) -> Mark:
    unknown = sorted(map(str, set(row) - GIVEN - MEASURED))
    if unknown:
        message = f"a mark has no {', '.join(unknown)}: it has {', '.join(sorted(GIVEN))}"
        raise ParameterError(message)
    kind = choice(row.get("kind"), "kind", KINDS)
    by_index = "points" not in row
    points, normal = (_by_index if by_index else _by_points)(row, kind, stacks, affine)
    mark = {
        "kind": kind,
        "name": _text(row.get("name", "")),
        "visible": flag(row.get("visible", True), "visible"),
        "points": points,
        "normal": normal,
    }
    _check_inside(mark, stacks)
    return mark


def _text(name: Any) -> str:
    if isinstance(name, str):
        return name
    message = f"the name of a mark is a text, not {name!r}"
    raise ParameterError(message)


def _by_index(row: Mapping[str, Any], kind: str, stacks: Stacks, affine: ArrayLike) -> Any:
    """Points and normal from a plane, its slice, and two voxels, which are moved onto it."""
    if COUNTS.get(kind) not in (2, 4):
        message = f"the mark needs points: a list of (x, y, z) in mm, for kind {kind!r}"
        raise ParameterError(message)
    missing = {"plane", "slice", "start", "end"} - set(row)
    if missing:
        message = f"a {kind} needs plane, slice, start, end, or points in mm: {dict(row)}"
        raise ParameterError(message)
    stack = stacks[check_plane(row["plane"])]
    axis, last = stack.layout.axis, stack.shape[stack.layout.axis] - 1
    words = f"the slice of a {kind} is a whole number from 0 to {last} in this plane"
    index = whole(row["slice"], words, low=0, high=last, error=GeometryError)
    ends = [reals(row[name], f"{name} is (slice, row, column)", 3) for name in ("start", "end")]
    places = apply_affine(np.linalg.inv(stack.affine) @ np.asarray(affine), ends)
    places[:, axis] = index
    start, end = apply_affine(stack.affine, places)
    normal = normal_of(stack).tolist()
    if kind == "ruler":
        return [start.tolist(), end.tolist()], normal
    return box_between(start, end, directions(stack)), normal


def _by_points(row: Mapping[str, Any], kind: str, stacks: Stacks, _: Any) -> Any:
    """Points and normal from millimetres."""
    twice = {"start", "end"} & set(row)
    if twice:
        message = f"points and {', '.join(sorted(twice))} both say where the mark is: give one"
        raise ParameterError(message)
    points = _as_points(row["points"], kind)
    normal = _normal(row, kind, points, stacks)
    if COUNTS.get(kind) == 4:
        points = _as_box(points, kind, row, stacks)
    return points.tolist(), normal.tolist()


def _as_points(points: Any, kind: str) -> np.ndarray:
    words = f"the points of a {kind} are (x, y, z) in mm"
    listed = isinstance(points, Sequence | np.ndarray) and not isinstance(points, str)
    places = [reals(point, words, 3) for point in points] if listed else []
    wanted = {4: (2, 4)}.get(COUNTS.get(kind, 0), (COUNTS.get(kind, 0),))
    enough = len(places) in wanted if kind in COUNTS else len(places) >= 3
    if not enough:
        many = " or ".join(map(str, wanted)) if kind in COUNTS else "3 or more"
        message = f"a {kind} has {many} points (x, y, z) in mm; these are {len(places)}: {points!r}"
        raise ParameterError(message)
    return np.array(places)


def _normal(row: Mapping[str, Any], kind: str, points: np.ndarray, stacks: Stacks) -> np.ndarray:
    """The unit vector across the plane of a mark, as it is told or as its points have it."""
    if "normal" in row:
        vector = np.array(reals(row["normal"], "normal is (x, y, z), across the plane", 3))
    elif "plane" in row and row["plane"] != "oblique":
        vector = normal_of(stacks[check_plane(row["plane"])])
    else:
        vector = _own_normal(points, kind, stacks)
    length = np.linalg.norm(vector)
    if length < _TINY:
        message = f"the normal of a {kind} has no length"
        raise ParameterError(message)
    # One of a mark stays as it is, to the last digit.
    return vector if abs(length - 1) < 1e-7 else vector / length


def _own_normal(points: np.ndarray, kind: str, stacks: Stacks) -> np.ndarray:
    """Across the first of the planes on whose one slice all points lie, else as they span it."""
    for stack in stacks.values():
        along = apply_affine(np.linalg.inv(stack.affine), points)[:, stack.layout.axis]
        if np.ptp(np.floor(along + 0.5 + 1e-6)) == 0:
            return normal_of(stack)
    spread = points - points.mean(axis=0)
    if len(points) > 2 and np.linalg.matrix_rank(spread, tol=_TINY) > 1:
        return np.linalg.svd(spread)[2][2]
    message = f"the points of the {kind} lie on one slice of no plane: give plane or normal"
    raise GeometryError(message)


def _as_box(points: np.ndarray, kind: str, row: Mapping[str, Any], stacks: Stacks) -> np.ndarray:
    """The four corners of an ellipse or a rectangle; of two opposite ones along its plane."""
    if len(points) == 2:
        normal = _normal(row, kind, points, stacks)
        for stack in stacks.values():
            if abs(normal @ normal_of(stack)) >= _PARALLEL:
                return np.array(box_between(points[0], points[1], directions(stack)))
        message = f"on an oblique plane a {kind} needs its four corners"
        raise ParameterError(message)
    first, second = points[1] - points[0], points[2] - points[1]
    closed = np.linalg.norm(points[0] - points[1] + points[2] - points[3])
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    if closed > 0.01 * max(1.0, size**0.5) or abs(first @ second) > _SQUARE * size + _TINY:
        message = f"the four points of a {kind} are the corners of its box, one after the other"
        raise ParameterError(message)
    return points


def _check_inside(mark: Mark, stacks: Stacks) -> None:
    """Refuse a mark that leaves its plane, or that lies on none of the volume."""
    points = np.array(mark["points"])
    off = np.abs((points - points.mean(axis=0)) @ mark["normal"]).max()
    plane, index = where_is(mark, stacks)
    steps = [_step(stack) for stack in stacks.values()]
    most = (min(steps) if plane is None else _step(stacks[plane])) / 2
    if off > most + _TINY:
        message = f"the points of the {mark['kind']} lie up to {off:.2f} mm off one plane"
        raise GeometryError(message)
    if plane is None or index is None:
        return
    last = stacks[plane].shape[stacks[plane].layout.axis] - 1
    if not 0 <= index <= last:
        message = f"the {mark['kind']} lies on {plane} slice {index}; the volume has 0 to {last}"
        raise GeometryError(message)


def _step(stack: Stack) -> float:
    """The distance in mm between the planes of a stack."""
    return float(abs(stack.affine[:3, stack.layout.axis] @ normal_of(stack)))


# ---------------------------------------------------------------------------------- tables


def table(marks: Iterable[Mapping[str, Any]], stacks: Stacks) -> list[dict[str, Any]]:
    """Marks as the rows of a table: plane and slice too, and one number a cell."""
    return [_row(mark, stacks) for mark in marks]


def _row(mark: Mapping[str, Any], stacks: Stacks) -> dict[str, Any]:
    plane, index = where_is(mark, stacks)
    cells: dict[str, Any] = {**mark, "plane": plane or "oblique", "slice": index}
    for of in ("after", "difference"):
        cells |= {f"{of}_{name}": value for name, value in (mark.get(of) or {}).items()}
    cells["points"] = [tuple(point) for point in mark["points"]]
    cells["normal"] = tuple(mark["normal"])
    return {name: cells[name] for name in COLUMNS if cells.get(name) is not None}


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of marks as CSV; points are written "x y z; x y z"."""
    stream = io.StringIO()
    columns = [name for name in COLUMNS if any(name in row for row in rows)] or COLUMNS
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        places = {
            "points": "; ".join(map(_spaced, row["points"])),
            "normal": _spaced(row["normal"]),
        }
        writer.writerow({**row, **places})
    return stream.getvalue()


def rows_of_csv(text: str) -> list[dict[str, Any]]:
    """The table that `csv_of` wrote.

    Raises
    ------
    ParameterError
        On a cell that holds something else.
    """
    return [
        {name: _cell(name, cell) for name, cell in row.items() if name and cell}
        for row in csv.DictReader(io.StringIO(text))
    ]


def json_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of marks as JSON."""
    # JSON has no number for what is none: the cell stays empty.
    cells = [{name: _finite(value) for name, value in row.items()} for row in rows]
    return json.dumps({"marks": cells, "coordinates": "LPS mm"}, indent=1, allow_nan=False)


def rows_of_json(text: str) -> Any:
    """The table that `json_of` wrote, or a bare list.

    Raises
    ------
    ParameterError
        On what is no JSON.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        message = f"this is no JSON: {error}"
        raise ParameterError(message) from None
    return found.get("marks") if isinstance(found, dict) else found


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _spaced(point: Iterable[float]) -> str:
    return " ".join(map(repr, map(float, point)))


def _cell(name: str, cell: str) -> Any:
    """A cell of CSV as the value that it stands for; what is measured anew is left as it is."""
    try:
        if name == "points":
            return [tuple(map(float, point.split())) for point in cell.split(";")]
        if name == "normal":
            return tuple(map(float, cell.split()))
    except ValueError:
        message = f"{name} is written 'x y z' in mm, each point after a ';'; not {cell!r}"
        raise ParameterError(message) from None
    return {"True": True, "False": False}.get(cell, cell) if name == "visible" else cell
