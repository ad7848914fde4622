"""The exercises of page 12: shadows, noise, and two energies."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single

WATER_MM = Exercise(
    "12.1",
    title="From photons to water",
    prompt=(
        "Write `water_mm(counts, sent)`. For each ray it tells how many mm of water would let as "
        "many photons through: `sent` photons are sent along each, and `counts` arrive. Water has "
        "a μ of 0.0205 per mm. Where no photon is counted, take one, so that the answer is finite. "
        "The tolerance is 0.001 mm."
    ),
    stub="def water_mm(counts, sent):\n    return ...",
    cases=(
        Case("two rays", np.array([1000, 500]), 1000),
        Case("few photons", np.array([1, 3, 40]), 2000),
        Case("a ray of which nothing is left", np.array([0, 2, 900]), 1000),
        Case("more photons than were sent", np.array([1040, 980, 7], np.uint16), 1000),
        Case("several projections", np.array([[5, 60], [0, 999], [1, 800]], np.uint16), 1000),
    ),
    why="This is the first step of every scanner: all that follows is linear.",
    hints=(
        "The law is N = N0 · exp(-μ · length). Solve it for the length.",
        "Only where a count is 0 does 1 take its place: `np.maximum` does that.",
        "`-np.log(np.maximum(counts, 1) / sent) / 0.0205`",
    ),
    unit="mm",
    tolerance=1e-3,
)


@WATER_MM.right("The share that arrives comes first, then its logarithm, then millimetres.")
def water_mm(counts, sent):
    share = np.maximum(counts, 1) / sent
    return -np.log(share) / 0.0205


@WATER_MM.mistake(
    "The lengths are right, and their sign is not. The logarithm of a share below 1 is below 0: "
    "without a minus, water would add photons."
)
def without_minus(counts, sent):
    return np.log(np.maximum(counts, 1) / sent) / 0.0205


@WATER_MM.mistake(
    "You took the logarithm to base 10. Attenuation is told by the natural one: your lengths are "
    "2.3 times too short."
)
def of_base_10(counts, sent):
    return -np.log10(np.maximum(counts, 1) / sent) / 0.0205


@WATER_MM.mistake(
    "A ray on which no photon is counted gives an infinite length. The filter would spread it over "
    "the whole slice."
)
def infinite(counts, sent):
    with np.errstate(divide="ignore"):
        return -np.log(counts / sent) / 0.0205


@WATER_MM.mistake(
    "You added 1 to every count. That is meant for the empty rays alone. Behind much bone, where "
    "few photons are left, it takes off many mm."
)
def one_to_all(counts, sent):
    return -np.log((counts + 1.0) / sent) / 0.0205


@WATER_MM.mistake(
    "You took the share of the photons that are lost, and no logarithm. For thin things that is "
    "nearly right. Behind 200 mm of water it says 48 mm."
)
def share_lost(counts, sent):
    return (1 - np.maximum(counts, 1) / sent) / 0.0205


@WATER_MM.mistake(
    "You stopped at the integral, which has no unit. It still has to become a length of water."
)
def integral_alone(counts, sent):
    return -np.log(np.maximum(counts, 1) / sent)


@WATER_MM.mistake(
    "You cut off what is below 0. Photons come at random, so behind air sometimes more of them "
    "arrive than were expected. Cut them off, and air comes out too dense."
)
def cut_off(counts, sent):
    return np.maximum(-np.log(np.maximum(counts, 1) / sent) / 0.0205, 0)


SWING = Exercise(
    "12.2",
    title="How far a curve swings",
    prompt=(
        "In the sinogram, a point draws a curve around the middle element of the detector. Write "
        "`swing(row, column, size)`. It gives two numbers: by how many elements the curve swings "
        "away from the middle at most, and the direction in degrees (from 0 on, below 180) at "
        "which it does. The picture has `size` rows and columns and turns about the pixel "
        "[size // 2, size // 2]. As on the page, the shadow lies at `cos(angle) * right - "
        "sin(angle) * down`, both counted from that pixel. The tolerance is 0.01."
    ),
    stub="def swing(row, column, size):\n    return ...",
    cases=(
        Case("a point to the right", 50, 80, 100),
        Case("a point above the middle", 20, 50, 100),
        Case("a point above, to the right", 30, 90, 100),
        Case("a point below, to the left", 81, 38, 100),
        Case("an odd size", 77, 60, 101),
    ),
    why="So you can tell from a curve in a sinogram where in the slice its point lies.",
    hints=(
        "It swings as far as the point lies from the middle of the turn.",
        "It does so where the detector looks along the line from the middle to the point.",
        "The angle is `np.degrees(np.arctan2(-down, right))`, brought to 0 to 180 by `% 180`.",
    ),
    tolerance=0.01,
)


@SWING.right("A cosine and a sine of one angle make one cosine, whose height is the distance.")
def swing(row, column, size):
    down, right = row - size // 2, column - size // 2
    return np.hypot(right, down), np.degrees(np.arctan2(-down, right)) % 180


@SWING.mistake(
    "You took rows for columns. A point to the right then swings as one below does: its curve is "
    "90 degrees off."
)
def rows_for_columns(row, column, size):
    down, right = column - size // 2, row - size // 2
    return np.hypot(right, down), np.degrees(np.arctan2(-down, right)) % 180


@SWING.mistake(
    "The distance is right, and the angle is that of the mirrored picture. Rows are counted "
    "downwards, and angles are not."
)
def mirrored(row, column, size):
    down, right = row - size // 2, column - size // 2
    return np.hypot(right, down), np.degrees(np.arctan2(down, right)) % 180


@SWING.mistake(
    "The angle is in radians: NumPy's functions give it so. It was asked for in degrees."
)
def in_radians(row, column, size):
    down, right = row - size // 2, column - size // 2
    return np.hypot(right, down), np.arctan2(-down, right) % np.pi


@SWING.mistake(
    "You counted from the middle of the array, half a pixel away from the pixel about which the "
    "picture turns. The curve then swings up to 0.7 elements too far, or not far enough."
)
def from_the_middle_of_the_array(row, column, size):
    down, right = row - (size - 1) / 2, column - (size - 1) / 2
    return np.hypot(right, down), np.degrees(np.arctan2(-down, right)) % 180


@SWING.mistake(
    "You halved the size by `/`. With an odd size this lies half a pixel away from the pixel about "
    "which the picture turns."
)
def halved(row, column, size):
    down, right = row - size / 2, column - size / 2
    return np.hypot(right, down), np.degrees(np.arctan2(-down, right)) % 180


@SWING.mistake(
    "The angle lies below 0, or from 180 on, for some points. After half a turn the same rays are "
    "measured again from the other side, so 0 to 180 is enough."
)
def of_a_whole_turn(row, column, size):
    down, right = row - size // 2, column - size // 2
    return np.hypot(right, down), np.degrees(np.arctan2(-down, right))


@SWING.mistake(
    "You gave the direction in which the curve passes the middle. There the point and the middle "
    "lie on one ray, and the swing is 0."
)
def where_it_is_none(row, column, size):
    down, right = row - size // 2, column - size // 2
    return np.hypot(right, down), (np.degrees(np.arctan2(-down, right)) + 90) % 180


JOINED = Exercise(
    "12.3",
    title="Elements put together",
    prompt=(
        "A detector has too many elements. Write `joined(counts, sent, n)`: the integrals of a "
        "coarser one, in which each element stands for `n` neighbours, without the mistake of this "
        "page. `counts` has the axes (element, direction); the number of elements is a multiple "
        "of `n`, and no count is 0."
    ),
    stub="def joined(counts, sent, n):\n    return ...",
    cases=(
        Case("two elements", np.array([[1000], [10]]), 1000, 2),
        Case("two directions", np.array([[900, 50], [30, 700], [800, 6], [5, 400]]), 1000, 2),
        Case(
            "three elements in each group",
            np.array(
                [[9, 70, 8], [500, 3, 41], [20, 6, 77], [1, 90, 35], [64, 2, 5], [8, 16, 900]]
            ),
            1000,
            3,
        ),
    ),
    why="Bone at the edge of a coarse element keeps all of its attenuation.",
    hints=(
        "Which comes first, the mean or the logarithm?",
        "`reshape` makes an axis of groups and one of neighbours: (groups, n, directions).",
        "`integrals.reshape(len(counts) // n, n, -1).mean(axis=1)`",
    ),
)


@JOINED.right("Integrals may be averaged, as they are sums along rays; counts may not.")
def joined(counts, sent, n):
    integrals = -np.log(counts / sent)
    return integrals.reshape(len(counts) // n, n, -1).mean(axis=1)


@JOINED.mistake(
    "You averaged the photons, and then took the logarithm. The bright ray wins: at an edge of "
    "bone half of the attenuation and more is lost."
)
def photons_averaged(counts, sent, n):
    return -np.log(counts.reshape(len(counts) // n, n, -1).mean(axis=1) / sent)


@JOINED.mistake(
    "You added up the photons of each group as if they came from one ray. Then more arrive than "
    "were sent along one, and integrals fall below 0."
)
def photons_added(counts, sent, n):
    return -np.log(counts.reshape(len(counts) // n, n, -1).sum(axis=1) / sent)


@JOINED.mistake(
    "You added up the integrals of each group. They are those of rays side by side, and not one "
    "behind the other: the head comes out n times as dense."
)
def integrals_added(counts, sent, n):
    return -np.log(counts / sent).reshape(len(counts) // n, n, -1).sum(axis=1)


@JOINED.mistake(
    "You kept every n-th element and left the others out. That costs dose for nothing, and fine "
    "detail comes back as false detail (page 09)."
)
def every_nth(counts, sent, n):
    return -np.log(counts[::n] / sent)


@JOINED.mistake(
    "You put together elements that lie far from each other: the first axis of your groups should "
    "count groups, and the second neighbours."
)
def far_from_each_other(counts, sent, n):
    return -np.log(counts / sent).reshape(n, len(counts) // n, -1).mean(axis=0)


@JOINED.mistake(
    "You took a mean over all elements of a direction. Each group of n neighbours needs its own."
)
def over_all(counts, sent, n):
    return -np.log(counts / sent).mean(axis=0, keepdims=True)


DOSE = Exercise(
    "12.4",
    title="How much more dose?",
    prompt=(
        "The same phantom was scanned twice, with the same dose. Write `dose_factor(first, second, "
        "wanted)`: by which factor the dose has to be multiplied so that the noise of one scan is "
        "`wanted` HU. The two scans are arrays of HU, and only noise differs between them. Take "
        "`np.std` over all pixels. The tolerance is 0.001."
    ),
    stub="def dose_factor(first, second, wanted):\n    return ...",
    cases=(
        Case("two pixels", np.array([0.0, 10.0]), np.array([4.0, 2.0]), 3),
        Case(
            "an edge of bone in the picture",
            np.array([[30, 34, 1000], [25, 37, 1010]]),
            np.array([[36, 22, 990], [33, 29, 1004]]),
            5,
        ),
        Case(
            "scans of int16 with air",
            np.array([[-1000, 28, 31], [40, 1900, 22]], np.int16),
            np.array([[-1004, 36, 23], [28, 1911, 37]], np.int16),
            4.0,
        ),
        Case(
            "one scan brighter than the other by 3 HU",
            np.array([[28.0, 31, 22, 35], [30, 26, 33, 29]]),
            np.array([[36.0, 30, 29, 31], [29, 37, 34, 38]]),
            2.0,
        ),
    ),
    why="Halving the noise costs four times the dose: somebody has to want it.",
    hints=(
        "The difference of the two scans has no head in it any more, only noise.",
        "It has the noise of both scans: √2 times that of one.",
        "Noise falls with 1/√dose, so the factor is the square of the ratio of the noises.",
    ),
    tolerance=1e-3,
)


@DOSE.right("The head falls out of the difference, and √2 makes one scan's noise of it.")
def dose_factor(first, second, wanted):
    difference = np.asarray(first, float) - second
    noise = difference.std() / np.sqrt(2)
    return (noise / wanted) ** 2


@DOSE.mistake(
    "You forgot that the difference has the noise of both scans. It is √2 times that of one, so "
    "your dose is twice what is needed."
)
def noise_of_both(first, second, wanted):
    return (np.std(np.asarray(first, float) - second) / wanted) ** 2


@DOSE.mistake(
    "You took the ratio of the noises itself. Noise falls with the root of the dose: for half the "
    "noise your dose would be doubled, and it has to be four times as high."
)
def no_square(first, second, wanted):
    return np.std(np.asarray(first, float) - second) / np.sqrt(2) / wanted


@DOSE.mistake(
    "Your factor is upside down: the noise that is wanted stands over the one that is there. With "
    "it, less noise would need less dose."
)
def upside_down(first, second, wanted):
    return (wanted / (np.std(np.asarray(first, float) - second) / np.sqrt(2))) ** 2


@DOSE.mistake(
    "You measured the SD of one scan. It is made of the head as well as of noise: an edge of bone "
    "alone makes hundreds of HU."
)
def of_one_scan(first, second, wanted):
    return (np.std(np.asarray(first, float)) / wanted) ** 2


@DOSE.mistake(
    "You halved the SD of the difference. Noise adds up in squares, so it is the root of 2 that "
    "has to be taken off, and not 2: your dose is half of what is needed."
)
def halved_noise(first, second, wanted):
    return (np.std(np.asarray(first, float) - second) / 2 / wanted) ** 2


@DOSE.mistake(
    "You took the root mean square of the difference. If one scan is brighter as a whole, that "
    "counts as noise. `np.std` takes the mean off first."
)
def root_mean_square(first, second, wanted):
    difference = np.asarray(first, float) - second
    return np.mean(difference**2) / 2 / wanted**2


@DOSE.mistake(
    "You took the SD that is meant for a sample (`ddof=1`). It is another number, with few pixels "
    "much larger; plain `np.std` was asked for."
)
def of_a_sample(first, second, wanted):
    return (np.std(np.asarray(first, float) - second, ddof=1) / np.sqrt(2) / wanted) ** 2


TWO = Exercise(
    "12.5",
    title="Water and bone from two energies",
    prompt=(
        "A detector that tells photons apart by their energy gives two integrals for each ray. "
        "Write `water_and_bone_mm(at_50, at_80)`: how many mm of water and how many mm of bone "
        "make them. At 50 keV water has a μ of 0.0227 per mm and bone 0.0814, at 80 keV 0.0184 and "
        "0.0428. The integrals are arrays of one shape; give water first. The tolerance is "
        "0.01 mm."
    ),
    stub="def water_and_bone_mm(at_50, at_80):\n    return ...",
    cases=(
        Case("10 mm of bone alone", np.array([0.814]), np.array([0.428])),
        Case("100 mm of water alone", np.array([2.27]), np.array([1.84])),
        Case("both, and air", np.array([3.0, 0.0, 4.9]), np.array([2.3, 0.0, 3.5])),
        Case("air with noise", np.array([0.01, -0.02, 0.0]), np.array([-0.01, 0.01, 0.02])),
        Case(
            "several projections",
            np.array([[2.1, 3.3], [4.0, 5.2], [0.4, 1.0]]),
            np.array([[1.6, 2.5], [3.1, 3.7], [0.3, 0.8]]),
        ),
    ),
    why="Where energies are told apart, nothing has to be guessed: the dark bands are gone.",
    hints=(
        "Each integral is a sum: μ of water times mm of water, and μ of bone times mm of bone.",
        "That makes two equations with two unknowns, for each ray the same matrix.",
        "`[[0.0227, 0.0814], [0.0184, 0.0428]]` is the matrix: invert it, or use Cramer's rule.",
    ),
    unit="mm",
    tolerance=0.01,
)


@TWO.right("Two materials and two energies: a matrix of two rows, inverted once for all rays.")
def water_and_bone_mm(at_50, at_80):
    back = np.linalg.inv([[0.0227, 0.0814], [0.0184, 0.0428]])
    water = back[0, 0] * at_50 + back[0, 1] * at_80
    bone = back[1, 0] * at_50 + back[1, 1] * at_80
    return water, bone


@TWO.mistake("Both lengths are right, in the other order: water was asked for first.")
def bone_first(at_50, at_80):
    back = np.linalg.inv([[0.0227, 0.0814], [0.0184, 0.0428]])
    return back[1, 0] * at_50 + back[1, 1] * at_80, back[0, 0] * at_50 + back[0, 1] * at_80


@TWO.mistake(
    "Your matrix is turned over: rows and columns changed places. A row belongs to one energy, and "
    "holds water and bone."
)
def turned_over(at_50, at_80):
    back = np.linalg.inv([[0.0227, 0.0184], [0.0814, 0.0428]])
    return back[0, 0] * at_50 + back[0, 1] * at_80, back[1, 0] * at_50 + back[1, 1] * at_80


@TWO.mistake(
    "You changed the two energies. Soft photons are stopped more: the larger integral belongs to "
    "50 keV. Lengths below 0 give it away."
)
def energies_changed(at_50, at_80):
    back = np.linalg.inv([[0.0184, 0.0428], [0.0227, 0.0814]])
    return back[0, 0] * at_50 + back[0, 1] * at_80, back[1, 0] * at_50 + back[1, 1] * at_80


@TWO.mistake(
    "You multiplied by the matrix, and it has to be undone: it makes integrals of lengths, and you "
    "have the integrals."
)
def not_inverted(at_50, at_80):
    return 0.0227 * at_50 + 0.0814 * at_80, 0.0184 * at_50 + 0.0428 * at_80


@TWO.mistake(
    "You worked out each material from one energy alone, as if the other material were not there. "
    "Behind a skull both lengths come out far too large."
)
def each_alone(at_50, at_80):
    return at_80 / 0.0184, at_50 / 0.0814


@TWO.mistake("Your lengths are in cm: the μ were told per mm.")
def in_cm(at_50, at_80):
    back = np.linalg.inv([[0.227, 0.814], [0.184, 0.428]])
    return back[0, 0] * at_50 + back[0, 1] * at_80, back[1, 0] * at_50 + back[1, 1] * at_80


@TWO.mistake(
    "You cut off lengths below 0. Where noise or air makes a length a little negative, the error "
    "then no longer averages out."
)
def negative_cut_off(at_50, at_80):
    back = np.linalg.inv([[0.0227, 0.0814], [0.0184, 0.0428]])
    water = back[0, 0] * at_50 + back[0, 1] * at_80
    bone = back[1, 0] * at_50 + back[1, 1] * at_80
    return np.maximum(water, 0), np.maximum(bone, 0)


def hardened_head():
    """The phantom with two dense bones in a beam of two energies."""
    body = ctkit.phantom.head_phantom(table=False)
    for side in (-1, 1):
        bone = ctkit.phantom.Part("dense bone", 2000, (side * 36, 26, 20), (18, 8, 12))
        body = body.with_part(bone)
    grid = ctkit.phantom.make_grid((1, 120, 120), (5, 2, 2), center=(0, 0, 20))
    return body.scan(grid, hardening=True, angles=90)


QUIZ = (
    Single(
        "What does one element of the detector measure, from one direction?",
        Option(
            "the HU of one voxel",
            "No voxel is ever measured alone. Each reading has all of the tissue on the ray in it.",
        ),
        Option(
            "how much of the beam is left behind all that lies on its ray",
            "Yes. Its logarithm is a sum along the ray, and the picture is made of such sums.",
            right=True,
        ),
        Option(
            "the densest thing on its ray",
            "That is a maximum projection. Photons are stopped by all that lies on a ray.",
        ),
    ),
    Several(
        "Which of these make the noise of a picture smaller?",
        Option("four times the dose", "Yes: it halves the noise.", right=True),
        Option(
            "the kernel ramp in place of hann",
            "The ramp raises fine detail, where noise lies: on this page the noise is nearly 3 "
            "times as high.",
        ),
        Option(
            "a softer kernel",
            "Yes, and it makes edges wider. Noise and sharpness are traded.",
            right=True,
        ),
        Option(
            "a narrower window",
            "A window changes what you see, and no HU. In a narrow one noise is seen even more.",
        ),
    ),
    Number(
        "A scan has 12 HU of noise, and 4 HU are wanted. By which factor does the dose rise?",
        right=9,
        tolerance=0.01,
        says="Yes: a third of the noise costs 3² times the dose.",
        otherwise="Noise falls with 1/√dose. What has to happen to the root, and so to the dose?",
        wrong=(
            (3, "That would be so if noise fell with the dose itself. It falls with its root."),
            (1.73, "You took the root of the ratio, and its square is needed."),
        ),
    ),
    Place(
        "In this scan nothing is wrong with the brain. Point at a place where it is too dark.",
        scene=hardened_head,
        plane="axial",
        slice=0,
        window=(40, 160),
        target=(0, 72.5, 59.5),
        within=14.0,
        says="Yes: between dense bones the beam is hardest, and the correction is for water.",
        otherwise="Which rays go through the most bone? Look along the line on which they lie.",
        wrong=(
            ((0, 60, 54), 12.0, "That is a ventricle: it is dark in the truth as well, with 6 HU."),
            ((0, 60, 65), 12.0, "That is a ventricle: it is dark in the truth as well, with 6 HU."),
        ),
    ),
    Single(
        "A scanner corrects for water. Why is it still dark between two bones?",
        Option(
            "too few photons get through",
            "That makes noise and streaks, up and down. The band is dark with any number of "
            "photons.",
        ),
        Option(
            "bone hardens the beam more than water that stops as much",
            "Yes. The correction takes the bone for water, and adds too little.",
            right=True,
        ),
        Option(
            "bone throws a shadow, and behind it nothing is measured",
            "From other directions all of it is measured. The band comes from wrong lengths.",
        ),
    ),
)
