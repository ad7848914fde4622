"""What is found among files as they lie on real disks, and tables as people write them."""

import csv
import os
import shutil
import time
import zipfile

import _scans
import nibabel as nib
import numpy as np
import pytest

import ctkit
from ctkit import dataset
from ctkit.dataset import finding, steps
from ctkit.dataset.finding import find_units
from ctkit.dataset.masks import place_of, read_mask
from ctkit.dataset.scrubbing import scrubbed, scrubbed_reason
from ctkit.dataset.store import Store

STEPS = [steps.resample(9.0)]


@pytest.fixture
def scans(tmp_path):
    """A folder with one NIfTI in it."""
    folder = tmp_path / "scans"
    folder.mkdir()
    ctkit.save(_scans.head(1)[0], folder / "one.nii.gz")
    return folder


def names_of(units):
    return [os.path.basename(unit.path) for unit in units]


def test_links_are_followed_once_and_pipes_are_left(scans, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(scans / "one.nii.gz", other / "two.nii.gz")
    (scans / "link").symlink_to(other)
    (scans / "again").symlink_to(other)
    (scans / "loop").symlink_to(scans)
    os.mkfifo(scans / "pipe")  # reading it would last for ever
    assert sorted(names_of(find_units(scans))) == ["one.nii.gz", "two.nii.gz"]


def test_slices_are_told_from_the_voxels_of_a_header(tmp_path):
    volume, _ = _scans.head(1)
    folder = ctkit.write_dicom(volume, tmp_path / "a", seed="1")
    for path in sorted(folder.iterdir()):
        path.rename(path.with_suffix(".img"))
    (folder / "DICOMDIR").write_bytes(b"DICM")
    ctkit.save(volume, folder / "scan.nii.gz")
    (folder / "head.mhd").write_text("NDims = 3\nElementDataFile = voxels.dat\n")
    (folder / "voxels.dat").write_bytes(b"abc")
    (folder / "listed.nhdr").write_text("NRRD0004\ndata file: part%02d.raw 1 2 1\n")
    for number in (1, 2):
        (folder / f"part0{number}.raw").write_bytes(b"%d" % number)
    header, listed, image, slices = sorted(find_units(folder), key=lambda unit: unit.slices)
    assert [len(one.files) for one in (header, listed, image, slices)] == [2, 3, 1, 14]
    assert all(path.endswith(".img") for path in slices.files)
    before = header.digest()
    (folder / "voxels.dat").write_bytes(b"abx")
    assert header.digest() != before


def test_a_series_in_two_folders_is_told(tmp_path, client):
    folder = ctkit.write_dicom(_scans.head(1)[0], tmp_path / "scans" / "a", seed="1")
    other = tmp_path / "scans" / "b"
    other.mkdir()
    for path in sorted(folder.iterdir())[:7]:
        path.rename(other / path.name)
    run = dataset.prepare(tmp_path / "scans", STEPS, tmp_path / "out", client=client)
    assert "2 of 2 scans are a part of a series that lies in several folders" in run.notes[-1]
    (tmp_path / "table.csv").write_text("scan\nscans\n")
    whole = dataset.prepare(tmp_path / "table.csv", STEPS, tmp_path / "whole", client=client)
    assert list(whole.table["original_slices"]) == [14]
    assert whole.notes == []


def test_paths_are_whole_whatever_folder_a_worker_is_in(scans, monkeypatch):
    monkeypatch.chdir(scans.parent)
    assert [unit.path for unit in find_units("scans")] == [str(scans / "one.nii.gz")]
    with pytest.raises(ctkit.ParameterError, match="a source is ''"):
        find_units("")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_as_spreadsheets_write_them(scans, mark, code):
    text = f' Scan {mark} Mask:Läsion {mark}wo\r\none.nii.gz{mark}{mark}"Süd{mark} 2"\r\n\r\n'
    (scans / "table.csv").write_bytes(text.encode(code))
    (unit,) = find_units(scans / "table.csv")
    assert (unit.columns, unit.masks) == ({"wo": f"Süd{mark} 2"}, {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scan,a,a\none.nii.gz,1,2\n", "two columns 'a'"),
        ("scan,mask,mask:mask\none.nii.gz,,\n", "two columns 'mask:mask'"),
        ("scan,mask:A,mask:a\none.nii.gz,,\n", "two columns 'mask:a'"),
        ("scan,mask:../x\none.nii.gz,\n", "a mask can't be called '../x'"),
        ("scan,mask:image\none.nii.gz,\n", "a mask can't be called 'image'"),
        ("scan\none.nii.gz,1\n", "line 2: it has 2 cells, and there are 1 columns"),
        ("scan,a\none.nii.gz," + "x" * 200_000, "line 2: it can't be read as CSV"),
        ("Path,b\none.nii.gz,\n", "no column 'scan': its columns are Path, b"),
    ],
)
def test_a_table_that_says_two_things_is_refused(scans, text, told):
    (scans / "table.csv").write_text(text)
    with pytest.raises(ctkit.LoadError) as caught:
        find_units(scans / "table.csv")
    assert told in str(caught.value)
    (scans / "table.csv").write_bytes("scan,wo\none.nii.gz,Süd\n".encode("latin-1"))
    with pytest.raises(ctkit.LoadError, match="save it as CSV UTF-8"):
        find_units(scans / "table.csv")


def as_others_save(array, like, path):
    """By nibabel, with nothing in the header that says what it is."""
    ctkit.save(like, path)
    affine = nib.load(path).affine
    nib.save(nib.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine), path)


