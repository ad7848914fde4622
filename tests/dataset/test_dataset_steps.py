"""Steps: what they print, do, carry along, and when two of them are the same."""

import functools
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import _scans
import nibabel as nib
import numpy as np
import pytest

import ctkit
from ctkit.dataset import steps
from ctkit.dataset.state import State, follow, pack, unpack

ROOT = str(Path(ctkit.__file__).parents[1])


def through(volume, *chosen):
    state = State(volume)
    for number, step in enumerate(chosen, start=1):
        state = steps.run(step, state, number)
    return state


def halved(volume, by=2):
    return ctkit.resample(volume, shape=tuple(n // by for n in volume.shape))


def test_a_list_of_steps_prints_as_it_was_written():
    chosen = [
        steps.keep_head(),
        steps.resample(1.0),
        steps.resample((2, 1, 1), kernel="linear"),
        steps.center((160, 192, np.int64(160))),
        steps.window("brain"),
        steps.window(40, 400),
        steps.apply(halved, by=3),
    ]
    assert repr(chosen) == (
        "[keep_head(), resample(1.0), resample((2, 1, 1), kernel='linear'), "
        "center((160, 192, 160)), window('brain'), window(40, 400), apply(halved, by=3)]"
    )


def test_steps_do_what_the_functions_do():
    volume, _ = _scans.head(3)
    mask = ctkit.head_mask(volume)
    cubes = ctkit.resample(ctkit.keep_head(volume, mask), 6.0)
    region = ctkit.resample(mask, like=cubes, kernel="nearest")
    framed = ctkit.center(cubes, region, (32, 40, 34))
    state = through(
        volume,
        steps.keep_head(),
        steps.resample(6.0),
        steps.center((32, 40, 34)),
        steps.window(40, 400),
    )
    assert np.array_equal(state.volume.array, ctkit.to_array(framed, (40, 400))[0])
    assert np.allclose(state.volume.affine, framed.affine)


def test_without_a_region_the_middle_of_the_scan_is_the_middle_of_the_frame():
    volume, _ = _scans.head(0)
    framed = through(volume, steps.center((20, 30, 51))).volume
    here, there = (v.to_world((np.array(v.shape) - 1) / 2) for v in (volume, framed))
    assert np.all(np.abs(here - there) <= np.array(volume.spacing)[::-1] / 2 + 1e-6)


@pytest.mark.parametrize("tilt", [0, 12])
def test_a_mask_follows_by_millimetres_to_the_last_grid(tilt):
    volume, ball = _scans.head(1, tilt_deg=tilt)
    state = through(
        volume, steps.regularize(), steps.reorient("LAS"), steps.keep_head(), steps.resample(4.0)
    )
    moved = follow(ball, state.volume)
    # The truth: which of the new centres lie in the ball.
    points = state.volume.to_world(np.stack(np.indices(state.volume.shape), -1)) - (3, -7, 11)
    truth = np.linalg.norm(points - (20, 10, 1), axis=-1) < 32
    both = (moved.array & truth).sum()
    assert 2 * both / (moved.array.sum() + truth.sum()) > 0.88  # slices were 12 mm apart


def test_a_step_of_ones_own_may_change_the_grid_and_gets_its_errors_told():
    volume, _ = _scans.head(1)
    state = through(volume, steps.keep_head(), steps.apply(halved))
    assert state.volume.shape == state.region.shape == (7, 20, 18)
    assert through(volume, steps.apply(lambda v: v.array + 1)).volume.array[0, 0, 0] == (
        volume.array[0, 0, 0] + 1
    )
    with pytest.raises(steps.StepError, match=r"^step 1, apply\(broken\): it raised KeyError: 'x'"):
        through(volume, steps.apply(broken))
    with pytest.raises(steps.StepError, match="it gave NoneType, where a step gives a Volume"):
        through(volume, steps.apply(forgets))
    with pytest.raises(ctkit.GeometryError, match="put keep_head"):
        through(volume, steps.crop())


def broken(volume):
    return {}["x"]


def forgets(volume):
    volume.array.mean()


def test_parameters_are_checked_where_they_are_written():
    with pytest.raises(ctkit.ParameterError):
        steps.center((10, 10))
    with pytest.raises(ctkit.ParameterError):
        steps.window("brian")
    with pytest.raises(ctkit.ParameterError):
        steps.apply("resample")
    with pytest.raises(ctkit.ParameterError, match=r"steps is a list such as \[steps"):
        steps.as_steps(3)


def scaled(by):
    def times(volume):
        return volume.with_array(volume.array * by)

    return times


class Slots:
    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number

    def __call__(self, volume):
        return volume.with_array(volume.array + self.number)


class Itself:
    def __init__(self):
        self.me = self

    def __call__(self, volume):
        return volume


LEVEL = 1


def helper(volume):
    return volume.with_array(volume.array + LEVEL)


def above(volume, **names):
    return helper(volume)


def calls_itself(volume):
    return calls_itself(volume)


class Adds:
    def __init__(self, number):
        self.number = number

    def __call__(self, volume):
        return volume.with_array(volume.array + self.number)


def test_two_steps_are_the_same_where_they_do_the_same():
    def key(function, **more):
        return steps.apply(function, **more).key()

    assert key(scaled(2)) == key(scaled(2)) != key(scaled(3))
    assert key(Adds(1)) == key(Adds(1)) != key(Adds(2))
    assert key(functools.partial(halved, by=2)) != key(functools.partial(halved, by=3))
    assert key(halved) != key(halved, by=3)
    assert key(scaled(np.zeros(3))) == key(scaled(np.zeros(3))) != key(scaled(np.ones(3)))
    first, second = (lambda v: v), (lambda v: v.canonical())
    assert key(first) != key(second)


def test_what_a_step_uses_is_part_of_its_key(monkeypatch):
    def key(function, **more):
        return steps.apply(function, **more).key()

    def closed_over_itself(volume):
        return closed_over_itself(volume)

    assert key(Slots(1)) == key(Slots(1)) != key(Slots(2))
    assert key(Itself()) == key(Itself())
    assert key(closed_over_itself) != key(calls_itself)
    # Code of no file, within which other code differs.
    made = []
    for number in (1, 2):
        names = {}
        exec(f"def f(volume):\n    return (lambda x: x + {number})(volume.array)", names)
        made.append(names["f"])
    assert key(made[0]) != key(made[1])
    assert key(above, by={"f": scaled(2)}) != key(above, by={"f": scaled(3)})
    before = key(above)
    monkeypatch.setitem(globals(), "LEVEL", 2)  # of a function that it calls
    assert key(above) != before


def test_parameters_that_hold_addresses_and_sets_tell_the_same_everywhere(tmp_path):
    (tmp_path / "own.py").write_text(
        "from ctkit.dataset import steps\n"
        "class Plain: pass\n"
        "def f(volume, **more): return volume if volume in {'a', 'b', 'c'} else volume\n"
        "print(steps.apply(f, model=Plain(), names={'a', 'b', 'c'}).key())"
    )
    said = [
        subprocess.run(
            [sys.executable, "own.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": ROOT},
        ).stdout
        for seed in "12"
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "text",
    [
        *("denoise('medain')", "denoise('median', size=3)", "keep_head(opening_mm=-1)"),
        *("keep_head(foo=1)", "crop(-1)", "crop('a')", "resample((1, 1))", "reorient('LLL')"),
        *("regularize('bogus')", f"resample({'-' * 5000}1)"),
    ],
)
def test_a_wrong_parameter_is_told_before_any_scan_is_read(text):
    with pytest.raises((ctkit.ParameterError, ctkit.GeometryError)):
        steps.parse(text)


def test_a_list_that_no_scan_can_pass_is_refused():
    with pytest.raises(ctkit.ParameterError, match=r"step 1, crop, has no region: put keep_head"):
        steps.as_steps([steps.crop(), steps.keep_head()])
    with pytest.raises(ctkit.ParameterError, match=r"write steps\.resample\(\.\.\.\)"):
        steps.as_steps([steps.resample])


def test_a_step_that_gives_no_numbers_is_an_error_of_the_step():
    volume, _ = _scans.head(1)
    with pytest.raises(steps.StepError, match="20,160 voxels that are no number, or infinite"):
        through(volume, steps.apply(lambda v: v.array * np.float32("nan")))


def test_a_step_that_calls_exit_is_an_error_of_the_step():
    volume, _ = _scans.head(1)
    with pytest.raises(steps.StepError, match="it raised SystemExit: 3"):
        through(volume, steps.apply(lambda v: sys.exit(3)))


def test_a_step_has_the_same_key_in_another_process(tmp_path):
    (tmp_path / "own.py").write_text("def twice(volume):\n    return volume\n")
    code = (
        "import own\nfrom ctkit.dataset import steps\n"
        "print(steps.apply(own.twice).key(), steps.keep_head().key())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(said) == 1


def test_steps_and_states_travel():
    chosen = [steps.keep_head(), steps.resample(4.0), steps.window("brain")]
    again = pickle.loads(pickle.dumps(chosen))
    assert [step.key() for step in again] == [step.key() for step in chosen]
    state = through(_scans.head(4, tilt_deg=12)[0], steps.keep_head())
    with tempfile.TemporaryFile() as file:
        pack(state, file)
        file.seek(0)
        back = unpack(file)
    assert np.array_equal(back.volume.array, state.volume.array)
    assert np.array_equal(back.region.array, state.region.array)
    assert back.volume.report == state.volume.report
    assert np.array_equal(back.volume.affine, state.volume.affine)
    organs = state.volume.with_array(state.region.array * np.int16(2), labels={2: "head"})
    with tempfile.TemporaryFile() as file:
        pack(State(organs), file)
        file.seek(0)
        assert dict(unpack(file).volume.labels) == {2: "head"}


def test_a_mask_beyond_the_prepared_part_is_empty():
    volume, ball = _scans.head(0)
    far = ctkit.Volume(np.zeros((3, 4, 5), np.int16), np.diag([1, 1, 1, 1.0]) + _shift(900))
    assert not follow(ball, far).array.any()
    assert nib.affines.voxel_sizes(volume.affine)[0] == pytest.approx(12)


def _shift(mm):
    moved = np.zeros((4, 4))
    moved[:3, 3] = mm
    return moved
