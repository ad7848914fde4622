"""Still pictures of volumes, drawn with matplotlib on a dark film."""

from .film import (
    COLORS,
    FAINT,
    FILM,
    INK,
    Film,
    draw_plane,
    show_filters,
    show_histogram,
    show_montage,
    show_planes,
    show_row,
    show_slice,
    show_windows,
)
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
