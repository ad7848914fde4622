"""The built website for tests: served on the loopback, read as files, its voxels unpacked."""

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "site"))

import making  # noqa: E402


def build(folder, *live):
    """Build the pages into a folder, with the views of these notebooks alive, or of all.

    CTKIT_SITE names a folder where all of it is built already.
    """
    if named := os.environ.get("CTKIT_SITE"):
        return Site(Path(named).resolve())
    options = ["--live", *live] if live else []
    command = [sys.executable, str(ROOT / "docs" / "site" / "pages.py"), *options]
    done = subprocess.run(
        [*command, "--out", str(folder), "--work", str(folder.with_name("work"))],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Site(folder)


class Site:
    """A folder of pages, and who asked for what when it is served."""

    def __init__(self, folder):
        self.folder = folder
        self.asked = []
        self.pages = sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*.html")
            if path.relative_to(folder).parts[0] not in ("lite", "_static")
        )

    def __enter__(self):
        asked = self.asked

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                asked.append(unquote(urlsplit(self.path).path))

        handler = functools.partial(Handler, directory=self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def parsed(self, name):
        """The page's elements."""
        parser = Elements()
        parser.feed(self.read(name))
        return parser

    def states(self, name):
        """The states of the views of a page, in their order."""
        return [json.loads(text) for text in self.parsed(name).scripts]

    def volume(self, held):
        """The voxels of a state, as an array: what the page makes of its files."""
        if "made" not in held:
            return self._values(held["file"], held)
        parts = held["made"]
        head = self._values(parts["base"], {"kind": "int16", "shape": parts["from"]})
        axes = [self._axis(**axis) for axis in json.loads(self._plain(parts["axes"]["file"]))]
        array = making.made(head, axes)
        shape = {"shape": held["shape"]}
        if "kept" in parts:
            kept = self._values(parts["kept"]["file"], parts["kept"] | shape)
            array = np.where(kept, array, np.int16(-1000))
        added = self._values(parts["added"]["file"], parts["added"] | shape)
        return array + (added.view(np.int8) if added.dtype == np.uint8 else added)

    def _axis(self, at, by):
        """Lists of different lengths, filled up with parts of 0."""
        count = max(map(len, at))
        full = [[one + [0] * (count - len(one)) for one in many] for many in (at, by)]
        return making.Axis(np.array(full[0]), np.array(full[1], float))

    def _plain(self, file):
        return zlib.decompress((self.folder / "_volumes" / file).read_bytes())

    def _values(self, file, held):
        plain = self._plain(file)
        if held["kind"] == "uint8":
            return np.frombuffer(plain, np.uint8).reshape(held["shape"])
        halves = np.frombuffer(plain, np.uint8)
        if held["kind"] == "float32":
            return halves.reshape(4, -1).T.copy().view(np.float32).reshape(held["shape"])
        low, high = halves.reshape(2, -1).astype(np.uint16)
        zigzag = low | (high << 8)
        steps = (zigzag >> 1).astype(np.int16) ^ -(zigzag & 1).astype(np.int16)
        steps = steps.reshape(held["shape"])
        for axis in range(3):
            steps = steps.cumsum(axis=axis, dtype=np.int16)
        return steps


class Elements(HTMLParser):
    """What tests ask of a page: links, names that can be linked to, pictures, states of views."""

    def __init__(self):
        super().__init__()
        self.links, self.names, self.pictures, self.scripts = [], set(), [], []
        self._state = False

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and "href" in found:
            self.links.append((found["href"], found.get("class") or ""))
        if tag in ("script", "link", "img") and (found.get("src") or found.get("href")):
            self.links.append((found.get("src") or found["href"], tag))
        if tag == "img":
            self.pictures.append(found)
        self._state = tag == "script" and found.get("type") == "application/json"

    def handle_data(self, data):
        if self._state:
            self.scripts.append(data)
            self._state = False
