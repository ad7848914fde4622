"""What a learner is told: messages by tiers, errors in plain words, what was done beside."""

import builtins
import contextlib
import os
import sys
import threading

import numpy as np
import pytest

import ctkit
from ctkit.exercises import judging, registry
from ctkit.exercises.exercise import Case, Exercise
from ctkit.exercises.stopping import EndlessError, run_within
from ctkit.exercises.trying import try_answer


def make(cases, *, unit="HU", **options):
    """An exercise with a parameter `hu`, that adds 1, and one mistake, that adds 2 to 5 or less."""
    exercise = Exercise(
        "05.9",
        title="Add one",
        prompt="Write `more(hu)`.",
        stub="def more(hu):\n    return ...",
        cases=cases,
        why="It matters.",
        hints=("One.", "Two."),
        unit=unit,
        **options,
    )

    @exercise.right("It adds one.")
    def more(hu):
        return hu + 1

    @exercise.mistake("You added two.")
    def two(hu):
        return hu + 2

    @exercise.mistake("You added nothing.")
    def nothing(hu):
        return hu

    return exercise


NUMBERS = make((Case("a small one", 1), Case("a large one", 30), Case("a negative one", -7)))
ROWS = make((Case("a row", np.arange(6.0)), Case("another row", np.arange(9.0) ** 2)))


async def coroutine(hu):
    return hu + 1


def said(exercise, answer):
    return repr(judging.judge(exercise, answer))


def test_right_says_why():
    assert said(NUMBERS, lambda hu: hu + 1) == "05.9: right. It matters."


def test_a_known_mistake_is_named_with_its_case():
    assert said(NUMBERS, lambda hu: hu + 2) == (
        "05.9: not yet. You added two. On a small one, with hu 1, you give 3, right is 2 HU."
    )


def test_a_mistake_that_explains_most_is_named_with_care():
    words = said(NUMBERS, lambda hu: hu + 2 if hu > 0 else hu * 100)
    assert "what comes of this mistake: You added two." in words
    assert "with hu 1, you give 3, right is 2 HU" in words


def test_a_mistake_that_explains_one_case_of_three_is_not_named():
    words = said(NUMBERS, lambda hu: hu + 2 if hu == 1 else hu * 100 + hu**2)
    assert "You added two" not in words
    assert "Your answer differs here." in words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda hu: None, "gives None"),
        (lambda hu: np.sum, "gives `sum` itself"),
        (lambda hu: (value for value in hu), "gives a generator"),
        (lambda hu: map(float, hu), "gives a map, which holds no values yet"),
        (lambda hu: coroutine(hu), "is an `async` one"),
        (lambda hu: hu + 1j, "Complex numbers come out"),
        (lambda hu: hu.astype(object), "Your answer is an array of objects"),
        (lambda hu: hu.astype(str), "Your answer is an array of texts"),
        (lambda hu: 10**400, "you give 1000000000000000000000000000000000000..., right"),
        (lambda hu: "six", "Your answer is a text, and the right one is an array."),
        (lambda hu: 3.0, "Your answer is a number, and the right one is an array."),
        (lambda hu: hu > 3, "an array of True and False"),
        (lambda hu: (hu + 1)[:-1], "One is missing along its length: your answer is 5 and not 6."),
        (lambda hu: np.append(hu + 1, 0), "One is too many along its length"),
        (lambda hu: (hu + 1)[None], "2 axes and not 1"),
        (lambda hu: (hu + 1)[::-1], "mirrored from end to end"),
        (lambda hu: hu + 9, "Every value is too high by the same 8 HU."),
        (lambda hu: 3 * (hu + 1), "Every value is 3 times the right one."),
        (lambda hu: -(hu + 1), "Every value has the other sign."),
        (lambda hu: np.where(hu == 4, np.nan, hu + 1), "NaN comes out for 1 of 6 values"),
        (lambda hu: (hu + 1) / (hu != 4), "An infinite value"),
        (lambda hu: hu + 1 - 256 * (hu > 2), "an integer of 8 bits"),
        (lambda hu: hu + 1 + (hu == 3), "1 of 6 values differs. It is too high."),
        (lambda hu: hu + 1 + (hu == 5), "differs, at the end."),
        (lambda hu: hu + 1 + (hu == 3), "right on 1 of 2 cases"),
        (lambda hu: 0 * hu + 7, "Your values are all 7"),
        (lambda hu: hu * hu - 3, "Your answer differs here."),
    ],
)
def test_slips_that_no_exercise_registers(answer, words):
    assert words in said(ROWS, answer)


