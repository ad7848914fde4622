"""One pass over DICOM headers: what each file is, where its slices lie, never the pixels.

Numbers are read from the raw bytes of an element: pydicom's own number types are made
for writing back what was read, and cost more than everything else in this pass.
"""

import io
import math
import struct
from dataclasses import dataclass, field

import pydicom
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.filereader import read_dataset, read_file_meta_info

from .archives import inflate, is_dicom, read_head
from .errors import LoadError


def words(text):
    """The words of a text, as a tuple: for tables of keywords."""
    return tuple(text.split())


KEYWORDS = words(
    "ImageType SOPClassUID SOPInstanceUID Modality SeriesDescription SliceThickness "
    "SpacingBetweenSlices SeriesInstanceUID SeriesNumber AcquisitionNumber InstanceNumber "
    "ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID SamplesPerPixel "
    "PhotometricInterpretation NumberOfFrames Rows Columns PixelSpacing BitsAllocated "
    "BitsStored HighBit PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit "
    "FloatPixelPaddingValue FloatPixelPaddingRangeLimit RescaleIntercept RescaleSlope "
    "RescaleType ModalityLUTSequence LossyImageCompression LossyImageCompressionRatio "
    "ExtendedOffsetTable ExtendedOffsetTableLengths SharedFunctionalGroupsSequence "
    "PerFrameFunctionalGroupsSequence"
)
_TAGS = {keyword: tag_for_keyword(keyword) for keyword in KEYWORDS}
_BINARY = {"US": "H", "SS": "h", "US or SS": "H", "UL": "L", "SL": "l", "FL": "f", "FD": "d"}
_PIXELS = {0x7FE00008: "<f4", 0x7FE00009: "<f8", 0x7FE00010: None}
_DEFLATED = b"1.2.840.10008.1.2.1.99"
CT_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.2",  # CT Image Storage
    "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
    "1.2.840.10008.5.1.4.1.1.2.2",  # Legacy Converted Enhanced CT
)


@dataclass(slots=True)
class Header:
    """What one file says. `kind` is ``"CT"``, or what it is instead."""

    source: object
    dataset: object
    kind: str
    series_uid: str
    syntax: str
    deflated: int = 0  # where the deflated part of the file begins, 0 where there is none
    offset: int = 0  # of the pixel data's first byte
    length: int = 0  # of the pixel data in bytes; 0xFFFFFFFF where it is encapsulated
    little: bool = True
    float_type: str | None = None
    size: int = 0  # of the whole file, inflated
    shape: tuple = ()  # (rows, columns)
    bits: tuple = ()  # (allocated, stored)
    signed: bool = False
    frames: list = field(default_factory=list)

    @property
    def name(self):
        """What messages call the file."""
        return self.source.name


@dataclass(slots=True)
class Frame:
    """One slice: of a file of its own, or of a multi-frame file."""

    header: Header
    index: int
    position: tuple
    orientation: tuple
    spacing: tuple
    slope: float | None
    intercept: float | None
    rescale_type: str

    @property
    def name(self):
        """What messages call the slice."""
        many = len(self.header.frames) > 1
        return f"{self.header.name}, frame {self.index + 1}" if many else self.header.name


def read_header(source, zip_limits=None):
    """Read what one file says, or None where it is not DICOM at all.

    Raises
    ------
    LoadError
        Where the file is DICOM, but cut, damaged or contradicting itself.
    """
    with open(source.path, "rb", buffering=0) as file:
        head = file.read(2**14)
        if not is_dicom(head):
            return None
        size = file.seek(0, 2)
    try:
        return _read(source, head, size, zip_limits)
    except LoadError as error:
        message = str(error)
        message = message if source.name in message else f"{source.name}: {message}"
        raise LoadError(message) from None
    # pydicom raises many kinds on damaged files.
    except Exception as error:
        message = f"{source.name} is DICOM, but its header can't be read: {type(error).__name__}"
        raise LoadError(message) from None


def numbers(dataset, keyword):
    """The numbers of an element as a tuple of float; () where it is absent or empty."""
    element = dataset.get_item(_TAGS[keyword])
    value = None if element is None else element.value
    if value is None or value == "" or value == b"":
        return ()
    try:
        found = _parse(element, value, keyword)
    except (ValueError, TypeError, struct.error):
        found = (math.nan,)
    if not all(map(math.isfinite, found)):
        message = f"{keyword} holds something that is no finite number"
        raise LoadError(message)
    return found


