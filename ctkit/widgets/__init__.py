"""Widgets: controls and a canvas view, alive in the browser with no kernel."""

from ._compare import Compare, compare
from ._controls import PlanePicker, SliceSlider, WindowSliders
from ._explorer import Explorer, explore
from ._planes import Planes, planes
from ._search import HeaderSearch, search_header
from ._tuner import Tuner, tune
from ._view import SliceView

__all__ = [
    "Compare",
    "Explorer",
    "HeaderSearch",
    "PlanePicker",
    "Planes",
    "SliceSlider",
    "SliceView",
    "Tuner",
    "WindowSliders",
    "compare",
    "explore",
    "planes",
    "search_header",
    "tune",
]
