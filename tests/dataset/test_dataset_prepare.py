"""`prepare`: what comes out, what a second run does, what is told of scans that are broken."""

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile

import _scans
import nibabel as nib
import numpy as np
import pandas
import pytest

import ctkit
from ctkit import dataset
from ctkit.dataset import finding, preparing, steps, store, work
from ctkit.dataset.printed import kept

STEPS = [
    steps.regularize(),
    steps.keep_head(),
    steps.resample(6.0),
    steps.center((30, 34, 32)),
    steps.window(40, 400),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, client):
    """(folder of scans, run) of six scans and two that are broken."""
    top = tmp_path_factory.mktemp("set")
    scans = _scans.write(top / "scans", 5)
    (scans / "Doe_broken.nii.gz").write_bytes(b"no scan")
    volume, _ = _scans.head(7)
    gap = ctkit.write_dicom(volume, scans / "doe_gap", name="DOE^GAP", seed="gap")
    sorted(gap.iterdir())[5].unlink()
    return scans, dataset.prepare(scans, STEPS, top / "out", client=client)


def test_each_scan_is_what_the_functions_give(prepared):
    _, run = prepared
    paths = pandas.read_csv(run.folder / "private" / "sources.csv")["source"]
    assert len(run) == 7
    for number in (n for n in range(7) if run.table["ending"][n] == "ready"):
        volume = ctkit.regularize(ctkit.load(paths[number]))
        mask = ctkit.head_mask(volume)
        cubes = ctkit.resample(ctkit.keep_head(volume, mask), 6.0)
        region = ctkit.resample(mask, like=cubes, kernel="nearest")
        framed = ctkit.center(cubes, region, (30, 34, 32))
        assert np.array_equal(run[number], ctkit.to_array(framed, (40, 400))[0])
        assert np.allclose(run.volume(number).affine, framed.affine, atol=1e-3)


def test_other_libraries_read_what_comes_out(prepared):
    _, run = prepared
    for number in run.table.index[run.table["ending"] == "ready"]:
        path = run.folder / json.loads(run.table["files"][number])["image"]["file"]
        image = nib.load(path)
        assert image.shape == (32, 34, 30)
        assert np.allclose(image.header.get_zooms(), 6.0)
        assert np.array_equal(np.asanyarray(image.dataobj).transpose(2, 1, 0), run[number])
        lps = np.diag([-1, -1, 1, 1]) @ image.affine
        first = lps @ (3, 2, 1, 1)
        assert np.allclose(first[:3], run.volume(number).to_world((1, 2, 3)), atol=1e-3)


def test_a_scan_that_cant_be_prepared_is_a_row_with_its_sentence(prepared):
    _, run = prepared
    assert sorted(run.failed["ending"]) == ["refused", "refused"]
    reasons = dict(
        zip(run.failed["source"].str.rpartition("/")[2], run.failed["reason"], strict=True)
    )
    assert "no DICOM and no NIfTI" in reasons["Doe_broken.nii.gz"]
    assert "missing slices: 1" in reasons["doe_gap"]
    number = int(run.failed.index[0])
    with pytest.raises(ctkit.LoadError, match=f"^row {number} has no result: "):
        run[number]


def test_nothing_that_may_be_passed_on_names_a_person(prepared):
    _, run = prepared
    shared = [p for p in run.folder.rglob("*") if p.is_file() and "private" not in p.parts]
    assert len(shared) > 10
    for path in shared:
        assert b"doe" not in path.read_bytes().lower().replace(b"does", b""), path
        assert "doe" not in path.name.lower()
    assert "doe" in (run.folder / "private" / "sources.csv").read_text().lower()
    assert (run.folder / "private").stat().st_mode & 0o077 == 0


