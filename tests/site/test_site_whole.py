"""The whole website: every view of every page alive, and Python's pixels on it."""

import numpy as np
import pytest
from _site import build
from test_site_pages import alive, greys_of, reader, watch  # noqa: F401  (a fixture)

import ctkit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with build(tmp_path_factory.mktemp("website") / "site") as served:
        yield served


def test_every_view_of_every_page_is_alive(site, reader):  # noqa: F811
    page = reader("index.html")
    for name in site.pages:
        page.goto(site.url + name)
        for place, state in enumerate(site.states(name)):
            figure = alive(page, place)
            assert figure.locator(".ctkit-error:visible").count() == 0, (name, place)
            if state["mode"] == "single" and not state["slab"]:
                assert_moves(page, figure, state, site.volume(state["voxels"]))


def assert_moves(page, figure, state, values):
    """One slice more or less by key shows another picture, the one that Python makes."""
    last = values.shape[0] - 1
    for key, slice in (("End", last), ("Home", 0)):
        figure.locator(".ctkit-image").first.focus()
        page.keyboard.press(key)
        assert f"{slice} / {last}" in figure.locator(".ctkit-tl").inner_text()
        if state["plane"] == "axial" and state["function"] == "LINEAR":
            volume = ctkit.Volume(values, np.array(state["voxels"]["affine"]))
            plane = volume.plane("axial", slice, state["convention"])
            wanted = ctkit.apply_window(plane, state["center"], state["width"], dtype=np.uint8)
            assert np.array_equal(greys_of(page, figure), wanted)


def test_the_pages_are_small(site):
    # What runs in the tab is another part, which a site that was built whole has beside them.
    parts = [part for part in site.folder.iterdir() if part.name != "lite"]
    files = [path for part in parts for path in (part, *part.rglob("*")) if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 30_000_000
