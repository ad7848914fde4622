"""What stands over a picture: known numbers on a small stage. The browser's are compared apart."""

import numpy as np
import pytest

import ctkit
from ctkit import overlay
from ctkit.widgets import still

STAGE = (300, 240)


@pytest.fixture
def volume():
    """7 slices of 5 mm, 12 rows of 0.5 mm, 20 columns of 0.8 mm: axial 16 mm wide, 6 mm high."""
    values = np.random.default_rng(3).integers(-1000, 2000, (7, 12, 20)).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8), origin=(-8.0, -3.0, 100.0))


def described(view, number=0, stage=STAGE):
    """The description of a view's pane, with texts and lines by their places and names."""
    volumes = still._volumes(view)
    grids = {name: one and still._grid(one, view.convention) for name, one in volumes.items()}
    state = still._state(view)
    found = overlay.describe(state, grids, overlay.panes(state, grids)[number], stage)
    found["texts"] = {text["place"]: text for text in found["texts"]}
    found["lines"] = {line["name"]: line for line in found["lines"]}
    return found


def test_the_picture_fits_the_stage_at_its_true_aspect(volume):
    found = described(ctkit.explore(volume))
    assert found["scale"] == pytest.approx(300 / 16)
    box = found["boxes"]["base"]
    assert (box["left"], box["width"]) == pytest.approx((0, 300))
    assert box["height"] == pytest.approx(6 * 300 / 16)
    assert box["top"] == pytest.approx((240 - box["height"]) / 2)


@pytest.mark.parametrize(
    ("plane", "convention", "letters"),
    [
        ("axial", "radiological", "RLAP"),
        ("axial", "neurological", "LRAP"),
        ("coronal", "radiological", "RLSI"),
        ("sagittal", "radiological", "APSI"),
    ],
)
def test_letters_stand_at_their_sides(volume, plane, convention, letters):
    texts = described(ctkit.explore(volume, plane=plane, convention=convention))["texts"]
    sides = ("left", "right", "top", "bottom")
    assert "".join(texts[side]["text"] for side in sides) == letters
    assert (texts["left"]["x"], texts["left"]["y"]) == (12, 120)
    assert (texts["bottom"]["x"], texts["bottom"]["base"]) == (150, "bottom")


def test_words_say_plane_place_and_window(volume):
    view = ctkit.explore(volume, plane="coronal", slice=0, window="brain")
    view.invert = True
    texts = described(view)["texts"]
    assert texts["tl"]["text"] == "coronal  0 / 11\nA 3.00 mm"
    assert texts["bl"]["text"] == "C 40  W 80  brain  inverted"
    view.center = 40.25
    assert described(view)["texts"]["bl"]["text"] == "C 40.25  W 80  inverted"


def test_the_scale_bar_is_as_long_as_it_says(volume):
    found = described(ctkit.explore(volume))
    assert found["texts"]["br"]["text"] == "2 mm"
    (points,) = found["lines"]["bar"]["paths"]
    assert points[2][0] - points[1][0] == pytest.approx(2 * found["scale"])
    assert [point[1] for point in points] == [224, 228, 228, 224]


def test_a_cursor_that_nobody_put_is_not_drawn(volume):
    view = ctkit.explore(volume)
    assert "cross" not in described(view)["lines"]
    view.cursor = (3, 6, 19)
    found = described(view)
    ((x0, y), (x1, _)), *_ = found["lines"]["cross"]["paths"]
    assert (x0 + 9, x1 + 3) == pytest.approx((19.5 * 15, 19.5 * 15))
    assert y == pytest.approx(found["boxes"]["base"]["top"] + 6.5 * 0.5 * 300 / 16)


def test_marks_are_drawn_on_their_slice_alone(volume):
    view = ctkit.explore(volume, slice=2)
    here = {"plane": "axial", "slice": 2, "start": (2, 2, 5), "end": (2, 8, 11)}
    view.ruler, view.roi = here, here | {"kind": "ellipse"}
    found = described(view)
    box, mm = found["boxes"]["base"], found["scale"]
    assert found["lines"]["roi"]["ellipse"] == pytest.approx(
        [5.5 * 0.8 * mm, box["top"] + 2.5 * 0.5 * mm, 11.5 * 0.8 * mm, box["top"] + 8.5 * 0.5 * mm]
    )
    assert found["texts"]["measure"]["text"].startswith("ruler 5.7 mm\nmean ")
    view.slice = 3
    found = described(view)
    assert not {"roi", "ruler"} & set(found["lines"])
    assert found["texts"]["measure"]["text"] == ""


def test_two_volumes_share_one_frame_of_millimetres(volume):
    part = ctkit.Volume(volume.array[:, 4:10, 5:15], volume.affine @ _shift(0, 4, 5))
    view = ctkit.compare(volume, part)
    first, second = described(view)["boxes"]["base"], described(view, 1)["boxes"]["base"]
    scale = first["width"] / 16
    assert second["left"] == pytest.approx(first["left"] + 5 * 0.8 * scale)
    assert second["top"] == pytest.approx(first["top"] + 4 * 0.5 * scale)
    assert second["width"] == pytest.approx(10 * 0.8 * scale)


def test_the_curtain_hangs_where_it_says(volume):
    view = ctkit.compare(volume, volume, blend="curtain", names=("a", "b"))
    view.curtain = 0.25
    found = described(view)
    assert found["lines"]["curtain"]["paths"] == [[[75, 0], [75, 240]]]
    assert found["texts"]["tr"]["text"] == "a | b"


def test_the_still_picture_hides_the_second_left_of_the_curtain(volume):
    black, white = (volume.with_array(np.full(volume.shape, hu, np.int16)) for hu in (-2000, 3000))
    view = ctkit.compare(black, white, blend="curtain")
    view.curtain = 0.25
    row = np.asarray(view.picture(512))[256 - 40, :, 0]
    assert row[:126].max() == 0
    assert row[132:].min() == 255


def test_a_larger_still_picture_is_the_same_scaled(volume):
    view = ctkit.explore(volume, window="bone")
    small, large = (np.asarray(view.picture(size)).astype(float) for size in (512, 1024))
    halved = large.reshape(512, 2, 512, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 4


def test_ties_are_written_as_javascript_does():
    assert overlay._fixed(0.25, 1) == "0.3"
    assert overlay._fixed(-12.25, 1) == "-12.3"
    assert overlay.number_text(float("nan")) == "…"


def _shift(*index):
    affine = np.eye(4)
    affine[:3, 3] = index
    return affine
