"""A still picture of a view's state: where no widget runs, and for saving."""

from io import BytesIO

import numpy as np

from .. import windowing
from ..geometry import LETTERS
from .voxels import displayed

_INK = (214, 222, 230)
_MASK = (255, 140, 0)
_ACCENT = (255, 212, 59)


def position_text(volume, plane, index):
    """Where a plane lies, as in ``"S 12.50 mm"``: towards which side, and how far."""
    layout = volume.layout(plane)
    middle = [(n - 1) / 2 for n in volume.shape]
    middle[layout.axis] = index
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
    millimetres = float(volume.to_world(middle)[axis])
    size = np.floor(abs(millimetres) * 100 + 0.5) / 100
    return f"{LETTERS[axis][bool(millimetres >= 0 or size == 0)]} {size:.2f} mm"


def preset_name(center, width):
    """The name of a window in the table of presets, "" where it has none."""
    rows = windowing.PRESET_TABLE
    return next((row.name for row in rows if (row.center, row.width) == (center, width)), "")


def window_text(center, width):
    """The window in words: the preset's name where it is one."""
    name = preset_name(center, width)
    return f"C {center:g} W {width:g}{f' {name}' if name else ''}"


def greys(view, plane, index, volume=None):
    """Greys of a plane as the canvas holds them.

    Returns
    -------
    (rows, columns) ndarray of uint8, one a voxel
    """
    picture = displayed((volume or view.volume).plane(plane, index, view.convention))
    values = windowing.apply_window(picture, view.center, view.width, view.function, np.uint8)
    return 255 - values if view.invert else values


def colours(view, plane, index, volume=None):
    """The plane with its mask over it: (rows, columns, 3) of uint8."""
    values = np.repeat(greys(view, plane, index, volume)[..., None], 3, axis=2)
    if view.mask is None or volume is not None or view.mask.shape != view.volume.shape:
        return values
    inside = view.mask.plane(plane, index, view.convention)
    blend = (1 - view.opacity) * values + view.opacity * np.array(_MASK)
    blend = np.where(inside[..., None], np.rint(blend), values)
    if view.outline:
        blend[inside & ~_inner(inside)] = _MASK
    return blend.astype(np.uint8)


def _inner(inside):
    """The pixels of a mask whose four neighbours belong to it too."""
    wide = np.pad(inside, 1)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]


def pane(view, plane, index, size=512, volume=None, cursor=None):
    """A plane at its true aspect with letters, window and scale bar: a PIL image."""
    canvas, scale, corner = _fitted(view, plane, colours(view, plane, index, volume), size)
    if cursor is not None:
        _cross(canvas, view, plane, cursor, scale, corner)
    _measures(canvas, view, plane, index, scale, corner)
    _annotate(canvas, view, plane, index, scale)
    return canvas


def difference(view, apart, size=512):
    """A plane of a Volume of differences: blue below 0, black, orange above."""
    values = apart.plane(view.plane, view.slice, view.convention) / view.limit
    part = np.clip(np.rint(np.clip(values, -1, 1) * 255), -255, 255)[..., None] / 255
    ends = np.where(part < 0, (70, 150, 255), (255, 140, 50))
    picture = np.floor(ends * np.abs(part) + 0.5).astype(np.uint8)
    canvas, scale, _ = _fitted(view, view.plane, picture, size)
    _annotate(canvas, view, view.plane, view.slice, scale)
    return canvas


def side_by_side(panes):
    """Pictures of one height in a row, with a gap between."""
    from PIL import Image

    high = panes[0].height
    row = Image.new("RGB", (sum(p.width for p in panes) + 8 * (len(panes) - 1), high), "white")
    x = 0
    for picture in panes:
        row.paste(picture, (x, 0))
        x += picture.width + 8
    return row


