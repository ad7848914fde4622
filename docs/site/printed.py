"""What cells print, on the website's pages: sentences wrap where they are wider than the page.

Columns stay as they are, and scroll.
"""

import re

#: A block of printed lines, as MyST-NB writes it.
_BLOCK = re.compile(
    r'(<div class="output stream )([^"]*"><div class="highlight"><pre>)(.*?)(</pre>)', re.S
)
_PLAIN = "<span></span>"
#: Two spaces between words: something stands below something else.
_COLUMN = re.compile(r"\S {2,}\S")


def wrapped(page: str) -> str:
    """The HTML of a page whose printed sentences may wrap, each line an element of its own."""
    return _BLOCK.sub(_wrapped, page)


def _wrapped(block: re.Match) -> str:
    before, kind, text, after = block.groups()
    plain = text.removeprefix(_PLAIN)
    # Colours are elements that run over the ends of lines; and of columns two lines are needed.
    if "<" in plain or len(_COLUMN.findall(plain)) > 1:
        return block[0]
    lines = "".join(f'<span class="ctkit-line">{line}</span>' for line in plain.splitlines(True))
    return f"{before}ctkit-wrapped {kind}{lines}{after}"
