"""Matplotlib's fonts in the tab: the list of them, and a package of two without the rest.

To make the list takes seconds there. And the first picture of a viewer needs no more than two
fonts, of which the package is a tenth of matplotlib's.
"""

import json
import re
import zipfile
from pathlib import Path

#: Where the list stands below site-packages.
PLACE = "matplotlib/fontlist.json"
#: The package of the two, which `ctkit.widgets.still` looks for by its module's name.
PACKAGE, _MODULE = "dejavu-fonts", "dejavu_fonts"
_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE_DEJAVU")
_ABOUT = "Metadata-Version: 2.1\nName: dejavu-fonts\nVersion: 2.37\n"
_WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


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


def two(wheel: Path, room: Path) -> Path:
    """The wheel of two fonts, made of matplotlib's in the folder `room`."""
    room.mkdir(parents=True, exist_ok=True)
    made = room / f"{_MODULE}-2.37-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed, zipfile.ZipFile(made, "w") as target:
        target.writestr(f"{_MODULE}/__init__.py", "")
        for name in _FILES:
            target.writestr(
                f"{_MODULE}/{name}", packed.read(f"matplotlib/mpl-data/fonts/ttf/{name}")
            )
        about = {"METADATA": _ABOUT, "WHEEL": _WHEEL, "RECORD": ""}
        for name, text in about.items():
            target.writestr(f"{_MODULE}-2.37.dist-info/{name}", text)
    return made
