"""Decoders: found by pydicom, right to the bit, and no danger on damaged data."""

import contextlib
import os
import random
import signal
import struct
import subprocess
import sys
import types

import _dicom
import numpy as np
import pydicom
import pytest
from hard_cases import CASES
from pydicom import uid
from pydicom.encaps import get_frame
from pydicom.pixels.encoders import RLELosslessEncoder

import ctkit
from ctkit.files.dicom import decoding, worker
from ctkit.files.dicom.decoding import decode_frame


def jpeg(tmp_path, name="JPEG lossless, first-order prediction (70)"):
    """A compressed frame and what describes it."""
    case = next(case for case in CASES if case.name == name)
    dataset = pydicom.dcmread(sorted(case.build(tmp_path).iterdir())[0])
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    shape, bits = (dataset.Rows, dataset.Columns), (dataset.BitsAllocated, dataset.BitsStored)
    return frame, dataset.file_meta.TransferSyntaxUID, shape, bits, False


def test_gdcm_answers_again_and_again(tmp_path):
    frame = jpeg(tmp_path)
    first = decode_frame(*frame)
    workers = list(worker._idle[os.getpid()])
    np.testing.assert_array_equal(decode_frame(*frame), first)
    assert worker._idle[os.getpid()] == workers


def test_gdcm_that_dies_starts_again(tmp_path):
    """Damage on which GDCM fails or aborts: at most it ends its own process, not this one."""
    frame, *rest = jpeg(tmp_path)
    whole = decode_frame(frame, *rest)
    worker.stop()
    for seed in range(60):
        damaged, chance = bytearray(frame), random.Random(seed)
        for _ in range(4):
            damaged[chance.randrange(2, len(frame))] = chance.randrange(256)
        with contextlib.suppress(ctkit.LoadError):
            decode_frame(bytes(damaged), *rest)
    for process in worker._idle.get(os.getpid(), ()):
        process.kill()
        process.wait()
    np.testing.assert_array_equal(decode_frame(frame, *rest), whole)


def test_what_rust_panics_on_prints_nothing(tmp_path, capfd):
    """A run over the end of a frame, by one pixel: pylibjpeg-rle panics, in its own process."""
    dataset = _dicom.ct_slice(shape=(40, 36))
    dataset.compress(uid.RLELossless, generate_instance_uid=False)
    frame = bytearray(get_frame(dataset.PixelData, 0, number_of_frames=1))
    for at in range(64, 100):
        damaged = frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1 :]
        with contextlib.suppress(ctkit.LoadError):
            decode_frame(bytes(damaged), uid.RLELossless, (40, 36), (16, 16), False)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("bits", [8, 16])
def test_rle_is_what_pydicom_makes_of_it(bits):
    """Its own rows of bytes, and odd numbers of them, which are padded."""
    values = np.random.default_rng(bits).integers(0, 3, (13, 7)).astype(f"<u{bits // 8}")
    values = values << (bits - 3) | values
    frame = RLELosslessEncoder.encode(
        values.tobytes(), encoding_plugin="pydicom", rows=13, columns=7,
        samples_per_pixel=1, bits_allocated=bits,
        bits_stored=bits, pixel_representation=0, photometric_interpretation="MONOCHROME2",
        number_of_frames=1,
    )  # fmt: skip
    found = decode_frame(frame, uid.RLELossless, (13, 7), (bits, bits), False)
    np.testing.assert_array_equal(found, values)


def test_gdcm_that_hangs_is_stopped(tmp_path, monkeypatch):
    frame = jpeg(tmp_path)
    worker.stop()
    whole = decode_frame(*frame)
    (process,) = worker._idle[os.getpid()]
    monkeypatch.setattr(worker, "_SECONDS", 0.2)
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(ctkit.LoadError, match="longer to decode than any picture of 12 x 17"):
        decode_frame(*frame)
    monkeypatch.undo()
    np.testing.assert_array_equal(decode_frame(*frame), whole)


GREEDY = """
import sys, time
head = sys.stdin.buffer.read(4)
taken = [bytearray(2**24) for _ in range(int(sys.argv[1]))]
for block in taken:
    block[::1024] = bytes(len(block[::1024]))
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no ps")
@pytest.mark.parametrize(("blocks", "late"), [(40, False), (1, True)])
def test_what_takes_too_much_is_ended_from_outside(tmp_path, monkeypatch, blocks, late):
    """As on macOS, where a process can't be limited: 640 MB for a frame of 408 bytes."""
    command, pipe = [sys.executable, "-c", GREEDY, str(blocks)], subprocess.PIPE
    greedy = subprocess.Popen(command, stdin=pipe, stdout=pipe)
    monkeypatch.setattr(worker, "_LOOKED_AT", True)
    monkeypatch.setattr(worker, "_SECONDS", 3.0 if late else 60.0)
    monkeypatch.setattr(worker, "_worker", lambda: greedy)
    with pytest.raises(worker.DecodeError) as caught:
        worker.decode("gdcm", *jpeg(tmp_path))
    assert isinstance(caught.value, worker.DecodeTimeoutError) == late
    assert greedy.returncode == -signal.SIGKILL


