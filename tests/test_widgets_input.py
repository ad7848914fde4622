"""What a widget takes as a volume: a Volume, an array, a path; all else is told what to do."""

import numpy as np
import pytest

import ctkit

SHAPE = (5, 8, 13)


@pytest.fixture
def array():
    return np.random.default_rng(2).integers(-1000, 2000, SHAPE).astype(np.int16)


@pytest.fixture
def volume(array):
    return ctkit.Volume.from_spacing(array, (3.0, 1.0, 0.7))


@pytest.mark.parametrize("show", [ctkit.explore, ctkit.planes])
def test_an_array_is_shown_with_a_note(show, array):
    view = show(array, window="bone")
    assert np.array_equal(view.volume.array, array)
    assert view.volume.spacing == (1, 1, 1)
    assert view.note == "1 mm and sides assumed"
    assert "1 mm" in view.volume.report[0]
    # What the caller does to his array later has no say.
    array[:] = 0
    assert view.volume.array.any()


def test_the_note_stands_in_the_picture(array):
    plain = ctkit.explore(ctkit.Volume.from_spacing(array, (1, 1, 1)))
    first, second = (np.asarray(view.picture(400)) for view in (plain, ctkit.explore(array)))
    differs = np.argwhere((first != second).any(axis=-1))
    assert len(differs) > 100
    # The upper right corner, nowhere else.
    assert differs[:, 0].max() < 40
    assert differs[:, 1].min() > 200


def test_a_path_is_loaded(volume, tmp_path):
    path = ctkit.save(volume, tmp_path / "scan.nii.gz")
    for name in (path, str(path)):
        view = ctkit.explore(name)
        assert np.array_equal(view.volume.array, volume.array)
        assert view.volume.spacing == pytest.approx((3.0, 1.0, 0.7))
        assert "assumed" not in view.note


def test_beside_a_volume_an_array_lies_on_its_grid(volume, array):
    for view in (ctkit.compare(volume, array + 1), ctkit.compare(array + 1, volume)):
        assert view.volume.spacing == view.after.spacing == volume.spacing
        assert view.note == ""
    both = ctkit.compare(array, array + 1)
    assert both.note == "1 mm and sides assumed"
    assert np.array_equal(both.after.array, array + 1)
    with pytest.raises(ctkit.GeometryError, match=r"Volume\(array, affine\)"):
        ctkit.compare(volume, array[1:])


def test_an_array_is_a_mask_where_the_shape_is_the_volume_s(volume, array):
    view = ctkit.explore(volume, mask=array > 500)
    assert np.array_equal(view.mask.array, array > 500)
    assert np.array_equal(view.mask.affine, volume.affine)
    assert ctkit.explore(array, mask=array > 500).mask.is_mask


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda a, _: ctkit.explore(a[0]), ctkit.GeometryError, "array\\[np.newaxis\\]"),
        (lambda a, _: ctkit.explore(a[np.newaxis]), ctkit.GeometryError, "slice, row, column"),
        (lambda a, _: ctkit.explore(a > 0), ctkit.UnitError, "mask=mask"),
        (lambda a, _: ctkit.explore(a.astype(complex)), ctkit.UnitError, "real numbers"),
        (lambda a, _: ctkit.explore(None), ctkit.ParameterError, "load\\(path\\)"),
        (lambda a, _: ctkit.explore("/nowhere.nii"), ctkit.LoadError, "/nowhere.nii"),
        (lambda a, v: ctkit.explore(v, mask=a[1:] > 0), ctkit.GeometryError, "grid of the volume"),
        (lambda a, v: ctkit.explore(v, mask=a), ctkit.UnitError, "array > 0"),
        (lambda a, v: ctkit.explore(v, mask=[1]), ctkit.ParameterError, "from_spacing"),
    ],
)
def test_all_else_is_told_what_to_do(array, volume, call, error, words):
    with pytest.raises(error, match=words):
        call(array, volume)
