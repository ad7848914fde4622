"""The film: a matplotlib figure that says in words what it shows, for light pages and dark ones."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

#: A figure has no ground of its own: it lies on the page, light or dark, in greys that can be read
#: on both (contrast 4.5 on white, 4.6 on black).
INK = "#767676"
FAINT = "#8c8c8c"
#: Colours of curves: those of Okabe and Ito (2008), which stay apart for colour-blind readers,
#: darker where one would be lost on white. The first means the thing in question, the second what
#: it is compared with.
COLORS = ("#0079bf", "#d55e00", "#009e73", "#c66fa0", "#a6761d", "#7570b3")
#: On pictures, which are dark on every page: letters, the outline of a mask, lines through a point.
LETTERS, OUTLINE, CROSS = "#f0e442", "#e69f00", "#56b4e9"
#: Words on pictures.
ON_PICTURE = "#d9dee4"
WIDTH = 8.0  # inches: 800 px at 100 dpi, which reads well in a box of 700 px
_EDGE = 3  # pixels that stay free over and under what is drawn


class Film(Figure):
    """A figure that lies on the page, light or dark, with its facts in words.

    It shows itself in a notebook, with an alternative text and a line under it.

    Parameters
    ----------
    height : float, in inches
    facts : str
        What is on the figure.
    width : float, in inches

    Attributes
    ----------
    facts : str
        What is on the figure.
    result : str
        What the figure is there to show; see `says`.
    alt : str
        Both: the alternative text of the picture.

    Examples
    --------
    >>> film = Film(3.0, "HU along one row")
    >>> axes = film.panel(1, 1, 1, title="row 128")
    >>> film.says("bone begins 12.5 mm from the edge").alt
    'HU along one row. bone begins 12.5 mm from the edge'
    """

    def __init__(self, height: float = 4.0, facts: str = "", width: float = WIDTH) -> None:
        super().__init__(figsize=(width, height), dpi=100, facecolor="none", layout="constrained")
        self.facts, self.result = facts, ""

    def says(self, result: str) -> Film:
        """Give the figure the one result that it is there to show, and return it.

        Parameters
        ----------
        result : str
            A sentence with a number and its unit, computed from what is drawn. It is
            printed under the picture, and stands in the alternative text.
        """
        self.result = result
        return self

    @property
    def alt(self) -> str:
        """What is on the figure, and what it shows."""
        return ". ".join(filter(None, (self.facts, self.result)))

    def panel(self, *position: Any, title: str = "") -> Axes:
        """Axes in the style of the figures.

        Parameters
        ----------
        *position : as for `matplotlib.figure.Figure.add_subplot`
            ``(rows, columns, place)``, say.
        title : str
        """
        axes = self.add_subplot(*position)
        axes.set_facecolor("none")
        axes.tick_params(colors=FAINT, labelsize=8)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(FAINT)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=INK, size=9)
        axes.set_title(title, color=INK, size=10)
        return axes

    def legend_of(self, axes: Axes, **options: Any) -> Legend:
        """A legend for `axes` that can be read on every page.

        Parameters
        ----------
        axes : matplotlib Axes
        **options : as for `matplotlib.axes.Axes.legend`
        """
        return axes.legend(frameon=False, labelcolor=INK, fontsize=8, **options)

    def to_png(self) -> bytes:
        """The figure as the bytes of a PNG, from the highest thing that is drawn to the lowest.

        Pictures keep their shape, so a layout leaves room over and under them.
        """
        canvas = FigureCanvasAgg(self)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
        drawn = np.flatnonzero(pixels[..., 3].any(axis=1))
        rows = slice(max(0, drawn[0] - _EDGE), drawn[-1] + 1 + _EDGE) if drawn.size else slice(None)
        buffer = BytesIO()
        Image.fromarray(pixels[rows]).save(buffer, "PNG")
        return buffer.getvalue()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/plain": f"Figure: {self.facts}", "image/png": self.to_png()}
        return data, {"image/png": {"alt": self.alt}}

    def _ipython_display_(self) -> None:
        # JupyterLab keeps no alternative text of a page's pictures, so the words are printed too.
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        print(self.result or self.facts)
