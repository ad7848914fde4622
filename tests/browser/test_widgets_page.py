"""The page of to_html with the network cut: every gesture, against Python's numbers."""

import io
import json

import numpy as np
import pytest
from _jupyter import pixels
from _static import drag, place, until
from PIL import Image

import ctkit

pytestmark = pytest.mark.browser
SHAPE = (9, 24, 36)


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(6).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


def greys(volume, plane, index, center=400, width=1000):
    return ctkit.apply_window(volume.plane(plane, index), center, width, dtype=np.uint8)


def check(page, wanted, nth=0):
    canvas = page.locator(".ctkit-image").nth(nth)
    canvas.evaluate("canvas => canvas.classList.add('looked-at')")
    found = np.array(pixels(page, ".ctkit-image.looked-at"))
    canvas.evaluate("canvas => canvas.classList.remove('looked-at')")
    assert np.array_equal(found, wanted), canvas.get_attribute("aria-label")


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_every_plane_is_python_s(volume, shown, plane, convention):
    view = ctkit.explore(volume, plane=plane, window="bone", convention=convention)
    page = shown(view)
    index = SHAPE[["axial", "coronal", "sagittal"].index(plane)] // 2
    expected = volume.plane(plane, index, convention)
    check(page, ctkit.apply_window(expected, 400, 1000, dtype=np.uint8))
    letters = [page.locator(f".ctkit-{side}").inner_text() for side in ("left", "right")]
    assert tuple(letters) == volume.layout(plane, convention).letters[:2]


