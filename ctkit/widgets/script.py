"""The script of the widgets, which a page keeps once."""

from __future__ import annotations

import os
from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "view.js"


class Scripted(anywidget.AnyWidget):
    """A widget whose script is the one in ``view.js``.

    anywidget loads the script of every widget as a module of its own, and a browser never gives a
    module back: after thirty runs of a cell a page held thirty scripts. So what it loads is a few
    lines, which take the script from the model, once a page.
    """

    # While the script is written, anywidget watches its file and loads each new version.
    _esm = _SCRIPT if os.environ.get("ANYWIDGET_HMR") == "1" else _HERE / "view" / "loader.js"

    _script = traitlets.Unicode(_SCRIPT.read_text("utf-8"), read_only=True).tag(sync=True)
