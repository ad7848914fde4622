"""Marks by hand: drawn, dragged, listed, taken back; numbers as Python has them."""

import itertools

import numpy as np
import pytest
from _static import copied, drag, place, until
from PIL import Image

import ctkit
from ctkit import marks, overlay

pytestmark = pytest.mark.browser
SHAPE = (9, 24, 36)
SPACING = (4.0, 1.0, 0.5)


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, SPACING, origin=(-8.0, -3.0, 100.0))


def at(page, row, column):
    return place(page, row, column, SHAPE[1:])


def begun(page, tool):
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press(tool)


def drawn(page, volume):
    """The marks as the copied line has them, measured by Python."""
    line = copied(page)
    view = eval(line, {"explore": ctkit.explore, "volume": volume})
    found = marks.table(view.drawn, view._stacks_of_marks())
    view.close()
    return found


def labels(page):
    return [text for text in page.locator(".ctkit-mark-label").all_inner_texts() if text]


def numbers(page):
    """What the list says, by name."""
    names = page.locator(".ctkit-marklist li:visible .ctkit-mark-name")
    said = page.locator(".ctkit-marklist li:visible .ctkit-mark-number").all_text_contents()
    return dict(zip([name.input_value() for name in names.all()], said, strict=True))


def index_of(volume, points):
    return np.round(volume.to_index(points), 1).tolist()


# -------------------------------------------------------------------------------- drawn


def test_each_tool_draws_what_python_measures(volume, shown):
    page = shown(ctkit.explore(volume, slice=4))
    begun(page, "l")
    drag(page, at(page, 2, 3), at(page, 14, 13))
    begun(page, "r")
    drag(page, at(page, 15.6, 2.6), at(page, 21.4, 12.4))
    begun(page, "d")
    page.mouse.move(*at(page, 4, 20))
    page.mouse.down()
    for corner in ((4, 32), (12, 32), (12, 20), (4.5, 20)):
        page.mouse.move(*at(page, *corner), steps=4)
    page.mouse.up()
    begun(page, "a")
    drag(page, at(page, 14, 30), at(page, 20, 30))
    page.mouse.move(*at(page, 20, 18))
    page.mouse.down()
    page.mouse.up()
    begun(page, "p")
    page.mouse.click(*at(page, 22, 33))
    ruler, region, free, angle, point = drawn(page, volume)
    assert ruler["mm"] == pytest.approx(13.0, abs=0.01)
    assert region["mean"] == pytest.approx(volume.array[4, 16:22, 3:13].mean())
    assert free["kind"] == "freehand"
    assert free["mean"] == pytest.approx(volume.array[4, 5:12, 21:32].mean(), abs=150)
    assert angle["degrees"] == pytest.approx(90, abs=0.5)
    assert point["mean"] == volume.array[4, 22, 33]
    assert {row["slice"] for row in (ruler, region, free, angle, point)} == {4}
    said = {
        "ruler": f"{ruler['mm']:.1f} mm",
        "region": f"mean {region['mean']:.1f} HU  {overlay._area_text(region)}",
        "region 2": f"mean {free['mean']:.1f} HU  {overlay._area_text(free)}",
        "angle": f"{angle['degrees']:.1f}°",
        "point": f"{point['mean']:g} HU",
    }
    said = {name: text.replace("-", "−") for name, text in said.items()}
    assert numbers(page) == said
    assert sorted(labels(page)) == sorted(f"{name} {text}" for name, text in said.items())


@pytest.mark.parametrize("kind", [ctkit.explore, ctkit.planes])
def test_a_mark_belongs_to_its_plane_and_slice(volume, shown, kind):
    points = volume.to_world([(4, 3, 5), (4, 20, 30)])
    page = shown(
        kind(volume, slice=4, marks=[{"kind": "ruler", "plane": "axial", "points": points}])
    )
    seen = """[...document.querySelectorAll('.ctkit-stage')].map((one) =>
        Boolean(one.querySelector('.ctkit-line-ruler')?.getAttribute('d')))"""
    assert page.evaluate(seen)[0]
    assert not any(page.evaluate(seen)[1:])
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("ArrowDown")
    until(page, f"!{seen}[0]")
    assert labels(page) == []
    # The list brings it back.
    page.get_by_role("button", name="Show ruler", exact=True).click()
    until(page, f"{seen}[0]")


