"""The case on which an answer differs, as a picture."""

import re

import numpy as np
import pytest

import ctkit
from ctkit.exercises import judging
from ctkit.exercises.exercise import Case, Exercise


def exercise_on(given, solve):
    made = Exercise(
        "05.9",
        title="Any",
        prompt="Write `any_of(given)`.",
        stub="def any_of(given):\n    return ...",
        cases=(Case("one", given),),
        why="It matters.",
        hints=("One.", "Two."),
        unit="HU",
    )
    made.right("So.")(solve)
    return made


def brighter(volume):
    return volume.with_array(volume.array + 10)


def but_one(volume):
    array = np.array(volume.array) + 10
    array[2, 3, 1] = 900
    return volume.with_array(array)


@pytest.fixture
def tilted():
    affine = np.diag([2.0, 3.0, 5.0, 1.0])[[2, 1, 0, 3]]
    affine[1, 0] = 1.5
    return ctkit.Volume(np.arange(360, dtype=np.int16).reshape(4, 9, 10), affine)


def test_volumes_stand_in_a_viewer_at_the_worst_voxel(tilted):
    view = judging.judge(exercise_on(tilted, brighter), but_one).picture
    assert view.mode == "compare"
    assert view.slice == 2
    assert tuple(view.cursor) == (2, 3, 1)
    (point,) = view.drawn
    assert point["kind"] == "point"
    assert np.allclose(point["points"][0], tilted.to_world((2, 3, 1)))
    view.close()


def test_volumes_stand_in_a_viewer_that_are_far_too_bright(tilted):
    view = judging.judge(
        exercise_on(tilted, brighter), lambda given: given.with_array(given.array * 60.0 + 10)
    ).picture
    assert view.mode == "compare"
    assert tuple(view.cursor) == (3, 8, 9)
    assert view.window == (1555, 3090)  # from the lowest value to where its sliders end
    view.close()


def test_arrays_of_three_axes_stand_in_a_viewer(tilted):
    array = np.array(tilted.array)
    exercise = exercise_on(array, lambda given: given + 1)
    view = judging.judge(exercise, lambda given: given + 1 + 50 * (given == 37)).picture
    assert tuple(view.cursor) == tuple(np.argwhere(array == 37)[0])
    view.close()


def test_masks_lie_over_the_scan(tilted):
    exercise = exercise_on(tilted, lambda given: given.with_array(given.array > 50))
    verdict = judging.judge(exercise, lambda given: given.with_array(given.array > 52))
    view = verdict.picture
    assert [label["name"] for label in view.labels] == [
        "in both",
        "yours alone",
        "right alone",
    ]
    assert np.allclose([label["ml"] for label in view.labels[1:]], (0, 0.06))
    assert view.volume is tilted
    assert "right alone</div>" in verdict._repr_html_()
    view.close()


def test_pictures_stand_side_by_side_with_the_worst_pixel():
    picture = np.arange(99.0).reshape(9, 11)
    exercise = exercise_on(picture, lambda given: given * 2)
    film = judging.judge(exercise, lambda given: given * 2 + 7 * (given == 13)).picture
    assert film.result == "worst at row 1, column 2: yours 33, right 26 HU"
    assert "yours, right: 9 x 11 values" in film.facts


def test_rows_are_curves():
    row = np.arange(13.0)
    exercise = exercise_on(row, lambda given: np.sqrt(given))
    film = judging.judge(exercise, lambda given: np.cbrt(given)).picture
    assert film.facts == "HU over index: yours, right"


def marked_cells(verdict):
    """What stands in the cells that are marked, of both tables."""
    return re.findall(r"font-weight: bold[^>]*>([^<]*)<", verdict._repr_html_())


def test_a_matrix_stands_as_numbers_with_what_differs_marked(tilted):
    exercise = exercise_on(tilted.affine, lambda given: given)
    wrong = np.array(tilted.affine)
    wrong[1, 3] = 7.5
    verdict = judging.judge(exercise, lambda given: wrong)
    assert marked_cells(verdict) == ["7.5", "0"]
    assert verdict._repr_html_().count("<table") == 2
    assert '<th scope="col"' in verdict._repr_html_()
    assert "at row 1, column 3 you give 7.5, right is 0 HU" in repr(verdict)
    assert "<img" not in verdict._repr_html_()


def test_small_volumes_are_their_affines_or_a_slice():
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    small = ctkit.Volume.from_spacing(array, (5, 2, 1))
    moved = np.array(small.affine)
    moved[0, 3] = 3
    exercise = exercise_on(small, lambda given: given)
    verdict = judging.judge(exercise, lambda given: ctkit.Volume(given.array, moved))
    assert "yours, affine" in verdict._repr_html_()
    assert marked_cells(verdict) == ["3", "0"]
    brighter = judging.judge(exercise, lambda given: given.with_array(array + 50 * (array == 17)))
    assert "yours, slice 1" in brighter._repr_html_()
    assert marked_cells(brighter) == ["67", "17"]


def test_small_masks_are_dots():
    given = np.zeros((2, 1, 9), bool)
    exercise = exercise_on(given, lambda given: np.arange(18).reshape(given.shape) == 12)
    verdict = judging.judge(exercise, lambda given: np.arange(18).reshape(given.shape) == 13)
    assert marked_cells(verdict) == ["·", "●", "●", "·"]
    assert "yours, slice 1" in verdict._repr_html_()
    assert "● is True" in verdict._repr_html_()


def test_what_only_one_of_two_tables_has_is_marked():
    exercise = exercise_on(np.arange(4.0), lambda given: given)
    assert marked_cells(judging.judge(exercise, lambda given: np.append(given, 9))) == ["9"]


def test_values_of_another_type_need_no_table():
    exercise = exercise_on(np.arange(6.0), lambda given: given.astype(np.float32))
    exercise.types = True
    assert judging.judge(exercise, lambda given: given).picture is None


@pytest.mark.parametrize(
    ("given", "solve", "answer"),
    [
        (3, lambda given: given + 1, lambda given: given),
        (3, lambda given: (given, 2), lambda given: (given, 3)),
        (np.arange(5.0), lambda given: given.sum(), lambda given: given),
        (np.arange(5.0), lambda given: given, lambda given: "text"),
        (np.arange(5.0), lambda given: given, lambda given: given[:0]),
    ],
)
def test_numbers_need_none(given, solve, answer):
    verdict = judging.judge(exercise_on(given, solve), answer)
    assert verdict.state == "not yet"
    assert verdict.picture is None


def test_the_html_holds_a_still_picture_with_its_words(tilted):
    html = judging.judge(exercise_on(tilted, brighter), but_one)._repr_html_()
    assert '<img src="data:image/png;base64,' in html
    assert 'alt="' in html
    assert "<script" not in html


def test_what_is_not_tried_shows_nothing():
    assert judging.judge(exercise_on(3, lambda given: 4), lambda given: ...).picture is None