def test_what_is_right_already_is_said():
    pairs = make((Case("one", 1.0), Case("two", 2.5)))
    pairs.mistakes.clear()
    pairs.solve = lambda hu: (hu, hu + 1)
    words = said(pairs, lambda hu: (hu, hu * 7))
    assert "Of the 2 values the first is right, and the second is not." in words
    masks = make((Case("a row", np.arange(9.0)),))
    masks.mistakes.clear()
    masks.solve = lambda hu: hu > 4
    assert "holds 2 too many, and lacks nothing" in said(masks, lambda hu: hu > 2)
    assert "lacks 1 of 4, and holds nothing" in said(masks, lambda hu: hu > 5)
    assert "holds 5 too many, and lacks 4 others" in said(masks, lambda hu: hu <= 4)
    words = said(NUMBERS, lambda hu: hu + 1 - abs(hu) / 2)
    assert "it is too low, by 0.5 to 15 HU" in words


def solved_by(solve):
    exercise = make((Case("one", 1.0), Case("two", 2.5)))
    exercise.mistakes.clear()
    exercise.solve = solve
    return exercise


@pytest.mark.parametrize(
    ("solve", "answer", "words"),
    [
        (
            lambda hu: "SPL" if hu > 1 else "SAR",
            lambda hu: "SPI" if hu > 1 else "SAI",
            "Of the 3 letters the first and the second are right, and the third is not.",
        ),
        (lambda hu: ("L", hu * 3), lambda hu: ("L", hu**9 - 8), "Of the 2 results the first is"),
        (
            lambda hu: (np.arange(3) + hu, np.arange(3) * hu),
            lambda hu: (np.arange(3) ** 5 * hu, np.arange(3) * hu),
            "Of the 2 results the second is right, and the first is not.",
        ),
    ],
)
def test_which_part_is_right_is_said(solve, answer, words):
    assert words in said(solved_by(solve), answer)


def test_rounding_is_seen():
    halves = make((Case("halves", np.array([0.6, 1.2, -3.4, 2.7])),))
    assert "the right ones rounded" in said(halves, lambda hu: np.round(hu + 1))
    assert "cut off after the point" in said(halves, lambda hu: np.trunc(hu + 1))


def test_pictures_and_volumes_are_told_by_place_and_millimetres():
    grid = ctkit.Volume.from_spacing(np.zeros((3, 4, 5), np.int16), (5, 2, 1), (10, 20, 30))
    exercise = make((Case("a volume", grid),))
    exercise.mistakes.clear()
    exercise.solve = lambda hu: hu.with_array(hu.array + 1)

    def one_voxel(hu):
        array = np.array(hu.array) + 1
        array[1, 2, 3] = 40
        return hu.with_array(array)

    words = said(exercise, one_voxel)
    assert (
        "at slice 1, row 2, column 3, at (13.0, 24.0, 35.0) mm, you give 40, right is 1 HU" in words
    )
    moved = np.array(grid.affine)
    moved[:3, 3] += (3, 0, 4)
    words = said(exercise, lambda hu: ctkit.Volume(hu.array + 1, moved))
    assert "its first voxel lies 5 mm from where it should" in words
    assert "The voxels are right." in words
    assert "An array alone has lost its affine." in said(exercise, lambda hu: hu.array + 1)
    assert "changed places" in said(
        exercise, lambda hu: ctkit.Volume(hu.array.transpose(0, 2, 1) + 1, hu.affine)
    )


