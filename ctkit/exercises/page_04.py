"""The exercises of page 04: stored values, padding, sign, and how sure a mean is."""

from __future__ import annotations

import numpy as np

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

RESCALE = Exercise(
    "04.1",
    title="A rescale that never wraps",
    prompt=(
        "Write `rescale(stored, slope, intercept)`: the HU of an array of stored values. The array "
        "may be of `uint16` or of `int16`, and slope and intercept are numbers. Do it without "
        "`ctkit.to_hu`."
    ),
    stub="def rescale(stored, slope, intercept):\n    return ...",
    cases=(
        Case("air in a uint16", np.array([0, 24], np.uint16), 1, -1024),
        Case("a slope of 2", np.array([10, 300], np.int16), 2, -1000),
        Case("a slope that is no whole number", np.array([3, 100], np.int16), 0.5, -10.5),
        Case("the ends of uint16", np.array([0, 40000, 65535], np.uint16), 1, -1024),
        Case("the ends of int16", np.array([[-32768, 5], [7, 32767]], np.int16), 1, 1024),
    ),
    why="A number that wraps makes air brighter than any metal, and nothing tells you.",
    hints=(
        "Which numbers fit into a `uint16`, and which HU has air?",
        "Change the type of the array before you compute.",
        "`slope * stored.astype(float) + intercept`",
    ),
    unit="HU",
)


@RESCALE.right("Floats hold all of these numbers exactly, so the type is changed first.")
def rescale(stored, slope, intercept):
    return slope * stored.astype(float) + intercept


@RESCALE.mistake(
    "You computed in the stored type. It has no numbers beyond its ends, so it begins again from "
    "the other one: air gets 64,512 HU from a uint16."
)
def wrapped(stored, slope, intercept):
    return (stored.astype(np.int64) * int(slope) + int(intercept)).astype(stored.dtype)


@RESCALE.mistake(
    "You made int16 of the stored values first. A uint16 goes up to 65,535, and all above 32,767 "
    "becomes negative."
)
def int16_first(stored, slope, intercept):
    return slope * stored.astype(np.int16).astype(float) + intercept


@RESCALE.mistake(
    "You made int16 of the result. Half HU are lost, and what lies beyond 32,767 or below -32,768 "
    "HU wraps."
)
def int16_last(stored, slope, intercept):
    hu = slope * stored.astype(float) + intercept
    return hu.astype(np.int64).astype(np.int16)


@RESCALE.mistake(
    "You made whole numbers of slope and intercept. A slope of 0.5 becomes 0 then, and every voxel "
    "gets the same value."
)
def whole_slope(stored, slope, intercept):
    return int(slope) * stored.astype(float) + int(intercept)


@RESCALE.mistake(
    "You added the intercept before you multiplied. It is in HU already, and the slope must not "
    "change it. With a slope of 1 nobody sees the difference."
)
def intercept_first(stored, slope, intercept):
    return slope * (stored.astype(float) + intercept)


@RESCALE.mistake(
    "You took the intercept away, and it has to be added. Water is more than 2,000 HU off where "
    "the intercept is -1024."
)
def taken_away(stored, slope, intercept):
    return slope * stored.astype(float) - intercept


@RESCALE.mistake(
    "You left the slope out. Most CT files have a slope of 1, so this works until one hasn't."
)
def no_slope(stored, slope, intercept):
    return stored.astype(float) + intercept


