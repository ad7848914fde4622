"""Views that go together in millimetres: the rule, and JupyterLab with a kernel that is busy."""

import numpy as np
import pytest
from _jupyter import open_lab, run_cell
from test_widgets_mirror import assert_same, grid_of, sheared

from ctkit.widgets import linking

pytestmark = pytest.mark.browser
# Two volumes that share a place: a bright voxel of the one at a known place of the other.
MAKE = """
import time
import numpy as np, ctkit
first = np.zeros((9, 24, 36), np.int16)
second = np.zeros((30, 16, 20), np.int16)
first = ctkit.Volume.from_spacing(first, (4.0, 1.0, 0.5), origin=(0, 0, 0))
second = ctkit.Volume.from_spacing(second, (1.0, 1.5, 1.0), origin=(-1.0, 0.5, 2.0))
a = ctkit.explore(first, slice=4)
b = ctkit.explore(second, plane="coronal", window="bone")
link = ctkit.link_views(a, b, zoom=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_view_follows_as_in_python(pure, seed):
    random, seen = np.random.default_rng(seed), []
    for volume in (sheared(seed, (5, 8, 13)), sheared(seed + 50, (6, 9, 7))):
        grid = grid_of(volume)
        seen.append(
            {
                "cursor": [int(random.integers(n)) for n in volume.shape],
                "pinned": bool(random.integers(2)),
                "center": float(random.uniform(-3000, 4000)),
                "width": float(random.uniform(1, 9000)),
                "zoom": float(2 ** random.uniform(-2, 6)),
                "pan": random.uniform(-80, 80, 3).tolist(),
                "limits": {"center": [-1100, 3100], "width": [1, 4200]},
                "shape": list(grid["shape"]),
                "affine": grid["affine"],
                "fits": float(random.uniform(20, 300)),
            }
        )
    for leader, follower in (seen, seen[::-1]):
        for window, zoom in ((False, False), (True, False), (True, True)):
            found = pure("following", leader, follower, window, zoom)
            expected = linking.following(leader, follower, window=window, zoom=zoom)
            plain = {k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()}
            assert_same(found, plain)


@pytest.fixture(scope="module")
def linked(lab, chromium):
    context = chromium.new_context(viewport={"width": 1300, "height": 1800})
    page = context.new_page()
    open_lab(lab, page, lab.write_notebook("linked.ipynb", MAKE, "a", "b"))
    page.wait_for_function(
        "document.querySelectorAll('.ctkit-image[aria-label]').length === 2", timeout=60_000
    )
    yield page
    context.close()
    lab.close_kernels()


def said(page, nth):
    return page.locator(".ctkit-tl").nth(nth).inner_text().splitlines()[0]


def until_said(page, nth, words):
    page.wait_for_function(
        "([nth, words]) => document.querySelectorAll('.ctkit-tl')[nth].textContent"
        ".startsWith(words)",
        arg=[nth, words],
    )


# A key on one picture, and what the other says in the same turn: no kernel has answered by then.
PRESS = """async ([nth, key]) => {
    const options = { key, code: key, bubbles: true, cancelable: true };
    document.querySelectorAll(".ctkit-image")[nth]
        .dispatchEvent(new KeyboardEvent("keydown", options));
    for (let turn = 0; turn < 20; turn++) await null;
    return document.querySelectorAll(".ctkit-tl")[1 - nth].textContent.split("\\n")[0];
}"""


def test_linked_views_move_each_other_with_no_kernel(linked):
    page = linked
    # The first leads: row 12 of 1 mm lies at 12 mm, where the other has row 7.67 of 1.5 mm.
    assert said(page, 1) == "coronal  8 / 15"
    assert page.evaluate(PRESS, [1, "Home"]) == "axial  4 / 8"
    assert page.evaluate(PRESS, [0, "End"]) == "coronal  0 / 15"
    assert said(page, 0) == "axial  8 / 8"
    # The other's first row lies at 0.5 mm: of two as near the higher. The last slice lies at
    # 32 mm, where the other has slice 30, but for one.
    for _ in range(50):
        told = run_cell(page, "print(a.cursor[:2], b.cursor[:2])").strip()
        if told == "(8, 1) (29, 0)":
            break
    assert told == "(8, 1) (29, 0)"
    # From Python, too, both move.
    run_cell(page, "a.cursor = (2, 5, 9)")
    until_said(page, 1, "coronal  3 / 15")


def test_zoom_goes_along_in_millimetres(linked):
    page = linked
    page.locator(".ctkit-image").first.focus()
    for _ in range(4):
        page.keyboard.press("+")
    page.wait_for_function(
        "document.querySelectorAll('.ctkit-image')[1].getAttribute('aria-label').includes('zoom')"
    )
    bars = []
    for nth in range(2):
        millimetres = float(page.locator(".ctkit-br").nth(nth).inner_text().removesuffix(" mm"))
        wide = page.locator(".ctkit-line-bar").nth(nth).evaluate("p => p.getBBox().width")
        stage = page.locator(".ctkit-stage").nth(nth).bounding_box()
        bars.append(wide / millimetres / min(stage["width"], stage["height"]))
    assert bars[0] == pytest.approx(bars[1], rel=1e-3)


def test_a_right_click_opens_the_menu_of_jupyter_and_a_drag_does_not(linked):
    page = linked
    box = page.locator(".ctkit-stage").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x, y - 40)
    page.mouse.up(button="right")
    assert page.locator(".lm-Menu").count() == 0
    page.mouse.click(x, y, button="right")
    page.locator(".lm-Menu").first.wait_for()
    page.keyboard.press("Escape")


def test_unlinked_views_go_their_own_ways(linked):
    page = linked
    assert run_cell(page, "link.unlink(); print(link)").strip() == "2 linked views, unlinked"
    before = said(page, 1)
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("Home")
    until_said(page, 0, "axial  0 / 8")
    assert run_cell(page, "print(a.slice)").strip() == "0"
    assert said(page, 1) == before
