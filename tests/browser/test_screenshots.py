"""Pictures of the widgets for README and docs, made by `make screenshots` alone."""

import pytest
from _jupyter import ROOT, hide_sidebars, open_lab

pytestmark = pytest.mark.browser
HEAD = "import ctkit\nhead = ctkit.load(ctkit.samples.head())"
WIDGETS = {
    "explore": "ctkit.explore(head, slice=60, window='brain')",
    "planes": "ctkit.planes(head, cursor=(58, 120, 128), window='brain')",
    "compare": "ctkit.compare(head, ctkit.denoise(head, 'gaussian'), slice=60, window='brain')",
    "tune": (
        "ctkit.tune(head, ctkit.head_mask, threshold_hu=(-900, 300), opening_mm=(0.0, 8.0),\n"
        "           window=(0, 1000))"
    ),
}


@pytest.fixture(scope="module")
def wide(chromium):
    context = chromium.new_context(
        viewport={"width": 1400, "height": 1300}, device_scale_factor=1.5
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", list(WIDGETS))
def test_screenshot(lab, wide, name):
    open_lab(lab, wide, lab.write_notebook(f"{name}.ipynb", HEAD, WIDGETS[name]))
    wide.wait_for_selector(".ctkit-image[aria-label]", timeout=120_000)
    hide_sidebars(wide)
    wide.wait_for_timeout(4000)
    # The whole result, not a preview of it.
    wide.wait_for_function("!document.querySelector('.ctkit-stages').innerText.includes('preview')")
    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    wide.locator(".ctkit-explorer").screenshot(path=path)
    assert path.stat().st_size > 20_000
    lab.close_kernels()
