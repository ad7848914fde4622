"""Closing gives back everything, and so does a cell that runs again; with no browser."""

import gc
import threading
import types
import weakref

import _dicom
import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as open_widgets

import ctkit
from ctkit.widgets import cells
from ctkit.widgets import voxels as _voxels

SHAPE = (7, 12, 20)
SEEDS = iter(range(1000))


@pytest.fixture(scope="module", autouse=True)
def quick_collections():
    """What was there before is looked through once, not at each `gc.collect`."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def fresh():
    """A volume that no other test has."""
    values = np.random.default_rng(next(SEEDS)).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (5.0, 0.5, 0.8))


def same(volume, by=0):
    return volume.with_array(volume.array + np.int16(by))


def masked(volume, level=0):
    return volume.array > level


SHOW = {
    "explore": lambda v: ctkit.explore(v, mask=v.array > 0),
    "planes": lambda v: ctkit.planes(v),
    "compare": lambda v: ctkit.compare(v, fresh(), blend="difference"),
    "tune": lambda v: ctkit.tune(v, same, by=(0, 9), loud=False, how=["a", "b"]),
    "tune a mask": lambda v: ctkit.tune(v, masked, level=(0, 9)),
    "SliceView": lambda v: ctkit.SliceView(v),
    "SliceSlider": lambda v: ctkit.SliceSlider(v),
    "WindowSliders": lambda v: ctkit.WindowSliders("brain"),
    "PlanePicker": lambda v: ctkit.PlanePicker("axial"),
}


@pytest.mark.parametrize("name", SHOW)
def test_close_gives_back_every_widget(name):
    before = set(open_widgets)
    view = SHOW[name](fresh())
    assert set(open_widgets) - before
    view.close()
    assert [open_widgets[one] for one in set(open_widgets) - before] == []
    view.close()


@pytest.mark.parametrize("name", ["explore", "planes", "compare", "tune", "tune a mask"])
@pytest.mark.parametrize("kept", [True, False], ids=["view kept", "view dropped"])
def test_arrays_go_when_a_view_closes(name, kept):
    volume = fresh()
    view = SHOW[name](volume)
    gone = [weakref.ref(volume.array), weakref.ref(volume)]
    for other in (view.mask, getattr(view, "after", None)):
        if other is not None and other is not getattr(view, "result", None):
            gone.append(weakref.ref(other.array))
    if hasattr(view, "slice_slider"):
        view.slice = 2
    # A bundle is what IPython keeps of a view that was shown.
    bundle = view._repr_mimebundle_()
    view.close()
    if not kept:
        del view
    del volume, bundle
    # The second volume of "tune" is its result, which stays until the view goes.
    gone = gone[:2] if name.startswith("tune") and kept else gone
    other = None
    gc.collect()
    assert [one() is None for one in gone] == [True] * len(gone)
    assert other is None


def test_a_closed_view_says_so_and_keeps_its_line():
    view = ctkit.explore(fresh(), plane="coronal", window="brain")
    line = repr(view)
    view.close()
    assert repr(view) == line
    with pytest.raises(ctkit.CTError, match="this view is closed"):
        view.picture()
    with pytest.raises(ctkit.CTError, match="this view is closed"):
        view.slice = 1


@pytest.mark.parametrize(
    "refused",
    [
        lambda v: ctkit.explore(v, slice=999),
        lambda v: ctkit.explore(v, window=(0, 1e9)),
        lambda v: ctkit.explore(v, opacity=2, mask=v.array > 0),
        lambda v: ctkit.explore(v, function="NONE"),
        lambda v: ctkit.explore(v, mask=v),
        lambda v: ctkit.planes(v, cursor=(99, 0, 0)),
        lambda v: ctkit.compare(v, fresh(), slice=999),
        lambda v: ctkit.compare(v, fresh(), blend="none"),
        lambda v: ctkit.compare(v, fresh(), limit="much"),
        lambda v: ctkit.compare(fresh(), v, mask=v),
        lambda v: ctkit.tune(v, same, by=(0, 9), slice=999),
        lambda v: ctkit.tune(v, same, by=(0, 9), other="none"),
        lambda v: ctkit.tune(v, same, by=(0, 9), names=("one",)),
        lambda v: ctkit.SliceSlider(v, value=99),
    ],
)
def test_a_refused_view_leaves_nothing_open(refused):
    before, voxels = set(open_widgets), set(_voxels._SHARED)
    for _ in range(3):
        with pytest.raises(ctkit.CTError):
            refused(fresh())
    assert set(open_widgets) == before
    assert set(_voxels._SHARED) == voxels


def test_a_closed_view_leaves_no_thread():
    before = set(threading.enumerate())
    view = ctkit.tune(fresh(), same, by=(0, 9))
    view.parameters["by"].value = 3
    assert view.wait(10)
    assert set(threading.enumerate()) - before
    view.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before


def test_a_control_of_your_own_stays_open():
    own = ipywidgets.IntText(value=4)
    view = ctkit.tune(fresh(), same, by=own)
    view.close()
    assert own.comm is not None
    own.value = 5
    own.close()


def test_a_header_search_closes_whole(tmp_path):
    before = set(open_widgets)
    box = ctkit.search_header(_dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm"))
    box.close()
    assert set(open_widgets) == before


def test_an_untied_control_follows_no_more():
    view, picker = ctkit.SliceView(fresh()), ctkit.PlanePicker()
    picker.tie(view)
    view.plane = "coronal"
    assert picker.value == "coronal"
    links = [one for one in open_widgets.values() if isinstance(one, ipywidgets.widget_link.Link)]
    assert any(link.source[0] is view for link in links)
    picker.close()
    links = [one for one in open_widgets.values() if isinstance(one, ipywidgets.widget_link.Link)]
    assert not any(link.source[0] is view for link in links)
    view.plane = "sagittal"
    assert picker.value == "coronal"
    view.close()


def test_the_kernel_keeps_no_second_copy_of_the_voxels():
    volume = fresh()
    view = ctkit.explore(volume, mask=volume.array > 0)
    sent = np.frombuffer(view.voxels.buffer, np.int16)
    assert np.shares_memory(sent, volume.array)
    assert np.shares_memory(np.frombuffer(view.overlay.buffer, np.uint8), view.mask.array)
    assert "buffer" not in view.voxels._trait_values
    view.close()


def test_the_newest_of_equal_volumes_is_kept_alone():
    first = fresh()
    again = first.with_array(first.array.copy())
    views = [ctkit.explore(first), ctkit.explore(again)]
    assert views[0].voxels is views[1].voxels
    views[0].close()
    gone = weakref.ref(first.array)
    del first
    gc.collect()
    assert gone() is None
    assert np.array_equal(np.frombuffer(views[1].voxels.buffer, np.int16), again.array.reshape(-1))
    views[1].close()


#: Widgets of other tests, which didn't close them.
STRANGERS: weakref.WeakSet = weakref.WeakSet()


class Shell:
    """As much of a kernel's shell as views ask for: cells, their names, and what they leave."""

    def __init__(self):
        self.user_ns = {"ctkit": ctkit, "fresh": fresh, "ipywidgets": ipywidgets, "Out": {}}
        self.events = types.SimpleNamespace(register=self._register)
        self.listeners, self.count, self.parent = [], 0, {}

    def _register(self, name, listener):
        assert name == "post_run_cell"
        self.listeners.append(listener)

    def get_parent(self):
        return self.parent

    def run(self, cell, code, show=None):
        """Run a cell, show what an expression gives, and keep that as IPython does."""
        self.count += 1
        metadata = {} if cell is None else {"cellId": cell}
        self.parent = {"header": {"msg_id": f"request {self.count}"}, "metadata": metadata}
        exec(code, self.user_ns)
        if show:
            shown = eval(show, self.user_ns)
            shown._repr_mimebundle_()
            self.user_ns["Out"][self.count] = self.user_ns["_"] = shown
        for listener in self.listeners:
            listener(None)