def _fitted(view, plane, values, size):
    """A picture in the middle of a black square: (PIL image, pixels per mm, its corner)."""
    from PIL import Image

    spacing = view.volume.layout(plane, view.convention).spacing
    high, wide = (n * step for n, step in zip(values.shape, spacing, strict=False))
    scale = size / max(high, wide)
    shape = max(1, round(wide * scale)), max(1, round(high * scale))
    picture = Image.fromarray(values).resize(shape, Image.Resampling.BILINEAR)
    canvas = Image.new("RGB", (size, size))
    corner = (size - shape[0]) // 2, (size - shape[1]) // 2
    canvas.paste(picture, corner)
    return canvas, scale, corner


def _on_picture(view, plane, index, scale, corner):
    """(x, y) on the picture of the middle of a voxel, fractions too."""
    layout = view.volume.layout(plane, view.convention)
    axes = ((layout.across, layout.flip_across), (layout.down, layout.flip_down))
    place = []
    for (axis, flip), step, start in zip(axes, layout.spacing[::-1], corner, strict=True):
        along = view.volume.shape[axis] - 1 - index[axis] if flip else index[axis]
        place.append(start + (along + 0.5) * step * scale)
    return tuple(place)


def _cross(canvas, view, plane, cursor, scale, corner):
    from PIL import ImageDraw

    draw = ImageDraw.Draw(canvas)
    x, y = _on_picture(view, plane, cursor, scale, corner)
    for line in ((0, y, x - 8, y), (x + 8, y, canvas.width, y)):
        draw.line(line, fill=_ACCENT)
    for line in ((x, 0, x, y - 8), (x, y + 8, x, canvas.height)):
        draw.line(line, fill=_ACCENT)


def _measures(canvas, view, plane, index, scale, corner):
    """Ruler and region, where they lie on this slice."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(canvas)
    for thing in (view.ruler, view.roi):
        if not thing or (thing["plane"], thing["slice"]) != (plane, index):
            continue
        ends = [_on_picture(view, plane, thing[name], scale, corner) for name in ("start", "end")]
        box = [f(pair) for f in (min, max) for pair in zip(*ends, strict=True)]
        if "mm" in thing:
            draw.line(ends, fill=_ACCENT, width=2)
        elif thing["kind"] == "ellipse":
            draw.ellipse(box, outline=_ACCENT, width=2)
        else:
            draw.rectangle(box, outline=_ACCENT, width=2)


def _annotate(canvas, view, plane, index, scale):
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(canvas)
    size = canvas.width
    font = ImageFont.load_default(size=15)
    left, right, top, bottom = view.volume.layout(plane, view.convention).letters
    count = view.volume.shape[view.volume.layout(plane).axis]
    middle = size / 2
    words = [
        ((8, middle), "lm", left),
        ((size - 8, middle), "rm", right),
        ((middle, 6), "mt", top),
        ((middle, size - 6), "mb", bottom),
        ((8, 6), "lt", f"{plane} {index} / {count - 1}"),
        ((8, 26), "lt", position_text(view.volume, plane, index)),
        ((8, size - 6), "lb", window_text(view.center, view.width)),
    ]
    length = bar_length(size / scale)
    words.append(((size - 8, size - 16), "rb", f"{length:g} mm"))
    for place, anchor, word in words:
        draw.text(place, word, fill=_INK, font=font, anchor=anchor, stroke_width=2, stroke_fill=0)
    draw.line((size - 8 - length * scale, size - 9, size - 8, size - 9), fill=_INK, width=2)


def bar_length(field):
    """The round length in mm of a scale bar in a field of so many mm: about a quarter."""
    power = 10.0 ** np.floor(np.log10(field / 4))
    return float(max(step for step in (1, 2, 5) if step * power <= field / 4) * power)


def png(image):
    """The bytes of a PIL image as PNG."""
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def alt_text(view):
    """The picture in one sentence, for those who don't see it."""
    place = position_text(view.volume, view.plane, view.slice)
    inverted = ", inverted" if view.invert else ""
    return (
        f"CT, {view.plane} slice {view.slice} of 0 to {view.max_slice}, {place}, "
        f"{window_text(view.center, view.width)} HU{inverted}"
    )


def plane_axis(volume, plane):
    """The array axis that a plane is cut across."""
    return volume.layout(plane).axis
