"""tune, large volumes, several views and closed cells in JupyterLab; and Notebook 7."""

import re
import shutil
import time

import numpy as np
import pytest
from _jupyter import ROOT, Server, open_lab, pixels, run_cell, run_first_cell

import ctkit

pytestmark = pytest.mark.browser
SCRIPT = ROOT / "ctkit" / "widgets" / "view.js"
MAKE = """
import numpy as np, ctkit
values = np.random.default_rng(7).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))
"""


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(7).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


@pytest.fixture
def show(lab, page):
    """show(code): run the code in JupyterLab after MAKE; gives the page."""

    def run(code):
        open_lab(lab, page, lab.write_notebook("more.ipynb", MAKE, *code))
        # Not wait_for_selector, whose answer would keep the element alive.
        found = page.locator(".ctkit-image[aria-label], .ctkit-error:not([hidden])")
        found.first.wait_for(timeout=60_000)
        return page

    yield run
    lab.close_kernels()


def check(page, wanted, nth=0, seconds=10):
    """Wait until a canvas shows these greys."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        canvas = page.locator(".ctkit-image").nth(nth)
        canvas.evaluate("canvas => canvas.classList.add('looked-at')")
        found = np.array(pixels(page, ".ctkit-image.looked-at"))
        canvas.evaluate("canvas => canvas.classList.remove('looked-at')")
        if np.array_equal(found, wanted):
            return
        page.wait_for_timeout(50)
    assert np.array_equal(found, wanted), canvas.get_attribute("aria-label")


def greys(array, center=400, width=1000):
    return ctkit.apply_window(array, center, width, dtype=np.uint8)


TUNE = """
def add(volume, by=0):
    if by > 90:
        raise ValueError("by is too large")
    return volume.with_array(volume.array + np.int16(by))

