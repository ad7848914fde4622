"""Splits: by patient, seeded, stratified, and no scan on both sides under another name."""

import time

import _scans
import numpy as np
import pandas
import pytest

import ctkit
from ctkit.dataset.facts import content_of
from ctkit.dataset.notes import notes_on
from ctkit.dataset.splits import split

SHARES = {"train": 0.6, "val": 0.2, "test": 0.2}


def table_of(count, per_patient=2, seed=0):
    chance = np.random.default_rng(seed)
    return pandas.DataFrame(
        {
            "ending": ["ready"] * count,
            "patient": [f"p{number // per_patient}" for number in range(count)],
            "content": [f"c{number}" for number in range(count)],
            "table_sex": chance.choice(["f", "m"], count, p=[0.3, 0.7]),
        }
    )


def test_no_patient_and_no_scan_is_on_two_sides():
    table = table_of(200, per_patient=3)
    table.loc[7, "content"] = table.loc[150, "content"]  # one scan, of two patients
    table.loc[9, "patient"] = None
    table.loc[11, "ending"] = "refused"
    parts = split(table, SHARES, seed=4)
    ready = table.assign(part=parts)[table["ending"] == "ready"]
    assert (ready.groupby("patient")["part"].nunique() == 1).all()
    assert (ready.groupby("content")["part"].nunique() == 1).all()
    assert parts[11] == ""
    assert set(parts[ready.index]) == set(SHARES)


def test_scans_of_a_study_stay_together_where_no_patient_is_named():
    table = table_of(60).assign(patient=None, study=[f"s{number // 2}" for number in range(60)])
    parts = split(table, SHARES, seed=2)
    assert (parts[::2].to_numpy() == parts[1::2].to_numpy()).all()
    assert set(parts) == set(SHARES)


def test_one_patient_of_many_studies_is_told():
    table = table_of(6).assign(patient="p", study=list("abcdef"), copy_of=None, tilt_deg=0.0)
    for axis in ("slice", "row", "column"):
        table[f"{axis}s"], table[f"spacing_{axis}"] = 1, 1.0
    assert "all of 6 scans have one PatientID" in notes_on(table)[-1]
    assert notes_on(table.assign(study="a")) == notes_on(table.assign(patient=list("abcdef"))) == []


def test_a_scan_has_the_same_content_in_whatever_order_its_axes_are():
    volume, _ = _scans.head(1, tilt_deg=9)
    for letters in ("LAS", "PIR", "SAL"):
        assert content_of(volume.reorient(letters)) == content_of(volume)
    mirrored = volume.with_array(volume.array[:, :, ::-1])
    assert content_of(mirrored) != content_of(volume)


def test_a_copy_links_the_patients_that_it_is_said_to_be_of():
    table = table_of(60, per_patient=1)
    table.loc[30:, "content"] = [f"c{number}" for number in range(30)]
    table.loc[30:, "ending"] = "copy"
    table = pandas.concat([table, table_of(60, per_patient=1).assign(content=None)])
    table = table.reset_index(drop=True)
    parts = split(table, SHARES, seed=3)
    # Scan n is of patient n, and its copy says patient n + 30.
    for number in range(30):
        assert len({parts[number], parts[60 + number], parts[90 + number]}) == 1
    assert set(parts[30:60]) == {""}


def test_many_scans_are_split_at_once():
    begun = time.perf_counter()
    split(table_of(20_000, per_patient=3), SHARES, stratify="table_sex")
    assert time.perf_counter() - begun < 4  # where each looks at all others it is 13


def test_shares_come_out_and_the_seed_decides():
    table = table_of(300)
    parts = split(table, SHARES, seed=1)
    counts = parts.value_counts(normalize=True)
    for name, share in SHARES.items():
        assert counts[name] == pytest.approx(share, abs=0.02)
    assert parts.equals(split(table, SHARES, seed=1))
    assert not parts.equals(split(table, SHARES, seed=2))


def test_a_column_is_spread_alike():
    table = table_of(400, per_patient=1)
    parts = split(table, SHARES, seed=0, stratify="table_sex")
    women = (table["table_sex"] == "f").groupby(parts).mean()
    assert women.max() - women.min() < 0.03
    few = pandas.DataFrame(
        {"ending": ["ready"] * 20, "patient": [None] * 20, "content": list("abcdefghijklmnopqrst")}
    ).assign(rare=["yes"] * 5 + ["no"] * 15)
    assert set(split(few, SHARES, stratify="rare")[:5]) == set(SHARES)


def test_bad_shares_and_columns_get_a_sentence():
    with pytest.raises(ctkit.ParameterError, match=r"add up to 0\.9, not to 1"):
        split(table_of(4), {"train": 0.6, "test": 0.3})
    with pytest.raises(ctkit.ParameterError, match="shares is a mapping such as"):
        split(table_of(4), [0.5, 0.5])
    with pytest.raises(ctkit.ParameterError, match="no column 'age'"):
        split(table_of(4), SHARES, stratify="age")
