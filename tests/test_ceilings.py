"""No small file takes the machine: memory and time of what is made to take much of either.

Each input is read by a process of its own. What that takes on top of what it held after a sound
scan of the same kind is measured, together with the largest of the processes that it starts.
"""

import gzip
import json
import struct
import zipfile
import zlib

import _dicom
import _forks
import nibabel as nib
import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate, get_frame

import ctkit

MEGABYTES, SECONDS = 300, 10
START = """
import resource
import nibabel
import pydicom.pixels
import ctkit
from ctkit.files.dicom import card, headers, series, worker

def peak(who):
    return resource.getrusage(who).ru_maxrss // 1024

def read(name, path):
    try:
        getattr(ctkit, name)(path)
    except ctkit.CTError as error:
        return str(error)
    return "no error"

"""
MEASURE = """
sound, path, *names = sys.argv[1:]
heard = [read(name, sound) for name in names]
before, start = peak(resource.RUSAGE_SELF), sum(os.times()[:4])
said = [read(name, path) for name in names]
worker.stop()
seconds = sum(os.times()[:4]) - start  # of all processes: other work on the machine is no hang
megabytes = peak(resource.RUSAGE_SELF) - before + peak(resource.RUSAGE_CHILDREN)
print(json.dumps([heard, said, megabytes, seconds]))
"""
SHAPE = (40, 36)
LOAD, LIST, CARD = "load", "list_series", "header"


@pytest.fixture(scope="module")
def forks():
    """What the processes are forked from."""
    forks = _forks.Forks(START)
    yield forks
    forks.close()


@pytest.fixture
def check(forks):
    """A function that returns what reading a file says, once it took no more than it may."""

    def within_the_ceilings(path, *names, sound, promised=0):
        done = forks.run(MEASURE, sound, path, *names)
        assert done.stderr == ""
        heard, said, megabytes, seconds = json.loads(done.stdout)
        assert heard == ["no error"] * len(names)
        assert megabytes < MEGABYTES + promised, said
        assert seconds < SECONDS, said
        return said

    return within_the_ceilings


def packed(path, syntax, frame, shape=SHAPE, bits=12):
    """A slice whose frame holds these bytes."""
    dataset = _dicom.ct_slice(bits=bits, shape=SHAPE)
    dataset.Rows, dataset.Columns = shape
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax
    return _dicom.save(dataset, path)


def frame_of(syntax, **how):
    """A sound frame."""
    dataset = _dicom.ct_slice(bits=12, shape=SHAPE)
    dataset.compress(syntax, generate_instance_uid=False, **how)
    return get_frame(dataset.PixelData, 0, number_of_frames=1)


def patched(frame, after, at, content):
    """A frame with other bytes `at` so many behind a marker."""
    start = frame.index(after) + at
    return frame[:start] + content + frame[start + len(content) :]


SOF_LS, SIZ, COD = b"\xff\xf7", b"\xff\x51", b"\xff\x52"


def jpeg_ls_of_many_colours(folder):
    frame = frame_of(uid.JPEGLSLossless)
    rows_columns = struct.pack(">2H", 2000, 2000)
    frame = patched(frame, SOF_LS, 5, rows_columns)
    at = frame.index(b"\xff\xda")
    many = bytes(b for k in range(255) for b in (k, 0x11, 0))
    sof = b"\xff\xf7" + struct.pack(">HB2HB", 8 + len(many), 12, 2000, 2000, 255) + many
    return packed(
        folder / "a.dcm", uid.JPEGLSLossless, b"\xff\xd8" + sof + frame[at:], (2000, 2000)
    )


def jpeg_ls_of_a_huge_flat_picture(folder):
    frame = patched(frame_of(uid.JPEGLSLossless), SOF_LS, 5, struct.pack(">2H", 65000, 65000))
    return packed(folder / "a.dcm", uid.JPEGLSLossless, frame, (65000, 65000))


def jpeg_ls_whose_end_is_lost(folder):
    """It keeps its decoder busy for seconds."""
    frame = bytearray(frame_of(uid.JPEGLSNearLossless, jls_error=3))
    frame[112], frame[-2] = frame[112] ^ 0x1F, 0xBF
    return packed(folder / "a.dcm", uid.JPEGLSNearLossless, bytes(frame))


def jpeg_ls_with_an_end_in_its_middle(folder):
    frame = bytearray(frame_of(uid.JPEGLSNearLossless, jls_error=3))
    frame[120:122], frame[-2] = b"\xff\xd9", 0xBF
    return packed(folder / "a.dcm", uid.JPEGLSNearLossless, bytes(frame))