def test_an_error_is_explained_at_its_line():
    def more(hu):
        total = hu + 1
        return total / (hu - 1)

    words = said(NUMBERS, more)
    assert "at `return total / (hu - 1)` with a ZeroDivisionError" in words
    assert "which number can be 0" in words
    assert "Traceback" not in words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda hu: hu.shape_of, "no such attribute"),
        (lambda hu: unknown + 1, "not known there"),  # noqa: F821
        (lambda hu: [1, 2][hu + 5], "An index lies outside"),
        (lambda hu: {}["hu"], "no such key"),
        (lambda hu: hu + "one", "don't go together"),
        (lambda hu: int("one"), "not what is expected"),
        (lambda hu: sys.exit(), "It ends Python"),
        (lambda hu: ctkit.apply_window(np.zeros(3), 40, -1), "ctkit says what it needs"),
        (lambda hu: np.array([1, 2]) and hu, "neither true nor false"),
        (lambda hu: input("hu?"), "It asks for something by `input`"),
        (lambda hu: nested(hu, 9), "lists within lists, more than 8 deep"),
        (lambda hu: raising(KeyboardInterrupt), "Your answer was interrupted at"),
        (lambda hu: raising(GeneratorExit), "with a GeneratorExit"),
        (lambda hu: raising(BaseException("hm")), "with a BaseException: hm"),
        (lambda hu: raising(Wordless()), "an error, Wordless, without words"),
        (lambda hu: FailsWhenSeen(), "was interrupted"),
    ],
)
def test_errors_in_plain_words(answer, words):
    assert words in said(NUMBERS, answer)


def nested(value, deep):
    return [nested(value, deep - 1)] if deep else value


def raising(error):
    raise error


class Wordless(Exception):
    def __str__(self):
        raise RuntimeError


class FailsWhenSeen:
    def __array__(self, *args, **keywords):
        raise KeyboardInterrupt


def test_what_ends_python_ends_the_tries():
    tried = []

    def more(hu):
        tried.append(hu)
        sys.exit()

    said(NUMBERS, more)
    assert tried == [1]


def test_an_interruption_of_the_solution_is_no_outcome_of_it():
    with pytest.raises(KeyboardInterrupt):
        try_answer(lambda hu: raising(KeyboardInterrupt), Case("", 1), patience=None)


def test_lists_that_hold_themselves_and_long_ones_are_told():
    endless = []
    endless.append(endless)
    assert "more than 8 deep" in said(NUMBERS, lambda hu: endless)
    assert "more than 8 deep" in said(NUMBERS, lambda hu: {"hu": endless})
    assert "is an array, and the right one is a number" in said(
        NUMBERS, lambda hu: list(range(300_000))
    )
    assert judging.judge(ROWS, lambda hu: [one + 1 for one in hu]).state == "right"


def test_what_an_answer_leaves_behind_is_taken_back(tmp_path, capsys):
    here, limit, ask = os.getcwd(), sys.getrecursionlimit(), builtins.input
    rules = np.geterr()

    def more(hu):
        os.chdir(tmp_path)
        sys.setrecursionlimit(limit + 50)
        np.seterr(all="raise")
        sys.stdout = None
        print("to see", file=sys.stderr)
        return hu + 1

    assert "right" in said(NUMBERS, more)
    assert (os.getcwd(), sys.getrecursionlimit(), builtins.input) == (here, limit, ask)
    assert np.geterr() == rules
    assert capsys.readouterr() == ("", "")


def test_a_thread_that_goes_on_is_noticed():
    over = threading.Event()

    def more(hu):
        threading.Thread(target=over.wait).start()
        return hu + 1

    words = said(NUMBERS, more)
    over.set()
    assert words.startswith("05.9: right.")
    assert "starts a thread" in words


