"""The exercises of page 09: values on another grid."""

from __future__ import annotations

import numpy as np

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

BETWEEN = Exercise(
    "09.1",
    title="Between two voxels",
    prompt=(
        "Write `between(values, place)`: linear interpolation along one axis. `values` is a row of "
        "HU, whole numbers of any type; `place` counts in voxels and may be a fraction: at 1.25 "
        "three quarters belong to voxel 1 and one quarter to voxel 2. Before the first centre and "
        "beyond the last one their values count. It takes one place, and gives one number."
    ),
    stub="def between(values, place):\n    return ...",
    cases=(
        Case("a quarter of the way", np.array([20, 30], np.int16), 0.25),
        Case("three quarters of the way", np.array([20, 30, 70], np.int16), 1.75),
        Case("the last centre", np.array([20, 30, 70], np.int16), 2.0),
        Case("before the first centre", np.array([20, 30, 70], np.int16), -0.5),
        Case("beyond the last centre", np.array([20, 30, 70], np.int16), 2.75),
        Case("values without a sign that fall", np.array([1060, 1020, 1000], np.uint16), 0.5),
    ),
    why="Three such steps, one an axis, are all that linear resampling does.",
    hints=(
        "Which voxel lies below the place, and how far above it is the place?",
        "Keep the place between the first and the last centre before anything else.",
        "The weights are `1 - part` and `part`, and they sum to 1.",
    ),
    unit="HU",
    tolerance=1e-3,
)


@BETWEEN.right("The place is kept inside first, so the voxel above it always exists.")
def between(values, place):
    place = min(max(place, 0), len(values) - 1)
    low = min(int(place), len(values) - 2)
    part = place - low
    return (1 - part) * float(values[low]) + part * float(values[low + 1])


def _kept(values, place):
    place = min(max(place, 0), len(values) - 1)
    low = min(int(place), len(values) - 2)
    return values.astype(float), low, place - low


@BETWEEN.mistake(
    "The weights are exchanged. The nearer voxel has to count more: a quarter of the way from 20 "
    "to 30 HU is 22.5, and not 27.5."
)
def weights_exchanged(values, place):
    values, low, part = _kept(values, place)
    return part * values[low] + (1 - part) * values[low + 1]


@BETWEEN.mistake(
    "This is nearest. It copies one voxel, and edges become steps that are off by up to half a "
    "voxel."
)
def the_nearest(values, place):
    values, low, part = _kept(values, place)
    return values[low] if part < 0.5 else values[low + 1]


@BETWEEN.mistake(
    "You took the voxel below and forgot the rest of the way. Everything is moved by half a voxel "
    "in the mean."
)
def the_one_below(values, place):
    values, low, part = _kept(values, place)
    return values[low + 1] if part == 1 else values[low]


@BETWEEN.mistake(
    "You took the mean of both neighbours, wherever the place lies. The way between them has to "
    "count."
)
def always_the_middle(values, place):
    values, low, part = _kept(values, place)
    return (
        values[low] if part == 0 else values[low + 1] if part == 1 else values[low : low + 2].mean()
    )


@BETWEEN.mistake(
    "Beyond the ends the line goes on. Nothing was measured there: over the skin such a line soon "
    "leaves the range of HU."
)
def goes_on(values, place):
    low = min(max(int(np.floor(place)), 0), len(values) - 2)
    part = place - low
    return (1 - part) * float(values[low]) + part * float(values[low + 1])


@BETWEEN.mistake(
    "At the last centre there is no voxel above, and NumPy raises an IndexError. Every grid has "
    "such places."
)
def one_too_far(values, place):
    low = int(np.floor(max(place, 0)))
    part = max(place, 0) - low
    return (1 - part) * float(values[low]) + part * float(values[low + 1])


@BETWEEN.mistake(
    "Outside of the centres you gave 0. That is water, in a rim around the whole volume."
)
def water_outside(values, place):
    if not 0 <= place <= len(values) - 1:
        return 0.0
    values, low, part = _kept(values, place)
    return (1 - part) * values[low] + part * values[low + 1]


