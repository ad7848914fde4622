"""A page in JupyterLite: Python starts in the tab, changes are kept, and can be thrown away."""

import json

import numpy as np
import pytest
from _jupyter import pixels
from _tab import said

import ctkit

pytestmark = pytest.mark.browser
PAGE = "03_know_left_from_right.ipynb"


@pytest.fixture(scope="module")
def opened(tab):
    """The page, with its first cell run before there is a kernel."""
    tab.open(PAGE)
    tab.page.locator(".jp-CodeCell .cm-content").first.click()
    tab.page.keyboard.press("Shift+Enter")
    notice = tab.page.locator(".ctkit-notice")
    notice.wait_for(state="visible")
    tab.waited = notice.text_content()
    tab.wait_for_python()
    return tab


def test_a_cell_that_is_run_early_waits_and_says_so(opened):
    assert opened.waited.startswith("Your cell waits")
    opened.page.wait_for_function(
        "() => !document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent.includes('*')",
        timeout=60_000,
    )
    # Its import was done: nobody else has.
    assert opened.run("ctkit.__version__") == repr(ctkit.__version__)


def test_the_head_is_the_same_and_fetched_once(opened):
    code = "import zlib; v = ctkit.load(ctkit.samples.head()); (v.shape, zlib.crc32(v.array))"
    import zlib

    head = ctkit.load(ctkit.samples.head())
    assert opened.run(code) == repr((head.shape, zlib.crc32(head.array)))
    opened.run("ctkit.load(ctkit.samples.head())")
    assert sum("/_volumes/" in url for url in opened.asked) == 1
    # Nor does it wait for what only others need.
    assert not any("/scipy-" in url for url in opened.asked)


def test_the_twin_has_the_hu_of_the_sample_slice(opened):
    import zlib

    own = ctkit.load(ctkit.samples.head_slice()).array
    code = "zlib.crc32(ctkit.load(ctkit.samples.head_slice()).array)"
    assert opened.run(code) == repr(zlib.crc32(own))


def test_packages_come_when_they_are_first_imported(opened):
    # The picture of a viewer is written with fonts of a package of their own.
    code = "from ctkit.widgets import still; still.picture(ctkit.explore(v)).size"
    assert opened.run(code) == "(512, 512)"
    assert any("/dejavu_fonts-" in url for url in opened.asked)
    assert opened.run("import sys; 'matplotlib' in sys.modules") == "False"
    assert not any("/matplotlib-" in url for url in opened.asked)
    assert opened.run("from matplotlib.figure import Figure; Figure.__name__") == "'Figure'"
    assert any("/matplotlib-" in url for url in opened.asked)
    # Its list of fonts is there: else it says that it makes one, and takes seconds for it.
    code = "from matplotlib.font_manager import fontManager; fontManager.afmlist"
    assert opened.run(code) == "[]"


def test_what_the_site_lacks_says_so_where_it_is_called(opened):
    if "skimage" not in opened.run("import pyodide_js; from skimage import measure; repr(measure)"):
        assert "can't be had in this tab" in opened.run("measure.marching_cubes(v.array, 300)")
    for name, word in (("ge-head", "drop its folder"), ("nonesuch", "there is no sample")):
        assert word in opened.run(f"ctkit.samples.fetch({name!r})")


def test_a_file_that_is_saved_can_be_read(opened):
    code = "ctkit.load(ctkit.save(v, 'mine.nii')).shape"
    assert opened.run(code) == repr(ctkit.load(ctkit.samples.head()).shape)


def test_the_viewer_shows_pythons_pixels(opened):
    opened.write(1, "view = ctkit.explore(v, window='bone')\nview")
    opened.page.evaluate(
        "() => { const panel = window.jupyterapp.shell.currentWidget;"
        " panel.content.activeCellIndex = 1;"
        " return window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    opened.page.wait_for_selector(".jp-OutputArea .ctkit-image[aria-label]", timeout=60_000)
    opened.page.wait_for_timeout(500)
    head = ctkit.load(ctkit.samples.head())
    k = head.shape[0] // 2
    grey = ctkit.apply_window(head.plane("axial", k), *ctkit.PRESETS["bone"], dtype=np.uint8)
    shown = np.array(pixels(opened.page, ".jp-OutputArea .ctkit-image"))
    assert shown.shape == grey.shape
    assert np.abs(shown.astype(int) - grey).max() <= 1


def test_what_a_callback_of_a_widget_imports_is_waited_for(opened):
    """A slider of `tune` may call a function that is the first to need a package."""
    code = """
import sys, ipywidgets
number, seen = ipywidgets.IntText(), ["nrrd" in sys.modules]
def changed(change):
    import nrrd
    seen.append((change["new"], nrrd.__name__))
number.observe(changed, "value")
print(number.comm.comm_id)"""
    comm = opened.run(code).strip()
    opened.page.evaluate(
        """async (id) => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            for (const value of [5, 6]) {
                const data = { method: "update", state: { value }, buffer_paths: [] };
                await kernel._comms.get(id).send(data).done;
            }
        }""",
        comm,
    )
    for _ in range(100):
        seen = opened.run("seen")
        if len(eval(seen)) == 3:
            break
        opened.page.wait_for_timeout(100)
    assert seen == "[False, (5, 'nrrd'), (6, 'nrrd')]"


def test_changes_are_kept_and_can_be_reset(opened):
    before = json.loads(json.dumps(opened.source(4)))
    opened.write(4, "mine = 41 + 1")
    opened.page.wait_for_timeout(500)
    opened.page.reload()
    opened.wait_for_page()
    opened.page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.content?.widgets?.length > 4"
    )
    assert opened.source(4) == "mine = 41 + 1"
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.evaluate("() => window.jupyterapp.commands.execute('ctkit:reset-page')")
    opened.page.wait_for_timeout(1000)
    assert opened.source(4) == before != "mine = 41 + 1"


def test_said_tells_printed_lines_from_results():
    stream = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}
    result = {"output_type": "execute_result", "data": {"text/plain": ["3"]}}
    assert said({"outputs": [stream, result]}) == ["a\nb", "3"]
