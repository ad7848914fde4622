"""The exercises of page 15: what went wrong in somebody else's code, undone and repaired."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single


def _affine(*steps):
    """Steps of the three axes in mm, as an affine whose first voxel lies at (-90, -110, 20)."""
    affine = np.eye(4)
    affine[:3, :3] = np.transpose(steps)
    affine[:3, 3] = -90, -110, 20
    return affine


_UPRIGHT = (1, 0, 0, 0, 1, 0)
_FROM_THE_SIDE = (0, 1, 0, 0, 0, -1)
_COS, _SIN = np.cos(np.radians(20)), np.sin(np.radians(20))

AXIS = Exercise(
    "15.1",
    title="Which axis counts the slices?",
    prompt=(
        "Some programs put the slices on the first axis of an array, others on the last. Write "
        "`slice_axis(affine, orientation)`: 0, 1 or 2, the axis along which one goes from slice to "
        "slice. `affine` (4 x 4) turns indices into LPS+ mm: its column n is the step along axis "
        "n. `orientation` is the ImageOrientationPatient of the slices: six numbers, the direction "
        "of a row and then that of a column."
    ),
    stub="def slice_axis(affine, orientation):\n    return ...",
    cases=(
        Case(
            "an array with the slices last, 3 mm apart",
            _affine((0.5, 0, 0), (0, 0.8, 0), (0, 0, 3)),
            _UPRIGHT,
        ),
        Case(
            "an array with the slices first, 3 mm apart",
            _affine((0, 0, 3), (0, 0.8, 0), (0.5, 0, 0)),
            _UPRIGHT,
        ),
        Case(
            "an array with the slices first, 0.5 mm apart, with pixels of 0.9 x 0.8 mm",
            _affine((0, 0, 0.5), (0, 0.9, 0), (0.8, 0, 0)),
            _UPRIGHT,
        ),
        Case(
            "an array with the slices last, 3 mm apart, towards the feet",
            _affine((0.5, 0, 0), (0, 0.8, 0), (0, 0, -3)),
            _UPRIGHT,
        ),
        Case(
            "rows that lean, with the slices last, 0.6 mm apart",
            _affine((0.72, 0, -0.54), (0, 0.9, 0), (0.36, 0, 0.48)),
            (0.8, 0, -0.6, 0, 1, 0),
        ),
        Case(
            "slices seen from the side, on axis 1, 3 mm apart",
            _affine((0, 0, -0.7), (-3, 0, 0), (0, 0.6, 0)),
            _FROM_THE_SIDE,
        ),
        Case(
            "a tilted gantry, with the slices first, 5 mm apart",
            _affine((0, 0, 5), (0, 0.8 * _COS, -0.8 * _SIN), (0.8, 0, 0)),
            (1, 0, 0, 0, _COS, -_SIN),
        ),
    ),
    why="A loop over another axis gives rows the numbers of slices, and raises no error.",
    hints=(
        "Two of the three steps stay within the slice. Which direction leaves it?",
        "`np.cross` of the two directions of `orientation` is the normal of the slices.",
        "Project each column of `affine[:3, :3]` on the normal: the longest one, of either sign, "
        "is the step from slice to slice.",
    ),
)


@AXIS.right("Only the step from slice to slice leaves the plane, so only it has a part along it.")
def slice_axis(affine, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return int(np.abs(normal @ affine[:3, :3]).argmax())


@AXIS.mistake(
    "You took the longest step. Slices of 0.5 mm lie closer together than pixels of 0.9 mm, and "
    "your loop would run over their rows."
)
def longest_step(affine, orientation):
    return int(np.linalg.norm(affine[:3, :3], axis=0).argmax())


@AXIS.mistake(
    "You took the first axis for all. ctkit has its slices there. nibabel, and whoever stacks with "
    "`axis=-1`, has them on the last one."
)
def always_the_first(affine, orientation):
    return 0


@AXIS.mistake(
    "You took the last axis for all, as in most NIfTI files. ctkit has its slices on the first one."
)
def always_the_last(affine, orientation):
    return 2


@AXIS.mistake(
    "You took the axis that runs along the body. In slices that are seen from the side, this axis "
    "counts rows."
)
def along_the_body(affine, orientation):
    return int(np.abs(affine[2, :3]).argmax())


@AXIS.mistake(
    "You took the largest projection with its sign. Slices that run against the normal have one "
    "below 0, and a row with 0 mm wins."
)
def with_the_sign(affine, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return int((normal @ affine[:3, :3]).argmax())


@AXIS.mistake(
    "You looked for the axis that runs along a row. One goes from column to column on it, within "
    "one slice."
)
def along_a_row(affine, orientation):
    return int(np.abs(np.array(orientation[:3]) @ affine[:3, :3]).argmax())


@AXIS.mistake(
    "You looked for the axis that runs down a column. One goes from row to row on it, within one "
    "slice."
)
def down_a_column(affine, orientation):
    return int(np.abs(np.array(orientation[3:]) @ affine[:3, :3]).argmax())


@AXIS.mistake(
    "You projected the rows of the affine. A row belongs to x, y or z, and a column to an axis of "
    "the array."
)
def rows_of_the_affine(affine, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return int(np.abs(affine[:3, :3] @ normal).argmax())


@AXIS.mistake("You counted the axes from 1. To NumPy the first one is axis 0.")
def counted_from_1(affine, orientation):
    return slice_axis(affine, orientation) + 1


def _through_the_loop(stored, slopes, intercepts):
    """What the wrong loop made of stored values, and what it took: the arguments of a case."""
    stack = np.array(stored, float)
    for n, (slope, intercept) in enumerate(zip(slopes, intercepts, strict=True)):
        stack[:, n] = stack[:, n] * slope + intercept
    return stack, np.array(slopes, float), np.array(intercepts, float)


def _disc(slopes, intercepts):
    """Slices of a head of water in air, as a scanner stores them."""
    down, right = np.ogrid[-19.5:20, -15.5:16]
    head = (down / 17) ** 2 + (right / 13) ** 2 < 1
    hu = np.where(head, 0, -1000)
    return [(hu - intercept) / slope for slope, intercept in zip(slopes, intercepts, strict=True)]


_OTHERS = [1, 2, 0.5, 1] * 4, [-1024, -1000, -1200, -900] * 4

UNDO = Exercise(
    "15.2",
    title="Undo a loop over the wrong axis",
    prompt=(
        "Somebody turned a stack `[slice, row, column]` into HU by the loop of question 2: "
        "`stack[:, n] = stack[:, n] * slopes[n] + intercepts[n]`. So row n got the numbers of "
        "slice n. The rows from `len(slopes)` on are still as they were stored; there are such "
        "rows. The files are gone. Write `repaired(wrong, slopes, intercepts)`: the HU, with the "
        "slope and intercept of each slice. All three are arrays of floats, and stay as they are. "
        "The tolerance is 0.001 HU."
    ),
    stub="def repaired(wrong, slopes, intercepts):\n    return ...",
    cases=(
        Case(
            "slices with the same numbers",
            *_through_the_loop(
                [[[1024], [24], [1064]], [[1030], [1024], [24]]], [1, 1], [-1024] * 2
            ),
        ),
        Case(
            "slices with an intercept of their own",
            *_through_the_loop(
                [[[1024, 30], [24, 1064], [1064, 9]], [[1000, 0], [1040, 7], [60, 1100]]],
                [1, 1],
                [-1024, -1000],
            ),
        ),
        Case(
            "slices with a slope of their own, too",
            *_through_the_loop(
                [
                    [[2049, 3], [51, 7], [80, 2], [2100, 40]],
                    [[1025, 5], [24, 9], [8, 1], [990, 24]],
                ],
                [0.5, 2],
                [-1024, -500],
            ),
        ),
        Case("a head", *_through_the_loop(_disc(*_OTHERS), *_OTHERS)),
    ),
    why="What was done by a formula can be undone, as long as nothing was rounded or clipped.",
    hints=(
        "First get back what was stored. Which rows were changed, and by which numbers?",
        "Undone in the other order: take the intercept off, and then divide by the slope.",
        "`slopes[:, None]` is one number for each row, and `slopes[:, None, None]` one for each "
        "slice.",
    ),
    unit="HU",
    tolerance=1e-3,
)


@UNDO.right("The rows go back to what was stored, and then each slice gets its own numbers.")
def repaired(wrong, slopes, intercepts):
    stored, n = np.array(wrong), len(slopes)
    stored[:, :n] = (stored[:, :n] - intercepts[:, None]) / slopes[:, None]
    return stored * slopes[:, None, None] + intercepts[:, None, None]


def _stored(wrong, slopes, intercepts):
    stored, n = np.array(wrong), len(slopes)
    stored[:, :n] = (stored[:, :n] - intercepts[:, None]) / slopes[:, None]
    return stored


@UNDO.mistake(
    "You converted what had been converted. The first rows have the intercept twice now: their "
    "water lies at -1024 HU."
)
def converted_again(wrong, slopes, intercepts):
    return wrong * slopes[:, None, None] + intercepts[:, None, None]


@UNDO.mistake(
    "These are the stored values. The wrong conversion is undone, and the right one is missing."
)
def undone_alone(wrong, slopes, intercepts):
    return _stored(wrong, slopes, intercepts)


@UNDO.mistake(
    "You converted the rows that were left out, and kept the others. Those have the numbers of "
    "another slice: they are right only where all slices have the same."
)
def left_out_rows_alone(wrong, slopes, intercepts):
    hu, n = np.array(wrong), len(slopes)
    hu[:, n:] = hu[:, n:] * slopes[:, None, None] + intercepts[:, None, None]
    return hu


@UNDO.mistake(
    "You divided by the slope before you took the intercept off. The intercept is in HU: with a "
    "slope of 0.5 you take off half of what was added."
)
def divided_first(wrong, slopes, intercepts):
    stored, n = np.array(wrong), len(slopes)
    stored[:, :n] = stored[:, :n] / slopes[:, None] - intercepts[:, None]
    return stored * slopes[:, None, None] + intercepts[:, None, None]


@UNDO.mistake(
    "You gave all slices the numbers of the first one. On some scanners they are the same in all "
    "slices, and on others water moves from slice to slice."
)
def those_of_the_first(wrong, slopes, intercepts):
    return _stored(wrong, slopes, intercepts) * slopes[0] + intercepts[0]


@UNDO.mistake(
    "You undid all rows. The loop had ended before it came to the last ones, so they have lost an "
    "intercept that they never had."
)
def undone_in_all_rows(wrong, slopes, intercepts):
    stored, n = _stored(wrong, slopes, intercepts), len(slopes)
    stored[:, n:] = (wrong[:, n:] - intercepts[-1]) / slopes[-1]
    return stored * slopes[:, None, None] + intercepts[:, None, None]


@UNDO.mistake(
    "You took the numbers of a row for the slices. The stored values are back, and then the same "
    "wrong loop runs again."
)
def the_loop_again(wrong, slopes, intercepts):
    hu, n = _stored(wrong, slopes, intercepts), len(slopes)
    hu[:, :n] = hu[:, :n] * slopes[:, None] + intercepts[:, None]
    return hu


@UNDO.mistake(
    "You computed in int16. A slope of 0.5 makes halves of a HU, and they were cut off before "
    "anything was undone."
)
def in_int16(wrong, slopes, intercepts):
    return repaired(wrong.astype(np.int16).astype(float), slopes, intercepts)


@UNDO.mistake(
    "The HU are right, and you wrote over the array that was given. Whoever calls you a second "
    "time with it gets something else."
)
def in_place(wrong, slopes, intercepts):
    wrong[:] = repaired(wrong, slopes, intercepts)
    return wrong


NORMAL = Exercise(
    "15.3",
    title="A range that moves",
    prompt=(
        "`for_network(hu, low, high)` makes the numbers that a network gets: 0 for `low` HU and "
        "all below, 1 for `high` HU and all above, and a straight line between. The same HU gives "
        "the same number in every scan, and the result is float32. Here is the function as it "
        "circulates. It has a mistake: find and repair it. The tolerance is 0.00001."
    ),
    stub=(
        "def for_network(hu, low, high):\n"
        "    hu = np.clip(hu, low, high)\n"
        "    return ((hu - hu.min()) / (hu.max() - hu.min())).astype(np.float32)"
    ),
    cases=(
        Case("a piece of brain", np.array([25.0, 40.0]), -250, 550),
        Case("air, water and bone", np.array([-1000, 0, 40, 1200], np.int16), -250, 550),
        Case("water alone", np.array([[0.0, 0.0], [0.0, 0.0]]), -100, 300),
        Case(
            "metal, with 32,000 HU as int16",
            np.array([[-1000, 0, 1500], [32000, 25000, 300]], np.int16),
            -1000,
            32000,
        ),
    ),
    why="A network learns what 40 HU look like only if 40 HU are the same number in every scan.",
    hints=(
        "Give it two scans, one with bone and one without, and look at what water becomes.",
        "Which two numbers should be 0 and 1: those of the scan, or those that were given?",
        "Make float32 of `hu` first: 32,000 + 1,000 has no room in int16.",
    ),
    tolerance=1e-5,
    types=True,
)


@NORMAL.right("The ends are those that were given, and there is room before anything is taken off.")
def for_network(hu, low, high):
    hu = np.clip(hu.astype(np.float32), low, high)
    return (hu - low) / np.float32(high - low)


@NORMAL.mistake(
    "The ends are right. But you took `low` off in int16: metal with 32,000 HU wraps around, and "
    "becomes darker than air."
)
def wraps(hu, low, high):
    hu = np.clip(hu, low, high)
    return ((hu - hu.dtype.type(low)) / (high - low)).astype(np.float32)


@NORMAL.mistake(
    "The numbers are right, and they are float64: twice the memory, and most networks refuse it."
)
def in_float64(hu, low, high):
    return (np.clip(hu.astype(float), low, high) - low) / (high - low)


@NORMAL.mistake(
    "Nothing is cut off. Air and metal give numbers far below 0 and above 1, and a few of them "
    "outweigh the whole brain."
)
def not_cut_off(hu, low, high):
    return (hu.astype(np.float32) - low) / np.float32(high - low)


@NORMAL.mistake(
    "You left the window out, and stretch each scan from its own lowest to its own highest value. "
    "With metal in it, all of the brain is one number."
)
def own_range_without_window(hu, low, high):
    hu = hu.astype(np.float32)
    return (hu - hu.min()) / (hu.max() - hu.min())


@NORMAL.mistake(
    "You took off the mean of the scan and divided by its SD. Both depend on how much air is in "
    "the picture, so the number of water does too."
)
def by_mean_and_sd(hu, low, high):
    hu = np.clip(hu.astype(np.float32), low, high)
    return (hu - hu.mean()) / hu.std()


@NORMAL.mistake(
    "You divided by `high` and took nothing off. What lies at `low` is not 0, and HU below 0 stay "
    "below 0."
)
def low_kept(hu, low, high):
    return np.clip(hu.astype(np.float32), low, high) / np.float32(high)


@NORMAL.mistake(
    "These are still HU, with cut ends. Nobody can tell them from real ones: air has become fat."
)
def still_hu(hu, low, high):
    return np.clip(hu.astype(np.float32), low, high)


@NORMAL.mistake("Your numbers go from -1 to 1. Some networks want that, and here 0 to 1 is asked.")
def from_minus_1(hu, low, high):
    return 2 * for_network(hu, low, high) - 1


@NORMAL.mistake("Your numbers go from 0 to 255: these are greys for a screen.")
def greys(hu, low, high):
    return 255 * for_network(hu, low, high)


def _blob(shape, voxel, radius):
    """A piece of a ball: no side of it is like the other."""
    apart = np.indices(shape) - np.reshape(voxel, (3, 1, 1, 1))
    return (np.sum(apart**2, axis=0) <= radius**2) & (apart[2] <= 1) & (apart[0] >= -1)


def _marked(shape, *voxels):
    mask = np.zeros(shape, bool)
    mask[tuple(np.transpose(voxels))] = True
    return mask


BACK = Exercise(
    "15.4",
    title="Bring a mask back",
    prompt=(
        "A scan was cropped: its new first voxel was `start`. Then the array was flipped along the "
        "axes in `flipped`, such as `(0, 2)` or `()`, because a network wants it so. The network's "
        "answer is `mask`, an array of True and False on these voxels. Write `bring_back(mask, "
        "start, flipped, shape)`: the mask on the voxels of the scan, which has the `shape` "
        "(slices, rows, columns). What was cut off is False."
    ),
    stub="def bring_back(mask, start, flipped, shape):\n    return ...",
    cases=(
        Case("a crop alone", _marked((1, 2, 2), (0, 0, 1), (0, 1, 1)), (1, 1, 0), (), (2, 3, 4)),
        Case(
            "a crop whose columns were flipped",
            _marked((2, 2, 3), (0, 0, 0), (0, 1, 0), (1, 0, 1)),
            (0, 1, 1),
            (2,),
            (3, 4, 6),
        ),
        Case(
            "a crop whose slices and rows were flipped",
            _marked((2, 3, 2), (0, 0, 0), (0, 0, 1), (1, 1, 0)),
            (1, 0, 2),
            (0, 1),
            (3, 5, 5),
        ),
        Case(
            "a bleed in a head whose slices and columns were flipped",
            _blob((7, 20, 16), (4, 8, 5), 4),
            (2, 6, 3),
            (0, 2),
            (12, 40, 34),
        ),
    ),
    why="A mask in the wrong place has the right shape, and no program complains.",
    hints=(
        "Two things were done, the crop first. Which of them has to be undone first?",
        "`np.flip(mask, flipped)` is its own undoing.",
        "Begin with an array of False in `shape`, and write into a box of it that begins at "
        "`start`.",
    ),
)


def _box(start, size):
    return tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))


@BACK.right("What was done last is undone first: the flip, and then the crop.")
def bring_back(mask, start, flipped, shape):
    back = np.zeros(shape, bool)
    box = tuple(slice(a, a + n) for a, n in zip(start, mask.shape, strict=True))
    back[box] = np.flip(mask, flipped)
    return back


@BACK.mistake(
    "You forgot the flip. The box is in its place, and in it the bleed lies on the wrong side."
)
def not_flipped(mask, start, flipped, shape):
    return bring_back(mask, start, (), shape)


@BACK.mistake(
    "You put the mask into the scan, and then flipped all of it. The box begins at `start` from "
    "the other end now."
)
def flipped_last(mask, start, flipped, shape):
    return np.flip(bring_back(mask, start, (), shape), flipped)


@BACK.mistake(
    "You put the mask into the corner of the scan. It is off by all that was cut away there."
)
def into_the_corner(mask, start, flipped, shape):
    return bring_back(mask, (0, 0, 0), flipped, shape)


@BACK.mistake(
    "You stretched the mask to the shape of the scan. The shape fits, and nothing else: the bleed "
    "grows, and lies elsewhere."
)
def stretched(mask, start, flipped, shape):
    places = [np.arange(n) * m // n for n, m in zip(shape, mask.shape, strict=True)]
    return np.flip(mask, flipped)[np.ix_(*places)]


@BACK.mistake("You flipped all three axes. Only those in `flipped` had been turned around.")
def all_axes(mask, start, flipped, shape):
    return bring_back(mask, start, (0, 1, 2), shape)


@BACK.mistake("You flipped one axis of several. Each of those in `flipped` had been turned around.")
def one_axis(mask, start, flipped, shape):
    return bring_back(mask, start, flipped[:1], shape)


@BACK.mistake(
    "The flip is undone, and the mask has still the shape of the crop: nobody can lay it over the "
    "scan."
)
def left_in_the_crop(mask, start, flipped, shape):
    return np.flip(mask, flipped)


@BACK.mistake(
    "You put the mask into the middle of the scan. The crop followed the head, and that is seldom "
    "in the middle."
)
def into_the_middle(mask, start, flipped, shape):
    middle = [(n - m) // 2 for n, m in zip(shape, mask.shape, strict=True)]
    return bring_back(mask, middle, flipped, shape)


@BACK.mistake(
    "What was cut off is True: nearly the whole scan is marked. Nobody has looked there, so "
    "nothing was found there."
)
def true_outside(mask, start, flipped, shape):
    back = np.ones(shape, bool)
    back[_box(start, mask.shape)] = np.flip(mask, flipped)
    return back


def head_on_a_table():
    """Three slices of the phantom, wide enough for all of the table."""
    grid = ctkit.phantom.make_grid((3, 100, 150), (6, 3, 3), center=(0, 15, 20))
    return ctkit.phantom.head_phantom().render(grid)


QUIZ = (
    Single(
        "Your picture shows air white and bone black. What do you look at first?",
        Option(
            "the type and the lowest value of the array",
            "Yes. An unsigned type, with nothing below 0, says that air has wrapped around: the "
            "values are wrong, and not the picture.",
            right=True,
        ),
        Option(
            "the colour map: the reversed one puts it right",
            "Then the picture looks right, and air is still the brightest value for all that comes "
            "after.",
        ),
        Option(
            "`PhotometricInterpretation` in the header",
            "It says how values are meant to be shown. It comes second: first see whether the "
            "values are HU at all.",
        ),
    ),
    Several(
        "Which of these change the HU of a scan?",
        Option(
            "opening it in the brain window",
            "A window makes greys for the eye, and no HU changes.",
        ),
        Option(
            "`np.clip(hu, -160, 240)` before it is saved",
            "Yes: all air becomes -160 HU, and bone 240. It looks like a scan in HU.",
            right=True,
        ),
        Option(
            "turning the array around, and its affine with it",
            "Each voxel keeps its HU and its place. Only the order in the file is another one.",
        ),
        Option(
            "`hu.astype(np.uint16)`",
            "Yes: all below 0 HU is 65,536 HU too high afterwards.",
            right=True,
        ),
    ),
    Number(
        "Signed pixels of 16 bits were read without their sign. Slope 1, intercept 0. A voxel "
        "reads 64,536. How many HU has it?",
        right=-1000,
        tolerance=0.5,
        unit="HU",
        says="Yes: 64,536 - 65,536. It is air.",
        otherwise="16 bits have 65,536 numbers. Which negative one has the same bits?",
        wrong=(
            (
                31768,
                "You took half of the range off, as for an offset. A sign bit is worth all of it.",
            ),
            (63512, "An intercept is no cure for a lost sign, and here it is 0."),
            (1000, "The size is right. It is a number below 0 that begins again from the top."),
        ),
    ),
    Place(
        "To find the head, somebody takes the box of all voxels above -500 HU. The box is far too "
        "wide. Point at the middle of what makes it so wide.",
        scene=head_on_a_table,
        plane="axial",
        slice=1,
        window=(-200, 1600),
        target=(1, 85.8, 74.5),
        within=20.0,
        says="Yes, the table: its shell is above -500 HU, and the foam in it isn't. A mask of the "
        "head leaves it out, and a threshold can't.",
        otherwise="The box is as wide as the widest thing in it. What is wider than the head?",
        wrong=(
            ((1, 44, 74.5), 75.0, "That is the head, which the box is to hold."),
            ((1, 85.8, 34.5), 98.0, "That is the right thing. Point at its middle."),
            ((1, 85.8, 114.5), 98.0, "That is the right thing. Point at its middle."),
        ),
    ),
)
