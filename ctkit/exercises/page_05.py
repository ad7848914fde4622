"""The exercises of page 05: windows."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single

ENDS = Exercise(
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


@ENDS.right("It is the standard's formula, term by term (PS3.3 C.11.2.1.2.1).")
def ends(center, width):
    low = center - 0.5 - (width - 1) / 2
    return low, low + width - 1


@ENDS.mistake(
    "You halved the width by `//`. It drops half a HU of every odd width, and a window of width 1 "
    "has no width at all."
)
def halved_by_floor(center, width):
    return center - width // 2, center + width // 2


@ENDS.mistake(
    "You went half a width to both sides of the center. That is DICOM's LINEAR_EXACT. LINEAR "
    "starts from another middle, and its ends are one HU nearer to each other."
)
def exact(center, width):
    return center - width / 2, center + width / 2


@ENDS.mistake(
    "The length is right, and the middle is not: LINEAR's window does not lie around the center "
    "itself. Both ends are half a HU too high."
)
def around_the_center(center, width):
    return center - (width - 1) / 2, center + (width - 1) / 2


@ENDS.mistake(
    "The middle is right, and the window is 1 HU too long. A width counts whole values, and "
    "between the first and the last of 80 values lie 79 steps."
)
def one_too_long(center, width):
    return center - 0.5 - width / 2, center - 0.5 + width / 2


@ENDS.mistake("The two ends are right, in the other order: the black end comes first.")
def swapped(center, width):
    high, low = center + width / 2 - 1, center - width / 2
    return high, low


@ENDS.mistake(
    "You made whole numbers of the ends. With an odd width both lie between two HU, and half a HU "
    "is lost."
)
def made_whole(center, width):
    low = center - 0.5 - (width - 1) / 2
    return int(low), int(low + width - 1)


FROM_ENDS = Exercise(
    "05.2",
    title="A window from its ends",
    prompt=(
        "Write `window(black, white)`. It gives the center and the width whose LINEAR window is "
        "black at `black` HU and white at `white` HU, and neither before."
    ),
    stub="def window(black, white):\n    return ...",
    cases=(
        Case("an even number of values", 0, 79),
        Case("an odd number of values", 20, 46),
        Case("ends below water", -160, -39),
    ),
    why="So you can set a window by what has to be seen, and write it into a header.",
    hints=(
        "How many whole HU are there from black to white, both ends counted?",
        "The center lies half a HU above the middle of the two ends.",
        "`width = white - black + 1`",
    ),
    unit="HU",
)


@FROM_ENDS.right("The width counts the values from end to end, and the middle is center - 0.5.")
def window(black, white):
    width = white - black + 1
    return (black + white) / 2 + 0.5, width


@FROM_ENDS.mistake(
    "The center is right, and the width is 1 too small: you counted the steps and not the values. "
    "The window ends half a HU early on both sides."
)
def steps_counted(black, white):
    return (black + white) / 2 + 0.5, white - black


@FROM_ENDS.mistake(
    "The width is right. The center is the plain middle, and LINEAR's window lies half a HU below "
    "its center: both ends come out half a HU too low."
)
def plain_middle(black, white):
    return (black + white) / 2, white - black + 1


@FROM_ENDS.mistake(
    "This is the window of LINEAR_EXACT: the plain middle, and the plain distance. LINEAR needs "
    "both of its corrections."
)
def of_linear_exact(black, white):
    return (black + white) / 2, white - black


@FROM_ENDS.mistake(
    "You took half a HU away from the middle, and it has to be added: LINEAR itself takes it away. "
    "The window lies 1 HU too low."
)
def wrong_side(black, white):
    return (black + white) / 2 - 0.5, white - black + 1


@FROM_ENDS.mistake(
    "You halved by `//`. The center may lie between two HU, and half a HU is lost there."
)
def whole_center(black, white):
    return (black + white + 1) // 2, white - black + 1


@FROM_ENDS.mistake("Both numbers are right, in the other order: DICOM puts the center first.")
def width_first(black, white):
    return white - black + 1, (black + white + 1) / 2


APART = Exercise(
    "05.3",
    title="How many greys apart?",
    prompt=(
        "Write `greys_apart(first, second, center, width)`: by how many of the 255 steps of grey "
        "two values in HU differ in a LINEAR window. It is never below 0. Do it by the formula, "
        "and do not round."
    ),
    stub="def greys_apart(first, second, center, width):\n    return ...",
    cases=(
        Case("two values inside of the window", 21, 28, 40, 80),
        Case("two values in the other order", 28, 21, 40, 80),
        Case("one value above the window", 70, 300, 40, 80),
        Case("one value below the window", -1000, 10, 40, 80),
        Case("two values above the window", 85, 1000, 40, 80),
    ),
    why="Two tissues that both lie outside of a window can't be told apart in it.",
    hints=(
        "First make a grey from 0 to 1 of each value.",
        "Cut each of the two greys off at 0 and 1, before you take the difference.",
        "`grey = np.clip((hu - (center - 0.5)) / (width - 1) + 0.5, 0, 1)`",
    ),
    unit="greys",
)


@APART.right("Each value goes through the window alone, and only then are they compared.")
def greys_apart(first, second, center, width):
    hu = np.array([first, second], float)
    grey = np.clip((hu - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return 255 * abs(grey[1] - grey[0])


@APART.mistake(
    "You didn't cut off what lies outside of the window. A screen has no grey above white or below "
    "black, so some of these steps do not exist."
)
def nothing_cut_off(first, second, center, width):
    return 255 * abs(second - first) / (width - 1)


@APART.mistake(
    "You cut off the difference, and not each of the two values. Above the window two values are "
    "both white, and no step apart."
)
def difference_cut_off(first, second, center, width):
    return min(255 * abs(second - first) / (width - 1), 255)


@APART.mistake(
    "You took the greys of LINEAR_EXACT: it divides by the width itself. LINEAR has one step less."
)
def by_linear_exact(first, second, center, width):
    grey = np.clip((np.array([first, second]) - center) / width + 0.5, 0, 1)
    return 255 * abs(grey[1] - grey[0])


@APART.mistake(
    "The number is right, and has a sign. How far two greys lie apart does not depend on which of "
    "them comes first."
)
def with_a_sign(first, second, center, width):
    grey = np.clip((np.array([first, second]) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return 255 * (grey[1] - grey[0])


@APART.mistake("A screen has 256 greys from 0 to 255, and so 255 steps: you took 256 of them.")
def too_many_steps(first, second, center, width):
    grey = np.clip((np.array([first, second]) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return 256 * abs(grey[1] - grey[0])


@APART.mistake(
    "You made whole greys before you took the difference. It can be up to one grey off, which is "
    "much for two tissues that are a few greys apart."
)
def rounded_first(first, second, center, width):
    greys = ctkit.apply_window(np.array([first, second]), center, width, dtype=np.uint8)
    return abs(int(greys[1]) - int(greys[0]))


@APART.mistake("You gave the difference of the greys from 0 to 1: the screen's greys go up to 255.")
def from_0_to_1(first, second, center, width):
    grey = np.clip((np.array([first, second]) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return abs(grey[1] - grey[0])


TO_BYTES = Exercise(
    "05.4",
    title="Bytes for a screen",
    prompt=(
        "Write `to_bytes(hu, center, width)`: an array of HU as greys from 0 to 255 by LINEAR, "
        "rounded to the nearest, of type `np.uint8`. The array may be of `int16`. Do it by hand, "
        "without `ctkit.apply_window`."
    ),
    stub="def to_bytes(hu, center, width):\n    return ...",
    cases=(
        Case("values inside of the window", np.array([10, 21, 35], np.int16), 40, 80),
        Case("values at the ends", np.array([0, 1, 40, 79, 80], np.int16), 40, 80),
        Case("air and bone", np.array([[-1000, 20, 35], [60, 500, 1800]], np.int16), 40, 80),
        Case("the ends of int16", np.array([-32768, -5, 77, 32767], np.int16), 40, 80),
        Case("an odd width", np.array([[-3, 12.5], [30, 61]]), 30, 61),
    ),
    why="This is what every viewer does for each pixel, and where black turns white by mistake.",
    hints=(
        "Make greys from 0 to 1 first, as floats.",
        "Cut off at 0 and 1 before you make bytes: a byte that is too large begins again at 0.",
        "`np.round(255 * grey).astype(np.uint8)`",
    ),
    unit="greys",
    types=True,
)


@TO_BYTES.right("It cuts off first and casts last, so that nothing can begin again at 0.")
def to_bytes(hu, center, width):
    hu = np.asarray(hu, float)
    grey = np.clip((hu - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return np.round(255 * grey).astype(np.uint8)


@TO_BYTES.mistake(
    "You cast to bytes before you cut off. What lies outside of the window begins again from the "
    "other end: black becomes light, and white becomes dark."
)
def cast_first(hu, center, width):
    grey = (np.asarray(hu, float) - (center - 0.5)) / (width - 1) + 0.5
    return np.round(255 * grey).astype(np.int64).astype(np.uint8)


@TO_BYTES.mistake(
    "A cast to whole numbers cuts off what stands after the point. Most greys come out 1 too dark: "
    "round them first."
)
def not_rounded(hu, center, width):
    grey = np.clip((np.asarray(hu, float) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return (255 * grey).astype(np.uint8)


@TO_BYTES.mistake(
    "You went from `center - width // 2` to `center + width // 2`, as many tutorials do. The two "
    "corrections of LINEAR are missing, and the greys are up to 3 off at a width of 80."
)
def of_tutorials(hu, center, width):
    low, high = center - width // 2, center + width // 2
    grey = (np.clip(np.asarray(hu, float), low, high) - low) / (high - low)
    return np.round(255 * grey).astype(np.uint8)


@TO_BYTES.mistake(
    "You gave the greys of LINEAR_EXACT. At 40/80 they differ from LINEAR by up to 3 greys."
)
def exact_bytes(hu, center, width):
    grey = np.clip((np.asarray(hu, float) - center) / width + 0.5, 0, 1)
    return np.round(255 * grey).astype(np.uint8)


@TO_BYTES.mistake(
    "You scaled from the lowest to the highest value of the array, and not by the window. The same "
    "HU then has another grey in every picture."
)
def scaled_by_itself(hu, center, width):
    hu = np.clip(np.asarray(hu, float), center - width / 2, center + width / 2 - 1)
    grey = (hu - hu.min()) / (hu.max() - hu.min())
    return np.round(255 * grey).astype(np.uint8)


@TO_BYTES.mistake("You made bytes of greys from 0 to 1: nearly all are 0 now, which is black.")
def bytes_from_0_to_1(hu, center, width):
    grey = np.clip((np.asarray(hu, float) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return grey.astype(np.uint8)


@TO_BYTES.mistake(
    "The values are right, and they are still floats. A screen and a PNG of 8 bits want bytes."
)
def still_floats(hu, center, width):
    grey = np.clip((np.asarray(hu, float) - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    return np.round(255 * grey)


@TO_BYTES.mistake(
    "You subtracted in the type of the array. An int16 of -32768 has no room for what is below it, "
    "and begins again at +32767: air becomes white."
)
def subtracted_in_int16(hu, center, width):
    moved = np.asarray(hu) - center
    grey = np.clip((moved + 0.5) / (width - 1) + 0.5, 0, 1)
    return np.round(255 * grey).astype(np.uint8)


def _phantom():
    """The middle of the course's phantom, with a bleed."""
    grid = ctkit.phantom.make_grid((3, 128, 112), (4, 1.7, 1.7), center=(0, 0, 20))
    return ctkit.phantom.head_phantom(table=False).render(grid)


