"""The picture takes the room that is there, and nothing reaches beyond it."""

import numpy as np
import pytest
from _jupyter import hide_sidebars, open_lab, run_cell

import ctkit

pytestmark = pytest.mark.browser
KINDS = ("explore", "planes", "compare", "tune")
# Width of the window, and whether the controls of each kind stand beside its pictures in it.
WIDTHS = {
    390: "",
    679: "",
    1000: "explore tune",
    1280: "explore compare tune",
    2000: " ".join(KINDS),
}
MAKE = """
import ctkit, ipywidgets, numpy as np
from IPython.display import display
values = np.random.default_rng(5).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.5, 0.9))
views = {
    "explore": ctkit.explore(volume),
    "planes": ctkit.planes(volume),
    "compare": ctkit.compare(volume, volume),
    "tune": ctkit.tune(volume, lambda whole, above=0: whole.with_array(whole.array > above),
                       above=(-500, 500)),
}
for view in views.values():
    display(view)
"""
BOXES = """(selector) => [...document.querySelectorAll(selector)].map((box) => {
    const at = (one) => {
        const { left, top, right, bottom, width, height } = one.getBoundingClientRect();
        return { left, top, right, bottom, width, height };
    };
    const room = at(box.closest(".jp-OutputArea-output") ?? document.body);
    const seen = [...box.querySelectorAll("*")].filter((one) => one.checkVisibility());
    return {
        box: at(box),
        room,
        view: at(box.querySelector(".ctkit-view")),
        stages: [...box.querySelectorAll(".ctkit-stage:not([hidden])")].map(at),
        controls: at([...box.querySelectorAll(":scope > .ctkit-panel, .ctkit-native")].at(-1)),
        beyond: seen.filter((one) => at(one).right > room.right + 1 && !one.closest("svg"))
            .map((one) => one.className),
    };
})"""


@pytest.fixture(scope="module")
def volume():
    values = np.random.default_rng(5).integers(-1000, 2000, (9, 24, 36)).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.5, 0.9))


@pytest.fixture(scope="module")
def notebook(lab, chromium):
    """All four in one cell of one JupyterLab."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    open_lab(lab, page, lab.write_notebook("room.ipynb", MAKE))
    page.wait_for_function(
        "document.querySelectorAll('.ctkit-image[aria-label]').length >= 7", timeout=60_000
    )
    hide_sidebars(page)
    yield page
    context.close()
    lab.close_kernels()


def check(kind, found, beside):
    """Nothing beyond the room; square stages in a row; the controls beside them or below."""
    assert found["beyond"] == []
    assert (found["controls"]["left"] >= found["view"]["right"]) == beside
    assert beside or found["controls"]["top"] >= found["view"]["bottom"]
    # The controls take at most 345 px and the gap, the pictures all else as far as it is of use.
    left = found["room"]["width"] - (345 + 40 if beside else 36)
    high = max(stage["height"] for stage in found["stages"])
    across = {"planes": 3, "compare": 2}.get(kind, 1)
    assert found["view"]["width"] >= min(left, 1.24 * across * high), kind


READ = """() => {
    const wide = (one) => one.getBoundingClientRect().width;
    const all = (selector) => [...document.querySelectorAll(selector)]
        .filter((one) => one.checkVisibility());
    const outside = (one) => {
        const [own, axis] = [one, one.parentElement].map((at) => at.getBoundingClientRect());
        return own.left < axis.left - 1 || own.right > axis.right + 1;
    };
    return {
        slices: all(".ctkit-slice .noUi-base").map(wide),
        cut: all(".ctkit-mm").filter((one) => one.scrollWidth > one.clientWidth).length,
        ticks: all(".ctkit-histogram-axis span").filter(outside).map((one) => one.textContent),
    };
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_in_jupyterlab(notebook, width):
    notebook.set_viewport_size({"width": width, "height": 800})
    notebook.wait_for_timeout(500)
    every = dict(zip(KINDS, notebook.evaluate(BOXES, ".ctkit-explorer"), strict=True))
    for kind, found in every.items():
        check(kind, found, beside=kind in WIDTHS[width])
    found = notebook.evaluate(READ)
    # Slider after slider is long enough for a hand, and no number is cut off.
    assert len(found["slices"]) == 3
    assert min(found["slices"]) >= 140
    assert found["cut"] == 0
    assert found["ticks"] == []
    if width >= 1280:
        # JupyterLab leaves 679 px of a window of 800 for the notebook: all of a view is seen.
        pane = notebook.locator(".jp-WindowedPanel-outer").first.bounding_box()["height"]
        assert pane == pytest.approx(679, abs=12)
        assert {
            kind: found["box"]["height"] < pane for kind, found in every.items()
        } == dict.fromkeys(KINDS, True)


def test_axe_finds_a_name_for_every_control(notebook):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    notebook.set_viewport_size({"width": 1280, "height": 800})
    handles = notebook.locator(".ctkit-explorer .noUi-handle")
    assert handles.count() >= 8
    names = {handle.get_attribute("aria-label") for handle in handles.all()}
    assert names == {"Slice", "Center", "above"}
    for kind, box in zip(KINDS, notebook.locator(".ctkit-explorer").all(), strict=True):
        box.evaluate("(one, kind) => one.setAttribute('data-kind', kind)", kind)
        found = axe.Axe().run(notebook, context=f"[data-kind={kind}]").response["violations"]
        serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
        assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in serious] == [], kind


