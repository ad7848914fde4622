"""Tables that a notebook shows, as HTML with the words to the left."""

from collections.abc import Iterable, Sequence
from html import escape

_LEFT = 'style="text-align: left"'


def html_table(rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    r"""An HTML table of texts, in which nothing is markup and nothing is invisible.

    Parameters
    ----------
    rows : iterable of sequences of str
    heads : sequence of str, optional

    Returns
    -------
    str

    Examples
    --------
    >>> html_table([("a < b", "1")]).count("&lt;")
    1
    >>> "\u202e" in html_table([("turned \u202e round", "1")])
    False
    """
    head = "".join(f"<th {_LEFT}>{_cell(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td {_LEFT}>{_cell(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"
    )


def html_list(lines: Iterable[str], most: int = 600) -> str:
    """An HTML list of sentences, each cut at a sensible length; "" where there are none.

    Parameters
    ----------
    lines : iterable of str
    most : int
        How many characters of one are shown; what is longer ends in "...".

    Returns
    -------
    str

    Examples
    --------
    >>> html_list(["a < b", "x" * 700]).count("x")
    597
    """
    cut = (line if len(line) <= most else line[: most - 3] + "..." for line in lines)
    items = "".join(f"<li>{_cell(line)}</li>" for line in cut)
    return f"<ul>{items}</ul>" if items else ""


def _cell(text: str) -> str:
    """A text with neither markup nor marks that turn or hide what follows; lines may end."""
    return escape("".join(one if one.isprintable() or one == "\n" else "?" for one in text))
