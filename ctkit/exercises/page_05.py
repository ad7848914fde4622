"""The exercises of page 05: windows."""

from __future__ import annotations

from .exercise import Case, Exercise

LOWER_END = Exercise(
    "05.1",
    title="The ends of a window",
    prompt=(
        "Write `ends(center, width)`. It gives two values in HU: the highest that is shown black, "
        "and the lowest that is shown white, by DICOM's LINEAR function."
    ),
    stub="def ends(center, width):\n    return ...",
    cases=(Case("an odd width", 40, 81), Case("an even width", 40, 80), Case("width 2", 0, 2)),
    why="An end that is half a HU off moves every grey of a narrow window.",
    hints=(
        "The window lies around `center - 0.5`, not around the center.",
        "From end to end it is `width - 1` HU long.",
        "`low = center - 0.5 - (width - 1) / 2`",
    ),
    unit="HU",
)


@LOWER_END.right("It is the standard's formula, term by term (PS3.3 C.11.2.1.2.1).")
def ends(center, width):
    low = center - 0.5 - (width - 1) / 2
    return low, low + width - 1


@LOWER_END.mistake(
    "You halved the width by `//`. It drops half a HU of every odd width, and a window of width 1 "
    "has no width at all."
)
def halved_by_floor(center, width):
    return center - width // 2, center + width // 2


@LOWER_END.mistake(
    "You went half a width to both sides of the center. That is DICOM's LINEAR_EXACT. LINEAR "
    "starts from `center - 0.5`."
)
def exact(center, width):
    return center - width / 2, center + width / 2


@LOWER_END.mistake("The two ends are right, in the other order: the black end comes first.")
def swapped(center, width):
    low, high = ends(center, width)
    return high, low
