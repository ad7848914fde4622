"""DICOM SEG: highdicom, pydicom and dciodvfy read back what was written, on the right slices."""

import shutil
import subprocess
import sys

import numpy as np
import pydicom
import pytest

import ctkit

highdicom = pytest.importorskip("highdicom", reason='needs the extra "seg"')


@pytest.fixture(params=[0, 14])
def scan(request, tmp_path):
    """(folder of a series whose file names say nothing of its order, mask, label map)."""
    grid = ctkit.phantom.make_grid((9, 24, 30), (4, 1.5, 1.25), tilt_deg=request.param)
    points = grid.to_world(np.stack(np.indices(grid.shape), -1))
    hu = np.where(np.linalg.norm(points / (15, 14, 20), axis=-1) < 1, 40, -1000)
    volume = ctkit.Volume((hu + points[..., 2] // 4).astype(np.int16), grid.affine)
    folder = ctkit.write_dicom(volume, tmp_path / "series", seed="1")
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"{(number * 7) % 9}.IMA")
    mask = volume.with_array(hu > 0)
    labels = np.where(hu > 0, 1 + (points[..., 0] > 0), 0)
    return folder, mask, volume.with_array(labels, labels={1: "right", 2: "left"})


def frames_of(path):
    """{(segment, position): frame} that pydicom finds."""
    dataset = pydicom.dcmread(path)
    pictures = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    found = {}
    for frame, groups in zip(pictures, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        segment = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        position = groups.PlanePositionSequence[0].ImagePositionPatient
        found[segment, tuple(round(float(x), 2) for x in position)] = frame
    return dataset, found


def test_each_voxel_comes_back_on_its_slice(scan, tmp_path):
    folder, _, labels = scan
    path = ctkit.write_segmentation(labels, folder, tmp_path / "seg.dcm", description="two halves")
    dataset, frames = frames_of(path)
    assert [str(s.SegmentLabel) for s in dataset.SegmentSequence] == ["right", "left"]
    assert dataset.SeriesDescription == "two halves"
    for segment in (1, 2):
        for k in range(labels.shape[0]):
            position = tuple(round(float(x), 2) for x in labels.to_world((k, 0, 0)))
            truth = labels.array[k] == segment
            frame = frames.get((segment, position), np.zeros(truth.shape))
            assert np.array_equal(frame.astype(bool), truth), (segment, k)
    files = {str(pydicom.dcmread(p).SOPInstanceUID) for p in folder.iterdir()}
    (referenced,) = dataset.ReferencedSeriesSequence
    assert {
        str(one.ReferencedSOPInstanceUID) for one in referenced.ReferencedInstanceSequence
    } == files


def test_highdicom_reads_it_and_dciodvfy_finds_no_error(scan, tmp_path):
    folder, mask, _ = scan
    path = ctkit.write_segmentation(mask, folder, tmp_path / "seg.dcm")
    read = highdicom.seg.segread(path)
    assert read.number_of_segments == 1
    judge = shutil.which("dciodvfy")
    if judge is None:
        pytest.skip("dciodvfy is not installed")
    told = subprocess.run([judge, path], capture_output=True, text=True, check=False)
    errors = [line for line in (told.stdout + told.stderr).splitlines() if "Error" in line]
    # The series has no patient's data: what the source lacks, a segmentation lacks too.
    assert errors == []


def test_what_does_not_fit_gets_a_sentence(scan, tmp_path):
    folder, mask, _ = scan
    out = tmp_path / "seg.dcm"
    with pytest.raises(ctkit.UnitError, match="is empty"):
        ctkit.write_segmentation(mask.with_array(mask.array & False), folder, out)
    with pytest.raises(ctkit.UnitError, match="made of a mask or a label map"):
        ctkit.write_segmentation(ctkit.load(folder), folder, out)
    cubes = ctkit.resample(ctkit.regularize(mask, "nearest"), 1.0, kernel="nearest")
    with pytest.raises(ctkit.GeometryError, match="on other slices than the series"):
        ctkit.write_segmentation(cubes, folder, out)
    nifti = ctkit.save(mask, tmp_path / "mask.nii.gz")
    with pytest.raises(ctkit.LoadError, match="is no DICOM series: save"):
        ctkit.write_segmentation(mask, nifti, out)
    assert not out.exists()


def test_without_highdicom_a_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "highdicom", None)
    mask = ctkit.Volume.from_spacing(np.ones((2, 3, 4), bool), (1, 1, 1))
    with pytest.raises(ctkit.SaveError, match=r"not installed, which a DICOM SEG needs: .*\[seg\]"):
        ctkit.write_segmentation(mask, tmp_path, tmp_path / "seg.dcm")
