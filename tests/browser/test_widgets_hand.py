"""What a hand does lands where the pointer is: real mouse events on the page of to_html."""

import io
import itertools

import numpy as np
import pytest
from _static import drag, place, until
from PIL import Image

import ctkit
from ctkit.geometry import PLANES

pytestmark = pytest.mark.browser
SHAPE = (9, 24, 36)
# Rows and columns of the three pictures.
SIZES = {"axial": (24, 36), "coronal": (9, 36), "sagittal": (9, 24)}


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


def where_drawn(page, line):
    """The planes in whose picture a line is drawn."""
    drawn = page.evaluate(
        """(line) => [...document.querySelectorAll(".ctkit-stage")].map((stage) =>
            Boolean(stage.querySelector(`.ctkit-line-${line}`)?.getAttribute("d")))""",
        line,
    )
    return [plane for plane, there in zip(PLANES, drawn, strict=True) if there]


def focused(page):
    """The plane whose picture has the focus."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".ctkit-image")].indexOf(document.activeElement)"""
    )


@pytest.mark.parametrize(
    ("start", "other"), [("axial", "sagittal"), ("coronal", "axial"), ("sagittal", "coronal")]
)
def test_a_region_lands_in_the_plane_under_the_hand(volume, shown, start, other):
    view = ctkit.planes(volume)
    page = shown(view)
    nth = PLANES.index(start)
    page.mouse.click(*place(page, 3, 8, SIZES[start], nth))
    page.keyboard.press("e")
    # A turn of the wheel elsewhere brings no event of the focus when the hand comes back.
    page.mouse.move(*place(page, 2, 6, SIZES[other], PLANES.index(other)))
    page.mouse.wheel(0, 120)
    shown_there = f"document.querySelectorAll('.ctkit-image')[{PLANES.index(other)}]"
    until(page, f"document.activeElement === {shown_there}")
    drag(page, place(page, 1.5, 3.2, SIZES[start], nth), place(page, 6.6, 19.7, SIZES[start], nth))
    assert where_drawn(page, "roi") == [start]
    assert focused(page) == nth
    words = page.locator(".ctkit-measure").nth(nth).inner_text()
    layout = volume.layout(start)
    slice_ = int(page.locator(".ctkit-tl").nth(nth).inner_text().split()[1])
    ends = [_index(volume, layout, slice_, *pixel) for pixel in ((1.5, 3.2), (6.6, 19.7))]
    view.plane = start
    region = {"kind": "ellipse", "plane": start, "slice": slice_}
    view.roi = region | {"start": ends[0], "end": ends[1]}
    assert f"mean {view.roi['mean']:.1f}  SD {view.roi['sd']:.1f} HU".replace("-", "−") in words


def _index(volume, layout, slice_, row, column):
    """The voxel (fractions too) of a pixel."""
    index = [slice_] * 3
    for axis, at, flipped in (
        (layout.down, row, layout.flip_down),
        (layout.across, column, layout.flip_across),
    ):
        index[axis] = volume.shape[axis] - 1 - at if flipped else at
    return tuple(index)


def test_a_ruler_that_ends_over_another_plane_stays_in_its_own(volume, shown):
    page = shown(ctkit.planes(volume))
    page.locator(".ctkit-image").nth(2).focus()
    page.keyboard.press("l")
    drag(page, place(page, 4, 4, SIZES["axial"]), place(page, 4, 4, SIZES["coronal"], 1))
    assert where_drawn(page, "ruler") == ["axial"]


def test_the_wheel_takes_the_focus_of_the_pictures_along(volume, shown):
    page = shown(ctkit.planes(volume))
    page.mouse.click(*place(page, 3, 8, SIZES["axial"]))
    page.mouse.move(*place(page, 4, 9, SIZES["sagittal"], 2))
    page.mouse.wheel(0, 120)
    until(page, "document.querySelectorAll('.ctkit-image')[2] === document.activeElement")
    before = page.locator(".ctkit-tl").all_inner_texts()
    page.keyboard.press("End")
    after = page.locator(".ctkit-tl").all_inner_texts()
    assert before[:2] == after[:2]
    assert after[2].startswith("sagittal  35 / 35")


