"""Still pictures of volumes, drawn with matplotlib on a dark film; open to the pages and to all.

`Film` is the figure, `draw_plane` draws into axes of one's own, and the colours stay apart for
colour-blind readers.
"""

from .film import COLORS, FAINT, FILM, INK, Film
from .filters import show_filters
from .histogram import show_histogram
from .planes import draw_plane, show_montage, show_planes, show_row, show_slice, show_windows
from .positions import show_positions

__all__ = [
    "COLORS",
    "FAINT",
    "FILM",
    "INK",
    "Film",
    "draw_plane",
    "show_filters",
    "show_histogram",
    "show_montage",
    "show_planes",
    "show_positions",
    "show_row",
    "show_slice",
    "show_windows",
]
