"""drop: a field that takes a scan from the reader's own disk, wherever Python runs.

The browser reads the files, and sends them to the kernel piece by piece, over the connection
that every widget has: nothing else is needed where the kernel is far away, or in the page itself.
No trait that the browser knows of says anything of the scan: a saved page holds nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

from ..errors import CTError, LoadError
from ..files.dicom.describing import harmless
from ..files.loading import Series, SeriesList, list_series, load
from ..files.receiving import Received, Receiving, room_for
from ..files.sources import ZipLimits
from ..files.wording import counted
from ..volume import Volume
from . import cells
from .closing import ClosesWhole
from .explore import Explorer, explore
from .parts import StateError
from .script import Scripted

_HERE = Path(__file__).parent
_NOTHING = "nothing is here yet: drop a scan onto the field, then ask again"
_CLOSED = "this field is closed, and its files are gone: make another one"
_OURS = "this is a fault of ctkit and none of the files: "
_MEMORY = "there is not enough memory for it"


class DropField(Scripted):
    """What the browser shows of a `Drop`: it knows nothing of the scan but by messages."""

    _css = _HERE / "view" / "view.css"

    mode = traitlets.Unicode("drop").tag(sync=True)
    #: Beyond how many files none is looked for.
    most = traitlets.Int().tag(sync=True)


class _Loaded(traitlets.Any):
    """A Volume that is loaded when it is read."""

    def get(self, obj: Any, cls: Any = None) -> Volume:
        """The volume of the picked series; see `Drop`."""
        return obj.loaded()


class Drop(ClosesWhole, ipywidgets.VBox):
    """A field for files of the reader's own; see `drop`."""

    series = traitlets.Instance(SeriesList)
    picked = traitlets.Int(None, allow_none=True)
    volume = _Loaded(None, allow_none=True, read_only=True)
    view = traitlets.Instance(Explorer, allow_none=True, read_only=True)

    _arriving: Receiving | None = None
    # What the page calls the files that are under way.
    _ticket: Any = None
    _held: Received | None = None

    def __init__(self, zip_limits: ZipLimits = None) -> None:
        self.zip_limits = zip_limits
        self.field = DropField(most=int(room_for(zip_limits)["members"]))
        self.field.on_msg(self._hear)
        super().__init__([self.field], series=SeriesList())
        self.add_class("ctkit-drop-box")
        cells.remember(self)

    # ---- what Python asks

    @property
    def path(self) -> Path:
        """The private folder of the files, until another drop takes their place."""
        return self._received().folder.path

    def loaded(self) -> Volume:
        """The volume of the picked series, loaded where it is not."""
        found = self._trait_values.get("volume")
        return found if found is not None else self._load()

    def show(self) -> Explorer:
        """Show the picked series below the field, as the button "Open" does.

        Returns
        -------
        Explorer

        Raises
        ------
        LoadError
            Where nothing is there, or it can't be loaded.
        UnitError
            Where it holds no HU.
        """
        made = explore(self.loaded())
        self._hide()
        self.set_trait("view", made)
        self.set_trait("children", (self.field, made.shown()))
        self._tell_state()
        return made

    def close(self) -> None:
        """Close the field and the view, and remove the files."""
        if self.comm is not None:
            self._hide()
            super().close()
        self._stop_arriving()
        self._let_go()

    def _received(self) -> Received:
        if self._held is None:
            raise LoadError(_CLOSED if self.comm is None else _NOTHING)
        return self._held

    def _load(self) -> Volume:
        row, held = self._row(), self._received()
        # Of a DICOM series no other argument makes it a volume by itself.
        if row.uid and row.problem:
            raise LoadError(row.problem)
        volume = load(held.folder.path, series=row.number, zip_limits=self.zip_limits)
        if held.notes:
            volume = volume.with_array(volume.array, *held.notes)
        self.set_trait("volume", volume)
        return volume

    def _row(self) -> Series:
        self._received()
        if self.picked is None:
            message = "no series is picked: set field.picked to a number in field.series"
            raise LoadError(message)
        return self.series[self.picked]

    @traitlets.validate("picked")
    def _check_picked(self, proposal: dict) -> int | None:
        number = proposal["value"]
        if number is not None and not 0 <= number < len(self.series):
            there = f"0 to {len(self.series) - 1}" if self.series else "none yet"
            message = f"picked is the number of a series, {there}, not {number}"
            raise StateError(message)
        return number

    @traitlets.observe("picked")
    def _forget_volume(self, _: Any) -> None:
        self.set_trait("volume", None)
        if self._held is not None:
            self._tell_state()

    # ---- what the page sends

    def _hear(self, _: Any, message: Any, buffers: list) -> None:
        """Take a message of the page: whatever it holds, it ends in words at most."""
        if not isinstance(message, dict):
            return
        acts: dict[str, Callable[[dict, list], None]] = {
            "begin": self._begin,
            "bytes": self._take,
            "end": self._end,
            "cancel": self._cancel,
            "open": self._open,
            "state": lambda *_: self._tell_state(),
        }
        act = acts.get(str(message.get("kind")))
        if act is None:
            return
        ticket = message.get("drop")
        try:
            act(message, buffers)
        except CTError as error:
            self._refuse(ticket, str(error))
        except MemoryError:
            self._refuse(ticket, _MEMORY)
        except Exception as error:
            self._refuse(ticket, _OURS + type(error).__name__)
            raise

    def _begin(self, message: dict, _: list) -> None:
        # The page that had begun before may be gone: the newest counts.
        self._stop_arriving()
        self._arriving = Receiving(message.get("files"), self.zip_limits)
        self._ticket = message.get("drop")
        self._say("go", drop=self._ticket)

    def _take(self, message: dict, buffers: list) -> None:
        arriving = self._arriving_for(message)
        if arriving is not None:
            content = buffers[0] if len(buffers) == 1 else b""
            arriving.take(message.get("parts"), content)
            self._say("taken", drop=self._ticket, bytes=arriving.taken)

    def _end(self, message: dict, _: list) -> None:
        arriving = self._arriving_for(message)
        if arriving is None:
            return
        received = arriving.finish()
        found = list_series(received.folder.path, zip_limits=self.zip_limits)
        self._arriving = None
        self._hold(received, SeriesList(map(_unnamed, found)))

    def _cancel(self, message: dict, _: list) -> None:
        if self._arriving_for(message, tell=False) is not None:
            self._stop_arriving()

    def _open(self, message: dict, _: list) -> None:
        number = message.get("series")
        if isinstance(number, int):
            self.picked = number
            self.show()

    def _arriving_for(self, message: dict, tell: bool = True) -> Receiving | None:
        """What is under way, where the message belongs to it."""
        ticket = message.get("drop")
        if self._arriving is not None and ticket == self._ticket:
            return self._arriving
        if tell:
            words = "another drop has taken the place of this one, or it was stopped: drop it again"
            self._say("refused", drop=ticket, words=words)
        return None

    def _refuse(self, ticket: Any, words: str) -> None:
        if ticket == self._ticket or self._arriving is None:
            self._stop_arriving()
        self._say("refused", drop=ticket, words=words)

    def _stop_arriving(self) -> None:
        if self._arriving is not None:
            self._arriving.discard()
        self._arriving = self._ticket = None

    # ---- what is held

    def _hold(self, received: Received, found: SeriesList) -> None:
        """Take these files in the place of those that were held before."""
        self._hide()
        self._let_go()
        self._held = received
        self.series = found
        self.picked = _first(found)  # which tells the page

    def _let_go(self) -> None:
        """Remove the files that are held."""
        held, self._held = self._held, None
        self.picked, self.series = None, SeriesList()
        self.set_trait("volume", None)
        if held is not None:
            held.folder.close()

    def _hide(self) -> None:
        """Close the view that is shown."""
        view = self.view
        if view is not None:
            self.set_trait("children", (self.field,))
            self.set_trait("view", None)
            view.close()

    def _tell_state(self) -> None:
        """Tell the page what is held: by a message, which no saved page keeps."""
        heads = SeriesList.HEADS[:-2]
        self._say(
            "held",
            words="" if self._held is None else self._held.words,
            notes=[] if self._held is None else list(self._held.notes),
            heads=heads,
            rows=[row[: len(heads)] for row in self.series.cells()],
            problems=[row.problem for row in self.series],
            picked=self.picked,
            shown=self.view is not None,
        )

    def _say(self, kind: str, **words: Any) -> None:
        if self.comm is not None:
            self.field.send({"kind": kind, **words})

    def __repr__(self) -> str:
        if self._held is None:
            return (
                "drop(): empty. In Jupyter this shows a field: drop a scan onto it. Elsewhere "
                "ctkit.load(path) opens one"
            )
        return f"drop(): {self._held.words}, {counted(len(self.series), 'series', 'series')}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict:
        cells.note_shown(self)
        return super()._repr_mimebundle_(**kwargs) | {"text/plain": repr(self)}


