"""One pass over DICOM headers: what each file is, where its slices lie, never the pixels.

Plain elements are found here, pydicom finds all others. Numbers are read from the raw bytes:
pydicom's own types are made for writing back what was read, and cost more than all the rest.
"""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element
from pydicom.dataset import Dataset
from pydicom.filereader import data_element_generator, dcmread, read_file_meta_info
from pydicom.filereader import read_dataset as read_elements
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from ...errors import LoadError
from ..damage import library, quiet, reading
from ..sources import BoundedFile, Source, ZipLimits, inflate, is_dicom, read_head
from ..wording import counted
from .allowed import term

# Of tag to what pydicom read there: bytes, or the items of a sequence.
Elements = dict[int, RawDataElement | DataElement]


def words(text: str) -> tuple[str, ...]:
    """The words of a text, as a tuple: for tables of keywords."""
    return tuple(text.split())


_TAGS = {
    keyword: int(Tag(keyword))
    for keyword in words(
        "SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID Modality SeriesDescription "
        "PatientID SliceThickness SpacingBetweenSlices StudyInstanceUID SeriesInstanceUID "
        "SeriesNumber AcquisitionNumber InstanceNumber ImagePositionPatient "
        "ImageOrientationPatient FrameOfReferenceUID SamplesPerPixel "
        "PhotometricInterpretation NumberOfFrames Rows Columns PixelSpacing "
        "BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue "
        "PixelPaddingRangeLimit FloatPixelPaddingValue FloatPixelPaddingRangeLimit "
        "RescaleIntercept RescaleSlope RescaleType ModalityLUTSequence LossyImageCompression "
        "LossyImageCompressionRatio SharedFunctionalGroupsSequence "
        "PerFrameFunctionalGroupsSequence LUTDescriptor LUTData ModalityLUTType FrameType "
        "AcquisitionDate AcquisitionTime AcquisitionDateTime FrameAcquisitionDateTime "
        "FrameAcquisitionNumber TemporalPositionIndex TemporalPositionIdentifier "
        "TemporalPositionTimeOffset TriggerTime NominalPercentageOfCardiacPhase "
        "NominalCardiacTriggerDelayTime LossyImageCompressionMethod ConvolutionKernel KVP StackID "
        "ReconstructionDiameter PatientPosition ContrastBolusAgent SeriesTime ContentTime "
        "ImagesInAcquisition NumberOfSlices NumberOfSeriesRelatedInstances"
    )
}
_GROUPS = words(
    "PixelMeasuresSequence PlanePositionSequence PlaneOrientationSequence "
    "PixelValueTransformationSequence FrameContentSequence CardiacSynchronizationSequence "
    "TemporalPositionSequence CTImageFrameTypeSequence CTReconstructionSequence "
    "CTXRayDetailsSequence"
)
_TAGS |= {keyword: int(Tag(keyword)) for keyword in _GROUPS}
_VRS = {tag: dictionary_VR(tag) for tag in _TAGS.values()}
_CODES = {"SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d"}
_CODES |= dict.fromkeys(("US", "US or SS", "US or OW", "OW"), "H")
_PIXELS: dict[int, str | None] = {0x7FE00008: "f4", 0x7FE00009: "f8", 0x7FE00010: None}
_META = (0x00020002, 0x00020010)  # of the file meta: SOP class, transfer syntax
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
NATIVE = (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)
UNDEFINED = 0xFFFFFFFF
_LONG = frozenset(vr.encode() for vr in EXPLICIT_VR_LENGTH_32)  # those with a length of 32 bits
_SHORT = frozenset(vr.encode() for vr in EXPLICIT_VR_LENGTH_16)
_ELEMENT, _LENGTH = struct.Struct("<HH2sH"), struct.Struct("<L")
_HEAD = 2**14  # bytes: most headers are shorter
_INFLATED_HEAD = 2**25  # bytes of a deflated file that are held while its header is read
CT_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.2",  # CT Image Storage
    "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
    "1.2.840.10008.5.1.4.1.1.2.2",  # Legacy Converted Enhanced CT
)