@BETWEEN.mistake(
    "You took the difference in the type of the values. Without a sign 1020 - 1060 becomes 65496, "
    "and half of that is added."
)
def wrapped_difference(values, place):
    _, low, part = _kept(values, place)
    return float(values[low]) + part * float(values[low + 1] - values[low])


ZOOM = Exercise(
    "09.2",
    title="The spacing that zoom makes",
    prompt=(
        "`scipy.ndimage.zoom(array, factor)` makes `round(slices * factor)` slices, and keeps the "
        "first and the last **centre** where they were. Write `zoom_spacing(slices, mm, factor)`: "
        "how far apart its slices are, in mm, when `slices` slices were `mm` apart."
    ),
    stub="def zoom_spacing(slices, mm, factor):\n    return ...",
    cases=(
        Case("few slices", 4, 2.0, 2.0),
        Case("a factor that makes no whole number", 7, 5.0, 1.1),
        Case("a number just below the next one", 9, 2.5, 2.2),
        Case("thick slices to 1 mm", 30, 5.0, 5.0),
    ),
    why="A scan of 30 slices of 5 mm taken for 1 mm is 4 mm too long at its end.",
    hints=(
        "How long is it from the first centre to the last?",
        "Between `n` centres lie `n - 1` steps, before and after.",
        "`new = round(slices * factor)`",
    ),
    unit="mm",
    tolerance=1e-4,
)


@ZOOM.right("The way between the outer centres stays, and is divided into new - 1 steps.")
def zoom_spacing(slices, mm, factor):
    new = round(slices * factor)
    return (slices - 1) * mm / (new - 1)


@ZOOM.mistake(
    "This is the spacing that one hopes for, old / factor. zoom keeps the outer centres, so its "
    "slices lie a little closer."
)
def hoped_for(slices, mm, factor):
    return mm / factor


@ZOOM.mistake(
    "You divided the field of view by the number of new slices. `resample` does so; zoom keeps "
    "the centres and not the outer edges."
)
def field_of_view(slices, mm, factor):
    return slices * mm / round(slices * factor)


@ZOOM.mistake(
    "You divided the whole field of view by the steps. The way between the outer centres is one "
    "slice shorter."
)
def too_long_a_way(slices, mm, factor):
    return slices * mm / (round(slices * factor) - 1)


@ZOOM.mistake(
    "The way is right, and you divided it by the number of slices. Between them there is one step "
    "less."
)
def one_step_too_many(slices, mm, factor):
    return (slices - 1) * mm / round(slices * factor)


@ZOOM.mistake("You forgot that the number of slices is rounded: zoom makes only whole ones.")
def not_rounded(slices, mm, factor):
    return (slices - 1) * mm / (slices * factor - 1)


@ZOOM.mistake("You cut the number of slices off. zoom rounds it, so it has one slice more here.")
def cut_down(slices, mm, factor):
    return (slices - 1) * mm / (int(slices * factor) - 1)


@ZOOM.mistake("The fraction is upside down: more slices must lie closer together.")
def upside_down(slices, mm, factor):
    return (round(slices * factor) - 1) * mm / (slices - 1)


SHRUNK = Exercise(
    "09.3",
    title="Shrink by means",
    prompt=(
        "Write `shrunk(picture, n)`: each `n` x `n` block of a picture becomes one pixel, the mean "
        "of the block. Rows and columns at the end that don't fill a block are left out. The "
        "picture holds whole numbers; the means keep their fractions."
    ),
    stub="def shrunk(picture, n):\n    return ...",
    cases=(
        Case("one block", np.array([[0, 10], [20, 31]], np.int16), 2),
        Case("blocks side by side", np.arange(24, dtype=np.int16).reshape(4, 6) ** 2, 2),
        Case("a row and a column too many", np.arange(35, dtype=np.int16).reshape(5, 7) ** 2, 3),
        Case(
            "values at the end of int16",
            np.array([[32767, 32767, -900, -800], [32767, 32766, 5, 8]], np.int16),
            2,
        ),
    ),
    why="Without the mean noise stays, and fine stripes come back as coarse ones.",
    hints=(
        "First cut the picture to a multiple of `n` on both axes.",
        "A reshape to four axes puts each block on two axes of its own.",
        "The order of the axes is (block, within, block, within); take the mean over the second "
        "and the fourth.",
    ),
    unit="HU",
    tolerance=1e-3,
)


