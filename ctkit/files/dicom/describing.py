"""What of a SeriesDescription points to nobody: the words of the trade in it.

People write whatever they like there, names too. A word stays where it is a known term, a number
with its unit, or a number of slices' thickness; any other gives way to a mark.
"""

from __future__ import annotations

import re

from .allowed import term

_MARK = "..."
_TERMS = (
    "AND O AX AXIAL COR CORONAL SAG SAGITTAL OBL OBLIQUE TRANS TRA MPR MIP MINIP VRT 3D RECON "
    "REFORMAT AC WITH WITHOUT W WO C CE CM KM CONTRAST PLAIN NATIVE NON NONCONTRAST ART ARTERIAL "
    "VEN VENOUS PORTAL PV DELAYED LATE EARLY PHASE TRIPLE CTA CTV CTP CT PET CBCT PERFUSION SCOUT "
    "LOCALIZER TOPOGRAM SURVIEW THIN THICK SLICE SLICES SOFT TISSUE BONES WINDOW KERNEL FILTER "
    "STANDARD STD HR HRCT SHARP SMOOTH SPIRAL HELICAL SEQ SEQUENCE VOLUME SERIES ANGIO "
    "ANGIOGRAPHY CAROTID CEREBRAL CORONARY CALCIUM SCORE CARDIAC TRAUMA STROKE LOW DOSE REPORT "
    "INSPIRATION EXPIRATION SUPINE PRONE THORAX CHEST SINUSES MASTOID PETROUS FACE FACIAL "
    "TEMPORAL DENTAL CERVICAL THORACIC LUMBAR PHANTOM TEST ITERATIVE FBP IR ASIR SAFIRE ADMIRE "
    "IMR IDOSE AIDR MONO KEV ENERGY DUAL"
)
_WORDS = frozenset(_TERMS.split())
_NUMBER = re.compile(
    r"[0-9]{1,3}([.,][0-9]{1,3})?(MM|CM|KV|KVP|KEV|S|SEC|%)|[0-9]{1,2}[.,][0-9]{1,3}"
)
_ALREADY = ("BodyPartExamined", "ConvolutionKernel", "Modality")


def harmless(description: str) -> str:
    """A description with a mark in place of each run of words that may point to somebody.

    Examples
    --------
    >>> harmless("Head 1.0 H60s Jane DOE w/o contrast")
    'Head 1.0 H60s ... w/o contrast'
    >>> harmless("19570412")
    '...'
    """
    kept: list[str] = []
    for word in description.split():
        shown = word if all(map(_is_known, re.split(r"[/+()_:;-]+", word))) else _MARK
        if shown != _MARK or kept[-1:] != [_MARK]:
            kept.append(shown)
    return " ".join(kept)


def _is_known(word: str) -> bool:
    """Whether a word is a term of the trade, or a number with its unit; so is an empty one."""
    upper = word.strip(".,").upper()
    if not upper or upper in _WORDS or _NUMBER.fullmatch(upper):
        return True
    # A number alone is a term of a kernel; of dates and numbers of patients it may be a part.
    return not upper.isdigit() and any(term(keyword, upper) for keyword in _ALREADY)
