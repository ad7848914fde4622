"""Still pictures of volumes, drawn with matplotlib, for light pages and dark ones.

All names of this module are public, as ``ctkit.figures.<name>``. The ``show_`` functions, which
`ctkit` has as well, each return a `Film`: a matplotlib figure that shows itself in a notebook,
with an alternative text and a line under it that says what it shows (`Film.says`). For figures
of your own there are `show_curves`, `show_bars` and `show_pictures`. For anything else make a
`Film`, ask it for axes (`Film.panel`), draw a plane into them by `draw_plane`, and the rest by
matplotlib, in the colours `COLORS`, `INK` and `FAINT`. Greys are always those of a window, and
never of the picture's own minimum and maximum.
"""

from .drawing import draw_plane
from .film import COLORS, FAINT, INK, Film
from .filters import show_filters
from .histogram import show_histogram
from .planes import show_montage, show_planes, show_row, show_slice, show_windows
from .plots import show_bars, show_curves, show_pictures
from .positions import show_positions

__all__ = [
    "COLORS",
    "FAINT",
    "INK",
    "Film",
    "draw_plane",
    "show_bars",
    "show_curves",
    "show_filters",
    "show_histogram",
    "show_montage",
    "show_pictures",
    "show_planes",
    "show_positions",
    "show_row",
    "show_slice",
    "show_windows",
]
