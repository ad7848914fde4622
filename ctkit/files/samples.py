"""Sample scans: paths to hand to `ctkit.load`.

`head` comes with the package, `head_dicom` is the same head as a DICOM series,
`head_slice` is a real DICOM slice, `fetch` downloads real, awkward series.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import LoadError, ParameterError
from .atomic import PART, alone, remove, why, write_file
from .sources import is_dicom, progress, read_head

__all__ = ["fetch", "find", "head", "head_dicom", "head_slice"]

_PACKAGE = Path(__file__).parents[1]
_SUMS = "sha256.json"
_PAUSE = 1.0  # seconds between two attempts
_ADDRESS = "https://raw.githubusercontent.com/{repository}/{commit}/{path}"


def head() -> Path:
    """Path of the head of the course, a NIfTI: a real adult head, 108 slices.

    From InVesalius' examples, GPL-2. Which side is left was not recorded: it is an
    assumption.
    """
    return _data("head.nii.gz")


def head_dicom() -> Path:
    """Folder with the same head as a DICOM series, 108 files.

    Written into the user's cache when first asked for (about 14 MB); the headers say
    that it is derived, and hold no person's name.
    """
    source = head()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    cache = _cache()
    home = cache / f"head-dicom-{digest[:8]}-2"  # -2: raised when the writing changes
    series = home / "series"
    if not _is_whole(series, _recorded(home)):
        with _keeping(cache):
            if not _is_whole(series, _recorded(home)):  # another may have made it meanwhile
                _make_head(source, digest, home)
    return series


def _make_head(source: Path, digest: str, home: Path) -> None:
    from .dicom.writing import write_dicom
    from .loading import load

    part = _part(home)
    shutil.rmtree(part, ignore_errors=True)
    write_dicom(
        load(source).canonical(),
        part / "series",
        name="CTKIT^SAMPLE HEAD",
        description="head",
        seed=digest,
    )
    sums = {path.name: _sha256(path) for path in (part / "series").iterdir()}
    write_file(part / _SUMS, json.dumps(sums).encode())
    _put(part, home, {*sums, _SUMS})


def _recorded(home: Path) -> dict[str, str]:
    """The checksums of the files that were written, or none."""
    try:
        sums = json.loads((home / _SUMS).read_bytes())
    except (OSError, ValueError):
        return {}
    return sums if isinstance(sums, dict) else {}


def head_slice() -> Path:
    """Path of a real head slice that the pydicom wheel holds.

    512 x 512, gantry tilt of -22 deg, JPEG 2000, and -2000 outside of the field of view
    that no tag declares.
    """
    from pydicom.data import get_testdata_file

    name = "J2K_pixelrep_mismatch.dcm"
    path = get_testdata_file(name, download=False)
    if path is None:
        message = f"pydicom lacks its {name}: it was not installed whole"
        raise LoadError(message)
    return Path(str(path))


def fetch(name: str) -> Path:
    """Folder of a real series, downloaded where it isn't there yet.

    Parameters
    ----------
    name : str
        ``"ge-head"``: a head with a tilted gantry and uneven slices (BSD-2).
        ``"crlm-1004"``: an abdomen with padding (CC BY 4.0).
        ``"aorta"``: a chest with contrast agent and an aortic dissection, with masks of the
        aorta and of its two channels (Apache-2.0); four NIfTI files, so `load` needs
        ``series="ct_cropped.nii.gz"``, or the name of a mask.

    Returns
    -------
    Path of the folder, in the user's cache, or in the folder that the environment
    variable CTKIT_DATA names if that holds it. Its licence and citation are printed.

    Raises
    ------
    ParameterError
        On an unknown name.
    LoadError
        Where a file can't be had, or isn't the one whose sha256 is known; where CTKIT_DATA
        holds other slices beside those of the series; where the cache can't be used.
    """
    entry = _entry(name)
    named = Path(os.environ.get("CTKIT_DATA") or os.devnull) / name
    if sys.platform == "emscripten" and not named.is_dir():
        message = (
            f"{name!r} can't be downloaded into a browser tab, which gets nothing from other "
            "hosts: get it with ctkit in Python on your own machine, and drop its folder here"
        )
        raise LoadError(message)
    folder = named if named.is_dir() else _cache() / name
    files = {Path(file["path"]).name: file for file in entry["files"]}
    sums = {name: file["sha256"] for name, file in files.items()}
    if folder == named:
        _check_named(folder, sums)
    elif not _is_whole(folder, sums):
        addresses = {name: _ADDRESS.format(**entry | file) for name, file in files.items()}
        with _keeping(folder.parent):
            if not _is_whole(folder, sums):  # another may have got it meanwhile
                _get(folder, sums, addresses)
    print(f"{entry['title']}\nLicence: {entry['licence']}\n{entry['credit']}")
    return folder


def find(name: str) -> Path | None:
    """Folder of a series of `fetch` if it is here already, else None: nothing is downloaded.

    Where the environment variable CTKIT_DATA is set, it is sought in that folder alone.

    Raises
    ------
    ParameterError
        On an unknown name.

    Examples
    --------
    >>> find("cat")
    Traceback (most recent call last):
    ctkit.errors.ParameterError: there is no sample 'cat'; there are ge-head, crlm-1004, aorta
    """
    sums = {Path(file["path"]).name: file["sha256"] for file in _entry(name)["files"]}
    named = os.environ.get("CTKIT_DATA")
    if named:
        folder = Path(named) / name
        return folder if all(_sha256(folder / file) == sums[file] for file in sums) else None
    folder = _cache() / name
    return folder if _is_whole(folder, sums) else None


def _entry(name: str) -> dict:
    """What the registry says of a series."""
    registry = json.loads(_data("registry.json").read_text(encoding="utf-8"))
    if name not in registry:
        message = f"there is no sample {name!r}; there are {', '.join(registry)}"
        raise ParameterError(message)
    return registry[name]


def _check_named(folder: Path, sums: Mapping[str, str]) -> None:
    """Refuse a folder of CTKIT_DATA from which something else would be loaded."""
    for name, sha256 in sums.items():
        if _sha256(folder / name) != sha256:
            message = f"{folder / name} is absent or not the file that was meant; get it again"
            raise LoadError(message)
    own = {folder / name for name in sums}
    others = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in own)
    if other := next((path for path in others if is_dicom(read_head(path))), None):
        message = f"{other} is no part of the sample, and would be loaded: move it away"
        raise LoadError(message)


def _get(folder: Path, sums: Mapping[str, str], addresses: Mapping[str, str]) -> None:
    """Put a series together from what is there already and what has to be downloaded.

    What a download that was interrupted got is still there, and used.
    """
    part = _part(folder)
    part.mkdir(exist_ok=True)
    for path in part.iterdir():
        if _sha256(path) != sums.get(path.name):
            remove(path)
    for name in progress(sums, folder.name):
        target = part / name
        if _sha256(folder / name) == sums[name]:
            shutil.copyfile(folder / name, target)
        if _sha256(target) != sums[name]:
            _download(addresses[name], sums[name], target)
    _put(part, folder, set(sums))


def _data(name: str) -> Path:
    """A file of the checkout's data/, or of the wheel's."""
    for folder in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    message = f"{name} is not there: the package was not installed whole"
    raise LoadError(message)


def _cache() -> Path:
    """The folder that samples are kept in: one's own, into which nobody else writes.

    Where the system knows no owners, it is by default below the user's own folders.
    """
    from platformdirs import user_cache_path

    folder = Path(os.environ.get("CTKIT_CACHE") or user_cache_path("ctkit"))
    own = "set CTKIT_CACHE to a folder of your own"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
    except OSError as error:
        message = f"samples can't be kept in {folder}: {why(error)}; {own}"
        raise LoadError(message) from error
    if not _is_mine(facts) or _is_open_to_all(facts):
        whose = "everyone may write there" if _is_mine(facts) else "it is another user's"
        message = f"samples can't be kept in {folder}: {whose}; {own}"
        raise LoadError(message)
    return folder


def _is_mine(facts: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or facts.st_uid == os.getuid()


def _is_open_to_all(facts: os.stat_result) -> bool:
    # Windows keeps rights elsewhere, and in a browser tab there is one user.
    return (
        os.name == "posix" and sys.platform != "emscripten" and bool(facts.st_mode & stat.S_IWOTH)
    )


@contextmanager
def _keeping(cache: Path) -> Iterator[None]:
    """Hold the cache while a sample is made, and say in a sentence what the system refused."""
    try:
        with alone(cache):
            yield
    except OSError as error:
        message = (
            f"samples can't be kept in {cache}: {why(error)}; CTKIT_CACHE can name another folder"
        )
        raise LoadError(message) from error


def _is_whole(folder: Path, sums: Mapping[str, str]) -> bool:
    """Whether a folder, one's own, holds the files with these checksums and nothing else."""
    try:
        with os.scandir(folder) as entries:
            found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
        mine = _is_mine(folder.stat())
    except OSError:
        return False
    if not sums or not mine or found != dict.fromkeys(sums, True):
        return False
    return all(_sha256(folder / name) == sha256 for name, sha256 in sums.items())