def jpeg_2000_of_many_components(folder):
    frame = frame_of(uid.JPEG2000Lossless)
    at = frame.index(SIZ) + 2
    siz = frame[at + 2 : at + 36] + struct.pack(">H", 4000) + b"\x0b\1\1" * 4000
    frame = frame[:at] + struct.pack(">H", len(siz) + 2) + siz + frame[at + 41 :]
    return packed(folder / "a.dcm", uid.JPEG2000Lossless, frame)


def jpeg_2000_of_many_tiles(folder):
    frame = patched(frame_of(uid.JPEG2000Lossless), SIZ, 22, struct.pack(">2L", 1, 1))
    return packed(folder / "a.dcm", uid.JPEG2000Lossless, frame)


def jpeg_2000_of_a_huge_picture(folder):
    frame = frame_of(uid.JPEG2000Lossless)
    for at in (6, 22):
        frame = patched(frame, SIZ, at, struct.pack(">2L", 60000, 60000))
    return packed(folder / "a.dcm", uid.JPEG2000Lossless, frame, (60000, 60000))


def jpeg_2000_of_a_large_picture_in_few_bytes(folder):
    """Below the size that is refused at once."""
    frame = frame_of(uid.JPEG2000Lossless)
    for at in (6, 22):
        frame = patched(frame, SIZ, at, struct.pack(">2L", 4500, 4500))
    return packed(folder / "a.dcm", uid.JPEG2000Lossless, frame, (4500, 4500))


def jpeg_2000_of_many_layers(folder):
    frame = patched(frame_of(uid.JPEG2000Lossless), COD, 6, b"\xff\xff")
    return packed(folder / "a.dcm", uid.JPEG2000Lossless, frame)


def jpeg_2000_of_many_components_in_high_throughput(folder):
    path = jpeg_2000_of_many_components(folder)
    content = path.read_bytes().replace(b"1.2.840.10008.1.2.4.90\0", b"1.2.840.10008.1.2.4.201")
    path.write_bytes(content)
    return path


def jpeg_of_a_huge_picture(folder):
    """The values of a lossless JPEG, all alike."""
    sof = b"\xff\xc3" + struct.pack(">HB2HB", 11, 12, 65500, 65500, 1) + b"\1\x11\0"
    dht = b"\xff\xc4" + struct.pack(">H", 20) + b"\0\1" + bytes(15) + b"\0"
    frame = b"\xff\xd8" + sof + dht + b"\xff\xda\0\x08\1\1\0\1\0\0" + bytes(3000) + b"\xff\xd9"
    return packed(folder / "a.dcm", uid.JPEGLosslessSV1, frame, (65500, 65500))


def jpeg_of_many_scans(folder):
    """Progressive: each scan of some bytes goes over the whole picture."""
    shape = (4000, 4000)
    sof = b"\xff\xc2" + struct.pack(">HB2HB", 11, 8, *shape, 1) + b"\1\x11\0"
    tables = b"\xff\xdb\0\x43\0" + bytes([1]) * 64
    tables += b"\xff\xc4" + struct.pack(">H", 20) + b"\0\1" + bytes(15) + b"\0"
    tables += b"\xff\xc4" + struct.pack(">H", 20) + b"\x10\1" + bytes(15) + b"\0"
    scans = b"\xff\xda\0\x08\1\1\0\0\0\1" + bytes(8)
    scans += b"\xff\xda\0\x08\1\1\0\1\x3f\0" * 10_000
    frame = b"\xff\xd8" + tables + sof + scans + b"\xff\xd9"
    dataset = _dicom.ct_slice(bits=16)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.Rows, dataset.Columns = shape
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    return _dicom.save(dataset, folder / "a.dcm")


def jpeg_of_many_markers(folder):
    frame = b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000 + b"\xff\xd9"
    return packed(folder / "a.dcm", uid.JPEGLosslessSV1, frame)


def rle_of_a_huge_picture(folder):
    header = struct.pack("<16L", 2, 64, 5064, *[0] * 13)
    return packed(folder / "a.dcm", uid.RLELossless, header + bytes(10_000), (60000, 60000))


def rle_that_runs_over_its_frame(folder):
    segment = b"\x81\0" * 2_500_000  # 320 MB
    header = struct.pack("<16L", 2, 64, 64 + len(segment), *[0] * 13)
    return packed(folder / "a.dcm", uid.RLELossless, header + 2 * segment)


