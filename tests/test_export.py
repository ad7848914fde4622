"""Saving: every HU and every millimetre comes back, or the loss is what was promised."""

import errno
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

import ctkit
from ctkit import geometry
from ctkit.files.arrays import from_array, to_array
from ctkit.files.saving import PNG16_OFFSET
from ctkit.volume import Volume


@pytest.fixture
def volume():
    """Non-cubic, anisotropic, oblique, with HU from -1024 to 3000."""
    rng = np.random.default_rng(4)
    array = rng.integers(-1024, 3001, (5, 7, 11)).astype(np.int16)
    turn = np.array([[0, 0.6, 0.8], [0, 0.8, -0.6], [1, 0, 0]])
    return Volume(array, geometry.make_affine((2.5, 0.7, 0.4), (-31, 12, 88), turn))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nifti_keeps_every_voxel_and_its_place(volume, tmp_path, suffix):
    image = nib.load(ctkit.save(volume, tmp_path / f"a{suffix}"))
    data = np.asanyarray(image.dataobj)
    assert data.dtype == np.int16
    for index in [(0, 0, 0), (4, 2, 9), (1, 6, 3)]:
        k, j, i = index
        assert data[i, j, k] == volume.array[index]
        ras = nib.affines.apply_affine(image.affine, (i, j, k))
        np.testing.assert_allclose(ras * (-1, -1, 1), volume.to_world(index), atol=1e-4)
    np.testing.assert_allclose(image.get_qform(), image.get_sform(), atol=1e-5)


def test_nifti_of_a_tilted_volume_has_no_qform(volume, tmp_path):
    affine = volume.affine.copy()
    affine[:3, 0] += 0.9 * affine[:3, 1]
    image = nib.load(ctkit.save(Volume(volume.array, affine), tmp_path / "a.nii"))
    assert int(image.header["qform_code"]) == 0
    back = geometry.LPS_RAS @ image.affine @ np.eye(4)[[2, 1, 0, 3]]
    np.testing.assert_allclose(back, affine, atol=1e-5)


def test_nifti_round_trip_through_load(volume, tmp_path):
    back = ctkit.load(ctkit.save(volume, tmp_path / "a.nii.gz"))
    np.testing.assert_array_equal(back.array, volume.array)
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-4)


def test_npy_and_npz(volume, tmp_path):
    np.testing.assert_array_equal(np.load(ctkit.save(volume, tmp_path / "a.npy")), volume.array)
    with np.load(ctkit.save(volume, tmp_path / "a.npz"), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["hu"], volume.array)
        np.testing.assert_array_equal(file["affine"], volume.affine)


@pytest.mark.parametrize(("name", "values"), [("mask", bool), ("labels", np.int16)])
def test_npz_calls_what_is_no_hu_otherwise(volume, tmp_path, name, values):
    labels = {1: "bone"} if name == "labels" else None
    array = (volume.array > 300).astype(values)
    marked = ctkit.Volume(array, volume.affine, (), labels)
    with np.load(ctkit.save(marked, tmp_path / "a.npz"), allow_pickle=False) as file:
        assert set(file.files) == {name, "affine"}
        assert file[name].dtype == values
        np.testing.assert_array_equal(file[name], array)


@pytest.mark.parametrize("plane", geometry.PLANES)
def test_png_of_16_bits_is_exact(volume, tmp_path, plane):
    with Image.open(ctkit.save(volume, tmp_path / "a.png", plane=plane, slice=2)) as image:
        pixels = np.asarray(image).astype(int)
        facts = json.loads(image.info["Comment"])
    np.testing.assert_array_equal(pixels - facts["hu_offset"], volume.plane(plane, 2))
    assert facts["hu_offset"] == PNG16_OFFSET
    assert facts["plane"] == plane


def test_png_of_a_window_is_square_and_says_its_window(volume, tmp_path):
    path = ctkit.save(volume, tmp_path / "a.png", plane="axial", slice=3, window="bone")
    picture, spacing = volume.plane("axial", 3), volume.layout("axial").spacing
    with Image.open(path) as image:
        facts = json.loads(image.info["Comment"])
        width, height = image.size
    assert (facts["center"], facts["width"]) == (400, 1000)
    step = min(spacing)
    assert height == round(picture.shape[0] * spacing[0] / step)
    assert width == round(picture.shape[1] * spacing[1] / step)


def test_png_of_a_window_has_the_greys_of_apply_window(tmp_path):
    array = np.arange(-60, 60, dtype=np.int16).reshape(1, 10, 12)
    volume = Volume.from_spacing(array, (5, 0.5, 0.5))
    with Image.open(ctkit.save(volume, tmp_path / "a.png", window="brain")) as image:
        wanted = ctkit.apply_window(array[0], 40, 80, dtype=np.uint8)
        np.testing.assert_array_equal(np.asarray(image), wanted)


