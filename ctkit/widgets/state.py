"""SliceView: the canvas, made of the parts of a view."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from ..arguments import whole
from ..errors import SaveError
from ..files.atomic import as_target, write_file
from . import cells, line, measuring, still
from . import page as _page
from .closing import close_all
from .controls import Follows
from .parts import Cine, Cut, Marks, Mask, Place, Voxels, Window, Zoom
from .script import Scripted
from .voxels import VoxelData

if TYPE_CHECKING:
    from PIL.Image import Image

_HERE = Path(__file__).parent
MODES = ("single", "planes", "compare")


class SliceView(Mask, Marks, Window, Cine, Zoom, Cut, Place, Voxels, Scripted):
    """One plane of a Volume on a canvas.

    Parameters
    ----------
    volume : Volume of HU
    plane : {"axial", "coronal", "sagittal"}
    slice : int, optional
        Along the plane's array axis, in the array's order; the middle by default.
    window : str or (center, width), optional
        A preset's name or numbers in HU; "soft tissue" by default.
    mask : mask, label map, or dict of name to mask, optional
        Drawn over the picture; on the same grid. A mask is a Volume of bool, or an array of
        bool in the volume's shape; those of a dict may overlap.
    opacity : float, 0 to 1
        Of the mask, or of all labels.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
    convention : {"radiological", "neurological"}
    cursor : (slice, row, column), optional
        The voxel that is marked; the middle by default. The slice is that of the cursor then.
    invert : bool
        Show what is dense dark.
    outline : bool
        Draw the edge of each label opaque.
    labels : list of dicts, optional
        As in `explore`.
    marks : list of dict or pandas.DataFrame, optional
        As the attribute.
    zoom : float
        1 where the picture fits.
    pan : (x, y, z) in mm, LPS+
        From the middle of the volume to the middle of the picture.
    interpolation : {"linear", "nearest"}
        Between the middles of pixels.
    slab : float
        Thickness in mm of what is shown; 0 is a plane alone.
    projection : {"max", "min", "mean"}
        What is shown of a slab.
    normal : (x, y, z), LPS+, optional
        Turns the plane that is nearest to it.
    through : (x, y, z) in mm, LPS+, optional
        The point that this plane goes through.

    Attributes
    ----------
    slice, plane, center, width, cursor : traits
        Set them and the picture moves; moved in the browser, they reach `observe`.
        ``cursor`` is the voxel (slice, row, column) of the last click.
    marks : table
        What is drawn on the picture, and its numbers; ``observe`` it as the trait ``drawn``.
    ruler, roi : traits
        The last ruler and the last region of the table, as dicts.
    labels : trait
        List of dicts, one a label, with ``value``, ``name``, ``color``, ``opacity``, ``visible``
        and ``ml``. A list that names some of them leaves the others as they are.

    Raises
    ------
    UnitError
        On a mask in place of a volume, or HU in place of a mask.
    GeometryError
        On a mask of another grid.
    StateError
        Where a trait is set to what it can't be; it is a TraitError too.
    """

    _css = _HERE / "view" / "view.css"

    #: How many pictures the script lays out.
    mode = traitlets.Enum(MODES, "single").tag(sync=True)
    #: The beginning of the line of Python that brings the picture back.
    call = traitlets.Unicode("SliceView(volume").tag(sync=True)
    standalone = traitlets.Bool(False).tag(sync=True)
    #: PNG of what was displayed, for a page that has to wait for the voxels; it drops it then.
    snapshot = traitlets.Bytes(None, allow_none=True).tag(sync=True)

    _ties: tuple[Follows, ...] = ()
    _spare: tuple[VoxelData, ...] = ()

    def __init__(
        self,
        volume: Any,
        *,
        plane: str | None = None,
        slice: int | None = None,
        window: Any = None,
        mask: Any = None,
        opacity: float = 0.25,
        function: str = "LINEAR",
        convention: str = "radiological",
        cursor: Any = None,
        invert: bool = False,
        outline: bool = True,
        marks: Any = None,
        labels: Any = None,
        zoom: float = 1,
        pan: Any = (0, 0, 0),
        interpolation: str = "linear",
        slab: float = 0,
        projection: str = "max",
        normal: Any = None,
        through: Any = None,
    ) -> None:
        with self.refusable():
            self.begin_voxels(volume)
            self.begin_mask(mask, opacity, outline, labels)
            self.begin_place(plane, slice, convention, cursor, normal, through)
            self.begin_cut(slab, projection)
            self.begin_zoom(zoom, pan, interpolation)
            self.begin_window(window, function, invert)
            self.begin_marks(marks)
            # Before the browser hears of it: a slider tied to an end that comes only later would
            # have been clamped.
            self.settle()
            super().__init__(_dom_classes=("ctkit-root",))
            self.on_msg(self._answer)
        self.keep_opening()
        cells.remember(self)

    def keep_opening(self) -> None:
        """Give the browser the pictures that are shown now, where it would have to ask for them."""
        held = self.held()
        for stacks in still.shown_stacks(self) if any(one.lazy for one in held.values()) else ():
            for trait, stack, index in stacks:
                held[trait].open_with(stack, index)

    @contextmanager
    def refusable(self) -> Iterator[None]:
        """A view that is refused half-way leaves nothing open in the browser."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Changes inside of this go to the browser in one message."""
        with self.hold_sync(), super().at_once():
            yield
        if not self._holding_sync:
            self._release_spare()
            self._tell_ties()

    def release(self, data: VoxelData) -> None:
        """Release voxels when the browser knows that the view refers to others."""
        self._spare += (data,)
        if not self._holding_sync:
            self._release_spare()

    def _release_spare(self) -> None:
        spare, self._spare = self._spare, ()
        for data in spare:
            super().release(data)

    def notify_change(self, change: traitlets.Bunch) -> None:
        """Send a trait and all that depend on it in one message; see traitlets.

        The browser then finds nothing to bring into line, and answers nothing that
        could come late and undo what Python sets next. The controls follow after it.
        """
        outermost = not self._holding_sync
        with self.hold_sync():
            super().notify_change(change)
        # What comes from the browser has reached its controls there already.
        if outermost:
            self._tell_ties()

    def _tell_ties(self) -> None:
        if self._settled and not self._from_browser:
            for tie in self._ties:
                tie.follow()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict:
        """The state to be sent; see ipywidgets.

        The browser tells its sliders in this order, and one whose end shrinks before its
        value has moved would push the value to that end.
        """
        state = super().get_state(key, drop_defaults)
        if "max_slice" not in state:
            return state
        end = {"max_slice": state.pop("max_slice")}
        return state | end if self.shrinks else end | state

    def _answer(self, _: Any, message: dict, buffers: list) -> None:
        """Answer a page that doesn't find the voxels."""
        if message.get("kind") == "again" and message.get("trait") in self.held():
            self.hold_again(message["trait"], message.get("missing", ""))

    def set_state(self, sync_data: dict) -> None:
        """Take a message of the browser; see ipywidgets."""
        self._from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self._from_browser = False

    def keep_tie(self, tie: Follows) -> None:
        """Let a control follow this view, until one of the two closes."""
        self._ties += (tie,)

    def drop_tie(self, tie: Follows) -> None:
        """Let a control no longer follow."""
        self._ties = tuple(one for one in self._ties if one is not tie)

    def close(self) -> None:
        """Give back what the view holds, here and in the browser.

        It lets its Volumes go as well; the last view of a Volume takes the voxels in the
        browser along.
        """
        for tie in self._ties:
            tie.close()
        if self.comm is not None:
            self.set_trait("snapshot", None)
            layout = self.layout
            super().close()
            close_all(layout)
        self.let_go()

    def forget(self) -> None:
        """Close a view that nobody will ask anything any more."""
        self.close()

    def picture(self, size: int = 512) -> Image:
        """What is on screen as a picture at its true aspect: a PIL image."""
        return still.picture(self, size)

    def save(self, path: Any, size: int = 1024) -> Path:
        """Save what is on screen as PNG, at its true aspect, `size` pixels high.

        Parameters
        ----------
        path : str or path-like, ending in ".png"
        size : int

        Returns
        -------
        Path
        """
        path = as_target(path)
        if path.suffix.lower() != ".png":
            message = f"a view is saved as PNG; {path.name!r} has another ending"
            raise SaveError(message)
        size = whole(size, "size is a whole number of pixels above 0", low=1)
        return write_file(path, still.png(self.picture(size)))

    def to_html(self, path: Any = None, *, iframe: bool = False, height: int = 900) -> Path | str:
        """The view as one page that is alive with no kernel and no network.

        Parameters
        ----------
        path : str or path-like, optional
            Where the page is written.
        iframe : bool
            Return ``<iframe srcdoc>`` to be put into another page.
        height : int
            Of that frame in pixels.

        Returns
        -------
        Path where one was given, else str of HTML
        """
        page = _page.page(self)
        if path is None:
            height = whole(height, "height is a whole number of pixels above 0", low=1)
            return _page.framed(page, height, self.alt_text()) if iframe else page
        # Half a letter, as in the name of a damaged file, is none: it is shown as a mark.
        return write_file(path, page.encode("utf-8", "xmlcharrefreplace"))

    def window_from(self, mark: str | int | None = None) -> None:
        """Set the window by a region.

        Its center is the mean of the region's HU; its width spans the 2nd to the 98th percentile.

        Parameters
        ----------
        mark : str or int, optional
            A region's name, or its row in the table; the last region by default.
        """
        center, width = measuring.window_of(self.region_values(mark))
        self.window = (center, max(width, self.step))

    def alt_text(self) -> str:
        """The picture in one sentence."""
        return still.alt_text(self)

    def shown(self) -> Any:
        """The widget that stands in the page for this view."""
        return self

    def __repr__(self) -> str:
        return line.line(self.call, self.words())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        cells.note_shown(self)
        self.keep_opening()
        self.snapshot = still.png(self.picture())
        data = {
            "text/plain": repr(self),
            "image/png": b64encode(self.snapshot).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.shown().model_id,
            },
        }
        return data, {"image/png": {"alt": self.alt_text()}}
