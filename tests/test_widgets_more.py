"""planes, compare, tune, regions and pages, with no browser."""

import asyncio
import base64
import json
import re
import sys
import threading
import time
import zlib
from functools import partial

import ipywidgets
import numpy as np
import pytest
import traitlets
from PIL import Image

import ctkit
from ctkit.geometry import PLANES
from ctkit.widgets import page as _page
from ctkit.widgets import still
from ctkit.widgets import voxels as _voxels
from ctkit.widgets.newest import Newest

# The name ctkit.widgets.tune is the function.
_tuner = sys.modules[ctkit.tune.__module__]

SHAPE = (7, 12, 20)


@pytest.fixture
def volume():
    values = np.random.default_rng(4).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8), origin=(-8.0, -3.0, 100.0))


class TestPlanes:
    def test_cursor_is_the_state(self, volume):
        view = ctkit.planes(volume, cursor=(1, 2, 3), window="bone")
        view.plane = "sagittal"
        assert (view.slice, view.max_slice) == (3, 19)
        view.slice = 15
        assert view.cursor == (1, 2, 15)
        assert repr(view).endswith("slice=15, cursor=(1, 2, 15), window='bone')")

    def test_picture_shows_three_planes(self, volume):
        view = ctkit.planes(volume)
        picture = np.asarray(view.picture(200))
        assert picture.shape == (200, 616, 3)
        for x, plane in zip((0, 208, 416), PLANES, strict=True):
            alone = ctkit.explore(volume, plane=plane)
            shown = picture[40:160, x + 40 : x + 160]
            # The same greys, but for the lines of the cursor through its middle.
            wanted = np.asarray(alone.picture(200))[40:160, 40:160]
            assert (shown == wanted).all(axis=-1).mean() > 0.9, plane
            assert wanted.std() > 10
            assert (shown == still._ACCENT).all(axis=-1).any()
            alone.close()
        air = volume.with_array(np.full(SHAPE, -1000, np.int16))
        assert not np.array_equal(picture, np.asarray(ctkit.planes(air).picture(200)))

    def test_unknown_keyword_is_refused_by_name(self, volume):
        with pytest.raises(TypeError, match="crosshair"):
            ctkit.planes(volume, crosshair=True)


class TestCompare:
    def test_difference_is_drawn_in_colour(self, volume):
        step = np.zeros(SHAPE, np.int16)
        step[:, :, :10], step[:, :, 10:] = -100, 50
        view = ctkit.compare(
            volume, volume.with_array(volume.array + step), blend="difference", limit=100
        )
        picture = np.asarray(view.picture(320)).astype(int)
        left, right = picture[160, 90], picture[160, 240]
        assert tuple(left) == (70, 150, 255)
        assert right[0] > right[2]
        assert right[0] == pytest.approx(255 * 0.5, abs=2)

    def test_other_grids_are_lined_up_in_mm(self, volume):
        half = ctkit.crop(volume, volume.with_array(volume.array > -2000))
        part = ctkit.Volume(
            volume.array[2:5, 1:9, 4:16], volume.affine @ _shift(2, 1, 4), volume.report
        )
        for other in (half, part):
            view = ctkit.compare(volume, other, blend="difference")
            picture = np.asarray(view.picture(320)).astype(int)
            # No difference anywhere inside of the part: no colour but the ink's.
            assert (picture[140:180, 140:180].max(axis=-1) == 0).all()
            view.close()
            more = other.with_array(other.array + np.int16(50))
            view = ctkit.compare(volume, more, blend="difference")
            picture = np.asarray(view.picture(320)).astype(int)
            # Above by half of the limit of 100 HU: orange, half as bright, on every voxel.
            red, green, blue = np.moveaxis(picture[140:180, 140:180], -1, 0)
            assert ((red > green) & (green > blue) & (abs(red - 128) <= 2)).all()
            view.close()

    def test_a_mask_is_no_second_volume(self, volume):
        with pytest.raises(ctkit.UnitError, match="draw it over"):
            ctkit.compare(volume, volume.with_array(volume.array > 0))

    def test_blend_by_menu_and_by_name(self, volume):
        view = ctkit.compare(volume, volume)
        view.blend_index = 3
        assert view.blend == "difference"
        view.blend = "curtain"
        assert view.blend_picker.index == 1
        with pytest.raises(traitlets.TraitError, match="side by side"):
            view.blend = "overlay"


