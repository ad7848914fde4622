"""Page 14: who is left to do, what is done twice, who is known, and the sums on paper."""

import re

import _pages
import numpy as np
import pytest

from ctkit.phantom import Part, Phantom, make_grid

PRINTED = _pages.printed("14")
BROKEN = (16, 20, 24)


def number(pattern):
    """The number that the page prints there."""
    return float(re.search(pattern, PRINTED)[1].replace(",", ""))


def test_what_a_loop_that_dies_at_the_17th_file_costs():
    files = [n for n in range(27) if n != 20]  # scan 20 is a folder
    first = files.index(16)
    assert f"{first} scans are ready, and 0 files are on the disk" in PRINTED
    assert f"{first}, {len(files) - first}, 0\n" in PRINTED
    assert f"saves the work on {first} of {len(files)} files" in PRINTED


def test_the_bytes_that_a_file_needs():
    assert number(r"its header needs ([\d,]+)") == 352 + 46 * 52 * 52 * 2


def test_who_is_begun_and_begun_again():
    opened = 27 - 2  # the file that was cut off, and the series with a gap
    assert number(r"begun (\d+) times") == opened + 1  # the scan that was killed
    assert f"Run of 27 scans: {27 - len(BROKEN)} ready, {len(BROKEN)} refused" in PRINTED
    assert number(r"before the resampling, and (\d+) times after it") == 27 - len(BROKEN)


def test_whose_patient_is_known():
    ready = np.array([n for n in range(27) if n not in BROKEN])
    drawn = np.isin(ready, np.random.default_rng(4).permutation(ready)[: len(ready) // 4])
    known = np.isin(ready[drawn] % 18, ready[~drawn] % 18)
    assert number(r"by scan: (\d+) % of the test") == round(100 * known.mean())
    assert number(r"by patient: (\d+) % of") == 0


def test_the_blood_that_comes_back():
    """Scan 5, on the page's grid with the size of its patient's head."""
    draw = np.random.default_rng(5)
    size = np.random.default_rng(5).uniform(0.9, 1.1)
    place = draw.uniform((-35, -45, 0), (35, 45, 45))
    grid = make_grid((46, 52, 52), (5, 5, 5), center=(0, 8, 5))
    blood = Phantom((Part("blood", 75, tuple(place), (14, 14, 14)),)).mask(grid, "blood")
    ml = blood.array.sum() * (5 * size) ** 3 / 1000
    assert number(r"of ([\d.]+) ml are back") == pytest.approx(ml, abs=0.05)
    assert number(r"([\d.]+) of [\d.]+ ml are back") == pytest.approx(ml, rel=0.1)


def test_disk_and_workers():
    assert number(r"1 worker: (\d+) scans") == 3600 / 0.5
    assert number(r"; 4: (\d+)") == 4 * 3600 / 0.5
    assert number(r"; 32: (\d+)") == 3600 / 0.05
    assert "4 workers are 4 times as fast, and 32 are 10 times as fast" in PRINTED


def test_a_million_scans_on_paper():
    mb = 512 * 512 * 300 * 2 / 1e6
    assert f"{mb:.0f} MB a scan, {mb:.0f} TB in all" in PRINTED
    assert number(r"(\d+) hours on one core") == round(1e6 * 20 / 3600)
    assert number(r"(\d+) dollars of work") == round(1e6 * 20 / 3600 * 0.04)
    assert number(r"(\d+) dollars a month") == round(1e6 * mb / 1e3 * 0.02)
    assert number(r"GB a second: (\d+) hours") == round(1e6 * mb / 1e3 / 3600)


def test_what_a_row_of_the_manifest_takes():
    """The page measures it; the table of what breaks says it again."""
    kb = number(r"a row of our manifest: (\d+) kB")
    gb = number(r"a million rows: (\d+) GB")
    assert f"a row takes about {kb:.0f} kB, so a million rows take {gb:.0f} GB" in _pages.prose(
        "14"
    )
    assert kb == gb
