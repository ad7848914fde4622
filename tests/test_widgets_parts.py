"""Each part of a view alone, with no browser and no other part."""

import numpy as np
import pytest
import traitlets

import ctkit
from ctkit.widgets import parts

SHAPE = (7, 12, 20)


@pytest.fixture
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8), origin=(-8.0, -3.0, 100.0))


@pytest.fixture
def alone(volume):
    """alone(Part): the part on the volume, with nothing around it."""
    made = []

    def make(kind):
        part = kind()
        part._volume = volume
        made.append(part)
        return part

    yield make
    for part in made:
        part.let_go()


def synced(kind):
    """What the browser knows of a part."""
    return set(kind.class_trait_names(sync=True))


def test_no_part_has_a_trait_of_another():
    kinds = [parts.Voxels, parts.Place, parts.Window, parts.Marks, parts.Mask, parts.Second]
    kinds += [parts.Tuned, parts.Zoom, parts.Cine]
    names = [name for kind in kinds for name in sorted(synced(kind))]
    assert len(names) == len(set(names))
    assert {"voxels", "plane", "center", "drawn", "overlay", "second", "busy"} <= set(names)


def test_a_view_has_the_parts_that_it_chose_and_no_more(volume):
    of_two, of_tune = synced(parts.Second), synced(parts.Tuned)
    views = {
        "explore": (ctkit.explore(volume), set()),
        "planes": (ctkit.planes(volume), set()),
        "compare": (ctkit.compare(volume, volume), of_two),
        "tune": (ctkit.tune(volume, lambda v, by=0: v, by=(0, 9)), of_two | of_tune),
    }
    for name, (view, wanted) in views.items():
        assert set(view.keys) & (of_two | of_tune) == wanted, name
        view.close()


class TestVoxels:
    def test_it_holds_the_voxels_of_its_volume(self, volume):
        part = parts.Voxels()
        part.begin_voxels(volume)
        assert part.volume is volume
        assert bytes(part.voxels.buffer) == volume.array.tobytes()
        assert part.note == ""
        part.let_go()
        assert part.voxels.comm is None
        with pytest.raises(parts.StateError, match="closed"):
            _ = part.volume

    @pytest.mark.parametrize(
        ("value", "note"), [(0.5, ""), (np.nan, "1 of 1680 voxels are no number")]
    )
    def test_it_notes_what_is_no_number(self, volume, value, note):
        values = volume.array.astype(np.float32)
        values[1, 2, 3] = value
        part = parts.Voxels()
        part.begin_voxels(volume.with_array(values))
        assert part.note == note
        assert part.unit == "HU"
        part.let_go()

    def test_a_mask_is_told_where_it_belongs(self, volume):
        with pytest.raises(ctkit.UnitError, match="draw it over its volume"):
            parts.Voxels().begin_voxels(volume.with_array(volume.array > 0))


class TestPlace:
    @pytest.fixture
    def place(self, alone):
        part = alone(parts.Place)
        part.begin_place("coronal", 5, "radiological")
        part.settle()
        return part

    def test_it_begins_on_the_slice(self, place):
        assert (place.slice, place.max_slice, place.plane_index) == (5, 11, 1)
        assert place.cursor == (3, 5, 10)
        assert place.position == "A 0.50 mm"

    def test_plane_slice_and_cursor_go_together(self, place):
        place.slice = 7
        place.plane_index = 2
        assert (place.plane, place.slice, place.max_slice) == ("sagittal", 10, 19)
        place.cursor = (1, 2, 3)
        assert place.slice == 3
        place.plane = "coronal"
        assert place.slice == 2
        assert place.shrinks

    def test_rules_wait_until_it_is_settled(self, alone):
        part = alone(parts.Place)
        part.begin_place("axial", 6, "radiological")
        assert part.cursor == (3, 6, 10)
        part.settle()
        assert part.cursor == (6, 6, 10)

    def test_its_words_bring_it_back(self, place):
        assert place.words() == {"plane": "'coronal'", "slice": "5"}

    @pytest.mark.parametrize("name", ["plane", "convention"])
    def test_other_texts_are_refused(self, alone, name):
        arguments = {"plane": "axial", "slice": None, "convention": "radiological", name: "none"}
        with pytest.raises(ctkit.ParameterError, match=f"{name} is one of"):
            alone(parts.Place).begin_place(**arguments)

    def test_it_offers_controls_that_stand_where_it_is(self, place):
        offered = place.controls()
        picker, slider = offered["plane_picker"](), offered["slice_slider"]()
        assert (picker.value, slider.value) == ("coronal", 5)
        picker.close()
        slider.close()


