"""NIfTI files: read by content and kept in their own order, turned to LPS+, and written.

nibabel understands the header; the voxels are read here, so that a cut file is told
from a whole one and no float64 copy is made.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import CTError, LoadError
from ..geometry import LPS_RAS, apply_affine, as_affine, orientation_letters, shear_of, spacing_of
from ..hounsfield import AIR, to_hu
from ..volume import Volume, own
from .damage import library, reading
from .sources import Source, ZipLimits, is_dicom, limits, read_head
from .values import Rescale, air_outside, check_finite, without_nan
from .wording import counted

if TYPE_CHECKING:
    from nibabel import Nifti1Header

_MAGIC = (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
_MOST_LISTED = 1000  # volumes of a 4-D file
_UNITS = {1: ("metres", 1000.0), 2: ("mm", 1.0), 3: ("micrometres", 0.001)}
_REVERSED = np.eye(4)[[2, 1, 0, 3]]  # (slice, row, column) from (column, row, slice)


class NiftiFiles(NamedTuple):
    """The files of one NIfTI: the same one twice where a single file holds all."""

    header: Source
    voxels: Source


def find(sources: Sequence[Source]) -> NiftiFiles | None:
    """The NIfTI that a scan is, or None.

    Raises
    ------
    LoadError
        Where there is more than one, or DICOM beside it, or the voxels of a pair are not there.
    """
    if len(sources) > 2:
        named = [s for s in sources if s.name.lower().endswith((".nii", ".nii.gz", ".hdr"))]
    else:
        named = [*sources, *(_beside(sources[0], ".hdr") if len(sources) == 1 else ())]
    found = [source for source in named if _magic(source)]
    if not found:
        return None
    if any(is_dicom(read_head(source.path, 256)) for source in sources):
        message = f"there is DICOM beside a NIfTI, {found[0].name}: pass the path of one"
        raise LoadError(message)
    if len(found) > 1:
        message = f"there are {len(found)} NIfTI files, {found[0].name}: pass the path of one"
        raise LoadError(message)
    return NiftiFiles(found[0], _voxels_of(found[0], sources))


def _beside(source: Source, *suffixes: str) -> list[Source]:
    """Files of the same name with other suffixes, that are there."""
    paths = [Path(_stem(source.path) + suffix) for suffix in suffixes]
    return [Source(str(p), p.name) for p in paths if p.is_file() and str(p) != source.path]


def _stem(name: str) -> str:
    """A name without its suffix, .gz included."""
    return str(Path(name.removesuffix(".gz")).with_suffix(""))


def _voxels_of(header: Source, sources: Sequence[Source]) -> Source:
    """The file of the voxels that belong to a header, by name: any other pair is a guess."""
    if _magic(header)[1:2] == b"+":
        return header
    wanted = {_stem(header.name).lower() + suffix for suffix in (".img", ".img.gz")}
    # In a zip the names are those of the zip, and the files are called otherwise.
    packed = [source for source in sources if source.name.lower() in wanted]
    found = [*packed, *_beside(header, ".img", ".img.gz")]
    if not found:
        name = Path(_stem(header.name)).name
        message = f"{header.name} is the header of a pair, and its {name}.img is not there"
        raise LoadError(message)
    return found[0]


def load_nifti(
    files: NiftiFiles,
    volume: int | str | None = None,
    rescale: Rescale = None,
    zip_limits: ZipLimits = None,
) -> Volume:
    """Read a NIfTI file or pair.

    Parameters
    ----------
    files : NiftiFiles, from `find`
    volume : int, optional
        Which one of a 4-D file; 0 is all that a 3-D one has.
    rescale : (slope, intercept), optional
        Used in place of the file's own.
    zip_limits : mapping, optional
        Its ratio limits gzipped files.

    Returns
    -------
    Volume
        In the file's own order (k, j, i); of bool where an 8-bit file holds 0 and 1 alone.

    Raises
    ------
    LoadError
    """
    with reading(files.voxels.name):
        header = _read_header(files.header)
        affine, notes = _affine(header)
        stored = _read_voxels(files, header, volume, zip_limits)
        hu, met = _to_hu(stored, header, rescale)
    return Volume(own(hu), affine, (*notes, *met))


def survey_nifti(files: NiftiFiles) -> list[tuple[Any, ...]]:
    """Rows for a table of series: one, or one a volume of a 4-D file."""
    try:
        with reading(files.header.name):
            header = _read_header(files.header)
            *_, slices, volumes = _shape(header)
            spacing = spacing_of(_affine(header)[0])
    except CTError as error:
        return [(0, "", "", "", 0, None, "NIfTI", str(error))]
    problem = _several(volumes) if volumes > 1 else ""
    # Of a few hundred bytes a header may speak of any number of them.
    listed = volumes if volumes <= _MOST_LISTED else 1
    return [(n, "", "", "", slices, spacing, "NIfTI", problem) for n in range(listed)]


def _several(volumes: int) -> str:
    if volumes == 1:
        return "it holds 1 volume: series= is 0, or left out"
    return f"it holds {volumes} volumes: pass series= with a number from 0 to {volumes - 1}"


def _magic(source: Source) -> bytes:
    """The magic bytes of a NIfTI header, b"" where it is none."""
    try:
        with _open(source.path) as stream:
            head = stream.read(348)
    except (OSError, EOFError, zlib.error):
        return b""
    found = [head[at : at + 4] for at in (344, 4) if head[at : at + 4] in _MAGIC]
    return found[0] if found and len(head) == 348 else b""


def _open(path: str) -> gzip.GzipFile | io.BufferedReader:
    """A stream of a file's bytes, unpacked where it is gzipped, whatever it is called."""
    packed = read_head(path, 2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else open(path, "rb")


def _read_header(source: Source) -> Nifti1Header:
    from nibabel import Nifti1Header, Nifti2Header

    kind = Nifti2Header if _magic(source)[2:3] == b"2" else Nifti1Header
    # Without the extensions behind it, which may be of any size.
    with _open(source.path) as stream:
        head = stream.read(kind.template_dtype.itemsize)
    with library("its header can't be read"):
        # Its checks mend headers; the fields that matter are checked here instead.
        return kind(head, check=False)


def _shape(header: Nifti1Header) -> tuple[int, int, int, int]:
    """(i, j, k, volumes) of the voxels."""
    with library("its shape can't be read"):
        shape = [int(n) for n in header.get_data_shape()]
    if not 2 <= len(shape) <= 7 or min(shape) < 1:
        message = f"no scan has the shape {shape}"
        raise LoadError(message)
    i, j, k = [*shape, 1][:3]
    return i, j, k, int(np.prod(shape[3:], dtype=object))


def _read_voxels(
    files: NiftiFiles,
    header: Nifti1Header,
    wanted: int | str | None,
    zip_limits: ZipLimits,
) -> np.ndarray:
    """One volume as it is stored, (k, j, i), once the file is known to be long enough."""
    *shape, volumes = _shape(header)
    number = 0 if wanted is None and volumes == 1 else wanted
    if not isinstance(number, int) or not 0 <= number < volumes:
        message = _several(volumes)
        raise LoadError(message)
    with library("the type of its voxels is not known"):
        kind = header.get_data_dtype()
    if kind.kind not in "iuf" or kind.itemsize > 8:
        message = f"its voxels are {kind.name}: colours or complex numbers, not HU"
        raise LoadError(message)
    count = int(np.prod(shape, dtype=object)) * kind.itemsize
    start = float(header["vox_offset"])
    if not start >= (0 if files.header != files.voxels else header.single_vox_offset):
        message = f"its voxels would begin at byte {start:g}, within its header"
        raise LoadError(message)
    begin = int(start) + number * count
    with _open(files.voxels.path) as stream:
        packed = isinstance(stream, gzip.GzipFile)
        _check_size(files.voxels.path, packed, begin + count, zip_limits)
        stream.seek(begin)
        values = np.empty(shape[::-1], kind)
        memory, at = values.data.cast("B"), 0
        # By the megabyte: gzip makes a copy of what it is asked.
        while got := stream.readinto(memory[at : at + 2**20]):
            at += got
        stream.read(1)  # only at the end of a gzip is its checksum compared
    if at != count:
        message = f"it is cut short: {at:,} of {counted(count, 'byte')} of voxels are there"
        raise LoadError(message)
    return values.astype(kind.newbyteorder("="), copy=False)


def _check_size(path: str, packed: bool, needed: int, zip_limits: ZipLimits) -> None:
    size = Path(path).stat().st_size
    if packed and needed > max(2**23, limits(zip_limits)["ratio"] * size):
        message = (
            f"it would unpack to {needed:,} bytes, {needed // size} times its size. If you trust "
            f'it, pass zip_limits={{"ratio": {needed // size + 1}}}'
        )
        raise LoadError(message)
    if not packed and needed > size:
        message = f"it is cut short: it has {counted(size, 'byte')}, its header needs {needed:,}"
        raise LoadError(message)


def _to_hu(
    stored: np.ndarray, header: Nifti1Header, rescale: Rescale
) -> tuple[np.ndarray, list[str]]:
    """HU, or bool for a mask, and what was met."""
    notes, missing = [], None
    if stored.dtype.kind == "f":
        stored, missing = without_nan(stored)
    slope, intercept = rescale or _scaling(header)
    if rescale is not None:
        notes.append(f"HU = {slope:g} x stored value + {intercept:g}, on your word")
    elif stored.dtype == np.uint8 and stored.max() <= 1:
        return stored.astype(bool), ["8-bit voxels of 0 and 1 alone: taken as a mask"]
    plain = (slope, intercept) == (1, 0) and stored.dtype in (np.int16, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        hu = stored if plain else check_finite(to_hu(stored, slope, intercept))
    if missing is not None and (count := int(np.count_nonzero(missing))):
        hu[missing] = AIR
        notes.append(f"{counted(count, 'voxel')} of NaN, no number, became air")
    if rescale is None and hu.min() >= 0 and not _says_hu(header):
        message = (
            f"no voxel is below {hu.min():g}, so its air is not at -1000 HU. Pass "
            "rescale=(1, -1024) if 1024 was added, rescale=(1, 0) if these are HU after all"
        )
        raise LoadError(message)
    return hu, notes + air_outside(hu)


def _says_hu(header: Nifti1Header) -> bool:
    said = header["intent_name"].item() + b" " + header["descrip"].item()
    return b"HU" in said.replace(b",", b" ").split()


def _scaling(header: Nifti1Header) -> tuple[float, float]:
    """(slope, intercept) of the file; a slope of 0 or NaN means there is none."""
    slope, intercept = (float(header[key]) for key in ("scl_slope", "scl_inter"))
    if slope == 0 or np.isnan(slope):
        return 1.0, 0.0
    if not np.isfinite([slope, intercept]).all():
        message = f"it is to be scaled by {slope} and {intercept}: no HU come of that"
        raise LoadError(message)
    return slope, intercept


def _affine(header: Nifti1Header) -> tuple[np.ndarray, list[str]]:
    """Affine from (slice, row, column) to LPS+ mm, and what was met."""
    unit, factor = _UNITS.get(int(header["xyzt_units"]) & 7, ("unknown, taken as mm", 1.0))
    notes = [] if unit == "mm" else [f"the unit of length is {unit}"]
    change = LPS_RAS @ np.diag([factor, factor, factor, 1])
    readings: dict[str, np.ndarray] = {}
    broken: dict[str, str] = {}
    for form in ("sform", "qform"):
        if int(header[f"{form}_code"]) > 0:
            try:
                readings[form] = _reading(header, form, change)
            except CTError as error:
                broken[form] = f"its {form} is broken ({error})"
    if not readings:
        message = " and ".join(broken.values()) or "neither an sform nor a qform"
        message += (
            ": which side is left is not known. If you know, set an sform with nibabel "
            "(image.set_sform) and save it"
        )
        raise LoadError(message)
    notes += [f"{what}: read by its {next(iter(readings))}" for what in broken.values()]
    affine = next(iter(readings.values()))
    if (lean := shear_of(affine)) > 0.05:
        notes.append(f"the affine is sheared by {lean:.1f} deg: regularize(volume) takes it away")
    return affine, notes + _compare(readings, _shape(header))


def _reading(header: Nifti1Header, form: str, change: np.ndarray) -> np.ndarray:
    """The affine that one of the two forms gives."""
    with np.errstate(all="ignore"), library("it is no affine"):
        found = getattr(header, f"get_{form}")()
    with np.errstate(all="ignore"):
        affine = as_affine(change @ found @ _REVERSED)
    if (reach := np.abs(affine).max()) > 1e5:
        message = f"it reaches {reach:.3g} mm: no scan does"
        raise LoadError(message)
    return affine


def _compare(readings: dict[str, np.ndarray], shape: tuple[int, ...]) -> list[str]:
    """A note where qform and sform put voxels to different places."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape[2::-1]])).reshape(3, -1).T
    places = [apply_affine(affine, corners) for affine in readings.values()]
    apart = np.linalg.norm(places[0] - places[-1], axis=1).max()
    if apart <= 0.05:
        return []
    told = "; ".join(
        f"{form}: origin {np.round(affine[:3, 3], 2).tolist()}, spacing "
        f"{np.round(spacing_of(affine), 3).tolist()}, indices to {orientation_letters(affine)}"
        for form, affine in readings.items()
    )
    return [f"qform and sform disagree by up to {apart:.4g} mm (LPS): {told}; the sform is used"]


def nifti_bytes(volume: Volume, compress: bool) -> bytes:
    """A Volume as the bytes of a NIfTI file, gzipped where `compress` says so."""
    import nibabel as nib

    data = volume.array.astype(np.uint8) if volume.is_mask else volume.array
    # ctkit's axes are (slice, row, column) and LPS+, NIfTI's the reverse and RAS+.
    affine = LPS_RAS @ volume.affine @ _REVERSED
    image = nib.Nifti1Image(data.transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm", "unknown")
    image.header.set_slope_inter(1, 0)
    # `load` believes values that are all above 0 only where the file says what they are.
    image.header["intent_name"] = b"mask" if volume.is_mask else b"CT, HU"
    image.set_sform(affine, code="scanner")
    # A quaternion has no room for shear: a qform that lies is worse than none.
    if _is_sheared(affine):
        image.set_qform(None, code=0)
    else:
        image.set_qform(affine, code="scanner")
    content = image.to_bytes()
    if not compress:
        return content
    # No date inside: the same volume gives the same bytes.
    return gzip.compress(content, compresslevel=6, mtime=0)


def _is_sheared(affine: np.ndarray) -> bool:
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4)
