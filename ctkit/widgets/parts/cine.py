"""How the slices are played."""

from __future__ import annotations

import traitlets

from ...arguments import reals, whole
from ._traits import Real
from .part import Part, StateError, check_within

#: DICOM's words for round and round, and for there and back (PS3.3 C.7.6.5).
PLAYBACKS = ("looping", "sweeping")


class Cine(Part):
    """``speed`` in slices a second, ``range`` (first, last) or None, and ``playback``.

    The range is one of slices of the plane in sight; None are all of them.
    """

    speed = Real(10.0, min=1.0, max=60.0).tag(sync=True)
    range = traitlets.Any(None, allow_none=True).tag(
        sync=True, from_json=lambda value, _: value if value is None else tuple(value)
    )
    playback = traitlets.Enum(PLAYBACKS, "looping").tag(sync=True)

    @traitlets.validate("range")
    def _valid_range(self, proposal: dict) -> tuple[int, int] | None:
        value = proposal["value"]
        if value is None:
            return None
        words = "range is (first, last), whole numbers of slices, or None"
        numbers = reals(value, words, 2, error=StateError)
        first, last = (whole(n, words, error=StateError) for n in numbers)
        end = getattr(self, "max_slice", last)
        check_within("the first slice of range", first, 0, end)
        check_within("the last slice of range", last, first + 1, end)
        return first, last
