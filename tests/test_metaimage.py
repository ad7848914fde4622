"""MetaImage against SimpleITK, and what only such files can have wrong."""

import tracemalloc
import zlib

import numpy as np
import pytest
import SimpleITK as sitk
from _dicom import truth

import ctkit
from ctkit.files.images import Image, read_image, survey_images
from ctkit.files.metaimage import headers
from ctkit.files.sources import open_sources

sitk.ProcessObject.SetGlobalWarningDisplay(False)
SHAPE = (5, 6, 7)  # slice, row, column
SPACING = (0.8, 1.1, 2.5)  # column, row, slice
ORIGIN = (-7.0, 4.0, 30.0)
OBLIQUE = (0.8, -0.48, 0.36, 0.6, 0.64, -0.48, 0, 0.6, 0.8)
LEFT_HANDED = (1, 0, 0, 0, -1, 0, 0, 0, 1)
AXIAL = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def load(path, **options):
    with open_sources(path) as sources:
        (header,) = headers(sources)
        return read_image(Image("MetaImage", header), sources, **options)


def refuse(path, says, **options):
    with pytest.raises(ctkit.LoadError, match=says) as caught:
        load(path, **options)
    assert "Error" not in str(caught.value)


def scan(direction=AXIAL, kind=np.int16, shape=SHAPE):
    """An image whose HU are a known function of the millimetres."""
    image = sitk.Image(shape[::-1], sitk.sitkInt16)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(direction)
    index = np.stack(np.indices(shape)[::-1], -1)
    steps = np.reshape(direction, (3, 3)) * SPACING
    hu = np.rint(truth(index @ steps.T + ORIGIN))
    made = sitk.GetImageFromArray(hu.astype(kind))
    made.CopyInformation(image)
    return made


def compare(volume, image):
    """The same values at the same millimetres as SimpleITK has them."""
    np.testing.assert_array_equal(volume.array, sitk.GetArrayFromImage(image))
    for index in ((0, 0, 0), (4, 5, 6), (1, 2, 3)):
        expected = image.TransformIndexToPhysicalPoint(index[::-1])
        np.testing.assert_allclose(volume.to_world(index), expected, atol=1e-6)


def text(**changes):
    """A header by hand."""
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "-7 4 30",
        "ElementSpacing": "0.8 1.1 2.5",
        "DimSize": "7 6 5",
        "ElementType": "MET_SHORT",
    } | changes
    last = fields.pop("ElementDataFile", "LOCAL")
    lines = [f"{key} = {value}\n" for key, value in fields.items() if value is not None]
    return "".join([*lines, f"ElementDataFile = {last}\n"]).encode()


HU = np.asarray(sitk.GetArrayFromImage(scan())).astype("<i2")


def write(folder, content=None, name="scan.mha", **changes):
    path = folder / name
    path.write_bytes(text(**changes) + (HU.tobytes() if content is None else content))
    return path


@pytest.mark.parametrize("name", ["scan.mha", "scan.mhd"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("direction", [AXIAL, OBLIQUE, LEFT_HANDED])
def test_the_same_as_simpleitk(tmp_path, name, compressed, direction):
    image = scan(direction)
    sitk.WriteImage(image, tmp_path / name, compressed)
    volume = load(tmp_path / name)
    compare(volume, sitk.ReadImage(tmp_path / name))
    assert not any("AnatomicalOrientation" in note for note in volume.report)
    assert volume.array.dtype == np.int16
    assert volume.spacing == pytest.approx(SPACING[::-1])


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64, np.float32, np.float64])
def test_types(tmp_path, kind):
    image = scan(kind=kind) if kind != np.int8 else scan(kind=np.float32) / 10
    image = sitk.Cast(image, sitk.sitkInt8) if kind == np.int8 else image
    sitk.WriteImage(image, tmp_path / "scan.mha")
    volume = load(tmp_path / "scan.mha", rescale=(1, 0) if kind == np.int8 else None)
    compare(volume, image)
    floats = kind in (np.float32, np.float64)
    assert volume.array.dtype == (np.float32 if floats else np.int16)


@pytest.mark.parametrize("key", ["BinaryDataByteOrderMSB", "ElementByteOrderMSB"])
def test_big_endian(tmp_path, key):
    changes = {"BinaryDataByteOrderMSB": None} | {key: "True"}
    path = write(tmp_path, HU.byteswap().tobytes(), **changes)
    compare(load(path), sitk.ReadImage(path))


@pytest.mark.parametrize(
    "changes",
    [
        {"TransformMatrix": None, "Rotation": "0 1 0 -1 0 0 0 0 1"},
        {"TransformMatrix": None, "Orientation": "0 1 0 -1 0 0 0 0 1"},
        {"Offset": None, "Position": "1 2 3"},
        {"Offset": None, "Origin": "1 2 3", "CenterOfRotation": "9 9 9"},
        {"ElementSpacing": None, "ElementSize": "1 2 3"},
        {"ElementSize": "1 2 3"},
        {"ElementSpacing": "0.8 1.1 -2.5"},
        {"HeaderSize": "-1"},
        {"Comment": "two = signs: and a colon", "ITK_InputFilterName": "MetaImageIO"},
        {"BinaryData": "true", "AnatomicalOrientation": "???"},
    ],
)
def test_headers_by_hand(tmp_path, changes):
    path = write(tmp_path, **changes)
    compare(load(path), sitk.ReadImage(path))


