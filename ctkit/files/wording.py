"""Words of messages and reports."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun, in the singular or the plural.

    Examples
    --------
    >>> counted(1, "file"), counted(1200, "file"), counted(2, "series", "series")
    ('1 file', '1,200 files', '2 series')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
