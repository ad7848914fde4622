"""Wrong answers that nobody registered: small changes of the solutions, and random inputs."""

import numpy as np
import pytest
from _mutants import mutants
from _survivors import REASONS

from ctkit.exercises import judging, registry
from ctkit.exercises.exercise import Case
from ctkit.exercises.trying import try_answer

EXERCISES = [one for page in registry.pages() for one in registry.exercises_of(page)]
FUNCTIONS = [one for one in EXERCISES if one.is_function]
#: Of 100 mutants at least so many are not accepted, and so many get more than "differs here".
REFUSED, PRECISE = 95, 60


def outcomes():
    """(exercise, mutant, verdict) of all of them."""
    for exercise in FUNCTIONS:
        for words, mutant in mutants(exercise.solve):
            yield exercise, words, judging.judge(exercise, mutant)


def shares(found):
    """(refused, precise) of 100 of these."""
    states = [verdict.state != "right" for _, _, verdict in found]
    return 100 * np.mean(states), 100 * np.mean([is_precise(verdict) for _, _, verdict in found])


def is_precise(verdict):
    vague = ("Your answer differs here", "This is not")
    return verdict.state != "right" and not verdict.message.startswith(vague)


@pytest.mark.slow
def test_mutants_of_the_solutions(capsys):
    found = list(outcomes())
    with capsys.disabled():
        for page in [*registry.pages(), ""]:
            those = [one for one in found if one[0].page.startswith(page)]
            if those:
                refused, precise = shares(those)
                print(f"\n{page or 'all'}: {len(those)} mutants, {refused:.0f} % refused, ", end="")
                print(f"{precise:.0f} % with a precise message", end="")
        print()
    accepted = {(one.id, words) for one, words, verdict in found if verdict.state == "right"}
    assert not accepted - REASONS.keys()
    assert not REASONS.keys() - accepted
    refused, precise = shares(found)
    assert refused >= REFUSED
    assert precise >= PRECISE


def other(argument, rng):
    """An argument like this one, of other values."""
    if isinstance(argument, bool) or argument is None:
        return argument
    if isinstance(argument, int):
        return int(argument + rng.integers(1, 40))
    if isinstance(argument, float):
        return float(argument * rng.uniform(0.5, 2) + 1)
    if isinstance(argument, np.ndarray) and argument.dtype.kind in "iuf":
        return rng.permuted(argument.ravel()).reshape(argument.shape)
    return argument


@pytest.mark.slow
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda one: one.id)
def test_mistakes_differ_on_other_inputs_too(exercise):
    """A mistake that is the solution, or another mistake, on a hundred random inputs is none."""
    rng = np.random.default_rng(16)
    functions = [exercise.solve, *(mistake.wrong for mistake in exercise.mistakes)]
    alone = {(i, j) for i in range(len(functions)) for j in range(i)}
    given = [case for case in exercise.cases if not any(map(callable, case.arguments))]
    cases = list(exercise.cases)
    for _ in range(100 // max(1, len(given))):
        cases += [Case("", *(other(one, rng) for one in case.arguments)) for case in given]
    for case in cases:
        tried = [try_answer(function, case, None) for function in functions]
        alone -= {(i, j) for i, j in alone if not judging.alike(tried[i], tried[j], exercise)}
        if not alone:
            return
    names = [(functions[i].__name__, functions[j].__name__) for i, j in alone]
    pytest.fail(f"nothing parts {names}")
