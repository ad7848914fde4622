"""What the viewer shows is true: by pixels and numbers, on phantoms whose truth is known."""

import re

import numpy as np
import pytest
from _jupyter import pixels

import ctkit
from ctkit.geometry import apply_affine

pytestmark = pytest.mark.browser
INSIDE = (255, 1)  # a window in which what is above 254 HU is white


def volume_of(truth, shape, spacing, middle, turn=0.0, lean=0.0):
    """A volume of `truth(points in mm)` around a middle, turned about z, its slices leaning."""
    a, affine = np.radians(turn), np.eye(4)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    affine[:3, :3] = about_z @ np.eye(3)[:, ::-1] * spacing
    affine[:3, 0] += affine[:3, 1] * np.tan(np.radians(lean)) * spacing[0] / spacing[1]
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    points = apply_affine(affine, np.stack(np.indices(shape), axis=-1))
    return ctkit.Volume(truth(points), affine)


def ball(centre, radius, level, outside=-200, edge=0.0):
    """A ball of one value in another, its surface smoothed over so many mm."""

    def truth(points):
        depth = radius - np.linalg.norm(points - centre, axis=-1)
        part = np.clip(depth / edge + 0.5, 0, 1) if edge else depth >= 0
        return np.rint(outside + (level - outside) * part).astype(np.int16)

    return truth


def column(centre, radius, level, outside=-200):
    """A column along z of one value in another."""
    return lambda points: np.where(
        np.linalg.norm((points - centre)[..., :2], axis=-1) <= radius, level, outside
    ).astype(np.int16)


def on_page(page, view, place, nth=0):
    """Where a place in mm is on the page, by the view's own plane: its x and y."""
    stack = view.volume.stack(view.plane, view.convention)
    index = apply_affine(np.linalg.inv(stack.affine), place)
    box, layout = page.locator(".ctkit-image").nth(nth).bounding_box(), stack.layout
    point = []
    for axis, flip, start, size in (
        (layout.across, layout.flip_across, "x", "width"),
        (layout.down, layout.flip_down, "y", "height"),
    ):
        along = stack.shape[axis] - 1 - index[axis] if flip else index[axis]
        point.append(box[start] + (along + 0.5) / stack.shape[axis] * box[size])
    return point


def drag(page, key, start, end):
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press(key)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*[(a + b) / 2 for a, b in zip(start, end, strict=True)])
    page.mouse.move(*end)
    page.mouse.up()


def said(page, place, nth=0):
    return page.locator(f".ctkit-{place}").nth(nth).inner_text().replace("−", "-")


def numbers(line):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", line)]


def mm_per_pixel(page, nth=0):
    """Of the page, by the scale bar and by what is written at it."""
    bar = page.locator(".ctkit-line-bar").nth(nth).evaluate("path => path.getBBox().width")
    return numbers(said(page, "br", nth))[0] / bar


def bright_mm(page, nth=0):
    """Height and width of what is bright, in mm by the scale bar, and the size of a pixel."""
    canvas = page.locator(".ctkit-image").nth(nth)
    canvas.evaluate("canvas => canvas.classList.add('looked-at')")
    found = np.array(pixels(page, ".ctkit-image.looked-at")) > 127
    canvas.evaluate("canvas => canvas.classList.remove('looked-at')")
    box, scale = canvas.bounding_box(), mm_per_pixel(page, nth)
    steps = np.array([box["height"], box["width"]]) / found.shape * scale
    spans = [np.ptp(np.flatnonzero(found.any(axis=1 - axis))) + 1 for axis in (0, 1)]
    return spans * steps, steps


# -------------------------------------------------------------------- a tilted gantry

CENTRE, RADIUS = np.array([4.0, -6.0, 9.0]), 35.0


