"""The exercises of page 06: pieces of a mask, millilitres, air outside, Dice, an opening."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single


def _mask(text):
    """A bool array (slice, row, column): slices between blank lines, # is True."""
    slices = [part.split() for part in text.strip().split("\n\n")]
    return np.array([[[letter == "#" for letter in row] for row in part] for part in slices])


# The largest piece of each slice is another than that of the whole.
_TOWER = _mask(
    """
    #...##
    #.....
    ......

    #..###
    #..###
    ......

    #.....
    ......
    ......

    ##....
    ##....
    ##...."""
)
_CORNERS = _mask(
    """
    ##....
    ##....
    ..##..
    ..###.

    ......
    ......
    ......
    #....."""
)

LARGEST = Exercise(
    "06.1",
    title="The largest piece",
    prompt=(
        "Write `largest_piece(matter)`: of a bool array (slice, row, column), the largest "
        "component as a bool array. Voxels hang together where they touch face to face, in all "
        "three directions. "
        "Of an array without any True, the answer is all False."
    ),
    stub="def largest_piece(matter):\n    return ...",
    cases=(
        Case("one slice", _mask(".##.#")),
        Case("nothing is True", np.zeros((1, 2, 3), bool)),
        Case("less is True than is not", _mask("#...\n...#\n..##")),
        Case("one voxel alone", _mask("....#\n.....\n.....")),
        Case("pieces that touch at a corner", _CORNERS),
        Case("a slim piece in many slices", _TOWER),
    ),
    why="Slice by slice, the headrest is kept at the top and the head is dropped.",
    hints=(
        "`scipy.ndimage.label` numbers the pieces from 1; 0 is what is False.",
        "`np.bincount` of the numbers counts the voxels of each. Leave out the count of 0.",
        "`pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()`",
    ),
)


@LARGEST.right("The count of 0 is set to 0, so that what is False can never win.")
def largest_piece(matter):
    pieces, _ = ndimage.label(matter)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (pieces == sizes.argmax()) & matter


@LARGEST.mistake(
    "You took the largest piece of each slice for itself. A head that is small in its top slices "
    "loses them to whatever is larger there."
)
def by_slice(matter):
    kept = np.zeros_like(matter)
    for k, picture in enumerate(matter):
        pieces, _ = ndimage.label(picture)
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        kept[k] = (pieces == sizes.argmax()) & picture
    return kept


@LARGEST.mistake(
    "You counted what is False as a piece, and it is often the largest. The answer is the air "
    "around the head then."
)
def the_air(matter):
    pieces, _ = ndimage.label(matter)
    return pieces == np.bincount(pieces.ravel()).argmax()


