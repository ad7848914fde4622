"""Views that go together, as Python sees it."""

import ipywidgets
import numpy as np
import pytest

import ctkit
from ctkit.widgets import ViewLink

OPEN = ipywidgets.widgets.widget._instances


def volume_of(shape, spacing, origin):
    return ctkit.Volume.from_spacing(np.zeros(shape, np.int16), spacing, origin=origin)


@pytest.fixture
def views():
    """Three views of different grids and planes."""
    first = volume_of((9, 24, 36), (4.0, 1.0, 0.5), (0, 0, 0))
    second = volume_of((30, 16, 20), (1.0, 1.5, 1.0), (-1.0, 0.5, 2.0))
    made = [
        ctkit.explore(first),
        ctkit.explore(second, plane="coronal"),
        ctkit.planes(second, plane="sagittal"),
    ]
    yield made
    for view in made:
        view.close()


def test_the_place_in_millimetres_goes_along(views):
    a, b, c = views
    link = ctkit.link_views(a, b, c)
    a.cursor = (5, 10, 20)  # x 10, y 10, z 20 mm
    assert b.cursor == c.cursor == (18, 6, 11)
    assert (b.slice, c.slice) == (6, 11)
    b.slice = 2  # y 3.5 mm: of two rows as near the higher
    assert a.cursor == (5, 4, 20)
    assert c.cursor == (18, 2, 11)
    # Beyond the other volume: its nearest voxel.
    a.slice = 0
    assert b.cursor[0] == 0
    link.close()


def test_window_and_zoom_go_along_where_it_is_asked_for(views):
    a, b, _ = views
    link = ctkit.link_views(a, b)
    a.window, a.zoom = "bone", 3
    assert (b.center, b.zoom) == (40, 1)
    link.unlink()
    ctkit.link_views(a, b, window=True, zoom=True)
    assert tuple(b.window) == (400, 1000)
    # 24 mm fit into the one, 30 mm into the other.
    assert b.zoom == pytest.approx(3 * 30 / 24)
    a.pan = (1, 2, 3)
    seen = np.array([8.75, 11.5, 16.0]) + np.array([1, 2, 3])  # from the middle of the first
    middle = np.array([8.5, 11.75, 16.5])  # of the second
    assert b.pan == pytest.approx(tuple(seen - middle))
    b.window = "brain"
    assert tuple(a.window) == (40, 80)


def test_nothing_is_left_of_a_link():
    before = set(OPEN)
    pair = [ctkit.explore(volume_of((5, 6, 7), (3, 1, 2), (0, 0, z))) for z in (0, 5)]
    views = set(OPEN)
    link = ctkit.link_views(*pair)
    assert set(OPEN) - views
    link.unlink()
    assert set(OPEN) == views
    link.unlink()
    pair[0].slice = 4  # at 12 mm, where the other has a slice too
    assert pair[1].slice == 0
    # Closing a view is enough.
    link = ctkit.link_views(*pair)
    pair[0].close()
    assert repr(link) == "2 linked views, unlinked"
    pair[1].close()
    assert set(OPEN) == before


def test_what_is_no_pair_of_views_is_refused(views):
    for wrong, words in (
        ((), "two views or more"),
        (views[:1], "not 1"),
        ((views[0], views[0]), "each view once"),
        ((views[0], "explore"), "not 'explore'"),
    ):
        with pytest.raises(ctkit.ParameterError, match=words):
            ctkit.link_views(*wrong)
    with pytest.raises(ctkit.ParameterError, match="window is True or False"):
        ctkit.link_views(*views, window="brain")


def test_a_link_is_told_in_words(views):
    link = ctkit.link_views(*views)
    assert isinstance(link, ViewLink)
    assert repr(link) == "3 linked views"
    assert link._repr_mimebundle_() == ({"text/plain": "3 linked views"}, {})
    link.close()


def test_a_window_set_at_once_reaches_the_sliders(views):
    view = views[0]
    view.window = "bone"
    assert tuple(view.window_sliders.value) == (400, 1000)
