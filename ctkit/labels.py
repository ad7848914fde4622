"""Labels: the names and colours of a label map's values, and how they are painted.

A label is a dict of plain values, as the browser has it: its ``value`` in the label map, its
``name``, its ``color`` as ``"#rrggbb"``, ``opacity`` from 0 to 1, whether it is ``visible``, and
its volume in ``ml`` (None where that is not known). Those that come later in a list lie on top.
`paint` says which pixels they become; the browser's mirror is ``widgets/view/labels.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from .arguments import reals, whole
from .errors import ParameterError

Label = dict[str, Any]
#: Which labels lie in a voxel of this value, where they are several: (value, their values).
Overlaps = Sequence[tuple[int, Sequence[int]]]

#: The colour of a mask that has no name.
MASK_COLOR = "#ff8c00"
# Seven colours that stay apart for colour-blind readers (Okabe and Ito, 2008), then lighter and
# darker ones of them.
_SAFE = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2")
_LOWEST, _HIGHEST = -(2**15), 2**15 - 1


def _toned(color: str, towards: int, share: float) -> str:
    return _hex([n + (towards - n) * share for n in rgb_of(color)])


def _hex(rgb: Iterable[float]) -> str:
    return "#" + "".join(f"{int(n + 0.5):02x}" for n in rgb)


def rgb_of(color: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a colour.

    Examples
    --------
    >>> rgb_of("#ff8c00")
    (255, 140, 0)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


#: The colours of labels that have none of their own, in their order; then it begins anew.
PALETTE = (
    *_SAFE,
    *[_toned(color, 255, 0.55) for color in _SAFE],
    *[_toned(color, 0, 0.4) for color in _SAFE],
)


class Labels(Mapping[int, str]):
    """The names of a label map's values, and the colours that its file has for them.

    Nobody can write to it. It is equal to a dict of the same names.

    Parameters
    ----------
    names : mapping of int to str
    colors : mapping of int to str, optional
        ``"#rrggbb"`` of each value that has one.

    Raises
    ------
    ParameterError
        Where these are no whole numbers (of int16), no names, or no colours.
    """

    def __init__(self, names: Any, colors: Mapping[int, str] | None = None) -> None:
        words = "labels is a mapping of whole numbers (of int16) to names"
        if not isinstance(names, Mapping) or not all(isinstance(n, str) for n in names.values()):
            message = f"{words}, not {names!r}"
            raise ParameterError(message)
        colors = names.colors if colors is None and isinstance(names, Labels) else colors or {}
        self._names = {_value(key, words): str(name) for key, name in names.items()}
        self._colors = {_value(key, words): as_color(color) for key, color in colors.items()}

    @property
    def colors(self) -> Mapping[int, str]:
        """Colours by value, as ``"#rrggbb"``."""
        return MappingProxyType(self._colors)

    def __getitem__(self, value: int) -> str:
        return self._names[value]

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(self._names)

    def __reduce__(self) -> tuple:
        return Labels, (self._names, self._colors)


def _value(key: Any, words: str) -> int:
    return whole(key, words, low=_LOWEST, high=_HIGHEST)


def as_color(color: Any, name: str = "color") -> str:
    """A colour as ``"#rrggbb"`` in small letters.

    Raises
    ------
    ParameterError
        Where it is none.
    """
    if not isinstance(color, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        message = f'{name} is red, green and blue as "#rrggbb", such as "#ff8c00"; not {color!r}'
        raise ParameterError(message)
    return color.lower()


def color_of(parts: Any) -> str:
    """A colour of red, green and blue from 0 to 1.

    Raises
    ------
    ParameterError
        Where they are no three numbers of this range.

    Examples
    --------
    >>> color_of((1, 0.5, 0))
    '#ff8000'
    """
    found = reals(parts, "red, green and blue are three numbers from 0 to 1", 3)
    if not all(0 <= n <= 1 for n in found):
        message = f"red, green and blue are three numbers from 0 to 1, not {parts!r}"
        raise ParameterError(message)
    return _hex([255 * n for n in found])


def counts_of(array: np.ndarray) -> dict[int, int]:
    """How often each value of an (slice, row, column) array of int16 occurs, 0 left out."""
    counts = np.zeros(2**16, np.int64)
    # By slices: bincount makes a wider copy of what it counts.
    for part in array:
        counts += np.bincount(part.ravel().view(np.uint16), minlength=2**16)
    there = np.flatnonzero(counts)
    values = there.astype(np.uint16).view(np.int16)
    found = zip(values.tolist(), counts[there].tolist(), strict=True)
    return {value: count for value, count in sorted(found) if value}


def label_of(value: int, name: str, color: str, ml: float | None) -> Label:
    """A label as it is at first: to be seen, at the opacity of all."""
    return {
        "value": value, "name": name, "color": color, "opacity": 1.0, "visible": True, "ml": ml
    }  # fmt: skip


def labels_of(names: Mapping[int, str], counts: Mapping[int, int], voxel_ml: float) -> list[Label]:
    """The labels of a label map: those that have a name, and those that have a voxel.

    Parameters
    ----------
    names : mapping of int to str, perhaps `Labels`
    counts : mapping of int to int, voxels of each value
    voxel_ml : float

    Returns
    -------
    list of labels, by value; each has the colour that its file has, or that of its place
    """
    colors = names.colors if isinstance(names, Labels) else {}
    values = sorted({*names, *counts} - {0})
    return [
        label_of(
            value,
            names.get(value, f"label {value}"),
            colors.get(value, PALETTE[place % len(PALETTE)]),
            counts.get(value, 0) * voxel_ml,
        )
        for place, value in enumerate(values)
    ]


def seen_in(value: int, labels: Sequence[Label], overlaps: Overlaps) -> list[int]:
    """The places in the list of the visible labels that lie in a voxel of a value."""
    members = dict(overlaps).get(value, (value,))
    return [
        place
        for place, label in enumerate(labels)
        if label["visible"] and label["value"] in members
    ]


def paint(
    picture: np.ndarray, labels: Sequence[Label], overlaps: Overlaps, opacity: float, outline: bool
) -> np.ndarray:
    """A picture of values of a label map, or of bool, in the colours of the labels.

    Each label has its colour at ``opacity`` times its own, one over the other. Its outline is
    opaque: the pixels of which one of the four neighbours does not belong to it.

    Parameters
    ----------
    picture : (row, column) ndarray of bool or whole numbers; what is no finite number is 0
    labels, overlaps
        As the module says.
    opacity : float, 0 to 1
    outline : bool

    Returns
    -------
    (row, column, 4) ndarray of uint8: red, green, blue, opacity
    """
    codes = np.where(np.isfinite(picture), picture, 0).astype(np.int16)
    values, place = np.unique(codes, return_inverse=True)
    place = place.reshape(codes.shape)
    seen = [seen_in(value, labels, overlaps) for value in values.tolist()]
    fills = [_blended([labels[n] for n in shown], opacity) for shown in seen]
    pixels = np.array(fills, np.uint8)[place]
    for number in sorted(set().union(*seen)) if outline else ():
        inside = np.array([number in shown for shown in seen])[place]
        pixels[inside & ~_inner(inside)] = (*rgb_of(labels[number]["color"]), 255)
    return pixels


def _blended(labels: Sequence[Label], opacity: float) -> tuple[int, ...]:
    """Labels one over the other as one colour with its opacity, 0 to 255 each."""
    below, rest = [0.0, 0.0, 0.0], 0.0
    for label in labels:
        top = np.floor(opacity * label["opacity"] * 255 + 0.5)
        under = rest * (255 - top) / 255
        rest = top + under
        rgb = rgb_of(label["color"])
        # What is quite transparent has the colour of the last, as no share says another.
        shares = (top, under) if rest else (1, 0)
        both = zip(rgb, below, strict=True)
        below = [(new * shares[0] + old * shares[1]) / sum(shares) for new, old in both]
    return tuple(int(n + 0.5) for n in (*below, rest))


def _inner(inside: np.ndarray) -> np.ndarray:
    """The pixels whose four neighbours belong to it too."""
    wide = np.pad(inside, 1)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
