"""The exercises of page 07: noise, and what takes it away."""

from __future__ import annotations

import numpy as np

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

NOISE = Exercise(
    "07.1",
    title="Noise from two slices",
    prompt=(
        "Two neighbouring slices show nearly the same anatomy, and each has noise of its own. In "
        "their difference the anatomy is gone. Write `noise_of(first, second)`: the SD of the "
        "noise of **one** slice, by `np.std` of the difference. The slices are arrays of whole "
        "numbers, signed or not. One slice may be brighter than the other as a whole; that is no "
        "noise."
    ),
    stub="def noise_of(first, second):\n    return ...",
    cases=(
        Case(
            "two slices of 2 x 2",
            np.array([[0, 10], [20, 30]], np.int16),
            np.array([[4, 8], [25, 27]], np.int16),
        ),
        Case(
            "values that have no sign",
            np.array([[1024, 1040, 1060], [1030, 1050, 1080]], np.uint16),
            np.array([[1030, 1036, 1062], [1024, 1058, 1079]], np.uint16),
        ),
        Case(
            "a second slice that is brighter as a whole",
            np.array([[0, 10, 20], [5, 15, 40]], np.int16),
            np.array([[52, 57, 74], [58, 63, 91]], np.int16),
        ),
    ),
    why="So noise can be measured where no place is flat: edges that both slices share cancel out.",
    hints=(
        "Subtract first, and in a type that has negative numbers.",
        "The difference holds the noise of two slices. Do two SDs simply add up?",
        "Variances add up: the SD of the difference is the square root of 2 times that of one.",
    ),
    unit="HU",
    tolerance=1e-3,
)


@NOISE.right("Variances add up, so the SD of the difference is larger by the square root of 2.")
def noise_of(first, second):
    difference = first.astype(float) - second
    return np.std(difference) / np.sqrt(2)


@NOISE.mistake(
    "This is the SD of the difference. It holds the noise of two slices, so it is 1.41 times too "
    "large."
)
def of_both(first, second):
    return np.std(first.astype(float) - second)


@NOISE.mistake(
    "You halved the SD of the difference. Two noises do not add up like lengths: your number is "
    "1.41 times too small."
)
def halved(first, second):
    return np.std(first.astype(float) - second) / 2


@NOISE.mistake(
    "You subtracted in the type of the slices. Without a sign 3 - 5 becomes 65534, and the noise "
    "comes out in the thousands."
)
def wrapped(first, second):
    return np.std(first - second) / np.sqrt(2)


@NOISE.mistake(
    "You measured each slice and took the mean of the two SDs. That holds the anatomy: edges count "
    "as noise."
)
def mean_of_two(first, second):
    return (np.std(first) + np.std(second)) / 2


@NOISE.mistake(
    "You took the square root of the mean square of the difference. A slice that is brighter as a "
    "whole then counts as noise: by its HU over 1.41."
)
def root_mean_square(first, second):
    return np.sqrt(np.mean((first.astype(float) - second) ** 2) / 2)


@NOISE.mistake("This is a variance, in HU squared. The SD is its square root.")
def variance(first, second):
    return np.var(first.astype(float) - second) / 2


@NOISE.mistake(
    "You took the mean of the absolute differences. It is smaller than the SD, by a fifth for "
    "normal noise, and an offset counts in it."
)
def mean_absolute(first, second):
    return np.abs(first.astype(float) - second).mean() / np.sqrt(2)


