"""Pyodide's release: a folder that holds its files, each with the sha256 that it must have."""

import hashlib
import json
from pathlib import Path

VERSION = "0.27.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
LOCK = "pyodide-lock.json"
#: The interpreter itself, of which the lock says nothing.
CORE = {
    "pyodide-lock.json": "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
}


class Release:
    """Files of a release: those of a folder, or downloaded when first asked for.

    Parameters
    ----------
    folder : Path or None
        None downloads.
    cache : Path
        Where downloads are kept.
    """

    def __init__(self, folder: Path | None, cache: Path) -> None:
        self.folder, self._cache = folder, cache / f"pyodide-{VERSION}"
        self.packages = json.loads(self.core(LOCK).read_text("utf-8"))["packages"]
        self.info = json.loads(self.core(LOCK).read_text("utf-8"))["info"]

    def core(self, name: str) -> Path:
        """A file of the interpreter."""
        return self._file(name, CORE[name])

    def has(self, package: str) -> bool:
        """Whether the file of a package can be had: a folder may hold a part of the release."""
        entry = self.packages.get(package)
        if entry is None:
            return False
        return self.folder is None or (self.folder / entry["file_name"]).is_file()

    def package(self, name: str) -> Path:
        """The file of a package."""
        entry = self.packages[name]
        return self._file(entry["file_name"], entry["sha256"])

    def _file(self, name: str, sha256: str) -> Path:
        path = self.folder / name if self.folder else self._download(name, sha256)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != sha256:
            message = f"{path} has the sha256 {found}, and Pyodide {VERSION} says {sha256}"
            raise ValueError(message)
        return path

    def _download(self, name: str, sha256: str) -> Path:
        import pooch
        import requests

        try:
            return Path(pooch.retrieve(ADDRESS + name, sha256, fname=name, path=self._cache))
        except requests.RequestException as error:
            message = (
                f"{name} of Pyodide {VERSION} can't be downloaded. Try again later, or let "
                f"CTKIT_PYODIDE name a folder with the files of the release. ({error})"
            )
            raise ConnectionError(message) from error