PADDED = Exercise(
    "04.2",
    title="Padding with a range",
    prompt=(
        "A file declares its padding by two *stored* values, `PixelPaddingValue` and "
        "`PixelPaddingRangeLimit`. Both ends count, and either may be the larger one. Write "
        "`padded_to_hu(stored, slope, intercept, value, limit)`: the HU of the array as floats, "
        "with air (-1000 HU) for all padding."
    ),
    stub="def padded_to_hu(stored, slope, intercept, value, limit):\n    return ...",
    cases=(
        Case("one padded pixel", np.array([-2000.0, 1064.0]), 1, -1024, -2000, -2000),
        Case("a range", np.array([-2000.0, -1990.0, -1950.0, 1064.0]), 1, -1024, -2000, -1950),
        Case(
            "a limit below the value",
            np.array([-2000.0, -1975.0, -1950.0, 40.0]),
            1,
            0,
            -1950,
            -2000,
        ),
        Case(
            "padding at the top",
            np.array([[63000.0, 63536.0], [900.0, 0.0]]),
            1,
            -1024,
            63536,
            63000,
        ),
        Case(
            "metal and less than the padding",
            np.array([-2000.0, -2100.0, 30.0]),
            2,
            0,
            -2000,
            -1999,
        ),
        Case(
            "HU that look like padding", np.array([-976.0, -2000.0, 24.0]), 1, -1024, -2000, -2000
        ),
    ),
    why="Padding that is read as HU shifts the mean of a slice by hundreds of HU.",
    hints=(
        "In which numbers is the range given: in stored values, or in HU?",
        "Sort the two ends first, then ask which stored values lie between them, ends included.",
        "`np.where(is_padding, -1000.0, hu)`",
    ),
    unit="HU",
)


@PADDED.right("It asks the stored values, and fills after the rescale, where air is -1000.")
def padded_to_hu(stored, slope, intercept, value, limit):
    low, high = min(value, limit), max(value, limit)
    hu = slope * stored + intercept
    return np.where((stored >= low) & (stored <= high), -1000.0, hu)


@PADDED.mistake(
    "You compared the HU with the padding. The header gives it in stored values, so with an "
    "intercept of -1024 you looked 1,024 too low or too high."
)
def compared_hu(stored, slope, intercept, value, limit):
    hu = slope * stored + intercept
    return np.where((hu >= min(value, limit)) & (hu <= max(value, limit)), -1000.0, hu)


@PADDED.mistake(
    "You set the stored values to 0 before the rescale. What becomes of 0 is the maker's choice: "
    "the padding is water where the intercept is 0, and -1024 HU elsewhere."
)
def stored_zero(stored, slope, intercept, value, limit):
    padding = (stored >= min(value, limit)) & (stored <= max(value, limit))
    return slope * np.where(padding, 0, stored) + intercept


@PADDED.mistake(
    "You set the stored values to -1000 before the rescale, which then moves them: with an "
    "intercept of -1024 they become -2024 HU."
)
def stored_air(stored, slope, intercept, value, limit):
    padding = (stored >= min(value, limit)) & (stored <= max(value, limit))
    return slope * np.where(padding, -1000.0, stored) + intercept


@PADDED.mistake("You filled with 0 HU, which is water. The patient lies in air.")
def water(stored, slope, intercept, value, limit):
    padding = (stored >= min(value, limit)) & (stored <= max(value, limit))
    return np.where(padding, 0.0, slope * stored + intercept)


@PADDED.mistake(
    "You looked for the padding value alone. The range has more values, and they stay as they "
    "are, far below air."
)
def value_alone(stored, slope, intercept, value, limit):
    return np.where(stored == value, -1000.0, slope * stored + intercept)


@PADDED.mistake("The two ends of the range are padding too, and you left one or both out.")
def ends_left_out(stored, slope, intercept, value, limit):
    padding = (stored > min(value, limit)) & (stored < max(value, limit))
    return np.where(padding, -1000.0, slope * stored + intercept)


@PADDED.mistake(
    "You took the padding value for the lower end. The limit may lie below it: then no pixel lies "
    "in your range, and all padding stays."
)
def never_sorted(stored, slope, intercept, value, limit):
    padding = (stored >= value) & (stored <= limit)
    return np.where(padding, -1000.0, slope * stored + intercept)


@PADDED.mistake(
    "You took all that lies below the range for padding as well. Nobody said so: these are "
    "measured values, or an error that should be seen."
)
def all_below(stored, slope, intercept, value, limit):
    return np.where(stored <= max(value, limit), -1000.0, slope * stored + intercept)


