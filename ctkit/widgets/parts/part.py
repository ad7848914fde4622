"""What every part of a view has, and what it tells the view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import ipywidgets
import traitlets

from ...errors import ParameterError
from ...hounsfield import may_be_hu
from ...volume import Volume
from .. import voxels as _voxels


class StateError(ParameterError, traitlets.TraitError):
    """A trait of a view was set to what it can't be."""


class Part(traitlets.HasTraits):
    """Base of the parts: mixins, which a view inherits from.

    A part has traits, and a method ``begin_<part>`` that takes the arguments of the view's
    constructor. It answers the view by the methods below, each time with what the parts before
    it say (`super`) and its own on top:

    rules : which traits bring others into line
    settle : bring all into line for the first time
    words : the arguments of the line of Python that brings the picture back
    controls : how the controls are made that the part can be moved by
    let_go : drop what is large, when the view closes

    A trait with ``sync=True`` is what the browser knows of the part.
    """

    _volume: Volume | None = None
    _is_hu: bool | None = None
    # The rules wait until every part has begun: they read traits of more than one.
    _settled = False
    # Whether a message of the browser is being taken: there everything is in line already.
    _from_browser = False

    @property
    def volume(self) -> Volume:
        """The Volume that is looked at."""
        if self._volume is None:
            message = "this view is closed, and let its volume go: make another one"
            raise StateError(message)
        return self._volume

    def is_hu(self) -> bool:
        """Whether the values can be HU: asked of them once, since they are many."""
        if self._is_hu is None:
            self._is_hu = may_be_hu(self.volume.array)
        return self._is_hu

    def rules(self) -> dict[str, Callable[[], None]]:
        """What is to be done when a trait has changed, by the name of the trait."""
        return {}

    def settle(self) -> None:
        """Bring all traits into line; from now on the rules keep them there."""
        self._settled = True

    def words(self) -> dict[str, str]:
        """Arguments of the line of Python, as they are written there."""
        return {}

    def controls(self) -> dict[str, Callable[[], ipywidgets.Widget]]:
        """How to make each control, by the name that it gets as an attribute of the view."""
        return {}

    def let_go(self) -> None:
        """Release the voxels in the browser, and drop the Volumes here."""
        held = self._ensure_held()
        while held:
            _voxels.release(held.popitem()[1])
        self._volume = None

    def held(self) -> dict[str, _voxels.VoxelData]:
        """The voxels that the view refers to, by the name of the trait."""
        return dict(self._ensure_held())

    def hold(self, trait: str, volume: Volume | None) -> None:
        """Let a trait refer to the voxels of a Volume, and release those that it had before."""
        held = self._ensure_held()
        old = held.pop(trait, None)
        new = None if volume is None else _voxels.acquire(volume)
        if new is not None:
            held[trait] = new
        setattr(self, trait, new)
        if old is not None:
            self.release(old)

    def hold_again(self, trait: str, missing: str) -> None:
        """Send the voxels of a trait once more, where the page doesn't find those it refers to.

        Parameters
        ----------
        trait : str
        missing : str
            What the trait refers to in the page, ``IPY_MODEL_...``.
        """
        data = self._ensure_held().get(trait)
        if data is None or data.volume is None or missing != f"IPY_MODEL_{data.model_id}":
            # The page has heard of others meanwhile, or will.
            return
        _voxels.retire(data)
        self.hold(trait, data.volume)

    def release(self, data: _voxels.VoxelData) -> None:
        """Release voxels that no trait refers to any more."""
        _voxels.release(data)

    def at_once(self) -> AbstractContextManager:
        """Changes inside of this are told together, when it ends."""
        return self.hold_trait_notifications()

    def _ensure_held(self) -> dict[str, _voxels.VoxelData]:
        # Parts begin before the constructors of Jupyter's classes have run.
        return self.__dict__.setdefault("_held", {})

    @traitlets.observe(traitlets.All)
    def _keep_in_line(self, change: dict) -> None:
        rule = self.rules().get(change["name"]) if self._settled else None
        if rule is not None:
            rule()


def check_within(name: str, value: float, low: float, high: float, *, words: str = "") -> None:
    """Refuse what lies beyond low to high, by its name."""
    if not low <= value <= high:
        message = f"{name} is {low:g} to {high:g}{words}, not {value:g}"
        raise StateError(message)
