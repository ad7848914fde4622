"""The exercises of page 10: what a file keeps."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

_UPRIGHT = np.array([[0, 0, 0.7, -50], [0, 0.9, 0, -60], [2.5, 0, 0, -80], [0, 0, 0, 1.0]])
_TILTED = np.array([[0, 0, 0.5, -60], [1.71, -0.8, 0, 70], [4.7, 0.1, 0, 20], [0, 0, 0, 1.0]])
_TURNED = np.array([[0.2, 0.3, 0.9, 12], [0.1, 1.1, -0.4, 30], [3, -0.2, 0.1, -7], [0, 0, 0, 1]])

RAS = Exercise(
    "10.1",
    title="To the other millimetres",
    prompt=(
        "DICOM and ctkit count millimetres to the patient's left, back and head (LPS+). NIfTI "
        "counts to the right, front and head (RAS+). Write `to_ras(affine)`: the 4 x 4 affine that "
        "turns the **same indices** into RAS+ millimetres. The given affine must stay as it is."
    ),
    stub="def to_ras(affine):\n    return ...",
    cases=(
        Case("an upright scan", _UPRIGHT),
        Case("a tilted gantry", _TILTED),
        Case("a scan turned in all directions", _TURNED),
    ),
    why="An LPS affine in a NIfTI puts the right side to the left, and looks right in its picture.",
    hints=(
        "Which two of the three millimetres change their sign?",
        "The result of an affine is (x, y, z, 1): each row of the matrix makes one of them.",
        "The whole row changes its sign, with its last number, which is the origin.",
    ),
    unit="mm",
)


@RAS.right("x and y change their sign, and a row of the affine makes each: from the left.")
def to_ras(affine):
    return np.diag([-1, -1, 1, 1]) @ affine


@RAS.mistake(
    "You changed the sign of columns. A column is the step along one index, so slices or rows now "
    "run backwards, and the origin kept its signs."
)
def columns_turned(affine):
    return affine @ np.diag([-1, -1, 1, 1])


@RAS.mistake(
    "The steps are right, and the origin still counts to the left and back. Everything is off by "
    "twice the origin: often more than 200 mm."
)
def origin_forgotten(affine):
    result = np.array(affine)
    result[:2, :3] *= -1
    return result


@RAS.mistake(
    "You turned the origin alone. The steps still lead to the left and back: the picture is "
    "mirrored about its corner."
)
def only_the_origin(affine):
    result = np.array(affine)
    result[:2, 3] *= -1
    return result


@RAS.mistake("z changed its sign too. Both systems count towards the head: S is in both names.")
def head_down(affine):
    return np.diag([-1, -1, -1, 1]) @ affine


@RAS.mistake(
    "Only x changed its sign. Left and right are in order now, and front and back are exchanged."
)
def only_x(affine):
    return np.diag([-1, 1, 1, 1]) @ affine


@RAS.mistake(
    "The affine came back as it was. nibabel reads it as RAS+: the right side lies on the left, "
    "and the face at the back."
)
def as_it_was(affine):
    return np.array(affine)


@RAS.mistake(
    "You changed the sign of two numbers on the diagonal. In an affine of (slice, row, column) the "
    "steps in x and y stand elsewhere."
)
def on_the_diagonal(affine):
    result = np.array(affine)
    result[0, 0] *= -1
    result[1, 1] *= -1
    result[:2, 3] *= -1
    return result


@RAS.mistake(
    "The matrix is right, and you wrote it into the one that was given. Whoever goes on with that "
    "scan has an affine of the other kind."
)
def in_place(affine):
    affine[:2] *= -1
    return affine


STORED = Exercise(
    "10.2",
    title="Floats into 16 bits",
    prompt=(
        "A filtered scan is float32, and a file of int16 takes half the room. Its header holds "
        "`slope` and `intercept`: value = stored * slope + intercept. Write `stored(values, slope, "
        "intercept)`: the int16 array that brings each value back as nearly as can be. What lies "
        "beyond int16 gets the nearest number that int16 has."
    ),
    stub="def stored(values, slope, intercept):\n    return ...",
    cases=(
        Case("fractions", np.array([10.4, 10.6], np.float32), 1.0, 0.0),
        Case("values below 0", np.array([-10.6, -999.7, 30.2], np.float32), 1.0, 0.0),
        Case(
            "a slope of a quarter, from -1024 HU on",
            np.array([-1024, 40.3, 61.9], np.float32),
            0.25,
            -1024,
        ),
        Case("beyond int16", np.array([5000, -9000, 20, 0.3], np.float32), 0.125, 0),
    ),
    why="With a slope of 0.25 HU nothing is off by more than 0.125 HU, in half the room.",
    hints=(
        "Solve value = stored * slope + intercept for stored.",
        "`astype` cuts fractions off, and wraps what is too large. Both have to be dealt with "
        "before it.",
        "int16 goes from -32768 to 32767: clip to these ends, after you have rounded.",
    ),
    types=True,
)


@STORED.right("Rounded and clipped while it is float; only then does it become int16.")
def stored(values, slope, intercept):
    whole = np.rint((values.astype(float) - intercept) / slope)
    return whole.clip(-32768, 32767).astype(np.int16)


def _int16(numbers):
    return np.clip(numbers, -32768, 32767).astype(np.int16)


@STORED.mistake(
    "`astype` cut the fractions off. Values above 0 get too small and those below too large, by "
    "half a step on average."
)
def cut(values, slope, intercept):
    return _int16((values.astype(float) - intercept) / slope)


@STORED.mistake(
    "You rounded down. Every value is too small, by half a step on average, and so is every mean."
)
def rounded_down(values, slope, intercept):
    return _int16(np.floor((values.astype(float) - intercept) / slope))


@STORED.mistake(
    "What is too large for int16 wraps around: 5000 HU in steps of an eighth came back below air. "
    "Clip before the type changes."
)
def wraps(values, slope, intercept):
    whole = np.rint((values.astype(float) - intercept) / slope)
    return whole.astype(np.int64).astype(np.int16)


@STORED.mistake(
    "You multiplied by the slope. That is the way back, from stored to HU; here you go the other "
    "way."
)
def multiplied(values, slope, intercept):
    return _int16(np.rint((values.astype(float) - intercept) * slope))


@STORED.mistake(
    "The intercept came off after the division. It is in HU, as the values are: it has to come off "
    "before."
)
def divided_first(values, slope, intercept):
    return _int16(np.rint(values.astype(float) / slope - intercept))


@STORED.mistake(
    "You forgot the intercept. Whoever reads the file adds it, and every value is that much off."
)
def no_intercept(values, slope, intercept):
    return _int16(np.rint(values.astype(float) / slope))


@STORED.mistake("You added the intercept. On the way to stored numbers it has to be taken off.")
def intercept_added(values, slope, intercept):
    return _int16(np.rint((values.astype(float) + intercept) / slope))


@STORED.mistake(
    "The numbers are right, and they are still floats. The task is an array of int16, which takes "
    "half the room of float32."
)
def still_float(values, slope, intercept):
    return np.rint((values.astype(float) - intercept) / slope).clip(-32768, 32767)


ERROR = Exercise(
    "10.3",
    title="There and back through 8 bits",
    prompt=(
        "HU go into a PNG of 8 bits by `ctkit.apply_window(hu, center, width, dtype=np.uint8)`, "
        "and come back by DICOM's LINEAR formula, solved for HU. Write `largest_error(hu, center, "
        "width)`: by how many HU the worst voxel is off, black and white ones too. `hu` is int16. "
        "A tolerance of 0.01 HU holds."
    ),
    stub="def largest_error(hu, center, width):\n    return ...",
    cases=(
        Case("one voxel inside of the window", np.array([31], np.int16), 40, 80),
        Case("inside of a wide window", np.array([-350, 13, 122, 700], np.int16), 400, 2000),
        Case("bone in the brain window", np.array([10, 33, 1200], np.int16), 40, 80),
        Case("air in the brain window", np.array([-1000, 25, 40, 90], np.int16), 40, 80),
    ),
    why="A picture keeps what its window shows, and the number says how well.",
    hints=(
        "Make the greys, and make floats of them before you calculate.",
        "The formula is ((hu - (center - 0.5)) / (width - 1) + 0.5) * 255 = grey. Solve it for hu.",
        "`(greys / 255 - 0.5) * (width - 1) + center - 0.5`",
        "The worst voxel is the largest absolute difference, wherever it lies.",
    ),
    unit="HU",
    tolerance=0.01,
)


@ERROR.right("It measures what comes back, so rounding and clipping are both in it.")
def largest_error(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    back = (greys / 255 - 0.5) * (width - 1) + center - 0.5
    return np.abs(back - hu).max()


def _back(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return (greys / 255 - 0.5) * (width - 1) + center - 0.5


@ERROR.mistake(
    "This is half a grey: the most that rounding can do. What the window clips is off by far more: "
    "bone of 1200 HU comes back as 79."
)
def half_a_grey(hu, center, width):
    return (width - 1) / 255 / 2


@ERROR.mistake(
    "You looked inside of the window only. The clipped voxels are in the file too, and they are "
    "the worst."
)
def only_inside(hu, center, width):
    low, high = center - width / 2, center + width / 2 - 1
    shown = (hu >= low) & (hu <= high)
    return np.abs(_back(hu, center, width) - hu)[shown].max()


@ERROR.mistake(
    "The way back used another formula than the way there: the plain center and width. That alone "
    "adds up to a HU."
)
def another_formula(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return np.abs((greys / 255 - 0.5) * width + center - hu).max()


@ERROR.mistake(
    "The width is right, and the middle is not: on the way back you took half a HU off in the "
    "wrong direction. All that comes back is 1 HU too high."
)
def half_a_hu_up(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return np.abs((greys / 255 - 0.5) * (width - 1) + center + 0.5 - hu).max()


@ERROR.mistake(
    "The middle is right, and the way back is one HU longer than the way there: LINEAR spreads the "
    "greys over one HU less than the width."
)
def over_the_whole_width(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return np.abs((greys / 255 - 0.5) * width + center - 0.5 - hu).max()


@ERROR.mistake(
    "You added the half where it has to be taken off: the formula is solved for HU. All that comes "
    "back is a whole window too high."
)
def half_added(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return np.abs((greys / 255 + 0.5) * (width - 1) + center - 0.5 - hu).max()


@ERROR.mistake(
    "You divided by 256. The greys go from 0 to 255, so white does not come back as the upper end."
)
def by_256(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    return np.abs((greys / 256 - 0.5) * (width - 1) + center - 0.5 - hu).max()


@ERROR.mistake("This is the mean error. The task asks for the worst voxel.")
def the_mean(hu, center, width):
    return np.abs(_back(hu, center, width) - hu).mean()


@ERROR.mistake(
    "You took the largest difference with its sign. An error below 0 is an error too: bone that "
    "comes back as 79 HU is 1121 HU off."
)
def with_its_sign(hu, center, width):
    return (_back(hu, center, width) - hu).max()


@ERROR.mistake(
    "You compared greys, and not HU. Half a grey is 0.15 HU in the brain window, and 2 HU in that "
    "for bone."
)
def in_greys(hu, center, width):
    exact = ctkit.apply_window(hu, center, width) * 255
    return np.abs(ctkit.apply_window(hu, center, width, dtype=np.uint8) - exact).max()


OFFSET = Exercise(
    "10.4",
    title="HU in a PNG of 16 bits",
    prompt=(
        "A PNG of 16 bits holds whole numbers from 0 to 65535, and none below 0. Write "
        "`for_png(hu)`: a uint16 array that holds every value of an int16 array, moved up by 32768 "
        "(so 0 HU becomes 32768)."
    ),
    stub="def for_png(hu):\n    return ...",
    cases=(
        Case("water", np.array([0], np.int16)),
        Case("air and bone", np.array([-1000, 1200], np.int16)),
        Case("the ends of int16", np.array([[-32768, 32767], [40, -2000]], np.int16)),
    ),
    why="Then all HU of a slice come back to the digit, with no window to remember.",
    hints=(
        "In int16, 0 + 32768 does not exist. Which type has room for it?",
        "Calculate in int32, and make uint16 of it at the end.",
        "`hu.astype(np.int32)`",
    ),
    types=True,
)


@OFFSET.right("int32 has room for the sum, and all sums fit into uint16.")
def for_png(hu):
    return (hu.astype(np.int32) + 32768).astype(np.uint16)


@OFFSET.mistake(
    "You changed the type and moved nothing. -1000 HU became 64536: air is the brightest of all."
)
def not_moved(hu):
    return hu.astype(np.uint16)


@OFFSET.mistake(
    "You added in int16, where 32768 does not exist: NumPy refuses it, with an OverflowError."
)
def in_int16(hu):
    return (hu + 32768).astype(np.uint16)


@OFFSET.mistake(
    "You moved by 1024, which lifts air above 0. Padding at -2000 still wraps around to 64560, and "
    "the task names another number."
)
def by_1024(hu):
    return (hu.astype(np.int32) + 1024).astype(np.uint16)


@OFFSET.mistake(
    "You stretched from the picture's minimum to its maximum. Each slice then has a scale of its "
    "own, and no HU comes back."
)
def stretched(hu):
    low, high = int(hu.min()), int(hu.max())
    return np.rint(65535 * (hu - float(low)) / max(high - low, 1)).astype(np.uint16)


@OFFSET.mistake("What lies below 0 HU was cut off: air and fat became water.")
def cut_at_water(hu):
    return hu.clip(0).astype(np.uint16)


@OFFSET.mistake("The numbers are right, and the type is not: no PNG holds 32-bit integers.")
def in_int32(hu):
    return hu.astype(np.int32) + 32768


@OFFSET.mistake(
    "You made 8 bits of it. 65536 values became 256, so neighbours in HU have the same grey: off "
    "by up to 255 HU."
)
def in_8_bits(hu):
    return ((hu.astype(np.int32) + 32768) // 256).astype(np.uint8)


@OFFSET.mistake(
    "The offset is 32767. The lowest value of int16 wraps around and becomes the brightest, and "
    "all others are 1 HU off."
)
def one_too_few(hu):
    return (hu.astype(np.int32) + 32767).astype(np.uint16)


QUIZ = (
    Single(
        "You want to send a colleague one slice to measure in. Which file?",
        Option(
            "A JPEG of quality 95",
            "It moves voxels by up to 2.6 HU, and clips what the window does.",
        ),
        Option("A PNG of 8 bits", "It holds one window, and nothing outside of it."),
        Option(
            "A NIfTI, or a PNG of 16 bits with its spacing",
            "Yes: both hold every HU, and the millimetres are there.",
            right=True,
        ),
    ),
    Number(
        "A PNG of 8 bits was made with center 40 and width 400. By how many HU can a voxel inside "
        "the window be off?",
        right=0.78,
        tolerance=0.02,
        unit="HU",
        says="Yes: 399 / 255 / 2.",
        otherwise="How many HU is one of 255 steps? The nearest grey is at most half of it away.",
        wrong=((1.56, "That is a whole step. The nearest grey is never that far."),),
    ),
    Several(
        "Which of these come back from an npy?",
        Option("Every HU", "Yes: it holds the array as it is.", right=True),
        Option("The type of the array", "Yes: its header holds type and shape.", right=True),
        Option("The millimetres", "No: its header says nothing of the patient."),
    ),
    Single(
        "A grey of 128, and nobody knows the window. Which HU is it?",
        Option("40", "In the brain window it would be about 40. Who says that it was that one?"),
        Option("128", "A grey is a step of a window, and no HU."),
        Option("It can't be said.", "Yes: without its window a grey is not a value.", right=True),
    ),
)
