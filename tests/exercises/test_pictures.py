"""The case on which an answer differs, as a picture."""

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
    return ctkit.Volume(np.arange(120, dtype=np.int16).reshape(4, 6, 5), affine)


def test_volumes_stand_in_a_viewer_at_the_worst_voxel(tilted):
    view = judging.judge(exercise_on(tilted, brighter), but_one).picture
    assert view.mode == "compare"
    assert view.slice == 2
    assert tuple(view.cursor) == (2, 3, 1)
    (point,) = view.drawn
    assert point["kind"] == "point"
    assert np.allclose(point["points"][0], tilted.to_world((2, 3, 1)))
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
    assert [label["name"] for label in view.labels] == ["yours", "right"]
    assert view.volume is tilted
    view.close()


def test_pictures_stand_side_by_side_with_the_worst_pixel():
    picture = np.arange(20.0).reshape(4, 5)
    exercise = exercise_on(picture, lambda given: given * 2)
    film = judging.judge(exercise, lambda given: given * 2 + 7 * (given == 13)).picture
    assert film.result == "worst at row 2, column 3: yours 33, right 26 HU"
    assert "yours, right: 4 x 5 values" in film.facts


def test_rows_are_curves():
    row = np.arange(12.0)
    exercise = exercise_on(row, lambda given: np.sqrt(given))
    film = judging.judge(exercise, lambda given: np.cbrt(given)).picture
    assert film.facts == "HU over index: yours, right"


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
