"""Each page in a real JupyterLab: make the move that it asks for, read the number it names."""

import ast
import re
from contextlib import contextmanager
from io import BytesIO

import nbformat
import numpy as np
import pytest
from _jupyter import ROOT, open_lab, pixels
from _needed import needed
from PIL import Image

import ctkit

pytestmark = pytest.mark.browser


def keys(*names):
    """Click on the picture, the last one where there are several, and press keys."""

    def move(cell):
        # The stage: of a curtain's first picture only a part is seen.
        canvas(cell).locator("xpath=..").click()
        for name in names:
            cell.page.keyboard.press(name)

    return move


def slider(value, place=0):
    """Type a number into the readout or box of a slider: the first one, or the one told."""

    def move(cell):
        numbers = ".ctkit-panel .widget-readout, .ctkit-panel input[type=number]"
        readout = cell.locator(numbers).nth(place)
        readout.click()
        cell.page.keyboard.press("Control+a")
        cell.page.keyboard.type(str(value))
        cell.page.keyboard.press("Enter")

    return move


def slider_to_landmark(cell):
    """Page 08 prints the landmark's index in the cropped box, which depends on the mask."""
    outputs = [output for part in read_page("08") for output in part.get("outputs", ())]
    printed = " ".join(output.get("text", "") for output in outputs)
    slider(re.search(r"is now voxel \(\d+, \d+, (\d+)\)", printed)[1])(cell)


def plane(name):
    return lambda cell: cell.get_by_role("button", name=name).click()


def point(row, column, size):
    """Hold the pointer over a pixel of a square picture of so many rows."""

    def move(cell):
        box = canvas(cell).bounding_box()
        cell.page.mouse.move(
            box["x"] + (column + 0.5) / size * box["width"],
            box["y"] + (row + 0.5) / size * box["height"],
        )

    return move


def press(row, column, size):
    """Press on a pixel of the last picture."""

    def move(cell):
        point(row, column, size)(cell)
        cell.page.mouse.down()
        cell.page.mouse.up()

    return move


def region_at(row, column, size):
    """Put the cursor on a pixel, and an ellipse around it."""

    def move(cell):
        press(row, column, size)(cell)
        for name in ("e", "Enter"):
            cell.page.keyboard.press(name)

    return move


def choose(name):
    """Take an entry of the first menu."""
    return lambda cell: cell.locator(".ctkit-panel select").first.select_option(name)


def untick(name):
    """Take the tick from a box of the panel."""
    return lambda cell: cell.locator(".ctkit-panel").get_by_label(name, exact=True).uncheck()


def drag_curtain(share):
    """Drag the curtain from the middle to a share of the width."""

    def move(cell):
        box = stage(cell).bounding_box()
        y = box["y"] + box["height"] / 2
        cell.page.mouse.move(box["x"] + box["width"] / 2, y)
        cell.page.mouse.down()
        cell.page.mouse.move(box["x"] + share * box["width"], y, steps=5)
        cell.page.mouse.up()

    return move