class TestZoom:
    def test_it_begins_where_the_picture_fits(self, alone):
        part = alone(parts.Zoom)
        part.begin_zoom(2, np.array([1, 2.5, -3]), "nearest")
        assert (part.zoom, part.pan) == (2.0, (1.0, 2.5, -3.0))
        words = {"zoom": "2", "pan": "(1, 2.5, -3)", "interpolation": "'nearest'"}
        assert part.words() == words
        part.fit()
        assert (part.zoom, part.pan) == (1.0, (0.0, 0.0, 0.0))
        assert list(part.words()) == ["interpolation"]

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("zoom", 0, "zoom is a number from 0.25 to 64, not 0"),
            ("zoom", 65.0, "from 0.25 to 64"),
            ("zoom", "2", "zoom is a number"),
            ("zoom", np.nan, "zoom is a number"),
            ("pan", (1, 2), r"pan is \(x, y, z\) in mm"),
            ("pan", (1, 2, 2001), "each from -2000 to 2000"),
            ("pan", (1, -2001, 0), "each from -2000 to 2000"),
            ("pan", None, "pan is"),
            ("interpolation", "cubic", "linear"),
        ],
    )
    def test_it_refuses_what_can_not_be(self, alone, name, value, words):
        part = alone(parts.Zoom)
        with pytest.raises(traitlets.TraitError, match=words):
            setattr(part, name, value)


class TestCine:
    def test_speed_and_range_are_numbers_that_can_be(self, volume):
        view = ctkit.explore(volume)
        view.speed, view.range = np.float32(12.5), np.array([2, 5])
        assert (view.speed, view.range) == (12.5, (2, 5))
        view.range = None
        assert view.range is None
        for name, value, words in (
            ("speed", 0.5, "speed is a number from 1 to 60, not 0.5"),
            ("speed", 61, "from 1 to 60"),
            ("range", (0, 7), "the last slice of range is 1 to 6, not 7"),
            ("range", (5, 5), "the last slice of range is 6 to 6, not 5"),
            ("range", (-1, 5), "the first slice of range is 0 to 6, not -1"),
            ("range", (1.5, 3), r"range is \(first, last\)"),
            ("range", 3, r"range is \(first, last\)"),
            ("playback", "once", "looping"),
        ):
            with pytest.raises(traitlets.TraitError, match=words):
                setattr(view, name, value)
        view.close()


class TestWindow:
    @pytest.fixture
    def window(self, alone):
        part = alone(parts.Window)
        part.begin_window("bone", "LINEAR")
        part.settle()
        return part

    def test_it_begins_with_its_window_which_is_home(self, window, volume):
        assert window.window == (400, 1000)
        assert window.home == {"center": 400, "width": 1000}
        assert window.presets[window.preset_index - 1][0] == "bone"
        assert sum(window.histogram["counts"]) == volume.array.size

    def test_window_preset_and_whole_hu_go_together(self, window):
        window.center = 400.5
        assert (window.preset_index, window.whole_center) == (0, 401)
        window.whole_width = 900
        assert window.window == (400.5, 900)
        window.preset_index = 1
        assert window.window == (40, 400)

    def test_its_limits_reach_every_voxel_and_preset(self, alone, volume, window):
        assert window.limits == {"center": [-1100, 3100], "width": [1, 4200]}
        part = alone(parts.Window)
        part._volume = volume.with_array(np.full(SHAPE, 5000, np.int16))
        part.begin_window(None, "LINEAR")
        assert part.limits == {"center": [-1100, 5001], "width": [1, 6101]}

    @pytest.mark.parametrize(
        ("low", "high", "step"), [(0.0, 1.0, 1e-3), (1e5, 1e5 + 500, 1), (0.0, 7.3e5, 1e3)]
    )
    def test_what_is_no_hu_is_asked_once_and_has_no_presets(self, monkeypatch, low, high, step):
        asked = []
        known = parts.part.may_be_hu
        monkeypatch.setattr(parts.part, "may_be_hu", lambda a: asked.append(a) or known(a))
        values = np.linspace(low, high, np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
        volume = ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8))
        view = ctkit.compare(volume, volume)
        assert len(asked) == 1
        assert (view.step, view.presets, view.unit) == (step, [], "")
        assert list(view.window_sliders.preset.options) == ["your own"]
        limit = view.limit_slider
        assert (limit.min, limit.max, view.limit) == (step, 4000 * step, 100 * step)
        assert high - low <= limit.max
        view.limit = limit.value = step / 8
        assert (view.limit, limit.value) == (step / 8, step)
        view.close()

    def test_its_words_are_the_preset_or_the_numbers(self, window):
        assert window.words() == {"window": "'bone'"}
        window.window = (40.5, 81)
        assert window.words() == {"window": "(40.5, 81)"}

    def test_both_numbers_of_a_window_change_at_once(self, window):
        seen = []
        window.observe(lambda _: seen.append((window.center, window.width)), ["center", "width"])
        window.window = (40, 80)
        assert set(seen) == {(40, 80)}


