"""What view.js mirrors of marks: where they lie, what they measure, where their labels stand."""

import numpy as np
import pytest
from test_widgets_mirror import (
    SHAPE,
    SOURCE,
    assert_close,
    assert_described_alike,
    assert_same,
    mark_of,
    measured,
    plain,
    source_of,
    volume_of,
)

import ctkit
from ctkit import lettering, marks, overlay
from ctkit.geometry import PLANES, turned_stack
from ctkit.widgets import measuring

pytestmark = pytest.mark.browser
NAMES = ["region", "it's", "größer 𝛼", "a long name with words ", "1"]


def freehand(volume, plane, draw):
    """A closed line on a plane, with some of its corners on the centres of pixels."""
    stack = volume.stack(plane)
    index = draw.uniform(-2, np.array(stack.shape) + 1, (int(draw.integers(3, 14)), 3))
    index = np.where(draw.random(index.shape) < 0.4, np.round(index), index)
    index[:, stack.layout.axis] = draw.integers(stack.shape[stack.layout.axis])
    points = index @ stack.affine[:3, :3].T + stack.affine[:3, 3]
    return {"kind": "freehand", "plane": plane, "points": points.tolist()}


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("degrees", [0, 20])
def test_freehand_regions_are_measured_as_in_python(script, degrees, plane, convention):
    volume = volume_of(degrees)
    draw, seen = np.random.default_rng(6), 0
    for _ in range(12):
        mark = mark_of(volume, freehand(volume, plane, draw))
        expected = measuring.measure(volume, mark)
        assert_same(measured(script, volume, mark, plane, convention), expected)
        seen += expected["voxels"]
    assert seen > 100


