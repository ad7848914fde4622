"""A second Volume, and how it is shown together with the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import traitlets

from ...arguments import choice
from ...errors import ParameterError
from ...volume import Volume
from .. import controls, line
from ..controls import BLENDS, LimitSlider
from ._traits import Real, Whole, voxels_trait
from .part import Part, StateError
from .voxels import shown_as_hu
from .window import steps

#: The limit of a difference by itself, and the highest that a hand sets, in steps of the window.
USUAL_LIMIT, HIGHEST_LIMIT = 100, 4000


class Second(Part):
    """``after`` here, ``second`` in the browser; the names of both, and the blend.

    ``blend_index`` is there for `jslink`, ``limit`` is the value at which the colours of the
    difference are full, and ``curtain`` is where the second begins, from 0 to 1. By itself the
    limit is 100 steps of the window, which are 100 HU.
    """

    second = voxels_trait()
    names = traitlets.List(["before", "after"]).tag(sync=True)
    #: What the two are called where nobody says otherwise.
    usual_names = traitlets.List(["before", "after"]).tag(sync=True)
    blend = traitlets.Enum(BLENDS, "side by side").tag(sync=True)
    blend_index = Whole(0, min=0, max=len(BLENDS) - 1).tag(sync=True)
    curtain = Real(0.5, min=0.0, max=1.0).tag(sync=True)
    limit = Real(100.0).tag(sync=True)

    after: Volume | None = None
    _is_limit_usual = True

    def begin_second(
        self,
        after: Any,
        blend: str,
        limit: float | None,
        names: Iterable[str] | None,
        curtain: float = 0.5,
    ) -> None:
        """Take the second Volume, or None for now; the blend, and what the two are called."""
        self.blend = choice(blend, "blend", BLENDS)
        self.curtain = curtain
        self._is_limit_usual = limit is None
        if limit is not None:
            self.limit = limit
        self.names = self.usual_names if names is None else _two_names(names)
        if after is not None:
            self.show_second(after)

    def show_second(self, after: Any) -> None:
        """Show a Volume beside the first, or another one in its place.

        An array lies on the grid of the first.
        """
        after = shown_as_hu(after, "after", on=self._volume)
        self.hold("second", after)
        self.after = after
        # A region holds the statistics of the volume that was there before.
        again = getattr(self, "measure_again", None)
        if again is not None:
            again()

    def hide_second(self) -> None:
        """Show the first Volume alone."""
        self.hold("second", None)
        self.after = None

    def rules(self) -> dict[str, Callable[[], None]]:
        """The blend and its index go together."""
        return super().rules() | {
            "blend": self._settle_blend,
            "blend_index": self._settle_blend_index,
        }

    def settle(self) -> None:
        """Number the blend, and set the limit that nobody has set: its step is known by now."""
        super().settle()
        self._settle_blend()
        if self._is_limit_usual:
            self.limit = self._usual_limit()

    def words(self) -> dict[str, str]:
        """Blend, curtain, limit and names, where they are not the usual ones."""
        words = super().words()
        if self.blend != "side by side":
            words["blend"] = line.text(self.blend)
        if self.curtain != 0.5:
            words["curtain"] = line.number(self.curtain)
        if self.limit != self._usual_limit():
            words["limit"] = line.number(self.limit)
        if self.names != self.usual_names:
            words["names"] = line.texts(self.names)
        return words

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """A menu of the blends, and a slider for the limit of the difference."""
        return super().controls() | {
            "blend_picker": lambda: controls.BlendPicker(self.blend),
            "limit_slider": self._limit_slider,
        }

    def _limit_slider(self) -> LimitSlider:
        low, high = steps(1, self._step()), steps(HIGHEST_LIMIT, self._step())
        unit = getattr(self, "unit", "HU")
        return LimitSlider(self.limit, low, high, step=low, unit=unit)

    def let_go(self) -> None:
        """Drop the second Volume too."""
        super().let_go()
        self.after = None

    @traitlets.validate("limit")
    def _valid_limit(self, proposal: dict) -> float:
        if proposal["value"] <= 0:
            message = f"limit is a number above 0, not {proposal['value']:g}"
            raise StateError(message)
        return proposal["value"]

    def _usual_limit(self) -> float:
        return steps(USUAL_LIMIT, self._step())

    def _step(self) -> float:
        """That of the window, which is another part."""
        return float(getattr(self, "step", 1.0))

    def _settle_blend(self) -> None:
        self.blend_index = BLENDS.index(self.blend)

    def _settle_blend_index(self) -> None:
        self.blend = BLENDS[self.blend_index]


def _two_names(names: Iterable[str]) -> list[str]:
    two = [] if isinstance(names, str) else list(names)
    if len(two) != 2 or not all(isinstance(name, str) for name in two):
        message = f"names are two texts, one for each volume; not {names!r}"
        raise ParameterError(message)
    return two
