"""How fast many scans are prepared, beside a plain loop and MONAI; writes dataset.md.

    python benchmarks/bench_dataset.py [--scans 200] [--rounds 3] [--finished 1000] [--rows 100000]

In parts, each of which takes some minutes, and keeps its figures in a folder::

    python benchmarks/bench_dataset.py --folder build/bench --stage scans
    python benchmarks/bench_dataset.py --folder build/bench --stage round    # three times
    ... --stage memory, --stage again, --stage rows, and --stage text, which writes dataset.md

All contenders do the same: open a NIfTI file, turn it to one orientation, resample it to 1.5 mm by
linear interpolation, crop or pad it into one frame, scale it by a window to 0..1, and write a
gzipped NIfTI of float32. They run in turn, round by round, each into an empty folder. Start-up of
processes counts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

import ctkit
from ctkit import dataset
from ctkit.dataset import manifest, preparing, steps
from ctkit.dataset.finding import find_units
from ctkit.dataset.running import workers_of
from ctkit.dataset.store import Store
from ctkit.dataset.work import row_of

TARGET = Path(__file__).with_name("dataset.md")
SHAPE, SPACING, FRAME = (64, 256, 256), (3.0, 0.9, 0.9), (144, 160, 160)
STEPS = [
    steps.reorient("SPL"),
    steps.resample(1.5, kernel="linear"),
    steps.center(FRAME),
    steps.window(40, 400),
]


def write_scans(folder: Path, count: int, shape=SHAPE, spacing=SPACING) -> Path:
    """So many scans of one head, each with noise of its own, from left to right in the file."""
    folder.mkdir(parents=True)
    grid = ctkit.phantom.make_grid(shape, spacing, center=(0, 0, 30))
    head = ctkit.phantom.head_phantom().render(grid)
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 12, shape)
        hu = np.rint(head.array + noise).clip(-1024).astype(np.int16)
        ctkit.save(head.with_array(hu).reorient("SPR"), folder / f"{number:04}.nii.gz")
    return folder


def written(folder: Path, count: int, shape=SHAPE, spacing=SPACING) -> Path:
    """As `write_scans`, where a stage before has not written them."""
    return folder if folder.is_dir() else write_scans(folder, count, shape, spacing)


# ---- contenders: each takes the folder of scans and an empty folder


def by_ctkit(workers: int):
    def run(scans: Path, out: Path) -> None:
        made = dataset.prepare(scans, STEPS, out, workers=workers, progress=False)
        assert len(made.ready) == len(made)

    return run


def by_loop(scans: Path, out: Path) -> None:
    for path in sorted(scans.iterdir()):
        volume = ctkit.resample(ctkit.load(path).reorient("SPL"), 1.5, kernel="linear")
        middle = np.zeros(volume.shape, bool)
        middle[tuple((n - 1) // 2 for n in volume.shape)] = True
        framed = ctkit.center(volume, volume.with_array(middle), FRAME)
        ctkit.save(framed.with_array(ctkit.to_array(framed, (40, 400))[0]), out / path.name)


class Monai:
    """What a DataLoader calls in its worker: all of it, writing included."""

    def __init__(self, scans: Path, out: Path) -> None:
        from monai import transforms as t

        self.paths = sorted(scans.iterdir())
        self.all = t.Compose(
            [
                t.LoadImage(image_only=True, ensure_channel_first=True, dtype=np.float32),
                t.Orientation("LPS", labels=None),
                t.Spacing((1.5, 1.5, 1.5), mode="bilinear", padding_mode="border"),
                t.ResizeWithPadOrCrop(FRAME[::-1], constant_values=-1000),
                t.ScaleIntensityRange(-160, 240, 0, 1, clip=True),
                t.SaveImage(
                    out, "", ".nii.gz", separate_folder=False, print_log=False, resample=False
                ),
            ]
        )

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> int:
        self.all(str(self.paths[number]))
        return number


def by_monai(workers: int):
    def run(scans: Path, out: Path) -> None:
        from torch.utils.data import DataLoader

        found = Monai(scans, out)
        for _ in DataLoader(found, batch_size=None, num_workers=workers):
            pass
        assert len(list(out.iterdir())) == len(found)

    return run


CONTENDERS = {
    "ctkit.dataset, 1 worker": by_ctkit(1),
    "ctkit.dataset, 2 workers": by_ctkit(2),
    "a plain loop of ctkit's functions": by_loop,
    "MONAI, DataLoader with 1 worker": by_monai(1),
    "MONAI, DataLoader with 2 workers": by_monai(2),
}


def cpu_seconds() -> float:
    """What this process and those that it started and ended took of all cores so far."""
    return sum(os.times()[:4])


def one_round(scans: Path, top: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of each contender, one after the other, and how many cores it kept busy."""
    for name in ("monai.transforms", "torch.utils.data", "distributed", "pandas", "pyarrow"):
        importlib.import_module(name)  # now, so that no contender waits for it

    seconds: dict[str, float] = {}
    cores: dict[str, float] = {}
    for name, run in CONTENDERS.items():
        out = top / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        begun, taken = time.perf_counter(), cpu_seconds()
        run(scans, out)
        seconds[name] = time.perf_counter() - begun
        cores[name] = (cpu_seconds() - taken) / seconds[name]
        load = os.getloadavg()[0]
        print(
            f"{name}: {seconds[name]:.1f} s, {cores[name]:.2f} cores, load {load:.1f}", flush=True
        )
    return seconds, cores


