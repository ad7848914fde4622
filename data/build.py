"""Make head.nii.gz, the head of the course, from Cranium.inv3.

    python data/build.py path/to/Cranium.inv3

`Cranium.inv3` is in Debian's package invesalius-examples (3.1.99998-4). It is a
gzipped tar with the voxels in HU already and their spacing, but with no record of which
side is left. See README.md beside this file.
"""

import gzip
import hashlib
import io
import plistlib
import sys
import tarfile
from pathlib import Path

import nibabel as nib
import numpy as np

SHA256 = "3b34f11f7c4f557f4c65cd6543c412a2f6ceb0cfecfd9c41184420e02d9b7e2a"
TARGET = Path(__file__).with_name("head.nii.gz")
# Both fit the header's fields of 80 and 24 characters.
DESCRIPTION = b"Cranium.inv3, InVesalius examples, GPL-2; left/right ASSUMED, not recorded"
INTENT = b"CT, HU"


def read_inv3(path):
    """Voxels (slice, row, column) in HU and spacing (slice, row, column) in mm."""
    data = Path(path).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        message = f"{path} has the sha256 {found}; the file this was made for has {SHA256}"
        raise SystemExit(message)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {Path(member.name).name: member for member in tar}
        header = plistlib.loads(tar.extractfile(members["main.plist"]).read())
        matrix = header["matrix"]
        stored = tar.extractfile(members[matrix["filename"]]).read()
    voxels = np.frombuffer(stored, dtype="<i2").reshape(matrix["shape"])
    columns, rows, slices = header["spacing"]
    return voxels, (slices, rows, columns)


def to_nifti(voxels, spacing):
    """A NIfTI in RAS+ whose first axis is the patient's right to left, as assumed.

    In the file slices run from the neck to the vertex and rows from back to front
    (the nose at the last row). That column 0 is the patient's right is an assumption.
    """
    slices, rows, columns = spacing
    data = voxels.transpose(2, 1, 0)
    affine = np.diag([-columns, rows, slices, 1.0])
    # The patient's right is +R, so x falls from right to left: column 0 has the largest.
    size = np.array(data.shape) - 1
    affine[:3, 3] = -affine[:3, :3] @ (size / 2)
    image = nib.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm", "unknown")
    image.header["descrip"] = DESCRIPTION
    image.header["intent_name"] = INTENT
    image.set_sform(affine, code="scanner")
    image.set_qform(affine, code="scanner")
    return image


def main(path):
    """Write head.nii.gz, the same bytes each time."""
    image = to_nifti(*read_inv3(path))
    with TARGET.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(image.to_bytes())
    print(
        f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {image.shape}, {image.header.get_zooms()}"
    )


if __name__ == "__main__":
    main(sys.argv[1])