def test_a_mark_lies_on_the_slice_in_sight_when_the_wheel_turns_in_a_drag(volume, shown):
    page = shown(ctkit.explore(volume, slice=4))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("l")
    page.mouse.move(*place(page, 2, 3, SIZES["axial"]))
    page.mouse.down()
    page.mouse.move(*place(page, 8, 9, SIZES["axial"]))
    page.mouse.wheel(0, 120)
    until(page, "document.querySelector('.ctkit-tl').textContent.includes(' 5 / 8')")
    page.mouse.move(*place(page, 14, 13, SIZES["axial"]))
    page.mouse.up()
    # 12 rows of 1 mm and 10 columns of 0.5 mm, and no step between the slices.
    assert "ruler 13.0 mm" in page.locator(".ctkit-measure").inner_text()


# ------------------------------------------------------------------- what stands over it


def crossed(page):
    return page.evaluate("document.querySelector('.ctkit-line-cross')?.getAttribute('d') ?? ''")


def test_a_click_on_the_middle_voxel_shows_the_cross(volume, shown):
    page = shown(ctkit.explore(volume))
    assert crossed(page) == ""
    page.mouse.click(*place(page, 12, 18, SIZES["axial"]))
    assert crossed(page) != ""
    assert "[4, 12, 18]" in page.locator(".ctkit-probe").inner_text()


