"""What is drawn over the picture: a mask, the labels of a label map, or several masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import traitlets

from ...arguments import flag, real, whole
from ...errors import ParameterError
from ...labels import Label, as_color
from ...operations.layers import layers_of
from ...volume import Volume
from .. import line
from ._traits import Flag, Real, voxels_trait
from .part import Part, StateError

#: What can be set of a label, and how it is checked.
_SETTINGS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: _as_name(value),
    "color": lambda value: as_color(value, "the color of a label"),
    "opacity": lambda value: real(value, "the opacity of a label is 0 to 1", low=0, high=1),
    "visible": lambda value: flag(value, "the visible of a label"),
}


class Mask(Part):
    """``mask`` here, ``overlay`` in the browser; how much of it is seen, and its outline.

    ``labels`` is a list of dicts, one for each label, in the order in which they are painted:
    ``value``, ``name``, ``color``, ``opacity`` (its part of the opacity of all), ``visible``, and
    ``ml``, None where that is not known. Python may set some of them, by their value:
    ``view.labels = [{"value": 3, "visible": False}]`` leaves the others as they are.
    ``usual_labels`` are those that the mask itself says, ``overlaps`` which of its values stand
    for several labels.
    """

    overlay = voxels_trait()
    opacity = Real(0.25, min=0.0, max=1.0).tag(sync=True)
    outline = Flag(True).tag(sync=True)
    labels: traitlets.List = traitlets.List().tag(sync=True)
    usual_labels: traitlets.List = traitlets.List().tag(sync=True)
    overlaps: traitlets.List = traitlets.List().tag(sync=True)

    mask: Volume | None = None
    #: Whether a mask may come later than the view.
    masks_come = False
    #: What somebody has set of labels, by value and usual name: it outlasts a mask.
    _chosen: Mapping[tuple[int, str], dict[str, Any]] = {}
    #: What a view was opened with, by value, until its mask is there.
    _asked: Mapping[int, dict[str, Any]] = {}

    def begin_mask(
        self, mask: Any, opacity: float, outline: Any = True, labels: Any = None
    ) -> None:
        """Take what is drawn, on the grid of the volume; None is no mask."""
        self.opacity, self.outline = opacity, outline
        if labels is not None and mask is None and not self.masks_come:
            message = "labels says how those of a mask are drawn, and there is no mask: pass mask="
            raise StateError(message)
        if labels is not None:
            self._asked = _settings(labels)
        if mask is not None:
            self._draw(mask, on=self.volume)

    def show_mask(self, mask: Any, *, whole: bool = True) -> None:
        """Draw another mask, label map, or dict of masks, on whatever grid.

        One that is not the whole, but the preview of a part, says nothing of millilitres.
        """
        self._draw(mask, whole=whole)

    def _draw(self, mask: Any, *, on: Volume | None = None, whole: bool = True) -> None:
        volume, labels, overlaps = layers_of(mask, on=on)
        if not whole:
            labels = [label | {"ml": None} for label in labels]
        if not self.masks_come:
            _check_known(self._asked, labels)
        with self.at_once():
            self.hold("overlay", volume)
            self.overlaps = [[value, list(members)] for value, members in overlaps]
            self.usual_labels = labels
            self.labels = self._set(self._asked)
        known = [label["value"] for label in labels]
        self._asked = {value: one for value, one in self._asked.items() if value not in known}
        self.mask = volume

    def hide_mask(self) -> None:
        """Draw no mask any more."""
        with self.at_once():
            self.hold("overlay", None)
            self.labels = self.usual_labels = self.overlaps = []
        self.mask = None

    @traitlets.validate("labels")
    def _valid_labels(self, proposal: dict) -> list[Label]:
        given = _settings(proposal["value"])
        _check_known(given, self.usual_labels)
        return self._set(given)

    def _set(self, given: Mapping[int, Mapping[str, Any]]) -> list[Label]:
        """The labels of the mask, with what was chosen before and what is set now, by value."""
        found = []
        for usual in self.usual_labels:
            key = (usual["value"], usual["name"])
            label = usual | self._chosen.get(key, {}) | dict(given.get(usual["value"], {}))
            # Only what is set otherwise outlasts the mask.
            changed = {name: label[name] for name in _SETTINGS if label[name] != usual[name]}
            self._chosen = {**self._chosen, key: changed}
            found.append(label)
        return found

    def words(self) -> dict[str, str]:
        """The mask, where there is one, and how it is drawn."""
        words = {} if self.overlay is None else {"mask": "mask"}
        if self.opacity != 0.25:
            words["opacity"] = line.number(self.opacity)
        if not self.outline:
            words["outline"] = "False"
        if changes := _changes(self.labels, self.usual_labels):
            words["labels"] = f"[{', '.join(map(_written, changes))}]"
        return super().words() | words

    def let_go(self) -> None:
        """Drop the mask too."""
        super().let_go()
        self.mask = None


def _as_name(value: Any) -> str:
    if not isinstance(value, str):
        message = f"the name of a label is a text, not {value!r}"
        raise ParameterError(message)
    return value


def _settings(labels: Any) -> dict[int, dict[str, Any]]:
    """What a list of labels sets, by their value."""
    found: dict[int, dict[str, Any]] = {}
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        labels = [labels]
    for label in labels:
        if not isinstance(label, Mapping) or "value" not in label:
            message = (
                "labels is a list of dicts, each with the value of a label and what is set of it, "
                f"such as [{{'value': 1, 'visible': False}}]; not {label!r}"
            )
            raise StateError(message)
        if unknown := set(label) - {"value", "ml", *_SETTINGS}:
            message = (
                f"a label has value, {', '.join(_SETTINGS)} and ml, not {sorted(map(str, unknown))}"
            )
            raise StateError(message)
        value = whole(label["value"], "the value of a label is a whole number", error=StateError)
        found.setdefault(value, {}).update(_checked(label))
    return found


def _checked(label: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {name: check(label[name]) for name, check in _SETTINGS.items() if name in label}
    except ParameterError as error:
        raise StateError(str(error)) from None


def _check_known(given: Mapping[int, Any], labels: Sequence[Label]) -> None:
    known = [label["value"] for label in labels]
    if unknown := [value for value in given if value not in known]:
        some = ", ".join(map(str, known[:12])) + (" ..." if len(known) > 12 else "")
        message = f"labels has the value {unknown[0]}, and those of the mask are {some or 'none'}"
        raise StateError(message)


def _changes(labels: Sequence[Label], usual: Sequence[Label]) -> list[Label]:
    """What labels have other than the mask says, with their values."""
    found = []
    for label, was in zip(labels, usual, strict=True):
        changed = {name: label[name] for name in _SETTINGS if label[name] != was[name]}
        if changed:
            found.append({"value": label["value"], **changed})
    return found


def _written(label: Label) -> str:
    """What is set of a label, as a dict in Python."""
    parts = [f"{line.text(name)}: {_word(value)}" for name, value in label.items()]
    return f"{{{', '.join(parts)}}}"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    return line.text(value) if isinstance(value, str) else line.number(value)
