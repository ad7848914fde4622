"""How fast, how exact and how large the operations are beside others; writes processing.md.

All contenders run in turn, round by round, in one process and each free to use its
threads, so that whatever else the machine does falls on all of them. Exactness is
against a phantom whose mean over every voxel is known.
"""

import functools
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk
from nibabel.processing import resample_to_output
from scipy import ndimage
from scipy.special import ndtr
from skimage.transform import rescale

sys.path.insert(0, str(Path(__file__).parents[1]))

import ctkit
from ctkit.phantom import head_phantom, make_grid
from ctkit.threads import for_each

TARGET = Path(__file__).with_name("processing.md")
SPACING, ROUNDS = (0.8, 0.49, 0.49), 7
FACTORS = np.array(SPACING)
PEAK = """
import sys
import numpy as np
import ctkit
def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
def volume(slices):
    y, x = np.ogrid[:512, :512]
    array = np.full((slices, 512, 512), -1000, np.int16)
    array[:, np.hypot(y - 256, x - 256) < 180] = 40
    return ctkit.Volume.from_spacing(array, (0.8, 0.49, 0.49))
work = eval(sys.argv[1])
work(volume(4))
scan = volume(int(sys.argv[2]))
before = peak()
result = work(scan)
print((peak() - before) / scan.array.nbytes)
"""


# ---- resampling: each takes a Volume of 0.8 x 0.49 x 0.49 mm and gives an array at 1 mm


@functools.lru_cache(maxsize=1)
def as_sitk(volume):
    """SimpleITK's image, made once: that it copies is not counted."""
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(SPACING[::-1])
    return image


def by_sitk(interpolator):
    def run(volume):
        image = as_sitk(volume)
        size = [int(n) for n in np.round(np.array(volume.shape) * FACTORS)[::-1]]
        origin, direction = image.GetOrigin(), image.GetDirection()
        result = sitk.Resample(
            image, size, sitk.Transform(), interpolator, origin, (1.0, 1.0, 1.0), direction, -1000.0
        )
        return sitk.GetArrayFromImage(result)

    return run


def by_nibabel(volume):
    image = nib.Nifti1Image(volume.array, np.diag([*SPACING, 1.0]))
    return np.asanyarray(resample_to_output(image, 1.0, order=1).dataobj)


def by_ctkit(kernel, antialias):
    return lambda v: ctkit.resample(v, 1.0, kernel=kernel, antialias=antialias).array


# Name: function, rounds, whether it keeps the first centre in place (or else the field of view).
RESAMPLERS = {
    "ctkit linear, antialias=False": (by_ctkit("linear", False), ROUNDS, False),
    "SimpleITK linear": (by_sitk(sitk.sitkLinear), ROUNDS, True),
    "zoom, order 1": (lambda v: ndimage.zoom(v.array, FACTORS, order=1), 3, True),
    "nibabel resample_to_output, order 1": (by_nibabel, 1, True),
    "ctkit cubic, antialias=False": (by_ctkit("cubic", False), ROUNDS, False),
    "SimpleITK BSpline": (by_sitk(sitk.sitkBSpline), 3, True),
    "zoom, order 3": (lambda v: ndimage.zoom(v.array, FACTORS, order=3), 2, True),
    "ctkit linear": (by_ctkit("linear", True), ROUNDS, False),
    "ctkit cubic": (by_ctkit("cubic", True), ROUNDS, False),
    "ctkit area": (by_ctkit("area", True), ROUNDS, False),
    "scikit-image rescale, order 1": (
        lambda v: rescale(v.array.astype(np.float32), FACTORS, order=1, anti_aliasing=True),
        1,
        True,
    ),
}


def in_turn(contenders):
    """Seconds of each contender: {name: (function, rounds)} to {name: [seconds]}."""
    seconds = {name: [] for name in contenders}
    for turn in range(max(rounds for _, rounds in contenders.values())):
        for name, (function, rounds) in contenders.items():
            if turn < rounds:
                start = time.perf_counter()
                function()
                seconds[name].append(time.perf_counter() - start)
    return seconds


def times_of(seconds, peer, ours):
    """How many times longer the peer takes: the ratio of the medians and of the bests."""
    middle = statistics.median(seconds[peer]) / statistics.median(seconds[ours])
    best = min(seconds[peer]) / min(seconds[ours])
    return f"{middle:.1f} ({best:.1f})"


