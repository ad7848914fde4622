"""In the kernel of a page that is run for the website: views leave their state in the outputs.

`static/live.js` makes the same view of it with no kernel. Voxels become files, each named by what
is in it, so that pages share them.
"""

import hashlib
import zlib
from base64 import b64decode
from functools import cache, wraps
from itertools import combinations
from pathlib import Path

import numpy as np

import ctkit
from ctkit.exercises.quiz import Quiz
from ctkit.widgets import page
from ctkit.widgets.sinogram import Sinogram
from ctkit.widgets.state import SliceView
from ctkit.widgets.tune import Tuner

#: The kind of an output's data that holds the state of a view.
LIVE = "application/vnd.ctkit.live+json"
#: The folder of the website where values are files.
FILES = "_volumes"


def install(site):
    """Let each view that is shown leave its state beside its picture.

    Parameters
    ----------
    site : str
        The folder of the website.
    """
    folder = Path(site) / FILES
    folder.mkdir(parents=True, exist_ok=True)
    for kind, state_of in ((SliceView, view_state), (Quiz, quiz_state), (Sinogram, plain_state)):
        kind._repr_mimebundle_ = _leaving(kind._repr_mimebundle_, state_of, folder)


def _leaving(bundle_of, state_of, folder):
    @wraps(bundle_of)
    def bundle(widget, **kwargs):
        made = bundle_of(widget, **kwargs)
        data, *rest = made if isinstance(made, tuple) else (made,)
        state = state_of(widget, folder)
        if state is None:
            return made
        # As text: JSON has no way to say which number is none.
        return ({**data, LIVE: {"state": page.json_in_html(state)}}, *rest)

    return bundle


def view_state(view, folder):
    """The traits of a view and the files of its voxels; None of one that calls Python."""
    if isinstance(view, Tuner):
        return None
    state = page.state_of(view) | {"standalone": True}
    for name, held in view.held().items():
        state[name] = page.described(held) | voxels(held, folder)
    return state


def voxels(held, folder):
    """The file of voxels; of those that are much like the head, what is to be added to it."""
    packed = page.deflated(held)
    if held.kind == "int16" and held.shape == list(the_head().shape):
        flips = flips_of(held.volume.array)
        base = np.flip(the_head().array, flips)
        if not flips and np.array_equal(held.volume.array, base):
            return {"file": _kept(packed, folder)}
        # int16 wraps around here, and wraps back in the browser.
        change = page.packed(held.volume.array.astype(np.int16) - base, "int16")
        if len(change) < len(packed) // 2:
            whole = _kept(page.packed(the_head().array, "int16"), folder)
            return {"file": _kept(change, folder), "base": whole, "flips": flips}
    return {"file": _kept(packed, folder)}


def flips_of(array):
    """Along which axes the head has to be turned round to be like an array of its shape."""
    head, part = the_head().array, (slice(None, None, 7),) * 3
    ways = [way for n in range(4) for way in combinations(range(3), n)]
    alike = [np.count_nonzero(np.flip(head, way)[part] == array[part]) for way in ways]
    return list(ways[int(np.argmax(alike))])


@cache
def the_head():
    """The head of the course."""
    return ctkit.load(ctkit.samples.head())


def quiz_state(quiz, folder):
    """The questions, not yet answered; the voxels of those that point are files."""
    questions = [_with_file(question, folder) for question in quiz.questions]
    return {"mode": "quiz", "questions": questions, "answers": {}, "results": {}}


def _with_file(question, folder):
    """A question whose viewer has a file of voxels, where it has a viewer."""
    if "view" not in question:
        return question
    held = dict(question["view"]["voxels"])
    held["file"] = _kept(b64decode(held.pop("packed")), folder)
    return question | {"view": question["view"] | {"voxels": held}}


def plain_state(widget, folder):
    """The traits of a widget, with the names of the files of its bytes."""
    state = page.state_of(widget)
    for name, value in state.items():
        if isinstance(value, bytes):
            state[name] = {"file": _kept(zlib.compress(value, 9), folder)}
    return state


def _kept(packed, folder):
    """The name of a file with these bytes."""
    name = f"{hashlib.sha256(packed).hexdigest()[:20]}.z"
    target = folder / name
    if not target.exists():
        part = target.with_suffix(f".{id(packed)}.part")
        part.write_bytes(packed)
        part.replace(target)
    return name
