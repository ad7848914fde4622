"""Opening a scan: `load` and `list_series`, whatever the file or the folder is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..arguments import choice, real, reals, whole
from ..errors import LoadError, ParameterError
from ..hounsfield import to_hu
from ..html import html_table
from ..volume import Volume
from .dicom.acquisitions import Acquisition
from .dicom.headers import Header, description, modality_of
from .dicom.series import (
    broken_apart,
    depths_of,
    follow_directory,
    load_series,
    missing_from_directory,
    read_series,
    survey_series,
)
from .images import Image, count_images, find_images, load_image, survey_images
from .sources import Paths, Source, ZipLimits, is_archive, lost_under, open_sources, read_head
from .values import Rescale
from .wording import counted, plain

_CHOICES = {
    "uneven": ("error", "resample"),
    "duplicates": ("error", "first"),
    "missing": ("error", "interpolate"),
    "uids": ("error", "ignore"),
}
_STRICT = dict.fromkeys(_CHOICES, "error")
# Headers of a series, by its SeriesInstanceUID and its kind.
_Found = dict[tuple[str, str], list[Header]]


@dataclass(frozen=True, slots=True)
class Series:
    """What `list_series` says of one series.

    `number` picks it in ``load(path, series=number)``; so do `uid` and `description`.
    `slices` counts its slices, `spacing` is (slice, row, column) in mm or None,
    `kind` is ``"CT"`` or what it is instead. `problem` says why it can't be loaded as it
    is, and which argument would accept it; it is "" where nothing that was looked at is in
    the way (see `list_series`). `acquisitions` are several scans of the same place, if the
    series holds such: one of them is picked by ``load(path, acquisition=...)``, with its `number`
    or `label`.
    """

    number: int
    uid: str = field(repr=False)
    description: str
    modality: str
    slices: int
    spacing: tuple[float, float, float] | None
    kind: str
    problem: str
    acquisitions: tuple[Acquisition, ...] = ()

    @property
    def loadable(self) -> bool:
        """Whether `load` takes it without further arguments, by what was looked at."""
        return not self.problem


class SeriesList(list[Series]):
    """A list of Series that shows itself as a table."""

    HEADS = ("number", "description", "modality", "slices", "spacing in mm", "kind", "loadable")

    def cells(self) -> list[tuple[str, ...]]:
        """The table as texts under the `HEADS`, a row for each series."""
        return list(map(_cells, self))

    def __repr__(self) -> str:
        rows = [self.HEADS, *self.cells()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.HEADS) - 1)]
        return "\n".join(
            "  ".join([cell.ljust(w) for cell, w in zip(row, widths, strict=False)] + [row[-1]])
            for row in rows
        )

    def _repr_html_(self) -> str:
        return html_table(self.cells(), self.HEADS)


def _cells(row: Series) -> tuple[str, ...]:
    spacing = " x ".join(f"{step:.4g}" for step in row.spacing) if row.spacing else "-"
    return (
        str(row.number),
        plain(row.description) or "-",
        plain(row.modality) or "-",
        str(row.slices),
        spacing,
        plain(row.kind),
        "yes" if row.loadable else f"no: {plain(row.problem, 400)}",
    )


def load(
    path: Paths,
    *,
    series: int | str | None = None,
    acquisition: int | str | None = None,
    uneven: str = "error",
    duplicates: str = "error",
    missing: str = "error",
    uids: str = "error",
    tolerance: float | None = None,
    rescale: tuple[float, float] | None = None,
    signed: bool | None = None,
    zip_limits: Mapping[str, float] | None = None,
) -> Volume:
    """Open a CT scan as a Volume of HU.

    Parameters
    ----------
    path : str or Path, or a list of them; bytes, or a file object
        A DICOM file, a folder of them (searched through, whatever the files are
        called), a DICOMDIR, a NIfTI (.nii, .nii.gz, .hdr with .img), a MetaImage (.mha,
        .mhd), an NRRD (.nrrd, .nhdr), a zip or a list of these. Bytes are what a file holds.
    series : int or str, optional
        Which series to take where there are several: its number in `list_series`, its
        SeriesInstanceUID or its description. Which file, where several are no DICOM: its
        number there or its name; which volume, where one of them is 4-D.
    acquisition : int or str, optional
        Which one to take where a series holds several scans of the same place (phases of contrast
        or of the heart, a scan that was repeated): its number or label in `list_series`.
        ``"all"`` takes all of their slices as one scan.
    uneven : {"error", "resample"}
        What to do where slices lie at uneven steps, or their field of view shifts:
        ``"resample"`` interpolates linearly on the smallest step, each slice at its
        true position.
    duplicates : {"error", "first"}
        What to do where two slices lie at the same position with different pixels:
        ``"first"`` takes the one that was acquired first, and the first acquisition as a whole
        where there are several. Equal ones are taken once.
    missing : {"error", "interpolate"}
        What to do where slices are missing inside an even series.
    uids : {"error", "ignore"}
        What to do with slices that differ in SeriesInstanceUID, StudyInstanceUID or
        FrameOfReferenceUID: ``"ignore"`` takes those as one series that have the same
        PatientID, SeriesNumber, description, ImageType and matrix, where an anonymizer gave each
        file UIDs of its own.
    tolerance : float, optional
        By how many mm a slice may lie off the grid: by default 1 % of the slice
        spacing or 0.05 mm, whichever is larger.
    rescale : (slope, intercept), optional
        HU = slope x stored value + intercept, on your word, where the file does not
        say, or says something else.
    signed : bool, optional
        Whether the stored values of a DICOM series have a sign, on your word, where
        PixelRepresentation is doubtful: with ``True`` they are read as two's complement of
        BitsStored bits, with ``False`` as numbers from 0 on.
    zip_limits : mapping, optional
        Raises the limits on what a zip may unpack to; see `ctkit.files.sources.ZIP_LIMITS`.

    Returns
    -------
    Volume
        int16 HU where the rescale is exact in it, else float32. Its `report` says what
        was noticed and repaired. A file that is no DICOM may be a mask, of bool, or a label
        map, whose `labels` are names.

    Raises
    ------
    LoadError
        Where the scan can't be told truthfully as a Volume: it says what is wrong, in
        which file, and which argument accepts it.
    ParameterError
        On a value that an argument doesn't have, and on one of `uneven`, `duplicates`,
        `missing` and `tolerance` for a file that is no DICOM, whose grid stands in its
        header; and where `path` is nothing that can be opened.

    Examples
    --------
    >>> import ctkit
    >>> ctkit.load(ctkit.samples.head())
    Volume 108 x 256 x 256, int16 HU, 1.5 x 0.957 x 0.957 mm (slice, row, column), indices to SAL
    """
    wanted, hu = _as_wanted(series), _as_rescale(rescale)
    fitting = _check_fitting(
        uneven=uneven, duplicates=duplicates, missing=missing, uids=uids, tolerance=tolerance
    )
    fitting |= {"acquisition": _as_acquisition(acquisition), "signed": _as_signed(signed)}
    with open_sources(path, zip_limits) as sources:
        if images := find_images(sources):
            _refuse_fitting(fitting, images[0])
            return load_image(images, sources, wanted, hu, zip_limits)
        volume = _load_dicom(sources, wanted, fitting, hu, zip_limits)
    return volume.with_array(volume.array, *lost) if (lost := lost_under(path)) else volume


def list_series(
    path: Paths, *, uids: str = "error", zip_limits: Mapping[str, float] | None = None
) -> SeriesList:
    """What is in a file, folder or zip, and which of it `load` takes.

    It reads what `load` reads, and keeps none of it: headers, and uncompressed pixels, which are
    judged as `load` does it. That takes about twice the time of the headers alone, and the memory
    of one slice. Of compressed series some slices are decoded, and of other files that are large
    some voxels are judged: what only the rest shows, and damage within a compressed part, is seen
    by `load` alone.

    Parameters
    ----------
    path, uids, zip_limits : as for `load`

    Returns
    -------
    list of Series, which shows itself as a table

    Raises
    ------
    LoadError
        Where there are no files, or none of them is a scan.
    """
    with open_sources(path, zip_limits) as sources:
        if images := find_images(sources):
            return SeriesList([Series(*row) for row in survey_images(images, sources, zip_limits)])
        found, broken, _ = _read(sources, zip_limits, choice(uids, "uids", _CHOICES["uids"]))
        return SeriesList(_rows(found, broken, zip_limits, uids))


@dataclass(frozen=True)
class Scan:
    """A scan among files that were searched through, not read yet.

    `name` is its number among all series, or the name of its file. `headers` are those of its
    slices, none where it is no DICOM. `open` reads the voxels, or raises what `load` raises.
    """

    name: str
    headers: Sequence[Header]
    open: Callable[[], Volume]


def each_scan(
    sources: list[Source],
    *,
    series: int | str | None = None,
    rescale: tuple[float, float] | None = None,
    zip_limits: ZipLimits = None,
    acquisition: int | str | None = None,
    signed: bool | None = None,
    **fitting: Any,
) -> Iterator[Scan]:
    """Every scan among some files, the headers read once for all of them.

    Parameters
    ----------
    sources : list of Source
    series, rescale, zip_limits, acquisition, signed, **fitting : as for `load`
        They hold for each scan. Arguments on how slices fit have no say for what is no DICOM.

    Yields
    ------
    Scan
        Of DICOM one a CT series; where there is no CT, one whose `open` says so.

    Raises
    ------
    LoadError, ParameterError
        As `load`, where there is no scan at all.
    """
    wanted, hu = _as_wanted(series), _as_rescale(rescale)
    checked = _check_fitting(**{"tolerance": None, **_STRICT, **fitting})
    checked |= {"acquisition": _as_acquisition(acquisition), "signed": _as_signed(signed)}
    if images := find_images(sources):
        numbers = range(count_images(images, sources)) if wanted is None else [wanted]
        for number in numbers:
            yield Scan(
                str(number), (), partial(load_image, images, sources, number, hu, zip_limits)
            )
        return
    found, broken, _ = _read(sources, zip_limits, checked["uids"])
    if wanted is not None:
        keys = [_pick(found, broken, wanted)]
    else:
        keys = [key for key in found if key[1] == "CT"] or [_pick(found, broken, None)]
    for number, key in enumerate(found):
        if key in keys:
            load_it = partial(load_series, found[key], rescale=hu, zip_limits=zip_limits, **checked)
            yield Scan(str(number), found[key], load_it)
    for error in broken:
        yield Scan("unreadable", (), partial(_raise, error))


def _raise(error: LoadError) -> Volume:
    raise error


def slice_layers(
    path: Paths,
    *,
    series: int | str | None = None,
    zip_limits: Mapping[str, float] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Where the slices of a DICOM series lie along their normal, from their headers alone.

    Parameters
    ----------
    path, series, zip_limits : as for `load`

    Returns
    -------
    depths : (n,) increasing positions in mm, those at the same place twice too
    thickness : (n,) SliceThickness in mm; the median step where it is absent

    Raises
    ------
    LoadError
        Where there is no such series, or its slices don't lie side by side.
    """
    wanted = _as_wanted(series)
    with open_sources(path, zip_limits) as sources:
        found, broken, _ = _read(sources, zip_limits)
        headers = found[_pick(found, broken, wanted)]
    return depths_of(headers)


