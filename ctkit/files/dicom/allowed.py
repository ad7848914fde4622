"""What of a header points to nobody: which elements, and which values of them.

A tag alone promises nothing: any text fits into SliceThickness once a file calls it text, and
ImageType may hold a name. So an element is harmless only where its value has the type and the
form that DICOM's dictionary promises, and is a number that scanners write or one of the terms
that are known. `deidentify`, the header card, `list_series` and errors all ask here.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.uid import UID, UID_dictionary

from ...errors import LoadError

_Range = tuple[float, float]


def _ranges(table: dict[_Range, str]) -> dict[str, _Range]:
    return {keyword: ends for ends, keywords in table.items() for keyword in keywords.split()}


# A range keeps numbers of patients and dates out.
_KEPT = _ranges(
    {
        # Five digits: some number their series by date (20130417, 130417), or by patient.
        (-9999, 99_999): "SeriesNumber AcquisitionNumber InstanceNumber",
        (0, 99_999): "NumberOfFrames ExposureTime Exposure",
        (1, 65_535): "Rows Columns",
        (1, 4): "SamplesPerPixel",
        (1, 64): "BitsAllocated BitsStored",
        (0, 63): "HighBit",
        (0, 1): "PixelRepresentation",
        (-65_535, 65_535): "PixelPaddingValue PixelPaddingRangeLimit LUTDescriptor LUTData",
        (-4e38, 4e38): "FloatPixelPaddingValue FloatPixelPaddingRangeLimit",
        (-9999, 9999): "ImagePositionPatient SliceLocation TableSpeed TableFeedPerRotation",
        (-1.001, 1.001): "ImageOrientationPatient",
        (0, 999): "PixelSpacing SliceThickness KVP SingleCollimationWidth TotalCollimationWidth",
        (-999, 999): "SpacingBetweenSlices",
        (-90, 90): "GantryDetectorTilt",
        (-99_999, 99_999): "RescaleIntercept RescaleSlope WindowCenter WindowWidth",
        (0, 9999): "DataCollectionDiameter ReconstructionDiameter XRayTubeCurrent "
        "LossyImageCompressionRatio",
        (0, 99): "SpiralPitchFactor RevolutionTime",
    }
)
_SHOWN = _ranges(
    {
        (-9999, 9999): "TableHeight",
        (0, 9999): "DistanceSourceToDetector DistanceSourceToPatient",
        (0, 99_999): "GeneratorPower",
        (0, 99): "FocalSpots SpatialResolution",
    }
)
_RANGES = _KEPT | _SHOWN
#: Numbers that geometry, values and acquisition need: `deidentify` writes them anew.
NUMBERS = frozenset(_KEPT)
_NUMBERED = frozenset(("SeriesNumber", "AcquisitionNumber", "InstanceNumber"))
_MOST = 16  # values of an element that may have any number of them

_MAPS = (
    "MIP MINIP MPR MAXIMUM MINIMUM MEAN AVERAGE ADDITION SUBTRACTION DIVISION MULTIPLICATION "
    "RESAMPLED STD_DEVIATION MASKED NONE ENERGY_PROP_WT VMI MAT_SPECIFIC MAT_REMOVED "
    "MAT_FRACTIONAL MAT_VALUE_BASED MAT_MODIFIED EFF_ATOMIC_NUM ELECTRON_DENSITY"
)
_TYPES = f"ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER VOLUME {_MAPS}".split()
_KINDS = ["HU", "US", "OD", "HU_MOD", "PCT", "MGML", "Z_EFF", "ED", "EDW"]
#: Coded words that `deidentify` keeps, each where it is one of these.
WORDS: dict[str, list[str]] = {
    "ImageType": _TYPES,
    "FrameType": _TYPES,
    "Modality": ["CT"],
    "PhotometricInterpretation": ["MONOCHROME1", "MONOCHROME2"],
    "PatientPosition": ["HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL"],
    "RescaleType": _KINDS,
    "ModalityLUTType": _KINDS,
    "LossyImageCompression": ["00", "01"],
    "LossyImageCompressionMethod": ["ISO_10918_1", "ISO_14495_1", "ISO_15444_1", "ISO_15444_15"],
    "RotationDirection": ["CW", "CC"],
    "VOILUTFunction": ["LINEAR", "LINEAR_EXACT", "SIGMOID"],
    "BurnedInAnnotation": ["YES", "NO"],
}
_MODEL = (
    "ACCESS|ACTIVION|ALEXION|ALL|ALPHA|APEX|AQUILION|AS|ASTEION|ATLAS|AUKLET|AURA|BIG|BIOGRAPH|"
    "BODYTOM|BORE|BRIGHTSPEED|BRILLIANCE|CERETOM|CONFIDENCE|CT|DEFINITION|DISCOVERY|DRIVE|DUAL|"
    "ECLOS|EDGE|ELITE|EMOTION|EVO|FLASH|FORCE|FRONTIER|GEMINI|GENESIS|HD|HISPEED|"
    "HORIZON|ICT|INCISIVE|INGENIA|INGENUITY|IQON|LIGHTNING|LIGHTSPEED|MAXIMA|MCT|MX|NAEOTOM|"
    "NEUSIGHT|NEUVIZ|NM|NOW|OMNITOM|ONE|OPEN|OPTIMA|PERSPECTIVE|PET|PLUS|PRECISION|PRESTO|"
    "PRIME|PRO|PRONTO|PROSPEED|QX|RADIX|REVOLUTION|RHAPSODE|RT|SCENARIO|SCINTCARE|SCOPE|"
    "SENSATION|SERVE|SIM|SOMATOM|SPECTRAL|SPIRIT|ST|START|STE|SUPRIA|SYTEC|TF|TOMOSCAN|TOP|UCT|"
    "ULTRA|UMI|VCT|VEREOS|VIEW|VISION|VOLUME|VX|XPRESS|XTE|XVISION|ZOOM"
)
# Beside what is kept: technical terms that scanners write and the header card shows, as patterns.
_TERMS = {
    "ImageType": r"NORMAL|ADD|SPI|SEQ|HELIX|HELICAL|REFORMATTED|SCOUT|TOP|OTHER|SCREEN SAVE|"
    r"CT_SOM[0-9]{1,2} (SPI|SEQ|TOP|PROT|MPR)( DUAL)?",
    "Modality": "CR|DX|MG|MR|NM|PT|PX|RF|SC|SEG|SR|US|XA|XC|IO|DOC|KO|PR|REG|FID|M3D|ECG|ES|"
    "GM|OP|OPT|IVUS|IVOCT|BMD|BI|RG|RTDOSE|RTIMAGE|RTPLAN|RTRECORD|RTSTRUCT|SM|TG|HD|LS|AU",
    "PhotometricInterpretation": "RGB|PALETTE COLOR|YBR_(FULL|FULL_422|ICT|RCT|PARTIAL_420)",
    "SpecificCharacterSet": r"(ISO[_ ]IR|ISO 2022 IR) [0-9]{1,3}|GB18030|GBK",
    "PatientIdentityRemoved": "YES|NO",
    "Manufacturer": r"((GE|TOSHIBA|CANON|PHILIPS|SIEMENS|HITACHI|NEUSOFT|MARCONI|FUJIFILM|"
    r"PICKER|NEUROLOGICA|SAMSUNG|UNITED IMAGING|CARESTREAM|MINFOUND)[ _-]?(MEDICAL|HEALTHCARE|"
    r"HEALTHINEERS|INTERNATIONAL|ELECTRONICS|HEALTH|MEC|NKG)?( SYSTEMS)?( CORP(ORATION)?)?"
    r"(,? (INC|LTD)\.?)?|UIH|SHIMADZU|ELSCINT|IMATRON|ANKE|ELEKTA|PLANMECA)",
    # Each part stands behind a mark, so that a pattern of many parts is matched in one way.
    "ManufacturerModelName": rf"({_MODEL})[0-9]{{0,3}}"
    rf"([ ._/-](({_MODEL})[0-9]{{0,3}}|[IXS]|[0-9]{{1,3}}[EIS]?)){{0,5}}\+?",
    "ConvolutionKernel": r"STANDARD|SOFT|BONE|BONEPLUS|DETAIL|LUNG|EDGE|CHST|ULTRA|STD\+?|"
    r"[BHIJDTSUQR][RVFCLP]?[0-9]{2}[A-Z]?|[0-9]{1,2}|FC[0-9]{2}(-[HQ])?|"
    r"[A-FLU]|[UEYI][A-E]|BODY|BRAIN|SMOOTH|SHARP|MEDIUM",
    "FilterType": r"((SMALL|MEDIUM|LARGE|HEAD|BODY|CARDIAC) )?(BOWTIE FIL(TER)?|BOWTIE|FILTER)|"
    r"SMALL|MEDIUM|LARGE|HEAD|BODY|AIR|FLAT|STRIP|NONE|UNKNOWN|BUTTERFLY|WEDGE(_[0-9])?|[0-9]|B|C",
    "BodyPartExamined": "ABDOMEN|ABDOMENPELVIS|ANKLE|AORTA|ARM|BLADDER|BRAIN|BREAST|CHEST|"
    "CHESTABDOMEN|CHESTABDPELVIS|CHESTABDOMENPELVIS|CLAVICLE|COLON|CSPINE|LSPINE|TSPINE|"
    "CTSPINE|TLSPINE|LSSPINE|SSPINE|COCCYX|EAR|ELBOW|EXTREMITY|EYE|FEMUR|FINGER|FOOT|FOREARM|"
    "HAND|HEAD|HEADNECK|HEART|HIP|HUMERUS|IAC|JAW|KIDNEY|KNEE|LEG|LIVER|LUNG|MANDIBLE|MAXILLA|"
    "NECK|ORBIT|PANCREAS|PELVIS|SHOULDER|SINUS|SKULL|SPINE|SPLEEN|THIGH|TMJ|WHOLEBODY|WRIST",
    "ScanOptions": r"(HELICAL|AXIAL|SCOUT|CINE|DYNAMIC|SPIRAL|SEQUENCE|CARDIAC|SNAPSHOT)"
    r"([ _](MODE|CT|SEGMENT|ASSIST))?|SURVIEW|HELICAL_CT|DUAL ENERGY",
}
# Named by the standard alone: a UID of anybody else's leads to who made it.
_UIDS = frozenset(("SOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID"))
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(E[+-]?[0-9]{1,3})?", re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?[0-9]{1,12}(\.0*)?")


def numbers_of(element: DataElement) -> list[Any]:
    """The numbers of an element whose numbers are allowed, none where it is empty.

    Raises
    ------
    LoadError
        Where it is not of the VR, multiplicity, form and range that belong to it. The
        message doesn't hold the value.
    """
    keyword = keyword_for_tag(element.tag)
    found = _values(element)
    numbers = [_number(str(element.VR), keyword, value) for value in found]
    if None in numbers:
        message = f"{keyword} doesn't hold what it is for"
        raise LoadError(message)
    return numbers


def terms_of(element: DataElement) -> list[str | None]:
    """The values of an element of coded words as known terms, None for each unknown one."""
    keyword = keyword_for_tag(element.tag)
    return [term(keyword, value) for value in _values(element)]


def term(keyword: str, value: Any) -> str | None:
    """One value of an element as the term known for it, or None.

    Examples
    --------
    >>> term("Modality", "mr "), term("Modality", "DOE^JANE")
    ('MR', None)
    """
    if not isinstance(value, str) or len(value) > 64:
        return None
    if keyword in _UIDS:
        return UID(value).name if value in UID_dictionary else None
    text = value.strip(" \0")
    shown = re.fullmatch(_TERMS[keyword], text, re.IGNORECASE) if keyword in _TERMS else None
    if not text.isascii() or not (shown or text.upper() in WORDS.get(keyword, ())):
        return None
    return text.upper() if keyword in WORDS else text


def is_number(keyword: str) -> bool:
    """Whether numbers of this element are allowed."""
    return keyword in _RANGES


def is_coded(keyword: str) -> bool:
    """Whether terms of this element are allowed."""
    return keyword in WORDS or keyword in _TERMS or keyword in _UIDS


def _values(element: DataElement) -> list[Any]:
    """Values of an element, of the VR and as many as the dictionary says, or a LoadError."""
    keyword, vr = keyword_for_tag(element.tag), str(element.VR)
    promised = dictionary_VR(element.tag)
    # The dictionary leaves out that a LUT of negative values is signed.
    known = {promised, *promised.split(" or "), *(["SS"] if keyword == "LUTData" else [])}
    value = element.value
    if vr not in known or (isinstance(value, bytes) and vr != "OW"):
        message = f"{keyword} is of another type than it is for"
        raise LoadError(message)
    if value is None or value == "":
        return []
    found = [value] if isinstance(value, str | bytes) or np.ndim(value) == 0 else list(value)
    most = dictionary_VM(element.tag).rpartition("-")[2]
    exact = dictionary_VM(element.tag).isdigit() and is_number(keyword)
    enough = len(found) == int(most) if exact else len(found) <= _upper(keyword, most)
    if found and not enough:
        message = f"{keyword} holds another number of values than it is for"
        raise LoadError(message)
    return found


def _upper(keyword: str, most: str) -> int:
    if keyword == "LUTData":
        return 65_536
    return int(most) if most.isdigit() else _MOST


def _number(vr: str, keyword: str, value: Any) -> int | float | None:
    """One value as a number in its range, or None."""
    number: Any = None
    if vr in ("DS", "IS"):
        text = str(value).strip(" \0")
        if (_INTEGER if vr == "IS" else _DECIMAL).fullmatch(text):
            # Written with six digits, 040826 is a date.
            digits = text.lstrip("+-").partition(".")[0]
            short = keyword not in _NUMBERED or len(digits) <= 5
            number = (int(float(text)) if vr == "IS" else float(text)) if short else None
    elif isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number = value
    low, high = _RANGES[keyword]
    if number is None or not math.isfinite(number) or not low <= number <= high:
        return None
    if vr == "FL" and not (number == int(number) and (abs(number) <= 1e6 or abs(number) > 1e38)):
        return None
    return number
