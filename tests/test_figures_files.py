"""Where slices lie, drawn: from real headers, against positions that are known."""

import _dicom
import numpy as np
import pytest

import ctkit
from ctkit.figures.positions import between
from ctkit.files.loading import slice_layers

TILTED = (1, 0, 0, 0, np.cos(0.35), -np.sin(0.35))


@pytest.fixture
def folder(tmp_path):
    """A tilted series, 4 mm thick every 2.5 mm along the normal, one slice twice, one missing."""
    slices = _dicom.stack(9, orientation=TILTED)
    del slices[6]
    slices.append(_dicom.ct_slice(3, orientation=TILTED))
    slices[-1].SOPInstanceUID += ".1"
    return _dicom.write(tmp_path / "tilted", slices)


def test_positions_are_along_the_normal_in_order(folder):
    depths, thickness = slice_layers(folder)
    start = np.asarray(_dicom.ORIGIN) @ _dicom.normal_of(TILTED)
    wanted = start + _dicom.STEP * np.array([0, 1, 2, 3, 3, 4, 5, 7, 8])
    np.testing.assert_allclose(depths, wanted, atol=1e-6)
    np.testing.assert_array_equal(thickness, 4)


def test_room_between_layers(folder):
    steps, room = between(*slice_layers(folder))
    np.testing.assert_allclose(steps, [2.5, 2.5, 2.5, 0, 2.5, 2.5, 5, 2.5], atol=1e-6)
    np.testing.assert_allclose(room, [-1.5, -1.5, -1.5, -4, -1.5, -1.5, 1, -1.5], atol=1e-6)
    # A hundredth of a step is how positions are rounded, not a gap.
    assert between(np.array([0, 2.5, 5.02]), np.full(3, 2.5))[1].tolist() == [0, 0]


def test_without_a_thickness_the_median_step_stands_for_it(tmp_path):
    slices = _dicom.stack(4)
    for dataset in slices:
        dataset.SliceThickness = None
    folder = _dicom.write(tmp_path, slices)
    np.testing.assert_allclose(slice_layers(folder)[1], _dicom.STEP)


def test_bars_stand_where_the_slices_lie(folder):
    film = ctkit.show_positions(folder)
    layers, steps = film.axes
    depths, _ = slice_layers(folder)
    bars = layers.containers[0]
    middles = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    np.testing.assert_allclose(middles, depths)
    assert {bar.get_width() for bar in bars} == {4.0}
    assert len(layers.patches) - len(bars) == 8  # one gap, seven overlaps
    dots = np.transpose([(depths[1:] + depths[:-1]) / 2, np.diff(depths)])
    np.testing.assert_allclose(steps.lines[0].get_xydata(), dots)
    # The axis has room for one layer more at each end.
    assert layers.get_xlim() == steps.get_xlim() == (depths[0] - 4, depths[-1] + 4)
    assert film.facts.endswith("steps from 0.00 to 5.00 mm, gaps: 1, overlaps: 7")


def test_several_series_share_their_millimetres(folder, tmp_path):
    other = _dicom.write(tmp_path / "even", _dicom.stack(4))
    film = ctkit.show_positions({"broken": folder, "even": other}, limits=(0, 50))
    assert [axes.get_xlim() for axes in film.axes] == [(0, 50)] * 4
    assert film.facts.count("slices: ") == 2
    whole = ctkit.show_positions({"broken": folder, "even": other}).axes[0].get_xlim()
    ends = [ctkit.show_positions(path).axes[0].get_xlim() for path in (folder, other)]
    assert whole == (min(np.ravel(ends)), max(np.ravel(ends)))


def test_one_slice_is_shown_alone(tmp_path):
    film = ctkit.show_positions(_dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm"))
    assert film.facts == "slices: 1, from 30.00 to 30.00 mm along the normal, gaps: 0, overlaps: 0"


def test_what_is_no_stack_is_refused(tmp_path):
    crossed = [_dicom.ct_slice(0), _dicom.ct_slice(1, orientation=(0, 1, 0, 0, 0, -1))]
    with pytest.raises(ctkit.LoadError, match="ImageOrientationPatient"):
        ctkit.show_positions(_dicom.write(tmp_path, crossed))
    with pytest.raises(ctkit.ParameterError, match="empty"):
        ctkit.show_positions({})
    with pytest.raises(ctkit.ParameterError, match="limits"):
        ctkit.show_positions(_dicom.write(tmp_path / "one", _dicom.stack(3)), limits=5)
