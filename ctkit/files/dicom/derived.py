"""Images that were computed from others, whose values are no plain HU.

They come as CT images, with a rescale to HU. ImageType says what they are (PS3.3 C.8.2.1.1.1 and
C.8.15.3.1.1), and in enhanced files FrameType; makers add words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .headers import Frame, description, text

_WHAT = {
    r"MIP|MAX_?IP|MAXIMUM|PROJECTION|THIN_?MIP": (
        "maximum intensity projection: a voxel is the largest HU of a slab"
    ),
    r"MIN_?IP|MINIMUM": "minimum intensity projection: a voxel is the smallest HU of a slab",
    r"MEDIAN_IP|STD_DEVIATION|STDDEV": "statistic over a slab, no HU of one place",
    r"IODINE|IOD|IODMAP|MAT_SPECIFIC|MAT_FRACTIONAL|MATERIAL_FRACTION|MAT_VALUE_BASED|WATER": (
        "material map: its values are amounts of a material, not HU"
    ),
    r"VNC|VUE|VIRTUAL_?NON_?CONTRAST|MAT_REMOVED|MAT_MODIFIED": (
        "virtual non-contrast image: a material was taken out of its HU"
    ),
    r"MONO|MONOE|MONO_?E_?\d*|MONO_?ENERGETIC\w*|VMI\w*|VIRTUAL_?MONO\w*|KEV": (
        "virtual monoenergetic image: its HU are those of one photon energy"
    ),
    r"ENERGY_PROP_WT": "mix of two photon energies: its HU are those of no tube voltage",
    r"EFF_ATOMIC_NUM|EFFECTIVE_?ATOMIC\w*|Z_?EFF\w*|EFF_?Z": "map of atomic numbers, not HU",
    r"ELECTRON_?DENSITY|RHO": "map of electron densities, not HU",
    r"SUBTRACTION|SUB|SUBTRACTED|DSA|DIVISION|ADDITION|MULTIPLICATION|MASKED": (
        "result of arithmetic on images, whose values are no plain HU"
    ),
    r"PERFUSION|CBF|CBV|MTT|TTP|TMAX|TTD|QUANTITY": "map of a quantity, not HU",
}
# What leaves HU what they are.
_PLAIN = re.compile(
    r"ORIGINAL|DERIVED|PRIMARY|SECONDARY|MIXED|AXIAL|CORONAL|SAGITTAL|OBLIQUE|REFORMATTED|MPR|CPR|"
    r"RESAMPLED|VOLUME|NONE|OTHER|AVERAGE|AVG|MEAN_IP|FILTERED|CT|CT_SOM\d+|SPI|HELIX|SEQ|RECON|"
    r"CSA|PARALLEL|RANGE|CSAPARALLEL|NORM|ND|DIS2D|STANDARD|"
)
# A description is anyone's text: only words that mean nothing else.
_IN_DESCRIPTION = re.compile(
    r"\b(MIP|MINIP|IODINE|VNC|MONOENERGETIC\w*|MONO_?E\w*|VMI|ZEFF|CBF|CBV|MTT|TTP|TMAX)\b"
)


def derivation(frames: Sequence[Frame]) -> list[str]:
    """What a report says of slices that were computed from other images.

    Parameters
    ----------
    frames : sequence of Frame

    Returns
    -------
    list of str
        Never a word of the file itself, which may be a name.
    """
    said = {_types(frame): frame for frame in frames}
    notes = {note for types in said for note in _notes(types)}
    for told in {description(frame.header).upper() for frame in said.values()}:
        if not notes and (word := _IN_DESCRIPTION.search(told)):
            notes = {f"by its description this is a {_meaning(word[1])}"}
    return sorted(notes)


def _types(frame: Frame) -> tuple[str, ...]:
    own = frame.groups.get("CTImageFrameTypeSequence")
    texts = [text(frame.header.elements, "ImageType"), text(own, "FrameType") if own else ""]
    return tuple(value.strip() for words in texts for value in words.upper().split("\\"))


def _notes(types: tuple[str, ...]) -> list[str]:
    words = [word for value in types for word in (value.replace(" ", "_"), *value.split())]
    found = {what for word in words if (what := _meaning(word))}
    if found:
        return [f"by its ImageType this is a {what}" for what in found]
    others = [value for value in types[2:] if not all(map(_PLAIN.fullmatch, value.split()))]
    if "DERIVED" in types and others:
        return [
            "its ImageType says DERIVED, and how in a word that is not known here: it was computed "
            "from other images, and may hold no plain HU"
        ]
    return []


def _meaning(word: str) -> str:
    for pattern, what in _WHAT.items():
        if re.fullmatch(pattern, word) or re.fullmatch(f"DE_({pattern})", word):
            return what
    return ""