def _unnamed(row: Series) -> Series:
    """A row without the words that may name somebody; files have no names of their own here."""
    return replace(row, description=harmless(row.description)) if row.uid else row


def _first(found: SeriesList) -> int | None:
    """The number of the first series that can be loaded; else of the first."""
    return next((row.number for row in found if row.loadable), 0 if found else None)


def drop(*, zip_limits: ZipLimits = None) -> Drop:
    """Take a scan from your own disk: a field to drop a file, a folder or a zip onto.

    It works wherever Jupyter does: beside you, on a server far away, or in a browser tab with no
    server. The browser reads the files, and sends them to Python in pieces. A table says what
    they hold, and the button "Open" shows the picked series right below.

    Nothing that is shown names anybody: files are counted and not named, and of a description
    only terms of the trade are shown. The files stand in a folder of their own, which only you
    may read (mode 0700); another drop, ``close()`` and the end of Python remove it. In a browser
    tab that folder is memory of the tab. A saved notebook holds no voxel and no name of the
    scan; only where Jupyter is set to save widgets with the page, it keeps the histogram and the
    size of a series that was opened.

    Parameters
    ----------
    zip_limits : mapping, optional
        Raises the limits on how many files and bytes may come, and on what a zip may unpack
        to; see `ctkit.files.sources.ZIP_LIMITS`.

    Returns
    -------
    Drop
        A widget. Its traits can be observed: ``series``, what `list_series` says, empty at
        first; ``picked``, the number of the series that is picked, or None; ``volume``, loaded
        when it is read or opened, and None again after another drop; ``view``, the `explore`
        that is shown, or None. ``path`` is the folder, for `load` with further arguments;
        ``show()`` does what the button does.

    Raises
    ------
    LoadError
        On reading ``volume`` or ``path`` when nothing is there, and where the series can't be
        loaded: it says why.

    Examples
    --------
    >>> field = drop()
    >>> field
    drop(): empty. In Jupyter this shows a field: drop a scan onto it. Elsewhere ctkit.load(path) \
opens one
    >>> field.volume
    Traceback (most recent call last):
        ...
    ctkit.errors.LoadError: nothing is here yet: drop a scan onto the field, then ask again
    """
    return Drop(zip_limits)