def test_numbers_of_a_label_map_stay_what_they_are(tmp_path):
    volume, ball = _scans.head(1)
    path = tmp_path / "mask.nii.gz"
    for yes in (1, 255):
        as_others_save(ball.array * np.uint8(yes), volume, path)
        assert np.array_equal(read_mask("mask", str(path)).array, ball.array)
    as_others_save(ball.array * np.int16(2), volume, path)  # label 1 is not in this scan
    alone = read_mask("organs", str(path))
    assert dict(alone.labels) == {2: "label 2"}
    assert np.array_equal(alone.array, 2 * ball.array)
    many = (np.arange(volume.array.size).reshape(volume.shape) // 40 % 400).astype(np.int16)
    as_others_save(many, volume, path)
    assert np.array_equal(read_mask("organs", str(path)).array, many)
    for no_mask in (
        volume.array,
        np.random.default_rng(0).integers(0, 200, volume.shape, np.uint8),
    ):
        as_others_save(no_mask, volume, path)
        with pytest.raises((ctkit.LoadError, ctkit.UnitError)):
            read_mask("mask", str(path))


def test_a_mask_that_lies_elsewhere_is_told():
    volume, ball = _scans.head(1, shape=(14, 40, 37))
    assert place_of("mask", ball, volume) == []
    finer = ctkit.resample(ball, (5, 3, 3), kernel="nearest")
    assert place_of("mask", finer, volume) == []
    mirrored = ctkit.Volume(ball.array, np.diag([-1, -1, 1, 1]) @ ball.affine)
    assert (
        "as many voxels as the scan and lies on another grid"
        in place_of("mask", mirrored, volume)[-1]
    )
    with pytest.raises(ctkit.GeometryError, match="% of mask lies beside the scan"):
        place_of("mask", ctkit.Volume(ball.array, ball.affine + _shift(90)), volume)


def _shift(mm):
    moved = np.zeros((4, 4))
    moved[0, 3] = mm
    return moved


def test_a_set_is_no_source_of_itself_and_needs_no_private_part_to_be_read(scans, client):
    """The second run finds the results among its sources, and leaves them."""
    out = scans / "out"
    run = dataset.prepare(scans, STEPS, out, client=client)
    assert len(dataset.prepare(scans, STEPS, out, client=client)) == 1
    with pytest.raises(ctkit.ParameterError, match="can't be a source of itself"):
        dataset.prepare(out, STEPS, out, client=client)
    shutil.rmtree(out / "private")
    passed_on = dataset.Run(out)
    assert np.array_equal(passed_on[0], run[0])
    assert list(passed_on.failed["source"]) == []
    assert len(find_units(scans)) == 1
    with pytest.raises(ctkit.SaveError, match="has lost its folder private"):
        dataset.prepare(scans, STEPS, out, client=client)
    run.table.drop(columns="files").to_parquet(out / "manifest.parquet")
    with pytest.raises(ctkit.LoadError, match="has no column 'files'"):
        dataset.Run(out)
    (out / "manifest.parquet").write_bytes(b"PAR1")
    with pytest.raises(ctkit.LoadError, match="a manifest that can't be read"):
        dataset.Run(out)


def test_a_folder_called_private_makes_no_prepared_set(tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "letter.txt").write_text("x")
    with pytest.raises(ctkit.SaveError, match="holds other files"), Store.writing(tmp_path):
        pass
    with Store.writing(tmp_path / "new") as store:
        (tmp_path / "new" / "private" / "salt").unlink()  # as where it was killed at once
    with Store.writing(tmp_path / "new") as again:
        assert again.salt != store.salt
        again.at("rows").rmdir()
        with pytest.raises(ctkit.SaveError, match="can't be made: its folder is gone"):
            again.commit("ab", [])
    again.at("private", "salt").write_bytes(b"")
    with pytest.raises(ctkit.SaveError, match="salt is damaged"), Store.writing(again.folder):
        pass


def test_many_files_in_one_folder_are_found_at_once():
    names = [f"{number}.hdr" for number in range(30_000)]
    begun = time.perf_counter()
    list(finding._of_folder("/nowhere", names))
    assert time.perf_counter() - begun < 4


@pytest.mark.parametrize("text", [b"[]", b"3", b'{"format": 1}', b'{"format": 1, "rows": [{}]}'])
def test_a_row_that_was_changed_by_hand_is_done_again(tmp_path, text):
    with Store.writing(tmp_path / "out") as store:
        store.commit("ab", [{"id": "1", "ending": "ready", "reason": "", "files": {}}])
        assert store.is_done("ab")
        store.at("rows", "ab", "ab.json").write_bytes(text)
        assert store.is_done("ab") is None


def test_names_of_no_encoding_and_cells_that_are_formulas(scans, client):
    os.rename(scans / "one.nii.gz", os.fsencode(scans) + b"/caf\xe9.nii.gz")
    (scans / "two.nii.gz").write_bytes(b"")
    shutil.copy(next(scans.glob("caf*")), scans / "three.nii.gz")
    (scans / "table.csv").write_text("scan,a,b\nthree.nii.gz,=cmd|' /C calc'!A0,-3\n")
    sources = [scans, scans / "table.csv"]
    run = dataset.prepare(sources, STEPS, scans.parent / "out", client=client)
    assert sorted(run.table["ending"]) == ["copy", "copy", "ready", "refused"]
    with open(run.folder / "manifest.csv", newline="") as file:
        last = list(csv.DictReader(file))[-1]
    assert (last["table_a"], last["table_b"]) == ("'=cmd|' /C calc'!A0", "'-3")
    assert run.table["table_a"].iloc[-1] == "=cmd|' /C calc'!A0"


def test_what_is_in_a_zip_and_in_a_header_is_not_told(tmp_path, client):
    folder = tmp_path / "Doe_Jane"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as packed:
        packed.writestr("DOE/DOE letter.txt", "hello")
    (folder / "a.nhdr").write_text("NRRD0004\ntype: short\nsizes: DOE 4 4\n")
    volume, _ = _scans.head(1)
    ctkit.save(volume, folder / "scan.nii.gz")

    def speaks(volume):
        print(f"at {folder}", "x" * 5000)
        raise FileNotFoundError(2, "there is none", str(folder))

    run = dataset.prepare(folder, [speaks], tmp_path / "out", client=client)
    assert sorted(run.table["ending"]) == ["failed", "refused", "refused"]
    assert "doe" not in run.table.to_csv().lower().replace("does", "")
    for path in run.folder.rglob("*"):
        if path.is_file() and "private" not in path.parts:
            assert b"doe" not in path.read_bytes().lower().replace(b"does", b""), path
    assert run.table["printed"].str.startswith("at a folder x").any()
    assert run.table["printed"].str.len().max() <= 1000


def test_the_names_of_many_files_are_scrubbed_at_once():
    files = tuple(f"/data/patients/Doe Jane/IM{number:05}.dcm" for number in range(1500))
    unit = finding.Unit("/data/patients/Doe Jane", files, slices=True)
    begun = time.perf_counter()
    assert scrubbed("IM00007.dcm is a part of it", unit) == "file 7 is a part of it"
    for _ in range(9):
        scrubbed("nothing that is known", unit)
    assert time.perf_counter() - begun < 0.4


def test_long_names_are_scrubbed_as_they_are_shown(tmp_path):
    for name in (f"DOE{'y' * 200}JANE.nii", "DOE  JANE.nii", "DOE\nJANE.nii", "DOE JÄNE\u202e.nii"):
        path = tmp_path / name
        path.write_bytes(b"")
        (unit,) = find_units(path)
        with pytest.raises(ctkit.LoadError) as caught:
            ctkit.load(path)
        assert "DOE" in str(caught.value)
        assert "DOE" not in scrubbed(str(caught.value), unit)
    for said in ("it can't be read: 'DOE 4'", 'it has "O\'DOE", and no size', "'a' and 'DOE'"):
        assert "DOE" not in scrubbed_reason(said, unit)
    advice = 'Pass uneven="resample", as it can\'t be told'
    assert scrubbed_reason(advice, unit) == advice
