"""NIfTI files: read by content, kept in their own order, turned to LPS+.

nibabel understands the header; the voxels are read here, so that a cut file is told
from a whole one and no float64 copy is made.
"""

import gzip
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .archives import Source, is_dicom, limits, read_head
from .dicom_pixels import air_outside
from .errors import CTError, LoadError
from .geometry import LPS_RAS, apply_affine, as_affine, orientation_letters, shear_of, spacing_of
from .hounsfield import AIR, to_hu
from .volume import Volume

_MAGIC = (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
_REVERSED = np.eye(4)[[2, 1, 0, 3]]  # (slice, row, column) from (column, row, slice)


def find(sources):
    """The (header, voxels) Sources of the NIfTI that a scan is, or None.

    Both are the same where one file holds them.
    """
    if len(sources) > 2:
        named = [s for s in sources if s.name.lower().endswith((".nii", ".nii.gz", ".hdr"))]
    else:
        named = [*sources, *_sibling(sources)]
    found = [source for source in named if _magic(source)]
    if len(found) > 1:
        message = f"there are {len(found)} NIfTI files, such as {found[0].name}: pass one of them"
        raise LoadError(message)
    if not found:
        return None
    if any(is_dicom(read_head(source.path, 256)) for source in sources):
        message = f"there is DICOM beside the NIfTI {found[0].name}: pass one of them"
        raise LoadError(message)
    return found[0], _voxels_of(found[0], sources)


def _sibling(sources):
    """The header that belongs to a single .img."""
    path = Path(sources[0].path)
    header = path.with_suffix(".hdr")
    alone = len(sources) == 1 and path.suffix.lower() == ".img" and header.is_file()
    return [Source(str(header), header.name)] if alone else []


def _voxels_of(header, sources):
    if _magic(header)[1:2] == b"+":
        return header
    path = Path(header.path)
    beside = [
        Source(str(p), p.name) for p in (path.with_suffix(".img"), path.with_suffix(".img.gz"))
    ]
    others = [source for source in sources if source.name.lower().endswith((".img", ".img.gz"))]
    for source in [*beside, *others]:
        if Path(source.path).is_file():
            return source
    message = f"{header.name} is the header of a pair, and its .img is not there"
    raise LoadError(message)


def load_nifti(files, *, volume=None, rescale=None, zip_limits=None):
    """Read a NIfTI file or pair.

    Parameters
    ----------
    files : (header, voxels) of Source, from `find`
    volume : int, optional
        Which one of a 4-D file.
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
    name = files[1].name
    with _named(name):
        header = _read_header(files[0])
        affine, notes = _affine(header, name)
        stored = _read_voxels(files[1], header, files[0] != files[1], volume, zip_limits)
    hu, met = _to_hu(stored, header, name, rescale)
    if hu.dtype != bool:
        met += air_outside(hu)
    return Volume(hu, affine, [*notes, *met])


def describe(files):
    """Rows for a table of series: one, or one a volume of a 4-D file."""
    name = files[0].name
    try:
        with _named(name):
            header = _read_header(files[0])
            shape = _shape(header, name)
            spacing, problem = spacing_of(_affine(header, name)[0]), ""
    except CTError as error:
        return [(0, "", "", "", 0, None, "NIfTI", str(error))]
    if shape[3] > 1:
        problem = f"{shape[3]} volumes in one file: pass series= with the number of one"
    return [(n, "", "", "", shape[2], spacing, "NIfTI", problem) for n in range(shape[3])]


@contextmanager
def _named(name):
    """Errors as CTErrors with the name of the file."""
    try:
        yield
    except CTError:
        raise
    # nibabel and zlib raise many kinds on damaged files.
    except Exception as error:
        message = f"{name} is a NIfTI, but can't be read: {type(error).__name__}: {error}"
        raise LoadError(message) from None


def _magic(source):
    """The magic bytes of a NIfTI header, b"" where it is none."""
    try:
        with _open(source.path) as stream:
            head = stream.read(348)
    except (OSError, EOFError, zlib.error):
        return b""
    at = 344 if head[344:348] in _MAGIC else 4
    return head[at : at + 4] if head[at : at + 4] in _MAGIC and len(head) == 348 else b""


def _open(path):
    """A stream of a file's bytes, unpacked where it is gzipped, whatever it is called."""
    packed = read_head(path, 2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else open(path, "rb")


def _read_header(source):
    from nibabel import Nifti1Header, Nifti2Header

    kind = Nifti2Header if _magic(source)[2:3] == b"2" else Nifti1Header
    with _open(source.path) as stream:
        # Its checks mend headers; the fields that matter are checked here instead.
        return kind.from_fileobj(stream, check=False)


def _shape(header, name):
    """(i, j, k, volumes) of the voxels."""
    shape = [int(n) for n in header.get_data_shape()]
    if not 2 <= len(shape) <= 7 or min(shape) < 1:
        message = f"{name} says its shape is {shape}"
        raise LoadError(message)
    spatial = [*shape[:3], 1][:3]
    return (*spatial, int(np.prod(shape[3:], dtype=object)))


def _read_voxels(source, header, files_apart, volume, zip_limits):
    """One volume as it is stored, (k, j, i), once the file is known to be long enough."""
    shape = _shape(header, source.name)
    if volume is None and shape[3] > 1:
        message = f"{source.name} holds {shape[3]} volumes: pass series= with the number of one"
        raise LoadError(message)
    volume = volume or 0
    if not isinstance(volume, int) or not 0 <= volume < shape[3]:
        message = f"{source.name} holds volumes 0 to {shape[3] - 1}; there is no {volume!r}"
        raise LoadError(message)
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        message = (
            f"the voxels of {source.name} are {dtype.name or dtype}: colours or complex, not HU"
        )
        raise LoadError(message)
    count = int(np.prod(shape[:3], dtype=object)) * dtype.itemsize
    start = int(header["vox_offset"])
    if not np.isfinite(header["vox_offset"]) or start < (
        0 if files_apart else header.single_vox_offset
    ):
        message = (
            f"the voxels of {source.name} would begin at byte {header['vox_offset']}, in its header"
        )
        raise LoadError(message)
    start += volume * count
    with _open(source.path) as stream:
        _check_size(source, stream, start + count, zip_limits)
        values = np.empty(shape[2::-1], dtype)
        stream.seek(start)
        found = _read_into(stream, values.data.cast("B"))
        if found != count:
            message = (
                f"{source.name} is cut short: {found:,} of {count:,} bytes of voxels are there"
            )
            raise LoadError(message)
        # Only at the end of a gzip is its checksum compared.
        stream.read(1)
    return values.astype(dtype.newbyteorder("="), copy=False)


def _read_into(stream, memory):
    """Fill memory from a stream, by the megabyte: gzip makes a copy of what it is asked."""
    at = 0
    while count := stream.readinto(memory[at : at + 2**20]):
        at += count
    return at


def _check_size(source, stream, needed, zip_limits):
    size = Path(source.path).stat().st_size
    if isinstance(stream, gzip.GzipFile):
        ratio = limits(zip_limits)["ratio"]
        if needed > max(2**23, ratio * size):
            message = (
                f"{source.name} would unpack to {needed:,} bytes, {needed // size} times its size. "
                f'If you trust it, pass zip_limits={{"ratio": {needed // size + 1}}}'
            )
            raise LoadError(message)
    elif needed > size:
        message = f"{source.name} is cut short: it has {size:,} bytes, its header needs {needed:,}"
        raise LoadError(message)


def _to_hu(stored, header, name, rescale):
    """HU, or bool for a mask, and what was met."""
    notes = []
    if stored.dtype.kind == "f":
        stored, notes = _without_nan(stored, name)
    if rescale is not None:
        notes.append(f"HU = {rescale[0]:g} x stored value + {rescale[1]:g}, on your word")
        return to_hu(stored, *rescale), notes
    slope, intercept = _scaling(header, name)
    if (slope, intercept) == (1, 0) and stored.dtype == np.uint8 and stored.max() <= 1:
        return stored.astype(bool), [*notes, "8-bit voxels of 0 and 1 alone: taken as a mask"]
    plain = (slope, intercept) == (1, 0) and stored.dtype in (np.int16, np.float32)
    hu = stored if plain else to_hu(stored, slope, intercept)
    if hu.min() >= 0 and not _says_hu(header):
        message = (
            f"no voxel of {name} is below {hu.min():g}, so its air is not at -1000 HU: its values "
            "were shifted, or are none. Pass rescale=(1, -1024) if 1024 was added to them, "
            "rescale=(1, 0) if these are HU after all"
        )
        raise LoadError(message)
    return hu, notes


def _says_hu(header):
    said = header["intent_name"].item() + b" " + header["descrip"].item()
    return b"HU" in said.replace(b",", b" ").split()


def _without_nan(stored, name):
    missing = np.isnan(stored)
    if np.isinf(stored).any():
        message = f"{name} holds infinite voxels"
        raise LoadError(message)
    if not missing.any():
        return stored, []
    note = f"{np.count_nonzero(missing):,} voxels that were no number became air, -1000 HU"
    # In stored values this air is right where there is no scaling, as for nearly all floats.
    return np.where(missing, stored.dtype.type(AIR), stored), [note]


def _scaling(header, name):
    """(slope, intercept) of the file; a slope of 0 or NaN means there is none."""
    slope, intercept = (float(header[key]) for key in ("scl_slope", "scl_inter"))
    if slope == 0 or np.isnan(slope):
        return 1.0, 0.0
    if not np.isfinite([slope, intercept]).all():
        message = f"{name} is to be scaled by {slope} and {intercept}: no HU come of that"
        raise LoadError(message)
    return slope, intercept


def _affine(header, name):
    """Affine from (slice, row, column) to LPS+ mm, and what was met."""
    readings = {}
    for form in ("sform", "qform"):
        if int(header[f"{form}_code"]) > 0:
            readings[form] = np.asarray(getattr(header, f"get_{form}")(), dtype=np.float64)
    if not readings:
        message = (
            f"{name} has neither an sform nor a qform: which side is left is not known. If you "
            "know, set one with nibabel (image.set_sform) and save it"
        )
        raise LoadError(message)
    factor, notes = _unit(header)
    readings = {
        form: LPS_RAS @ np.diag([factor, factor, factor, 1]) @ affine @ _REVERSED
        for form, affine in readings.items()
    }
    affine = as_affine(next(iter(readings.values())))
    if (lean := shear_of(affine)) > 0.05:
        notes.append(f"the affine is sheared by {lean:.1f} deg: regularize(volume) takes it away")
    return affine, [*notes, *_compare(readings, header)]


def _compare(readings, header):
    """A note where qform and sform put voxels to different places."""
    if len(readings) < 2:
        return
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in _shape(header, "")[2::-1]])).reshape(3, -1)
    places = [apply_affine(affine, corners.T) for affine in readings.values()]
    apart = np.linalg.norm(places[0] - places[1], axis=1).max()
    if apart > 0.05:
        told = "; ".join(
            f"{form}: origin {np.round(affine[:3, 3], 2).tolist()}, spacing "
            f"{np.round(spacing_of(affine), 3).tolist()}, indices to {orientation_letters(affine)}"
            for form, affine in readings.items()
        )
        yield f"qform and sform disagree by up to {apart:.4g} mm (LPS): {told}; the sform is used"


def _unit(header):
    """Factor to millimetres, and a note where it isn't 1."""
    unit = {1: ("metres", 1000.0), 2: ("mm", 1.0), 3: ("micrometres", 0.001)}
    name, factor = unit.get(int(header["xyzt_units"]) & 7, ("unknown", 1.0))
    if name == "mm":
        return factor, []
    return factor, [f"the unit of length is {name}" + ("" if factor != 1 else ": taken as mm")]