@pytest.fixture(scope="module", params=[20, -25])
def tilted(request):
    """A ball of 70 mm in a stack whose slices lean in both directions of the plane."""
    truth = ball(CENTRE, RADIUS, 300, edge=2.0)
    volume = volume_of(truth, (60, 150, 130), (2.0, 0.8, 1.1), CENTRE + 3, lean=request.param)
    affine = np.array(volume.affine)
    affine[0, 0] += 0.5
    points = apply_affine(affine, np.stack(np.indices(volume.shape), axis=-1))
    return ctkit.Volume(truth(points), affine)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_ball_in_a_tilted_stack_is_round(tilted, shown, plane):
    view = ctkit.explore(tilted, plane=plane, window=(50, 500))
    view.cursor = np.rint(tilted.to_index(CENTRE)).astype(int)
    page = shown(view)
    size, step = bright_mm(page)
    assert (np.abs(size - 2 * RADIUS) <= step + 0.2).all()
    assert ("resampled upright" in said(page, "tr")) == (plane != "axial")
    name = page.locator(".ctkit-image").get_attribute("aria-label")
    assert ("resampled upright" in name) == (plane != "axial")
    # By the ruler, along both sides of the picture, and by a region around all of it.
    stack = tilted.stack(plane)
    for axis in (stack.layout.down, stack.layout.across):
        way = stack.affine[:3, axis] / np.linalg.norm(stack.affine[:3, axis]) * RADIUS
        drag(page, "l", *[on_page(page, view, CENTRE + sign * way) for sign in (-1, 1)])
        length = numbers(said(page, "measure"))[-1]
        assert length == pytest.approx(2 * RADIUS, abs=0.4)
    across, down = (
        stack.affine[:3, axis] / np.linalg.norm(stack.affine[:3, axis]) * (RADIUS + 1e-3)
        for axis in (stack.layout.across, stack.layout.down)
    )
    page.keyboard.press("Delete")
    ends = [on_page(page, view, CENTRE + sign * (across + down)) for sign in (-1, 1)]
    drag(page, "e", *ends)
    area = numbers(said(page, "measure").splitlines()[1])[-1]
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.01)
    view.roi = {
        "kind": "ellipse",
        "plane": plane,
        "slice": view.slice,
        "start": tilted.to_index(CENTRE - across - down),
        "end": tilted.to_index(CENTRE + across + down),
    }
    assert view.roi["area_mm2"] == pytest.approx(np.pi * RADIUS**2, rel=0.01)


def test_a_click_in_a_tilted_stack_stays_on_the_plane_and_reads_its_voxel(tilted, shown):
    view = ctkit.explore(tilted, plane="coronal", window=(50, 500))
    view.cursor = np.rint(tilted.to_index(CENTRE)).astype(int)
    page = shown(view)
    before = said(page, "tl")
    for shift in ([20, 0, 15], [-25, 0, -10], [0, 0, 33]):
        stack = tilted.stack("coronal")
        x, _, z = apply_affine(np.linalg.inv(stack.affine), CENTRE + shift)[::-1]
        place = apply_affine(stack.affine, [z, view.slice, x])
        page.mouse.click(*on_page(page, view, place))
        page.mouse.move(1, 1)
        assert said(page, "tl") == before
        index = tuple(int(n) for n in numbers(page.locator(".ctkit-index").inner_text()))
        assert np.abs(tilted.to_world(index) - place).max() < 2.5
        value = numbers(page.locator(".ctkit-hu").inner_text().replace("−", "-"))[0]
        assert value == tilted.array[index]


