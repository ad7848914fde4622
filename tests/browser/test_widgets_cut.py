"""Slabs and turned planes in a real browser, by numbers and pixels, on volumes of known truth."""

import numpy as np
import pytest
from _static import copied, place, until
from test_widgets_truth import volume_of

import ctkit
from ctkit.geometry import PLANES
from ctkit.sampling import plane_of

pytestmark = pytest.mark.browser
SHAPE, SPACING, MIDDLE = (11, 26, 34), (2.5, 1.25, 0.75), (-3, 8, 40)
TILT = 15
GRIDS = {
    "upright": {},
    "turned": {"turn": 25},
    "tilted": {"lean": TILT},
}


def numbered(grid, axis):
    """A volume whose planes across an axis hold 100 times their number, and 7 more."""
    empty = volume_of(lambda points: points[..., 0] * 0, SHAPE, SPACING, MIDDLE, **GRIDS[grid])
    turned = [-1 if other == axis else 1 for other in range(3)]
    numbers = np.arange(SHAPE[axis], dtype=np.int16).reshape(turned) * 100 + 7
    return empty.with_array(np.broadcast_to(numbers, SHAPE))


def words(page, name):
    return page.locator(f".ctkit-{name}").first.inner_text().replace("−", "-")


def probe(page, row, column, shape):
    """What is said of a pixel."""
    page.mouse.move(*place(page, row, column, shape))
    return words(page, "hu")


def greys(page, nth=0):
    """The pixels of a picture's canvas, one grey each."""
    found = page.evaluate(
        """(nth) => {
            const canvas = document.querySelectorAll(".ctkit-image")[nth];
            const { data, width, height } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
            return [width, height, Array.from(data)];
        }""",
        nth,
    )
    return np.reshape(np.uint8(found[2]), (found[1], found[0], 4))


# The upright planes across tilted slices hold no single number: they are compared with Python.
WHOLE = [(grid, plane) for grid in ("upright", "turned") for plane in PLANES]


