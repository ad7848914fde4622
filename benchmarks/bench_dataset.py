"""How fast many scans are prepared, beside a plain loop and MONAI; writes dataset.md.

    python benchmarks/bench_dataset.py [--scans 200] [--rounds 3] [--finished 1000] [--rows 100000]

All contenders do the same: open a NIfTI file, turn it to one orientation, resample it to 1.5 mm by
linear interpolation, crop or pad it into one frame, scale it by a window to 0..1, and write a
gzipped NIfTI of float32. They run in turn, round by round, each into an empty folder. Start-up of
processes counts.
"""

from __future__ import annotations

import argparse
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


def in_turn(scans: Path, top: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, run in CONTENDERS.items():
            out = top / "out"
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            begun = time.perf_counter()
            run(scans, out)
            seconds[name].append(time.perf_counter() - begun)
            print(f"{name}: {seconds[name][-1]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    return seconds


def agreement(scans: Path, top: Path) -> float:
    """The largest difference of a prepared scan from MONAI's, in HU, away from the border."""
    one = top / "one"
    one.mkdir()
    shutil.copy(min(scans.iterdir()), one)
    (top / "by_monai").mkdir()
    by_monai(0)(one, top / "by_monai")
    ours = dataset.prepare(one, STEPS, top / "by_ctkit", workers=1, progress=False).volume(0)
    theirs = ctkit.load(next((top / "by_monai").iterdir()), rescale=(1, 0)).reorient("SPL")
    moved = ctkit.resample(theirs, like=ours, kernel="linear")
    inner = (slice(30, -30),) * 3
    apart = np.abs(moved.array - ours.array)[inner] * 400
    return float(np.sqrt(np.mean(apart**2)))


def memory_of_a_worker(scans: Path, top: Path) -> tuple[float, float, float]:
    """MB of an idle worker that has done a small scan, at its peak after, and of one scan."""
    small = write_scans(top / "small", 1, (16, 32, 32), (12.0, 7.0, 7.0))
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
    chosen = steps.as_steps(STEPS)
    with Store.writing(top / "plan") as store:
        begun = time.perf_counter()
        jobs = preparing.plan(find_units(top / "many"), chosen, {}, store, "nifti")
        preparing.finished(jobs)
        planning = time.perf_counter() - begun
        like = dataset.Run(top / "peak").table.iloc[0].to_dict()
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finished", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        lines = measured(Path(folder), given, loads)
    TARGET.write_text("\n".join(lines))
    print(*lines, sep="\n")


def measured(top: Path, given: argparse.Namespace, loads: list[float]) -> list[str]:
    import monai
    import torch

    scans = write_scans(top / "scans", given.scans)
    seconds = in_turn(scans, top, given.rounds)
    loads.append(os.getloadavg()[0])
    apart = agreement(scans, top)
    idle, peak, size = memory_of_a_worker(scans, top)
    small = write_scans(top / "finished", given.finished, (32, 64, 64), (6.0, 3.6, 3.6))
    seconds_small = again(small, top / "again_small")
    seconds_large = again(scans, top / "again_large")
    planning, writing, a_row = planned(top, given.rows)
    loads.append(os.getloadavg()[0])
    one, two, loop, peer, peers = seconds
    return [
        "# Many scans, measured",
        "",
        f"`make bench-dataset`: {given.scans} scans of 256 x 256 x 64 (3 x 0.9 x 0.9 mm, int16, "
        "gzipped NIfTI), turned to one orientation, to 1.5 mm by linear interpolation, into a "
        "frame of 160 x 160 x 144, by a window to 0..1, written as gzipped NIfTI of float32. "
        f"Contenders in turn, {given.rounds} rounds; starting processes counts. Python "
        f"{platform.python_version()}, NumPy {np.__version__}, MONAI {monai.__version__}, torch "
        f"{torch.__version__}, {os.cpu_count()} processors. Load of the machine before, after the "
        f"rounds, and at the end: {', '.join(f'{load:.1f}' for load in loads)}; a load above 2 "
        "means that others had a part of the processors.",
        "",
        *table(seconds, given.scans),
        "",
        f"- One worker beside MONAI's: {ratio(seconds, peer, one)} as fast; two beside two: "
        f"{ratio(seconds, peers, two)}.",
        f"- From 1 to 2 workers: {ratio(seconds, one, two)} as fast.",
        f"- Beside the loop, which has threads on all cores: {ratio(seconds, loop, two)} as fast "
        "on 2 workers. Beside the same files, `ctkit.dataset` writes rows, checksums, percentiles "
        "and what a later change of a step goes on from.",
        f"- The results of ctkit and MONAI are {apart:.1f} HU apart (rms, within the head); ctkit "
        "takes the mean over a new voxel where the old ones are finer.",
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
        f"| {given.finished} finished scans of 64 x 64 x 32 | {seconds_small:.1f} s |",
        f"| {given.scans} finished scans of 256 x 256 x 64 | {seconds_large:.1f} s |",
        f"| {given.rows:,} files planned | {planning:.1f} s |",
        f"| {given.rows:,} rows written, as CSV and Parquet | {writing:.1f} s, {a_row} bytes a row "
        "as Parquet |",
        "",
        "All files are read for it, sources and results: content decides, and not times.",
        "",
    ]


if __name__ == "__main__":
    main()
