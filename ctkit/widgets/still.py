"""A still picture of a view's state: where no widget runs, and for saving.

What stands over it, and where, is what `ctkit.overlay` says, as on the stage in the browser.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .. import labels, overlay, sampling, windowing
from ..geometry import PLANES
from ..lettering import box_of
from ..overlay import position_text
from ..volume import same_grid

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

    from ..geometry import Stack
    from ..volume import Volume

__all__ = ["alt_text", "greys", "picture", "plane_axis", "png", "position_text", "preset_name"]

#: A stage has this many pixels a side; a picture of another size is the same, scaled.
STAGE = 512
_GAP = 8
_INK = (214, 222, 230)
_ACCENT = (255, 212, 59)
_BELOW, _ABOVE = (70, 150, 255), (255, 140, 50)
#: What is no number, and where a volume has nothing: neither is a grey.
_TINT, _EMPTY = (150, 60, 160), (35, 42, 54)
_WHITE = (255, 255, 255)
_COLOURS = {
    **dict.fromkeys(("cross", "ruler", "roi", "angle", "point"), _ACCENT),
    **{"curtain": _WHITE, "handle": _WHITE},
}
_TRAITS = (
    *("mode", "plane", "cursor", "pinned", "convention", "center", "width", "zoom", "pan"),
    *("slab", "projection", "normal", "through"),
    *("presets", "preset_index", "invert", "note", "unit", "drawn"),
    *("blend", "names", "curtain", "limit", "busy", "labels"),
)
_GROUND = 0.45  # of the greys that are left under a text
#: What ends a paragraph, or has no shape: nothing that a line of letters is laid out with.
_NO_LETTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINE = 1.4  # of the size of the letters, as in view.css


class Pictured(Protocol):
    """What a picture is made of: a `SliceView`, or whatever has traits of its names."""

    convention: Any

    def has_trait(self, name: str) -> bool:
        """Whether the view has a trait."""


def picture(view: Pictured, size: int = STAGE) -> Image:
    """What a view shows, `size` pixels high, its panes side by side: a PIL image."""
    state, volumes = _state(view), _volumes(view)
    grids = {name: volume and _grid(volume, view.convention) for name, volume in volumes.items()}
    drawn = [_pane(view, state, grids, pane, size) for pane in overlay.panes(state, grids)]
    return drawn[0] if len(drawn) == 1 else _side_by_side(drawn)


def shown_stacks(view: Pictured) -> Iterator[list[tuple[str, Stack, int]]]:
    """What each pane shows: a list of (trait of the volume, stack, slice) a pane."""
    state, volumes = _state(view), _volumes(view)
    grids = {name: volume and _grid(volume, view.convention) for name, volume in volumes.items()}
    for pane in overlay.panes(state, grids):
        shown = overlay.pictures(state, grids, pane)
        found = [shown[name] for name in ("base", "over", "mask")]
        yield [
            (one["of"], _stack_in(view, one), one["slice"])
            for one in found
            if one and one["slice"] is not None
        ]


def _stack_in(view, picture):
    """The planes that a picture is taken from: of a difference, those of the first volume."""
    stack = overlay.as_stack(picture["layout"])
    second = picture["of"] == "second" and view.blend == "difference"
    if second and not same_grid(view.volume, view.after):
        return stack._replace(resampled=True)
    return stack


def alt_text(view: Pictured) -> str:
    """The picture in one sentence, for those who don't see it."""
    state, volumes = _state(view), _volumes(view)
    there = {name: volume for name, volume in volumes.items() if volume is not None}
    grids = {name: _grid(volume, view.convention) for name, volume in there.items()}
    pane = overlay.panes(state, grids)[0] | {"plane": None}
    return overlay.describe(state, grids, pane, (STAGE, STAGE))["label"]


def _state(view: Pictured) -> dict[str, Any]:
    """The traits that the description reads, of those that the view has."""
    return {name: getattr(view, name) for name in _TRAITS if view.has_trait(name)}


def _volumes(view: Pictured) -> dict[str, Volume | None]:
    """The Volumes of a view by the names of their traits, None where it has none."""
    names = {"voxels": "volume", "overlay": "mask", "second": "after"}
    return {trait: getattr(view, name, None) for trait, name in names.items()}


def _grid(volume, convention):
    """Shape, affine and layouts of a Volume as the browser has them."""
    layouts = {plane: overlay.plain_stack(volume.stack(plane, convention)) for plane in PLANES}
    return {"shape": volume.shape, "affine": volume.affine, "layouts": {convention: layouts}}


