"""The state of the widgets, with no browser, on a volume whose three sizes differ."""

import base64
from io import BytesIO

import ipywidgets
import numpy as np
import pytest
import traitlets
from PIL import Image

import ctkit
from ctkit.geometry import PLANES
from ctkit.widgets import still
from ctkit.widgets import voxels as _voxels

SHAPE = (7, 12, 20)
COUNTS = {"axial": 7, "coronal": 12, "sagittal": 20}


@pytest.fixture
def volume():
    values = np.random.default_rng(3).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8), origin=(-8.0, -3.0, 100.0))


@pytest.fixture
def view(volume):
    shown = ctkit.explore(volume)
    yield shown
    shown.close()


def test_opens_in_the_middle_with_soft_tissue(view):
    assert (view.plane, view.slice, view.max_slice) == ("axial", 3, 6)
    assert view.window == (40, 400)
    assert view.cursor == (3, 6, 10)


@pytest.mark.parametrize("plane", PLANES)
def test_plane_sets_index_and_end(view, plane):
    view.plane = plane
    assert view.plane_index == PLANES.index(plane)
    assert view.max_slice == COUNTS[plane] - 1
    assert view.slice == COUNTS[plane] // 2
    assert view.slice_slider.slider.max == view.max_slice
    assert view.slice_slider.value == view.slice


def test_plane_index_sets_plane(view):
    view.plane_index = 2
    assert (view.plane, view.max_slice) == ("sagittal", 19)
    assert view.plane_picker.value == "sagittal"


def test_planes_remember_their_slice(view):
    view.slice = 5
    view.plane = "sagittal"
    view.slice = 17
    view.plane = "axial"
    assert (view.slice, view.cursor) == (5, (5, 6, 17))


def test_cursor_moves_the_slice(view):
    view.plane = "coronal"
    view.cursor = (1, 9, 4)
    assert view.slice == 9


def test_observe_hears_every_trait(view):
    heard = []
    view.observe(lambda change: heard.append((change["name"], change["new"])), ["slice", "cursor"])
    view.slice = 6
    assert sorted(heard) == [("cursor", (6, 6, 10)), ("slice", 6)]


@pytest.mark.parametrize("row", ctkit.PRESET_TABLE, ids=lambda row: row.name)
def test_preset_by_menu_and_by_name(view, volume, row):
    view.preset_index = ctkit.PRESET_TABLE.index(row) + 1
    assert view.window == (row.center, row.width)
    assert view.window_sliders.value == (row.center, row.width)
    assert ctkit.explore(volume, window=row.name).preset_index == view.preset_index


def test_window_of_your_own_is_no_preset(view):
    view.center = 40.5
    assert view.preset_index == 0
    assert view.window == (40.5, 400)
    assert view.whole_center == 41


def test_whole_center_of_a_slider_moves_the_window(view):
    view.whole_center = 43
    assert view.window == (43, 400)


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("slice", 7, "slice is 0 to 6 in the axial plane, not 7"),
        ("slice", -1, "slice is 0 to 6"),
        ("center", 99999, "center is -1100 to 3100 HU"),
        ("width", 0, "width is 1 to 4200 HU, not 0"),
        ("cursor", (0, 12, 0), "cursor's row is 0 to 11"),
        ("plane", "oblique", "axial"),
        ("opacity", 2, "opacity"),
    ],
)
def test_wrong_value_names_the_range(view, trait, value, words):
    before = repr(view)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(view, trait, value)
    assert repr(view) == before


def test_unknown_keyword_is_refused_by_name(volume):
    with pytest.raises(TypeError, match="colour"):
        ctkit.explore(volume, colour="red")


def test_mask_alone_or_on_another_grid_is_refused(volume):
    mask = volume.with_array(volume.array > 0)
    with pytest.raises(ctkit.UnitError, match="this is a mask"):
        ctkit.explore(mask)
    with pytest.raises(ctkit.UnitError, match="mask is a Volume of bool"):
        ctkit.explore(volume, mask=volume)
    other = ctkit.Volume.from_spacing(mask.array, (5.0, 0.5, 0.8))
    with pytest.raises(ctkit.GeometryError, match="another grid"):
        ctkit.explore(volume, mask=other)


def test_repr_brings_the_same_picture_back(view, volume):
    view.plane, view.slice, view.window = "coronal", 4, "brain"
    line = repr(view)
    assert line == "explore(volume, plane='coronal', slice=4, window='brain')"
    again = eval(line, {"explore": ctkit.explore, "volume": volume})
    assert np.array_equal(np.asarray(again.picture()), np.asarray(view.picture()))


