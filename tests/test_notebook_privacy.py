"""No committed page holds a name, an id or a date of any scan that a test can see."""

import json
import os
import re
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import UID_dictionary

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))
# What points to a person, a place or a time: names, dates, times, uids, ages, ids and free text.
KINDS = {"PN", "DA", "TM", "DT", "UI", "AS", "SH", "LO", "ST", "LT", "UT", "AE"}
# Text that a scanner writes of itself and the header card shows.
TECHNICAL = {
    "BodyPartExamined", "ConvolutionKernel", "FilterType", "Manufacturer",
    "ManufacturerModelName", "RescaleType", "DeidentificationMethod", "SoftwareVersions",
    "PositionReferenceIndicator", "RequestedProcedureDescription", "StudyDescription",
    "SeriesDescription", "ProtocolName", "ContrastBolusAgent", "ContrastBolusRoute",
}  # fmt: skip
UID = re.compile(r"\b[012](?:\.\d+){5,}\b")
DATE = re.compile(r"(?<![\d.])(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\d.])")


def scans():
    """One file of each scan that the course or its tests use."""
    yield get_testdata_file("J2K_pixelrep_mismatch.dcm", download=False)
    yield get_testdata_file("CT_small.dcm", download=False)
    folder = Path(os.environ.get("CTKIT_DATA") or ROOT.parent / "shared" / "data")
    for name in ("ge-head", "crlm-1004"):
        yield from sorted((folder / name).glob("*.dcm"))[:2]


def identifiers():
    """Values long enough to be told from other text, by the keyword they come from."""
    for path in scans():
        for element in pydicom.dcmread(path, stop_before_pixels=True).iterall():
            if element.VR in KINDS and element.keyword not in TECHNICAL:
                value = str(element.value)
                if len(value) >= 6 and value not in UID_dictionary:
                    yield element.keyword or str(element.tag), value


def shown(page):
    """All that a page says: sources, and outputs as text. Pictures are no text."""
    for cell in json.loads(page.read_text(encoding="utf-8"))["cells"]:
        yield "".join(cell["source"])
        for output in cell.get("outputs", ()):
            yield "".join(output.get("text", ()))
            for kind, data in output.get("data", {}).items():
                if not kind.startswith("image/") or "svg" in kind:
                    yield data if isinstance(data, str) else "".join(map(str, data))


def test_there_are_identifiers_to_look_for():
    found = dict(identifiers())
    assert len(found) > 8
    assert "SOPInstanceUID" in found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_holds_no_identifier(page):
    text = "\n".join(shown(page))
    assert [key for key, value in identifiers() if value in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_holds_nothing_that_looks_like_one(page):
    text = "\n".join(shown(page))
    # The standard's own uids, and those that need no registration, point to nobody.
    uids = [u for u in UID.findall(text) if u not in UID_dictionary and not u.startswith("1.2.3.")]
    assert uids == []
    assert DATE.findall(text) == []


def test_the_patterns_find_what_they_should():
    assert UID.findall("uid 1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457 here")
    assert DATE.findall("on 20040826, or 20041526 or 120040826")[:2] == ["20040826"]
