"""Loading NIfTI: against nibabel, in all orientations, and what only files can say wrong."""

import gzip
import itertools
import zipfile

import nibabel as nib
import numpy as np
import pytest
from hard_cases import image, nifti_hu, ras

import ctkit
from ctkit.geometry import LPS_RAS

ORIENTATIONS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


@pytest.mark.parametrize(("order", "signs"), ORIENTATIONS)
def test_all_orientations_against_nibabel(tmp_path, order, signs):
    """The file's own order, reversed; every voxel at the millimetres nibabel gives it."""
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) * signs)[:, list(order)] * (0.7, 1.3, 2.9)
    affine[:3, 3] = (11, -7, 5)
    data = np.random.default_rng(0).integers(-1000, 2000, (4, 5, 6)).astype(np.int16)
    path = tmp_path / "scan.nii"
    nib.save(nib.Nifti1Image(data, affine), path)
    volume = ctkit.load(path)
    np.testing.assert_array_equal(volume.array, data.transpose(2, 1, 0))
    for index in ((0, 0, 0), (3, 4, 5), (1, 2, 4)):
        expected = nib.affines.apply_affine(nib.load(path).affine, index) @ LPS_RAS[:3, :3]
        np.testing.assert_allclose(volume.to_world(index[::-1]), expected, atol=1e-5)
    canonical = volume.canonical()
    assert ctkit.geometry.orientation_letters(canonical.affine) == "SPL"


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_save_and_load_are_inverse(tmp_path, name, kind):
    random = np.random.default_rng(1)
    affine = ctkit.geometry.make_affine((2.5, 1.1, 0.8), (3, -4, 5)).copy()
    affine[:3, 0] += (0, 0.6, 0.1)
    volume = ctkit.Volume(random.integers(-1024, 3000, (4, 5, 7)).astype(kind), affine)
    back = ctkit.load(ctkit.save(volume, tmp_path / name))
    assert back.array.dtype == kind
    np.testing.assert_array_equal(back.array, volume.array)
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-5)


def test_water_alone_comes_back(tmp_path):
    volume = ctkit.Volume.from_spacing(np.full((2, 3, 4), 7, np.int16), (2, 1, 1))
    assert (ctkit.load(ctkit.save(volume, tmp_path / "water.nii")).array == 7).all()


def test_a_mask_comes_back_as_a_mask(tmp_path):
    mask = np.zeros((3, 4, 5), bool)
    mask[1:, 2] = True
    volume = ctkit.Volume.from_spacing(mask, (2, 1, 1))
    back = ctkit.load(ctkit.save(volume, tmp_path / "mask.nii.gz"))
    assert back.is_mask
    np.testing.assert_array_equal(back.array, mask)
    assert any("a mask, as the file says" in line for line in back.report)


def test_values_are_those_of_nibabel(tmp_path):
    stored = np.random.default_rng(2).integers(0, 4000, (5, 4, 3)).astype(np.uint16)
    found = nib.Nifti1Image(stored, ras())
    found.header.set_slope_inter(0.5, -1000)
    found.header.set_xyzt_units("mm")
    path = tmp_path / "scan.nii"
    nib.save(found, path)
    expected = nib.load(path).get_fdata().transpose(2, 1, 0)
    np.testing.assert_allclose(ctkit.load(path).array, expected, atol=1e-3)


def test_plain_int16_is_not_copied_through_float(tmp_path, monkeypatch):
    nib.save(image(), tmp_path / "scan.nii")

    def refuse(*args, **kwargs):
        raise AssertionError("values were computed")

    monkeypatch.setattr("ctkit.files.stored.to_hu", refuse)
    assert ctkit.load(tmp_path / "scan.nii").array.dtype == np.int16


def test_disagreeing_forms_are_both_told(tmp_path):
    found = image()
    moved = found.affine.copy()
    moved[0, 3] += 25
    found.set_qform(moved, 1)
    nib.save(found, tmp_path / "scan.nii")
    line, *_ = ctkit.load(tmp_path / "scan.nii").report
    assert "by up to 25 mm" in line
    assert "sform: origin [-7.0, 4.0, 30.0]" in line
    assert "qform: origin [-32.0, 4.0, 30.0]" in line


def test_padding_without_a_tag(tmp_path):
    found = image()
    hu = np.array(found.dataobj)
    hu[:3], hu[-3:] = -3024, -3024
    nib.save(nib.Nifti1Image(hu, found.affine, found.header), tmp_path / "scan.nii")
    volume = ctkit.load(tmp_path / "scan.nii")
    assert (volume.array[..., :3] == -1000).all()
    assert "432 voxels of undeclared padding (-3024 HU)" in volume.report[-1]


def test_a_header_that_says_hu_is_believed(tmp_path):
    hu = np.rint(nifti_hu(ras()) + 1300).astype(np.int16)
    found = nib.Nifti1Image(hu, ras())
    path = tmp_path / "bone.nii"
    nib.save(found, path)
    with pytest.raises(ctkit.LoadError, match=r"rescale=\(1, 0\)"):
        ctkit.load(path)
    assert ctkit.load(path, rescale=(1, 0)).array.min() >= 0
    found.header["intent_name"] = b"CT, HU"
    nib.save(found, path)
    assert ctkit.load(path).array.min() >= 0


