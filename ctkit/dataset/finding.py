"""From what somebody names to units of work: a folder of DICOM, a file, a zip, a row of a table."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import LoadError, ParameterError
from ..files.atomic import MOVING, PART
from ..threads import workers

#: Files that are a scan by themselves, by the ends of their names.
IMAGES = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr", ".zip")
# What lies beside a header and holds its voxels.
_VOXELS = (".raw", ".zraw", ".img", ".bin")
#: The columns of a table that say what to read; all others go along as they are.
READ = ("scan", "mask", "series", "patient")


@dataclass(frozen=True)
class Unit:
    """What one task reads: all series of a folder or a zip, or one file.

    Attributes
    ----------
    path : str
        A file or a folder: its name, and where it is.
    files : tuple of str
        All files that belong to it.
    slices : bool
        Whether these files are read, and not `path`: other scans may lie in folders below it.
    masks : mapping of name to path
    series : str or None
        Which series alone to take.
    patient : str or None
        Whose it is, where the files don't say.
    columns : mapping of name to text
        What a table says of it.
    """

    path: str
    files: tuple[str, ...]
    slices: bool = False
    masks: Mapping[str, str] = field(default_factory=dict)
    series: str | None = None
    patient: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> str | list[str]:
        """What `ctkit.load` is given."""
        return list(self.files) if self.slices else self.path

    def digest(self) -> str:
        """The sha256 of all that is read: of the files' contents, not of their names or times."""
        held = [sorted(map(digest_of, self.files))]
        held += [[name, digest_of(path)] for name, path in sorted(self.masks.items())]
        return hashlib.sha256(repr([held, self.series]).encode()).hexdigest()


def digest_of(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file's content.

    Raises
    ------
    LoadError
        Where it can't be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise LoadError(message) from error


def digests_of(units: Iterable[Unit]) -> list[str]:
    """The digest of each unit, as `digest_or_place` gives it; several are read at once."""
    with workers(os.cpu_count()) as pool:
        return list(pool.map(digest_or_place, units))


def digest_or_place(unit: Unit) -> str:
    """The digest of a unit; of one that can't be read, what tells its place from all others."""
    try:
        return unit.digest()
    except LoadError:
        return hashlib.sha256(f"can't be read: {unit.path}".encode()).hexdigest()


def find_units(sources: Any) -> list[Unit]:
    """The units under `sources`, in the order of their names.

    Parameters
    ----------
    sources : path, or a list of them
        A folder: each folder below it that holds DICOM files is a unit, and so is each NIfTI,
        MetaImage, NRRD or zip. A ``.csv``: a table with the column ``scan``, a path as seen from
        the table, and, as far as there are such, ``mask`` (or ``mask:name``, several), ``series``
        and ``patient``; further columns go along as they are.

    Raises
    ------
    LoadError
        Where nothing is found, or a path of a table leads nowhere.
    ParameterError
        Where `sources` is no path.
    """
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    try:
        paths = [Path(source) for source in sources]
    except TypeError:
        message = f"sources is a path or a list of paths, not {type(sources).__name__}"
        raise ParameterError(message) from None
    units = [unit for path in paths for unit in _under(path)]
    if not units:
        named = ", ".join(map(str, paths)) or "an empty list"
        message = f"no scan was found in {named}: name a folder, a file or a table of scans"
        raise LoadError(message)
    return units


def _under(path: Path) -> Iterator[Unit]:
    if not path.exists():
        message = f"there is no {path}: check its spelling, or the folder that you are in"
        raise LoadError(message)
    if path.suffix.lower() == ".csv":
        yield from _listed(path)
    elif is_prepared(path):
        yield from _prepared(path)
    elif path.is_dir():
        yield from _walked(path)
    else:
        yield _single(path)


def _walked(top: Path) -> Iterator[Unit]:
    for root, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if not _is_hidden(f, root))
        shown = sorted(name for name in names if not name.startswith((".", PART)))
        images = [name for name in shown if is_image(name)]
        for name in images:
            yield _single(Path(root, name))
        beside = _VOXELS if images else ()
        others = [n for n in shown if n not in images and not n.lower().endswith(beside)]
        slices = [os.path.join(root, name) for name in others if _may_be_dicom(name)]
        if slices:
            yield Unit(root, tuple(slices), slices=True)


def _is_hidden(name: str, root: str) -> bool:
    """Whether a folder is passed over: hidden, half-written, or what came out of a preparation."""
    return name.startswith((".", PART, MOVING)) or is_prepared(Path(root, name))


def is_prepared(folder: Path) -> bool:
    """Whether a folder is what `dataset.prepare` writes."""
    return (folder / "private" / "salt").is_file()


def _prepared(folder: Path) -> Iterator[Unit]:
    """The scans that an earlier run made ready, with their masks; patients keep their hashes."""
    with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["ending"] == "ready"]
    for row in rows:
        paths = {
            name: str(folder / told["file"]) for name, told in json.loads(row["files"]).items()
        }
        image = paths.pop("image")
        kept = {k.partition("table_")[2]: v for k, v in row.items() if k.startswith("table_")}
        yield Unit(image, (image,), masks=paths, patient=row["patient"] or None, columns=kept)


def is_image(name: str) -> bool:
    """Whether a file of this name is a scan, or a zip of some, by itself."""
    return name.lower().endswith(IMAGES)


def _may_be_dicom(name: str) -> bool:
    # DICOM files may have any suffix or none. These are what lies beside scans.
    ends = (".csv", ".txt", ".json", ".md", ".pdf", ".png", ".jpg", ".html", ".xml", ".parquet")
    return not name.lower().endswith((*ends, ".toml", ".py", ".ipynb")) and name != "LICENSE"


def _single(path: Path) -> Unit:
    stem = path.name[: -len(path.suffix)]
    beside = [p for p in (path.with_name(stem + end) for end in _VOXELS) if p.is_file()]
    held = beside if path.suffix.lower() in (".mhd", ".nhdr") else []
    return Unit(str(path), (str(path), *map(str, held)))


def _listed(table: Path) -> Iterator[Unit]:
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if rows and "scan" not in rows[0]:
        message = f"{table} has no column 'scan': its columns are {', '.join(map(str, rows[0]))}"
        raise LoadError(message)
    for number, row in enumerate(rows, start=2):
        yield _row(table, number, {k: (v or "").strip() for k, v in row.items() if k})


def _row(table: Path, number: int, row: dict[str, str]) -> Unit:
    def at(text: str) -> Path:
        path = table.parent / text
        if not text or not path.exists():
            message = f"{table}, line {number}: there is no {text or 'path'}"
            raise LoadError(message)
        return path

    scan = at(row["scan"])
    masks = {
        name.partition(":")[2] or "mask": str(at(text))
        for name, text in row.items()
        if name.partition(":")[0] == "mask" and text
    }
    kept = {k: v for k, v in row.items() if k.partition(":")[0] not in READ}
    (unit,) = [_folder(scan)] if scan.is_dir() else [_single(scan)]
    series, patient = row.get("series") or None, row.get("patient") or None
    return replace(unit, masks=masks, series=series, patient=patient, columns=kept)


def _folder(path: Path) -> Unit:
    """All files below a folder that a table names: one unit, however deep they lie."""
    names = sorted(os.path.join(root, name) for root, _, names in os.walk(path) for name in names)
    return Unit(str(path), tuple(names))
