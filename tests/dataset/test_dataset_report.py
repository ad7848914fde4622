"""The quality page: what it tells, that it needs no network, and that a viewer shows the scan."""

import re

import _scans
import numpy as np
import pandas
import pytest
from PIL import Image

import ctkit
from ctkit import dataset
from ctkit.dataset import steps
from ctkit.dataset.outliers import outliers


@pytest.fixture(scope="module")
def run(tmp_path_factory, client):
    """Seven scans alike, one of them 150 HU too bright, one with other slices; one is broken."""
    top = tmp_path_factory.mktemp("set")
    lines = ["scan,mask"]
    for number in range(9):
        spacing = (18.0, 5.5, 5.0) if number == 5 else (12.0, 5.5, 5.0)
        volume, ball = _scans.head(number, spacing=spacing)
        array = volume.array + (150 if number == 3 else 0)
        ctkit.save(volume.with_array(array), top / f"scan{number}.nii.gz")
        ctkit.save(ball, top / f"mask{number}.nii.gz")
        lines.append(f"scan{number}.nii.gz,mask{number}.nii.gz")
    (top / "no.nii.gz").write_bytes(b"no")
    (top / "table.csv").write_text("\n".join([*lines, "no.nii.gz,"]))
    return dataset.prepare(
        top / "table.csv", [steps.resample((12, 6, 6))], top / "out", client=client
    )


def test_what_is_unlike_the_others_comes_first(run):
    found = outliers(run.table)
    assert any("original_spacing_slice is 18 mm" in line for line in found[5])
    assert 3 in found
    assert any(line.startswith(("original_p", "p")) for line in found[3])
    assert set(found) <= {3, 5}


def test_sets_that_agree_have_no_outliers():
    table = pandas.DataFrame(
        {"ending": ["ready"] * 6, "original_spacing_slice": [5.0] * 6, "p50": [1, 2, 3, 2, 1, 2]}
    )
    assert outliers(table) == {}


def test_the_page_tells_it_and_needs_no_network(run):
    page = run.report().read_text()
    assert "10 scans: 9 ready, 1 refused" in page
    assert "there is no DICOM and no NIfTI" in page
    assert not re.search(r"https?://|src='(?!scans/)|<script", page)
    pictures = re.findall(r"<img src='(scans/[0-9a-f]+\.png)' alt='Middle slice of row (\d)", page)
    assert [int(row) for _, row in pictures][:2] in ([5, 3], [3, 5])
    assert len(pictures) == 9
    folder = run.folder / "report"
    for file, row in pictures:
        picture = np.asarray(Image.open(folder / file))
        assert picture.std() > 20  # a head, and not one grey
        assert (folder / file.replace(".png", ".html")).stat().st_size > 20_000, row
    # Pixels are square: the head is as wide as it is in mm.
    height, width = picture.shape
    volume = run.volume(int(row))
    rows, columns = (n * mm for n, mm in zip(volume.shape[1:], volume.spacing[1:], strict=True))
    assert width / height == pytest.approx(columns / rows, rel=0.02)


def test_fewer_viewers_are_those_of_the_unlike(run):
    page = run.report(views=2).read_text()
    linked = re.findall(r"<a href='scans/[0-9a-f]+\.html'><img [^>]*row (\d)", page)
    assert sorted(linked) == ["3", "5"]
    assert len(list((run.folder / "report" / "scans").glob("*.html"))) == 2
