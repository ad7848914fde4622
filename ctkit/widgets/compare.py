"""compare: two volumes, lined up in millimetres."""

from ..errors import UnitError
from . import voxels as _voxels
from .controls import BlendPicker, PlanePicker, SliceSlider, WindowSliders
from .explore import Explorer
from .state import opened


class Compare(Explorer):
    """Two volumes with one window, slice and cursor; see `compare`."""

    _call = "compare"
    _arguments = "before, after"
    _mode = "compare"

    def __init__(self, before, after, *, blend="side by side", limit=100, names=None, **keywords):
        self.after = after
        self._initial = {
            "second": None if after is None else _voxels.acquire(after),
            "blend": blend,
            "limit": limit,
            "names": list(names or ("before", "after")),
        }
        super().__init__(before, **keywords)

    def show_second(self, after):
        """Show another Volume beside the first; a mask is drawn over the first."""
        if after.is_mask:
            self._replace("overlay", after)
            self.mask = after
            return
        self._replace("second", after)
        self.after = after

    def _replace(self, trait, volume):
        old = getattr(self, trait)
        setattr(self, trait, _voxels.acquire(volume))
        if old is not None:
            _voxels.release(old)

    def _controls(self):
        self.blend_picker = BlendPicker(self.blend)
        self.plane_picker = PlanePicker(self.plane)
        self.slice_slider = SliceSlider(self.volume, self.plane, self.slice)
        self.window_sliders = WindowSliders(self.window, *self._limits["center"])
        controls = [self.blend_picker, self.plane_picker, self.slice_slider, self.window_sliders]
        for control in controls:
            control.tie(self)
        return controls

    def _more(self):
        return "" if self.blend == "side by side" else f", blend={self.blend!r}"


def compare(
    before, after, *, blend="side by side", limit=100, names=("before", "after"), **keywords
):
    """Look at two Volumes together: side by side, curtain, flicker, difference.

    They may lie on different grids: places are matched in millimetres.

    Parameters
    ----------
    before, after : Volume of HU, or what `load` takes
    blend : {"side by side", "curtain", "flicker", "difference"}
        The difference is after - before, blue below 0, orange above, linear between
        the voxels of `after`.
    limit : float
        HU at which the colours of the difference are full.
    names : two str
    **keywords
        As in `explore`: plane, slice, window, mask, opacity, function, convention.

    Returns
    -------
    Compare
        A widget with the traits of `explore`; plane and slice are those of `before`.

    Raises
    ------
    UnitError
        Where one is a mask: draw it with ``explore(volume, mask=mask)``.
    """
    after = opened(after, "after")
    if after.is_labels:
        message = "this is a label map, which has no HU to compare"
        raise UnitError(message)
    if after.is_mask:
        message = "this is a mask; draw it over its volume: explore(volume, mask=mask)"
        raise UnitError(message)
    return Compare(before, after, blend=blend, limit=limit, names=names, **keywords)
