"""Slides in Chromium at 1280 x 720: none longer than the screen, none set too small to read."""

import os
import sys

import _pages
import pytest

sys.path.insert(0, str(_pages.ROOT / "notebooks"))

import export

pytestmark = pytest.mark.browser
SMALLEST = 0.8  # of the size of letters that slides.css sets
QUICK = "05"
READ = """() => {
    const found = [];
    for (let i = 0; i < Reveal.getTotalSlides(); i++) {
        Reveal.slide(i, 0);
        const slide = Reveal.getCurrentSlide();
        const inside = [...slide.querySelectorAll("pre, img, table, p")]
            .filter((one) => !one.closest("aside"))
            .map((one) => one.getBoundingClientRect());
        found.push({
            height: slide.scrollHeight, width: slide.scrollWidth,
            fit: +slide.style.getPropertyValue("--fit"), shown: slide.innerText.trim().length,
            right: Math.max(0, ...inside.map((one) => one.right)),
        });
    }
    return found;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if not export.REVEAL.exists():
        reason = "no reveal.js here: `make slides` installs it"
        if os.environ.get("CTKIT_REQUIRE_NODE") == "1":
            pytest.fail(f"CTKIT_REQUIRE_NODE is 1, but there is {reason}")
        pytest.skip(reason)
    made = tmp_path_factory.mktemp("slides")
    export.bring_reveal(made)
    return made


def pages():
    for path in _pages.PAGES:
        marks = () if path.name.startswith(QUICK) else pytest.mark.slow
        yield pytest.param(path, id=path.stem[:2], marks=marks)


@pytest.mark.parametrize("path", list(pages()))
def test_no_slide_is_longer_than_a_screen(path, folder, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(export.to_slides(path, folder).as_uri())
    page.wait_for_selector("body[data-ready]")
    found = page.evaluate(READ)
    assert len(found) > 15
    for number, slide in enumerate(found, 1):
        assert slide["height"] <= 720, f"slide {number}"
        assert max(slide["width"], slide["right"]) <= 1280, f"slide {number}"
        assert slide["fit"] >= SMALLEST, f"slide {number}"
        assert slide["shown"], f"slide {number} is empty"
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