@dataclass(slots=True)
class Header:
    """What one file says. `kind` is ``"CT"``, or in a word what it is instead."""

    source: Source
    elements: Elements
    syntax: str
    kind: str
    series_uid: str
    deflated: int  # where the deflated part of the file begins, 0 where there is none
    little: bool
    size: int  # of the whole file, inflated
    offset: int = 0  # of the first byte of pixel data
    length: int = 0  # of the pixel data, UNDEFINED where it comes in fragments
    float_type: str | None = None
    unpacked: bool = False  # whether its syntax says compressed, and its pixels are not
    lossy: bool = False  # whether its pixels are, or once were, in lossy compression
    in_words: bool = False  # whether the pixels are 16-bit words (OW), also where they have 8
    shape: tuple[int, int] = (0, 0)  # (rows, columns)
    bits: tuple[int, int] = (0, 0)  # (allocated, stored)
    signed: bool = False
    frames: list[Frame] = field(default_factory=list)
    problem: LoadError | None = None  # why it can't be a slice of a Volume

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.source.name

    @property
    def frame_bytes(self) -> int:
        """Size of one frame, once unpacked."""
        return self.shape[0] * self.shape[1] * self.bits[0] // 8


@dataclass(slots=True)
class Frame:
    """One slice: of a file of its own, or of a multi-frame file."""

    header: Header
    index: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, ...]
    thickness: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    lut: Elements | None  # of a Modality LUT
    groups: dict[str, Elements]  # functional groups of a multi-frame file, by keyword

    @property
    def name(self) -> str:
        """What messages call the slice."""
        many = len(self.header.frames) > 1
        return f"{self.header.name}, frame {self.index + 1}" if many else self.header.name

    def scaling(self, rescale: tuple[float, float] | None) -> tuple[float, float]:
        """Slope and intercept: those on the user's word, or the slice's own.

        One that is absent changes nothing. A slice that lacks one has been refused before,
        unless it has a Modality LUT.
        """
        if rescale is not None:
            return rescale
        slope = 1.0 if self.slope is None else self.slope
        return slope, 0.0 if self.intercept is None else self.intercept


def read_header(source: Source, zip_limits: ZipLimits = None) -> Header | None:
    """Read what one file says, or None where it is not DICOM at all.

    Raises
    ------
    LoadError
        Where the file is DICOM, but so damaged that not even its series is known. What
        is wrong with a CT slice otherwise is its `problem`.
    """
    with reading(source.name):
        head = read_head(source.path, _HEAD)
        if not is_dicom(head):
            return None
        header, stream = _parse(source, head, zip_limits)
        if header.kind == "CT":
            try:
                _place_pixels(header, stream)
                _describe_pixels(header)
                header.frames = _read_frames(header)
                _check_length(header)
            except LoadError as error:
                if not header.series_uid:
                    raise
                message = f"{source.name}: {error}"
                header.problem = LoadError(message)
                header.problem.__cause__ = error.__cause__
        return header


def numbers(elements: Elements, keyword: str) -> tuple[float, ...]:
    """The numbers of an element as a tuple of float; () where it is absent or empty."""
    element = elements.get(_TAGS[keyword])
    if not isinstance(element, RawDataElement) or not element.value:
        return ()
    value = element.value
    vr = element.VR if element.VR not in (None, "UN") else _VRS[element.tag]
    code = _CODES.get(vr)
    try:
        if code:
            code = ("<" if element.is_little_endian else ">") + code
            found = tuple(float(number) for (number,) in struct.iter_unpack(code, value))
        else:
            value = value.strip(b" \0")
            # To Python, but not to DICOM, 1_1 is 11.
            found = tuple(map(float, value.replace(b"_", b"?").split(b"\\"))) if value else ()
    except (ValueError, struct.error):
        found = (math.nan,)
    if not all(map(math.isfinite, found)):
        message = f"{keyword} holds no finite number"
        raise LoadError(message)
    return found


def number(elements: Elements, keyword: str, default: Any = None) -> Any:
    """The number of an element that holds one."""
    found = numbers(elements, keyword)
    if len(found) > 1 and keyword != "LossyImageCompressionRatio":  # one a step of compression
        message = f"{keyword} holds {len(found)} numbers, not one"
        raise LoadError(message)
    return found[0] if found else default


def text(elements: Elements, keyword: str) -> str:
    """The text of an element of plain characters, "" where it is absent or empty."""
    return _plain(elements.get(_TAGS[keyword]))


def _plain(element: RawDataElement | DataElement | None) -> str:
    raw = isinstance(element, RawDataElement) and element.value
    return raw.decode("latin-1").strip(" \0") if raw else ""


def modality_of(elements: Elements) -> str:
    """Modality as the term known for it, "" where there is none, "other" for any other text."""
    said = text(elements, "Modality")
    return term("Modality", said) or ("other" if said else "")


def has(elements: Elements, keyword: str) -> bool:
    """Whether there is such an element."""
    return _TAGS[keyword] in elements