def test_much_that_is_printed_is_not_kept():
    def more(hu):
        for _ in range(5000):
            print("x" * 1000)
        return hu + 1

    outcome = try_answer(more, Case("", 1))
    assert outcome.value == 2
    assert 0 < len(outcome.printed) < 5000


def test_a_call_without_end_is_explained():
    def more(hu):
        return more(hu)

    assert "calls itself without end" in said(NUMBERS, more)


def test_writing_into_a_volume_is_explained():
    grid = ctkit.Volume.from_spacing(np.zeros((2, 3, 4), np.int16), (5, 1, 2))

    def more(hu):
        hu.array[0] = 1

    assert "take a copy of its array" in said(make((Case("a volume", grid),)), more)


def test_printing_and_drawing_are_noticed(capsys):
    import matplotlib.pyplot as plt

    plt.close("all")
    mine = plt.figure()

    def more(hu):
        print("here")
        plt.figure()
        return hu + 1

    words = said(NUMBERS, more)
    assert words.startswith("05.9: right. It matters. It also prints")
    assert "It also draws a figure" in words
    assert plt.get_fignums() == [mine.number]
    assert capsys.readouterr().out == ""
    plt.close(mine)


def test_changing_the_input_is_noticed():
    def more(hu):
        hu += 1
        return hu

    words = said(ROWS, more)
    assert "changes what it was given" in words
    assert "the values are right, and what was given is no longer what it was" in words
    assert "you give" not in words


def test_what_is_refused_by_the_right_answer():
    exercise = make((Case("nothing", np.array([])), Case("a row", np.arange(5.0))))
    exercise.mistakes.clear()

    def solve(hu):
        if not hu.size:
            raise ctkit.UnitError("there is no value")
        return hu + 1

    def by_another(hu):
        if not len(hu):
            raise ctkit.ParameterError("nothing")
        return hu + 1

    exercise.solve = solve
    assert judging.judge(exercise, by_another).state == "right"
    words = said(exercise, lambda hu: hu + 1)
    assert "This case has no answer" in words
    assert "the right answer is an error: there is no value." in words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "None was given"),
        ("ends", "without quotes"),
        (int, "A class was given"),
        ((0, 80), "This is a tuple, perhaps what `ends` gave"),
        (np.zeros(2), "This is an array"),
        (sys, "This is a module"),
        (1j, "This is a number"),
        (lambda *, center, width: 0, "Your function takes (*, center, width), and"),
        (lambda center: center, "Your function takes (center), and is called with (center, width)"),
    ],
)
def test_what_is_no_answer_gets_a_sentence(answer, words):
    verdict = ctkit.check("05.1", answer)
    assert verdict.state == "not yet"
    assert words in repr(verdict)


def test_the_answer_of_another_exercise_is_recognised():
    other = registry.find("05.2").solve
    assert "`window` is the answer of exercise 05.2" in repr(ctkit.check("05.1", other))


@pytest.mark.parametrize(
    ("id", "near"), [("05.99", "05."), ("5.1", "05.1"), ("", r"\d\d.1"), ("hello", r"\d\d.1")]
)
def test_an_unknown_id_names_the_nearest(id, near):
    with pytest.raises(ctkit.CTError, match=near):
        ctkit.check(id, len)


def test_an_id_that_is_no_text():
    with pytest.raises(ctkit.CTError, match="comes first"):
        ctkit.check(len, "05.1")


def test_choices_are_letters_in_any_order():
    exercise = Exercise(
        "05.9", "Pick", "Pick.", "picked = ...", (Case(""),), "Why.", ("a", "b"), ("x", "y", "z")
    )

    @exercise.right("So it is.")
    def picked():
        return "ac"

    @exercise.mistake("Only one.")
    def one():
        return "a"

    assert judging.judge(exercise, "C A").state == "right"
    assert said(exercise, "a") == "05.9: not yet. Only one."
    assert said(exercise, "b") == "05.9: not yet. This is not the answer."
    assert "a letter from a to c" in said(exercise, "x")
    assert "a letter from a to c" in said(exercise, 3)
    assert "- **b)** y" in exercise.task()
    assert exercise.code() == "picked = 'ac'\n"


