"""De-identified datasets hold nothing but what is allowed, and still load to the same voxels."""

import io
import re

import _dicom
import _planted
import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.datadict import DicomDictionary, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

import ctkit
from ctkit.files.dicom.privacy import NUMBERS, WORDS

MARK = "PLANTED"
TEXT = {"AE", "AS", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
# Kept, or made anew, because a CT needs them; all others have to be gone.
NEEDED = {"PatientIdentityRemoved", "DeidentificationMethod", "SOPClassUID", "PixelData"}
UIDS = {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"}


# Rows of PS3.15 Table E.1-1, edition 2026c, that are younger than pydicom's dictionary.
YOUNGER = (
    *range(0x00081301, 0x00081305), *range(0x00100011, 0x00100017), *range(0x00100041, 0x00100048),
    0x00102162, 0x0040A034, 0x0040A035, 0x0040B034, 0x0040B036, 0x0040B03B, 0x0040B03F, 0x0040E012,
)  # fmt: skip


def planted_value(vr, number):
    """A value that can be found again, of this VR."""
    values = {"DA": "19130417", "TM": "191304.17", "DT": "19130417191304", "IS": "1913041"}
    values |= {"DS": "19130.417", "UI": f"1.2.826.19130417.{number}", "AS": "091Y", "AE": MARK}
    if vr in values:
        return values[vr]
    if vr in ("US", "UL", "UV", "SS", "SL", "SV", "US or SS"):
        return 1913
    if vr in ("FL", "FD"):
        return 1913.5
    return f"{MARK}{number:X}" if vr in TEXT else None


def planted():
    """A CT slice with something planted in every attribute of the dictionary.

    pydicom's dictionary holds all 655 rows of PS3.15 Table E.1-1 (2026c) but those of
    `YOUNGER`, the repeating groups (see `hidden`), and group 0, which no file may hold.
    """
    dataset = _dicom.ct_slice(bits=12)
    count = 0
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        if not keyword or keyword in dataset or tag >> 16 in (0, 2, 0xFFFE) or keyword in NUMBERS:
            continue
        value = planted_value(vr, tag)
        if vr == "SQ":
            item = Dataset()
            item.PatientName, item.PatientID = f"{MARK}^NESTED{tag}", MARK
            item.add_new(0x00091001, "LO", f"{MARK}{tag}")
            value = [item]
        elif vr in ("OB", "OW", "UN", "OB or OW"):
            value = f"{MARK}{tag:08x}".encode() + b" "
        if value is not None and not keyword.endswith("PixelData"):
            dataset.add_new(tag, {"US or SS": "US"}.get(vr, "OW" if " or " in vr else vr), value)
            count += 1
    for tag in YOUNGER:
        dataset.add_new(tag, "LO", f"{MARK}{tag:X}")
    return dataset, count + len(YOUNGER)


def hidden(dataset):
    """The same, and more in places where nobody looks."""
    dataset.add_new(0x00090010, "LO", f"{MARK} CREATOR")
    dataset.add_new(0x00091010, "UN", f"{MARK} private".encode())
    for group in (*range(0x5000, 0x5100, 2), *range(0x6000, 0x6100, 2)):  # curves and overlays
        dataset.add_new((group, 0x3000), "OW", f"{MARK} overlay ".encode())
        dataset.add_new((group, 0x0022), "LO", f"{MARK} label")
        dataset.add_new((group, 0x4000), "LT", f"{MARK} comments")
    inner = Dataset()
    inner.PatientName = f"{MARK}^PRIVATE"
    dataset.add_new(0x00091011, "SQ", [inner])
    for number, keyword in enumerate(sorted(UIDS)):
        setattr(dataset, keyword, f"1.2.826.19130417.{number}")
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.add_new(0xFFFCFFFC, "OB", f"{MARK} trailing ".encode())
    measures = Dataset()
    measures.PixelSpacing, measures.OperatorsName = [1, 1], f"{MARK}^OPERATOR"
    measures.add_new(0x00091010, "UN", f"{MARK} deep".encode())
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.ImageComments = [measures], MARK
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.ImageType = ["DERIVED", "SECONDARY", f"{MARK}TYPE"]
    dataset.PatientPosition = MARK
    dataset.preamble = f"{MARK} preamble".encode().ljust(128, b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = MARK
    dataset.file_meta.ImplementationVersionName = MARK
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.826.19130417"
    dataset.file_meta.PrivateInformation = MARK.encode()
    dataset.PixelData = dataset.PixelData + MARK.encode() + b" "
    return dataset


def as_file(dataset):
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_nothing_planted_is_left():
    dataset, count = planted()
    assert count > 4800
    content = as_file(ctkit.deidentify(hidden(dataset)))
    for trace in (MARK, "19130417", "19130.417", "1913041", "191304.17", "091Y"):
        assert trace.encode() not in content, trace
        assert trace.encode("utf-16-le") not in content
    found = pydicom.dcmread(io.BytesIO(content))
    kept = {element.keyword for element in found.iterall() if element.value not in (None, "", [])}
    groups = {"SharedFunctionalGroupsSequence", "PixelMeasuresSequence"}
    allowed = NUMBERS | set(WORDS) | NEEDED | UIDS | groups
    assert kept <= allowed


def test_left_out_is_a_list_without_values():
    dataset, _ = planted()
    clean = ctkit.deidentify(hidden(dataset))
    assert "(0010,0010) PatientName" in clean.left_out
    assert any("(0009,1010)" in line for line in clean.left_out)
    assert any("PixelMeasuresSequence > (0008,1070) OperatorsName" in x for x in clean.left_out)
    assert MARK not in str(clean.left_out)
    assert "(0028,0030) PixelSpacing" not in clean.left_out


def test_text_in_numbers_is_left_out():
    dataset = _dicom.ct_slice()
    content = as_file(dataset).replace(b"4.0 ", b"EVE ")
    broken = pydicom.dcmread(io.BytesIO(content))
    clean = ctkit.deidentify(broken)
    assert clean.SliceThickness is None
    assert "(0018,0050) SliceThickness" in clean.left_out


def test_a_lut_is_kept_where_it_belongs_and_as_long_as_it_says():
    from hard_cases import _add_lut

    dataset = _dicom.ct_slice()
    _add_lut(dataset)
    dataset.add_new("LUTDescriptor", "US", [4, 0, 16])
    dataset.add_new("LUTData", "OW", b"EVE^MARY")
    clean = ctkit.deidentify(dataset)
    assert "LUTData" not in clean
    assert clean.ModalityLUTSequence[0].LUTData == dataset.ModalityLUTSequence[0].LUTData
    dataset.ModalityLUTSequence[0].LUTData = [*dataset.ModalityLUTSequence[0].LUTData, 1913]
    assert "LUTData" not in ctkit.deidentify(dataset).ModalityLUTSequence[0]


def test_type_2_is_present_and_empty():
    clean = ctkit.deidentify(_dicom.ct_slice())
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "AccessionNumber"):
        assert keyword in clean
        assert clean[keyword].is_empty
    assert clean.PatientIdentityRemoved == "YES"
    assert clean.DeidentificationMethod


def test_bits_above_bits_stored_are_cleared():
    dataset = _dicom.ct_slice(bits=12)
    stored = _dicom.stored_of(dataset).copy()
    dataset.PixelData = (stored | 0x5000).astype("<u2").tobytes()
    clean = ctkit.deidentify(dataset)
    np.testing.assert_array_equal(_dicom.stored_of(clean), stored)


def test_input_is_not_changed():
    dataset = _dicom.ct_slice()
    before = dataset.to_json()
    ctkit.deidentify(dataset)
    assert dataset.to_json() == before


def test_uids_hold_together_in_a_session_and_by_salt():
    first, second = (ctkit.deidentify(_dicom.ct_slice(k)) for k in (0, 1))
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID != "1.2.3.4"
    salted = [
        ctkit.deidentify(_dicom.ct_slice(), salt=16 * s).SeriesInstanceUID
        for s in (b"ab", b"ab", b"bc")
    ]
    assert salted[0] == salted[1] != salted[2]
    assert all(re.fullmatch(r"2\.25\.\d{1,39}", one) for one in salted)


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("syntax", [None, uid.RLELossless, uid.JPEGLSLossless])
def test_a_series_loads_back_as_one(tmp_path, bits, syntax):
    datasets = _dicom.stack(40 if syntax is None else 4, bits=bits)
    source = _dicom.write(tmp_path / "source", datasets)
    target = tmp_path / "target"
    target.mkdir()
    for k, dataset in enumerate(datasets):
        if syntax:
            dataset.compress(syntax, generate_instance_uid=False)
        clean = ctkit.deidentify(dataset)
        clean.save_as(target / f"{k}.dcm", enforce_file_format=True)
    before, after = ctkit.load(source), ctkit.load(target)
    np.testing.assert_array_equal(after.array, before.array)
    np.testing.assert_array_equal(after.affine, before.affine)
    assert len(ctkit.list_series(target)) == 1


def test_signed_values_and_padding_survive(tmp_path):
    dataset = _dicom.ct_slice(signed=True, intercept=0)
    stored = _dicom.stored_of(dataset).copy()
    stored[:3] = -2000
    dataset.PixelData = stored.tobytes()
    dataset.add_new("PixelPaddingValue", "US", 63536)
    clean = ctkit.deidentify(dataset)
    assert clean.PixelPaddingValue == -2000
    clean.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    assert (ctkit.load(tmp_path / "one.dcm").array[0, :3] == -1000).all()


@pytest.mark.parametrize(
    ("signed", "vr", "declared", "put"),
    [
        (False, "US", (63536,), [63536]),
        (True, "US", (63536,), [-2000]),
        (True, "SS", (-3000,), [-3000]),
        (True, "SS", (2097,), [2097]),  # the lower 12 bits of -1999, which is in the picture
        (False, "US", (60000, 65535), [60000, 61111, 65535]),
    ],
)
def test_padding_above_bits_stored_survives(tmp_path, signed, vr, declared, put):
    dataset = _dicom.ct_slice(bits=12, signed=signed, intercept=0 if signed else -1024)
    stored = _dicom.stored_of(dataset).copy()
    stored[5, :4] = -1999 if signed else 2
    overlay = stored.view("<u2") & 0x0FFF | 0x5000  # in the bits above, to be cleared
    overlay[:3].flat = np.resize(np.array(put), 3 * overlay.shape[1]).astype("<i4")
    dataset.PixelData = overlay.tobytes()
    for keyword, value in zip(
        ("PixelPaddingValue", "PixelPaddingRangeLimit"), declared, strict=False
    ):
        dataset.add_new(keyword, vr, value)
    clean = ctkit.deidentify(dataset)
    for name, one in (("before", dataset), ("after", clean)):
        one.save_as(tmp_path / name, enforce_file_format=True)
    # A value of -1999 looks like a wrong sign: what is meant is said.
    before, after = (
        ctkit.load(tmp_path / name, signed=signed).array[0] for name in ("before", "after")
    )
    assert (before[:3] == -1000).all()
    assert (before[3:] == stored[3:].astype(int) + dataset.RescaleIntercept).all()
    np.testing.assert_array_equal(after, before)
    words = np.frombuffer(clean.PixelData, "<u2").reshape(before.shape)
    assert len(np.unique(words[:3])) == 1
    assert set(np.unique(words[3:] >> 12)) <= ({0, 15} if signed else {0})


def test_enhanced_ct(tmp_path):
    from hard_cases import enhanced

    clean = ctkit.deidentify(enhanced([3, 0, 2, 1]))
    clean.save_as(tmp_path / "many.dcm", enforce_file_format=True)
    volume = ctkit.load(tmp_path / "many.dcm")
    assert volume.shape[0] == 4
    assert _dicom.apart(volume) < 0.51


def test_compressed_by_gdcm(tmp_path):
    from hard_cases import CASES

    case = next(case for case in CASES if case.name.startswith("JPEG lossless, first"))
    for path in case.build(tmp_path).iterdir():
        clean = ctkit.deidentify(pydicom.dcmread(path))
        np.testing.assert_array_equal(
            _dicom.stored_of(clean), ctkit.load(path).array[0].astype(int) + 1024
        )


def test_refuses_what_is_no_ct():
    dataset = _dicom.ct_slice()
    dataset.SOPClassUID = uid.MRImageStorage
    with pytest.raises(ctkit.LoadError, match="CT images alone"):
        ctkit.deidentify(dataset)


def test_refuses_pixels_that_are_not_there():
    dataset = _dicom.ct_slice()
    dataset.PixelData = dataset.PixelData[:50]
    with pytest.raises(ctkit.LoadError, match="50 bytes"):
        ctkit.deidentify(dataset)


def test_real_series(real_data, tmp_path):
    files = sorted((real_data / "ge-head").glob("*.dcm"))
    for file in files:
        clean = ctkit.deidentify(pydicom.dcmread(file))
        clean.save_as(tmp_path / file.name, enforce_file_format=True)
    before = ctkit.load(real_data / "ge-head", uneven="resample")
    after = ctkit.load(tmp_path, uneven="resample")
    np.testing.assert_array_equal(after.array, before.array)
    np.testing.assert_allclose(after.affine, before.affine, atol=1e-6)


@pytest.mark.parametrize(
    "salt",
    [5, 7, 42, "", "a", "a text of sixteen letters", b"", b"short", bytes(16), 16 * b"a", []],
)
def test_a_salt_is_bytes_that_nobody_finds_by_trying(salt):
    with pytest.raises(ctkit.ParameterError, match="salt is at least 16 random bytes") as caught:
        ctkit.deidentify(_dicom.ct_slice(), salt=salt)
    assert repr(salt) not in str(caught.value) or not salt


def test_a_salt_that_goes_on_with_zeros_is_another_salt():
    salt = bytes(range(16))
    one, other = (ctkit.deidentify(_dicom.ct_slice(), salt=s) for s in (salt, salt + b"\0"))
    assert one.SeriesInstanceUID != other.SeriesInstanceUID


# What stands in an element of another type, or of the right type in another form.
WRONG_VRS = ("OB", "OW", "OF", "OD", "OL", "LO", "LT", "PN", "UT", "ST", "SH", "UC", "AE")


def nested(dataset):
    """The same slice with the groups of an enhanced one, each with an item."""
    shared = Dataset()
    for keyword in (
        *("PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
        *("PixelValueTransformationSequence", "FrameVOILUTSequence", "CTImageFrameTypeSequence"),
    ):
        setattr(shared, keyword, [Dataset()])
    dataset.SharedFunctionalGroupsSequence = [shared]
    return [dataset, *(shared[tag].value[0] for tag in list(shared.keys()))]


def survives(dataset):
    """Whether the mark is in the file of the copy, or in the words of the refusal."""
    try:
        content = as_file(ctkit.deidentify(dataset))
    except ctkit.CTError as error:
        content = str(error).encode()
    return MARK.encode() in content or MARK.encode("utf-16-le") in content


OF_PIXELS = {
    *("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel"),
    *("PixelRepresentation", "NumberOfFrames"),
}


@pytest.mark.parametrize("vr", WRONG_VRS)
def test_nothing_is_left_in_an_element_of_another_type(vr):
    text = vr not in ("OB", "OW", "OF", "OD", "OL")
    value = f"{MARK}^A" if text else f"{MARK} ".encode()
    many = _dicom.ct_slice()
    places = nested(many)
    for keyword in NUMBERS | set(WORDS):
        for item in places:
            if item is not many or keyword not in OF_PIXELS:
                item.add_new(keyword, vr, value)
    ones = [_dicom.ct_slice() for _ in OF_PIXELS]
    for one, keyword in zip(ones, sorted(OF_PIXELS), strict=True):
        one.add_new(keyword, vr, value)
    assert [one for one in (many, *ones) if survives(one)] == []
    clean = ctkit.deidentify(many)  # by its own account too
    assert len(clean.left_out) > 300


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("SliceThickness", "LO", "4.0"),
        ("KVP", "OB", b"120 "),
        ("PatientPosition", "LT", "HFS"),
        ("SeriesNumber", "DS", "3"),
        ("RescaleType", "PN", "HU"),
    ],
)
def test_a_value_of_another_type_is_left_out_though_it_looks_right(keyword, vr, value):
    dataset = _dicom.ct_slice()
    dataset.add_new(keyword, vr, value)
    clean = ctkit.deidentify(dataset)
    assert any(line.endswith(f" {keyword}") for line in clean.left_out)
    assert keyword not in clean or clean[keyword].is_empty


@pytest.mark.parametrize(
    "text",
    [
        "JOHN", "4.0\\JOHN", "JOHN\\4.0", "4_0", "nan", "inf", "0x4", "19130417", "1e7", "\u0664",
        "4 JOHN", "4\x00JOHN", "4\x1b(BJOHN",
    ],
)  # fmt: skip
def test_a_number_has_the_form_of_one(text):
    dataset = _dicom.ct_slice()
    value = text.encode("utf-8").ljust(len(text.encode("utf-8")) // 2 * 2 + 2)
    broken = io.BytesIO()
    dataset.save_as(broken, enforce_file_format=True)
    head, tail = broken.getvalue().split(b"4.0 ", 1)
    head = head[:-2] + len(value).to_bytes(2, "little")
    read = pydicom.dcmread(io.BytesIO(head + value + tail))
    clean = ctkit.deidentify(read)
    assert clean.SliceThickness is None
    assert "(0018,0050) SliceThickness" in clean.left_out


@pytest.mark.parametrize("keyword", ["SeriesNumber", "AcquisitionNumber", "InstanceNumber"])
@pytest.mark.parametrize("number", ["20130417", "130417", "040826", "1234567", "201304171530"])
def test_a_number_of_a_series_that_is_a_date_is_left_out(keyword, number):
    dataset = _dicom.ct_slice()
    dataset.add_new(keyword, "IS", number)
    clean = ctkit.deidentify(dataset)
    assert clean[keyword].is_empty
    assert number not in repr(as_file(clean))
    dataset[keyword].value = "30104"  # of a maker who counts so
    assert ctkit.deidentify(dataset)[keyword].value == 30104


def test_letters_read_as_the_bytes_of_a_float_are_left_out():
    for keyword in ("SpiralPitchFactor", "TableSpeed", "RevolutionTime"):
        for text in (b"JOHN^DOE", b"19130417", b"DOE 1234", b"\0\0\0\0JOHN"):
            dataset = _dicom.ct_slice()
            dataset.add_new(keyword, "FD", np.frombuffer(text, "<f8")[0].item())
            assert text not in as_file(ctkit.deidentify(dataset))
    dataset.SpiralPitchFactor = 0.9375
    assert ctkit.deidentify(dataset).SpiralPitchFactor == 0.9375


@pytest.mark.parametrize("entries", [1, 2, 4, 16, 40])
def test_a_lut_that_holds_letters_is_left_out(entries):
    dataset = _dicom.ct_slice()
    lut = Dataset()
    lut.add_new("LUTDescriptor", "US", [entries, 0, 16])
    lut.add_new("LUTData", "OW", (b"DOE^JOHN" * entries)[: 2 * entries])
    lut.ModalityLUTType = "HU"
    dataset.ModalityLUTSequence = [lut]
    assert b"DO" not in as_file(ctkit.deidentify(dataset))


def test_a_kind_of_value_that_is_not_known_is_not_taken_for_hu():
    dataset = _dicom.ct_slice()
    dataset.RescaleType = "JOHN"
    assert ctkit.deidentify(dataset).RescaleType == "US"  # unspecified
    dataset.RescaleType = "hu"
    assert ctkit.deidentify(dataset).RescaleType == "HU"


def test_a_term_that_is_left_out_leaves_the_others_in_their_places():
    dataset = _dicom.ct_slice()
    dataset.ImageType = ["DERIVED", "SECONDARY", "JOHN", "MIP"]
    clean = ctkit.deidentify(dataset)
    assert list(clean.ImageType) == ["DERIVED", "SECONDARY", "", "MIP"]
    assert "(0008,0008) ImageType" in clean.left_out


def test_a_sequence_stays_in_its_place_alone():
    dataset = _dicom.ct_slice()
    measures = Dataset()
    measures.PixelSpacing = [1, 1]
    dataset.PixelMeasuresSequence = [measures]
    deep = Dataset()
    for _ in range(150):
        outer = Dataset()
        outer.PixelMeasuresSequence = [deep]
        deep = outer
    dataset.SharedFunctionalGroupsSequence = [deep]
    clean = ctkit.deidentify(dataset)
    assert "PixelMeasuresSequence" not in clean
    assert not any("PixelMeasures" in e.keyword for e in clean.iterall())


SUSPECTS = {
    "BurnedInAnnotation": ["YES", "yes ", "Y", b"YES ", ["NO", "YES"]],
    "ConversionType": ["WSD", "SI", "DF", b"SD", ["SYN", "WSD"]],
    "ImageType": [
        ["DERIVED", "SECONDARY", "SCREEN SAVE"],
        ["DERIVED", "PRIMARY", "SCREEN SAVE"],
        ["DERIVED", "SECONDARY", "OTHER", "CSA REPORT"],
        ["DERIVED", "SECONDARY", "SCREENSHOT"],
        ["ORIGINAL", "SECONDARY", "DOSE_INFO"],
        ["ORIGINAL", "SECONDARY", "OTHER", "CT_SOM5 PROT"],
    ],
}


@pytest.mark.parametrize(
    ("keyword", "value"), [(key, value) for key in SUSPECTS for value in SUSPECTS[key]]
)
def test_names_in_the_picture_are_not_called_removed(keyword, value):
    dataset = _dicom.ct_slice()
    dataset.add_new(keyword, "OB" if isinstance(value, bytes) else "CS", value)
    with pytest.raises(ctkit.LoadError, match="names may stand in the picture"):
        ctkit.deidentify(dataset)
    kept = ctkit.deidentify(dataset, burned_in="keep")
    assert kept.PatientIdentityRemoved == "NO"
    assert kept.PixelData == dataset.PixelData
    without = ctkit.deidentify(dataset, burned_in="leave_out")
    assert without.PatientIdentityRemoved == "YES"
    assert "PixelData" not in without
    assert "(7FE0,0010) PixelData" in without.left_out
    with pytest.raises(ctkit.ParameterError, match="burned_in is one of error, leave_out, keep"):
        ctkit.deidentify(dataset, burned_in="yes")


@pytest.mark.parametrize("word", ["LOW DOSE", "AXIAL", "MPR", "CT_SOM5 SPI"])
def test_other_words_of_image_type_are_no_page_of_text(word):
    dataset = _dicom.ct_slice()
    dataset.ImageType = ["DERIVED", "SECONDARY", word]
    assert ctkit.deidentify(dataset).PatientIdentityRemoved == "YES"


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SliceThickness", "SeriesNumber", "KVP"])
def test_no_warning_holds_a_value(keyword, tmp_path, recwarn):
    """pydicom warns of values that break their VR as soon as somebody looks at them."""
    tag = tag_for_keyword(keyword)
    dataset = _dicom.ct_slice()
    dataset[tag] = RawDataElement(Tag(tag), dictionary_VR(tag), 8, b"DOE^JOHN", 0, False, True)
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    read = pydicom.dcmread(tmp_path / "a.dcm")
    recwarn.clear()
    ctkit.deidentify(read)
    assert not [str(warning.message) for warning in recwarn.list]


@pytest.mark.parametrize("where", ["dataset", "meta", "neither"])
def test_a_dicomdir_is_refused(where):
    dataset = _dicom.ct_slice()
    record = Dataset()
    record.PatientName = MARK
    dataset.DirectoryRecordSequence = [record]
    directory = "1.2.840.10008.1.3.10"
    if where == "dataset":
        dataset.SOPClassUID = directory
    else:
        del dataset.SOPClassUID
        if where == "meta":
            dataset.file_meta.MediaStorageSOPClassUID = directory
    with pytest.raises(ctkit.LoadError, match="DICOMDIR") as caught:
        ctkit.deidentify(dataset)
    assert MARK not in str(caught.value)


@pytest.mark.parametrize("syntax", ["1.2.826.19130417.5", "1.2.840.10008.5.1.4.1.1.2", MARK])
def test_a_transfer_syntax_that_is_none_is_not_named(syntax):
    dataset = _dicom.ct_slice()
    dataset.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(ctkit.LoadError, match="transfer syntax is none of the standard") as caught:
        ctkit.deidentify(dataset)
    assert syntax not in str(caught.value)


def test_a_dataset_that_says_nothing_is_no_ct():
    with pytest.raises(ctkit.LoadError, match="neither SOP class nor modality"):
        ctkit.deidentify(Dataset())
    with pytest.raises(ctkit.ParameterError, match="takes a pydicom Dataset, not str"):
        ctkit.deidentify("scan.dcm")
    dataset = _dicom.ct_slice()
    del dataset.SOPClassUID
    assert ctkit.deidentify(dataset).SOPClassUID == uid.CTImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = uid.SecondaryCaptureImageStorage
    with pytest.raises(ctkit.LoadError, match="another SOP class"):
        ctkit.deidentify(dataset)


# What a list, a report or an error could say of a file: each a name, where a term belongs.
TOLD = {
    "Modality": "JOHN^DOE",
    "PhotometricInterpretation": "JOHN^DOE",
    "RescaleType": "JOHN^DOE",
    "SOPClassUID": "1.2.826.19130417.77",
    "ImageType": ["JOHN^DOE", "LOCALIZER"],
    "PatientPosition": "JOHN^DOE",
    "ScanOptions": "JOHN^DOE",
    "PatientName": "JOHN^DOE",
    "LossyImageCompression": "JOHN^DOE",
}


@pytest.mark.parametrize("keyword", TOLD)
def test_lists_reports_and_errors_name_terms_alone(tmp_path, keyword):
    datasets = _dicom.stack(4)
    for dataset in datasets:
        setattr(dataset, keyword, TOLD[keyword])
        dataset.file_meta.MediaStorageSOPClassUID = uid.CTImageStorage
    folder = _dicom.write(tmp_path / "series", datasets)
    told = repr(ctkit.list_series(folder)) + ctkit.list_series(folder)._repr_html_()
    try:
        volume = ctkit.load(folder)
        told += repr(volume) + " ".join(volume.report)
    except ctkit.CTError as error:
        told += str(error)
    assert "JOHN" not in told
    assert "19130417" not in told


@pytest.mark.parametrize("vr", _planted.VRS)
def test_nothing_planted_in_a_file_under_any_vr_survives(tmp_path, vr):
    """Each kept element, as a file holds it: pydicom reads bytes in its own ways by VR."""
    alone = sorted({*OF_PIXELS, "SOPClassUID"})  # each of which is a refusal
    marks = {
        key: f"J{k:03d}DOEX".encode() for k, key in enumerate(sorted({*_planted.KNOWN, *alone}))
    }
    groups = [sorted(set(marks) - set(alone)), *([key] for key in alone)]
    left_out = []
    for k, keywords in enumerate(groups):
        elements = [(key, vr, marks[key]) for key in keywords]
        dataset = pydicom.dcmread(_planted.written(tmp_path / f"{k}.dcm", elements))
        try:
            clean = ctkit.deidentify(dataset)
            content, left_out = as_file(clean), [*left_out, *clean.left_out]
        except ctkit.CTError as error:
            content = str(error).encode()
            assert keywords[0] in alone, keywords
        assert [key for key, mark in marks.items() if mark in content] == []
        assert b"DOE" not in content
    assert len(left_out) > 50


@pytest.mark.parametrize(
    "names", ["ISO 2022 IR 87", "ISO 2022 IR 149", "\\ISO 2022 IR 100", "ISO_IR 192", "GB18030"]
)
def test_nothing_behind_an_escape_survives(tmp_path, names):
    parts = b"\x1b$B;3ED\x1b(B", b"\x1b$)C\xb1\xe8", b"\x1b-A\xc4", b"\x1b(J"
    for k, escape in enumerate(parts):
        values = [escape + b"JOHN", b"AXIAL" + escape + b"JOHN", b"AXIAL\\" + escape + b"JOHN"]
        for value in values:
            elements = [("SpecificCharacterSet", "CS", names.encode())]
            elements += [(key, "CS", value) for key in sorted(WORDS)]
            elements += [(key, "PN", value) for key in ("PatientName", "SliceThickness", "KVP")]
            file = _planted.written(tmp_path / f"{k}.dcm", elements)
            content = as_file(ctkit.deidentify(pydicom.dcmread(file)))
            assert b"JOHN" not in content
            assert b"\x1b" not in content[132:].replace(_dicom.ct_slice().PixelData, b"")
            assert escape not in content
