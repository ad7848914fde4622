"""sinogram: a slice and its shadows from all sides, tied by the point that the hand moves."""

from __future__ import annotations

import math
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from ..arguments import real, reals, whole
from ..errors import GeometryError
from ..phantom.beam import WATER
from ..phantom.projecting import project
from ..volume import Volume, as_hu
from ..windowing import apply_window, as_window
from . import cells, still
from .closing import close_all
from .parts._traits import Real
from .script import Scripted

_HERE = Path(__file__).parent
#: Colours of the point with its curve, and of the ray; those of view.css.
_POINT, _RAY = "#f0e442", "#56b4e9"
_SIZE = 384  # pixels of each picture of the still


class Sinogram(Scripted):
    """A slice beside its sinogram; see `sinogram`.

    ``row`` and ``column`` are the point in the slice, ``direction`` is that of the ray through it
    in degrees; ``element`` is where this ray meets the detector. The mirror of the rules is
    ``view/sinogram.js``.
    """

    _css = _HERE / "view" / "view.css"

    mode = traitlets.Unicode("sinogram").tag(sync=True)
    row = Real(0.0).tag(sync=True)
    column = Real(0.0).tag(sync=True)
    direction = Real(0.0, min=0.0, max=180.0).tag(sync=True)
    #: Pixels along a side, mm from pixel to pixel, and how many directions half a turn has.
    size = traitlets.Int().tag(sync=True)
    step = traitlets.Float().tag(sync=True)
    directions = traitlets.Int().tag(sync=True)
    #: Greys of both pictures, uint8; HU and line integrals, float32.
    greys = traitlets.Bytes().tag(sync=True)
    shadow_greys = traitlets.Bytes().tag(sync=True)
    hu = traitlets.Bytes().tag(sync=True)
    integrals = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        picture: np.ndarray,
        step: float,
        directions: int,
        window: Any,
        point: tuple[float, ...],
    ) -> None:
        size = len(picture)
        angles = np.linspace(0, 180, directions, endpoint=False)
        sums = project(np.maximum(picture / 1000 + 1, 0) * WATER * step, angles)
        self._pictures = [
            apply_window(picture, *as_window(window), dtype=np.uint8),
            np.rint(255 * sums / max(sums.max(), 1e-6)).clip(0, 255).astype(np.uint8),
        ]
        super().__init__(
            size=size,
            step=step,
            directions=directions,
            greys=self._pictures[0].tobytes(),
            shadow_greys=self._pictures[1].tobytes(),
            hu=picture.astype(np.float32).tobytes(),
            integrals=sums.astype(np.float32).tobytes(),
            row=point[0],
            column=point[1],
        )
        cells.remember(self)

    @property
    def element(self) -> float:
        """Which element of the detector the ray meets, counted from 0."""
        return float(self.element_at(self.direction))

    def element_at(self, degrees: ArrayLike) -> np.ndarray:
        """Which element of the detector the point lies before, from some directions.

        Parameters
        ----------
        degrees : array-like

        Returns
        -------
        float64 ndarray
        """
        angle, middle = np.deg2rad(degrees), self.size // 2
        right, down = self.column - middle, self.row - middle
        return np.cos(angle) * right - np.sin(angle) * down + middle

    def close(self) -> None:
        """Close this and its layout."""
        if self.comm is not None:
            layout = self.layout
            super().close()
            close_all(layout)

    def picture(self) -> Image.Image:
        """Both pictures with point, curve and ray: a PIL image."""
        canvas = Image.new("RGB", (2 * _SIZE + 8, _SIZE))
        for place, pixels in enumerate(self._pictures):
            shown = Image.fromarray(pixels).resize((_SIZE, _SIZE), Image.Resampling.BILINEAR)
            canvas.paste(shown, (place * (_SIZE + 8), 0))
        draw, scale = ImageDraw.Draw(canvas), _SIZE / self.size
        x, y = (self.column + 0.5) * scale, (self.row + 0.5) * scale
        along = np.deg2rad(self.direction)
        right, down = np.sin(along) * 2 * _SIZE, np.cos(along) * 2 * _SIZE
        left = canvas.crop((0, 0, _SIZE, _SIZE))
        ImageDraw.Draw(left).line((x - right, y - down, x + right, y + down), _RAY, 2)
        canvas.paste(left, (0, 0))
        degrees = np.linspace(0, 180, 181)
        curve = np.stack([degrees / 180 * _SIZE, (self.element_at(degrees) + 0.5) * scale], axis=1)
        draw.line([(a + _SIZE + 8, b) for a, b in curve.tolist()], _POINT, 2)
        meets = self.direction / 180 * _SIZE + _SIZE + 8, (self.element + 0.5) * scale
        for centre, colour in (((x, y), _POINT), (meets, _RAY)):
            x, y = centre
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), outline=colour, width=2)
        return canvas

    def alt_text(self) -> str:
        """Both pictures in a sentence."""
        return (
            f"A slice with a point in row {self.row:.0f}, column {self.column:.0f}, and beside it "
            f"its sinogram, in which the point draws a curve; at {self.direction:.0f} degrees the "
            f"ray through it meets the detector {self._mm():.1f} mm from the middle."
        )

    def _mm(self) -> float:
        return (self.element - self.size // 2) * self.step

    def __repr__(self) -> str:
        point = f"point=({self.row:.0f}, {self.column:.0f})"
        return f"sinogram(volume, {point}): at {self.direction:.0f} degrees {self._mm():.1f} mm"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        cells.note_shown(self)
        data = {
            "text/plain": repr(self),
            "image/png": b64encode(still.png(self.picture())).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }
        return data, {"image/png": {"alt": self.alt_text()}}


def sinogram(
    volume: Volume,
    *,
    slice: int | None = None,
    directions: int = 180,
    window: str | ArrayLike = "soft tissue",
    point: ArrayLike | None = None,
) -> Sinogram:
    """Show an axial slice beside its sinogram: a point in one is a curve in the other.

    Click or drag in the slice, and the curve of that point is drawn in the sinogram. Click or
    drag in the sinogram, and the ray that was measured there is drawn in the slice. Arrows do the
    same. All of it happens in the browser: no kernel is asked.

    Parameters
    ----------
    volume : Volume of HU
        Its axial slices are squares, with pixels as wide as they are high.
    slice : int, optional
        The middle one by default.
    directions : int from 2
        How many projections half a turn has.
    window : preset's name or (center, width)
        Of the slice. In the sinogram black is no attenuation, and white the most that there is.
    point : (row, column), optional
        The middle by default.

    Returns
    -------
    Sinogram
        A widget with the traits ``row``, ``column`` and ``direction`` (in degrees), which can be
        set and observed.

    Raises
    ------
    UnitError
        On a mask, or on values that are no number.
    GeometryError
        Where the slice is no square.
    ParameterError
        On a slice, a window, a number or a point that can't be.

    Notes
    -----
    The share of the photons that arrive is that of the water-like attenuation of one energy,
    60 keV (NIST): 0.0205 per mm of water.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> volume = ctkit.Volume.from_spacing(np.zeros((1, 40, 40), np.int16), (5, 2, 2))
    >>> view = ctkit.sinogram(volume, point=(20, 25))
    >>> view.direction = 90
    >>> view
    sinogram(volume, point=(20, 25)): at 90 degrees 0.0 mm
    """
    volume = as_hu(volume, finite=True)
    slices, rows, columns = volume.shape
    chosen = slices // 2 if slice is None else slice
    words = f"slice is a whole number from 0 to {slices - 1}"
    chosen = whole(chosen, words, low=0, high=slices - 1)
    directions = whole(directions, "directions is a whole number from 2", low=2, high=2000)
    down, right = volume.spacing[1:]
    if rows != columns or not math.isclose(down, right, rel_tol=1e-3):
        message = (
            f"the slices are {rows} x {columns} pixels of {down:.3g} x {right:.3g} mm: a sinogram "
            "is made of a square with square pixels; see ctkit.resample and ctkit.pad"
        )
        raise GeometryError(message)
    start = (rows // 2, rows // 2) if point is None else point
    place = reals(start, "point is (row, column) in the slice", 2, low=0)
    for value in place:
        real(value, "point is (row, column) in the slice", high=rows - 1)
    return Sinogram(volume.array[chosen].astype(float), right, directions, window, place)