# Page, widget, moves, and what can be read afterwards; the page's own text names it as well.
MOVES = [
    ("00", "explore(head", [slider(60)], "S 9.75 mm"),
    ("00", "planes", [keys("End")], "L 122.02 mm"),
    ("00", "explore(phantom", [point(66, 68, 128)], "6 HU"),
    ("01", "explore", [point(6, 6, 512)], "S 71.18 mm"),
    ("01", "compare", [point(6, 6, 512)], "-2000 HU → -1000 HU"),
    ("02", "explore", [plane("sagittal"), plane("axial"), keys("End")], "S 80.25 mm"),
    ("02", "tune", [slider(4)], "missing slices: 4"),
    ("03", "planes", [keys("Home")], "R 122.02 mm"),
    ("03", "explore", [point(107, 86, 256)], "4000 HU"),
    ("03", "tune", [choose("voxels")], "R 40.0 mm"),
    ("04", "explore", [point(127, 120, 256)], "4 HU"),
    ("04", "tune", [choose("as air")], "-444 HU"),
    ("05", "explore", [keys("4")], "C 400 W 1000"),
    ("05", "explore(head, window", [slider(32, 1), slider(8, 2)], "C 32 W 8 stroke"),
    ("05", "explore(scan", [keys("6")], "C 75 W 215 subdural"),
    ("06", "tune", [slider(1)], "3342 ml"),
    ("06", "tune(scan", [slider(0)], "2750 ml"),
    ("06", "explore", [slider(20), point(253, 128, 256)], "-1000 HU"),
    ("07", "explore", [region_at(196, 143, 256)], "SD 5.3 HU"),
    ("07", "tune", [choose("nlm")], "Denoised: nlm"),
    ("07", "tune(noisy", [slider(1.6)], "26.9 dB"),
    ("07", "compare", [point(227, 128, 256)], "1233 HU → 1060.19 HU"),
    ("08", "tune", [slider(40)], "100.0%"),
    ("08", "explore", [plane("sagittal"), slider_to_landmark], "R 0.48 mm"),
    ("08", "compare", [point(143, 98, 288)], "1182 HU → 1182 HU"),
    ("09", "tune", [slider(4)], "55,815 voxels"),
    ("09", "compare", [keys("Home")], "I 80.50 mm"),
    ("09", "tune(rings", [untick("antialias")], "52 %"),
    ("09", "tune(rings", [choose("nearest")], "100 %"),
    ("09", "explore", [keys("0")], "mean 6 mm"),
    ("10", "explore", [keys("5"), point(127, 120, 256)], "4 HU"),
    ("10", "tune", [slider(100)], "error up to 0.5 HU"),
    ("10", "tune(slab", [slider(4000)], "6 greys"),
    ("11", "compare", [keys("Home")], "R 126.00 mm"),
    ("11", "tune", [slider(400, 1)], "0.09 apart"),
    ("11", 'compare(\n    ready["p08_1"]', [point(32, 32, 64)], "32 HU → 29 HU"),
    ("11", "tune(originals", [slider(0.5)], "21.7 ml, Dice 0.59"),
    ("12", "sinogram", [press(79, 99.5, 200)], "0.22 % of the photons arrive"),
    ("12", "tune(truth, from", [slider(120)], "120 directions: 1.6 HU in front"),
    ("12", "tune(truth, counted", [slider(6)], "noise 3.4 HU in the brain"),
    ("12", "compare", [point(121, 100, 200)], "21.62 HU → -73.74 HU"),
    ("13", "compare", [point(5, 64, 128)], "-1000 HU → 0 HU"),
    ("15", "explore(head, slice=60", [keys("5")], "C 40 W 80 brain"),
    ("15", "compare", [point(62, 110, 256)], "32 HU → 882 HU"),
    ("15", "explore(head, slice=40", [slider(54)], "S 0.75 mm"),
    ("15", "explore(scan", [slider(41)], "I 18.75 mm"),
    ("15", "explore(alone", [plane("sagittal")], "L 0.48 mm"),
]


def colours(part=(0.1, 0.9, 0.1, 0.9)):
    """How colourful the picture is: the mean difference of red and blue."""
    return lambda cell: np.abs(crop(seen(cell)[..., 0] - seen(cell)[..., 2], part)).mean()


def redness(part):
    """Red minus blue: above 0 orange, below 0 blue."""
    return lambda cell: crop(seen(cell)[..., 0] - seen(cell)[..., 2], part).mean()


def greys(cell):
    """How many greys stand in the middle of the picture, at the size of the voxels."""
    return np.unique(crop(np.array(voxels(cell)), (0.4, 0.6, 0.35, 0.65))).size


def unlike_before():
    """How far the head in the picture is from that of the first call."""
    first = []

    def measure(cell):
        part = crop(seen(cell)[..., 1], (0.35, 0.65, 0.35, 0.47))
        first.append(part)
        return np.abs(part - first[0]).mean()

    return measure


# Page, widget, moves, what is measured in the picture, and whether that is as the text says, by its
# value before the moves and after them.
PICTURES = [
    # A margin of 0 frees the corners of the picture from the colour of the box.
    ("08", "tune", [slider(0)], redness((0.4, 0.6, 0.01, 0.04)), lambda b, a: b > 15 > 3 > a),
    ("08", "compare", [drag_curtain(0.2)], unlike_before(), lambda _, after: after < 2),
    ("10", "tune", [slider(10)], colours(), lambda before, after: after > 3 * before),
    ("10", "tune(slab", [slider(80)], greys, lambda before, after: before < 12 < 40 < after),
]


def seen(cell):
    """What a learner sees of a picture, with all that stands over it: (rows, columns, 3)."""
    picture = Image.open(BytesIO(cell.page.screenshot(clip=stage(cell).bounding_box())))
    return np.asarray(picture.convert("RGB")).astype(int)


def voxels(cell):
    """The grey values of the last canvas, at the size of the voxels."""
    return canvas(cell).evaluate(
        """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return Array.from({ length: height }, (_, y) =>
                Array.from({ length: width }, (_, x) => data[4 * (y * width + x)]));
        }"""
    )


def crop(picture, part):
    """A part of a picture, by shares of its height and width: (top, bottom, left, right)."""
    high, wide = picture.shape[:2]
    top, bottom, left, right = part
    return picture[int(top * high) : int(bottom * high), int(left * wide) : int(right * wide)]


def stage(cell):
    """The picture of a view, or the last one of several, with letters and lines."""
    return canvas(cell).locator("xpath=..")


def canvas(cell):
    return cell.locator(".ctkit-image:visible").last


def words(cell):
    """What stands in the corners of the pictures and under them, with plain minus signs."""
    names = ("tl", "bl", "tr", "measure", "probe", "outcome", "error")
    places = ", ".join(f".ctkit-{name}" for name in names)
    parts = cell.locator(places).all_inner_texts()
    return re.sub(r"\s+", " ", " | ".join(parts).replace("−", "-"))


