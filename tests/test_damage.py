"""Damaged files end as a LoadError with its cause; a bug of ours comes out as itself."""

import struct
import zipfile

import _dicom
import nibabel as nib
import pydicom
import pytest
from hard_cases import image, zipped
from pydicom import uid

import ctkit
from ctkit.files.damage import library, reading
from ctkit.files.dicom import headers
from ctkit.files.sources import BoundedFile


def nifti(folder):
    nib.save(image(), folder / "scan.nii.gz")
    return folder / "scan.nii.gz"


def packed(folder):
    dataset = _dicom.ct_slice(bits=12)
    dataset.compress(uid.RLELossless, generate_instance_uid=False)
    return _dicom.save(dataset, folder / "one.dcm")


def plain(folder):
    return _dicom.write(folder / "scan", _dicom.stack(3))


def deidentified(path):
    return ctkit.deidentify(pydicom.dcmread(next(path.iterdir())))


PLACES = [
    (plain, ctkit.load, "dicom.headers._read_frames"),
    (plain, ctkit.load, "dicom.headers._plain_elements"),
    (plain, ctkit.load, "dicom.pixels._modality_lut"),
    (plain, ctkit.load, "dicom.series.check_share"),
    (plain, ctkit.list_series, "dicom.headers._describe_pixels"),
    (plain, ctkit.header, "dicom.card._row"),
    (plain, deidentified, "dicom.privacy._numbers"),
    (plain, deidentified, "dicom.privacy._cleared"),
    (packed, ctkit.load, "dicom.pixels.fragments"),
    (packed, ctkit.load, "dicom.decoding._check_rle"),
    (nifti, ctkit.load, "nifti._sform"),
    (nifti, ctkit.load, "images.to_scan"),
    (nifti, ctkit.list_series, "nifti._affine"),
    (zipped, ctkit.load, "sources._check_members"),
]


@pytest.mark.parametrize(
    "bug", [AttributeError, TypeError, KeyError, ValueError, MemoryError, RecursionError]
)
@pytest.mark.parametrize(("build", "read", "place"), PLACES, ids=[place[2] for place in PLACES])
def test_a_bug_of_ours_comes_out_as_itself(tmp_path, monkeypatch, build, read, place, bug):
    path = build(tmp_path)
    planted = bug("planted")

    def fail(*args, **kwargs):
        raise planted

    monkeypatch.setattr(f"ctkit.files.{place}", fail)
    with pytest.raises(bug) as found:
        read(path)
    assert found.value is planted


@pytest.mark.parametrize("kind", [AttributeError, KeyError, ValueError, NotImplementedError])
def test_what_a_library_raises_is_told_with_its_cause(kind):
    error = kind("of the library")
    told = pytest.raises(ctkit.LoadError, match=r"^one\.dcm: its header can't be read: ")
    with told as found, reading("one.dcm"), library("its header can't be read"):
        raise error
    assert found.value.__cause__ is error
    assert kind.__name__ not in str(found.value)


def test_words_for_programmers_are_left_to_the_cause():
    told = pytest.raises(ctkit.LoadError, match=r"^it can't be read: it is damaged$")
    with told, library("it can't be read"):
        None.decode()


def test_a_decoder_in_rust_that_gives_up_is_damage():
    panic = type("PanicException", (BaseException,), {})
    told = pytest.raises(ctkit.LoadError, match="can't be decoded: it is damaged")
    with told, library("its pixels can't be decoded"):
        raise panic("index out of bounds")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_no_file_causes_is_let_through(stop):
    with pytest.raises(stop), reading("one.dcm"), library("it can't be read"):
        raise stop


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), EOFError(), struct.error()]
)
def test_a_few_kinds_come_from_files_alone(error):
    told = pytest.raises(ctkit.LoadError, match=r"^one\.dcm can't be read: \w+")
    with told as found, reading("one.dcm"):
        raise error
    assert found.value.__cause__ is error


def test_a_frame_that_can_not_be_decoded_keeps_the_cause(tmp_path):
    path = packed(tmp_path)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"\xe0\x7f\x10\0OB") + 12 + 12 + 8  # the offsets' item, the frame's
    assert content[at : at + 4] == b"\2\0\0\0"  # the number of RLE's segments
    content[at + 64 : at + 66] = b"\x81\0"  # a run of 128 where less was
    path.write_bytes(content)
    with pytest.raises(ctkit.LoadError, match=r"^one\.dcm: its compressed pixels are") as found:
        ctkit.load(path)
    assert isinstance(found.value.__cause__, Exception)
    assert not isinstance(found.value.__cause__, ctkit.CTError)