@pytest.mark.parametrize("key", ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp"])
def test_picture_and_slider_go_the_same_way(volume, shown, key):
    page = shown(ctkit.explore(volume, slice=4))
    seen = []
    for control in (page.locator(".ctkit-image"), page.get_by_label("Slice", exact=True)):
        control.press(key)
        seen.append(page.locator(".ctkit-tl").inner_text())
        page.get_by_label("Slice", exact=True).fill("4")
    assert seen[0] == seen[1]
    assert " 4 / 8" not in seen[0]


@pytest.mark.parametrize("width", [390, 820, 1000])
def test_no_text_runs_into_another_in_the_browser(shown, width):
    values = np.zeros((110, 256, 256), np.int16)
    wide = ctkit.Volume.from_spacing(values, (1.5, 0.9, 0.9))
    views = {
        "planes": ctkit.planes(wide, window=(-1000, 4000)),
        "compare": ctkit.compare(wide, wide, names=("as it was scanned", "after the median")),
    }
    for view in views.values():
        page = shown(view, width)
        stages = page.evaluate(
            """() => [...document.querySelectorAll(".ctkit-stage:not([hidden])")].map((stage) =>
                [...stage.querySelectorAll(".ctkit-text")].filter((one) => one.textContent)
                    .map((one) => {
                        const range = document.createRange();
                        range.selectNodeContents(one);
                        const { left, top, right, bottom } = range.getBoundingClientRect();
                        return [one.textContent, left, top, right, bottom];
                    }))"""
        )
        assert len(stages) > 1
        for first, second in itertools.chain(*(itertools.combinations(one, 2) for one in stages)):
            _, left, top, right, bottom = first
            _, left2, top2, right2, bottom2 = second
            across = min(right, right2) - max(left, left2)
            # Lines of letters are higher than the letters.
            down = min(bottom, bottom2) - max(top, top2)
            assert across <= 0 or down <= 5, (width, first, second)


def test_a_saved_picture_has_readable_letters_on_white(shown):
    white = ctkit.Volume.from_spacing(np.full(SHAPE, 3000, np.int16), (4.0, 1.0, 1.0))
    page = shown(ctkit.planes(white, window=(0, 100)))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the picture").click()
    saved = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L"))
    stages = page.locator(".ctkit-stages").bounding_box()
    box = page.locator(".ctkit-left").first.bounding_box()
    scale = saved.shape[1] / stages["width"]
    rows = slice(*(round((box["y"] - stages["y"] + at) * scale) for at in (0, box["height"])))
    columns = slice(*(round((box["x"] - stages["x"] + at) * scale) for at in (0, box["width"])))
    letter = saved[rows, columns]
    assert letter.max() > 200
    assert np.mean(letter < 20) > 0.1
    assert np.mean(letter < 130) > 0.5


def test_a_page_read_from_the_right_shows_the_same_picture(volume, shown):
    page = shown(ctkit.planes(volume))
    stage = page.locator(".ctkit-stage").first
    before = stage.screenshot()
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert stage.screenshot() == before


def test_on_paper_the_stage_stays_black(volume, shown, tmp_path):
    page = shown(ctkit.explore(volume))
    page.emulate_media(media="print")
    adjust = "getComputedStyle(document.querySelector('{}')).printColorAdjust"
    for part in (".ctkit-stage", ".ctkit-text"):
        assert page.evaluate(adjust.format(part)) == "exact"
    assert page.locator(".ctkit-tools").is_hidden()
    assert page.locator(".ctkit-stage").is_visible()


# ------------------------------------------------------------------- two volumes together


def test_the_curtain_is_taken_from_beside_its_line(volume, shown):
    page = shown(ctkit.compare(volume, volume.with_array(-volume.array), blend="curtain"))
    stage = page.locator(".ctkit-stage").first
    box = stage.bounding_box()
    line, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    window = page.locator(".ctkit-bl").first.inner_text()
    for start, end in ((-15, 60), (15, -40)):
        page.mouse.move(line + start, y)
        assert stage.evaluate("one => getComputedStyle(one).cursor") == "col-resize"
        drag(page, (line + start, y), (line + end, y))
        at = page.locator(".ctkit-line-curtain").get_attribute("d").split("L")[0][1:].split()[0]
        # It goes as far as the hand, and doesn't jump to it.
        line += end - start
        assert box["x"] + float(at) == pytest.approx(line, abs=1)
        handle = page.locator(".ctkit-line-handle").bounding_box()
        assert handle["x"] + handle["width"] / 2 == pytest.approx(line, abs=1.5)
    assert page.locator(".ctkit-bl").first.inner_text() == window
    # Far from it, the drag is the window's.
    page.mouse.move(box["x"] + 40, y)
    assert stage.evaluate("one => getComputedStyle(one).cursor") == "crosshair"
    drag(page, (box["x"] + 40, y), (box["x"] + 60, y))
    assert page.locator(".ctkit-bl").first.inner_text() != window


def colours(page):
    return page.locator(".ctkit-image-over").first.evaluate(
        """(canvas) => [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data]"""
    )


def test_a_difference_has_its_limit_and_no_window(volume, shown):
    view = ctkit.compare(volume, volume.with_array(volume.array + np.int16(30)), blend="difference")
    page = shown(view)
    for label in ("Window", "Center", "Width"):
        assert page.get_by_label(label, exact=True).is_hidden()
    assert page.locator(".ctkit-histogram").is_hidden()
    assert colours(page)[0] == pytest.approx(255 * 0.3, abs=1)
    limit = page.get_by_label("Limit", exact=True)
    limit.fill("60")
    limit.press("Enter")
    assert colours(page)[0] == pytest.approx(255 * 0.5, abs=1)
    # A drag to the right: one HU for each pixel of a limit of 100, here 0.6.
    drag(page, place(page, 5, 3, SIZES["axial"]), place(page, 5, 9, SIZES["axial"]))
    assert int(limit.input_value()) > 60
    assert colours(page)[0] < 120
    assert view.limit_slider.value == 100
    view.limit = 62.5
    assert view.limit_slider.value == 62.5
    view.blend = "curtain"
    assert shown(view).get_by_label("Limit", exact=True).is_hidden()


def test_the_limit_of_what_is_no_hu_goes_by_its_steps(volume, shown):
    values = (volume.array - volume.array.min()) / np.ptp(volume.array).astype(np.float32)
    share = volume.with_array(values)
    other = volume.with_array(values + np.float32(0.03))
    view = ctkit.compare(share, other, blend="difference")
    assert (view.step, view.limit, view.unit) == (0.001, 0.1, "")
    assert "limit" not in repr(view)
    page = shown(view, permissions=["clipboard-read", "clipboard-write"])
    label = page.locator(".ctkit-bl").first
    assert "−0.1 blue … orange +0.1" in label.inner_text()
    assert colours(page)[0] == pytest.approx(255 * 0.3, abs=1)
    limit = page.get_by_label("Limit", exact=True)
    limit.fill("0.06")
    limit.press("Enter")
    assert colours(page)[0] == pytest.approx(255 * 0.5, abs=1)
    slider = page.get_by_label("Limit slider")
    assert slider.get_attribute("aria-valuetext") == "0.06"
    slider.press("ArrowRight")
    assert limit.input_value() == "0.061"
    slider.press("End")
    assert limit.input_value() == "4"
    slider.press("Home")
    assert limit.input_value() == "0.001"
    # A drag over 50 pixels to the right, of a quarter of a step each at the least.
    drag(page, place(page, 5, 3, SIZES["axial"]), place(page, 5, 9, SIZES["axial"]))
    dragged = float(limit.input_value())
    assert 0.005 < dragged < 0.2
    assert dragged * 1000 == pytest.approx(round(dragged * 1000), abs=1e-9)
    page.get_by_role("button", name="Copy the state").click()
    line = page.evaluate("() => navigator.clipboard.readText()")
    assert f"limit={dragged:g}" in line
    again = eval(line, {"compare": ctkit.compare, "before": share, "after": other})
    assert again.limit == dragged
    assert again.limit_slider.value == dragged


def test_an_error_of_tune_is_seen_over_the_picture(volume, shown):
    view = ctkit.tune(volume, lambda whole, by=1: whole, by=(0, 9))
    view.error = "ValueError: by is too large\n" * 20
    page = shown(view, 1280, 800)
    box = page.locator(".ctkit-error").bounding_box()
    stage = page.locator(".ctkit-stage").first.bounding_box()
    assert box["y"] > 0
    assert box["y"] + box["height"] <= stage["y"]
    assert stage["y"] + stage["height"] < 800


# ----------------------------------------------------------------------------------- keys

PRESS = """([key, code, more]) => {
    const options = { key, code, bubbles: true, cancelable: true, ...more };
    const event = new KeyboardEvent("keydown", options);
    document.querySelector(".ctkit-image").dispatchEvent(event);
    return event.defaultPrevented;
}"""


@pytest.mark.parametrize(
    ("layout", "key", "code", "said"),
    [
        ("CapsLock", "I", "KeyI", "inverted"),
        ("Cyrillic", "ш", "KeyI", "inverted"),
        ("Cyrillic, CapsLock", "Ш", "KeyI", "inverted"),
        ("AZERTY", "(", "Digit5", "brain"),
        ("AZERTY, CapsLock", "5", "Digit5", "brain"),
        ("American", "5", "Numpad5", "brain"),
    ],
)
def test_keys_of_other_layouts_and_capslock(volume, shown, layout, key, code, said):
    page = shown(ctkit.explore(volume, window="bone"))
    assert page.evaluate(PRESS, [key, code, {}]), layout
    assert said in page.locator(".ctkit-bl").inner_text()


def test_a_letter_means_what_is_written_on_it(volume, shown):
    page = shown(ctkit.compare(volume, volume, blend="curtain"))
    # On AZERTY the z lies where the American w is, and the w where the z is.
    page.evaluate(PRESS, ["e", "KeyE", {}])
    page.evaluate(PRESS, ["z", "KeyW", {}])
    pressed = page.locator(".ctkit-tool-ellipse").get_attribute("aria-pressed")
    assert pressed == "true"
    assert page.evaluate(PRESS, ["w", "KeyZ", {}])
    # A German [ is AltGr and 8; its ü lies where the American [ is.
    line = page.locator(".ctkit-line-curtain")
    for key, code, more in (
        ("[", "Digit8", {"ctrlKey": True, "altKey": True, "modifierAltGraph": True}),
        ("ü", "BracketLeft", {}),
    ):
        before = line.get_attribute("d")
        assert page.evaluate(PRESS, [key, code, more])
        assert line.get_attribute("d") != before
    assert not page.evaluate(PRESS, ["i", "KeyI", {"ctrlKey": True}])


@pytest.mark.parametrize(("tool", "line"), [("l", "ruler"), ("e", "roi"), ("w", None)])
def test_escape_gives_up_a_drag(volume, shown, tool, line):
    page = shown(ctkit.explore(volume, window="bone"))
    page.locator(".ctkit-image").focus()
    page.keyboard.press(tool)
    start, end = (place(page, *at, SIZES["axial"]) for at in ((3, 4), (12, 22)))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=3)
    # Long enough for the hand to have been told of.
    page.wait_for_timeout(300)
    assert "bone" not in page.locator(".ctkit-bl").inner_text() or where(page, line)
    page.keyboard.press("Escape")
    page.mouse.move(*start)
    page.mouse.up()
    assert "C 400  W 1000  bone" in page.locator(".ctkit-bl").inner_text()
    assert line is None or not where(page, line)


