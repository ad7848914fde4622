"""The manifest: one row a scan, as Parquet and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..files.atomic import write_file
from .store import Store
from .work import Job, Row

if TYPE_CHECKING:
    import pandas

#: Columns that come first, in this order; all others follow as they were met.
FIRST = ("id", "ending", "reason", "patient", "study", "copy_of", "kernel", "kvp")

# What a cell begins with that a spreadsheet takes for a formula.
_FORMULA = frozenset("=+-@\t\r")


def assemble(jobs: Sequence[Job], done: Mapping[str, list[Row]]) -> list[Row]:
    """The rows of all jobs that are done, in order, with what the table of scans said of each.

    A scan whose voxels were met before says whose copy it is; one whose very files were met before
    is a row that has no result of its own.
    """
    rows: list[Row] = []
    first: dict[str, str] = {}  # id of the first row with these voxels
    seen: set[str] = set()
    for job in jobs:
        for row in done.get(job.key(), ()):
            row = {**row, **{f"table_{k}": v for k, v in job.unit.columns.items()}}
            if job.unit.patient:
                row["patient"] = job.store.hashed(f"patient {job.unit.patient}")
            if content := row.get("content"):
                row["copy_of"] = first.get(content)
                first.setdefault(content, row["id"])
            if job.key() in seen:
                row |= {"ending": "copy", "reason": "its files are those of an earlier row"}
            row["source"] = job.unit.path
            rows.append(row)
        seen.add(job.key())
    return rows


def write_manifest(store: Store, rows: list[Row]) -> None:
    """Write the manifest, and beside it, in private, which row is whose file."""
    import pyarrow
    import pyarrow.parquet

    whose = [{k: _flat(row[k]) for k in ("id", "source")} for row in rows]
    _write_csv(store, "private/sources.csv", whose)
    public = [{k: v for k, v in row.items() if k != "source"} for row in rows]
    names = list(dict.fromkeys([*FIRST, *(name for row in public for name in row)]))
    flat = [{name: _flat(row.get(name)) for name in names} for row in public]
    _write_csv(store, "manifest.csv", [{k: _harmless(v) for k, v in row.items()} for row in flat])
    table = pyarrow.Table.from_pylist(flat)
    held = io.BytesIO()
    pyarrow.parquet.write_table(table, held)
    write_file(store.at("manifest.parquet"), held.getvalue())


def read_manifest(store: Store) -> pandas.DataFrame:
    """The manifest, one row a scan."""
    import pandas

    return pandas.read_parquet(store.at("manifest.parquet"))


def sources_of(store: Store, count: int) -> list[str]:
    """Which file each row is of; "" where the private part of the set is not there."""
    try:
        with open(store.at("private", "sources.csv"), newline="", encoding="utf-8") as file:
            found = [row["source"] for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError):
        found = []
    return found if len(found) == count else [""] * count


def _flat(value: Any) -> Any:
    """A value as a cell: lists and mappings as JSON, and text that any file can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="backslashreplace").decode()
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value


def _write_csv(store: Store, name: str, rows: list[Row]) -> None:
    held = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.DictWriter(held, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_file(store.at(name), held.getvalue().encode())
