"""Volumes that are made of the head: of which of its voxels, and in what parts.

What a page shows is often the head turned, cut, masked or resampled. Then the website keeps how it
is made, and what is to be added for every HU to be right. `static/making.js` makes the volume in
the browser: the same numbers in the same order.
"""

import json
import zlib
from itertools import product
from typing import NamedTuple

import numpy as np

from ctkit.operations.kernels import axis_weights
from ctkit.widgets.page import packed

#: Digits of a part: what they leave out is in what is added.
DIGITS = 7
AIR = -1000
#: Of the voxels, how many have to be right before anything is added.
_ALIKE = 0.8
#: Voxels of a slice that say of what others it is made.
_SEEN = 20_000


class Axis(NamedTuple):
    """For each place along an axis, the places of the head that it is made of, and their parts.

    Both are (places, parts of each); `at` holds integers, `by` floats.
    """

    at: np.ndarray
    by: np.ndarray

    def as_lists(self):
        """For JSON: of each place, the places that have a part in it, and their parts."""
        some = [(at[by != 0].tolist(), by[by != 0].tolist()) for at, by in zip(*self, strict=True)]
        return dict(zip(("at", "by"), map(list, zip(*some, strict=True)), strict=True))


def recipe(head, head_affine, array, affine, enough=0):
    """How an array is made of the head in the shortest way, or None where there is none.

    Parameters
    ----------
    head, array : (slice, row, column) ndarray of int16
    head_affine, affine : (4, 4) ndarray
    enough : int
        A recipe of at most so many bytes is taken without looking for a shorter one.

    Returns
    -------
    Recipe or None
    """
    found = {}
    for axes in ways(head, head_affine, array, affine):
        likely = made(head, axes)
        if np.mean((likely == array) | (array == AIR)) < _ALIKE:
            continue
        for parts in _parts(likely, array):
            recipe = Recipe(axes, *parts)
            found[recipe.size()] = recipe
        if min(found) <= enough:
            break
    return found[min(found)] if found else None


def _parts(likely, array):
    """(kept, added) in two ways: with what is masked away, and without."""
    change = array - likely  # int16 wraps around here, and wraps back in the browser
    yield None, change
    kept = (change == 0) & (array != AIR)
    yield kept, np.where(kept, np.int16(0), array - np.int16(AIR))


def made(head, axes):
    """The volume that three axes make of the head.

    Parameters
    ----------
    head : (slice, row, column) ndarray of int16
    axes : three of Axis

    Returns
    -------
    ndarray of int16
    """
    values = head.astype(np.float32)
    for number, axis in enumerate(axes):
        values = _along(values, number, axis)
    return np.rint(values).astype(np.int32).astype(np.int16)


def _along(values, number, axis):
    shape = [1, 1, 1]
    shape[number] = len(axis.at)
    total = 0.0
    for at, by in zip(axis.at.T, axis.by.T, strict=True):
        total = total + by.reshape(shape) * np.take(values, at, number).astype(np.float64)
    return np.asarray(total).astype(np.float32)


class Recipe(NamedTuple):
    """A volume as `made` of the head, and then as air where it isn't `kept`, and with HU `added`.

    `kept` is a bool ndarray or None, and `added` one of int16.
    """

    axes: list
    kept: np.ndarray | None
    added: np.ndarray

    def files(self):
        """{"axes", "kept" or "added": (kind, bytes)}: what it consists of, packed."""
        small = self.added.astype(np.int8)
        added = (
            (small.view(np.uint8), "uint8")
            if (small == self.added).all()
            else (self.added, "int16")
        )
        parts = {"added": added}
        if self.kept is not None:
            parts["kept"] = self.kept.view(np.uint8), "uint8"
        axes = json.dumps([axis.as_lists() for axis in self.axes], separators=(",", ":"))
        return {"axes": ("json", zlib.compress(axes.encode(), 9))} | {
            name: (kind, packed(part, kind)) for name, (part, kind) in parts.items()
        }

    def size(self):
        """The bytes of its files."""
        return sum(len(content) for _, content in self.files().values())


def ways(head, head_affine, array, affine):
    """Yield axes that may make an array of the head.

    Parameters
    ----------
    head, array : (slice, row, column) ndarray of int16
    head_affine, affine : (4, 4) ndarray
    """
    if array.shape == head.shape:
        yield turned(head, array)
    relative = np.linalg.inv(head_affine) @ affine
    steps = relative.diagonal()[:3]
    if np.allclose(relative[:3, :3], np.diag(steps), atol=1e-6):
        where = [
            np.arange(n) * step + start
            for n, step, start in zip(array.shape, steps, relative[:3, 3], strict=True)
        ]
        for kernel in ("linear", "cubic"):
            yield [resampled(at, n, kernel) for at, n in zip(where, head.shape, strict=True)]
    if array.shape[1:] == head.shape[1:] and (axes := mixed(head, array)):
        yield axes


def turned(head, array):
    """The head turned round along the axes along which an array of its shape is most like it."""
    part = (slice(None, None, 7),) * 3
    signs = list(product((1, -1), repeat=3))
    alike = [np.count_nonzero(head[_turn(way)][part] == array[part]) for way in signs]
    best = signs[int(np.argmax(alike))]
    return [_picked(np.arange(n)[::sign]) for n, sign in zip(head.shape, best, strict=True)]


def mixed(head, array):
    """Slices that are sums of the head's, by least squares, or None; they may be turned within."""
    step = max(1, head[0].size // _SEEN)
    best = None
    for signs in product((1, -1), repeat=2):
        seen = head[_turn((1, *signs))].reshape(len(head), -1)[:, ::step].T.astype(float)
        wanted = array.reshape(len(array), -1)[:, ::step].T.astype(float)
        parts = np.linalg.lstsq(seen, wanted, rcond=None)[0]
        error = np.abs(seen @ parts - wanted).mean()
        if best is None or error < best[0]:
            best = error, parts.T, signs
        if error < 1:  # HU
            break
    error, parts, signs = best
    if error > 1:
        return None
    sides = [_picked(np.arange(n)[::sign]) for n, sign in zip(head.shape[1:], signs, strict=True)]
    return [_of(parts, least=0.004), *sides]


def resampled(places, n, kernel):
    """Parts of the neighbours of evenly spaced places, given in voxels of an axis of n."""
    if np.allclose(places, np.round(places), atol=1e-4):
        return _picked(np.clip(np.round(places).astype(int), 0, n - 1))
    upwards = places[::-1] if places[-1] < places[0] else places
    parts = axis_weights(n, len(places), upwards[1] - upwards[0], upwards[0], kernel).toarray()
    return _of(parts if upwards is places else parts[::-1], least=1e-6)


def _of(parts, least):
    """The axis of a matrix of parts, without those that are next to nothing."""
    parts = np.where(np.abs(parts) < least, 0, parts)
    count = max(1, int(np.count_nonzero(parts, axis=1).max()))
    at = np.sort(np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :count], axis=1)
    return Axis(at, np.round(np.take_along_axis(parts, at, 1), DIGITS))


def _picked(at):
    return Axis(at[:, None], np.ones((len(at), 1)))


def _turn(signs):
    return tuple(slice(None, None, sign) for sign in signs)
