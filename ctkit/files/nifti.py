"""NIfTI files: read by content and kept in their own order, turned to LPS+, and written.

nibabel understands the fields of the header; what they mean is told here, as NIfTI's reference
code (nifti1_io.c) has it, and the voxels are read here, so that a cut file is told from a whole
one and no float64 copy is made.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import CTError, LoadError
from ..geometry import LPS_RAS, apply_affine, as_affine, orientation_letters, shear_of, spacing_of
from ..labels import Labels
from ..volume import Volume, own
from .damage import library, reading
from .gzipped import DAMAGED, open_gzip
from .sources import Source, ZipLimits, read_head
from .stored import Scan, check_packed, check_steps, first_shape, is_small, sample_rows
from .values import Rescale
from .wording import counted, plain

if TYPE_CHECKING:
    from nibabel import Nifti1Header

SUFFIXES = (".nii", ".nii.gz", ".hdr", ".hdr.gz")
_MAGIC = (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
_MOST_HEADER = 2**20  # with what stands between a header and its voxels
_UNITS = {1: ("metres", 1000.0), 2: ("mm", 1.0), 3: ("micrometres", 0.001)}
_REVERSED = np.eye(4)[[2, 1, 0, 3]]  # (slice, row, column) from (column, row, slice)
_KINDS = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8"}
_KINDS |= {256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_OTHER_KINDS = {
    1: "bits",
    32: "complex numbers",
    128: "colours",
    1536: "floats of 128 bits, which are not the same on all machines",
    1792: "complex numbers",
    2048: "complex numbers",
    2304: "colours",
}
_LABELS = 1002  # the intent of a label map, NIFTI_INTENT_LABEL
_VECTORS = range(1004, 1011)  # intents: matrices, displacements, vectors, points, quaternions
_WORDS_OF_HU = {"CT", "HU", "HOUNSFIELD", "UNIT", "UNITS"}
_COMMENT = 6  # the code of an extension that holds text


class Header(NamedTuple):
    """The fields of a header, and the names of labels that `nifti_bytes` put behind them."""

    fields: Nifti1Header
    names: Mapping[int, str]


def headers(sources: Sequence[Source]) -> list[Source]:
    """Those of the files of a scan that are headers of NIfTI, with their voxels or without."""
    if len(sources) > 2:
        named = [s for s in sources if s.name.lower().endswith(SUFFIXES)]
    else:
        named = [*sources, *(_beside(sources[0], ".hdr") if len(sources) == 1 else ())]
    return [source for source in named if _magic(source)]


def _beside(source: Source, *suffixes: str) -> list[Source]:
    """Files of the same name with other suffixes, that are there."""
    stem, found = _stem(source.path), []
    for suffix in suffixes:
        # P.HDR and P.IMG are a pair, too; where case has no say, both names are one file.
        paths = [Path(stem + suffix), Path(stem + suffix.upper())]
        there = next((path for path in paths if path.is_file()), None)
        if there is not None and str(there).lower() != source.path.lower():
            found.append(Source(str(there), plain(there.name)))
    return found


def _stem(name: str) -> str:
    """A name without its suffix, .gz included."""
    return str(Path(re.sub(r"(?i)\.gz\Z", "", name)).with_suffix(""))


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


def read_nifti(header: Source, sources: Sequence[Source] = (), rescale: Rescale = None) -> Scan:
    """What a NIfTI file or pair says, in its own order (k, j, i).

    Parameters
    ----------
    header : Source, one of `headers`
    sources : sequence of Source
        The files that were found with it: its voxels may be one of them.
    rescale : (slope, intercept), optional
        Changes nothing here.

    Raises
    ------
    LoadError
    """
    read, voxels = _read_header(header), _voxels_of(header, sources)
    affine, notes = _affine(read.fields)
    i, j, k, volumes = _shape(read.fields)
    where = header, voxels, read.fields
    return Scan(
        affine,
        notes,
        (k, j, i),
        volumes,
        partial(_read_voxels, *where),
        partial(_sample_voxels, *where),
        _scaling(read.fields),
        _says(read.fields),
        read.names,
    )


def _magic(source: Source) -> bytes:
    """The magic bytes of a NIfTI header, b"" where it is none."""
    try:
        with _open(source.path) as stream:
            head = stream.read(348)
    except (OSError, EOFError, zlib.error):
        return b""
    found = [head[at : at + 4] for at in (344, 4) if head[at : at + 4] in _MAGIC]
    return found[0] if found and len(head) == 348 else b""


def _open(path: str, whole: bool = False) -> gzip.GzipFile | io.BufferedReader:
    """A stream of a file's bytes, unpacked where it is gzipped, whatever it is called.

    Parameters
    ----------
    whole : bool
        Whether most of it is read. That is faster, and damage may be met before it is reached.
    """
    if read_head(path, 2) != b"\x1f\x8b":
        return open(path, "rb")
    return open_gzip(path) if whole else gzip.open(path, "rb")


def _read_header(source: Source) -> Header:
    from nibabel import Nifti1Header, Nifti2Header

    kind = Nifti2Header if _magic(source)[2:3] == b"2" else Nifti1Header
    size = kind.template_dtype.itemsize
    with _open(source.path) as stream:
        head = stream.read(size)
        if len(head) < size:
            message = f"its header is cut short: {len(head)} of {size} bytes are there"
            raise LoadError(message)
        with library("its header can't be understood"):
            # nibabel's checks mend headers; the fields that matter are checked here instead.
            fields = kind(head, check=False)
        behind = float(fields["vox_offset"]) - size
        count = int(min(behind, _MOST_HEADER)) if behind > 4 else 0
        return Header(fields, _names(stream.read(count), fields))


def _names(behind: bytes, fields: Nifti1Header) -> Mapping[int, str]:
    """Names of labels, where the bytes behind a header hold an extension of ours."""
    at = 4
    while behind[:1] not in (b"", b"\0") and at + 8 <= len(behind):
        size, code = struct.unpack_from(fields.endianness + "ii", behind, at)
        if size < 8:
            break
        if code == _COMMENT and behind.startswith(b'{"labels"', at + 8):
            return _parsed(behind[at + 8 : at + size])
        at += size
    return {}


def _parsed(content: bytes) -> Mapping[int, str]:
    try:
        found = json.loads(content.rstrip(b"\0"))
        names = {int(value): plain(str(name)) for value, name in found["labels"].items()}
        colors = found.get("colors", {}).items()
        return Labels(names, {int(value): str(color) for value, color in colors})
    except (ValueError, AttributeError, RecursionError):  # text of somebody else's
        return {}


def _shape(header: Nifti1Header) -> tuple[int, int, int, int]:
    """(i, j, k, volumes) of the voxels."""
    count, *sizes = (int(n) for n in header["dim"])
    shape = sizes[: max(count, 0)]
    if not 2 <= count <= 7 or min(shape) < 1:
        told = " x ".join(map(str, shape)) if 1 <= count <= 7 else f"{count} dimensions"
        message = f"its header says {told}: no scan has such a shape"
        raise LoadError(message)
    # By the standard a fifth dimension counts the numbers of a voxel.
    if int(header["intent_code"]) in _VECTORS or (count >= 5 and shape[4] > 1):
        message = (
            "its voxels hold vectors, not HU: it is a displacement field, a tensor or the like, "
            "and no scan"
        )
        raise LoadError(message)
    i, j, k = [*shape, 1][:3]
    return i, j, k, int(np.prod(shape[3:], dtype=object))


def _kind(header: Nifti1Header) -> np.dtype:
    """The type of the voxels as they are stored."""
    code = int(header["datatype"])
    if code not in _KINDS:
        told = _OTHER_KINDS.get(code, f"of a type that NIfTI doesn't have ({code})")
        message = f"its voxels are {told}: whole numbers and floats of up to 64 bits are read"
        raise LoadError(message)
    return np.dtype(_KINDS[code]).newbyteorder(header.endianness)


class _Extent(NamedTuple):
    """Where the voxels of one volume are."""

    shape: Sequence[int]
    kind: np.dtype
    begin: int
    length: int


def _extent(
    header: Source, voxels: Source, fields: Nifti1Header, number: int, zip_limits: ZipLimits
) -> _Extent:
    """Where a volume is, once its file is known to be long enough for it."""
    shape, kind = list(_shape(fields)[2::-1]), _kind(fields)
    count = int(np.prod(shape, dtype=object)) * kind.itemsize
    start = float(fields["vox_offset"])
    if not start >= (0 if header != voxels else fields.sizeof_hdr + 4) or np.isinf(start):
        message = f"its voxels would begin at byte {start:g}, within its header"
        raise LoadError(message)
    begin = int(start) + number * count
    size = Path(voxels.path).stat().st_size
    if read_head(voxels.path, 2) == b"\x1f\x8b":
        check_packed(begin + count, size, zip_limits)
    elif begin + count > size:
        message = (
            f"it is cut short: it has {counted(size, 'byte')}, its header needs {begin + count:,}"
        )
        raise LoadError(message)
    return _Extent(shape, kind, begin, count)


def _read_voxels(
    header: Source, voxels: Source, fields: Nifti1Header, volume: int, zip_limits: ZipLimits
) -> tuple[np.ndarray, list[str]]:
    """One volume as it is stored, (k, j, i); nothing is ever met on the way."""
    with reading(voxels.name):
        extent = _extent(header, voxels, fields, volume, zip_limits)
        return _filled(voxels, extent), []


def _sample_voxels(
    header: Source, voxels: Source, fields: Nifti1Header, volume: int, zip_limits: ZipLimits
) -> np.ndarray:
    """As much of a volume as tells what it is; see `stored.sample_voxels`."""
    with reading(voxels.name):
        extent = _extent(header, voxels, fields, volume, zip_limits)
        if is_small(extent.begin + extent.length):
            return _filled(voxels, extent)
        if read_head(voxels.path, 2) != b"\x1f\x8b":
            return sample_rows(voxels.path, extent.begin, extent.shape, extent.kind)
        shape = first_shape(extent.shape, extent.kind)
        some = extent._replace(shape=shape, length=math.prod(shape) * extent.kind.itemsize)
        return _filled(voxels, some, whole=False)


def _filled(voxels: Source, extent: _Extent, whole: bool = True) -> np.ndarray:
    """The voxels of an extent; `whole`: with the end of a packed file, which has its checksum."""
    shape, kind, begin, count = extent
    values = np.empty(shape, kind)
    memory, at = values.data.cast("B"), 0
    try:
        with _open(voxels.path, whole=True) as stream:
            stream.seek(begin)
            # By the megabyte: gzip makes a copy of what it is asked.
            while got := stream.readinto(memory[at : at + 2**20]):
                at += got
            if whole:
                stream.read(1)  # only at the end of a gzip is its checksum compared
    except EOFError:
        message = f"it is cut short: its packed part has no end, {_of_voxels(at, count)}"
        raise LoadError(message) from None
    except DAMAGED as cause:
        message = f"its packed part is damaged, {_of_voxels(at, count)} before that"
        raise LoadError(message) from cause
    if at != count:
        message = f"it is cut short: {_of_voxels(at, count)}"
        raise LoadError(message)
    return values.astype(kind.newbyteorder("="), copy=False)


def _of_voxels(there: int, count: int) -> str:
    return f"{there:,} of {counted(count, 'byte')} of voxels are there"


def _says(header: Nifti1Header) -> str:
    """What a header says that its voxels are, "" where it doesn't."""
    name = header["intent_name"].item()
    for text in (name, header["descrip"].item()):
        words = set(re.split(r"[\s,]+", text.decode("latin-1").strip().upper()))
        # These words alone: "normalised from HU" says the opposite.
        if words <= _WORDS_OF_HU and words & {"HU", "HOUNSFIELD"}:
            return "HU"
    if int(header["intent_code"]) == _LABELS:
        return "labels"
    return "mask" if name == b"mask" else ""


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
    met: dict[str, list[str]] = {}
    for form, read in (("sform", _sform), ("qform", _qform)):
        if int(header[f"{form}_code"]) > 0:
            try:
                found, met[form] = read(header)
                readings[form] = _in_patient(found, change)
            except CTError as error:
                broken[form] = f"its {form} is broken ({error})"
    if not readings:
        message = " and ".join(broken.values()) or "neither an sform nor a qform"
        message += (
            ": which side is left is not known. If you know, set an sform with nibabel "
            "(image.set_sform) and save it"
        )
        raise LoadError(message)
    used, affine = next(iter(readings.items()))
    notes += [f"{what}: read by its {used}" for what in broken.values()] + met[used]
    if (lean := shear_of(affine)) > 0.05:
        notes.append(f"the affine is sheared by {lean:.1f} deg: regularize(volume) takes it away")
    shape = _shape(header)
    apart = _compare(readings, shape)
    return affine, notes + (apart or _compare_steps(header, readings, shape))


