"""Parts for training, validation and test: by patient, never by slice or by scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import real, whole
from ..errors import ParameterError

if TYPE_CHECKING:
    import pandas


def split(
    table: pandas.DataFrame,
    shares: Mapping[str, float],
    seed: int = 0,
    stratify: str | None = None,
) -> pandas.Series:
    """Which part each scan belongs to.

    All scans of a patient come into one part, and so do scans of a study, as reconstructions of one
    head, and scans with the same voxels, whoever they are said to be of. A scan of which none of
    them is known counts as a patient of its own.

    Parameters
    ----------
    table : pandas.DataFrame
        A manifest.
    shares : mapping of name to share
        Such as ``{"train": 0.7, "val": 0.15, "test": 0.15}``; they add up to 1.
    seed : int
        The same seed gives the same parts.
    stratify : str, optional
        A column, whose values are spread over the parts alike. A patient with several values
        counts by the most frequent one.

    Returns
    -------
    pandas.Series of str, "" for scans that have no result

    Raises
    ------
    ParameterError
        On shares that are none, or a column that isn't there.
    """
    parts = _as_shares(shares)
    if stratify is not None and stratify not in table:
        message = f"there is no column {stratify!r}: the columns are {', '.join(table.columns)}"
        raise ParameterError(message)
    ready = table[table["ending"] == "ready"]
    # A copy has no result, and may say that its scan is of another patient, too.
    linked = _groups(table[table["ending"].isin(("ready", "copy"))])
    groups = {number: linked[number] for number in ready.index}
    strata = _strata(ready, groups, stratify)
    order = np.random.default_rng(whole(seed, "seed is a whole number", low=0))
    where: dict[int, str] = {}  # of a group
    taken: dict[str, float] = dict.fromkeys(parts, 0.0)
    for stratum in sorted(set(strata.values())):
        members = sorted(group for group, value in strata.items() if value == stratum)
        order.shuffle(members)
        _deal(members, groups, parts, taken, where)
    chosen = table["ending"].map(lambda _: "").rename("part")
    chosen.update({number: where[group] for number, group in groups.items()})
    return chosen


def _as_shares(shares: Mapping[str, float]) -> dict[str, float]:
    words = "a share is a number from 0 to 1"
    if not isinstance(shares, Mapping):
        message = f'shares is a mapping such as {{"train": 0.8, "test": 0.2}}, not {shares!r}'
        raise ParameterError(message)
    parts = {str(name): real(share, words, low=0, high=1) for name, share in shares.items()}
    if not parts or abs(sum(parts.values()) - 1) > 1e-6:
        message = f"the shares add up to {sum(parts.values()):g}, not to 1: {dict(shares)}"
        raise ParameterError(message)
    return parts


def _groups(ready: pandas.DataFrame) -> dict[int, int]:
    """The group of each row: rows that share a patient, a study or voxels, directly or through
    others.
    """
    group = {number: number for number in ready.index}

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]  # the way is half as long the next time
            number = group[number]
        return number

    for column in ("patient", "study", "content"):
        first: dict[str, int] = {}
        for number, value in ready[column].dropna().items() if column in ready else ():
            group[root(number)] = root(first.setdefault(value, number))
    return {number: root(number) for number in group}


def _strata(
    ready: pandas.DataFrame, groups: Mapping[int, int], column: str | None
) -> dict[int, str]:
    """The value that each group counts by."""
    if column is None:
        return dict.fromkeys(groups.values(), "")
    values = ready[column].astype(str)
    by_group = values.groupby(ready.index.map(groups)).agg(lambda held: held.mode().iloc[0])
    return dict(by_group)


def _deal(
    members: list[int],
    groups: Mapping[int, int],
    parts: Mapping[str, float],
    taken: dict[str, float],
    where: dict[int, str],
) -> None:
    """Give each group of a stratum to the part that lacks most of its share, large groups first.

    Where parts lack as much in the stratum, the one that lacks more of the whole takes it.
    """
    counts = Counter(groups.values())
    sizes = {group: counts[group] for group in members}
    here = dict.fromkeys(parts, 0.0)

    def lack(name: str, held: Mapping[str, float], size: int) -> float:
        return round(parts[name] * (sum(held.values()) + size) - held[name], 9)

    for group in sorted(members, key=lambda one: -sizes[one]):
        size = sizes[group]
        part = max(parts, key=lambda name: (lack(name, here, size), lack(name, taken, size)))
        where[group] = part
        here[part] += size
        taken[part] += size
