"""What a page promises of its widgets, done by the mouse as a learner would, seen in the pixels.

A view stands on a page without Jupyter; what asks Python stands in one JupyterLab. The numbers that
a page tells are read in `test_pages`.
"""

import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from _cells import made, named
from _jupyter import open_lab
from _static import drag, place, until
from _truth import dice
from PIL import Image
from scipy import ndimage

import ctkit

pytestmark = pytest.mark.browser
HEAD = (256, 256)  # rows and columns of the head's axial pictures


@pytest.fixture(scope="module")
def head():
    return ctkit.load(ctkit.samples.head())


def greys(page, nth=0):
    """The grey values of a picture at the size of its voxels."""
    canvas = page.locator(".ctkit-image:visible").nth(nth)
    data = canvas.evaluate("canvas => canvas.toDataURL()").partition(",")[2]
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB"))[..., 0].astype(int)


def seen(page, nth=0):
    """A picture as it is on the page, with all that stands over it: (rows, columns, 3)."""
    clip = page.locator(".ctkit-image:visible").nth(nth).bounding_box()
    picture = Image.open(BytesIO(_whole(page).screenshot(clip=clip)))
    return np.asarray(picture.convert("RGB")).astype(int)


def around(picture, row, column, reach=4, shape=None):
    """What lies around a pixel; in a picture as it is seen, by the shape that it has in voxels."""
    down, right = (1, 1) if shape is None else np.divide(picture.shape[:2], shape)
    rows = slice(int((row + 0.5 - reach) * down), int((row + 0.5 + reach) * down) + 1)
    columns = slice(int((column + 0.5 - reach) * right), int((column + 0.5 + reach) * right) + 1)
    return picture[rows, columns]


def share(picture, part):
    """A part of a picture by shares of its height and width: (top, bottom, left, right)."""
    (top, bottom, left, right), (high, wide) = part, picture.shape[:2]
    return picture[int(top * high) : int(bottom * high), int(left * wide) : int(right * wide)]


def orange(picture):
    """Red minus blue: above 0 orange, below 0 blue, 0 where all is grey."""
    return picture[..., 0] - picture[..., 2]


def word(page, name, nth=0):
    """What stands in a corner of a picture, or under it, with plain minus signs."""
    return page.locator(f".ctkit-{name}:visible").nth(nth).inner_text().replace("−", "-")


def press(page, row, column, shape=HEAD, nth=0):
    """Click on a pixel."""
    page.mouse.click(*place(page, row, column, shape, nth))


def pixel_of(volume, plane, index):
    """Row and column of a voxel in a plane's picture, and the picture's shape."""
    layout, found = volume.layout(plane), []
    for axis, flip in ((layout.down, layout.flip_down), (layout.across, layout.flip_across)):
        found.append(volume.shape[axis] - 1 - index[axis] if flip else index[axis])
    return found, (volume.shape[layout.down], volume.shape[layout.across])


def pull(page, name, to):
    """Drag the thumb of a slider of the page to one of its stops, counted from its lowest."""
    slider = page.get_by_label(name, exact=True)
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    found, now = slider.bounding_box(), float(slider.input_value())

    def at(value):
        along = 8 + (value - low) / (high - low) * (found["width"] - 16)  # a thumb of 16 pixels
        return found["x"] + along, found["y"] + found["height"] / 2

    drag(_whole(page), at(now), at(to))


def _whole(page):
    """The page that a cell stands on; a page itself."""
    return getattr(page, "page", page)


def curtain_to(page, start, end):
    """Drag the line of a curtain from one share of the width to another."""
    stage = page.locator(".ctkit-stage:visible").bounding_box()
    x, y = (lambda part: stage["x"] + part * stage["width"]), stage["y"] + stage["height"] / 3
    for _ in range(100):  # the line is there when both pictures are
        page.mouse.move(x(start) + 9, y)
        page.mouse.move(x(start), y)
        if page.locator(".ctkit-near-curtain").count():
            break
        page.wait_for_timeout(50)
    drag(page, (x(start), y), (x(end), y))
    page.mouse.move(5, 5)