def test_on_a_high_window_the_picture_grows(notebook):
    notebook.set_viewport_size({"width": 2000, "height": 1300})
    notebook.wait_for_timeout(500)
    every = dict(zip(KINDS, notebook.evaluate(BOXES, ".ctkit-explorer"), strict=True))
    heights = {kind: found["stages"][0]["height"] for kind, found in every.items()}
    assert heights["explore"] == pytest.approx(1300 - 285)
    assert heights["tune"] == pytest.approx(1300 - 350)
    assert heights["compare"] > 650
    assert heights["planes"] > 450


@pytest.mark.parametrize("kind", KINDS[:3])
def test_on_a_page_without_jupyter(volume, shown, kind):
    view = getattr(ctkit, kind)(*[volume] * (2 if kind == "compare" else 1))
    page = shown(view, 390, 844)
    for width in WIDTHS:
        height = 844 if width == 390 else 800
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        (found,) = page.evaluate(BOXES, ".ctkit-explorer")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        beside = width >= {"explore": 1000, "compare": 1000, "planes": 2000}[kind]
        check(kind, found, beside)
        assert found["stages"][0]["height"] <= height - 190


IN_A_BOX = """
rows = ipywidgets.HBox([ctkit.explore(volume), ctkit.tune(volume, lambda v, by=1: v, by=(0, 9))])
rows
"""


def test_in_a_box_of_one_s_own_a_view_keeps_its_controls(lab, page):
    open_lab(lab, page, lab.write_notebook("box.ipynb", MAKE.split("views =")[0], IN_A_BOX))
    page.wait_for_function(
        "document.querySelectorAll('.widget-hbox > .ctkit-explorer .ctkit-panel').length === 3",
        timeout=60_000,
    )
    page.wait_for_timeout(300)
    first, second = page.evaluate(BOXES, ".widget-hbox > .ctkit-explorer")
    assert first["beyond"] == second["beyond"] == []
    assert first["box"]["right"] <= second["box"]["left"]
    assert abs(first["box"]["width"] - second["box"]["width"]) < 30
    # Each is alive, and moves its own picture: below it in half of the room.
    boxes = page.locator(".widget-hbox > .ctkit-explorer")
    words = [box.locator(".ctkit-tl").first for box in boxes.all()]
    boxes.nth(0).get_by_role("button", name="coronal").click()
    boxes.nth(1).get_by_role("button", name="sagittal").click()
    page.wait_for_function("document.querySelectorAll('.ctkit-tl')[0].textContent[0] === 'c'")
    assert words[0].inner_text().startswith("coronal  12 / 23")
    assert words[1].inner_text().startswith("sagittal  18 / 35")
    boxes.nth(0).locator(".noUi-handle").first.press("ArrowRight")
    page.wait_for_function("document.querySelectorAll('.ctkit-tl')[0].textContent.includes('13 /')")
    assert "coronal" in run_cell(page, "print(rows.children[0].plane)")
    # The parameters of tune stand over its pictures, as in a box of its own.
    over = boxes.nth(1).locator(".ctkit-parameters").bounding_box()
    assert over["y"] < boxes.nth(1).locator(".ctkit-view").bounding_box()["y"]
    run_cell(page, "rows.children[0].close()")
    page.wait_for_function("document.querySelectorAll('.ctkit-view').length === 1")
    lab.close_kernels()