@SHRUNK.right("Four axes, block and within for rows and for columns; the mean takes two away.")
def shrunk(picture, n):
    rows, columns = (size // n for size in picture.shape)
    blocks = picture[: rows * n, : columns * n].reshape(rows, n, columns, n)
    return blocks.mean(axis=(1, 3))


def _blocks(picture, n):
    rows, columns = (size // n for size in picture.shape)
    return picture[: rows * n, : columns * n].reshape(rows, n, columns, n)


@SHRUNK.mistake(
    "You kept one pixel of each block. That is what aliasing is made of: the noise stays as large "
    "as it was."
)
def one_of_each(picture, n):
    rows, columns = (size // n for size in picture.shape)
    return picture[::n, ::n][:rows, :columns]


@SHRUNK.mistake("This is the sum of each block: HU that are n x n times too large.")
def sums(picture, n):
    return _blocks(picture.astype(float), n).sum(axis=(1, 3))


@SHRUNK.mistake(
    "You added up in int16. A sum beyond 32767 wraps around, and bright bone becomes darker than "
    "air."
)
def wrapped_sums(picture, n):
    return _blocks(picture, n).sum(axis=(1, 3), dtype=picture.dtype) / n**2


@SHRUNK.mistake(
    "The axes of the reshape are in another order: pixels that are far apart came into one block."
)
def mixed_up(picture, n):
    rows, columns = (size // n for size in picture.shape)
    part = picture[: rows * n, : columns * n]
    return part.reshape(n, rows, n, columns).mean(axis=(0, 2))


@SHRUNK.mistake(
    "You took the mean along the rows only, and single rows of it. The noise falls less, and the "
    "other axis still aliases."
)
def one_axis(picture, n):
    return _blocks(picture.astype(float), n).mean(axis=3)[:, 0]


@SHRUNK.mistake(
    "The means became whole numbers again, cut off towards 0. That loses half a HU on average, and "
    "the tissue gets darker."
)
def cut_to_whole(picture, n):
    return _blocks(picture, n).mean(axis=(1, 3)).astype(int)


@SHRUNK.mistake("This is the median of each block. Small bright things vanish from it.")
def medians(picture, n):
    return np.median(_blocks(picture, n), axis=(1, 3))


LABELS = Exercise(
    "09.4",
    title="Labels on another grid",
    prompt=(
        "A row of labels: 0 is outside, and each other whole number is an organ. Write "
        "`labels_at(labels, places)`: the label of the **nearest** voxel for each place of an "
        "array. Places count in voxels, and may be fractions. Up to half a voxel beyond an end the "
        "end counts; farther out the label is 0."
    ),
    stub="def labels_at(labels, places):\n    return ...",
    cases=(
        Case("places between 0 and label 2", np.array([0, 2], np.uint8), np.array([0.3, 0.7])),
        Case(
            "a label of 200", np.array([0, 200, 200, 3], np.uint8), np.array([0.6, 1.4, 2.4, 2.8])
        ),
        Case("just beyond the ends", np.array([4, 0, 7], np.uint8), np.array([-0.4, 2.4])),
        Case(
            "far beyond the ends", np.array([4, 0, 7], np.uint8), np.array([-0.7, -1.2, 2.7, 3.9])
        ),
    ),
    why="Between label 0 and label 2 lies label 1, another organ: a label is a name, no number.",
    hints=(
        "Round each place to the nearest index.",
        "Which of these indices exist? An index of -1 is the last voxel to NumPy.",
        "Clip the indices to look up, and then put 0 where they were outside.",
    ),
)


@LABELS.right("Indices are clipped to look them up, and what was outside is set to 0 after.")
def labels_at(labels, places):
    nearest = np.rint(places).astype(int)
    inside = (nearest >= 0) & (nearest < len(labels))
    return np.where(inside, labels[nearest.clip(0, len(labels) - 1)], 0)


def _inside(labels, places):
    nearest = np.rint(places).astype(int)
    return (nearest >= 0) & (nearest < len(labels))


@LABELS.mistake(
    "You interpolated and rounded. Between 0 and 2 that gives label 1, an organ that is not there: "
    "25 % of the voxels on page 09."
)
def rounded_mean(labels, places):
    found = np.rint(np.interp(places, np.arange(len(labels)), labels)).astype(int)
    return np.where(_inside(labels, places), found, 0)


@LABELS.mistake("You interpolated. Labels of 0.6 belong to no organ at all.")
def plain_mean(labels, places):
    found = np.interp(places, np.arange(len(labels)), labels)
    return np.where(_inside(labels, places), found, 0)


@LABELS.mistake(
    "You cut the places off in place of rounding them. The whole mask moves by half a voxel."
)
def floored(labels, places):
    low = np.floor(places).astype(int)
    inside = (low >= 0) & (low < len(labels))
    return np.where(inside, labels[low.clip(0, len(labels) - 1)], 0)


@LABELS.mistake(
    "An index below 0 counts from the end in NumPy. What lies before the scan got the label of its "
    "far side."
)
def from_the_far_end(labels, places):
    nearest = np.rint(places).astype(int)
    return np.where(nearest < len(labels), labels[np.minimum(nearest, len(labels) - 1)], 0)


@LABELS.mistake(
    "Beyond the ends the last label goes on. An organ that touches the border grows out of the "
    "scan, and its volume in ml with it."
)
def goes_on_outside(labels, places):
    return labels[np.rint(places).astype(int).clip(0, len(labels) - 1)]


@LABELS.mistake(
    "Half a voxel beyond a centre still belongs to the scan. You set it to 0, so the mask loses "
    "its rim."
)
def no_rim(labels, places):
    nearest = np.rint(places).astype(int).clip(0, len(labels) - 1)
    return np.where((places >= 0) & (places <= len(labels) - 1), labels[nearest], 0)


@LABELS.mistake(
    "You made a mask of it, True or False. All organs became one, and their names are lost."
)
def one_mask(labels, places):
    nearest = np.rint(places).astype(int).clip(0, len(labels) - 1)
    return _inside(labels, places) & (labels[nearest] > 0)


@LABELS.mistake(
    "A place beyond the last voxel raises an IndexError. Every grid that is a little larger has "
    "such places."
)
def not_looked(labels, places):
    nearest = np.rint(places).astype(int)
    return np.where(nearest >= 0, labels[nearest], 0)


QUIZ = (
    Number(
        "A step goes from -1000 to 500 HU. The cubic kernel overshoots by 7.4 % of a bare step. "
        "Which HU does it reach at most?",
        right=611,
        tolerance=2,
        unit="HU",
        says="Yes: 7.4 % of 1500 HU is 111 HU.",
        otherwise="The share is one of the whole step, and it is added to its upper end.",
        wrong=(
            (537, "That is 7.4 % of 500 HU. The step is higher than that."),
            (111, "That is the overshoot itself. From where does it start?"),
        ),
    ),
    Single(
        "Slices of 5 mm are resampled to 1 mm. What do you gain?",
        Option("Five times the detail", "Nothing was measured between the slices."),
        Option(
            "Cubes that fit to other scans, and no detail",
            "Yes: the values between are worked out of those that were measured.",
            right=True,
        ),
        Option("Less noise", "Interpolated values have less, since they are means. It is no gain."),
    ),
    Several(
        "Which of these need `kernel='nearest'`?",
        Option("A mask of the head", "Yes: it holds True and False, and no values.", right=True),
        Option("A map of labels", "Yes: between two labels lies another organ.", right=True),
        Option("HU for a network", "Nearest would move edges by up to half a voxel."),
    ),
    Single(
        "Pixels of 0.5 mm are shrunk to 2 mm. Which stripes can the new picture still show?",
        Option("2 mm from stripe to stripe", "A bright and a dark pixel make 4 mm."),
        Option("4 mm from stripe to stripe", "Yes: two pixels for each stripe.", right=True),
        Option("0.5 mm from stripe to stripe", "Not even the old pixels could show these."),
    ),
)