class TestMarks:
    REGION = {"kind": "rectangle", "plane": "axial", "slice": 2}

    def test_what_python_sets_is_measured(self, alone, volume):
        marks = alone(parts.Marks)
        marks.roi = {**self.REGION, "start": (2, 3, 5), "end": (2, 8, 11)}
        assert marks.roi["mean"] == pytest.approx(volume.array[2, 3:9, 5:12].mean())
        marks.ruler = {"plane": "axial", "slice": 3, "start": (3, 0, 0), "end": (3, 6, 5)}
        assert marks.ruler["mm"] == pytest.approx(5.0)

    def test_numpys_numbers_become_pythons(self, alone):
        marks = alone(parts.Marks)
        ends = {"start": np.array([2, 3, 5]), "end": np.array([2.0, 8.5, 11.0])}
        marks.roi = {**self.REGION, "slice": np.int64(2), **ends}
        assert type(marks.roi["slice"]) is int
        assert {type(n) for name in ends for n in marks.roi[name]} == {float}

    def test_what_the_browser_has_measured_is_taken_as_it_is(self, alone):
        marks = alone(parts.Marks)
        marks._from_browser = True
        marks.drawn = [{"mean": 3.5}]
        assert marks.drawn == [{"mean": 3.5}]

    def test_a_ruler_without_an_end_is_refused(self, alone):
        with pytest.raises(ctkit.ParameterError, match="needs plane, slice, start, end"):
            alone(parts.Marks).ruler = {"plane": "axial", "slice": 3, "start": (3, 0, 0)}


