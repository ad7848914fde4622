"""What is drawn and measured on the picture: rulers, regions, angles and points."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import traitlets

from ... import marks
from ...arguments import whole
from ...errors import LoadError, ParameterError
from ...files.atomic import as_target, write_file
from ...marks import REGIONS, Mark, Stacks
from .. import line, measuring
from .part import Part

#: A line of Python with more letters of marks than this names them instead.
LONGEST = 3000
_WRITERS = {".csv": marks.csv_of, ".json": marks.json_of}
_READERS = {".csv": marks.rows_of_csv, ".json": marks.rows_of_json}


class Marks(Part):
    """``marks`` is their table; ``drawn`` is the trait behind it, which the browser knows.

    What Python sets is checked and measured here; what the browser draws has been measured there.
    ``ruler`` and ``roi`` are the last ruler and the last region of the list, with their ends as
    (slice, row, column) of the volume, fractions too, or None.
    """

    drawn: traitlets.List = traitlets.List().tag(sync=True)
    ruler = traitlets.Dict(None, allow_none=True)
    roi = traitlets.Dict(None, allow_none=True)

    # Whether ruler and roi are following the list, or it them.
    _following = False

    def begin_marks(self, table: Any = None) -> None:
        """Take the marks that a view opens with."""
        if table is not None:
            self.marks = table

    # ---- the table

    @property
    def marks(self) -> Any:
        """All marks: a pandas.DataFrame where pandas is installed, else a list of dicts.

        Columns are ``name``, ``kind`` (ruler, angle, point, ellipse, rectangle, freehand),
        ``plane`` and ``slice``, ``visible``; what is measured: ``mm`` of a ruler, ``degrees`` of an
        angle, ``mean``, ``sd``, ``minimum``, ``maximum`` in HU, ``voxels``, ``area_mm2`` and
        ``missing`` of a region or a point, with its ``slab`` where one is shown, as in "MIP 10 mm";
        in a comparison ``after_mean`` ... and ``difference_mean`` ... as well; and ``points`` with
        ``normal``, the (x, y, z) in LPS+ mm.

        Set it to a list of dicts or to a DataFrame: ``kind`` and ``points`` are enough where a
        mark lies on one slice of a plane, ``plane`` says which where it lies on more. What is
        measured is measured anew. Who observes ``marks`` hears of ``drawn``, the list behind it.
        """
        rows = marks.table(self.drawn, self._stacks_of_marks())
        pandas = _pandas()
        if pandas is None:
            return rows
        used = [name for name in marks.COLUMNS if not rows or any(name in row for row in rows)]
        return pandas.DataFrame(rows, columns=used)

    @marks.setter
    def marks(self, table: Any) -> None:
        self.drawn = marks.rows_of(table)

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Call a function when a trait changes, ``marks`` too; see traitlets."""
        super().observe(handler, _behind(names), type)

    def unobserve(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Call it no more."""
        super().unobserve(handler, _behind(names), type)

    def save_marks(self, path: Any) -> Path:
        """Save the table of the marks.

        Parameters
        ----------
        path : str or path-like, ending in ".csv" or ".json"

        Returns
        -------
        Path

        Raises
        ------
        ParameterError
            On another ending.
        """
        path = as_target(path)
        rows = marks.table(self.drawn, self._stacks_of_marks())
        return write_file(path, _by_ending(path, _WRITERS)(rows).encode("utf-8"))

    def load_marks(self, path: Any) -> None:
        """Show the marks of a file that `save_marks` wrote, in place of those that are there.

        Parameters
        ----------
        path : str or path-like, ending in ".csv" or ".json"

        Raises
        ------
        LoadError
            Where the file can't be read.
        ParameterError, GeometryError
            Where it holds something else, or marks that lie outside of this volume.
        """
        path = Path(path)
        read = _by_ending(path, _READERS)
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeError):
            message = f"{path.name} can't be read: is it there, and is it text in UTF-8?"
            raise LoadError(message) from None
        self.marks = read(text)

    # ---- numbers of one mark

    def profile(self, mark: str | int | None = None) -> dict[str, np.ndarray]:
        """HU along a ruler, linear between the voxels.

        Parameters
        ----------
        mark : str or int, optional
            A ruler's name, or its row in the table; the last ruler by default.

        Returns
        -------
        dict of (n,) ndarray
            ``mm`` from the first end and ``hu`` there; in a comparison ``after`` too. NaN lies
            outside of the volume.
        """
        found = self._mark(mark, ("ruler",))
        return measuring.profile(self.volume, found, getattr(self, "after", None))

    def region_values(self, mark: str | int | None = None) -> np.ndarray:
        """The HU inside of a region: what its histogram is made of.

        Parameters
        ----------
        mark : str or int, optional
            A region's name, or its row in the table; the last region by default.

        Returns
        -------
        (n,) ndarray of float64, without what is no number
        """
        return measuring.region_values(self.volume, self._mark(mark, REGIONS), **self._shown())

    def _mark(self, wanted: str | int | None, kinds: tuple[str, ...]) -> Mark:
        """The mark of this name or row, or the last of these kinds."""
        words = " or ".join(kinds)
        if wanted is None:
            found = [mark for mark in self.drawn if mark["kind"] in kinds]
        elif isinstance(wanted, str):
            found = [mark for mark in self.drawn if mark["name"] == wanted]
        else:
            rows = len(self.drawn)
            text = f"a mark is named, or numbered by its row from 0 to {rows - 1}"
            found = [self.drawn[whole(wanted, text, low=0, high=rows - 1)]]
        if not found or found[-1]["kind"] not in kinds:
            names = ", ".join(repr(mark["name"]) for mark in self.drawn) or "none"
            asked = f"no {words}" if wanted is None else f"no {words} {wanted!r}"
            message = f"there is {asked}; the marks are {names}"
            raise ParameterError(message)
        return found[-1]

    # ---- rules

    def rules(self) -> dict[str, Callable[[], None]]:
        """The list, the last ruler and the last region go together."""
        return super().rules() | {
            "drawn": self._follow_list,
            "ruler": lambda: self._replace_last("ruler", ("ruler",)),
            "roi": lambda: self._replace_last("roi", REGIONS),
        }

    def settle(self) -> None:
        """Name the last ruler and the last region."""
        super().settle()
        self._follow_list()

    def words(self) -> dict[str, str]:
        """The marks, where there are any; by their name where they are many."""
        words = {}
        if self.drawn:
            told = line_of(self.drawn)
            words["marks"] = told if len(told) <= LONGEST else "marks"
        return super().words() | words

    def measure_again(self) -> None:
        """Measure the marks anew: the second volume, or the slab, is another one."""
        if self._settled and self.drawn:
            self.drawn = [dict(mark) for mark in self.drawn]

    @traitlets.validate("drawn")
    def _valid_drawn(self, proposal: dict) -> list[Mark]:
        if self._from_browser:
            return proposal["value"]
        found = marks.taken(proposal["value"], self._stacks_of_marks(), self.volume.affine)
        return [mark | self._measured(mark) for mark in found]

    @traitlets.validate("roi")
    def _valid_roi(self, proposal: dict) -> dict | None:
        region = proposal["value"]
        if region is None or self._following:
            return region
        wanted = ("points",) if "points" in region else ("plane", "slice", "start", "end")
        if {"kind", *wanted} - set(region) or region["kind"] not in REGIONS:
            kinds = " or ".join(REGIONS)
            message = f"a region needs kind ({kinds}), plane, slice, start, end: {region}"
            raise ParameterError(message)
        return self._told(region)

    @traitlets.validate("ruler")
    def _valid_ruler(self, proposal: dict) -> dict | None:
        ruler = proposal["value"]
        if ruler is None or self._following:
            return ruler
        return self._told({**ruler, "kind": "ruler"})

    def _told(self, given: dict) -> dict:
        """One mark as ruler and roi tell it, measured."""
        (mark,) = marks.taken([given], self._stacks_of_marks(), self.volume.affine)
        told = self._of_last(mark | self._measured(mark))
        ends = {name: given[name] for name in ("start", "end") if name in given}
        return told | {name: [float(n) for n in end] for name, end in ends.items()}

    def _measured(self, mark: Mark) -> dict[str, Any]:
        return measuring.measure(self.volume, mark, getattr(self, "after", None), **self._shown())

    def _shown(self) -> dict[str, Any]:
        """The slab that is shown."""
        names = ("slab", "projection")
        return {name: getattr(self, name) for name in names if self.has_trait(name)}

    def _follow_list(self) -> None:
        """Let ruler and roi be the last ones of the list."""
        self._following = True
        try:
            for name, kinds in (("ruler", ("ruler",)), ("roi", REGIONS)):
                last = [mark for mark in self.drawn if mark["kind"] in kinds][-1:]
                self.set_trait(name, self._of_last(last[0]) if last else None)
        finally:
            self._following = False

    def _replace_last(self, name: str, kinds: tuple[str, ...]) -> None:
        """Put the ruler or the region that was set in the place of the last one."""
        if self._following:
            return
        told, rest = getattr(self, name), list(self.drawn)
        numbers = [number for number, mark in enumerate(rest) if mark["kind"] in kinds]
        last = rest.pop(numbers[-1]) if numbers else {}
        if told == (self._of_last(last) if last else None):
            return
        if told is not None:
            given = {"kind": "ruler"} | {key: told[key] for key in told if key in marks.GIVEN}
            at = numbers[-1] if numbers else len(rest)
            rest.insert(at, given | {key: last[key] for key in ("name", "visible") if key in last})
        self.drawn = rest

    def _of_last(self, mark: Mark) -> dict[str, Any]:
        """A mark as ``ruler`` and ``roi`` tell it: its ends as indices of the volume."""
        plane, index = marks.where_is(mark, self._stacks_of_marks())
        told = {name: value for name, value in mark.items() if name in marks.MEASURED}
        kind = {} if mark["kind"] == "ruler" else {"kind": mark["kind"]}
        return {**kind, "plane": plane, "slice": index, **self._ends_of(mark, plane), **told}

    def _ends_of(self, mark: Mark, plane: str | None) -> dict[str, Any]:
        """Two voxels, fractions too, that say where a mark is; else its points in mm."""
        points = mark["points"]
        if plane is not None and mark["kind"] != "freehand":
            start, end = points[0], points[1 if len(points) == 2 else 2]
            stack = self._stacks_of_marks()[plane]
            if len(points) == 2 or marks.is_upright(points, stack):
                ends = self.volume.to_index([start, end]).round(6).tolist()
                return {"start": ends[0], "end": ends[1]}
        return {"points": points, "normal": mark["normal"]}

    def _stacks_of_marks(self) -> Stacks:
        """The planes of the volume; they stay when it has gone."""
        if "_mark_stacks" not in self.__dict__:
            self._mark_stacks = measuring.stacks_of(self.volume)
        return self._mark_stacks


def _behind(names: Any) -> Any:
    """Names of traits: behind the table of the marks stands their list."""
    if names == "marks":
        return "drawn"
    return ["drawn" if name == "marks" else name for name in names] if _many(names) else names


def _many(names: Any) -> bool:
    return isinstance(names, list | tuple | set)


def _pandas() -> Any:
    """The module, where it is installed: nothing here depends on it."""
    try:
        return importlib.import_module("pandas")
    except ImportError:
        return None


def line_of(drawn: Iterable[Mark]) -> str:
    """Marks as they are written in a line of Python."""
    return f"[{', '.join(map(_literal, drawn))}]"


def _literal(mark: Mark) -> str:
    points = ", ".join(line.numbers(_short(point, "0.0001")) for point in mark["points"])
    words = {
        "kind": line.text(mark["kind"]),
        "name": line.text(mark["name"]),
        "points": f"[{points}]",
        "normal": line.numbers(_short(mark["normal"], "0.00000001")),
    }
    if not mark["visible"]:
        words["visible"] = "False"
    return "{" + ", ".join(f"{line.text(name)}: {word}" for name, word in words.items()) + "}"


def _short(values: Iterable[float], step: str) -> list[float]:
    """Numbers rounded as JavaScript does: the line is for people too."""
    return [float(Decimal(n).quantize(Decimal(step), ROUND_HALF_UP)) for n in values]


def _by_ending(path: Path, known: dict[str, Any]) -> Any:
    """What belongs to the ending of a file's name."""
    found = known.get(path.suffix.lower())
    if found is None:
        message = f"marks are kept as .csv or .json; {path.name!r} has another ending"
        raise ParameterError(message)
    return found
