"""Labels over the picture, by pixels, and their list beside it."""

import io

import numpy as np
import pytest
from _jupyter import open_lab, run_cell
from _static import place, until
from PIL import Image

import ctkit
from ctkit import overlay
from ctkit.geometry import PLANES
from ctkit.labels import Labels, paint
from ctkit.widgets import still

pytestmark = pytest.mark.browser
SHAPE = (7, 24, 36)
MAKE = """
import numpy as np, ctkit
values = np.random.default_rng(5).integers(-1000, 2000, (7, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))
array = np.zeros((7, 24, 36), np.int16)
array[1:6, 3:12, 4:17], array[2:, 8:20, 15:30], array[:4, 14:, 2:9] = 1, 2, 300
labels = volume.with_array(array, labels={1: "liver", 2: "spleen", 300: "kidney"})
"""
SCOPE = {}
exec(MAKE, SCOPE)


@pytest.fixture(scope="module")
def volume():
    return SCOPE["volume"]


@pytest.fixture(scope="module")
def labels(volume):
    array = SCOPE["array"]
    colors = {2: "#ff00c8"}
    return volume.with_array(array, labels=Labels(SCOPE["labels"].labels, colors))


@pytest.fixture(scope="module")
def several(labels):
    array = labels.array
    columns = np.indices(SHAPE)[2]
    return {"whole": array > 0, "left": columns > 16, "spleen": array == 2}


def painted(page, nth=0):
    """The pixels of the layer of the labels: (rows, columns, 4)."""
    found = (
        page.locator(".ctkit-mask")
        .nth(nth)
        .evaluate(
            """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return [height, width, Array.from(data)];
        }"""
        )
    )
    return np.array(found[2]).reshape(*found[:2], 4)


def expected(view, plane=None, index=None):
    plane = plane or view.plane
    index = view.slice if index is None else index
    picture = view.mask.plane(plane, index)
    return paint(picture, view.labels, view.overlaps, view.opacity, view.outline)


def assert_painted(found, wanted):
    """A canvas keeps colours times opacity, so that faint ones come back a little off."""
    assert np.array_equal(found[..., 3], wanted[..., 3])
    shown = wanted[..., 3] > 0
    off = np.abs(found[..., :3] - wanted[..., :3].astype(int))[shown].max(axis=-1)
    assert (off * wanted[..., 3][shown] <= 2 * 255).all()


def row(page, name):
    return page.locator(".ctkit-labels .ctkit-list-row", has_text=name)


@pytest.mark.parametrize("kind", ["labels", "several", "mask"])
def test_three_planes_are_painted_as_in_python(volume, labels, several, shown, kind):
    mask = {"labels": labels, "several": several, "mask": labels.array > 1}[kind]
    view = ctkit.planes(volume, mask=mask, cursor=(3, 9, 16), opacity=0.4)
    page = shown(view)
    for nth, (plane, index) in enumerate(zip(PLANES, (3, 9, 16), strict=True)):
        wanted = expected(view, plane, index)
        assert len(np.unique(wanted.reshape(-1, 4), axis=0)) > (2 if kind == "mask" else 4)
        assert_painted(painted(page, nth), wanted)


@pytest.mark.parametrize("kind", ["labels", "several", "mask"])
@pytest.mark.parametrize(
    "cut", [{"slab": 9}, {"normal": (0.3, 0.2, 0.9)}, {"normal": (0.3, 0.2, 0.9), "slab": 9}]
)
def test_slabs_and_turned_planes_have_the_labels_of_python(
    volume, labels, several, shown, kind, cut
):
    """Of labels a slab shows the highest value, whatever it shows of the greys."""
    mask = {"labels": labels, "several": several, "mask": labels.array > 1}[kind]
    view = ctkit.explore(volume, mask=mask, opacity=1, projection="mean", **cut)
    state, volumes = still._state(view), still._volumes(view)
    grids = {name: one and still._grid(one, view.convention) for name, one in volumes.items()}
    picture = overlay.pictures(state, grids, overlay.panes(state, grids)[0])["mask"]
    wanted = still._mask(view, picture)
    colors = 2 if kind == "mask" else 4
    assert len(np.unique(wanted.reshape(-1, 4), axis=0)) == colors
    page = shown(view)
    page.wait_for_selector(".ctkit-stage:not(.ctkit-loading)")
    assert_painted(painted(page), wanted)


