"""Opening a scan: `load` and `list_series`, whatever the file or the folder is."""

from dataclasses import dataclass, field

import numpy as np

from ..errors import LoadError, ParameterError
from ..hounsfield import to_hu
from ..html import html_table
from . import nifti
from .dicom.headers import description, text
from .dicom.series import depths_of, follow_directory, load_series, read_series, survey_series
from .sources import is_archive, limits, open_sources, read_head

_CHOICES = {
    "uneven": ("error", "resample"),
    "duplicates": ("error", "first"),
    "missing": ("error", "interpolate"),
}


@dataclass(frozen=True, slots=True)
class Series:
    """What `list_series` says of one series.

    `number` picks it in ``load(path, series=number)``; so do `uid` and `description`.
    `slices` counts its slices, `spacing` is (slice, row, column) in mm or None,
    `kind` is ``"CT"`` or what it is instead. `problem` says why it can't be loaded as it
    is, and which argument would accept it; it is "" where nothing is in the way.
    """

    number: int
    uid: str = field(repr=False)
    description: str
    modality: str
    slices: int
    spacing: tuple | None
    kind: str
    problem: str

    @property
    def loadable(self):
        """Whether `load` takes it without further arguments."""
        return not self.problem


class SeriesList(list):
    """A list of Series that shows itself as a table."""

    _HEADS = ("number", "description", "modality", "slices", "spacing in mm", "kind", "loadable")

    def __repr__(self):
        rows = [self._HEADS, *map(_cells, self)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self._HEADS) - 1)]
        return "\n".join(
            "  ".join([cell.ljust(w) for cell, w in zip(row, widths, strict=False)] + [row[-1]])
            for row in rows
        )

    def _repr_html_(self):
        return html_table(map(_cells, self), self._HEADS)


def _cells(row):
    spacing = " x ".join(f"{step:.4g}" for step in row.spacing) if row.spacing else "-"
    return (
        str(row.number),
        row.description or "-",
        row.modality or "-",
        str(row.slices),
        spacing,
        row.kind,
        "yes" if row.loadable else f"no: {row.problem}",
    )


def load(
    path,
    *,
    series=None,
    uneven="error",
    duplicates="error",
    missing="error",
    tolerance=None,
    rescale=None,
    zip_limits=None,
):
    """Open a CT scan as a Volume of HU.

    Parameters
    ----------
    path : str or Path
        A DICOM file, a folder of them (searched through, whatever the files are
        called), a DICOMDIR, a zip of these, or a NIfTI.
    series : int or str, optional
        Which series to take where there are several: its number in `list_series`, its
        SeriesInstanceUID or its description. Which volume of a 4-D NIfTI.
    uneven : {"error", "resample"}
        What to do where slices lie at uneven steps, or their field of view shifts:
        ``"resample"`` interpolates linearly on the smallest step, each slice at its
        true position.
    duplicates : {"error", "first"}
        What to do where two slices lie at the same position with different pixels:
        ``"first"`` takes the one that was acquired first. Equal ones are taken once.
    missing : {"error", "interpolate"}
        What to do where slices are missing inside an even series.
    tolerance : float, optional
        By how many mm a slice may lie off the grid: by default 1 % of the slice
        spacing or 0.05 mm, whichever is larger.
    rescale : (slope, intercept), optional
        HU = slope x stored value + intercept, on your word, where the file does not
        say, or says something else.
    zip_limits : mapping, optional
        Raises the limits on what a zip may unpack to; see `ctkit.files.sources.ZIP_LIMITS`.

    Returns
    -------
    Volume
        int16 HU where the rescale is exact in it, else float32. Its `report` says what
        was noticed and repaired.

    Raises
    ------
    LoadError
        Where the scan can't be told truthfully as a Volume: it says what is wrong, in
        which file, and which argument accepts it.
    ParameterError
        On a value that an argument doesn't have.

    Examples
    --------
    >>> import ctkit
    >>> ctkit.load(ctkit.samples.head())
    Volume 108 x 256 x 256, int16 HU, 1.5 x 0.957 x 0.957 mm (slice, row, column), indices to SAL
    """
    options = _check_options(uneven, duplicates, missing, tolerance, rescale, zip_limits)
    with open_sources(path, zip_limits) as sources:
        if image := nifti.find(sources):
            return nifti.load_nifti(image, series, options["rescale"], zip_limits)
        return _load_dicom(sources, series, options)