def test_every_slice_of_a_tilted_stack_is_reached(tilted):
    for plane in ("coronal", "sagittal"):
        view = ctkit.explore(tilted, plane=plane)
        for index in (view.max_slice, 0, view.max_slice // 3):
            view.slice = index
            assert view.slice == index
            assert (np.array(view.cursor) < tilted.shape).all()


@pytest.mark.parametrize(("turn", "letters"), [(0, "RLAP"), (4, "RLAP"), (20, "RP LA AR PL")])
def test_an_oblique_plane_has_two_letters_and_says_so(shown, turn, letters):
    truth = ball(CENTRE, RADIUS, 300)
    volume = volume_of(truth, (9, 70, 60), (4, 1, 1.2), CENTRE, turn=-turn)
    page = shown(ctkit.explore(volume, plane="axial"))
    found = [said(page, side) for side in ("left", "right", "top", "bottom")]
    assert found == (letters.split() if " " in letters else list(letters))
    page.get_by_label("Plane", exact=True).select_option("coronal")
    assert said(page, "tl").startswith("oblique coronal" if turn == 20 else "coronal")


# ------------------------------------------------------------------------ two volumes

MIDDLE = np.array([5.0, -3.0, 10.0])
OTHERS = {
    "same grid": {"shape": (9, 80, 90), "spacing": (4.0, 1.2, 1.0), "shift": 0, "turn": 0},
    "other grid": {"shape": (15, 90, 66), "spacing": (2.5, 0.8, 1.3), "shift": 3.3, "turn": 0},
    "turned": {"shape": (15, 96, 90), "spacing": (2.5, 0.9, 1.1), "shift": 3.3, "turn": 28},
}


def two(name, blend="side by side", levels=(50, 200), **keywords):
    """A column of 40 mm in two volumes of the same middle: its HU are the levels."""
    grid = OTHERS[name]
    before = volume_of(column(MIDDLE, 20, levels[0]), (9, 80, 90), (4.0, 1.2, 1.0), MIDDLE)
    after = volume_of(
        column(MIDDLE, 20, levels[1]),
        grid["shape"],
        grid["spacing"],
        MIDDLE + np.array([grid["shift"], -grid["shift"], 0]),
        turn=grid["turn"],
    )
    return ctkit.compare(before, after, blend=blend, window=(50, 800), **keywords)


@pytest.mark.parametrize("blend", ["side by side", "curtain", "flicker", "difference"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_region_is_measured_in_both_volumes_and_their_difference(shown, name, blend):
    view = two(name, blend)
    page = shown(view)
    for nth in range(2 if blend == "side by side" else 1):
        ends = [
            on_stage(page, view, MIDDLE + sign * np.array([14, 11, 0]), nth) for sign in (-1, 1)
        ]
        drag(page, "r", *ends)
        # On a narrow picture a line may be broken.
        lines = re.split(r"\s+(?=after:|difference:)", said(page, "measure", nth))
        assert [line.split(":")[0] for line in lines] == ["before", "after", "difference"]
        for line, level in zip(lines, (50, 200, 150), strict=True):
            mean, sd, area, count = numbers(line)
            assert (mean, sd) == (level, 0)
            # 28 by 22 mm, but for the voxels that its sides cut.
            assert area == pytest.approx(28 * 22, rel=0.08)
            assert count > 200
        page.keyboard.press("Delete")
        drag(page, "l", *ends)
        assert numbers(said(page, "measure", nth))[0] == pytest.approx(
            2 * np.hypot(14, 11), abs=0.6
        )
        page.keyboard.press("Delete")
        page.mouse.move(*on_stage(page, view, MIDDLE + np.array([8, 5, 0]), nth))
        assert page.locator(".ctkit-hu").inner_text() == "50 HU → 200 HU"


def on_stage(page, view, place, nth):
    """Where a place in mm is on a stage: by the frame in mm, which both volumes share."""
    from ctkit import overlay
    from ctkit.widgets import still

    state = still._state(view)
    grids = {
        name: still._grid(volume, view.convention)
        for name, volume in (("voxels", view.volume), ("second", view.after))
    }
    pane = overlay.panes(state, grids)[0]
    frame = overlay.pictures(state, grids, pane)["frame"]
    box = page.locator(".ctkit-stage").nth(nth).bounding_box()
    scale = min(box["width"] / frame["width"], box["height"] / frame["height"])
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    centre = np.array([frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2])
    return (middle + (place[:2] - centre) * scale).tolist()


@pytest.mark.parametrize("blend", ["side by side", "curtain", "flicker", "difference"])
def test_where_the_second_has_no_slice_nothing_is_shown(shown, blend):
    before = volume_of(column(MIDDLE, 20, 400), (9, 80, 90), (4.0, 1.2, 1.0), MIDDLE)
    after = volume_of(column(MIDDLE, 20, 400), (5, 80, 90), (4.0, 1.2, 1.0), MIDDLE)
    view = ctkit.compare(before, after, blend=blend, window=INSIDE, slice=0)
    page = shown(view)
    stage = page.locator(".ctkit-stage").nth(1 if blend == "side by side" else 0)
    nothing = stage.locator(".ctkit-nothing")
    for _ in range(50):
        words, label = (
            nothing.inner_text(),
            stage.locator(".ctkit-image").get_attribute("aria-label"),
        )
        shot = picture_of(stage)
        # Of two that flicker, the second and nothing else while the picture was taken.
        if words and words == nothing.inner_text():
            break
        page.wait_for_timeout(50)
    assert words == "no slice here"
    right = shot[shot.shape[0] // 4 : -shot.shape[0] // 4, int(shot.shape[1] * 0.55) : -60]
    # Nothing of the bright column, which lies there in the first volume.
    assert right[..., 0].max() < 240
    assert tuple(right[10, 10]) == (35, 42, 54)
    assert "no slice here" in label


def picture_of(locator):
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))


@pytest.mark.parametrize("blend", ["curtain", "difference"])
def test_a_turned_second_volume_lies_where_it_is(shown, blend):
    page = shown(two("turned", blend, levels=(400, 400), limit=100))
    stage = page.locator(".ctkit-stage").first
    scale = mm_per_pixel(page)
    page.add_style_tag(content=".ctkit-text, .ctkit-marks { display: none }")
    shot = picture_of(stage).astype(int)
    if blend == "difference":
        box = stage.bounding_box()
        x, y = on_stage(page, two("turned"), MIDDLE, 0)
        row, column_ = int(y - box["y"]), int(x - box["x"])
        reach = int(15 / scale)
        inside = shot[row - reach // 2 : row + reach // 2, column_ - reach : column_ + reach]
        assert inside.max() < 12
        return
    # The curtain hangs right across the column: its border goes on behind it.
    bright = shot[10:-10, 10:-10, 0] > 200  # without the corners, which are round
    half = bright.shape[1] // 2
    rows, behind = bright[:, : half - 3].any(axis=1), bright[:, half + 3 :].any(axis=1)
    for found in (rows, behind):
        assert np.ptp(np.flatnonzero(found)) * scale == pytest.approx(40, abs=3)


def test_a_region_follows_another_second_volume():
    view = two("same grid")
    view.roi = {
        "kind": "ellipse",
        "plane": "axial",
        "slice": view.slice,
        "start": view.volume.to_index(MIDDLE - 10),
        "end": view.volume.to_index(MIDDLE + 10),
    }
    assert view.roi["after"]["mean"] == 200
    view.show_second(two("other grid", levels=(50, 90)).after)
    assert view.roi["after"]["mean"] == 90
    assert view.roi["difference"]["mean"] == 40
    assert view.roi["mean"] == 50


# ----------------------------------------------------------------------------- floats


@pytest.mark.parametrize("factor", [1.0, 731026.0])
def test_values_that_are_no_hu_are_shown_as_they_are(shown, factor):
    values = np.random.default_rng(3).random((3, 14, 22)).astype(np.float32) * np.float32(factor)
    values[1, 5, 6] = 0.658 * factor
    values[1, 9, 9] = np.nan
    view = ctkit.explore(ctkit.Volume.from_spacing(values, (4, 1.5, 0.8)))
    page = shown(view)
    known = np.isfinite(values[1])
    greys = ctkit.apply_window(
        np.where(known, values[1], 0), view.center, view.width, view.function, np.uint8
    )
    assert len(np.unique(greys)) > 100
    assert np.array_equal(np.array(pixels(page)), np.where(known, greys, 150))
    x, y = on_page(page, view, view.volume.to_world((1, 5, 6)))
    page.mouse.move(x, y)
    expected = "0.658" if factor == 1 else "481015"
    assert page.locator(".ctkit-hu").inner_text() == expected
    drag(
        page, "r", *[on_page(page, view, view.volume.to_world(c)) for c in ((1, 3, 3), (1, 12, 15))]
    )
    region = values[1, 3:13, 3:16].astype(float)
    lines = said(page, "measure").splitlines()
    assert numbers(lines[0]) == pytest.approx([np.nanmean(region), np.nanstd(region)], rel=1e-4)
    assert lines[2] == "1 of 130 voxels are no number"
    assert "HU" not in said(page, "measure")
    # A narrow window, by the slider of the page.
    slider = page.get_by_label("Width", exact=True)
    assert float(slider.get_attribute("step")) == pytest.approx(view.step)
    slider.fill(str(20 * view.step))
    assert numbers(said(page, "bl"))[1] == pytest.approx(20 * view.step)


def test_a_float_page_is_not_larger_than_its_voxels():
    values = np.random.default_rng(4).normal(40, 30, (12, 128, 128)).astype(np.float32)
    volume = ctkit.Volume.from_spacing(values, (3, 0.9, 0.8))
    nothing = volume.with_array(np.zeros(volume.shape, np.int16))
    large, small = (len(without_still(ctkit.explore(one).to_html())) for one in (volume, nothing))
    assert large - small <= 1.1 * values.nbytes


def without_still(page):
    """A page without its still picture, which costs the same whatever the type of the voxels."""
    page, count = re.subn(r"data:image/png;base64,[^\"]+", "", page)
    assert count == 1
    return page
