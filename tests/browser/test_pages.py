"""Each page in a real JupyterLab: make the move that it asks for, read the number it names."""

import re
import shutil

import nbformat
import pytest
from _jupyter import ROOT, open_lab

pytestmark = pytest.mark.browser


def keys(*names):
    """Click on the picture, the last one where there are several, and press keys."""

    def move(page):
        canvas(page).click()
        for name in names:
            page.keyboard.press(name)

    return move


def slider(index, place=0):
    """Type a number into the readout of a slider: the first is the slice's, or the one told."""

    def move(page):
        readout = panel(page).locator(".widget-readout").nth(place)
        readout.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(str(index))
        page.keyboard.press("Enter")

    return move


def plane(name, *then):
    def move(page):
        panel(page).get_by_role("button", name=name).click()
        for action in then:
            action(page)

    return move


def point(row, column, size):
    """Hold the pointer over a pixel of a square picture of so many rows."""

    def move(page):
        box = canvas(page).bounding_box()
        page.mouse.move(
            box["x"] + (column + 0.5) / size * box["width"],
            box["y"] + (row + 0.5) / size * box["height"],
        )

    return move


def after(*moves):
    def move(page):
        for each in moves:
            each(page)

    return move


# Page, the move, and what can be read afterwards; the page's own text names it as well.
MOVES = [
    ("00", slider(60), "S 9.75 mm"),
    ("01", point(6, 6, 512), "-1000 HU"),
    ("02", plane("sagittal", plane("axial"), keys("End")), "S 80.25 mm"),
    ("03", keys("Home"), "R 122.02 mm"),
    ("04", point(127, 120, 256), "4 HU"),
    ("05", keys("4"), "C 400 W 1000"),
    ("06", after(slider(20), point(253, 128, 256)), "-1000 HU"),
    ("07", point(227, 128, 256), "173 HU"),
    ("08", plane("sagittal", slider(79)), "R 10.05 mm"),
    ("09", slider(90), "S 9.50 mm"),
    ("10", after(keys("5"), point(127, 120, 256)), "4 HU"),
]
# How the text says it, where it is not the very words of the screen.
IN_TEXT = {"05": "center **400** and width **1000**"}


def panel(page):
    """The controls of the page's last widget."""
    return page.locator(".ctkit-panel").last


def canvas(page):
    return page.locator(".ctkit-view").last.locator(".ctkit-image:visible").last


def words(page):
    """What the corners of the picture and the probe say, with plain minus signs and spaces."""
    view = page.locator(".ctkit-view").last
    parts = view.locator(".ctkit-tl, .ctkit-bl, .ctkit-tr, .ctkit-probe").all_inner_texts()
    return re.sub(r"\s+", " ", " | ".join(parts).replace("−", "-"))


@pytest.mark.parametrize(("number", "move", "reading"), MOVES, ids=[row[0] for row in MOVES])
def test_the_move_of_the_page_gives_its_number(lab, page, number, move, reading):
    source = next((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    cells = nbformat.read(source, as_version=4).cells
    prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert IN_TEXT.get(number, reading) in " ".join(prose.split())
    shutil.copy(source, lab.folder)
    try:
        open_lab(lab, page, source.name)
        calls = ("ctkit.explore(", "ctkit.planes(")
        places = [i for i, cell in enumerate(cells) if any(call in cell.source for call in calls)]
        wait_for_widget(page, places[-1])
        before = words(page)
        move(page)
        page.wait_for_timeout(200)
        assert reading in words(page)
        assert reading not in before
    finally:
        lab.close_kernels()


def wait_for_widget(page, place):
    """Scroll to the cell with the widget until it is there: the page is drawn in parts."""
    for _ in range(120):
        page.evaluate(
            "(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'center')",
            place,
        )
        if page.locator(f'[data-windowed-list-index="{place}"] .ctkit-image[aria-label]').count():
            break
        page.wait_for_timeout(500)
    canvas(page).scroll_into_view_if_needed()
    page.wait_for_timeout(300)
