"""explore: one plane at a time, with all its controls."""

import ipywidgets

from .controls import PlanePicker, SliceSlider, WindowSliders
from .state import SliceView


class Explorer(SliceView):
    """A SliceView with its controls around it; see `explore`.

    Its traits are the state of the view. Put ``box`` into a box of your own, to have
    the controls there too.
    """

    _call = "explore"

    def __init__(self, volume, **keywords):
        super().__init__(volume, **keywords)
        self.panel = ipywidgets.VBox(self._controls())
        self.panel.add_class("ctkit-panel")
        self.box = ipywidgets.HBox([self, self.panel])
        self.box.add_class(f"ctkit-{self._mode}")
        self.box.add_class("ctkit-explorer")

    def _controls(self):
        """Make the controls, tied to this view; in the order in which they stand."""
        self.plane_picker = PlanePicker(self.plane)
        self.slice_slider = SliceSlider(self.volume, self.plane, self.slice)
        self.window_sliders = WindowSliders(self.window, *self._limits["center"])
        controls = [self.plane_picker, self.slice_slider, self.window_sliders]
        for control in controls:
            control.tie(self)
        return controls

    def _shown(self):
        return self.box

    def close(self):
        """Close the view and its controls, here and in the browser."""
        if hasattr(self, "box"):
            _close_all(self.panel)
            self.box.close()
        super().close()


def _close_all(box):
    for child in getattr(box, "children", ()):
        _close_all(child)
    box.close()


def explore(
    volume,
    *,
    plane="axial",
    slice=None,
    window=None,
    mask=None,
    opacity=0.25,
    function="LINEAR",
    convention="radiological",
):
    """Look through a Volume: slices, planes, windows, and the HU under the pointer.

    Wheel, arrows, PageUp and PageDown, Home and End change the slice; a drag changes
    the window (right is wider, down is a higher center, as in OHIF); 1 to 8 are the
    presets, i inverts, space resets, ? shows all keys. Ruler and region are drawn with
    the tools above the picture.

    Parameters
    ----------
    volume : Volume of HU, or what `load` takes: the path of one
    plane : {"axial", "coronal", "sagittal"}
    slice : int, optional
        Along the plane's array axis, in the array's order; the middle by default.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default.
    mask : Volume of bool, optional
        Drawn over the picture; on the same grid.
    opacity : float, 0 to 1
        Of the mask.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
        How HU become greys; see `ctkit.apply_window`.
    convention : {"radiological", "neurological"}
        Which side of the picture the patient's left is on: right, or left.

    Returns
    -------
    Explorer
        A widget with the traits ``slice``, ``plane``, ``center``, ``width``,
        ``cursor``, ``roi``, ``ruler``: set from Python they move the picture; moved in
        the browser they reach ``observe``. Its methods ``save`` and ``to_html`` keep it.

    Raises
    ------
    UnitError, GeometryError
        On a mask or a label map in place of a volume, or a mask of another grid.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> volume = ctkit.Volume.from_spacing(np.zeros((4, 6, 8), np.int16), (5, 1, 1))
    >>> view = explore(volume, window="brain")
    >>> view.plane = "coronal"
    >>> view
    explore(volume, plane='coronal', slice=3, window='brain')
    """
    return Explorer(
        volume,
        plane=plane,
        slice=slice,
        window=window,
        mask=mask,
        opacity=opacity,
        function=function,
        convention=convention,
    )
