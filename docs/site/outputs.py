"""What the cells of a page gave, as HTML of the website: pictures, views, quizzes.

A picture is a file of its own, which a page names with its alternative text and its size. Beside
the picture of a view stands the view's state, with which `static/live.js` makes it move.
"""

import hashlib
import re
import struct
from base64 import b64decode
from html import escape

PICTURES = "_pictures"
#: A view with a function of Python's in it, and the field for a scan of one's own.
NEEDS_PYTHON = re.compile(r"(tune|drop)\(")
WHAT = {
    "tune": "This picture is still: its sliders call Python.",
    "drop": "The field for a scan of your own needs Python.",
}
ASK = (
    '<figcaption class="ctkit-run">{what} <a href="{run}">Run this page here</a>: one press, and '
    "nothing is installed.</figcaption>"
)
#: A still picture that is wider than a phone is a link to itself alone, where it can be enlarged.
WIDE = 600
LARGE = r'<a class="ctkit-large" href="\1" title="The picture alone">\g<0></a>'


class Shown:
    """How the outputs of one page are shown.

    Parameters
    ----------
    folder : Path
        The website.
    run : str
        Where the page runs, from the website's own folder.
    states : dict
        The state of each view as JSON, by the id of its cell and the number of the output.
    """

    def __init__(self, folder, run, states):
        self.folder, self.run, self.states = folder, run, states

    def put_into(self, page, up):
        """Put HTML in place of pictures, views and quizzes of a NotebookNode.

        `up` leads from where the page stands to the website's own folder: "../".
        """
        for output, state in self._outputs(page):
            if made := self._html(output, state, up):
                output.data, output.metadata = {"text/html": made}, {}

    def first(self, page, up):
        """The HTML of the first view of a page, or "" where it has none."""
        for output, state in self._outputs(page):
            if re.match(
                r"(explore|planes|compare)\(", output.get("data", {}).get("text/plain", "")
            ):
                return self._html(output, state, up)
        return ""

    def _outputs(self, page):
        for cell in page.cells:
            for number, output in enumerate(cell.get("outputs", ())):
                yield output, self.states.get((cell.id, number))

    def _html(self, output, state, up):
        """The HTML of one output, or None where it stays as it is."""
        data = output.get("data", {})
        needs = NEEDS_PYTHON.match(data.get("text/plain", ""))
        picture = data.get("image/png")
        if not (picture or needs or state):
            return None
        alt = output.metadata.get("image/png", {}).get("alt", "")
        inner = self._picture(b64decode(picture), alt, up) if picture else ""
        if needs:
            inner += ASK.format(what=WHAT[needs[1]], run=up + self.run)
        elif state:
            inner = inner or data["text/html"]
            inner += f'<script type="application/json">{state}</script>'
        live = f' data-ctkit="{up}."' if state and not needs else ""
        if picture and not live and _size(b64decode(picture))[0] > WIDE:
            inner = re.sub(r'<img src="([^"]+)".*?>', LARGE, inner, count=1)
        return f'<figure class="ctkit-figure"{live}>{inner}</figure>'

    def _picture(self, png, alt, up):
        """The element of a picture, which is written beside the pages."""
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
        target = self.folder / PICTURES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(png)
        width, height = _size(png)
        return (
            f'<img src="{up}{PICTURES}/{name}" alt="{escape(alt)}" width="{width}" '
            f'height="{height}" loading="lazy" decoding="async">'
        )


def _size(png):
    """Width and height of a PNG, in pixels."""
    return struct.unpack(">II", png[16:24])
