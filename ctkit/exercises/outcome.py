"""What one try of an answer gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What one try gave.

    Attributes
    ----------
    value
        What came out; None where it raised.
    raised : BaseException or None
        What was raised: an EndlessError for an answer that did not end.
    line : int or None
        The line of its file that raised it, from 1.
    file : str
        The file, or what stands for one: a cell.
    changed : bool
        Whether the answer changed its input.
    printed : str
        What it printed, or the beginning of that.
    plotted : int
        How many figures of matplotlib it left open.
    threads : int
        How many threads it left running.
    """

    value: Any
    raised: BaseException | None = None
    line: int | None = None
    file: str = ""
    changed: bool = False
    printed: str = ""
    plotted: int = 0
    threads: int = 0
