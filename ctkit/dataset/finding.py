"""From what somebody names to units of work: a folder of DICOM, a file, a zip, a row of a table."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import LoadError, ParameterError
from ..files.atomic import MOVING, PART
from ..threads import workers
from .extra import needed
from .tables import READ, mask_name, read_rows

#: Files that are a scan by themselves, by the ends of their names.
IMAGES = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr", ".zip")
# Where a MetaImage or NRRD header says that its voxels are.
_DATA_FILE = re.compile(r"(?im)^\s*(?:ElementDataFile\s*=|data ?file\s*:)(.*)$")


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
        return hashlib.sha256(repr(f"can't be read: {unit.path}").encode()).hexdigest()


def find_units(sources: Any, but: Path | None = None) -> list[Unit]:
    """The units under `sources`, in the order of their names.

    Parameters
    ----------
    sources : path, or a list of them
        A folder: each folder below it that holds DICOM files is a unit, and so is each NIfTI,
        MetaImage, NRRD or zip; links to folders are followed. A ``.csv``: a table with the column
        ``scan``, a path as seen from the table, and, as far as there are such, ``mask`` (or
        ``mask:name``, several), ``series`` and ``patient``; further columns go along as they are.
        A folder that was prepared: its scans.
    but : Path, optional
        Where results go: no source.

    Raises
    ------
    LoadError
        Where nothing is found, or a path of a table leads nowhere.
    ParameterError
        Where `sources` is no path, or `but`.
    """
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    try:
        sources = [os.fspath(source) for source in sources]
        paths = list(map(Path, sources))
    except TypeError:
        message = f"sources is a path or a list of paths, not {type(sources).__name__}"
        raise ParameterError(message) from None
    if wrong := [source for source in sources if not source or "\0" in source]:
        message = f"a source is {wrong[0]!r}: name a folder, a file or a table of scans"
        raise ParameterError(message)
    for path in paths:
        same = but is not None and os.path.realpath(path) == os.path.realpath(but)
        if same and is_prepared(path):
            message = f"{path} can't be a source of itself: name another folder to write into"
            raise ParameterError(message)
    units = [unit for path in paths for unit in _under(Path(os.path.abspath(path)))]
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
    """The units of a folder. A link to a folder is followed, once, however often it is met."""
    met = {os.path.realpath(top)}
    closed = list[str]()
    walk = os.walk(top, followlinks=True, onerror=lambda error: closed.append(error.filename))
    for root, folders, names in walk:
        folders[:] = sorted(f for f in folders if not _is_hidden(f, root) and _is_new(root, f, met))
        yield from _of_folder(root, sorted(names))
    # A folder that may not be searched is a row that says so.
    yield from (Unit(folder, (folder,)) for folder in sorted(closed))


def _is_new(root: str, folder: str, met: set[str]) -> bool:
    real = os.path.realpath(os.path.join(root, folder))
    if real in met:
        return False
    met.add(real)
    return True


def _of_folder(root: str, names: list[str]) -> Iterator[Unit]:
    """The units of the files of one folder."""
    shown = [n for n in names if not n.startswith((".", PART)) and _is_file(root, n)]
    there = set(shown)
    pairs = {name for name in shown if _pair_of(name) in there}
    images = [_single(Path(root, name)) for name in shown if is_image(name) or name in pairs]
    yield from images
    held = {file for unit in images for file in unit.files}
    others = [os.path.join(root, name) for name in shown if _may_be_dicom(name)]
    # The files that a DICOMDIR lists are searched for anyway.
    slices = [f for f in others if f not in held and os.path.basename(f).upper() != "DICOMDIR"]
    if slices:
        yield Unit(root, tuple(slices), slices=True)


def _is_file(root: str, name: str) -> bool:
    """Whether it is a file, or a link to what is gone, of which a row tells; no pipe or device."""
    path = os.path.join(root, name)
    return os.path.isfile(path) or not os.path.exists(path)


def _is_hidden(name: str, root: str) -> bool:
    """Whether a folder is passed over: hidden, half-written, or what came out of a preparation."""
    return name.startswith((".", PART, MOVING)) or is_prepared(Path(root, name))


def is_prepared(folder: Path) -> bool:
    """Whether a folder is what `dataset.prepare` writes, with its private part or without."""
    if (folder / "private" / "salt").is_file():
        return True
    return (folder / "manifest.parquet").is_file() and (folder / "images").is_dir()


def _prepared(folder: Path) -> Iterator[Unit]:
    """The scans that an earlier run made ready, with their masks; patients keep their hashes."""
    try:
        rows = needed("pyarrow.parquet").read_table(folder / "manifest.parquet").to_pylist()
    except (OSError, ValueError) as error:
        message = f"{folder} has no manifest that can be read: finish its own run first"
        raise LoadError(message) from error
    for row in rows:
        if row["ending"] != "ready":
            continue
        files = json.loads(row["files"])
        paths = {name: str(folder / told["file"]) for name, told in files.items()}
        image = paths.pop("image")
        kept = {
            name.removeprefix("table_"): value
            for name, value in row.items()
            if name.startswith("table_") and value is not None
        }
        yield Unit(image, (image,), masks=paths, patient=row["patient"] or None, columns=kept)


def is_image(name: str) -> bool:
    """Whether a file of this name is a scan, or a zip of some, by itself."""
    return name.lower().endswith(IMAGES)


def _may_be_dicom(name: str) -> bool:
    # DICOM files may have any suffix or none. These are what lies beside scans.
    ends = (".csv", ".txt", ".json", ".md", ".pdf", ".png", ".jpg", ".html", ".xml", ".parquet")
    return not name.lower().endswith((*ends, ".toml", ".py", ".ipynb")) and name != "LICENSE"


def _pair_of(name: str) -> str:
    """What holds the voxels of a .hdr, as NIfTI and Analyze pairs have them."""
    stem, end = os.path.splitext(name)
    return stem + {".hdr": ".img", ".HDR": ".IMG"}.get(end, "\0")


def _single(path: Path) -> Unit:
    """A file that is named, with those that belong to it."""
    if path.name.upper() == "DICOMDIR":  # it lists the files around it
        return Unit(str(path), _files_below(path.parent))
    held = [path.with_name(_pair_of(path.name))]
    if path.suffix.lower() in (".mhd", ".nhdr"):
        held = _voxels_of(path)
    return Unit(str(path), (str(path), *(str(one) for one in held if one.is_file())))


def _voxels_of(header: Path) -> list[Path]:
    """The files that a MetaImage or NRRD header says its voxels are in, as far as it can be read;
    `load` tells the rest.
    """
    try:
        with open(header, "rb") as file:
            text = file.read(2**16).decode("latin-1")
    except OSError:
        return []
    if not (found := _DATA_FILE.search(text)):
        return []
    name = found[1].strip()
    if name.upper().startswith("LIST"):  # the names follow, one a line
        return [header.parent / line.strip() for line in text[found.end() :].split("\n") if line]
    if "%" in name:  # a pattern of numbers
        fits = re.compile(re.sub(r"%\d*d", r"\\d+", re.escape(name.split()[0])))
        return sorted(one for one in header.parent.iterdir() if fits.fullmatch(one.name))
    return [header.parent / name]


def _listed(table: Path) -> Iterator[Unit]:
    for number, row in read_rows(table):
        yield _row(table, number, row)


def _row(table: Path, number: int, row: dict[str, str]) -> Unit:
    def at(text: str) -> Path:
        path = table.parent / text
        if not text or not path.exists():
            message = f"{table}, line {number}: there is no {text or 'path'}"
            raise LoadError(message)
        return path

    scan = at(row["scan"])
    masks = {
        mask_name(name): str(at(text)) for name, text in row.items() if _is_mask(name) and text
    }
    kept = {k: v for k, v in row.items() if k not in READ and not _is_mask(k)}
    unit = _folder(scan) if scan.is_dir() else _single(scan)
    series, patient = row.get("series") or None, row.get("patient") or None
    return replace(unit, masks=masks, series=series, patient=patient, columns=kept)


def _is_mask(column: str) -> bool:
    return column.partition(":")[0] == "mask"


def _folder(path: Path) -> Unit:
    """All files below a folder that a table names: one unit, however deep they lie."""
    return Unit(str(path), _files_below(path))


def _files_below(path: Path) -> tuple[str, ...]:
    return tuple(
        sorted(
            os.path.join(root, name)
            for root, _, names in os.walk(path)
            for name in names
            if _is_file(root, name)
        )
    )
