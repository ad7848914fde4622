"""Small CT series whose HU are a known function of the position in the patient."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ROWS, COLUMNS, SLICES = 12, 17, 6
SPACING = (1.1, 0.8)  # between rows, between columns
STEP = 2.5
ORIGIN = (-7.0, 4.0, 30.0)
AXIAL = (1, 0, 0, 0, 1, 0)


def truth(points):
    """HU at (..., 3) LPS mm. Curved, so that no shift of the grid leaves it as it is."""
    x, y, z = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    return 3 * x - 5 * y + 4 * z + 0.05 * x * z - 300


def normal_of(orientation):
    return np.cross(orientation[:3], orientation[3:])


def places(position, orientation=AXIAL, spacing=SPACING, shape=(ROWS, COLUMNS)):
    """LPS mm of every pixel of a slice, (row, column, 3)."""
    row, column = np.reshape(orientation, (2, 3)).astype(float)
    r, c = np.indices(shape)[..., None]
    return np.asarray(position, float) + r * spacing[0] * column + c * spacing[1] * row


def ct_slice(
    k=0, position=None, orientation=AXIAL, spacing=SPACING, shape=(ROWS, COLUMNS), hu=None, **values
):
    """A CT slice with the truth in it; `values` go to `set_hu`."""
    if position is None:
        position = np.add(ORIGIN, k * STEP * normal_of(orientation))
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = f"1.2.3.4.{k + 1}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    dataset.FrameOfReferenceUID = "1.2.3.9"
    dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SeriesDescription = "phantom"
    dataset.SeriesNumber, dataset.InstanceNumber = 3, k + 1
    dataset.SliceThickness = 4.0
    dataset.ImagePositionPatient = decimals(position)
    dataset.ImageOrientationPatient = decimals(orientation)
    dataset.PixelSpacing = decimals(spacing)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = shape
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if hu is None:
        hu = truth(places(position, orientation, spacing, shape))
    set_hu(dataset, hu, **values)
    return dataset


def decimals(numbers):
    return [f"{number:.10g}" for number in numbers]


def set_hu(dataset, hu, slope=1, intercept=-1024, signed=False, bits=16):
    """Store HU in 16 bits, by this rescale."""
    dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept
    set_stored(dataset, np.rint((np.asarray(hu) - intercept) / slope), signed, bits)


def set_stored(dataset, stored, signed=False, bits=16):
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PixelRepresentation = int(signed)
    dataset.PixelData = np.asarray(stored).astype("<i2" if signed else "<u2").tobytes()


def stored_of(dataset):
    """Stored values as they were put in, (rows, columns)."""
    kind = "<i2" if dataset.PixelRepresentation else "<u2"
    return np.frombuffer(dataset.PixelData, kind).reshape(dataset.Rows, dataset.Columns)


def stack(count=SLICES, **changes):
    """Slices of a series. A change may be a function of the slice's number."""
    return [
        ct_slice(k, **{key: v(k) if callable(v) else v for key, v in changes.items()})
        for k in range(count)
    ]


def write(folder, datasets, names="{:03d}.dcm"):
    """Write them, shuffled against their positions, and return the folder."""
    for k, dataset in enumerate(datasets):
        path = Path(folder) / names.format((k * 5 + 2) % 1009)
        path.parent.mkdir(parents=True, exist_ok=True)
        save(dataset, path)
    return Path(folder)


def save(dataset, path):
    dataset.save_as(path, enforce_file_format=True)
    return path


def apart(volume):
    """Largest difference in HU between a volume and the truth, voxel by voxel."""
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    return float(np.abs(volume.array - truth(volume.to_world(index))).max())