def list_series(path, *, zip_limits=None):
    """What is in a file, folder or zip, and which of it `load` takes.

    One pass over headers: no pixel is read.

    Parameters
    ----------
    path, zip_limits : as for `load`

    Returns
    -------
    list of Series, which shows itself as a table

    Raises
    ------
    LoadError
        Where there are no files, or none of them is DICOM or NIfTI.
    """
    with open_sources(path, zip_limits) as sources:
        if image := nifti.find(sources):
            return SeriesList([Series(*row) for row in nifti.survey_nifti(image)])
        found, broken, _ = _read(sources, zip_limits)
        return SeriesList(_rows(found, broken))


def slice_layers(path, *, series=None, zip_limits=None):
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
    with open_sources(path, zip_limits) as sources:
        found, broken, _ = _read(sources, zip_limits)
        headers = found[_pick(found, broken, series)]
    return depths_of(headers)


def _check_options(uneven, duplicates, missing, tolerance, rescale, zip_limits):
    """The arguments of `load`, checked, by name."""
    options = {"uneven": uneven, "duplicates": duplicates, "missing": missing}
    for name, value in options.items():
        if value not in _CHOICES[name]:
            message = f"{name} is one of {', '.join(_CHOICES[name])}; not {value!r}"
            raise ParameterError(message)
    if tolerance is not None and not (isinstance(tolerance, (int, float)) and tolerance >= 0):
        message = f"tolerance is a number of mm from 0 on, not {tolerance!r}"
        raise ParameterError(message)
    if rescale is not None:
        if np.shape(rescale) != (2,):
            message = f"rescale is (slope, intercept), two numbers; not {rescale!r}"
            raise ParameterError(message)
        to_hu(0, *rescale)  # refuses what is no rescale
        rescale = tuple(map(float, rescale))
    return options | {"tolerance": tolerance, "rescale": rescale, "zip_limits": limits(zip_limits)}


def _read(sources, zip_limits):
    """Series found, with an error where nothing is an image."""
    if len(sources) == 1:
        sources = follow_directory(sources[0])
    found, broken, others = read_series(sources, zip_limits)
    if not found and not broken:
        names = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        message = f"there is no DICOM and no NIfTI among {len(others)} files: {names}"
        if packed := [s.name for s in sources if is_archive(read_head(s.path, 8))]:
            message += f". {packed[0]} is packed, or damaged: unpack it first"
        raise LoadError(message)
    return found, broken, others


def _rows(found, broken):
    for number, ((uid, kind), headers) in enumerate(found.items()):
        slices, spacing, problem = survey_series(headers)
        problem = problem or (broken[0] if broken else "")
        modality = text(headers[0].elements, "Modality")
        yield Series(number, uid, description(headers[0]), modality, slices, spacing, kind, problem)
    for number, problem in enumerate(broken, start=len(found)):
        yield Series(number, "", "", "", 1, None, "unreadable", problem)


def _load_dicom(sources, series, options):
    found, broken, others = _read(sources, options["zip_limits"])
    key = _pick(found, broken, series)
    if broken:  # of which series, nobody knows
        raise LoadError(broken[0])
    volume = load_series(found.pop(key), **options)
    notes = [
        f"another series left out: {kind}, {len(h)} in number" for (_, kind), h in found.items()
    ]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        notes.append(f"left out, as it is no DICOM: {others[0]}{more}")
    return volume.with_array(volume.array, *notes)


def _pick(found, broken, wanted):
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
        raise LoadError(broken[0])
    if picked:
        what = "several CT series: pass series= with the number of one"
    else:
        what = "no CT series" + (f" {wanted!r}" if wanted is not None else "")
    message = f"there is {what}\n{SeriesList(_rows(found, broken))!r}"
    raise LoadError(message)
