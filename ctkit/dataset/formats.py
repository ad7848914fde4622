"""How prepared scans are kept: NIfTI files, or a Zarr store whose slabs are read alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import ParameterError
from ..files.atomic import new_file, new_folder, remove
from ..files.gzipped import open_gzip, packed
from ..files.loading import load
from ..files.nifti import exact_nifti, nifti_header, nifti_pieces
from ..volume import Volume, own
from .extra import needed
from .finding import digest_of

# Bytes of a chunk of a Zarr array, unpacked: a slab of whole slices.
_SLAB = 2**20
_HEADER = 348  # bytes of a NIfTI-1 header

Box = tuple[slice, slice, slice]


class Format(Protocol):
    """A way to keep volumes."""

    suffix: str
    needs: Sequence[str]  # what has to be installed

    def write(self, path: Path, volume: Volume) -> str:
        """Write a volume, whole or not at all; returns the digest of what was written."""

    def digest(self, path: Path) -> str:
        """The digest of what is there, "" where nothing is."""

    def read(self, path: Path) -> Volume:
        """The very values that were written."""

    def part(self, path: Path, box: Box) -> np.ndarray:
        """The voxels in a box (slice, row, column), without holding the others."""


class Nifti:
    """NIfTI, gzipped: what nnU-Net, MONAI and TorchIO read as it is."""

    suffix = ".nii.gz"
    needs: Sequence[str] = ("nibabel",)

    def write(self, path: Path, volume: Volume) -> str:
        """See `Format`."""
        told = hashlib.sha256()
        with new_file(path) as file:
            for piece in packed(nifti_pieces(volume)):
                told.update(piece)
                file.write(piece)
        return told.hexdigest()

    def digest(self, path: Path) -> str:
        """See `Format`."""
        return digest_of(path) if path.is_file() else ""

    def read(self, path: Path) -> Volume:
        """See `Format`; a mask comes back as one, a label map with its names."""
        return load(path) if path.parent.name == "masks" else exact_nifti(path)

    def part(self, path: Path, box: Box) -> np.ndarray:
        """See `Format`. What lies before the box in the file is unpacked too, and let go."""
        import nibabel as nib

        with open_gzip(path) as stream:
            held = nib.Nifti1Image.from_stream(stream).dataobj
            return np.ascontiguousarray(np.asarray(held[box[::-1]]).transpose(2, 1, 0))


class Zarr:
    """NIfTI-Zarr: a Zarr 3 group a scan, in chunks of slabs, which are read alone.

    OME-Zarr 0.5 keeps a scale and a translation for each axis, and has no room for a scan that
    lies at an angle. NIfTI-Zarr adds the header of a NIfTI to it, with the whole affine: readers
    of OME-Zarr find their scale, and the affine is not lost.
    """

    suffix = ".zarr"
    needs: Sequence[str] = ("zarr",)

    def write(self, path: Path, volume: Volume) -> str:
        """See `Format`."""
        if os.path.lexists(path):  # of an earlier run: it has no row any more
            remove(path)
        with new_folder(path, lambda _: None) as part:
            _write_zarr(part, volume)
        return self.digest(path)

    def digest(self, path: Path) -> str:
        """See `Format`."""
        files = sorted(p for p in path.rglob("*") if p.is_file())
        told = [(str(p.relative_to(path)), digest_of(p)) for p in files]
        return hashlib.sha256(repr(told).encode()).hexdigest() if told else ""

    def read(self, path: Path) -> Volume:
        """See `Format`."""
        group = needed("zarr").open_group(path, mode="r")
        told = dict(group.attrs)["ctkit"]
        array = group["0"][:].astype(told["dtype"])
        labels = {int(value): name for value, name in (told["labels"] or {}).items()} or None
        return Volume(own(array), np.array(told["affine"]), labels=labels)

    def part(self, path: Path, box: Box) -> np.ndarray:
        """See `Format`."""
        return needed("zarr").open_array(path / "0", mode="r")[box]


FORMATS: dict[str, Format] = {"nifti": Nifti(), "zarr": Zarr()}


def format_of(path: str | Path) -> Format:
    """The format of a file or folder, by the end of its name."""
    for one in FORMATS.values():
        if str(path).endswith(one.suffix):
            return one
    message = f"{path} is in no format that is known: {', '.join(FORMATS)}"
    raise ParameterError(message)


def _write_zarr(path: Path, volume: Volume) -> None:
    zarr = needed("zarr")
    header = nifti_header(volume)[:_HEADER]
    group = zarr.open_group(path, mode="w", zarr_format=3, attributes=_attributes(volume))
    array = volume.array.astype(np.uint8) if volume.is_mask else volume.array
    slices = max(1, min(len(array), _SLAB // max(1, array[0].nbytes)))
    held = group.create_array(
        "0",
        shape=array.shape,
        dtype=array.dtype,
        chunks=(slices, *array.shape[1:]),
        dimension_names=("z", "y", "x"),
    )
    held[:] = array
    group.create_array("nifti", data=np.frombuffer(header, np.uint8))


def _attributes(volume: Volume) -> dict[str, Any]:
    steps = [float(step) for step in volume.spacing]
    axes = [{"name": name, "type": "space", "unit": "millimeter"} for name in "zyx"]
    scale = [{"type": "scale", "scale": steps}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    return {
        "ome": {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]},
        # (slice, row, column) to LPS+ mm, in full precision; the NIfTI header has float32.
        "ctkit": {
            "affine": volume.affine.tolist(),
            "dtype": str(volume.array.dtype),
            "labels": {str(k): v for k, v in volume.labels.items()} if volume.labels else None,
        },
    }