def _pane(view, state, grids, pane, size):
    """One stage with all that stands over it."""
    from PIL import Image

    shown = overlay.pictures(state, grids, pane)
    description = overlay.describe(state, grids, pane, (STAGE, STAGE))
    scale, boxes, clips = size / STAGE, description["boxes"], description["clips"]
    canvas = Image.new("RGB", (size, size))
    if description["ground"]:
        _paste(canvas, _filled(_EMPTY), description["ground"], scale)
    # Of two that flicker, a still picture shows the first.
    nearest = getattr(view, "interpolation", "linear") == "nearest"
    _paste(canvas, _base(view, shown), boxes["base"], scale, clips["base"], nearest=nearest)
    if clips["over"][1] > clips["over"][0]:
        over = _over(view, shown)
        _paste(canvas, over, boxes["over"], scale, clips["over"], nearest=nearest)
    _paste(canvas, _mask(view, shown["mask"]), boxes["mask"], scale, nearest=nearest)
    for line in description["lines"]:
        _draw_line(canvas, line, scale)
    for text in description["texts"]:
        _draw_text(canvas, text, scale)
    return canvas


def _side_by_side(panes: Sequence[Image]) -> Image:
    """Pictures of one height in a row, with a gap between."""
    from PIL import Image

    wide = sum(pane.width for pane in panes) + _GAP * (len(panes) - 1)
    row = Image.new("RGB", (wide, panes[0].height), "white")
    x = 0
    for pane in panes:
        row.paste(pane, (x, 0))
        x += pane.width + _GAP
    return row


# ------------------------------------------------------------------------------ pictures


def greys(view, plane, index, volume=None):
    """Greys of a plane as the canvas holds them; what is no number is 0.

    Returns
    -------
    (rows, columns) ndarray of uint8, one a pixel
    """
    volume = volume or view.volume
    stack = volume.stack(plane, view.convention)
    return _windowed(view, sampling.plane_of(volume.array, volume.affine, stack, index))


def _windowed(view, picture):
    """(rows, columns) of HU as greys."""
    values = np.where(np.isfinite(picture), picture, 0) if picture.dtype.kind == "f" else picture
    found = windowing.apply_window(values, view.center, view.width, view.function, np.uint8)
    found = 255 - found if view.invert else found
    return np.where(np.isfinite(picture), found, np.uint8(0))


def _base(view, shown):
    return _greys_of(view, shown["plane"], shown["base"])


def _over(view, shown):
    """The second volume over the first: its own greys, or the difference in colour."""
    if view.blend == "difference":
        return _difference(view, shown)
    return _greys_of(view, shown["plane"], shown["over"])


def _greys_of(view, plane, picture):
    if picture["slice"] is None:
        return None
    values = _plane(_volumes(view)[picture["of"]], picture)
    colours = np.repeat(_windowed(view, values)[..., None], 3, axis=2)
    if values.dtype.kind == "f":
        colours[~np.isfinite(values)] = _TINT
        if picture["layout"]["resampled"]:
            colours[values == sampling.NOTHING] = _EMPTY
    return _opaque(colours)


def _plane(volume, picture):
    """The values of a picture of the description."""
    stack = overlay.as_stack(picture["layout"])
    values, nearest = (volume.array, volume.affine), volume.is_labels
    return sampling.plane_of(*values, stack, picture["slice"], nearest=nearest)


def _opaque(colours: np.ndarray) -> np.ndarray:
    """(rows, columns, 3) of uint8 as pixels with alpha."""
    return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])


def _mask(view, picture):
    """The labels of the mask in their colours; None where it has no slice."""
    if picture is None or picture["slice"] is None:
        return None
    values = _plane(view.mask, picture)
    return labels.paint(values, view.labels, view.overlaps, view.opacity, view.outline)


def _difference(view, shown):
    """Second minus first on the plane of the first: blue below 0, black, orange above."""
    if shown["over"]["slice"] is None:
        return None
    stack, index = overlay.as_stack(shown["over"]["layout"]), shown["over"]["slice"]
    first, second = view.volume, view.after
    values = sampling.difference_of(
        first.array, first.affine, second.array, second.affine, stack, index
    )
    found = np.isfinite(values)
    part = np.where(found, values, 0).astype(np.float64) / view.limit
    part = np.floor(np.clip(part, -1, 1) * 255 + 0.5)[..., None] / 255
    colours = np.floor(np.where(part < 0, _BELOW, _ABOVE) * np.abs(part) + 0.5)
    pixels = _opaque(colours.astype(np.uint8))
    pixels[~found] = (*_TINT, 255)
    pixels[values == sampling.NOTHING] = 0
    return pixels


def _filled(colour):
    """One pixel of a colour."""
    return _opaque(np.array([[colour]], np.uint8))


