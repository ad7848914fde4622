"""A still picture of a view's state: where no widget runs, and for saving."""

from io import BytesIO

import numpy as np

from .. import windowing
from ..geometry import LETTERS

_INK = (214, 222, 230)
_MASK = (255, 140, 0)


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


def greys(view, plane, index):
    """Greys of a plane as the canvas holds them.

    Returns
    -------
    (rows, columns) ndarray of uint8, one a voxel
    """
    picture = view.volume.plane(plane, index, view.convention)
    if picture.dtype.kind == "f":
        picture = np.clip(np.rint(picture), -32768, 32767).astype(np.int16)
    values = windowing.apply_window(picture, view.center, view.width, view.function, np.uint8)
    return 255 - values if view.invert else values


def colours(view, plane, index):
    """The plane with its mask over it: (rows, columns, 3) of uint8."""
    values = np.repeat(greys(view, plane, index)[..., None], 3, axis=2)
    if view.mask is None:
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


def pane(view, plane, index, size=512):
    """A plane at its true aspect with letters, window and scale bar: a PIL image."""
    from PIL import Image

    layout = view.volume.layout(plane, view.convention)
    values = colours(view, plane, index)
    high, wide = (n * step for n, step in zip(values.shape, layout.spacing, strict=False))
    scale = size / max(high, wide)
    shape = max(1, round(wide * scale)), max(1, round(high * scale))
    picture = Image.fromarray(values).resize(shape, Image.Resampling.BILINEAR)
    canvas = Image.new("RGB", (size, size))
    canvas.paste(picture, ((size - shape[0]) // 2, (size - shape[1]) // 2))
    _annotate(canvas, view, plane, index, scale)
    return canvas


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
