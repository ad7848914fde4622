"""The exercises of page 14: what is left to do, who belongs together, how fast, and patches."""

from __future__ import annotations

import numpy as np

from .exercise import Case, Exercise
from .questions import Number, Option, Several, Single

LEFT = Exercise(
    "14.1",
    title="Which scans are left?",
    prompt=(
        "A run was stopped, and is started again. Write `left_to_do(scans, rows)`: the names of "
        "the scans that have to be worked on, as a list in the order of `scans`. `scans` is a dict "
        "of name to checksum. `rows` is a dict of checksum to ending: what is *ready* or *refused* "
        "is done, and what is *killed* is tried again."
    ),
    stub="def left_to_do(scans, rows):\n    return ...",
    cases=(
        Case("two scans, one of them done", {"a": "77", "b": "31"}, {"77": "ready"}),
        Case("one refused", {"b": "31", "a": "77"}, {"31": "refused"}),
        Case("one killed", {"b": "31", "a": "77"}, {"31": "killed", "77": "ready"}),
        Case("a file that was renamed", {"new": "77", "b": "31"}, {"77": "ready", "90": "ready"}),
        Case("a checksum that is another scan's name", {"31": "77", "b": "31"}, {"31": "ready"}),
        Case("names that are in no order", {"c": "1", "a": "2", "b": "3"}, {}),
        Case("nothing left", {"a": "77"}, {"77": "ready"}),
    ),
    why="Whoever asks for names works again on every file that was moved, and skips changed ones.",
    hints=(
        "Which of the two tells whether a scan is the same one: its name or its checksum?",
        "`rows.get(checksum)` is the ending, or None where there is no row.",
        "Go over `scans.items()`, and keep the names whose ending is not among the two final ones.",
    ),
)


@LEFT.right("The content decides, and only two endings are final.")
def left_to_do(scans, rows):
    return [name for name, told in scans.items() if rows.get(told) not in ("ready", "refused")]


@LEFT.mistake(
    "You looked for names among the rows, and the rows know checksums. A name says nothing of what "
    "is in a file."
)
def by_name(scans, rows):
    return [name for name in scans if rows.get(name) not in ("ready", "refused")]


@LEFT.mistake(
    "You took every row as the end of a scan. A scan that was killed has a row too, and it may "
    "have died only because its neighbour took the memory."
)
def any_row(scans, rows):
    return [name for name, told in scans.items() if told not in rows]


@LEFT.mistake(
    "You try refused scans again. They give the same sentence each time, and with a thousand scans "
    "that is an hour each time."
)
def only_ready(scans, rows):
    return [name for name, told in scans.items() if rows.get(told) != "ready"]


@LEFT.mistake(
    "You leave out scans that have no row. Nobody has begun them: they are most of what is left."
)
def with_a_row(scans, rows):
    return [name for name, told in scans.items() if rows.get(told) == "killed"]


@LEFT.mistake("You gave those that are done. The others were asked for.")
def the_done_ones(scans, rows):
    return [name for name, told in scans.items() if rows.get(told) in ("ready", "refused")]


@LEFT.mistake(
    "You sorted the names. In the order that was given, somebody who looks at the log knows how "
    "far the run has come."
)
def in_order_of_names(scans, rows):
    return sorted(left_to_do(scans, rows))


@LEFT.mistake(
    "You gave the checksums. A reader wants to know which files they are: give the names."
)
def checksums(scans, rows):
    return [told for told in scans.values() if rows.get(told) not in ("ready", "refused")]