def test_the_table_says_what_was_done_and_what_is_there(prepared):
    _, run = prepared
    ready = run.table[run.table["ending"] == "ready"]
    dicom = ready[ready["patient"].notna()]
    assert len(ready) == 5
    assert dicom["patient"].nunique() == 3
    assert set(dicom["kvp"].dropna()) <= {120.0}
    assert (ready[["slices", "rows", "columns"]].to_numpy() == (30, 34, 32)).all()
    assert np.allclose(ready["original_spacing_row"], 5.5)
    assert (ready["p99.5"] <= 1).all()
    assert (ready["original_p99.5"] > 500).all()
    assert (ready["seconds"] > 0).all()
    assert (ready["peak_mb"] > 50).all()
    assert json.loads(ready["steps"].iloc[0]) == [repr(step) for step in STEPS]
    with open(run.folder / "manifest.csv", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == list(run.table["id"])


def test_what_a_set_mixes_is_told(prepared, tmp_path, client):
    scans, run = prepared
    assert run.notes == []
    bare = dataset.prepare(scans, [], tmp_path / "bare", client=client)
    told = "\n".join(bare.notes)
    assert "1 of 5 scans keep a tilted gantry" in told
    turned = ctkit.load(bare.folder / json.loads(bare.table["files"][0])["image"]["file"])
    ctkit.save(turned.reorient("LAS"), tmp_path / "las.nii.gz")
    both = dataset.prepare([scans, tmp_path / "las.nii.gz"], [], tmp_path / "both", client=client)
    told = "\n".join(both.notes)
    assert "the set mixes orientations: SPL (5), LAS (1); put steps.reorient()" in told
    assert "the set mixes shapes: 14 x 40 x 36 (5), 36 x 40 x 14 (1)" in told


def test_a_second_run_does_nothing_and_times_of_files_do_not_count(prepared, client, monkeypatch):
    scans, run = prepared
    for path in scans.rglob("*"):
        path.touch()
    monkeypatch.setattr(client, "map", lambda *args, **kwargs: pytest.fail("it works again"))
    again = dataset.prepare(scans, STEPS, run.folder, client=client)
    pandas.testing.assert_frame_equal(again.table, run.table)


def test_what_is_missing_damaged_or_changed_is_done_again(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 4)
    run = dataset.prepare(scans, STEPS, tmp_path / "out", client=client)
    images = [run.folder / json.loads(files)["image"]["file"] for files in run.table["files"]]
    before = [image.read_bytes() for image in images]
    times = [image.stat().st_mtime_ns for image in images]
    images[0].unlink()
    images[1].write_bytes(before[1][:-1] + b"x")
    volume, _ = _scans.head(2)
    source = run.store.at("private", "sources.csv").read_text().splitlines()[3].split(",")[1]
    shutil.rmtree(source, ignore_errors=True)
    moved = volume.with_array(volume.array + 1)
    if source.endswith(".gz"):
        ctkit.save(moved, source)
    else:
        ctkit.write_dicom(moved, source, name="DOE^JANE", seed="2")
    again = dataset.prepare(scans, STEPS, run.folder, client=client)
    assert [image.read_bytes() for image in images[:2]] == before[:2]
    assert images[3].stat().st_mtime_ns == times[3]
    assert again.table["id"][2] != run.table["id"][2]
    assert again.table["id"][3] == run.table["id"][3]


def test_a_changed_step_does_only_what_follows_it(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 2)
    log = tmp_path / "log"
    log.mkdir()

    def noted(volume, name):
        (log / f"{name}-{len(list(log.iterdir()))}").touch()
        return volume

    def names():
        found = sorted(path.name.partition("-")[0] for path in log.iterdir())
        for path in log.iterdir():
            path.unlink()
        return found

    def steps_of(last):
        return [
            steps.apply(noted, name="first"),
            steps.apply(noted, name="second"),
            steps.apply(noted, name=last),
            steps.window(40, 80),
        ]

    out = tmp_path / "out"
    dataset.prepare(scans, steps_of("third"), out, client=client)
    assert names() == ["first", "first", "second", "second", "third", "third"]
    dataset.prepare(scans, steps_of("other"), out, client=client)
    assert names() == ["other", "other"]
    dataset.prepare(scans, [*steps_of("other")[:-1], steps.window(40, 400)], out, client=client)
    assert names() == []


def test_masks_and_columns_of_a_table_go_along(tmp_path, client):
    tmp_path = tmp_path / "set"
    tmp_path.mkdir()
    lines = ["scan,mask,mask:organs,patient,age"]
    for number in (1, 2):
        volume, ball = _scans.head(number)
        organs = ball.with_array(
            ball.array * np.int16(2) + (volume.array > 500),
            labels={1: "bone", 2: "ball", 3: "both"},
        )
        for name, one in (("scan", volume), ("mask", ball), ("organs", organs)):
            ctkit.save(one, tmp_path / f"{name}{number}.nii.gz")
        lines.append(
            f"scan{number}.nii.gz,mask{number}.nii.gz,organs{number}.nii.gz,Doe,{60 + number}"
        )
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines))
    run = dataset.prepare(table, STEPS[:4], tmp_path / "out", client=client)
    assert list(run.table["table_age"]) == ["61", "62"]
    assert run.table["patient"].nunique() == 1
    for row, number in enumerate((1, 2)):
        _, ball = _scans.head(number)
        moved = ctkit.resample(ball, like=run.volume(row), kernel="nearest")
        # A file keeps its affine in float32: voxels at a border may fall to the other side.
        assert (run.mask(row).array ^ moved.array).sum() <= 0.02 * moved.array.sum()
        assert run.table["ml_mask"][row] == pytest.approx(ctkit.volume_ml(moved), rel=0.02)
        assert dict(run.mask(row, "organs").labels) == {1: "bone", 2: "ball", 3: "both"}
        with pytest.raises(ctkit.ParameterError, match="its masks: mask, organs"):
            run.mask(row, "liver")


