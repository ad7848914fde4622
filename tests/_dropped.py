"""A page that shows a field of `drop()`: it sends files, and keeps what it hears."""

import io
import json
import zipfile

import pydicom

import ctkit


class Page:
    """A page that shows a field, and hears what is said to it."""

    def __init__(self, **keywords):
        self.field = ctkit.drop(**keywords)
        self.heard = []
        self.field.field.send = lambda content, buffers=None: self.heard.append(content)

    def say(self, kind, *buffers, **words):
        self.field._hear(None, {"kind": kind, **words}, [memoryview(one) for one in buffers])
        return self.heard[-1] if self.heard else None

    def begin(self, files, drop="1"):
        return self.say("begin", drop=drop, files=[[n, len(c)] for n, c in files.items()])

    def send(self, files, drop="1", most=5000):
        """Send files, {name: bytes}, many in one message and the large ones in pieces."""
        answer = self.begin(files, drop)
        if answer["kind"] == "refused":
            return answer
        pieces, content = [], b""
        for number, whole in enumerate(files.values()):
            for start in range(0, len(whole), most):
                pieces.append([number, start, len(whole[start : start + most])])
                content += whole[start : start + most]
                if len(content) > most:
                    self.say("bytes", content, drop=drop, parts=pieces)
                    pieces, content = [], b""
        if pieces:
            self.say("bytes", content, drop=drop, parts=pieces)
        return self.say("end", drop=drop)

    def all_heard(self):
        return json.dumps(self.heard)


def written(dataset):
    """The bytes of a file that holds this dataset."""
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def zipped(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def contents(folder):
    """The files of a folder, {path from the folder on: bytes}."""
    return {
        f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
