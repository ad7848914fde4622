"""Zoom and pan by a hand: what lies where is known in mm, and found on the page."""

import io

import numpy as np
import pytest
from _static import until
from PIL import Image

import ctkit

pytestmark = pytest.mark.browser
SHAPE, SPACING = (9, 40, 50), (4.0, 1.5, 0.8)
# Voxels that shine in an empty volume: three of one slice, which no symmetry brings together.
SEEN = [(4, 9, 31), (4, 22, 12), (4, 33, 40)]


@pytest.fixture(scope="module")
def volume():
    values = np.zeros(SHAPE, np.int16)
    values[tuple(np.transpose(SEEN))] = 1000
    return ctkit.Volume.from_spacing(values, SPACING, origin=(-11.0, 7.0, 30.0))


def explored(volume, **keywords):
    options = {"window": (500, 1000), "interpolation": "nearest", "slice": 4}
    return ctkit.explore(volume, **options | keywords)


def stage_of(page, nth=0):
    return page.locator(".ctkit-stage:not([hidden])").nth(nth)


def looked_at(page, nth=0):
    """The greys of a stage on screen, without what stands over it, and its box."""
    stage = stage_of(page, nth)
    box = stage.bounding_box()
    page.mouse.move(1, 1)
    hidden = """.ctkit-text, .ctkit-marks { opacity: 0 } body { background: #000 !important }
        .ctkit-stage { border-radius: 0 !important; box-shadow: none !important }"""
    hide = page.add_style_tag(content=hidden)
    shot = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("L")).astype(int)
    hide.evaluate("style => style.remove()")
    return shot, box


def spots(shot):
    """Of each bright rectangle of a picture its box: left, top, right, bottom."""
    from scipy.ndimage import find_objects, label

    found = find_objects(label(shot > 128)[0])
    return sorted((x.start, y.start, x.stop, y.stop) for y, x in found)


def expected_spots(box, zoom=1.0, pan=(0, 0), shift=(0.0, 0.0)):
    """Where the voxels lie on an axial stage by their millimetres, with no help of ctkit."""
    wide, high = box["width"], box["height"]
    field = SHAPE[2] * SPACING[2], SHAPE[1] * SPACING[1]
    scale = zoom * min(wide / field[0], high / field[1])
    boxes = []
    for _, row, column in SEEN:
        left = (column * SPACING[2] - field[0] / 2 - pan[0]) * scale + wide / 2 + shift[0]
        top = (row * SPACING[1] - field[1] / 2 - pan[1]) * scale + high / 2 + shift[1]
        boxes.append((left, top, left + SPACING[2] * scale, top + SPACING[1] * scale))
    seen = [b for b in boxes if b[2] > 0 and b[3] > 0 and b[0] < wide and b[1] < high]
    return sorted((max(b[0], 0), max(b[1], 0), min(b[2], wide), min(b[3], high)) for b in seen)


def assert_spots(page, *where, **how):
    shot, box = looked_at(page)
    found, expected = spots(shot), expected_spots(box, *where, **how)
    assert len(found) == len(expected) > 0, (found, expected)
    assert np.array(found) == pytest.approx(np.array(expected), abs=1.01)


def probed(page):
    return page.locator(".ctkit-index").inner_text()


def bar(page, nth=0):
    """The scale bar: its length in mm as it is written, and in pixels."""
    words = stage_of(page, nth).locator(".ctkit-br").inner_text()
    path = stage_of(page, nth).locator(".ctkit-line-bar")
    return float(words.removesuffix(" mm")), path.evaluate("path => path.getBBox().width")


def at(page, x, y, nth=0):
    """A place of a stage by parts of it."""
    box = stage_of(page, nth).bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def dragged(page, start, end, button="left"):
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(*[(a + b) / 2 for a, b in zip(start, end, strict=True)])
    page.mouse.move(*end)
    page.mouse.up(button=button)


# ------------------------------------------------------------------------------ the truth


