"""A still picture of a view's state: where no widget runs, and for saving.

What stands over it, and where, is what `ctkit.overlay` says, as on the stage in the browser.
"""

from io import BytesIO
from pathlib import Path

import numpy as np

from .. import overlay, sampling, windowing
from ..geometry import PLANES, apply_affine
from ..lettering import box_of
from ..overlay import position_text
from .voxels import displayed

__all__ = ["alt_text", "greys", "picture", "plane_axis", "png", "position_text", "preset_name"]

#: A stage has this many pixels a side; a picture of another size is the same, scaled.
STAGE = 512
_GAP = 8
_INK = (214, 222, 230)
_MASK = (255, 140, 0)
_ACCENT = (255, 212, 59)
_BELOW, _ABOVE = (70, 150, 255), (255, 140, 50)
_WHITE = (255, 255, 255)
_COLOURS = {
    **{"cross": _ACCENT, "ruler": _ACCENT, "roi": _ACCENT},
    **{"curtain": _WHITE, "handle": _WHITE},
}
_TRAITS = (
    *(
        "mode",
        "plane",
        "cursor",
        "pinned",
        "convention",
        "center",
        "width",
        "presets",
        "preset_index",
    ),
    *("invert", "note", "ruler", "roi", "blend", "names", "curtain", "limit", "busy"),
)
_GROUND = 0.45  # of the greys that are left under a text
_LINE = 1.4  # of the size of the letters, as in view.css


def picture(view, size=STAGE):
    """What a view shows, `size` pixels high, its panes side by side: a PIL image."""
    state, volumes = _state(view), _volumes(view)
    grids = {name: volume and _grid(volume, view.convention) for name, volume in volumes.items()}
    drawn = [_pane(view, state, grids, pane, size) for pane in overlay.panes(state, grids)]
    return drawn[0] if len(drawn) == 1 else _side_by_side(drawn)


def alt_text(view):
    """The picture in one sentence, for those who don't see it."""
    state, volumes = _state(view), _volumes(view)
    grids = {"voxels": _grid(volumes["voxels"], view.convention)}
    pane = {"plane": None, "first": "voxels", "over": None}
    return overlay.describe(state, grids, pane, (STAGE, STAGE))["label"]


def _state(view):
    """The traits that the description reads, of those that the view has."""
    return {name: getattr(view, name) for name in _TRAITS if view.has_trait(name)}


def _volumes(view):
    """The Volumes of a view by the names of their traits, None where it has none."""
    names = {"voxels": "volume", "overlay": "mask", "second": "after"}
    return {trait: getattr(view, name, None) for trait, name in names.items()}


def _grid(volume, convention):
    """Shape, affine and layouts of a Volume as the browser has them."""
    layouts = {plane: volume.layout(plane, convention)._asdict() for plane in PLANES}
    return {"shape": volume.shape, "affine": volume.affine, "layouts": {convention: layouts}}


def _pane(view, state, grids, pane, size):
    """One stage with all that stands over it."""
    from PIL import Image

    shown = overlay.pictures(state, grids, pane)
    description = overlay.describe(state, grids, pane, (STAGE, STAGE))
    scale, boxes = size / STAGE, description["boxes"]
    canvas = Image.new("RGB", (size, size))
    _paste(canvas, _base(view, shown), boxes["base"], scale)
    curtain = overlay.curtain_at(state, shown["over"], STAGE) or 0
    # Of two that flicker, a still picture shows the first.
    if shown["over"] and state["blend"] != "flicker":
        _paste(canvas, _over(view, shown), boxes["over"], scale, curtain * scale)
    _paste(canvas, _mask(view, shown["plane"], shown["mask"]), boxes["mask"], scale)
    for line in description["lines"]:
        _draw_line(canvas, line, scale)
    for text in description["texts"]:
        _draw_text(canvas, text, scale)
    return canvas


def _side_by_side(panes):
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
    """Greys of a plane as the canvas holds them.

    Returns
    -------
    (rows, columns) ndarray of uint8, one a voxel
    """
    picture = displayed((volume or view.volume).plane(plane, index, view.convention))
    values = windowing.apply_window(picture, view.center, view.width, view.function, np.uint8)
    return 255 - values if view.invert else values


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
    values = greys(view, plane, picture["slice"], _volumes(view)[picture["of"]])
    return _opaque(np.repeat(values[..., None], 3, axis=2))


def _opaque(colours):
    """(rows, columns, 3) of uint8 as pixels with alpha."""
    return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])


