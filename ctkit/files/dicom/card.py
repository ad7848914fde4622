"""A DICOM header to look at, with the identifiers masked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.uid import UID

from ...errors import LoadError
from ...html import html_table
from ..damage import library, reading
from ..sources import Source, is_dicom, open_sources, read_head
from ..wording import counted
from .headers import read_dataset, words
from .privacy import NUMBERS, WORDS

# Beside numbers and coded words: technical terms that scanners write, not people.
_TECHNICAL = frozenset(
    words(
        "SOPClassUID MediaStorageSOPClassUID TransferSyntaxUID SpecificCharacterSet ImageType "
        "Modality Manufacturer ManufacturerModelName ConvolutionKernel FilterType ScanOptions "
        "BodyPartExamined SliceLocation TableHeight GeneratorPower FocalSpots RescaleType "
        "PatientIdentityRemoved DistanceSourceToDetector DistanceSourceToPatient "
        "SpatialResolution"
    )
)
_MASKED = "(masked)"
_HEADS = ("tag", "name", "value")


@dataclass(frozen=True)
class HeaderCard:
    """Rows of (tag, name, value) as text; shows itself as a table."""

    rows: tuple[tuple[str, str, str], ...]

    def search(self, word: str) -> HeaderCard:
        """Only the rows whose name or tag holds `word`, whatever its case.

        Parameters
        ----------
        word : str
            ``"spacing"``, ``"PixelSpacing"``, ``"0028,0030"`` or ``"(0028,0030)"``.

        Returns
        -------
        HeaderCard
        """
        wanted = word.lower().replace(" ", "").strip("()")
        if len(wanted) == 8 and wanted.isalnum() and any(c.isdigit() for c in wanted):
            wanted = f"{wanted[:4]},{wanted[4:]}"
        rows = (row for row in self.rows if wanted in row[0].lower() or wanted in row[1].lower())
        return HeaderCard(tuple(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        width = max((len(name) for _, name, _ in self.rows), default=0)
        return "\n".join(f"{tag}  {name.ljust(width)}  {value}" for tag, name, value in self.rows)

    def _repr_html_(self) -> str:
        shown = [row for row in self.rows if row[2] not in ("", _MASKED)]
        rest = [row for row in self.rows if row[2] in ("", _MASKED)]
        if not shown or not rest:
            return html_table(self.rows, _HEADS)
        hidden = html_table(rest, _HEADS)
        summary = f"{len(rest)} more, masked or empty"
        return f"{html_table(shown, _HEADS)}<details><summary>{summary}</summary>{hidden}</details>"


def header(path: str | os.PathLike[str], *, identifiers: bool = False) -> HeaderCard:
    """The header of a DICOM file, or of the first one in a folder or zip.

    Parameters
    ----------
    path : str or Path
    identifiers : bool
        Whether to show names, dates, UIDs, free text and private elements too. What is
        printed in a notebook is saved with it.

    Returns
    -------
    HeaderCard

    Raises
    ------
    LoadError
        Where there is no DICOM file, or it can't be read.
    """
    with open_sources(path) as sources:
        source = next((s for s in sources if is_dicom(read_head(s.path))), None)
        if source is None:
            message = f"there is no DICOM file in {Path(path).name}"
            raise LoadError(message)
        with reading(source.name):
            return HeaderCard(tuple(_row(one, identifiers) for one in _elements(source)))


def _elements(source: Source) -> list[DataElement]:
    dataset = read_dataset(source)
    with library("its header can't be read"):
        return [*getattr(dataset, "file_meta", ()), *dataset]


def _row(element: DataElement, identifiers: bool) -> tuple[str, str, str]:
    keyword = element.keyword or ("private" if element.tag.is_private else "unknown")
    return str(element.tag), keyword, _value(element, keyword, identifiers)


def _value(element: DataElement, keyword: str, identifiers: bool) -> str:
    if element.VR == "SQ":
        return f"(sequence of {len(element.value)})"
    if isinstance(element.value, bytes):
        return f"({counted(len(element.value), 'byte')})"
    if not (identifiers or keyword in NUMBERS or keyword in WORDS or keyword in _TECHNICAL):
        return _MASKED if element.value not in (None, "") else ""
    text = _text(element)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _text(element: DataElement) -> str:
    with library(f"its {element.tag} can't be read"):
        value = "" if element.value is None else element.value
        return str(value.name if isinstance(value, UID) else value)