def description(header: Header) -> str:
    """SeriesDescription, in the character set that the file names; "" where that is damaged."""
    element = header.elements.get(_TAGS["SeriesDescription"])
    names = text(header.elements, "SpecificCharacterSet").split("\\")
    try:
        with quiet(), library("its characters can't be read"):
            codecs = convert_encodings(names)
            return decode_bytes(element.value or b"", codecs, set()).strip() if element else ""
    except LoadError:
        return ""


def _parse(source: Source, head: bytes, zip_limits: ZipLimits) -> tuple[Header, io.BytesIO]:
    """Header, and the stream at its pixels.

    More than the first bytes is read only where the header is longer. pydicom could walk
    through the file itself, but it seeks from element to element, which takes 0.35 ms a slice
    longer in a file than in memory: half as long again as all other work on a header.
    """
    count = _HEAD
    while True:
        is_all = len(head) < count
        try:
            header, stream = _parse_head(source, head, zip_limits)
            if is_all or header.deflated or _has_pixels(stream):
                return header, stream
        except LoadError:  # of an element that ends behind this head
            if is_all:
                raise
        count *= 16
        head = read_head(source.path, count)


def _parse_head(source: Source, head: bytes, zip_limits: ZipLimits) -> tuple[Header, io.BytesIO]:
    stream, size = io.BytesIO(head), os.stat(source.path).st_size
    sop_class, syntax = _meta(stream)
    deflated = stream.tell() if syntax == DEFLATED else 0
    if deflated:
        stream, size = _inflated(source, deflated, zip_limits)
    implicit, little, syntax = _encoding(stream, syntax)
    elements = _elements(stream, implicit, little, _is_pixels, _VRS)
    uid = text(elements, "SeriesInstanceUID")
    kind = _kind(text(elements, "SOPClassUID") or sop_class, elements)
    return Header(source, elements, syntax, kind, uid, deflated, little, size), stream


def _meta(stream: io.BytesIO) -> list[str]:
    """SOP class and transfer syntax of the file meta at the start of a stream, and what is next."""
    stream.seek(132 if stream.getbuffer()[128:132] == b"DICM" else 0)
    meta = _elements(stream, False, True, _is_past_meta, _META)
    return [_plain(meta.get(tag)) for tag in _META]


def _inflated(source: Source, at: int, zip_limits: ZipLimits) -> tuple[io.BytesIO, int]:
    """The header of a file that is deflated from `at` on, and the size of that part, inflated."""
    with open(source.path, "rb") as file:
        file.seek(at)
        return inflate(file.read(), zip_limits, _INFLATED_HEAD)


def read_dataset(source: Source) -> Dataset:
    """All elements of a file as pydicom has them, with the file meta; without pixels if deflated.

    pydicom alone would inflate a deflated file whatever that takes.
    """
    stream = io.BytesIO(read_head(source.path, _HEAD))
    inflated = _meta(stream)[1] == DEFLATED and _inflated(source, stream.tell(), None)[0]
    with library("its header can't be read"), BoundedFile(source.path) as file:
        if not inflated:
            return dcmread(file, force=True, defer_size="1 MB")
        dataset = read_elements(inflated, False, True, stop_when=_is_pixels)
        dataset.file_meta = read_file_meta_info(source.path)
        return dataset


def _elements(
    stream: io.BytesIO,
    implicit: bool,
    little: bool,
    stop: Callable[[int, str | None, int], bool],
    tags: Collection[int],
) -> Elements:
    """The elements of `tags` up to where `stop` says so, and the stream there."""
    usual = little and not implicit
    found, there = _plain_elements(stream, stop, tags) if usual else ({}, False)
    if there:
        return found
    with library("its header can't be read"):
        # pydicom takes the tags to be a list, though any iterable does.
        wanted: Any = tags
        more = list(
            data_element_generator(stream, implicit, little, stop_when=stop, specific_tags=wanted)
        )
    return found | _usable(more)


