"""sinogram: a slice beside its shadows, as Python sees it."""

import ipywidgets
import numpy as np
import pytest
from traitlets import TraitError

import ctkit
from ctkit.phantom import Part, Phantom, make_grid, project
from ctkit.phantom.beam import WATER

OPEN = ipywidgets.widgets.widget._instances
SIZE, STEP = 61, 3.0


@pytest.fixture
def volume():
    """Three slices; in the middle one a bead stands at row 20, column 41."""
    grid = make_grid((3, SIZE, SIZE), (5, STEP, STEP))
    bead = tuple(grid.to_world((1, 20, 41)))
    return Phantom((Part("bead", 900, bead, (4, 4, 2)),), 0.8).render(grid)


def test_the_point_lies_before_the_element_that_its_shadow_falls_on(volume):
    view = ctkit.sinogram(volume, directions=90, point=(20, 41))
    angles = np.linspace(0, 180, 90, endpoint=False)
    shadows = project((volume.array[1].astype(float) + 1000), angles)
    np.testing.assert_allclose(view.element_at(angles), shadows.argmax(axis=0), atol=0.6)
    view.direction = 90
    assert view.element == pytest.approx(SIZE // 2 - (20 - SIZE // 2))
    view.close()


def test_the_browser_gets_line_integrals_in_the_order_of_rows(volume):
    view = ctkit.sinogram(volume, directions=30, slice=1)
    sums = np.frombuffer(view.integrals, np.float32).reshape(SIZE, 30)
    along = ((volume.array[1] / 1000 + 1) * WATER * STEP).sum(axis=0)
    np.testing.assert_allclose(sums[:, 0], along, rtol=1e-4)
    assert len(view.greys) == SIZE * SIZE
    assert len(view.shadow_greys) == SIZE * 30
    view.close()


def test_the_still_shows_point_curve_and_ray(volume):
    view = ctkit.sinogram(volume, point=(20, 41))
    data, metadata = view._repr_mimebundle_()
    assert (
        data["text/plain"]
        == repr(view)
        == "sinogram(volume, point=(20, 41)): " + ("at 0 degrees 33.0 mm")
    )
    assert "row 20, column 41" in metadata["image/png"]["alt"]
    picture = np.asarray(view.picture()).astype(int)
    yellow = (picture[..., 0] > 200) & (picture[..., 2] < 120)
    scale = picture.shape[0] / SIZE
    # The curve at 90 degrees, in the middle of the right half.
    rows = np.flatnonzero(yellow[:, 384 + 8 + 192])
    assert rows.mean() / scale - 0.5 == pytest.approx(view.element_at(90), abs=0.7)
    view.close()


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"slice": 3}, ctkit.ParameterError),
        ({"directions": 1}, ctkit.ParameterError),
        ({"point": (2, 61)}, ctkit.ParameterError),
        ({"point": 4}, ctkit.ParameterError),
        ({"window": "bones"}, ctkit.CTError),
    ],
)
def test_what_cannot_be_is_refused(volume, how, error):
    with pytest.raises(error):
        ctkit.sinogram(volume, **how)


def test_only_a_square_of_hu_has_one(volume):
    with pytest.raises(ctkit.GeometryError, match="61 x 50 pixels of 3 x 3 mm"):
        ctkit.sinogram(ctkit.Volume(volume.array[:, :, :50], volume.affine))
    with pytest.raises(ctkit.UnitError):
        ctkit.sinogram(volume.with_array(volume.array > 0))


def test_traits_are_checked_and_closing_leaves_nothing(volume):
    before = set(OPEN)
    view = ctkit.sinogram(volume)
    with pytest.raises(TraitError):
        view.direction = 181
    view.close()
    assert set(OPEN) == before
