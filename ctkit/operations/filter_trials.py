"""What each filter takes from the noise, and what that costs at the skull's edge."""

import re
from typing import NamedTuple

import numpy as np

from .cropping import crop_box
from .denoising import (
    _FAR,
    _PER_NOISE,
    _SIGMA_MM,
    _STRENGTH,
    METHODS,
    _median_size,
    _noise,
    denoise,
)
from .measuring import edge_width, noise_sd, psnr, ssim


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


class FilterTable(list):
    """Rows of `compare_filters`, which show as a table; `ctkit.show_filters` draws them."""

    def __repr__(self):
        lines = ["filter     setting     noise HU  edge mm"]
        lines[0] += "  PSNR dB   SSIM" if any(row.ssim is not None for row in self) else ""
        for row in self:
            known = "" if row.psnr_db is None else f"{row.psnr_db:9.1f}{row.ssim:7.3f}"
            measured = f"{row.noise_hu:9.1f}{row.edge_mm:9.2f}{known}"
            lines.append(f"{row.filter:<11}{row.setting:<11}{measured}")
        return "\n".join(lines)


def compare_filters(
    volume, truth=None, *, region=None, filters=None, strengths=(1,), slices=8, data_range=4095
):
    """What each filter takes from the noise, and what that costs at the skull's edge.

    Parameters
    ----------
    volume : Volume of HU
    truth : Volume of HU, optional
        On the same grid, without noise: a phantom's. Adds PSNR and SSIM.
    region : Volume of bool, optional
        Flat region for the noise; blind without it (see `noise_sd`).
    filters : dict of method to its parameters, optional
        All methods of `ctkit.denoise` by default, with their own parameters.
    strengths : sequence of float
        Each filter is taken at its usual strength, in mm or from the measured noise in HU,
        times each of these; more than one also part the median into 3 x 3 and 3 x 3 x 3.
    slices : int or None
        So many in the middle (of `region`, if given) are filtered and measured; None: all.
    data_range : float, in HU, for PSNR and SSIM

    Returns
    -------
    FilterTable, a list of FilterRow; the first, "none", is `volume` itself
    """
    part = _middle(volume, region, slices)
    volume, truth, region = (_part(each, part) for each in (volume, truth, region))
    table = FilterTable()
    named = filters and filters.items()
    for name, parameters in (("none", None), *(named or _settings(volume, strengths))):
        result = volume if parameters is None else denoise(volume, name, **parameters)
        row = FilterRow(name, noise_sd(result, region), edge_width(result))
        if parameters is not None:
            row = row._replace(setting=_setting(volume, name, result.report[-1]))
        if truth is not None:
            near = psnr(result, truth, data_range), ssim(result, truth, data_range)
            row = row._replace(psnr_db=near[0], ssim=near[1])
        table.append(row)
    return table


def _middle(volume, region, slices):
    """The slices to take, as a slice."""
    count = volume.shape[0]
    slices = count if slices is None else min(slices, count)
    middle = count // 2
    if region is not None and region.array.any():
        middle = int(np.median(np.flatnonzero(region.array.any(axis=(1, 2)))))
    start = min(max(middle - slices // 2, 0), count - slices)
    return slice(start, start + slices)


def _part(volume, part):
    if volume is None:
        return None
    box = (part.start, 0, 0), (part.stop, *volume.shape[1:])
    return crop_box(volume, *box)


def _settings(volume, strengths):
    """Method and parameters of each filter at each strength."""
    noise, row = _noise(volume), volume.spacing[1]
    for name in METHODS:
        if name == "median":
            # 0.6 of a step reach the next voxel along it, and none further apart.
            steps = {row, max(volume.spacing)} if max(volume.spacing) < _FAR * row else {row}
            radii = [0.6 * step for step in sorted(steps)] if len(strengths) > 1 else [None]
            yield from (("median", {"radius_mm": radius}) for radius in radii)
            continue
        usual = _PER_NOISE[name] * noise if name in _PER_NOISE else _SIGMA_MM
        yield from ((name, {_STRENGTH[name]: usual * times}) for times in strengths)


def _setting(volume, name, report):
    """The strength of a filter in words, from the line of its report."""
    value = float(re.search(rf"{_STRENGTH[name]}=([\d.e+-]*\d)", report)[1])
    if name == "median":
        return " x ".join(str(n) for n in _median_size(volume, value) if n > 1)
    return f"{value:.2g} {'mm' if name == 'gaussian' else 'HU'}"