def test_jpeg_needs_a_window_and_loses_little(tmp_path):
    ramp = np.linspace(0, 79, 64).astype(np.int16) * np.ones((1, 64, 1), np.int16)
    volume = Volume.from_spacing(ramp, (5, 1, 1))
    with pytest.raises(ctkit.SaveError, match="window"):
        ctkit.save(volume, tmp_path / "a.jpg")
    with Image.open(ctkit.save(volume, tmp_path / "a.jpg", window="brain")) as image:
        apart = np.asarray(image).astype(int) - ctkit.apply_window(
            ramp[0], 40, 80, dtype=np.uint8
        ).astype(int)
    assert 0 < np.abs(apart).max() <= 8


def test_a_mask_comes_back(volume, tmp_path):
    mask = volume.with_array(volume.array > 500)
    data = np.asanyarray(nib.load(ctkit.save(mask, tmp_path / "m.nii.gz")).dataobj)
    np.testing.assert_array_equal(data.T.astype(bool), mask.array)
    with Image.open(ctkit.save(mask, tmp_path / "m.png", slice=1)) as image:
        np.testing.assert_array_equal(np.asarray(image) == 255, mask.plane("axial", 1))


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("a.bmp", {}, ctkit.SaveError, "a.bmp"),
        ("none/a.npy", {}, ctkit.SaveError, "no folder"),
        ("a.png", {"plane": "oblique"}, ctkit.GeometryError, "oblique"),
        ("a.png", {"slice": 99}, ctkit.GeometryError, "99"),
        ("a.jpg", {"window": "brian"}, ctkit.ParameterError, "brian"),
        ("a.jpg", {"window": "brain", "quality": 0}, ctkit.ParameterError, "quality"),
        ("a.jpg", {"window": "brain", "quality": 95.5}, ctkit.ParameterError, "quality"),
        ("a.nii.gz", {"window": "brain"}, ctkit.ParameterError, "window= has no say for a .nii.gz"),
        ("a.nii", {"plane": "coronal"}, ctkit.ParameterError, "plane= has no say"),
        ("a.npz", {"slice": 0}, ctkit.ParameterError, "slice= has no say"),
        ("a.npy", {"quality": 90}, ctkit.ParameterError, "quality= has no say"),
        ("a.png", {"quality": 90}, ctkit.ParameterError, "quality= has no say for a .png"),
    ],
)
def test_what_cannot_be_saved_is_said(volume, tmp_path, name, options, error, words):
    with pytest.raises(error, match=words):
        ctkit.save(volume, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_numpy_are_numbers(volume, tmp_path):
    plain = {"slice": 3, "window": (40, 80), "quality": 90}
    numpy = {"slice": np.int64(3), "window": np.array([40, 80]), "quality": np.int64(90)}
    paths = [ctkit.save(volume, tmp_path / f"{n}.jpg", **o) for n, o in enumerate((plain, numpy))]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert not np.array_equal(
        to_array(volume, np.array([40, 80])), to_array(volume, np.array([400, 80]))
    )


@pytest.mark.parametrize("write", [lambda a, p: ctkit.save(a, p / "a.npy"), ctkit.write_dicom])
def test_an_array_is_no_volume(volume, tmp_path, write):
    with pytest.raises(ctkit.ParameterError, match="volume is a Volume, not ndarray"):
        write(np.asarray(volume), tmp_path)


def test_a_failed_save_leaves_the_old_file(volume, tmp_path, monkeypatch):
    path = ctkit.save(volume, tmp_path / "a.npy")
    before = path.read_bytes()

    def fail(*_):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(ctkit.SaveError, match=r"a\.npy can't be written: the disk is full"):
        ctkit.save(volume.with_array(volume.array + 1), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.npy"]


def test_to_array_and_back(volume):
    array = to_array(volume, "bone")
    assert array.shape == (1, *volume.shape)
    assert array.dtype == np.float32
    assert array.min() == 0
    assert array.max() == 1
    back = from_array(array, volume, "bone")
    np.testing.assert_allclose(back.array, np.clip(volume.array, -100, 900), atol=1e-3)
    np.testing.assert_array_equal(back.affine, volume.affine)
    np.testing.assert_array_equal(to_array(volume)[0], volume.array)


def test_to_array_refuses_what_it_cannot_hold(volume):
    with pytest.raises(ctkit.ParameterError, match="int16"):
        to_array(volume, "brain", dtype="int16")
    with pytest.raises(ctkit.ParameterError, match="float33"):
        to_array(volume, dtype="float33")
    with pytest.raises(ctkit.UnitError):
        to_array(volume.with_array(volume.array > 0), "brain")
    with pytest.raises(ctkit.GeometryError, match=r"\(2, 2, 2\)"):
        from_array(np.zeros((2, 2, 2)), volume)
