"""Widgets: controls and a canvas view, alive in the browser with no kernel."""

from ._controls import PlanePicker, SliceSlider, WindowSliders
from ._explorer import Explorer, explore
from ._view import SliceView

__all__ = ["Explorer", "PlanePicker", "SliceSlider", "SliceView", "WindowSliders", "explore"]
