"""The slices played: each is seen, at the pace that is asked for, within the range."""

import itertools

import numpy as np
import pytest
from _static import until

import ctkit

pytestmark = pytest.mark.browser
SHAPE = (40, 30, 50)
# Notes each slice that is painted, by a number that the slice itself holds, and when.
WATCH = """() => {
    const canvas = document.querySelector(".ctkit-image");
    window.seen = [];
    const look = () => {
        const grey = canvas.getContext("2d").getImageData(7, 9, 1, 1).data[0];
        const last = window.seen.at(-1);
        if (!last || last[0] !== grey) window.seen.push([grey, performance.now()]);
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture(scope="module")
def volume():
    """Each slice holds its own number."""
    values = np.broadcast_to(np.arange(40, dtype=np.int16)[:, None, None], SHAPE).copy()
    return ctkit.Volume.from_spacing(values, (4.0, 1.5, 0.8))


def played(view, shown, count, *keys):
    """The page of a view, and so many slices that were painted one after another, with times."""
    page = shown(view, 800, 700)
    page.locator(".ctkit-image").focus()
    for key in keys:
        page.keyboard.press(key)
    page.evaluate(WATCH)
    page.keyboard.press("c")
    until(page, f"window.seen.length > {count}", 20)
    page.keyboard.press("c")
    greys, times = np.transpose(page.evaluate("window.seen"))
    return page, np.rint(greys).astype(int), times


def numbered(volume, **traits):
    # Greys that are the numbers of the slices.
    view = ctkit.explore(volume, window=(127.5, 255), function="LINEAR_EXACT", slice=0)
    for name, value in traits.items():
        setattr(view, name, value)
    return view


@pytest.mark.parametrize("speed", [10, 30])
def test_the_slices_keep_the_pace(volume, shown, speed):
    _, greys, times = played(numbered(volume, speed=speed), shown, speed * 2)
    greys, times = greys[1:], times[1:]
    steps = np.diff(greys) % 40
    # Where the machine was busy a slice was left out, and the pace kept.
    assert np.mean(steps == 1) > 0.7
    assert steps.max() < speed
    assert steps.sum() / (times[-1] - times[0]) * 1000 == pytest.approx(speed, rel=0.1)


def test_there_and_back_within_the_range(volume, shown):
    view = numbered(volume, speed=40, range=(7, 11), playback="sweeping")
    _, greys, times = played(view, shown, 20)
    assert greys[0] == 0
    assert set(greys[1:]) == set(range(7, 12))
    # It turns at the ends alone, but for an end that fell into a pause of the machine.
    turned = np.flatnonzero(np.diff(np.sign(np.diff(greys[1:])))) + 2
    assert np.abs(np.diff(greys[1:])).max() <= 4
    at_once = np.diff(times)[turned] < 1.5 * 1000 / 40
    assert set(greys[turned[at_once]]) <= {7, 11}


def test_keys_and_boxes_set_speed_and_range(volume, shown):
    view = numbered(volume, slice=12)
    page = shown(view, 800, 900)
    page.locator(".ctkit-image").focus()
    row = page.get_by_role("group", name="Play")
    assert row.is_hidden()
    page.keyboard.press("{")
    for _ in range(3):
        page.keyboard.press("PageDown")
    page.keyboard.press("}")
    assert row.is_visible()
    first, last = (page.get_by_label(name, exact=True) for name in ("From", "To"))
    assert (first.input_value(), last.input_value()) == ("12", "27")
    last.fill("900")
    last.press("Enter")
    assert last.input_value() == "39"
    page.locator(".ctkit-image").focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    # Where it begins already: all are played again.
    page.keyboard.press("{")
    assert first.input_value() == "0"
    speed = page.get_by_label("Speed", exact=True)
    assert speed.input_value() == "10"
    page.keyboard.press(">")
    assert speed.input_value() == "15"
    for _ in range(9):
        page.keyboard.press("<")
    assert speed.input_value() == "1"
    assert speed.get_attribute("aria-valuetext") == "1 slices a second"
    page.get_by_label("There and back").check()
    page.get_by_role("button", name="Play").click()
    until(page, "document.querySelector('.ctkit-tl').textContent.startsWith('axial  13')")


@pytest.mark.parametrize("playback", ["looping", "sweeping"])
def test_the_next_slice(pure, playback):
    first, last = 3, 7
    there = list(range(first, last + 1))
    around = there if playback == "looping" else there + there[-2:0:-1]
    endless = list(itertools.islice(itertools.cycle(around), 40))
    for steps in (1, 2, 3):
        slice_, forward, found = first, True, []
        for _ in range(10):
            after = pure("sliceAfter", slice_, steps, [first, last], playback, forward)
            slice_, forward = after["slice"], after["forward"]
            found.append(slice_)
        assert found == endless[steps::steps][:10]
    for outside in (0, 9):
        after = pure("sliceAfter", outside, 1, [first, last], playback, True)
        assert after == {"slice": first, "forward": True}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(None, [0, 9]), ([2, 5], [2, 5]), ([2, 50], [2, 9]), ([20, 50], [0, 9])],
)
def test_a_range_is_of_slices_that_there_are(pure, wanted, expected):
    assert pure("endsOf", {"range": wanted, "max_slice": 9}) == expected