def test_line_ends_and_signs(tmp_path):
    path = tmp_path / "scan.mha"
    path.write_bytes(text().replace(b"\n", b"\r\n").replace(b" = ", b"\t:") + HU.tobytes())
    compare(load(path), sitk.ReadImage(path))


@pytest.mark.parametrize("start", [13, -1])
def test_voxels_behind_a_header_of_their_own(tmp_path, start):
    (tmp_path / "scan.raw").write_bytes(bytes(13) + HU.tobytes())
    path = write(tmp_path, b"", "scan.mhd", HeaderSize=start, ElementDataFile="scan.raw")
    compare(load(path), sitk.ReadImage(path))
    assert load(tmp_path / "scan.raw").shape == SHAPE


@pytest.mark.parametrize("told", [True, False])
def test_packed_with_and_without_their_length(tmp_path, told):
    packed = zlib.compress(HU.tobytes())
    changes = {"CompressedDataSize": len(packed)} if told else {}
    path = write(tmp_path, packed, CompressedData="True", **changes)
    np.testing.assert_array_equal(load(path).array, HU)


def test_one_slice_of_two_dimensions(tmp_path):
    image = scan()[:, :, 2]
    image.SetDirection((0, 1, 1, 0))
    sitk.WriteImage(image, tmp_path / "slice.mha")
    volume = load(tmp_path / "slice.mha")
    np.testing.assert_array_equal(volume.array[0], sitk.GetArrayFromImage(image))
    expected = (*image.TransformIndexToPhysicalPoint((4, 2)), 0)
    np.testing.assert_allclose(volume.to_world((0, 2, 4)), expected, atol=1e-6)
    assert "nominal" in " ".join(volume.report)


def test_one_of_several_volumes(tmp_path):
    both = np.stack([HU, HU[:, ::-1]])
    four = np.eye(4, dtype=int).ravel()
    path = write(
        tmp_path,
        both.tobytes(),
        NDims=4,
        DimSize="7 6 5 2",
        TransformMatrix=" ".join(map(str, four)),
        Offset="-7 4 30 0",
        ElementSpacing="0.8 1.1 2.5 1",
    )
    np.testing.assert_array_equal(load(path, volume=np.int64(1)).array, both[1])
    refuse(path, "series= with a number from 0 to 1")
    with open_sources(path) as sources:
        rows = survey_images([Image("MetaImage", *headers(sources))], sources)
    assert [row[0] for row in rows] == [0, 1]
    assert rows[0][5] == pytest.approx(SPACING[::-1])


def test_masks_and_label_maps(tmp_path):
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 1:4, 1:5] = 3
    sitk.WriteImage(sitk.GetImageFromArray(labels), tmp_path / "mask.mha", True)
    assert load(tmp_path / "mask.mha").is_mask
    labels[4] = 4
    sitk.WriteImage(sitk.GetImageFromArray(labels), tmp_path / "lungs.mhd", True)
    volume = load(tmp_path / "lungs.mhd")
    np.testing.assert_array_equal(volume.array, labels)
    assert "labels, not HU" in volume.report[-1]


def test_what_is_noted(tmp_path):
    content = HU.tobytes() + b"more"
    report = load(
        write(tmp_path, content, BinaryDataByteOrderMSB=None, Offset=None, DistanceUnits="cm")
    ).report
    told = " ".join(report)
    for words in ("4 bytes after", "little endian", "no Offset", "unit of length is cm"):
        assert words in told


def test_the_files_own_scaling(tmp_path):
    stored = (HU + 1024).astype("<i2").tobytes()
    scaling = {"ElementToIntensityFunctionSlope": 1, "ElementToIntensityFunctionOffset": -1024}
    np.testing.assert_array_equal(load(write(tmp_path, stored, **scaling)).array, HU)


