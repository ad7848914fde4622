"""NRRD against SimpleITK, and what only such files can have wrong."""

import bz2
import gzip
import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk
from test_metaimage import AXIAL, HU, LEFT_HANDED, OBLIQUE, SHAPE, SPACING, compare, scan

import ctkit
from ctkit.files.images import Image, read_image, survey_images
from ctkit.files.nrrd import headers
from ctkit.files.sources import open_sources
from ctkit.files.stored import check_packed


def load(path, **options):
    with open_sources(path) as sources:
        (header,) = headers(sources)
        return read_image(Image("NRRD", header), sources, **options)


def refuse(path, says, **options):
    with pytest.raises(ctkit.LoadError, match=says) as caught:
        load(path, **options)
    assert "Error" not in str(caught.value)


def text(**changes):
    """A header by hand."""
    fields = {
        "type": "int16",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "7 6 5",
        "space directions": "(0.8,0,0) (0,1.1,0) (0,0,2.5)",
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "raw",
        "space origin": "(-7,4,30)",
    } | changes
    lines = [f"{key}: {value}\n" for key, value in fields.items() if value is not None]
    return ("NRRD0004\n# a comment\n" + "".join(lines) + "key:=value: more\n\n").encode("latin-1")


def write(folder, content=None, name="scan.nrrd", **changes):
    changes = {key.replace("_", " "): value for key, value in changes.items()}
    path = folder / name
    path.write_bytes(text(**changes) + (HU.tobytes() if content is None else content))
    return path


@pytest.mark.parametrize("name", ["scan.nrrd", "scan.nhdr"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("direction", [AXIAL, OBLIQUE, LEFT_HANDED])
def test_the_same_as_simpleitk(tmp_path, name, compressed, direction):
    sitk.WriteImage(scan(direction), tmp_path / name, compressed)
    volume = load(tmp_path / name)
    compare(volume, sitk.ReadImage(tmp_path / name))
    assert volume.spacing == pytest.approx(SPACING[::-1])


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64, np.float32, np.float64])
def test_types(tmp_path, kind):
    sitk.WriteImage(scan(kind=kind), tmp_path / "scan.nrrd")
    compare(load(tmp_path / "scan.nrrd"), scan(kind=kind))


@pytest.mark.parametrize(
    "changes",
    [
        {"space": "RAS"},
        {"space": "right-anterior-superior"},
        {"space": "left-anterior-superior"},
        {"space": "LAS", "space directions": "(0.8,0.1,0) (0,1.1,0) (0.2,0,2.5)"},
        {"space directions": "(0.8, 0, 0) (0, 1.1, 0) (0, 0, -2.5)"},
        {"centers": "node node node", "thicknesses": "nan nan 5"},
        {"old min": 3, "measurement frame": "(1,0,0) (0,1,0) (0,0,1)"},
    ],
)
def test_headers_by_hand(tmp_path, changes):
    path = write(tmp_path, **changes)
    compare(load(path), sitk.ReadImage(path))


def test_names_as_people_write_them(tmp_path):
    path = write(tmp_path, **{"type": "signed  short", "space": None, "Space": "lps"})
    np.testing.assert_array_equal(load(path).array, HU)


def test_encodings(tmp_path):
    numbers = " ".join(map(str, HU.ravel())).encode()
    packed = {"raw": HU.tobytes(), "gzip": gzip.compress(HU.tobytes()), "ascii": numbers}
    packed |= {"bzip2": bz2.compress(HU.tobytes())}
    for encoding, content in packed.items():
        path = write(tmp_path, content, encoding=encoding)
        np.testing.assert_array_equal(load(path).array, HU)
    path = write(tmp_path, HU.byteswap().tobytes(), endian="big")
    np.testing.assert_array_equal(load(path).array, HU)


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        (bytes(13), {"byte_skip": 13}),
        (bytes(13), {"byte_skip": -1}),
        (b"a\nb\n", {"line_skip": 2}),
    ],
)
def test_voxels_further_on(tmp_path, before, changes):
    path = write(tmp_path, before + HU.tobytes(), **changes)
    compare(load(path), sitk.ReadImage(path))
    (tmp_path / "scan.raw").write_bytes(before + HU.tobytes())
    path = write(tmp_path, b"", "scan.nhdr", data_file="scan.raw", **changes)
    np.testing.assert_array_equal(load(path).array, HU)
    assert load(tmp_path / "scan.raw").shape == SHAPE