@pytest.mark.parametrize(
    ("zoom", "pan"), [(1, (0, 0, 0)), (2, (5, -2, 9)), (0.5, (3, 8, 0)), (8, (-8.2, 2.4, 0))]
)
@pytest.mark.parametrize("width", [390, 1000])
def test_a_known_voxel_lies_at_its_pixel(volume, shown, zoom, pan, width):
    page = shown(explored(volume, zoom=zoom, pan=pan), width, 700)
    assert_spots(page, zoom, pan)


def test_the_still_and_the_saved_picture_are_those_of_the_screen(volume, shown):
    view = explored(volume, zoom=4, pan=(6.5, -9, 0))
    page = shown(view, 1000, 900)
    still = np.asarray(view.picture(700).convert("L"))
    assert np.array(expected_spots({"width": 700, "height": 700}, 4, (6.5, -9))).shape == (1, 4)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the picture").click()
    saved = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L"))
    for picture in (still, saved):
        box = {"width": picture.shape[1], "height": picture.shape[0]}
        [(left, top, right, bottom)] = expected_spots(box, 4, (6.5, -9))
        bright = picture[int(top) + 3 : int(bottom) - 3, int(left) + 3 : int(right) - 3] > 200
        assert bright.mean() > 0.97  # but for what stands over it
        around = np.array(picture > 200)
        around[int(top) - 3 : int(bottom) + 3, int(left) - 3 : int(right) + 3] = False
        assert around.mean() < 0.02


def test_the_scale_bar_is_as_long_as_it_says(volume, shown):
    page = shown(explored(volume))
    lengths = set()
    for zoom in (1, 2.5, 6, 20):
        page.get_by_role("button", name="Fit the picture").click()
        view = explored(volume, zoom=zoom, pan=(0, 0, 0))
        page = shown(view)
        millimetres, pixels = bar(page)
        box = stage_of(page).bounding_box()
        field = SHAPE[1] * SPACING[1] / zoom
        assert pixels / millimetres == pytest.approx(box["height"] / field, rel=1e-3)
        assert 0.05 < pixels / box["width"] <= 0.25
        lengths.add(millimetres)
    assert len(lengths) == 4


# --------------------------------------------------------------------------------- a hand


def wheel(page, notches):
    page.keyboard.down("Control")
    for _ in range(abs(notches)):
        page.mouse.wheel(0, 120 if notches < 0 else -120)
    page.keyboard.up("Control")


ZOOMED = {
    "ctrl and wheel": lambda page, place: wheel(page, 7),
    "keys": lambda page, place: [page.keyboard.press("+") for _ in range(6)],
    "right drag": lambda page, place: dragged(
        page, place, (place[0] + 20, place[1] + 190), button="right"
    ),
}


@pytest.mark.parametrize("way", ZOOMED)
def test_zoom_keeps_the_voxel_under_the_pointer(volume, shown, way):
    page = shown(explored(volume))
    page.locator(".ctkit-image").focus()
    for voxel in SEEN:
        page.keyboard.press("f")
        zoom_on(page, voxel, ZOOMED[way])


def zoom_on(page, voxel, zoom):
    """Zoom a little off the middle of a voxel, and look where it is then."""
    _, box = looked_at(page)
    scale = box["height"] / (SHAPE[1] * SPACING[1])
    steps = np.array([SPACING[2], SPACING[1]]) * scale
    away = (np.array(voxel[:0:-1]) - (np.array(SHAPE[:0:-1]) - 1) / 2) * steps
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]) + away
    # Off the middle of the voxel; a wheel knows whole pixels only.
    place = tuple(np.rint(middle + 0.3 * steps).tolist())
    off = place - middle
    page.mouse.move(*place)
    assert probed(page) == f"[{', '.join(map(str, voxel))}]"
    before = bar(page)
    zoom(page, place)
    until(page, f"document.querySelector('.ctkit-br').textContent !== '{before[0]:g} mm'")
    page.mouse.move(*place)
    assert probed(page) == f"[{', '.join(map(str, voxel))}]"
    after = bar(page)
    factor = (after[1] / after[0]) / (before[1] / before[0])
    assert factor > 2
    # The middle of the voxel went away from the pointer as much as all went.
    shot, _ = looked_at(page)
    left, top, right, bottom = min(
        spots(shot), key=lambda b: abs(b[0] + box["x"] - place[0]) + abs(b[1] + box["y"] - place[1])
    )
    assert (right - left, bottom - top) == pytest.approx(tuple(steps * factor), abs=1.01)
    found = np.array([left + right, top + bottom]) / 2 + [box["x"], box["y"]]
    assert found == pytest.approx(place - off * factor, abs=1)


