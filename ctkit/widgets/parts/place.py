"""Where a view is: the plane, the slice, and the voxel of the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from ... import geometry
from ...arguments import choice
from ...geometry import PLANES
from ...overlay import position_text
from .. import controls, line
from ..voxels import CONVENTIONS
from ._traits import Flag, Index, Whole
from .part import Part, StateError, check_within

_AS_TUPLE = {"from_json": lambda value, _: value if value is None else tuple(value)}


class Place(Part):
    """The plane, the slice along its axis, and the cursor, which remembers a slice of each plane.

    The slices are those of ``volume.stack(plane)``: of a tilted gantry they are more than the
    volume has rows or columns, as they are cut upright. The cursor is always one of its voxels.

    ``plane_index`` and ``max_slice`` are there for `jslink`: menus are linked by index, a slider
    by its end too. ``position`` says where the slice lies, in mm of the patient.
    """

    plane = traitlets.Enum(PLANES, "axial").tag(sync=True)
    plane_index = Whole(0, min=0, max=len(PLANES) - 1).tag(sync=True)
    slice = Whole(0).tag(sync=True)
    max_slice = Whole(0).tag(sync=True)
    cursor = Index().tag(sync=True, **_AS_TUPLE)
    #: Whether a hand has put the cursor where it is: in the middle it isn't seen by itself.
    pinned = Flag(False).tag(sync=True)
    position = traitlets.Unicode("").tag(sync=True)
    convention = traitlets.Enum(CONVENTIONS, "radiological").tag(sync=True)

    #: Whether the last change of plane made the end of the slider smaller.
    shrinks = False

    def begin_place(self, plane: str, slice: Any, convention: str, cursor: Any = None) -> None:
        """Take plane, slice and cursor, which begins in the middle of the volume."""
        self.plane = choice(plane, "plane", PLANES)
        self.convention = choice(convention, "convention", CONVENTIONS)
        # These stay when the volume has gone: a closed view keeps its line.
        self._middle = tuple(n // 2 for n in self.volume.shape)
        self._axes = {plane: self.volume.layout(plane).axis for plane in PLANES}
        self.cursor = self._middle if cursor is None else cursor
        self.pinned = cursor is not None
        on = self._slice_at(self.cursor)
        self.slice = on if slice is None else slice
        if cursor is not None and self.slice != on:
            message = f"slice {self.slice} and cursor {self.cursor} contradict: it lies on {on}"
            raise StateError(message)

    def rules(self) -> dict[str, Callable[[], None]]:
        """Plane, index of the plane, slice, cursor and position go together."""
        return super().rules() | {
            "plane": self._settle_plane,
            "plane_index": self._settle_plane_index,
            "slice": self._settle_slice,
            "cursor": self._settle_plane,
        }

    def settle(self) -> None:
        """Put the cursor on the slice."""
        super().settle()
        self._settle_slice()
        self._settle_plane()

    def words(self) -> dict[str, str]:
        """Plane and slice; the cursor where it was put, and the other convention."""
        words = {"plane": line.text(self.plane), "slice": line.number(self.slice)}
        if self._is_cursor_told():
            words["cursor"] = line.numbers(self.cursor)
        if self.convention != "radiological":
            words["convention"] = line.text(self.convention)
        return super().words() | words

    def _is_cursor_told(self) -> bool:
        """Whether plane and slice don't say where the cursor is."""
        others = [axis for axis in range(3) if axis != self._axis()]
        return self.pinned or any(self.cursor[axis] != self._middle[axis] for axis in others)

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """A plane picker, and a slider over the slices."""
        return super().controls() | {
            "plane_picker": lambda: controls.PlanePicker(self.plane),
            "slice_slider": lambda: controls.SliceSlider(self.volume, self.plane, self.slice),
        }

    @traitlets.validate("slice")
    def _valid_slice(self, proposal: dict) -> int:
        words = f" in the {self.plane} plane"
        check_within("slice", proposal["value"], 0, self._last(), words=words)
        return proposal["value"]

    @traitlets.validate("cursor")
    def _valid_cursor(self, proposal: dict) -> tuple[int, ...]:
        names = ("slice", "row", "column")
        for name, value, count in zip(names, proposal["value"], self.volume.shape, strict=True):
            check_within(f"cursor's {name}", value, 0, count - 1)
        return proposal["value"]

    def _axis(self) -> int:
        return self._axes[self.plane]

    def _stack(self) -> geometry.Stack:
        return self.volume.stack(self.plane)

    def _last(self) -> int:
        stack = self._stack()
        return stack.shape[stack.layout.axis] - 1

    def _slice_at(self, cursor: tuple[int, ...]) -> int:
        """The slice nearest to a voxel: it may lie half a voxel beyond the last of a stack."""
        return min(
            max(geometry.slice_at(self._stack(), self.volume.affine, cursor), 0), self._last()
        )

    def _settle_plane(self) -> None:
        self.plane_index = PLANES.index(self.plane)
        end = self._last()
        if end != self.max_slice:
            self.shrinks = end < self.max_slice
            self.max_slice = end
        self.slice = self._slice_at(self.cursor)
        self.position = position_text(self.volume, self.plane, self.slice)

    def _settle_plane_index(self) -> None:
        self.plane = PLANES[self.plane_index]

    def _settle_slice(self) -> None:
        if self.slice != self._slice_at(self.cursor):
            shape, affine = self.volume.shape, self.volume.affine
            self.cursor = geometry.cursor_on(self._stack(), shape, affine, self.cursor, self.slice)
