"""The page of bugs, run with each of them repaired: its table of errors is 0."""

import re
import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import _pages

from ctkit.exercises.registry import exercises_of, find

CODE = [cell for cell in _pages.cells("13") if cell.cell_type == "code"]
# The cells from here on know the scan; to make it takes as long as all the rest.
SCANNED = 1 + next(i for i, cell in enumerate(CODE) if "head_phantom()" in cell.source)


@cache
def scanned():
    """The names that there are once the scan is made."""
    space = {}
    for cell in CODE[:SCANNED]:
        assert "exercise" not in cell.metadata
        exec(cell.source, space)
    return space


def run(repaired, capsys):
    """What the page prints when these exercises have their solutions in their cells."""
    space = dict(scanned())
    for cell in CODE[SCANNED:]:
        id = cell.metadata.get("exercise")
        exec(find(id).code() if id in repaired else cell.source, space)
    return capsys.readouterr().out


def errors(printed):
    return {name: float(off) for name, off in re.findall(r"^(\w+) {2,}([\d.]+) ", printed, re.M)}


def test_with_all_repaired_nothing_is_off(capsys):
    ids = [one.id for one in exercises_of("13")]
    printed = run(ids, capsys)
    assert "12 of 12 repaired" in printed
    assert set(errors(printed).values()) == {0}
    assert list(errors(printed)) == [find(id).name for id in ids]


def test_a_repair_mends_its_own_row_alone(capsys):
    before, after = errors(_pages.printed("13")), errors(run(["13.6"], capsys))
    assert min(before.values()) > 0
    assert after == before | {"crop": 0}
