"""Scans that are no DICOM: which files of a folder are NIfTI, MetaImage or NRRD, and their volumes.

Each format has a module with the same three functions: which files are its headers, what their
headers say, and the Volume.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from ..errors import LoadError
from ..volume import Volume
from . import metaimage, nifti, nrrd
from .sources import Source, ZipLimits, is_dicom
from .stored import head_of
from .values import Rescale
from .wording import counted, plain


class _Format(NamedTuple):
    headers: Callable[[Sequence[Source]], list[Source]]
    survey: Callable[..., list[tuple[Any, ...]]]
    load: Callable[..., Volume]


FORMATS = {
    "NIfTI": _Format(nifti.headers, nifti.survey_nifti, nifti.load_nifti),
    "MetaImage": _Format(metaimage.headers, metaimage.survey_metaimage, metaimage.load_metaimage),
    "NRRD": _Format(nrrd.headers, nrrd.survey_nrrd, nrrd.load_nrrd),
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


def survey_images(images: Sequence[Image], sources: Sequence[Source]) -> list[tuple[Any, ...]]:
    """Rows for a table of series, one a volume; numbered through, and called by their files."""
    rows: list[tuple[Any, ...]] = []
    for kind, header in images:
        for _, uid, _, *rest in FORMATS[kind].survey(header, sources):
            rows.append((len(rows), uid, _name_of(header), *rest))
    return rows


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
    return FORMATS[image.kind].load(image.header, sources, number, rescale, zip_limits)


def _pick(
    images: Sequence[Image], sources: Sequence[Source], wanted: int | str | None
) -> tuple[Image, int | None]:
    """The image that holds a volume by its number in the table, and its number there."""
    counts = [len(FORMATS[kind].survey(header, sources)) for kind, header in images]
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


def _name_of(header: Source) -> str:
    """What a table calls an image, and `series` picks it by."""
    return plain(PurePath(header.name).name)
