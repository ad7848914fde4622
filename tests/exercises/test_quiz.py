"""Every quiz: feedback for each answer, targets on their slices, and HTML that needs no script."""

import re
from base64 import b64encode
from functools import cache

import numpy as np
import pytest

import ctkit
from ctkit.exercises import keeping, registry
from ctkit.exercises.pointing import judged
from ctkit.exercises.questions import Number, Option, Place, Several, Single
from ctkit.exercises.quiz import described, static
from ctkit.widgets.page import json_in_html, packed

QUIZZES = {
    page: module.QUIZ
    for page in registry.pages()
    if hasattr(module := registry.module_of(page), "QUIZ")
}
QUESTIONS = {f"{page}.{i + 1}": one for page, quiz in QUIZZES.items() for i, one in enumerate(quiz)}

POINTING = [page for page, quiz in QUIZZES.items() if any(isinstance(one, Place) for one in quiz)]


@cache
def plain_of(id):
    return described(QUESTIONS[id])


each = pytest.mark.parametrize("id", QUESTIONS)


@pytest.mark.parametrize("page", QUIZZES)
def test_three_to_five_questions(page):
    assert 3 <= len(QUIZZES[page]) <= 5
    asked = [one.ask for one in QUIZZES[page]]
    assert len(set(asked)) == len(asked)


@each
def test_every_answer_has_its_feedback(id):
    question = QUESTIONS[id]
    assert question.ask.rstrip()[-1] in "?.:"
    if isinstance(question, Single | Several):
        right = [option.right for option in question.options]
        assert len(right) >= 2
        assert sum(right) == 1 if isinstance(question, Single) else sum(right) >= 1
        texts = [option.says for option in question.options]
        names = [option.text for option in question.options]
        assert len(set(names)) == len(names)
    else:
        texts = [question.says, question.otherwise, *(one[-1] for one in question.wrong)]
    assert all(len(text) > 10 and text[-1] in ".?!" for text in texts)


@each
def test_what_is_known_to_be_wrong_is_not_right(id):
    question = QUESTIONS[id]
    if isinstance(question, Number):
        assert question.tolerance >= 0
        for value, _ in question.wrong:
            assert abs(value - question.right) > question.tolerance
    if isinstance(question, Place):
        plain = plain_of(id)
        assert judged(plain, plain["target"]["mm"])[0]
        for spot in plain["wrong"]:
            assert judged(plain, spot["mm"]) == (False, spot["says"])


@each
def test_of_markdown_only_code_is_shown(id):
    plain = plain_of(id)
    asked = {name: part for name, part in plain.items() if name not in ("picture", "view")}
    assert "**" not in str(asked)
    assert str(asked).count("`") % 2 == 0


@each
def test_a_question_unfolds_without_a_script(id):
    question = QUESTIONS[id]
    html = static([plain_of(id)])
    assert "<details>" in html
    assert "<script" not in html
    if isinstance(question, Single | Several):
        assert html.count("<details>") == len(question.options)


def spot_in(shape, voxel, spacing=(4, 2.5, 1.5)):
    """A scan of air in which one voxel is bright."""
    array = np.full(shape, -1000, np.int16)
    array[voxel] = 500
    return ctkit.Volume.from_spacing(array, spacing)


def test_the_pixel_of_a_target_is_that_of_its_voxel():
    volume = spot_in((3, 40, 30), (1, 10, 22))
    question = Place("Where?", lambda: volume, (1, 10, 22), 3, "Yes.", "No.", slice=1)
    picture = described(question)["picture"]
    # Rows run to the back and columns to the patient's left, which is the right of the picture.
    assert picture["alt"] == "axial slice, 45 x 100 mm"
    assert picture["target"] == [22.5 * 1.5, 10.5 * 2.5]
    away = Place("Where?", lambda: volume, (2, 10, 22), 3, "Yes.", "No.", slice=1)
    with pytest.raises(ctkit.CTError, match="not on the slice"):
        described(away)


