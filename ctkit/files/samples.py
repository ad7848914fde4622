"""Sample scans: paths to hand to `ctkit.load`.

`head` comes with the package, `head_dicom` is the same head as a DICOM series,
`head_slice` is a real DICOM slice, `fetch` downloads real, awkward series.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from ..errors import LoadError, ParameterError

__all__ = ["fetch", "head", "head_dicom", "head_slice"]

_PACKAGE = Path(__file__).parents[1]
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
    from .dicom.writing import write_dicom
    from .loading import load

    source = head()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    target = _cache() / f"head-dicom-{digest[:8]}-1"  # -1: raised when the writing changes
    if not _is_complete(target, 108):
        volume = load(source).canonical()
        fresh = Path(mkdtemp(prefix="head-dicom-", dir=_cache()))
        write_dicom(volume, fresh, name="CTKIT^SAMPLE HEAD", description="head", seed=digest)
        _put(fresh, target, 108)
    return target


def head_slice() -> Path:
    """Path of a real head slice that the pydicom wheel holds.

    512 x 512, gantry tilt of -22 deg, JPEG 2000, and -2000 outside of the field of view
    that no tag declares.
    """
    from pydicom.data import get_testdata_file

    return Path(str(get_testdata_file("J2K_pixelrep_mismatch.dcm", download=False)))


def fetch(name: str) -> Path:
    """Folder of a real series, downloaded where it isn't there yet.

    Parameters
    ----------
    name : str
        ``"ge-head"``: a head with a tilted gantry and uneven slices (BSD-2).
        ``"crlm-1004"``: an abdomen with padding (CC BY 4.0).

    Returns
    -------
    Path of the folder, in the user's cache, or in the folder that the environment
    variable CTKIT_DATA names if that holds it. Its licence and citation are printed.

    Raises
    ------
    ParameterError
        On an unknown name.
    LoadError
        Where a file can't be had, or isn't the one whose sha256 is known.
    """
    registry = json.loads(_data("registry.json").read_text(encoding="utf-8"))
    if name not in registry:
        message = f"there is no sample {name!r}; there are {', '.join(registry)}"
        raise ParameterError(message)
    entry = registry[name]
    own = Path(os.environ.get("CTKIT_DATA") or os.devnull) / name
    folder = own if own.is_dir() else _cache() / name
    for file in entry["files"]:
        target = folder / Path(file["path"]).name
        if folder != own:
            _download(_ADDRESS.format(**entry | file), file["sha256"], target)
        elif not target.is_file() or _sha256(target) != file["sha256"]:
            message = f"{target} is absent or not the file that was meant; get it again"
            raise LoadError(message)
    print(f"{entry['title']}\nLicence: {entry['licence']}\n{entry['credit']}")
    return folder


def _data(name: str) -> Path:
    """A file of the checkout's data/, or of the wheel's."""
    for folder in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    message = f"{name} is not there: the package was not installed whole"
    raise LoadError(message)


def _cache() -> Path:
    import pooch

    folder = Path(os.environ.get("CTKIT_CACHE") or pooch.os_cache("ctkit"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_complete(folder: Path, count: int) -> bool:
    return folder.is_dir() and len(list(folder.iterdir())) == count


def _put(fresh: Path, target: Path, count: int) -> None:
    """Move a finished folder to its place; another process may have been there first."""
    if target.is_dir() and not _is_complete(target, count):
        shutil.rmtree(target, ignore_errors=True)
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)
        if not _is_complete(target, count):
            raise


def _download(address: str, sha256: str, target: Path) -> None:
    """Get one file; it appears under its name only once its sha256 is right."""
    import pooch

    registry, urls = {target.name: f"sha256:{sha256}"}, {target.name: address}
    store = pooch.create(target.parent, "", registry=registry, urls=urls, retry_if_failed=2)
    try:
        store.fetch(target.name)
    # Those of requests are OSError, and pooch raises a ValueError on another checksum.
    except (OSError, ValueError) as error:
        what = "its sha256 is another one" if isinstance(error, ValueError) else "no answer"
        what = getattr(error, "strerror", None) or what
        message = (
            f"{address} can't be had: {what}. Without a network, set CTKIT_DATA to a folder that "
            f"holds {target.parent.name}/{target.name}"
        )
        raise LoadError(message) from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