add.preview = "slice"
view = ctkit.tune(volume, add, by=(0, 100), window="bone")
view
"""


def test_tune_works_while_the_slider_moves(show, volume):
    page = show([TUNE])
    check(page, greys(volume.array[4]), nth=1)
    handle = page.locator(".ctkit-panel .noUi-handle").first
    for _ in range(5):
        handle.press("ArrowRight")
    check(page, greys(volume.array[4] + 5), nth=1)
    page.wait_for_timeout(800)
    answer = run_cell(page, "print(view.result.array.min() - volume.array.min(), repr(view.busy))")
    assert answer.strip() == "5 ''"
    run_cell(page, "view.parameters['by'].value = 95")
    page.wait_for_function(
        "document.querySelector('.ctkit-error:not([hidden])')?.textContent.includes('too large')"
    )
    handle.press("Home")
    check(page, greys(volume.array[4]), nth=1)
    assert page.locator(".ctkit-error").is_hidden()


LAZY = """
from ctkit.widgets import voxels as _voxels
_voxels.LIMIT = 1000
view = ctkit.explore(volume, window="bone")
view
"""


def test_large_volume_comes_slice_by_slice(show, volume):
    page = show([LAZY])
    check(page, greys(volume.array[4]))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("ArrowDown")
    check(page, greys(volume.array[5]))
    page.keyboard.press("5")
    check(page, greys(volume.array[5], 40, 80))
    page.get_by_role("button", name="sagittal").click()
    check(page, greys(volume.plane("sagittal", 18), 40, 80))
    assert run_cell(page, "print(view.voxels.buffer)").strip() == "None"
    box = page.locator(".ctkit-image").bounding_box()
    page.mouse.move(box["x"] + 3.5 / 24 * box["width"], box["y"] + 2.5 / 9 * box["height"])
    # Column 3 of the picture is row 3 of the array, line 2 is slice 6: seen from the left.
    value = f"{volume.array[6, 3, 18]} HU".replace("-", "−")
    assert page.locator(".ctkit-hu").inner_text() == value


def test_large_volumes_are_compared_and_shown_in_three_planes(show, volume):
    second = "ctkit.compare(volume, volume.with_array(-volume.array), blend='difference')"
    page = show([LAZY.replace("ctkit.explore(volume", "ctkit.planes(volume"), second])
    check(page, greys(volume.plane("axial", 4)), nth=0)
    check(page, greys(volume.plane("coronal", 12)), nth=1)
    check(page, greys(volume.plane("sagittal", 18)), nth=2)
    box = page.locator(".ctkit-image").nth(1).bounding_box()
    page.mouse.move(box["x"] + 7.5 / 36 * box["width"], box["y"] + 2.5 / 9 * box["height"])
    value = f"{volume.array[6, 12, 7]} HU".replace("-", "−")
    assert page.locator(".ctkit-hu").first.inner_text() == value
    reds = np.array(pixels(page, ".ctkit-mode-compare .ctkit-image-over"))
    apart = np.clip(-2.0 * volume.array[4] / 100, -1, 1)
    parts = np.floor(np.abs(apart) * 255 + 0.5) / 255
    assert np.abs(reds - np.where(apart < 0, 70, 255) * parts).max() <= 1


def test_two_views_of_one_widget_and_a_closed_cell(show, volume):
    page = show(["view = ctkit.explore(volume, window='bone')\nview", "view"])
    page.wait_for_function("document.querySelectorAll('.ctkit-image').length === 2")
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("End")
    check(page, greys(volume.array[8]), nth=0)
    check(page, greys(volume.array[8]), nth=1)
    counts = """async () => {
        const panel = window.jupyterapp.shell.currentWidget;
        const cells = panel.content.widgets;
        cells[1].model.clearExecution();
        cells[1].model.outputs?.clear?.();
        await new Promise((done) => setTimeout(done, 500));
        return document.querySelectorAll(".ctkit-image").length;
    }"""
    assert page.evaluate(counts) == 1
    run_cell(page, "view.slice = 2")
    check(page, greys(volume.array[2]), nth=0)
    run_cell(page, "view.close()")
    page.wait_for_function("!document.querySelector('.ctkit-image')")
    code = "from ctkit.widgets import voxels as _voxels; print(len(_voxels._SHARED))"
    assert run_cell(page, code).strip() == "0"


def test_running_a_cell_again_sends_no_voxels(show):
    page = show(["view = ctkit.explore(volume)\nview"])
    sent = run_cell(
        page,
        "from ctkit.widgets import voxels as _voxels\n"
        "first = view.voxels\n"
        "views = [ctkit.explore(volume) for _ in range(20)]\n"
        "print(len(_voxels._SHARED), all(v.voxels is first for v in views))",
    )
    assert sent.strip() == "1 True"


# Every kind of thing that goes on by itself, counted from before the first view.
COUNT = """() => {
    const going = (window.going = {
        timers: new Set(), observers: new Set(), frames: new Set() });
    const [ask, give] = [window.requestAnimationFrame, window.cancelAnimationFrame];
    window.requestAnimationFrame = (what) => {
        const ours = new Error().stack.includes("blob:");
        const id = ask((time) => { going.frames.delete(id); what(time); });
        if (ours) going.frames.add(id);
        return id;
    };
    window.cancelAnimationFrame = (id) => { going.frames.delete(id); give(id); };
    for (const kind of ["Timeout", "Interval"]) {
        const [set, clear] = [window[`set${kind}`], window[`clear${kind}`]];
        window[`set${kind}`] = (what, after, ...more) => {
            const ours = new Error().stack.includes("blob:");
            const id = set(what, after, ...more);
            if (ours && kind === "Interval") going.timers.add(id);
            return id;
        };
        window[`clear${kind}`] = (id) => { going.timers.delete(id); clear(id); };
    }
    const { observe, disconnect } = ResizeObserver.prototype;
    ResizeObserver.prototype.observe = function (target, ...more) {
        if (target.className === "ctkit-stage") going.observers.add(this);
        return observe.call(this, target, ...more);
    };
    ResizeObserver.prototype.disconnect = function () {
        going.observers.delete(this);
        return disconnect.call(this);
    };
}"""
CLEAR = """async (n) => {
    const cell = window.jupyterapp.shell.currentWidget.content.widgets[n];
    cell.model.clearExecution();
    await new Promise((done) => setTimeout(done, 500));
}"""


RUN = """async (n) => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = n;
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""


def listeners(cdp, expression):
    """The listeners on window or document, of the kinds that the viewer listens to."""
    found = cdp.send("Runtime.evaluate", {"expression": expression})["result"]["objectId"]
    every = cdp.send("DOMDebugger.getEventListeners", {"objectId": found})["listeners"]
    kinds = set(re.findall(r'addEventListener\("(\w+)"', SCRIPT.read_text("utf-8")))
    return sorted(one["type"] for one in every if one["type"] in kinds)


def pixels_alive(cdp):
    """How many pixels the viewer's canvases hold, in the page or still in memory."""
    found = cdp.send("Runtime.evaluate", {"expression": "HTMLCanvasElement.prototype"})["result"]
    every = cdp.send("Runtime.queryObjects", {"prototypeObjectId": found["objectId"]})["objects"]
    count = {
        "objectId": every["objectId"],
        "functionDeclaration": """function () {
            const ours = this.filter((one) => one.className?.startsWith?.("ctkit-"));
            return ours.reduce((sum, { width, height }) => sum + width * height, 0);
        }""",
        "returnByValue": True,
    }
    return cdp.send("Runtime.callFunctionOn", count)["result"]["value"]