@LARGEST.mistake(
    "You let voxels hang together that touch at an edge or a corner alone. A headrest is joined to "
    "the head sooner that way."
)
def corners_too(matter):
    pieces, _ = ndimage.label(matter, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (pieces == sizes.argmax()) & matter


@LARGEST.mistake(
    "You took the first piece that was found, and not the largest. The first one is the one that "
    "begins in the lowest slice."
)
def the_first(matter):
    return ndimage.label(matter)[0] == 1


@LARGEST.mistake("You kept every piece. The headrest is one of them.")
def all_of_them(matter):
    return ndimage.label(matter)[0] > 0


@LARGEST.mistake(
    "Your numbers are one off: after the count of 0 was cut off, the first count is that of "
    "piece 1."
)
def one_off(matter):
    pieces, _ = ndimage.label(matter)
    sizes = np.bincount(pieces.ravel(), minlength=2)[1:]
    return (pieces == sizes.argmax()) & (sizes.max() > 0)


@LARGEST.mistake(
    "You forgot the array without any True: it has no piece, and `argmax` of nothing is an error."
)
def no_empty(matter):
    pieces, _ = ndimage.label(matter)
    return pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()


ML = Exercise(
    "06.2",
    title="Millilitres of a mask",
    prompt=(
        "Write `ml(mask, spacing)`: the volume of a mask in millilitres. The mask is an array "
        "(slice, row, column), in which everything that is not 0 belongs to it: it may be of bool, "
        "or hold 0 and 255. `spacing` is in mm, in the same order."
    ),
    stub="def ml(mask, spacing):\n    return ...",
    cases=(
        Case("one voxel", np.ones((1, 1, 1), bool), (10.0, 10.0, 10.0)),
        Case("voxels that are no cubes", _mask("##.\n.##"), (5.0, 0.5, 0.8)),
        Case("0 and 255 in a uint8", np.array([[[0, 255], [255, 255]]], np.uint8), (2.0, 1.0, 4.0)),
        Case("no voxel", np.zeros((2, 2, 2), bool), (1.0, 2.0, 3.0)),
    ),
    why="Millilitres can be compared between scans. Voxels can't.",
    hints=(
        "How many mm³ has one voxel?",
        "1 ml is 1 cm³, which is 1000 mm³.",
        "`np.count_nonzero(mask) * np.prod(spacing) / 1000`",
    ),
    unit="ml",
)


@ML.right("It counts what is not 0, so that the type of the mask has no say.")
def ml(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing) / 1000


@ML.mistake("You counted voxels. How much that is in ml depends on their size.")
def voxels(mask, spacing):
    return np.count_nonzero(mask)


@ML.mistake("This is in mm³, which is 1000 times as many as ml.")
def cubic_mm(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing)


@ML.mistake(
    "You divided by 10, as for mm to cm. A volume has three lengths, and each goes from mm to cm."
)
def divided_by_10(mask, spacing):
    return np.count_nonzero(mask) * np.prod(spacing) / 10


@ML.mistake(
    "You summed the values. In a mask of 0 and 255 each voxel counts 255 times then: the head has "
    "800 litres."
)
def summed(mask, spacing):
    return mask.sum() * np.prod(spacing) / 1000


@ML.mistake(
    "You took the voxels for cubes of the first spacing. The distance of the slices is mostly "
    "several times that of the rows."
)
def cubes_of_slices(mask, spacing):
    return np.count_nonzero(mask) * spacing[0] ** 3 / 1000


@ML.mistake(
    "You took the voxels for cubes of the pixel spacing, as if the slices lay that close together."
)
def cubes_of_pixels(mask, spacing):
    return np.count_nonzero(mask) * spacing[2] ** 3 / 1000


@ML.mistake("You left out the distance of the slices. This is an area, and no volume.")
def an_area(mask, spacing):
    return np.count_nonzero(mask) * spacing[1] * spacing[2] / 1000


def _scan():
    array = np.array([[[-1024, 30, 45], [-990, 1200, -600]], [[5, -3, 60], [-1000, -70, 900]]])
    return ctkit.Volume.from_spacing(array.astype(np.int16), (5, 0.8, 0.7))


def _head():
    inside = [[[False, True, True], [False, True, True]], [[False] * 3, [False, True, True]]]
    return _scan().with_array(np.array(inside))


def _tilted():
    affine = np.array([[0, 0.2, -0.7, 9], [1.2, 0.8, 0.1, -4], [4.8, -0.2, 0, 30], [0, 0, 0, 1.0]])
    return ctkit.Volume(_scan().array, affine)


def _tilted_head():
    # One slice holds none of the head.
    inside = np.array(_head().array)
    inside[1] = False
    return _tilted().with_array(inside)


OUTSIDE = Exercise(
    "06.3",
    title="Air in the place of the rest",
    prompt=(
        "Write `only(volume, mask)`: a Volume with the HU of `volume` where the mask is True, and "
        "air everywhere else. Both are Volumes on the same grid, and the answer is on it too "
        "(`volume.with_array(...)`)."
    ),
    stub="def only(volume, mask):\n    return ...",
    cases=(
        Case("two slices", _scan, _head),
        Case("a tilted grid, and a slice without the head", _tilted, _tilted_head),
        Case("an empty mask", _scan, lambda: _scan().with_array(np.zeros((2, 2, 3), bool))),
    ),
    why="Everything that comes later takes the outside for what its HU say.",
    hints=(
        "Which HU has air?",
        "`np.where(condition, a, b)` takes `a` where the condition is True, and `b` elsewhere.",
        "`np.where(mask.array, volume.array, ctkit.AIR)`",
    ),
    unit="HU",
)


@OUTSIDE.right("`where` picks, and does not compute: the HU inside stay as they are.")
def only(volume, mask):
    return volume.with_array(np.where(mask.array, volume.array, ctkit.AIR))


@OUTSIDE.mistake(
    "You multiplied. Outside stands 0 HU now, which is water: the head lies in litres of it."
)
def multiplied(volume, mask):
    return volume.with_array(mask.array * volume.array)


@OUTSIDE.mistake(
    "You filled with the lowest value of the scan. Here it is -1024 HU. In a scan with padding it "
    "may be -3024 HU, and with a scan of the inside alone it may be fat."
)
def filled_with_lowest(volume, mask):
    return volume.with_array(np.where(mask.array, volume.array, volume.array.min()))


@OUTSIDE.mistake(
    "The mask is the other way round: you kept the room, and turned the head into air."
)
def inverted(volume, mask):
    return volume.with_array(np.where(mask.array, ctkit.AIR, volume.array))


@OUTSIDE.mistake(
    "You added -1000 HU outside, in place of setting it. What was air there has -2000 HU now, and "
    "the headrest is still to be seen."
)
def added(volume, mask):
    return volume.with_array(volume.array + np.where(mask.array, 0, ctkit.AIR))


@OUTSIDE.mistake(
    "You left slices without the head as they were. Table and headrest are still in them."
)
def empty_slices_kept(volume, mask):
    array = np.array(volume.array)
    for k, inside in enumerate(mask.array):
        if inside.any():
            array[k][~inside] = ctkit.AIR
    return volume.with_array(array)


@OUTSIDE.mistake(
    "You made air of all that is denser or lighter than tissue inside the head as well. A mask "
    "says which voxels count, and no HU inside of it may change."
)
def inside_changed(volume, mask):
    keep = mask.array & (volume.array > -500)
    return volume.with_array(np.where(keep, volume.array, ctkit.AIR))


@OUTSIDE.mistake("You gave the mask on the new grid, and not the HU that lie in it.")
def the_mask(volume, mask):
    return mask


DICE = Exercise(
    "06.4",
    title="The Dice coefficient",
    prompt=(
        "Write `overlap(first, second)`: the Dice coefficient of two bool arrays of the same "
        "shape. Two masks that are both empty are the same mask: their coefficient is 1."
    ),
    stub="def overlap(first, second):\n    return ...",
    cases=(
        Case("half in common", _mask("##.."), _mask(".##.")),
        Case("one inside of the other", _mask("#...."), _mask("####.")),
        Case("the other way round", _mask("####."), _mask("#....")),
        Case("nothing in common", _mask("##.."), _mask("...#")),
        Case("two empty masks", _mask("....."), _mask(".....")),
    ),
    why="With ml alone, a mask of the wrong place may look right; Dice sees the place.",
    hints=(
        "How many voxels do both masks share?",
        "Twice the shared voxels, divided by the sum of both counts. When is that sum 0?",
        "`2 * (first & second).sum() / (first.sum() + second.sum())`",
    ),
)


@DICE.right("Where there is nothing to divide by, the two masks are the same.")
def overlap(first, second):
    both = first.sum() + second.sum()
    return 2 * (first & second).sum() / both if both else 1.0


@DICE.mistake(
    "You divided by the voxels that belong to either mask, each counted once. That is the Jaccard "
    "index, which is smaller: 0.33 for a Dice of 0.5."
)
def jaccard(first, second):
    either = (first | second).sum()
    return (first & second).sum() / either if either else 1.0


@DICE.mistake("You forgot the factor of 2. The same mask twice must give 1, and yours gives 0.5.")
def without_2(first, second):
    both = first.sum() + second.sum()
    return (first & second).sum() / both if both else 1.0


@DICE.mistake(
    "You counted the voxels outside of both as well. Most of a scan is air, so two quite different "
    "masks agree by 90 %."
)
def agreement(first, second):
    return (first == second).mean()


@DICE.mistake(
    "You divided by the first mask alone. A second mask that holds everything would be perfect."
)
def by_the_first(first, second):
    return (first & second).sum() / first.sum() if first.any() else 1.0


@DICE.mistake(
    "You divided by the smaller mask. One voxel in the right place would be a perfect head."
)
def by_the_smaller(first, second):
    smaller = min(first.sum(), second.sum())
    return (first & second).sum() / smaller if smaller else float(first.any() == second.any())


@DICE.mistake(
    "You compared the sizes alone. Two masks of the same size may have no voxel in common."
)
def sizes_alone(first, second):
    both = first.sum() + second.sum()
    return 2 * min(first.sum(), second.sum()) / both if both else 1.0


@DICE.mistake(
    "You forgot two empty masks: 0 divided by 0 is no number, and one such scan spoils the mean of "
    "a thousand."
)
def no_empty_masks(first, second):
    return np.float64(2 * (first & second).sum()) / (first.sum() + second.sum())


OPENING = Exercise(
    "06.5",
    title="An opening in millimetres",
    prompt=(
        "Write `opening(matter, spacing, radius)`: keep of a bool array (slice, row, column) only "
        "places where a ball of `radius` mm fits in. First erode: keep the voxels whose distance "
        "to the next False is larger than the radius. Then dilate: take back all within the radius "
        "of what is left. `spacing` is in mm, in the order of the axes. Something is always left."
    ),
    stub="def opening(matter, spacing, radius):\n    return ...",
    cases=(
        Case("a row", _mask(".#.#####."), (1.0, 1.0, 1.0), 1.5),
        Case("distances as long as the radius", _mask("..#######.."), (1.0, 1.0, 1.0), 2.0),
        Case(
            "voxels that are no cubes",
            _mask(".......\n.#####.\n.#####.\n.......\n....#.."),
            (4.0, 1.5, 1.0),
            1.2,
        ),
        Case(
            "thick slices",
            np.pad(np.ones((2, 3, 5), bool), ((1, 1), (1, 2), (1, 3))),
            (5.0, 1.0, 2.0),
            1.8,
        ),
        Case(
            "a bridge",
            _mask("...........\n.####.####.\n.#########.\n.####.####.\n..........."),
            (9.0, 1.0, 1.0),
            1.2,
        ),
    ),
    why="A radius in voxels is another one in every scan, and in every direction.",
    hints=(
        "`scipy.ndimage.distance_transform_edt` gives each True voxel its distance to a False.",
        "Its argument `sampling` takes the spacing. The dilation is the same on the reverse.",
        "`ndimage.distance_transform_edt(~eroded, sampling=spacing) <= radius`",
    ),
)


@OPENING.right("Both steps measure distances in mm, so the ball is round on every grid.")
def opening(matter, spacing, radius):
    eroded = ndimage.distance_transform_edt(matter, sampling=spacing) > radius
    return ndimage.distance_transform_edt(~eroded, sampling=spacing) <= radius


@OPENING.mistake(
    "You measured in voxels. With slices of 5 mm, a radius of 4 would be 20 mm along the body."
)
def in_voxels(matter, spacing, radius):
    eroded = ndimage.distance_transform_edt(matter) > radius
    return ndimage.distance_transform_edt(~eroded) <= radius


@OPENING.mistake(
    "You eroded, and gave nothing back: the head is smaller by the radius on every side."
)
def eroded_only(matter, spacing, radius):
    return ndimage.distance_transform_edt(matter, sampling=spacing) > radius


@OPENING.mistake(
    "You dilated first. That is a closing: it fills gaps, and joins the headrest to the head."
)
def closed(matter, spacing, radius):
    wide = ndimage.distance_transform_edt(~matter, sampling=spacing) <= radius
    return ndimage.distance_transform_edt(wide, sampling=spacing) > radius


@OPENING.mistake(
    "You took the spacing in the other order. In a CT, slices and rows lie at different distances."
)
def reversed_spacing(matter, spacing, radius):
    eroded = ndimage.distance_transform_edt(matter, sampling=spacing[::-1]) > radius
    return ndimage.distance_transform_edt(~eroded, sampling=spacing[::-1]) <= radius


@OPENING.mistake(
    "You used the spacing for the erosion only. The dilation counts voxels, and gives back too "
    "much or too little."
)
def spacing_once(matter, spacing, radius):
    eroded = ndimage.distance_transform_edt(matter, sampling=spacing) > radius
    return ndimage.distance_transform_edt(~eroded) <= radius


@OPENING.mistake(
    "You gave back twice the radius: the mask has become larger than what you began with."
)
def twice(matter, spacing, radius):
    eroded = ndimage.distance_transform_edt(matter, sampling=spacing) > radius
    return ndimage.distance_transform_edt(~eroded, sampling=spacing) <= 2 * radius


@OPENING.mistake("You dilated only. Nothing was taken away, and everything grew by the radius.")
def dilated_only(matter, spacing, radius):
    return ndimage.distance_transform_edt(~matter, sampling=spacing) <= radius


QUIZ = (
    Single(
        "Why is the largest piece sought in 3-D?",
        Option("It is faster", "It is not: more voxels are looked at together."),
        Option(
            "In the top slices the headrest is larger than the head",
            "Yes: slice by slice the head is lost there.",
            right=True,
        ),
        Option(
            "A slice has no pieces", "It has: that recipe works in most slices, and then fails."
        ),
    ),
    Number(
        "One voxel is 1.5 x 1 x 1 mm. How many ml has a mask of 2,000,000 voxels?",
        right=3000,
        tolerance=1,
        unit="ml",
        says="Yes: 1.5 mm³ each, and 1000 mm³ are 1 ml.",
        otherwise="One voxel has 1.5 mm³.",
        wrong=(
            (3_000_000, "That is in mm³."),
            (2000, "You took the voxels for cubes of 1 mm."),
        ),
    ),
    Single(
        "What does `mask * image` do to a network that is trained on it?",
        Option("Nothing: black is black", "On the screen, perhaps. In the array it is 0 HU."),
        Option(
            "It sees a head in a block of water",
            "Yes: 0 HU is water, and the edge of the skin is almost gone.",
            right=True,
        ),
        Option("It removes the noise", "A mask changes no HU inside the head, and so no noise."),
    ),
    Several(
        "A mask has the right ml. What can still be wrong?",
        Option("It may lie at another place", "Yes: ml say nothing of the place.", right=True),
        Option(
            "It may lack the nose and hold as much of the headrest",
            "Yes: too much and too little cancel each other.",
            right=True,
        ),
        Option("Nothing", "Look at Dice as well, or at the outline in all three planes."),
    ),
)