GROUPS = Exercise(
    "14.2",
    title="Which scans belong together?",
    prompt=(
        "Before a split, scans are put into groups that must not be torn apart: those of one "
        "patient, and those with the same content, which somebody has copied. A scan may join two "
        "groups into one. Write `groups(patients, contents)`: a list with the group of each scan. "
        "The first scan is in group 0, and each new group has the next number. A patient may be "
        "None: then nobody knows whose scan it is."
    ),
    stub="def groups(patients, contents):\n    return ...",
    cases=(
        Case("two scans of one patient", ["p", "p", "q"], ["1", "2", "3"]),
        Case("a copy", ["p", "q", "r"], ["1", "2", "1"]),
        Case("two who are not known", [None, None, "p"], ["1", "2", "3"]),
        Case("a copy that joins two patients", ["p", "q", "p", "q"], ["1", "2", "3", "1"]),
        Case("joined at the end only", ["p", "q", "r", "q"], ["1", "2", "3", "3"]),
        Case("a chain", ["p", "q", "r", "s", "s"], ["1", "1", "2", "3", "2"]),
        Case(
            "a chain that is closed backwards",
            ["p", "q", "r", "q", "r", "p"],
            ["1", "2", "3", "4", "2", "3"],
        ),
        Case("a patient called as a content", ["1", "q"], ["2", "1"]),
    ),
    why="One copied scan on the other side of the split, and the test knows a patient.",
    hints=(
        "Begin with a group of its own for each scan.",
        "Where two scans share the patient or the content, every scan of the one group moves to "
        "the other.",
        "At the end give the groups new numbers, in the order in which they are first met.",
    ),
)


@GROUPS.right("All that hangs together gets one number, and the numbers are made small at the end.")
def groups(patients, contents):
    found = list(range(len(patients)))
    for i in range(len(found)):
        for j in range(i):
            known = patients[i] is not None and patients[i] == patients[j]
            if known or contents[i] == contents[j]:
                old, new = found[i], found[j]
                found = [new if group == old else group for group in found]
    order = list(dict.fromkeys(found))
    return [order.index(group) for group in found]


def _numbered(keys):
    order = list(dict.fromkeys(keys))
    return [order.index(key) for key in keys]


@GROUPS.mistake(
    "You went by the patient alone. A scan that was copied under another patient's name is then on "
    "both sides of the split."
)
def by_patient(patients, contents):
    return _numbered([n if p is None else p for n, p in enumerate(patients)])


@GROUPS.mistake("You went by the content alone. Two scans of one patient are then torn apart.")
def by_content(patients, contents):
    return _numbered(contents)


@GROUPS.mistake(
    "You asked for the same patient and the same content at once. One of the two is enough to know "
    "a head again."
)
def by_both(patients, contents):
    pairs = [
        (n if p is None else p, c) for n, (p, c) in enumerate(zip(patients, contents, strict=True))
    ]
    return _numbered(pairs)


@GROUPS.mistake(
    "You took all unknown patients for one person. Then all scans without a name are on one side, "
    "and where no scan has one there is nothing to split."
)
def unknown_are_one(patients, contents):
    return groups([str(p) for p in patients], contents)


@GROUPS.mistake(
    "You let a scan join the first group that fits, and no more. A scan that fits two groups makes "
    "them one: with yours, a patient can end up on both sides."
)
def first_that_fits(patients, contents):
    found: list[int] = []
    for i, (patient, content) in enumerate(zip(patients, contents, strict=True)):
        fits = (
            found[j]
            for j in range(i)
            if contents[j] == content or (patient is not None and patients[j] == patient)
        )
        found.append(next(fits, max(found, default=-1) + 1))
    return found


@GROUPS.mistake(
    "You joined the groups, and left gaps in their numbers. Each new group was to have the next "
    "number."
)
def with_gaps(patients, contents):
    found = groups(patients, contents)
    return [found.index(group) for group in found]


SPEED = Exercise(
    "14.3",
    title="How many scans an hour?",
    prompt=(
        "All workers read from one disk, and it serves one at a time. Reading a scan takes "
        "`read_s` seconds, and the work on it `work_s` seconds on one core. A worker reads, works, "
        "and then takes the next scan. Write `scans_an_hour(read_s, work_s, workers)`: how many "
        "scans are done in an hour at most. The tolerance is 0.01."
    ),
    stub="def scans_an_hour(read_s, work_s, workers):\n    return ...",
    cases=(
        Case("one worker", 1, 9, 1),
        Case("two workers, which never meet at the disk", 1, 9, 2),
        Case("as many as the disk can feed", 1, 9, 10),
        Case("more than that", 1, 9, 40),
        Case("reading takes longer than work", 4, 2, 3),
    ),
    why="From (read + work) / read workers on, another one only waits at the disk.",
    hints=(
        "How many seconds is a worker busy with one scan, reading included? How many scans an hour "
        "does that make, for all workers?",
        "And how many scans an hour can the disk give, if it does nothing else?",
        "The smaller of the two numbers counts.",
    ),
    tolerance=0.01,
)


