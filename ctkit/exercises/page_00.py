"""The exercises of page 00: voxels, millimetres, sides."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single


def some_voxels() -> np.ndarray:
    """A mask of 3 voxels in a block that is no cube."""
    mask = np.zeros((2, 3, 4), bool)
    mask[0, 1, 1:3] = mask[1, 2, 0] = True
    return mask


VOLUME_OF = Exercise(
    "00.1",
    title="Millilitres",
    prompt=(
        "Write `millilitres(mask, spacing)`. The array `mask` is not 0 in the voxels that belong "
        "to a bleed, and 0 elsewhere; `spacing` is (slice, row, column) in mm. How many ml does "
        "the bleed hold? (Tolerance: 0.000001 ml.)"
    ),
    stub="def millilitres(mask, spacing):\n    return ...",
    cases=(
        Case("three voxels of 9 mm³", some_voxels, (4.5, 2.0, 1.0)),
        Case("an empty mask", np.zeros((2, 3, 4), bool), (1.5, 0.9, 0.7)),
        Case("a mask of 0 and 255", lambda: 255 * some_voxels().astype(np.uint8), (5.0, 0.4, 0.5)),
        Case("all voxels", np.ones((3, 5, 2), bool), (1.5, 0.957, 0.957)),
    ),
    why="Doctors decide by the volume of a bleed, and they ask for ml, not for voxels.",
    hints=(
        "How many voxels are there, and how large is one?",
        "One voxel holds the product of its three sides, in mm³; 1 ml is 1000 mm³.",
        "`np.count_nonzero(mask)` counts, whatever the numbers in the mask are.",
    ),
    unit="ml",
)


@VOLUME_OF.right("Count what is not 0, times the volume of one voxel; 1000 mm³ are 1 ml.")
def millilitres(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing) / 1000


@VOLUME_OF.mistake(
    "This is in mm³. 1 ml is a cube of 10 mm, so your number is 1000 times too large."
)
def in_cubic_mm(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing)


@VOLUME_OF.mistake(
    "You added up the numbers in the mask. A mask may hold 255 where another holds 1, and then the "
    "bleed is 255 times too large."
)
def numbers_added(mask, spacing):
    return mask.sum(dtype=float) * np.prod(spacing) / 1000


@VOLUME_OF.mistake(
    "You took all voxels of the array, with those outside of the bleed. That is the volume of the "
    "whole block."
)
def whole_block(mask, spacing):
    return mask.size * np.prod(spacing) / 1000


@VOLUME_OF.mistake(
    "You took a voxel for a cube with the sides of a pixel. Slices are mostly further apart than "
    "pixels, so the volume comes out too small."
)
def cubes_of_a_pixel(mask, spacing):
    return np.count_nonzero(mask) * spacing[2] ** 3 / 1000


@VOLUME_OF.mistake(
    "You left the distance between slices out. Row times column is the area of a pixel, in mm², "
    "and no volume."
)
def area_only(mask, spacing):
    return np.count_nonzero(mask) * spacing[1] * spacing[2] / 1000


@VOLUME_OF.mistake(
    "You divided by 100. 1 ml is 10 x 10 x 10 mm³: your number is 10 times too large."
)
def by_a_hundred(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing) / 100


@VOLUME_OF.mistake(
    "You gave a number of voxels. A voxel of one scan holds 20 times as much as one of another, so "
    "voxels say nothing of size."
)
def voxels_only(mask, spacing):
    return np.count_nonzero(mask)


DISTANCE = Exercise(
    "00.2",
    title="Millimetres between two voxels",
    prompt=(
        "Write `distance(first, second, spacing)`: how many mm lie between the centres of two "
        "voxels, in a straight line. The voxels are given as (slice, row, column), and so is "
        "`spacing`, in mm. (Tolerance: 0.000001 mm.)"
    ),
    stub="def distance(first, second, spacing):\n    return ...",
    cases=(
        Case("two neighbours in a row", (3, 4, 5), (3, 4, 6), (5.0, 0.8, 0.5)),
        Case("two slices apart", (3, 4, 5), (1, 4, 5), (5.0, 0.8, 0.5)),
        Case("one voxel", (7, 7, 7), (7, 7, 7), (1.5, 0.9, 0.9)),
        Case("all three axes", (10, 200, 30), (22, 80, 90), (1.5, 0.957, 0.7)),
    ),
    why="In voxels a lesion would grow whenever the scanner makes thinner slices.",
    hints=(
        "First make mm of each of the three differences.",
        "Then it is Pythagoras: the root of the sum of the three squares.",
        "`steps = (np.array(second) - first) * spacing`",
    ),
    unit="mm",
)


@DISTANCE.right("Each axis gets its own mm before the three are put together.")
def distance(first, second, spacing):
    steps = (np.array(second) - first) * spacing
    return np.sqrt(np.sum(steps**2))


@DISTANCE.mistake(
    "You measured in voxels. Here one voxel is several mm tall and less than 1 mm wide, so the "
    "number has no unit at all."
)
def in_voxels(first, second, spacing):
    return np.linalg.norm(np.array(second) - first)


@DISTANCE.mistake(
    "You used the spacing in the order of a NIfTI header: column, row, slice. The steps between "
    "slices got the mm of columns."
)
def other_order(first, second, spacing):
    return np.linalg.norm((np.array(second) - first) * spacing[::-1])


@DISTANCE.mistake(
    "You added the three distances: that is the way along the axes, round two corners. A straight "
    "line is shorter."
)
def round_corners(first, second, spacing):
    return np.sum(np.abs(np.array(second) - first) * spacing)


@DISTANCE.mistake(
    "You multiplied by one spacing for all axes. These voxels are not cubes: a step between slices "
    "is longer than one in a row."
)
def one_spacing(first, second, spacing):
    return np.linalg.norm(np.array(second) - first) * spacing[2]


@DISTANCE.mistake(
    "You left the slices out, and measured in one picture only. Two voxels on different slices are "
    "then too near to each other."
)
def in_the_picture(first, second, spacing):
    return np.linalg.norm(((np.array(second) - first) * spacing)[1:])


@DISTANCE.mistake(
    "You gave the square of the distance: in mm², it is a number of another kind. One step is "
    "still missing."
)
def not_the_root(first, second, spacing):
    return np.sum(((np.array(second) - first) * spacing) ** 2)


@DISTANCE.mistake(
    "You counted both end voxels, as for the length of the scanned block. Between the centres of "
    "two voxels lies one step less."
)
def ends_counted(first, second, spacing):
    return np.linalg.norm((np.abs(np.array(second) - first) + 1) * spacing)


SIDE = Exercise(
    "00.3",
    title="Which side is a column on?",
    prompt=(
        "In the head of this course column 0 is the outermost one on the patient's **right**. "
        'Write `side(column, columns, spacing)`. It gives a letter, `"R"` or `"L"`, and how many '
        "mm the centre of the column lies from the middle of the block. `columns` counts the "
        "columns, and `spacing` is the mm between two of them. (No column of the tests lies in the "
        "very middle; tolerance: 0.000001 mm.)"
    ),
    stub='def side(column, columns, spacing):\n    return "?", ...',
    cases=(
        Case("the last of 4 columns", 3, 4, 2.0),
        Case("the first of 4 columns", 0, 4, 2.0),
        Case("an odd number of columns", 1, 5, 0.75),
        Case("a column near the middle", 128, 256, 0.957),
        Case("a column on the right", 86, 256, 0.957),
    ),
    why="This is how the viewer makes L 122.02 mm of column 255.",
    hints=(
        "Columns count from 0. Between which two columns lies the middle of 4 columns?",
        "The middle lies at `(columns - 1) / 2`.",
        '`"L" if offset > 0 else "R"`, and `abs(offset)` for the mm.',
    ),
    unit="mm",
)


@SIDE.right("The middle of columns 0 to n - 1 is (n - 1) / 2; what lies beyond it is left.")
def side(column, columns, spacing):
    offset = (column - (columns - 1) / 2) * spacing
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    "The mm are right, and the sides are swapped. You named the side of the *picture*; the letters "
    "name the side of the patient."
)
def side_of_the_picture(column, columns, spacing):
    offset = (column - (columns - 1) / 2) * spacing
    return ("R" if offset > 0 else "L"), abs(offset)


@SIDE.mistake(
    "You took `columns / 2` for the middle. Columns count from 0, so all your distances are half a "
    "column off."
)
def half_a_column_off(column, columns, spacing):
    offset = (column - columns / 2) * spacing
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    "You halved by `//`. With an even number of columns the middle lies between two of them, and "
    "`//` moves it by half a column."
)
def halved_by_floor(column, columns, spacing):
    offset = (column - (columns - 1) // 2) * spacing
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    "You counted the columns from 1. The first one is column 0, so all your distances are a whole "
    "column off."
)
def counted_from_1(column, columns, spacing):
    offset = (column - (columns + 1) / 2) * spacing
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    "You measured from the last column, at the left edge of the block. The course measures from "
    "the middle."
)
def from_the_last_column(column, columns, spacing):
    offset = (column - (columns - 1)) * spacing
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    "The letter and the mm are right, in the other order: the letter was asked for first."
)
def mm_first(column, columns, spacing):
    return side(column, columns, spacing)[::-1]


@SIDE.mistake("You counted columns, not mm: a distance needs the spacing.")
def in_columns(column, columns, spacing):
    offset = column - (columns - 1) / 2
    return ("L" if offset > 0 else "R"), abs(offset)


@SIDE.mistake(
    'The mm of the right side have a minus. The letter already says the side: "R -3 mm" would be '
    "on the left."
)
def with_a_sign(column, columns, spacing):
    offset = (column - (columns - 1) / 2) * spacing
    return ("L" if offset > 0 else "R"), offset


@SIDE.mistake(
    "You measured from the first column, at the edge of the block. The course measures from the "
    "middle."
)
def from_the_edge(column, columns, spacing):
    return ("L" if column > (columns - 1) / 2 else "R"), column * spacing


QUIZ = (
    Single(
        "A volume has the shape (40, 512, 512). What is `array[10]`?",
        Option("one row of voxels", "A row needs two indices, as in `array[10, 100]`."),
        Option("one slice of 512 x 512", "Yes: the first axis counts the slices.", right=True),
        Option("one voxel", "A voxel needs three indices: slice, row, column."),
        Option("the column 10 of every slice", "That is `array[:, :, 10]`."),
    ),
    Number(
        "40 slices lie 5 mm apart. How many mm is it from the centre of the first to the centre of "
        "the last?",
        right=195,
        tolerance=0.1,
        unit="mm",
        says="Yes: 40 slices have 39 steps between them.",
        otherwise="Count the steps between the slices, and multiply by 5 mm.",
        wrong=(
            (200, "That is the height of the block, edge to edge. Between centres it is less."),
        ),
    ),
    Several(
        "What is true of the picture of an axial slice in this course?",
        Option("The patient's right is on its left.", "Yes: you look from the feet.", right=True),
        Option(
            "The letter L marks the left of the screen.", "The letters name the patient's sides."
        ),
        Option("The front of the head is on top.", "Yes: A, anterior, is on top.", right=True),
        Option(
            "One pixel is one voxel.",
            "Yes: an axial picture shows the voxels of one slice.",
            right=True,
        ),
    ),
    Single(
        "A voxel is half air (-1000 HU) and half bone (1000 HU). What does it show?",
        Option("-1000 HU", "It would have to hold air alone."),
        Option("1000 HU", "It would have to hold bone alone."),
        Option("about 0 HU, like water", "Yes, the mean of both: partial volume.", right=True),
    ),
    Place(
        "Point at the bleed of the phantom.",
        scene=lambda: ctkit.phantom.head_phantom().render(
            ctkit.phantom.make_grid((3, 64, 64), (4.5, 4.0, 4.0), center=(0, 0, 20))
        ),
        plane="axial",
        slice=1,
        window="brain",
        target=(1, 29, 39.5),
        within=10.0,
        says="Yes: the bleed is brighter than the brain, and on the patient's left.",
        otherwise="Look for what is brighter than the brain and darker than bone.",
        wrong=(((1, 33, 31.5), 16.0, "Those are the ventricles: they are darker than the brain."),),
    ),
)
