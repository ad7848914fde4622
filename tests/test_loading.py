"""Each hard scan of the table ends as the table says."""

import re
import tracemalloc
from contextlib import suppress

import _dicom
import numpy as np
import pytest
import SimpleITK as sitk
from hard_cases import CASES, DOCS, MARK, REFUSED, head_hu, table

import ctkit


def check_truth(case, volume):
    if case.check is not None:
        case.check(volume)
        return
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    apart = np.abs(volume.array - _dicom.truth(volume.to_world(index)))
    if case.mask is not None:
        inside = case.mask(volume.array)
        assert inside.mean() > 0.3
        assert (volume.array[~inside] == -1000).all()
        apart = apart[inside]
    assert apart.max() <= case.within
    assert case.slices in (None, volume.shape[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case, tmp_path, recwarn, capfd):
    path = case.build(tmp_path)
    recwarn.clear()
    if case.ending == REFUSED:
        with pytest.raises(ctkit.CTError, match=case.says) as refused:
            ctkit.load(path)
        assert not re.search(r"\w(Error|Exception)\b", str(refused.value))
        assert str(tmp_path) not in str(refused.value).replace(str(path), "")
        for argument in case.accepts:
            if argument != "series":
                assert argument in str(refused.value)
    if case.ending != REFUSED or case.accepts:
        volume = ctkit.load(path, **case.accepts, **case.load)
        check_truth(case, volume)
        if case.ending != REFUSED and case.says:
            assert any(_matches(case.says, line) for line in volume.report), volume.report
        if case.accepts and "series" not in case.accepts:
            assert volume.report
    # Nothing is said by the way: it stands in the report, or it is an error.
    assert not [str(w.message) for w in recwarn.list]
    assert capfd.readouterr().err == ""


TOLD = [case for case in CASES if case.ending == REFUSED]


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case.name)
def test_a_list_calls_nothing_loadable_that_is_refused(case, tmp_path):
    path = case.build(tmp_path)
    rows = []
    with suppress(ctkit.CTError):
        rows = ctkit.list_series(path)
    for row in rows:
        if row.loadable:
            ctkit.load(path, series=row.number)


LARGE = ("scan.nii", "scan.nii.gz", "scan.mha", "packed.mha", "scan.nrrd", "packed.nrrd")


@pytest.mark.parametrize("name", LARGE)
def test_a_list_judges_a_large_scan_by_some_of_it(tmp_path, name):
    """In words like those of `load`, and in the memory of a part of the scan."""
    one = head_hu().astype(np.int16).transpose(2, 1, 0).repeat(16, 1).repeat(15, 2)
    scan = np.tile(one, (45, 1, 1))
    for added in (0, 1024):
        found = sitk.GetImageFromArray(scan + np.int16(added))
        sitk.WriteImage(found, tmp_path / name, name != "scan.mha" and name != "scan.nrrd")
        tracemalloc.start()
        (row,) = ctkit.list_series(tmp_path / name)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * 2**24 < 2 * scan.nbytes
        assert row.slices == 270
        assert row.loadable == (added == 0)
    with pytest.raises(ctkit.LoadError, match=r"soft tissue seems to lie at 10\d\d"):
        ctkit.load(tmp_path / name)
    assert "Pass rescale=(1, -1024)" in row.problem


def _matches(pattern, line):
    return re.search(pattern, line) is not None


def test_every_name_is_there_once():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_docs_show_this_table():
    page = DOCS.read_text(encoding="utf-8")
    assert page.endswith(f"{MARK}\n\n{table()}\n")
