"""What has to be installed for a training set, beside what the course needs."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import CTError

#: What installs it, for the sentence where it isn't there.
EXTRA = 'python -m pip install -e ".[scale]"'


class MissingError(CTError):
    """A part of ctkit that has to be installed first."""


def needed(name: str) -> ModuleType:
    """A library of the extra, or a sentence that says how to get it.

    Raises
    ------
    MissingError
        Where it isn't installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"{error.name} is not installed, which a training set needs: {EXTRA}"
        raise MissingError(message) from None
