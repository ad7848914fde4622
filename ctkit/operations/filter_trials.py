"""What each filter takes from the noise, and what that costs at the skull's edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..arguments import members, reals, whole
from ..errors import ParameterError
from ..volume import Volume, as_hu, as_mask
from .cropping import crop_box
from .denoising import METHODS, filtered, setting_in_words, settings_at
from .measuring import edge_width, noise_sd, psnr, ssim

_DATA_RANGE = 4095  # HU of a 12-bit CT


class FilterRow(NamedTuple):
    """What a filter did: noise in HU, edge in mm, and nearness to the truth, if known.

    ``filter`` is the method and ``setting`` its strength: mm, HU, or voxels of a median.
    """

    filter: str
    noise_hu: float
    edge_mm: float
    psnr_db: float | None = None
    ssim: float | None = None
    setting: str = ""


class FilterTable(list[FilterRow]):
    """Rows of `compare_filters`, which show as a table; `ctkit.show_filters` draws them."""

    def __repr__(self) -> str:
        lines = ["filter     setting     noise HU  edge mm"]
        lines[0] += "  PSNR dB   SSIM" if any(row.ssim is not None for row in self) else ""
        for row in self:
            known = "" if row.psnr_db is None else f"{row.psnr_db:9.1f}{row.ssim:7.3f}"
            measured = f"{row.noise_hu:9.1f}{row.edge_mm:9.2f}{known}"
            lines.append(f"{row.filter:<11}{row.setting:<11}{measured}")
        return "\n".join(lines)


def compare_filters(
    volume: Volume,
    truth: Volume | None = None,
    *,
    region: Volume | np.ndarray | None = None,
    filters: Mapping[str, Mapping[str, float]] | None = None,
    strengths: Sequence[float] | None = None,
    slices: int | None = 8,
    data_range: float | None = None,
) -> FilterTable:
    """What each filter takes from the noise, and what that costs at the skull's edge.

    Parameters
    ----------
    volume : Volume of HU
    truth : Volume of HU, optional
        On the same grid, without noise: a phantom's. Adds PSNR and SSIM.
    region : Volume of bool on the grid of `volume`, or an array of bool, optional
        Flat region for the noise; blind without it (see `noise_sd`).
    filters : dict of method to its parameters, optional
        All methods of `ctkit.denoise` by default, with their own parameters.
    strengths : sequence of float, optional, instead of `filters`
        Each filter is taken at its usual strength, in mm or from the measured noise in HU,
        times each of these. With more than one, the median is taken as 3 x 3 and as
        3 x 3 x 3. By default the usual strength alone.
    slices : int or None
        So many in the middle (of `region`, if given) are filtered and measured; None: all.
    data_range : float, in HU, optional
        For PSNR and SSIM, and so only together with `truth`; by default 4095.

    Returns
    -------
    FilterTable, a list of FilterRow; the first, "none", is `volume` itself

    Raises
    ------
    ParameterError
        On `strengths` together with `filters`, `data_range` without `truth`, or values that
        are none.
    UnitError
        Where `volume` or `truth` is a mask, or `region` is none; on NaN or infinities in the
        slices that are taken.
    GeometryError
        Where `truth` or `region` lies on another grid.
    """
    volume = as_hu(volume)
    truth = None if truth is None else as_hu(truth, "truth", on=volume)
    flat = None if region is None else as_mask(region, "region", on=volume)
    if data_range is not None and truth is None:
        message = "data_range is for PSNR and SSIM, which need a truth: compare_filters(v, truth)"
        raise ParameterError(message)
    part = _middle(volume, flat, slices)
    volume, truth, flat = _part(volume, part), _part(truth, part), _part(flat, part)
    as_hu(volume, finite=True)
    height = _DATA_RANGE if data_range is None else data_range
    table = FilterTable([_row("none", volume, truth, flat, height)])
    for name, parameters in _trials(volume, filters, strengths):
        result, used = filtered(volume, name, **parameters)
        words = setting_in_words(volume, name, used)
        table.append(_row(name, result, truth, flat, height)._replace(setting=words))
    return table


def _trials(volume: Volume, filters: Any, strengths: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Method and parameters of each trial."""
    if filters is None:
        words = "strengths are numbers above 0"
        if strengths is not None:
            strengths = reals(strengths, words, max(1, len(members(strengths))), above=0)
        return list(settings_at(volume, strengths))
    if strengths is not None:
        message = (
            "filters name their parameters, and strengths are instead of those: leave one away"
        )
        raise ParameterError(message)
    if not isinstance(filters, Mapping) or not all(
        isinstance(parameters, Mapping) for parameters in filters.values()
    ):
        message = (
            f"filters is a dict of a method ({', '.join(METHODS)}) to the dict of its parameters, "
            f"not {filters!r}"
        )
        raise ParameterError(message)
    return list(filters.items())


def _row(
    name: str, result: Volume, truth: Volume | None, region: Volume | None, data_range: float
) -> FilterRow:
    row = FilterRow(name, noise_sd(result, region), edge_width(result))
    if truth is None:
        return row
    near = psnr(result, truth, data_range), ssim(result, truth, data_range)
    return row._replace(psnr_db=near[0], ssim=near[1])


def _middle(volume: Volume, region: Volume | None, slices: Any) -> slice:
    """The slices to take, as a slice."""
    count = volume.shape[0]
    if slices is None:
        return slice(0, count)
    taken = min(whole(slices, "slices is a number of slices above 0, or None", low=1), count)
    middle = count // 2
    if region is not None and region.array.any():
        middle = int(np.median(np.flatnonzero(region.array.any(axis=(1, 2)))))
    start = min(max(middle - taken // 2, 0), count - taken)
    return slice(start, start + taken)


def _part(volume: Any, part: slice) -> Any:
    if volume is None:
        return None
    return crop_box(volume, (part.start, 0, 0), (part.stop, *volume.shape[1:]))