SIGN = Exercise(
    "04.3",
    title="A sign that the header denies",
    prompt=(
        "Some scanners write 12-bit numbers in two's complement and label them unsigned. The value "
        "-1 stands there as 4095, and -2048 as 2048. Write `signed(stored, bits)`: the numbers "
        "that were meant, of an array of `uint16` in which `bits` bits are used (`BitsStored`)."
    ),
    stub="def signed(stored, bits):\n    return ...",
    cases=(
        Case("minus one", np.array([4095, 5], np.uint16), 12),
        Case("air", np.array([3096, 0, 1000], np.uint16), 12),
        Case("the ends", np.array([[2047, 2048], [4095, 0]], np.uint16), 12),
        Case("16 bits", np.array([64536, 32767, 32768, 9], np.uint16), 16),
        Case("13 bits", np.array([4095, 4096, 8191], np.uint16), 13),
    ),
    why="Read as unsigned, the air around the patient would have more than 3,000 HU.",
    hints=(
        "Which half of the numbers stands for negative ones?",
        "From 2**(bits - 1) on, a number stands for one that is 2**bits smaller.",
        "`np.where(values >= 2 ** (bits - 1), values - 2**bits, values)`, with signed `values`",
    ),
)


@SIGN.right("The type is made wide first, so that a negative number has room.")
def signed(stored, bits):
    values = stored.astype(np.int32)
    return np.where(values >= 2 ** (bits - 1), values - 2**bits, values)


@SIGN.mistake(
    "You cast to int16. That helps where 16 bits are used. With 12 bits the sign stands in the "
    "twelfth, and nothing changes: air stays at 3,096."
)
def cast_to_int16(stored, bits):
    return stored.astype(np.int16)


@SIGN.mistake(
    "You subtracted half of the range from every value. That undoes an offset. Two's complement "
    "leaves the numbers from 0 on as they are."
)
def offset(stored, bits):
    return stored.astype(np.int32) - 2 ** (bits - 1)


@SIGN.mistake("You subtracted from every value. Those of the lower half were meant as they stand.")
def from_all(stored, bits):
    return stored.astype(np.int32) - 2**bits


@SIGN.mistake(
    "The first number of the upper half stands for the lowest one, -2048 with 12 bits. You left it "
    "positive."
)
def lowest_lost(stored, bits):
    values = stored.astype(np.int32)
    return np.where(values > 2 ** (bits - 1), values - 2**bits, values)


@SIGN.mistake(
    "You took away 1 too little: every negative number is 1 too large. That is one's complement, "
    "which has two zeros."
)
def ones_complement(stored, bits):
    values = stored.astype(np.int32)
    return np.where(values >= 2 ** (bits - 1), values - (2**bits - 1), values)


@SIGN.mistake("You computed in uint16, which has no negative numbers: -1 becomes 65,535.")
def in_uint16(stored, bits):
    values = stored.astype(np.int64)
    return np.where(values >= 2 ** (bits - 1), values - 2**bits, values).astype(np.uint16)


@SIGN.mistake(
    "You counted on 12 bits always. `BitsStored` may be another number, and the sign stands in the "
    "last bit that is used."
)
def always_12(stored, bits):
    values = stored.astype(np.int32)
    return np.where(values >= 2048, values - 4096, values)


@SIGN.mistake(
    "You took the sign away: -1 became 1. Two's complement counts the negative numbers from below."
)
def sign_dropped(stored, bits):
    values = stored.astype(np.int32)
    return np.where(values >= 2 ** (bits - 1), 2**bits - values, values)


SURE = Exercise(
    "04.4",
    title="How sure is a mean?",
    prompt=(
        "The voxels of a CT depend on their neighbours, so you measure the same tissue in several "
        "regions, far from each other. Write `mean_and_error(regions)` for an array of "
        "(region, voxel). It gives the mean of all, and its standard error: the standard deviation "
        "of the means of the regions, with n - 1 in its formula, divided by the root of the number "
        "of regions."
    ),
    stub="def mean_and_error(regions):\n    return ...",
    cases=(
        Case("two regions of two voxels", np.array([[20.0, 22.0], [26.0, 28.0]])),
        Case("two equal regions", np.array([[10.0, 30.0, 20.0], [30.0, 20.0, 10.0]])),
        Case(
            "three regions in int16",
            np.array([[18, 25, 21, 24], [30, 35, 27, 28], [12, 20, 25, 19]], np.int16),
        ),
    ),
    why="An error that counts voxels as independent is several times too small.",
    hints=(
        "Which numbers don't depend on each other here: the voxels, or the means of the regions?",
        "`np.std` has `ddof=1` for n - 1.",
        "`means.std(ddof=1) / np.sqrt(len(means))`",
    ),
    unit="HU",
)


