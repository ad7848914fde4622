"""In the kernel of a page that is run for the website: views leave their state in the outputs.

`static/live.js` makes the same view of it with no kernel. Voxels become files, each named by what
is in it, so that pages share them.
"""

import zlib
from base64 import b64decode
from functools import wraps
from pathlib import Path

import numpy as np

from ctkit.exercises.quiz import Quiz
from ctkit.widgets import page
from ctkit.widgets.sinogram import Sinogram
from ctkit.widgets.state import SliceView
from ctkit.widgets.tune import Tuner

import making
from volumes import FILES, keep, keep_head, the_head

#: The kind of an output's data that holds the state of a view.
LIVE = "application/vnd.ctkit.live+json"
#: Bytes from which on a volume of another shape is made of the head, which is fetched for it.
WORTH = 1_000_000


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
    """The file of voxels; of those that are made of the head, what is made of it and how."""
    packed, head = page.deflated(held), the_head()
    if held.kind != "int16" or np.array_equal(held.volume.array, head.array):
        return {"file": keep(packed, folder)}
    if held.shape != list(head.shape) and len(packed) < WORTH:
        return {"file": keep(packed, folder)}
    array = held.volume.array.astype(np.int16)
    given = head.array, head.affine, array, held.volume.affine
    found = making.recipe(*given, enough=len(packed) // 20)
    if found is None or found.size() > len(packed) // 2:
        return {"file": keep(packed, folder)}
    state = {"base": keep_head(folder), "from": head.shape}
    for name, (kind, content) in found.files().items():
        state[name] = {"kind": kind, "file": keep(content, folder)}
    return {"made": state}


def quiz_state(quiz, folder):
    """The questions, not yet answered; the voxels of those that point are files."""
    questions = [_with_file(question, folder) for question in quiz.questions]
    return {"mode": "quiz", "questions": questions, "answers": {}, "results": {}}


def _with_file(question, folder):
    """A question whose viewer has a file of voxels, where it has a viewer."""
    if "view" not in question:
        return question
    held = dict(question["view"]["voxels"])
    held["file"] = keep(b64decode(held.pop("packed")), folder)
    return question | {"view": question["view"] | {"voxels": held}}


def plain_state(widget, folder):
    """The traits of a widget, with the names of the files of its bytes."""
    state = page.state_of(widget)
    for name, value in state.items():
        if isinstance(value, bytes):
            state[name] = {"file": keep(zlib.compress(value, 9), folder)}
    return state
