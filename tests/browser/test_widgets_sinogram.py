"""sinogram in the browser: its rules are Python's, and the picture says what was pressed."""

from pathlib import Path

import numpy as np
import pytest

import ctkit
from ctkit.phantom import Part, Phantom, make_grid

pytestmark = pytest.mark.browser
SIZE, STEP, DIRECTIONS = 60, 3.0, 90
BEAD = (20, 41)
# A model as anywidget has it, and the widget drawn with it.
DRAW = """([state, css]) => {
    const bytes = ["greys", "shadow_greys", "hu", "integrals"];
    for (const name of bytes) state[name] = new DataView(new Uint8Array(state[name]).buffer);
    window.model = {
        get: (name) => state[name], set: (name, value) => { state[name] = value; },
        on() {}, off() {}, save_changes() { window.saved = (window.saved ?? 0) + 1; },
    };
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
    document.body.innerHTML = '<div id="here" style="width: 900px"></div>';
    const el = document.getElementById("here");
    window.drawn = window.view.default().render({ model: window.model, el });
}"""


@pytest.fixture(scope="module")
def view():
    grid = make_grid((1, SIZE, SIZE), (5, STEP, STEP))
    bead = Part("bead", 2000, tuple(grid.to_world((0, *BEAD))), (5, 5, 9))
    head = Part("head", -990, (0, 0, 0), (75, 80, 90))
    volume = Phantom((head, bead), 0.8).render(grid)
    made = ctkit.sinogram(volume, directions=DIRECTIONS, point=(30, 30))
    yield made
    made.close()


@pytest.fixture
def drawn(script, view):
    names = ("mode", "size", "step", "directions", "row", "column", "direction")
    state = {name: getattr(view, name) for name in names}
    state |= {n: list(getattr(view, n)) for n in ("greys", "shadow_greys", "hu", "integrals")}
    css = Path(ctkit.widgets.__file__).with_name("view") / "view.css"
    script.evaluate(DRAW, [state, css.read_text("utf-8")])
    yield script
    script.evaluate("() => { window.drawn(); document.body.innerHTML = ''; }")


def press(page, place, row, column, shape):
    box = page.locator(".ctkit-image").nth(place).bounding_box()
    x = box["x"] + (column + 0.5) / shape[1] * box["width"]
    page.mouse.click(x, box["y"] + (row + 0.5) / shape[0] * box["height"])


def test_the_rules_are_those_of_python(pure, view):
    for row, column, degrees in ((20, 41, 0), (20.5, 41, 37), (12, 17, 90), (30, 30, 180)):
        view.row, view.column = row, column
        expected = float(view.element_at(degrees))
        assert pure("elementAt", [row, column], degrees, SIZE) == pytest.approx(expected)
        moved = pure("pointOn", [row, column], degrees, expected + 3, SIZE)
        view.row, view.column = moved
        assert float(view.element_at(degrees)) == pytest.approx(expected + 3)
        # Across the rays: as far as the element has moved.
        assert np.hypot(moved[0] - row, moved[1] - column) == pytest.approx(3)


def test_the_curve_of_a_pressed_bead_is_the_brightest_in_the_picture(drawn):
    press(drawn, 0, *BEAD, (SIZE, SIZE))
    path = drawn.locator("path.ctkit-point").get_attribute("d")
    curve = np.array([place.split() for place in path[1:].split("L")], float)
    bright = drawn.evaluate(
        """() => {
            const canvas = document.querySelectorAll(".ctkit-image")[1];
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const grey = (x, y) => data[4 * (y * width + x)];
            return Array.from({ length: width }, (_, x) =>
                Array.from({ length: height }, (_, y) => grey(x, y)));
        }"""
    )
    found = np.argmax(bright, axis=1) + 0.5
    assert len(found) == DIRECTIONS
    np.testing.assert_allclose(curve[:-1:2, 1], found, atol=1.1)
    assert f"row {BEAD[0]}, column {BEAD[1]}: " in drawn.locator(".ctkit-probe").inner_text()


def test_a_pressed_ray_goes_through_the_slice(drawn):
    press(drawn, 1, 44, 67, (SIZE, DIRECTIONS))
    ends = drawn.locator("line.ctkit-ray")
    x1, y1, x2, y2 = (float(ends.get_attribute(name)) for name in ("x1", "y1", "x2", "y2"))
    angle = np.degrees(np.arctan2(x2 - x1, y2 - y1))
    assert angle == pytest.approx((67 + 0.5) / DIRECTIONS * 180, abs=0.3)
    # How far from the middle pixel it passes: as far as the pressed element.
    middle = SIZE // 2 + 0.5
    far = ((middle - x1) * (y2 - y1) - (middle - y1) * (x2 - x1)) / np.hypot(x2 - x1, y2 - y1)
    assert -far == pytest.approx(44 - SIZE // 2, abs=0.2)
    assert drawn.evaluate("window.saved") >= 1


def test_arrows_move_the_point(drawn):
    press(drawn, 0, 25, 33, (SIZE, SIZE))
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
        drawn.keyboard.press(key)
    assert "row 27, column 32: -990 HU" in drawn.locator(".ctkit-probe").inner_text()