def nested(depth):
    """A sequence in a sequence, and so on, in undefined length."""
    start = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
    end = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    return start * depth + end * depth


def test_sequences_nested_without_end_are_damage(tmp_path):
    path = _dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm")
    content = path.read_bytes()
    at = content.index(b"\x20\0\x0d\0UI")
    path.write_bytes(content[:at] + nested(5000) + content[at:])
    for read in (ctkit.load, ctkit.header):
        with pytest.raises(ctkit.LoadError, match=r"one\.dcm: its header can't be read"):
            read(path)


def test_a_file_that_shrinks_while_it_is_read_ends_with_a_sentence(tmp_path, monkeypatch):
    dataset = _dicom.ct_slice()
    dataset.add_new(0x00091001, "UN", bytes(40_000))  # the pixels lie behind the first 16 kB
    path = _dicom.save(dataset, tmp_path / "one.dcm")
    read_head = headers.read_head

    def shrink(name, count=2**14):
        head = read_head(name, count)
        path.write_bytes(path.read_bytes()[:10_000])
        return head

    monkeypatch.setattr(headers, "read_head", shrink)
    with pytest.raises(ctkit.LoadError, match=r"one\.dcm: it has no pixels: cut short"):
        ctkit.load(path)


def test_a_header_longer_than_the_first_bytes_is_read_to_its_end(tmp_path):
    datasets = _dicom.stack(3)
    for dataset in datasets:
        dataset.add_new(0x00090010, "LO", "somebody")
        dataset.add_new(0x00091001, "UN", bytes(300_000))
    volume = ctkit.load(_dicom.write(tmp_path, datasets))
    assert _dicom.apart(volume) < 0.51


def test_a_file_is_never_asked_for_more_than_it_holds(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"0123456789")
    with BoundedFile(path) as file:
        assert file.read(2**62) == b"0123456789"  # no memory could be had for this
        file.seek(4)
        assert file.read(3) == b"456"
        assert file.read() == b"789"


def test_a_zip_of_several_disks_is_told(tmp_path):
    path = tmp_path / "scan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "hello")
    content = path.read_bytes()
    locator = b"PK\6\7" + struct.pack("<LQL", 1, 0, 2)
    path.write_bytes(content[:-22] + locator + content[-22:])
    with pytest.raises(ctkit.LoadError, match=r"scan\.zip.*its packing is damaged"):
        ctkit.load(path)


def test_a_packing_that_nobody_knows_is_told(tmp_path):
    path = zipped(tmp_path)
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\1\2")
    content[at + 10 : at + 12] = content[8:10] = b"\x62\0"  # a method that zipfile does not have
    path.write_bytes(content)
    with pytest.raises(ctkit.LoadError, match=r"scan\.zip holds .* the compression method PPMd"):
        ctkit.load(path)


def test_a_value_where_a_sequence_belongs_is_told(tmp_path):
    dataset = _dicom.ct_slice()
    dataset.add_new(0x52009230, "LO", "no sequence")  # PerFrameFunctionalGroupsSequence
    dataset.NumberOfFrames = 2
    path = _dicom.save(dataset, tmp_path / "one.dcm")
    with pytest.raises(ctkit.LoadError, match="says where 0 of them lie"):
        ctkit.load(path)


def test_deidentify_leaves_out_what_breaks_its_type():
    dataset = _dicom.ct_slice()
    dataset.add_new("KVP", "LO", "one hundred")
    dataset.PixelPaddingValue = 5
    clean = ctkit.deidentify(dataset)
    assert clean.KVP is None
    assert any("KVP" in line for line in clean.left_out)


@pytest.mark.parametrize("keyword", ["Rows", "BitsAllocated", "BitsStored"])
def test_deidentify_says_what_it_needs(keyword):
    dataset = _dicom.ct_slice()
    del dataset[keyword]
    with pytest.raises(ctkit.LoadError, match=f"no usable {keyword}"):
        ctkit.deidentify(dataset)
