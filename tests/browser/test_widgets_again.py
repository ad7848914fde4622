"""A cell that runs again leaves nothing behind, in the kernel or in the page: in JupyterLab."""

import pytest
from _jupyter import open_lab, run_cell

pytestmark = pytest.mark.browser
# 12.5 MB of other voxels each time: what stays is seen at once.
MAKE = """
import numpy as np, ctkit
start = np.random.default_rng(1).integers(-1000, 2000, (48, 512, 256)).astype(np.int16)
count = 0

def changed():
    global count
    count += 1
    return ctkit.Volume.from_spacing(start + np.int16(count), (4.0, 1.0, 0.5))

def clipped(volume, by=0):
    return volume.with_array(np.maximum(volume.array, np.int16(by)))
"""
CELLS = {
    "a view": "ctkit.explore(changed())",
    "a view with a name": "volume = changed()\nview = ctkit.explore(volume)\nview",
    "a mask and a second volume": "one = changed()\n"
    "ctkit.compare(one, changed(), mask=one.array > 0, blend='difference')",
    "what is tuned": "ctkit.tune(changed(), clipped, by=(0, 100))",
}
RUN = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = 1;
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""


@pytest.fixture
def notebook(lab, page):
    """notebook(code): JupyterLab with MAKE in one cell and the code in the next."""

    def show(code):
        open_lab(lab, page, lab.write_notebook("leaks.ipynb", MAKE, code))
        page.locator(".ctkit-image[aria-label]").first.wait_for(timeout=60_000)
        return page

    yield show
    lab.close_kernels()


def again(page, times):
    """Run the cell of the view so many times, and wait for its picture each time."""
    for _ in range(times):
        page.evaluate(RUN)
        page.locator(".ctkit-image[aria-label]").first.wait_for(timeout=60_000)


def kernel_mb(page):
    """What the kernel holds in memory, in MB."""
    code = """
import gc, os
gc.collect()
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6)
"""
    return float(run_cell(page, code))


def page_mb(page):
    """What the page holds in objects and array buffers, in MB."""
    page.wait_for_timeout(500)
    cdp = page.context.new_cdp_session(page)
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    usage = cdp.send("Runtime.getHeapUsage")
    cdp.detach()
    return (usage["usedSize"] + usage["backingStorageSize"]) / 1e6


def widgets(page):
    """How many widgets are open in the kernel, and models in the page."""
    # Under no name: a variable that holds the views would keep them.
    code = "import ipywidgets; print(len(ipywidgets.widgets.widget._instances))"
    return int(run_cell(page, code))


def grows(notebook, code, first, last):
    """Run a cell again and again; (widgets, kernel, page) after `first` and `last` runs."""
    page = notebook(code)
    found = []
    for times in (first - 1, last - first):
        again(page, times)
        found.append((widgets(page), kernel_mb(page), page_mb(page)))
    return found


def check(found):
    (widgets_before, *before), (widgets_after, *after) = found
    print(*[f"{n} widgets, kernel {k:.0f} MB, page {p:.0f} MB" for n, k, p in found], sep="; ")
    assert widgets_after == widgets_before
    for name, one, other in zip(("kernel", "page"), before, after, strict=True):
        assert other <= 1.3 * one, f"{name}: {one:.0f} MB, then {other:.0f} MB"


def test_a_cell_that_runs_again_leaves_nothing_behind(notebook):
    check(grows(notebook, CELLS["what is tuned"], 3, 9))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", CELLS)
def test_thirty_runs_of_a_cell_leave_nothing_behind(notebook, name):
    check(grows(notebook, CELLS[name], 3, 30))