def test_a_mark_on_an_oblique_plane_is_measured_there(volume, shown):
    normal = np.array([0.2, 0.3, 0.93]) / np.linalg.norm([0.2, 0.3, 0.93])
    view = ctkit.explore(volume, normal=normal)
    page = shown(view)
    box = page.locator(".ctkit-image").bounding_box()

    def point(right, down):
        return box["x"] + right * box["width"], box["y"] + down * box["height"]

    begun(page, "e")
    drag(page, point(0.35, 0.35), point(0.6, 0.65))
    begun(page, "l")
    drag(page, point(0.3, 0.3), point(0.7, 0.7))
    region, ruler = drawn(page, volume)
    assert region["plane"] == ruler["plane"] == "oblique"
    assert abs(np.dot(ruler["normal"], normal)) == pytest.approx(1)
    assert abs(np.dot(np.subtract(*ruler["points"]), normal)) < 1e-3
    said = f"mean {region['mean']:.1f} HU  {overlay._area_text(region)}".replace("-", "−")
    assert numbers(page)["region"] == said
    # Upright it is not there; the list turns the plane again.
    page.locator(".ctkit-image").focus()
    page.locator(".ctkit-native select").first.select_option("coronal")
    until(page, "document.querySelector('.ctkit-tl').textContent.startsWith('coronal')")
    assert labels(page) == []
    page.get_by_role("button", name="Show region", exact=True).click()
    until(page, "document.querySelector('.ctkit-tl').textContent.startsWith('oblique axial')")
    assert len(labels(page)) == 2


