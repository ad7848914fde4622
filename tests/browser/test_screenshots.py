"""Pictures of the widgets for README and docs, made by `make screenshots` alone."""

from io import BytesIO

import pytest
from _jupyter import ROOT, hide_sidebars, open_lab
from _static import place
from PIL import Image

import ctkit

pytestmark = pytest.mark.browser
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 2_000_000  # of the moving picture
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
    context = chromium.new_context(viewport={"width": 1400, "height": 1300})
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
    taken = Image.open(BytesIO(wide.locator(".ctkit-explorer").screenshot()))
    path = IMAGES / f"{name}.png"
    # Greys and a few colours: a palette halves the file.
    taken.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size > 20_000
    lab.close_kernels()


def test_moving_picture(shown, head):
    """The three planes under a hand: slices, a click, windows."""
    view = ctkit.planes(head, window=(40, 400), cursor=(30, 128, 128))
    page = shown(view, width=930, height=700)
    film = Film(page)
    axial, sagittal = (
        place(page, *at, head.plane(plane, 0).shape, nth)
        for plane, nth, at in (
            ("axial", 0, (110, 150)),
            ("sagittal", 2, (60, 90)),
        )
    )
    film.move(axial)
    page.locator(".ctkit-image").first.focus()
    for _ in range(24):
        page.keyboard.press("ArrowUp")
        film.take()
    film.move(sagittal)
    page.mouse.click(*sagittal)
    film.take(12)
    film.move(axial)
    page.mouse.click(*axial)
    film.take(8)
    page.mouse.down()
    for step in range(1, 13):
        film.move((axial[0] + 14 * step, axial[1] + 6 * step), steps=1)
    page.mouse.up()
    film.take(10)
    page.keyboard.press("Space")
    film.take(10)
    film.save(IMAGES / "planes.gif")
    assert (IMAGES / "planes.gif").stat().st_size < MOST_BYTES


class Film:
    """Pictures of a page's view, with a dot where the pointer is."""

    def __init__(self, page):
        self.page, self.at, self.frames = page, (5, 5), []
        page.evaluate(
            """() => {
                const dot = document.createElement("div");
                dot.style.cssText =
                    "position:fixed;width:14px;height:14px;margin:-7px;z-index:99;" +
                    "border-radius:50%;border:2px solid #000;background:#fffc;" +
                    "pointer-events:none";
                document.body.append(dot);
                addEventListener("pointermove", ({ clientX, clientY }) => {
                    dot.style.left = `${clientX}px`;
                    dot.style.top = `${clientY}px`;
                }, true);
            }"""
        )

    def move(self, to, steps=5):
        """Move the pointer, with a picture at each step."""
        begin, self.at = self.at, to
        for step in range(1, steps + 1):
            self.page.mouse.move(
                *(a + (b - a) * step / steps for a, b in zip(begin, to, strict=True))
            )
            self.take()

    def take(self, count=1):
        """Take one picture, that is shown for so many twelfths of a second."""
        picture = self.page.locator(".ctkit-view").screenshot()
        self.frames.append((Image.open(BytesIO(picture)).convert("RGB"), count))

    def save(self, path):
        """As a GIF with as many colours as the file has room for."""
        pictures, counts = zip(*self.frames, strict=True)
        for colors in (96, 64, 48, 32, 24, 16):
            palette = pictures[len(pictures) // 2].quantize(colors, dither=Image.Dither.NONE)
            few = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
            few[0].save(
                path,
                save_all=True,
                append_images=few[1:],
                duration=[80 * count for count in counts],
                loop=0,
                optimize=True,
            )
            if path.stat().st_size < MOST_BYTES:
                break
