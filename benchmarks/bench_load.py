"""How long loading takes beside its floor and other loaders; writes loading.md.

All contenders run in turn, round by round, on the same files in a warm cache, so that
whatever else the machine does falls on all of them. The floor is what any loader on
pydicom has to do: its header pass, and a bare read of the pixels into an array.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from pydicom import uid
from pydicom.data import get_testdata_file

os.environ["CTKIT_PROGRESS"] = "0"
sys.path.insert(0, str(Path(__file__).parents[1]))

import ctkit

TARGET = Path(__file__).with_name("loading.md")
SLICES, SIZE, ROUNDS = 200, 512, 7
PEAK = """
import sys, ctkit
def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
ctkit.load(sys.argv[1])
before = peak()
volume = ctkit.load(sys.argv[2])
print((peak() - before) / volume.array.nbytes)
"""


def make_series(folder, count=SLICES, syntax=None):
    """A series with the header of a real GE scan, and noise on a disc as its pixels."""
    folder.mkdir()
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    random = np.random.default_rng(0)
    rows, columns = np.indices((SIZE, SIZE)) - SIZE / 2
    disc = np.where(np.hypot(rows, columns) < SIZE / 2.2, 1064, 24)
    dataset.Rows = dataset.Columns = SIZE
    for k in range(count):
        picture = disc + random.normal(0, 12, disc.shape)
        dataset.PixelData = picture.astype("<i2").tobytes()
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{k + 1}"
        dataset.ImagePositionPatient = [-158.1, -179.0, -75.7 + 2.5 * k]
        dataset.InstanceNumber = k + 1
        if syntax:
            dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(folder / f"{k * 37 % count:03d}.dcm")
        dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    return folder


def floor(folder):
    """pydicom's header pass, and a bare readinto of the pixels."""
    files = sorted(folder.iterdir())
    for file in files:
        pydicom.dcmread(file, stop_before_pixels=True)
    stack = np.empty((len(files), SIZE, SIZE), np.int16)
    for k, file in enumerate(files):
        with open(file, "rb", buffering=0) as stream:
            stream.seek(-stack[k].nbytes, os.SEEK_END)
            stream.readinto(stack[k])
    return stack


def tutorial(folder):
    """The loop of the tutorials: dcmread, stack, slope x + intercept."""
    datasets = [pydicom.dcmread(file) for file in folder.iterdir()]
    datasets.sort(key=lambda dataset: float(dataset.ImagePositionPatient[2]))
    stack = np.stack([dataset.pixel_array for dataset in datasets])
    return stack * datasets[0].RescaleSlope + datasets[0].RescaleIntercept


def simpleitk(folder):
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return sitk.GetArrayFromImage(reader.Execute())


def dicom2nifti(folder):
    import dicom2nifti

    with tempfile.TemporaryDirectory() as target:
        path = Path(target) / "scan.nii"
        dicom2nifti.dicom_series_to_nifti(folder, path)
        return nib.load(path).get_fdata()


def race(contenders, argument, rounds=ROUNDS):
    """Seconds of each contender in each round, all of them in turn."""
    seconds = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            run(argument)
            if turn:  # the first round warms caches and imports
                seconds[name].append(time.perf_counter() - start)
    return seconds


def rows(seconds, first):
    """Lines of a table: median time, and the median ratio to `first` round by round."""
    for name, times in seconds.items():
        ratios = [mine / base for mine, base in zip(times, seconds[first], strict=False)]
        yield (
            f"| {name} | {statistics.median(times) * 1000:.0f} ms | {min(times) * 1000:.0f} ms "
            f"| {statistics.median(ratios):.2f} |"
        )


def table(title, seconds, first):
    head = f"| loader | median | best | times {first} |\n|---|---|---|---|"
    return "\n".join(["", f"## {title}", "", head, *rows(seconds, first)])


def peak(folder, small):
    """Peak memory of a load, in sizes of its volume, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(small), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return float(done.stdout)


def main():
    lines = [
        "# Loading, measured",
        "",
        f"`make bench-load`, {ROUNDS} rounds in turn on files in a warm cache. Python "
        f"{platform.python_version()}, NumPy {np.__version__}, pydicom {pydicom.__version__}, "
        f"{os.cpu_count()} processors. Other work on the machine moves the times; the ratios are "
        "taken round by round.",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder = make_series(Path(temporary) / "plain")
        small = make_series(Path(temporary) / "small", 2)
        contenders = {
            "floor": floor,
            "ctkit": ctkit.load,
            "SimpleITK": simpleitk,
            "tutorial loop": tutorial,
            "dicom2nifti": dicom2nifti,
        }
        seconds = race(contenders, folder)
        title = f"{SLICES} files of {SIZE} x {SIZE}, int16, uncompressed"
        lines += [
            table(title, seconds, "floor"),
            "",
            "The floor is pydicom's header pass and a bare `readinto` of the pixels.",
        ]
        lines += ["", f"Peak memory of `ctkit.load`: {peak(folder, small):.2f} times the volume."]
        for name, syntax in (
            ("RLE", uid.RLELossless),
            ("JPEG-LS", uid.JPEGLSLossless),
            ("JPEG 2000", uid.JPEG2000Lossless),
        ):
            packed = make_series(Path(temporary) / name, 24, syntax)
            seconds = race(
                {"tutorial loop": tutorial, "ctkit": ctkit.load, "SimpleITK": simpleitk}, packed, 3
            )
            lines.append(table(f"24 files, {name} lossless", seconds, "tutorial loop"))
        path = ctkit.save(ctkit.load(folder), Path(temporary) / "scan.nii")
        seconds = race({"get_fdata": lambda p: nib.load(p).get_fdata(), "ctkit": ctkit.load}, path)
        lines.append(table(f"one .nii of {SLICES} x {SIZE} x {SIZE}", seconds, "get_fdata"))
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
