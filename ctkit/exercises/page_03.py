"""The exercises of page 03: left and right."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single


def grid(*steps, first) -> np.ndarray:
    """An affine from the steps along slices, rows and columns, and the first place."""
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(steps)
    affine[:3, 3] = first
    return affine


AXIAL = grid((0, 0, 5.0), (0, 0.8, 0), (0.6, 0, 0), first=(-100, -90, 20))
BACK_FIRST = grid((0, 0, 1.5), (0, -0.9, 0), (0.7, 0, 0), first=(-120.0, 110, -80))
SAGITTAL = grid((-2.0, 0, 0), (0, 0, -0.5), (0, 0.9, 0), first=(60, -100, 90))
LEANING = grid((0, 0, 5.0), (0, 0.8, -0.6), (-0.7, 0, 0), first=(90, -95, 30))

LETTERS = Exercise(
    "03.1",
    title="Which way do the indices run?",
    prompt=(
        "Write `letters(affine)`. The affine turns `(slice, row, column, 1)` into mm, LPS+. Give "
        "three letters, one for each axis of the array in this order: towards which side of the "
        'patient does the index grow? As in `"SPL"`. A leaning axis has the letter of the side '
        "that it is nearest to."
    ),
    stub="def letters(affine):\n    return ...",
    cases=(
        Case("an axial series", AXIAL),
        Case("rows that run to the front", BACK_FIRST),
        Case("a sagittal series", SAGITTAL),
        Case("leaning rows, columns to the right", LEANING),
    ),
    why="Three letters tell at a glance whether two scans have the same order.",
    hints=(
        "The first three columns of the matrix are the steps along slices, rows and columns.",
        "The largest of the three numbers of a step, without its sign, says which axis of the "
        "patient it follows; its sign says which way.",
        '`"LPS"[axis] if step[axis] > 0 else "RAI"[axis]`',
    ),
)


@LETTERS.right("The steps are the columns of the matrix, and LPS+ says what plus means.")
def letters(affine):
    found = ""
    for step in affine[:3, :3].T:
        axis = np.argmax(np.abs(step))
        found += "LPS"[axis] if step[axis] > 0 else "RAI"[axis]
    return found


@LETTERS.mistake(
    "You read the signs as RAS+. In LPS+ a plus in x is the patient's left: here left and right, "
    "front and back have changed places."
)
def read_as_ras(affine):
    return letters(np.diag([-1, -1, 1, 1]) @ affine)


@LETTERS.mistake(
    "You read the rows of the matrix. They belong to x, y and z; the steps along the axes of the "
    "array are the columns."
)
def rows_of_the_matrix(affine):
    return letters(affine[:3, :3].T)


@LETTERS.mistake(
    "The letters are right, in NIfTI's order: column, row, slice. Here the slice comes first."
)
def column_first(affine):
    return letters(affine)[::-1]


@LETTERS.mistake(
    "You left the signs out. The axis is right, but not the side: an index may also grow to the "
    "right, to the front, or down."
)
def no_signs(affine):
    return letters(np.abs(affine))


@LETTERS.mistake(
    "You took the largest number, and not the largest without its sign. A step of -0.9 mm is "
    "longer than one of 0 mm."
)
def largest_number(affine):
    found = ""
    for step in affine[:3, :3].T:
        axis = np.argmax(step)
        found += "LPS"[axis] if step[axis] > 0 else "RAI"[axis]
    return found


@LETTERS.mistake(
    "You named the side that the axis comes *from*. The letter is the side that the index grows "
    "towards."
)
def comes_from(affine):
    return letters(-affine)


@LETTERS.mistake(
    "You looked where the first voxel lies. Its place does not say which way the steps go."
)
def by_the_first_voxel(affine):
    found = ""
    for step in affine[:3, :3].T:
        axis = np.argmax(np.abs(step))
        found += "RAI"[axis] if affine[axis, 3] > 0 else "LPS"[axis]
    return found


def small(affine) -> ctkit.Volume:
    """A volume of 2 x 3 x 4 different values."""
    return ctkit.Volume(np.arange(24, dtype=np.int16).reshape(2, 3, 4), affine)


FLIP = Exercise(
    "03.2",
    title="Columns to the left",
    prompt=(
        "Write `columns_to_left(volume)`. Its slices run up and its rows to the back; its columns "
        "run to the patient's left or to the right. Give a Volume whose columns run to the "
        "**left**, in which every HU lies where it was in the patient. A volume whose columns "
        "already run to the left comes back as it is. Do it by hand: "
        "`ctkit.Volume(array, affine)`, without `reorient` and `canonical`. (Tolerance: 0.001 mm.)"
    ),
    stub="def columns_to_left(volume):\n    return ...",
    cases=(
        Case(
            "columns that run to the right",
            small(grid((0, 0, 5.0), (0, 0.8, 0), (-0.6, 0, 0), first=(100, -90, 20))),
        ),
        Case("columns that run to the left", small(AXIAL)),
        Case(
            "leaning slices, columns to the right",
            small(grid((0, 0, 4.0), (0, 0.8, -0.6), (-0.7, 0, 0), first=(30, -95, 30))),
        ),
    ),
    why="One of the two changes alone moves the left side of the patient to the right.",
    hints=(
        "Two things change together: the order of the columns, and the affine.",
        "The step along columns changes its sign. The first voxel is now the one that was last in "
        "its row.",
        "`affine[:3, 3] += (n - 1) * affine[:3, 2]`, before the sign changes",
    ),
    unit="HU",
)


@FLIP.right("The array starts at its other end, and so does the affine; it steps back from there.")
def columns_to_left(volume):
    if volume.affine[0, 2] > 0:
        return volume
    affine = volume.affine.copy()
    affine[:3, 3] += (volume.shape[2] - 1) * affine[:3, 2]
    affine[:3, 2] = -affine[:3, 2]
    return ctkit.Volume(volume.array[:, :, ::-1], affine)


def _far(volume, steps):
    affine = volume.affine.copy()
    affine[:3, 3] += steps * affine[:3, 2]
    affine[:3, 2] = -affine[:3, 2]
    return affine


@FLIP.mistake(
    "You reversed the voxels, and left the affine as it was. What lay on the patient's left is on "
    "the right now, and no picture shows it."
)
def voxels_alone(volume):
    if volume.affine[0, 2] > 0:
        return volume
    return ctkit.Volume(volume.array[:, :, ::-1], volume.affine)


@FLIP.mistake(
    "You changed the affine, and left the voxels in their order. The patient's left and right have "
    "changed places."
)
def affine_alone(volume):
    if volume.affine[0, 2] > 0:
        return volume
    return ctkit.Volume(volume.array, _far(volume, volume.shape[2] - 1))


@FLIP.mistake(
    "You changed the sign of the step, and forgot the first voxel. It lies at the other end now; "
    "the whole scan has moved by its own width."
)
def start_forgotten(volume):
    if volume.affine[0, 2] > 0:
        return volume
    return ctkit.Volume(volume.array[:, :, ::-1], _far(volume, 0))


@FLIP.mistake(
    "You moved the first voxel by n steps. From the first to the last of n voxels it is n - 1: the "
    "scan lies one voxel too far."
)
def one_step_too_far(volume):
    if volume.affine[0, 2] > 0:
        return volume
    return ctkit.Volume(volume.array[:, :, ::-1], _far(volume, volume.shape[2]))


@FLIP.mistake(
    "You flipped the volume that was already right. Look first which way its columns run."
)
def always_flipped(volume):
    return ctkit.Volume(volume.array[:, :, ::-1], _far(volume, volume.shape[2] - 1))


@FLIP.mistake(
    "You flipped where the columns run to the left, and left the others. In LPS+ a plus in x is "
    "the patient's left."
)
def wrong_way(volume):
    if volume.affine[0, 2] < 0:
        return volume
    return ctkit.Volume(volume.array[:, :, ::-1], _far(volume, volume.shape[2] - 1))


@FLIP.mistake(
    "You reversed the slices. `array[::-1]` turns the first axis; the columns are the last one."
)
def slices_reversed(volume):
    if volume.affine[0, 2] > 0:
        return volume
    return ctkit.Volume(volume.array[::-1], _far(volume, volume.shape[2] - 1))


FROM_RAS = Exercise(
    "03.3",
    title="A point from another viewer",
    prompt=(
        "A viewer that uses **RAS+** names a point in mm. Write `voxel(ras, affine)`: the index "
        "(slice, row, column) of the nearest voxel, as three whole numbers. `affine` is that of "
        "this course: from (slice, row, column, 1) to LPS+ mm."
    ),
    stub="def voxel(ras, affine):\n    return ...",
    cases=(
        Case("an axial series", (88.0, 74, 40), AXIAL),
        Case("a point between voxels", (81.9, 71.1, 51.0), AXIAL),
        Case("rows that run to the front", (40.0, 20, 15), BACK_FIRST),
        Case("a sagittal series", (-52.6, 10, 77.1), SAGITTAL),
        Case("leaning rows", (-48, 55, 25), LEANING),
    ),
    why="Nothing fails when the signs are forgotten: the point is only in the wrong place.",
    hints=(
        "First make LPS+ mm of the point: which signs change?",
        "The affine goes from index to mm. Its inverse goes back.",
        "`np.linalg.inv(affine) @ (-x, -y, z, 1)`, rounded",
    ),
    unit="voxels",
)


@FROM_RAS.right("Signs first, then the inverse of the affine, and the nearest whole index.")
def voxel(ras, affine):
    x, y, z = ras
    index = np.linalg.inv(affine) @ (-x, -y, z, 1)
    return np.rint(index[:3]).astype(int)


@FROM_RAS.mistake(
    "You used the numbers as they came. In LPS+ they name the mirror of the point: other side, "
    "and front for back."
)
def as_they_came(ras, affine):
    return np.rint(np.linalg.inv(affine) @ (*ras, 1))[:3].astype(int)


@FROM_RAS.mistake("You changed the sign of x alone. y changes too: P in LPS is A in RAS.")
def x_alone(ras, affine):
    x, y, z = ras
    return np.rint(np.linalg.inv(affine) @ (-x, y, z, 1))[:3].astype(int)


@FROM_RAS.mistake(
    "You changed all three signs. The S of LPS and of RAS is the same: z stays as it is."
)
def all_three(ras, affine):
    x, y, z = ras
    return np.rint(np.linalg.inv(affine) @ (-x, -y, -z, 1))[:3].astype(int)


@FROM_RAS.mistake(
    "You cut the fraction off. The nearest voxel may be the next one: the place is up to a whole "
    "voxel off, not half of one."
)
def cut_off(ras, affine):
    x, y, z = ras
    return (np.linalg.inv(affine) @ (-x, -y, z, 1) + 1e-9)[:3].astype(int)


@FROM_RAS.mistake("The index is right, in NIfTI's order: column, row, slice.")
def nifti_order(ras, affine):
    return voxel(ras, affine)[::-1]


@FROM_RAS.mistake(
    "You left the first voxel's place out: with a 0 as fourth number the affine gives steps, and "
    "no places."
)
def no_start(ras, affine):
    x, y, z = ras
    return np.rint(np.linalg.inv(affine) @ (-x, -y, z, 0))[:3].astype(int)


@FROM_RAS.mistake(
    "You multiplied by the affine itself. It turns an index into mm, and you have mm already."
)
def not_the_inverse(ras, affine):
    x, y, z = ras
    return np.rint(affine @ (-x, -y, z, 1))[:3].astype(int)


QUIZ = (
    Single(
        "A picture of a head has no letters. Which side of it is the patient's left?",
        Option("the right one", "Only if it follows the radiological convention, and who knows?"),
        Option("the left one", "Only if it follows the neurological convention, and who knows?"),
        Option("nobody can tell", "Yes: a head is nearly its own mirror image.", right=True),
    ),
    Several(
        "A program mirrors one of two things. When is the scan false?",
        Option("voxels mirrored, affine not", "Yes: left became right.", right=True),
        Option("affine mirrored, voxels not", "Yes: left became right here too.", right=True),
        Option("both mirrored", "Then it is the same scan, in another order."),
        Option("a picture in the other convention", "That changes how you look, not the scan."),
    ),
    Number(
        "A point is at x = 12, y = -30, z = 5 mm in LPS+. What is its y in RAS+?",
        right=30,
        tolerance=0.1,
        unit="mm",
        says="Yes: x and y change their signs, and z stays.",
        otherwise="Towards which side does y grow in LPS+, and towards which in RAS+?",
        wrong=((-30, "The sign of y changes as well."), (5, "That is z, which stays as it is.")),
    ),
    Place(
        "The bleed of this phantom is on the patient's left. The picture follows the radiological "
        "convention. Point at the same place on the patient's right.",
        scene=lambda: ctkit.phantom.head_phantom().render(
            ctkit.phantom.make_grid((3, 64, 64), (4.5, 4.0, 4.0), center=(0, 0, 20))
        ),
        plane="axial",
        slice=1,
        window="brain",
        target=(1, 29, 23.5),
        within=10.0,
        says="Yes: the patient's right is on the left of the picture.",
        otherwise="As far from the middle as the bleed, on the other side, at the same height.",
        wrong=(((1, 29, 39.5), 12.0, "This is the bleed itself, on the patient's left."),),
    ),
)