def _shift(*index):
    affine = np.eye(4)
    affine[:3, 3] = index
    return affine


def shifted(volume, by=0, factor=1.0, loud=False):
    if by > 90:
        message = "by is too large"
        raise ValueError(message)
    return volume.with_array(np.rint(volume.array * factor + by).astype(np.int16))


def until(true, seconds=10):
    """Wait until a function says True."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


class TestNewest:
    def test_only_the_newest_request_counts(self):
        delivered = []
        worker = Newest(delivered.append)
        for n in range(20):
            worker.ask(None, lambda n=n: n)
        assert worker.wait(10)
        assert delivered[-1] == 19
        assert delivered == sorted(delivered)
        worker.close()

    def test_requests_of_many_threads_end_with_the_newest(self):
        delivered = []
        worker = Newest(delivered.append)

        def ask():
            for n in range(50):
                worker.ask(partial(tuple, ["quick", n]), partial(tuple, ["whole", n]))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert worker._newest == 400
        last = object()
        worker.ask(None, lambda: last)
        assert worker.wait(10)
        assert delivered[-1] is last
        worker.close()

    def test_a_quick_answer_does_not_wait_for_an_old_thorough_one(self):
        delivered, may_go_on, begun = [], threading.Event(), threading.Event()

        def old():
            begun.set()
            return may_go_on.wait(10)

        worker = Newest(delivered.append)
        worker.ask(None, old)
        assert begun.wait(10)
        worker.ask(lambda: "quick", lambda: "thorough")
        until(lambda: delivered == ["quick"])
        may_go_on.set()
        assert worker.wait(10)
        assert delivered == ["quick", "thorough"]
        worker.close()

    def test_a_quick_answer_to_an_older_request_counts_until_a_newer_one_is_there(self):
        delivered, begun = [], threading.Event()
        may_go_on = {"first": threading.Event(), "whole": threading.Event()}

        def first():
            begun.set()
            may_go_on["first"].wait(10)
            return "quick 1"

        def whole():
            may_go_on["whole"].wait(10)
            return "whole 3"

        worker = Newest(delivered.append)
        worker.ask(first, lambda: "whole 1", rest=60)
        assert begun.wait(10)
        worker.ask(lambda: "quick 2", lambda: "whole 2", rest=60)
        worker.ask(lambda: "quick 3", whole)
        may_go_on["first"].set()
        # The second was never begun: when its turn came it was not the newest.
        until(lambda: delivered == ["quick 1", "quick 3"])
        may_go_on["whole"].set()
        assert worker.wait(10)
        assert delivered == ["quick 1", "quick 3", "whole 3"]
        worker.close()

    def test_wait_hands_over_what_the_loop_that_it_holds_up_can_not(self):
        delivered = []

        async def cell():
            worker = Newest(lambda answer: delivered.append((answer, threading.get_ident())))
            worker.ask(lambda: "quick", lambda: "thorough")
            assert worker.wait(10)
            worker.close()

        asyncio.run(cell())
        assert delivered[-1] == ("thorough", threading.get_ident())

    def test_the_loop_hands_over_in_its_own_thread(self):
        delivered = []

        async def cell():
            worker = Newest(lambda answer: delivered.append((answer, threading.get_ident())))
            worker.ask(None, lambda: "thorough")
            for _ in range(500):
                await asyncio.sleep(0.01)
                if delivered:
                    break
            worker.close()

        asyncio.run(cell())
        assert delivered == [("thorough", threading.get_ident())]

    def test_a_listener_that_fails_holds_nothing_up(self):
        def fail(answer):
            message = "no"
            raise ValueError(message)

        worker = Newest(fail)
        worker.ask(None, lambda: 1)
        assert worker.wait(10)
        worker.close()

    def test_after_the_end_nothing_is_asked_or_waited_for(self):
        delivered, may_go_on = [], threading.Event()
        worker = Newest(delivered.append)
        worker.ask(None, lambda: may_go_on.wait(10))
        threading.Timer(0.1, worker.close).start()
        assert not worker.wait(30)
        may_go_on.set()
        worker.ask(None, lambda: 2)
        assert not worker.wait(30)
        assert delivered == []


class TestTune:
    def test_first_result_is_whole(self, volume):
        view = ctkit.tune(volume, shifted, by=(0, 100), factor=(0.0, 2.0), loud=False)
        assert view.wait(10)
        assert view.values == {"by": 0, "factor": 1.0, "loud": False}
        assert np.array_equal(view.result.array, volume.array)
        assert view.names == ["original", "shifted"]
        assert view.busy == ""

    def test_what_the_function_reports_stands_under_the_picture(self, volume):
        def noted(volume, by=0):
            return shifted(volume, by).with_array(volume.array, f"moved by {by}")

        assert ctkit.tune(volume, noted, by=(0, 50)).outcome == "moved by 0"

    def test_a_report_of_its_own_stands_there_from_its_first_line(self, volume):
        told = volume.with_array(volume.array, "two slices filled in", "thick slices")

        def anew(volume):
            return ctkit.Volume(told.array, told.affine, told.report)

        known = volume.with_array(volume.array, "thick slices")
        assert ctkit.tune(known, anew).outcome == "two slices filled in"

    def test_a_slider_gives_a_preview_then_the_whole(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.05)
        seen = []

        def spy(volume, by=0):
            seen.append(volume.shape)
            return shifted(volume, by)

        spy.preview = "slice"
        view = ctkit.tune(volume, spy, by=(0, 50), plane="coronal")
        assert view.wait(10)
        seen.clear()
        view.parameters["by"].value = 7
        assert view.wait(10)
        assert seen == [(7, 1, 20), SHAPE]
        assert np.array_equal(view.result.array, volume.array + 7)
        assert view.busy == ""

    def test_an_error_is_shown_and_the_widget_goes_on(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.01)
        view = ctkit.tune(volume, shifted, by=(0, 100))
        view.parameters["by"].value = 95
        assert view.wait(10)
        assert view.error == "ValueError: by is too large"
        view.parameters["by"].value = 5
        assert view.wait(10)
        assert view.error == ""
        assert np.array_equal(view.result.array, volume.array + 5)
        view.close()

    def test_a_late_preview_still_counts_until_the_whole_is_there(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.05)
        may_go_on = {"slice": threading.Event(), "whole": threading.Event()}
        asked = False

        def slow(volume, by=0):
            if asked:
                may_go_on["whole" if volume.shape == SHAPE else "slice"].wait(10)
            return shifted(volume, by)

        view = ctkit.tune(volume, slow, by=(0, 50), preview="slice")
        asked = True
        seen = []
        view.observe(lambda change: seen.append((view.busy, view.after.shape)), "busy")
        view.parameters["by"].value = 7
        until(lambda: view.busy)
        may_go_on["slice"].set()
        until(lambda: len(seen) > 1)
        assert view.after.array[0, 0, 0] == volume.array[3, 0, 0] + 7
        may_go_on["whole"].set()
        assert view.wait(10)
        assert [words for words, _ in seen] == [
            "still by=0\nworking",
            "preview: this slice alone",
            "",
        ]
        assert np.array_equal(view.after.array, volume.array + 7)
        view.close()

    def test_a_preview_that_comes_after_the_whole_is_dropped(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.01)
        may_go_on, asked = threading.Event(), False

        def slow(volume, by=0):
            if asked and volume.shape != SHAPE:
                may_go_on.wait(10)
            return shifted(volume, by)

        view = ctkit.tune(volume, slow, by=(0, 50), preview="slice")
        asked = True
        view.parameters["by"].value = 7
        assert view.wait(10)
        may_go_on.set()
        view._worker._quick.shutdown(wait=True)
        assert view.busy == ""
        assert view.after.shape == SHAPE
        view.close()

    def test_it_says_from_the_first_change_what_the_result_is_made_of(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.05)
        may_go_on = threading.Event()

        def slow(volume, by=0, way="up"):
            if by:
                may_go_on.wait(10)
            return shifted(volume, by)

        view = ctkit.tune(volume, slow, by=(0, 100), way=["up", "down"], preview="slice")
        assert (view.made_of, view.stale) == ({"by": "0", "way": "'up'"}, False)
        view.parameters["by"].value = 7
        assert (view.busy, view.stale) == ("still by=0\nworking", True)
        view.parameters["way"].value = "down"
        assert view.busy == "still by=0, way=up\nworking"
        assert view.made_of == {"by": "0", "way": "'up'"}
        may_go_on.set()
        assert view.wait(10)
        assert (view.busy, view.stale) == ("", False)
        assert view.made_of == {"by": "7", "way": "'down'"}
        # Back to where the shown result is from: nothing about it is old.
        may_go_on.clear()
        view.parameters["by"].value = 8
        view.parameters["by"].value = 7
        assert (view.busy, view.stale) == ("working", False)
        may_go_on.set()
        view.close()

    def test_a_preview_of_older_values_says_which(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 60)
        may_go_on, begun = threading.Event(), threading.Event()

        def slow(volume, by=0):
            if by == 5:
                begun.set()
                may_go_on.wait(10)
            elif by == 6:
                time.sleep(0.2)
            return shifted(volume, by)

        view = ctkit.tune(volume, slow, by=(0, 50), preview="slice")
        seen = []
        view.observe(lambda change: seen.append((view.busy, view.stale, view.made_of)), "busy")
        view.parameters["by"].value = 5
        assert begun.wait(10)
        view.parameters["by"].value = 6
        seen.clear()
        may_go_on.set()
        until(lambda: len(seen) == 2)
        assert seen == [
            ("preview: this slice alone\nstill by=5", True, {"by": "5"}),
            ("preview: this slice alone", False, {"by": "6"}),
        ]
        view.close()

    def test_a_failed_result_is_told_with_where_it_failed(self, volume, monkeypatch):
        monkeypatch.setattr(_tuner, "_REST", 0.01)
        view = ctkit.tune(volume, shifted, by=(0, 100))
        view.parameters["by"].value = 95
        assert view.wait(10)
        assert (view.busy, view.stale) == ("still by=0\nthen an error", True)
        assert view.trace.startswith("test_widgets_more.py, line ")
        assert view.trace.endswith("shifted\n    raise ValueError(message)")
        assert "/" not in view.trace
        assert "values=" not in repr(view)
        view.parameters["by"].value = 5
        assert view.wait(10)
        assert (view.error, view.trace, view.busy, view.stale) == ("", "", "", False)
        view.close()
        first = ctkit.tune(volume, shifted, by=(95, 99))
        # The picture is the original alone: nothing of it is old.
        assert (first.busy, first.stale, first.after) == ("", False, None)
        assert first.error == "ValueError: by is too large"
        first.close()

    def test_a_mask_leaves_no_choice_of_what_to_show(self, volume):
        def either(volume, as_mask=False):
            inside = volume.array > 300
            return inside if as_mask else volume.with_array(inside * np.int16(900))

        view = ctkit.tune(volume, either, as_mask=False)
        picker = view.blend_picker.layout
        assert (picker.display, view.mask is None, view.after is None) == (None, True, False)
        view.parameters["as_mask"].value = True
        assert view.wait(10)
        assert (picker.display, view.mask is None, view.after is None) == ("none", False, True)
        assert (view.overlay is None, view.second is None) == (False, True)
        view.parameters["as_mask"].value = False
        assert view.wait(10)
        assert (picker.display, view.mask is None, view.after is None) == (None, True, False)
        view.close()

    def test_nothing_happens_after_it_was_closed(self, volume):
        own = ipywidgets.IntText(value=4)
        seen = []

        def spy(volume, by=0):
            seen.append(by)
            return volume

        view = ctkit.tune(volume, spy, by=own)
        own.value = 5
        view.close()
        seen.clear()
        own.value = 6
        start = time.monotonic()
        assert not view.wait(30)
        assert time.monotonic() - start < 5
        assert 6 not in seen
        own.close()

    def test_its_last_result_stays_after_it_was_closed(self, volume):
        view = ctkit.tune(volume, shifted, by=(3, 9))
        assert view.wait(10)
        view.close()
        assert np.array_equal(view.result.array, volume.array + 6)

    def test_a_parameter_of_the_function_is_not_the_view_s(self, volume):
        def cut(volume, limit=50, window="wide"):
            return volume.with_array(np.minimum(volume.array, limit).astype(np.int16))

        view = ctkit.tune(
            volume, cut, limit=(0, 90), window=["narrow", "wide"], slice=2, names=("a", "b")
        )
        assert view.values == {"limit": 50, "window": "wide"}
        assert (view.limit, view.window, view.slice) == (100, (40, 400), 2)
        view.close()
        other = ctkit.tune(volume, shifted, by=(0, 9), limit=60, window="bone")
        assert (other.limit, other.window) == (60, (400, 1000))
        other.close()

    @pytest.mark.parametrize(
        ("function", "kind"),
        [
            (ctkit.apply_window, "slice"),
            (ctkit.denoise, "slab"),
            (ctkit.resample, "slab"),
            (ctkit.head_mask, "coarse"),
            (ctkit.crop, "coarse"),
            (shifted, "coarse"),
        ],
    )
    def test_what_a_preview_is_made_of_is_known_for_our_functions(self, function, kind):
        assert _tuner._preview_of(function, None) == kind
        assert _tuner._preview_of(function, "slice") == "slice"

    def test_a_mask_is_drawn_over_the_original(self, volume):
        view = ctkit.tune(volume, lambda v, level=0: v.array > level, level=(-500, 500))
        assert view.second is None
        assert np.array_equal(view.mask.array, volume.array > 0)

    @pytest.mark.parametrize(
        ("kind", "shape"), [("slice", (7, 12, 1)), ("slab", (7, 12, 9)), ("whole", SHAPE)]
    )
    def test_parts_keep_their_millimetres(self, volume, kind, shape):
        part = _tuner._part(volume, kind, "sagittal", 10)
        assert part.shape == shape
        middle = volume.to_index(part.to_world((3, 4, shape[2] // 2)))
        assert middle == pytest.approx((3, 4, 10))

    def test_coarse_grid_keeps_its_millimetres(self, volume):
        part = _tuner._part(volume, "coarse", "axial", 0)
        assert part.shape == (7, 2, 5)
        assert part.spacing == pytest.approx((5.0, 3.0, 3.2))
        assert part.array[1, 1, 1] == volume.array[1, 6, 4]
        assert part.to_world((1, 1, 1)) == pytest.approx(volume.to_world((1, 6, 4)))

    @pytest.mark.parametrize("wanted", ["fast", (5, 1), 3, ()])
    def test_what_is_no_control_is_refused_by_name(self, volume, wanted):
        with pytest.raises(ctkit.ParameterError, match="by is"):
            ctkit.tune(volume, shifted, by=wanted)

    def test_an_ipywidget_is_a_control(self, volume):
        own = ipywidgets.IntText(value=4)
        assert ctkit.tune(volume, shifted, by=own).values == {"by": 4}

    def test_another_preview_is_refused(self, volume):
        with pytest.raises(ctkit.ParameterError, match="slice, slab, coarse"):
            ctkit.tune(volume, shifted, preview="none", by=(0, 9))


class TestRegion:
    def test_rectangle_against_numpy(self, volume):
        view = ctkit.explore(volume, slice=2)
        view.roi = {
            "kind": "rectangle",
            "plane": "axial",
            "slice": 2,
            "start": (2, 3, 5),
            "end": (2, 8, 11),
        }
        values = volume.array[2, 3:9, 5:12].astype(float)
        assert view.roi["voxels"] == values.size
        assert view.roi["mean"] == pytest.approx(values.mean())
        assert view.roi["sd"] == pytest.approx(values.std())
        assert (view.roi["minimum"], view.roi["maximum"]) == (values.min(), values.max())
        assert view.roi["area_mm2"] == pytest.approx(values.size * 0.5 * 0.8)

    def test_ellipse_in_a_flipped_plane(self, volume):
        view = ctkit.explore(volume, plane="coronal", slice=4)
        roi = {"kind": "ellipse", "plane": "coronal", "slice": 4, "start": (1, 4, 2)}
        view.roi = {**roi, "end": (5, 4, 12)}
        rows, columns = np.mgrid[:7, :20]
        inside = ((rows - 3) / 2) ** 2 + ((columns - 7) / 5) ** 2 <= 1
        values = volume.array[:, 4][inside].astype(float)
        assert view.roi["voxels"] == inside.sum()
        assert view.roi["mean"] == pytest.approx(values.mean())

    def test_incomplete_region_is_refused(self, volume):
        view = ctkit.explore(volume)
        with pytest.raises(ctkit.ParameterError, match="needs kind"):
            view.roi = {"kind": "ellipse"}

    def test_ruler_in_mm(self, volume):
        view = ctkit.explore(volume)
        view.ruler = {"plane": "axial", "slice": 3, "start": (3, 0, 0), "end": (3, 6, 5)}
        assert view.ruler["mm"] == pytest.approx(5.0)

    def test_picture_shows_the_region(self, volume):
        view = ctkit.explore(volume.with_array(np.full(SHAPE, -1000, np.int16)), slice=2)
        before = np.asarray(view.picture())
        view.roi = {
            "kind": "rectangle",
            "plane": "axial",
            "slice": 2,
            "start": (2, 3, 5),
            "end": (2, 8, 11),
        }
        yellow = (np.asarray(view.picture()) == still._ACCENT).all(axis=-1)
        assert yellow.any()
        assert not (before == still._ACCENT).all(axis=-1).any()


class TestSaving:
    def test_png(self, volume, tmp_path):
        view = ctkit.explore(volume, window="bone")
        path = view.save(tmp_path / "slice.png", size=300)
        assert np.array_equal(np.asarray(Image.open(path)), np.asarray(view.picture(300)))
        with pytest.raises(ctkit.SaveError, match=r"slice\.jpg"):
            view.save(tmp_path / "slice.jpg")

    def test_page_holds_the_voxels_once_and_reaches_for_nothing(self, volume, tmp_path):
        mask = volume.with_array(volume.array > 300)
        view = ctkit.explore(volume, mask=mask, window=(40.5, 81))
        text = view.to_html(tmp_path / "page.html").read_text("utf-8")
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
        state = json.loads(re.search(r'id="state">(.*?)</script>', text, re.S)[1])
        assert (state["center"], state["width"], state["slice"]) == (40.5, 81, 3)
        packed = zlib.decompress(base64.b64decode(state["voxels"]["packed"]))
        assert np.array_equal(_unpredicted(packed, SHAPE), volume.array)
        packed = zlib.decompress(base64.b64decode(state["overlay"]["packed"]))
        assert np.array_equal(np.frombuffer(packed, np.uint8).reshape(SHAPE), mask.array)

    def test_prediction_wraps_around_and_back(self):
        values = np.array([[[-32768, 32767, 0], [5, -32768, 32767]]], np.int16)
        assert np.array_equal(_unpredicted(_page.predicted(values), values.shape), values)

    def test_frame(self, volume):
        text = ctkit.explore(volume).to_html(iframe=True)
        assert text.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
        assert 'title="CT, axial slice 3' in text

    def test_head_page_is_small(self, tmp_path):
        source = ctkit.samples.head()
        view = ctkit.explore(ctkit.load(source))
        size = view.to_html(tmp_path / "head.html").stat().st_size
        assert size <= 1.25 * source.stat().st_size + 100_000


def _unpredicted(data, shape):
    """Undo `_page.predicted`, another way than the browser does."""
    low, high = np.frombuffer(data, np.uint8).reshape(2, -1).astype(np.uint16)
    zigzag = low | (high << 8)
    steps = (zigzag >> 1).astype(np.int64) ^ -(zigzag & 1).astype(np.int64)
    return steps.reshape(shape).cumsum(axis=0).cumsum(axis=1).cumsum(axis=2).astype(np.int16)


class TestLargeVolumes:
    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_a_slice_comes_when_asked_for(self, volume, monkeypatch, axis):
        monkeypatch.setattr(_voxels, "LIMIT", 100)
        changed = volume.with_array(volume.array + np.int16(axis + 1))
        view = ctkit.explore(changed)
        assert view.voxels.lazy
        assert view.voxels.buffer is None
        sent = []
        view.voxels.send = lambda message, buffers: sent.append((message, buffers))
        view.voxels._handle_custom_msg({"kind": "plane", "axis": axis, "index": 4}, [])
        ((message, (data,)),) = sent
        assert message == {"kind": "plane", "axis": axis, "index": 4}
        expected = np.take(changed.array, 4, axis)
        assert np.array_equal(np.frombuffer(data, "<i2").reshape(expected.shape), expected)
        view.close()

    def test_histogram_counts_every_voxel_of_a_small_volume(self, volume):
        counts = _voxels.histogram(volume)
        assert sum(counts["counts"]) == volume.array.size
        assert (counts["low"], counts["high"]) == (volume.array.min(), volume.array.max())


class TestVoxelsAreAskedForAgain:
    """A page that was opened anew may not have what an older cell has sent."""

    @pytest.fixture
    def volume(self, volume):
        """One that no other test has left open."""
        return volume.with_array(volume.array + np.int16(11))

    def ask(self, view, trait, missing):
        message = {"kind": "again", "trait": trait, "missing": f"IPY_MODEL_{missing}"}
        view._handle_custom_msg(message, [])

    def test_they_are_sent_once_for_all_views(self, volume):
        views = [ctkit.explore(volume), ctkit.explore(volume)]
        old = views[0].voxels
        assert old is views[1].voxels
        self.ask(views[0], "voxels", old.model_id)
        new = views[0].voxels
        assert new.model_id != old.model_id
        assert bytes(new.buffer) == bytes(old.buffer) == volume.array.tobytes()
        # The other view still has the old ones, until it asks too.
        assert views[1].voxels is old
        self.ask(views[1], "voxels", old.model_id)
        assert views[1].voxels is new
        assert (old.comm, new.users) == (None, 2)
        third = ctkit.explore(volume)
        assert third.voxels is new
        for view in [*views, third]:
            view.close()
        assert new.comm is None

    def test_what_was_sent_meanwhile_is_not_sent_again(self, volume):
        view = ctkit.explore(volume, mask=volume.array > 123)
        old = view.overlay
        missing = old.model_id
        self.ask(view, "overlay", missing)
        new = view.overlay
        assert (old.comm, new.comm is None) == (None, False)
        for trait in ("overlay", "second", "roi", "nothing"):
            self.ask(view, trait, missing)
        assert view.overlay is new
        view.close()
        self.ask(view, "voxels", missing)
        assert new.comm is None
