"""The quality page of a prepared set: one static page, and a viewer for each scan."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..arguments import whole
from ..files.atomic import new_folder
from ..html import html_list, html_table
from ..volume import Volume, own
from ..widgets import explore
from ..windowing import apply_window
from .outliers import outliers
from .prepared import Prepared

_WINDOW = (40.0, 400.0)  # of thumbnails of HU: soft tissue and bone both show
_THUMBNAIL = 160  # pixels along the longer side
_BARS = 24
_MOST_LABELS = 12  # of a map beside others: more colours can't be told apart
# What a histogram is drawn of, with its words.
_HISTOGRAMS = {
    "original_spacing_slice": "spacing of slices before, in mm",
    "original_spacing_row": "spacing of rows before, in mm",
    "original_p50": "median before, in HU",
    "original_p99.5": "99.5th percentile before, in HU",
    "p50": "median after",
    "seconds": "seconds a scan",
}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 80rem;
  padding: 0 1rem; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  padding: .2rem .6rem; vertical-align: top; }
.sheet, .plots { display: grid; gap: .8rem; }
.sheet { grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); }
.plots { grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }
figure { margin: 0; }
figcaption { font-size: 13px; }
.sheet img { background: #000; height: 170px; object-fit: contain; width: 100%; }
.odd { outline: 3px solid #d95f02; }
svg { height: auto; width: 100%; }
svg rect { fill: #4a78b0; }
svg text { fill: currentColor; font-size: 11px; }
"""


def write_report(run: Prepared, notes: Iterable[str], failed: list[list[str]], views: int) -> Path:
    """See `Run.report`, whose arguments these are."""
    most = whole(views, "views is a number of scans from 0", low=0)
    target = run.folder / "report"
    odd = outliers(run.table)
    order = [*odd, *(number for number in run.ready if number not in odd)]
    shutil.rmtree(target, ignore_errors=True)
    with new_folder(target, lambda _: None) as part:
        (part / "scans").mkdir()
        for number in order:
            _write_scan(run, number, part / "scans", viewer=order.index(number) < most)
        page = _page(run, notes, failed, odd, order[:most], order)
        (part / "index.html").write_text(page, encoding="utf-8")
    return target / "index.html"


def _write_scan(run: Prepared, number: int, folder: Path, viewer: bool) -> None:
    """The thumbnail of a scan, and its viewer."""
    volume = run.volume(number)
    name = str(run.table["id"].iloc[number])
    (folder / f"{name}.png").write_bytes(_thumbnail(volume))
    if viewer:
        masks = {key: run.mask(number, key) for key in run.files(number) if key != "image"}
        view = explore(volume, window=_window(volume), mask=_shown(masks))
        (folder / f"{name}.html").write_text(str(view.to_html()), encoding="utf-8")
        view.close()


def _shown(masks: Mapping[str, Volume]) -> Any:
    """What a viewer takes: one mask or label map, or several masks, with labels as masks of their
    own.
    """
    if len(masks) < 2:
        return next(iter(masks.values()), None)
    shown: dict[str, Volume] = {}
    for key, mask in masks.items():
        names = mask.labels or {}
        if 0 < len(names) <= _MOST_LABELS:
            each = {f"{key}: {name}": mask.array == value for value, name in names.items() if value}
        else:
            each = {key: mask.array != 0}
        shown |= {name: Volume(own(array), mask.affine) for name, array in each.items()}
    return shown


def _window(volume: Volume) -> tuple[float, float]:
    """The window that shows HU, or values from 0 to 1."""
    low, high = float(np.nanmin(volume.array)), float(np.nanmax(volume.array))
    return (0.5, 1.0) if low >= 0 and high <= 1 else _WINDOW


def _thumbnail(volume: Volume) -> bytes:
    """The middle axial slice as a PNG."""
    from PIL import Image

    grey = apply_window(volume.plane("axial"), *_window(volume), "LINEAR_EXACT", dtype=np.uint8)
    size = np.array(grey.shape) * volume.layout("axial").spacing  # in mm: pixels become square
    rows, columns = (max(1, round(mm)) for mm in size * _THUMBNAIL / size.max())
    picture = Image.fromarray(grey).resize((columns, rows))
    held = io.BytesIO()
    picture.save(held, "png")
    return held.getvalue()


def _page(
    run: Prepared,
    notes: Iterable[str],
    failed: list[list[str]],
    odd: dict[int, list[str]],
    viewed: list[int],
    order: list[int],
) -> str:
    counts = run.table["ending"].value_counts()
    told = ", ".join(f"{count} {ending}" for ending, count in counts.items())
    parts = [f"<h1>A prepared set</h1><p>{len(run)} scans: {escape(told)}.</p>", html_list(notes)]
    if failed:
        parts += ["<h2>Without a result</h2>", html_table(failed, ("row", "ending", "reason"))]
    if odd:
        rows = [(str(number), "; ".join(why)) for number, why in odd.items()]
        parts += ["<h2>Unlike the others</h2>", html_table(rows, ("row", "what"))]
    parts += ["<h2>Histograms</h2><div class='plots'>", *_histograms(run), "</div>"]
    parts += ["<h2>All scans, the unlike ones first</h2><div class='sheet'>"]
    parts += [_figure(run, number, number in odd, number in viewed) for number in order]
    body = "\n".join([*parts, "</div>"])
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>A prepared set</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _figure(run: Prepared, number: int, odd: bool, viewed: bool) -> str:
    row = run.table.iloc[number]
    name = escape(str(row["id"]))
    words = f"row {number}, {row['slices']:.0f} x {row['rows']:.0f} x {row['columns']:.0f}"
    picture = f"<img src='scans/{name}.png' alt='Middle slice of {words}' loading='lazy'>"
    if viewed:
        picture = f"<a href='scans/{name}.html'>{picture}</a>"
    mark = " class='odd'" if odd else ""
    return f"<figure{mark}>{picture}<figcaption>{words}</figcaption></figure>"


def _histograms(run: Prepared) -> Iterable[str]:
    ready = run.table.iloc[run.ready]
    masks = {name: f"{name[3:].replace('_', ' ')} in ml" for name in ready if name[:3] == "ml_"}
    for name, words in (_HISTOGRAMS | masks).items():
        if name in ready:
            values = ready[name].astype(float).to_numpy()
            yield _histogram(values[np.isfinite(values)], words)


def _histogram(values: np.ndarray, words: str) -> str:
    """A histogram as SVG; it says its lowest, middle and highest value."""
    if not len(values):
        return ""
    counts, _ = np.histogram(values, bins=_BARS)
    heights = 80 * counts / counts.max()
    bars = "".join(
        f"<rect x='{10 * i}' y='{80 - tall:.1f}' width='9' height='{tall:.1f}'/>"
        for i, tall in enumerate(heights)
    )
    low, middle, high = values.min(), np.median(values), values.max()
    said = f"from {low:.4g} to {high:.4g}, median {middle:.4g}"
    wide, label = _BARS * 10, f"{escape(words)}: {said}"
    return (
        f"<figure><svg viewBox='0 0 {wide} 96' role='img' aria-label='{label}'>{bars}"
        f"<text x='0' y='94'>{low:.4g}</text>"
        f"<text x='{wide}' y='94' text-anchor='end'>{high:.4g}</text></svg>"
        f"<figcaption>{escape(words)}, {said}; {len(values)} scans</figcaption></figure>"
    )
