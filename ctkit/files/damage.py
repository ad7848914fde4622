"""What a damaged file makes others raise, told as a LoadError; our own bugs stay what they are.

Two rules keep them apart. A few kinds of error come from files alone, wherever they are raised:
`reading` catches these. Libraries raise any kind on damaged data, an AttributeError as well as a
ValueError: `library` catches them all, so it goes around a call into a library and nothing else.
"""

from __future__ import annotations

import gzip
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import CTError, LoadError

_OF_FILES = (OSError, EOFError, struct.error, zlib.error, zipfile.BadZipFile)
# The words of these are for programmers: "'NoneType' object has no attribute 'decode'".
_FOR_PROGRAMMERS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    struct.error,
)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what pydicom warns of: values that break their VR matter to who writes files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Name the file in what goes wrong while it is read.

    Parameters
    ----------
    name : str
        What messages call the file.

    Raises
    ------
    LoadError
        For a CTError, and for the few kinds of error that only a file can cause. Anything else
        is a bug of ours, and comes out as it is.
    """
    try:
        with quiet():
            yield
    except CTError as error:
        message = str(error) if name in str(error) else f"{name}: {error}"
        # One error to read, at the place where it was met, with the library's as its cause.
        raise LoadError(message).with_traceback(error.__traceback__) from error.__cause__
    except _OF_FILES as error:
        message = f"{name} can't be read: {_words_of(error)}"
        raise LoadError(message) from error


@contextmanager
def library(what: str) -> Iterator[None]:
    """Around a call into a library that reads a stranger's data, and around nothing else.

    Parameters
    ----------
    what : str
        What went wrong if it raises: ``"its header can't be read"``.

    Raises
    ------
    LoadError
        For whatever the library raises, with that as its cause. Only a MemoryError comes out as
        it is: no library is handed more than the file holds.
    """
    try:
        yield
    except (CTError, MemoryError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not _is_panic(error):
            raise
        message = f"{what}: {_words_of(error)}"
        raise LoadError(message) from error


def _is_panic(error: BaseException) -> bool:
    """Whether a decoder in Rust gave up: PyO3 raises that beside Exception, by no public class."""
    return type(error).__name__ == "PanicException"


def _words_of(error: BaseException) -> str:
    """What an error says, where that is meant for people."""
    # Their words are of blocks, checksums and offsets.
    if isinstance(error, zlib.error | zipfile.BadZipFile | gzip.BadGzipFile):
        return "it is packed, and its packing is damaged"
    if isinstance(error, EOFError):
        return "it is cut short"
    if isinstance(error, OSError) and error.errno is None:  # of pydicom, not of the system
        return "it is cut short or damaged"
    if isinstance(error, PermissionError):
        return "you are not allowed to read it"
    words = " ".join((getattr(error, "strerror", None) or str(error)).split())
    if not words or isinstance(error, _FOR_PROGRAMMERS) or _is_panic(error):
        return "it is damaged"
    return words[:300]
