"""The command line, and the folders of other tools."""

import json
import os
import subprocess
import sys
from pathlib import Path

import _scans
import nibabel as nib
import numpy as np
import pytest

import ctkit
from ctkit import command, dataset
from ctkit.dataset import steps

SETTINGS = """\
steps = ["regularize()", "resample((8, 6, 6), kernel='linear')", "window('brain')"]
accept = {missing = "interpolate"}
workers = 1
"""


def test_a_step_is_read_from_what_it_prints():
    for step in (
        steps.resample((2, None, 1), kernel="linear"),
        steps.center((10, 12, 14)),
        steps.window("brain"),
        steps.window(40, 400),
        steps.keep_head(opening_mm=3.0),
        steps.reorient("LAS"),
        steps.denoise("gaussian", sigma_mm=1.0),
    ):
        assert steps.parse(repr(step)).key() == step.key()
    for text in ("__import__('os')", "resample", "window(40, x)", "resample(1.0)(2)", "1 + 1", ""):
        with pytest.raises(ctkit.ParameterError):
            steps.parse(text)
    with pytest.raises(ctkit.ParameterError, match="there is no step 'enlarge': the steps are "):
        steps.parse("enlarge(2)")


@pytest.mark.timeout(120)
def test_the_command_does_what_prepare_does(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 2)
    (scans / "broken.nii.gz").write_bytes(b"no")
    (tmp_path / "steps.toml").write_text(SETTINGS)
    done = subprocess.run(
        [sys.executable, "-m", "ctkit", "prepare", "scans", "out", "--steps", "steps.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(ctkit.__file__).parents[1]),
            "CTKIT_PROGRESS": "1",
        },
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("Run of 3 scans: 2 ready, 1 refused")
    assert "refused: " in done.stdout
    assert "broken.nii.gz: there is no DICOM" in done.stdout
    assert "3/3" in done.stderr
    assert "ready=2" in done.stderr
    assert "Traceback" not in done.stderr
    chosen = [
        steps.regularize(),
        steps.resample((8, 6, 6), kernel="linear"),
        steps.window("brain"),
    ]
    run = dataset.prepare(
        scans, chosen, tmp_path / "other", client=client, accept={"missing": "interpolate"}
    )
    again = dataset.Run(tmp_path / "out")
    assert all(np.array_equal(run[n], again[n]) for n in run.ready)


def test_the_command_tells_errors_in_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "steps.toml"
    for text, told in (
        ("steps = 3", "has no list of steps"),
        ("steps = ['resample(0)']", "a spacing is a number of mm above 0"),
        ("steps = [", "is no TOML"),
        ("steps = []\nwidth = 3", "has 'width': its settings are steps, accept"),
    ):
        settings.write_text(text)
        code = command.main(["prepare", ".", "out", "--steps", str(settings)])
        said = capsys.readouterr().err
        assert code == 1
        assert said.startswith("ctkit: ")
        assert told in said
    settings.write_text("steps = []")
    assert command.main(["prepare", ".", "out", "--steps", str(settings)]) == 1
    assert "no scan was found in ." in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nnunet_finds_its_folders(tmp_path, client):
    lines = ["scan,mask:organs,patient"]
    for number in range(3):
        volume, ball = _scans.head(number)
        organs = np.where(ball.array, 2, np.where(volume.array > 500, 1, 0))
        ctkit.save(volume, tmp_path / f"scan{number}.nii.gz")
        ctkit.save(
            volume.with_array(organs, labels={1: "bone", 2: "ball"}), tmp_path / f"o{number}.nii.gz"
        )
        lines.append(f"scan{number}.nii.gz,o{number}.nii.gz,P{number}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    run = dataset.prepare(
        tmp_path / "table.csv", [steps.resample(8.0)], tmp_path / "out", client=client
    )
    test = run.split({"train": 2 / 3, "test": 1 / 3}) == "test"
    folder = run.to_nnunet(tmp_path / "Dataset007_Heads", mask="organs", test=test)
    told = json.loads((folder / "dataset.json").read_text())
    assert told == {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "bone": 1, "ball": 2},
        "numTraining": 2,
        "file_ending": ".nii.gz",
    }
    cases = sorted(p.name.removesuffix(".nii.gz") for p in (folder / "labelsTr").iterdir())
    images = sorted(p.name for p in (folder / "imagesTr").iterdir())
    assert images == [f"{case}_0000.nii.gz" for case in cases]
    assert len(list((folder / "imagesTs").iterdir())) == 1
    for case in cases:
        image = nib.load(folder / "imagesTr" / f"{case}_0000.nii.gz")
        label = nib.load(folder / "labelsTr" / f"{case}.nii.gz")
        assert image.shape == label.shape
        assert np.allclose(image.affine, label.affine)
        assert set(np.unique(np.asanyarray(label.dataobj))) <= {0, 1, 2}
    other = _scans.head(2)[0]
    ctkit.save(other.with_array(organs, labels={1: "ball", 2: "bone"}), tmp_path / "o2.nii.gz")
    swapped = dataset.prepare(
        tmp_path / "table.csv", [steps.resample(8.0)], tmp_path / "out", client=client
    )
    with pytest.raises(ctkit.ParameterError, match="label 1 is 'bone' in one scan and 'ball' in"):
        swapped.to_nnunet(tmp_path / "Dataset009_Heads", mask="organs")
    with pytest.raises(ctkit.SaveError, match="is not empty"):
        run.to_nnunet(folder, mask="organs")
    with pytest.raises(ctkit.ParameterError, match="Dataset001_Heads"):
        run.to_nnunet(tmp_path / "heads", mask="organs")
    with pytest.raises(ctkit.ParameterError, match="no scan has a mask 'liver'"):
        run.to_nnunet(tmp_path / "Dataset008_Heads", mask="liver")
