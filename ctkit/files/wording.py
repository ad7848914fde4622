"""Words of messages and reports."""

import unicodedata


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun, in the singular or the plural.

    Examples
    --------
    >>> counted(1, "file"), counted(1200, "file"), counted(2, "series", "series")
    ('1 file', '1,200 files', '2 series')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def plain(text: str, most: int = 64) -> str:
    r"""A stranger's text as a message, a report or a table may hold it: one short line.

    A name in a zip, a file's name or a description can't forge a row, colour a terminal, turn
    the direction of writing, fail to be encoded, or fill a screen.

    Parameters
    ----------
    text : str
    most : int
        How many characters may stay; what is longer ends in "...".

    Returns
    -------
    str
        With a blank for each run of blanks and line ends, and "?" for what can't be shown.

    Examples
    --------
    >>> plain("head\n2  yes"), plain("\x1b[31mred"), plain("a" * 99, most=8)
    ('head 2 yes', '?[31mred', 'aaaaa...')
    """
    # Four times as much, since blanks are taken away: no need to look at the rest of a megabyte.
    cut = text[: 4 * most]
    words = " ".join("".join(map(_shown, cut)).split())
    if len(words) > most or len(text) > len(cut):
        words = words[: most - 3] + "..."
    return words


def _shown(letter: str) -> str:
    """A letter, or what stands for it."""
    kind = unicodedata.category(letter)
    if letter.isspace() or kind[0] == "Z":
        return " "
    # C: control characters, invisible marks of format, surrogates, and what is no letter at all.
    return "?" if kind[0] == "C" else letter
