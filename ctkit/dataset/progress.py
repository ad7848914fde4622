"""How far a run has come: a bar in the notebook or the terminal."""

from __future__ import annotations

import os
import sys
from collections import Counter
from types import TracebackType
from typing import Any

from .work import Row


class Progress:
    """A bar with counts, rate and time left; the address of Dask's dashboard stands above it."""

    def __init__(self, count: int, client: Any, shown: bool) -> None:
        from tqdm.auto import tqdm

        self._endings: Counter[str] = Counter()
        shown = shown and os.environ.get("CTKIT_PROGRESS") != "0"
        if shown:
            tqdm.write(f"Dask's dashboard: {client.dashboard_link}", file=sys.stderr)
        self._bar = tqdm(total=count, unit="scan", disable=not shown, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._bar.close()

    def step(self, rows: list[Row]) -> None:
        """One more unit is done, with these rows."""
        self._endings.update(row["ending"] for row in rows)
        self._bar.set_postfix(self._endings, refresh=False)
        self._bar.update()