def rle_of_many_segments(folder):
    header = struct.pack("<16L", 0xFFFFFFFF, *[64] * 15)
    return packed(folder / "a.dcm", uid.RLELossless, header + bytes(3000))


def many_slices_of_nothing(folder):
    """Each of them harmless."""
    frame = frame_of(uid.JPEG2000Lossless)
    for at in (6, 22):
        frame = patched(frame, SIZ, at, struct.pack(">2L", 4000, 4000))
    for k in range(8):
        path = packed(folder / f"{k}.dcm", uid.JPEG2000Lossless, frame, (4000, 4000))
        content = path.read_bytes()
        path.write_bytes(content.replace(b"-7\\4\\30", b"-7\\4\\3%d" % k))
    return folder


# Their header promises no more than their stream holds.
READ_AS_PROMISED = {  # and megabytes of the volume that they promise
    jpeg_2000_of_a_large_picture_in_few_bytes: 38,
    jpeg_2000_of_many_layers: 0,
}
FRAMES = (
    jpeg_ls_of_many_colours, jpeg_ls_of_a_huge_flat_picture, jpeg_ls_whose_end_is_lost,
    jpeg_ls_with_an_end_in_its_middle, jpeg_2000_of_many_components, jpeg_2000_of_many_tiles,
    jpeg_2000_of_a_huge_picture, jpeg_2000_of_a_large_picture_in_few_bytes,
    jpeg_2000_of_many_layers, jpeg_2000_of_many_components_in_high_throughput,
    jpeg_of_a_huge_picture, jpeg_of_many_scans, jpeg_of_many_markers, rle_of_a_huge_picture,
    rle_that_runs_over_its_frame, rle_of_many_segments, many_slices_of_nothing,
)  # fmt: skip


@pytest.mark.parametrize("build", FRAMES, ids=lambda build: build.__name__)
def test_compressed_frames(tmp_path, check, build):
    (tmp_path / "made").mkdir()
    sound = packed(tmp_path / "sound.dcm", uid.RLELossless, frame_of(uid.RLELossless))
    promised = READ_AS_PROMISED.get(build, 0)
    (said,) = check(build(tmp_path / "made"), LOAD, sound=sound, promised=promised)
    assert "compressed" in said or build in READ_AS_PROMISED


def deflated(folder, before=b"", after=b""):
    dataset = _dicom.ct_slice()
    path = _dicom.save(dataset, folder / "a.dcm")
    content = path.read_bytes()
    at = content.index(b"\x08\0\x05\0" if b"\x08\0\x05\0" in content else b"\x08\0\x08\0")
    elements = content[at:]
    pixels = elements.index(b"\xe0\x7f\x10\0")
    packer = zlib.compressobj(1, wbits=-15)
    meta = content[:at].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    size = meta.index(b"UI", meta.index(b"\x02\0\x10\0")) + 2
    meta = meta[:size] + struct.pack("<H", 22) + meta[size + 2 :]
    length = meta.index(b"UL") + 4
    (group,) = struct.unpack_from("<L", meta, length)
    meta = meta[:length] + struct.pack("<L", group + 2) + meta[length + 4 :]
    parts = elements[:pixels], before, elements[pixels:], after
    path.write_bytes(meta + b"".join(map(packer.compress, parts)) + packer.flush())
    return path


def private(size):
    head = struct.pack("<2H2sHL", 0x0029, 0x1010, b"OB", 0, size)
    return head + bytes(size)


@pytest.mark.parametrize(
    "parts",
    [
        {"before": private(350_000_000)},
        {"before": private(95_000_000)},
        {"after": bytes(350_000_000)},
        {"after": bytes(90_000_000)},
    ],
    ids=["350 MB before pixels", "95 MB before pixels", "350 MB behind", "90 MB behind"],
)
def test_deflated_files(tmp_path, check, parts):
    (tmp_path / "sound").mkdir()
    sound = deflated(tmp_path / "sound")
    check(deflated(tmp_path, **parts), LOAD, LIST, CARD, sound=sound)


def nifti(path, dim=None, **fields):
    image = nib.Nifti1Image(np.full((9, 8, 7), -1000, np.int16), np.diag([1, 2, 3, 1]))
    image.header.set_xyzt_units("mm")
    content = bytearray(image.to_bytes())
    if dim:
        content[40:56] = struct.pack("<8h", *dim)
    for at, value in fields.values():
        content[at : at + len(value)] = value
    return path, content


