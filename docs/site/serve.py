"""Serve the website to this machine alone, as a host on the web would: compressed, with types.

python docs/site/serve.py               site/, on a free port
python docs/site/serve.py --port 8000
"""

import argparse
import gzip
import os
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TYPES = {
    "": "application/octet-stream",
    ".gz": "application/gzip",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".whl": "application/octet-stream",
}
COMPRESSED = ("text/", "application/json", "application/wasm", "image/svg")


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, compressed where that makes them smaller, and kept by the browser."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def do_GET(self):
        """Send a file."""
        self._send(body=True)

    def do_HEAD(self):
        """Send what is to be known of a file."""
        self._send(body=False)

    def _send(self, body):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            if not self.path.partition("?")[0].endswith("/"):
                self.send_response(HTTPStatus.MOVED_PERMANENTLY)
                self.send_header("Location", f"{self.path.partition('?')[0]}/")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            path /= "index.html"
        try:
            facts = path.stat()
        except OSError:
            return self.send_error(HTTPStatus.NOT_FOUND)
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            return self.end_headers()
        kind = self.guess_type(str(path))
        packed = kind.startswith(COMPRESSED) and "gzip" in self.headers.get("Accept-Encoding", "")
        content = _packed(path, tag) if packed else path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", formatdate(facts.st_mtime, usegmt=True))
        self.send_header("Cache-Control", "no-cache")  # kept, and asked for whether it is the same
        self.send_header("ETag", tag)
        self.end_headers()
        if body:
            self.wfile.write(content)
        return None

    def log_message(self, format, *args):
        """Say nothing of what went well."""


@lru_cache(maxsize=500)
def _packed(path, tag):
    return gzip.compress(path.read_bytes(), 6)


def server(folder, port=0):
    """A server of a folder on the loopback, not yet started; port 0 is a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=os.fspath(folder)))


def main():
    """Serve until Ctrl+C."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "site")
    options = parser.parse_args()
    with server(options.folder, options.port) as served:
        print(f"http://127.0.0.1:{served.server_port}/ shows {options.folder}; Ctrl+C ends it")
        try:
            served.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