def where(page, line):
    return page.evaluate(
        "(line) => document.querySelector(`.ctkit-line-${line}`)?.getAttribute('d') ?? ''", line
    )


def test_a_ruler_and_a_region_without_a_mouse(volume, shown):
    page = shown(ctkit.explore(volume))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    # 3 rows of 1 mm and 8 columns of 0.5 mm.
    assert "ruler 5.0 mm" in page.locator(".ctkit-measure").inner_text()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    assert "ruler 5.0 mm" in page.locator(".ctkit-measure").inner_text()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    assert "ruler 2 0.5 mm" in page.locator(".ctkit-measure").inner_text()
    page.keyboard.press("Escape")
    # The one that was there before stays.
    assert page.locator(".ctkit-measure").inner_text() == "ruler 5.0 mm"
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    first = page.locator(".ctkit-measure").inner_text()
    page.keyboard.press(",")
    assert page.locator(".ctkit-measure").inner_text() != first
    assert where(page, "roi")
    page.keyboard.press("?")
    said = page.get_by_role("dialog").inner_text()
    assert "ruler from the cursor to where it goes" in said


def test_help_closes_by_a_press_outside(volume, shown):
    page = shown(ctkit.explore(volume))
    button, sheet = page.get_by_role("button", name="Mouse and keys"), page.locator(".ctkit-sheet")
    button.click()
    assert sheet.is_visible()
    page.mouse.click(*(sheet.bounding_box()[name] + 20 for name in "xy"))
    assert sheet.is_visible()
    page.mouse.click(5, 990)
    assert sheet.is_hidden()
    button.click()
    assert sheet.is_visible()
    button.click()
    assert sheet.is_hidden()


