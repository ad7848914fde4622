"""Where a view is: the plane, the slice, and the voxel of the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ... import cutting, geometry
from ...arguments import choice
from ...geometry import PLANES
from ...overlay import stack_position
from .. import controls, line
from ..voxels import CONVENTIONS
from ._traits import Direction, Flag, Index, Point, Whole
from .part import Part, StateError, check_within

_AS_TUPLE = {"from_json": lambda value, _: value if value is None else tuple(value)}


class Place(Part):
    """The plane, the slice along its axis, and the cursor, which remembers a slice of each plane.

    The slices are those of ``volume.stack(plane)``: of a tilted gantry they are more than the
    volume has rows or columns, as they are cut upright. The cursor is always one of its voxels.

    A ``normal`` (x, y, z) turns the plane that is nearest to it: that plane goes through the point
    ``through`` in mm, which lies in the voxel of the cursor, and its slices move along the normal
    by steps of the smallest spacing. A view of one plane shows the one that is turned, until
    somebody chooses another one.

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
    #: Across a plane that was turned; None where all are as the volume has them.
    normal = Direction(None).tag(sync=True, **_AS_TUPLE)
    #: The point in mm that this plane goes through.
    through = Point(None).tag(sync=True, **_AS_TUPLE)

    #: Whether the last change of plane made the end of the slider smaller.
    shrinks = False

    def begin_place(
        self,
        plane: str | None,
        slice: Any,
        convention: str,
        cursor: Any = None,
        normal: Any = None,
        through: Any = None,
    ) -> None:
        """Take plane, slice and cursor, which begins in the middle of the volume."""
        self.normal, self.through = normal, through
        self.plane = choice(self._plane_of(plane), "plane", PLANES)
        self.convention = choice(convention, "convention", CONVENTIONS)
        # These stay when the volume has gone: a closed view keeps its line.
        self._middle = tuple(n // 2 for n in self.volume.shape)
        self._axes = {plane: self.volume.layout(plane).axis for plane in PLANES}
        self.cursor = self._first_cursor(cursor)
        self.pinned = cursor is not None
        on = self._slice_now()
        self.slice = on if slice is None else slice
        if (cursor is not None or through is not None) and self.slice != on:
            where = f"cursor {self.cursor}" if through is None else f"through {self.through}"
            message = f"slice {self.slice} and {where} contradict: it lies on {on}"
            raise StateError(message)

    def _plane_of(self, plane: str | None) -> str:
        """The plane that is shown first: that of the normal where there is one."""
        if self.normal is None or self._keeps_planes():
            return "axial" if plane is None else plane
        turned = geometry.nearest_plane(self.normal, self._stacks())
        if plane not in (None, turned):
            message = f"normal {self.normal} turns the {turned} plane, and plane is {plane!r}"
            raise StateError(message)
        return turned

    def _first_cursor(self, cursor: Any) -> Any:
        """The voxel of the cursor: the one told, or that of the point, or the middle one."""
        if self.through is None:
            return self._middle if cursor is None else cursor
        if self.normal is None:
            message = "through is a point of a turned plane: it needs normal"
            raise StateError(message)
        voxel = cutting.voxel_at(self.through, self.volume.shape, self.volume.affine)
        if cursor is None:
            return voxel
        self.cursor = cursor
        if self.cursor != voxel:
            message = f"cursor {self.cursor} and through contradict: that lies in voxel {voxel}"
            raise StateError(message)
        return voxel

    def _keeps_planes(self) -> bool:
        """Whether all three planes are shown, turned or not."""
        return getattr(self, "mode", "single") == "planes"

    def rules(self) -> dict[str, Callable[[], None]]:
        """Plane, index of the plane, slice, cursor and position go together."""
        return super().rules() | {
            "plane": self._settle_plane,
            "plane_index": self._settle_plane_index,
            "slice": self._settle_slice,
            "cursor": self._settle_plane,
            "normal": self._settle_normal,
            "through": self._settle_through,
        }

    def settle(self) -> None:
        """Put the cursor on the slice."""
        super().settle()
        self._settle_slice()
        self._settle_normal()

    def words(self) -> dict[str, str]:
        """Plane and slice; the cursor where it was put, and the other convention."""
        words = {"plane": line.text(self.plane), "slice": line.number(self.slice)}
        if self._is_cursor_told():
            words["cursor"] = line.numbers(self.cursor)
        if self.normal is not None and self.through is not None:
            words["normal"] = line.numbers(self.normal)
            words["through"] = line.numbers(self.through)
        if self.convention != "radiological":
            words["convention"] = line.text(self.convention)
        return super().words() | words

    def _is_cursor_told(self) -> bool:
        """Whether plane and slice don't say where the cursor is."""
        others = [axis for axis in range(3) if axis != self._axis()]
        if self.normal is not None:
            return self.pinned
        return self.pinned or any(self.cursor[axis] != self._middle[axis] for axis in others)

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """A plane picker, and a slider over the slices."""
        return super().controls() | {
            "plane_picker": lambda: controls.PlanePicker(self.plane),
            "slice_slider": lambda: controls.SliceSlider(
                self.volume,
                self.plane,
                # Those of a turned plane it knows when it is tied.
                None if self._is_turned() else self.slice,
            ),
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

    def _stacks(self) -> dict[str, geometry.Stack]:
        return {plane: self.volume.stack(plane) for plane in PLANES}

    def _cut(self) -> dict[str, Any]:
        """What the planes are cut by."""
        return {"cursor": self.cursor, "normal": self.normal, "through": self.through}

    def _stack(self) -> geometry.Stack:
        grid = (self.volume.shape, self.volume.affine)
        return cutting.cut_stack(self._cut(), self._stacks(), self.plane, *grid)

    @traitlets.validate("through")
    def _valid_through(self, proposal: dict) -> tuple[float, ...] | None:
        through = proposal["value"]
        if through is None or self.normal is None or self._from_browser:
            return through
        grid = (self.volume.shape, self.volume.affine)
        plane = geometry.nearest_plane(self.normal, self._stacks())
        stack = geometry.turned_stack(self._stacks()[plane], *grid, self.normal, through)
        index = geometry.slice_at(stack, np.eye(4), through)
        if not geometry.reaches(stack, *grid, index):
            message = f"the plane through {through} mm lies outside of the volume"
            raise StateError(message)
        return through

    def _is_turned(self) -> bool:
        return cutting.is_turned(self._cut(), self._stacks(), self.plane)

    def _last(self) -> int:
        stack = self._stack()
        return stack.shape[stack.layout.axis] - 1

    def _slice_now(self) -> int:
        """The slice nearest to the cursor: it may lie half a voxel beyond the last of a stack."""
        grid = (self.volume.shape, self.volume.affine)
        index = cutting.index_through(self._cut(), self._stacks(), self.plane, *grid)
        return min(
            max(geometry.slice_at(self._stack(), self.volume.affine, index), 0), self._last()
        )

    def _settle_plane(self) -> None:
        if self.normal is not None and self._turned_plane() != self.plane:
            # Whoever chooses another plane wants to see it as it is.
            self.normal = None
        self._settle_point()
        self.plane_index = PLANES.index(self.plane)
        end = self._last()
        if end != self.max_slice:
            self.shrinks = end < self.max_slice
            self.max_slice = end
        self.slice = self._slice_now()
        self.position = self._position()

    def _position(self) -> str:
        """Where the slice lies."""
        return stack_position(self._stack(), self.plane, self.slice)

    def _settle_point(self) -> None:
        """The point of a turned plane lies in the voxel of the cursor."""
        if self.normal is None:
            self.through = None
            return
        point = cutting.through_of(self._cut(), self.volume.shape, self.volume.affine)
        self.through = tuple(point.tolist())

    def _settle_normal(self) -> None:
        if self.normal is not None:
            self.plane = self._turned_plane()
        self._settle_plane()

    def _turned_plane(self) -> str:
        """The plane to be shown for a normal: of three all stay."""
        if self._keeps_planes():
            return str(self.plane)
        return geometry.nearest_plane(self.normal, self._stacks())

    def _settle_through(self) -> None:
        if self.through is None or self.normal is None:
            return
        self.cursor = cutting.voxel_at(self.through, self.volume.shape, self.volume.affine)
        self._settle_plane()

    def _settle_plane_index(self) -> None:
        self.plane = PLANES[self.plane_index]

    def _settle_slice(self) -> None:
        now = self._slice_now()
        if self.slice == now:
            return
        shape, affine = self.volume.shape, self.volume.affine
        stack = self._stack()
        if self._is_turned():
            point = cutting.through_of(self._cut(), shape, affine)
            self.through = cutting.moved_through(stack, point, self.slice - now)
        else:
            self.cursor = geometry.cursor_on(stack, shape, affine, self.cursor, self.slice)
