"""How a view cuts its volume: upright or turned, a plane or a slab.

``normal`` is None, or turns the plane whose own normal is nearest to it. Turned planes go through a
point, ``through``: it lies in the voxel of the cursor, and is its centre where nothing else is
known. ``slab`` is the thickness in mm, and ``projection`` what is shown of it. The browser's mirror
is ``widgets/view/cutting.js``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .geometry import Stack, apply_affine, nearest_plane, normal_of, turned_stack

State = Mapping[str, Any]
Stacks = Mapping[str, Stack]

#: A normal whose cross product with that of a plane is shorter than this turns nothing.
_PARALLEL = 1e-9
#: What a picture of a slab is called.
NAMES = {"max": "MIP", "min": "MinIP", "mean": "mean"}


def cut_stack(
    state: State, stacks: Stacks, plane: str, shape: Sequence[int], affine: ArrayLike
) -> Stack:
    """The planes of a volume as a view shows them.

    Parameters
    ----------
    state : dict
        With the traits of a view that this module tells of, or without, and ``cursor``.
    stacks : dict of Stack
        Those of the volume as they are, by plane.
    plane : str
    shape, affine : of the volume
    """
    stack = stacks[plane]
    if is_turned(state, stacks, plane):
        through = through_of(state, shape, affine)
        stack = turned_stack(stack, shape, affine, state["normal"], through)
    thickness = state.get("slab") or 0.0
    if not thickness:
        return stack
    return stack._replace(thickness=thickness, projection=state["projection"])


def is_turned(state: State, stacks: Stacks, plane: str) -> bool:
    """Whether it is this plane that the normal of a state turns."""
    normal = state.get("normal")
    if normal is None or nearest_plane(normal, stacks) != plane:
        return False
    return bool(np.linalg.norm(np.cross(normal, normal_of(stacks[plane]))) > _PARALLEL)


def through_of(state: State, shape: Sequence[int], affine: ArrayLike) -> np.ndarray:
    """The point (x, y, z) in mm that turned planes go through."""
    through, cursor = state.get("through"), tuple(state["cursor"])
    if through is not None and voxel_at(through, shape, affine) == cursor:
        return np.asarray(through, np.float64)
    return apply_affine(affine, cursor)


def index_through(
    state: State, stacks: Stacks, plane: str, shape: Sequence[int], affine: ArrayLike
) -> list[float]:
    """What a plane goes through, as an index of the volume: the cursor, or a point in its voxel."""
    if not is_turned(state, stacks, plane):
        return list(state["cursor"])
    through = through_of(state, shape, affine)
    return apply_affine(np.linalg.inv(np.asarray(affine, np.float64)), through).tolist()


def voxel_at(point: ArrayLike, shape: Sequence[int], affine: ArrayLike) -> tuple[int, ...]:
    """The voxel of a volume that is nearest to a point in mm."""
    index = apply_affine(np.linalg.inv(np.asarray(affine, np.float64)), point)
    nearest = np.floor(index + 0.5 + 1e-6).clip(0, np.array(shape) - 1)
    return tuple(nearest.astype(int).tolist())


def moved_through(stack: Stack, through: ArrayLike, steps: int) -> list[float]:
    """A point moved by so many planes of a stack, along their normal."""
    step = stack.affine[:3, stack.layout.axis]
    return (np.asarray(through, np.float64) + steps * step).tolist()
