"""search_header: the table follows what is typed, and masks what the card masks."""

import _dicom
import pydicom
import pytest
from _planted import KNOWN, MARK, VRS, written
from pydicom.datadict import dictionary_VR

import ctkit
from ctkit.files.dicom.allowed import _TERMS, WORDS
from ctkit.html import html_table


def test_the_search_of_a_header_follows_what_is_typed(tmp_path):
    path = _dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm")
    box = ctkit.search_header(path, "spacing")
    assert [row[1] for row in box.found.rows] == ["PixelSpacing"]
    box.line.value = "0028,0030"
    assert "1.1, 0.8" in box.table.value
    bundle = box._repr_mimebundle_()
    assert bundle["text/html"] == box.table.value
    assert (
        bundle["text/plain"]
        == repr(box)
        == f"search_header('0028,0030'): 1 of {len(box.card)} elements"
    )


def test_without_a_word_all_is_found(tmp_path):
    path = _dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm")
    box = ctkit.search_header(path)
    assert box.found.rows == ctkit.header(path).rows
    assert len(box.found.rows) > 10
    box.word = "no such element"
    assert len(box.found.rows) == 0
    assert box.table.value.startswith(f"<p>0 of {len(box.card)} elements</p>")


def shown(path):
    """All that the card of a file and its search show, as text and as HTML."""
    card, box = ctkit.header(path), ctkit.search_header(path, "o")
    return "".join((repr(card), card._repr_html_(), repr(box.found), box.table.value, repr(box)))


@pytest.mark.parametrize("vr", VRS)
def test_a_name_in_any_element_of_any_type_is_not_shown(tmp_path, vr):
    path = written(tmp_path / "one.dcm", [(keyword, vr, MARK.encode()) for keyword in KNOWN])
    assert path.read_bytes().count(MARK.encode()) == len(KNOWN)
    text = shown(path)
    assert len(ctkit.header(path)) > len(KNOWN)
    assert MARK not in text
    assert "JOHN" not in text
    assert len(KNOWN) > 60


@pytest.mark.parametrize(
    "value", ["JOHN", "CT\\JOHN", "HEAD JOHN", "\u00c4", "LightSpeed JOHN", "B30fJOHN"]
)
def test_a_term_is_shown_where_it_is_a_known_one(tmp_path, value):
    keywords = {*WORDS, *_TERMS} - {"SpecificCharacterSet"}
    elements = [(key, dictionary_VR(key), value.encode("latin-1")) for key in keywords]
    text = shown(written(tmp_path / "one.dcm", elements))
    assert "JOHN" not in text
    assert "\u00c4" not in text


def test_a_value_that_pydicom_refuses_is_a_row(tmp_path):
    path = written(tmp_path / "one.dcm", [("KVP", "FD", b"JOHN"), ("PatientName", "SL", b"JOHN^D")])
    rows = {name: value for _, name, value in ctkit.header(path, identifiers=True).rows}
    assert rows["KVP"] == rows["PatientName"] == "(can't be read)"
    assert rows["PixelSpacing"] == "[1.1, 0.8]"
    assert "JOHN" not in shown(path)


@pytest.mark.parametrize("vr", ["FL", "US", "CS", "PN", "OB"])
def test_a_character_set_that_is_none_is_not_shown(tmp_path, vr):
    path = written(tmp_path / "one.dcm", [("SpecificCharacterSet", vr, b"JOHN")])
    try:
        text = shown(path)
    except ctkit.LoadError as error:
        text = str(error)
    assert "JOHN" not in text


def test_what_scanners_write_is_shown(tmp_path):
    dataset = _dicom.ct_slice()
    values = {
        "Manufacturer": "SIEMENS", "ManufacturerModelName": "SOMATOM Definition AS+",
        "ConvolutionKernel": "B30f", "BodyPartExamined": "CHEST", "ScanOptions": "HELICAL MODE",
        "FilterType": "WEDGE_2", "PatientPosition": "HFS", "RescaleType": "HU",
    }  # fmt: skip
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM7 SPI DUAL"]
    rows = {row[1]: row[2] for row in ctkit.header(_dicom.save(dataset, tmp_path / "1")).rows}
    assert {key: rows[key] for key in values} == values
    assert "CT_SOM7 SPI DUAL" in rows["ImageType"]
    names = "LightSpeed16", "Aquilion ONE", "Brilliance 64", "Discovery CT750 HD", "iCT 256"
    from ctkit.files.dicom.allowed import term

    assert [term("ManufacturerModelName", name) for name in names] == list(names)


def test_patterns_of_terms_end_at_once():
    from time import perf_counter

    from ctkit.files.dicom.allowed import term

    start = perf_counter()
    for value in ("CT " * 21, "1" * 64, "AS AS " * 10 + "!", "CT-CT_CT.CT/" * 5 + "?", "A" * 10**6):
        for keyword in {*_TERMS, *WORDS}:
            term(keyword, value)
    assert perf_counter() - start < 1


NASTY = "a\nb\x1b[31mc\u202ed\u2028e\x00f\x9b2Jg\u200bh" + "x" * 5000


def test_a_value_forges_no_row_and_fills_no_screen(tmp_path):
    keywords = "PatientName", "StudyDescription", "Manufacturer", "ImageComments"
    elements = [(keyword, "UT", NASTY.encode()) for keyword in keywords]
    elements += [("PatientComments", "LT", b"<script>alert(1)</script>")]
    elements += [("SpecificCharacterSet", "CS", b"ISO_IR 192")]
    path = written(tmp_path / "one.dcm", elements)
    card = ctkit.header(path, identifiers=True)
    lines = repr(card).split("\n")
    assert len(lines) == len(card)
    assert max(map(len, lines)) < 160
    assert all(line.isprintable() for line in lines)
    assert "<script" not in card._repr_html_()
    assert card._repr_html_().isprintable()
    assert pydicom.dcmread(path).PatientComments.startswith("<script>")


def test_a_table_shows_what_would_be_invisible():
    page = html_table([(NASTY, "<b>", "\ud800")], [NASTY])
    assert page.replace("\n", "").isprintable()
    assert "<b>" not in page


@pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines", "\u202eturned", "n" * 200])
def test_a_file_name_forges_no_error(tmp_path, name):
    (tmp_path / name).write_text("hello")
    with pytest.raises(ctkit.LoadError, match="no DICOM file among 1 file") as caught:
        ctkit.header(tmp_path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("word", [5, None, b"spacing", ["spacing"]])
def test_what_to_search_for_is_a_text(tmp_path, word):
    path = _dicom.save(_dicom.ct_slice(), tmp_path / "one.dcm")
    with pytest.raises(ctkit.ParameterError, match="a text, not"):
        ctkit.search_header(path, word)
    box = ctkit.search_header(path)
    with pytest.raises(ctkit.ParameterError, match="a text, not"):
        box.word = word
    box.word = NASTY
    assert repr(box).isprintable()
    assert len(repr(box)) < 160
