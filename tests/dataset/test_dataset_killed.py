"""Workers and whole runs that are killed: nothing is lost, doubled, half-written, or done twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import _killing
import _scans
import pandas
import psutil
import pytest

import ctkit
from ctkit import dataset
from ctkit.dataset import running, steps
from ctkit.dataset.finding import digest_of
from ctkit.files.atomic import PART

# What differs from run to run, whatever happens: what was measured, what the salt of a set makes,
# and the steps, which name the folder of their log.
LOOSE = [
    "seconds",
    "peak_mb",
    "id",
    "patient",
    "study",
    "series",
    "content",
    "copy_of",
    "files",
    "steps",
]


def start(scans, out, log, slow):
    """A run in a process group of its own."""
    command = [sys.executable, _killing.__file__, scans, out, log, slow]
    return subprocess.Popen(
        list(map(str, command)),
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(ctkit.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )


def rows_of(out):
    """When each row was committed, by its file."""
    return {path: path.stat().st_mtime_ns for path in Path(out, "rows").glob("*/*.json")}


def wait_for(count, out, process, seconds=120):
    """Wait until so many rows are committed."""
    end = time.monotonic() + seconds
    while len(rows_of(out)) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)


def workers_of(process):
    """The worker processes of a run: the grandchildren that Dask's nannies started."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def check_whole(run, count):
    """Each row has its files, whole, and no file is there that no row has.

    A kill in the middle of a write leaves a part, whose name tells: it is removed a day later.
    """
    assert len(run) == count
    assert run.table["id"].is_unique
    named = set()
    for files in map(json.loads, run.table["files"]):
        for told in files.values():
            named.add(told["file"])
            assert digest_of(run.folder / told["file"]) == told["sha256"]
    there = (run.folder / "images").iterdir()
    assert {f"images/{path.name}" for path in there if not path.name.startswith(PART)} == named


def check_same(run, other):
    first, second = (one.table.drop(columns=LOOSE) for one in (run, other))
    pandas.testing.assert_frame_equal(first, second)
    for number in first.index[first["ending"] == "ready"]:
        assert (run[number] == other[number]).all()


def test_quick_jobs_go_and_come_in_few_messages_and_a_lost_one_is_told(client, monkeypatch):
    sent, fetched, told = [], [], {}

    def hand_out(do, jobs, **options):
        sent.append(len(jobs))
        return handing(do, jobs, **options)

    def fetch(futures, **options):
        found = fetching(futures, **options)
        if not fetched:  # as where a worker dies that holds it, and the next one, too
            found[next(iter(found))] = None
        fetched.append(len(futures))
        return found

    handing, fetching = client.map, client.gather
    monkeypatch.setattr(client, "map", hand_out)
    monkeypatch.setattr(client, "gather", fetch)
    monkeypatch.setattr(running, "do", lambda job: [{"job": job}])
    aside = list(running._flight(client, range(60), told.__setitem__, 2))
    ((lost, error),) = aside
    assert error is None
    assert told == {job: [{"job": job}] for job in range(60) if job != lost}
    assert sent[0] == 4
    assert sum(sent) == sum(fetched) == 60
    assert len(fetched) <= 12


@pytest.mark.timeout(240)
def test_a_killed_run_goes_on_and_a_scan_that_kills_blames_no_other(tmp_path):
    scans = _scans.write(tmp_path / "scans", 6)
    volume, _ = _scans.head(6)
    ctkit.save(volume.with_array(volume.array * 6), scans / "killer.nii.gz")
    logs = [tmp_path / name for name in ("log", "other")]
    for log in logs:
        log.mkdir()

    process = start(scans, tmp_path / "out", logs[0], 0.15)
    wait_for(3, tmp_path / "out", process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = rows_of(tmp_path / "out")
    assert 0 < len(done) < 7
    again = start(scans, tmp_path / "out", logs[0], 0.15)
    assert again.wait(200) == 0
    run = dataset.Run(tmp_path / "out")
    assert list(run.table["ending"]).count("ready") == 6
    assert list(run.failed["ending"]) == ["killed"]
    assert run.failed["source"].iloc[0].endswith("killer.nii.gz")
    assert (
        "its worker died twice while working on it, the second time alone"
        in (run.failed["reason"].iloc[0])
    )
    assert done.items() <= rows_of(tmp_path / "out").items()  # what had a row was left alone
    # The first step is begun again only where the kill met it, in one scan a worker. The killer
    # dies in the second one, and goes on from what was kept of the first.
    assert 7 <= len(list(logs[0].iterdir())) <= 7 + 2
    check_whole(run, 7)


def test_a_scan_that_never_ends_is_a_row(tmp_path, client):
    scans = _scans.write(tmp_path / "scans", 2)
    slow, other = (int(ctkit.load(path).array.sum()) for path in sorted(scans.iterdir()))
    assert slow != other

    def hangs(volume, slow):
        while volume.array.sum() == slow:
            pass
        return volume

    chosen = [steps.apply(hangs, slow=slow)]
    run = dataset.prepare(scans, chosen, tmp_path / "out", client=client, timeout=1.5)
    assert sorted(run.table["ending"]) == ["late", "ready"]
    assert run.failed["reason"].iloc[0].startswith("it took longer than 1.5 s, its timeout")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [0])
def test_two_hundred_scans_six_kills_and_two_ends(tmp_path, seed):
    chance = random.Random(seed)
    scans = _scans.write(tmp_path / "scans", 190)
    for number in range(10):
        (scans / f"broken{number}.nii.gz").write_bytes(b"no scan %d" % number)
    logs = [tmp_path / name for name in ("log", "other")]
    for log in logs:
        log.mkdir()
    out = tmp_path / "out"
    counts = sorted(chance.sample(range(5, 190), 8))
    ends = {counts[2], counts[5]}
    process = start(scans, out, logs[0], 0.05)
    for count in counts:
        wait_for(count, out, process)
        if count in ends:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process = start(scans, out, logs[0], 0.05)
        elif workers := workers_of(process):
            chance.choice(workers).kill()
    assert process.wait(1200) == 0
    run = dataset.Run(out)
    check_whole(run, 200)
    begun = len(list(logs[0].iterdir()))
    # Each kill can cost the scans that were under way, two a worker, and no other.
    print(f"{begun} begun for 190 scans")
    assert begun <= 190 + 8 * 4
    undisturbed = start(scans, tmp_path / "calm", logs[1], 0.05)
    assert undisturbed.wait(1200) == 0
    calm = dataset.Run(tmp_path / "calm")
    assert sorted(calm.table["ending"].value_counts().items()) == [("ready", 190), ("refused", 10)]
    check_same(run, calm)
