"""explore: one plane at a time, with all its controls."""

import ipywidgets

from ._controls import PlanePicker, SliceSlider, WindowSliders
from ._view import SliceView


class Explorer(SliceView):
    """A SliceView with its controls around it; see `explore`.

    Its traits are the state of the view. Put ``box`` into a box of your own, to have
    the controls there too.
    """

    _call = "explore"

    def __init__(self, volume, **keywords):
        super().__init__(volume, **keywords)
        self.plane_picker = PlanePicker(self.plane)
        self.slice_slider = SliceSlider(volume, self.plane, self.slice)
        low, high = self._limits["center"]
        self.window_sliders = WindowSliders(self.window, low, high)
        controls = (self.plane_picker, self.slice_slider, self.window_sliders)
        for control in controls:
            control.tie(self)
        panel = ipywidgets.VBox(controls)
        panel.add_class("ctkit-panel")
        self.box = ipywidgets.HBox([self, panel])
        self.box.add_class("ctkit-explorer")

    def _shown(self):
        return self.box

    def close(self):
        """Close the view and its controls, here and in the browser."""
        if self._ready:
            for widget in (self.box, self.plane_picker, self.slice_slider, self.window_sliders):
                widget.close()
        super().close()


def explore(
    volume,
    *,
    plane="axial",
    slice=None,
    window=None,
    mask=None,
    opacity=0.35,
    function="LINEAR",
    convention="radiological",
):
    """Look through a Volume: slices, planes, windows, and the HU under the pointer.

    Wheel, arrows, PageUp and PageDown, Home and End change the slice; a drag changes
    the window (right is wider, down is a higher center, as in OHIF); 1 to 8 are the
    presets, i inverts, space resets.

    Parameters
    ----------
    volume : Volume of HU
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
        ``cursor``: set from Python they move the picture; moved in the browser they
        reach ``observe``.

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
