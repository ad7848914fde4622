"""Views that go together: by millimetres, on whatever grids; the mirror is view/linking.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from .. import overlay
from ..arguments import flag
from ..errors import ParameterError
from ..geometry import apply_affine, nearest
from ..zooming import FARTHEST, ZOOMS
from . import still
from .closing import ClosesWhole
from .script import Scripted
from .state import SliceView

_NAMES = {"place": ("cursor", "pinned"), "window": ("center", "width"), "zoom": ("zoom", "pan")}


class ViewLink(ClosesWhole, Scripted):
    """Views whose places go together in millimetres; see `link_views`.

    In the browser the views move each other with no kernel between; here what Python sets on one
    of them reaches the others too.
    """

    views: traitlets.List = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)
    window = traitlets.Bool(False).tag(sync=True)
    zoom = traitlets.Bool(False).tag(sync=True)

    _leads = False

    def __init__(self, views: Sequence[SliceView], *, window: bool, zoom: bool) -> None:
        self._words = f"{len(views)} linked views"
        self._ends = [_End(self, view) for view in views]
        super().__init__(views=list(views), window=window, zoom=zoom)
        self.lead(views[0])
        for end in self._ends:
            end.view.keep_tie(end)

    def lead(self, view: SliceView) -> None:
        """Take the others to where a view is."""
        if self._leads:
            return
        self._leads = True
        try:
            leader = _seen(view)
            for end in self._ends:
                if end.view is not view:
                    patch = following(leader, _seen(end.view), window=self.window, zoom=self.zoom)
                    with end.view.at_once():
                        for name, value in patch.items():
                            setattr(end.view, name, value)
        finally:
            self._leads = False

    def unlink(self) -> None:
        """Let each view go its own way again; as does closing one of them."""
        ends, self._ends = self._ends, []
        for end in ends:
            end.view.drop_tie(end)
        if self.comm is not None:
            self.views = []
        super().close()

    def close(self) -> None:
        """Let each view go its own way again."""
        self.unlink()

    def __repr__(self) -> str:
        return self._words if self._ends else f"{self._words}, unlinked"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        return {"text/plain": repr(self)}, {}


class _End:
    """One view of a link: changed by Python it leads, and closing takes the link along."""

    def __init__(self, link: ViewLink, view: SliceView) -> None:
        self.link, self.view = link, view
        self._told: list[Any] = []

    def follow(self) -> None:
        """Lead the others, where something has changed that they share."""
        names = [name for group in _NAMES.values() for name in group]
        now = [getattr(self.view, name) for name in names]
        if now != self._told:
            self._told = now
            self.link.lead(self.view)

    def close(self) -> None:
        """Unlink all."""
        self.link.unlink()


def _seen(view: SliceView) -> dict[str, Any]:
    """What the rule reads of a view."""
    state, volumes = still._state(view), still._volumes(view)
    grids = {name: one and still._grid(one, view.convention) for name, one in volumes.items()}
    pane = overlay.panes(state, grids)[0] | {"plane": None}
    frame = overlay.pictures(state, grids, pane)["frame"]
    volume = view.volume
    names = [name for group in _NAMES.values() for name in group]
    return {
        **{name: getattr(view, name) for name in names},
        "limits": view.limits,
        "shape": volume.shape,
        "affine": volume.affine,
        "fits": max(frame["width"], frame["height"]),
    }


def following(
    leader: dict[str, Any], follower: dict[str, Any], *, window: bool, zoom: bool
) -> dict[str, Any]:
    """What the traits of a view become when it follows another.

    The cursor goes to the voxel that is nearest to the place of the other's, the zoom to the same
    length of a millimetre on stages of one size, the pan to the same place in the patient.

    Parameters
    ----------
    leader, follower : dict
        Traits of each, the shape and affine of its volume, and ``fits``, the mm along a stage
        at a zoom of 1.
    window, zoom : bool
        Whether these go together too.

    Returns
    -------
    dict
        By the names of the traits.
    """
    place = apply_affine(leader["affine"], leader["cursor"])
    index = nearest(apply_affine(np.linalg.inv(follower["affine"]), place))
    last = np.array(follower["shape"]) - 1
    patch: dict[str, Any] = {
        "cursor": tuple(np.clip(index, 0, last).tolist()),
        "pinned": leader["pinned"],
    }
    if window:
        for name in _NAMES["window"]:
            patch[name] = float(np.clip(leader[name], *follower["limits"][name]))
    if zoom:
        ratio = follower["fits"] / leader["fits"]
        patch["zoom"] = float(np.clip(leader["zoom"] * ratio, *ZOOMS))
        seen = _middle(leader) + leader["pan"] - _middle(follower)
        patch["pan"] = tuple(np.clip(seen, -FARTHEST, FARTHEST).tolist())
    return patch


def _middle(seen: dict[str, Any]) -> np.ndarray:
    """The middle of a volume in mm."""
    return np.asarray(apply_affine(seen["affine"], (np.array(seen["shape"]) - 1) / 2))


def link_views(*views: SliceView, window: bool = False, zoom: bool = False) -> ViewLink:
    """Let views show the same place in the patient, whatever their volumes, grids and planes.

    The place of the cursor in millimetres of one view goes to the nearest voxel of each other, so
    their slices move together. This happens in the browser: no kernel is asked. The first view
    leads at the beginning.

    Parameters
    ----------
    *views : two or more of what `explore`, `planes`, `compare` and `tune` return
    window : bool
        Center and width go together too.
    zoom : bool
        Zoom and pan go together too: a millimetre is as long in each view of the same size.

    Returns
    -------
    ViewLink
        Its ``unlink()`` lets the views go their own ways; so does closing one of them. A page of
        ``to_html`` holds one view alone, and no link.

    Raises
    ------
    ParameterError
        On fewer than two views, one that is none, or the same one twice.

    Examples
    --------
    >>> import numpy as np, ctkit
    >>> coarse = ctkit.Volume.from_spacing(np.zeros((4, 6, 8), np.int16), (5, 1, 1))
    >>> fine = ctkit.Volume.from_spacing(np.zeros((16, 6, 8), np.int16), (1.25, 1, 1))
    >>> first, second = ctkit.explore(coarse), ctkit.explore(fine)
    >>> link = link_views(first, second)
    >>> first.slice = 3
    >>> second.slice
    12
    >>> link.unlink()
    """
    for view in views:
        if not isinstance(view, SliceView):
            message = f"link_views takes views, as explore returns them; not {view!r}"
            raise ParameterError(message)
    if len({id(view) for view in views}) < max(len(views), 2):
        message = f"link_views takes two views or more, each once; not {len(views)} of them"
        if len(views) > 1:
            message = "link_views takes each view once; one of these is there twice"
        raise ParameterError(message)
    return ViewLink(views, window=flag(window, "window"), zoom=flag(zoom, "zoom"))