def test_the_label_lies_at_its_mark_and_over_no_other_text(volume, shown):
    draw = np.random.default_rng(2)
    starts = draw.uniform((2, 3), (20, 20), (9, 2))
    wanted = [
        {"kind": "ruler", "points": volume.to_world([(4, *start), (4, start[0] + 2, start[1] + 9)])}
        for start in starts
    ]
    page = shown(ctkit.explore(volume, slice=4, marks=wanted), 900, 900)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".ctkit-text")].filter((one) => one.textContent)
            .map((one) => one.getBoundingClientRect())
            .map((b) => [b.left, b.top, b.right, b.bottom])"""
    )
    assert len(labels(page)) == 9
    for a, b in itertools.combinations(boxes, 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (a, b)


# ------------------------------------------------------------------------------ changed


def test_a_mark_is_dragged_by_its_ends_and_as_a_whole(volume, shown):
    view = ctkit.explore(volume, slice=4)
    view.ruler = {"plane": "axial", "slice": 4, "start": (4, 4, 6), "end": (4, 4, 26)}
    page = shown(view)
    drag(page, at(page, 4, 26), at(page, 16, 16))
    (ruler,) = drawn(page, volume)
    assert index_of(volume, ruler["points"]) == [[4, 4, 6], [4, 16, 16]]
    assert ruler["mm"] == pytest.approx(13.0, abs=0.01)
    assert numbers(page) == {"ruler": "13.0 mm"}
    drag(page, at(page, 10, 11), at(page, 13, 21))
    (ruler,) = drawn(page, volume)
    assert index_of(volume, ruler["points"]) == [[4, 7, 16], [4, 19, 26]]


@pytest.mark.parametrize("kind", ["ellipse", "rectangle"])
def test_a_region_is_dragged_by_its_corner(volume, shown, kind):
    view = ctkit.explore(volume, slice=4, plane="axial")
    view.roi = {"kind": kind, "plane": "axial", "slice": 4, "start": (4, 4, 6), "end": (4, 14, 26)}
    page = shown(view)
    drag(page, at(page, 4, 26), at(page, 8, 20))
    (region,) = drawn(page, volume)
    low, high = np.sort(np.round(volume.to_index(region["points"])[[0, 2]], 1), axis=0)
    assert (low.tolist(), high.tolist()) == ([4, 8, 6], [4, 14, 20])
    view.roi = {"kind": kind, "plane": "axial", "slice": 4, "start": (4, 8, 6), "end": (4, 14, 20)}
    assert region["mean"] == pytest.approx(view.roi["mean"], abs=60)


def test_steps_are_taken_back_and_done_again(volume, shown):
    page = shown(ctkit.explore(volume, slice=4))
    begun(page, "l")
    drag(page, at(page, 2, 3), at(page, 14, 13))
    drag(page, at(page, 20, 3), at(page, 20, 23))
    # A hand that rests before it lets go has told the model of all by then.
    page.mouse.move(*at(page, 14, 13))
    page.mouse.down()
    page.mouse.move(*at(page, 2, 23), steps=2)
    page.wait_for_timeout(300)
    page.mouse.up()
    assert numbers(page) == {"ruler": "10.0 mm", "ruler 2": "10.0 mm"}
    page.keyboard.press("Control+z")
    assert numbers(page) == {"ruler": "13.0 mm", "ruler 2": "10.0 mm"}
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert numbers(page) == {}
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+Z")
    assert numbers(page) == {"ruler": "13.0 mm"}
    page.get_by_role("button", name="Redo (Ctrl + Shift + Z)").click()
    page.keyboard.press("Control+y")
    page.locator(".ctkit-image").focus()
    page.keyboard.press("Control+y")
    assert numbers(page) == {"ruler": "10.0 mm", "ruler 2": "10.0 mm"}
    page.keyboard.press("k")
    page.keyboard.press("Delete")
    assert numbers(page) == {"ruler 2": "10.0 mm"}
    page.keyboard.press("Control+z")
    assert list(numbers(page)) == ["ruler", "ruler 2"]


def test_a_hundred_steps_are_kept(volume, shown):
    page = shown(ctkit.explore(volume))
    begun(page, "p")
    for _ in range(103):
        page.keyboard.press("Enter")
    assert page.locator(".ctkit-marklist li:visible").count() == 103
    for _ in range(110):
        page.keyboard.press("Control+z")
    assert page.locator(".ctkit-marklist li:visible").count() == 3


def test_the_list_names_hides_and_deletes(volume, shown):
    view = ctkit.explore(volume, slice=4)
    view.roi = {
        "kind": "ellipse",
        "plane": "axial",
        "slice": 4,
        "start": (4, 4, 6),
        "end": (4, 14, 26),
    }
    page = shown(view)
    name = page.get_by_role("textbox", name="Name of region")
    name.fill("nucleus w s 5")
    name.press("Enter")
    assert labels(page)[0].startswith("nucleus w s 5 mean ")
    # Letters that are typed are no keys of the picture.
    assert page.locator(".ctkit-tool-window").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Hide nucleus w s 5 on the picture").click()
    assert labels(page) == []
    assert drawn(page, volume)[0]["visible"] is False
    page.get_by_role("button", name="Show nucleus w s 5 on the picture").click()
    assert len(labels(page)) == 1
    page.get_by_role("button", name="Delete nucleus w s 5").click()
    assert numbers(page) == {}
    assert page.evaluate("document.activeElement.title") == "Undo (Ctrl + Z)"


def test_a_window_comes_from_a_region_in_the_list(volume, shown):
    view = ctkit.explore(volume, slice=4)
    view.roi = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 4,
        "start": (4, 4, 6),
        "end": (4, 14, 26),
    }
    page = shown(view)
    page.locator(".ctkit-image").focus()
    page.keyboard.press("Home")
    page.locator(".ctkit-mark-window").click()
    view.window_from()
    center, width = (np.floor(n + 0.5) for n in view.window)
    wanted = f"C {center:g}  W {width:g}".replace("-", "−")
    until(page, f"document.querySelector('.ctkit-bl').textContent.startsWith({wanted!r})")
    assert page.locator(".ctkit-tl").inner_text().startswith("axial  4 / 8")


# ------------------------------------------------------------------------------- curves


def test_a_profile_is_drawn_along_the_ruler(shown):
    """HU that rise along the columns: the curve is straight, and moves with the hand."""
    ramp = np.broadcast_to(np.arange(36, dtype=np.int16) * 50, SHAPE)
    volume = ctkit.Volume.from_spacing(ramp, SPACING)
    view = ctkit.explore(volume, slice=4)
    view.ruler = {"plane": "axial", "slice": 4, "start": (4, 4, 6), "end": (4, 4, 26)}
    page = shown(view)
    found = curve(page)
    assert found[:, 0] == pytest.approx(np.linspace(0, 1000, len(found)), abs=0.2)
    assert found[:, 1] == pytest.approx(np.linspace(96, 4, len(found)), abs=0.2)
    assert page.locator(".ctkit-profile-words").inner_text() == "ruler: 10 mm, 300 to 1300 HU"
    assert len(found) == view.profile()["mm"].size
    page.mouse.move(*at(page, 4, 26))
    page.mouse.down()
    page.mouse.move(*at(page, 4, 16), steps=3)
    assert page.locator(".ctkit-profile-words").inner_text().startswith("ruler: 5 mm, 300 to 800")
    page.mouse.up()
    page.locator(".ctkit-image").focus()
    page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.ctkit-profile').hidden")


def curve(page):
    d = page.locator(".ctkit-profile-before").get_attribute("d")
    return np.array([pair.split() for pair in d[1:].replace("M", "L").split("L")], float)


def test_the_histogram_shows_the_region(volume, shown):
    view = ctkit.explore(volume, slice=4)
    view.roi = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 4,
        "start": (4, 4, 6),
        "end": (4, 14, 26),
    }
    page = shown(view)
    bars = page.locator(".ctkit-histogram-region").get_attribute("d")
    low, high = view.histogram["low"], view.histogram["high"]
    bins = len(view.histogram["counts"])
    counts, _ = np.histogram(view.region_values(), bins, (low, high))
    assert bars.count("M") == np.count_nonzero(counts)
    heights = [float(bar.split("V")[1].split("h")[0]) for bar in bars.split("M")[1:]]
    expected = 100 - 92 * counts[counts > 0] / counts.max()
    assert heights == pytest.approx(expected, abs=0.06)


# ---------------------------------------------------------------------- without a mouse


def test_keys_alone_draw_move_and_remove(volume, shown):
    page = shown(ctkit.explore(volume, slice=4))
    begun(page, "a")
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    assert numbers(page) == {"angle": "90.0°"}
    begun(page, "d")
    for key, times in (("ArrowRight", 0), ("ArrowRight", 6), ("ArrowUp", 4), ("ArrowLeft", 6)):
        for _ in range(times):
            page.keyboard.press(f"Shift+{key}")
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    # 5 rows of 7 voxels, those on the line too.
    assert numbers(page)["region"].endswith(f"{5 * 7 * 0.5:.0f} mm²")
    begun(page, "e")
    page.keyboard.press("Enter")
    small = numbers(page)["region 2"]
    page.keyboard.press(",")
    assert numbers(page)["region 2"] != small
    page.keyboard.press(".")
    assert numbers(page)["region 2"] == small
    before = drawn(page, volume)[0]["points"]
    page.keyboard.press("k")
    assert page.locator("li.ctkit-chosen .ctkit-mark-name").input_value() == "angle"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    moved = np.subtract(drawn(page, volume)[0]["points"], before)
    assert moved == pytest.approx(np.broadcast_to((0.5, 1.0, 0.0), (3, 3)))
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert page.locator(".ctkit-tl").inner_text().startswith("axial  5 / 8")
    page.keyboard.press("Shift+K")
    assert page.locator(".ctkit-tl").inner_text().startswith("axial  4 / 8")
    page.keyboard.press("Delete")
    assert list(numbers(page)) == ["angle", "region"]


@pytest.mark.parametrize("tool", ["a", "d", "p"])
def test_escape_gives_up_what_is_being_drawn(volume, shown, tool):
    page = shown(ctkit.explore(volume))
    begun(page, tool)
    page.mouse.move(*at(page, 4, 5))
    page.mouse.down()
    page.mouse.move(*at(page, 14, 15), steps=4)
    assert len(numbers(page)) == 1
    page.keyboard.press("Escape")
    page.mouse.up()
    assert numbers(page) == {}
    if tool == "a":
        drag(page, at(page, 4, 5), at(page, 14, 5))
        page.mouse.move(*at(page, 14, 25))
        page.keyboard.press("Escape")
        assert numbers(page) == {}
        page.mouse.move(*at(page, 10, 25))
        assert numbers(page) == {}
        # Another tool gives it up as well.
        drag(page, at(page, 4, 5), at(page, 14, 5))
        page.keyboard.press("l")
        assert numbers(page) == {}


# -------------------------------------------------------------------------------- touch


def touch(page, start, end=None):
    """One finger: from a place to another, or a tap."""
    session = page.context.new_cdp_session(page)

    def send(kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", start)
    for part in (0.25, 0.5, 0.75, 1) if end else ():
        send("touchMove", [a + part * (b - a) for a, b in zip(start, end, strict=True)])
    send("touchEnd")


def test_a_finger_draws_and_drags(volume, shown):
    page = shown(ctkit.explore(volume, slice=4), 390, 844, has_touch=True, is_mobile=True)
    page.locator(".ctkit-tool-ruler").tap()
    touch(page, at(page, 4, 6), at(page, 4, 26))
    until(page, "document.querySelectorAll('.ctkit-marklist li:not([hidden])').length === 1")
    x, y = at(page, 4, 26)
    page.locator(".ctkit-tool-window").tap()
    # A tap makes the picture active: before, a finger scrolls the page.
    touch(page, at(page, 20, 30))
    until(page, "document.activeElement.matches('.ctkit-image')")
    # A finger is no point: 11 pixels beside the end it takes it still.
    there = at(page, 12, 26)
    touch(page, (x + 8, y - 7), (there[0] + 8, there[1] - 7))
    (ruler,) = drawn(page, volume)
    assert volume.to_index(ruler["points"]) == pytest.approx(
        np.array([[4, 4, 6], [4, 12, 26]]), abs=0.9
    )
    page.locator(".ctkit-tool-angle").tap()
    touch(page, at(page, 20, 6), at(page, 20, 16))
    touch(page, at(page, 14, 20), at(page, 10, 16))
    assert drawn(page, volume)[1]["degrees"] == pytest.approx(90, abs=3)


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_overflows(volume, shown, width):
    long = "a name that is much longer than a phone is wide " * 3
    points = volume.to_world([(4, 3, 5), (4, 20, 30)])
    wanted = [{"kind": "ruler", "plane": "axial", "points": points, "name": long}] * 30
    page = shown(ctkit.explore(volume, slice=4, marks=wanted), width, 844)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = """([around, all]) => {
        const outer = document.querySelector(around).getBoundingClientRect();
        return [...document.querySelectorAll(all)].every((one) => {
            const box = one.getBoundingClientRect();
            const inside = box.right <= outer.right + 1 && box.left >= outer.left - 1;
            return inside || box.width === 0; }); }"""
    assert page.evaluate(inside, [".ctkit-marklist", ".ctkit-marklist *"])
    assert page.evaluate(inside, [".ctkit-stage", ".ctkit-mark-label"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_list_and_curve(volume, shown, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    points = volume.to_world([(4, 3, 5), (4, 20, 30)])
    kinds = ("ruler", "ellipse")
    wanted = [{"kind": kind, "plane": "axial", "points": points} for kind in kinds]
    wanted[1]["visible"] = False
    page = shown(ctkit.explore(volume, slice=4, marks=wanted * 6), color_scheme=scheme)
    page.locator(".ctkit-mark-number").first.click()
    found = axe.Axe().run(page, context=".ctkit-view").response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found] == []


# ------------------------------------------------------------------- pictures and speed


def test_the_saved_picture_has_the_marks_and_their_halos(shown):
    white = ctkit.Volume.from_spacing(np.full(SHAPE, 3000, np.int16), SPACING)
    view = ctkit.explore(white, slice=4, window="bone")
    view.roi = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 4,
        "start": (4, 4, 6),
        "end": (4, 14, 26),
    }
    page = shown(view)
    page.locator(".ctkit-marklist button.ctkit-mark-number").click()
    with page.expect_download() as download:
        page.locator(".ctkit-tool-save").click()
    saved = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(int)
    for picture in (saved, np.asarray(view.picture(1024)).astype(int)):
        rows, columns = np.nonzero(_yellow(picture))
        assert rows.size > 400
        # On bone, which is white, the line stands between two dark ones.
        top = columns[rows == rows.min()]
        above = picture[rows.min() - 6 : rows.min(), top[top.size // 2]]
        assert above.sum(axis=1).min() < 400
    assert not _grip(saved)


def _yellow(picture):
    return np.abs(picture - (255, 212, 59)).sum(axis=2) < 60


def _grip(picture):
    """Whether there is a yellow square, as at the corners of a chosen mark."""
    block = np.lib.stride_tricks.sliding_window_view(_yellow(picture), (9, 9))
    return bool(block.all(axis=(2, 3)).any())


def test_two_hundred_marks_stay_fluid(volume, shown):
    draw = np.random.default_rng(4)
    starts = draw.uniform((0, 2, 3), (8, 20, 20), (200, 3))
    wanted = [
        {
            "kind": "ruler",
            "plane": "axial",
            "points": volume.to_world([(round(s), r, c), (round(s), r + 2, c + 9)]),
        }
        for s, r, c in starts
    ]
    few, many = (shown(ctkit.explore(volume, slice=4, marks=wanted[:n])) for n in (1, 200))
    # The picture, what stands over it, and the layout of the page.
    timed = """async () => {
        const [canvas, found] = [document.querySelector(".ctkit-image"), []];
        canvas.focus();
        for (let i = 0; i < 40; i++) {
            const key = i % 8 < 4 ? "ArrowDown" : "ArrowUp";
            const start = performance.now();
            canvas.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
            for (let turn = 0; turn < 4; turn++) await null;
            document.querySelector(".ctkit-stage").getBoundingClientRect();
            found.push(performance.now() - start);
        }
        return found.sort((a, b) => a - b)[20]; }"""
    first, second = few.evaluate(timed), many.evaluate(timed)
    print(f"a key with 1 mark {first:.2f} ms, with 200 marks {second:.2f} ms")
    # About 10 on a quiet machine.
    assert second < 80
