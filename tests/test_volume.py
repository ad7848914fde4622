import copy
import pickle

import numpy as np
import pytest
from PIL import Image

from ctkit import (
    GeometryError,
    ParameterError,
    UnitError,
    Volume,
    crop_box,
    explore,
    pad,
    regularize,
    resample,
    save,
    show_slice,
    to_array,
)
from ctkit.volume import as_hu, as_mask, own, same_grid


def _pickled(volume):
    return pickle.loads(pickle.dumps(volume))


@pytest.fixture
def volume():
    array = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)
    return Volume.from_spacing(array, (5, 0.5, 0.4), origin=(-10, -20, 30), report=["Made up."])


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        (np.int16, np.int16),
        (np.uint8, np.int16),
        (np.int8, np.int16),
        (np.uint16, np.int16),
        (np.int64, np.int16),
        (">i2", np.int16),
        (np.float32, np.float32),
        (np.float64, np.float32),
        (np.float16, np.float32),
        (bool, bool),
    ],
)
def test_types_that_are_kept(dtype, kept):
    volume = Volume(np.ones((2, 3, 4), dtype), np.eye(4))
    assert volume.array.dtype == kept
    assert volume.array.dtype.isnative
    assert (volume.array == 1).all()


def test_integers_beyond_int16_become_float32():
    values = np.full((1, 2, 3), 40000, np.uint16)
    volume = Volume(values, np.eye(4))
    assert volume.array.dtype == np.float32
    assert (volume.array == 40000).all()


def test_nothing_can_be_changed(volume):
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 7
    with pytest.raises(ValueError, match="read-only"):
        volume.affine[0, 0] = 7
    with pytest.raises(AttributeError):
        volume.array = np.zeros((3, 4, 5))


def test_the_array_given_stays_writable():
    array = np.zeros((2, 3, 4), np.int16)
    volume = Volume(array, np.eye(4))
    array[0, 0, 0] = 1
    assert array[0, 0, 0] == 1
    assert volume.array[0, 0, 0] == 0


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4, 5), (0, 4, 5)])
def test_refuses_other_dimensions(shape):
    with pytest.raises(GeometryError, match="3-D"):
        Volume(np.zeros(shape), np.eye(4))


@pytest.mark.parametrize("array", [np.zeros((1, 1, 1), complex), np.full((1, 1, 1), "a")])
def test_refuses_what_is_no_number(array):
    with pytest.raises(UnitError, match="real numbers"):
        Volume(array, np.eye(4))


def test_measures(volume):
    assert volume.spacing == pytest.approx((5, 0.5, 0.4))
    assert volume.field_of_view == pytest.approx((15, 2, 2))
    assert volume.voxel_ml == pytest.approx(0.001)
    np.testing.assert_array_equal(volume.origin, [-10, -20, 30])
    # Slices go up (z), rows to the back (y), columns to the left (x).
    np.testing.assert_allclose(volume.to_world((2, 3, 4)), [-10 + 1.6, -20 + 1.5, 40])


def test_with_array_keeps_the_grid_and_adds_to_the_report(volume):
    other = volume.with_array(volume.array > 3, "A threshold.")
    assert other.is_mask
    assert other.report == ("Made up.", "A threshold.")
    np.testing.assert_array_equal(other.affine, volume.affine)
    with pytest.raises(GeometryError, match="this grid is"):
        volume.with_array(np.zeros((2, 3, 4)))


def test_one_sentence_is_one_line_of_the_report():
    assert Volume(np.zeros((1, 1, 1)), np.eye(4), "One line.").report == ("One line.",)


def test_plane_of_a_scan_as_it_lies_is_the_array(volume):
    np.testing.assert_array_equal(volume.plane("axial", 1), volume.array[1])
    np.testing.assert_array_equal(volume.plane("coronal", 2), volume.array[::-1, 2])
    np.testing.assert_array_equal(volume.plane("sagittal", 3), volume.array[::-1, :, 3])
    np.testing.assert_array_equal(
        volume.plane("axial", 1, "neurological"), volume.array[1][:, ::-1]
    )
    assert np.shares_memory(volume.plane("coronal"), volume.array)
    assert volume.layout("coronal").spacing == pytest.approx((5, 0.4))


@pytest.mark.parametrize("index", [-1, 3])
def test_plane_outside(volume, index):
    with pytest.raises(GeometryError, match="from 0 to 2, not"):
        volume.plane("axial", index)


