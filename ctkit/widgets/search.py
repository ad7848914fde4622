"""search_header: type a word or a tag, and see the elements of a header that hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets

from ..files.dicom.card import HeaderCard, header
from ..files.wording import plain
from . import cells
from .closing import ClosesWhole


class HeaderSearch(ClosesWhole, ipywidgets.VBox):
    """A line to type into over the table of a header; see `search_header`.

    ``word`` is what is looked for, ``found`` the HeaderCard of what was found.
    """

    def __init__(self, card: HeaderCard, word: str = "") -> None:
        self.card, self.found = card, card.search(word)
        self.line = ipywidgets.Text(
            value=word, description="Search", placeholder="a word, or a tag such as 0028,0030"
        )
        self.table = ipywidgets.HTML()
        self.line.observe(self._search, "value")
        self._search()
        super().__init__([self.line, self.table])
        self.add_class("ctkit-search")
        cells.remember(self)

    @property
    def word(self) -> str:
        """What is looked for."""
        return self.line.value

    @word.setter
    def word(self, word: str) -> None:
        self.card.search(word)  # refuses what is no text
        self.line.value = word

    def _search(self, _: Any = None) -> None:
        self.found = self.card.search(self.word)
        self.table.value = f"<p>{self._count()}</p>{self.found._repr_html_()}"

    def _count(self) -> str:
        return f"{len(self.found)} of {len(self.card)} elements"

    def __repr__(self) -> str:
        return f"search_header({plain(self.word)!r}): {self._count()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        cells.note_shown(self)
        # Where no widget runs, the table stands for it.
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": repr(self), "text/html": self.table.value}


def search_header(path: str | Path, word: str = "") -> HeaderSearch:
    """Search the header of a DICOM file, with the identifiers masked, while you type.

    Parameters
    ----------
    path : str or Path
        As for `ctkit.header`.
    word : str
        What to look for first: part of a name or of a tag, whatever its case.

    Returns
    -------
    HeaderSearch
        A widget; set its ``word``, read its ``found``.

    Raises
    ------
    LoadError
        Where there is no DICOM file, or it can't be read.
    ParameterError
        Where `word` is no text.

    Examples
    --------
    >>> import ctkit
    >>> box = search_header(ctkit.samples.head_slice(), "spacing")
    >>> box
    search_header('spacing'): 1 of 101 elements
    >>> box.word = "0028,105"
    >>> [name for tag, name, value in box.found.rows][:2]
    ['WindowCenter', 'WindowWidth']
    """
    return HeaderSearch(header(path), word)
