"""What a learner has done: kept in one file, which nothing of another kernel is lost from."""

import csv
import json
import multiprocessing
import os
import sys

import numpy as np
import pytest

import ctkit
from ctkit.exercises import keeping


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "kept" / "mine.json"
    monkeypatch.setenv(keeping.VARIABLE, str(path))
    monkeypatch.setattr(keeping, "_NOTES", [])
    return path


def right(center, width):
    return center - width / 2, center + width / 2 - 1


def test_what_is_tried_is_kept_and_what_was_right_stays_so(file):
    assert repr(ctkit.progress("05")) == "05: nothing tried yet"
    ctkit.check("05.1", lambda center, width: (0, 0))
    assert "0 of 4 exercises right" in repr(ctkit.progress("05"))
    ctkit.check("05.1", right)
    ctkit.check("05.1", lambda center, width: (0, 0))
    assert "1 of 4 exercises right" in repr(ctkit.progress("05"))
    entry = json.loads(file.read_text())["exercises"]["05.1"]
    assert (entry["state"], entry["tries"]) == ("right", 3)


def test_a_stub_leaves_no_file(file):
    ctkit.check("05.1", ...)
    ctkit.progress()
    assert not file.exists()


def test_the_place_stands_in_the_html_alone_once_there_is_something(file):
    assert str(file) not in ctkit.progress()._repr_html_()
    ctkit.check("05.1", right)
    table = ctkit.progress()
    assert str(file) in table._repr_html_()
    assert str(file) not in repr(table)


def test_nothing_is_kept_where_the_environment_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv(keeping.VARIABLE, os.devnull)
    monkeypatch.setattr(keeping, "_SESSION", {})
    ctkit.check("05.1", right)
    assert "1 of 4" in repr(ctkit.progress("05"))  # of this session
    assert keeping.place() is None
    assert "Kept in" not in ctkit.progress()._repr_html_()


def test_in_a_tab_it_stands_beside_the_page(monkeypatch, tmp_path):
    monkeypatch.delenv(keeping.VARIABLE)
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.chdir(tmp_path)
    assert keeping.place() == tmp_path / "ctkit-progress.json"


def test_by_default_it_is_in_a_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv(keeping.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert tmp_path in keeping.place().parents


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"05.1": 3}}', "\xff"]
)
def test_a_damaged_file_is_told_and_kept_aside(file, content):
    file.parent.mkdir()
    file.write_text(content, encoding="latin-1")
    verdict = ctkit.check("05.1", right)
    assert verdict.state == "right"
    assert "was damaged, and is kept as mine-damaged-1.json" in repr(verdict)
    assert (file.parent / "mine-damaged-1.json").read_text(encoding="latin-1") == content
    assert "1 of 4" in repr(ctkit.progress("05"))
    assert "damaged" not in repr(ctkit.check("05.1", right))


