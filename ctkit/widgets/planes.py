"""planes: axial, coronal and sagittal at once, through one point."""

from .controls import WindowSliders
from .explore import Explorer


class Planes(Explorer):
    """Three planes through the cursor, with one window; see `planes`."""

    _call = "planes"
    _mode = "planes"

    def _controls(self):
        self.window_sliders = WindowSliders(self.window, *self._limits["center"])
        self.window_sliders.tie(self)
        return [self.window_sliders]

    def _more(self):
        return f", cursor={self.cursor}"


def planes(volume, *, cursor=None, plane="axial", slice=None, window=None, mask=None, **keywords):
    """Look at a Volume in three planes at once; a click in one moves the other two.

    Parameters
    ----------
    volume : Volume of HU, or what `load` takes: the path of one
    cursor : (slice, row, column), optional
        The voxel that the planes go through; the middle by default.
    plane : {"axial", "coronal", "sagittal"}
        The one that the keys move at first.
    slice : int, optional
        Of that plane.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default.
    mask : Volume of bool, optional
    **keywords
        As in `explore`: opacity, function, convention.

    Returns
    -------
    Planes
        A widget with the traits of `explore`.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> volume = ctkit.Volume.from_spacing(np.zeros((4, 6, 8), np.int16), (5, 1, 1))
    >>> planes(volume, cursor=(1, 2, 3), window="bone")
    planes(volume, plane='axial', slice=1, window='bone', cursor=(1, 2, 3))
    """
    view = Planes(volume, plane=plane, slice=slice, window=window, mask=mask, **keywords)
    if cursor is not None:
        view.cursor = cursor
    return view