def agreement(scans: Path, top: Path) -> float:
    """The largest difference of a prepared scan from MONAI's, in HU, away from the border."""
    one = top / "one"
    for folder in (one, top / "by_monai"):
        folder.mkdir(exist_ok=True)
    shutil.copy(min(scans.iterdir()), one)
    by_monai(0)(one, top / "by_monai")
    ours = dataset.prepare(one, STEPS, top / "by_ctkit", workers=1, progress=False).volume(0)
    theirs = ctkit.load(next((top / "by_monai").iterdir()), rescale=(1, 0)).reorient("SPL")
    moved = ctkit.resample(theirs, like=ours, kernel="linear")
    inner = (slice(30, -30),) * 3
    apart = np.abs(moved.array - ours.array)[inner] * 400
    return float(np.sqrt(np.mean(apart**2)))


def memory_of_a_worker(scans: Path, top: Path) -> tuple[float, float, float]:
    """MB of an idle worker that has done a small scan, at its peak after, and of one scan."""
    small = written(top / "small", 1, (16, 32, 32), (12.0, 7.0, 7.0))
    for name in ("warm", "peak"):
        shutil.rmtree(top / name, ignore_errors=True)
    with workers_of(None, 1, None) as client:
        dataset.prepare(small, STEPS, top / "warm", client=client, progress=False)
        (idle,) = client.run(lambda: psutil.Process().memory_info().rss).values()
        some = sorted(scans.iterdir())[:20]
        made = dataset.prepare(some, STEPS, top / "peak", client=client, progress=False)
    return idle / 1e6, float(made.table["peak_mb"].max()), np.prod(SHAPE) * 2 / 1e6


def again(scans: Path, out: Path) -> float:
    """Seconds of a run over scans that are all done."""
    dataset.prepare(scans, STEPS, out, workers=2, progress=False)
    begun = time.perf_counter()
    dataset.prepare(scans, STEPS, out, workers=2, progress=False)
    return time.perf_counter() - begun


def planned(top: Path, rows: int) -> tuple[float, float, int]:
    """Seconds to plan so many files, and to write their rows; bytes a row as Parquet."""
    for number in range(rows):
        path = top / "many" / f"{number // 1000:04}" / f"{number}.nii"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)
    shutil.rmtree(top / "plan", ignore_errors=True)
    small = written(top / "small", 1, (16, 32, 32), (12.0, 7.0, 7.0))
    dataset.prepare(small, STEPS, top / "one_row", workers=1, progress=False)
    chosen = steps.as_steps(STEPS)
    with Store.writing(top / "plan") as store:
        begun = time.perf_counter()
        jobs = preparing.plan(find_units(top / "many"), chosen, {}, store, "nifti")
        preparing.finished(jobs)
        planning = time.perf_counter() - begun
        like = dataset.Run(top / "one_row").table.iloc[0].to_dict()
        done = {job.key(): [{**like, **row_of(job, "", "ready")}] for job in jobs}
        begun = time.perf_counter()
        manifest.write_manifest(store, manifest.assemble(jobs, done))
        writing = time.perf_counter() - begun
        size = store.at("manifest.parquet").stat().st_size
    return planning, writing, size // rows


def table(seconds: dict[str, list[float]], count: int):
    yield "| contender | median | best | scans an hour, by the best |"
    yield "|---|---|---|---|"
    for name, taken in seconds.items():
        best = min(taken)
        yield (
            f"| {name} | {statistics.median(taken):.1f} s | {best:.1f} s "
            f"| {3600 * count / best:,.0f} |"
        )


def ratio(seconds: dict[str, list[float]], slow: str, fast: str) -> str:
    middle = statistics.median(seconds[slow]) / statistics.median(seconds[fast])
    best = min(seconds[slow]) / min(seconds[fast])
    return f"{middle:.2f} times by the medians, {best:.2f} by the bests"


# ---- stages: each takes the folder, what was asked for and the figures so far, and adds to them


def stage_scans(top: Path, given: argparse.Namespace, figures: dict) -> None:
    written(top / "scans", given.scans)
    written(top / "finished", given.finished, (32, 64, 64), (6.0, 3.6, 3.6))


def stage_round(top: Path, given: argparse.Namespace, figures: dict) -> None:
    before = os.getloadavg()[0]
    seconds, cores = one_round(top / "scans", top)
    figures.setdefault("rounds", []).append(seconds)
    figures.setdefault("cores", []).append(cores)
    figures.setdefault("loads", []).append([before, os.getloadavg()[0]])


def stage_memory(top: Path, given: argparse.Namespace, figures: dict) -> None:
    figures["apart"] = agreement(top / "scans", top)
    figures["memory"] = memory_of_a_worker(top / "scans", top)