def number(dataset, keyword, default=None):
    """The first number of an element."""
    found = numbers(dataset, keyword)
    return found[0] if found else default


def text(dataset, keyword):
    """The text of an element, "" where it is absent or empty."""
    element = dataset.get_item(_TAGS[keyword])
    value = "" if element is None or element.value is None else element.value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    elif not isinstance(value, str):
        value = "\\".join(map(str, value))
    return value.strip(" \0")


def _parse(element, value, keyword):
    if not isinstance(value, bytes):  # pydicom has converted it, in a functional group
        return tuple(map(float, value if hasattr(value, "append") else [value]))
    code = _BINARY.get(element.VR or dictionary_VR(_TAGS[keyword]))
    if code:
        order = "<" if element.is_little_endian else ">"
        return struct.unpack(f"{order}{len(value) // struct.calcsize(order + code)}{code}", value)
    value = value.strip(b" \0")
    return tuple(map(float, value.split(b"\\"))) if value else ()


def _read(source, head, size, zip_limits):
    deflated = 0
    if _DEFLATED in head[:1024]:
        deflated, dataset, stream, syntax = _read_deflated(source, zip_limits)
        size = len(stream.getbuffer())
    else:
        dataset, stream = _read_growing(source, head, size)
        meta = getattr(dataset, "file_meta", None) or {}
        syntax = str(meta.get("TransferSyntaxUID", "")) or _plain_syntax(dataset)
    header = Header(
        source,
        dataset,
        _kind(dataset),
        text(dataset, "SeriesInstanceUID"),
        syntax,
        deflated,
        size=size,
        little=syntax != "1.2.840.10008.1.2.2",
    )
    if header.kind == "CT":
        _place_pixels(header, stream)
        _describe_pixels(header)
        header.frames = _read_frames(header)
    return header


def _plain_syntax(dataset):
    implicit, little = dataset.original_encoding
    if not little:
        return "1.2.840.10008.1.2.2"
    return "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"


def _read_growing(source, head, size):
    """Parse the first 16 kB, and more of the file only where the pixels begin later."""
    while True:
        stream = io.BytesIO(head)
        dataset = pydicom.dcmread(
            stream, stop_before_pixels=True, force=True, specific_tags=list(_TAGS.values())
        )
        if len(head) >= size or _at_pixels(stream):
            return dataset, stream
        head = read_head(source.path, 16 * len(head))


def _at_pixels(stream):
    at = stream.tell()
    tag = stream.read(4)
    stream.seek(at)
    return tag[:2] in (b"\xe0\x7f", b"\x7f\xe0") and len(stream.getbuffer()) - at >= 12


def _read_deflated(source, zip_limits):
    meta = read_file_meta_info(source.path)
    start = 144 + meta.FileMetaInformationGroupLength
    with open(source.path, "rb") as file:
        file.seek(start)
        stream = io.BytesIO(inflate(file.read(), source.name, zip_limits))
    dataset = read_dataset(
        stream,
        False,
        True,
        stop_when=lambda tag, vr, length: tag in _PIXELS,
        specific_tags=list(_TAGS.values()),
    )
    return start, dataset, stream, str(meta.TransferSyntaxUID)


def _kind(dataset):
    """CT, or in a word what a file is instead."""
    sop_class, modality = text(dataset, "SOPClassUID"), text(dataset, "Modality")
    if sop_class in CT_CLASSES or (not sop_class and modality == "CT"):
        if modality not in ("CT", ""):
            return modality[:16]
        words = text(dataset, "ImageType").upper().split("\\")
        return "localizer" if {"LOCALIZER", "SCOUT"} & set(words) else "CT"
    name = pydicom.uid.UID(sop_class).name if sop_class else ""
    if "Secondary Capture" in name:
        return "secondary capture"
    return (
        modality[:16] if modality not in ("CT", "") else name.removesuffix(" Storage") or "no image"
    )


