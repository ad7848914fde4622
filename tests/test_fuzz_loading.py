"""Files from a stranger: any mutation ends as a Volume or a CTError, soon and in little memory."""

import resource
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hard_cases import CASES
from hypothesis import HealthCheck, Phase, given, settings
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
)
SECONDS = 5
MEGABYTES = 1000

# A change puts bytes at a place; half of the places are in the first 2 kB, where headers are.
PLACES = st.one_of(st.integers(0, 2000), st.integers(0, 200_000))
CONTENT = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from(
        [b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\x7f", b"SQ", b"UN", b"-", b"9"]
    ),
)
MUTATIONS = st.tuples(
    st.sampled_from(CONTAINERS),
    st.lists(st.tuples(PLACES, CONTENT), max_size=6),
    st.one_of(st.none(), st.floats(0, 1)),
)


@cache
def seed(name):
    """(bytes of one file of a case, its name)."""
    case = next(case for case in CASES if case.name == name)
    with tempfile.TemporaryDirectory() as folder:
        path = case.build(Path(folder))
        if path.is_dir():
            path = sorted(p for p in path.rglob("*") if p.is_file())[0]
        return path.read_bytes(), path.name


def mutated(name, changes, keep):
    content, file = seed(name)
    content = bytearray(content)
    for place, new in changes:
        place %= max(len(content), 1)
        content[place : place + len(new)] = new
    return bytes(content if keep is None else content[: int(keep * len(content))]), file


def check(content, name):
    """Load it and list it: a Volume or a CTError, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        start = time.process_time()  # other work on the machine is no hang
        for read in (ctkit.load, ctkit.list_series, ctkit.header):
            with suppress(ctkit.CTError):
                read(path)
        assert time.process_time() - start < SECONDS
        assert [p.name for p in Path(folder).iterdir()] == [name]


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
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "a DICOMDIR"])
def test_what_is_mutated_is_whole_before(name, tmp_path):
    """Else every mutation would end alike, and say nothing."""
    content, file = mutated(name, [], None)
    (tmp_path / file).write_bytes(content)
    assert ctkit.load(tmp_path / file).shape[0] >= 1
    assert ctkit.list_series(tmp_path / file)[0].loadable


@settings(max_examples=300, **COMMON)
@given(MUTATIONS)
def test_mutations(mutation):
    content, name = mutated(*mutation)
    check(content, name)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, **COMMON)
@given(MUTATIONS)
def test_many_mutations(mutation):
    content, name = mutated(*mutation)
    check(content, name)


@settings(max_examples=60, **COMMON)
@given(
    st.binary(max_size=600), st.sampled_from([b"", bytes(128) + b"DICM", b"PK\3\4", b"\x1f\x8b"])
)
def test_random_bytes(content, start):
    check(start + content, "stranger")