def both_sides(page):
    """What is seen left of a curtain's line, and what right of it, each nearly as a whole."""
    curtain_to(page, 0.5, 0.98)
    left = seen(page)
    curtain_to(page, 0.98, 0.02)
    return left, seen(page)


def shifted(one, other, part, mm_high):
    """How many mm lower the rows of another picture stand, in a part (top, bottom, left, right)."""
    high, wide = one.shape[:2]
    columns = slice(int(part[2] * wide), int(part[3] * wide))
    return _shift(*(p[:, columns].mean(axis=(1, 2)) for p in (one, other)), part) * mm_high / high


def jump(picture, part, mm_high):
    """How many mm lower what lies right of a curtain in the middle stands, between two heights."""
    high, wide = picture.shape[:2]
    sides = [slice(wide // 2 + a, wide // 2 + b) for a, b in ((-12, -4), (4, 12))]
    return _shift(*(picture[:, side].mean(axis=(1, 2)) for side in sides), part) * mm_high / high


def _shift(one, other, part):
    """By how many rows a part of a profile has to move to lie on another one."""
    high = one.size
    top, bottom, most = int(part[0] * high), int(part[1] * high), high // 8
    other = np.pad(other, most, mode="edge")
    apart = {
        by: np.abs(one[top:bottom] - other[most + top + by : most + bottom + by]).mean()
        for by in range(-most, most + 1)
    }
    return min(apart, key=apart.get)


def test_page_00_shows_arc_ventricles_and_dark_patch(shown, head):
    page = shown(made("00", "explore(head, slice=30"))
    pull(page, "Slice", 60)
    assert "S 9.75 mm" in word(page, "tl")
    picture = greys(page)
    wanted = ctkit.apply_window(head.plane("axial", 60), 40, 80, dtype=np.uint8)
    assert np.array_equal(picture, wanted)
    assert around(picture, 127, 120, 2).mean() < 0.25 * around(picture, 185, 128).mean()
    right, left = (around(picture, 80, column, 5).mean() for column in (99, 156))
    assert right < 0.5 * left
    press(page, 242, 60)
    assert 400 < float(re.search(r"(-?\d+) HU", word(page, "probe"))[1]) < 600
    assert picture[242, 60] == 255
    assert around(picture, 232, 60).max() == 0


def test_page_00_follows_the_nose(shown, head):
    nose = (21, 243, 127)
    page = shown(made("00", "ctkit.planes(head"))
    (row, column), shape = pixel_of(head, "sagittal", nose)
    press(page, row, column, shape, 2)
    until(page, "document.querySelector('.ctkit-tl').textContent.includes('21 / 107')")
    for nth, plane in enumerate(("axial", "coronal")):
        wanted = head.plane(plane, nose[head.layout(plane).axis])
        wanted = ctkit.apply_window(wanted, 40, 80, dtype=np.uint8)
        assert np.array_equal(greys(page, nth), wanted)
    (row, column), _ = pixel_of(head, "axial", nose)
    picture = greys(page)
    assert picture[row - 9 : row - 1, column].max() == 0 < picture[row : row + 5, column].max()


@pytest.mark.slow
def test_page_00_shows_single_voxels(shown):
    page = shown(made("00", "explore(phantom, slice=21"))
    press(page, 66, 68, (128, 128))
    picture = greys(page)
    assert around(picture, 66, 68, 1).max() < 0.3 * around(picture, 40, 64, 1).mean()
    assert "6 HU" in word(page, "probe")
    for _ in range(6):
        page.keyboard.press("+")
    smooth = share(seen(page)[..., 1], (0.2, 0.8, 0.2, 0.8))
    page.keyboard.press("n")
    page.wait_for_timeout(100)
    sharp = share(seen(page)[..., 1], (0.2, 0.8, 0.2, 0.8))
    steps = [np.mean(np.diff(one, axis=1) != 0) for one in (smooth, sharp)]
    assert steps[1] < 0.35 * steps[0]


def test_page_01_padding_is_dark_as_stored_and_grey_as_air(shown):
    page = shown(made("01", "compare(raw"))
    stored, loaded = greys(page, 0), greys(page, 1)
    press(page, 6, 6, (512, 512), 1)
    assert "-2000 HU → -1000 HU" in word(page, "probe")
    assert around(stored, 6, 6).max() < 40 < 120 < around(loaded, 6, 6).min()
    assert np.array_equal(around(stored, 256, 256, 60), around(loaded, 256, 256, 60))


def test_page_02_the_thick_half_is_blurred_and_the_thin_is_not(shown):
    page = shown(made("02", "compare(right"))
    uneven, whole = (side[..., 1] for side in both_sides(page))
    upper, lower = (0.08, 0.4, 0.2, 0.8), (0.6, 0.9, 0.2, 0.8)
    assert np.abs(share(whole, lower) - share(uneven, lower)).mean() < 0.5
    detail = [np.abs(np.diff(share(one, upper), axis=0)).mean() for one in (whole, uneven)]
    assert detail[1] < 0.8 * detail[0]


def test_page_03_the_bead_is_on_the_right_of_the_picture_and_in_all_planes(shown):
    bead = (64, 148, 169)
    view = made("03", "ctkit.planes(marked")
    page = shown(view)
    (row, column), _ = pixel_of(view.volume, "axial", bead)
    assert column > 128
    press(page, row, column)
    until(page, "document.querySelectorAll('.ctkit-tl')[2].textContent.includes('L 39.72')")
    for nth, plane in enumerate(("axial", "coronal", "sagittal")):
        (row, column), _ = pixel_of(view.volume, plane, bead)
        assert around(greys(page, nth), row, column, 3).min() == 255
    assert around(greys(page), 107, 255 - 169, 3).max() < 255


def test_page_03_the_neurological_convention_puts_it_on_the_left(shown):
    page = shown(made("03", 'convention="neurological"'))
    picture = greys(page)
    press(page, 107, 255 - 169)
    assert around(picture, 107, 255 - 169, 3).min() == 255 > around(picture, 107, 169, 3).max()
    assert "4000 HU" in word(page, "probe")
    assert "L 39.72" in word(page, "probe")


def test_page_04_the_right_frontal_lobe_is_darker(shown):
    page = shown(named("04", "view")[0])
    pull(page, "Slice", 66)
    means = []
    for column in (99, 156):
        page.get_by_role("button", name="Region, ellipse").click()
        ends = [(80 + at, column + at) for at in (-5, 5)]
        drag(page, *[place(page, *end, HEAD) for end in ends])
        means.append(float(re.findall(r"mean (-?[\d.]+)", word(page, "measure"))[-1]))
    right, left = means
    assert right < 12
    assert left > 18
    picture = greys(page)
    assert around(picture, 80, 99, 5).mean() < 0.5 * around(picture, 80, 156, 5).mean()


def test_page_05_a_drag_changes_the_window(shown):
    page = shown(made("05", "explore(head, slice=60"))
    first, brain = greys(page), np.s_[90:180, 90:170]
    drag(page, place(page, 128, 128, HEAD), place(page, 128, 190, HEAD))
    wider = greys(page)
    assert wider[brain].std() < 0.8 * first[brain].std()
    drag(page, place(page, 128, 128, HEAD), place(page, 158, 128, HEAD))
    assert greys(page)[brain].mean() < wider[brain].mean() - 10
    page.keyboard.press("Space")
    assert np.array_equal(greys(page), first)


def test_page_05_the_width_sets_grey_and_white_matter_apart(shown, head):
    page = shown(made("05", "explore(head, window"))
    for name, number in (("Center", 32), ("Width", 8)):
        page.get_by_label(name, exact=True).fill(str(number))
        page.keyboard.press("Enter")
    brain = np.s_[100:200, 90:165]
    assert np.mean(greys(page)[brain] == 0) > 0.5
    means = {}
    for stop in (39, 329):  # of the width, in HU: 40, and some thousands
        pull(page, "Width slider", stop)
        for slice_, row, column in ((54, 120, 106), (74, 116, 106)):
            pull(page, "Slice", slice_)
            means[stop, slice_] = around(greys(page), row, column, 4).mean()
    assert means[39, 54] - means[39, 74] > 25
    assert abs(means[329, 54] - means[329, 74]) < 3


def test_page_05_the_clot_parts_from_the_skull_in_the_subdural_window(shown):
    view = made("05", "explore(scan, slice=2")
    page, hu = shown(view), view.volume.plane("axial", 2)
    row = round(view.volume.to_index((59.5, 0, 20))[1])
    clot = round(view.volume.to_index((59.5, 0, 20))[2])
    skull = clot + int(np.flatnonzero(hu[row, clot:] > 900)[0])
    press(page, row, clot, hu.shape)
    apart = {}
    for key in "56":
        page.keyboard.press(key)
        found = greys(page)
        # White matter lies on the other side, where there is no bleed.
        bone, blood, white = (
            around(found, row, at, 1).mean() for at in (skull, clot, hu.shape[1] - 1 - clot + 12)
        )
        apart[key] = bone - blood, blood - white
    assert apart["5"][0] < 30
    assert min(apart["6"]) > 40


def test_page_06_air_stands_where_the_headrest_was(shown, head):
    view = made("06", "explore(clean")
    page = shown(view)
    pull(page, "Slice", 20)
    press(page, 253, 84)
    assert "-1000 HU" in word(page, "probe")
    before = ctkit.apply_window(head.plane("axial", 20), -200, 1600, dtype=np.uint8)
    rest = np.s_[238:, :100]
    assert before[rest].max() > 150
    assert greys(page)[rest].max() == 0
    inside = np.s_[100:180, 80:180]
    assert np.array_equal(greys(page)[inside], before[inside])


def test_page_07_the_gaussian_took_from_the_skull(shown):
    page = shown(made("07", "compare(head, results"))
    press(page, 227, 128)
    assert "1233 HU → 1060.19 HU" in word(page, "probe")
    page.mouse.move(5, 5)
    colour = orange(seen(page))
    assert around(colour, 227, 128, 0.5, HEAD).mean() < -40
    assert max(around(colour, row, 128, 0.5, HEAD).mean() for row in range(228, 236)) > 40
    assert np.abs(around(colour, 140, 128, 20, HEAD)).mean() < 8


def test_page_09_bones_meet_at_the_bottom_and_are_broken_at_the_top(shown):
    view = made("09", "true, believed")
    page = shown(view)
    high = view.volume.shape[0] * view.volume.spacing[0]
    assert jump(seen(page), (0.02, 0.2), high) < -3
    true, zoomed = both_sides(page)
    middle = (0.45, 0.55)
    assert abs(shifted(true, zoomed, (0.75, 0.97, *middle), high)) < 1.5
    assert shifted(true, zoomed, (0.02, 0.2, *middle), high) < -4


def test_page_09_cubic_goes_further_at_edges_alone(shown):
    page = shown(made("09", 'both["linear"],'))
    first = orange(seen(page))
    assert first.max() > 100
    assert first.min() < -100
    assert np.abs(share(first, (0.4, 0.6, 0.4, 0.6))).mean() < 6
    press(page, 20, 20, (245, 245))
    page.keyboard.press("Home")
    assert "I 80.50 mm" in word(page, "tl")
    pull(page, "Slice", 37)
    assert np.abs(orange(seen(page))).mean() > 1.5 * np.abs(first).mean()


def test_page_09_a_thick_slab_has_less_noise(shown):
    page = shown(made("09", "explore(course, slice=66"))
    brain, sd = np.s_[188:205, 135:152], []
    press(page, 20, 20)
    for key in ("0", "t"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert ("mean 6 mm" in page.locator("main").inner_text()) == (key == "0")
        sd.append(greys(page)[brain].std())
    assert sd[0] < 0.75 * sd[1]


def test_page_11_the_skull_meets_in_every_slice(shown):
    prepare, scan_of, tilted, _ = named("11", "prepare", "scan_of", "tilted", "check")
    ready = {"p03_1": prepare(scan_of(3, (6, 3, 3))[0]), "p03_2": prepare(tilted)}
    page = shown(made("11", '"p03_2, tilted"', ready=ready))
    page.locator(".ctkit-image:visible").first.hover()
    first, broken = int(re.search(r"(\d+) / 63", word(page, "tl"))[1]), {}
    for slice_ in range(first, first + 12, 3):
        picture = seen(page)
        for part in ((0.1, 0.4), (0.6, 0.9)):
            broken[slice_, part] = jump(picture, part, 256)
        for _ in range(3):
            page.mouse.wheel(0, 120)
        page.wait_for_timeout(150)
    assert f"{first + 12} / 63" in word(page, "tl")
    assert max(map(abs, broken.values())) < 6, broken


def test_page_12_two_energies_darken_the_place_between_the_bones(shown):
    page = shown(made("12", "compare(full"))
    one, two = (side[..., 1] for side in both_sides(page))
    between, front = (
        around(two, *at, (200, 200)).mean() - around(one, *at, (200, 200)).mean()
        for at in ((121, 100, 3), (70, 100, 12))
    )
    assert between < -60
    assert abs(front) < 12


def test_page_15_the_straight_stack_has_bone_where_the_head_has_brain(shown):
    view = made("15", "compare(\n    head, believed")
    page = shown(view)
    (row, column), shape = pixel_of(view.volume, "sagittal", (81, 110, 128))
    true, stacked = (side[..., 1] for side in both_sides(page))
    at = row, column, 1, shape
    assert around(stacked, *at).mean() > around(true, *at).mean() + 80


def test_page_15_the_flipped_mark_is_on_the_other_side(shown):
    page = shown(made("15", "mask=there"))
    for slice_, mark, other in ((66, 99, 156), (41, 156, 99)):
        pull(page, "Slice", slice_)
        page.mouse.move(5, 5)
        colour = np.ptp(seen(page), axis=-1)
        assert around(colour, 80, mark, 2, HEAD).mean() > 12
        assert around(colour, 80, other, 2, HEAD).mean() < 3
        if slice_ == 41:
            assert "I 18.75 mm" in word(page, "tl")


def test_page_14_the_mask_that_came_back_ends_where_the_blood_ends(shown, tmp_path):
    view = made("14", "explore(original", **_sent_and_back(tmp_path))
    page = shown(view)
    layer = view.mask.array[view.slice]
    bright = ndimage.uniform_filter(greys(page).astype(float), 3) > 140
    brain = ndimage.binary_erosion(view.volume.array[view.slice] < 200, iterations=3)
    page.mouse.move(5, 5)
    colour = orange(seen(page))
    tall, wide = layer.shape
    tinted = [
        [around(colour, row, column, 0.3, layer.shape).mean() > 50 for column in range(wide)]
        for row in range(tall)
    ]
    assert dice(np.array(tinted), layer) > 0.95
    assert dice(np.array(tinted), bright & brain) > 0.8
    press(page, *np.round(np.argwhere(layer).mean(axis=0)), layer.shape)
    assert "mask" in word(page, "probe")
    assert 40 < float(re.search(r"(-?\d+) HU", word(page, "probe"))[1]) < 110


def _sent_and_back(folder):
    """Scan 5 of page 14, and its mask on the prepared grid, brought back: no process is started."""
    distributed = pytest.importorskip("distributed", reason='needs the extra "scale"')
    from ctkit import dataset

    (scan_of,) = named("14", "scan_of")
    for volume, name in zip(scan_of(5), ("scan.nii", "blood.nii"), strict=True):
        ctkit.save(volume, folder / name)
    (folder / "table.csv").write_text("scan,mask:blood\nscan.nii,blood.nii")
    steps = [dataset.steps.keep_head(), dataset.steps.resample(5.0)]
    local = {"processes": False, "n_workers": 1, "host": "tcp://127.0.0.1"}
    with distributed.Client(**local, dashboard_address="127.0.0.1:0") as client:
        steps.append(dataset.steps.center((52, 52, 48)))
        out = folder / "out"
        run = dataset.prepare(folder / "table.csv", steps, out, client=client, progress=False)
    return {
        "original": ctkit.load(folder / "scan.nii"),
        "back": run.to_original(0, run.mask(0, "blood")),
    }


@pytest.mark.slow
def test_page_15_of_the_wrong_mask_there_is_nothing_from_slice_54_on(shown):
    page = shown(made("15", '"wrong affine": placed'))
    found = {}
    for slice_ in (40, 54):
        pull(page, "Slice", slice_)
        page.mouse.move(5, 5)
        found[slice_] = np.mean(share(orange(seen(page)), (0.12, 0.35, 0.03, 0.35)) > 15)
    assert found[40] > 0.02
    assert found[54] == 0


MOVED = {
    "02": "tune(\n    tidy",
    "03": "tune(marked",
    "04": "tune(raw",
    "05": "explore(head, window",
    "06": "tune(coarse",
    "12 shadows": "sinogram(truth",
    "12": "tune(truth, from",
}


@pytest.fixture(scope="module")
def asking(lab, chromium):
    """One JupyterLab with the widgets that ask Python: asking(name) is a widget's cell."""
    begin = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nimport _cells"
    calls = [f"_cells.made({name[:2]!r}, {call!r})" for name, call in MOVED.items()]
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    open_lab(lab, page, lab.write_notebook("moves.ipynb", begin, *calls))

    def cell(name):
        number = list(MOVED).index(name) + 1
        found = page.locator(f'.jp-Notebook [data-windowed-list-index="{number}"]')
        scroll = "(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'center')"
        for _ in range(300):
            page.evaluate(scroll, number)
            if found.locator(".ctkit-image").count():
                break
            page.wait_for_timeout(200)
        found.locator(".ctkit-image:visible").last.wait_for(timeout=60_000)
        page.wait_for_timeout(300)
        return found

    cell.page = page
    yield cell
    page.context.close()
    lab.close_kernels()


def slide(cell, share, nth=0):
    """Drag a slider of ipywidgets to a share of its way."""
    way = cell.locator(".ctkit-parameters .noUi-target").nth(nth).bounding_box()
    thumb = cell.locator(".ctkit-parameters .noUi-handle").nth(nth).bounding_box()
    y = thumb["y"] + thumb["height"] / 2
    drag(cell.page, (thumb["x"] + thumb["width"] / 2, y), (way["x"] + share * way["width"], y))


def choose(cell, name, option):
    cell.locator(".ctkit-parameters").get_by_label(name, exact=True).select_option(option)


def says(cell, words, seconds=60):
    """Wait until a view says these words, of the whole volume."""
    told = cell.locator(".ctkit-outcome, .ctkit-error:visible")
    for _ in range(10 * seconds):
        found = " ".join(told.all_inner_texts())
        if words in found and "preview" not in found:
            return
        cell.page.wait_for_timeout(100)
    assert words in found, found


def test_page_02_a_filled_gap_is_a_blurred_band(asking):
    cell = asking("02")
    slide(cell, 4 / 6)
    says(cell, "missing slices: 4")
    choose(cell, "missing", "interpolate")
    says(cell, "interpolated")
    band = slice(27 - 12, 27 - 8)  # the slices that were dropped, in a picture with the top first
    bends = [np.abs(np.diff(greys(cell, nth), 2, axis=0))[band].mean() for nth in (0, 1)]
    assert bends[1] < 0.35 * bends[0]


def test_page_03_flipped_voxels_put_the_bead_on_the_other_side(asking):
    cell = asking("03")
    for way, column in (("voxels", 255 - 169), ("both", 169)):
        choose(cell, "flip", way)
        says(cell, f"The bead is at {'R' if way == 'voxels' else 'L'} 40.0 mm")
        picture = greys(cell, 1)
        assert around(picture, 107, column, 3).min() == 255
        assert around(picture, 107, 255 - column, 3).max() < 255


def test_page_04_padding_is_black_as_data_and_light_as_water(asking):
    cell, found = asking("04"), {}
    for way, mean in (("as data", -658), ("as water", -229), ("as air", -444)):
        choose(cell, "padding", way)
        says(cell, f"The mean of the slice is {mean} HU")
        untreated, treated = greys(cell, 0), greys(cell, 1)
        assert np.array_equal(around(treated, 256, 256, 100), around(untreated, 256, 256, 100))
        found[way] = around(treated, 6, 6).mean()
    assert found["as data"] == 0
    assert found["as water"] > found["as air"] + 60 > 120


def test_page_05_the_width_can_be_dragged_in_jupyterlab(asking):
    cell = asking("05")
    brain = np.s_[100:200, 90:165]
    before = np.mean(greys(cell)[brain] == 0)
    pull(cell, "Width slider", 7)
    cell.page.wait_for_timeout(300)
    assert "W 8" in word(cell, "bl")
    assert np.mean(greys(cell)[brain] == 0) > 0.5 > 0.2 > before


def test_page_06_a_ball_of_1_mm_keeps_the_cushion(asking):
    cell = asking("06")
    says(cell, "four steps: 3220 ml")
    frame, panel = (
        cell.locator(f".ctkit-panel{inside}:visible").first.bounding_box()
        for inside in (" input[type=number]", "")
    )
    assert frame["x"] + frame["width"] <= panel["x"] + panel["width"] - 1
    # The cushion lies 3 pixels of 2 mm from the lower edge; in the middle of it stands a letter.
    high, wide = greys(cell).shape
    cushion, brain = (high - 3.5, 45, 0.5, (high, wide)), (60, 60, 8, (high, wide))
    air = (25, 105, 5, (high, wide))
    cell.page.mouse.move(5, 5)
    before = seen(cell)
    slide(cell, 0)
    says(cell, "four steps: 3342 ml")
    cell.page.mouse.move(5, 5)
    changed = orange(seen(cell)) - orange(before)
    assert around(changed, *cushion).mean() > 60
    assert max(np.abs(around(changed, *part)).mean() for part in (brain, air)) < 2


def test_page_12_fewer_directions_make_streaks(asking):
    cell, noise = asking("12"), {}
    says(cell, "40 directions")
    noise[40] = greys(cell, 1)[55:85, 85:115].std()
    for directions, to in ((10, 0), (120, 1)):
        slide(cell, to)
        says(cell, f"{directions} directions")
        noise[directions] = greys(cell, 1)[55:85, 85:115].std()
    assert noise[10] > 1.3 * noise[40]
    assert noise[40] > 3 * noise[120]


def test_page_12_the_middle_draws_a_flat_curve(asking):
    cell = asking("12 shadows")

    def height():
        cell.page.mouse.move(5, 5)
        red, _, blue = np.moveaxis(seen(cell, 1), -1, 0)
        rows = np.flatnonzero(((red > 180) & (red - blue > 90)).any(axis=1))
        return np.ptp(rows) / len(red)

    bleed = height()
    drag(cell.page, *[place(cell, *at, (200, 200)) for at in ((91, 126), (100, 100))])
    assert height() < 0.05 < 0.2 < bleed