MEDIAN = Exercise(
    "07.2",
    title="A median of three",
    prompt=(
        "Write `median_of_three(row)`. Each value of a row of HU becomes the middle one of three: "
        "itself and its two neighbours, all as they were measured. At an end the missing "
        "neighbour has the value of the end itself. The result is as long as the row."
    ),
    stub="def median_of_three(row):\n    return ...",
    cases=(
        Case("a row of one value", np.array([7], np.int16)),
        Case("one wild value", np.array([10, 500, 12], np.int16)),
        Case("ends that differ", np.array([-50, -20, -30, 10, 5, 60, 40], np.int16)),
        Case("wild values at the ends", np.array([900, 30, 40, 20, 35, 25, -900], np.int16)),
    ),
    why="The median throws single wild values out and keeps edges, which no weighted mean does.",
    hints=(
        "Put one value before the row and one behind it, so that each value has two neighbours.",
        "`np.median` along an axis of three shifted rows does all at once.",
        '`wide = np.pad(row, 1, mode="edge")`',
    ),
    unit="HU",
)


@MEDIAN.right("Three shifted copies lie over each other, and the median is taken through them.")
def median_of_three(row):
    wide = np.pad(row, 1, mode="edge")
    return np.median([wide[:-2], wide[1:-1], wide[2:]], axis=0)


@MEDIAN.mistake(
    "You took the mean of three. One wild voxel of 500 HU then lends 160 HU to each neighbour, and "
    "edges blur."
)
def mean_of_three(row):
    wide = np.pad(row, 1, mode="edge")
    return np.mean([wide[:-2], wide[1:-1], wide[2:]], axis=0)


@MEDIAN.mistake(
    "The result is two values shorter than the row: the ends are missing. A volume that loses a "
    "rim with each filter no longer fits its affine."
)
def shorter(row):
    return np.median([row[:-2], row[1:-1], row[2:]], axis=0) if len(row) > 2 else row[:0]


@MEDIAN.mistake(
    "Beyond the ends you put 0. That is water: it pulls the ends towards 0 HU, also in the air."
)
def zeros_beyond(row):
    wide = np.pad(row, 1)
    return np.median([wide[:-2], wide[1:-1], wide[2:]], axis=0)


@MEDIAN.mistake(
    "You wrote into the row that you read from. The left neighbour was filtered already, so values "
    "are dragged along the row."
)
def in_place(row):
    result = row.copy()
    for i in range(1, len(row) - 1):
        result[i] = np.median(result[i - 1 : i + 2])
    return result


@MEDIAN.mistake(
    "At the ends you took the neighbour from the other end of the row, as `np.roll` does. The left "
    "side of a picture then depends on its right side."
)
def around_the_corner(row):
    return np.median([np.roll(row, 1), row, np.roll(row, -1)], axis=0)


@MEDIAN.mistake(
    "At the ends you used the one neighbour twice. Then it always wins, and the measured end is "
    "lost."
)
def mirrored(row):
    wide = np.pad(row, 1, mode="reflect" if len(row) > 1 else "edge")
    return np.median([wide[:-2], wide[1:-1], wide[2:]], axis=0)


@MEDIAN.mistake("This is the median of five. It also throws out things that are two voxels wide.")
def of_five(row):
    wide = np.pad(row, 2, mode="edge")
    return np.median([wide[i : i + len(row)] for i in range(5)], axis=0)


SCALED = Exercise(
    "07.3",
    title="Ready for scikit-image",
    prompt=(
        "Write `scaled(hu, noise_hu)` for a filter that wants floats from 0 to 1. It gives two "
        "things: the picture, with -1024 HU as 0 and 3071 HU as 1, and the noise **in the same "
        "unit**. Nothing is cut off: metal of 8000 HU lies above 1. `hu` may be int16. A tolerance "
        "of 0.00001 holds."
    ),
    stub="def scaled(hu, noise_hu):\n    return ...",
    cases=(
        Case("int16", np.array([[40, 3071]], np.int16), 5.0),
        Case("fractions of a HU", np.array([[-1000.0, 30.25, 61.5]]), 8.0),
        Case("much noise", np.array([[-800.0, 20.0, 900.0]]), 400.0),
        Case(
            "metal, at the upper end of int16", np.array([[32000, 8000, -1000, 40]], np.int16), 5.0
        ),
    ),
    why="A weight in another unit than the picture does nothing, or flattens the brain.",
    hints=(
        "First a float, so that nothing wraps. Then shift, then divide.",
        "From -1024 to 3071 HU it is 4095 HU.",
        "An SD does not change when all values are shifted. It does change when they are divided.",
    ),
    tolerance=1e-5,
)


