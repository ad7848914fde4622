"""Marks in JupyterLab and Notebook 7: what the hand draws reaches Python, and the other way."""

import shutil
import time
from importlib.util import find_spec

import pytest
from _jupyter import Server, open_lab, run_cell
from _static import drag, place
from playwright.sync_api import TimeoutError

pytestmark = pytest.mark.browser
SHAPE = (24, 36)
MAKE = """
import numpy as np, ctkit
values = np.random.default_rng(5).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))
view = ctkit.explore(volume, window="bone")
heard = []
view.observe(lambda change: heard.append(len(change["new"])), "drawn")
view
"""


def kernel_says(page, expression, wanted, seconds=20):
    """Wait until the kernel's answer is `wanted`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = run_cell(page, f"print({expression})").strip()
        if answer == wanted:
            return
        page.wait_for_timeout(100)
    assert answer == wanted


@pytest.fixture
def notebook7(chromium_path, tmp_path):
    if shutil.which("jupyter-notebook") is None and find_spec("notebook") is None:
        pytest.skip("the package notebook is not installed")
    with Server(tmp_path, "notebook") as server:
        yield server


def shown(page):
    """Whether the viewer comes within a few seconds."""
    try:
        page.wait_for_selector(".ctkit-image[aria-label]", timeout=4000)
    except TimeoutError:
        return False
    return True


def draw(page):
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=60_000)
    page.locator(".ctkit-image").focus()
    page.keyboard.press("l")
    drag(page, place(page, 2, 3, SHAPE), place(page, 14, 13, SHAPE))
    page.wait_for_function("document.querySelectorAll('.ctkit-marklist li').length === 1")


def test_marks_go_both_ways_in_jupyterlab(lab, page):
    open_lab(lab, page, lab.write_notebook("marks.ipynb", MAKE))
    draw(page)
    kernel_says(
        page, "round(view.ruler['mm'], 1), view.ruler['slice'], len(view.drawn)", "13.0 4 1"
    )
    # A drag of many steps: Python hears of it when the hand rests, and at its end.
    run_cell(page, "heard.clear()")
    start, end = place(page, 14, 13, SHAPE), place(page, 2, 23, SHAPE)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=80)
    page.mouse.up()
    kernel_says(page, "round(view.ruler['mm'], 1)", "10.0")
    assert int(run_cell(page, "print(len(heard))")) <= 5
    # What Python sets is drawn, with the numbers that it measured.
    corners = "volume.to_world([(4, 8, 6), (4, 20, 26)])"
    made = f"{{'kind': 'ellipse', 'name': 'lesion', 'plane': 'axial', 'points': {corners}}}"
    run_cell(page, f"view.marks = [*view.drawn, {made}]")
    page.wait_for_function(
        "document.querySelectorAll('.ctkit-mark-label:not(:empty)').length === 2"
    )
    mean = float(run_cell(page, "print(view.roi['mean'])"))
    label = page.locator(".ctkit-mark-label", has_text="lesion").inner_text()
    assert f"lesion mean {mean:.1f} HU".replace("-", "−") in label
    # The keys of the marks are none of the notebook's.
    cells = page.locator(".jp-Cell").count()
    name = page.get_by_role("textbox", name="Name of lesion")
    name.fill("")
    name.press_sequentially("dd x")
    name.press("Enter")
    kernel_says(page, "view.drawn[1]['name']", "dd x")
    page.locator(".ctkit-image").focus()
    page.keyboard.press("Control+z")
    kernel_says(page, "view.drawn[1]['name']", "lesion")
    page.keyboard.press("Control+z")
    kernel_says(page, "len(view.drawn), round(view.ruler['mm'], 1), view.roi", "1 10.0 None")
    page.keyboard.press("Control+Shift+Z")
    kernel_says(page, "len(view.drawn)", "2")
    assert page.locator(".jp-Cell").count() == cells
    lab.close_kernels()


@pytest.mark.slow  # what the views themselves do in Notebook 7 is tested each time
def test_marks_are_drawn_in_notebook_7(notebook7, page):
    name = notebook7.write_notebook("seven.ipynb", MAKE)
    page.goto(f"{notebook7.url}/notebooks/{name}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    # A cell that runs before the kernel is there asks for one, and gives nothing.
    for _ in range(30):
        page.locator(".jp-Cell .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        if shown(page):
            break
    draw(page)
    assert "ruler 13.0 mm" in page.locator(".ctkit-mark-label").all_inner_texts()
    assert page.locator(".ctkit-profile-words").inner_text().startswith("ruler: 13 mm, ")
    page.keyboard.press("Control+z")
    page.wait_for_function("!document.querySelector('.ctkit-line-ruler').getAttribute('d')")