class TestMask:
    def test_an_array_of_bool_is_a_mask(self, alone, volume):
        part = alone(parts.Mask)
        part.begin_mask(volume.array > 0, np.float32(0.5))
        assert np.array_equal(part.mask.array, volume.array > 0)
        assert bytes(part.overlay.buffer) == (volume.array > 0).tobytes()
        assert part.opacity == 0.5
        assert part.words() == {"mask": "mask", "opacity": "0.5"}

    def test_another_mask_takes_the_place_of_the_first(self, alone, volume):
        part = alone(parts.Mask)
        part.begin_mask(volume.array > 0, 0.25)
        first = part.overlay
        part.show_mask(volume.with_array(volume.array > 500))
        assert first.comm is None
        assert part.overlay.comm is not None

    @pytest.mark.parametrize(
        ("make", "error", "words"),
        [
            (lambda v: v, ctkit.UnitError, "mask is a Volume of bool"),
            (lambda v: v.array, ctkit.UnitError, "mask is a Volume of bool"),
            (lambda v: v.array[:3] > 0, ctkit.GeometryError, "mask is an array of"),
            (lambda v: "head", ctkit.ParameterError, "mask is a Volume, not str"),
        ],
    )
    def test_anything_else_is_refused(self, alone, volume, make, error, words):
        part = alone(parts.Mask)
        with pytest.raises(error, match=words):
            part.begin_mask(make(volume), 0.25)
        assert part.overlay is None

    def test_a_label_map_has_labels_with_names_and_millilitres(self, alone, volume):
        levels = np.digitize(volume.array, [0, 900]).astype(np.int16)
        part = alone(parts.Mask)
        part.begin_mask(volume.with_array(levels, labels={2: "bone"}), 0.5)
        ml = 5.0 * 0.5 * 0.8 / 1000
        assert [
            (one["value"], one["name"], one["opacity"], one["visible"]) for one in part.labels
        ] == [
            (1, "label 1", 1.0, True),
            (2, "bone", 1.0, True),
        ]
        for label in part.labels:
            count = np.count_nonzero(levels == label["value"])
            assert label["ml"] == pytest.approx(count * ml)

    def test_python_sets_some_labels_and_leaves_the_others(self, alone, volume):
        part = alone(parts.Mask)
        part.begin_mask({"a": volume.array > 0, "b": volume.array > 900}, 0.25)
        first, second = (dict(label) for label in part.labels)
        part.labels = [{"value": np.int64(2), "visible": np.bool_(False), "color": "#ABCDEF"}]
        assert part.labels == [first, second | {"visible": False, "color": "#abcdef"}]
        part.labels = ({"value": 1, "opacity": np.float32(0.5), "ml": 9},)
        assert part.labels[0] == first | {"opacity": 0.5}
        assert [type(part.labels[1]["visible"]), type(part.labels[0]["opacity"])] == [bool, float]
        written = (
            "[{'value': 1, 'opacity': 0.5}, {'value': 2, 'color': '#abcdef', 'visible': False}]"
        )
        assert part.words() == {"mask": "mask", "labels": written}

    def test_what_was_set_of_a_label_outlasts_a_mask_of_the_same_name(self, alone, volume):
        first = volume.with_array((volume.array > 0).astype(np.int16), labels={1: "a"})
        other = first.with_array(first.array, labels={1: "b"})
        part = alone(parts.Mask)
        part.begin_mask(first, 0.25, labels=[{"value": 1, "color": "#000001"}])
        part.hide_mask()
        assert (part.labels, part.words()) == ([], {})
        for mask, color in ((other, "#56b4e9"), (first, "#000001")):
            part.show_mask(mask, whole=False)
            assert (part.labels[0]["color"], part.labels[0]["ml"]) == (color, None)

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            ([{"value": 3}], "labels has the value 3, and those of the mask are 1"),
            ([{"name": "a"}], "each with the value of a label"),
            ("mask", "labels is a list of dicts"),
            ([{"value": 1, "colour": "#000000"}], "not \\['colour'\\]"),
            ([{"value": 1, "color": "red"}], "the color of a label is red, green and blue"),
            ([{"value": 1, "opacity": 1.5}], "the opacity of a label is 0 to 1, not 1.5"),
            ([{"value": 1, "visible": "no"}], "the visible of a label is True or False"),
            ([{"value": 1, "name": 5}], "the name of a label is a text, not 5"),
            ([{"value": 1.5}], "the value of a label is a whole number"),
        ],
    )
    def test_labels_that_cannot_be_are_refused(self, alone, volume, labels, words):
        part = alone(parts.Mask)
        with pytest.raises(parts.StateError, match=words):
            part.begin_mask(volume.array > 0, 0.25, labels=labels)
        with pytest.raises(parts.StateError, match="there is no mask"):
            part.begin_mask(None, 0.25, labels=labels)

    def test_without_a_mask_it_says_nothing(self, alone):
        part = alone(parts.Mask)
        part.begin_mask(None, 0.25)
        assert part.words() == {}


class TestSecond:
    @pytest.fixture
    def second(self, alone, volume):
        part = alone(parts.Second)
        part.begin_second(volume, "curtain", np.int64(60), np.array(["one", "two"]).tolist())
        part.settle()
        return part

    def test_it_begins_as_it_was_asked_to(self, second, volume):
        assert (second.blend_index, second.limit, second.names) == (1, 60, ["one", "two"])
        assert second.after is volume
        assert second.second.shape == list(SHAPE)

    def test_blend_and_index_go_together(self, second):
        second.blend_index = 3
        assert second.blend == "difference"
        second.blend = "flicker"
        assert second.blend_index == 2

    def test_its_words_leave_out_what_is_usual(self, second):
        words = {"blend": "'curtain'", "limit": "60", "names": "('one', 'two')"}
        assert second.words() == words
        second.blend, second.limit = "side by side", 100
        second.names = second.usual_names
        assert second.words() == {}

    def test_another_second_volume_takes_the_place_of_the_first(self, second, volume):
        first = second.second
        second.show_second(volume.with_array(-volume.array))
        assert first.comm is None
        assert second.second.comm is not None

    @pytest.mark.parametrize("names", ["ab", ("one",), (1, 2), ("a", "b", "c")])
    def test_names_are_two_texts(self, alone, names):
        with pytest.raises(ctkit.ParameterError, match="names are two texts"):
            alone(parts.Second).begin_second(None, "curtain", 100, names)