def test_flicker_stands_still_where_less_motion_is_asked_for(volume, shown):
    view = ctkit.compare(volume, volume.with_array(-volume.array), blend="flicker")
    page = shown(view, reduced_motion="reduce")
    name = page.locator(".ctkit-tr").first
    assert name.inner_text() == "before"
    page.wait_for_timeout(1500)
    assert name.inner_text() == "before"
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("b")
    assert name.inner_text() == "after"
    assert page.locator(".ctkit-image-over").first.is_visible()
    page.get_by_role("button", name="Flicker").click()
    assert name.inner_text() == "before"
    assert shown(ctkit.explore(volume)).locator(".ctkit-tool-flip").is_hidden()


def test_on_narrow_paper_the_whole_picture_is_there(volume, shown):
    page = shown(ctkit.planes(volume), 1280, 700)
    page.emulate_media(media="print")
    page.wait_for_timeout(200)
    # Measured at once, as paper is laid out: before the script hears of the new size.
    before, after = page.evaluate(
        """() => {
            const boxes = () => [...document.querySelectorAll(".ctkit-stage")].map((stage) => {
                const [outer, inner] = [stage, stage.querySelector(".ctkit-image")]
                    .map((one) => one.getBoundingClientRect());
                const { width, height } = outer;
                return [(inner.left - outer.left) / width, (inner.top - outer.top) / height,
                        inner.width / width, inner.height / height, width];
            });
            // Letters go with the picture: each takes the same share of it.
            const letters = () => [...document.querySelectorAll(".ctkit-text:not(:empty)")]
                .map((text) => {
                    const [outer, inner] = [text.parentElement, text]
                        .map((one) => one.getBoundingClientRect());
                    const style = getComputedStyle(text);
                    const size = parseFloat(style.fontSize) / outer.width;
                    const middle = (inner.left + inner.right) / 2 - outer.left;
                    return [size, (inner.width - 8) / outer.width, middle / outer.width];
                });
            const first = [boxes(), letters()];
            document.body.style.width = "800px";
            return [first, [boxes(), letters()]];
        }"""
    )
    (before, letters), (after, on_paper) = before, after
    before, after = np.array(before), np.array(after)
    assert (after[:, 4] < 0.7 * before[:, 4]).all()
    assert after[:, :4] == pytest.approx(before[:, :4], abs=0.01)
    assert len(letters) > 12
    assert np.array(on_paper) == pytest.approx(np.array(letters), abs=0.015)
