"""Which HU are seen: center and width of the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from ... import windowing
from ...arguments import choice
from ...volume import Volume
from .. import controls, line, still
from .. import voxels as _voxels
from ._traits import Flag, Real, Whole
from .part import Part, check_within


class Window(Part):
    """The window and how it is applied, with the table of presets and the histogram.

    For `jslink` there are ``preset_index``, 0 where the window is no preset and else 1 more than
    its row in the table; and ``whole_center`` and ``whole_width``, rounded to whole HU, because
    sliders snap to their step and would change the window.
    """

    center = Real(40.0).tag(sync=True)
    width = Real(400.0).tag(sync=True)
    whole_center = Whole(40).tag(sync=True)
    whole_width = Whole(400).tag(sync=True)
    preset_index = Whole(0, min=0, max=len(windowing.PRESET_TABLE)).tag(sync=True)
    presets: traitlets.List = traitlets.List().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)
    function = traitlets.Enum(windowing.FUNCTIONS, "LINEAR").tag(sync=True)
    invert = Flag(False).tag(sync=True)
    #: The window that a view opened with: where the space bar leads back to.
    home = traitlets.Dict().tag(sync=True)
    histogram = traitlets.Dict().tag(sync=True)

    def begin_window(self, window: Any, function: str, invert: Any = False) -> None:
        """Take the window; by default that of soft tissue."""
        center, width = _as_window("soft tissue" if window is None else window)
        self.limits = _limits(self.volume)
        self.function = choice(function, "function", windowing.FUNCTIONS)
        self.center, self.width = center, width
        self.invert = invert
        self.presets = [list(row[:4]) for row in windowing.PRESET_TABLE]
        self.home = {"center": center, "width": width}
        self.histogram = _voxels.histogram(self.volume)

    @property
    def window(self) -> windowing.Window:
        """Center and width in HU; set it by a preset's name or two numbers."""
        return windowing.Window(self.center, self.width)

    @window.setter
    def window(self, window: Any) -> None:
        center, width = _as_window(window)
        with self.at_once():
            self.center, self.width = center, width

    def rules(self) -> dict[str, Callable[[], None]]:
        """The window, its preset, and its whole HU go together."""
        return super().rules() | {
            "center": self._settle_window,
            "width": self._settle_window,
            "whole_center": self._settle_whole,
            "whole_width": self._settle_whole,
            "preset_index": self._settle_preset,
        }

    def settle(self) -> None:
        """Name the window, and round it."""
        super().settle()
        self._settle_window()

    def words(self) -> dict[str, str]:
        """The window, a preset's name where it is one; another function, and inverted greys."""
        name = still.preset_name(self.center, self.width)
        words = {"window": line.text(name) if name else line.numbers(self.window)}
        if self.function != "LINEAR":
            words["function"] = line.text(self.function)
        if self.invert:
            words["invert"] = "True"
        return super().words() | words

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """Sliders for center and width, and the menu of presets."""

        def make() -> controls.WindowSliders:
            return controls.WindowSliders(self.window, *self.limits["center"])

        return super().controls() | {"window_sliders": make}

    @traitlets.validate("center")
    def _valid_center(self, proposal: dict) -> float:
        low, high = self.limits["center"]
        check_within("center", proposal["value"], low, high, words=" HU")
        return proposal["value"]

    @traitlets.validate("width")
    def _valid_width(self, proposal: dict) -> float:
        low, high = self.limits["width"]
        check_within("width", proposal["value"], low, high, words=" HU")
        return proposal["value"]

    def _settle_window(self) -> None:
        rows = [(row.center, row.width) for row in windowing.PRESET_TABLE]
        pair = (self.center, self.width)
        # At once: one that is told alone would move the window back to the other's old value.
        with self.at_once():
            self.preset_index = rows.index(pair) + 1 if pair in rows else 0
            self.whole_center, self.whole_width = _whole(self.center), _whole(self.width)

    def _settle_whole(self) -> None:
        if self.whole_center != _whole(self.center):
            self.center = self.whole_center
        if self.whole_width != _whole(self.width):
            self.width = self.whole_width

    def _settle_preset(self) -> None:
        if self.preset_index:
            self.window = windowing.PRESET_TABLE[self.preset_index - 1].name


def _as_window(window: Any) -> tuple[float, float]:
    center, width = windowing.as_window(window)
    return float(center), float(width)


def _whole(value: float) -> int:
    """Rounded half up, as in the browser."""
    return int(np.floor(value + 0.5))


def _limits(volume: Volume) -> dict[str, list[int]]:
    """Ranges of center and width in HU that reach every voxel and every preset."""
    lowest, highest = _voxels.hu_range(volume.array)
    low, high = min(-1100, int(np.floor(lowest)) - 1), max(3100, int(np.ceil(highest)) + 1)
    low, high = max(low, -32768), min(high, 32767)
    return {"center": [low, high], "width": [1, high - low]}
