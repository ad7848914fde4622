"""doctor: right about this machine, and a sentence for each thing that is wrong."""

import re
import subprocess
import sys
from importlib import metadata

import pytest

import ctkit
from ctkit.files.dicom.decoding import REMEDIES

# The name ctkit.doctor is the function; its module is reached by import alone.
_doctor = sys.modules[ctkit.doctor.__module__]


def test_the_module_never_takes_the_place_of_the_function():
    # Python sets ctkit.doctor to the module when that is imported; lazy_loader 0.6 prevents it.
    code = "import ctkit.doctor; print(ctkit.doctor().ok)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_this_machine_is_well():
    report = ctkit.doctor()
    assert report.problems == ()
    assert report.ok
    assert f"pydicom {metadata.version('pydicom')}" in report.facts["packages"]
    assert "Everything that the course needs is here." in repr(report)
    assert "<table>" in report._repr_html_()


def test_every_compressed_syntax_has_a_decoder():
    names = {name for name, decoder in _doctor._compressed() if decoder.is_available}
    # What scanners and archives of CT write (PS3.5 section 10).
    for words in ("JPEG Lossless", "JPEG-LS Lossless", "JPEG 2000", "High-Throughput", "RLE"):
        assert any(words in name for name in names)
    assert len(names) == len(list(_doctor._compressed()))


def test_a_missing_decoder_is_named(monkeypatch):
    class Nothing:
        is_available = False
        available_plugins = ()

    monkeypatch.setattr(
        _doctor, "_compressed", lambda: [("JPEG 2000 Image Compression", Nothing())]
    )
    facts, (problem,) = _doctor._decoders()
    assert "JPEG 2000" in problem
    assert "pip install pylibjpeg pylibjpeg-openjpeg" in problem
    assert list(facts.values()) == ["none"]


def test_what_it_names_as_remedy_is_what_the_course_installs():
    wanted = {re.split("[>;]", line)[0] for line in metadata.requires(_doctor.DISTRIBUTION)}
    assert {name for line in REMEDIES.values() for name in line.split()} <= wanted


def test_decoders_are_counted_by_what_they_decode():
    (line,) = _doctor._decoders()[0].values()
    listed = dict(re.findall(r"(\w+) \((\d+)\)", line))
    syntaxes = [decoder for _, decoder in _doctor._compressed()]
    rle = [one for one in syntaxes if "pylibjpeg" in one.available_plugins]
    assert listed["pylibjpeg"] == str(len(rle))
    assert len(listed) > 1


def test_an_old_and_a_missing_package_are_named(monkeypatch):
    wanted = ["numpy>=99.0", "nonesuch>=1.0", "pydicom>=3.0", 'ruff>=0.8; extra == "test"']
    monkeypatch.setattr(_doctor.metadata, "requires", lambda name: wanted)
    _, problems = _doctor._packages()
    assert problems[0].startswith("numpy is ")
    assert "99.0 is needed" in problems[0]
    assert "nonesuch is missing" in problems[1]
    assert len(problems) == 2


def test_a_checkout_that_is_not_installed_is_named(monkeypatch):
    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(_doctor.metadata, "requires", none)
    _, (problem,) = _doctor._packages()
    assert "not installed" in problem


def test_little_memory_is_named(monkeypatch):
    monkeypatch.setattr(_doctor, "_free_gigabytes", lambda: 0.5)
    facts, (problem,) = _doctor._memory()
    assert "0.5 GB" in problem
    assert facts == {"free memory": "0.5 GB"}


@pytest.mark.parametrize(
    ("text", "free"),
    [("MemTotal: 9 kB\nMemAvailable:  2000000 kB\n", 2.048), ("MemTotal: 9 kB\n", None)],
)
def test_free_memory_is_read(tmp_path, text, free):
    (tmp_path / "meminfo").write_text(text)
    assert _doctor._free_gigabytes(tmp_path / "meminfo") == free
    assert _doctor._free_gigabytes(tmp_path / "absent") is None


def test_a_missing_sample_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(ctkit.samples, "head", lambda: tmp_path / "absent.nii.gz")
    facts, (problem,) = _doctor._samples()
    assert "samples.head()" in problem
    assert facts == {"sample scans": "samples.head_slice()"}


def test_widgets_without_their_part_of_jupyterlab_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(_doctor.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(_doctor, "_front_end", lambda: "Jupyter")
    _, problems = _doctor._widgets()
    assert len(problems) == 2
    assert "jupyterlab_widgets" in problems[0]


def test_problems_are_shown_and_escaped():
    report = _doctor.Report({"a": "<b>"}, ["first <i>", "second"])
    assert not report.ok
    assert repr(report).splitlines()[2:] == ["2 things to put right:", "- first <i>", "- second"]
    assert "&lt;b&gt;" in report._repr_html_()
    assert "first &lt;i&gt;" in report._repr_html_()
