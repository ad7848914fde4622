"""Widgets: controls and a canvas view, alive in the browser with no kernel."""

from .compare import Compare, compare
from .controls import PlanePicker, SliceSlider, WindowSliders
from .drop import Drop, drop
from .explore import Explorer, explore
from .linking import ViewLink, link_views
from .planes import Planes, planes
from .search import HeaderSearch, search_header
from .sinogram import Sinogram, sinogram
from .state import SliceView
from .tune import Tuner, tune

__all__ = [
    "Compare",
    "Drop",
    "Explorer",
    "HeaderSearch",
    "PlanePicker",
    "Planes",
    "Sinogram",
    "SliceSlider",
    "SliceView",
    "Tuner",
    "ViewLink",
    "WindowSliders",
    "compare",
    "drop",
    "explore",
    "link_views",
    "planes",
    "search_header",
    "sinogram",
    "tune",
]