def _as_wanted(series: Any) -> int | str | None:
    """The argument `series`, checked."""
    if series is None or isinstance(series, str):
        return series
    words = "series is a number in list_series, a SeriesInstanceUID or a description"
    return whole(series, words, low=0)


def _as_acquisition(acquisition: Any) -> int | str | None:
    """The argument `acquisition`, checked."""
    if acquisition is None or isinstance(acquisition, str):
        return acquisition
    return whole(acquisition, "acquisition is a number or label in list_series, or 'all'", low=0)


def _as_signed(signed: Any) -> bool | None:
    """The argument `signed`, checked."""
    if signed is not None and not isinstance(signed, bool | np.bool_):
        message = f"signed is True, False or None, not {signed!r}"
        raise ParameterError(message)
    return None if signed is None else bool(signed)


def _as_rescale(rescale: Any) -> Rescale:
    """The argument `rescale`, checked."""
    if rescale is None:
        return None
    slope, intercept = reals(rescale, "rescale is (slope, intercept), two numbers", 2)
    to_hu(0, slope, intercept)  # refuses what is no rescale
    return slope, intercept


def _check_fitting(*, tolerance: Any, **choices: Any) -> dict[str, Any]:
    """The arguments on how slices fit into a grid, checked, by name."""
    fitting: dict[str, Any] = {
        name: choice(value, name, _CHOICES[name]) for name, value in choices.items()
    }
    if tolerance is not None:
        tolerance = real(tolerance, "tolerance is a number of mm from 0 on", low=0)
    return fitting | {"tolerance": tolerance}


