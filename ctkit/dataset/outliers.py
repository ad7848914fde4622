"""Which scans of a set are unlike the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas

#: What scans are compared by, where the table has it, and the unit of each.
COMPARED = {
    "original_slices": "",
    "original_spacing_slice": "mm",
    "original_spacing_row": "mm",
    "original_p0.5": "HU",
    "original_p50": "HU",
    "original_p99.5": "HU",
    "p0.5": "",
    "p50": "",
    "p99.5": "",
}
# A scan is told where it lies so many robust SDs from the median.
FAR = 5.0
# The MAD of a normal distribution times this is its SD.
_SD_OF_MAD = 1.4826


def outliers(table: pandas.DataFrame) -> dict[int, list[str]]:
    """What is unlike the others, in sentences, by the number of the row; the worst row first.

    Parameters
    ----------
    table : pandas.DataFrame
        A manifest.

    Notes
    -----
    A value is told where it lies more than `FAR` robust SDs from the median (1.4826 times the
    median absolute deviation, or a tenth of the interquartile range where half of all scans agree).
    """
    ready = table[table["ending"] == "ready"]
    units = COMPARED | {name: "ml" for name in ready if name.startswith("ml_")}
    told: dict[int, list[str]] = {}
    worst: dict[int, float] = {}
    for name in (name for name in units if name in ready):
        values = ready[name].astype(float)
        middle, spread = float(values.median()), _spread(values.to_numpy())
        for row, value in values[(values - middle).abs() > FAR * spread].items():
            number = int(str(row))
            unit = f" {units[name]}" if units[name] else ""
            told.setdefault(number, []).append(
                f"{name} is {value:.4g}{unit}, where half of the set has {middle:.4g} or less"
            )
            far = abs(value - middle) / spread if spread else np.inf
            worst[number] = max(worst.get(number, 0.0), far)
    return {number: told[number] for number in sorted(told, key=lambda one: -worst[one])}


def _spread(values: np.ndarray) -> float:
    found = values[np.isfinite(values)]
    if not len(found):
        return np.inf
    spread = _SD_OF_MAD * float(np.median(np.abs(found - np.median(found))))
    low, high = np.percentile(found, (10, 90))
    # Where most scans agree to the digit, a hair's breadth is no outlier.
    return max(spread, 0.1 * float(high - low), 1e-3 * abs(float(np.median(found))), 1e-6)
