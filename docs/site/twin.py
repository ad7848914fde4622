"""The sample slice as a tab can read it: the file itself is JPEG 2000, and no decoder is there."""

import io
from pathlib import Path

from pydicom import dcmread

import ctkit

#: Where it stands below site-packages, in pydicom's wheel.
PLACE = "pydicom/data/test_files/J2K_pixelrep_mismatch.dcm"


def make() -> bytes:
    """The file of the same slice, its pixels decompressed, and everything else as it was.

    Raises
    ------
    ValueError
        Where it doesn't give the same HU.
    """
    path = ctkit.samples.head_slice()
    dataset = dcmread(path)
    # Its header and its stream differ in the sign; the other decoders refuse that here.
    dataset.decompress(generate_instance_uid=False, decoding_plugin="pylibjpeg")
    made = io.BytesIO()
    dataset.save_as(made)
    _check(path, made.getvalue())
    return made.getvalue()


def _check(path: Path, content: bytes) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as room:
        twin = Path(room, path.name)
        twin.write_bytes(content)
        if (ctkit.load(twin).array != ctkit.load(path).array).any():
            message = f"the twin of {path.name} has other HU"
            raise ValueError(message)
