"""De-identifying a DICOM dataset by an allow-list: what isn't known to be harmless is left out.

What no header tool can do stays to be done by eye: names burned into the picture, and
the face, which a head CT shows (PS3.15 Annex E).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from ...errors import CTError, LoadError, ParameterError
from ...hounsfield import is_padding
from ..damage import library, reading
from ..wording import counted
from .decoding import decode_frame
from .headers import CT_CLASSES, words
from .pixels import padding_ends
from .writing import TYPE_2, as_uid

#: Numbers that geometry, values and acquisition need: read as numbers, and written anew.
NUMBERS = frozenset(
    words(
        "SeriesNumber AcquisitionNumber InstanceNumber NumberOfFrames ImagePositionPatient "
        "ImageOrientationPatient PixelSpacing SliceThickness SpacingBetweenSlices SliceLocation "
        "GantryDetectorTilt SamplesPerPixel Rows Columns BitsAllocated BitsStored HighBit "
        "PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit FloatPixelPaddingValue "
        "FloatPixelPaddingRangeLimit RescaleIntercept RescaleSlope WindowCenter WindowWidth "
        "LossyImageCompressionRatio LUTDescriptor LUTData KVP XRayTubeCurrent ExposureTime "
        "Exposure DataCollectionDiameter ReconstructionDiameter SpiralPitchFactor "
        "SingleCollimationWidth TotalCollimationWidth RevolutionTime TableSpeed "
        "TableFeedPerRotation"
    )
)
_TYPES = ["ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "LOCALIZER", "VOLUME"]
#: Coded words, kept where they are one of these.
WORDS = {
    "ImageType": _TYPES,
    "FrameType": _TYPES,
    "Modality": ["CT"],
    "PhotometricInterpretation": ["MONOCHROME1", "MONOCHROME2"],
    "PatientPosition": words("HFS HFP HFDR HFDL FFS FFP FFDR FFDL"),
    "RescaleType": ["HU", "US"],
    "ModalityLUTType": ["HU", "US"],
    "LossyImageCompression": ["00", "01"],
    "LossyImageCompressionMethod": ["ISO_10918_1", "ISO_14495_1", "ISO_15444_1", "ISO_15444_15"],
    "RotationDirection": ["CW", "CC"],
    "VOILUTFunction": ["LINEAR", "LINEAR_EXACT", "SIGMOID"],
    "BurnedInAnnotation": ["YES", "NO"],
}
_SEQUENCES = frozenset(
    words(
        "SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence "
        "PlanePositionSequence PlaneOrientationSequence PixelValueTransformationSequence "
        "FrameVOILUTSequence CTImageFrameTypeSequence ModalityLUTSequence"
    )
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_METHOD = "ctkit: copy of an allow-list"
_SALT = secrets.token_bytes(32)  # of this Python session; never written


class Deidentified(Dataset):
    """A dataset that holds nothing but what is allowed; `left_out` lists the rest."""

    left_out: tuple[str, ...] = ()


def deidentify(dataset: Dataset, *, salt: str | bytes | None = None) -> Deidentified:
    """A new dataset with only what a CT's geometry, values and acquisition need.

    Parameters
    ----------
    dataset : pydicom Dataset of a CT image
    salt : str or bytes, optional
        What UIDs are hashed with. The same salt gives the same new UIDs, so that the
        slices of a series stay together. By default one random salt a Python session.

    Returns
    -------
    Dataset
        Explicit VR little endian, not compressed. UIDs are hashed, attributes of type
        2 present and empty, bits above BitsStored cleared. Its ``left_out`` lists tag
        and keyword of what was left out, without values. Save it with
        ``save_as(path, enforce_file_format=True)``.

    Raises
    ------
    LoadError
        Where the dataset is no CT image, or its pixels can't be decoded.
    ParameterError
        On a salt that is neither text nor bytes.

    Notes
    -----
    Nothing here looks at the picture: names burned into it stay, and so does the face
    that can be made from a head CT. Deface a head before you share it.

    PS3.15 Annex E, turned around: its table lists what to remove, and a list of what
    to remove is never complete.
    """
    sop_class = str(_value(dataset, "SOPClassUID") or CT_CLASSES[0])
    if sop_class not in CT_CLASSES:
        message = "deidentify knows CT images alone; this dataset is of another SOP class"
        raise LoadError(message)
    key = _key(salt)
    copy = Deidentified()
    left_out: list[str] = []
    _copy_allowed(dataset, copy, left_out, "")
    with reading("the dataset"):
        _copy_pixels(dataset, copy)
    for keyword in _UIDS:
        # Slices without a UID of their own are still different slices.
        spare = secrets.token_hex() if keyword == "SOPInstanceUID" else ""
        old = str(_value(dataset, keyword) or spare)
        setattr(copy, keyword, as_uid(hmac.digest(key, old.encode(), hashlib.sha256)))
    copy.SOPClassUID = sop_class
    for keyword in TYPE_2:
        if keyword not in copy:
            setattr(copy, keyword, None)
    copy.PatientIdentityRemoved = "YES"
    copy.DeidentificationMethod = _METHOD
    copy.file_meta = FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    copy.left_out = tuple(left_out)
    return copy


def _key(salt: Any) -> bytes:
    if salt is None:
        return _SALT
    if not isinstance(salt, (str, bytes)):
        message = f"salt is a text or bytes, not {salt!r}"  # bytes(5) would be five zeros
        raise ParameterError(message)
    return salt.encode() if isinstance(salt, str) else salt


def _copy_allowed(source: Dataset, target: Dataset, left_out: list[str], path: str) -> None:
    for tag in sorted(source.keys()):
        keyword = "" if tag.is_private else keyword_for_tag(tag)
        if keyword in _PIXELS or (keyword in _UIDS and not path) or keyword == "SOPClassUID":
            continue
        try:
            kept = _copy_element(source, target, tag, keyword, left_out, path)
        except CTError:  # of a value that breaks its VR: not known to be harmless
            kept = False
        if not kept:
            left_out.append(f"{path}{tag} {keyword or 'private or unknown'}")


def _copy_element(
    source: Dataset, target: Dataset, tag: int, keyword: str, left_out: list[str], path: str
) -> bool:
    """Copy one element if it is allowed, and say whether all of it was."""
    if keyword in _SEQUENCES:
        items = []
        for item in _items(source, tag):
            items.append(Dataset())
            _copy_allowed(item, items[-1], left_out, f"{path}{keyword} > ")
        if any(items):
            setattr(target, keyword, items)
        return True
    if keyword in NUMBERS and not (keyword.startswith("LUT") and not _is_lut(source, path)):
        target.add(_numbers(_element(source, tag), _value(source, "PixelRepresentation")))
        return True
    if keyword in WORDS:
        value = _element(source, tag).value
        found = [value] if isinstance(value, str) else _many(value)
        known = [word for word in found if word in WORDS[keyword]]
        setattr(target, keyword, known if len(known) != 1 else known[0])
        return len(known) == len(found)
    return False


def _element(source: Dataset, tag: int | str) -> DataElement:
    """An element, its value understood by pydicom."""
    with library(f"{tag} can't be read"):
        return source[tag]


def _value(source: Dataset, keyword: str) -> Any:
    """The value of an element, None where there is none."""
    return _element(source, keyword).value if keyword in source else None


def _items(source: Dataset, tag: int) -> list[Dataset]:
    element = _element(source, tag)
    if element.VR != "SQ":
        message = f"{element.tag} is no sequence"
        raise LoadError(message)
    return list(element.value or ())


def _many(value: Any) -> list[Any]:
    """The values of an element, one or several or none."""
    return [] if value is None or value == "" else list(np.atleast_1d(value))


def _is_lut(item: Dataset, path: str) -> bool:
    """Whether this is a Modality LUT as long as it says: its bytes are no place to hide."""
    descriptor, data = (_element(item, keyword).value for keyword in ("LUTDescriptor", "LUTData"))
    found = len(data) // 2 if isinstance(data, bytes) else len(_many(data))
    entries = _as(int, (_many(descriptor) or [None])[0]) or 65536
    return path.endswith("ModalityLUTSequence > ") and found == entries


def _numbers(element: DataElement, signed: Any) -> DataElement:
    """The same numbers in a new element: text that is no number raises a LoadError."""
    vr, value = str(element.VR), element.value
    if isinstance(value, bytes):  # a LUT as OW
        return DataElement(element.tag, "OW", value)
    found = _many(value)
    values: list[Any]
    if vr in ("US", "SS", "US or SS"):
        # Padding written as US on signed pixels is put into words that fit them.
        vr = "SS" if signed and keyword_for_tag(element.tag).startswith("PixelPadding") else vr
        low = -(2**15) if vr == "SS" else 0
        values = [(_as(int, number) - low) % 2**16 + low for number in found]
    elif vr == "DS":
        values = [_decimal(_as(float, number)) for number in found]
    else:
        kind = int if vr in ("IS", "UL", "SL") else float
        values = [_as(kind, number) for number in found]
    with library(f"{element.tag} can't be written"):
        return DataElement(element.tag, vr, values[0] if len(values) == 1 else values or None)


def _as(kind: Callable[[Any], Any], value: Any) -> Any:
    """A value of a file as a number, or a LoadError."""
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{value!r} is no number"
        raise LoadError(message) from error


def _decimal(number: float) -> str:
    return repr(number) if len(repr(number)) <= 16 else f"{number:.9e}"


def _copy_pixels(source: Dataset, target: Dataset) -> None:
    """Pixels without packing, without what hides above BitsStored or after the last one."""
    keyword = next((word for word in _PIXELS if word in source), None)
    if keyword is None:
        return
    content = _value(source, keyword)
    if not isinstance(content, bytes):
        message = f"its {keyword} holds no bytes"
        raise LoadError(message)
    rows, columns, allocated = (_whole(target, key) for key in ("Rows", "Columns", "BitsAllocated"))
    size = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}.get(keyword, allocated // 8)
    if keyword == "PixelData":
        bits = _whole(target, "BitsStored")
        if allocated not in (8, 16, 32, 64) or bits > allocated:
            message = f"no CT slice has pixels of {bits} in {allocated} bits"
            raise LoadError(message)
        stored = _stored(source, content, target, np.dtype(f"<u{size}"))
        content = _cleared(stored, target).tobytes()
    frames = _as(int, target.get("NumberOfFrames") or 1)
    count = frames * rows * columns * size
    if len(content) < count or target.get("SamplesPerPixel", 1) != 1:
        filled = counted(len(content), "byte")
        message = f"the pixels fill {filled}, the header describes {count:,}"
        raise LoadError(message)
    setattr(target, keyword, content[:count] + b"\0" * (count % 2))


def _whole(target: Dataset, keyword: str) -> int:
    """A number above 0 without which nothing is known of the pixels."""
    value = target.get(keyword)
    if not isinstance(value, int) or value < 1:
        message = f"it has no usable {keyword}: what its pixels are is not known"
        raise LoadError(message)
    return int(value)


def _cleared(values: np.ndarray, target: Dataset) -> np.ndarray:
    """Stored values (unsigned) without the bits above BitsStored.

    Padding may be declared up there: it stays, as one and the same value.
    """
    allocated, stored = target.BitsAllocated, target.BitsStored
    clean = values & values.dtype.type((1 << stored) - 1)
    if (first := target.get("PixelPaddingValue")) is None:
        return clean
    signed = target.get("PixelRepresentation") == 1
    last = target.get("PixelPaddingRangeLimit")
    ends = padding_ends(
        _as(int, first), _as(int, first if last is None else last), allocated, signed
    )
    low = -(1 << stored - 1) if signed else 0
    if low <= min(ends) and max(ends) < low + (1 << stored):
        return clean
    words = values.view(f"<{'i' if signed else 'u'}{values.itemsize}")
    spare = allocated - stored
    return np.where(is_padding(words, ends), words.dtype.type(ends[0]), words << spare >> spare)


def _stored(source: Dataset, content: bytes, target: Dataset, kind: np.dtype) -> np.ndarray:
    """Stored values of all frames as unsigned little endian integers."""
    syntax = getattr(source, "file_meta", {}).get("TransferSyntaxUID", ExplicitVRLittleEndian)
    with library("its transfer syntax is not known"):
        is_packed = UID(syntax).is_encapsulated
    if not is_packed:
        little = syntax != "1.2.840.10008.1.2.2"
        content = content[: len(content) // kind.itemsize * kind.itemsize]
        return np.frombuffer(content, kind if little else kind.newbyteorder()).astype(kind)
    from pydicom.encaps import generate_frames

    shape, bits = (target.Rows, target.Columns), (target.BitsAllocated, target.BitsStored)
    signed = target.get("PixelRepresentation") == 1
    with library("its compressed pixels can't be told frame by frame"):
        frames = list(generate_frames(content, number_of_frames=target.get("NumberOfFrames") or 1))
    values = np.stack([decode_frame(frame, syntax, shape, bits, signed) for frame in frames])
    return values.view(f"u{values.dtype.itemsize}").astype(kind)
