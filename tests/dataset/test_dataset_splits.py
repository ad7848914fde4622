"""Splits: by patient, seeded, stratified, and no scan on both sides under another name."""

import numpy as np
import pandas
import pytest

import ctkit
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
    with pytest.raises(ctkit.ParameterError, match="no column 'age'"):
        split(table_of(4), SHARES, stratify="age")
