"""Slabs and turned planes in a real browser, by numbers and pixels, on volumes of known truth."""

import numpy as np
import pytest
from _static import place, until
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
        page.get_by_label("Slab", exact=True).fill(f"{mm}")
        page.get_by_label("Slab", exact=True).press("Enter")
        for index, name, number in ((0, "MIP", beside), (1, "MinIP", -beside), (2, "mean", 0)):
            page.get_by_label("Shows").select_option(index=index)
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
    assert not page.get_by_label("Slab", exact=True).is_visible()
    assert "MIP" not in words(page, "tl")
    page.locator(".ctkit-image").focus()
    page.keyboard.press("t")
    assert "MIP 10 mm" in words(page, "tl")
    assert page.get_by_label("Slab", exact=True).is_visible()
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
