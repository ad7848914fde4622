"""doctor: is everything here that the course needs, and what to do where it isn't."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from .html import html_table

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import Decoder

DISTRIBUTION = "ctkit-course"
#: A page of the course stays below this many GB.
MEMORY_NEEDED = 2.0
_LAB_PARTS = {
    "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
    "anywidget": "anywidget",
}
#: What one look finds: facts by their names, and a sentence for each thing that is wrong.
Found = tuple[dict[str, str], list[str]]


class Report:
    """What `doctor` found: facts, and a sentence for each thing that is wrong.

    Attributes
    ----------
    facts : dict of str to str
    problems : tuple of str
        Each says what is wrong and what to do about it.
    ok : bool
        Whether there is no problem.
    """

    def __init__(self, facts: Mapping[str, str], problems: Iterable[str]) -> None:
        self.facts, self.problems = dict(facts), tuple(problems)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.ok:
            return "Everything that the course needs is here."
        count = len(self.problems)
        return f"{count} thing{'s' if count > 1 else ''} to put right:"

    def __repr__(self) -> str:
        width = max(map(len, self.facts), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts.items()]
        return "\n".join([*lines, "", self.verdict, *(f"- {text}" for text in self.problems)])

    def _repr_html_(self) -> str:
        problems = "".join(f"<li>{escape(text)}</li>" for text in self.problems)
        facts = html_table(self.facts.items())
        return f"{facts}<p><b>{escape(self.verdict)}</b></p><ul>{problems}</ul>"


def doctor() -> Report:
    """Look at Python, the packages, the decoders, the widgets, memory and the sample scans.

    Returns
    -------
    Report
        Displayed as a table in a notebook. Its ``facts`` differ from machine to
        machine; ``ok`` and ``problems`` are for programs.

    Notes
    -----
    Nothing is installed, downloaded or written.
    """
    facts: dict[str, str] = {}
    problems: list[str] = []
    for look in (_python, _packages, _decoders, _widgets, _memory, _samples):
        found, wrong = look()
        facts.update(found)
        problems += wrong
    return Report(facts, problems)


def _python() -> Found:
    return {"Python": f"{platform.python_version()} on {platform.system()}"}, []


def _packages() -> Found:
    """Versions of what `pyproject.toml` asks for, and those that are missing or too old."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        advice = 'run `pip install -e ".[lab]"` in the checkout, or `make install`.'
        return {}, [f"ctkit is imported from a folder but not installed: {advice}"]
    found, wrong = {"ctkit": metadata.version(DISTRIBUTION)}, []
    # The others are an extra's, or for other Pythons only.
    plain = (re.fullmatch(r"([\w.-]+)>=([\d.]+)", line) for line in wanted)
    for name, least in (match.groups() for match in plain if match):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing: pip install {name!r}.")
            continue
        if _numbers(found[name]) < _numbers(least):
            wrong.append(
                f"{name} is {found[name]}, and {least} is needed: pip install --upgrade {name}."
            )
    versions = ", ".join(f"{name} {version}" for name, version in found.items())
    return {"packages": versions}, wrong


def _numbers(version: str) -> list[int]:
    """The first three numbers of a version, to compare it by."""
    return [int(digits) for digits in re.findall(r"\d+", version)[:3]]


def _decoders() -> Found:
    """Which compressed transfer syntaxes (PS3.5 section 10) can be decoded, and with what."""
    from .files.dicom.decoding import REMEDIES

    found: Counter[str] = Counter()
    wrong = []
    for name, decoder in _compressed():
        found.update(decoder.available_plugins)
        if not decoder.is_available:
            remedy = next(packages for word, packages in REMEDIES.items() if word in name)
            wrong.append(f"{name} can't be decoded: pip install {remedy}.")
    listed = ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))
    return {"decoders (transfer syntaxes)": listed or "none"}, wrong


def _compressed() -> Iterator[tuple[str, Decoder]]:
    """(name, decoder) of each compressed transfer syntax of still images in pydicom."""
    from pydicom import uid
    from pydicom.pixels import get_decoder

    for group in ("JPEG", "JPEGLS", "JPEG2000", "RLE"):
        for syntax in getattr(uid, f"{group}TransferSyntaxes"):
            try:
                yield syntax.name, get_decoder(syntax)
            except NotImplementedError:  # pydicom knows the syntax's name, and no more
                continue


def _widgets() -> Found:
    """Whether widgets can reach the page: the packages, and JupyterLab's part of each."""
    import ipywidgets

    shown_by = _front_end()
    extensions = Path(sys.prefix, "share", "jupyter", "labextensions")
    wrong = [
        f"JupyterLab's part of {package} isn't in this environment, so that widgets may show "
        f"as text: pip install --force-reinstall {package}, then start JupyterLab again."
        for package, part in _LAB_PARTS.items()
        if shown_by == "Jupyter" and not (extensions / part).is_dir()
    ]
    return {"widgets": f"ipywidgets {ipywidgets.__version__}", "shown by": shown_by}, wrong


def _front_end() -> str:
    """Who shows what this process displays, as far as it can know."""
    if "google.colab" in sys.modules:
        return "Colab"
    if "VSCODE_PID" in os.environ:
        return "VS Code"
    return "Jupyter" if "ipykernel" in sys.modules else "nobody, since this is no notebook"


def _memory() -> Found:
    """Whether a page of the course fits into the memory that is free."""
    free = _free_gigabytes()
    if free is None:
        return {"free memory": "not told by this system"}, []
    wrong = []
    if free < MEMORY_NEEDED:
        wrong.append(
            f"Only {free:.1f} GB of memory are free, and a page may need {MEMORY_NEEDED:.0f}: "
            "shut down kernels that you no longer use (Kernel > Shut Down All Kernels)."
        )
    return {"free memory": f"{free:.1f} GB"}, wrong


def _free_gigabytes(path: str | os.PathLike[str] = "/proc/meminfo") -> float | None:
    """Memory that can still be used, in GB, or None where the system doesn't say."""
    try:
        text = Path(path).read_text(encoding="ascii")
    except OSError:
        return None
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match.group(1)) * 1024 / 1e9 if match else None


def _samples() -> Found:
    """Whether the sample scans that need no download are where they should be."""
    from .files import samples

    found, wrong = [], []
    for name in ("head", "head_slice"):
        try:
            there = Path(getattr(samples, name)()).is_file()
        except (OSError, ValueError):
            there = False
        if there:
            found.append(f"samples.{name}()")
        else:
            wrong.append(f"The scan of samples.{name}() is missing: install ctkit again.")
    return {"sample scans": ", ".join(found) or "none"}, wrong