def numbers():
    """The pages; each time those with pictures to look at, and two more. Each takes 10 to 20 s."""
    quick = {"00", "05", *(row[0] for row in PICTURES)}
    for number in sorted({row[0] for row in MOVES}):
        yield pytest.param(number, marks=() if number in quick else pytest.mark.slow)


@pytest.mark.parametrize("number", list(numbers()))
def test_the_moves_of_a_page_give_their_numbers(lab, page, number):
    prose = " ".join(cell.source for cell in read_page(number) if cell.cell_type == "markdown")
    asked = [row for row in (*MOVES, *PICTURES) if row[0] == number]
    with opened(lab, page, number, [f"ctkit.{row[1]}" for row in asked]) as find:
        for widget, moves, reading in (row[1:] for row in MOVES if row[0] == number):
            assert reading in " ".join(prose.replace("**", "").split())
            cell = find(f"ctkit.{widget}")
            assert reading not in words(cell), f"{widget}: there before the move"
            for move in moves:
                move(cell)
            wait_for(page, lambda cell=cell, reading=reading: reading in words(cell), 30)
            assert reading in words(cell), f"{widget}: {words(cell)}"
        for widget, moves, measure, holds in (row[1:] for row in PICTURES if row[0] == number):
            check_picture(page, find(f"ctkit.{widget}"), moves, measure, holds)


def check_picture(page, cell, moves, measure, holds):
    """Make the moves, and measure the picture until it is as the text says."""
    before, found = measure(cell), []
    for move in moves:
        move(cell)
    wait_for(page, lambda: found.append(measure(cell)) or holds(before, found[-1]), 30)
    assert holds(before, found[-1]), f"{before} before, then {found[-1]}"


def test_a_header_is_searched_while_one_types(lab, page):
    call = "ctkit.search_header("
    with opened(lab, page, "01", [call]) as find:
        cell = find(call, ".ctkit-search")
        cell.locator(".ctkit-search input").fill("window")
        wait_for(page, lambda: "2 of 101 elements" in cell.inner_text())
        assert "WindowCenter" in cell.inner_text()
        assert "ImagePositionPatient" not in cell.locator(".ctkit-search").inner_text()


def test_a_key_on_the_slider_shows_the_next_slice(lab, page):
    with opened(lab, page, "05", ["ctkit.explore"]) as find:
        cell = find("ctkit.explore")
        before = pixels(page)
        cell.locator(".ctkit-panel .noUi-handle").first.press("ArrowRight")
        wait_for(page, lambda: "axial 61 / 107" in words(cell))
        head = ctkit.load(ctkit.samples.head())
        wanted = ctkit.apply_window(head.plane("axial", 61), 40, 400, dtype=np.uint8)
        assert not np.array_equal(before, wanted)
        assert np.array_equal(pixels(page), wanted)


# Cells that write the files of others: no name tells that these are needed.
WRITES = {"10": "ctkit.save(head, folder"}


@contextmanager
def opened(lab, page, number, calls):
    """A page's cells with these calls, and what they need, in JupyterLab: a function that finds
    the cell of a call once its widget is there."""
    sources = [cell.source for cell in read_page(number) if cell.cell_type == "code"]
    places = {call: place_of(call, sources) for call in calls}
    written = [place_of(WRITES[number], sources)] if number in WRITES else []
    kept = needed([ast.parse(source) for source in sources], [*places.values(), *written])
    name = lab.write_notebook(f"{number}.ipynb", *(sources[place] for place in kept))
    try:
        open_lab(lab, page, name)
        yield lambda call, widget=".ctkit-image[aria-label]": wait_for_widget(
            page, kept.index(places[call]), widget
        )
    finally:
        lab.close_kernels()


def place_of(call, sources):
    """Which code cell of a page makes a call, by its beginning."""
    call = call if "(" in call else f"{call}("
    return next(place for place, source in enumerate(sources) if call in source)


def read_page(number):
    """The cells of a page."""
    source = next((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    return nbformat.read(source, as_version=4).cells


def wait_for_widget(page, place, widget):
    """Scroll to a cell until its widget is there: JupyterLab draws a page in parts."""
    cell = page.locator(f'.jp-Notebook [data-windowed-list-index="{place}"]')

    def drawn():
        page.evaluate(
            "(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'center')", place
        )
        return cell.locator(widget).count() > 0

    wait_for(page, drawn)
    # The cells below are still running, and their outputs may move this one.
    page.wait_for_function(
        """() => {
            const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
            return session.kernel.status === "idle";
        }""",
        timeout=60_000,
    )
    drawn()
    cell.locator(f"{widget}:visible").last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    return cell


def wait_for(page, condition, seconds=60):
    for _ in range(5 * seconds):
        if condition():
            return
        page.wait_for_timeout(200)
