import numpy as np
import pytest

from ctkit import GeometryError, UnitError, Volume


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
    Volume(array, np.eye(4))
    array[0, 0, 0] = 1


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
    with pytest.raises(GeometryError, match="outside of 0 to 2"):
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