# ---- an end


def forever():
    while True:
        pass


def forever_in_a_list():
    return [number for number in iter(int, 1)]


def forever_in_a_generator():
    return sum(1 for _ in iter(int, 1))


def forever_and_deaf():
    while True:
        try:  # noqa: SIM105
            len("a")
        except:  # noqa: E722
            pass


def forever_within_a_deaf_loop():
    while True:
        try:  # noqa: SIM105
            forever()
        except:  # noqa: E722
            pass


def forever_within_deaf_loops():
    while True:
        try:
            while True:
                with contextlib.suppress(BaseException):
                    forever_within_a_deaf_loop()
        except BaseException:
            continue


def deaf_and_anew():
    with contextlib.suppress(BaseException):
        forever()
    return deaf_and_anew()


def deaf():
    try:
        forever()
    except BaseException:
        return 3


@pytest.mark.parametrize(
    "endless",
    [
        forever,
        forever_in_a_list,
        forever_in_a_generator,
        forever_and_deaf,
        forever_within_a_deaf_loop,
        forever_within_deaf_loops,
        deaf_and_anew,
        deaf,
    ],
)
def test_what_does_not_end_is_stopped(endless):
    threads = threading.active_count()
    for _ in range(2):
        with pytest.raises(EndlessError):
            run_within(0.05, endless)
    assert run_within(1, lambda: 5) == 5
    assert threading.active_count() <= threads + 2


def test_the_sentence_for_what_does_not_end(monkeypatch):
    monkeypatch.setattr(judging, "try_answer", lambda *args: try_answer(args[0], args[1], 0.05))
    words = said(NUMBERS, lambda hu: forever())
    assert "did not end, and was stopped" in words
    assert "When does its loop stop?" in words


def test_a_debugger_keeps_its_trace_function():
    seen = []

    def trace(frame, event, argument):
        seen.append(frame.f_code.co_name)
        return trace

    def more(hu):
        return hu + 1

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        judging.judge(NUMBERS, more)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert "more" in seen


def test_the_trace_function_is_there_after_an_end():
    before = sys.gettrace()

    def trace(frame, event, argument):
        return None

    sys.settrace(trace)
    try:
        with pytest.raises(EndlessError):
            run_within(0.05, forever)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


# ---- hint and solution


def test_hints_come_one_by_one(monkeypatch):
    from ctkit.exercises import checking

    monkeypatch.setattr(checking, "_GIVEN", {})
    first, second, third, all_of_them = (repr(ctkit.hint("05.1")) for _ in range(4))
    assert first.startswith("05.1, hint 1 of 3: ")
    assert second.startswith("05.1, hint 2 of 3: ")
    assert third.startswith("05.1, hint 3 of 3: ")
    assert all_of_them.startswith("05.1, all hints: ")
    assert "<code>" in ctkit.hint("05.1")._repr_html_()


def test_the_solution_is_code_that_is_right():
    space = {"np": np}
    exec(repr(ctkit.solution("05.4")), space)
    assert ctkit.check("05.4", space["to_bytes"]).state == "right"
    assert "<pre>def to_bytes" in ctkit.solution("05.4")._repr_html_()


def test_words_are_no_markup():
    def more(hu):
        raise ValueError("<script>alert(1)</script>")

    html = judging.judge(NUMBERS, more)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_errors_of_the_answer_never_come_out():
    class Strange:
        def __eq__(self, other):
            raise RuntimeError

        def __array__(self, *args, **keywords):
            raise RuntimeError

    assert "not yet" in said(NUMBERS, lambda hu: Strange())
