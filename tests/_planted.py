"""Files whose elements hold what they shouldn't: any bytes under any VR."""

from struct import pack

import _dicom
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.valuerep import VR

from ctkit.files.dicom.allowed import _RANGES, _TERMS, WORDS

#: Every VR that a file can hold, but for sequences.
VRS = sorted(vr for vr in map(str, VR) if len(vr) == 2 and vr != "SQ")
MARK = "JOHN^DOE"
KNOWN = sorted(
    {*_RANGES, *WORDS, *_TERMS, "SOPClassUID"}
    - {"LUTData", "LUTDescriptor", "SpecificCharacterSet"}
)


LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")


def written(path, elements):
    """A CT slice's file with these (keyword, VR, bytes), any of them, put in by hand."""
    dataset = _dicom.ct_slice()
    dataset["PixelData"].VR = "OW"
    for keyword, _, _ in elements:
        if keyword in dataset:
            del dataset[keyword]
    parts = {}
    for element in dataset:
        one = Dataset()
        one.add(element)
        buffer = DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        write_dataset(buffer, one)
        parts[int(element.tag)] = buffer.getvalue()
    for keyword, vr, value in elements:
        tag = tag_for_keyword(keyword)
        value += b" " * (len(value) % 2)
        length = b"\0\0" + pack("<L", len(value)) if vr in LONG else pack("<H", len(value))
        parts[tag] = pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode() + length + value
    meta = b"\2\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    start = b"\2\0\0\0UL\4\0" + pack("<L", len(meta))
    body = b"".join(value for _, value in sorted(parts.items()))
    path.write_bytes(bytes(128) + b"DICM" + start + meta + body)
    return path
