"""Tables that a notebook shows, as HTML with the words to the left."""

from collections.abc import Iterable, Sequence
from html import escape

_LEFT = 'style="text-align: left"'


def html_table(rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    """An HTML table of texts.

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
    """
    head = "".join(f"<th {_LEFT}>{escape(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td {_LEFT}>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"
    )