@SCALED.right("Shift and divide in floats; the noise is a difference of HU, so it is only divided.")
def scaled(hu, noise_hu):
    picture = (hu.astype(float) + 1024) / 4095
    return picture, noise_hu / 4095


@SCALED.mistake(
    "You shifted the noise as well. A shift moves all values alike and leaves their spread: your "
    "noise of 5 HU became one of 1029 HU."
)
def noise_shifted(hu, noise_hu):
    return (hu.astype(float) + 1024) / 4095, (noise_hu + 1024) / 4095


@SCALED.mistake(
    "The picture is scaled, and the noise still has HU. To the filter it is 4095 times the whole "
    "noise: everything becomes one grey."
)
def noise_kept(hu, noise_hu):
    return (hu.astype(float) + 1024) / 4095, noise_hu


@SCALED.mistake(
    "You added in int16, which ends at 32767. Metal of 32000 HU wrapped around to a value below "
    "air."
)
def wrapped_sum(hu, noise_hu):
    return (hu + 1024) / 4095, noise_hu / 4095


@SCALED.mistake(
    "You divided by 32768, as scikit-image does with int16. The picture goes from -0.03 to 0.1, "
    "and default weights do too much."
)
def as_scikit_image(hu, noise_hu):
    return hu.astype(float) / 32768, noise_hu / 32768


@SCALED.mistake(
    "You took the picture's own minimum and maximum. The same tissue then gets another value in "
    "each slice, and one weight fits none of them."
)
def own_range(hu, noise_hu):
    low, high = float(hu.min()), float(hu.max())
    return (hu.astype(float) - low) / (high - low), noise_hu / (high - low)


@SCALED.mistake(
    "You cut the picture off at 0 and 1. Metal of 8000 HU becomes 3071 HU, and the difference "
    "filtered - measured shows it."
)
def cut_off(hu, noise_hu):
    return ((hu.astype(float) + 1024) / 4095).clip(0, 1), noise_hu / 4095


@SCALED.mistake(
    "You divided without a shift. Air lies at -0.25, and a filter that expects 0 to 1 may refuse "
    "or clip it."
)
def not_shifted(hu, noise_hu):
    return hu.astype(float) / 4095, noise_hu / 4095


PAIRS = Exercise(
    "07.4",
    title="Right by how many pairs?",
    prompt=(
        "A lesion is brighter than its surroundings. Write `right_pairs(lesion, ring)`: of all "
        "pairs of a voxel of the lesion with a voxel of the ring, in how many percent is that of "
        "the lesion the brighter one? Whole HU are often equal. Such a pair counts half, as one "
        "would guess. Both are rows of values; the one may be longer than the other."
    ),
    stub="def right_pairs(lesion, ring):\n    return ...",
    cases=(
        Case("two rows of 2", np.array([10, 30], np.int16), np.array([20, 40], np.int16)),
        Case(
            "values that are equal",
            np.array([30, 30, 35], np.int16),
            np.array([30, 20, 35], np.int16),
        ),
        Case(
            "values that have no sign",
            np.array([1060, 1050, 1070], np.uint16),
            np.array([1055, 1065], np.uint16),
        ),
        Case("a darker lesion", np.array([5, 8, 6], np.int16), np.array([20, 8, 30, 7], np.int16)),
    ),
    why="It asks what a reader asks, can this be told from that, and needs no formula for noise.",
    hints=(
        "Each voxel with each: a column of the one against a row of the other.",
        "`lesion[:, None]` against `ring` gives a table of all pairs.",
        "Count those above, and half of those that are equal. Then make percent of it.",
    ),
    unit="%",
    tolerance=0.01,
)