def test_list_series_of_4d(tmp_path):
    many = nib.Nifti1Image(np.full((4, 5, 6, 3), -100, np.int16), ras())
    nib.save(many, tmp_path / "scan.nii")
    rows = ctkit.list_series(tmp_path / "scan.nii")
    assert [row.number for row in rows] == [0, 1, 2]
    assert rows[0].spacing == pytest.approx((2.5, 1.1, 0.8))
    assert "series=" in rows[0].problem
    with pytest.raises(ctkit.LoadError, match="holds 3 volumes"):
        ctkit.load(tmp_path / "scan.nii", series=3)


@pytest.mark.parametrize("field", ["dim", "vox_offset"])
def test_a_header_that_asks_for_more_than_the_file(tmp_path, field):
    content = bytearray(image().to_bytes())
    header = image().header.copy()
    header["magic"], header["vox_offset"] = b"n+1", 352
    if field == "dim":
        header["dim"][1:4] = 30000
    else:
        header["vox_offset"] = 1e9
    content[:348] = header.binaryblock
    (tmp_path / "scan.nii").write_bytes(content)
    with pytest.raises(ctkit.LoadError, match="cut short"):
        ctkit.load(tmp_path / "scan.nii")
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(ctkit.LoadError, match="cut short, or damaged: its header needs"):
        ctkit.load(tmp_path / "scan.nii.gz")


def test_a_spoiled_gzip_is_noticed(tmp_path):
    content = bytearray(gzip.compress(image().to_bytes()))
    content[-6] ^= 0xFF  # of the checksum
    (tmp_path / "scan.nii.gz").write_bytes(content)
    with pytest.raises(ctkit.LoadError, match="its packed part is damaged"):
        ctkit.load(tmp_path / "scan.nii.gz")


def pair(folder, name, hu):
    """A pair of header and voxels, all of one value."""
    found = nib.Nifti1Pair(np.full((4, 5, 6), hu, np.int16), ras())
    found.header.set_xyzt_units("mm")
    nib.save(found, folder / f"{name}.img")


def test_voxels_are_never_those_of_another_pair(tmp_path):
    pair(tmp_path, "a", -100)
    pair(tmp_path, "b", -200)
    (tmp_path / "a.img").unlink()
    (tmp_path / "b.hdr").unlink()
    with pytest.raises(ctkit.LoadError, match=r"a\.hdr is the header of a pair, and its a\.img"):
        ctkit.load(tmp_path)
    with pytest.raises(ctkit.LoadError, match="no DICOM and no NIfTI"):
        ctkit.load(tmp_path / "b.img")


def test_a_pair_is_matched_by_name(tmp_path):
    pair(tmp_path, "a", -100)
    pair(tmp_path, "b", -200)
    (tmp_path / "a.hdr").unlink()
    assert (ctkit.load(tmp_path).array == -200).all()
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for name in ("a.img", "b.hdr", "b.img"):
            archive.write(tmp_path / name, f"deep/{name.upper()}")
    assert (ctkit.load(tmp_path / "scan.zip").array == -200).all()


def test_a_pair_packed_by_gzip(tmp_path):
    pair(tmp_path, "a", -100)
    for suffix in (".hdr", ".img"):
        content = (tmp_path / f"a{suffix}").read_bytes()
        (tmp_path / f"a{suffix}.gz").write_bytes(gzip.compress(content))
        (tmp_path / f"a{suffix}").unlink()
    for path in (tmp_path, tmp_path / "a.hdr.gz"):
        assert (ctkit.load(path).array == -100).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("uneven", "resample"), ("duplicates", "first"), ("missing", "interpolate"),
     ("tolerance", 0.0)],
)  # fmt: skip
def test_arguments_on_slices_have_no_say_for_a_nifti(tmp_path, name, value):
    nib.save(image(), tmp_path / "scan.nii")
    with pytest.raises(ctkit.ParameterError, match=rf"{name}= has no say here: scan\.nii is a NIf"):
        ctkit.load(tmp_path / "scan.nii", **{name: value})


def test_a_3d_nifti_is_series_0(tmp_path):
    nib.save(image(), tmp_path / "scan.nii")
    expected = ctkit.load(tmp_path / "scan.nii").array
    for series in (0, np.int64(0)):
        np.testing.assert_array_equal(
            ctkit.load(tmp_path / "scan.nii", series=series).array, expected
        )
    for series in (1, "bone", ""):
        with pytest.raises(ctkit.LoadError, match="it holds 1 volume: series= is 0, or left out"):
            ctkit.load(tmp_path / "scan.nii", series=series)


def test_numbers_of_numpy_are_numbers_for_a_nifti(tmp_path):
    volumes = np.stack([np.full((4, 5, 6), -100 * n, np.int16) for n in range(1, 4)], axis=-1)
    nib.save(nib.Nifti1Image(volumes, ras()), tmp_path / "scan.nii")
    assert (ctkit.load(tmp_path / "scan.nii", series=np.int64(1)).array == -200).all()
    found = ctkit.load(tmp_path / "scan.nii", series=2, rescale=np.array([2, 100]))
    assert (found.array == -500).all()


def test_one_voxel_of_nan_is_counted_in_the_singular(tmp_path):
    found = image(dtype=np.float32)
    hu = np.array(found.dataobj)
    hu[3, 2, 1] = np.nan
    nib.save(nib.Nifti1Image(hu, found.affine, found.header), tmp_path / "scan.nii")
    report = ctkit.load(tmp_path / "scan.nii").report
    assert "1 voxel of NaN, no number, became air" in report
