"""Every quiz: feedback for each answer, targets on their slices, and HTML that needs no script."""

import numpy as np
import pytest

import ctkit
from ctkit.exercises import keeping, registry
from ctkit.exercises.questions import Number, Option, Place, Several, Single
from ctkit.exercises.quiz import described, static

QUIZZES = {
    page: module.QUIZ
    for page in registry.pages()
    if hasattr(module := registry.module_of(page), "QUIZ")
}
QUESTIONS = {f"{page}.{i + 1}": one for page, quiz in QUIZZES.items() for i, one in enumerate(quiz)}

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
        picture = described(question)["picture"]
        target = picture["target"]
        assert 0 < target["x"] < picture["size"][0]
        assert 0 < target["y"] < picture["size"][1]
        for spot in picture["wrong"]:
            assert np.hypot(spot["x"] - target["x"], spot["y"] - target["y"]) > target["within"]


@each
def test_of_markdown_only_code_is_shown(id):
    asked = {name: part for name, part in described(QUESTIONS[id]).items() if name != "picture"}
    assert "**" not in str(asked)
    assert str(asked).count("`") % 2 == 0


@each
def test_a_question_unfolds_without_a_script(id):
    question = QUESTIONS[id]
    html = static([described(question)])
    assert "<details>" in html
    assert "<script" not in html
    if isinstance(question, Single | Several):
        assert html.count("<details>") == len(question.options)


def test_the_pixel_of_a_target_is_that_of_its_voxel():
    array = np.full((3, 40, 30), -1000, np.int16)
    array[1, 10, 22] = 500
    volume = ctkit.Volume.from_spacing(array, (4, 2.5, 1.5))
    question = Place("Where?", lambda: volume, (1, 10, 22), 3, "Yes.", "No.", slice=1)
    picture = described(question)["picture"]
    # Rows run to the back and columns to the patient's left, which is the right of the picture.
    assert picture["size"] == [45, 100]
    assert (picture["target"]["x"], picture["target"]["y"]) == (22.5 * 1.5, 10.5 * 2.5)
    away = Place("Where?", lambda: volume, (2, 10, 22), 3, "Yes.", "No.", slice=1)
    with pytest.raises(ctkit.CTError, match="not on the slice"):
        described(away)


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