def _mask(view, plane, picture):
    """The mask in one colour, its outline (4-neighbours) opaque; None where it has no slice."""
    if picture is None or picture["slice"] is None:
        return None
    inside = view.mask.plane(plane, picture["slice"], view.convention)
    alpha = np.where(inside, np.uint8(np.floor(view.opacity * 255 + 0.5)), np.uint8(0))
    if view.outline:
        alpha[inside & ~_inner(inside)] = 255
    colours = np.broadcast_to(np.array(_MASK, np.uint8), (*inside.shape, 3))
    return np.dstack([colours, alpha])


def _inner(inside):
    """The pixels of a mask whose four neighbours belong to it too."""
    wide = np.pad(inside, 1)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]


def _difference(view, shown):
    """Second minus first on the plane of the first: blue below 0, black, orange above."""
    base = shown["base"]
    before = view.volume.plane(shown["plane"], base["slice"], view.convention)
    part = (_second_on(view, base["layout"], base["slice"]) - before) / view.limit
    missing = np.isnan(part)
    part = np.rint(np.clip(np.where(missing, 0, part), -1, 1) * 255)[..., None] / 255
    colours = np.floor(np.where(part < 0, _BELOW, _ABOVE) * np.abs(part) + 0.5)
    pixels = _opaque(colours.astype(np.uint8))
    pixels[missing] = 0
    return pixels


def _second_on(view, layout, index):
    """The second volume on a plane of the first: (rows, columns), NaN where it has nothing."""
    shape = view.volume.shape
    places = np.zeros((shape[layout["down"]], shape[layout["across"]], 3))
    places[..., layout["axis"]] = index
    for name, shift in (("down", (-1, 1)), ("across", (1, -1))):
        along = np.arange(shape[layout[name]])
        along = along[::-1] if layout[f"flip_{name}"] else along
        places[..., layout[name]] = along.reshape(shift)
    millimetres = apply_affine(view.volume.affine, places)
    inverse = np.linalg.inv(view.after.affine)
    return sampling.sample(view.after.array, apply_affine(inverse, millimetres))


def _paste(canvas, pixels, box, scale, left=0):
    """Lay pixels into a box of the stage; nothing left of the curtain."""
    from PIL import Image

    if pixels is None:
        return
    x, y = round(box["left"] * scale), round(box["top"] * scale)
    wide = max(1, round((box["left"] + box["width"]) * scale) - x)
    high = max(1, round((box["top"] + box["height"]) * scale) - y)
    layer = Image.fromarray(pixels).resize((wide, high), Image.Resampling.BILINEAR)
    cut = min(max(0, round(left) - x), wide)
    layer = layer.crop((cut, 0, wide, high))
    canvas.paste(layer, (x + cut, y), layer)


# ----------------------------------------------------------------- what stands over them


def _draw_line(canvas, line, scale):
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


def _draw_text(canvas, text, scale):
    from PIL import ImageDraw

    size = text["size"] * scale
    lines = text["text"].split("\n")
    top = text["y"] * scale - {"top": 0, "middle": 0.5, "bottom": 1}[text["base"]] * (
        _LINE * size * len(lines)
    )
    style = {
        "font": _font(size, text["weight"]),
        "fill": _ACCENT if text["place"] == "measure" else _INK,
        "anchor": {"left": "lm", "center": "mm", "right": "rm"}[text["align"]],
        "stroke_width": max(1, round(1.5 * scale)),
        "stroke_fill": 0,
    }
    _darken(canvas, text["text"] and box_of(text), scale)
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        draw.text((text["x"] * scale, top + (number + 0.5) * _LINE * size), line, **style)


def _darken(canvas, box, scale):
    """The dark ground under a text."""
    from PIL import Image

    if not box:
        return
    left, top, right, bottom = (round(n * scale) for n in box)
    part = canvas.crop((left, top, right, bottom))
    canvas.paste(Image.eval(part, lambda grey: round(grey * _GROUND)), (left, top))


def _font(size, weight):
    """A font that has the letters, which PIL's own lacks: − and ²."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if weight > 400 else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", name), size)


def png(image):
    """The bytes of a PIL image as PNG."""
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


# ------------------------------------------------------------------------------ of views


def preset_name(center, width):
    """The name of a window in the table of presets, "" where it has none."""
    rows = windowing.PRESET_TABLE
    return next((row.name for row in rows if (row.center, row.width) == (center, width)), "")


def plane_axis(volume, plane):
    """The array axis that a plane is cut across."""
    return volume.layout(plane).axis
