"""explore in a real JupyterLab: pixels against the reference, hands, and no kernel."""

import time

import numpy as np
import pytest
from _jupyter import open_lab, pixels, run_cell

import ctkit

pytestmark = pytest.mark.browser
SHAPE = (9, 24, 36)
MAKE = """
import numpy as np, ctkit
values = np.random.default_rng(5).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))
view = ctkit.explore(volume, window="bone")
heard = []
view.observe(lambda change: heard.append(change["new"]), "slice")
view
"""


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(5).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


@pytest.fixture(scope="module")
def opened(lab, chromium):
    """A notebook with the viewer in it, opened once."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    open_lab(lab, page, lab.write_notebook("explore.ipynb", MAKE))
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=60_000)
    yield page
    context.close()
    lab.close_kernels()


@pytest.fixture
def notebook(opened):
    """The page with the viewer as it was at first."""
    run_cell(opened, "view.plane = 'axial'; view.cursor = (4, 12, 18); view.window = 'bone'")
    opened.wait_for_function(
        "document.querySelector('.ctkit-image').ariaLabel.includes('axial slice 4')"
        "&& document.querySelector('.ctkit-bl').textContent.includes('bone')"
    )
    return opened


def expected(volume, plane, index, center=400, width=1000):
    return ctkit.apply_window(volume.plane(plane, index), center, width, dtype=np.uint8)


def check(page, wanted):
    """The canvas shows these greys, value for value."""
    found = np.array(pixels(page))
    assert np.array_equal(found, wanted), canvas(page).get_attribute("aria-label")


def canvas(page):
    return page.locator(".ctkit-image")


def numbers(page):
    """What slice, center and width say."""
    readouts = page.locator(".widget-slider .widget-readout").all_inner_texts()
    return [*readouts, page.locator(".ctkit-panel input[type=number]").first.input_value()]


def kernel_says(page, expression, wanted, seconds=10):
    """Wait until the kernel's answer is `wanted`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = run_cell(page, f"print({expression})").strip()
        if answer == wanted:
            return
        page.wait_for_timeout(100)
    assert answer == wanted


def test_keys_wheel_and_drag_reach_picture_and_python(notebook, volume):
    page = notebook
    check(page, expected(volume, "axial", 4))
    canvas(page).focus()
    for key, index in [("ArrowDown", 5), ("ArrowLeft", 4), ("End", 8), ("PageUp", 3), ("Home", 0)]:
        page.keyboard.press(key)
        check(page, expected(volume, "axial", index))
        assert f"axial slice {index} of 0 to 8" in canvas(page).get_attribute("aria-label")
    # A change under way is joined with those after it: Python hears the last for certain.
    kernel_says(page, "view.slice, heard[-1], view.cursor", "0 0 (0, 12, 18)")
    canvas(page).hover()
    page.wait_for_timeout(300)
    page.mouse.wheel(0, 120)
    page.wait_for_function("document.querySelector('.ctkit-tl').textContent.includes('1 / 8')")
    page.keyboard.press("5")
    check(page, expected(volume, "axial", 1, 40, 80))
    kernel_says(page, "view.window, view.preset_index", "Window(center=40.0, width=80.0) 5")


def test_drag_right_is_wider_down_is_higher_center(notebook):
    page = notebook
    box = canvas(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 10, steps=4)
    page.mouse.up()
    kernel_says(page, "view.center, view.width", "450.0 1100.0")
    kernel_says(page, "view.window_sliders.value", "Window(center=450, width=1100)")


def test_click_puts_the_cursor_and_the_probe_reads_hu(notebook, volume):
    page = notebook
    box = canvas(page).bounding_box()
    # Row 5 and column 30 of the 24 x 36 picture: no left and right, or up and down, mixed up.
    x = box["x"] + 30.5 / 36 * box["width"]
    y = box["y"] + 5.5 / 24 * box["height"]
    page.mouse.click(x, y)
    kernel_says(page, "view.cursor", "(4, 5, 30)")
    text = page.locator(".ctkit-probe").inner_text()
    assert "[4, 5, 30]" in text
    assert f"{volume.array[4, 5, 30]} HU".replace("-", "−") in text
    assert "L 15.00  P 5.00  S 16.00 mm" in text
    assert box["width"] / box["height"] == pytest.approx(36 * 0.5 / 24, rel=0.01)


def test_python_moves_the_picture_and_the_sliders(notebook, volume):
    page = notebook
    run_cell(page, "view.plane = 'sagittal'; view.slice = 33; view.window = (40, 81)")
    page.wait_for_function(
        "document.querySelector('.ctkit-image').ariaLabel?.includes('sagittal slice 33')"
    )
    page.wait_for_function("document.querySelector('.ctkit-bl').textContent.includes('W 81')")
    check(page, expected(volume, "sagittal", 33, 40, 81))
    assert numbers(page) == ["33", "40", "81"]
    kernel_says(page, "view.slice, view.max_slice, view.slice_slider.value", "33 35 33")


