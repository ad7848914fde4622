"""The exercises of page 13: a script as it circulates, with twelve bugs in it.

Each stub is a program that runs and is wrong. What gives the same as the stub is "not tried yet".
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single

# --- 1: in which order

_AXIAL = (1, 0, 0, 0, 1, 0)
_SAGITTAL = (0, 1, 0, 0, 0, -1)
_HEAD_DOWN = (1, 0, 0, 0, -1, 0)
_LEANING = (0.8, 0, -0.6, 0, 1, 0)
_TILTED = (1, 0, 0, 0, np.cos(np.radians(20)), -np.sin(np.radians(20)))


def _places(*rows):
    return np.array(rows, float)


ORDER = Exercise(
    "13.1",
    title="Order the slices",
    prompt=(
        "`order(positions, orientation)` gives the indices that sort slices upwards along the "
        "normal of their planes (row direction x column direction). `positions` has a row (x, y, "
        "z) in mm for each slice, `orientation` holds the six numbers of the header."
    ),
    # Stable: with ties, what comes first is not left to the processor.
    stub="def order(positions, orientation):\n"
    '    return np.argsort(positions[:, 2].astype(int), kind="stable")',
    cases=(
        Case("two thin slices", _places((0, 0, 0.4), (0, 0, 0.2)), _AXIAL),
        Case("slices below 0 mm", _places((0, 0, 5), (0, 0, -8), (0, 0, -1)), _AXIAL),
        Case(
            "sagittal slices", _places((3, 0, 40), (-2, 0, 40), (8, 0, 40), (1, 0, 40)), _SAGITTAL
        ),
        Case("a normal towards the feet", _places((0, 0, 4), (0, 0, 9), (0, 0, 1)), _HEAD_DOWN),
        Case("rows that lean", _places((0, 0, 0), (20, 0, -5), (-10, 0, 5)), _LEANING),
    ),
    why="A wrong order makes another patient of the same slices, and no value tells.",
    hints=(
        "Give it slices that you know: thinner than 1 mm, and sagittal ones.",
        "How far up a slice lies is its position projected on the normal.",
        "`np.cross(orientation[:3], orientation[3:])` is the normal.",
    ),
    unit="",
)


@ORDER.right("It projects each position on the normal, so it holds for every direction.")
def order(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.argsort(positions @ normal)


@ORDER.mistake(
    "You sort by z as it is. That holds for axial slices only: those of a sagittal series all have "
    "the same z, and keep the order of their files."
)
def by_z(positions, orientation):
    return np.argsort(positions[:, 2], kind="stable")


@ORDER.mistake(
    "You sort by the distance from the origin. What lies below 0 mm is mirrored to the other side."
)
def by_distance(positions, orientation):
    return np.argsort(np.linalg.norm(positions, axis=1), kind="stable")


@ORDER.mistake(
    "Your order runs against the normal: the volume is upside down, or its sides change places."
)
def against_the_normal(positions, orientation):
    return np.argsort(-(positions @ np.cross(orientation[:3], orientation[3:])))


@ORDER.mistake(
    "You rounded the heights, as the script cuts them off. Two slices of a thin series still share "
    "a number, and keep the order of their files."
)
def rounded(positions, orientation):
    heights = positions @ np.cross(orientation[:3], orientation[3:])
    return np.argsort(np.rint(heights), kind="stable")


# --- 2: how far apart

_SLID = _places(*[(0, 0, 5 * k) for k in range(4)])

SPACING = Exercise(
    "13.2",
    title="Measure the spacing",
    prompt=(
        "`spacing(positions, orientation)` gives the mm between neighbouring slices, along the "
        "normal of their planes. The positions are in order, up or down, and evenly spaced."
    ),
    stub=(
        "def spacing(positions, orientation):\n    return abs(positions[1][2] - positions[0][2])"
    ),
    cases=(
        Case("two sagittal slices", _places((0, 0, 40), (2.5, 0, 40)), _SAGITTAL),
        Case("axial slices", _places((0, 0, 0), (0, 0, 1.5), (0, 0, 3)), _AXIAL),
        Case("rows that lean", _places((0, 0, 0), (1.2, 0, 1.6), (2.4, 0, 3.2)), _LEANING),
        Case("a gantry tilted by 20 deg", _SLID, _TILTED),
    ),
    why="At a tilt of 20 deg the table's step of 5 mm is 4.70 mm between the planes: 6 % less.",
    hints=(
        "Try a sagittal series: what is its spacing by the script?",
        "Only the part of a step that runs along the normal counts.",
        "Project all positions on the normal, and look at their differences.",
    ),
    unit="mm",
)


@SPACING.right("All steps count, and of each only what runs along the normal.")
def spacing(positions, orientation):
    along = positions @ np.cross(orientation[:3], orientation[3:])
    return np.abs(np.diff(along)).mean()


@SPACING.mistake(
    "You measured the way from one first voxel to the next. Tilted slices slide against each other "
    "on that way, and it is longer than the distance of the planes: 5.00 mm for 4.70 mm."
)
def of_the_first_voxels(positions, orientation):
    return np.linalg.norm(positions[1] - positions[0])


@SPACING.mistake(
    "You divided by the number of slices. Between n slices there are n - 1 steps, so yours are too "
    "short."
)
def divided_by_slices(positions, orientation):
    along = positions @ np.cross(orientation[:3], orientation[3:])
    return np.ptp(along) / len(along)


@SPACING.mistake(
    "The size is right, and it has a sign. Which way the slices run is for the affine to say: a "
    "distance is never below 0."
)
def with_a_sign(positions, orientation):
    along = positions @ np.cross(orientation[:3], orientation[3:])
    return np.diff(along).mean()


@SPACING.mistake(
    "You took the steps as they lie in the patient, and kept the smallest side of them. It is 0 "
    "wherever a scan runs along one axis."
)
def the_smallest_side(positions, orientation):
    return np.abs(positions[1] - positions[0]).min()


# --- 3: to HU


def _stored(*values, dtype=np.int16):
    return np.array(values, dtype).reshape(len(values), 1, -1)


TO_HU = Exercise(
    "13.3",
    title="Turn stored values into HU",
    prompt=(
        "`to_hu(stored, slopes, intercepts)` turns a stack [slice, row, column] of stored values "
        "into HU. `slopes` and `intercepts` are arrays with a number for each slice."
    ),
    stub=("def to_hu(stored, slopes, intercepts):\n    return stored * slopes[0] + intercepts[0]"),
    cases=(
        Case(
            "two slices of their own intercepts",
            _stored(1024, 1000),
            np.array([1.0, 1.0]),
            np.array([-1024.0, -1000.0]),
        ),
        Case(
            "two slices of two columns",
            _stored([1024, 24], [2048, 48]),
            np.array([1.0, 0.5]),
            np.array([-1024.0, -1024.0]),
        ),
        Case(
            "unsigned values",
            _stored([0, 65535], [1064, 2000], [24, 3000], dtype=np.uint16),
            np.array([1.0, 1.0, 2.0]),
            np.array([-1024.0, -1024.0, -1000.0]),
        ),
    ),
    why="Each slice brings its own slope and intercept, and on some scanners they differ.",
    hints=(
        "Which of the slopes does the script use?",
        "A number for each slice has to meet the first axis of the stack.",
        "`slopes[:, None, None]` has the axes of the stack.",
    ),
    unit="HU",
)


@TO_HU.right("New axes of length 1 make NumPy use each pair of numbers for its own slice.")
def to_hu(stored, slopes, intercepts):
    return stored * slopes[:, None, None] + intercepts[:, None, None]


@TO_HU.mistake(
    "You let the numbers of the slices meet the columns. Where there happen to be as many of both, "
    "NumPy says nothing, and the HU are wrong."
)
def along_the_columns(stored, slopes, intercepts):
    slopes, intercepts = (np.resize(one, stored.shape[2]) for one in (slopes, intercepts))
    return stored * slopes + intercepts


@TO_HU.mistake(
    "You added the intercept before you multiplied. With a slope of 0.5 it counts half: water is "
    "512 HU off."
)
def intercept_first(stored, slopes, intercepts):
    return (stored + intercepts[:, None, None]) * slopes[:, None, None]


@TO_HU.mistake("Each slice has its intercept now, and still the slope of the first one.")
def one_slope(stored, slopes, intercepts):
    return stored * slopes[0] + intercepts[:, None, None]


@TO_HU.mistake(
    "Each slice has its slope now, and still the intercept of the first one: what two slices store "
    "as water differs by the difference of their intercepts."
)
def one_intercept(stored, slopes, intercepts):
    return stored * slopes[:, None, None] + intercepts[0]


# --- 4: padding

NO_PADDING = Exercise(
    "13.4",
    title="Make air of the padding",
    prompt=(
        "`without_padding(hu, stored, padding)` gives the HU with air, -1000 HU, wherever the "
        "scanner stored its padding value. What it is given stays as it is."
    ),
    stub=(
        "def without_padding(hu, stored, padding):\n"
        "    hu = hu.copy()\n"
        "    hu[stored == padding] = 0\n"
        "    return hu"
    ),
    cases=(
        Case(
            "padding and brain",
            np.array([[-3024.0, 30.0]]),
            np.array([[-2000, 1054]], np.int16),
            -2000,
        ),
        Case(
            "tissue whose HU are the padding value",
            np.array([[-2024.0, 0.0, 40.0]]),
            np.array([[-1000, 1024, 1064]], np.int16),
            40,
        ),
        Case(
            "padding of 0 that isn't the lowest",
            np.array([[-1024.0, -1030.0], [976.0, 20.0]]),
            np.array([[0, -6], [2000, 1044]], np.int16),
            0,
        ),
    ),
    why="0 HU is water: padding set to 0 puts the patient into a bath.",
    hints=(
        "What does 0 HU stand for?",
        "Compare stored values with the padding, and fill in HU.",
        "`np.where(condition, -1000, hu)` makes a new array.",
    ),
    unit="HU",
)


@NO_PADDING.right("The place comes from the stored values, and the filling is air in HU.")
def without_padding(hu, stored, padding):
    return np.where(stored == padding, -1000, hu)


@NO_PADDING.mistake(
    "You look for the padding among the HU. It was stored, and the rescale has moved it: it stays, "
    "and tissue of that value becomes air."
)
def among_the_hu(hu, stored, padding):
    return np.where(hu == padding, -1000, hu)


@NO_PADDING.mistake(
    "You filled with the lowest HU that there is. With padding in the array that is the padding "
    "itself, -3024 HU."
)
def filled_with_the_lowest(hu, stored, padding):
    return np.where(stored == padding, hu.min(), hu)


@NO_PADDING.mistake(
    "You lifted all that is below air. Padding that lies higher is left, and what the scanner "
    "measured a little below -1000 HU is changed."
)
def lifted(hu, stored, padding):
    return np.maximum(hu, -1000)


@NO_PADDING.mistake(
    "You filled with the stored value of air, and these are HU already: -1024 HU is lower than "
    "anything that is asked for here."
)
def filled_with_the_intercept(hu, stored, padding):
    return np.where(stored == padding, -1024, hu)


# --- 5: the largest piece


def _pieces(shape, *boxes):
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[box] = True
    return mask


_S = np.s_
LARGEST = Exercise(
    "13.5",
    title="Keep the head",
    prompt=(
        "`largest(mask)` keeps the largest piece of a mask [slice, row, column] that hangs "
        "together over faces, in 3-D. The rest becomes False."
    ),
    stub=(
        "def largest(mask):\n"
        "    kept = np.zeros_like(mask)\n"
        "    for k, one in enumerate(mask):\n"
        "        labels, _ = ndimage.label(one)\n"
        "        sizes = np.bincount(labels[labels > 0], minlength=2)\n"
        "        kept[k] = labels == sizes.argmax() if one.any() else False\n"
        "    return kept"
    ),
    cases=(
        Case(
            "a table that is larger than the head in the top slice",
            _pieces((3, 1, 6), _S[:2, :, :3], _S[2, :, 0], _S[2, :, 4:]),
        ),
        Case("a small piece that comes first", _pieces((2, 2, 6), _S[0, 0, 0], _S[:, :, 3:])),
        Case(
            "pieces that touch at a corner",
            _pieces((2, 4, 4), _S[:, :2, :2], _S[0, 2:, 2:]),
        ),
        Case("a rod beside the head", _pieces((4, 2, 5), _S[:, 0, 0], _S[:2, :, 2:])),
        Case("little in much air", _pieces((3, 4, 5), _S[1, 1, 1:3], _S[1, 3, 4])),
        Case("one voxel alone", _pieces((2, 3, 4), _S[1, 1, 2])),
    ),
    why="Near the vertex the table is the largest piece of a slice, and the head would be dropped.",
    hints=(
        "Look at the top slices: what is the largest piece there?",
        "Pieces are to be found in the volume, not in each slice.",
        "`ndimage.label` takes three axes as well; label 0 is what is no piece.",
    ),
    unit="",
)


@LARGEST.right("One call labels the whole volume; label 0, the outside, may not win.")
def largest(mask):
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return (labels == sizes.argmax()) & mask


@LARGEST.mistake(
    "You counted the outside as a piece. There is more air than head, so the mask is turned inside "
    "out."
)
def the_outside(mask):
    labels, _ = ndimage.label(mask)
    return labels == np.bincount(labels.ravel()).argmax()


@LARGEST.mistake(
    "You took piece number 1. That is the one that begins first in the array, and may be a bit of "
    "noise."
)
def the_first(mask):
    return ndimage.label(mask)[0] == 1


@LARGEST.mistake(
    "You let pieces hang together over corners. What only touches the head at a corner of a voxel "
    "comes along."
)
def over_corners(mask):
    labels, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return (labels == sizes.argmax()) & mask


@LARGEST.mistake(
    "You took the longest piece along the slices. A thin rod that runs through the scan is longer "
    "than a head, and smaller."
)
def the_longest(mask):
    labels, count = ndimage.label(mask)
    spans = [np.ptp(np.nonzero(labels == k)[0]) for k in range(1, count + 1)]
    return labels == 1 + int(np.argmax(spans))


# --- 6: crop


def _hu(shape):
    return np.arange(np.prod(shape), dtype=float).reshape(shape) - 5


CROP = Exercise(
    "13.6",
    title="Crop",
    prompt=(
        "`crop(hu, mask)` gives the smallest box of `hu` that holds all True voxels of `mask`. "
        "There is at least one."
    ),
    stub=(
        "def crop(hu, mask):\n"
        "    start = np.argwhere(mask).min(axis=0)\n"
        "    stop = np.argwhere(mask).max(axis=0)\n"
        "    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]"
    ),
    cases=(
        Case("one voxel", _hu((1, 2, 3)), _pieces((1, 2, 3), _S[0, 1, 1])),
        Case("a box in a corner", _hu((3, 4, 5)), _pieces((3, 4, 5), _S[1:, 2:, 3:])),
        Case("two voxels far apart", _hu((4, 4, 5)), _pieces((4, 4, 5), _S[1, 1, 3], _S[2, 3, 1])),
    ),
    why="Without its last row the head loses the tip of the nose.",
    hints=(
        "Crop a mask of one voxel. What comes out?",
        "The end of a Python slice is left out.",
        "The stop has to be one past the last voxel.",
    ),
    unit="HU",
)


@CROP.right("The stop is one past the last voxel, as Python's slices want it.")
def crop(hu, mask):
    start = np.argwhere(mask).min(axis=0)
    stop = np.argwhere(mask).max(axis=0) + 1
    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]


@CROP.mistake(
    "You went one too far on both sides: there is a rim of one voxel around the box, where the "
    "array has room for it."
)
def a_rim(hu, mask):
    start = np.maximum(np.argwhere(mask).min(axis=0) - 1, 0)
    stop = np.argwhere(mask).max(axis=0) + 2
    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]


@CROP.mistake(
    "You moved the whole box by one voxel. The last row is there now, and the first one is lost."
)
def moved_by_one(hu, mask):
    start = np.argwhere(mask).min(axis=0) + 1
    stop = np.argwhere(mask).max(axis=0) + 1
    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]


@CROP.mistake(
    "You took the box of what isn't 0. Air is -1000 HU and no 0, so nearly all of the scan is kept."
)
def of_what_is_not_zero(hu, mask):
    start = np.argwhere(hu != 0).min(axis=0)
    stop = np.argwhere(hu != 0).max(axis=0) + 1
    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]


@CROP.mistake("You mended the last axis alone. The slices and the rows still end one early.")
def one_axis_alone(hu, mask):
    start = np.argwhere(mask).min(axis=0)
    stop = np.add(np.argwhere(mask).max(axis=0), (0, 0, 1))
    return hu[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]


# --- 7: the origin

_UPRIGHT = np.array([[0, 0, 0.5, -10], [0, 0.8, 0, -20], [3, 0, 0, 30], [0, 0, 0, 1]], float)
_TURNED = np.array([[0, -0.3, 0.4, 5], [0, 0.4, 0.3, -6], [2, 0, 0, 7], [0, 0, 0, 1]], float)

MOVED = Exercise(
    "13.7",
    title="Move the origin along",
    prompt=(
        "`moved(affine, start)` gives the affine of a part that begins at voxel `start` [slice, "
        "row, column]. `affine` turns such an index into mm (4 x 4), and stays as it is."
    ),
    stub="def moved(affine, start):\n    return affine.copy()",
    cases=(
        Case("a crop of one slice", _UPRIGHT, np.array([1, 0, 0])),
        Case("a crop on three sides", _UPRIGHT, np.array([2, 10, 4])),
        Case("a turned scan", _TURNED, np.array([1, 2, 3])),
    ),
    why="With the old origin everything in the file is displaced by what was cut off.",
    hints=(
        "Where was the new voxel (0, 0, 0) before?",
        "The steps stay. Only the last column changes.",
        "The new origin is where the old affine puts `start`.",
    ),
    unit="mm",
)


@MOVED.right("The new origin is the old place of the voxel where the part begins.")
def moved(affine, start):
    new = affine.copy()
    new[:3, 3] = affine[:3, :3] @ start + affine[:3, 3]
    return new


@MOVED.mistake(
    "You added voxels to millimetres. An index has to go through the steps of the affine first."
)
def voxels_added(affine, start):
    new = affine.copy()
    new[:3, 3] += start[::-1]
    return new


@MOVED.mistake("You moved the origin the other way: it lies outside of the scan now.")
def the_other_way(affine, start):
    new = affine.copy()
    new[:3, 3] -= affine[:3, :3] @ start
    return new


@MOVED.mistake(
    "You multiplied with the lengths of the steps, and left out their directions. On a turned scan "
    "the part lands somewhere else."
)
def lengths_alone(affine, start):
    new = affine.copy()
    new[:3, 3] += (np.linalg.norm(affine[:3, :3], axis=0) * start)[::-1]
    return new


@MOVED.mistake(
    "You put the index in as (column, row, slice). This affine takes it as [slice, row, column], "
    "as the array does."
)
def index_turned_around(affine, start):
    new = affine.copy()
    new[:3, 3] = affine[:3, :3] @ start[::-1] + affine[:3, 3]
    return new


# --- 8: pad

PAD = Exercise(
    "13.8",
    title="Pad",
    prompt=(
        "`pad(hu, shape)` puts `hu` into the middle of a larger frame, which is air (-1000 HU). "
        "Where the room is odd, the extra voxel comes at the end. The type stays."
    ),
    stub=(
        "def pad(hu, shape):\n"
        "    frame = np.zeros(shape, hu.dtype)\n"
        "    start = [(n - m) // 2 for n, m in zip(shape, hu.shape, strict=True)]\n"
        "    where = [slice(a, a + m) for a, m in zip(start, hu.shape, strict=True)]\n"
        "    frame[tuple(where)] = hu\n"
        "    return frame"
    ),
    cases=(
        Case("an even room", np.array([[[40]]], np.int16), (1, 1, 3)),
        Case("one voxel more", np.array([[[40, 30]]], np.int16), (1, 1, 3)),
        Case("three axes", np.full((2, 3, 2), 25, np.int16), (3, 6, 4)),
    ),
    why="A frame of zeros is a frame of water, and it moves every mean.",
    hints=(
        "What does `np.zeros` make, in HU?",
        "Only one line is wrong.",
        "`np.full` takes a value.",
    ),
    unit="HU",
    types=True,
)


@PAD.right("The frame is made of air from the start, in the type of the scan.")
def pad(hu, shape):
    frame = np.full(shape, -1000, hu.dtype)
    start = [(n - m) // 2 for n, m in zip(shape, hu.shape, strict=True)]
    where = [slice(a, a + m) for a, m in zip(start, hu.shape, strict=True)]
    frame[tuple(where)] = hu
    return frame


@PAD.mistake("The frame is air, and it is float64 now: four times the memory of int16.")
def in_float64(hu, shape):
    frame = np.full(shape, -1000.0)
    start = [(n - m) // 2 for n, m in zip(shape, hu.shape, strict=True)]
    frame[tuple(slice(a, a + m) for a, m in zip(start, hu.shape, strict=True))] = hu
    return frame


@PAD.mistake("The frame is air, and the head stands in its corner and not in the middle.")
def in_the_corner(hu, shape):
    frame = np.full(shape, -1000, hu.dtype)
    frame[tuple(slice(m) for m in hu.shape)] = hu
    return frame


@PAD.mistake(
    "The frame is air. Where the room is odd, your extra voxel stands at the start, and the head "
    "lies one voxel further on than it should."
)
def extra_in_front(hu, shape):
    frame = np.full(shape, -1000, hu.dtype)
    start = [(n - m + 1) // 2 for n, m in zip(shape, hu.shape, strict=True)]
    frame[tuple(slice(a, a + m) for a, m in zip(start, hu.shape, strict=True))] = hu
    return frame


@PAD.mistake(
    "You filled with -1024. A scanner may store that for its lowest value: air has -1000 HU."
)
def filled_too_low(hu, shape):
    frame = np.full(shape, -1024, hu.dtype)
    start = [(n - m) // 2 for n, m in zip(shape, hu.shape, strict=True)]
    frame[tuple(slice(a, a + m) for a, m in zip(start, hu.shape, strict=True))] = hu
    return frame


# --- 9: 1 mm

ONE_MM = Exercise(
    "13.9",
    title="Resample to 1 mm",
    prompt=(
        "`to_1_mm(hu, spacing)` resamples by straight lines to voxels of 1 mm. The outer edges of "
        "the scan stay where they are; beyond the last centre the last value counts. `spacing` is "
        "[slice, row, column] in mm, each at least 1, and each side of the scan is a whole "
        "number of mm. `check` allows 0.01 HU."
    ),
    stub="def to_1_mm(hu, spacing):\n    return ndimage.zoom(hu, spacing, order=1)",
    cases=(
        Case("two slices 2 mm apart", np.array([0.0, 100.0]).reshape(2, 1, 1), (2, 1, 1)),
        Case("slices 3 mm apart", np.array([0.0, 30, 90, 60]).reshape(4, 1, 1), (3, 1, 1)),
        Case("three spacings", _hu((2, 3, 4)) ** 2, (4, 2, 1.5)),
    ),
    why="`zoom` alone makes 0.973 mm of 30 slices of 5 mm, and calls it 1 mm.",
    hints=(
        "Resample an array that holds its own place in mm. What step comes out?",
        "`zoom` keeps the centres of the end voxels, and the edges should stay.",
        "Read about `grid_mode` and `mode` in SciPy's page on `zoom`.",
    ),
    unit="HU",
    tolerance=0.01,
)


@ONE_MM.right(
    "`grid_mode` keeps the edges of the voxels, and `nearest` goes on beyond the centres."
)
def to_1_mm(hu, spacing):
    return ndimage.zoom(hu, spacing, order=1, mode="nearest", grid_mode=True)


@ONE_MM.mistake(
    "The edges are right, and beyond the last centres there is 0 HU, which is water: the first and "
    "the last slices are spoiled."
)
def water_at_the_ends(hu, spacing):
    return ndimage.zoom(hu, spacing, order=1, grid_mode=True, mode="grid-constant")


@ONE_MM.mistake(
    "You took the nearest voxel, and the exercise asks for straight lines. Edges become steps, up "
    "to half an old voxel off."
)
def by_nearest(hu, spacing):
    return ndimage.zoom(hu, spacing, order=0, mode="nearest", grid_mode=True)


@ONE_MM.mistake(
    "You repeated every voxel. That needs whole spacings, and no value between two is made."
)
def repeated(hu, spacing):
    for axis, mm in enumerate(spacing):
        hu = np.repeat(hu, int(mm), axis=axis)
    return hu


@ONE_MM.mistake(
    "You let a spline go through the values. It swings beyond them at each edge, and the exercise "
    "asks for straight lines."
)
def by_a_spline(hu, spacing):
    return ndimage.zoom(hu, spacing, order=3, mode="nearest", grid_mode=True)


# --- 10: window

WINDOW = Exercise(
    "13.10",
    title="Window",
    prompt=(
        "`window(hu, center, width)` gives greys from 0 to 1 by DICOM's LINEAR function. It works "
        "by the formula, without `ctkit.apply_window`."
    ),
    stub=(
        "def window(hu, center, width):\n"
        "    low, high = center - width // 2, center + width // 2\n"
        "    return (np.clip(hu, low, high) - low) / (high - low)"
    ),
    cases=(
        Case("brain alone", np.array([10.0, 30, 60]), 40, 80),
        Case("air, brain and bone", np.array([-1000.0, 0, 40, 79, 80]), 40, 80),
        Case("an odd width", np.array([0.0, 10, 27, 40, 500]), 27, 27),
        Case("width 2", np.array([-1.0, 0, 1, 2]), 1, 2),
    ),
    why="At 40/80 the usual formula is up to 3 greys of 255 off, and at width 2 it is 127.",
    hints=(
        "Which HU is the first that is all white, at 40/80?",
        "LINEAR goes from `center - 0.5 - (width - 1) / 2`, over `width - 1` HU.",
        "First subtract `center - 0.5`, then divide, then add 0.5, then cut off.",
    ),
    unit="greys",
)


@WINDOW.right("It is the standard's formula (PS3.3 C.11.2.1.2.1), cut off at both ends.")
def window(hu, center, width):
    return np.clip((hu - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


@WINDOW.mistake(
    "You halve by `/` now, so odd widths are whole. That is LINEAR_EXACT: LINEAR is half a HU "
    "lower, and one HU shorter."
)
def exact(hu, center, width):
    return np.clip((hu - center) / width + 0.5, 0, 1)


@WINDOW.mistake(
    "You scale from the lowest to the highest value of the array. The same HU gets another grey in "
    "each picture."
)
def by_itself(hu, center, width):
    hu = np.clip(hu, center - width / 2, center + width / 2 - 1)
    return (hu - hu.min()) / (hu.max() - hu.min() + 1e-9)


@WINDOW.mistake("The formula is right, and nothing is cut off: greys run below 0 and above 1.")
def not_cut_off(hu, center, width):
    return (hu - (center - 0.5)) / (width - 1) + 0.5


@WINDOW.mistake(
    "The length is right, and the middle is not: LINEAR's window lies half a HU below its center."
)
def half_a_hu_high(hu, center, width):
    return np.clip((hu - center) / (width - 1) + 0.5, 0, 1)


# --- 11: save

TO_RAS = Exercise(
    "13.11",
    title="The affine for a NIfTI",
    prompt=(
        "`to_ras(affine)` turns an affine to DICOM's LPS+ mm (x to the left, y to the back, z up) "
        "into one to RAS+ mm, as NIfTI has it. The voxels keep their order."
    ),
    stub="def to_ras(affine):\n    return affine.copy()",
    cases=(
        Case("an upright scan", _UPRIGHT),
        Case("a scan whose origin is 0", np.diag([0.5, 0.8, 3, 1])),
        Case("a turned scan", _TURNED),
    ),
    why="An LPS affine in a NIfTI swaps left and right, and front and back, and looks fine alone.",
    hints=(
        "Which of x, y and z mean something else in the two?",
        "x and y change their sign: for the steps and for the origin.",
        "The change of sign stands on the left of the affine, where mm come out.",
    ),
    unit="mm",
)


@TO_RAS.right("Signs on the left change the mm that come out, of steps and origin alike.")
def to_ras(affine):
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


@TO_RAS.mistake(
    "You changed the signs on the right. That turns two axes of the array around, and leaves the "
    "origin in LPS."
)
def on_the_right(affine):
    return affine @ np.diag([-1.0, -1.0, 1.0, 1.0])


@TO_RAS.mistake(
    "You changed the sign of x alone: left and right are right, front and back are not."
)
def x_alone(affine):
    return np.diag([-1.0, 1.0, 1.0, 1.0]) @ affine


@TO_RAS.mistake("z grows to the head in both: you have turned the patient upside down as well.")
def all_three(affine):
    return np.diag([-1.0, -1.0, -1.0, 1.0]) @ affine


@TO_RAS.mistake(
    "You changed the steps and forgot the origin. The scan is moved by twice its x and y."
)
def origin_forgotten(affine):
    new = affine.copy()
    new[:2, :3] *= -1
    return new


# --- 12: split

SPLIT = Exercise(
    "13.12",
    title="Split",
    prompt=(
        "`split(patients, count)` gets the patient of each scan, and gives a bool array: which "
        "scans are for the test. The test gets the last `count` patients by name, with all of "
        "their scans."
    ),
    stub=(
        "def split(patients, count):\n    n = len(patients)\n    return np.arange(n) >= n - count"
    ),
    cases=(
        Case("a patient with two scans", ["a", "b", "b"], 1),
        Case("patients in no order", ["c", "a", "b", "a"], 1),
        Case("two patients for the test", ["b", "d", "a", "d", "c", "b"], 2),
    ),
    why="A patient on both sides lets a network pass the test by memory.",
    hints=(
        "Give it a patient who was scanned twice.",
        "First choose patients, then find their scans.",
        "`np.unique` gives the names in order, and `np.isin` finds who is among them.",
    ),
    unit="",
)


@SPLIT.right("It chooses among patients, and only then looks for their scans.")
def split(patients, count):
    chosen = np.unique(patients)[-count:]
    return np.isin(patients, chosen)


@SPLIT.mistake(
    "You took the patients in the order in which they come. Another order of the files gives "
    "another test set."
)
def as_they_come(patients, count):
    names = list(dict.fromkeys(patients))
    return np.isin(patients, names[-count:])


@SPLIT.mistake("You took the first patients by name, and the exercise asks for the last ones.")
def the_first_ones(patients, count):
    return np.isin(patients, np.unique(patients)[:count])


@SPLIT.mistake(
    "You sorted the scans and cut there. A patient whose scans lie on both sides of the cut is in "
    "training and in the test."
)
def sorted_and_cut(patients, count):
    order = np.argsort(patients, kind="stable")
    test = np.zeros(len(patients), bool)
    test[order[-count:]] = True
    return test


@SPLIT.mistake(
    "You chose patients for the test, and took only one scan of each. Their other scans stay in "
    "training."
)
def one_scan_each(patients, count):
    _, first = np.unique(patients, return_index=True)
    test = np.zeros(len(patients), bool)
    test[first[-count:]] = True
    return test


# --- what to measure


def marked_head():
    """The phantom with its bleed, whose middle lies 32 mm to the left and 10 mm to the front."""
    grid = ctkit.phantom.make_grid((3, 64, 64), (4.5, 4, 4), center=(0, 0, 20))
    return ctkit.phantom.head_phantom().render(grid)


QUIZ = (
    Several(
        "Which of these bugs can nobody see in a picture of one slice?",
        Option(
            "The origin stays where it was after a crop.",
            "Yes: no voxel changes. Ask where a known voxel lies in mm, before and after.",
            right=True,
        ),
        Option(
            "A patient is in training and in the test.",
            "Yes: count the patients that are on both sides.",
            right=True,
        ),
        Option(
            "The frame around the head is filled with 0.",
            "It is grey in place of black. And it has litres of water.",
        ),
        Option(
            "The slices are taken to be 5 mm apart, and are 4.7 mm apart.",
            "Yes: a slice stays as it is. Compare with the step along the normal of the slices.",
            right=True,
        ),
    ),
    Number(
        "An array of 30 slices holds its own places: 0, 5, 10, ... mm. `zoom` by 5, with straight "
        "lines, makes 150 values of it. How many mm are two of them apart, to 0.002 mm?",
        right=145 / 149,
        tolerance=0.002,
        unit="mm",
        says="Yes: 145 mm lie between the first centre and the last, and 149 steps fill them.",
        otherwise="`zoom` keeps the first and the last centre. How far apart are these two, and "
        "how many steps lie between them?",
        wrong=(
            (1.0, "That is what the script believes. The array shows that it isn't so."),
            (145 / 150, "150 values have 149 steps between them."),
            (150 / 149, "The first centre and the last are 29 steps of 5 mm apart, and not 30."),
        ),
    ),
    Place(
        "You write down where the middle of the bleed lies, in LPS+ mm. Somebody takes your three "
        "numbers for RAS+ mm: the mistake of step 11. Point at the place that they find.",
        scene=marked_head,
        plane="axial",
        slice=1,
        window="brain",
        target=(1, 34, 23.5),
        within=9.0,
        says="Yes: left and right have changed places, and so have front and back.",
        otherwise="Which of the three numbers mean another direction in RAS+? Begin at the bleed.",
        wrong=(
            ((1, 29, 39.5), 9.5, "That is the bleed itself. Two numbers mean something else now."),
            (
                (1, 29, 23.5),
                9.5,
                "Left and right have changed places. So have front and back: y counts the other "
                "way, too.",
            ),
            (
                (1, 34, 39.5),
                9.5,
                "Front and back have changed places. So have left and right: x counts the other "
                "way, too.",
            ),
        ),
    ),
    Single(
        "After your repair the table says 0 for this step. What do you know?",
        Option("The step is right.", "It is right for one input. A bug may wait for another one."),
        Option(
            "It is right for the input that the table has.",
            "Yes. Next, think of an input that would tell a wrong program from a right one: odd, "
            "turned, tilted, empty.",
            right=True,
        ),
        Option(
            "Nothing, before you have read the code again.",
            "You know one number, and that is more than reading told you.",
        ),
    ),
)
