"""The pages run whole in the tab, and say there what they say as they are committed."""

import pytest
from _tab import NOTEBOOKS, Tab, committed, said

pytestmark = pytest.mark.browser
NAMES = [path.name for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
#: Run each time: one with the head, short.
SHORT = "06_keep_only_the_head.ipynb"
#: What a cell may say otherwise, by page and words of its source: pixels of the sample slice are
#: not compressed in the tab, and the last digits of a phantom's noise are those of other builds.
OTHERWISE = {
    "01": ("last = list(dataset)[-1]", "card = ctkit.header(path)", "stored = dataset.pixel_array"),
    "05": ("medians = {}", "film = ctkit.show_windows(scan, windows"),
}
#: What scikit-image is needed for, where a release lacks it.
LACKING = "can't be had in this tab"
AFTER = "NameError"


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
        # What builds on a result that needed scikit-image has nothing to build on.
        if lacks and any(LACKING in text or AFTER in text for text in got):
            continue
        if expected != got:
            found.append((source, expected, got))
    return found


def run(chromium, lite, name, seconds=400):
    tab = Tab(chromium, lite)
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


def test_a_difference_is_found():
    cells = committed(SHORT)
    assert differences(SHORT, cells, lacks=False) == []
    number = next(k for k, cell in enumerate(cells) if said(cell)[0])
    cells[number]["outputs"] = []
    assert len(differences(SHORT, cells, lacks=True)) == 1