def _paste(canvas, pixels, box, scale, clip=(0, STAGE), *, nearest=False):
    """Lay pixels into a box of the stage, as far as they lie from one x to another."""
    from PIL import Image

    if pixels is None:
        return
    x, y = round(box["left"] * scale), round(box["top"] * scale)
    wide = max(1, round((box["left"] + box["width"]) * scale) - x)
    high = max(1, round((box["top"] + box["height"]) * scale) - y)
    # Only what is seen is made: of a zoomed picture all would be very large.
    left, right = (
        max(0, x, round(clip[0] * scale)),
        min(canvas.width, x + wide, round(clip[1] * scale)),
    )
    top, bottom = max(0, y), min(canvas.height, y + high)
    if right <= left or bottom <= top:
        return
    rows, columns = pixels.shape[:2]
    seen = np.array([left - x, top - y, right - x, bottom - y])
    part = tuple(seen * np.array([columns / wide, rows / high] * 2))
    kernel = Image.Resampling.NEAREST if nearest else Image.Resampling.BILINEAR
    layer = Image.fromarray(pixels).resize((right - left, bottom - top), kernel, box=part)
    canvas.paste(layer, (left, top), layer)


# ----------------------------------------------------------------- what stands over them


def _draw_line(canvas: Image, line: dict[str, Any], scale: float) -> None:
    from PIL import ImageDraw

    draw, colour = ImageDraw.Draw(canvas), _COLOURS.get(line["name"], _INK)
    width = 1 if line["name"] == "cross" else max(1, round(1.5 * scale))
    # Dark under light: on white bone a light line alone would be lost.
    for ink, wide in ((0, width + 2 * max(1, round(scale))), (colour, width)):
        if "ellipse" in line:
            around = (wide - width) // 2
            box = [n * scale for n in line["ellipse"]]
            box = [box[0] - around, box[1] - around, box[2] + around, box[3] + around]
            draw.ellipse(box, outline=ink, width=wide)
        for points in line.get("paths", ()):
            draw.line([(x * scale, y * scale) for x, y in points], fill=ink, width=wide)


def _draw_text(canvas: Image, text: dict[str, Any], scale: float) -> None:
    from PIL import ImageDraw

    size = text["size"] * scale
    lines = text["text"].split("\n")
    top = text["y"] * scale - {"top": 0, "middle": 0.5, "bottom": 1}[text["base"]] * (
        _LINE * size * len(lines)
    )
    style: dict[str, Any] = {
        "font": _font(size, text["weight"]),
        "fill": _ACCENT if text["place"] in ("measure", "label") else _INK,
        "anchor": {"left": "lm", "center": "mm", "right": "rm"}[text["align"]],
        "stroke_width": max(1, round(1.5 * scale)),
        "stroke_fill": 0,
    }
    if text["text"]:
        _darken(canvas, box_of(text), scale)
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(_NO_LETTER.sub(" ", line) for line in lines):
        draw.text((text["x"] * scale, top + (number + 0.5) * _LINE * size), line, **style)


def _darken(canvas: Image, box: Sequence[float], scale: float) -> None:
    """The dark ground under a text."""
    from PIL import Image

    left, top, right, bottom = (round(n * scale) for n in box)
    part = canvas.crop((left, top, right, bottom))
    canvas.paste(Image.eval(part, lambda grey: round(grey * _GROUND)), (left, top))


@cache
def _font(size: float, weight: int) -> FreeTypeFont:
    """A font that has the letters, which PIL's own lacks: − and ²."""
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if weight > 400 else "DejaVuSans.ttf"
    return ImageFont.truetype(_fonts() / name, size)


def _fonts() -> Path:
    """The folder of matplotlib's fonts: importing it would take longer than the first picture."""
    # A browser's tab fetches what is looked for: so the website has the fonts without the rest.
    alone = find_spec("dejavu_fonts") if "matplotlib" not in sys.modules else None
    if alone and alone.origin:
        return Path(alone.origin).parent
    found = find_spec("matplotlib")
    folder = Path(found.origin or "").parent if found else Path()
    ours = folder / "mpl-data" / "fonts" / "ttf"
    if ours.is_dir():
        return ours
    import matplotlib

    # Some distributions keep its data elsewhere.
    return Path(matplotlib.get_data_path(), "fonts", "ttf")


def png(image: Image) -> bytes:
    """The bytes of a PIL image as PNG."""
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


# ------------------------------------------------------------------------------ of views


def preset_name(center: float, width: float) -> str:
    """The name of a window in the table of presets, "" where it has none."""
    rows = windowing.PRESET_TABLE
    return next((row.name for row in rows if (row.center, row.width) == (center, width)), "")


def plane_axis(volume: Volume, plane: str) -> int:
    """The array axis that a plane is cut across."""
    return volume.stack(plane).layout.axis