def test_a_mask_alone_looks_as_before(volume, labels, shown):
    """Orange at a quarter, and its edge opaque."""
    page = shown(ctkit.explore(volume, mask=labels.array == 1))
    inside = labels.array[3] == 1
    alpha = np.where(inside, 64, 0)
    rows, columns = np.nonzero(inside)
    for row_, column in zip(rows, columns, strict=True):
        around = [inside[row_ - 1, column], inside[row_ + 1, column]]
        around += [inside[row_, column - 1], inside[row_, column + 1]]
        alpha[row_, column] = 64 if all(around) else 255
    found = painted(page)
    assert np.array_equal(found[..., 3], alpha)
    assert np.array_equal(np.unique(found[alpha == 255][:, :3], axis=0), [[255, 140, 0]])
    assert page.locator(".ctkit-labels summary").inner_text() == "Mask"
    inside_ml = np.count_nonzero(labels.array == 1) * 4 * 1 * 0.5 / 1000
    assert row(page, "mask").locator(".ctkit-list-value").inner_text() == f"{inside_ml:#.3g} ml"
    assert page.locator(".ctkit-labels input[type=range]:visible").count() == 1
    row(page, "mask").locator("input[type=range]").fill("60")
    until(page, "document.querySelector('.ctkit-labels input[type=range]').title.endsWith('60 %')")
    assert set(np.unique(painted(page)[..., 3])) == {0, 153, 255}


def test_the_list_names_and_measures_each_label(volume, labels, shown):
    page = shown(ctkit.explore(volume, mask=labels))
    assert page.locator(".ctkit-labels summary").inner_text() == "Labels (3)"
    for value, name in {1: "liver", 2: "spleen", 300: "kidney"}.items():
        ml = np.count_nonzero(labels.array == value) * 4 * 1 * 0.5 / 1000
        assert row(page, name).locator(".ctkit-list-value").inner_text() == f"{ml:#.3g} ml"
    assert row(page, "spleen").locator(".ctkit-swatch").input_value() == "#ff00c8"
    assert "labels: liver, spleen, kidney" in page.locator(".ctkit-image").get_attribute(
        "aria-label"
    )
    assert page.locator(".ctkit-native .ctkit-labels").count() == 1


def test_a_hand_hides_and_fades_labels_one_by_one_and_all(volume, labels, shown):
    view = ctkit.explore(volume, mask=labels)
    page = shown(view)

    def check(**traits):
        for name, value in traits.items():
            setattr(view, name, value)
        wanted = expected(view)
        text = f"{wanted[..., 3].astype(int).sum()}"
        until(page, f"""(() => {{
            const canvas = document.querySelector(".ctkit-mask");
            const size = [0, 0, canvas.width, canvas.height];
            const {{ data }} = canvas.getContext("2d").getImageData(...size);
            return data.reduce((sum, n, i) => sum + (i % 4 === 3 ? n : 0), 0) === {text};
        }})()""")  # fmt: skip
        assert_painted(painted(page), wanted)

    row(page, "spleen").locator(".ctkit-eye").click()
    check(labels=[{"value": 2, "visible": False}])
    assert row(page, "spleen").locator(".ctkit-eye").get_attribute("aria-pressed") == "false"
    row(page, "kidney").locator("input[type=range]").fill("50")
    check(labels=[{"value": 300, "opacity": 0.5}])
    row(page, "outline").locator("input[type=range]").fill("80")
    check(opacity=0.8)
    row(page, "outline").locator("input[type=checkbox]").uncheck()
    check(outline=False)
    row(page, "liver").locator(".ctkit-swatch").fill("#0000ff")
    check(labels=[{"value": 1, "color": "#0000ff"}])
    everything = row(page, "outline").locator(".ctkit-eye")
    everything.click()
    check(labels=[{"value": value, "visible": False} for value in (1, 2, 300)])
    everything.click()
    check(labels=[{"value": value, "visible": True} for value in (1, 300)])
    page.locator(".ctkit-image").focus()
    page.keyboard.press("h")
    check(labels=[{"value": value, "visible": False} for value in (1, 2, 300)])
    page.keyboard.press("h")
    check(labels=[{"value": value, "visible": True} for value in (1, 300)])
    page.keyboard.press("ArrowDown")
    view.slice = 4
    check()