def test_canonical_keeps_every_voxel_where_it_is(volume):
    turned = Volume(
        volume.array.transpose(2, 0, 1)[::-1, :, ::-1],
        volume.affine[:, [2, 0, 1, 3]] @ [[-1, 0, 0, 4], [0, 1, 0, 0], [0, 0, -1, 3], [0, 0, 0, 1]],
    )
    np.testing.assert_allclose(turned.to_world((4, 0, 3)), volume.origin)
    back = turned.canonical()
    np.testing.assert_array_equal(back.array, volume.array)
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-12)


def test_numpy_sees_the_array(volume):
    assert np.shares_memory(np.asarray(volume), volume.array)
    assert np.asarray(volume, dtype=np.float64).dtype == np.float64
    copy = np.array(volume)
    copy[0, 0, 0] = 99
    assert volume.array[0, 0, 0] == 0


def test_how_it_shows(volume):
    text = "Volume 3 x 4 x 5, int16 HU, 5 x 0.5 x 0.4 mm (slice, row, column), indices to SPL"
    assert repr(volume) == text
    html = Volume(volume.array, volume.affine, ["<b> & co"])._repr_html_()
    assert "&lt;b&gt; &amp; co" in html
    assert "mask" in repr(volume.with_array(volume.array > 0))


class TestNobodyCanChangeIt:
    """A Volume owns its memory."""

    def test_the_array_it_was_made_of_changes_nothing(self):
        values = np.zeros((2, 3, 4), np.int16)
        volume = Volume.from_spacing(values, (3, 1, 2))
        part = Volume.from_spacing(values[:, ::2], (3, 1, 2))
        values[:] = 7
        assert not volume.array.any()
        assert not part.array.any()

    def test_a_read_only_array_is_copied_too(self):
        # Its owner may make it writable again.
        values = np.zeros((2, 3, 4), np.float32)
        values.flags.writeable = False
        volume = Volume.from_spacing(values, (3, 1, 2))
        values.flags.writeable = True
        values[:] = 7
        assert not volume.array.any()

    @pytest.mark.parametrize(
        "copied", [copy.copy, copy.deepcopy, _pickled], ids=lambda f: f.__name__
    )
    def test_no_array_of_it_can_be_made_writable(self, volume, copied):
        other = copied(volume)
        arrays = [
            other.array,
            other.affine,
            other.array[1:],
            other.plane("sagittal"),
            np.asarray(other),
        ]
        for array in arrays:
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True
        np.testing.assert_array_equal(other.array, volume.array)
        np.testing.assert_array_equal(other.affine, volume.affine)
        assert other.report == volume.report

    def test_memory_is_handed_over_without_a_copy(self):
        made = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
        volume = Volume(own(made), np.eye(4))
        assert np.shares_memory(volume.array, made)
        assert np.shares_memory(Volume(volume.array[:, 1:], np.eye(4)).array, made)
        assert np.shares_memory(volume.reorient("RIP").array, made)


class TestOneCheck:
    """What an operation asks of its arguments, in one place."""

    def test_an_array_of_bool_is_a_mask_on_the_grid(self, volume):
        mask = as_mask(volume.array > 0, on=volume)
        assert mask.is_mask
        assert same_grid(mask, volume)

    @pytest.mark.parametrize(
        ("given", "error", "says"),
        [
            (lambda v: v, UnitError, "mask is a Volume of bool, and this one holds int16"),
            (lambda v: v.array, UnitError, "array of int16"),
            (lambda v: (v.array > 0)[1:], GeometryError, "the grid of the volume"),
            (lambda v: None, ParameterError, "mask is a Volume, not NoneType"),
            (lambda v: Volume(v.array > 0, np.eye(4)), GeometryError, "another grid"),
        ],
    )  # fmt: skip
    def test_what_is_no_mask_is_refused(self, volume, given, error, says):
        with pytest.raises(error, match=says):
            as_mask(given(volume), on=volume)

    def test_what_holds_no_hu_is_refused(self, volume):
        with pytest.raises(UnitError, match="this is a mask"):
            as_hu(volume.with_array(volume.array > 0))
        with pytest.raises(ParameterError, match="from_spacing"):
            as_hu(volume.array)
        with pytest.raises(ParameterError, match="load"):
            as_hu("head.nii.gz")