@pytest.mark.parametrize(
    ("says", "changes"),
    [
        ("which side is left", {"TransformMatrix": None}),
        ("no ElementSpacing", {"ElementSpacing": None}),
        ("lengths 2, 1, 1", {"TransformMatrix": "2 0 0 0 1 0 0 0 1"}),
        ("parallel", {"TransformMatrix": "1 0 0 1 0 0 0 0 1"}),
        ("lengths 0, 0, 0", {"TransformMatrix": "0 0 0 0 0 0 0 0 0"}),
        ("9 finite numbers", {"TransformMatrix": "1 0 0 0 nan 0 0 0 1"}),
        ("9 finite numbers", {"TransformMatrix": "1 0 0 0 1 0 0 0"}),
        ("3 finite numbers", {"ElementSpacing": "1 inf 1"}),
        ("no length", {"ElementSpacing": "1 0 1"}),
        ("no scan does", {"Offset": "0 0 1e30"}),
        ("cut short", {"DimSize": "30000 30000 30000"}),
        ("no scan has the size", {"DimSize": "7 -6 5"}),
        ("no scan has the size", {"DimSize": f"7 6 {10**12}"}),
        ("3 whole numbers", {"DimSize": "7 6"}),
        ("3 whole numbers", {"DimSize": "7.5 6 5"}),
        ("DimSize .* not there", {"DimSize": None}),
        ("9 dimensions", {"NDims": 9}),
        ("colours", {"ElementNumberOfChannels": 3}),
        ("colours", {"ElementType": "MET_UCHAR_ARRAY"}),
        ("ElementType is 'MET_STRING'", {"ElementType": "MET_STRING"}),
        ("ElementType is 'none'", {"ElementType": None}),
        ("text", {"BinaryData": "False"}),
        ("True or False", {"CompressedData": "perhaps"}),
        ("contradict", {"ElementByteOrderMSB": "True"}),
        ("contradict", {"Rotation": "0 1 0 -1 0 0 0 0 1"}),
        ("contradicts", {"HeaderSize": 13}),
        ("contradicts", {"HeaderSize": -2}),
        ("plain name", {"ElementDataFile": "../scan.raw"}),
        ("plain name", {"ElementDataFile": "/etc/passwd"}),
        ("plain name", {"ElementDataFile": "C:scan.raw"}),
        ("plain name", {"ElementDataFile": ""}),
        ("several files", {"ElementDataFile": "LIST"}),
        ("several files", {"ElementDataFile": "slice%03d.raw 1 5 1"}),
        ("not beside it", {"ElementDataFile": "other.raw"}),
        ("not beside it", {"ElementDataFile": "x" * 300}),
        ("MR, no CT", {"Modality": "MET_MOD_MR"}),
        ("damaged", {"CompressedData": "True"}),
        ("inch", {"DistanceUnits": "inch"}),
        ("is 0", {"ElementToIntensityFunctionSlope": 0}),
    ],
)
def test_refused_in_our_own_words(tmp_path, says, changes):
    path = write(tmp_path, **changes)
    refuse(path, says)
    with open_sources(path) as sources:
        (row,) = survey_images([Image("MetaImage", *headers(sources))], sources)
    assert row[-1]


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 500, b"ObjectType = Image\nNDims = 3\n"])
def test_a_header_without_an_end(tmp_path, content):
    (tmp_path / "scan.mha").write_bytes(content)
    refuse(tmp_path / "scan.mha", "no end")


@pytest.mark.parametrize("cut", [0.2, 0.9])
@pytest.mark.parametrize("packed", [False, True])
def test_cut_files(tmp_path, cut, packed):
    content = zlib.compress(HU.tobytes()) if packed else HU.tobytes()
    content = content[: int(len(content) * cut)]
    refuse(write(tmp_path, content, CompressedData=str(packed)), "cut short")


def test_packed_voxels_that_are_fewer_than_told(tmp_path):
    content = zlib.compress(HU[1:].tobytes())
    refuse(write(tmp_path, content, CompressedData="True"), "its header needs")


def test_a_spoiled_checksum(tmp_path):
    content = bytearray(zlib.compress(HU.tobytes()))
    content[-2] ^= 0xFF
    refuse(write(tmp_path, bytes(content), CompressedData="True"), "damaged")


def test_a_bomb_takes_no_memory(tmp_path):
    size = "1000 1000 500"
    path = write(tmp_path, zlib.compress(bytes(2**20)), CompressedData="True", DimSize=size)
    tracemalloc.start()
    refuse(path, "its header needs 1,000,000,000 bytes, and so many would not fit")
    refuse(path, "its header needs", zip_limits={"ratio": 10**7})
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_values_that_are_no_hu(tmp_path):
    refuse(write(tmp_path, (HU + 2024).tobytes()), "rescale=")
    assert load(write(tmp_path, (HU + 2024).tobytes()), rescale=(1, -2024)).array.min() < 0


def test_found_by_content(tmp_path):
    write(tmp_path, name="scan.dat")
    assert load(tmp_path / "scan.dat").shape == SHAPE
    for content in (b"", b"NDims = 3\n", b"x,y\n1,2\n", bytes(200)):
        (tmp_path / "other").write_bytes(content)
        with open_sources(tmp_path / "other") as sources:
            assert headers(sources) == []


def test_a_pair_in_a_zip(tmp_path):
    sitk.WriteImage(scan(), tmp_path / "scan.mhd")
    import zipfile

    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for name in ("scan.mhd", "scan.raw"):
            archive.write(tmp_path / name, f"folder/{name}")
    compare(load(tmp_path / "scan.zip"), scan())