def test_the_probe_names_the_labels_under_the_pointer(volume, labels, several, shown):
    page = shown(ctkit.explore(volume, mask=several, slice=3))
    sets = {(10, 20): "spleen + left + whole", (2, 20): "left", (5, 5): "whole", (22, 12): ""}
    for (row_, column), words in sets.items():
        page.mouse.move(*place(page, row_, column, SHAPE[1:]))
        until(page, f"document.querySelector('.ctkit-label').textContent === {words!r}")
    row(page, "left").locator(".ctkit-eye").click()
    page.mouse.move(*place(page, 10, 20, SHAPE[1:]))
    until(page, "document.querySelector('.ctkit-label').textContent === 'spleen + whole'")


def test_the_saved_picture_has_the_colours_of_the_screen(volume, labels, shown):
    view = ctkit.explore(volume, mask=labels, opacity=1)
    page = shown(view)
    with page.expect_download() as download:
        page.keyboard.press("Tab")
        page.locator(".ctkit-image").focus()
        page.keyboard.press("s")
    saved = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")
    stage, box = (page.locator(one).bounding_box() for one in (".ctkit-stage", ".ctkit-image"))
    still = view.picture(512)
    for row_, column, color in ((7, 10, "#56b4e9"), (14, 22, "#ff00c8"), (19, 5, "#009e73")):
        rgb = tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
        x = box["x"] - stage["x"] + (column + 0.5) / 36 * box["width"]
        y = box["y"] - stage["y"] + (row_ + 0.5) / 24 * box["height"]
        assert saved.getpixel((int(2 * x), int(2 * y))) == rgb
        scale = 512 / stage["width"]
        assert still.getpixel((int(x * scale), int(y * scale))) == rgb


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_fits_and_has_no_serious_fault(volume, labels, shown, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = shown(ctkit.explore(volume, mask=labels), width=width, color_scheme=scheme)
    row(page, "kidney").locator(".ctkit-eye").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = page.locator(".ctkit-labels").bounding_box()
    for found in page.locator(".ctkit-labels :is(button, input, .ctkit-list-value)").all():
        box = found.bounding_box()
        assert inside["x"] <= box["x"]
        assert box["x"] + box["width"] <= inside["x"] + inside["width"] + 0.5
    found = axe.Axe().run(page).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in serious] == []


def test_in_jupyterlab_python_and_the_hand_agree(lab, page):
    """The list stands in the panel; what the hand sets reaches Python, and the other way."""
    code = f"{MAKE}view = ctkit.explore(volume, mask=labels)\nview"
    open_lab(lab, page, lab.write_notebook("labels.ipynb", code))
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=60_000)
    page.wait_for_selector(".ctkit-panel > .ctkit-labels")
    row(page, "spleen").locator(".ctkit-eye").click()
    wanted = "mask=mask, labels=[{'value': 2, 'visible': False}])"
    for _ in range(100):
        if wanted in (said := run_cell(page, "print(view)")):
            break
        page.wait_for_timeout(100)
    assert wanted in said
    run_cell(page, "view.labels = [{'value': 1, 'name': 'Leber', 'color': '#00ff00'}]")
    row(page, "Leber").wait_for()
    assert row(page, "Leber").locator(".ctkit-swatch").input_value() == "#00ff00"
    view = ctkit.explore(SCOPE["volume"], mask=SCOPE["labels"])
    view.labels = [{"value": 1, "color": "#00ff00"}, {"value": 2, "visible": False}]
    assert_painted(painted(page), expected(view))
    lab.close_kernels()