def test_a_place_is_judged_in_mm_along_all_three_axes():
    volume = spot_in((5, 40, 30), (2, 10, 22))
    beside = [((2, 10, 10), 5, "That is beside it."), ((2, 11, 22), 7, "Near, and not there.")]
    question = Place(
        "Where?", lambda: volume, (2, 10, 22), 7.5, "It is.", "No.", slice=2, wrong=beside
    )
    plain = described(question)
    assert plain["target"]["mm"] == volume.to_world((2, 10, 22)).tolist()
    cases = {
        (2, 10, 27): (True, "It is."),  # 7.5 mm
        (2, 13, 22): (True, "It is."),
        (3, 12, 22): (True, "It is."),  # 4 and 5 mm
        (4, 10, 22): (False, "No."),  # the right row and column, 8 mm too high
        (2, 10, 28): (False, "No."),
        (2, 10, 12): (False, "That is beside it."),
        (1, 10, 12): (False, "That is beside it."),  # 3 and 4 mm
        (3, 13, 22): (False, "Near, and not there."),
    }
    for voxel, wanted in cases.items():
        assert judged(plain, volume.to_world(voxel)) == wanted, voxel


@pytest.mark.parametrize(("plane", "axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
def test_a_large_scene_is_cut_to_the_slices_around_its_question(plane, axis):
    voxel = (60, 70, 80)
    volume = spot_in((90, 100, 110), voxel)
    question = Place(
        "Where?", lambda: volume, voxel, 3, "Yes.", "No.", plane=plane, slice=voxel[axis]
    )
    view = described(question)["view"]
    held = view["voxels"]
    assert 3 <= held["shape"][axis] < 30
    assert np.prod(held["shape"]) <= 200_000
    # The slice that is shown holds the bright voxel, and lies where it lay.
    start = voxel[axis] - view["slice"]
    cut = np.take(volume.array, range(start, start + held["shape"][axis]), axis)
    assert held["packed"] == b64encode(packed(cut, "int16")).decode()
    moved = np.subtract(voxel, start * np.eye(3)[axis])
    found = np.array(held["affine"]) @ [*moved, 1]
    assert np.allclose(found[:3], volume.to_world(voxel))


@pytest.mark.parametrize(
    "page", [page for page, quiz in QUIZZES.items() if Place in map(type, quiz)]
)
def test_a_quiz_with_a_viewer_is_light_and_reads_without_it(page):
    shown = ctkit.quiz(page)
    assert len(json_in_html(shown.questions)) < 100_000
    html = shown._repr_mimebundle_()
    html = (html[0] if isinstance(html, tuple) else html)["text/html"]
    shown.close()
    assert html.count("data:image/png;base64,") == 1
    assert re.search(r"It lies \d+ mm from the left and \d+ mm from the top", html)


def test_feedback_says_right_only_once():
    question = Single(
        "Is it?", Option("a", "Yes: it is so.", right=True), Option("b", "Yes is no.")
    )
    assert [one["says"] for one in described(question)["options"]] == ["It is so.", "Yes is no."]


def test_results_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(keeping.VARIABLE, str(tmp_path / "mine.json"))
    shown = ctkit.quiz("05")
    assert repr(shown) == "quiz('05'): 5 questions"
    shown.results = {"0": True, "2": False, "77": True}
    assert keeping.kept()["quizzes"] == {"05": {"0": True, "2": False}}
    assert "1 of 5 questions" in repr(ctkit.progress("05"))
    shown.close()


def test_a_page_of_its_own(tmp_path):
    shown = ctkit.quiz("05")
    page = shown.to_html(tmp_path / "quiz.html").read_text()
    assert "{{" not in page.partition("<script")[0]
    assert "<details>" in page
    with pytest.raises(ctkit.CTError, match=r"\.html"):
        shown.to_html(tmp_path / "quiz.pdf")
    with pytest.raises(ctkit.CTError, match="no quiz"):
        ctkit.quiz("99")
    shown.close()