class TestTuned:
    @pytest.fixture
    def tuned(self, alone):
        part = alone(parts.Tuned)
        part.begin_tuned(lambda volume, by: volume)
        return part

    def test_a_whole_result_says_what_was_reported(self, tuned):
        tuned.say_error(ValueError("too large"))
        assert tuned.error == "ValueError: too large"
        tuned.say_outcome("", ["A part may be kept.", "Head: 3 ml."])
        assert tuned.outcome == "A part may be kept; Head: 3 ml."
        tuned.say_outcome("", ["moved by 3", "", "no air"])
        assert (tuned.error, tuned.busy, tuned.outcome) == ("", "", "moved by 3; no air")

    def test_a_preview_says_that_it_is_one_and_reports_nothing(self, tuned):
        tuned.say_outcome("preview: this slice alone", ["moved by 3"])
        assert (tuned.busy, tuned.outcome) == ("preview: this slice alone", "")

    def test_its_values_are_those_of_its_controls(self, tuned):
        class Control:
            value = 3

        tuned.add_parameter("by", Control(), own=False)
        assert tuned.values == {"by": 3}
        assert tuned.own_controls() == ()


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("slice", np.int64(3), 3),
        ("slice", np.uint8(3), 3),
        ("slice", 3.0, 3),
        ("center", np.float32(40), 40.0),
        ("width", np.int16(80), 80.0),
        ("cursor", np.array([1, 2, 3]), (1, 2, 3)),
        ("cursor", [1, 2, np.int64(3)], (1, 2, 3)),
        ("opacity", np.float64(0.5), 0.5),
        ("limit", np.int64(60), 60.0),
        ("curtain", np.float32(0.25), 0.25),
        ("invert", np.True_, True),
        ("preset_index", np.int64(2), 2),
    ],
)
def test_numpys_numbers_are_numbers(volume, name, value, wanted):
    view = ctkit.compare(volume, volume)
    setattr(view, name, value)
    found = getattr(view, name)
    assert found == wanted
    assert type(found) is type(wanted)
    view.close()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("slice", "3", "slice is a whole number, not '3'"),
        ("slice", True, "slice is a whole number, not True"),
        ("slice", 3.5, "slice is a whole number, not 3.5"),
        ("center", np.nan, "center is a number, not nan"),
        ("opacity", 1.5, "opacity is a number from 0 to 1, not 1.5"),
        ("limit", 0, "limit is a number above 0, not 0"),
        ("cursor", (1, 2), "cursor is .slice, row, column., whole numbers, not"),
        ("cursor", (1, 2, 2.5), "cursor is .slice, row, column., whole numbers"),
    ],
)
def test_what_is_no_such_number_is_refused_by_name(volume, name, value, words):
    view = ctkit.compare(volume, volume)
    before = getattr(view, name)
    with pytest.raises(ctkit.ParameterError, match=words):
        setattr(view, name, value)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(view, name, value)
    assert getattr(view, name) == before
    view.close()


def test_constructors_take_numpys_numbers_and_masks_as_arrays(volume, tmp_path):
    view = ctkit.explore(
        volume,
        slice=np.int64(2),
        window=np.array([40, 80]),
        mask=volume.array > 0,
        opacity=np.float32(0.5),
    )
    line = "explore(volume, plane='axial', slice=2, window='brain', mask=mask, opacity=0.5)"
    assert repr(view) == line
    view.window = np.array([41.0, 80.0])
    assert view.window == (41, 80)
    assert view.save(tmp_path / "a.png", size=np.int64(200)).stat().st_size > 0
    view.close()
    three = ctkit.planes(volume, cursor=np.array([1, 2, 3]))
    assert three.cursor == (1, 2, 3)
    three.close()
    numbers = (np.int64(0), np.int64(9), np.int64(3))
    tuned = ctkit.tune(volume, lambda v, by=0: v, by=numbers, loud=np.True_)
    assert tuned.values == {"by": 0, "loud": True}
    assert tuned.parameters["by"].step == 3
    tuned.close()


def test_one_message_tells_all_that_belongs_together(volume):
    view = ctkit.explore(volume, window="bone")
    sent = []
    view._send = lambda message, buffers=None: sent.append(set(message["state"]))
    view.window = "brain"
    wanted = {"center", "width", "whole_center", "whole_width", "preset_index"}
    assert sent == [wanted]
    view.close()