def _part(home: Path) -> Path:
    """Where a sample is put together. The cache is held meanwhile, so that one name is enough."""
    return home.with_name(f"{PART}{home.name}")


def _put(part: Path, home: Path, names: set[str]) -> None:
    """Move a finished sample to its place; what others put there is kept beside it."""
    if os.path.lexists(home):
        count = 1
        while os.path.lexists(before := home.with_name(f"{home.name}-before-{count}")):
            count += 1
        home.rename(before)
        others = [path.name for path in before.rglob("*") if path.is_file()]
        if before.is_symlink() or set(others) <= names:
            remove(before)
        else:
            print(f"{home.name} held other files; they are kept in {before}")
    part.rename(home)


def _download(address: str, sha256: str, target: Path) -> None:
    """Get one file, in three attempts, and compare its sha256 with the one that is known."""
    for pause in (_PAUSE, 2 * _PAUSE, None):
        refused = _attempt(address, target) or _other_sum(sha256, target)
        if not refused:
            return
        if pause is None or refused.startswith("the server answers"):
            break
        time.sleep(pause)
    target.unlink(missing_ok=True)
    message = (
        f"{address} can't be had: {refused}. CTKIT_DATA can name a folder that holds "
        f"{target.parent.name.removeprefix(PART)}/{target.name}"
    )
    raise LoadError(message)


def _attempt(address: str, target: Path) -> str:
    """Download a file; what was in the way, or nothing."""
    import pooch
    import requests

    try:
        pooch.HTTPDownloader()(address, str(target), None)
    except requests.HTTPError as error:
        return f"the server answers {getattr(error.response, 'status_code', 'with an error')}"
    except requests.Timeout:
        return "the server takes too long to answer"
    except requests.exceptions.ChunkedEncodingError:
        return "the connection broke off"
    except requests.RequestException:
        return "there is no answer, as without a network"
    return ""


def _other_sum(sha256: str, target: Path) -> str:
    found = _sha256(target)
    if found == sha256:
        return ""
    return f"what came is another file, whose sha256 is {found} and not {sha256}"


def _sha256(path: Path) -> str:
    """The checksum of a file; of none where there is no file to read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