def test_bundle_holds_picture_alt_text_and_widget(view):
    data, metadata = view._repr_mimebundle_()
    picture = Image.open(BytesIO(base64.b64decode(data["image/png"])))
    assert picture.size == (512, 512)
    assert "axial slice 3 of 0 to 6" in metadata["image/png"]["alt"]
    assert data["text/plain"] == repr(view)
    assert "0x" not in data["text/plain"]
    shown = data["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert shown == view.box.model_id


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_greys_are_those_of_apply_window(volume, plane, convention):
    view = ctkit.explore(volume, plane=plane, window="bone", convention=convention)
    expected = ctkit.apply_window(
        volume.plane(plane, view.slice, convention), 400, 1000, dtype=np.uint8
    )
    assert np.array_equal(still.greys(view, plane, view.slice), expected)
    view.invert = True
    assert np.array_equal(still.greys(view, plane, view.slice), 255 - expected)


def test_picture_has_the_true_aspect(volume):
    white = volume.with_array(np.full(SHAPE, 3000, np.int16))
    picture = np.asarray(ctkit.explore(white, plane="coronal").picture(400))[..., 0]
    # 35 mm high (7 slices), 16 mm wide (20 columns): 183 of 400 pixels.
    assert (picture[200] == 255).sum() == pytest.approx(400 * 16 / 35, abs=2)


def test_position_names_side_and_millimetres(volume):
    assert still.position_text(volume, "axial", 3) == "S 115.00 mm"
    assert still.position_text(volume, "coronal", 0) == "A 3.00 mm"
    assert still.position_text(volume, "sagittal", 0) == "R 8.00 mm"


def test_equal_volumes_share_their_voxels(volume):
    volume = volume.with_array(volume.array + np.int16(11))
    first, second = ctkit.explore(volume), ctkit.explore(volume.with_array(volume.array.copy()))
    assert first.voxels is second.voxels
    first.close()
    assert first.voxels.key in _voxels._SHARED
    key = second.voxels.key
    second.close()
    assert key not in _voxels._SHARED
    assert second.voxels.comm is None


def test_floats_go_as_they_are(volume):
    values = volume.array.astype(np.float32) + 0.4
    values[0, 0, 0] = np.nan
    view = ctkit.explore(volume.with_array(values))
    sent = np.frombuffer(view.voxels.buffer, "<f4").reshape(SHAPE)
    assert np.array_equal(sent, values, equal_nan=True)
    assert view.note == "1 of 1680 voxels are no number"
    assert view.unit == "HU"
    whole = ctkit.explore(volume.with_array(volume.array.astype(np.float32)))
    assert whole.voxels.kind == "int16"
    assert np.array_equal(np.frombuffer(whole.voxels.buffer, "<i2"), volume.array.ravel())


@pytest.mark.parametrize("factor", [1 / 3000, 731026 / 2000])
def test_what_can_not_be_hu_has_its_own_window_and_steps(volume, factor):
    values = (volume.array - np.float32(volume.array.min())) * np.float32(factor)
    view = ctkit.explore(volume.with_array(values))
    low, high = float(values.min()), float(values.max())
    assert view.unit == ""
    assert view.function == "LINEAR_EXACT"
    assert low >= view.center - view.width / 2 >= low - view.step
    assert high <= view.center + view.width / 2 <= high + view.step
    assert (high - low) / 2000 < view.step <= (high - low) / 200
    assert view.limits["center"][0] <= low < high <= view.limits["center"][1]
    sliders = view.window_sliders
    assert sliders.center.step == sliders.width.step == view.step
    assert sliders.width.value == pytest.approx(view.width, abs=view.step)
    view.width = 5 * view.step
    view.center = low + (high - low) / 3
    assert view.whole_width == pytest.approx(view.width)
    assert sliders.center.value == pytest.approx(view.center, abs=view.step / 2 + 1e-9)
    with pytest.raises(ctkit.CTError, match="width is"):
        view.width = 3 * (high - low)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_is_no_number_does_not_stop_the_view(volume, share):
    values = volume.array.astype(np.float32)
    gone = np.random.default_rng(2).random(SHAPE) <= share
    values[gone] = np.nan
    view = ctkit.explore(volume.with_array(values))
    assert "no number" in view.note
    assert sum(view.histogram["counts"]) == np.count_nonzero(~gone)
    assert view.picture().size[1] == 512


def test_what_the_browser_moves_is_not_sent_back(view):
    sent = []
    for widget in (view, view.slice_slider.slider, view.slice_slider.label):
        widget._send = lambda message, buffers=None: sent.append(message)
    moved = {"slice": 5, "cursor": [5, 6, 10], "position": "S 125.00 mm"}
    view.set_state(moved)
    assert (view.slice, view.cursor, view.position) == (5, (5, 6, 10), "S 125.00 mm")
    assert [message["method"] for message in sent if message["method"] == "update"] == []
    sent.clear()
    view.plane = "coronal"
    assert [message["method"] for message in sent] == ["update"]
    assert {"plane", "plane_index", "slice", "max_slice"} <= set(sent[0]["state"])


def test_end_and_value_are_told_in_the_order_that_never_clamps(view):
    states = []
    view._send = lambda message, buffers=None: states.append(list(message["state"]))
    view.plane = "sagittal"
    assert states[-1].index("max_slice") < states[-1].index("slice")
    view.plane = "axial"
    assert states[-1].index("max_slice") > states[-1].index("slice")


def test_controls_alone(volume):
    slider = ctkit.SliceSlider(volume, "coronal")
    slider.value = 2
    assert repr(slider) == "SliceSlider(2 of 0 to 11, A 2.00 mm)"
    sliders = ctkit.WindowSliders("lung")
    assert sliders.value == (-600, 1500)
    sliders.preset.index = 5
    assert sliders.value == (40, 80)
    sliders.width.value = 81
    assert sliders.preset.index == 0
    assert ctkit.PlanePicker("sagittal").value == "sagittal"


def test_link_ties_a_trait_to_another_widget(view):
    other = ipywidgets.IntSlider(max=6)
    tied = ipywidgets.link((view, "slice"), (other, "value"))
    other.value = 1
    assert view.slice == 1
    view.slice = 5
    assert other.value == 5
    tied.unlink()
    view.slice = 2
    assert other.value == 5


def test_jslink_tells_the_browser_which_traits_belong_together(view):
    other = ipywidgets.IntSlider(max=6)
    tied = ipywidgets.jslink((view, "slice"), (other, "value"))
    state = tied.get_state()
    ends = [f"IPY_MODEL_{widget.model_id}" for widget in (view, other)]
    assert (state["source"], state["target"]) == ([ends[0], "slice"], [ends[1], "value"])
    # Without a kernel the browser moves them: both traits have to be known there.
    assert "slice" in view.get_state()
    assert "value" in other.get_state()
    tied.close()
    other.close()
