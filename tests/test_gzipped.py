"""gzip by ISA-L and by zlib: each unpacks what the other packed, and damage is told as such."""

import gzip
import importlib.util
import random
import sys

import pytest

from ctkit.files import gzipped

CHANCE = random.Random(3)
CONTENT = b"".join(b"%d HU, " % CHANCE.randint(-1024, 3071) for _ in range(50_000))


@pytest.fixture(params=["ISA-L", "zlib"])
def way(request, monkeypatch):
    """The module as it is, and as it is where ISA-L isn't installed."""
    if request.param == "ISA-L":
        return gzipped
    monkeypatch.setitem(sys.modules, "isal", None)
    found = importlib.util.spec_from_file_location("without_isal", gzipped.__file__)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    assert module._zlib is not gzipped._zlib
    return module


def test_each_unpacks_what_the_other_packed(way, tmp_path):
    pieces = [CONTENT[:7], memoryview(CONTENT)[7:100_000], b"", CONTENT[100_000:]]
    held = b"".join(way.packed(pieces))
    assert gzip.decompress(held) == CONTENT
    assert held == b"".join(way.packed(pieces))
    path = tmp_path / "other.gz"
    path.write_bytes(gzip.compress(CONTENT[:500]) + gzip.compress(CONTENT[500:], 9))
    with way.open_gzip(path) as stream:
        assert stream.read(3) == CONTENT[:3]
        stream.seek(400)
        assert stream.read() == CONTENT[400:]


@pytest.mark.parametrize("place", [2, 60, 20_000, -6, -2])
def test_damage_is_told_as_such(way, tmp_path, place):
    held = bytearray(gzip.compress(CONTENT))
    held[place] ^= 0x55
    (tmp_path / "damaged.gz").write_bytes(held)
    with pytest.raises(gzipped.DAMAGED), way.open_gzip(tmp_path / "damaged.gz") as stream:
        stream.read()


def test_a_cut_stream_has_no_end(way, tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(CONTENT)[:-40])
    with pytest.raises(EOFError), way.open_gzip(tmp_path / "cut.gz") as stream:
        stream.read()
