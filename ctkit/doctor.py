"""doctor: is everything here that the course needs, and what to do where it isn't."""

import os
import platform
import re
import sys
from html import escape
from importlib import metadata
from pathlib import Path

from .html import html_table

DISTRIBUTION = "ctkit-course"
#: A page of the course stays below this many GB.
MEMORY_NEEDED = 2.0
#: Which package to install where no decoder is found, by words of the syntax's name.
_REMEDIES = {
    "JPEG 2000": "pylibjpeg pylibjpeg-openjpeg",
    "RLE": "pylibjpeg pylibjpeg-rle",
    "JPEG": "python-gdcm",
}
_LAB_PARTS = {
    "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
    "anywidget": "anywidget",
}


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

    def __init__(self, facts, problems):
        self.facts, self.problems = dict(facts), tuple(problems)

    @property
    def ok(self):
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def verdict(self):
        """One sentence."""
        if self.ok:
            return "Everything that the course needs is here."
        count = len(self.problems)
        return f"{count} thing{'s' if count > 1 else ''} to put right:"

    def __repr__(self):
        width = max(map(len, self.facts), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts.items()]
        return "\n".join([*lines, "", self.verdict, *(f"- {text}" for text in self.problems)])

    def _repr_html_(self):
        problems = "".join(f"<li>{escape(text)}</li>" for text in self.problems)
        facts = html_table(self.facts.items())
        return f"{facts}<p><b>{escape(self.verdict)}</b></p><ul>{problems}</ul>"


def doctor():
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
    facts, problems = {}, []
    for look in (_python, _packages, _decoders, _widgets, _memory, _samples):
        found, wrong = look()
        facts.update(found)
        problems += wrong
    return Report(facts, problems)


def _python():
    return {"Python": f"{platform.python_version()} on {platform.system()}"}, []


def _packages():
    """Versions of what `pyproject.toml` asks for, and those that are missing or too old."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        advice = 'run `pip install -e ".[lab]"` in the checkout, or `make install`.'
        return {}, [f"ctkit is imported from a folder but not installed: {advice}"]
    found, wrong = {"ctkit": metadata.version(DISTRIBUTION)}, []
    for line in wanted:
        match = re.fullmatch(r"([\w.-]+)>=([\d.]+)", line)
        if not match:  # an extra's, or one for other Pythons only
            continue
        name, least = match.groups()
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


def _numbers(version):
    return [int(digits) for digits in re.findall(r"\d+", version)[:3]]


def _decoders():
    """Which compressed transfer syntaxes (PS3.5 section 10) can be decoded, and with what."""
    found, wrong = {}, []
    for name, decoder in _compressed():
        for plugin in decoder.available_plugins:
            found[plugin] = found.get(plugin, 0) + 1
        if not decoder.is_available:
            remedy = next(packages for word, packages in _REMEDIES.items() if word in name)
            wrong.append(f"{name} can't be decoded: pip install {remedy}.")
    listed = ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))
    return {"decoders (transfer syntaxes)": listed or "none"}, wrong


def _compressed():
    """(name, decoder) of each compressed transfer syntax of still images in pydicom."""
    from pydicom import uid
    from pydicom.pixels import get_decoder

    for group in ("JPEG", "JPEGLS", "JPEG2000", "RLE"):
        for syntax in getattr(uid, f"{group}TransferSyntaxes"):
            try:
                yield syntax.name, get_decoder(syntax)
            except NotImplementedError:  # pydicom knows the syntax's name, and no more
                continue


def _widgets():
    """Whether widgets can reach the page: the packages, and JupyterLab's part of each."""
    import ipywidgets

    extensions = Path(sys.prefix, "share", "jupyter", "labextensions")
    wrong = [
        f"JupyterLab's part of {package} isn't in this environment, so that widgets may show "
        f"as text: pip install --force-reinstall {package}, then start JupyterLab again."
        for package, part in _LAB_PARTS.items()
        if _front_end() == "Jupyter" and not (extensions / part).is_dir()
    ]
    return {"widgets": f"ipywidgets {ipywidgets.__version__}", "shown by": _front_end()}, wrong


def _front_end():
    """Who shows what this process displays, as far as it can know."""
    if "google.colab" in sys.modules:
        return "Colab"
    if "VSCODE_PID" in os.environ:
        return "VS Code"
    return "Jupyter" if "ipykernel" in sys.modules else "nobody, since this is no notebook"


def _memory():
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


def _free_gigabytes(path="/proc/meminfo"):
    """Memory that can still be used, in GB, or None where the system doesn't say."""
    try:
        text = Path(path).read_text(encoding="ascii")
    except OSError:
        return None
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match.group(1)) * 1024 / 1e9 if match else None


def _samples():
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