def test_one_slice_in_space(tmp_path):
    path = write(
        tmp_path,
        HU[0].tobytes(),
        dimension=2,
        sizes="7 6",
        kinds=None,
        space_directions="(0,0.8,0) (0,0,-1.1)",
    )
    volume = load(path)
    np.testing.assert_array_equal(volume.array, HU[:1])
    assert volume.spacing == pytest.approx((1, 1.1, 0.8))
    np.testing.assert_allclose(volume.to_world((0, 5, 6)), (-7, 8.8, 24.5))
    assert "nominal" in " ".join(volume.report)


def test_one_of_several_volumes(tmp_path):
    both = np.stack([HU, HU[:, ::-1]])
    path = write(
        tmp_path,
        gzip.compress(both.tobytes()),
        encoding="gzip",
        dimension=4,
        sizes="7 6 5 2",
        kinds="domain domain domain list",
        space_directions="(0.8,0,0) (0,1.1,0) (0,0,2.5) none",
    )
    np.testing.assert_array_equal(load(path, volume=1).array, both[1])
    refuse(path, "series= with a number from 0 to 1")
    with open_sources(path) as sources:
        rows = survey_images([Image("NRRD", *headers(sources))], sources)
    assert [(row[0], row[4]) for row in rows] == [(0, 5), (1, 5)]
    assert "holds 2 volumes" in rows[0][-1]


def test_units_and_what_is_noted(tmp_path):
    path = write(tmp_path, space_units='"cm" "cm" "cm"', space_origin=None)
    volume = load(path)
    assert volume.spacing == pytest.approx((25, 11, 8))
    assert "unit of length is cm" in " ".join(volume.report)
    assert "no space origin" in " ".join(volume.report)


def test_masks_and_what_says_hu(tmp_path):
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 1:4, 1:5] = 1
    sitk.WriteImage(sitk.GetImageFromArray(labels), tmp_path / "mask.nrrd", True)
    assert load(tmp_path / "mask.nrrd").is_mask
    bone = np.full(SHAPE, 1200, np.int16) + np.arange(7, dtype=np.int16)
    refuse(write(tmp_path, bone.tobytes()), r"rescale=\(1, 0\)")
    assert load(write(tmp_path, bone.tobytes(), sample_units='"HU"')).array.min() == 1200
    assert load(write(tmp_path, bone.tobytes()), rescale=(1, -1024)).array.min() == 176


@pytest.mark.parametrize(
    ("says", "changes"),
    [
        ("which side is left", {"space": None, "space dimension": 3}),
        ("which side is left", {"space": "scanner-xyz"}),
        ("which side", {"space": None, "space directions": None, "spacings": "1 1 1"}),
        ("space directions", {"space directions": None}),
        ("parallel", {"space directions": "(1,0,0) (1,0,0) (0,0,1)"}),
        ("no finite place", {"space directions": "(1,0,0) (0,inf,0) (0,0,1)"}),
        ("no scan does", {"space origin": "(0,0,1e30)"}),
        ("3 space directions and 2 sizes", {"dimension": 2, "sizes": "7 6", "kinds": None}),
        ("can't be understood: 'space directions", {"space directions": "(1,0,x) (0,1,0) (0,0,1)"}),
        ("can't be understood: 'dimension", {"dimension": "three"}),
        ("dimension is 4", {"dimension": 4}),
        ("cut short", {"sizes": "30000 30000 30000"}),
        ("no scan has the size", {"sizes": "7 -6 5"}),
        ("no whole numbers", {"sizes": "7 6.5 5"}),
        ("no whole numbers", {"sizes": None}),
        ("type is 'block'", {"type": "block"}),
        ("endian is 'none'", {"endian": None}),
        ("encoding is 'hex'", {"encoding": "hex"}),
        ("damaged", {"encoding": "gzip"}),
        ("damaged", {"encoding": "bzip2"}),
        ("no numbers", {"encoding": "ascii", "sizes": "2 1 1"}),
        ("byte skip of -2", {"byte skip": -2}),
        ("line skip of -1", {"line skip": -1}),
        ("cut short", {"byte skip": 10**9}),
        ("plain name", {"data file": "../scan.raw"}),
        ("plain name", {"data file": "/etc/passwd"}),
        ("several files", {"data file": "LIST"}),
        ("several files", {"data file": "slice%03d.raw 1 5 1"}),
        ("not beside it", {"data file": "other.raw"}),
        ("inch", {"space units": '"inch" "inch" "inch"'}),
        ("contradict", {"Sizes": "7 6 4"}),
    ],
)
def test_refused_in_our_own_words(tmp_path, says, changes):
    path = tmp_path / "scan.nrrd"
    content = b"a b" if "no numbers" in says else HU.tobytes()
    path.write_bytes(text(**changes) + content)
    refuse(path, says)