@SURE.right("Each region gives one number, and only these numbers are independent.")
def mean_and_error(regions):
    means = regions.mean(axis=1)
    return means.mean(), means.std(ddof=1) / np.sqrt(len(means))


@SURE.mistake(
    "You counted every voxel as if it were independent of its neighbours. In a CT it isn't, and "
    "the error comes out too small."
)
def all_voxels(regions):
    return regions.mean(), regions.std(ddof=1) / np.sqrt(regions.size)


@SURE.mistake(
    "This is how much the regions differ, not how sure their mean is. A mean of several is surer "
    "than one."
)
def not_divided(regions):
    means = regions.mean(axis=1)
    return means.mean(), means.std(ddof=1)


@SURE.mistake(
    "You divided by n in the standard deviation, which is NumPy's habit. With few regions the "
    "error comes out too small: for two regions by a factor of 1.4."
)
def by_n(regions):
    means = regions.mean(axis=1)
    return means.mean(), means.std() / np.sqrt(len(means))


@SURE.mistake(
    "You gave the noise of the single voxels. It says how far one voxel scatters, and nothing of "
    "how sure the mean is."
)
def noise(regions):
    return regions.mean(), regions.std(ddof=1)


@SURE.mistake(
    "You took means along the wrong axis: one for each place within a region, across the regions."
)
def wrong_axis(regions):
    means = regions.mean(axis=0)
    return means.mean(), means.std(ddof=1) / np.sqrt(len(means))


@SURE.mistake("You divided by the number of regions itself, and not by its root.")
def without_root(regions):
    means = regions.mean(axis=1)
    return means.mean(), means.std(ddof=1) / len(means)


@SURE.mistake("Both numbers are right, in the other order: the mean comes first.")
def error_first(regions):
    means = regions.mean(axis=1)
    return means.std(ddof=1) / np.sqrt(len(means)), means.mean()


QUIZ = (
    Single(
        "A scanner is set from 120 to 80 kV. Which values stay the same?",
        Option("Water and air", "Yes: both are fixed points of the formula.", right=True),
        Option("Water, air and fat", "Fat moves too, by some HU: only two points are fixed."),
        Option("All of them", "Dense bone moves by hundreds of HU, and iodine even more."),
        Option("None", "Water is 0 and air is -1000 at every energy: the formula says so."),
    ),
    Single(
        "A histogram has a spike at -3024 HU, and no header declares padding. What is it?",
        Option("Air of a very cold room", "Air may move by a few HU, and never by thousands."),
        Option(
            "Padding: -2000 stored, and an intercept of -1024",
            "Yes: it went through the rescale like a measured value.",
            right=True,
        ),
        Option("Metal", "Metal lies at the other end, above bone."),
        Option("Noise", "Noise spreads around a value, and makes no spike of one single number."),
    ),
    Number(
        "A voxel holds half fat of -100 HU and half bone of 700 HU. What does it read?",
        right=300,
        tolerance=1,
        unit="HU",
        says="Yes: a mean of both. It looks like spongy bone, and there is none.",
        otherwise="The attenuation of a mixed voxel is the mean of its parts.",
        wrong=(
            (400, "You left out the sign of fat."),
            (600, "You added the two. A voxel shares its volume between them."),
        ),
    ),
    Several(
        "Which of these tell you that grey matter is really brighter than white matter here?",
        Option("One voxel of each", "One voxel's noise is as large as the difference."),
        Option(
            "Means of many voxels, at places chosen by anatomy",
            "Yes: the mean is steadier, and the values did not choose the place.",
            right=True,
        ),
        Option(
            "The same difference on both sides of the head",
            "Yes: two regions far from each other are independent.",
            right=True,
        ),
        Option(
            "Regions where the values are highest and lowest",
            "You would find what you looked for: noise alone gives such a difference.",
        ),
    ),
)
