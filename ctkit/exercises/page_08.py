"""The exercises of page 08: boxes, frames and origins."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single


def _mask(shape, *voxels):
    mask = np.zeros(shape, bool)
    for voxel in voxels:
        mask[voxel] = True
    return mask


BOX = Exercise(
    "08.1",
    title="The box of a mask",
    prompt=(
        "Write `box(mask)` for an array of True and False, `[slice, row, column]`. It gives two "
        "lists of three indices: `start`, and `stop`, which is one past the last True, so that "
        "`mask[start[0]:stop[0], ...]` holds all of it. An empty mask has no box: raise "
        "`ctkit.ParameterError`. Don't call `ctkit.bounding_box` here."
    ),
    stub="def box(mask):\n    return ...",
    cases=(
        Case("one voxel", _mask((2, 3, 3), (1, 2, 0))),
        Case("an empty mask", np.zeros((2, 3, 3), bool)),
        Case("a head that is wider lower down", _mask((4, 5, 6), (1, 2, 3), (2, 1, 1), (2, 3, 4))),
        Case("a mask up to the last voxel", _mask((3, 4, 5), (0, 1, 2), (2, 3, 4))),
    ),
    why="A box that is one voxel short takes the tip of the nose, and takes it again each time.",
    hints=(
        "For each axis: which indices hold any True at all?",
        "`np.argwhere(mask)` is a table with a row of three indices for each True.",
        "The last one belongs to the box, and a Python slice leaves its end out.",
    ),
    unit="voxels",
)


@BOX.right("One table of all voxels gives the first and the last on each axis at once.")
def box(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("an empty mask has no box")
    return voxels.min(axis=0).tolist(), (voxels.max(axis=0) + 1).tolist()


@BOX.mistake(
    "`stop` is the last True itself. Python leaves the end of a slice out, so one slice, one row "
    "and one column are lost: 0.957 mm of nose on page 08."
)
def one_short(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("empty")
    return voxels.min(axis=0).tolist(), voxels.max(axis=0).tolist()


@BOX.mistake(
    "An empty mask gives a box at 0 here. A crop with it is an empty volume, and the error shows "
    "up much later, somewhere else."
)
def empty_is_zero(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        return [0, 0, 0], [0, 0, 0]
    return voxels.min(axis=0).tolist(), (voxels.max(axis=0) + 1).tolist()


@BOX.mistake(
    "An empty mask ends in NumPy's own error, which speaks of arrays and not of masks. Look for it "
    "first, and raise what the task names."
)
def empty_is_numpys(mask):
    voxels = np.argwhere(mask)
    return voxels.min(axis=0).tolist(), (voxels.max(axis=0) + 1).tolist()


@BOX.mistake(
    "This is the box of one slice. The head is wider in other slices, and what lies outside of the "
    "box there is cut off."
)
def of_one_slice(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("empty")
    first, last = voxels[:, 0].min(), voxels[:, 0].max()
    rows, columns = np.nonzero(mask[first])
    start = [int(first), int(rows.min()), int(columns.min())]
    return start, [int(last) + 1, int(rows.max()) + 1, int(columns.max()) + 1]


@BOX.mistake(
    "Rows and columns are exchanged. The array is `[slice, row, column]`: the box lies turned over "
    "the diagonal, and cuts the head."
)
def x_before_y(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("empty")
    start, stop = voxels.min(axis=0), voxels.max(axis=0) + 1
    return start[[0, 2, 1]].tolist(), stop[[0, 2, 1]].tolist()


@BOX.mistake(
    "The second list is a size and not an end. It fits only where the box starts at 0; elsewhere "
    "the far side is cut off."
)
def a_size(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("empty")
    start = voxels.min(axis=0)
    return start.tolist(), (voxels.max(axis=0) + 1 - start).tolist()


@BOX.mistake(
    "You took the first and the last voxel of the list. They are ordered by slices; the rows and "
    "columns of these two say nothing of the others."
)
def first_and_last(mask):
    voxels = np.argwhere(mask)
    if len(voxels) == 0:
        raise ctkit.ParameterError("empty")
    return voxels[0].tolist(), (voxels[-1] + 1).tolist()


def _upright():
    array = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
    return ctkit.Volume.from_spacing(array, (3.0, 1.0, 0.5), origin=(10.0, -20.0, 30.0))


def _left_handed():
    """Rows to the front, as in the head of the course; no spacing twice."""
    affine = np.array([[0, 0, 0.7, -50], [0, -0.9, 0, 60], [2.5, 0, 0, -80], [0, 0, 0, 1.0]])
    return ctkit.Volume(np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5), affine)


def _tilted():
    """A gantry tilt: the slices are moved against each other."""
    affine = np.array([[0, 0, 0.5, -60], [1.71, 0.8, 0, -70], [4.7, 0, 0, 20], [0, 0, 0, 1.0]])
    return ctkit.Volume(np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5), affine)


CROP = Exercise(
    "08.2",
    title="A crop that keeps its place",
    prompt=(
        "Write `cropped(volume, start, stop)`: the part of a Volume from index `start` up to and "
        "without `stop`, as a new `ctkit.Volume(array, affine)` in which each voxel keeps its "
        "millimetres. Don't call `ctkit.crop` or `crop_box`. `volume.affine` and "
        "`volume.to_world(index)` are there."
    ),
    stub="def cropped(volume, start, stop):\n    return ...",
    cases=(
        Case("voxels that are not cubes", _upright, (1, 1, 1), (2, 3, 4)),
        Case("rows that run to the front", _left_handed, (1, 2, 3), (3, 4, 4)),
        Case("a tilted gantry", _tilted, (2, 1, 0), (3, 4, 3)),
    ),
    why="With the right origin every result finds its way back, to the tenth of a millimetre.",
    hints=(
        "The steps from voxel to voxel stay. Which part of the affine does not?",
        "Voxel (0, 0, 0) of the part was voxel `start` of the whole.",
        "Copy the affine, and replace its last column by the place of `start`.",
    ),
    unit="HU",
)


@CROP.right("Only the last column changes: it is the place of voxel (0, 0, 0), once `start`.")
def cropped(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(start)
    parts = tuple(slice(first, end) for first, end in zip(start, stop, strict=True))
    return ctkit.Volume(volume.array[parts], affine)


def _part(volume, start, stop):
    return volume.array[tuple(map(slice, start, stop))]


@CROP.mistake(
    "The affine is that of the whole scan. Each voxel now claims to lie where another one lies: "
    "28.8 mm off on page 08, and no viewer says so."
)
def old_affine(volume, start, stop):
    return ctkit.Volume(_part(volume, start, stop), volume.affine)


@CROP.mistake(
    "You added indices to the origin. The origin is in millimetres, so each index has to be "
    "turned into a way in mm first."
)
def added_indices(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] += start
    return ctkit.Volume(_part(volume, start, stop), affine)


@CROP.mistake(
    "You added index times spacing in the order slice, row, column. The origin is x, y, z: the "
    "way along the slices went into x."
)
def slice_into_x(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] += np.multiply(start, volume.spacing)
    return ctkit.Volume(_part(volume, start, stop), affine)


@CROP.mistake(
    "You turned the indices into x, y, z by their order and the spacing alone. Rows that run to "
    "the front, and tilted slices, then go the wrong way: only the affine knows directions."
)
def no_directions(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] += np.multiply(start, volume.spacing)[::-1]
    return ctkit.Volume(_part(volume, start, stop), affine)


@CROP.mistake("The origin went the other way. It has to move to `start`, and not away from it.")
def away_from_it(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ start
    return ctkit.Volume(_part(volume, start, stop), affine)


@CROP.mistake(
    "The origin is the outer corner of the voxel here. An affine means voxel centres, so all of it "
    "is half a voxel off."
)
def the_corner(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(np.array(start) - 0.5)
    return ctkit.Volume(_part(volume, start, stop), affine)


@CROP.mistake(
    "The part holds `stop` as well. Here `stop` is one past the last index, as in Python's slices."
)
def stop_included(volume, start, stop):
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(start)
    return ctkit.Volume(_part(volume, start, np.add(stop, 1)), affine)


def _hu():
    array = np.array([[[10, 20, 30], [40, 50, 60]], [[70, 80, 90], [100, 110, 120]]], np.int16)
    affine = np.array([[0, 0, 0.7, -50], [0, -0.9, 0, 60], [2.5, 0, 0, -80], [0, 0, 0, 1.0]])
    return ctkit.Volume(array, affine)


PAD = Exercise(
    "08.3",
    title="A frame of air",
    prompt=(
        "Write `padded(volume, before, after)`: a larger Volume with air around. `before` and "
        "`after` are three counts of voxels, `(slice, row, column)`: so many come before the first "
        "and after the last. Every old voxel keeps its millimetres, and the array its type. Use "
        "`np.pad` and `ctkit.Volume(array, affine)`, not `ctkit.pad`."
    ),
    stub="def padded(volume, before, after):\n    return ...",
    cases=(
        Case("one voxel before the columns", _hu, (0, 0, 1), (0, 0, 0)),
        Case("two rows after", _hu, (0, 0, 0), (0, 2, 0)),
        Case("all sides", _hu, (1, 2, 0), (0, 1, 3)),
    ),
    why="Then a small box goes back into its scan, and a mean is not drawn towards water.",
    hints=(
        "0 HU is a tissue. Which value is nothing?",
        "Voxel (0, 0, 0) is new now. Which index had it in the old volume?",
        "It was index `-before`: `volume.to_world` takes that as well.",
    ),
    unit="HU",
    types=True,
)


@PAD.right("New voxels are air, and the new voxel 0 lies where index -before was.")
def padded(volume, before, after):
    widths = list(zip(before, after, strict=True))
    array = np.pad(volume.array, widths, constant_values=-1000)
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(-np.array(before))
    return ctkit.Volume(array, affine)


def _framed(volume, before, after, **how):
    return np.pad(volume.array, list(zip(before, after, strict=True)), **how)


def _moved(volume, before):
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(-np.array(before))
    return affine


@PAD.mistake(
    "The frame is 0 HU, which is water. It has to be air: the mean of the volume moves by hundreds "
    "of HU, and a threshold at -300 HU takes the frame for body."
)
def of_water(volume, before, after):
    return ctkit.Volume(_framed(volume, before, after), _moved(volume, before))


@PAD.mistake(
    "The array grew, and the origin stayed. The old voxels have moved by `before` voxels, and so "
    "in millimetres."
)
def origin_kept(volume, before, after):
    return ctkit.Volume(_framed(volume, before, after, constant_values=-1000), volume.affine)


@PAD.mistake(
    "The origin went the wrong way: into the scan, as for a crop. A frame starts before the scan."
)
def as_for_a_crop(volume, before, after):
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(before)
    return ctkit.Volume(_framed(volume, before, after, constant_values=-1000), affine)


@PAD.mistake(
    "The edge is repeated outwards. Skin and table are drawn into long streaks where nothing was "
    "measured."
)
def edge_repeated(volume, before, after):
    return ctkit.Volume(_framed(volume, before, after, mode="edge"), _moved(volume, before))


@PAD.mistake(
    "`before` and `after` are exchanged: the new voxels lie on the other sides, and the old ones "
    "moved against their millimetres."
)
def exchanged(volume, before, after):
    array = _framed(volume, after, before, constant_values=-1000)
    return ctkit.Volume(array, _moved(volume, before))


@PAD.mistake(
    "Values and place are right, and the array has become float64: four times the memory of int16. "
    "`np.full` and `np.zeros` need a `dtype`."
)
def in_float64(volume, before, after):
    array = _framed(volume, before, after, constant_values=-1000)
    return ctkit.Volume(array.astype(np.float64), _moved(volume, before))


@PAD.mistake(
    "You subtracted index times spacing from x, y, z in reversed order. Directions count too: the "
    "rows here run to the front, so y went the wrong way."
)
def frame_without_directions(volume, before, after):
    affine = volume.affine.copy()
    affine[:3, 3] -= np.multiply(before, volume.spacing)[::-1]
    return ctkit.Volume(_framed(volume, before, after, constant_values=-1000), affine)


MARGINS = Exercise(
    "08.4",
    title="Into the middle",
    prompt=(
        "Write `margins(size, frame)`: how many voxels of air come before and after `size` voxels, "
        "so that they stand in the middle of `frame` voxels. Both are whole numbers. Where the "
        "difference is odd, the extra voxel comes **after**. What is larger than its frame is "
        "refused: raise `ctkit.GeometryError`."
    ),
    stub="def margins(size, frame):\n    return ...",
    cases=(
        Case("an odd difference", 2, 3),
        Case("an even difference", 3, 7),
        Case("nothing to add", 4, 4),
        Case("another odd difference", 5, 12),
        Case("larger than its frame", 9, 6),
        Case("larger by one voxel", 6, 5),
    ),
    why="A voxel that is lost or doubled here makes arrays of two shapes, and a network stops.",
    hints=(
        "The two margins together are `frame - size`, odd or even.",
        "Work out one of them, and take the other as what is left.",
        "`before` is the half, rounded down.",
    ),
    unit="voxels",
)


@MARGINS.right("The second margin is what is left, so that nothing is lost to rounding.")
def margins(size, frame):
    room = frame - size
    if room < 0:
        raise ctkit.GeometryError(f"{size} voxels are larger than a frame of {frame}")
    return room // 2, room - room // 2


@MARGINS.mistake(
    "Both margins are rounded down. With an odd difference one voxel is missing, and the array "
    "does not have the shape of the frame."
)
def both_down(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    return (frame - size) // 2, (frame - size) // 2


@MARGINS.mistake(
    "The extra voxel comes before. A frame made so and one of ctkit are one voxel apart: 0.957 mm "
    "in the head of the course."
)
def extra_before(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    room = frame - size
    return room - room // 2, room // 2


@MARGINS.mistake(
    "A margin came out below 0 and was given back. `np.pad` refuses it with a message that names "
    "neither scan nor frame."
)
def below_zero(size, frame):
    room = frame - size
    return room // 2, room - room // 2


@MARGINS.mistake(
    "What is larger than its frame gets margins of 0 here. Nobody hears of it, and the array does "
    "not have the shape of the frame."
)
def silently_zero(size, frame):
    room = max(frame - size, 0)
    return room // 2, room - room // 2


@MARGINS.mistake(
    "The whole difference stands on each side. The frame becomes twice as much larger as it should."
)
def not_halved(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    return frame - size, frame - size


@MARGINS.mistake(
    "You used `round`. Python rounds 0.5 to 0 and 1.5 to 2: the extra voxel comes after for one "
    "size, and before for another."
)
def by_round(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    before = round((frame - size) / 2)
    return before, frame - size - before


@MARGINS.mistake("The margins have halves of voxels. There is no half voxel of air.")
def halves(size, frame):
    if size > frame:
        raise ctkit.GeometryError("larger")
    return (frame - size) / 2, (frame - size) / 2


QUIZ = (
    Single(
        "A head is cropped from index (0, 11, 28) on. Which part of the affine changes?",
        Option(
            "The three columns of steps",
            "The voxels are as large as before and lie in the same directions.",
        ),
        Option(
            "The last column",
            "Yes: it is the place of voxel (0, 0, 0), and that is another voxel now.",
            right=True,
        ),
        Option("Nothing", "Then each voxel would claim a wrong place: 28.8 mm off on page 08."),
    ),
    Number(
        "A crop starts at row 20. The rows are 0.5 mm apart. By how many mm is everything off if "
        "the origin is forgotten?",
        right=10,
        tolerance=0.05,
        unit="mm",
        says="Yes: 20 rows of 0.5 mm.",
        otherwise="Every voxel is displaced by the way from row 0 to row 20.",
        wrong=((20, "That is in rows. How long is a row?"), (40, "Multiply by the spacing.")),
    ),
    Several(
        "Which of these change in a crop?",
        Option("The index of the nose", "Yes: indices count from the new corner.", right=True),
        Option("The millimetres of the nose", "No: the patient has not moved."),
        Option("The shape of the array", "Yes: that is what a crop is for.", right=True),
        Option("The HU of the nose", "No: no value is worked out anew."),
    ),
    Single(
        "A program pads with `np.zeros`. What is in the frame?",
        Option("Air", "Air is -1000 HU."),
        Option("Water", "Yes: 0 HU. A threshold for the body takes it along.", right=True),
        Option("Nothing", "Every voxel holds a number, and every number in HU means something."),
    ),
)
