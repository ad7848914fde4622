"""What a folder has and nobody reads: links, and what one isn't allowed to read."""

import os
from contextlib import contextmanager, suppress

import _dicom
import pytest

import ctkit

SCAN, MORE = _dicom.stack()[:4], _dicom.stack()[4:]
MISSING = "the folder {} can't be read: slices may be missing"
DENIED = "{} can't be read: you are not allowed to read it"


@pytest.fixture
def scan(tmp_path):
    """A folder with four slices; two more can be put elsewhere."""
    for folder in (tmp_path, *tmp_path.parents[:3]):  # pytest's folders are for their owner alone
        folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "scan").mkdir()
    ctkit.load(_dicom.write(tmp_path / "scan", SCAN))  # and imports while all can be read
    yield tmp_path / "scan"
    for root, _, _ in os.walk(tmp_path):
        os.chmod(root, 0o755)


@contextmanager
def as_nobody():
    """Without the rights of root, to whom nothing is locked."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def report_of(path):
    with as_nobody():
        volume = ctkit.load(path)
        assert ctkit.list_series(path)[0].loadable
    return volume.shape[0], list(volume.report)


def refusal_of(path):
    with as_nobody():
        with pytest.raises(ctkit.LoadError) as refused:
            ctkit.load(path)
        with suppress(ctkit.LoadError):
            assert not any(row.loadable for row in ctkit.list_series(path))
    return str(refused.value)


# ---- locked


@pytest.mark.parametrize("name", ["more", "more/deep", "Sch\u00e4del"])
@pytest.mark.parametrize("mode", [0o000, 0o111])
def test_a_subfolder_that_is_locked_is_told(scan, name, mode):
    (scan / name).mkdir(parents=True)
    _dicom.write(scan / name, MORE)
    (scan / name).chmod(mode)
    assert report_of(scan) == (4, [MISSING.format(name)])
    assert report_of([scan]) == (4, [MISSING.format(name)])


def test_two_locked_subfolders_are_told(scan):
    for name in "ba":
        (scan / name).mkdir(mode=0)
    assert report_of(scan) == (4, [MISSING.format("a"), MISSING.format("b")])


def test_a_subfolder_whose_names_alone_can_be_read_is_refused(scan):
    (scan / "more").mkdir()
    _dicom.write(scan / "more", MORE)
    (scan / "more").chmod(0o444)
    assert refusal_of(scan) == DENIED.format("more/002.dcm")


def test_a_slice_that_is_locked_is_refused(scan):
    path = sorted(scan.iterdir())[1]
    path.chmod(0)
    assert refusal_of(scan) == refusal_of(path) == DENIED.format(path.name)


def test_links_to_slices_in_a_locked_folder_are_refused(scan):
    locked = scan.parent / "locked"
    locked.mkdir()
    _dicom.write(locked, MORE)
    for path in locked.iterdir():
        (scan / f"link to {path.name}").symlink_to(path)
    locked.chmod(0)
    assert refusal_of(scan) == DENIED.format("link to 002.dcm")


@pytest.mark.parametrize("mode", [0o000, 0o111])
def test_a_folder_that_is_locked_is_not_called_empty(scan, mode):
    scan.chmod(mode)
    assert refusal_of(scan) == DENIED.format(scan)


def test_a_folder_below_a_locked_one_is_not_said_to_be_missing(scan):
    scan.parent.chmod(0)
    assert "can't be reached: you are not allowed to search a folder above" in refusal_of(scan)


def test_a_dicomdir_above_a_locked_folder(scan):
    from hard_cases import _dicomdir

    path = _dicomdir(scan.parent)
    (locked,) = (folder for folder in path.parent.iterdir() if folder.is_dir())
    locked.chmod(0)
    assert "lists a path that can't be followed: you are not allowed" in refusal_of(path)


# ---- linked


def test_a_link_to_a_folder_elsewhere_is_told(scan):
    _dicom.write(scan.parent / "elsewhere", MORE)
    (scan / "rest").symlink_to(scan.parent / "elsewhere")
    (scan / "round").symlink_to(scan)
    told = ("rest is a link to a folder, which was not followed",)
    assert ctkit.load(scan).report == told
    assert ctkit.load([scan]).report == told


def test_a_link_deep_down_to_a_folder_elsewhere_is_told(scan):
    _dicom.write(scan.parent / "elsewhere", MORE)
    (scan / "a" / "b").mkdir(parents=True)
    (scan / "a" / "b" / "rest").symlink_to("../../../elsewhere")
    report = ctkit.load(scan).report
    assert report == ("a/b/rest is a link to a folder, which was not followed",)


def test_a_link_to_a_folder_that_is_searched_anyway_is_not_told(scan):
    (scan / "more").mkdir()
    _dicom.write(scan / "more", MORE)
    (scan / "again").symlink_to("more")
    volume = ctkit.load(scan)
    assert volume.shape[0] == 6
    assert volume.report == ()


def test_a_folder_that_is_a_link_itself_is_searched(scan):
    (scan.parent / "link").symlink_to("scan")
    volume = ctkit.load(scan.parent / "link")
    assert volume.shape[0] == 4
    assert volume.report == ()


def test_links_to_slices_elsewhere_are_followed(scan):
    _dicom.write(scan.parent / "elsewhere", MORE)
    for path in (scan.parent / "elsewhere").iterdir():
        (scan / f"more{path.name}").symlink_to(path)
    volume = ctkit.load(scan)
    assert volume.shape[0] == 6
    assert _dicom.apart(volume) < 0.51
    assert volume.report == ()
