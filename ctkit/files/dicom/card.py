"""A DICOM header to look at, with the identifiers masked."""

from dataclasses import dataclass
from pathlib import Path

from ...errors import LoadError
from ...html import html_table
from ..sources import is_dicom, open_sources, read_head, reading
from .headers import words
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

    rows: tuple

    def search(self, word):
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

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        width = max((len(name) for _, name, _ in self.rows), default=0)
        return "\n".join(f"{tag}  {name.ljust(width)}  {value}" for tag, name, value in self.rows)

    def _repr_html_(self):
        shown = [row for row in self.rows if row[2] not in ("", _MASKED)]
        rest = [row for row in self.rows if row[2] in ("", _MASKED)]
        if not shown or not rest:
            return html_table(self.rows, _HEADS)
        hidden = html_table(rest, _HEADS)
        summary = f"{len(rest)} more, masked or empty"
        return f"{html_table(shown, _HEADS)}<details><summary>{summary}</summary>{hidden}</details>"


def header(path, *, identifiers=False):
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
    import pydicom

    with open_sources(path) as sources:
        source = next((s for s in sources if is_dicom(read_head(s.path))), None)
        if source is None:
            message = f"there is no DICOM file in {Path(path).name}"
            raise LoadError(message)
        with reading(source.name):
            dataset = pydicom.dcmread(source.path, force=True, defer_size="1 MB")
            elements = [*getattr(dataset, "file_meta", ()), *dataset]
            return HeaderCard(tuple(_row(element, identifiers) for element in elements))


def _row(element, identifiers):
    keyword = element.keyword or ("private" if element.tag.is_private else "unknown")
    return str(element.tag), keyword, _value(element, keyword, identifiers)


def _value(element, keyword, identifiers):
    if element.VR == "SQ":
        return f"(sequence of {len(element.value)})"
    if isinstance(element.value, bytes):
        return f"({len(element.value):,} bytes)"
    if not (identifiers or keyword in NUMBERS or keyword in WORDS or keyword in _TECHNICAL):
        return _MASKED if element.value not in (None, "") else ""
    if element.VR == "UI" and hasattr(element.value, "name"):
        return element.value.name
    text = "" if element.value is None else str(element.value)
    return text if len(text) <= 100 else f"{text[:100]}..."
