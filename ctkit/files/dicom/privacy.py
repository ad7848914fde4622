"""De-identifying a DICOM dataset by an allow-list: what isn't known to be harmless is left out.

What no header tool can do stays to be done by eye: names burned into the picture, and
the face, which a head CT shows (PS3.15 Annex E).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRLittleEndian

from ...arguments import choice
from ...errors import CTError, LoadError, ParameterError
from ...hounsfield import is_padding
from ..damage import library, quiet, reading
from ..wording import counted
from .allowed import NUMBERS, WORDS, numbers_of, term, terms_of
from .decoding import decode_frame
from .headers import CT_CLASSES, words
from .pixels import padding_ends
from .writing import TYPE_2, as_uid

# Sequences that a CT needs, and what each stands in: "" is the dataset itself.
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_SEQUENCES = dict.fromkeys((*_GROUPS, "ModalityLUTSequence"), ("",)) | dict.fromkeys(
    words(
        "PixelMeasuresSequence PlanePositionSequence PlaneOrientationSequence "
        "PixelValueTransformationSequence FrameVOILUTSequence CTImageFrameTypeSequence"
    ),
    _GROUPS,
)
# Numbers that no voxel and no millimetre depends on: no digits are left to hide in.
_ROUGH = frozenset(
    words(
        "KVP XRayTubeCurrent DataCollectionDiameter ReconstructionDiameter SpiralPitchFactor "
        "SingleCollimationWidth TotalCollimationWidth RevolutionTime TableSpeed "
        "TableFeedPerRotation GantryDetectorTilt LossyImageCompressionRatio"
    )
)
# ConversionType (0008,0064) of pictures that were a screen, a film or a paper before.
_CONVERTED = frozenset(words("DV DI DF WSD SD SI DRW"))
# Words of ImageType, makers' own among them, of pages with text: CSA REPORT, CT_SOM5 PROT.
_PAGE = re.compile(
    r"SCREEN|CAPTURE|REPORT|^DOSE\b|DOSE[ _](INFO|SHEET|PAGE)|PROT(OCOL)?\b|SUMMARY|"
    r"\b(GRAPH|CHART|TEXT|FILM)\b"
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
DIRECTORY = "1.2.840.10008.1.3.10"  # Media Storage Directory Storage, a DICOMDIR
_METHOD = "ctkit: copy of an allow-list"
_UNSPECIFIED = ("RescaleType", "ModalityLUTType")  # left out, they would mean HU
_SHORTEST_LUT = 16
_SALT = secrets.token_bytes(32)  # of this Python session; never written


class Deidentified(Dataset):
    """A dataset that holds nothing but what is allowed; `left_out` lists the rest."""

    left_out: tuple[str, ...] = ()


def deidentify(
    dataset: Dataset, *, salt: bytes | None = None, burned_in: str = "error"
) -> Deidentified:
    """A new dataset with only what a CT's geometry, values and acquisition need.

    Parameters
    ----------
    dataset : pydicom Dataset of a CT image
    salt : bytes, optional
        What UIDs are hashed with, at least 16 random bytes that you keep to yourself, such
        as ``secrets.token_bytes(16)``: who knows it can try out which UID a new one was.
        The same salt gives the same new UIDs, so that the slices of a series stay together.
        By default one random salt a Python session.
    burned_in : {"error", "leave_out", "keep"}
        What to do where names may stand in the picture: BurnedInAnnotation is YES, or it is
        a screen, film or paper that was captured. ``"leave_out"`` makes a copy without
        pixels; ``"keep"`` keeps them, and PatientIdentityRemoved says NO.

    Returns
    -------
    Dataset
        Explicit VR little endian, not compressed. UIDs are hashed, attributes of type
        2 present and empty, bits above BitsStored cleared. An element is kept where its
        value has the VR, multiplicity, form and range that belong to it. Its ``left_out``
        lists tag and keyword of what was left out, without values. Save it with
        ``save_as(path, enforce_file_format=True)``.

    Raises
    ------
    LoadError
        Where the dataset is no CT image, a DICOMDIR for one; where its pixels can't be
        decoded; and where names may stand in the picture. No message holds a value.
    ParameterError
        On a dataset that is none, on a salt that is no bytes, short, or one byte repeated,
        and on a choice that `burned_in` doesn't have.

    Notes
    -----
    Nothing here looks at the picture: names burned into it stay, and so does the face
    that can be made from a head CT. Deface a head before you share it.

    PS3.15 Annex E, turned around: its table lists what to remove, and a list of what
    to remove is never complete.
    """
    if not isinstance(dataset, Dataset):
        message = (
            f"deidentify takes a pydicom Dataset, not {type(dataset).__name__}: "
            "read it with pydicom.dcmread(path)"
        )
        raise ParameterError(message)
    key = _key(salt)
    handling = choice(burned_in, "burned_in", ("error", "leave_out", "keep"))
    with quiet():  # pydicom's warnings hold values
        return _deidentified(dataset, key, handling)


def _deidentified(dataset: Dataset, key: bytes, handling: str) -> Deidentified:
    """The copy, its UIDs hashed with a key."""
    sop_class = _sop_class(dataset)
    suspect = _suspect(dataset)
    if suspect and handling == "error":
        message = (
            f"{suspect}: names may stand in the picture itself, which this function can't see. "
            'burned_in="leave_out" makes a copy without pixels; burned_in="keep" keeps them, and '
            "says in PatientIdentityRemoved that the identity is not removed"
        )
        raise LoadError(message)
    copy = Deidentified()
    left_out: list[str] = []
    _copy_allowed(dataset, copy, left_out, "")
    if suspect and handling == "leave_out":
        left_out += [f"{Tag(word)} {word}" for word in _PIXELS if word in dataset]
    else:
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
    copy.PatientIdentityRemoved = "NO" if suspect and handling == "keep" else "YES"
    copy.DeidentificationMethod = _METHOD
    copy.file_meta = FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    copy.left_out = tuple(left_out)
    return copy


def _key(salt: Any) -> bytes:
    if salt is None:
        return _SALT
    if not isinstance(salt, bytes):  # bytes(5) would be five zeros
        message = (
            "salt is at least 16 random bytes, such as secrets.token_bytes(16), not "
            f"{type(salt).__name__}"
        )
        raise ParameterError(message)
    if len(salt) < 16 or len(set(salt)) == 1:
        message = (
            f"salt is at least 16 random bytes, not {counted(len(salt), 'byte')}"
            f"{'' if len(salt) < 16 else ' of one and the same'}: a short one is found by trying"
        )
        raise ParameterError(message)
    # HMAC fills a short key up with zeros, so that it and one that ends in zeros were the same.
    return hashlib.sha256(salt).digest()


def _sop_class(dataset: Dataset) -> str:
    """The SOP class of a CT image; a LoadError for a dataset of another, or a DICOMDIR."""
    meta = getattr(dataset, "file_meta", None) or Dataset()
    named = [str(_value(dataset, "SOPClassUID") or "")]
    named += [str(_value(meta, "MediaStorageSOPClassUID") or "")]
    found = next(filter(None, named), "")
    is_list = "DirectoryRecordSequence" in dataset and found not in CT_CLASSES
    if is_list or DIRECTORY in named:
        message = (
            "this is a DICOMDIR, a list of files with the names of their patients, and no image: "
            "deidentify the files that it lists, and leave it behind"
        )
        raise LoadError(message)
    if not found and _said(dataset, "Modality") == ["CT"]:
        return CT_CLASSES[0]
    if found not in CT_CLASSES:
        what = "is of another SOP class" if found else "says neither SOP class nor modality"
        message = f"deidentify knows CT images alone; this dataset {what}"
        raise LoadError(message)
    return found


def _suspect(dataset: Dataset) -> str:
    """Why names may stand in the picture, "" where nothing says so."""
    if any(said.startswith("Y") for said in _said(dataset, "BurnedInAnnotation")):
        return "BurnedInAnnotation is YES"
    if _CONVERTED & set(_said(dataset, "ConversionType")):
        return "its ConversionType is that of a secondary capture"
    if any(map(_PAGE.search, _said(dataset, "ImageType"))):
        return "its ImageType is that of a screen save, a report or a protocol page"
    return ""


def _said(dataset: Dataset, keyword: str) -> list[str]:
    """Values of an element in capitals, whatever its VR, to be looked at and not to be kept."""
    value = _value(dataset, keyword)
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    many = text.split("\\") if isinstance(text, str) else text if np.ndim(text) else [text]
    return [str(one).strip(" \0").upper() for one in many if one is not None]


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
        return _copy_sequence(source, target, tag, keyword, left_out, path)
    if keyword.startswith("LUT") and not _is_lut(source, path):
        return False
    if keyword in NUMBERS:
        target.add(_numbers(_element(source, tag), _value(source, "PixelRepresentation")))
        return True
    if keyword in WORDS:
        terms = terms_of(_element(source, tag))
        known = [word if word in WORDS[keyword] else "" for word in terms]
        while known and not known[-1]:
            known.pop()
        if terms and not known and keyword in _UNSPECIFIED:
            known = ["US"]
        setattr(target, keyword, known[0] if len(known) == 1 else known)
        return [*known] == terms
    return False


def _copy_sequence(
    source: Dataset, target: Dataset, tag: int, keyword: str, left_out: list[str], path: str
) -> bool:
    """Copy a sequence where it belongs, and say whether it was."""
    found = _items(source, tag)
    place = path.removesuffix(" > ")
    many = keyword == "PerFrameFunctionalGroupsSequence"
    if place not in _SEQUENCES[keyword] or (len(found) > 1 and not many):
        return False
    items = [Dataset() for _ in found]
    for item, copy in zip(found, items, strict=True):
        _copy_allowed(item, copy, left_out, f"{path}{keyword} > ")
    if any(items):
        setattr(target, keyword, items)
    return True


def _element(source: Dataset, tag: int | str) -> DataElement:
    """An element, its value understood by pydicom."""
    try:
        with library("an element"):
            return source[tag]
    except LoadError:  # its words and its cause hold the value
        message = f"{Tag(tag)} can't be read"
        raise LoadError(message) from None


def _value(source: Dataset, keyword: str) -> Any:
    """The value of an element, None where there is none."""
    return _element(source, keyword).value if keyword in source else None


def _items(source: Dataset, tag: int) -> list[Dataset]:
    element = _element(source, tag)
    if element.VR != "SQ":
        message = f"{element.tag} is no sequence"
        raise LoadError(message)
    return list(element.value or ())


def _is_lut(item: Dataset, path: str) -> bool:
    """Whether this is a Modality LUT as long as it says, whose values never fall.

    Its many bytes would be a place to hide: letters go up and down.
    """
    descriptor = numbers_of(_element(item, "LUTDescriptor"))
    data = _element(item, "LUTData")
    if str(data.VR) == "OW" and isinstance(data.value, bytes):
        table = np.frombuffer(data.value[: len(data.value) // 2 * 2], "<u2")
    else:
        table = np.asarray(numbers_of(data), np.int64)
    entries = descriptor[0] or 65536 if descriptor else 0
    rising = any((np.diff(t.astype(np.int64)) >= 0).all() for t in (table, table.astype("<i2")))
    belongs = path == "ModalityLUTSequence > "
    return belongs and len(table) == entries and entries >= _SHORTEST_LUT and rising


def _numbers(element: DataElement, signed: Any) -> DataElement:
    """The same numbers in a new element; a LoadError where they are not what belongs there."""
    vr, keyword = str(element.VR), keyword_for_tag(element.tag)
    if keyword == "LUTData" and isinstance(element.value, bytes):
        return DataElement(element.tag, "OW", element.value)  # looked at in _is_lut
    values = numbers_of(element)
    if keyword in _ROUGH:
        values = [float(f"{number:.6g}") for number in values]
    if vr in ("US", "SS", "US or SS"):
        # Padding written as US on signed pixels is put into words that fit them.
        vr = "SS" if signed == 1 and keyword.startswith("PixelPadding") else vr
        low = -(2**15) if vr == "SS" else 0
        values = [(int(number) - low) % 2**16 + low for number in values]
    elif vr == "DS":
        values = [_decimal(number) for number in values]
    elif vr == "IS":
        values = [int(number) for number in values]
    with library(f"{keyword} can't be written"):
        return DataElement(element.tag, vr, values[0] if len(values) == 1 else values or None)


def _as(kind: Callable[[Any], Any], value: Any) -> Any:
    """A value of a file as a number, or a LoadError."""
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        message = "what should be a number is none"
        raise LoadError(message) from None


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
    for said in words("SamplesPerPixel NumberOfFrames PixelRepresentation HighBit"):
        if _value(source, said) not in (None, "") and said not in target:
            _refuse_unknown(said)  # by default it would mean other pixels
    rows, columns, allocated = (_whole(target, key) for key in ("Rows", "Columns", "BitsAllocated"))
    size = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}.get(keyword, allocated // 8)
    if keyword == "PixelData":
        bits = _whole(target, "BitsStored")
        if target.get("HighBit", bits - 1) != bits - 1:
            _refuse_unknown("HighBit")
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
        _refuse_unknown(keyword)
    return int(value)


def _refuse_unknown(keyword: str) -> NoReturn:
    message = f"it has no usable {keyword}: what its pixels are is not known"
    raise LoadError(message)


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
    if term("TransferSyntaxUID", str(syntax)) is None or not UID(syntax).is_transfer_syntax:
        message = "its transfer syntax is none of the standard's"
        raise LoadError(message)
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