def test_where_nothing_can_be_written_an_answer_is_judged_all_the_same(monkeypatch, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv(keeping.VARIABLE, str(blocked / "progress.json"))
    verdict = ctkit.check("05.1", right)
    assert verdict.state == "right"
    assert "can't be kept" in repr(verdict)


def _try_some(path, numbers):
    os.environ[keeping.VARIABLE] = path
    for number in numbers:
        keeping.record_guess(f"05.{number}", "mine")


def test_two_kernels_lose_nothing(file):
    context = multiprocessing.get_context("spawn")
    halves = [range(0, 40, 2), range(1, 40, 2)]
    jobs = [context.Process(target=_try_some, args=(str(file), half)) for half in halves]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert len(json.loads(file.read_text())["guesses"]) == 40


def test_beginning_anew_keeps_what_was(file):
    ctkit.check("05.1", right)
    assert "All is forgotten" in repr(ctkit.progress(reset=True))
    assert repr(ctkit.progress("05")) == "05: nothing tried yet"
    assert (file.parent / "mine-before-1.json").exists()
    ctkit.progress(reset=True)


def test_export(file, tmp_path):
    ctkit.check("05.2", lambda black, white: (0, 0))
    ctkit.check("05.1", right)
    rows = list(csv.DictReader(ctkit.progress(export=tmp_path / "me.csv").open()))
    states = {row["id"]: row["state"] for row in rows}
    assert states["05.1"] == "right"
    assert states["05.2"] == "not yet"
    assert states["05.3"] == "not tried"
    assert states["05.quiz.1"] == "not tried"
    told = json.loads(ctkit.progress(export=tmp_path / "me.json").read_text())
    assert {row["id"]: row["state"] for row in told["rows"]} == states
    with pytest.raises(ctkit.CTError, match=r"\.csv or \.json"):
        ctkit.progress(export=tmp_path / "me.txt")


@pytest.mark.parametrize(
    "given", [{"page": "05", "reset": True}, {"page": "05", "export": "a.csv"}]
)
def test_one_way_at_a_time(file, given):
    ctkit.check("05.1", right)
    with pytest.raises(ctkit.CTError, match="give one of them"):
        ctkit.progress(**given)
    assert "1 of" in repr(ctkit.progress("05"))


@pytest.mark.parametrize("page", [5, None, ["05"], np.zeros(3), "x" * 5000])
def test_an_unknown_page_of_a_quiz(page):
    with pytest.raises(ctkit.CTError, match="has no quiz") as raised:
        ctkit.quiz(page)
    assert len(str(raised.value)) < 300


def test_an_unknown_page(file):
    with pytest.raises(ctkit.CTError, match="no exercises"):
        ctkit.progress("99")


# ---- guesses


def test_a_guess_stands_beside_what_was_measured(file):
    asked = ctkit.predict("05.a", ("0 and 80 HU", "0 and 79 HU"))
    assert repr(asked) == "05.a: no guess yet"
    asked.field.value = "0 and 80 HU"
    assert repr(asked) == "05.a: your guess is 0 and 80 HU"
    told = ctkit.predict("05.a", measured="0 and 79 HU")
    assert repr(told) == "05.a: measured 0 and 79 HU; your guess was 0 and 80 HU"
    again = ctkit.predict("05.a", ("0 and 80 HU", "0 and 79 HU"))
    assert again.field.value == "0 and 80 HU"
    asked.close()
    again.close()


def test_a_guess_that_is_a_number(file):
    asked = ctkit.predict("05.b", unit="HU")
    asked.field.value = "many"
    assert "a number" in asked.said.value
    assert asked.guess == ""
    asked.field.value = "nan"
    assert asked.guess == ""
    asked.field.value = "12,5 HU"
    assert repr(ctkit.predict("05.b", measured=13.0, unit="HU")) == (
        "05.b: measured 13 HU; your guess was 12,5 HU"
    )
    for measured in (12.5, "12.5", "12.50 HU"):
        assert "It is what you said" in ctkit.predict("05.b", measured=measured)._repr_html_()
    for measured in (13, "12.5 mm", "", "nothing"):
        assert "It is what" not in ctkit.predict("05.b", measured=measured)._repr_html_()
    asked.close()


def test_without_a_script_the_choices_are_a_list(file):
    asked = ctkit.predict("05.a", ("<b>", "0 and 79 HU"))
    data = asked._repr_mimebundle_()
    assert data["text/plain"] == "05.a: no guess yet"
    assert "<li>&lt;b&gt;</li>" in data["text/html"]
    asked.close()


@pytest.mark.parametrize(
    "choices",
    [(), ("one",), "one", ("one", "one"), (1, "1"), ("", "one"), 5, np.arange(3), [["a"], ["b"]]],
)
def test_choices_that_are_none(choices):
    with pytest.raises(ctkit.CTError, match="two or more"):
        ctkit.predict("05.a", choices)
    with pytest.raises(ctkit.CTError, match="id of a prediction"):
        ctkit.predict("a")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"choices": ("a", "b"), "measured": "a"}, "not both at once"),
        ({"choices": ("a", "b"), "unit": "mm"}, "has no place"),
        ({"unit": 5}, "unit is a text"),
    ],
)
def test_arguments_of_a_guess_that_contradict_each_other(given, words):
    with pytest.raises(ctkit.CTError, match=words):
        ctkit.predict("05.a", **given)
