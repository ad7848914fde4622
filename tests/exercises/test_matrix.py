"""Every exercise: its solution passes, each mistake gets its own message and no other."""

import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

import ctkit
from ctkit.exercises import judging, registry
from ctkit.exercises.sameness import as_values
from ctkit.exercises.trying import fresh
from ctkit.volume import Volume

HERE = Path(__file__).parent
EXERCISES = {one.id: one for page in registry.pages() for one in registry.exercises_of(page)}
LEAST_MISTAKES = 5
# Of a stub that comes wrong, which is a mistake itself.
LEAST_BESIDE_A_BUG = 4
MOST_SECONDS = 1.0  # of all cases of one exercise, by its solution

each = pytest.mark.parametrize("id", EXERCISES)


def right_answers(page):
    """{id: answers} of `right_NN.py`: right ones that are written otherwise."""
    path = HERE / f"right_{page}.py"
    if not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RIGHT


def answer_of(exercise, function):
    """What a learner would hand over: the function, or the value that it makes."""
    return function if exercise.is_function else function()


def as_the_learner(exercise, function):
    """A function under the parameters and the name that the exercise asks for."""
    return answer_of(exercise, function)


def size_of(case):
    """How many values a case holds."""
    total = 0
    for argument in map(fresh, case.arguments):
        values = argument.array if isinstance(argument, Volume) else as_values(argument)
        total += 1 if values is None else values.size
    return total


@each
def test_the_solution_is_right(id):
    exercise = EXERCISES[id]
    verdict = judging.judge(exercise, answer_of(exercise, exercise.solve))
    assert verdict.state == "right", repr(verdict)
    assert verdict.notes == ()


@each
def test_each_mistake_gets_its_own_message_and_no_other(id):
    exercise = EXERCISES[id]
    least = LEAST_BESIDE_A_BUG if exercise.comes_wrong else LEAST_MISTAKES
    assert len(exercise.mistakes) >= least
    for mistake in exercise.mistakes:
        verdict = judging.judge(exercise, answer_of(exercise, mistake.wrong))
        assert verdict.state == "not yet", f"{mistake.wrong.__name__} passes"
        assert verdict.mistake is mistake, f"{mistake.wrong.__name__}: {verdict!r}"
        assert verdict.message == mistake.message
        others = [one.message for one in exercise.mistakes if one is not mistake]
        assert not any(other in repr(verdict) for other in others)


@each
def test_no_two_mistakes_are_the_same(id):
    exercise = EXERCISES[id]
    outcomes = judging.wrong_outcomes(exercise)
    for place, mine in enumerate(outcomes):
        for other in range(place):
            pairs = zip(mine, outcomes[other], strict=True)
            if all(judging.alike(*pair, exercise) for pair in pairs):
                names = [exercise.mistakes[i].wrong.__name__ for i in (other, place)]
                pytest.fail(f"no case parts {names[0]} from {names[1]}")


@each
def test_the_stub_is_not_tried_yet(id):
    exercise = EXERCISES[id]
    space = {"np": np, "ctkit": ctkit, "ndimage": ndimage}
    exec(exercise.stub, space)
    wanted = "; it still does what it did at first" if exercise.comes_wrong else ""
    assert repr(ctkit.check(id, space[exercise.name])) == f"{id}: not tried yet{wanted}"


@each
def test_a_stub_that_comes_wrong_is_wrong(id):
    exercise = EXERCISES[id]
    if exercise.comes_wrong:
        pairs = zip(judging.came_outcomes(exercise), judging.right_outcomes(exercise), strict=True)
        assert not all(judging.alike(*pair, exercise) for pair in pairs)
        assert all(outcome.raised is None for outcome in judging.came_outcomes(exercise))


@each
def test_the_stub_names_what_the_solution_takes(id):
    exercise = EXERCISES[id]
    if exercise.is_function:
        space = {"np": np, "ctkit": ctkit}
        exec(exercise.stub, space)
        wanted = list(inspect.signature(exercise.solve).parameters)
        assert list(inspect.signature(space[exercise.name]).parameters) == wanted
        assert exercise.solve.__name__ == exercise.name
    else:
        assert len(exercise.cases) == 1
        assert exercise.cases[0].arguments == ()


@each
def test_what_the_solution_shows_runs(id):
    exercise = EXERCISES[id]
    space = {"np": np, "ctkit": ctkit} | {
        name: value
        for name, value in vars(registry.module_of(exercise.page)).items()
        if inspect.ismodule(value)
    }
    exec(exercise.code(), space)
    assert ctkit.check(id, space[exercise.name]).state == "right"


@each
def test_other_right_answers_pass(id):
    exercise = EXERCISES[id]
    answers = right_answers(exercise.page).get(id, ())
    if exercise.is_function:
        assert len(answers) >= 3
    for answer in answers:
        verdict = judging.judge(exercise, answer)
        assert verdict.state == "right", f"{getattr(answer, '__name__', answer)}: {verdict!r}"


@each
def test_cases_come_smallest_first(id):
    sizes = [size_of(case) for case in EXERCISES[id].cases]
    assert sizes[0] == min(sizes)
    assert len(sizes) > 1 or not EXERCISES[id].is_function


@each
def test_texts_are_sentences(id):
    exercise = EXERCISES[id]
    assert re.fullmatch(r"\d\d\.\d+", exercise.id)
    assert 2 <= len(exercise.hints) <= 4
    for text in (exercise.why, exercise.explained, *(one.message for one in exercise.mistakes)):
        assert re.search(r"[.?!]$", text), text
    code = [line.strip() for line in exercise.code().splitlines()[1:] if len(line.strip()) > 12]
    for mistake in exercise.mistakes:
        assert not any(line in mistake.message for line in code), mistake.message


def test_ids_are_one_each_and_belong_to_their_page():
    for page in registry.pages():
        ids = [one.id for one in registry.exercises_of(page)]
        assert ids == [f"{page}.{number}" for number in range(1, len(ids) + 1)]