class Exactness:
    """The known head on the grid of a scan and on the grids that resamplers make of it."""

    def __init__(self, slices=200):
        self.phantom = head_phantom(table=False)
        self.grid = make_grid((slices, 512, 512), SPACING, center=(0, 0, 20))
        exact = self.phantom.render(self.grid)
        self.scan = exact.with_array(np.rint(exact.array).astype(np.int16))
        self.centred = ctkit.resample(self.grid, 1.0, kernel="nearest")
        affine = np.array(self.centred.affine)
        affine[:3, 3] = self.grid.origin
        kept = self.centred.with_array(self.centred.array)
        kept = ctkit.Volume(kept.array, affine)
        self.truths = {
            (first, small): self.phantom.render(grid, SPACING if small else None).array
            for first, grid in ((False, self.centred), (True, kept))
            for small in (False, True)
        }

    def measure(self, run, keeps_first):
        """RMS in HU against both truths, and the shift along each axis in mm."""
        result = run(self.scan)
        size = tuple(min(a, b) for a, b in zip(result.shape, self.centred.shape, strict=True))
        inner = tuple(slice(3, n - 3) for n in size)
        result = np.asarray(result[inner], np.float32)
        large, small = (self.truths[keeps_first, which][inner] for which in (False, True))
        rms = [float(np.sqrt(np.mean((result - truth) ** 2))) for truth in (large, small)]
        slopes = np.gradient(small)
        # The place that the values are from, to first order: a later one is a positive shift.
        shift = [float(-((result - small) * s).sum() / (s * s).sum()) for s in slopes]
        return rms, shift


def overshoot(run, psf):
    """Percent of an edge's height that a result goes beyond it, over all places of the edge."""
    rows, columns = np.mgrid[:96, :96]
    place = (columns - 48 - rows / 37) * SPACING[2]
    parts = (np.arange(9) - 4) / 9 * SPACING[2]
    edge = ndtr((place[..., None] + parts) / psf).mean(axis=-1) if psf else (place > 0)
    array = np.rint(np.broadcast_to(edge * 2000 - 1000, (24, 96, 96))).astype(np.int16)
    result = run(ctkit.Volume.from_spacing(array, SPACING))[:, 5:-5, 5:-5]
    return max(result.max() - 1000, -1000 - result.min()) / 20


def noise_after(run):
    random = np.random.default_rng(0)
    array = np.rint(random.normal(0, 12, (40, 256, 256))).astype(np.int16)
    return float(np.std(run(ctkit.Volume.from_spacing(array, SPACING))[3:-3, 5:-5, 5:-5]))


