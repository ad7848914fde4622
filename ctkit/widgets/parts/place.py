"""Where a view is: the plane, the slice, and the voxel of the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from ...arguments import choice
from ...geometry import PLANES
from ...overlay import position_text
from .. import controls
from ..voxels import CONVENTIONS
from ._traits import Flag, Index, Whole
from .part import Part, check_within

_AS_TUPLE = {"from_json": lambda value, _: value if value is None else tuple(value)}


class Place(Part):
    """The plane, the slice along its axis, and the cursor, which remembers a slice of each plane.

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

    def begin_place(self, plane: str, slice: Any, convention: str) -> None:
        """Take plane and slice; the cursor begins in the middle of the volume."""
        self.plane = choice(plane, "plane", PLANES)
        self.convention = choice(convention, "convention", CONVENTIONS)
        self.cursor = tuple(n // 2 for n in self.volume.shape)
        self.slice = self.cursor[self._axis()] if slice is None else slice

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
        """Plane and slice."""
        return super().words() | {"plane": repr(self.plane), "slice": str(self.slice)}

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """A plane picker, and a slider over the slices."""
        return super().controls() | {
            "plane_picker": lambda: controls.PlanePicker(self.plane),
            "slice_slider": lambda: controls.SliceSlider(self.volume, self.plane, self.slice),
        }

    @traitlets.validate("slice")
    def _valid_slice(self, proposal: dict) -> int:
        count = self.volume.shape[self._axis()]
        check_within("slice", proposal["value"], 0, count - 1, words=f" in the {self.plane} plane")
        return proposal["value"]

    @traitlets.validate("cursor")
    def _valid_cursor(self, proposal: dict) -> tuple[int, ...]:
        names = ("slice", "row", "column")
        for name, value, count in zip(names, proposal["value"], self.volume.shape, strict=True):
            check_within(f"cursor's {name}", value, 0, count - 1)
        return proposal["value"]

    def _axis(self) -> int:
        return self.volume.layout(self.plane).axis

    def _settle_plane(self) -> None:
        self.plane_index = PLANES.index(self.plane)
        axis = self._axis()
        end = self.volume.shape[axis] - 1
        if end != self.max_slice:
            self.shrinks = end < self.max_slice
            self.max_slice = end
        self.slice = self.cursor[axis]
        self.position = position_text(self.volume, self.plane, self.slice)

    def _settle_plane_index(self) -> None:
        self.plane = PLANES[self.plane_index]

    def _settle_slice(self) -> None:
        cursor = list(self.cursor)
        cursor[self._axis()] = self.slice
        self.cursor = tuple(cursor)