def stage_again(top: Path, given: argparse.Namespace, figures: dict) -> None:
    figures["again"] = [
        again(top / "finished", top / "again_small"),
        again(top / "scans", top / "again_large"),
    ]


def stage_rows(top: Path, given: argparse.Namespace, figures: dict) -> None:
    figures["planned"] = planned(top, given.rows)


def stage_text(top: Path, given: argparse.Namespace, figures: dict) -> None:
    lines = told(given, figures)
    TARGET.write_text("\n".join(lines))
    print(*lines, sep="\n")


STAGES = {
    name.removeprefix("stage_"): stage
    for name, stage in list(globals().items())
    if name.startswith("stage_")
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finished", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--stage", choices=STAGES, help="only this one; needs --folder")
    parser.add_argument("--folder", type=Path, help="keeps scans and figures, for the next stage")
    given = parser.parse_args()
    if given.stage and not given.folder:
        parser.error("--stage needs a --folder, which keeps the figures")
    order = [given.stage]
    if not given.stage:
        order = ["scans", *["round"] * given.rounds, "memory", "again", "rows", "text"]
    with tempfile.TemporaryDirectory() as temporary:
        top = given.folder or Path(temporary)
        top.mkdir(parents=True, exist_ok=True)
        held = top / "figures.json"
        figures = json.loads(held.read_text()) if held.exists() else {}
        for name in order:
            begun = time.perf_counter()
            STAGES[name](top, given, figures)
            held.write_text(json.dumps(figures, indent=1))
            print(f"{name}: {time.perf_counter() - begun:.0f} s", flush=True)


def told(given: argparse.Namespace, figures: dict) -> list[str]:
    import monai
    import torch

    seconds = {name: [one[name] for one in figures["rounds"]] for name in CONTENDERS}
    low, high = np.min(figures["loads"]), np.max(figures["loads"])
    idle, peak, size = figures["memory"]
    seconds_small, seconds_large = figures["again"]
    planning, writing, a_row = figures["planned"]
    busy = {name: statistics.median(held[name] for held in figures["cores"]) for name in CONTENDERS}
    one, two, loop, peer, peers = seconds
    return [
        "# Many scans, measured",
        "",
        f"`make bench-dataset`: {given.scans} scans of 256 x 256 x 64 (3 x 0.9 x 0.9 mm, int16, "
        "gzipped NIfTI), turned to one orientation, to 1.5 mm by linear interpolation, into a "
        "frame of 160 x 160 x 144, by a window to 0..1, written as gzipped NIfTI of float32. "
        f"Contenders in turn, {len(figures['rounds'])} rounds; starting processes counts. Python "
        f"{platform.python_version()}, NumPy {np.__version__}, MONAI {monai.__version__}, torch "
        f"{torch.__version__}, {os.cpu_count()} processors. Load of the machine before and after "
        f"each round: {low:.1f} to {high:.1f}; a load above 2 means that others had a part of the "
        "processors.",
        "",
        *table(seconds, given.scans),
        "",
        f"- One worker beside MONAI's: {ratio(seconds, peer, one)} as fast; two beside two: "
        f"{ratio(seconds, peers, two)}.",
        f"- From 1 to 2 workers: {ratio(seconds, one, two)} as fast. With 1 worker "
        f"{busy[one]:.2f} processors are busy, as it writes in a thread of its own, and the main "
        f"process works beside it; so the same work can be {os.cpu_count() / busy[one]:.2f} times "
        f"as fast on {os.cpu_count()} at most. With 2 workers {busy[two]:.2f} are busy.",
        f"- Beside the loop, which has threads on all cores: {ratio(seconds, loop, two)} as fast "
        "on 2 workers. Beside the same files, `ctkit.dataset` writes rows, checksums, percentiles "
        "and what a later change of a step goes on from.",
        f"- The results of ctkit and MONAI are {figures['apart']:.1f} HU apart (rms, within the "
        "head); ctkit takes the mean over a new voxel where the old ones are finer.",
        "",
        "## Memory",
        "",
        f"A worker that has done a small scan has {idle:.0f} MB (Python, Dask, NumPy, SciPy), and "
        f"at its peak, over 20 scans, {peak:.0f} MB: {(peak - idle) / size:.1f} times the "
        f"{size:.1f} MB of one scan of int16, result of float32 "
        f"({np.prod(FRAME) * 4 / 1e6:.1f} MB) included.",
        "",
        "## Started again",
        "",
        "| | |",
        "|---|---|",
        f"| {given.finished:,} finished scans of 64 x 64 x 32 | {seconds_small:.1f} s |",
        f"| {given.scans:,} finished scans of 256 x 256 x 64 | {seconds_large:.1f} s |",
        f"| {given.rows:,} files planned | {planning:.1f} s |",
        f"| {given.rows:,} rows written, as CSV and Parquet | {writing:.1f} s, {a_row} bytes a row "
        "as Parquet |",
        "",
        "All files are read for it, sources and results: content decides, and not times.",
        "",
    ]


if __name__ == "__main__":
    main()