@pytest.mark.parametrize(("grid", "plane"), [*WHOLE, ("tilted", "axial")])
def test_a_slab_shows_the_slices_within_half_its_thickness(shown, grid, plane):
    axis = numbered(grid, 0).layout(plane).axis
    volume = numbered(grid, axis)
    middle, step = SHAPE[axis] // 2, volume.spacing[axis]
    view = ctkit.explore(volume, plane=plane, slab=4 * step, window=(800, 4000))
    stack = volume.stack(plane)
    shape = [stack.shape[axis] for axis in (stack.layout.down, stack.layout.across)]
    page = shown(view)
    centre = [n // 2 for n in shape]
    # Two slices on each side, the borders included; a hair less, and they are one on each side.
    for mm, beside in ((4 * step, 2), (4 * step - 0.01, 1), (1.9 * step, 0), (2 * step, 1)):
        page.get_by_label("Slab mm", exact=True).fill(f"{mm}")
        page.get_by_label("Slab mm", exact=True).press("Enter")
        for index, name, number in ((0, "MIP", beside), (1, "MinIP", -beside), (2, "mean", 0)):
            page.get_by_label("Values", exact=True).select_option(index=index)
            until(page, f"!document.querySelector('.ctkit-preview') && {mm} > 0")
            expected = f"{name} {100 * (middle + number) + 7} HU"
            assert probe(page, *centre, shape) == expected, (mm, name)
            assert f"{name} {round(mm * 100) / 100:g} mm" in words(page, "tl")


def test_at_the_end_of_the_scan_a_slab_has_fewer_slices(shown):
    volume = numbered("upright", 0)
    page = shown(ctkit.explore(volume, slab=10, projection="mean", slice=10))
    assert probe(page, 5, 5, SHAPE[1:]) == "mean 907 HU"


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("projection", ["max", "min", "mean"])
def test_the_pixels_of_a_tilted_slab_are_those_of_python(shown, plane, projection):
    values = np.random.default_rng(4).integers(-1000, 1000, SHAPE).astype(np.int16)
    volume = numbered("tilted", 0).with_array(values)
    view = ctkit.explore(volume, plane=plane, slab=7, projection=projection, window=(0, 2000))
    page = shown(view)
    until(page, "!document.querySelector('.ctkit-preview')")
    stack = volume.stack(plane)._replace(thickness=7.0, projection=projection)
    picture = plane_of(volume.array, volume.affine, stack, view.slice)
    expected = ctkit.apply_window(np.nan_to_num(picture, neginf=0), 0, 2000, dtype=np.uint8)
    found = greys(page)
    inside = np.isfinite(picture)
    assert inside.mean() > 0.5
    assert np.abs(found[..., 0].astype(int) - expected)[inside].max() <= 1
    assert (found[~inside][:, :3] == (35, 42, 54)).all()


def test_keys_and_button_turn_a_slab_on_and_off(shown):
    page = shown(ctkit.explore(numbered("upright", 0), slice=5))
    assert not page.get_by_label("Slab mm", exact=True).is_visible()
    assert "MIP" not in words(page, "tl")
    page.locator(".ctkit-image").focus()
    page.keyboard.press("t")
    assert "MIP 10 mm" in words(page, "tl")
    assert page.get_by_label("Slab mm", exact=True).is_visible()
    assert page.locator(".ctkit-tool-slab").get_attribute("aria-pressed") == "true"
    assert "MIP 10 mm" in page.locator(".ctkit-image").get_attribute("aria-label")
    page.keyboard.press("x")
    page.keyboard.press("0")
    assert "MinIP 11 mm" in words(page, "tl")
    page.keyboard.press("9")
    page.keyboard.press("9")
    page.keyboard.press("x")
    assert "mean 9 mm" in words(page, "tl")
    page.locator(".ctkit-tool-slab").click()
    assert "mean" not in words(page, "tl")
    assert probe(page, 5, 5, SHAPE[1:]) == "507 HU"
    page.locator(".ctkit-tool-slab").click()
    assert "mean 9 mm" in words(page, "tl")


@pytest.mark.parametrize("projection", ["max", "mean"])
def test_what_takes_long_is_a_preview_at_first_and_then_exact(shown, projection):
    shape = (30, 120, 130)
    values = np.random.default_rng(2).integers(-1000, 1000, shape).astype(np.int16)
    volume = volume_of(lambda points: values, shape, (2.0, 1.0, 0.8), MIDDLE, lean=TILT)
    view = ctkit.explore(volume, slice=10, slab=30, projection=projection, window=(0, 2000))
    page = shown(view)
    until(page, "!document.querySelector('.ctkit-preview')")
    told = page.evaluate(
        """() => {
            const canvas = document.querySelector(".ctkit-image");
            const key = { key: "ArrowDown", code: "ArrowDown", bubbles: true };
            canvas.dispatchEvent(new KeyboardEvent("keydown", key));
            return new Promise((resume) => queueMicrotask(() => resume({
                size: [canvas.height, canvas.width],
                words: document.querySelector(".ctkit-tl").innerText,
                label: canvas.getAttribute("aria-label"),
                hu: document.querySelector(".ctkit-hu").innerText,
            })));
        }"""
    )
    # Coarser, of another slice already, and marked as what it is.
    assert told["size"][0] < shape[1]
    assert "preview" in told["words"]
    assert "axial  11 /" in told["words"]
    assert told["label"].startswith("preview")
    until(page, "!document.querySelector('.ctkit-preview')")
    assert "preview" not in words(page, "tl")
    stack = volume.stack("axial")._replace(thickness=30.0, projection=projection)
    picture = plane_of(volume.array, volume.affine, stack, 11)
    expected = ctkit.apply_window(np.nan_to_num(picture, neginf=0), 0, 2000, dtype=np.uint8)
    found = greys(page)[..., 0].astype(int)
    assert np.abs(found - expected)[np.isfinite(picture)].max() <= 1


# ------------------------------------------------------------------------------ turned planes


def unit(*way):
    return np.array(way) / np.linalg.norm(way)


def linear(way, point, grid="upright", shape=SHAPE):
    """A volume that holds how many mm each voxel lies from a point, along a way."""
    return volume_of(
        lambda points: ((points - point) @ way).astype(np.float32),
        shape,
        SPACING,
        MIDDLE,
        **GRIDS[grid],
    )


def line(page):
    """The copied line, as its arguments."""
    said = copied(page)
    return eval(
        said.replace("explore(volume", "dict(volume=0").replace("planes(volume", "dict(volume=0")
    )


EXACT = {"window": (0, 10), "function": "LINEAR_EXACT"}
TURNS = {
    "axial": unit(0.3, -0.2, 0.9),
    "coronal": unit(0.1, 0.8, 0.5),
    "sagittal": unit(-0.9, 0.3, 0.2),
}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("plane", PLANES)
def test_a_turned_plane_goes_through_its_point_and_moves_along_its_normal(shown, grid, plane):
    normal, through = TURNS[plane], np.add(MIDDLE, (0.3, 1.1, -0.7))
    volume = linear(normal, through, grid)
    view = ctkit.explore(volume, normal=normal * 5, through=through, **EXACT)
    assert view.plane == plane
    assert np.allclose(view.normal, normal)
    page = shown(view)
    # All of the plane lies 0 mm from the point, along the normal: half of 10 values is mid-grey.
    step, where = min(volume.spacing), view.slice
    for moved, key in ((0, None), (1, "ArrowDown"), (2, "ArrowDown"), (1, "ArrowUp")):
        if key:
            page.locator(".ctkit-image").focus()
            page.keyboard.press(key)
        until(page, f"document.querySelector('.ctkit-tl').innerText.includes(' {where + moved} /')")
        found = greys(page)
        inside = (found[..., :3] == found[..., :1]).all(axis=-1)
        assert inside.mean() > 0.25
        # Beyond the outermost centres of voxels, half a voxel at most, values go on as they are.
        expected = np.clip(moved * step / 10 + 0.5, 0, 1) * 255
        right = np.abs(found[..., 0] - expected) <= 1.01
        assert right[inside].mean() > 0.8
        middle = tuple(slice(2 * n // 5, 3 * n // 5) for n in inside.shape)
        assert right[middle].all()
    assert "turned by" in words(page, "tr")


@pytest.mark.parametrize("plane", PLANES)
def test_letters_and_scale_of_a_turned_plane_are_right(shown, plane):
    axes = {"L": (1, 0, 0), "P": (0, 1, 0), "S": (0, 0, 1)}
    for letter, way in axes.items():
        volume = linear(np.array(way), np.array(MIDDLE))
        page = shown(
            ctkit.explore(volume, normal=TURNS[plane], window=(0, 60), function="LINEAR_EXACT")
        )
        found = greys(page)[..., :3].astype(float)
        inside = (found == found[..., :1]).all(axis=-1)
        edge = [2 * n // 5 for n in inside.shape]
        inside[: edge[0]] = inside[-edge[0] :] = False
        inside[:, : edge[1]] = inside[:, -edge[1] :] = False
        rows, columns = np.nonzero(inside)
        values = found[..., 0][inside] / 255 * 60 - 30
        per_row, per_column, _ = np.linalg.lstsq(
            np.column_stack([rows, columns, np.ones(rows.size)]), values, rcond=None
        )[0]
        # In mm per pixel: the length of the axis on the plane, its pixels as large as they say.
        on_plane = np.linalg.norm(np.array(way) - TURNS[plane] * (TURNS[plane] @ way))
        assert np.hypot(per_row, per_column) / min(SPACING) == pytest.approx(on_plane, abs=0.01)
        for change, side in ((per_row, "bottom"), (per_column, "right")):
            part = change / min(SPACING)
            told = letter in words(page, side)
            other = {"L": "R", "P": "A", "S": "I"}[letter]
            # Two letters at most: the two axes that it lies nearest to.
            if told or other in words(page, side):
                assert (part > 0) == told
            else:
                assert abs(part) < 0.58
    box = page.locator(".ctkit-image").bounding_box()
    stack = ctkit.geometry.turned_stack(
        volume.stack(plane), volume.shape, volume.affine, TURNS[plane], MIDDLE
    )
    width = stack.shape[stack.layout.across] * min(SPACING)
    bar = page.evaluate("document.querySelector('.ctkit-line-bar').getBBox().width")
    told = float(words(page, "br").split()[0])
    assert bar / box["width"] * width == pytest.approx(told, rel=0.01)


def handle(page, pane, number):
    """Where a ring on a line of the cursor is on the page."""
    ring = page.locator(".ctkit-stage").nth(pane).locator(".ctkit-turn").nth(number)
    box = ring.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def middle_of(page, pane):
    """Where the cursor is on the page."""
    rings = [handle(page, pane, number) for number in (0, 1)]
    return np.mean(rings, axis=0)


def test_a_handle_turns_its_plane_about_the_cursor(shown):
    volume = linear(np.array((0, 0, 1.0)), np.array(MIDDLE), shape=(27, 27, 27))
    page = shown(ctkit.planes(volume), width=1500)
    sagittal = 2
    page.locator(".ctkit-stage").nth(sagittal).hover()
    # The level line is that of the axial plane; its right end goes 20 degrees down.
    start = np.array(handle(page, sagittal, 1))
    centre = middle_of(page, sagittal)
    turn = np.radians(20)
    end = centre + np.linalg.norm(start - centre) * np.array([np.cos(turn), np.sin(turn)])
    page.mouse.move(*start)
    until(page, "document.querySelector('.ctkit-near-turn')")
    page.mouse.down()
    page.mouse.move(*(start + end) / 2)
    page.mouse.move(*end)
    page.mouse.up()
    state = line(page)
    assert state["normal"] == pytest.approx((0, np.sin(turn), np.cos(turn)), abs=0.01)
    assert state["through"] == pytest.approx(volume.to_world(state["cursor"]))
    assert "oblique axial" in words(page, "tl")
    assert page.locator(".ctkit-top").first.inner_text() == "AS"
    # The line lies where the hand has put it, and no other plane can be turned meanwhile.
    end = np.array(handle(page, sagittal, 1))
    assert np.arctan2(*(end - centre)[::-1]) == pytest.approx(turn, abs=0.02)
    rings = page.locator(".ctkit-turn:not([display=none])")
    assert rings.count() == 4
    # Beyond 45 degrees it would be another plane: it stops there.
    page.mouse.move(*end)
    page.mouse.down()
    page.mouse.move(*np.add(centre, (40, 100)))
    page.mouse.move(*np.add(centre, (2, 120)))
    page.mouse.up()
    assert line(page)["normal"][1] == pytest.approx(np.sin(np.radians(45)), abs=0.01)
    # The first space resets the window, which is as it was; so this one the plane.
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("Space")
    until(page, "!document.querySelector('.ctkit-tl').innerText.includes('oblique')")
    assert "normal" not in line(page)


def test_keys_turn_a_plane_and_space_twice_brings_it_back(shown):
    volume = linear(np.array((0, 0, 1.0)), np.array(MIDDLE))
    page = shown(ctkit.explore(volume))
    page.locator(".ctkit-image").focus()
    page.keyboard.press("o")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowDown")
    state = line(page)
    assert abs(state["normal"][1]) == pytest.approx(np.sin(np.radians(10)))
    assert state["plane"] == "axial"
    assert "turned by 10.0°" in words(page, "tr")
    page.locator(".ctkit-image").focus()
    page.keyboard.press("i")
    page.keyboard.press("Space")
    assert "normal" in line(page)
    page.locator(".ctkit-image").focus()
    page.keyboard.press("Space")
    assert "normal" not in line(page)
    assert "turned" not in words(page, "tr")


def test_another_plane_is_shown_as_the_volume_has_it(shown):
    volume = linear(TURNS["coronal"], np.array(MIDDLE))
    page = shown(ctkit.explore(volume, normal=TURNS["coronal"]))
    assert "oblique coronal" in words(page, "tl")
    page.get_by_label("Plane", exact=True).select_option("sagittal")
    assert words(page, "tl").startswith("sagittal")
    page.get_by_label("Plane", exact=True).select_option("coronal")
    assert words(page, "tl").startswith("coronal")


def test_a_click_on_a_turned_plane_leaves_it_where_it_is(shown):
    normal = TURNS["axial"]
    volume = linear(normal, np.array(MIDDLE))
    view = ctkit.explore(volume, normal=normal, through=MIDDLE, window=(0, 10))
    page = shown(view)
    before = greys(page)
    box = page.locator(".ctkit-image").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.45)
    state = line(page)
    # The point that was clicked lies on the plane, in the voxel of the cursor.
    assert (np.array(state["through"]) - MIDDLE) @ normal == pytest.approx(0, abs=1e-6)
    assert state["through"] != pytest.approx(MIDDLE)
    offset = volume.to_index(state["through"]) - state["cursor"]
    assert np.abs(offset).max() <= 0.501
    assert np.array_equal(greys(page), before)


# -------------------------------------------------------------------------------------- marks


def numbers_of(page, name="measure"):
    return words(page, name).splitlines()


def test_a_region_says_the_numbers_of_the_slab_that_is_shown(shown):
    volume = numbered("upright", 0)
    region = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 5,
        "start": (5, 4, 4),
        "end": (5, 9, 9),
    }
    view = ctkit.explore(volume, slice=5, marks=[region])
    assert (view.roi["mean"], view.roi["maximum"]) == (507, 507)
    view.slab = 10  # two slices on each side
    assert (view.roi["mean"], view.roi["slab"]) == (707, "MIP 10 mm")
    view.projection = "min"
    assert view.roi["mean"] == 307
    assert view.region_values().max() == 307
    page = shown(view)
    assert numbers_of(page)[:2] == ["MinIP 10 mm", "mean 307.0  SD 0.0 HU"]
    page.locator(".ctkit-image").focus()
    page.keyboard.press("x")
    until(page, "document.querySelector('.ctkit-measure').innerText.startsWith('mean 10 mm')")
    assert numbers_of(page)[1] == "mean 507.0  SD 0.0 HU"
    page.keyboard.press("x")
    until(page, "document.querySelector('.ctkit-measure').innerText.startsWith('MIP 10 mm')")
    assert numbers_of(page)[1] == "mean 707.0  SD 0.0 HU"
    page.keyboard.press("t")
    until(page, "document.querySelector('.ctkit-measure').innerText.startsWith('mean 507')")
    view.slab = 0
    assert view.roi["mean"] == 507
    assert "slab" not in view.roi


def test_marks_on_a_turned_plane_are_measured_there(shown):
    normal = TURNS["axial"]
    # How far to the right of the picture each voxel lies, by the direction that is right there.
    volume = linear(np.array((1.0, 0, 0)), np.array(MIDDLE))
    view = ctkit.explore(volume, normal=normal, through=MIDDLE)
    stack = ctkit.geometry.turned_stack(
        volume.stack("axial"), volume.shape, volume.affine, normal, MIDDLE
    )
    right, down = ctkit.geometry.directions(stack)
    page = shown(view)
    box = page.locator(".ctkit-image").bounding_box()
    per_mm = box["width"] / (stack.shape[stack.layout.across] * min(SPACING))
    centre = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    page.locator(".ctkit-image").focus()
    page.keyboard.press("l")
    page.mouse.move(*centre)
    page.mouse.down()
    page.mouse.move(*(centre + 20))
    page.mouse.move(*(centre + np.array([6, 4]) * per_mm))
    page.mouse.up()
    page.keyboard.press("r")
    page.mouse.move(*(centre - np.array([4, 3]) * per_mm))
    page.mouse.down()
    page.mouse.move(*centre)
    page.mouse.move(*(centre + np.array([2, 3]) * per_mm))
    page.mouse.up()
    marks = line(page)["marks"]
    start, end = np.array(marks[0]["points"])
    assert marks[0]["kind"] == "ruler"
    assert start == pytest.approx(MIDDLE, abs=0.4)
    # Exactly where it was drawn, along the directions of the picture, and on its plane.
    assert (end - start) @ right == pytest.approx(6, abs=0.1)
    assert (end - start) @ down == pytest.approx(4, abs=0.1)
    # The line has millimetres with four decimals.
    assert (end - start) @ normal == pytest.approx(0, abs=1e-3)
    assert "7.2 mm" in page.locator(".ctkit-stage").inner_text()
    # The mean of a linear volume over a region is its value in the middle, but for its edge.
    mean = next(one for one in numbers_of(page) if one.startswith("mean"))
    middle = np.mean(marks[1]["points"], axis=0)
    assert float(mean.split()[1]) == pytest.approx((middle - MIDDLE)[0], abs=0.4)
    # Python measures the same, and the marks come back by the line.
    again = ctkit.explore(volume, normal=normal, through=MIDDLE, marks=marks)
    assert again.drawn[0]["mm"] == pytest.approx(np.hypot(6, 4), abs=0.1)
    assert again.drawn[1]["mean"] == pytest.approx(float(mean.split()[1]), abs=0.051)
    # On another plane they are not drawn.
    page.locator(".ctkit-image").focus()
    page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.ctkit-measure').innerText === ''")
