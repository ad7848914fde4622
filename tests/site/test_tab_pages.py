"""The pages run whole in the tab, and say there what they say as they are committed."""

import pytest
from _tab import NOTEBOOKS, Tab, committed, said

pytestmark = pytest.mark.browser
NAMES = [path.name for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
#: Run each time: one with the head, short.
SHORT = "06_keep_only_the_head.ipynb"
#: What a cell may say otherwise, by page and words of its source: pixels of the sample slice are
#: not compressed in the tab; a phantom's noise is another one there: photons are drawn one after
#: the other, and a projection that differs in its ninth digit changes all that are drawn after it.
OTHERWISE = {
    "01": ("last = list(dataset)[-1]", "card = ctkit.header(path)", "stored = dataset.pixel_array"),
    "05": ("medians = {}", "film = ctkit.show_windows(scan, windows"),
    "07": ('curves, x="sigma of the gaussian, mm',),  # by 0.1 dB
    # A figure of what Dask would have made.
    "14": ('film = ctkit.figures.show_bars({name: {"blood": n}',),
}
#: Pages about what no tab has: Dask.
BEYOND = ("14",)
#: What scikit-image is needed for, where a release lacks it; and Dask, everywhere.
LACKING = "can't be had in this tab"
#: How a cell ends that builds on what one of them would have given.
AFTER = ("NameError", "KeyError'>: 'nlm'")


@pytest.fixture(scope="module")
def lacks(lite, chromium):
    """Whether this site has no scikit-image."""
    import json
    import urllib.request

    with urllib.request.urlopen(f"{lite}lite/static/pyodide/pyodide-lock.json") as answer:
        return "scikit-image" not in json.load(answer)["packages"]


def differences(name, cells, lacks):
    """(source, expected, said) of each cell that says something else."""
    allowed = OTHERWISE.get(name[:2], ())
    found = []
    for own, ran in zip(committed(name), cells, strict=True):
        source = "".join(own["source"])
        if own["cell_type"] != "code" or any(words in source for words in allowed):
            continue
        if "nbval-ignore-output" in own["metadata"].get("tags", ()):
            continue
        expected, got = said(own), said(ran)
        # What builds on a result that needed one of them has nothing to build on.
        if (lacks or name[:2] in BEYOND) and any(
            why in text for text in got for why in (LACKING, *AFTER)
        ):
            continue
        if expected != got:
            found.append((source, expected, got))
    return found


def run(chromium, lite, name, seconds=400, at_the_start=""):
    """The cells of a page that has run; its worker runs JavaScript of the test's at the start."""

    def begin(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=at_the_start + answer.text())

    tab = Tab(chromium, lite)
    if at_the_start:
        tab.context.route("**/pyodide/tab.js", begin)
    try:
        tab.open(name)
        tab.wait_for_python()
        cells = tab.run_cells(seconds)
    finally:
        tab.close()
    assert tab.outside == []
    return cells


@pytest.mark.timeout(600)
def test_a_page_says_the_same_in_the_tab(chromium, lite, lacks):
    cells = run(chromium, lite, SHORT)
    assert differences(SHORT, cells, lacks) == []
    assert all(c.get("execution_count") for c in cells if c["cell_type"] == "code")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [name for name in NAMES if name != SHORT])
def test_every_page_says_the_same_in_the_tab(chromium, lite, lacks, name):
    assert differences(name, run(chromium, lite, name, 900), lacks) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_page_says_the_same_where_no_import_can_wait(chromium, lite, lacks):
    """In browsers whose WebAssembly can't be suspended, all packages come before the first cell."""
    gone = "delete WebAssembly.Suspending; delete WebAssembly.promising;"
    cells = run(chromium, lite, SHORT, at_the_start=gone)
    assert differences(SHORT, cells, lacks) == []


def test_a_difference_is_found():
    cells = committed(SHORT)
    assert differences(SHORT, cells, lacks=False) == []
    number = next(k for k, cell in enumerate(cells) if said(cell)[0])
    cells[number]["outputs"] = []
    assert len(differences(SHORT, cells, lacks=True)) == 1