# --------------------------------------------------------------------- what stands over it


def test_what_stands_over_the_picture_follows(volume, shown):
    mask = volume.with_array(volume.array > 500)
    view = explored(volume, mask=mask, opacity=1.0, cursor=SEEN[2], zoom=5, pan=(9.5, 16, 0))
    page = shown(view)
    # The cross is around the middle of its voxel, and the mask covers it.
    shot, box = looked_at(page)
    [(left, top, right, bottom)] = expected_spots(box, 5, (9.5, 16))
    cross = page.locator(".ctkit-line-cross").bounding_box()
    middle = cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2
    expected = box["x"] + (left + right) / 2, box["y"] + (top + bottom) / 2
    assert middle == pytest.approx(expected, abs=1)
    stage = np.asarray(Image.open(io.BytesIO(stage_of(page).screenshot())).convert("RGB"))
    row, column = round(top) + 4, round(left) + 4
    assert tuple(stage[row, column]) == (255, 140, 0)
    # A ruler between the middles of two voxels by hand, at another zoom.
    page.locator(".ctkit-image").focus()
    page.keyboard.press("f")
    page.mouse.move(*at(page, 0.5, 0.5))
    page.keyboard.press("+")
    shot, box = looked_at(page)
    first, second = (
        (box["x"] + (b[0] + b[2]) / 2, box["y"] + (b[1] + b[3]) / 2) for b in spots(shot)[:2]
    )
    page.keyboard.press("l")
    dragged(page, first, second)
    page.keyboard.press("f")
    page.keyboard.press("-")
    length = np.hypot((31 - 12) * SPACING[2], (22 - 9) * SPACING[1])
    words = page.locator(".ctkit-measure").inner_text()
    assert float(words.split()[1]) == pytest.approx(length, abs=0.15)
    shot, box = looked_at(page)
    ends = np.array([((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in spots(shot)[:2]])
    path = page.locator(".ctkit-line-ruler").get_attribute("d")
    drawn = [[float(n) for n in point.split()] for point in path.removeprefix("M").split("L")]
    assert np.array(sorted(drawn)) == pytest.approx(ends, abs=1)


def test_a_click_finds_the_voxel_under_zoom(volume, shown):
    page = shown(explored(volume, zoom=6, pan=(7, -13, 0)))
    shot, box = looked_at(page)
    [(left, top, right, bottom)] = spots(shot)
    for x, y in ((left + 2, top + 2), (right - 3, bottom - 3)):
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.mouse.move(1, 1)
        assert probed(page) == "[4, 9, 31]"
    page.mouse.click(box["x"] + right + 3, box["y"] + top + 2)
    page.mouse.move(1, 1)
    assert probed(page) == "[4, 9, 32]"


def test_three_planes_are_zoomed_about_one_place(volume, shown):
    page = shown(ctkit.planes(volume, window=(500, 1000), cursor=SEEN[0]), 1400, 700)
    page.locator(".ctkit-image").first.focus()
    before = [bar(page, nth) for nth in range(3)]
    crosses = [cross_of(page, nth) for nth in range(3)]
    place = at(page, 0, 0)
    place = place[0] + crosses[0][0], place[1] + crosses[0][1]
    page.mouse.move(*place)
    wheel(page, 6)
    until(page, f"document.querySelector('.ctkit-br').textContent !== '{before[0][0]:g} mm'")
    factors = [
        (now[1] / now[0]) / (was[1] / was[0])
        for now, was in zip((bar(page, nth) for nth in range(3)), before, strict=True)
    ]
    assert factors == pytest.approx([1.2**6] * 3, rel=2e-3)
    # At the cursor: it stays where it is in each of them.
    for nth, cross in enumerate(crosses):
        assert cross_of(page, nth) == pytest.approx(cross, abs=1)


def cross_of(page, nth):
    """Where the lines of the cursor meet on a stage."""
    path = stage_of(page, nth).locator(".ctkit-line-cross").get_attribute("d")
    points = [[float(n) for n in point.split()] for point in path.replace("M", "L").split("L")[1:]]
    across = [y for x, y in points if any(y == other[1] and x != other[0] for other in points)]
    down = [x for x, y in points if any(x == other[0] and y != other[1] for other in points)]
    return max(set(down), key=down.count), max(set(across), key=across.count)


def test_two_volumes_are_zoomed_together(volume, shown):
    page = shown(ctkit.compare(volume, volume, window=(500, 1000), interpolation="nearest"))
    page.mouse.move(*at(page, 0.3, 0.4, 1))
    wheel(page, 5)
    until(
        page, "document.querySelector('.ctkit-image').getAttribute('aria-label').includes('zoom')"
    )
    first, second = (spots(looked_at(page, nth)[0]) for nth in range(2))
    assert len(first) > 0
    assert np.array(first) == pytest.approx(np.array(second), abs=1.01)


def test_a_curtain_hangs_over_a_zoomed_picture(volume, shown):
    empty = volume.with_array(np.zeros(SHAPE, np.int16))
    page = shown(ctkit.compare(volume, empty, blend="curtain", window=(500, 1000), zoom=1.5))
    shot, box = looked_at(page)
    # Of the three voxels one lies left of the curtain.
    expected = [spot for spot in expected_spots(box, 1.5) if spot[0] < box["width"] / 2]
    assert len(expected) == 1
    assert np.array(spots(shot)) == pytest.approx(np.array(expected), abs=6)  # smooth
    start = at(page, 0.5, 0.2)
    dragged(page, start, at(page, 0.99, 0.2))
    shot, _ = looked_at(page)
    assert len(spots(shot)) == 3


# ------------------------------------------------------------------------- drags and keys


PANS = {
    "middle drag": lambda page, start, end: dragged(page, start, end, "middle"),
    "space and drag": lambda page, start, end: [
        page.keyboard.down("Space"),
        dragged(page, start, end),
        page.keyboard.up("Space"),
    ],
}


@pytest.mark.parametrize("way", PANS)
def test_a_pan_takes_the_picture_along(volume, shown, way):
    page = shown(explored(volume, window=(500, 1000), zoom=2, pan=(0, 0, 0)))
    page.locator(".ctkit-image").focus()
    words = page.locator(".ctkit-bl").inner_text()
    before, _ = looked_at(page)
    start = at(page, 0.5, 0.5)
    PANS[way](page, start, (start[0] + 33, start[1] - 48))
    after, _ = looked_at(page)
    moved = np.array(spots(before)) + np.array([33, -48, 33, -48])
    assert np.array(spots(after)) == pytest.approx(moved, abs=1.01)
    # Neither the window nor the cursor.
    assert page.locator(".ctkit-bl").inner_text() == words
    assert page.locator(".ctkit-line-cross").count() == 0


def test_the_space_bar_alone_resets_the_window(volume, shown):
    page = shown(explored(volume))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("5")
    assert "brain" in page.locator(".ctkit-bl").inner_text()
    page.keyboard.down("Space")
    assert "brain" in page.locator(".ctkit-bl").inner_text()
    page.keyboard.up("Space")
    assert "C 500  W 1000" in page.locator(".ctkit-bl").inner_text()


@pytest.mark.parametrize("modifier", ["Alt", "Control"])
def test_keys_pan_and_fit(volume, shown, modifier):
    page = shown(explored(volume))
    fits, box = looked_at(page)
    page.locator(".ctkit-image").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(f"{modifier}+{key}")
    moved, _ = looked_at(page)
    step = 0.1 * min(box["width"], box["height"])
    expected = np.array(spots(fits)) - np.array([step, 2 * step] * 2)
    assert np.array(spots(moved)) == pytest.approx(expected, abs=1.01)
    assert page.locator(".ctkit-tl").inner_text().startswith("axial  4 / 8")
    page.keyboard.press("f")
    assert np.array_equal(looked_at(page)[0], fits)


def test_a_picture_is_never_lost(volume, shown):
    page = shown(explored(volume))
    page.locator(".ctkit-image").focus()
    for _ in range(40):
        page.keyboard.press("Control+ArrowRight")
        page.keyboard.press("Control+ArrowDown")
    _, box = looked_at(page)
    # The lower right corner of the picture has come to the middle of the stage, and no further.
    page.mouse.move(box["x"] + box["width"] / 2 - 2, box["y"] + box["height"] / 2 - 2)
    assert probed(page) == "[4, 39, 49]"
    page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2 + 2)
    assert probed(page) == ""


def test_pixels_are_smooth_or_sharp(volume, shown):
    page = shown(explored(volume, zoom=4, pan=(6.5, -9, 0), interpolation="linear"))
    page.locator(".ctkit-image").focus()

    def between():
        shot, _ = looked_at(page)
        return np.mean((shot > 20) & (shot < 235))

    smooth, button = between(), page.get_by_role("button", name="Sharp pixels")
    page.keyboard.press("n")
    assert button.get_attribute("aria-pressed") == "true"
    assert between() < smooth / 20
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert between() == smooth


def test_a_double_click_shows_one_plane_alone_and_all_again(volume, shown):
    page = shown(ctkit.planes(volume), 1400, 700)
    seen = "[...document.querySelectorAll('.ctkit-stage')].map((one) => !one.hidden)"
    page.mouse.dblclick(*at(page, 0.5, 0.6, 1))
    assert page.evaluate(seen) == [False, True, False]
    until(page, "document.querySelectorAll('.ctkit-stage')[1].clientWidth > 900")
    assert page.locator(".ctkit-tl").nth(1).inner_text().startswith("coronal")
    # The pixels fill the larger stage.
    box = stage_of(page).bounding_box()
    picture = page.locator(".ctkit-image").nth(1).bounding_box()
    wide, high = SHAPE[2] * SPACING[2], SHAPE[0] * SPACING[0]
    scale = min(box["width"] / wide, box["height"] / high)
    assert picture["height"] == pytest.approx(high * scale, abs=1)
    page.mouse.dblclick(*at(page, 0.5, 0.6))
    assert page.evaluate(seen) == [True, True, True]
    page.keyboard.press("z")
    assert page.evaluate(seen) == [False, True, False]
    page.keyboard.press("z")
    assert page.evaluate(seen) == [True, True, True]
    # Two clicks far apart are two clicks.
    page.mouse.click(*at(page, 0.4, 0.5))
    page.mouse.click(*at(page, 0.6, 0.5))
    assert page.evaluate(seen) == [True, True, True]


def test_a_drag_of_the_right_button_opens_no_menu(volume, shown):
    page = shown(explored(volume))
    page.evaluate(
        """() => { window.menus = [];
            document.addEventListener("contextmenu", (event) => {
                window.menus.push(event.defaultPrevented); }); }"""
    )
    start = at(page, 0.5, 0.5)
    dragged(page, start, (start[0], start[1] + 90), "right")
    assert page.evaluate("window.menus") == []
    page.mouse.click(*start, button="right")
    until(page, "window.menus.length > 0")
    assert page.evaluate("window.menus") == [False]


def test_escape_gives_up_a_zoom(volume, shown):
    page = shown(explored(volume))
    before, _ = looked_at(page)
    start = at(page, 0.5, 0.5)
    page.mouse.move(*start)
    page.mouse.down(button="right")
    page.mouse.move(start[0], start[1] + 120)
    assert "zoom" in page.locator(".ctkit-image").get_attribute("aria-label")
    page.keyboard.press("Escape")
    page.mouse.up(button="right")
    assert np.array_equal(looked_at(page)[0][5:-5, 5:-5], before[5:-5, 5:-5])


def test_the_focus_moves_no_zoomed_picture(volume, shown):
    page = shown(explored(volume, zoom=30, pan=(9, 9, 0)))
    before, _ = looked_at(page)
    page.evaluate("document.querySelector('.ctkit-image').focus()")
    shot, _ = looked_at(page)
    assert page.evaluate("document.querySelector('.ctkit-stage').scrollTop") == 0
    assert np.abs(shot[5:-5, 5:-5] - before[5:-5, 5:-5]).max() == 0


# --------------------------------------------------------------------------- the magnifier


def lens_of(page):
    """The greys of the magnifier, and its place on the page."""
    data = page.evaluate(
        """() => { const canvas = document.querySelector(".ctkit-lens canvas");
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const rows = Array.from({ length: height }, (_, y) =>
                Array.from({ length: width }, (_, x) => data[4 * (y * width + x)]));
            return rows; }"""
    )
    return np.array(data), page.locator(".ctkit-lens").bounding_box()


def test_the_magnifier_shows_four_times_what_lies_under_the_pointer(volume, shown):
    page = shown(explored(volume, zoom=1.2))
    page.locator(".ctkit-image").focus()
    shot, box = looked_at(page)
    left, top, right, bottom = spots(shot)[0]
    place = box["x"] + (left + right) / 2 + 2, box["y"] + (top + bottom) / 2 - 3
    page.mouse.move(*place)
    page.keyboard.down("m")
    greys, lens = lens_of(page)
    # Around the pointer, with the value in it; the voxel is four times as large as under it.
    assert lens["x"] + lens["width"] / 2 == pytest.approx(place[0], abs=1)
    assert lens["y"] + lens["height"] / 2 == pytest.approx(place[1], abs=1)
    assert page.locator(".ctkit-lens").inner_text() == "1000 HU"
    found = max(spots(np.where(greys > 250, 255, 0)), key=lambda b: b[2] - b[0])
    size = 4 * np.array([right - left, bottom - top])
    assert (found[2] - found[0], found[3] - found[1]) == pytest.approx(tuple(size), abs=6)
    middle = np.array([found[0] + found[2], found[1] + found[3]]) / 2
    assert middle == pytest.approx(np.array(greys.shape) / 2 + [-8, 12], abs=4)
    # It goes with the pointer, and within the stage.
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    _, lens = lens_of(page)
    assert (lens["x"], lens["y"]) == pytest.approx((box["x"], box["y"]), abs=1)
    page.keyboard.up("m")
    assert page.locator(".ctkit-lens").count() == 0


def test_the_magnifier_of_the_keys_is_at_the_cursor(volume, shown):
    page = shown(ctkit.planes(volume, cursor=SEEN[1], window=(500, 1000)), 1400, 700)
    page.locator(".ctkit-image").nth(1).focus()
    page.mouse.move(1, 1)
    cross = cross_of(page, 1)
    page.keyboard.down("m")
    _, lens = lens_of(page)
    box = stage_of(page, 1).bounding_box()
    assert page.locator(".ctkit-stage").nth(1).locator(".ctkit-lens").count() == 1
    assert page.locator(".ctkit-lens").inner_text() == "1000 HU"
    half = lens["width"] / 2
    expected = [
        min(max(n, half), size - half)
        for n, size in zip(cross, (box["width"], box["height"]), strict=True)
    ]
    found = lens["x"] - box["x"] + half, lens["y"] - box["y"] + half
    assert found == pytest.approx(tuple(expected), abs=1)
    page.evaluate("document.activeElement.blur()")
    assert page.locator(".ctkit-lens").count() == 0