def _place_pixels(header, stream):
    """Where in the file the pixel data lies, and that all of it is there."""
    implicit, little = header.dataset.original_encoding
    order = "<" if little else ">"
    at = stream.tell()
    head = stream.read(12)
    tag = struct.unpack(f"{order}HH", head[:4]) if len(head) == 12 else (0, 0)
    tag = tag[0] << 16 | tag[1]
    if tag not in _PIXELS:
        message = f"{header.name} has no pixels: the file is cut short in its header, or no image"
        raise LoadError(message)
    header.float_type = _PIXELS[tag]
    header.little = little
    long = not implicit and head[4:6] in (b"OB", b"OW", b"OF", b"OD", b"UN")
    start = 8 if long else 4
    header.offset = at + start + 4
    header.length = struct.unpack(f"{order}L", head[start : start + 4])[0]
    missing = header.offset + header.length - header.size
    if header.length != 0xFFFFFFFF and missing > 0:
        message = (
            f"{header.name} is cut short: the last {missing:,} of the {header.length:,} bytes "
            "of its pixels are not there. Get the file again; or take it away and load the rest "
            'with missing="interpolate"'
        )
        raise LoadError(message)


def _describe_pixels(header):
    """Rows, columns and bits, checked before any memory is taken for them."""
    dataset = header.dataset
    rows, columns = (int(number(dataset, key, 0)) for key in ("Rows", "Columns"))
    samples = number(dataset, "SamplesPerPixel", 1)
    colours = text(dataset, "PhotometricInterpretation")
    if samples != 1 or colours not in ("MONOCHROME1", "MONOCHROME2", ""):
        message = f"{header.name} is a colour picture ({colours or samples}), not CT values"
        raise LoadError(message)
    allocated = int(number(dataset, "BitsAllocated", 0))
    if header.float_type:
        allocated = 8 * int(header.float_type[-1])
    stored = int(number(dataset, "BitsStored", allocated))
    high = int(number(dataset, "HighBit", stored - 1))
    if rows < 1 or columns < 1 or allocated not in (8, 16, 32, 64) or not 1 <= stored <= allocated:
        message = (
            f"{header.name} says it has {rows} rows, {columns} columns and {stored} of "
            f"{allocated} bits a pixel: no CT slice has"
        )
        raise LoadError(message)
    if high != stored - 1 and not header.float_type:
        message = (
            f"{header.name} stores {stored} bits with the highest at {high}, not {stored - 1}: "
            "which bits hold the value is ambiguous (PS3.5 8.1.1)"
        )
        raise LoadError(message)
    header.shape, header.bits = (rows, columns), (allocated, stored)
    header.signed = number(dataset, "PixelRepresentation", 0) == 1


def _read_frames(header):
    """The slices of a file, each with its own position and rescale."""
    dataset = header.dataset
    count = int(number(dataset, "NumberOfFrames", 1))
    shared = dataset.get("SharedFunctionalGroupsSequence")
    each = dataset.get("PerFrameFunctionalGroupsSequence")
    if not shared and not each:
        if count != 1:
            message = f"{header.name} has {count} frames, but says no position for each of them"
            raise LoadError(message)
        return [_read_frame(header, 0, {})]
    if not each or len(each) != count:
        message = f"{header.name} has {count} frames, but describes {len(each or ())} of them"
        raise LoadError(message)
    return [_read_frame(header, i, _groups(shared, groups)) for i, groups in enumerate(each)]


def _groups(shared, own):
    """Functional groups of a frame by name: its own, else those shared by all frames."""
    found = {}
    for groups in [*(shared or ())[:1], own]:
        for element in groups:
            if element.VR == "SQ" and element.value:
                found[element.keyword] = element.value[0]
    return found


def _read_frame(header, index, groups):
    def place(group):
        return groups.get(group, header.dataset)

    values = place("PixelValueTransformationSequence")
    return Frame(
        header,
        index,
        position=numbers(place("PlanePositionSequence"), "ImagePositionPatient"),
        orientation=numbers(place("PlaneOrientationSequence"), "ImageOrientationPatient"),
        spacing=numbers(place("PixelMeasuresSequence"), "PixelSpacing"),
        slope=number(values, "RescaleSlope"),
        intercept=number(values, "RescaleIntercept"),
        rescale_type=text(values, "RescaleType"),
    )