def volumes_without_end(folder):
    path, content = nifti(folder / "a.nii", (7, 2, 1, 1, 32767, 32767, 4, 1))
    path.write_bytes(content)
    return path


def volumes_of_one_voxel(folder):
    path, content = nifti(folder / "a.nii.gz", (7, 1, 1, 1, 2000, 2000, 1, 1))
    path.write_bytes(gzip.compress(content + bytes(8_000_000)))
    return path


def times_without_end(folder):
    path, content = nifti(folder / "a.nii", (5, 9, 8, 7, 32767, 32767, 1, 1))
    path.write_bytes(content)
    return path


def a_volume_without_end(folder):
    path, content = nifti(folder / "a.nii", (3, 32767, 32767, 32767, 1, 1, 1, 1))
    path.write_bytes(content)
    return path


def volumes_without_end_in_nifti_2(folder):
    """Whose numbers have 64 bits."""
    image = nib.Nifti2Image(np.full((9, 8, 7), -1000, np.int16), np.diag([1, 2, 3, 1]))
    content = bytearray(image.to_bytes())
    content[16:80] = struct.pack("<8q", 5, 2, 1, 1, 2**40, 2**20, 1, 1)
    path = folder / "a.nii"
    path.write_bytes(content)
    return path


def an_extension_without_end(folder):
    extension = b"\1\0\0\0" + struct.pack("<2i", 0x7FFFFFF0, 6)
    path, content = nifti(folder / "a.nii")
    path.write_bytes(content[:348] + extension + content[352:])
    return path


def an_extension_of_zeros(folder):
    path, content = nifti(folder / "a.nii.gz", start=(108, struct.pack("<f", 3.5e8)))
    extension = b"\1\0\0\0" + struct.pack("<2i", 350_000_000 - 352, 6)
    content = content[:348] + extension + bytes(350_000_000) + content[352:]
    path.write_bytes(gzip.compress(content, 1))
    return path


def many_extensions(folder):
    path, content = nifti(folder / "a.nii.gz", start=(108, struct.pack("<f", 8e7)))
    extensions = b"\1\0\0\0" + struct.pack("<2i8x", 16, 6) * 5_000_000
    path.write_bytes(gzip.compress(content[:348] + extensions + content[352:], 1))
    return path


@pytest.mark.parametrize(
    "build",
    [
        volumes_without_end, volumes_of_one_voxel, times_without_end, a_volume_without_end,
        volumes_without_end_in_nifti_2, an_extension_without_end, an_extension_of_zeros,
        many_extensions,
    ],
    ids=lambda build: build.__name__,
)  # fmt: skip
def test_nifti(tmp_path, check, build):
    sound, content = nifti(tmp_path / "sound.nii")
    sound.write_bytes(content)
    (tmp_path / "made").mkdir()
    said = check(build(tmp_path / "made"), LIST, LOAD, sound=sound)
    assert said[1] != "no error" or "extension" in build.__name__  # which loading skips


def zipped(path, method, size=10_000_000):
    level = 1 if method == zipfile.ZIP_DEFLATED else None
    with zipfile.ZipFile(path, "w", method, compresslevel=level) as archive:
        archive.writestr("a.dcm", bytes(size))
        archive.writestr("b.dcm", np.random.default_rng(0).bytes(5_000_000), zipfile.ZIP_STORED)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_zips_that_python_unpacks_at_once(tmp_path, method):
    with pytest.raises(ctkit.LoadError, match=r"compression method (LZMA|bzip2), which is not"):
        ctkit.load(zipped(tmp_path / "a.zip", method))


SIZE = 350_000_000


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory):
    """The bytes of a zip of so many."""
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    return zipped(path, zipfile.ZIP_DEFLATED, SIZE).read_bytes()


@pytest.mark.parametrize("told", [SIZE, 1_000_000])
def test_zips(tmp_path, check, large_zip, told):
    """Of many bytes, as its list of files says, or as it doesn't."""
    path = tmp_path / "a.zip"
    path.write_bytes(large_zip.replace(struct.pack("<L", SIZE), struct.pack("<L", told)))
    with zipfile.ZipFile(tmp_path / "sound.zip", "w") as archive:
        archive.write(_dicom.save(_dicom.ct_slice(), tmp_path / "a.dcm"), "a.dcm")
    (said,) = check(path, LOAD, sound=tmp_path / "sound.zip")
    assert said != "no error"
