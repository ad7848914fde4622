"""Matplotlib's list of its own fonts, so that no tab has to make it: that takes seconds there."""

import json
import re
import zipfile
from pathlib import Path

#: Where it stands below site-packages.
PLACE = "matplotlib/fontlist.json"


def make(wheel: Path) -> bytes:
    """The list in matplotlib's wheel, in the version that this matplotlib reads.

    Pyodide's 0.27 wheel holds one of another version, so that matplotlib makes it anew at each
    start. Type 1 fonts are left out, as they are of the wheel.
    """
    with zipfile.ZipFile(wheel) as packed:
        fonts = json.loads(packed.read(PLACE))
        there = {name.removeprefix("matplotlib/mpl-data/") for name in packed.namelist()}
        source = packed.read("matplotlib/font_manager.py").decode()
    version = re.search(r"^    __version__ = (\d+)$", source, re.MULTILINE)
    if version is None:
        message = f"{wheel.name} doesn't say which version its list of fonts has"
        raise ValueError(message)
    own = [font for font in fonts["ttflist"] if font["fname"] in there]  # not the builder's
    fonts |= {"_version": json.loads(version[1]), "afmlist": [], "ttflist": own}
    return json.dumps(fonts).encode()