@SPEED.right("Workers set one limit, and the disk the other: the lower one counts.")
def scans_an_hour(read_s, work_s, workers):
    return min(workers * 3600 / (read_s + work_s), 3600 / read_s)


@SPEED.mistake(
    "You let the workers alone decide. With enough of them your disk gives more than one scan at a "
    "time."
)
def no_disk(read_s, work_s, workers):
    return workers * 3600 / (read_s + work_s)


@SPEED.mistake(
    "You let the disk alone decide. One worker that works for long doesn't keep it busy."
)
def disk_alone(read_s, work_s, workers):
    return 3600 / read_s


@SPEED.mistake(
    "You left out the time that a worker needs to read its scan. While it waits for the disk it "
    "can't work."
)
def no_reading(read_s, work_s, workers):
    return min(workers * 3600 / work_s, 3600 / read_s)


@SPEED.mistake(
    "You added the reading to the shared work, as in Amdahl's law: read_s + work_s / workers. That "
    "is for one task that is divided. Here one worker reads while the others work."
)
def amdahl(read_s, work_s, workers):
    return 3600 / (read_s + work_s / workers)


@SPEED.mistake("That is how many scans are done in a minute. An hour was asked for.")
def a_minute(read_s, work_s, workers):
    return scans_an_hour(read_s, work_s, workers) / 60


@SPEED.mistake("Of the two limits you took the higher one. What is slower holds up the rest.")
def the_higher(read_s, work_s, workers):
    return max(workers * 3600 / (read_s + work_s), 3600 / read_s)


@SPEED.mistake("You gave the seconds of one scan, and not the scans of an hour.")
def seconds_a_scan(read_s, work_s, workers):
    return 3600 / scans_an_hour(read_s, work_s, workers)


PATCH = Exercise(
    "14.4",
    title="Where does a patch begin?",
    prompt=(
        "A voxel of blood was drawn, and is to be in the middle of a patch. Write "
        "`patch_start(voxel, patch, shape)`: the first voxel of the patch, as three whole numbers. "
        "`voxel`, the shape `patch` and the `shape` of the scan are (slice, row, column). The "
        "middle of n voxels is the one with index n // 2. Near a border the patch is moved, no "
        "more than it has to be, so that all of it lies in the scan."
    ),
    stub="def patch_start(voxel, patch, shape):\n    return ...",
    cases=(
        Case("far from every border", (10, 12, 14), (5, 5, 5), (40, 40, 40)),
        Case("an even patch", (10, 12, 14), (4, 6, 8), (40, 40, 40)),
        Case("near the first slice", (1, 12, 14), (5, 5, 5), (40, 40, 40)),
        Case("in the last column", (10, 12, 39), (5, 5, 5), (40, 40, 40)),
        Case("as large as the scan along one axis", (3, 2, 9), (4, 5, 6), (4, 20, 20)),
        Case("the last place where it fits", (37, 37, 37), (5, 5, 5), (40, 40, 40)),
    ),
    why="A patch that is cut at the border has another shape, and no batch can be made of it.",
    hints=(
        "Without a border: how far before the voxel does the patch begin?",
        "The first place where a patch can begin is 0. Which one is the last?",
        "`np.clip(start, 0, last)` with `last = np.array(shape) - patch`.",
    ),
    unit="voxels",
)


@PATCH.right("Half a patch before the voxel, and never so late that its end leaves the scan.")
def patch_start(voxel, patch, shape):
    start = np.array(voxel) - np.array(patch) // 2
    return np.clip(start, 0, np.array(shape) - np.array(patch))


