"""The head phantom: its skin, skull, brain and cavities, and what it lies on."""

from __future__ import annotations

import math

from ..arguments import flag, real
from ..hounsfield import AIR
from .parts import Cut, Part, Triple
from .phantom import Phantom

INF = math.inf


def head_phantom(
    *,
    headrest_gap_mm: float | None = None,
    table: bool = True,
    lesions: bool = True,
    psf_mm: float = 0.6,
) -> Phantom:
    """A head of about 4 litres with neck, and what it lies on.

    Parameters
    ----------
    headrest_gap_mm : float, optional
        Distance of the headrest (plastic, 5 mm) from the back of the head. At 0 it touches,
        and below 0 it presses in. None leaves it out.
    table : bool
        Whether the head lies on a table.
    lesions : bool
        A bleed (11.6 ml) and a calcification (0.065 ml).
    psf_mm : float
        Standard deviation of the point spread; 0.6 mm is that of a soft kernel for brain.

    Returns
    -------
    Phantom

    Raises
    ------
    ParameterError
        On a distance or a point spread that is none, or a flag that is neither True nor False.

    Examples
    --------
    >>> from ctkit.phantom import make_grid
    >>> head = head_phantom()
    >>> scan = head.render(make_grid((3, 40, 40), (5, 6, 6)))
    >>> round(float(scan.array[1, 20, 24]))
    28
    >>> round(head.volume_ml("bleed"), 1)
    11.6
    """
    support = _table() if flag(table, "table") else ()
    if headrest_gap_mm is not None:
        support += _headrest(real(headrest_gap_mm, "headrest_gap_mm is a distance in mm"))
    inside = _lesions() if flag(lesions, "lesions") else ()
    return Phantom(support + _head() + inside, psf_mm)


def _table() -> tuple[Part, ...]:
    return (
        Part("table", 80, (0, 124, 0), (210, 9, INF)),
        Part("table foam", -900, (0, 124, 0), (208, 7, INF)),
    )


def _headrest(gap: float) -> tuple[Part, ...]:
    """A shell around the back of the head, with nothing but air in it."""
    center, back = (0, 97 - 108 + gap, 0), ((0, 1, 0), 35)
    return (
        Part("headrest", 120, center, (113, 113, INF), within=back),
        Part("space in the headrest", AIR, center, (108, 108, INF), within=back),
    )


def _head() -> tuple[Part, ...]:
    def outline(
        name: str,
        hu: float,
        center: Triple,
        axes: Triple,
        turn: float = 0.0,
        within: Cut | None = None,
    ) -> Part:
        return Part(name, hu, center, axes, turn, within, outline=True)

    below = ((0, 0, -1), 30)  # z < -30 mm
    both = [outline("ear", 30, (s * 77, 12, -28), (2.5, 17, 28), s * 28) for s in (1, -1)]
    both += [outline("neck", 50, (0, 15, -60), (56, 62, INF), within=below)]
    both += [outline("face", 50, (0, -38, -62), (58, 58, 66))]
    both += [outline("nose", 30, (0, -98, -42), (13, 17, 22))]
    both += [outline("scalp", -60, (0, 0, 0), (76, 97, 105))]
    layers = ((1100, 6), (450, 8), (1150, 10.5), (8, 12.3), (38, 14.3), (28, 20))
    names = ("outer table", "diploe", "inner table", "CSF", "grey matter", "white matter")
    for name, (hu, depth) in zip(names, layers, strict=True):
        both.append(Part(name, hu, (0, 0, 0), (76 - depth, 97 - depth, 105 - depth)))
    for s in (1, -1):
        both += [
            Part("ventricle", 6, (s * 10, 5, 12), (6, 32, 12), s * 10),
            Part("sinus wall", 1000, (s * 11, -83, 8), (11, 9, 14)),
            Part("sinus", AIR, (s * 11, -83, 8), (9.5, 7.5, 12.5)),
            Part("sinus wall", 900, (s * 29, -62, -70), (19, 19, 21)),
            Part("sinus", AIR, (s * 29, -62, -70), (17.5, 17.5, 19.5)),
            Part("nostril", AIR, (s * 5.5, -100, -58), (3, 9, 8)),
        ]
    both += [Part("vertebra", 500, (0, 28, -60), (19, 16, INF), within=((0, 0, -1), 98))]
    both += [Part("airway", AIR, (0, -16, -60), (9, 7, INF), within=((0, 0, -1), 98))]
    return tuple(both)


def _lesions() -> tuple[Part, ...]:
    return (
        Part("bleed", 70, (32, -10, 22), (14, 18, 11)),
        Part("calcification", 320, (-24, 22, 5), (2.5, 2.5, 2.5)),
    )
