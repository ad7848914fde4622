"""search_header: the table follows what is typed, and masks what the card masks."""

import _dicom

import ctkit


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
