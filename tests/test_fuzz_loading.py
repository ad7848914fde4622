"""Files from a stranger: any mutation ends as a Volume or a CTError, soon and in little memory."""

import os
import random
import resource
import tempfile
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hard_cases import CASES
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import ctkit

CONTAINERS = (
    "implicit VR",
    "explicit VR",
    "big endian",
    "deflated",
    "RLE",
    "JPEG-LS lossless",
    "JPEG 2000 lossless",
    "JPEG lossless, first-order prediction (70)",
    "JPEG baseline, 8 bits",
    "JPEG extended, 12 bits",
    "enhanced multi-frame CT",
    "enhanced CT, frames in RLE",
    "no preamble and no file meta, implicit VR",
    "a Modality LUT Sequence of HU",
    "Float Pixel Data",
    "a DICOMDIR",
    "a zip, with folders and other files",
    "a .nii",
    "a .nii.gz",
    "NIfTI-2",
    "a pair of .hdr and .img",
    "a .mha",
    "a .mha, packed",
    "a .mhd",
    "a .mhd, packed",
    "a .mha of labels",
    "a .nrrd",
    "a .nrrd, packed",
    "a .nhdr",
    "a .nhdr, packed",
    "a .nrrd of a mask",
)
SECONDS, WALL = 5, 60
MINUTES = float(os.environ.get("CTKIT_FUZZ_MINUTES", "3"))
MEGABYTES = 1000

# A change puts bytes at a place; half of the places are in the first 2 kB, where headers are.
PLACES = st.one_of(st.integers(0, 2000), st.integers(0, 200_000))
CONTENT = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from(
        [
            *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\x7f", b"SQ", b"UN", b"-", b"9"),
            *(b"\n", b" = ", b": ", b" 99999999999 ", b"1e999", b"nan", b"0 0 0", b"", b"\0" * 40),
        ]
    ),
)
# How much of what was there they take the place of: as much, or another number of bytes.
TAKEN = st.one_of(st.none(), st.integers(0, 40))
MUTATIONS = st.tuples(
    st.sampled_from(CONTAINERS),
    st.lists(st.tuples(PLACES, TAKEN, CONTENT), max_size=6),
    st.one_of(st.none(), st.floats(0, 1)),
)


@cache
def whole(name):
    """(bytes of one file of a case, its name, its voxels by name if they are beside it)."""
    case = next(case for case in CASES if case.name == name)
    with tempfile.TemporaryDirectory() as folder:
        path = case.build(Path(folder))
        if path.is_dir():
            path = sorted(p for p in path.rglob("*") if p.is_file())[0]
        voxels = [path.with_suffix(end) for end in (".img", ".raw", ".zraw", ".raw.gz")]
        beside = {p.name: p.read_bytes() for p in voxels if p.is_file()}
        return path.read_bytes(), path.name, beside


def mutated(name, changes, keep):
    content, file, beside = whole(name)
    content = bytearray(content)
    for place, taken, new in changes:
        place %= max(len(content), 1)
        content[place : place + (len(new) if taken is None else taken)] = new
    kept = content if keep is None else content[: int(keep * len(content))]
    return {file: bytes(kept)} | beside


def write(folder, files):
    """The path of the first of some files."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / next(iter(files))


def check(files):
    """Load it and list it: a Volume or a CTError, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), files)
        start, wall = time.process_time(), time.monotonic()
        with warnings.catch_warnings(action="error", category=RuntimeWarning):
            for read in (ctkit.load, ctkit.list_series, ctkit.header):
                with suppress(ctkit.CTError):
                    read(path)
        # Other work on the machine is no hang, and a decoder's child has a clock of its own.
        assert time.process_time() - start < SECONDS
        assert time.monotonic() - wall < WALL
        assert {p.name for p in Path(folder).iterdir()} == set(files)


@pytest.fixture(autouse=True)
def little_memory():
    """Fails what takes a gigabyte: of addresses, which is stricter than of memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEGABYTES * 2**20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


COMMON = dict(
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "a DICOMDIR"])
def test_what_is_mutated_is_whole_before(name, tmp_path):
    """Else every mutation would end alike, and say nothing."""
    path = write(tmp_path, mutated(name, [], None))
    assert ctkit.load(path).shape[0] >= 1
    assert ctkit.list_series(path)[0].loadable


@settings(max_examples=400, derandomize=True, **COMMON)
@given(MUTATIONS)
def test_mutations(mutation):
    check(mutated(*mutation))


@pytest.mark.slow
@pytest.mark.timeout(60 * MINUTES + 600)
def test_mutations_for_minutes(capsys):
    """Others in each run, for CTKIT_FUZZ_MINUTES."""
    end, tried = time.monotonic() + 60 * MINUTES, 0

    @settings(max_examples=200, **COMMON)
    @given(MUTATIONS)
    def some(mutation):
        nonlocal tried
        tried += 1
        check(mutated(*mutation))

    while time.monotonic() < end:
        seed(random.SystemRandom().getrandbits(64))(some)()
    with capsys.disabled():
        print(f"\n{tried:,} mutations in {MINUTES:g} minutes")


@settings(max_examples=60, derandomize=True, **COMMON)
@given(
    st.binary(max_size=600), st.sampled_from([b"", bytes(128) + b"DICM", b"PK\3\4", b"\x1f\x8b"])
)
def test_random_bytes(content, start):
    check({"stranger": start + content})
