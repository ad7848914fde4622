"""The exercises of page 11: from a folder to a training array."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

FRAME = Exercise(
    "11.1",
    title="The affine of a frame",
    prompt=(
        "Write `frame_affine(middle, shape, spacing)`: the 4 x 4 affine of an upright frame, to "
        "LPS+ mm. `middle` is (x, y, z), the point in the middle of the frame. `shape` and "
        "`spacing` are (slice, row, column). Slices go up, rows to the back, columns to the left. "
        "Do it without `make_grid`."
    ),
    stub="def frame_affine(middle, shape, spacing):\n    return ...",
    cases=(
        Case("an odd number of cubes", (0, 0, 0), (3, 3, 3), (4, 4, 4)),
        Case("an even number of cubes", (0, 0, 0), (64, 64, 64), (4, 4, 4)),
        Case("voxels that are no cubes", (5.0, -7.5, 30.0), (10, 21, 32), (5.0, 2.0, 1.0)),
    ),
    why="An origin that is half a voxel off moves every mask that comes back by 2 mm.",
    hints=(
        "A column step goes along x, a row step along y, a slice step along z. In which column of "
        "the matrix does each of them stand?",
        "An affine speaks of voxel centres. The middle of n voxels has the index (n - 1) / 2.",
        "Voxel 0 lies (n - 1) / 2 steps before the middle, on each axis.",
        "`affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)`",
    ),
    unit="mm",
)


@FRAME.right("First the three steps, and then the origin, so that the middle index gives `middle`.")
def frame_affine(middle, shape, spacing):
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, spacing[2]], [0, spacing[1], 0], [spacing[0], 0, 0]]
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


@FRAME.mistake(
    "Your frame begins half a voxel too early: the middle of n voxels is not the index n / 2. With "
    "4 mm everything lies 2 mm off on each axis."
)
def half_a_voxel(middle, shape, spacing):
    affine = frame_affine(middle, shape, spacing)
    affine[:3, 3] = middle - affine[:3, :3] @ (np.array(shape) / 2)
    return affine


@FRAME.mistake(
    "You halved the shape by `//`. That is right for odd numbers of voxels, and half a voxel off "
    "for even ones."
)
def whole_half(middle, shape, spacing):
    affine = frame_affine(middle, shape, spacing)
    affine[:3, 3] = middle - affine[:3, :3] @ (np.array(shape) // 2)
    return affine


@FRAME.mistake(
    "You put the middle where the first voxel belongs. The head would lie in one corner, half a "
    "frame away."
)
def middle_as_origin(middle, shape, spacing):
    affine = frame_affine(middle, shape, spacing)
    affine[:3, 3] = middle
    return affine


@FRAME.mistake(
    "Your slice steps go along x and your column steps along z. The indices are (slice, row, "
    "column), and the millimetres (x, y, z): the two orders are opposite."
)
def orders_mixed(middle, shape, spacing):
    affine = np.diag([*np.asarray(spacing, float), 1.0])
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


@FRAME.mistake(
    "This affine is for RAS+ mm, as NIfTI has them. In LPS+ it turns the frame around: left and "
    "right, front and back change places."
)
def for_ras(middle, shape, spacing):
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    return flip @ frame_affine(middle, shape, spacing)


@FRAME.mistake(
    "The steps are right, and the origin takes them in the order (slice, row, column) from (x, y, "
    "z). Where voxels are no cubes, or the shape is none, the frame is moved."
)
def origin_in_the_wrong_order(middle, shape, spacing):
    affine = frame_affine(middle, shape, spacing)
    affine[:3, 3] = np.array(middle) - (np.array(shape) - 1) / 2 * np.array(spacing)
    return affine


def _hu(*values: int) -> np.ndarray:
    return np.array(values, np.int16)


POOLED = Exercise(
    "11.2",
    title="Mean and SD of a training set",
    prompt=(
        "Write `mean_and_sd(scans)`. `scans` is a list of arrays of int16, the labelled HU of one "
        "scan each, of any length. It gives the mean and the standard deviation of **all voxels "
        "together** (divided by their number, not by one less), exact to 0.001 HU."
    ),
    stub="def mean_and_sd(scans):\n    return ...",
    cases=(
        Case("three voxels of two scans", [_hu(40), _hu(70, 90)]),
        Case("scans of unequal length", [_hu(30, 32, 34, 36, 38, 40), _hu(80, 84)]),
        Case("bone", [_hu(900, 1500, 700), _hu(1200), _hu(-200, 1100, 60)]),
    ),
    why="One scan has one SD, and a training set has more: its patients differ.",
    hints=(
        "What would you do if all voxels came from one scan?",
        "Two scans without noise, one of 40 and one of 80 HU, have an SD of 20 HU together.",
        "`np.concatenate(scans)` puts them together.",
    ),
    unit="HU",
    tolerance=1e-3,
)


@POOLED.right("All voxels count alike, so they are put together before anything is measured.")
def mean_and_sd(scans):
    together = np.concatenate(scans).astype(float)
    return together.mean(), together.std()


@POOLED.mistake(
    "You took the mean of the SDs. It knows the noise within the scans, and nothing of how far the "
    "scans lie apart, so it is too small."
)
def mean_of_sds(scans):
    together = np.concatenate(scans).astype(float)
    return together.mean(), np.mean([scan.astype(float).std() for scan in scans])


@POOLED.mistake(
    "You took means over scans, of the mean and of the SD. A scan with few labelled voxels counts "
    "as much as one with many, and the SD is too small."
)
def means_over_scans(scans):
    scans = [scan.astype(float) for scan in scans]
    return np.mean([scan.mean() for scan in scans]), np.mean([scan.std() for scan in scans])


@POOLED.mistake(
    "The SD is right. The mean is that of the scans' means: a scan with few labelled voxels counts "
    "as much as one with many."
)
def mean_of_means(scans):
    return np.mean([scan.mean() for scan in scans]), np.concatenate(scans).astype(float).std()


@POOLED.mistake(
    "You averaged the variances and took the root. That counts the spread within each scan, and "
    "leaves out the spread between the scans."
)
def root_of_mean_variance(scans):
    together = np.concatenate(scans).astype(float)
    return together.mean(), np.sqrt(np.mean([scan.astype(float).var() for scan in scans]))


@POOLED.mistake("You divided by one voxel less than there are. Here all voxels are meant.")
def one_less(scans):
    together = np.concatenate(scans).astype(float)
    return together.mean(), together.std(ddof=1)


@POOLED.mistake(
    "You squared int16 values. Above 181 HU a square does not fit into int16, and it wraps around: "
    "for soft tissue the SD is right, for bone it is nonsense."
)
def squares_wrap(scans):
    together = np.concatenate(scans)
    mean = together.mean()
    return mean, np.sqrt(np.abs((together * together).mean() - mean**2))


@POOLED.mistake("The second number is the variance, in HU times HU. A z-score divides by the SD.")
def variance(scans):
    together = np.concatenate(scans).astype(float)
    return together.mean(), together.var()


def _rows(*parts):
    keys = ("scan", "patient", "ending")
    return [dict(zip(keys, part, strict=True)) for part in parts]


SPLIT = Exercise(
    "11.3",
    title="A split by patient",
    prompt=(
        "Write `split(rows, patients)`. `rows` are those of a manifest, each a dict with `scan`, "
        "`patient` and `ending`. `patients` is a list of the patients that are kept for the test. "
        "It gives two lists of scan names, for training and for the test, in the order of the "
        'rows, of those scans whose `ending` is `"ready"`.'
    ),
    stub="def split(rows, patients):\n    return ...",
    cases=(
        Case(
            "one scan each",
            lambda: _rows(("a1", "p1", "ready"), ("b1", "p2", "ready")),
            ["p2"],
        ),
        Case(
            "a patient with two scans, and one that was refused",
            lambda: _rows(
                ("a1", "p1", "ready"),
                ("b1", "p2", "ready"),
                ("b2", "p2", "ready"),
                ("c1", "p3", "refused"),
            ),
            ["p2", "p3"],
        ),
        Case(
            "names that begin alike, and a test patient whose second scan is elsewhere",
            lambda: _rows(
                ("x7", "p1", "ready"),
                ("x8", "p10", "ready"),
                ("p1_old", "p2", "ready"),
                ("x9", "p1", "ready"),
                ("x5", "p3", "refused"),
            ),
            ["p1"],
        ),
    ),
    why="Two scans of one patient are nearly the same picture: on two sides they make a leak.",
    hints=(
        "Which of the three columns says whose scan it is?",
        "First keep the rows that are ready; then part them.",
        '`[row["scan"] for row in ready if row["patient"] in patients]` is the test.',
    ),
)


@SPLIT.right("The column `patient` alone decides, so all scans of a patient stay together.")
def split(rows, patients):
    ready = [row for row in rows if row["ending"] == "ready"]
    test = [row["scan"] for row in ready if row["patient"] in patients]
    train = [row["scan"] for row in ready if row["patient"] not in patients]
    return train, test


@SPLIT.mistake(
    "Scans that were refused are among yours. There is no array of them, so the training stops in "
    "the middle, or takes one that is wrong."
)
def refused_too(rows, patients):
    test = [row["scan"] for row in rows if row["patient"] in patients]
    return [row["scan"] for row in rows if row["patient"] not in patients], test


@SPLIT.mistake("Both lists are right, in the other order: training comes first.")
def swapped(rows, patients):
    train, test = split(rows, patients)
    return test, train


@SPLIT.mistake(
    "You looked for the patient in the name of the scan. Names are made by people: a scan called "
    "after another patient lands on the wrong side, or none is found."
)
def by_name(rows, patients):
    ready = [row["scan"] for row in rows if row["ending"] == "ready"]
    test = [scan for scan in ready if any(patient in scan for patient in patients)]
    return [scan for scan in ready if scan not in test], test


@SPLIT.mistake(
    "You compared the beginning of the patient's name. p10 begins like p1, so a patient whom you "
    "meant to train with is in the test."
)
def by_beginning(rows, patients):
    ready = [row for row in rows if row["ending"] == "ready"]
    test = [row["scan"] for row in ready if row["patient"].startswith(tuple(patients))]
    return [row["scan"] for row in ready if row["scan"] not in test], test


@SPLIT.mistake(
    "Each patient of the test gives one scan to it, and the second one goes into the training. The "
    "model has then seen the patient that it is tested on."
)
def one_scan_each(rows, patients):
    ready = [row for row in rows if row["ending"] == "ready"]
    first = {row["patient"]: row["scan"] for row in reversed(ready)}
    test = [first[patient] for patient in patients if patient in first]
    return [row["scan"] for row in ready if row["scan"] not in test], test


@SPLIT.mistake("These are the patients. The names of their scans are asked for.")
def names_of_patients(rows, patients):
    ready = [row for row in rows if row["ending"] == "ready"]
    test = [row["patient"] for row in ready if row["patient"] in patients]
    return [row["patient"] for row in ready if row["patient"] not in patients], test


def _batch(seed, count, width):
    draw = np.random.default_rng(seed)
    return draw.normal(0, 1, width), draw.normal(0, 1, (count, width)), draw.random(count).round()


STEP = Exercise(
    "11.4",
    title="One training step",
    prompt=(
        "Write `step(weights, x, y, rate)`. It gives the weights after one training step of the "
        "page's model: z is the sum of weight times number, `p = 1 / (1 + exp(-z))`, and the "
        "gradient of the loss is the mean of (p - y) x over the patches. `x` has a row for each "
        "patch. `weights` itself must not change. Exact to 0.000001."
    ),
    stub="def step(weights, x, y, rate):\n    return ...",
    cases=(
        Case("one patch", np.zeros(2), np.array([[1.0, 2.0]]), np.array([1.0]), 0.5),
        Case("three patches of two numbers", *_batch(0, 3, 2), 0.3),
        Case("eight patches of five numbers", *_batch(1, 8, 5), 1.0),
    ),
    why="Every network learns by this step, with a longer gradient.",
    hints=(
        "`x @ weights` is z of all patches at once.",
        "`x.T @ (p - y)` adds up (p - y) x over the patches. What makes a mean of it?",
        "A step goes against the gradient, and gives new weights.",
        "`return weights - rate * gradient`",
    ),
    tolerance=1e-6,
)


@STEP.right("The mean is over the patches, so that the step doesn't grow with the batch.")
def step(weights, x, y, rate):
    p = 1 / (1 + np.exp(-(x @ weights)))
    gradient = x.T @ (p - y) / len(y)
    return weights - rate * gradient


def _gradient(weights, x, y):
    return x.T @ (1 / (1 + np.exp(-(x @ weights))) - y)


@STEP.mistake("You went along the gradient. That is the way up: the loss grows with each step.")
def uphill(weights, x, y, rate):
    return weights + rate * _gradient(weights, x, y) / len(y)


@STEP.mistake(
    "You added up over the patches and took no mean. A batch of 256 then makes a step that is 256 "
    "times as long, and the loss grows."
)
def a_sum(weights, x, y, rate):
    return weights - rate * _gradient(weights, x, y)


@STEP.mistake(
    "You divided by the number of weights. A mean over patches divides by the number of patches."
)
def mean_over_weights(weights, x, y, rate):
    return weights - rate * _gradient(weights, x, y) / x.shape[1]


@STEP.mistake(
    "You compared z itself with y. Without the curve from z to p this is another model: a straight "
    "line through 0 and 1."
)
def without_the_curve(weights, x, y, rate):
    return weights - rate * x.T @ (x @ weights - y) / len(y)


@STEP.mistake(
    "You rounded the probability to 0 or 1 before comparing. A patch that is barely right then "
    "teaches nothing, and the gradient is no longer that of the loss."
)
def rounded(weights, x, y, rate):
    p = (x @ weights > 0).astype(float)
    return weights - rate * x.T @ (p - y) / len(y)


@STEP.mistake(
    "The numbers are right, but your function wrote them into the array that it was given. Whoever "
    "calls it to compare before and after compares the new weights with themselves."
)
def in_place(weights, x, y, rate):
    weights -= rate * _gradient(weights, x, y) / len(y)
    return weights


@STEP.mistake("This is the gradient. The step takes a part of it away from the weights.")
def gradient_alone(weights, x, y, rate):
    return _gradient(weights, x, y) / len(y)


def _pair(scan_shape, scan_spacing, tilt=0.0, letters="SPL", center=(1.0, 2.0, 3.0)):
    """A mask in a frame, and a scan on another grid."""
    frame = ctkit.phantom.make_grid((6, 8, 7), (4, 4, 4), center=(0, 0, 0))
    answer = np.zeros(frame.shape, bool)
    answer[1:4, 2:7, 3:5] = True
    grid = ctkit.phantom.make_grid(scan_shape, scan_spacing, center=center, tilt_deg=tilt)
    values = np.arange(np.prod(scan_shape)).reshape(scan_shape) % 90
    scan = ctkit.Volume(values.astype(np.int16), grid.affine).reorient(letters)
    return frame.with_array(answer), scan


BACK = Exercise(
    "11.5",
    title="An answer back onto its scan",
    prompt=(
        "Write `bring_back(answer, scan)`. `answer` is a mask, a Volume in a frame; `scan` is the "
        "original Volume, on its own grid. It gives the mask on the grid of the scan, by the "
        "nearest voxel."
    ),
    stub="def bring_back(answer, scan):\n    return ...",
    cases=(
        Case("thicker slices", lambda: _pair((4, 9, 8), (5, 3, 3.5))[0],
             lambda: _pair((4, 9, 8), (5, 3, 3.5))[1]),
        Case("a scan from left to right", lambda: _pair((5, 10, 12), (5, 3, 2), 0, "SPR")[0],
             lambda: _pair((5, 10, 12), (5, 3, 2), 0, "SPR")[1]),
        Case("a tilted gantry", lambda: _pair((6, 14, 10), (5, 2, 3), 15.0)[0],
             lambda: _pair((6, 14, 10), (5, 2, 3), 15.0)[1]),
    ),
    why="Only then can somebody look at the answer on the slices that were taken.",
    hints=(
        "Both have an affine. Which argument of `ctkit.resample` takes the grid of another volume?",
        "Between marked and not marked there is nothing: which kernel is for masks?",
        '`ctkit.resample(answer, like=..., kernel="nearest")`',
    ),
)  # fmt: skip


@BACK.right("The millimetres of each voxel of the scan say which voxel of the answer it is.")
def bring_back(answer, scan):
    return ctkit.resample(answer, like=scan, kernel="nearest")


@BACK.mistake(
    "You stretched the array to the shape of the scan. The shape fits, and the place does not: the "
    "frame and the scan do not begin and end at the same millimetres."
)
def stretched(answer, scan):
    factors = np.divide(scan.shape, answer.shape)
    small = answer.array.astype(np.uint8)
    return scan.with_array(
        ndimage.zoom(small, factors, order=0, grid_mode=True, mode="nearest") > 0
    )


@BACK.mistake(
    "You brought it back by linear and marked whatever is above 0. Every voxel that touches the "
    "mask is in it now: it grows on all sides."
)
def linear_above_0(answer, scan):
    soft = answer.with_array(answer.array.astype(np.float32) * 1000 - 1000)
    back = ctkit.resample(soft, like=scan, kernel="linear").array
    return scan.with_array(back > -999)


@BACK.mistake("The grids have changed places: this is the mask of the scan in the frame.")
def the_other_way(answer, scan):
    return ctkit.resample(scan.with_array(scan.array > 0), like=answer, kernel="nearest")


@BACK.mistake(
    "This is the answer as it was, in the frame. It has the voxels of the frame, and nobody can "
    "lay it over the slices."
)
def left_in_the_frame(answer, scan):
    return answer


@BACK.mistake(
    "The array is right, and its affine is that of the frame: the mask lies at other millimetres "
    "than the scan it belongs to."
)
def with_the_affine_of_the_frame(answer, scan):
    back = ctkit.resample(answer, like=scan, kernel="nearest")
    return ctkit.Volume(back.array, answer.affine)


@BACK.mistake(
    "This is a bare array. Without its affine nobody can tell where it lies: give a Volume."
)
def bare_array(answer, scan):
    return ctkit.resample(answer, like=scan, kernel="nearest").array


QUIZ = (
    Single(
        "A scan in a folder of 200 can't be read. What should the pipeline do?",
        Option(
            "Stop, so that somebody looks at it.",
            "Then 150 scans wait for one. It is enough that its row says what was wrong.",
        ),
        Option(
            "Leave it out and go on.",
            "Nobody would ever know. A scan that drops out without a word may be one of a kind.",
        ),
        Option(
            "Go on, and keep the reason in the manifest.",
            "Yes: the others are prepared, and the reason can be read and counted.",
            right=True,
        ),
    ),
    Single(
        "Patient 08 has two scans. Where do they go?",
        Option(
            "One into the training and one into the test: they are two scans.",
            "They are nearly one picture. The model would be tested on what it has seen.",
        ),
        Option(
            "Both on the same side.",
            "Yes: the patient decides, and not the scan.",
            right=True,
        ),
        Option(
            "The second one is left out.",
            "That loses a scan for nothing. It may stay, on the side of the first.",
        ),
    ),
    Several(
        "Which of these may be measured on the test patients as well?",
        Option("the mean and SD of a z-score", "No: that tells the model something of the test."),
        Option("the level from which on a voxel is marked", "No: it would be fitted to the test."),
        Option(
            "the final Dice",
            "Yes: for this the test is there, once, at the end.",
            right=True,
        ),
        Option(
            "how many ml the head loses in the frame",
            "Yes: this checks the preparation of each scan, and teaches the model nothing.",
            right=True,
        ),
    ),
    Number(
        "A window of center 70 and width 40 makes numbers from 0 to 1. Which number does 60 HU "
        "become?",
        right=0.25,
        tolerance=0.01,
        says="Yes: 60 lies 10 HU above the lower end of 50, and 10 of 40 is a quarter.",
        otherwise="Where is the lower end of this window, and how far above it lies 60 HU?",
        wrong=(
            (0.5, "That is the center, 70 HU. It lies in the middle of the window."),
            (0.75, "That would be 80 HU. Count from the lower end."),
            (0.86, "You divided by the center. A window counts from its lower end."),
        ),
    ),
    Single(
        "The answer has the shape of the scan, and a viewer shows it. Is it in the right place?",
        Option("Yes: the shapes are equal.", "A shape says nothing of where an array lies."),
        Option(
            "Not sure: only the affine says where it lies.",
            "Yes. In the page's tilted scan the stretched answer lay 16 mm off.",
            right=True,
        ),
        Option(
            "No: an answer can never be shown on the scan.",
            "It can, when it is resampled onto the grid of the scan.",
        ),
    ),
)
