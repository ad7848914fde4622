"""The exercises need no thread, process or signal: a browser tab has none."""

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ctkit.exercises
from ctkit import threads
from ctkit.exercises import judging, registry
from ctkit.exercises.exercise import Case
from ctkit.exercises.stopping import EndlessError
from ctkit.exercises.trying import try_answer

HERE = Path(ctkit.exercises.__file__).parent
NEVER = {"subprocess", "multiprocessing", "signal", "concurrent", "asyncio", "socket"}


@pytest.fixture
def tab(monkeypatch):
    """What a tab refuses is refused, as it refuses it."""

    def refused(*args, **keywords):
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(threading.Thread, "start", refused)
    monkeypatch.setattr(threads, "workers", lambda count=None: threads.Serial())
    monkeypatch.setattr(subprocess.Popen, "__init__", refused)
    for name in ("fork", "posix_spawn"):
        monkeypatch.setattr(os, name, refused, raising=False)
    for name in ("signal", "setitimer", "alarm"):
        monkeypatch.setattr(signal, name, refused, raising=False)
    forget()
    yield
    forget()


def forget():
    """What was tried before, or in this tab, is no outcome elsewhere."""
    for known in (judging.right_outcomes, judging.wrong_outcomes, judging.came_outcomes):
        known.cache_clear()


def imported(path):
    """The packages that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_imported_that_starts_one(path):
    assert not NEVER & set(imported(path))


@pytest.mark.parametrize("page", registry.pages())
def test_answers_are_judged(tab, page):
    for exercise in registry.exercises_of(page):
        first = exercise.mistakes[0]
        for function, state in ((exercise.solve, "right"), (first.wrong, "not yet")):
            answer = function if exercise.is_function else function()
            verdict = judging.judge(exercise, answer)
            assert verdict.state == state
            assert verdict.mistake is (first if state == "not yet" else None)
    assert not any(
        isinstance(outcome.raised, RuntimeError)
        for exercise in registry.exercises_of(page)
        for outcomes in judging.wrong_outcomes(exercise)
        for outcome in outcomes
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a thread does it; tabs have Python 3.12")
def test_what_does_not_end_is_stopped(tab):
    def deaf(hu):
        while True:
            try:
                while True:
                    hu += 1
            except BaseException:
                continue

    assert isinstance(try_answer(deaf, Case("", 1), 0.1).raised, EndlessError)