@pytest.mark.parametrize("plane", PLANES)
def test_turned_boxes_and_points_are_measured_as_in_python(script, plane):
    first, second = volume_of(10), volume_of(25, (6, 9, 7), (2.5, 0.9, 1.1), (5, 6, 7))
    stack = first.stack(plane)
    draw = np.random.default_rng(2)
    for kind in ("ellipse", "rectangle", "point") * 3:
        index = draw.uniform(1, np.array(stack.shape) - 2)
        index[stack.layout.axis] = draw.integers(stack.shape[stack.layout.axis])
        middle = index @ stack.affine[:3, :3].T + stack.affine[:3, 3]
        right, down = marks.directions(stack)
        turn = draw.uniform(0, 2 * np.pi)
        ways = [
            np.cos(turn) * right + np.sin(turn) * down,
            np.cos(turn) * down - np.sin(turn) * right,
        ]
        half = draw.uniform(0.0, 4.0, 2)
        corners = [
            middle + s * half[0] * ways[0] + t * half[1] * ways[1]
            for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        points = [middle] if kind == "point" else corners
        row = {"kind": kind, "plane": plane, "points": np.array(points).tolist()}
        mark = mark_of(first, row)
        expected = measuring.measure(first, mark, second)
        assert_close(measured(script, first, mark, plane, "radiological", second), expected)


def test_lengths_angles_and_windows_are_those_of_python(pure):
    draw = np.random.default_rng(1)
    for _ in range(20):
        points = draw.normal(0, 30, (3, 3))
        assert pure("angleOf", points.tolist()) == pytest.approx(measuring.angle_of(points))
        assert pure("lengthOf", points[:2].tolist()) == pytest.approx(measuring.length_of(points))
        values = draw.normal(40, 20, int(draw.integers(1, 90)))
        center, width = measuring.window_of(values)
        assert_same(pure("windowOf", values.tolist()), {"center": center, "width": width})
        mm, spacing = draw.uniform(0, 100), draw.uniform(0.2, 2)
        assert pure("profileCount", mm, spacing) == measuring.profile_count(mm, spacing)
    assert pure("angleOf", [[0, 0, 0]] * 3) == measuring.angle_of(np.zeros((3, 3))) == 0


def test_a_profile_is_that_of_python(script):
    volume = volume_of(30)
    draw = np.random.default_rng(3)
    for _ in range(6):
        points = volume.to_world(draw.uniform(-1, np.array(SHAPE), (2, 3)))
        expected = measuring.profile(volume, {"points": points})
        found = script.evaluate(
            """([source, points, spacing, make]) => {
                const found = pure.profileOf(eval(make)(source), points, spacing);
                return { ...found, hu: found.hu.map((n) => (Number.isNaN(n) ? null : n)) }; }""",
            [source_of(volume), points.tolist(), min(volume.spacing), SOURCE],
        )
        assert found["mm"] == pytest.approx(expected["mm"])
        hu = np.array([np.nan if n is None else n for n in found["hu"]])
        assert hu == pytest.approx(expected["hu"], nan_ok=True, abs=1e-6)


def test_marks_lie_on_the_slices_that_python_says(pure):
    volume = volume_of(20)
    draw, seen = np.random.default_rng(5), set()
    middle = volume.to_world((np.array(SHAPE) - 1) / 2)
    for _ in range(40):
        normal = draw.normal(size=3)
        normal /= np.linalg.norm(normal)
        stacks = measuring.stacks_of(volume)
        plane = PLANES[int(draw.integers(3))]
        stacks["turned"] = turned_stack(stacks[plane], SHAPE, volume.affine, normal, middle)
        points = volume.to_world(draw.uniform(-1, SHAPE, (2, 3)))
        known = [normal, *map(marks.normal_of, stacks.values())]
        mark = {"points": points.tolist(), "normal": known[int(draw.integers(5))].tolist()}
        for stack in stacks.values():
            expected = marks.slice_of(mark, stack)
            assert pure("sliceOf", mark, plain(overlay.plain_stack(stack))) == expected
            seen.add(expected is None)
    assert seen == {True, False}


def test_names_are_those_of_python(pure):
    taken = []
    for kind in ("ruler", "ellipse", "rectangle", "ruler", "freehand", "point", "angle", "ruler"):
        name = marks.free_name(kind, taken)
        assert pure("freeName", kind, taken) == name
        taken.append({"name": name})


def test_labels_stand_where_python_has_them(pure):
    draw = np.random.default_rng(4)
    for _ in range(25):
        stage = draw.integers(200, 900, 2).tolist()
        corners = dict.fromkeys(("tl", "tr", "bl", "br"), "axial 3\nS 4 mm")
        sides = {"left": "R", "right": "L", "top": "A", "bottom": "P"}
        texts = lettering.stand(sides | corners | {"measure": "", "nothing": ""}, stage)
        words = []
        for _ in range(int(draw.integers(1, 30))):
            corner = draw.uniform(0, stage)
            points = (corner + draw.uniform(-60, 60, (int(draw.integers(1, 5)), 2))).tolist()
            words.append((str(draw.choice(NAMES)), points))
        expected = lettering.stand_beside(words, texts, stage)
        told = [{"text": text, "points": points} for text, points in words]
        assert_same(pure("standBeside", told, texts, stage), expected)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("degrees", [0, 20])
def test_all_kinds_of_marks_are_described_alike(pure, degrees, plane):
    volume = volume_of(degrees)
    stack = volume.stack(plane)
    draw = np.random.default_rng(8)
    axis = stack.layout.axis

    def places(count):
        index = draw.uniform(0, np.array(stack.shape) - 1, (count, 3))
        index[:, axis] = 2
        return (index @ stack.affine[:3, :3].T + stack.affine[:3, 3]).tolist()

    counts = {"ruler": 2, "angle": 3, "point": 1, "ellipse": 2, "rectangle": 2, "freehand": 7}
    rows = [{"kind": kind, "plane": plane, "points": places(n)} for kind, n in counts.items()]
    rows[0]["visible"] = False
    rows += [{"kind": "ruler", "plane": plane, "points": places(2)}]
    second = volume.with_array(volume.array + np.int16(7))
    views = [kind(volume, marks=rows) for kind in (ctkit.explore, ctkit.planes)]
    for view in (*views, ctkit.compare(volume, second, marks=rows)):
        view.plane, view.slice = plane, 2
        assert_described_alike(pure, view)
        view.close()