@pytest.mark.parametrize("how", ["output cleared", "widget closed"])
def test_a_closed_cell_leaves_nothing_behind(show, how):
    code = "view = ctkit.compare(volume, volume.with_array(volume.array // 2), blend='flicker')"
    page = show(["ctkit.explore(volume)", f"{code}\nview"])
    cdp = page.context.new_cdp_session(page)
    page.evaluate(CLEAR, 1)
    page.evaluate(COUNT)
    left = []
    # JupyterLab itself adds some that stay, at first. Those of a leak come with each round.
    for _ in range(5):
        page.evaluate(RUN, 2)
        page.locator(".ctkit-image[aria-label]").first.wait_for()
        page.locator(".ctkit-image").first.focus()
        page.keyboard.press("c")
        counts = "[going.timers.size, going.observers.size, going.frames.size].join() === '{}'"
        page.wait_for_function(counts.format("1,1,1"))
        assert "wheel" in listeners(cdp, "document")
        page.evaluate(CLEAR, 2) if how == "output cleared" else run_cell(page, "view.close()")
        page.wait_for_function("!document.querySelector('.ctkit-image')")
        page.wait_for_function(counts.format("0,0,0"))
        left.append([listeners(cdp, place) for place in ("window", "document")])
        if left[-1:] == left[-2:-1]:
            break
    assert left[-1] == left[-2]
    assert "wheel" not in left[-1][1]
    assert pixels_alive(cdp) == 0


def buffers(cdp):
    """Bytes that the page holds in array buffers, in MB."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    return cdp.send("Runtime.getHeapUsage")["backingStorageSize"] / 1e6


FIRST_COLUMN = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 1, 700).data].join()"


def test_the_page_holds_a_volume_once_however_often_its_cell_runs(show):
    deep = "deep = ctkit.Volume.from_spacing(np.arange(12 * 700 * 900, dtype=np.int16)"
    deep += ".reshape(12, 700, 900), (2, 1, 1))"
    page = show(["ctkit.explore(volume)", deep, "ctkit.explore(deep)"])
    page.wait_for_function("document.querySelectorAll('.ctkit-image').length === 2")
    cdp = page.context.new_cdp_session(page)
    page.wait_for_timeout(1000)
    size, once = 12 * 700 * 900 * 2 / 1e6, buffers(cdp)
    before = page.locator(".ctkit-image").nth(1).evaluate(FIRST_COLUMN)
    run_cell(page, deep.replace("dtype=np.int16)", "dtype=np.int16)[::-1]"))
    for _ in range(20):
        page.evaluate(RUN, 3)
    page.wait_for_timeout(1000)
    # The one that was there has gone, and the new one has come.
    assert abs(buffers(cdp) - once) < 0.1 * size
    assert page.locator(".ctkit-image").nth(1).evaluate(FIRST_COLUMN) != before


def test_wrong_input_is_said_in_the_cell(show):
    page = show(["view = ctkit.explore(volume)\nview"])
    assert "slice is 0 to 8 in the axial plane, not 99" in run_cell(page, "view.slice = 99")
    assert "colour" in run_cell(page, "ctkit.explore(volume, colour=1)")


def test_a_page_keeps_one_script_for_all_widgets(show):
    page = show(["ctkit.explore(volume)", "ctkit.planes(volume)"])
    page.wait_for_function("document.querySelectorAll('.ctkit-image[aria-label]').length >= 4")
    assert page.evaluate("globalThis.ctkitScripts.size") == 1


def test_an_error_of_the_script_stands_in_the_widget(show):
    page = show(["view = ctkit.explore(volume)\nview.histogram = {'counts': 'abc'}\nview", "view"])
    page.wait_for_selector(".ctkit-error:not([hidden])")
    assert "The viewer stopped" in page.locator(".ctkit-error:not([hidden])").first.inner_text()


@pytest.fixture
def notebook7(chromium_path, tmp_path):
    if shutil.which("jupyter-notebook") is None and not _has_notebook():
        pytest.skip("the package notebook is not installed")
    with Server(tmp_path, "notebook") as server:
        yield server


def _has_notebook():
    from importlib.util import find_spec

    return find_spec("notebook") is not None


def test_notebook_7(notebook7, page, volume):
    name = notebook7.write_notebook("seven.ipynb", MAKE + "ctkit.explore(volume, window='bone')")
    page.goto(f"{notebook7.url}/notebooks/{name}")
    run_first_cell(page, ".ctkit-image[aria-label]")
    check(page, greys(volume.array[4]))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("End")
    check(page, greys(volume.array[8]))
    page.keyboard.press("+")
    page.keyboard.press("Control+ArrowDown")
    label = page.locator(".ctkit-image").get_attribute("aria-label")
    assert label.endswith("zoom 1.25")
    assert "slice 8" in label
    page.get_by_role("button", name="coronal").click()
    check(page, greys(volume.plane("coronal", 12)))