def _refuse_fitting(fitting: dict[str, Any], image: Image) -> None:
    """Refuse what has no say for a scan that is no DICOM."""
    given = [key for key, value in fitting.items() if value not in ("error", None)]
    if given:
        message = (
            f"{given[0]}= has no say here: {image.header.name} is a {image.kind}, whose grid "
            "stands in its header. Leave it out"
        )
        raise ParameterError(message)


def _read(
    sources: list[Source], zip_limits: ZipLimits, uids: str = "error"
) -> tuple[_Found, list[LoadError], list[str]]:
    """Series found, with an error where nothing is an image."""
    if len(sources) == 1:
        sources = follow_directory(sources[0])
    found, broken, others = read_series(sources, zip_limits, uids)
    if not found and not broken:
        names = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        message = (
            "there is no DICOM and no NIfTI, MetaImage or NRRD among "
            f"{counted(len(others), 'file')}: {names}"
        )
        if packed := [s.name for s in sources if is_archive(read_head(s.path, 262))]:
            message += f". {packed[0]} is packed, or damaged: unpack it first"
        raise LoadError(message)
    return found, broken, others


def _rows(
    found: _Found, broken: list[LoadError], zip_limits: ZipLimits = None, uids: str = "error"
) -> Iterator[Series]:
    for number, ((uid, kind), headers) in enumerate(found.items()):
        slices, spacing, problem, parts = survey_series(headers, zip_limits, uids)
        problem = problem or (str(broken[0]) if broken else "")
        modality = modality_of(headers[0].elements)
        told = description(headers[0])
        yield Series(number, uid, told, modality, slices, spacing, kind, problem, parts)
    for number, error in enumerate(broken, start=len(found)):
        yield Series(number, "", "", "", 1, None, "unreadable", str(error))