@pytest.fixture
def labels():
    array = np.zeros((4, 6, 8), np.uint8)
    array[1:3, 2:5, 3:6] = 1
    array[2, 4:, 5:] = 7
    return Volume.from_spacing(array, (5, 0.5, 0.4), (-10, -20, 30)).with_array(
        array, labels={1: "brain", np.int64(7): "skull"}
    )


class TestLabels:
    def test_a_label_map_has_names_that_nobody_changes(self, labels):
        assert labels.is_labels
        assert not labels.is_mask
        assert labels.labels == {1: "brain", 7: "skull"}
        assert "label map (1 brain, 7 skull)" in repr(labels)
        assert labels.array.dtype == np.int16
        with pytest.raises(TypeError):
            labels.labels[1] = "liver"
        for same in (copy.deepcopy(labels), _pickled(labels)):
            assert same.labels == labels.labels

    def test_hu_and_masks_have_none(self, volume, labels):
        assert volume.labels is None
        assert labels.with_array(labels.array == 7).is_mask
        assert labels.with_array(labels.array == 7).labels is None
        assert labels.with_array(labels.array.astype(np.float32)).labels is None
        assert labels.with_array(labels.array + 1, "one more").labels == labels.labels

    @pytest.mark.parametrize(
        ("given", "error", "says"),
        [
            (["brain"], ParameterError, "labels is a mapping of whole numbers"),
            ({1: 2}, ParameterError, "labels is a mapping of whole numbers"),
            ({"1": "brain"}, ParameterError, "labels is a mapping of whole numbers"),
            ({40_000: "brain"}, ParameterError, "labels is a mapping of whole numbers"),
        ],
    )
    def test_other_names_are_refused(self, labels, given, error, says):
        with pytest.raises(error, match=says):
            labels.with_array(labels.array, labels=given)

    @pytest.mark.parametrize("kind", [np.float32, bool])
    def test_other_voxels_are_refused(self, labels, kind):
        with pytest.raises(UnitError, match="voxels of a label map are whole numbers"):
            labels.with_array(labels.array.astype(kind), labels={})

    def test_it_is_neither_hu_nor_a_mask(self, labels):
        with pytest.raises(UnitError, match="this is a label map"):
            as_hu(labels)
        with pytest.raises(UnitError, match="this is a label map: take one label of it"):
            as_mask(labels)
        with pytest.raises(UnitError, match="this is a label map"):
            to_array(labels, "brain")
        with pytest.raises(UnitError, match=r"this is a label map: .*mask=labels"):
            explore(labels)

    def test_operations_keep_names_and_put_no_label_outside(self, labels):
        tilted = np.array(labels.affine)
        tilted[1, 0] += 1
        for result in (
            pad(labels, (6, 10, 12)),
            crop_box(labels, (1, 0, 0), (3, 6, 8)),
            labels.reorient("RAI"),
            resample(labels, (2, 0.7, 0.3), kernel="nearest"),
            resample(labels, like=pad(labels, (6, 10, 12)), kernel="nearest"),
            regularize(Volume(labels.array, tilted, (), labels.labels), kernel="nearest"),
        ):
            assert result.labels == labels.labels
            assert set(np.unique(result.array)) == {0, 1, 7}
        assert pad(labels, (6, 10, 12)).array[0, 0, 0] == 0

    @pytest.mark.parametrize("kernel", ["cubic", "linear", "area"])
    def test_it_is_resampled_by_nearest_neighbour_alone(self, labels, kernel):
        with pytest.raises(UnitError, match="a label map can only be resampled with kernel='near"):
            resample(labels, 1, kernel=kernel)

    def test_pictures_show_labels_without_a_window(self, labels, tmp_path):
        assert "a label map" in show_slice(labels, plane="axial", index=2).facts
        with pytest.raises(UnitError, match="a label map has no HU for a window"):
            save(labels, tmp_path / "a.png", window="brain")
        with Image.open(save(labels, tmp_path / "a.png", slice=2)) as picture:
            np.testing.assert_array_equal(np.asarray(picture), labels.plane("axial", 2))


def test_a_line_of_a_report_is_cut_where_it_is_shown_and_not_where_it_is_kept():
    long = "a\x1b[31m<b>" + "x" * 100_000
    volume = Volume.from_spacing(np.zeros((2, 3, 4), np.int16), (3, 1, 2), report=[long])
    shown = volume._repr_html_()
    assert len(shown) < 2000
    assert "\x1b" not in shown
    assert "<b>x" not in shown
    assert volume.report == (long,)