@PATCH.mistake(
    "You didn't look at the borders. A negative start counts from the other end in Python: the "
    "patch is empty, or from the wrong side of the head."
)
def no_borders(voxel, patch, shape):
    return np.array(voxel) - np.array(patch) // 2


@PATCH.mistake(
    "You held the first border only. Near the last one the patch comes out too small, since "
    "slicing beyond the end says nothing."
)
def first_border(voxel, patch, shape):
    return np.maximum(np.array(voxel) - np.array(patch) // 2, 0)


@PATCH.mistake(
    "You held the last border only. Near the first one the start is below 0, and Python counts "
    "that from the other end."
)
def last_border(voxel, patch, shape):
    return np.minimum(np.array(voxel) - np.array(patch) // 2, np.array(shape) - np.array(patch))


@PATCH.mistake(
    "Your last place is one too early: a patch of n voxels that starts at shape - n ends exactly "
    "with the scan. The rim of every scan is never seen."
)
def one_too_early(voxel, patch, shape):
    last = np.maximum(np.array(shape) - np.array(patch) - 1, 0)
    return np.clip(np.array(voxel) - np.array(patch) // 2, 0, last)


@PATCH.mistake(
    "Your patch begins at the voxel, so that the blood is in its corner, and not in the middle."
)
def begins_there(voxel, patch, shape):
    return np.clip(np.array(voxel), 0, np.array(shape) - np.array(patch))


@PATCH.mistake(
    "You took the whole patch off, and not half of it: the voxel lies just beyond its end."
)
def whole_patch_off(voxel, patch, shape):
    start = np.array(voxel) - np.array(patch)
    return np.clip(start, 0, np.array(shape) - np.array(patch))


@PATCH.mistake(
    "The middle of your even patches is one voxel off: of 4 voxels it is number 4 // 2, so two of "
    "them lie before it."
)
def middle_of_even(voxel, patch, shape):
    start = np.array(voxel) - (np.array(patch) - 1) // 2
    return np.clip(start, 0, np.array(shape) - np.array(patch))


QUIZ = (
    Single(
        "A run was killed. There is a file `images/17.nii.gz`. Is scan 17 done?",
        Option("Yes: it is there.", "A process that dies while it writes leaves half a file."),
        Option(
            "Yes, if it is not empty.",
            "Half a file isn't empty. Only its whole content tells whether it is whole.",
        ),
        Option(
            "If there is a row for it, and the file has the checksum that stands in the row.",
            "Yes. The row is written last, so it promises that the file was whole.",
            right=True,
        ),
    ),
    Several(
        "What has to change so that a scan is worked on again?",
        Option("the time of its file", "A copy has another time, and the same HU."),
        Option("its content", "Yes: it is another scan then, whatever it is called.", right=True),
        Option("its name", "A file that was renamed holds the same scan."),
        Option(
            "a step, or a number in it",
            "Yes. What comes before the step need not be done again.",
            right=True,
        ),
    ),
    Single(
        "A worker dies while it works on scan 17. What is best?",
        Option(
            "stop, and tell somebody",
            "With a thousand scans somebody would be called every night.",
        ),
        Option(
            "leave scan 17 out, and go on",
            "It may have died of what a neighbour did. And a scan that is missing without a word "
            "is as bad as a wrong one.",
        ),
        Option(
            "try it once more, while nothing else runs, and then write down how it ended",
            "Yes. So the innocent get their result, and the guilty a row.",
            right=True,
        ),
    ),
    Number(
        "Reading takes 1 s a scan from one disk, and the work 7 s. From how many workers on is the "
        "disk the limit?",
        right=8,
        tolerance=0.01,
        says="Yes: 8 workers ask for 8 scans in 8 s, and the disk gives one a second.",
        otherwise="How many seconds pass until a worker asks for its next scan?",
        wrong=(
            (7, "A worker reads, too: it comes back after 8 s."),
            (1, "One worker uses the disk for 1 s of 8."),
        ),
    ),
)