def test_colours(tmp_path):
    path = write(
        tmp_path,
        np.zeros((2, 3, 4, 3), np.int16).tobytes(),
        dimension=4,
        sizes="3 4 3 2",
        kinds="RGB-color domain domain domain",
        space_directions="none (1,0,0) (0,1,0) (0,0,1)",
    )
    refuse(path, "colours")


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 500, b"NRRD0004\n" + bytes(90)])
def test_no_header(tmp_path, content):
    (tmp_path / "scan.nrrd").write_bytes(content)
    refuse(tmp_path / "scan.nrrd", "no NRRD|no end")


@pytest.mark.parametrize("cut", [0.2, 0.9])
@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
def test_cut_files(tmp_path, cut, encoding):
    numbers = " ".join(map(str, HU.ravel())).encode()
    packed = {"raw": HU.tobytes(), "gzip": gzip.compress(HU.tobytes()), "ascii": numbers}
    packed |= {"bzip2": bz2.compress(HU.tobytes())}
    content = packed[encoding]
    refuse(write(tmp_path, content[: int(len(content) * cut)], encoding=encoding), "cut|needs")


@pytest.mark.parametrize("pack", [gzip, bz2])
def test_a_bomb_takes_no_memory(tmp_path, pack):
    encoding = {gzip: "gzip", bz2: "bzip2"}[pack]
    path = write(tmp_path, pack.compress(bytes(2**24)), encoding=encoding, sizes="1000 1000 500")
    tracemalloc.start()
    refuse(path, "(would unpack to|its header needs) 1,000,000,000 bytes")
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_small_header_on_a_large_stream(tmp_path):
    """What unpacks to more than the header says is read no further than that."""
    path = write(tmp_path, gzip.compress(HU.tobytes() + bytes(2**26)), encoding="gzip")
    tracemalloc.start()
    assert "after its voxels" in " ".join(load(path).report)
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_label_map_may_shrink_to_a_thousandth_and_a_bomb_not():
    check_packed(2**29, 2**20)
    check_packed(2**26, 2**17, packing="zlib")
    with pytest.raises(ctkit.LoadError, match=r"would unpack to .*zip_limits=.*ratio.: 513"):
        check_packed(2**30 + 2**20, 2**21, packing="zlib")
    check_packed(2**30 + 2**20, 2**21, {"ratio": 600})
    with pytest.raises(ctkit.LoadError, match="would unpack to"):
        check_packed(2**26, 2**17, {"ratio": 100})
    with pytest.raises(ctkit.LoadError, match="would unpack to"):
        check_packed(2**29, 2**20, packing="bzip2")
    with pytest.raises(ctkit.LoadError, match="so many would not fit into 1,024 packed bytes"):
        check_packed(2**29, 2**10)


def test_segments_of_slicer_are_a_label_map_with_names(tmp_path):
    stored = np.zeros(SHAPE, np.uint8)
    stored[1:3, 2:4, 1:5], stored[3, 4:, 2:] = 1, 3
    names = (
        "\nSegment0_Name:=left lung\nSegment0_LabelValue:=1\n"
        "Segment1_LabelValue:=3\nSegment1_Name:=a\x1b[31m"
    )
    path = write(tmp_path, stored.tobytes(), type="uchar", **{"#": names})
    volume = load(path)
    np.testing.assert_array_equal(volume.array, stored)
    assert volume.labels == {1: "left lung", 3: "a?[31m"}