def test_the_same_scan_under_other_names_is_told(tmp_path, client):
    volume, _ = _scans.head(1)
    scans = tmp_path / "scans"
    scans.mkdir()
    ctkit.save(volume, scans / "a.nii.gz")
    shutil.copy(scans / "a.nii.gz", scans / "b.nii.gz")
    ctkit.save(volume, scans / "c.nii")
    run = dataset.prepare(scans, STEPS[2:3], tmp_path / "out", client=client)
    assert list(run.table["ending"]) == ["ready", "copy", "ready"]
    assert list(run.table["copy_of"][1:]) == [run.table["id"][0]] * 2


def test_zips_other_formats_and_an_earlier_run_are_sources(tmp_path, client):
    volume, _ = _scans.head(2)
    scans = tmp_path / "scans"
    folder = ctkit.write_dicom(volume, tmp_path / "doe", seed="1")
    scans.mkdir()
    with zipfile.ZipFile(scans / "doe.zip", "w") as packed:
        for path in folder.iterdir():
            packed.write(path, f"DOE^JANE/{path.name}")
    run = dataset.prepare(scans, STEPS[1:3], tmp_path / "out", client=client)
    assert list(run.table["ending"]) == ["ready"]
    assert run.table["patient"].notna().all()
    again = dataset.prepare(run.folder, STEPS[3:4], tmp_path / "next", client=client)
    assert list(again.table["ending"]) == ["ready"]
    assert again[0].shape == (30, 34, 32)


def test_what_a_step_prints_or_raises_stands_in_the_row(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 1)

    def speaks(volume):
        print("hello from a step")
        raise KeyError("age")

    run = dataset.prepare(scans, [speaks], tmp_path / "out", client=client)
    assert run.table["ending"][0] == "failed"
    assert "step 1, apply(speaks): it raised KeyError: 'age'" in run.table["reason"][0]
    assert run.table["printed"][0] == "hello from a step\n"