def test_python_may_set_what_it_likes_while_the_hand_drags(notebook, volume):
    page = notebook
    box = canvas(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + 5 * step, y)
        run_cell(page, f"view.slice = {step}; view.center = {300 + step}")
    page.mouse.up()
    # The drag had the window in hand; the slice is Python's.
    kernel_says(page, "view.slice, view.center, view.width", "8 400.0 1200.0")
    check(page, expected(volume, "axial", 8, 400, 1200))
    run_cell(page, "view.center = 500")
    page.wait_for_function("document.querySelector('.ctkit-bl').textContent.includes('C 500')")
    check(page, expected(volume, "axial", 8, 500, 1200))


def test_a_slider_of_your_own_is_tied_in_both_directions(notebook, volume):
    page = notebook
    run_cell(
        page,
        "import ipywidgets\n"
        "own = ipywidgets.IntSlider(0, 0, 8)\n"
        "tied = ipywidgets.link((view, 'slice'), (own, 'value'))\n"
        "own.value = 7",
    )
    page.wait_for_function("document.querySelector('.ctkit-image').ariaLabel.includes('slice 7')")
    check(page, expected(volume, "axial", 7))
    canvas(page).focus()
    for key in ["Home", "ArrowDown", "ArrowDown", "ArrowUp"]:
        page.keyboard.press(key)
    check(page, expected(volume, "axial", 1))
    kernel_says(page, "own.value, view.slice", "1 1")
    run_cell(page, "tied.unlink(); own.close()")
    page.wait_for_timeout(300)
    check(page, expected(volume, "axial", 1))


def test_the_width_is_set_by_hand_to_any_hu(notebook, volume):
    page = notebook
    box = page.locator(".ctkit-panel input[type=number]").first
    box.fill("8")
    box.press("Enter")
    kernel_says(page, "view.width, view.window_sliders.width.value", "8.0 8")
    check(page, expected(volume, "axial", 4, 400, 8))
    slider = page.locator(".ctkit-panel input[type=range]").first
    for key, width in [("ArrowRight", 9), ("ArrowDown", 8), ("ArrowLeft", 7), ("Home", 1)]:
        slider.press(key)
        check(page, expected(volume, "axial", 4, 400, width))
    kernel_says(page, "view.slice, view.window", "4 Window(center=400.0, width=1.0)")
    # Half of the slider's way is for what brain and stroke windows need: a pixel is a few HU.
    place = slider.bounding_box()
    middle = place["y"] + place["height"] / 2
    page.mouse.click(place["x"] + place["width"] / 2, middle)
    kernel_says(page, "150 < view.width < 600", "True")
    page.mouse.click(place["x"] + 0.2 * place["width"], middle)
    kernel_says(page, "view.width < 150", "True")
    first = float(run_cell(page, "print(view.width)"))
    page.mouse.down()
    page.mouse.move(place["x"] + 0.2 * place["width"] + 4, middle, steps=2)
    page.mouse.up()
    kernel_says(page, f"0 < view.width - {first} < 12", "True")
    run_cell(page, "view.width = 1501")
    page.wait_for_function("document.querySelector('.ctkit-bl').textContent.includes('W 1501')")
    assert numbers(page)[2] == "1501"
    kernel_says(page, "view.width", "1501.0")
    box.fill("99999")
    box.press("Tab")
    kernel_says(page, "view.width == view.limits['width'][1]", "True")


def test_every_control_works_with_the_kernel_dead(notebook, volume, lab):
    page = notebook
    assert page.locator(".ctkit-kernel").inner_text() == ""
    lab.close_kernels()
    page.wait_for_function(
        "document.querySelector('.ctkit-kernel').textContent.includes('on its own')"
    )
    page.get_by_role("button", name="sagittal").click()
    check(page, expected(volume, "sagittal", 18))
    handles = page.locator(".ctkit-panel .noUi-handle")
    handles.nth(0).press("ArrowRight")
    check(page, expected(volume, "sagittal", 19))
    # Down is the next one, as on the picture.
    handles.nth(0).press("ArrowDown")
    check(page, expected(volume, "sagittal", 20))
    handles.nth(0).press("ArrowUp")
    check(page, expected(volume, "sagittal", 19))
    page.locator(".ctkit-panel select").first.select_option(index=5)
    check(page, expected(volume, "sagittal", 19, 40, 80))
    page.locator(".ctkit-panel input[type=range]").first.press("ArrowRight")
    check(page, expected(volume, "sagittal", 19, 40, 81))
    page.get_by_role("button", name="axial").click()
    check(page, expected(volume, "axial", 4, 40, 81))
    assert numbers(page) == ["4", "40", "81"]
    page.get_by_role("button", name="sagittal").click()
    check(page, expected(volume, "sagittal", 19, 40, 81))
