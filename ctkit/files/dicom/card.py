"""A DICOM header to look at, with the identifiers masked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from ...errors import LoadError, ParameterError
from ...html import html_table
from ..damage import library, reading
from ..sources import Source, is_dicom, open_sources
from ..stored import head_of
from ..wording import counted, plain
from .allowed import is_coded, is_number, numbers_of, terms_of
from .headers import read_dataset

_MASKED = "(masked)"
_UNREADABLE = "(can't be read)"
_LONGEST = 100  # characters of a value
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

        Raises
        ------
        ParameterError
            Where `word` is no text.
        """
        if not isinstance(word, str):
            message = f"what to search for is a text, not {type(word).__name__}"
            raise ParameterError(message)
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
        Whether to show names, dates, UIDs, free text and private elements too, and values
        that are not of the type and form that belong to their element: a text in
        SliceThickness, a name in ImageType. What is printed in a notebook is saved with it.

    Returns
    -------
    HeaderCard

    Raises
    ------
    LoadError
        Where there is no DICOM file, or it can't be read.
    """
    with open_sources(path) as sources:
        source = next((s for s in sources if is_dicom(head_of(s.path, 132))), None)
        if source is None:
            first = plain(sources[0].name) if sources else "nothing"
            message = (
                f"there is no DICOM file among {counted(len(sources), 'file')}, such as {first}"
            )
            raise LoadError(message)
        with reading(plain(source.name)):
            return HeaderCard(tuple(_rows(_read(source), identifiers)))


def _read(source: Source) -> Dataset:
    try:
        return read_dataset(source)
    except LoadError as error:
        # pydicom's own error, the cause, holds the value that it met.
        raise LoadError(str(error)) from None


@contextmanager
def _no_values(what: str) -> Iterator[None]:
    """Around pydicom, whose errors hold the value met: neither its words nor its error remain."""
    try:
        with library(what):
            yield
    except LoadError:
        raise LoadError(what) from None


def _rows(dataset: Dataset, identifiers: bool) -> Iterator[tuple[str, str, str]]:
    for part in (getattr(dataset, "file_meta", None) or Dataset(), dataset):
        for tag in sorted(part.keys()):
            yield _row(part, tag, identifiers)


def _row(dataset: Dataset, tag: BaseTag, identifiers: bool) -> tuple[str, str, str]:
    keyword = "private" if tag.is_private else keyword_for_tag(tag) or "unknown"
    try:
        with _no_values("an element can't be read"):
            element = dataset[tag]
            text = _text(element)
    except LoadError:
        return str(tag), keyword, _UNREADABLE
    if element.VR != "SQ" and not isinstance(element.value, bytes) and text and not identifiers:
        text = _allowed(element, keyword, text)
    return str(tag), keyword, plain(text, _LONGEST)


def _text(element: DataElement) -> str:
    value = element.value
    if element.VR == "SQ":
        return f"(sequence of {len(value)})"
    if isinstance(value, bytes):
        return f"({counted(len(value), 'byte')})"
    return "" if value is None else str(value.name if isinstance(value, UID) else value)


def _allowed(element: DataElement, keyword: str, text: str) -> str:
    """The text of an element where it points to nobody, the rest masked."""
    try:
        if is_number(keyword):
            numbers_of(element)
            return text
        terms = [word or _MASKED for word in terms_of(element)] if is_coded(keyword) else [_MASKED]
    except LoadError:  # of another type or form than its element is for
        terms = [_MASKED]
    return terms[0] if len(terms) == 1 else str(terms)
