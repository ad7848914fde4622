from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest

from ctkit import GeometryError, Volume, geometry
from ctkit.volume import same_grid

# Each way in which three array axes can run along the patient's: 6 orders, 8 signs.
ORIENTATIONS = [
    (order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)
]
SPACING = (3.0, 0.7, 0.4)


def affine_of(order, signs, tilt=0.0):
    """An LPS+ affine whose array axis i runs along patient axis ``order[i]``."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for i, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        affine[axis, i] = sign * SPACING[i]
    turn = nib.eulerangles.euler2mat(*(tilt * np.array([1, -0.7, 0.5])))
    affine[:3, :3] = turn @ affine[:3, :3]
    affine[:3, 3] = 11, -7, 3
    return affine


def test_there_are_48_orientations():
    assert len(ORIENTATIONS) == 48


@pytest.mark.parametrize("tilt", [0.0, 0.2])
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_letters_are_nibabels(order, signs, tilt):
    affine = affine_of(order, signs, tilt)
    codes = nib.aff2axcodes(geometry.LPS_RAS @ affine)
    assert geometry.orientation_letters(affine) == "".join(codes)


@pytest.mark.parametrize("tilt", [0.0, 0.2])
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_canonical_is_nibabels(order, signs, tilt):
    rng = np.random.default_rng(3)
    volume = Volume(
        rng.integers(-1000, 2000, (3, 4, 5)).astype(np.int16), affine_of(order, signs, tilt)
    )
    ours = volume.canonical()
    # nibabel: to the wanted axes by its own orientation transforms, in RAS+.
    ras = geometry.LPS_RAS @ volume.affine
    change = nib.orientations.ornt_transform(
        nib.io_orientation(ras), nib.orientations.axcodes2ornt(("S", "P", "L"))
    )
    array = nib.apply_orientation(volume.array, change)
    affine = geometry.LPS_RAS @ ras @ nib.orientations.inv_ornt_aff(change, volume.shape)
    np.testing.assert_array_equal(ours.array, array)
    np.testing.assert_allclose(ours.affine, affine, atol=1e-9)
    assert geometry.orientation_letters(ours.affine) == "SPL"


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_world_is_nibabels(order, signs):
    volume = Volume(np.zeros((3, 4, 5), np.int16), affine_of(order, signs, 0.2))
    index = np.array([[0, 0, 0], [2, 3, 4], [0.5, 1.25, -2]])
    expected = nib.affines.apply_affine(geometry.LPS_RAS @ volume.affine, index) * [-1, -1, 1]
    np.testing.assert_allclose(volume.to_world(index), expected)
    np.testing.assert_allclose(volume.to_index(expected), index, atol=1e-9)
    np.testing.assert_allclose(volume.spacing, nib.affines.voxel_sizes(volume.affine))


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
@pytest.mark.parametrize("plane", geometry.PLANES)
@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_a_plane_shows_the_patient_the_same_way(order, signs, plane, convention):
    """A landmark of each patient direction lands on the side that its letter names."""
    affine = affine_of(order, signs)
    shape = (5, 7, 9)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    world = geometry.apply_affine(affine, index)
    layout = geometry.plane_layout(affine, plane, convention)
    _, right, _, bottom = layout.letters
    for letter, axis, sign in zip("RLAPIS", (0, 0, 1, 1, 2, 2), (-1, 1) * 3, strict=True):
        picture = Volume(sign * world[..., axis], affine).plane(plane, convention=convention)
        rise = {
            right: picture[0, -1] - picture[0, 0],
            bottom: picture[-1, 0] - picture[0, 0],
        }
        if letter in rise:
            assert rise[letter] > 0
            size = (picture.shape[letter == right] - 1) * layout.spacing[letter == right]
            assert rise[letter] == pytest.approx(size, rel=1e-5)
    wanted = {
        "axial": ("R", "L", "A", "P"),
        "coronal": ("R", "L", "S", "I"),
        "sagittal": ("A", "P", "S", "I"),
    }[plane]
    if convention == "neurological" and plane != "sagittal":
        wanted = ("L", "R", *wanted[2:])
    assert layout.letters == wanted


def test_spacing_of_a_tilted_gantry_is_along_the_normal():
    # 5 mm of table travel at 20 degrees: 4.70 mm along the normal and 1.71 mm of shear.
    angle = np.radians(20)
    down = np.array([0, np.cos(angle), -np.sin(angle)]) * 0.5
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([[0, 0, 5.0], down, [0.4, 0, 0]])
    np.testing.assert_allclose(geometry.spacing_of(affine), (5 * np.cos(angle), 0.5, 0.4))
    assert geometry.shear_of(affine) == pytest.approx(20)
    positions = geometry.slice_positions(
        [[0, 0, 0], [0, 0, 5], [0, 0, 10]], [1, 0, 0, 0, np.cos(angle), -np.sin(angle)]
    )
    np.testing.assert_allclose(np.diff(positions), 4.698, atol=1e-3)


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_no_shear_in_a_turned_head(order, signs):
    assert geometry.shear_of(affine_of(order, signs, 0.3)) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("affine", "match"),
    [
        (np.eye(3), "4 x 4"),
        (np.diag([1, 1, np.nan, 1]), "not finite"),
        (np.diag([1, 1, 1, 2.0]), "last row"),
        (np.diag([1, 0, 1, 1.0]), "no length"),
        ([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "parallel"),
    ],
)
def test_refuses_an_affine_that_is_none(affine, match):
    with pytest.raises(GeometryError, match=match):
        geometry.as_affine(affine)


def test_small_voxels_are_no_flat_volume():
    assert geometry.spacing_of(geometry.as_affine(np.diag([1e-3, 1e-3, 1e-3, 1]))) == (1e-3,) * 3


@pytest.mark.parametrize("spacing", [(1, 1), (1, 0, 1), (1, -1, 1), (1, np.inf, 1), 1.0])
def test_make_affine_refuses_a_spacing(spacing):
    with pytest.raises(GeometryError, match="spacing"):
        geometry.make_affine(spacing)


def test_unknown_planes_and_conventions():
    with pytest.raises(GeometryError, match="axial, coronal, sagittal"):
        geometry.check_plane("oblique")
    with pytest.raises(GeometryError, match="convention"):
        geometry.plane_layout(np.eye(4), "axial", "surgical")


def test_same_grid_looks_at_the_far_corner():
    volume = Volume(np.zeros((50, 100, 100)), np.eye(4))
    turned = np.eye(4)
    turned[0, 1] = 2e-5
    assert same_grid(volume, volume.with_array(volume.array > 1))
    assert not same_grid(volume, Volume(volume.array, turned))
    assert same_grid(volume, Volume(volume.array, turned), tolerance=0.01)
    assert not same_grid(volume, Volume(volume.array[:, :99], np.eye(4)))


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_reorient_to_each_orientation_keeps_voxels_where_they_are(order, signs):
    volume = Volume(
        np.arange(60, dtype=np.int16).reshape(3, 4, 5), affine_of((2, 0, 1), (1, -1, 1))
    )
    letters = geometry.orientation_letters(affine_of(order, signs))
    turned = volume.reorient(letters)
    assert geometry.orientation_letters(turned.affine) == letters
    for index in np.ndindex(turned.shape):
        old = tuple(np.round(volume.to_index(turned.to_world(index))).astype(int))
        assert turned.array[index] == volume.array[old]


@pytest.mark.parametrize("letters", ["SP", "SPLR", "SPA", "XYZ", "spl", ""])
def test_letters_that_are_no_orientation(letters):
    with pytest.raises(GeometryError, match="one of R L"):
        geometry.axes_of_letters(letters)
