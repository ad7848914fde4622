"""The lines of the cursor over three planes: where the two others cross the one that is seen.

The browser's mirror is ``widgets/view/crossing.js``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .geometry import Stack, directions, normal_of

#: Pixels around the cursor that its lines leave free.
GAP = 8
# A direction that leans less than this is level, or upright: affines are rounded.
_LEVEL = 1e-9


def crossing_lines(
    stacks: Mapping[str, Stack], plane: str, point: Sequence[float], stage: Sequence[float]
) -> list[dict[str, Any]]:
    """Where other planes cross one, from edge to edge of its stage; the most level one first.

    Parameters
    ----------
    stacks : dict of Stack
        The three planes as they are shown.
    plane : str
        The one that is seen.
    point : (x, y) in pixels of the stage
        Where all three meet.
    stage : (width, height) in pixels

    Returns
    -------
    list of dict
        ``plane``, the one that crosses; ``way``, the direction (x, y), of length 1; and ``span``,
        how far the line goes from the point, back and forth. One that misses the stage is left
        out.
    """
    ways, normal = directions(stacks[plane]), normal_of(stacks[plane])
    found = []
    for other, stack in stacks.items():
        if other == plane:
            continue
        way = _unit(ways @ np.cross(normal, normal_of(stack)))
        span = _span(point, way, stage)
        if span:
            found.append({"plane": other, "way": way, "span": span})
    return sorted(found, key=lambda line: round(abs(line["way"][1]), 6))


def _unit(way: np.ndarray) -> list[float]:
    """A direction of length 1, to the right, or downwards."""
    x, y = (0.0 if abs(n) < _LEVEL else float(n) for n in way / np.linalg.norm(way))
    return [-x, -y] if x < 0 or (x == 0 and y < 0) else [x, y]


def _span(
    point: Sequence[float], way: Sequence[float], stage: Sequence[float]
) -> list[float] | None:
    """How far a line goes on the stage, back and forth; None where it misses it."""
    low, high = -np.inf, np.inf
    for start, step, size in zip(point, way, stage, strict=True):
        if step == 0:
            if not 0 <= start <= size:
                return None
            continue
        ends = sorted((-start / step, (size - start) / step))
        low, high = max(low, ends[0]), min(high, ends[1])
    return [float(low), float(high)] if low < high else None


def pieces_of(line: Mapping[str, Any], point: Sequence[float]) -> list[list[list[float]]]:
    """The two pieces of a line, on both sides of the gap around the cursor."""
    low, high = line["span"]
    spans = ((low, min(-GAP, high)), (max(GAP, low), high))
    return [[_at(line, point, end) for end in span] for span in spans if span[0] < span[1]]


def _at(line: Mapping[str, Any], point: Sequence[float], far: float) -> list[float]:
    return [float(start + far * step) for start, step in zip(point, line["way"], strict=True)]