def _in_patient(found: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The affine that one of the two forms gives, from (slice, row, column)."""
    with np.errstate(all="ignore"):
        affine = as_affine(change @ found @ _REVERSED)
    if (reach := np.abs(affine).max()) > 1e5:
        message = f"it reaches {reach:.3g} mm: no scan does"
        raise LoadError(message)
    check_steps(affine)
    return affine


def _sform(header: Nifti1Header) -> tuple[np.ndarray, list[str]]:
    """The affine to RAS+ that stands in the header, and what was met."""
    rows = [np.array(header[f"srow_{axis}"], float) for axis in "xyz"]
    return np.array([*rows, [0, 0, 0, 1]]), []


def _qform(header: Nifti1Header) -> tuple[np.ndarray, list[str]]:
    """The affine to RAS+ that a quaternion, pixdim and qfac give, and what was met.

    As in nifti_quatern_to_mat44 of the reference code: a quaternion that is rounded to a little
    more than 1 is a half turn, and any qfac but a negative one counts as 1.
    """
    notes: list[str] = []
    vector = np.array([header[f"quatern_{part}"] for part in "bcd"], np.float64)
    length = math.hypot(*vector)  # of numbers that are too large, infinite and with no warning
    if not length <= 1.1:
        message = f"its quaternion has the length {length:.4g}, not 1"
        raise LoadError(message)
    if length > 1.001:
        notes.append(f"the quaternion of its qform has the length {length:.4g}: taken as 1")
    first = 1 - length**2
    if first < 1e-7:
        vector, first = vector / length, 0.0
    a, (b, c, d) = np.sqrt(first), vector
    turn = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    steps, more = _steps(header)
    affine = np.eye(4)
    affine[:3, :3] = turn * steps
    affine[:3, 3] = [header[f"qoffset_{axis}"] for axis in "xyz"]
    return affine, notes + more


def _steps(header: Nifti1Header) -> tuple[np.ndarray, list[str]]:
    """Steps along i, j and k in the file's unit, the last one negative where qfac is, and notes."""
    qfac, *steps = np.array(header["pixdim"][:4], np.float64)
    notes = []
    if _shape(header)[2] == 1 and steps[2] == 0:
        steps[2] = 1.0
        notes.append("one slice of no thickness: taken as 1 mm thick (nominal)")
    if not (np.array(steps) > 0).all():
        message = f"its pixdim is {' x '.join(f'{step:g}' for step in steps)}: no voxel is so"
        raise LoadError(message)
    if qfac not in (-1, 0, 1):
        notes.append(f"its qfac is {qfac:g}, neither 1 nor -1: taken as {-1 if qfac < 0 else 1}")
    return np.array(steps) * (1, 1, -1 if qfac < 0 else 1), notes


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


def _compare_steps(
    header: Nifti1Header, readings: dict[str, np.ndarray], shape: tuple[int, ...]
) -> list[str]:
    """A note where pixdim, which many programs read alone, has other steps than the sform."""
    if "sform" not in readings:
        return []
    _, factor = _UNITS.get(int(header["xyzt_units"]) & 7, ("", 1.0))
    told = np.array(header["pixdim"][3:0:-1], np.float64) * factor
    used = np.linalg.norm(readings["sform"][:3, :3], axis=0)
    # 0 says nothing, and one slice has no step.
    apart = np.abs(told - used) > 0.001 * used
    if not (apart & (told != 0) & (np.array(shape[2::-1]) > 1)).any():
        return []
    said, stand = (" x ".join(f"{step:.4g}" for step in steps) for steps in (told, used))
    return [
        f"pixdim says {said} mm between slices, rows and columns, the sform {stand} mm: the "
        "sform is used"
    ]


def nifti_bytes(volume: Volume, compress: bool) -> bytes:
    """A Volume as the bytes of a NIfTI file, gzipped where `compress` says so."""
    content = b"".join(nifti_pieces(volume))
    # No date inside: the same volume gives the same bytes.
    return gzip.compress(content, compresslevel=6, mtime=0) if compress else content


def nifti_pieces(volume: Volume) -> Iterator[bytes | memoryview]:
    """The bytes of a NIfTI file piece by piece, so that no second copy of a Volume is held."""
    yield nifti_header(volume)
    array = volume.array.view(np.uint8) if volume.is_mask else volume.array
    for picture in array:  # in the file, too, columns run fastest, and slices last
        yield np.ascontiguousarray(picture).data.cast("B")


def nifti_header(volume: Volume) -> bytes:
    """All of a NIfTI file that stands before the voxels."""
    import nibabel as nib

    kind = np.uint8 if volume.is_mask else volume.array.dtype
    said = b"mask" if volume.is_mask else b"labels" if volume.is_labels else b"CT, HU"
    # ctkit's axes are (slice, row, column) and LPS+, NIfTI's the reverse and RAS+.
    affine = LPS_RAS @ volume.affine @ _REVERSED
    # A header asks for the shape and the type of its voxels alone.
    image = nib.Nifti1Image(np.broadcast_to(np.zeros((), kind), volume.shape[::-1]), affine)
    image.header.set_xyzt_units("mm", "unknown")
    image.header.set_slope_inter(1, 0)
    # `load` believes values that are all above 0 only where the file says what they are.
    image.header["intent_name"] = said
    if volume.labels is not None:
        image.header["intent_code"] = _LABELS
        told: dict[str, dict[int, str]] = {"labels": dict(volume.labels)}
        if isinstance(volume.labels, Labels) and volume.labels.colors:
            told["colors"] = dict(volume.labels.colors)
        named = json.dumps(told)
        image.header.extensions.append(nib.nifti1.Nifti1Extension(_COMMENT, named.encode()))
    image.set_sform(affine, code="scanner")
    # A quaternion has no room for shear: a qform that lies is worse than none.
    if _is_sheared(affine):
        image.set_qform(None, code=0)
    else:
        image.set_qform(affine, code="scanner")
    held = io.BytesIO()
    image.header.write_to(held)
    return held.getvalue()


def exact_nifti(path: str | os.PathLike[str]) -> Volume:
    """The very values that `nifti_bytes` wrote: nothing is judged or taken for padding."""
    import nibabel as nib

    with reading(os.path.basename(path)), open_gzip(path) as stream:
        image = nib.Nifti1Image.from_stream(stream)
        array = np.ascontiguousarray(np.asanyarray(image.dataobj).transpose(2, 1, 0))
    return Volume(own(array), LPS_RAS @ image.affine @ _REVERSED)


def _is_sheared(affine: np.ndarray) -> bool:
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return not np.allclose(axes.T @ axes, np.eye(3), atol=1e-4)