def test_threads_print_into_their_own_rows_and_leave_the_output_alone():
    begin, end, told = threading.Barrier(2), threading.Barrier(2), {}

    def work(name):
        with kept() as printed:
            begin.wait(10)
            print(name)
            if name == "first":
                end.wait(10)
        if name == "second":
            end.wait(10)
        told[name] = printed.text

    before = sys.stdout
    threads = [threading.Thread(target=work, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {"first": "first\n", "second": "second\n"}
    assert sys.stdout is before


class Lacking:
    """A step that a worker can't be given: it imports what only this process has."""

    def __call__(self, volume):
        return volume

    def __reduce__(self):
        return __import__, ("a_module_that_no_worker_has",)


def test_what_the_cluster_cant_run_is_not_blamed_on_the_scan(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 1)
    run = dataset.prepare(scans, [Lacking()], tmp_path / "out", client=client)
    assert list(run.table["ending"]) == ["failed"]
    assert "the cluster could not run it, and no worker died of it" in run.table["reason"][0]
    assert "No module named 'a_module_that_no_worker_has'" in run.table["reason"][0]
    assert not list((run.folder / "rows").glob("*/*.json"))  # another run tries again


def test_a_step_that_no_process_can_be_given_is_refused_before_any_work(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 1)
    with open(tmp_path / "log", "w") as log:
        step = steps.apply(lambda volume, log: volume, log=log)
        with pytest.raises(ctkit.ParameterError, match=r"step 1, .* can't be sent to another"):
            dataset.prepare(scans, [step], tmp_path / "out", client=client)
    assert not (tmp_path / "out").exists()


def test_a_step_that_calls_ctkit_and_comes_from_nowhere(tmp_path, client):
    """As from a notebook: no worker can import it, so that its globals travel along."""
    scans = _scans.write(tmp_path / "scans", 1)
    names = {}
    exec("import ctkit\ndef coarser(volume):\n    return ctkit.resample(volume, 12.0)\n", names)
    run = dataset.prepare(scans, [names["coarser"]], tmp_path / "out", client=client)
    assert list(run.table["ending"]) == ["ready"]
    assert np.allclose(run.volume(0).spacing, 12)


@pytest.fixture
def small_disk(tmp_path):
    """(folder on a disk of its own of 88 kB, a function that makes it larger)."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        return subprocess.run(command, capture_output=True).returncode == 0

    if not mount("size=88k"):
        pytest.skip("this user can't mount a disk")
    yield disk, lambda: mount("remount,size=20m")
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_ends_the_run_and_what_is_done_stays(tmp_path, client, small_disk):
    disk, enlarge = small_disk
    scans = _scans.write(tmp_path / "scans", 8)
    with pytest.raises(ctkit.SaveError, match=r"No space left|full"):
        dataset.prepare(scans, [steps.keep_head()], disk / "out", client=client)
    done = list((disk / "out" / "rows").glob("*/*.json"))
    assert 0 < len(done) < 8
    assert enlarge()
    times = {path: path.stat().st_mtime_ns for path in done}
    run = dataset.prepare(scans, [steps.keep_head()], disk / "out", client=client)
    assert list(run.table["ending"]) == ["ready"] * 8
    assert {path: path.stat().st_mtime_ns for path in done} == times
    assert all(run.volume(number).shape == (14, 40, 36) for number in run.ready)


@pytest.mark.slow
def test_a_step_that_eats_memory_is_a_row(tmp_path):
    """A real worker with a limit; the others are ready."""
    scans = _scans.write(tmp_path / "scans", 2)
    hungry, other = (int(ctkit.load(path).array.sum()) for path in sorted(scans.iterdir()))
    assert hungry != other

    def eats(volume, hungry):
        held = []
        while volume.array.sum() == hungry:
            held.append(np.ones(20_000_000))
            time.sleep(0.02)
        return volume

    chosen = [steps.apply(eats, hungry=hungry)]
    run = dataset.prepare(scans, chosen, tmp_path / "out", workers=1, memory="1 GB")
    assert sorted(run.table["ending"]) == ["killed", "ready"]
    assert "mostly of memory. A worker may use 1.0 GB here" in run.failed["reason"].iloc[0]


def test_bad_arguments_get_a_sentence(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 1)
    with pytest.raises(ctkit.LoadError, match=r"there is no .*nowhere: check its spelling"):
        dataset.prepare(tmp_path / "nowhere", STEPS, tmp_path / "out", client=client)
    with pytest.raises(ctkit.SaveError, match="holds other files"):
        dataset.prepare(scans, STEPS, scans, client=client)
    with pytest.raises(ctkit.ParameterError, match=r"accept takes what ctkit\.load takes"):
        dataset.prepare(scans, STEPS, tmp_path / "out", client=client, accept={"gap": 1})
    with pytest.raises(ctkit.ParameterError, match="workers and memory are of a local cluster"):
        dataset.prepare(scans, STEPS, tmp_path / "out", client=client, workers=2)
    for wrong, told in (
        ({"accept": {"uneven": "bogus"}}, "uneven is one of error, resample"),
        ({"accept": {"zip_limits": {"x": 1}}}, "zip_limits is a mapping of"),
        ({"accept": [1]}, "accept is a mapping such as"),
        ({"timeout": 0}, "timeout is a number of seconds above 0"),
        ({"client": "tcp://127.0.0.1:1"}, r"client is a distributed\.Client, not str"),
        ({"client": None, "workers": 0}, "workers is a number of processes from 1"),
        ({"client": None, "memory": "4 elephants"}, 'memory is what a worker may use, as "4 GB"'),
    ):
        with pytest.raises(ctkit.ParameterError, match=told):
            dataset.prepare(scans, STEPS, tmp_path / "out", **{"client": client, **wrong})
    assert not (tmp_path / "out").exists()
    with pytest.raises(ctkit.LoadError, match="is no prepared set"):
        dataset.Run(tmp_path / "nothing")
    table = tmp_path / "table.csv"
    table.write_text("path\nx.nii\n")
    with pytest.raises(ctkit.LoadError, match="no column 'scan': its columns are path"):
        finding.find_units(table)
    table.write_text("scan\nx.nii\n")
    with pytest.raises(ctkit.LoadError, match=r"line 2: there is no x\.nii"):
        finding.find_units(table)


def test_two_runs_into_one_folder_the_second_is_refused(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 1)
    from ctkit.dataset.store import Store

    with Store.writing(tmp_path / "out"), pytest.raises(ctkit.SaveError, match="another process"):
        dataset.prepare(scans, STEPS, tmp_path / "out", client=client)


@pytest.mark.parametrize("letters", ["LAS", "RPI", "SAL"])
def test_a_mask_comes_back_to_the_original_slices(tmp_path, client, letters):
    volume, ball = _scans.head(3, shape=(28, 60, 50), spacing=(6, 4, 3.5), tilt_deg=9)
    turned, mask = volume.reorient(letters), ball.reorient(letters)
    scans = tmp_path / "scans"
    scans.mkdir()
    ctkit.save(turned, scans / "one.nii.gz")
    chosen = [steps.reorient("SPL"), steps.regularize(), steps.keep_head(), steps.resample(2.0)]
    chosen += [steps.crop(3)]
    run = dataset.prepare(scans, chosen, tmp_path / "out", client=client)
    there = ctkit.resample(mask, like=run.volume(0), kernel="nearest")
    back = run.to_original(0, there.array)
    assert back.shape == turned.shape
    assert np.allclose(back.affine, turned.affine, atol=1e-3)
    assert (back.array & mask.array).sum() >= 0.99 * mask.array.sum()
    assert (back.array | mask.array).sum() <= 1.01 * mask.array.sum()
    with pytest.raises(ctkit.GeometryError, match="but the prepared scan is"):
        run.to_original(0, mask.array)


def test_files_that_vanish_while_they_are_read_are_told_and_tried_again(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 2)
    (path,) = scans.glob("*.nii.gz")

    def loses(volume, path):
        path.unlink(missing_ok=True)
        return volume

    chosen = [steps.apply(loses, path=path)]
    run = dataset.prepare(path, chosen, tmp_path / "out", client=client)
    assert list(run.table["ending"]) == ["changed"]
    assert "its files are gone, or can't be read where the worker runs" in run.table["reason"][0]


def test_one_scan_takes_less_than_four_times_its_memory(tmp_path):
    shape, frame = (64, 192, 192), (144, 120, 120)  # the result of float32 is 1.76 scans
    hu = np.random.default_rng(0).normal(0, 500, shape).astype(np.int16)
    scan = ctkit.Volume.from_spacing(hu, (3, 1.2, 1.2))
    ctkit.save(ctkit.operations.cropping.crop_box(scan, (0, 0, 0), (8, 8, 8)), tmp_path / "0.nii")
    ctkit.save(scan, tmp_path / "1.nii.gz")
    chosen = (
        steps.reorient("IPR"),
        steps.resample(2.0),
        steps.center(frame),
        steps.window(40, 400),
    )
    with store.Store.writing(tmp_path / "out") as held:
        units = finding.find_units([tmp_path / "0.nii", tmp_path / "1.nii.gz"])
        small, large = preparing.plan(units, chosen, {}, held, "nifti")
        work.do(small)  # what is imported stays
        tracemalloc.start()
        (row,) = work.do(large)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert row["ending"] == "ready"
    assert peak < 3.7 * hu.nbytes


def test_workers_keep_small_pieces_of_memory(client):
    (found,) = client.run(os.environ.get, "MALLOC_MMAP_THRESHOLD_").values()
    assert found == str(2**22)
    (found,) = client.run(os.environ.get, "MALLOC_TRIM_THRESHOLD_").values()
    assert found == str(2**24)