def _plain_elements(
    stream: io.BytesIO, stop: Callable[[int, str | None, int], bool], tags: Collection[int]
) -> tuple[Elements, bool]:
    """The elements of `tags` up to `stop`, and whether there is such a stop.

    Else the stream is left at the first element that is cut, unusual or in pieces, and pydicom
    goes on. Headers hold hundreds of elements, of which we need thirty; from one to the next it
    takes pydicom five times as long, more than all other work on a header. The encoding is the
    usual one: explicit VR, little endian (PS3.5 7.1.2).
    """
    data, at = stream.getvalue(), stream.tell()
    last, there = len(data) - 12, False
    found: Elements = {}
    while at <= last:
        group, element, vr, length = _ELEMENT.unpack_from(data, at)
        tag, begin = group << 16 | element, at + 8
        if vr not in _SHORT:
            if vr not in _LONG:
                break
            (length,), begin = _LENGTH.unpack_from(data, begin), at + 12
        end = begin + length
        if (there := stop(tag, None, length)) or end > len(data):
            break
        if tag in tags:
            value = data[begin:end]
            found[tag] = RawDataElement(
                BaseTag(tag), vr.decode(), length, value, begin, False, True
            )
        at = end
    stream.seek(at)
    return found, there


def _usable(found: Iterable[RawDataElement | DataElement]) -> Elements:
    """Elements by tag; one in pieces, of undefined length, only where it should be a sequence."""
    return {
        int(element.tag): element
        for element in found
        if isinstance(element, RawDataElement) or _VRS.get(element.tag) == "SQ"
    }


def _is_past_meta(tag: int, vr: str | None, length: int) -> bool:
    return tag > 0x2FFFF


def _is_pixels(tag: int, vr: str | None, length: int) -> bool:
    return tag in _PIXELS


def _has_pixels(stream: io.BytesIO) -> bool:
    at = stream.tell()
    head = stream.read(12)
    stream.seek(at)
    return len(head) == 12 and head[:2] in (b"\xe0\x7f", b"\x7f\xe0")


def _encoding(stream: io.BytesIO, syntax: str) -> tuple[bool, bool, str]:
    """(implicit, little, transfer syntax), by content where the file meta is silent or wrong."""
    at = stream.tell()
    head = stream.read(6)
    stream.seek(at)
    implicit = not (head[4:6].isalpha() and head[4:6].isupper())
    little = head[:1] != b"\0" if not syntax else syntax != BIG_ENDIAN
    plain = (IMPLICIT if implicit else EXPLICIT) if little else BIG_ENDIAN
    return implicit, little, syntax or plain


def _kind(sop_class: str, elements: Elements) -> str:
    """CT, or in a word what a file is instead."""
    modality = modality_of(elements)
    if sop_class in CT_CLASSES or (not sop_class and modality == "CT"):
        if modality not in ("CT", ""):
            return modality
        types = text(elements, "ImageType").upper().split("\\")
        return "localizer" if {"LOCALIZER", "SCOUT"} & set(types) else "CT"
    # A UID of nobody's but the standard's: any other leads to who made it.
    name = (term("SOPClassUID", sop_class) or "").removesuffix(" Storage")
    if "Secondary Capture" in name:
        return "secondary capture"
    return modality if modality not in ("CT", "") else name or "no image"


def _place_pixels(header: Header, stream: io.BytesIO) -> None:
    """Where in the file the pixel data lies, and that all of it is there."""
    order = "<" if header.little else ">"
    at = stream.tell()
    head = stream.read(12)
    group, element = struct.unpack(f"{order}HH", head[:4]) if len(head) == 12 else (0, 0)
    if group << 16 | element not in _PIXELS:
        message = "it has no pixels: cut short in its header, or no image"
        raise LoadError(message)
    header.float_type = _PIXELS[group << 16 | element]
    start = 8 if head[4:6] in (b"OB", b"OW", b"OF", b"OD", b"UN") else 4
    header.in_words = head[4:6] == b"OW"
    header.offset = at + start + 4
    header.length = struct.unpack(f"{order}L", head[start : start + 4])[0]
    lost = header.offset + header.length - header.size
    if header.length != UNDEFINED and lost > 0:
        message = (
            f"it is cut short: {lost:,} of the {header.length:,} bytes of its pixels are missing. "
            'Get it again, or take it away and load the rest with missing="interpolate"'
        )
        raise LoadError(message)


