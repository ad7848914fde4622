"""Small scans for the tests of `ctkit.dataset`: heads of ellipsoids, no two alike."""

import numpy as np

import ctkit


def head(number, shape=(14, 40, 36), spacing=(12.0, 5.5, 5.0), tilt_deg=0):
    """(volume, mask of a ball in it): a skull around a brain, with a bit of noise."""
    grid = ctkit.phantom.make_grid(shape, spacing, tilt_deg=tilt_deg, center=(3, -7, 11))
    points = grid.to_world(np.stack(np.indices(shape), -1)) - (3, -7, 11)
    out = np.linalg.norm(points / (75, 90, 75), axis=-1)
    hu = np.where(out < 0.85, 40, np.where(out < 1, 1000, -1000))
    noise = np.random.default_rng(number).normal(0, 4, shape)
    ball = np.linalg.norm(points - (20, 10, number % 5), axis=-1) < 32
    return (
        ctkit.Volume((hu + noise).round().astype(np.int16), grid.affine),
        ctkit.Volume(ball, grid.affine),
    )


def write(folder, count, first=0):
    """`count` scans in a folder, NIfTI and DICOM in turn; every fifth is tilted."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        volume, _ = head(number, tilt_deg=12 if number % 5 == 4 else 0)
        if number % 2:
            ctkit.save(volume, folder / f"Doe_Jane_{number}.nii.gz")
        else:
            name = f"DOE^JANE{number}"
            ctkit.write_dicom(volume, folder / f"doe{number}", name=name, seed=str(number))
    return folder