def resampling_tables(known):
    runs = {name: (lambda f=f: f(known.scan), n) for name, (f, n, _) in RESAMPLERS.items()}
    seconds = in_turn(runs)
    yield "| resampler | median | best | times longer than ctkit's own | |"
    yield "|---|---|---|---|---|"
    peers = {
        "SimpleITK linear": "ctkit linear, antialias=False",
        "zoom, order 1": "ctkit linear, antialias=False",
        "nibabel resample_to_output, order 1": "ctkit linear, antialias=False",
        "SimpleITK BSpline": "ctkit cubic, antialias=False",
        "zoom, order 3": "ctkit cubic, antialias=False",
        "scikit-image rescale, order 1": "ctkit linear",
    }
    for name, taken in seconds.items():
        ratio = times_of(seconds, name, peers[name]) if name in peers else ""
        than = f"than {peers[name]}" if name in peers else ""
        middle, best = 1000 * statistics.median(taken), 1000 * min(taken)
        yield f"| {name} | {middle:.0f} ms | {best:.0f} ms | {ratio} | {than} |"
    yield ""
    yield (
        "| resampler | rms, mean over 1 mm | rms, mean over an old voxel | shift (slice, row, "
        "column) | noise of 12 HU | overshoot, 0.4 mm | bare step |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, (run, _, keeps_first) in RESAMPLERS.items():
        (large, small), shift = known.measure(run, keeps_first)
        moved = ", ".join(f"{s:+.4f}" for s in shift)
        yield (
            f"| {name} | {large:.2f} HU | {small:.2f} HU | {moved} mm | {noise_after(run):.2f} HU "
            f"| {overshoot(run, 0.4):.2f} % | {overshoot(run, 0):.2f} % |"
        )


# ---- the other operations


def simple_table(seconds, base, names=("contender", "times")):
    yield f"| {names[0]} | median | best | {names[1]} (of the bests) |"
    yield "|---|---|---|---|"
    for name, taken in seconds.items():
        middle, best = 1000 * statistics.median(taken), 1000 * min(taken)
        yield f"| {name} | {middle:.1f} ms | {best:.1f} ms | {times_of(seconds, name, base)} |"


def masking_table(scan):
    matter = scan.array > -500
    runs = {
        "ndimage.label alone": (lambda: ndimage.label(matter), 5),
        "ctkit.head_mask": (lambda: ctkit.head_mask(scan), 5),
    }
    yield from simple_table(in_turn(runs), "ndimage.label alone", ("", "times label"))


def median_table(scan):
    # With noise, as scans have it: on flat parts a sort has nothing to do.
    noise = np.random.default_rng(0).normal(0, 12, (40, *scan.shape[1:]))
    part = ctkit.Volume(np.rint(scan.array[80:120] + noise).astype(np.int16), scan.affine)
    image = sitk.GetImageFromArray(part.array)
    runs = {
        "ctkit.denoise, 3 x 3 x 3": (lambda: ctkit.denoise(part, "median", radius_mm=0.6), 7),
        "SimpleITK Median": (lambda: sitk.Median(image, (1, 1, 1)), 5),
        "ndimage.median_filter": (lambda: ndimage.median_filter(part.array, 3, mode="nearest"), 2),
    }
    ours = ctkit.denoise(part, "median", radius_mm=0.6).array
    equal = np.array_equal(ours, sitk.GetArrayFromImage(sitk.Median(image, (1, 1, 1))))
    yield from simple_table(in_turn(runs), "ctkit.denoise, 3 x 3 x 3", ("", "times ctkit"))
    yield ""
    yield f"int16 in and out; equal to SimpleITK's bit for bit: {'yes' if equal else 'NO'}."


def window_table(scan):
    hu = scan.array
    table = ctkit.apply_window(np.arange(65536, dtype=np.uint16).view(np.int16), 40, 80, dtype="u1")
    target = np.empty_like(hu)
    runs = {
        "memcpy of the input": (lambda: np.copyto(target, hu), ROUNDS),
        "ctkit.apply_window, uint8": (lambda: ctkit.apply_window(hu, 40, 80, dtype="u1"), ROUNDS),
        "a table and np.take": (lambda: np.take(table, hu.view(np.uint16)), 3),
        "clip in float64, as tutorials do": (lambda: _tutorial_window(hu), 3),
    }
    yield from simple_table(in_turn(runs), "memcpy of the input", ("", "times memcpy"))


def _tutorial_window(hu):
    return (np.clip((hu - 0.0) / 80.0, 0, 1) * 255).astype(np.uint8)


GROWING = {
    "resample, cubic": "lambda v: ctkit.resample(v, 1.0)",
    "resample, linear": "lambda v: ctkit.resample(v, 1.0, kernel='linear')",
    "head_mask": "lambda v: ctkit.head_mask(v)",
    "median, 3 x 3 x 3": "lambda v: ctkit.denoise(v, 'median', radius_mm=0.6)",
    "apply_window, uint8": "lambda v: ctkit.apply_window(v.array, 40, 80, dtype=np.uint8)",
}


def growth_table(scan):
    counts = (50, 100, 200, 400)
    yield (
        "| operation | " + " | ".join(f"{n} slices" for n in counts) + " | peak memory, 50 to 400 |"
    )
    yield "|---|" + "---|" * (len(counts) + 1)
    middle = scan.array[50:150]
    scans = [ctkit.Volume(np.tile(middle, (4, 1, 1))[:n], scan.affine) for n in counts]
    for name, code in GROWING.items():
        work = eval(code)
        runs = {n: (lambda v=v: work(v), 2) for n, v in zip(counts, scans, strict=True)}  # noqa: B023
        best = {n: min(taken) for n, taken in in_turn(runs).items()}
        peaks = [
            subprocess.run(
                [sys.executable, "-c", PEAK, code, str(n)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for n in counts
        ]
        cells = " | ".join(f"{1000 * best[n]:.0f} ms" for n in counts)
        yield f"| {name} | {cells} | {', '.join(f'{float(p):.2f}' for p in peaks)} |"


def import_seconds(name, rounds=7):
    code = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(rounds)
    ]
    return min(float(run.stdout) for run in runs)


def main():
    known = Exactness()
    for_each(len, [])  # threads once, before anything is timed
    scan = known.scan
    numpy_seconds, own_seconds = import_seconds("numpy"), import_seconds("ctkit")
    lines = []

    def add(*more):
        """As soon as it is known: the whole takes minutes."""
        lines.extend(more)
        print(*more, sep="\n", flush=True)

    add(
        "# Processing, measured",
        "",
        f"`make bench-process`: contenders in turn on a phantom's head of {scan.shape[0]} slices "
        f"of 512 x 512, 0.8 x 0.49 x 0.49 mm, int16. Python {platform.python_version()}, NumPy "
        f"{np.__version__}, SimpleITK {sitk.Version.VersionString()}, 2 processors. Other work on "
        "the machine moves the times; ratios are of medians (and of bests).",
        "",
        "## To 1 mm",
        "",
    )
    add(*resampling_tables(known))
    add(
        "",
        "The truth is the mean over the voxel, known for the phantom (point spread 0.6 mm SD), on "
        "the grid that each resampler gives, read as it is usually read: 1 mm steps, and for all "
        "but ctkit the first centre where it was. With averaging a result stands for the mean over "
        "a voxel of 1 mm; without, for the mean over a voxel of the old size at the new centre. "
        "Overshoot is in percent of an edge of 2000 HU, seen through a point spread of 0.4 mm SD.",
        "",
        "## The head's mask",
        "",
    )
    add(*masking_table(scan))
    add(
        "",
        "## The median, 40 slices, noise of 12 HU",
        "",
    )
    add(*median_table(scan))
    add(
        "",
        "## A window, to 8 bits",
        "",
    )
    add(*window_table(scan))
    add(
        "",
        "## Growth",
        "",
    )
    add(*growth_table(scan))
    add(
        "",
        "Best of 2. Peak memory is what comes on top of the input, in sizes of the input (int16), "
        "result included.",
        "",
        "## Import",
        "",
        f"`import ctkit` {1000 * own_seconds:.0f} ms, `import numpy` "
        f"{1000 * numpy_seconds:.0f} ms: {own_seconds / numpy_seconds:.2f} times.",
        "",
    )
    TARGET.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