def test_memory_is_read_of_another_process():
    if os.name != "posix":
        pytest.skip("there is no ps")
    assert 2**23 < worker._memory_of(os.getpid()) < 2**35
    assert worker._memory_of(2**30) == 0


@pytest.fixture
def in_a_tab(monkeypatch):
    """As in a browser: no process starts, and no package of compiled decoders but Pillow."""

    def none(*_, **__):
        raise OSError("no process starts here")

    monkeypatch.setattr(decoding, "sys", types.SimpleNamespace(platform="emscripten"))
    monkeypatch.setattr(worker.subprocess, "Popen", none)
    monkeypatch.setattr(worker, "_idle", {})


@pytest.mark.parametrize(
    "name", ["RLE", "JPEG-LS lossless", "JPEG 2000 lossless", "JPEG baseline, 8 bits"]
)
def test_in_a_tab_frames_are_decoded_in_this_process(tmp_path, in_a_tab, monkeypatch, name):
    frame = jpeg(tmp_path, name)
    found = decode_frame(*frame)
    monkeypatch.undo()
    np.testing.assert_array_equal(found, decode_frame(*frame))


@pytest.mark.parametrize(
    ("name", "at"), [("JPEG 2000 lossless", 90), ("JPEG-LS lossless", 40), ("RLE", 64)]
)
def test_in_a_tab_damage_is_told(tmp_path, in_a_tab, name, at):
    frame, *rest = jpeg(tmp_path, name)
    with pytest.raises(ctkit.LoadError, match="compressed pixels"):
        decode_frame(frame[:at] + bytes(8) + frame[at + 8 : -30], *rest)


@pytest.mark.parametrize("shape", [(8000, 8000), (30_000, 1200), (5800, 5800)])
def test_in_a_tab_a_large_frame_is_refused_by_its_promise(in_a_tab, monkeypatch, shape):
    """Before a decoder is asked. One of 64 MB is handed over."""
    asked = []
    monkeypatch.setattr(worker, "by_pydicom", lambda *given: asked.append(given))
    frame = _dicom.ct_slice(shape=(40, 36))
    frame.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
    packed = get_frame(frame.PixelData, 0, number_of_frames=1)
    at = packed.index(b"\xff\x51")  # SIZ: the size of picture and tile
    for rows, columns in (shape, (5700, 5800)):
        size = struct.pack(">2L", columns, rows)
        said = packed[: at + 6] + size + packed[at + 14 : at + 22] + size + packed[at + 30 :]
        if (rows, columns) == shape:
            with pytest.raises(ctkit.LoadError, match="too large to be decoded in a browser tab"):
                decode_frame(said, uid.JPEG2000Lossless, (rows, columns), (16, 16), False)
            assert asked == []
        else:
            decode_frame(said, uid.JPEG2000Lossless, (rows, columns), (16, 16), False)
            assert len(asked) == 1


def test_an_unknown_syntax_is_refused(tmp_path):
    case = next(case for case in CASES if case.name == "RLE")
    for path in case.build(tmp_path).iterdir():
        content = path.read_bytes().replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.77")
        path.write_bytes(content)
    with pytest.raises(ctkit.LoadError, match=r"0\.dcm.*1\.2\.840\.10008\.1\.2\.77"):
        ctkit.load(tmp_path)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("said", [12, 16])
def test_jpeg_2000_of_other_numbers_than_the_header_says(said, signed, monkeypatch):
    """By GDCM where stream and header agree, by pydicom's own way where they don't."""
    dataset = _dicom.ct_slice(bits=12, signed=True, intercept=0, shape=(40, 36))
    stored = _dicom.stored_of(dataset)
    dataset.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    plugins, decode = [], worker.decode
    monkeypatch.setattr(worker, "decode", lambda *a: plugins.append(a[0]) or decode(*a))
    found = decode_frame(frame, uid.JPEG2000Lossless, (40, 36), (16, said), signed)
    assert (plugins == ["gdcm"]) == (signed and said == 12)
    found = found if signed else found & 0x0FFF
    np.testing.assert_array_equal(found, stored if signed else stored.view("<u2") & 0x0FFF)


def test_a_damaged_slice_is_named(tmp_path):
    """Slices are decoded ahead of the one that is waited for."""
    case = next(case for case in CASES if case.name == "JPEG 2000 lossless")
    path = sorted(case.build(tmp_path).iterdir())[3]
    content = path.read_bytes()
    at = content.index(b"\xff\x52") + 2  # COD: how it is coded
    path.write_bytes(content[:at] + bytes(12) + content[at + 12 :])
    with pytest.raises(ctkit.LoadError, match=path.name):
        ctkit.load(tmp_path)
