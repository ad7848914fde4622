"""De-identifying a DICOM dataset by an allow-list: what isn't known to be harmless is left out.

What no header tool can do stays to be done by eye: names burned into the picture, and
the face, which a head CT shows (PS3.15 Annex E).
"""

import hashlib
import hmac
import secrets

import numpy as np
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from ...errors import LoadError
from ...hounsfield import is_padding
from ..sources import reading
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

    left_out = ()


def deidentify(dataset, *, salt=None):
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

    Notes
    -----
    Nothing here looks at the picture: names burned into it stay, and so does the face
    that can be made from a head CT. Deface a head before you share it.

    PS3.15 Annex E, turned around: its table lists what to remove, and a list of what
    to remove is never complete.
    """
    if str(dataset.get("SOPClassUID", CT_CLASSES[0])) not in CT_CLASSES:
        message = "deidentify knows CT images alone; this dataset is of another SOP class"
        raise LoadError(message)
    copy = Deidentified()
    left_out = []
    _copy_allowed(dataset, copy, left_out, "")
    with reading("the dataset"):
        _copy_pixels(dataset, copy)
    key = _SALT if salt is None else salt.encode() if isinstance(salt, str) else bytes(salt)
    for keyword in _UIDS:
        # Slices without a UID of their own are still different slices.
        spare = secrets.token_hex() if keyword == "SOPInstanceUID" else ""
        old = str(dataset.get(keyword) or spare)
        setattr(copy, keyword, as_uid(hmac.digest(key, old.encode(), hashlib.sha256)))
    copy.SOPClassUID = dataset.get("SOPClassUID", CT_CLASSES[0])
    for keyword in TYPE_2:
        if keyword not in copy:
            setattr(copy, keyword, None)
    copy.PatientIdentityRemoved = "YES"
    copy.DeidentificationMethod = _METHOD
    copy.file_meta = FileMetaDataset()
    copy.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    copy.left_out = tuple(left_out)
    return copy


def _copy_allowed(source, target, left_out, path):
    for tag in sorted(source.keys()):
        keyword = "" if tag.is_private else keyword_for_tag(tag)
        if keyword in _PIXELS or (keyword in _UIDS and not path) or keyword == "SOPClassUID":
            continue
        try:
            kept = _copy_element(source, target, tag, keyword, left_out, path)
        except Exception:  # pydicom on a value that breaks its VR: not known to be harmless
            kept = False
        if not kept:
            left_out.append(f"{path}{tag} {keyword or 'private or unknown'}")


def _copy_element(source, target, tag, keyword, left_out, path):
    """Copy one element if it is allowed, and say whether all of it was."""
    if keyword in _SEQUENCES:
        items = []
        for item in source[tag].value:
            items.append(Dataset())
            _copy_allowed(item, items[-1], left_out, f"{path}{keyword} > ")
        if any(items):
            setattr(target, keyword, items)
        return True
    if keyword in NUMBERS and not (keyword.startswith("LUT") and not _is_lut(source, path)):
        target.add(_numbers(source[tag], source.get("PixelRepresentation", 0)))
        return True
    if keyword in WORDS:
        value = source[tag].value
        words = [value] if isinstance(value, str) else list(value)
        known = [word for word in words if word in WORDS[keyword]]
        setattr(target, keyword, known if len(known) != 1 else known[0])
        return len(known) == len(words)
    return False


def _is_lut(item, path):
    """Whether this is a Modality LUT as long as it says: its bytes are no place to hide."""
    entries = item.LUTDescriptor[0] or 65536
    data = item.LUTData
    found = len(data) // 2 if isinstance(data, bytes) else len(data)
    return path.endswith("ModalityLUTSequence > ") and found == entries


def _numbers(element, signed):
    """The same numbers in a new element: text that is no number raises."""
    vr, value = str(element.VR), element.value
    if isinstance(value, bytes):  # a LUT as OW
        return DataElement(element.tag, "OW", value)
    values = [] if value is None or value == "" else list(np.atleast_1d(value))
    if vr in ("US", "SS", "US or SS"):
        # Padding written as US on signed pixels is put into words that fit them.
        vr = "SS" if signed and keyword_for_tag(element.tag).startswith("PixelPadding") else vr
        low = -(2**15) if vr == "SS" else 0
        values = [(int(number) - low) % 2**16 + low for number in values]
    elif vr == "DS":
        values = [_decimal(float(number)) for number in values]
    else:
        values = [int(number) if vr in ("IS", "UL", "SL") else float(number) for number in values]
    return DataElement(element.tag, vr, values[0] if len(values) == 1 else values or None)


def _decimal(number):
    return repr(number) if len(repr(number)) <= 16 else f"{number:.9e}"


def _copy_pixels(source, target):
    """Pixels without packing, without what hides above BitsStored or after the last one."""
    keyword = next((word for word in _PIXELS if word in source), None)
    if keyword is None:
        return
    if keyword == "PixelData":
        values = _stored(source, np.dtype(f"<u{target.BitsAllocated // 8}"))
        content = _cleared(values, target).tobytes()
    else:
        content = source[keyword].value
    size = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}.get(keyword)
    frames = int(target.get("NumberOfFrames", 0) or 1)
    count = frames * target.Rows * target.Columns * (size or target.BitsAllocated // 8)
    if len(content) < count or target.get("SamplesPerPixel", 1) != 1:
        message = f"the pixels fill {len(content):,} bytes, the header describes {count:,}"
        raise LoadError(message)
    setattr(target, keyword, content[:count] + b"\0" * (count % 2))


def _cleared(values, target):
    """Stored values (unsigned) without the bits above BitsStored.

    Padding may be declared up there: it stays, as one and the same value.
    """
    allocated, stored = target.BitsAllocated, target.BitsStored
    clean = values & values.dtype.type((1 << stored) - 1)
    first = target.get("PixelPaddingValue")
    if first is None:
        return clean
    signed = target.get("PixelRepresentation") == 1
    last = target.get("PixelPaddingRangeLimit")
    ends = padding_ends(first, first if last is None else last, allocated, signed)
    low = -(1 << stored - 1) if signed else 0
    if low <= min(ends) and max(ends) < low + (1 << stored):
        return clean
    words = values.view(f"<{'i' if signed else 'u'}{values.itemsize}")
    spare = allocated - stored
    return np.where(is_padding(words, ends), words.dtype.type(ends[0]), words << spare >> spare)


def _stored(source, kind):
    """Stored values of all frames as unsigned little endian integers."""
    syntax = getattr(source, "file_meta", {}).get("TransferSyntaxUID", ExplicitVRLittleEndian)
    if not syntax.is_encapsulated:
        little = syntax != "1.2.840.10008.1.2.2"
        content = source.PixelData[: len(source.PixelData) // kind.itemsize * kind.itemsize]
        return np.frombuffer(content, kind if little else kind.newbyteorder()).astype(kind)
    from pydicom.encaps import generate_frames

    shape, bits = (source.Rows, source.Columns), (source.BitsAllocated, source.BitsStored)
    frames = generate_frames(source.PixelData, number_of_frames=source.get("NumberOfFrames", 1))
    signed = bool(source.PixelRepresentation)
    values = np.stack([decode_frame(frame, syntax, shape, bits, signed) for frame in frames])
    return values.view(f"u{values.dtype.itemsize}").astype(kind)