@pytest.fixture
def shell(monkeypatch):
    made = Shell()
    monkeypatch.setattr(cells, "get_ipython", lambda: made)
    monkeypatch.setattr(cells, "_MADE", {})
    before = set(open_widgets)
    STRANGERS.clear()
    STRANGERS.update(open_widgets.values())
    yield made
    for one in set(open_widgets) - before:
        if one in open_widgets:
            open_widgets[one].close()


def opened():
    """How many views are open that belong to the shell of the test."""
    views = [one for one in open_widgets.values() if isinstance(one, ctkit.SliceView)]
    return sum(one not in STRANGERS for one in views)


class TestACellThatRunsAgain:
    @pytest.mark.parametrize(
        ("code", "show"),
        [
            ("", "ctkit.explore(fresh())"),
            ("view = ctkit.compare(fresh(), fresh())", "view"),
            ("", "ctkit.tune(fresh(), lambda v, by=0: v.array > by, by=(0, 9))"),
            ("ctkit.explore(fresh()).picture()", None),
            ("view = ctkit.planes(fresh())", "view.box"),
        ],
    )
    def test_closes_what_it_made_before(self, shell, code, show):
        shell.run("a", code, show)
        before, views = len(open_widgets), opened()
        for _ in range(5):
            shell.run("a", code, show)
        assert (len(open_widgets), opened()) == (before, views)

    def test_frees_the_arrays_though_ipython_keeps_the_view(self, shell):
        shell.run("a", "volume = fresh()", "ctkit.tune(volume, lambda v, by=0: v, by=(0, 9))")
        old = shell.user_ns["_"]
        assert old.wait(10)
        gone = [weakref.ref(old.volume.array), weakref.ref(old.result.array)]
        del old
        shell.run("a", "volume = fresh()", "ctkit.tune(volume, lambda v, by=0: v, by=(0, 9))")
        gc.collect()
        assert [one() for one in gone] == [None, None]

    def test_keeps_the_voxels_that_it_shows_again(self, shell):
        shell.run("a", "volume = fresh()")
        shell.run("b", "", "ctkit.explore(volume)")
        voxels = shell.user_ns["_"].voxels
        shell.run("b", "", "ctkit.explore(volume)")
        assert shell.user_ns["_"].voxels is voxels
        assert voxels.comm is not None

    def test_keeps_several_views_of_one_run(self, shell):
        shell.run("a", "ctkit.explore(fresh())._repr_mimebundle_()", "ctkit.explore(fresh())")
        assert opened() == 2

    @pytest.mark.parametrize(
        "keep",
        [
            "kept = view",
            "kept = [view]",
            "kept = {'one': (view,)}",
            "class Mine: pass\nkept = Mine(); kept.view = view",
            "kept = view.slice_slider",
            "kept = ipywidgets.VBox([view.box])",
        ],
    )
    def test_keeps_what_a_variable_holds(self, shell, keep):
        code = "view = ctkit.explore(fresh())"
        shell.user_ns["__name__"] = "__main__"
        shell.run("a", code, "view")
        shell.run("b", keep)
        old = shell.user_ns["view"]
        shell.run("a", code, "view")
        assert old.comm is not None
        shell.run("b", "kept.close() if isinstance(kept, ipywidgets.VBox) else None\nkept = None")
        shell.run("a", code, "view")
        assert old.comm is None

    @pytest.mark.parametrize("show", ["view", "view.box"])
    @pytest.mark.parametrize(
        "code",
        [
            "view = ctkit.explore(fresh())",
            "view = ctkit.tune(fresh(), lambda v, by=0: v.array > by, by=(0, 9))",
        ],
    )
    def test_keeps_what_another_cell_shows(self, shell, code, show):
        shell.run("a", code)
        shell.run("b", "", show)
        old = shell.user_ns["view"]
        shell.run("a", code)
        assert old.comm is not None
        assert old.picture().size == (512, 512)

    def test_leaves_the_views_of_other_cells_alone(self, shell):
        shell.run("a", "", "ctkit.explore(fresh())")
        shell.run("b", "", "ctkit.explore(fresh())")
        shell.run("b", "", "ctkit.explore(fresh())")
        assert opened() == 2

    def test_without_the_names_of_cells_nothing_is_closed(self, shell):
        for _ in range(3):
            shell.run(None, "", "ctkit.explore(fresh())")
        assert opened() == 3
