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
    sliders snap to their step and would change the window. For values that are no HU the step
    follows their range, there are no presets, and LINEAR, which counts in whole HU, gives way to
    LINEAR_EXACT.
    """

    center = Real(40.0).tag(sync=True)
    width = Real(400.0).tag(sync=True)
    #: Of the sliders: 1 HU, or what goes with the range of values that are none.
    step = Real(1.0).tag(sync=True)
    whole_center = Real(40.0).tag(sync=True)
    whole_width = Real(400.0).tag(sync=True)
    preset_index = Whole(0, min=0, max=len(windowing.PRESET_TABLE)).tag(sync=True)
    presets: traitlets.List = traitlets.List().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)
    function = traitlets.Enum(windowing.FUNCTIONS, "LINEAR").tag(sync=True)
    invert = Flag(False).tag(sync=True)
    #: The window that a view opened with: where the space bar leads back to.
    home = traitlets.Dict().tag(sync=True)
    histogram = traitlets.Dict().tag(sync=True)

    def begin_window(self, window: Any, function: str, invert: Any = False) -> None:
        """Take the window; by default that of soft tissue, or all of what can't be HU."""
        is_hu = self.is_hu()
        self.limits = _limits(self.volume, is_hu=is_hu)
        self.step = 1.0 if is_hu else _step(self.volume)
        default = "soft tissue" if is_hu else _whole_range(self.volume)
        center, width = _as_window(default if window is None else window)
        function = choice(function, "function", windowing.FUNCTIONS)
        self.function = function if is_hu or function != "LINEAR" else "LINEAR_EXACT"
        self.center, self.width = center, width
        self.invert = invert
        self.presets = [list(row[:4]) for row in windowing.PRESET_TABLE] if is_hu else []
        self.home = {"center": center, "width": width}
        self.histogram = _voxels.histogram(self.volume, is_hu=is_hu)

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
            low, high = self.limits["center"]
            return controls.WindowSliders(self.window, low, high, self.step, self._unit())

        return super().controls() | {"window_sliders": make}

    @traitlets.validate("center")
    def _valid_center(self, proposal: dict) -> float:
        low, high = self.limits["center"]
        check_within("center", proposal["value"], low, high, words=f" {self._unit()}".rstrip())
        return proposal["value"]

    @traitlets.validate("width")
    def _valid_width(self, proposal: dict) -> float:
        low, high = self.limits["width"]
        check_within("width", proposal["value"], low, high, words=f" {self._unit()}".rstrip())
        return proposal["value"]

    def _unit(self) -> str:
        return "HU" if self.is_hu() else ""

    def _on_step(self, value: float) -> float:
        """A value as the sliders have it."""
        return on_step(value, self.step)

    def _says_else(self, told: float, value: float) -> bool:
        """Whether a slider says something else than a value that it rounded."""
        return abs(told - self._on_step(value)) > self.step / 2

    def _settle_window(self) -> None:
        rows = [(row[1], row[2]) for row in self.presets]
        pair = (self.center, self.width)
        # At once: one that is told alone would move the window back to the other's old value.
        with self.at_once():
            self.preset_index = rows.index(pair) + 1 if pair in rows else 0
            self.whole_center = self._on_step(self.center)
            self.whole_width = self._on_step(self.width)

    def _settle_whole(self) -> None:
        if self._says_else(self.whole_center, self.center):
            self.center = self.whole_center
        if self._says_else(self.whole_width, self.width):
            self.width = self.whole_width

    def _settle_preset(self) -> None:
        if self.preset_index and self.presets:
            self.window = windowing.PRESET_TABLE[self.preset_index - 1].name


def _as_window(window: Any) -> tuple[float, float]:
    center, width = windowing.as_window(window)
    return float(center), float(width)


def steps(count: float, step: float) -> float:
    """So many steps, each a power of ten, as in the browser: three of 0.1 are 0.3.

    Examples
    --------
    >>> steps(3, 0.1), 3 * 0.1
    (0.3, 0.30000000000000004)
    """
    # A step below 1 is not exact, what it goes into 1 is.
    return float(count / round(1 / step) if step < 1 else count * step)


def on_step(value: float, step: float) -> float:
    """Rounded half up to a multiple of a step, as in the browser."""
    return steps(np.floor(value / step + 0.5), step)


def _limits(volume: Volume, *, is_hu: bool) -> dict[str, Any]:
    """Ranges of center and width.

    Of HU they reach every voxel and every preset; of other values, every voxel.
    """
    lowest, highest = _voxels.hu_range(volume.array)
    if is_hu:
        low, high = min(-1100, int(np.floor(lowest)) - 1), max(3100, int(np.ceil(highest)) + 1)
        low, high = max(low, -32768), min(high, 32767)
        return {"center": [low, high], "width": [1, high - low]}
    step = _step(volume)
    low, high = (np.floor(lowest / step) - 1) * step, (np.ceil(highest / step) + 1) * step
    return {"center": [float(low), float(high)], "width": [step, float(high - low)]}


def _step(volume: Volume) -> float:
    """How finely a window of what is no HU is set: a round part of the range of the values."""
    low, high = _voxels.hu_range(volume.array)
    return float(10.0 ** np.floor(np.log10((high - low or abs(high) or 1.0) / 200)))


def _whole_range(volume: Volume) -> tuple[float, float]:
    """The window from the lowest value to the highest, on steps of the sliders."""
    step = _step(volume)
    low, high = _voxels.hu_range(volume.array)
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    return float((low + high) / 2), float(high - low) or step