def test_native_controls_and_keys_without_a_mouse(volume, shown):
    page = shown(ctkit.explore(volume, window="bone"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.ctkit-tool')")
    page.get_by_label("Plane", exact=True).select_option("sagittal")
    page.get_by_label("Slice", exact=True).focus()
    page.keyboard.press("ArrowRight")
    check(page, greys(volume, "sagittal", 19))
    page.get_by_label("Window", exact=True).select_option(index=5)
    check(page, greys(volume, "sagittal", 19, 40, 80))
    canvas = page.locator(".ctkit-image")
    canvas.focus()
    assert canvas.evaluate("c => getComputedStyle(c.closest('.ctkit-stage')).boxShadow") != "none"
    page.keyboard.press("i")
    check(page, 255 - greys(volume, "sagittal", 19, 40, 80))
    page.keyboard.press("Space")
    check(page, greys(volume, "sagittal", 19))
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    assert "[1, 12, 19]" in page.locator(".ctkit-probe").inner_text()


def test_a_narrow_window_is_set_by_slider_and_box(volume, shown):
    page = shown(ctkit.explore(volume, window="bone"))
    width = page.get_by_label("Width", exact=True)
    width.fill("8")
    width.press("Enter")
    check(page, greys(volume, "axial", 4, 400, 8))
    page.get_by_label("Width slider").press("ArrowRight")
    check(page, greys(volume, "axial", 4, 400, 9))
    assert width.input_value() == "9"
    page.get_by_label("Center slider").press("ArrowLeft")
    check(page, greys(volume, "axial", 4, 399, 9))


def test_cheat_sheet_opens_and_closes(volume, shown):
    page = shown(ctkit.explore(volume))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    assert "window: brain (40 / 80)" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    assert page.evaluate("document.activeElement.matches('.ctkit-image')")


@pytest.mark.parametrize(("key", "kind"), [("e", "ellipse"), ("r", "rectangle")])
def test_region_is_measured_as_in_python(volume, shown, key, kind):
    view = ctkit.explore(volume, plane="coronal", slice=4)
    page = shown(view)
    page.locator(".ctkit-image").focus()
    page.keyboard.press(key)
    shape = (SHAPE[0], SHAPE[2])
    drag(page, place(page, 1.3, 4.2, shape), place(page, 6.6, 30.7, shape))
    # The picture runs downwards from the highest slice.
    ends = {"start": (8 - 1.3, 4, 4.2), "end": (8 - 6.6, 4, 30.7)}
    view.roi = {"kind": kind, "plane": "coronal", "slice": 4, **ends}
    said = page.locator(".ctkit-measure").inner_text()
    assert f"mean {view.roi['mean']:.1f}  SD {view.roi['sd']:.1f} HU" in said
    assert f"{view.roi['minimum']:.0f} to {view.roi['maximum']:.0f} HU".replace("-", "−") in said
    assert f"{view.roi['area_mm2']:.0f} mm²" in said
    page.keyboard.press("ArrowDown")
    assert page.locator(".ctkit-measure").inner_text() == ""
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    assert page.locator(".ctkit-measure").inner_text() == ""


def test_region_from_the_keyboard_and_ruler_by_drag(volume, shown):
    page = shown(ctkit.explore(volume))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    page.keyboard.press(",")
    # 9 mm around the voxel in the middle, as far as the picture goes: 19 rows, 36 columns.
    assert f"{19 * 36 * 0.5:.0f} mm²" in page.locator(".ctkit-measure").inner_text()
    page.keyboard.press("l")
    drag(page, place(page, 2, 3, SHAPE[1:]), place(page, 14, 13, SHAPE[1:]))
    assert "ruler 13.0 mm" in page.locator(".ctkit-measure").inner_text()


def test_histogram_moves_the_window(volume, shown):
    page = shown(ctkit.explore(volume, window=(500, 800)))
    box = page.locator(".ctkit-histogram svg").bounding_box()
    low, high = volume.array.min(), volume.array.max()

    def at(hu):
        return box["x"] + (hu - low) / (high - low) * box["width"], box["y"] + 20

    drag(page, at(500), at(600))
    words = page.locator(".ctkit-bl").inner_text().split()
    assert [float(words[1]), float(words[3])] == pytest.approx([600, 800], abs=4)
    drag(page, at(1000), at(1200))
    words = page.locator(".ctkit-bl").inner_text().split()
    assert [float(words[1]), float(words[3])] == pytest.approx([700, 1000], abs=6)
    drag(page, at(200), at(400))
    words = page.locator(".ctkit-bl").inner_text().split()
    assert [float(words[1]), float(words[3])] == pytest.approx([800, 800], abs=8)


def test_play_goes_on_and_stops(volume, shown):
    page = shown(ctkit.explore(volume, slice=7))
    page.get_by_role("button", name="Play the slices").click()
    until(page, "document.querySelector('.ctkit-tl').textContent.includes(' 1 / 8')")
    page.get_by_role("button", name="Play the slices").click()
    words = page.locator(".ctkit-tl").inner_text()
    page.wait_for_timeout(300)
    assert page.locator(".ctkit-tl").inner_text() == words


def test_saved_png_and_copied_line(volume, shown):
    page = shown(
        ctkit.explore(volume, plane="coronal", window="brain"),
        permissions=["clipboard-read", "clipboard-write"],
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the picture").click()
    picture = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())))
    # 18 mm wide, 36 mm high: the middle half of the width holds the picture.
    assert picture[:, picture.shape[1] // 3, :3].max() > 0
    assert picture[200:-200, 80:140, :3].max() == 0
    page.get_by_role("button", name="Copy the state").click()
    until(page, "document.querySelector('.ctkit-said').textContent.includes('explore')")
    line = page.locator(".ctkit-said").inner_text()
    assert line.endswith("explore(volume, plane='coronal', slice=12, window='brain')")


def test_planes_click_moves_the_other_two(volume, shown):
    page = shown(ctkit.planes(volume, window="bone"))
    check(page, greys(volume, "axial", 4), 0)
    check(page, greys(volume, "coronal", 12), 1)
    check(page, greys(volume, "sagittal", 18), 2)
    page.mouse.click(*place(page, 5, 30, SHAPE[1:], nth=0))
    check(page, greys(volume, "axial", 4), 0)
    check(page, greys(volume, "coronal", 5), 1)
    check(page, greys(volume, "sagittal", 30), 2)
    # In the coronal picture row 1 is the second highest slice.
    page.mouse.click(*place(page, 1, 7, (SHAPE[0], SHAPE[2]), nth=1))
    check(page, greys(volume, "axial", 7), 0)
    check(page, greys(volume, "sagittal", 7), 2)
    page.keyboard.press("4")
    page.keyboard.press("ArrowDown")
    check(page, greys(volume, "coronal", 6), 1)


def test_compare_blends_and_probe(volume, shown):
    part = ctkit.Volume(volume.array[:, 4:20, 6:30] + np.int16(30), volume.affine @ _shift(0, 4, 6))
    view = ctkit.compare(volume, part, window="bone", limit=60)
    page = shown(view)
    check(page, greys(volume, "axial", 4), 0)
    check(page, greys(part, "axial", 4), 1)
    page.mouse.move(*place(page, 10, 12, SHAPE[1:]))
    text = page.locator(".ctkit-hu").inner_text().replace("−", "-")
    assert text == f"{volume.array[4, 10, 12]} HU → {volume.array[4, 10, 12] + 30} HU"
    # One frame of millimetres: the same place lies at the same place of both stages.
    boxes = page.locator(".ctkit-stage").all()
    (x, y), (x2, y2) = (
        place(page, 10, 12, SHAPE[1:]),
        place(page, 10 - 4, 12 - 6, (16, 24), nth=1),
    )
    first, second = (box.bounding_box() for box in boxes)
    assert x - first["x"] == pytest.approx(x2 - second["x"], abs=0.6)
    assert y - first["y"] == pytest.approx(y2 - second["y"], abs=0.6)
    view.blend = "difference"
    page = shown(view)
    colours = page.evaluate(
        """() => {
            const { width, height } = document.querySelector(".ctkit-image-over");
            const context = document.querySelector(".ctkit-image-over").getContext("2d");
            const { data } = context.getImageData(0, 0, width, height);
            return [[...data.slice(0, 4)], [...data.slice(4 * (10 * 36 + 12)).slice(0, 4)]];
        }"""
    )
    # Nothing where the part has no voxels; 30 of 60 HU is half of the orange.
    assert colours[0][3] == 0
    assert colours[1] == [128, 70, 25, 255]


def _shift(*index):
    affine = np.eye(4)
    affine[:3, 3] = index
    return affine


def test_curtain_and_flicker(volume, shown):
    view = ctkit.compare(volume, volume.with_array(-volume.array), blend="curtain")
    page = shown(view)
    over = page.locator(".ctkit-image-over").first
    before = over.evaluate("canvas => canvas.style.clipPath")
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("]")
    assert over.evaluate("canvas => canvas.style.clipPath") != before
    view.blend = "flicker"
    page = shown(view)
    over = page.locator(".ctkit-image-over").first
    until(page, "document.querySelector('.ctkit-tr').textContent === 'after'")
    assert over.is_visible()
    until(page, "document.querySelector('.ctkit-tr').textContent === 'before'")
    assert not over.is_visible()


def test_mask_lies_on_the_picture(volume, shown):
    mask = volume.with_array(volume.array > 500)
    page = shown(ctkit.explore(volume, mask=mask, window="bone"))
    check(page, greys(volume, "axial", 4))
    alpha = page.evaluate(
        """() => {
            const canvas = document.querySelector(".ctkit-mask");
            const { data } = canvas.getContext("2d").getImageData(0, 0, 36, 24);
            return Array.from({ length: 36 * 24 }, (_, i) => data[4 * i + 3]);
        }"""
    )
    assert np.array_equal(np.array(alpha).reshape(24, 36) > 0, mask.array[4])


@pytest.mark.parametrize("name", ["explore", "planes", "compare", "tune"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(volume, shown, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    views = {
        "explore": lambda: ctkit.explore(volume),
        "planes": lambda: ctkit.planes(volume),
        "compare": lambda: ctkit.compare(volume, volume),
        "tune": lambda: ctkit.tune(volume, lambda whole, by=1: whole, by=(0, 9)),
    }
    page = shown(views[name](), color_scheme=scheme)
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("?")
    found = axe.Axe().run(page).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in serious] == []


def test_touch_drag_changes_the_slice(volume, shown):
    page = shown(ctkit.explore(volume), has_touch=True)
    page.locator(".ctkit-image").focus()
    box = page.locator(".ctkit-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    events = [("pointerdown", 0), ("pointermove", 70), ("pointermove", 140), ("pointerup", 140)]
    for kind, down in events:
        options = {"pointerType": "touch", "pointerId": 1, "clientX": x, "clientY": y + down}
        page.evaluate(
            """([kind, options]) => {
                const stage = document.querySelector(".ctkit-stage");
                stage.setPointerCapture = () => {};
                stage.dispatchEvent(new PointerEvent(kind, { bubbles: true, ...options }));
            }""",
            [kind, options],
        )
    assert "6 / 8" in page.locator(".ctkit-tl").inner_text()


def fire(page, *events):
    """Pointer events on the first stage: (kind, right, down) from its corner."""
    page.evaluate(
        """(events) => {
            const stage = document.querySelector(".ctkit-stage");
            const box = stage.getBoundingClientRect();
            stage.setPointerCapture = () => {};
            for (const [kind, x, y] of events) {
                const options = { pointerId: 1, clientX: box.left + x, clientY: box.top + y };
                stage.dispatchEvent(new PointerEvent(kind, { bubbles: true, ...options }));
            }
        }""",
        events,
    )


def test_a_cancelled_drag_keeps_what_it_did_and_ends(volume, shown):
    page = shown(ctkit.explore(volume, window="bone"))
    fire(page, ("pointerdown", 90, 90), ("pointermove", 110, 90), ("pointercancel", 110, 90))
    assert "W 1100" in page.locator(".ctkit-bl").inner_text()
    assert page.get_by_label("Width", exact=True).input_value() == "1100"
    fire(page, ("pointermove", 190, 90), ("pointerup", 190, 90))
    assert "W 1100" in page.locator(".ctkit-bl").inner_text()


def test_a_long_drag_is_seen_at_once_and_told_before_it_ends(volume, shown):
    page = shown(ctkit.explore(volume, window="bone"))
    fire(page, ("pointerdown", 90, 90), ("pointermove", 110, 90))
    check(page, greys(volume, "axial", 4, 400, 1100))
    until(page, "document.querySelector('[aria-label=Width]').value === '1100'")
    # What another hand sets meanwhile stands, and so does the drag.
    page.get_by_label("Slice", exact=True).press("ArrowRight")
    fire(page, ("pointermove", 130, 90))
    check(page, greys(volume, "axial", 5, 400, 1200))
    fire(page, ("pointerup", 130, 90))
    check(page, greys(volume, "axial", 5, 400, 1200))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 40, 3)])
@pytest.mark.parametrize("show", [ctkit.explore, ctkit.planes])
def test_one_voxel_or_one_slice_is_a_volume_too(shown, shape, show):
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    page = shown(show(ctkit.Volume.from_spacing(array, (5.0, 1.0, 0.5)), window=(30, 61)))
    page.locator(".ctkit-image").first.focus()
    for key in ["ArrowDown", "End", "PageUp", "e", "Enter", "+", "Shift+ArrowRight", "c", "c"]:
        page.keyboard.press(key)
    fire(page, ("pointerdown", 90, 90), ("pointermove", 900, 1900), ("pointerup", 900, 1900))
    check(page, ctkit.apply_window(array[0], 30, 61, dtype=np.uint8))
    assert page.locator(".ctkit-error").is_hidden()


def test_no_number_is_tinted_and_said(shown):
    array = np.linspace(-100, 100, 60, dtype=np.float32).reshape(3, 4, 5)
    array[1, 2, 3], array[1, 0, 0] = np.nan, np.inf
    page = shown(ctkit.explore(ctkit.Volume.from_spacing(array, (2, 1, 1)), window=(0, 201)))
    known = np.isfinite(array[1])
    expected = ctkit.apply_window(np.where(known, array[1], 0), 0, 201, dtype=np.uint8)
    # Red of the tint, which is no grey.
    check(page, np.where(known, expected, 150))
    page.mouse.move(*place(page, 2, 3, (4, 5)))
    assert page.locator(".ctkit-hu").inner_text() == "no number"
    assert "2 of 60 voxels are no number" in page.locator(".ctkit-tr").inner_text()


@pytest.mark.parametrize(
    "show", [ctkit.planes, lambda one, **more: ctkit.compare(one, one, **more)]
)
def test_every_picture_is_reached_by_tab_and_shows_it(volume, shown, show):
    page = shown(show(volume, window="bone"))
    reached = 0
    for _ in range(20):
        page.keyboard.press("Tab")
        reached += page.evaluate(
            """() => {
                const active = document.activeElement;
                const stage = active.matches(".ctkit-image") && active.closest(".ctkit-stage");
                return stage && getComputedStyle(stage).boxShadow !== "none" ? 1 : 0;
            }"""
        )
    assert reached == page.locator(".ctkit-stage:visible").count() > 1


def test_state_of_the_page_is_the_view_s(volume, tmp_path):
    view = ctkit.explore(volume, plane="sagittal", slice=3, window="lung")
    text = view.to_html(tmp_path / "a.html").read_text("utf-8")
    state = json.loads(text.split('id="state">')[1].split("</script>")[0])
    assert (state["plane"], state["slice"], state["center"]) == ("sagittal", 3, -600)
