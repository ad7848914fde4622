"""Scans that are no DICOM: which files of a folder are NIfTI, MetaImage or NRRD, and their volumes.

Each format has a module with the same two functions: which files are its headers, and what such
a header says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from ..errors import CTError, LoadError
from ..geometry import spacing_of
from ..volume import Volume, own
from . import metaimage, nifti, nrrd
from .damage import reading
from .sources import Source, ZipLimits, is_dicom
from .stored import Scan, head_of, pick, several, to_scan
from .values import Rescale
from .wording import counted, plain

_MOST_LISTED = 1000  # volumes of a 4-D file


class _Format(NamedTuple):
    headers: Callable[[Sequence[Source]], list[Source]]
    read: Callable[[Source, Sequence[Source], Rescale], Scan]


FORMATS = {
    "NIfTI": _Format(nifti.headers, nifti.read_nifti),
    "MetaImage": _Format(metaimage.headers, metaimage.read_metaimage),
    "NRRD": _Format(nrrd.headers, nrrd.read_nrrd),
}


class Image(NamedTuple):
    """A file with a header of one of the `FORMATS`."""

    kind: str
    header: Source


def find_images(sources: Sequence[Source]) -> list[Image]:
    """The files of a scan that are headers of NIfTI, MetaImage or NRRD, by name.

    Raises
    ------
    LoadError
        Where there is DICOM beside them.
    """
    found = [
        Image(kind, header) for kind, form in FORMATS.items() for header in form.headers(sources)
    ]
    if found and any(is_dicom(head_of(source.path, 256)) for source in sources):
        kind, header = found[0]
        message = f"there is DICOM beside a {kind}, {header.name}: pass the path of one"
        raise LoadError(message)
    return sorted(found, key=lambda image: image.header.name)


def survey_images(
    images: Sequence[Image], sources: Sequence[Source], zip_limits: ZipLimits = None
) -> list[tuple[Any, ...]]:
    """Rows for a table of series, one a volume; numbered through, and called by their files."""
    rows: list[tuple[Any, ...]] = []
    for image in images:
        for row in _survey(image, sources, zip_limits):
            rows.append((len(rows), "", _name_of(image.header), "", *row))
    return rows


def _survey(
    image: Image, sources: Sequence[Source], zip_limits: ZipLimits
) -> list[tuple[Any, ...]]:
    """Number of slices, spacing, kind and problem of each volume of an image."""
    try:
        with reading(image.header.name):
            scan = FORMATS[image.kind].read(image.header, sources, None)
            spacing = spacing_of(scan.affine)
    except CTError as error:
        return [(0, None, image.kind, str(error))]
    problem = several(scan.volumes) if scan.volumes > 1 else _judged(image, scan, zip_limits)
    return [(scan.shape[0], spacing, image.kind, problem)] * _listed(scan)


def _judged(image: Image, scan: Scan, zip_limits: ZipLimits) -> str:
    """Why `load` would refuse what an image holds, "" where it wouldn't, by some of its voxels."""
    try:
        with reading(image.header.name):
            to_scan(scan.sample(0, zip_limits), scan.scaling, says=scan.says, names=scan.names)
    except CTError as error:
        return str(error)
    return ""


def read_image(
    image: Image,
    sources: Sequence[Source] = (),
    volume: Any = None,
    rescale: Rescale = None,
    zip_limits: ZipLimits = None,
) -> Volume:
    """The Volume of one image.

    Parameters
    ----------
    image : Image
    sources : sequence of Source
        The files that were found with it: its voxels may be one of them.
    volume : int, optional
        Which one of a 4-D file; 0 is all that a 3-D one has.
    rescale : (slope, intercept), optional
        Used in place of the file's own.
    zip_limits : mapping, optional
        Its ratio limits packed voxels.

    Returns
    -------
    Volume
        In the file's own order; of bool where it is a mask, with `labels` where it is a label
        map.

    Raises
    ------
    LoadError
    """
    with reading(image.header.name):
        scan = FORMATS[image.kind].read(image.header, sources, rescale)
        stored, met = scan.read(pick(volume, scan.volumes), zip_limits)
        hu, told, labels = to_scan(stored, scan.scaling, rescale, scan.says, scan.names)
    return Volume(own(hu), scan.affine, (*scan.notes, *met, *told), labels)


def load_image(
    images: Sequence[Image],
    sources: Sequence[Source],
    wanted: int | str | None,
    rescale: Rescale,
    zip_limits: ZipLimits,
) -> Volume:
    """The volume that is asked for, or the only one.

    Parameters
    ----------
    images : sequence of Image, from `find_images`
    sources : sequence of Source
        What was found with them.
    wanted : int or str, optional
        Its number among all volumes of all images, or the name of its file.
    rescale, zip_limits : as for `ctkit.load`

    Raises
    ------
    LoadError
        Where there are several, and none is asked for, or no such one; and where it can't be
        read.
    """
    if isinstance(wanted, str) and (named := [i for i in images if _name_of(i.header) == wanted]):
        images, wanted = named, None
    image, number = images[0], wanted
    if len(images) > 1:
        image, number = _pick(images, sources, wanted)
    return read_image(image, sources, number, rescale, zip_limits)


def _pick(
    images: Sequence[Image], sources: Sequence[Source], wanted: int | str | None
) -> tuple[Image, int | None]:
    """The image that holds a volume by its number in the table, and its number there."""
    counts = [_count(image, sources) for image in images]
    if isinstance(wanted, int) and wanted < sum(counts):
        number = wanted
        for image, count in zip(images, counts, strict=True):
            if number < count:
                return image, number if count > 1 else None
            number -= count
    first = 0
    lines = []
    for (kind, header), count in zip(images, counts, strict=True):
        numbers = f"{first}" if count == 1 else f"{first} to {first + count - 1}"
        lines.append(f"{numbers}: {_name_of(header)}, {kind}")
        first += count
    more = "" if len(lines) <= 20 else f"\nand {counted(len(lines) - 20, 'file')} more"
    kinds = " and ".join(dict.fromkeys(image.kind for image in images))
    said = "" if wanted is None else f", and none is {wanted!r}"
    message = (
        f"there are {len(images)} {kinds} files{said}: pass series= with the number or the name "
        "of one\n" + "\n".join(lines[:20]) + more
    )
    raise LoadError(message)


def count_images(images: Sequence[Image], sources: Sequence[Source]) -> int:
    """How many volumes some images hold in all."""
    return sum(_count(image, sources) for image in images)


def _count(image: Image, sources: Sequence[Source]) -> int:
    """How many rows of the table an image has."""
    try:
        with reading(image.header.name):
            return _listed(FORMATS[image.kind].read(image.header, sources, None))
    except CTError:
        return 1


def _listed(scan: Scan) -> int:
    """How many of its volumes a table lists: of any number of them a few bytes may speak."""
    return scan.volumes if scan.volumes <= _MOST_LISTED else 1


def _name_of(header: Source) -> str:
    """What a table calls an image, and `series` picks it by."""
    return plain(PurePath(header.name).name)
