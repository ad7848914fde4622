"""Still pictures of volumes, drawn with matplotlib on a dark film.

Every function returns a `Film`: a matplotlib figure that shows itself in a notebook
with an alternative text, and a line under it that says in words what is on it, or what
it shows (`Film.says`). Greys are those of the window, never of the picture's own
minimum and maximum.
"""

from io import BytesIO

from IPython.display import display
from matplotlib.figure import Figure

FILM = "#15181c"
INK = "#d9dee4"
FAINT = "#8b949e"
#: Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), on the film.
COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00")
WIDTH = 8.0  # inches: 800 px at 100 dpi, which reads well in a box of 700 px


class Film(Figure):
    """A figure on a dark film, with its facts in words.

    Parameters
    ----------
    height : float, in inches; the width is 8
    facts : str, what is on the figure

    Attributes
    ----------
    result : str, what the figure is there to show; see `says`
    alt : str, both: the alternative text of the picture
    """

    def __init__(self, height=4.0, facts="", width=WIDTH):
        super().__init__(figsize=(width, height), dpi=100, facecolor=FILM, layout="constrained")
        self.facts, self.result = facts, ""

    def says(self, result):
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
    def alt(self):
        """What is on the figure, and what it shows."""
        return ". ".join(filter(None, (self.facts, self.result)))

    def panel(self, *position, title=""):
        """Axes in the style of the film: `position` as for `Figure.add_subplot`."""
        axes = self.add_subplot(*position)
        axes.set_facecolor(FILM)
        axes.tick_params(colors=FAINT, labelsize=8)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(FAINT)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=INK, size=9)
        axes.set_title(title, color=INK, size=10)
        return axes

    def legend_of(self, axes, **options):
        """A legend for `axes` that can be read on the film."""
        return axes.legend(facecolor=FILM, edgecolor="none", labelcolor=INK, fontsize=8, **options)

    def to_png(self):
        """The figure as the bytes of a PNG."""
        buffer = BytesIO()
        # No date and no version inside: the same figure gives the same bytes.
        self.savefig(buffer, format="png", facecolor=FILM, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": f"Figure: {self.facts}", "image/png": self.to_png()}
        return data, {"image/png": {"alt": self.alt}}

    def _ipython_display_(self):
        # JupyterLab keeps no alternative text of a page's pictures, so the words are printed too.
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        print(self.result or self.facts)
