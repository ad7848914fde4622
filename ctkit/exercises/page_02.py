"""The exercises of page 02: from slices to a volume."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

LEVEL = (1, 0, 0, 0, 1, 0)
TILTED = (1, 0, 0, 0, 0.8, -0.6)
SAGITTAL = (0, 1, 0, 0, 0, -1)
ASKEW = (0.8, 0, -0.6, 0, 1, 0)


def stacked(start, step, *numbers) -> np.ndarray:
    """Positions of slices: `start`, and so many steps from there."""
    return np.array([np.add(start, np.multiply(step, k)) for k in numbers], float)


SPACING = Exercise(
    "02.1",
    title="The spacing of a series",
    prompt=(
        "Write `spacing(positions, orientation)`: how many mm lie between two slices, along their "
        "normal. `positions` is an array with ImagePositionPatient of each file, in the order in "
        "which the files were found; `orientation` is ImageOrientationPatient. If the steps differ "
        "by more than 0.05 mm, a slice may be missing: then raise `ctkit.LoadError`. (Tolerance: "
        "0.001 mm.)"
    ),
    stub="def spacing(positions, orientation):\n    return ...",
    cases=(
        Case("three level slices", stacked((0, 0, 10), (0, 0, 2.5), 0, 1, 2), LEVEL),
        Case("slices in no order", stacked((5, 5, -8), (0, 0, 1.5), 2, 0, 3, 1), LEVEL),
        Case("a tilted gantry", stacked((0, 0, 0), (0, 0, 5), 0, 1, 2, 3), TILTED),
        Case("sagittal slices", stacked((-9, -80, 90), (0.75, 0, 0), 3, 1, 0, 2), SAGITTAL),
        Case("rows that lean", stacked((0, 0, 0), (1.2, 0, 1.6), 0, 1, 2), ASKEW),
        Case("a lost slice", stacked((0, 0, 10), (0, 0, 2.5), 0, 1, 2, 4, 5), LEVEL),
        Case("a slice 0.1 mm off", stacked((0, 0, 10), (0, 0, 2.5), 0, 1, 2.04, 3), LEVEL),
        Case("a lost slice, found last", stacked((0, 0, 0), (0, 0, 3), 1, 2, 0, 4), LEVEL),
    ),
    why="A spacing that is wrong by 6 % makes every volume and every angle wrong by as much.",
    hints=(
        "Where does each slice lie along the normal? Sort these numbers.",
        "The normal is the cross product of the two directions of `orientation`.",
        "`steps = np.diff(np.sort(positions @ normal))`",
        "`if np.ptp(steps) > 0.05: raise ctkit.LoadError(...)`",
    ),
    unit="mm",
    tolerance=1e-3,
)


@SPACING.right("Along the normal, sorted, over all slices, and refused where they disagree.")
def spacing(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    steps = np.diff(np.sort(np.asarray(positions) @ normal))
    if np.ptp(steps) > 0.05:
        message = "the steps between slices differ"
        raise ctkit.LoadError(message)
    return steps.mean()


@SPACING.mistake(
    "You took the difference in z. For sagittal slices it is 0, and for a tilted gantry it is too "
    "much: 5 mm of travel are 4 mm along this normal."
)
def by_z(positions, orientation):
    steps = np.diff(np.sort(positions[:, 2]))
    if np.ptp(steps) > 0.05:
        raise ctkit.LoadError
    return steps.mean()


@SPACING.mistake(
    "You measured the straight way from one first pixel to the next. In a tilted series it also "
    "slides sideways, so it is longer than the distance of the slices."
)
def straight_way(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    ordered = positions[np.argsort(positions @ normal)]
    steps = np.linalg.norm(np.diff(ordered, axis=0), axis=1)
    if np.ptp(steps) > 0.05:
        raise ctkit.LoadError
    return steps.mean()


@SPACING.mistake(
    "You didn't look whether the steps agree. A lost slice is hidden in their mean, and everything "
    "above it is misplaced."
)
def nothing_refused(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.diff(np.sort(positions @ normal)).mean()


@SPACING.mistake(
    "You took the order in which the files were found. Steps then go up and down, and a good "
    "series is refused."
)
def as_found(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    steps = np.abs(np.diff(positions @ normal))
    if np.ptp(steps) > 0.05:
        raise ctkit.LoadError
    return steps.mean()


@SPACING.mistake(
    "You looked at two files only. They need not be neighbours, and they can't tell you that a "
    "slice is missing elsewhere."
)
def of_two_files(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return abs((positions[1] - positions[0]) @ normal)


@SPACING.mistake(
    "You divided the whole length by the number of slices. Between n slices lie n - 1 steps."
)
def over_n(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    along = np.sort(positions @ normal)
    if np.ptp(np.diff(along)) > 0.05:
        raise ctkit.LoadError
    return (along[-1] - along[0]) / len(along)


MISSING = Exercise(
    "02.2",
    title="How many slices are missing?",
    prompt=(
        "Write `missing(along)`. `along` holds the positions of the slices along the normal in mm, "
        "in no order. The smallest step above 0 is the true one; all steps are multiples of it, "
        "and a slice may be there twice. How many slices are missing between the first and the "
        "last?"
    ),
    stub="def missing(along):\n    return ...",
    cases=(
        Case("a whole series", np.array([0.0, 1.5, 3.0])),
        Case("one slice lost", np.array([0.0, 1.5, 4.5, 6.0])),
        Case("three slices lost in a row", np.array([0.0, 2.0, 10.0, 12.0])),
        Case("two gaps, and no order", np.array([5.0, -10.0, 0.0, 25.0, 15.0, -5.0])),
        Case("a slice that is there twice", np.array([0.0, 1.5, 1.5, 4.5, 3.0])),
        Case("a slice twice, and one lost", np.array([0.0, 2.5, 2.5, 7.5])),
        Case("steps that are not exact", np.array([0.0, 0.1, 0.2, 0.30000000000000004, 0.7])),
    ),
    why="Who knows how many are lost can ask the archive for them.",
    hints=(
        "Sort, and look at the steps from each slice to the next.",
        "A step that is three times as long hides two slices.",
        "`np.round(steps / smallest) - 1`, added up over the steps above 0",
    ),
    unit="slices",
)


@MISSING.right("Each step hides as many slices as it is longer, counted in true steps.")
def missing(along):
    steps = np.diff(np.unique(along))
    return int(np.sum(np.round(steps / steps.min()) - 1))


@MISSING.mistake("You counted the gaps, and not the slices in them. One gap may hide many slices.")
def gaps_counted(along):
    steps = np.diff(np.unique(along))
    return int(np.sum(np.round(steps / steps.min()) > 1))


@MISSING.mistake(
    "You counted the true steps in each gap. A gap of three steps has two slices in it: one less "
    "for every gap."
)
def steps_counted(along):
    steps = np.round(np.diff(np.unique(along)) / np.diff(np.unique(along)).min())
    return int(np.sum(steps[steps > 1]))


@MISSING.mistake("You didn't sort. Files come in no order, and steps that go back are no gaps.")
def not_sorted(along):
    steps = np.abs(np.diff(along))
    steps = steps[steps > 0]
    return int(np.sum(np.round(steps / steps.min()) - 1))


@MISSING.mistake("A slice that is there twice made up for a lost one. Count places, not files.")
def doubles_counted(along):
    steps = np.diff(np.unique(along))
    return int(np.round(np.ptp(along) / steps.min())) + 1 - len(along)


@MISSING.mistake(
    "You compared with the mean of the steps. A gap makes the mean longer, so it hides itself."
)
def by_the_mean(along):
    steps = np.diff(np.unique(along))
    return int(np.sum(np.round(steps / steps.mean()) - 1))


@MISSING.mistake("You looked at the longest step only. There may be more than one gap.")
def longest_only(along):
    steps = np.diff(np.unique(along))
    return int(np.round(steps.max() / steps.min()) - 1)


@MISSING.mistake(
    "You cut the fraction off instead of rounding. 0.4 / 0.1 is a little less than 4 in a "
    "computer, and one slice is forgotten."
)
def cut_off(along):
    steps = np.diff(np.unique(along))
    return int(np.sum((steps / steps.min()).astype(int) - 1))


AFFINE = Exercise(
    "02.3",
    title="An affine from headers",
    prompt=(
        "Write `affine_of(first, last, count, orientation, spacing)`: the 4 x 4 matrix that turns "
        "`(slice, row, column, 1)` into mm, LPS+. `first` and `last` are ImagePositionPatient of "
        "the first and the last of `count` slices at even steps; `orientation` and `spacing` are "
        "ImageOrientationPatient and PixelSpacing. Keep the slide of a tilted series. (Tolerance: "
        "0.001 mm.)"
    ),
    stub="def affine_of(first, last, count, orientation, spacing):\n    return ...",
    cases=(
        Case("level slices", (-100, -90, 10), (-100, -90, 30), 11, LEVEL, (0.5, 0.8)),
        Case("sagittal slices", (-9, -80, 90), (-6, -80, 90), 4, SAGITTAL, (1.5, 0.7)),
        Case("a tilted gantry", (-50, -60, 0), (-50, -60, 45), 10, TILTED, (0.6, 0.9)),
    ),
    why="With it every voxel has its place in the patient, in any program.",
    hints=(
        "Each column of the matrix is a step in mm: to the next slice, row, column. The last "
        "column is the place of the first voxel.",
        "The step to the next slice is the way from `first` to `last`, over the number of steps.",
        "The column number grows along `orientation[:3]`, by `spacing[1]`.",
        "`affine[:3, 0] = (last - first) / (count - 1)`",
    ),
    unit="mm",
    tolerance=1e-3,
)


@AFFINE.right("Three steps and a start, each taken from the header, none from an assumption.")
def affine_of(first, last, count, orientation, spacing):
    affine = np.eye(4)
    affine[:3, 0] = np.subtract(last, first) / (count - 1)
    affine[:3, 1] = np.multiply(orientation[3:], spacing[0])
    affine[:3, 2] = np.multiply(orientation[:3], spacing[1])
    affine[:3, 3] = first
    return affine


@AFFINE.mistake(
    "You put the steps in NIfTI's order: column, row, slice. In this course the slice comes first."
)
def columns_first(first, last, count, orientation, spacing):
    return affine_of(first, last, count, orientation, spacing)[:, [2, 1, 0, 3]]


@AFFINE.mistake(
    "You took PixelSpacing as (x, y). The first number is the distance between rows: the picture "
    "comes out too short and too wide."
)
def spacing_as_xy(first, last, count, orientation, spacing):
    return affine_of(first, last, count, orientation, spacing[::-1])


@AFFINE.mistake(
    "You exchanged the two directions: the first three numbers of ImageOrientationPatient point "
    "along a row, where the *column* number grows."
)
def exchanged(first, last, count, orientation, spacing):
    return affine_of(first, last, count, (*orientation[3:], *orientation[:3]), spacing)


@AFFINE.mistake(
    "You divided by the number of slices. Between n slices lie n - 1 steps, and the last slice is "
    "now in the wrong place."
)
def one_step_too_many(first, last, count, orientation, spacing):
    return affine_of(first, last, count + 1, orientation, spacing)


@AFFINE.mistake(
    "You stacked along the normal. For a tilted gantry the slices also slide, and the far slices "
    "are many mm away from where they were measured."
)
def along_the_normal(first, last, count, orientation, spacing):
    affine = affine_of(first, last, count, orientation, spacing)
    normal = np.cross(orientation[:3], orientation[3:])
    affine[:3, 0] = normal * (affine[:3, 0] @ normal)
    return affine


@AFFINE.mistake(
    "You changed the signs of x and y, as NIfTI needs it. DICOM is LPS+ already: left became right."
)
def as_ras(first, last, count, orientation, spacing):
    return np.diag([-1, -1, 1, 1]) @ affine_of(first, last, count, orientation, spacing)


@AFFINE.mistake(
    "You wrote the steps into rows. The matrix is multiplied from the left, so each step belongs "
    "in a column."
)
def in_rows(first, last, count, orientation, spacing):
    affine = affine_of(first, last, count, orientation, spacing)
    affine[:3, :3] = affine[:3, :3].T.copy()
    return affine


@AFFINE.mistake(
    "You left the directions out, and used the spacing alone. A sagittal series then lies as if "
    "it were axial."
)
def spacing_alone(first, last, count, orientation, spacing):
    step = np.linalg.norm(np.subtract(last, first)) / (count - 1)
    affine = np.eye(4)
    affine[2, 0], affine[1, 1], affine[0, 2] = step, spacing[0], spacing[1]
    affine[:3, 3] = first
    return affine


QUIZ = (
    Single(
        "What puts the slices of a series in order?",
        Option("the names of the files", "The standard promises nothing about names."),
        Option("InstanceNumber", "It is often right, and nothing promises it."),
        Option("z of ImagePositionPatient", "Sagittal slices all have the same z."),
        Option("the position along the normal", "Yes: it works for every plane.", right=True),
    ),
    Single(
        "SliceThickness is 5 mm, and the slices lie 3 mm apart. What is true?",
        Option(
            "There are gaps of 2 mm.", "Then the layers would have to be thinner than the step."
        ),
        Option("The layers overlap by 2 mm.", "Yes: each part is in two layers.", right=True),
        Option("The header is wrong.", "Scanners do this on purpose."),
    ),
    Number(
        "A table moves by 5 mm a slice, and the gantry is tilted by 60 degrees. How many mm lie "
        "between two slices, along the normal?",
        right=2.5,
        tolerance=0.05,
        unit="mm",
        says="Yes: 5 mm times the cosine of 60 degrees.",
        otherwise="Draw two leaning lines, and measure at a right angle to them.",
        wrong=(
            (5, "That is the travel of the table, along z."),
            (4.33, "That is the slide of each slice, along the slice."),
        ),
    ),
    Several(
        "A slice in the middle is missing, and you fill it in by interpolation. What may you do "
        "with it?",
        Option("look at it", "Yes, as long as you know what it is.", right=True),
        Option("measure a lesion in it", "Nothing was measured there: the lesion may not be."),
        Option("count it as data for a paper", "It holds no more than its two neighbours."),
        Option("say so in the report", "Yes, and `load` does it.", right=True),
    ),
)