@PAIRS.right("A column against a row makes the table of all pairs; equal ones count half.")
def right_pairs(lesion, ring):
    column = lesion[:, None]
    return 100 * (np.mean(column > ring) + np.mean(column == ring) / 2)


@PAIRS.mistake(
    "Equal pairs count nothing here. With whole HU and little noise that is several percent, and a "
    "lesion without contrast gets less than 50."
)
def ties_lost(lesion, ring):
    return 100 * np.mean(lesion[:, None] > ring)


@PAIRS.mistake(
    "Equal pairs count as right here. A picture that a filter made one single grey would get 100 "
    "of 100."
)
def ties_won(lesion, ring):
    return 100 * np.mean(lesion[:, None] >= ring)


@PAIRS.mistake("You counted the pairs in which the ring is brighter. That is 100 minus the answer.")
def swapped_pairs(lesion, ring):
    return 100 * (np.mean(ring[:, None] > lesion) + np.mean(ring[:, None] == lesion) / 2)


@PAIRS.mistake("This is a fraction from 0 to 1. The task asks for percent.")
def fraction(lesion, ring):
    return np.mean(lesion[:, None] > ring) + np.mean(lesion[:, None] == ring) / 2


@PAIRS.mistake(
    "You compared the two means. That says which is brighter on the whole, and nothing about how "
    "often noise turns it around."
)
def by_means(lesion, ring):
    return 100.0 if lesion.mean() > ring.mean() else 0.0


@PAIRS.mistake(
    "You put the first with the first, the second with the second. These are few of the pairs, and "
    "rows of different length have none."
)
def side_by_side(lesion, ring):
    return 100 * (np.mean(lesion > ring) + np.mean(lesion == ring) / 2)


@PAIRS.mistake(
    "You subtracted values without a sign. 1050 - 1055 becomes 65531 there, so nearly every pair "
    "looks right."
)
def unsigned_difference(lesion, ring):
    difference = lesion[:, None] - ring
    return 100 * (np.mean(difference > 0) + np.mean(difference == 0) / 2)


QUIZ = (
    Number(
        "A scan has a noise of 12 HU. You want 6 HU, by dose alone. How many times the dose?",
        right=4,
        tolerance=0.05,
        says="Yes: the noise falls with the square root of the number of photons.",
        otherwise="The SD goes with one over the square root of the number of photons.",
        wrong=(
            (2, "Twice the photons bring 12 HU only to 8.5 HU."),
            (1.41, "That is what twice the dose does to the noise."),
        ),
    ),
    Single(
        "A filter halves the noise and leaves the width of the skull's edge. What do you know now?",
        Option(
            "It has no price.",
            "On page 07 nlm did just that, and took a third of the contrast of faint lesions.",
        ),
        Option(
            "That it spares a step of 1000 HU. A faint thing has to be measured apart.",
            "Yes: a filter can spare the edges that it notices, and take what lies in the noise.",
            right=True,
        ),
        Option("That it blurs.", "Blur would have made the edge wider, as the gaussian did."),
    ),
    Several(
        "Which of these must you know before you can say that a scan has 5 HU of noise?",
        Option(
            "The region where it was measured",
            "Yes: the SD changes from place to place, and over an edge it is contrast.",
            right=True,
        ),
        Option(
            "The slice thickness and the kernel of the reconstruction",
            "Yes: a thicker slice or a softer kernel has less noise, from the same photons.",
            right=True,
        ),
        Option("The window on the screen", "A window changes the greys, and not the HU."),
    ),
    Single(
        "`gaussian_filter(array, sigma=1)` runs on pixels of 0.5 mm in slices 5 mm apart. What "
        "does it do?",
        Option("It blurs by 1 mm on all axes.", "Its sigma counts voxels, not millimetres."),
        Option(
            "It blurs by 0.5 mm within the slices, and by 5 mm across them.",
            "Yes: one voxel on each axis. So it mixes neighbouring slices strongly.",
            right=True,
        ),
        Option("It blurs each slice alone.", "With one sigma it works on all three axes."),
    ),
)