QUIZ = (
    Single(
        "By LINEAR at 40/80, what is the lowest value that is plain white?",
        Option("80 HU", "That is the end of LINEAR_EXACT. LINEAR counts 80 whole HU from 0 on."),
        Option("79 HU", "Yes. LINEAR shows 80 whole HU, from 0 to 79.", right=True),
        Option("40 HU", "40 is the center. It is shown in a middle grey."),
        Option("120 HU", "The width goes to both sides of the center, half of it to each."),
    ),
    Several(
        "Which of these change the values in HU that a network is trained on?",
        Option(
            "Another window in the viewer",
            "A window changes the picture only. The probe reads the same HU.",
        ),
        Option(
            "Saving the brain window as an 8-bit PNG, and reading it back",
            "Yes. What lay outside of 0 to 79 HU is gone for good.",
            right=True,
        ),
        Option(
            "`np.clip(hu, 0, 79)` in place of the array",
            "Yes. Bone of 1000 HU is 79 HU now.",
            right=True,
        ),
        Option(
            "`imshow` without `vmin` and `vmax`",
            "It changes the greys of the picture, and not the array.",
        ),
    ),
    Number(
        "Which center does a LINEAR window have that is black at 20 and white at 45 HU?",
        right=33,
        tolerance=0.1,
        unit="HU",
        says="Yes. The middle of 20 and 45 is 32.5, and LINEAR's middle is center - 0.5.",
        otherwise="Take the middle of the two ends. Then think of LINEAR's first correction.",
        wrong=(
            (32.5, "That is the middle of the two ends, and the center of LINEAR_EXACT."),
            (26, "26 is the width: the values from 20 to 45 are 26."),
            (32, "The correction goes the other way: the middle is center - 0.5."),
        ),
    ),
    Single(
        "A header says `WindowCenter = [40, 400]` and `WindowWidth = [80, 1000]`. What is meant?",
        Option("One window, of which the mean is taken", "No part of the standard takes a mean."),
        Option(
            "Two windows: 40/80 and 400/1000",
            "Yes. They are alternatives, and who looks may choose.",
            right=True,
        ),
        Option("A window from 40 to 400 HU", "The tag holds centers, and no ends."),
    ),
    Place(
        "Point at the bleed in the phantom's brain.",
        scene=_phantom,
        plane="axial",
        slice=1,
        window="brain",
        target=(1, 58, 74),
        within=15,
        says="Yes. It has 70 HU, and the white matter around it 28.",
        otherwise="Look for a spot that is brighter than the brain, and is not bone.",
        wrong=(((1, 60, 56), 6, "That is the middle of the brain, between the two ventricles."),),
    ),
)