def _describe_pixels(header: Header) -> None:
    """Rows, columns and bits, checked before any memory is taken for them."""
    elements = header.elements
    rows, columns = (int(number(elements, key, 0)) for key in ("Rows", "Columns"))
    samples = number(elements, "SamplesPerPixel", 1)
    colours = text(elements, "PhotometricInterpretation").upper()
    if samples != 1 or colours not in ("MONOCHROME1", "MONOCHROME2", ""):
        named = term("PhotometricInterpretation", colours) or counted(int(samples), "sample")
        message = f"it is a colour picture ({named}), not CT values"
        raise LoadError(message)
    allocated = int(number(elements, "BitsAllocated", 0))
    if header.float_type:
        allocated = 8 * int(header.float_type[-1])
    stored = allocated if header.float_type else int(number(elements, "BitsStored", allocated))
    if rows < 1 or columns < 1 or allocated not in (8, 16, 32, 64) or not 1 <= stored <= allocated:
        message = f"no CT slice has {rows} x {columns} pixels of {stored} in {allocated} bits"
        raise LoadError(message)
    high = number(elements, "HighBit", stored - 1)
    if high != stored - 1 and not header.float_type:
        message = f"HighBit {high:g} and BitsStored {stored} don't say which bits hold the value"
        raise LoadError(message)
    header.shape, header.bits = (rows, columns), (allocated, stored)
    header.signed = number(elements, "PixelRepresentation", 0) == 1


def _check_length(header: Header) -> None:
    """Uncompressed pixels fill what the header describes, before memory is taken for them."""
    needed = header.frame_bytes * len(header.frames)
    if header.syntax not in NATIVE and header.length != UNDEFINED and not _has_items(header):
        # All other syntaxes are explicit and little endian, as plain pixels under them must be.
        header.syntax, header.unpacked = EXPLICIT, True
    # A byte or some to fill up a block may follow; another frame is a contradiction.
    most = min(needed + header.frame_bytes, UNDEFINED)
    if header.syntax in NATIVE and not needed <= header.length < most:
        filled = counted(header.length, "byte")
        message = f"its pixels fill {filled}, but its header describes {needed:,}"
        if header.unpacked:
            message += ". They are not compressed, though its transfer syntax says so"
        raise LoadError(message)


def _has_items(header: Header) -> bool:
    """Whether the pixel data of a file begins as compressed ones do, with an item."""
    with open(header.source.path, "rb") as file:
        file.seek(header.offset)
        return file.read(4) == b"\xfe\xff\x00\xe0"


def _read_frames(header: Header) -> list[Frame]:
    """The slices of a file, each with its own position and rescale."""
    count = max(int(number(header.elements, "NumberOfFrames", 1)), 1)  # some write 0 for one
    shared = items(header.elements, "SharedFunctionalGroupsSequence")
    each = items(header.elements, "PerFrameFunctionalGroupsSequence")
    if count == 1 and not each:
        return [_read_frame(header, 0, _groups(shared[0]) if shared else {})]
    if len(each) != count:
        message = f"it has {counted(count, 'frame')}, but says where {len(each)} of them lie"
        raise LoadError(message)
    common = _groups(shared[0]) if shared else {}
    return [_read_frame(header, k, common | _groups(own)) for k, own in enumerate(each)]


def items(elements: Elements, keyword: str) -> list[Elements]:
    """The items of a sequence, each as a dict of elements."""
    element = elements.get(_TAGS[keyword])
    if element is None:
        return []
    with library(f"its {keyword} can't be read"):
        if isinstance(element, RawDataElement):
            element = convert_raw_data_element(element)
        datasets: list[Dataset] = list(element.value or ()) if element.VR == "SQ" else []
        found = [[item.get_item(tag) for tag in list(item.keys())] for item in datasets]
    return [_usable(item) for item in found]


def _groups(elements: Elements) -> dict[str, Elements]:
    """The functional groups that matter, by keyword, each as a dict of elements."""
    found = {keyword: items(elements, keyword) for keyword in _GROUPS if has(elements, keyword)}
    # An empty group says nothing, not even that what is shared has no say.
    return {keyword: group[0] for keyword, group in found.items() if group and group[0]}


def _read_frame(header: Header, index: int, groups: dict[str, Elements]) -> Frame:
    def place(group: str) -> Elements:
        return groups.get(group, header.elements)

    measures = place("PixelMeasuresSequence")
    values = place("PixelValueTransformationSequence")
    lut = items(header.elements, "ModalityLUTSequence")
    return Frame(
        header,
        index,
        position=numbers(place("PlanePositionSequence"), "ImagePositionPatient"),
        orientation=numbers(place("PlaneOrientationSequence"), "ImageOrientationPatient"),
        spacing=numbers(measures, "PixelSpacing"),
        thickness=_thickness(measures),
        slope=number(values, "RescaleSlope"),
        intercept=number(values, "RescaleIntercept"),
        rescale_type=text(values, "RescaleType"),
        lut=lut[0] if lut else None,
        groups=groups,
    )


def _thickness(measures: Elements) -> float | None:
    """SliceThickness, None where it is no number: it has a say for a slice alone, at most."""
    try:
        return number(measures, "SliceThickness")
    except LoadError:
        return None