def _load_dicom(
    sources: list[Source],
    wanted: int | str | None,
    fitting: dict[str, Any],
    rescale: Rescale,
    zip_limits: ZipLimits,
) -> Volume:
    found, broken, others = _read(sources, zip_limits, fitting["uids"])
    key = _pick(found, broken, wanted)
    if broken:  # of which series, nobody knows
        raise broken[0]
    volume = load_series(found.pop(key), rescale=rescale, zip_limits=zip_limits, **fitting)
    notes = [
        f"another series left out: {kind}, {counted(len(h), 'file')}"
        for (_, kind), h in found.items()
    ]
    notes += missing_from_directory(sources)
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        notes.append(f"left out, as it is no DICOM: {others[0]}{more}")
    return volume.with_array(volume.array, *notes)


def _pick(found: _Found, broken: list[LoadError], wanted: int | str | None) -> tuple[str, str]:
    """The key of the series that is asked for, or of the only CT."""
    keys = list(found)
    if wanted is not None:
        keys = [
            key
            for number, key in enumerate(found)
            if wanted in (number, key[0], description(found[key][0]))
        ]
    # A localizer inside a series has the uid of its slices.
    picked = [key for key in keys if key[1] == "CT"]
    if len(picked) == 1:
        return picked[0]
    if broken and not picked:
        raise broken[0]
    if picked:
        what = "are several CT series: pass series= with the number of one"
        if count := broken_apart({key: found[key] for key in picked}):
            what += (
                f'; or uids="ignore", as {count} of them are one slice each and differ in '
                "SeriesInstanceUID alone, which a bad anonymizer may have given to each file"
            )
    else:
        what = "is no CT series" + (f" {wanted!r}" if wanted is not None else "")
    message = f"there {what}\n{SeriesList(_rows(found, broken))!r}"
    raise LoadError(message)
