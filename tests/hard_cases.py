"""The table of hard scans: how each is made, and how loading it has to end.

``RIGHT``: every voxel holds the HU of its millimetres (within `within` HU).
``REFUSED``: a CTError that matches `says`; where `accepts` names arguments, loading with
these is right. The same table is shown in docs/loading.md.
"""

import gc
import gzip
import hashlib
import io
import os
import random
import re
import shutil
import tarfile
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import gdcm
import nibabel as nib
import numpy as np
import pydicom
from _dicom import (
    COLUMNS,
    ORIGIN,
    ROWS,
    SLICES,
    SPACING,
    STEP,
    ct_slice,
    decimals,
    places,
    save,
    set_stored,
    stack,
    stored_of,
    truth,
    write,
)
from pydicom import uid
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from ctkit.geometry import LPS_RAS

RIGHT, REFUSED = "right", "refused"
CORONAL = (1, 0, 0, 0, 0, -1)
SAGITTAL = (0, 1, 0, 0, 0, -1)
OBLIQUE = (0.8, 0.6, 0, -0.48, 0.64, 0.6)


@dataclass
class Case:
    """One row: what the scan is, how it is built, how it ends."""

    name: str
    build: object
    ending: str
    says: str = ""
    accepts: dict = field(default_factory=dict)
    load: dict = field(default_factory=dict)
    within: float = 0.51
    slices: int | None = None
    group: str = ""
    mask: object = None
    check: object = None


CASES = []
_group = [""]


def case(name, ending=RIGHT, says="", **more):
    """Put the function that follows into the table."""

    if {"interpolate", "resample"} & set(more.get("accepts", {}).values()):
        more = {"within": 1.01} | more  # rounded when stored, and again between slices

    def put(build):
        CASES.append(Case(name, build, ending, says, group=_group[0], **more))
        return build

    return put


def group(name):
    """Start a group of cases."""
    _group[0] = name


def edited(edit, **changes):
    """A builder of a plain series whose slices went through `edit(dataset, k)`."""

    def build(folder):
        datasets = stack(**changes)
        for k, dataset in enumerate(datasets):
            edit(dataset, k)
        return write(folder, datasets)

    return build


def at(positions, **changes):
    """A builder of slices whose origins are these."""

    def build(folder):
        return write(folder, stack(len(positions), position=lambda k: positions[k], **changes))

    return build


def along(depths, lean=(0, 0, 1)):
    """Origins at these depths, along a direction."""
    return [np.add(ORIGIN, np.multiply(depth, lean)) for depth in depths]


# ---------------------------------------------------------------- order and geometry
group("Order and geometry")
EVEN = [k * STEP for k in range(SLICES)]


@case("files in another order than the slices")
def _(folder):
    return write(folder, stack())


case("no InstanceNumber")(edited(lambda d, k: d.pop("InstanceNumber")))
case("InstanceNumber against the position")(
    edited(lambda d, k: setattr(d, "InstanceNumber", SLICES - k))
)


@case("no file extension")
def _(folder):
    return write(folder, stack(), "IM{:04d}")


@case("subfolders")
def _(folder):
    return write(folder, stack(), "{0}/deep/{0}.dcm")


case("coronal")(lambda folder: write(folder, stack(orientation=CORONAL)))
case("sagittal")(lambda folder: write(folder, stack(orientation=SAGITTAL)))
case("oblique")(lambda folder: write(folder, stack(orientation=OBLIQUE)))
case("decreasing positions")(at(along([-depth for depth in EVEN])))
case("rows mirrored: the normal points to the feet")(
    lambda folder: write(folder, stack(orientation=(-1, 0, 0, 0, 1, 0)))
)
case("pixels five times as wide as high")(lambda folder: write(folder, stack(spacing=(0.4, 2.0))))


@case("positions rounded by 20 micrometres", within=0.7)
def _(folder):
    noise = np.random.default_rng(1).uniform(-0.02, 0.02, (SLICES, 3))

    def move(dataset, k):
        dataset.ImagePositionPatient = decimals(np.add(ORIGIN, (0, 0, k * STEP)) + noise[k])

    return edited(move)(folder)


@case("orientations rounded by 3e-5", within=0.7)
def _(folder):
    noise = np.random.default_rng(2).uniform(-3e-5, 3e-5, (SLICES, 6))

    def turn(dataset, k):
        dataset.ImageOrientationPatient = decimals(noise[k] + [1, 0, 0, 0, 1, 0])

    return edited(turn)(folder)


case("SpacingBetweenSlices that lies", says="SpacingBetweenSlices says 9")(
    edited(lambda d, k: setattr(d, "SpacingBetweenSlices", 9))
)
case("negative SpacingBetweenSlices, as some scanners write it")(
    edited(lambda d, k: setattr(d, "SpacingBetweenSlices", -STEP))
)
case("SliceThickness larger than the spacing (overlapping slices)")(
    edited(lambda d, k: setattr(d, "SliceThickness", 5))
)


for _thick, _step, _said in ((1, 10, True), (0.6, 2.5, True), (1.25, 1.5, True), (2.4, 2.5, False)):
    case(
        f"slices of {_thick} mm every {_step} mm",
        says="was not measured" if _said else "",
        check=None if _said else lambda volume: _no_gap(volume),
    )(
        edited(
            lambda d, k, thick=_thick, step=_step: [
                setattr(d, "SliceThickness", thick),
                setattr(d, "ImagePositionPatient", decimals(np.add(ORIGIN, (0, 0, k * step)))),
            ],
            hu=lambda k, step=_step: truth(places(np.add(ORIGIN, (0, 0, k * step)))),
        )
    )


def _no_gap(volume):
    assert not [line for line in volume.report if "measured" in line]


for _keyword, _number, _says in (
    ("ImagesInAcquisition", 8, "says 8, and there are 6 slices: some may be missing"),
    ("ImagesInAcquisition", 5, "says 5, and there are 6 slices$"),
    ("NumberOfSlices", 40, "says 40, and there are 6 slices: some may be missing"),
    ("NumberOfSeriesRelatedInstances", 7, "says 7, and there are 6 slices: some may be missing"),
):
    case(f"{_keyword} of {_number}, and 6 slices", says=f"{_keyword} {_says}")(
        edited(lambda d, k, key=_keyword, n=_number: setattr(d, key, n))
    )
for _what, _number in (("of 1, as of one rotation", 1), ("of 6", SLICES), ("that is empty", None)):
    case(f"ImagesInAcquisition {_what}", check=lambda volume: _no_count(volume))(
        edited(lambda d, k, n=_number: setattr(d, "ImagesInAcquisition", n))
    )


def _no_count(volume):
    assert not [line for line in volume.report if "there are" in line]


case(
    "positions rounded to 0.1 mm, slices every 0.625 mm",
    REFUSED,
    r"tolerance=0\.0\d\d if the positions were rounded",
    accepts={"tolerance": 0.08},
    within=1.0,
)(
    lambda folder: write(
        folder,
        stack(12, position=lambda k: np.round(np.add(ORIGIN, (0, 0, k * 0.625)), 1)),
    )
)


@case("slices missing at an end: a shorter scan", slices=4)
def _(folder):
    return write(folder, stack()[1:-1])


@case(
    "a slice missing in the middle",
    REFUSED,
    'missing="interpolate"',
    accepts={"missing": "interpolate"},
    slices=SLICES,
)
def _(folder):
    return write(folder, stack()[:3] + stack()[4:])


@case(
    "three slices missing in two places",
    REFUSED,
    "missing slices: 3",
    accepts={"missing": "interpolate"},
    slices=12,
)
def _(folder):
    return write(folder, [d for k, d in enumerate(stack(12)) if k not in (3, 4, 8)])


case("micro-CT: steps that differ by half", REFUSED, "steps between slices vary")(
    at(along([0, 0.01, 0.03, 0.04, 0.06, 0.07]), spacing=(0.01, 0.01))
)
case(
    "micro-CT: a slice missing at steps of 0.02 mm",
    REFUSED,
    "missing slices: 1",
    accepts={"missing": "interpolate"},
    slices=7,
)(at(along([0.02 * k for k in range(7) if k != 3]), spacing=(0.01, 0.01)))
case("micro-CT: a slice a fifth of a step beside another", REFUSED, "steps between slices vary")(
    at(along([0, 0.01, 0.02, 0.022, 0.03, 0.04]))
)
case("micro-CT: even steps of 0.005 mm", slices=6)(
    at(along([0.005 * k for k in range(6)]), spacing=(0.005, 0.005))
)
case("uneven spacing", REFUSED, 'uneven="resample"', accepts={"uneven": "resample"}, slices=10)(
    at(along([0, 2, 4.5, 6, 9, 14]))
)
case("a slice 0.2 mm off an even stack", REFUSED, "uneven", accepts={"uneven": "resample"})(
    at(along([0, 2.5, 5.2, 7.5, 10]))
)
case("a slice 0.2 mm off, with a tolerance of 0.3 mm", load={"tolerance": 0.3}, within=1.2)(
    at(along([0, 2.5, 5.2, 7.5, 10]))
)
case(
    "two zones, 4 mm and then 7 mm, overlapping by 3 mm",
    REFUSED,
    "1 to 7 mm",
    accepts={"uneven": "resample"},
)(at(along([0, 4, 8, 12, 13, 20, 27, 34])))
case("two zones of a tilted gantry", REFUSED, "uneven", accepts={"uneven": "resample"})(
    at(along([0, 4, 8, 9, 16, 23], lean=(0, -0.33, 1)))
)


@case("the same position twice, with the same pixels", says="taken once", slices=SLICES)
def _(folder):
    datasets = stack() + stack(2)
    for k, dataset in enumerate(datasets):
        dataset.SOPInstanceUID = f"1.2.3.5.{k}"
    return write(folder, datasets)


@case(
    "the same position twice, with other pixels",
    REFUSED,
    'duplicates="first"',
    accepts={"duplicates": "first"},
    slices=SLICES,
)
def _(folder):
    second = ct_slice(2, hu=truth(places(ORIGIN)) + 90)
    second.InstanceNumber = 77
    return write(folder, [*stack(), second])


@case(
    "stacks side by side in one series",
    REFUSED,
    "acquisition=",
    accepts={"acquisition": "field of view 1", "duplicates": "first"},
    slices=SLICES,
)
def _(folder):
    other = stack(position=lambda k: np.add(ORIGIN, (60, 0, k * STEP)))
    for k, dataset in enumerate(other):
        dataset.InstanceNumber, dataset.SOPInstanceUID = k + 1, f"1.2.3.8.{k}"
    return write(folder, stack() + other)


@case("the same file twice under two names", says="taken once", slices=SLICES)
def _(folder):
    write(folder, stack())
    first = sorted(folder.iterdir())[0]
    shutil.copy(first, folder / "copy of it")
    return folder


for _degrees in (2, -2, 20, -20):
    for _tag in (True, False):
        # The table moves along z, the slices lean: origins stay on the line of the table.
        _t = np.radians(_degrees)
        _tilted = (1, 0, 0, 0, np.cos(_t), np.sin(_t))

        def _build(folder, tilted=_tilted, tag=_tag, degrees=_degrees):
            datasets = stack(
                orientation=tilted, position=lambda k: np.add(ORIGIN, (0, 0, k * STEP))
            )
            for dataset in datasets:
                if tag:
                    dataset.GantryDetectorTilt = degrees
            return write(folder, datasets)

        _how = "with" if _tag else "without"
        case(f"gantry tilt of {_degrees} deg, {_how} its tag", says=f"tilt of {abs(_degrees)}")(
            _build
        )
case("GantryDetectorTilt of 15 on slices that are not tilted")(
    edited(lambda d, k: setattr(d, "GantryDetectorTilt", 15))
)
case(
    "a field of view that shifts inside the series",
    REFUSED,
    "field of view shifts",
    accepts={"uneven": "resample"},
    within=1.0,
    mask=lambda hu: hu > -900,
)(at([np.add(ORIGIN, (3.3 * (k > 2), -2.6 * (k > 2), k * STEP)) for k in range(SLICES)]))
case("one slice of another matrix size", REFUSED, r"Rows and Columns \(10, 17\)")(
    lambda folder: write(folder, stack(shape=lambda k: (10 if k == 3 else ROWS, COLUMNS)))
)
case("one slice of another pixel spacing", REFUSED, "PixelSpacing")(
    lambda folder: write(folder, stack(spacing=lambda k: (1.1, 0.9 if k == 3 else 0.8)))
)
case("one slice of another orientation", REFUSED, "ImageOrientationPatient")(
    lambda folder: write(
        folder, stack(orientation=lambda k: OBLIQUE if k == 3 else (1, 0, 0, 0, 1, 0))
    )
)
case("one slice with mirrored rows", REFUSED, "ImageOrientationPatient")(
    lambda folder: write(
        folder, stack(orientation=lambda k: (-1, 0, 0, 0, 1, 0) if k == 3 else (1, 0, 0, 0, 1, 0))
    )
)
case(
    "one slice in another frame of reference",
    REFUSED,
    "FrameOfReferenceUID",
    accepts={"uids": "ignore"},
)(edited(lambda d, k: setattr(d, "FrameOfReferenceUID", f"1.2.3.9.{k == 3:d}")))
case("a frame of reference for each slice", says="FrameOfReferenceUID of its own", slices=SLICES)(
    edited(lambda d, k: setattr(d, "FrameOfReferenceUID", f"1.2.55.{k}"))
)
case(
    "a SeriesInstanceUID for each slice",
    REFUSED,
    "one slice each and differ in SeriesInstanceUID alone",
    accepts={"uids": "ignore"},
    slices=SLICES,
)(edited(lambda d, k: setattr(d, "SeriesInstanceUID", f"1.2.66.{k}")))


@case(
    "a UID of each kind for each slice",
    REFUSED,
    "one slice each",
    accepts={"uids": "ignore"},
    slices=SLICES,
)
def _(folder):
    def edit(dataset, k):
        for n, keyword in enumerate(
            ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
        ):
            setattr(dataset, keyword, f"1.2.67.{n}.{k}")

    return edited(edit)(folder)


case("one SeriesInstanceUID, another PatientID", REFUSED, "PatientID another one")(
    edited(lambda d, k: setattr(d, "PatientID", "another") if k > 2 else None)
)
case(
    "one SeriesInstanceUID, another StudyInstanceUID",
    REFUSED,
    "StudyInstanceUID another one",
    accepts={"uids": "ignore"},
)(edited(lambda d, k: setattr(d, "StudyInstanceUID", "1.2.77") if k > 2 else None))
case("half of the slices turned by 90 degrees in their plane", REFUSED, "ImageOrientationPatient")(
    lambda folder: write(
        folder, stack(orientation=lambda k: (0, 1, 0, -1, 0, 0) if k > 2 else (1, 0, 0, 0, 1, 0))
    )
)
case("a single slice", says="nominal", slices=1)(
    lambda folder: save(ct_slice(), folder / "one.dcm")
)


@case("a single slice without SliceThickness", says="placeholder", slices=1)
def _(folder):
    dataset = ct_slice()
    dataset.SliceThickness = None
    return save(dataset, folder / "one.dcm")


for _keyword in ("ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing"):
    case(f"no {_keyword}", REFUSED, f"no usable {_keyword}")(
        edited(lambda d, k, keyword=_keyword: d.pop(keyword))
    )
case("directions of another length than 1", REFUSED, "length of 1.2 and 1, not of 1")(
    edited(lambda d, k: setattr(d, "ImageOrientationPatient", [1.2, 0, 0, 0, 1, 0]))
)
case("an empty ImagePositionPatient in one slice", REFUSED, "no usable ImagePositionPatient")(
    edited(lambda d, k: setattr(d, "ImagePositionPatient", None) if k == 2 else None)
)


def rewritten(old, new):
    """A builder of a plain series with these bytes, of the same number, in the place of others."""

    def build(folder):
        for path in write(folder, stack()).iterdir():
            content = path.read_bytes()
            assert old in content
            assert len(old) == len(new)
            path.write_bytes(content.replace(old, new, 1))
        return folder

    return build


_BETWEEN = b"1.1\\0.8 "
case("PixelSpacing with spaces and without a leading 0")(rewritten(_BETWEEN, b" 1.1\\.8 "))
case("PixelSpacing with an exponent")(rewritten(_BETWEEN, b"11e-1\\.8"))
case("PixelSpacing with decimal commas", REFUSED, "PixelSpacing holds no")(
    rewritten(_BETWEEN, b"1,1\\0,8 ")
)
case("PixelSpacing with an underscore, a number to Python alone", REFUSED, "PixelSpacing holds no")(
    rewritten(_BETWEEN, b"1_1\\0.8 ")
)
case("SliceThickness that is text, where it has no say")(rewritten(b"DS\4\x004.0 ", b"DS\4\0abc "))
case("PixelSpacing of 0", REFUSED, "PixelSpacing")(
    edited(lambda d, k: setattr(d, "PixelSpacing", [0, 0.8]))
)
case("directions that are not perpendicular", REFUSED, "perpendicular")(
    edited(lambda d, k: setattr(d, "ImageOrientationPatient", [1, 0, 0, 0.6, 0.8, 0]))
)

# ---------------------------------------------------------------- several acquisitions
group("Several acquisitions in one series")


def phases(edit, offset=0.0, count=2, order=None):
    """A builder of acquisitions of one place, 50 HU apart; `edit(dataset, phase, k)` marks them."""

    def build(folder):
        datasets = []
        for phase in range(count):
            for k in range(SLICES):
                place = np.add(ORIGIN, (0, 0, k * STEP + phase * offset))
                dataset = ct_slice(k, position=place, hu=truth(places(place)) + 50 * phase)
                dataset.SOPInstanceUID = f"1.2.3.7.{phase}.{k}"
                dataset.InstanceNumber = count * k + (phase + k) % count + 1  # of no help
                edit(dataset, phase, k)
                datasets.append(dataset)
        return write(folder, datasets)

    return build


def marked(keyword, *values):
    """An edit that gives an element of each phase a value of its own."""
    return lambda dataset, phase, k: setattr(dataset, keyword, values[phase])


def _private_phase(creator, element, vr, *values):
    def edit(dataset, phase, k):
        dataset.private_block(element >> 16, creator, create=True).add_new(
            element & 0xFF, vr, values[phase]
        )

    return edit


_first = {"accepts": {"duplicates": "first"}, "slices": SLICES}
_first_right = {"load": {"duplicates": "first"}, "slices": SLICES}
for _keyword, _values in (
    ("AcquisitionNumber", (4, 5)),
    ("TemporalPositionIndex", (1, 2)),
    ("TemporalPositionIdentifier", (1, 2)),
    ("AcquisitionTime", ("100000", "100035.5")),
    ("AcquisitionDateTime", ("20000101235950", "20000102000020")),
    ("NominalPercentageOfCardiacPhase", (40.0, 75.0)),
    ("NominalCardiacTriggerDelayTime", (300.0, 600.0)),
    ("TriggerTime", (300, 600)),
):
    case(f"two phases told by {_keyword}", REFUSED, "acquisition=.*duplicates=", **_first)(
        phases(marked(_keyword, *_values))
    )
for _keyword, _values, _label in (
    ("ConvolutionKernel", ("B30f", "B70f"), "1: ConvolutionKernel B30f"),
    ("ConvolutionKernel", ("DOE^JANE", "B70f"), "1: acquisition 1"),
    ("KVP", (80, 140), "1: KVP 80"),
    ("ImageType", (["DERIVED", "PRIMARY", "E40"], ["DERIVED", "PRIMARY", "E70"]), "acquisition 1"),
    ("SeriesNumber", (3, 4), "1: SeriesNumber 3"),
    ("SliceThickness", (2.5, 5), "1: SliceThickness 2.5"),
    ("ContrastBolusAgent", ("", "X"), "1: acquisition 1"),
    ("SeriesTime", ("0905", "0910"), "1: acquisition 1"),
):
    for _offset in (0, STEP / 2):
        case(
            f"two stacks {_offset:g} mm apart told by {_keyword} ({_values[0]})",
            REFUSED,
            rf"{_label}, 6 slices.*they differ in {_keyword}.*acquisition=.*duplicates=",
            **_first,
        )(phases(marked(_keyword, *_values), _offset))
case("two phases of two kernels each", REFUSED, "4 acquisitions of the same place", **_first)(
    phases(
        lambda d, phase, k: d.update(
            {"AcquisitionNumber": 1 + phase // 2, "ConvolutionKernel": f"B{30 + phase % 2}f"}
        ),
        count=4,
    )
)
case("a zone in the middle with another kernel", says="differ in ConvolutionKernel: zones")(
    edited(lambda d, k: setattr(d, "ConvolutionKernel", "B70f" if k in (2, 3, 4) else "B30f"))
)


@case(
    "a zone in the middle with another kernel, and a slice missing elsewhere",
    REFUSED,
    "^missing slices: 1",
    accepts={"missing": "interpolate"},
    slices=12,
)
def _(folder):
    datasets = stack(12)
    for k, dataset in enumerate(datasets):
        dataset.ConvolutionKernel = "B70f" if k in (4, 5, 6) else "B30f"
    return write(folder, datasets[:9] + datasets[10:])


for _keyword, _values in (
    ("KVP", (80, 140)),
    ("SliceThickness", (2.5, 5)),
    ("PatientPosition", ("HFS", "FFS")),
):
    case(f"half of the slices with another {_keyword}", says=f"slices differ in {_keyword}: zones")(
        edited(lambda d, k, key=_keyword, values=_values: setattr(d, key, values[k > 2]))
    )
case("two phases half a step apart that only InstanceNumber tells", says="2 passes.* in turn")(
    edited(lambda d, k: setattr(d, "InstanceNumber", 1 + k // 2 + 3 * (k % 2)))
)
case("two phases around midnight, their dates lost, and their numbers", **_first_right)(
    phases(
        lambda d, phase, k: d.update(
            {"TemporalPositionIdentifier": phase + 1, "AcquisitionTime": ("2359", "0001")[phase]}
        )
    )
)
case("two phases whose clocks stand in two zones", **_first_right)(
    phases(marked("AcquisitionDateTime", "20200101123000+0100", "20200101120000.0+0000"))
)
case("two phases told by a private element", REFUSED, "acquisition=.*duplicates=", **_first)(
    phases(_private_phase("TOSHIBA_MEC_CT3", 0x70050004, "SH", "40", "75"))
)
case("two phases, a time for each slice", REFUSED, "s after the first", **_first)(
    phases(lambda d, phase, k: setattr(d, "AcquisitionTime", f"10{20 * phase:02d}{k:02d}"))
)
case("two phases, the later one with the lower number", REFUSED, "acquisition=")(
    phases(
        lambda d, phase, k: d.update(
            {"AcquisitionNumber": 2 - phase, "AcquisitionTime": f"10{phase:02d}00"}
        )
    )
)
case("two phases, of which one is asked for", load={"acquisition": 1}, slices=SLICES)(
    phases(marked("AcquisitionNumber", 1, 2))
)
for _offset in (STEP / 2, 0.3):
    case(
        f"two acquisitions, one {_offset:g} mm further",
        REFUSED,
        "2 acquisitions of the same place",
        **_first,
    )(phases(marked("AcquisitionNumber", 1, 2), _offset))
case(
    "two stacks 0.3 mm apart that nothing tells apart",
    REFUSED,
    "vary in turn.*2 acquisitions of the same place",
    accepts={"acquisition": "stack 1"},
    slices=SLICES,
)(phases(lambda d, phase, k: None, 0.3))
case("three phases in two dynamic scans", REFUSED, "6 acquisitions", **_first)(
    phases(
        lambda d, phase, k: d.update(
            {"AcquisitionNumber": 1 + phase // 3, "TemporalPositionIndex": 1 + phase % 3}
        ),
        count=6,
    )
)
case("step and shoot: a time and an AcquisitionNumber for each slice", slices=SLICES)(
    edited(lambda d, k: d.update({"AcquisitionNumber": k + 1, "AcquisitionTime": f"1000{k:02d}"}))
)
case("step and shoot: two slices a rotation, three rotations", slices=SLICES)(
    edited(
        lambda d, k: d.update(
            {"AcquisitionNumber": k // 2 + 1, "AcquisitionTime": f"1000{k // 2:02d}"}
        )
    )
)
case("each second slice first, then the others, in one rotation each", slices=SLICES)(
    edited(lambda d, k: setattr(d, "AcquisitionTime", f"10{k % 2:02d}{k:02d}"))
)


# ---------------------------------------------------------------- values
group("Values")
case("slope and intercept that differ from slice to slice", within=1.6)(
    lambda folder: write(
        folder, stack(slope=lambda k: k % 3 + 1, intercept=lambda k: -1024 - 7 * k)
    )
)
case("fractional slope and intercept")(
    lambda folder: write(folder, stack(slope=0.37, intercept=-1011.5))
)
for _keyword in ("RescaleSlope", "RescaleIntercept"):
    case(
        f"no {_keyword}", REFUSED, r"rescale=\(slope, intercept\)", accepts={"rescale": (1, -1024)}
    )(edited(lambda d, k, keyword=_keyword: d.pop(keyword)))
    case(f"an empty {_keyword}", REFUSED, "rescale=", accepts={"rescale": (1, -1024)})(
        edited(lambda d, k, keyword=_keyword: setattr(d, keyword, None))
    )
case("a slope of 0", REFUSED, "slope of 0|RescaleSlope of 0", accepts={"rescale": (1, -1024)})(
    edited(lambda d, k: setattr(d, "RescaleSlope", 0))
)
case("two numbers in RescaleSlope", REFUSED, "RescaleSlope holds 2 numbers")(
    edited(lambda d, k: setattr(d, "RescaleSlope", [1, 2]))
)
case("a negative slope")(lambda folder: write(folder, stack(slope=-1, intercept=1024)))
case("RescaleType US: not HU", REFUSED, "RescaleType", accepts={"rescale": (1, -1024)})(
    edited(lambda d, k: setattr(d, "RescaleType", "US"))
)
case("RescaleType HU")(edited(lambda d, k: setattr(d, "RescaleType", "HU")))


def _add_lut(dataset, kind="HU"):
    """A Modality LUT that turns stored 0..1023 into HU - 1024, as signed 16 bits."""
    stored = np.clip(stored_of(dataset), 0, 2047)
    set_stored(dataset, stored, bits=12)
    lut = Dataset()
    table = np.arange(2048) - 1024
    lut.add_new("LUTDescriptor", "US", [2048, 0, 16])
    lut.add_new("LUTData", "SS", table.tolist())
    lut.ModalityLUTType = kind
    dataset.ModalityLUTSequence = [lut]
    del dataset.RescaleSlope, dataset.RescaleIntercept


case("a Modality LUT Sequence of HU")(edited(lambda d, k: _add_lut(d)))
case("a Modality LUT Sequence of something else", REFUSED, "ModalityLUTType")(
    edited(lambda d, k: _add_lut(d, "OD"))
)


def _overlay(dataset, k):
    """12 bits with overlay bits above, set in a pattern."""
    above = (np.indices((ROWS, COLUMNS)).sum(0) % 3 == 0) << 12 | (k % 2) << 14
    dataset.PixelData = (stored_of(dataset) | above.astype("<u2")).tobytes()


case("unsigned 12 bits with overlay bits above", says="above BitsStored")(edited(_overlay, bits=12))


def _no_sign(dataset, k):
    """Signed 12 bits whose sign is not carried into the upper 4."""
    dataset.PixelData = (stored_of(dataset).view("<u2") & 0x0FFF).tobytes()


case("signed 12 bits without sign extension")(edited(_no_sign, bits=12, signed=True, intercept=0))
case("signed 12 bits with sign extension")(
    lambda folder: write(folder, stack(bits=12, signed=True, intercept=0))
)
case("HighBit that is not BitsStored - 1", REFUSED, "HighBit 15")(
    edited(lambda d, k: setattr(d, "HighBit", 15), bits=12)
)
case("signed and unsigned slices in one series")(
    lambda folder: write(
        folder, stack(signed=lambda k: bool(k % 2), intercept=lambda k: -24 if k % 2 else -1024)
    )
)


def _unmark(dataset, k):
    """Signed values, marked as unsigned."""
    dataset.PixelRepresentation = 0


case(
    "negative values marked as unsigned",
    REFUSED,
    "PixelRepresentation.*signed=True",
    accepts={"signed": True},
)(edited(_unmark, signed=True, intercept=0))


def circle(row, column):
    """Outside of the reconstructed circle."""
    return (row - 5.5) ** 2 / 36 + (column - 8) ** 2 / 64 > 1.0


def inside(hu):
    """Voxels that aren't padding."""
    return np.broadcast_to(~circle(*np.indices((ROWS, COLUMNS))), hu.shape)


def in_air(edit, bits=12, **changes):
    """A builder of slices with air around a disc, whose sign `edit(dataset, k)` changes."""
    more = changes.pop("more", 0)

    def build(folder):
        def hu(k):
            values = truth(places(np.add(ORIGIN, (0, 0, k * STEP)))) + more
            return np.where(circle(*np.indices(values.shape)), -1000, values)

        return edited(edit, hu=hu, bits=bits, **changes)(folder)

    return build


def _flip(sign):
    """Values of BitsStored bits, without sign extension, and a tag that says the other sign."""

    def edit(dataset, k):
        mask = 2**dataset.BitsStored - 1
        dataset.PixelData = (stored_of(dataset).view("<u2") & mask).tobytes()
        dataset.PixelRepresentation = int(not sign)

    return edit


def _is_bone(volume):
    """The truth and 1700 HU more, in air."""
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    within = inside(volume.array)
    assert (volume.array[~within] == -1000).all()
    apart = np.abs(volume.array - 1700 - truth(volume.to_world(index)))
    assert apart[within].max() < 0.51


for _bits in (12, 13, 16):
    case(
        f"two's complement of {_bits} bits marked as unsigned",
        REFUSED,
        "signed=True to read them so, or signed=False",
        accepts={"signed": True},
        mask=inside,
    )(in_air(_flip(True), bits=_bits, signed=True, intercept=0))
    case(
        f"unsigned values of {_bits} bits marked as signed",
        REFUSED,
        "signed=False to read them so, or signed=True",
        accepts={"signed": False},
        check=_is_bone,
    )(in_air(_flip(False), bits=_bits, more=1700, intercept=min(-1024, 1120 - 2 ** (_bits - 1))))
case(
    "two's complement marked as unsigned, an intercept for each slice",
    REFUSED,
    "signed=True",
    accepts={"signed": True},
    mask=inside,
)(in_air(_flip(True), signed=True, intercept=lambda k: 3 * k))


def _padded_flip(value, declared=False):
    """A builder of two's complement of 12 bits marked as unsigned, with padding in its corners."""

    def build(folder):
        def edit(dataset, k):
            _flip(True)(dataset, k)
            if declared:
                dataset.add_new(0x00280120, "US", value % 65536)

        def hu(k):
            body = truth(places(np.add(ORIGIN, (0, 0, k * STEP)))) + 300
            return np.where(circle(*np.indices(body.shape)), value, body)

        return edited(edit, hu=hu, bits=12, signed=True, intercept=0)(folder)

    return build


def _is_padded_body(volume):
    """The truth and 300 HU more, and air where padding was."""
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    within = inside(volume.array)
    apart = np.abs(volume.array - 300 - truth(volume.to_world(index)))
    assert apart[within].max() < 0.51
    assert (volume.array[~within] == -1000).all()


for _value, _declared in ((-2000, False), (-2048, False), (-1500, False), (-2000, True)):
    _told = "padding that is declared" if _declared else "padding"
    case(
        f"two's complement marked as unsigned, {_told} as {_value}, and no air",
        REFUSED,
        "values look signed.*signed=True",
        accepts={"signed": True},
        check=_is_padded_body,
    )(_padded_flip(_value, _declared))


def _flip_some(which, sign=True):
    """Values without sign extension; the tags of some slices say the other sign."""

    def edit(dataset, k):
        _flip(sign)(dataset, k)
        if k not in which:
            dataset.PixelRepresentation = int(sign)

    return edit


for _which, _count in (((4,), 24), ((4,), 11), ((3, 17), 40)):
    case(
        f"two's complement marked as unsigned in {len(_which)} of {_count} slices",
        REFUSED,
        r"^\d+\.dcm( and 1 slice more like it)?: its values look signed.*signed=True",
        accepts={"signed": True},
        mask=inside,
    )(in_air(_flip_some(_which), count=_count, signed=True, intercept=0))
case(
    "unsigned values marked as signed in one slice of 15",
    REFUSED,
    r"^\d+\.dcm: its values look unsigned.*signed=False",
    accepts={"signed": False},
    check=_is_bone,
)(in_air(_flip_some((7,), sign=False), count=15, more=1700, intercept=-1024))


def _packed(sign, syntax):
    """What `_flip` does, packed by a program that takes the tag at its word."""

    def edit(dataset, k):
        _flip(sign)(dataset, k)
        if dataset.PixelRepresentation:
            dataset.PixelData = ((stored_of(dataset) << 4) >> 4).astype("<i2").tobytes()
        dataset.compress(syntax, generate_instance_uid=False)

    return edit


for _syntax, _how in ((uid.RLELossless, "RLE"), (uid.JPEGLSLossless, "JPEG-LS")):
    case(
        f"{_how}: two's complement of 12 bits marked as unsigned",
        REFUSED,
        "signed=True to read them so",
        accepts={"signed": True},
        mask=inside,
    )(in_air(_packed(True, _syntax), count=20, signed=True, intercept=0))
    case(
        f"{_how}: unsigned values of 12 bits marked as signed",
        REFUSED,
        "signed=False to read them so",
        accepts={"signed": False},
        check=_is_bone,
    )(in_air(_packed(False, _syntax), count=20, more=1700, intercept=-1024))


def _is_shifted(volume):
    """One slice has other HU than the truth, and is named for it."""
    (note,) = (line for line in volume.report if "another RescaleSlope" in line)
    assert note.startswith("027.dcm: another RescaleSlope")
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    apart = np.abs(volume.array - truth(volume.to_world(index))).reshape(len(volume.array), -1)
    assert np.flatnonzero(np.median(apart, axis=1) > 300).tolist() == [5]


for _keyword, _value in (("RescaleIntercept", 0), ("RescaleSlope", 2)):
    case(
        f"one slice of 12 with a {_keyword} of {_value}",
        says="wrong, as it seems",
        check=_is_shifted,
    )(
        in_air(
            lambda d, k, key=_keyword, to=_value: setattr(d, key, to) if k == 5 else None,
            count=12,
        )
    )
case("one slice of 12 with another intercept, and its HU are right", mask=inside)(
    in_air(lambda d, k: None, count=12, intercept=lambda k: -1000 if k == 5 else -1024)
)
case("two's complement of 12 bits, as its tag says", mask=inside)(
    in_air(lambda d, k: None, signed=True, intercept=0)
)


def _changed(which, factor, shift):
    """HU of 20 slices in air, of which some were changed, and a check that just these are."""
    names = "|".join(f"{(k * 5 + 2) % 1009:03d}" for k in which)
    hu = {k: _body(k) for k in range(20)} | {k: factor * _body(k) + shift for k in which}

    def check(volume):
        off = [
            k for k, picture in enumerate(volume.array) if np.abs(picture - _body(k)).max() > 0.51
        ]
        assert off == sorted(which)
        (note,) = (line for line in volume.report if "were changed, as it seems" in line)
        assert re.match(rf"({names})\.dcm", note), note
        assert ("more: " in note) == (len(which) > 1)

    return hu.__getitem__, check


def _body(k):
    """A slice of a body in air, with lungs."""
    row, column = np.indices((ROWS, COLUMNS))
    hu = 30.0 + 7 * np.sin(row * 1.3) + 9 * np.cos(column * 0.9 + 0.1 * k)
    lung = (row - 6) ** 2 + (column - 5) ** 2 < 6 + 0.1 * k
    return np.rint(np.where(circle(row, column), -1000, np.where(lung, -850, hu)))


for _what, _which, _factor, _shift in (
    ("twice the HU in one slice", (9,), 2, 0),
    ("twice the HU in the first slice", (0,), 2, 0),
    ("twice the HU in three slices in a row", (9, 10, 11), 2, 0),
    ("half of the HU in one slice", (13,), 0.5, 0),
    ("negative HU in the last slice", (19,), -1, 0),
    ("twice the stored values in one slice", (4,), 2, 1024),
    ("1024 HU more in one slice", (7,), 1, 1024),
    ("1024 HU more in the last two slices", (18, 19), 1, 1024),
    ("200 HU less in one slice", (12,), 1, -200),
    ("300 HU more in one slice", (1,), 1, 300),
):
    _hu, _check = _changed(_which, _factor, _shift)
    case(_what, says="were changed, as it seems", check=_check)(
        lambda folder, hu=_hu: write(folder, stack(20, hu=hu, intercept=-8192))
    )


@case("lungs that end from one slice to the next", check=lambda volume: _nothing_said(volume))
def _(folder):
    def hu(k):
        return np.where(circle(*np.indices((ROWS, COLUMNS))), -1000, 40 if k > 8 else _body(k))

    return write(folder, stack(20, hu=hu))


def _nothing_said(volume):
    assert not [line for line in volume.report if "as it seems" in line]


def _organ(factor, shift):
    """A builder of an organ with fat around it and no air, changed."""

    def build(folder):
        def hu(k):
            noise = np.random.default_rng(k).normal(0, 12, (40, 50))
            fat = np.indices((40, 50)).min(0) < 4
            return factor * np.rint(np.where(fat, -105, 38) + noise) + shift

        return write(folder, stack(shape=(40, 50), hu=hu))

    return build


_STRANGE = "many of its values lie closely around -.*no matter has its HU"
for _what, _factor, _shift in (
    ("an organ 200 HU too low, and no air", 1, -200),
    ("an organ 90 HU too low, and no air", 1, -90),
    ("an organ with negative HU, and no air", -1, 0),
):
    case(_what, says=_STRANGE, check=lambda volume: None)(_organ(_factor, _shift))


@case("an organ as it is, and no air", check=lambda volume: _not_strange(volume))
def _(folder):
    return _organ(1, 0)(folder)


def _not_strange(volume):
    assert not [line for line in volume.report if re.search(_STRANGE, line)]


def _cut_off(top, count):
    """A check that so many voxels are at the top, and said to be."""

    def check(volume):
        assert np.count_nonzero(volume.array == top) == count
        said = [line for line in volume.report if "was cut off there" in line]
        assert bool(said) == (count > 1), volume.report
        assert not said or said[0].startswith(f"{count} voxels of {top:g} HU")

    return check


def _metal(top, k, where=np.s_[5:8, 6:10]):
    """A body with metal in it, cut off at `top`."""
    hu = _body(k)
    hu[where] = 2500 + 900 * np.arange(hu[where].size).reshape(hu[where].shape)
    return np.minimum(hu, top)


for _what, _top, _how in (
    ("metal cut off at 3071 HU, 12 bits", 3071, {"bits": 12}),
    ("metal cut off at 3071 HU, 16 bits", 3071, {}),
    ("metal cut off at 3095 HU, with an intercept of -1000", 3095, {"intercept": -1000}),
    ("metal cut off at 2047 HU, signed 12 bits", 2047, {"bits": 12, "signed": True}),
    ("metal cut off at 7167 HU, 13 bits", 7167, {"bits": 13}),
    ("metal cut off at 7166 HU, 12 bits and a slope of 2", 7166, {"bits": 12, "slope": 2}),
):
    _more = {"intercept": 0} if "signed" in _how else {}
    _count = sum(int(np.count_nonzero(_metal(_top, k) == _top)) for k in range(SLICES))
    case(_what, says="was cut off there", check=_cut_off(_top, _count))(
        lambda folder, top=_top, how=_how | _more: write(
            folder, stack(hu=partial(_metal, top), **how)
        )
    )
case("one voxel of 3071 HU", check=_cut_off(3071, 1))(
    lambda folder: write(
        folder,
        stack(hu=lambda k: _metal(3071, k, np.s_[5:6, 6:7]) + (571 if k == 2 else 0) * _one(5, 6)),
    )
)


def _one(row, column):
    found = np.zeros((ROWS, COLUMNS))
    found[row, column] = 1
    return found


def _above_int16(volume):
    """The truth and 40000 HU more."""
    assert volume.array.dtype == np.float32
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    assert np.abs(volume.array - 40000 - truth(volume.to_world(index))).max() < 0.51


case("extended range, HU above 32767", check=_above_int16)(
    lambda folder: write(
        folder, stack(hu=lambda k: truth(places(np.add(ORIGIN, (0, 0, k * STEP)))) + 40000)
    )
)
case("a slope that makes HU without end", REFUSED, "not finite")(
    edited(lambda d, k: setattr(d, "RescaleSlope", "1e300"))
)


def _eight_bits(dataset, k):
    hu = truth(places(np.add(ORIGIN, (0, 0, k * STEP))))
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.RescaleSlope, dataset.RescaleIntercept = 2, -500
    dataset.PixelData = np.rint((hu + 500) / 2).astype("u1").tobytes()


case("8 bits", within=1.01)(edited(_eight_bits))


def _wide(dataset, k):
    hu = truth(places(np.add(ORIGIN, (0, 0, k * STEP))))
    dataset.BitsAllocated = dataset.BitsStored = 32
    dataset.HighBit, dataset.PixelRepresentation = 31, 1
    dataset.RescaleIntercept = -1
    dataset.PixelData = np.rint(hu + 1).astype("<i4").tobytes()


case("32 bits")(edited(_wide))


def _eight_bits_in_words(shape):
    """A builder of slices of 8 bits in big-endian 16-bit words, whose bytes are in pairs."""

    def build(folder):
        for k, dataset in enumerate(stack(shape=shape)):
            hu = truth(places(np.add(ORIGIN, (0, 0, k * STEP)), shape=shape))
            dataset.BitsAllocated = dataset.BitsStored = 8
            dataset.HighBit, dataset.RescaleSlope, dataset.RescaleIntercept = 7, 2, -500
            pixels = np.rint((hu + 500) / 2).astype("u1").tobytes()
            pixels += bytes(len(pixels) % 2)
            words = np.frombuffer(pixels, "<u2").byteswap().tobytes()
            dataset.add_new("PixelData", "OW", words)
            dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
            dataset.save_as(folder / f"{k}", implicit_vr=False, little_endian=False)
        return folder

    return build


case("8 bits in big-endian words", within=1.01)(_eight_bits_in_words((ROWS, COLUMNS)))
case("8 bits in big-endian words, an odd number of them", within=1.01)(
    _eight_bits_in_words((11, 17))
)
case("8 bits in big-endian words, a row alone", within=1.01)(_eight_bits_in_words((3, 5)))
case("MONOCHROME1 is never inverted", says="MONOCHROME1")(
    edited(lambda d, k: setattr(d, "PhotometricInterpretation", "MONOCHROME1"))
)


case("PhotometricInterpretation in small letters, with a space")(
    rewritten(b"MONOCHROME2 ", b"monochrome2 ")
)


def _sixteen_in_32(dataset, k):
    dataset.PixelData = stored_of(dataset).astype("<u4").tobytes()
    dataset.BitsAllocated = 32


case("16 bits in 32")(edited(_sixteen_in_32))
case("no SamplesPerPixel, no PhotometricInterpretation")(
    edited(lambda d, k: (d.pop("SamplesPerPixel"), d.pop("PhotometricInterpretation")))
)


def _float_pixels(dataset, k):
    hu = truth(places(np.add(ORIGIN, (0, 0, k * STEP))))
    del dataset.PixelData, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    dataset.BitsAllocated, dataset.RescaleIntercept = 32, 0
    dataset.FloatPixelData = hu.astype("<f4").tobytes()


case("Float Pixel Data", within=0.01)(edited(_float_pixels))


def _pad(where, value, **tags):
    """Padding of this stored value where `where(row, column)` is true."""

    def edit(dataset, k):
        stored = stored_of(dataset).copy()
        outside = where(*np.indices(stored.shape))
        stored[outside] = np.asarray(value).astype("<i2").view(stored.dtype)
        dataset.PixelData = stored.tobytes()
        for keyword, (vr, number) in tags.items():
            dataset.add_new(keyword, vr, number)

    return edit


_signed = {"signed": True, "intercept": 0}
case("padding declared as -2000", says="declared padding became air", mask=inside)(
    edited(_pad(circle, -2000, PixelPaddingValue=("SS", -2000)), **_signed)
)
case("padding declared as 63536 on signed pixels", says="declared padding", mask=inside)(
    edited(_pad(circle, -2000, PixelPaddingValue=("US", 63536)), **_signed)
)


@case("padding with a range limit", says="declared padding", mask=inside)
def _(folder):
    tags = {"PixelPaddingValue": ("SS", -2000), "PixelPaddingRangeLimit": ("SS", -1500)}

    def edit(dataset, k):
        _pad(circle, -1500 - 100 * (k % 6), **tags)(dataset, k)

    return edited(edit, **_signed)(folder)


case("padding of -2000 that no tag declares", says="undeclared padding", mask=inside)(
    edited(_pad(circle, -2000), **_signed)
)
case(
    "padding of -2000 stored, undeclared, with an intercept of -1024",
    says="undeclared padding",
    mask=inside,
)(edited(_pad(circle, -2000), signed=True, intercept=-1024))


def _left(count):
    """A check that so many voxels of padding stay, and the rest is right."""

    def check(volume):
        index = np.moveaxis(np.indices(volume.shape), 0, -1)
        apart = np.abs(volume.array - truth(volume.to_world(index)))
        assert np.count_nonzero(volume.array < -1100) == count
        assert apart[volume.array > -900].max() < 0.51

    return check


_OUTSIDE = int(np.count_nonzero(circle(*np.indices((ROWS, COLUMNS)))))


@case(
    "undeclared padding in all slices but one",
    says="voxels left below -1100 HU.*the lowest is -3024",
    check=_left(5 * _OUTSIDE),
)
def _(folder):
    def edit(dataset, k):
        if k != 3:
            _pad(circle, -2000)(dataset, k)

    return edited(edit, signed=True, intercept=-1024)(folder)


case(
    "undeclared padding, with an intercept for each slice",
    says="left below -1100 HU",
    check=_left(6 * _OUTSIDE),
)(edited(_pad(circle, -2000), signed=True, intercept=lambda k: -1024 - k))
case(
    "undeclared padding with a bright voxel in one corner",
    says="left below -1100 HU",
    check=_left(6 * (_OUTSIDE - 1)),
)(
    edited(
        _pad(lambda row, column: circle(row, column) & (row + column > 0), -2000),
        signed=True,
        intercept=-1024,
    )
)


@case("declared padding in lossy slices, some values off", says="blurred by lossy", mask=inside)
def _(folder):
    noise = np.random.default_rng(5)

    def edit(dataset, k):
        value = -2000 + noise.integers(-3, 4, _OUTSIDE)
        _pad(circle, value, PixelPaddingValue=("SS", -2000))(dataset, k)
        dataset.LossyImageCompression = "01"

    return edited(edit, signed=True, intercept=-1024)(folder)


case(
    "declared padding that is a value of tissue",
    says="voxels? of declared padding read as -200 HU.*holes",
    mask=lambda hu: hu != -1000,
)(edited(lambda d, k: d.add_new("PixelPaddingValue", "US", 824)))
case(
    "a range of declared padding that reaches into tissue",
    says="voxels of declared padding read as -220 HU.*holes",
    mask=lambda hu: hu != -1000,
)(
    edited(
        lambda d, k: [
            d.add_new("PixelPaddingValue", "US", 0),
            d.add_new("PixelPaddingRangeLimit", "US", 804),
        ]
    )
)
case("lossy compression of before, told by its ratio alone", says="lossy.*about 12 to 1")(
    edited(lambda d, k: setattr(d, "LossyImageCompressionRatio", 12))
)
case("lossy compression of before, told by its method alone", says="lossy")(
    edited(lambda d, k: setattr(d, "LossyImageCompressionMethod", "ISO_15444_1"))
)
for _types, _says in {
    ("DERIVED", "SECONDARY", "MIP"): "maximum intensity",
    ("DERIVED", "SECONDARY", "AXIAL", "MIN IP"): "minimum intensity",
    ("DERIVED", "PRIMARY", "AXIAL", "IODINE"): "material map",
    ("DERIVED", "PRIMARY", "AXIAL", "DE_MONO"): "monoenergetic",
    ("DERIVED", "PRIMARY", "AXIAL", "VMI"): "monoenergetic",
    ("DERIVED", "PRIMARY", "AXIAL", "EFF_ATOMIC_NUM"): "atomic numbers",
    ("DERIVED", "PRIMARY", "AXIAL", "XYZZY"): "DERIVED, and how in a word that is not known",
}.items():
    case(f"ImageType {'/'.join(_types)}", says=_says)(
        edited(lambda d, k, types=_types: setattr(d, "ImageType", list(types)))
    )


def _nothing_said(volume):
    assert volume.report == ()


for _types in (
    ("DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"),
    ("ORIGINAL", "PRIMARY", "AXIAL"),
):
    case(f"ImageType {'/'.join(_types)}: as good as any", check=_nothing_said)(
        edited(lambda d, k, types=_types: setattr(d, "ImageType", list(types)))
    )


def _shifted(volume):
    index = np.moveaxis(np.indices(volume.shape), 0, -1)
    within = inside(volume.array)
    apart = np.abs(volume.array - 1024 - truth(volume.to_world(index)))
    assert apart[within].max() < 0.51
    assert (volume.array[~within] == 24).all()


@case("air at 24 HU in a DICOM CT", says="where HU have.*the file says HU", check=_shifted)
def _(folder):
    def hu(k):
        values = truth(places(np.add(ORIGIN, (0, 0, k * STEP)))) + 1024
        return np.where(circle(*np.indices(values.shape)), 24, values)

    return write(folder, stack(hu=hu, intercept=-1024))


# ---------------------------------------------------------------- containers
group("Containers")


def as_syntax(syntax, implicit, little=True):
    """A builder of a plain series written uncompressed in another syntax."""

    def build(folder):
        datasets = stack()
        for k, dataset in enumerate(datasets):
            if not little:
                dataset.PixelData = stored_of(dataset).byteswap().tobytes()
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.save_as(
                folder / f"{k}.dcm",
                implicit_vr=implicit,
                little_endian=little,
                enforce_file_format=True,
            )
        return folder

    return build


case("implicit VR")(as_syntax(uid.ImplicitVRLittleEndian, True))
case("explicit VR")(as_syntax(uid.ExplicitVRLittleEndian, False))
case("big endian")(as_syntax(uid.ExplicitVRBigEndian, False, False))
case("deflated")(as_syntax(uid.DeflatedExplicitVRLittleEndian, False))


def compressed(syntax, **how):
    """A builder of a series that pydicom compressed."""

    def build(folder):
        # JPEG 2000's five levels need a picture of some size.
        datasets = stack(bits=12, shape=(40, 36))
        for k, dataset in enumerate(datasets):
            dataset.compress(syntax, generate_instance_uid=False, **how)
            save(dataset, folder / f"{k}.dcm")
        return folder

    return build


def compressed_by_gdcm(syntax, bits=12, lossy=False):
    """A builder of a series that GDCM compressed as JPEG."""

    def build(folder):
        changes = {"slope": 4, "intercept": -600, "bits": 8} if bits == 8 else {"bits": bits}
        for k, dataset in enumerate(stack(**changes)):
            if bits == 8:
                dataset.BitsAllocated = 8
                dataset.PixelData = stored_of_16(dataset).astype("u1").tobytes()
            plain = save(dataset, folder / f"plain{k}")
            reader = gdcm.ImageReader()
            reader.SetFileName(str(plain))
            assert reader.Read()
            change = gdcm.ImageChangeTransferSyntax()
            change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
            change.SetInput(reader.GetImage())
            if lossy:
                codec = gdcm.JPEGCodec()
                codec.SetLossless(False)
                codec.SetQuality(100)
                change.SetUserCodec(codec)
            assert change.Change()
            writer = gdcm.ImageWriter()
            writer.SetFileName(str(plain))
            writer.SetFile(reader.GetFile())
            writer.SetImage(change.GetOutput())
            assert writer.Write()
            packed = pydicom.dcmread(plain)
            dataset.file_meta.TransferSyntaxUID = packed.file_meta.TransferSyntaxUID
            dataset["PixelData"] = packed["PixelData"]
            save(dataset, folder / f"{k}.dcm")
            plain.unlink()
        return folder

    return build


def stored_of_16(dataset):
    """Stored values that were written as 16 bits."""
    return np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)


case("Modality in small letters")(rewritten(b"CS\2\0CT", b"CS\2\0ct"))
case("rescale, position and pixels written as UN")(
    edited(
        lambda d, k: [
            d.add_new(tag, "UN", value)
            for tag, value in (
                (0x00281052, b"-1024 "),
                (0x00281053, b"1 "),
                (0x00200032, "\\".join(map(str, d.ImagePositionPatient)).encode()),
                (0x7FE00010, d.PixelData),
            )
        ]
    )
)
case("group lengths, and wrong ones")(
    edited(lambda d, k: [d.add_new((group, 0), "UL", 4) for group in (8, 0x20, 0x28, 0x7FE0)])
)
case("a block filled up after the pixels")(
    edited(lambda d, k: setattr(d, "PixelData", d.PixelData + bytes(104)))
)
case("twice the pixels that the header describes", REFUSED, "816 bytes.*describes 408")(
    edited(lambda d, k: setattr(d, "PixelData", d.PixelData * 2))
)
case("NumberOfFrames of 0")(edited(lambda d, k: setattr(d, "NumberOfFrames", 0)))


def _pixels_elsewhere(dataset, k):
    """An icon, and private bytes that look like the tag of PixelData."""
    icon = Dataset()
    icon.Rows = icon.Columns = 4
    icon.add_new(0x7FE00010, "OB", b"\1" * 32)
    dataset.IconImageSequence = [icon]
    dataset.add_new(0x00290010, "LO", "somebody")
    dataset.add_new(0x00291010, "OB", b"\xe0\x7f\x10\x00OW\0\0\x10\0\0\0" + b"z" * 16)


case("an icon, and bytes that look like a tag of pixels")(edited(_pixels_elsewhere))


def narrowed(syntax, bits, now, more=600, edit=None):
    """A builder of slices of `bits` bits, packed or not, whose BitsStored says `now`."""

    def build(folder):
        for k in range(SLICES):
            place = np.add(ORIGIN, (0, 0, k * STEP))
            hu = truth(places(place, shape=(40, 36))) + more
            dataset = ct_slice(k, shape=(40, 36), hu=hu, bits=bits)
            if edit:
                edit(dataset, k)
            if syntax:
                dataset.compress(syntax, generate_instance_uid=False)
            dataset.BitsStored, dataset.HighBit = now, now - 1
            save(dataset, folder / f"{k}.dcm")
        return folder

    return build


_CUT_OFF = "values of 12 bits, and use them, but its header says 10 .BitsStored"
_OF_MATTER = "bits above BitsStored .10., and with these bits they are HU of matter"
case("JPEG-LS of 12 bits, BitsStored of 10", REFUSED, _CUT_OFF)(
    narrowed(uid.JPEGLSLossless, 12, 10)
)
case("JPEG 2000 of 12 bits, BitsStored of 10", REFUSED, _CUT_OFF)(
    narrowed(uid.JPEG2000Lossless, 12, 10)
)
case("JPEG-LS of 12 bits, of which 10 are in use and stored")(
    narrowed(uid.JPEGLSLossless, 12, 10, more=0)
)
case("JPEG 2000 of 16 bits, BitsStored of 10", REFUSED, _OF_MATTER)(
    narrowed(uid.JPEG2000Lossless, 16, 10)
)
case("JPEG 2000 of 16 bits, BitsStored of 12")(narrowed(uid.JPEG2000Lossless, 16, 12, more=0))
case("plain values of 12 bits, BitsStored of 10", REFUSED, _OF_MATTER)(narrowed(None, 12, 10))


def _overlay_of_40(dataset, k):
    """12 bits with an overlay in the highest one of 16, written as words of 16 bits."""
    above = (np.indices((40, 36)).sum(0) % 3 == 0) << 15
    dataset.PixelData = (stored_of(dataset) | above.astype("<u2")).tobytes()


case("JPEG 2000 of 16 bits, 12 of them and an overlay", says="bits above BitsStored")(
    narrowed(uid.JPEG2000Lossless, 16, 12, more=0, edit=_overlay_of_40)
)
case("RLE")(compressed(uid.RLELossless))
case("JPEG-LS lossless")(compressed(uid.JPEGLSLossless))


def _promising(folder):
    """A stream of some bytes, and a header of 60,000 rows and columns."""
    dataset = ct_slice(bits=12)
    dataset.compress(uid.RLELossless, generate_instance_uid=False)
    dataset.Rows = dataset.Columns = 60_000
    return save(dataset, folder / "one.dcm")


case("a compressed slice that promises 7 GB", REFUSED, "unpack to 7,200,000,000 bytes")(_promising)
case("JPEG-LS near-lossless", says="lossy", within=3.6)(
    compressed(uid.JPEGLSNearLossless, jls_error=3)
)


def _other_sign_in_stream(air):
    """JPEG 2000 whose stream is signed, and whose tag says unsigned."""

    def build(folder):
        for k, dataset in enumerate(stack(bits=12, shape=(40, 36), signed=True, intercept=0)):
            if air:
                stored = stored_of(dataset).copy()
                stored[30:] = -1000
                dataset.PixelData = stored.tobytes()
            dataset.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
            dataset.PixelRepresentation = 0
            save(dataset, folder / f"{k}.dcm")
        return folder

    return build


case(
    "a JPEG 2000 stream of another sign than the tag, and no air to tell",
    REFUSED,
    "stream says another sign than PixelRepresentation",
    accepts={"signed": True},
)(_other_sign_in_stream(False))
case(
    "a JPEG 2000 stream of another sign than the tag, and air that tells",
    REFUSED,
    "values look signed",
    accepts={"signed": True},
    mask=lambda hu: np.broadcast_to(np.arange(40)[:, None] < 30, hu.shape),
)(_other_sign_in_stream(True))
case("JPEG 2000 lossless")(compressed(uid.JPEG2000Lossless))
case("JPEG 2000 lossy", says=r"lossy.* to 1", within=15)(compressed(uid.JPEG2000, j2k_psnr=[70]))


def mislabelled(build, syntax):
    """A builder of a series under another transfer syntax than that of its streams."""

    def relabel(folder):
        for path in sorted(build(folder).iterdir()):
            dataset = pydicom.dcmread(path)
            dataset.file_meta.TransferSyntaxUID = syntax
            save(dataset, path)
        return folder

    return relabel


case("lossy JPEG 2000 under the name of the lossless one", says="9/7 wavelet", within=15)(
    mislabelled(compressed(uid.JPEG2000, j2k_psnr=[70]), uid.JPEG2000Lossless)
)
case("near-lossless JPEG-LS under the name of the lossless one", says="near-lossless", within=3.6)(
    mislabelled(compressed(uid.JPEGLSNearLossless, jls_error=3), uid.JPEGLSLossless)
)
case("plain pixels under the name of JPEG 2000", says="says compressed, but whose pixels are not")(
    lambda folder: _plain_under(folder, uid.JPEG2000Lossless)
)
case("plain pixels under the name of RLE", says="says compressed, but whose pixels are not")(
    lambda folder: _plain_under(folder, uid.RLELossless)
)
case("plain pixels under the name of JPEG", says="says compressed, but whose pixels are not")(
    lambda folder: _plain_under(folder, uid.JPEGLosslessSV1)
)


def _plain_under(folder, syntax):
    """Uncompressed slices with another transfer syntax in their file meta, byte by byte."""
    for path in write(folder, stack()).iterdir():
        content, old = path.read_bytes(), uid.ExplicitVRLittleEndian.encode()
        old += b"\0" * (len(old) % 2)
        new = syntax.encode() + b"\0" * (len(syntax) % 2)
        at = content.index(old)
        length = len(new).to_bytes(2, "little")
        path.write_bytes(content[: at - 2] + length + new + content[at + len(old) :])
    return folder


case("JPEG lossless, process 14 (57)")(
    compressed_by_gdcm(gdcm.TransferSyntax.JPEGLosslessProcess14)
)
case("JPEG lossless, first-order prediction (70)")(
    compressed_by_gdcm(gdcm.TransferSyntax.JPEGLosslessProcess14_1)
)
case("a JPEG with losses under the name of the lossless one", says="promises none", within=14)(
    mislabelled(
        compressed_by_gdcm(gdcm.TransferSyntax.JPEGBaselineProcess1, bits=8, lossy=True),
        uid.JPEGLosslessSV1,
    )
)
case("JPEG baseline, 8 bits", says="lossy", within=14)(
    compressed_by_gdcm(gdcm.TransferSyntax.JPEGBaselineProcess1, bits=8, lossy=True)
)


def _same_as_libjpeg_turbo(volume):
    """What its 12-bit decoder, another one than ours, makes of this stream."""
    stored = (volume.array[0] + 1024).astype("<u2")
    found = hashlib.sha256(stored.tobytes()).hexdigest()
    assert found == "d30242775a414c01d616447854ebe3f2b20259822894bcd6891f879bcdcbf313"


@case("JPEG extended, 12 bits", says="lossy", check=_same_as_libjpeg_turbo)
def _(folder):
    packed = pydicom.dcmread(get_testdata_file("JPGExtended.dcm", download=False))
    dataset = ct_slice(shape=(1024, 256), hu=np.zeros((1024, 256)), bits=12)
    dataset.file_meta.TransferSyntaxUID = packed.file_meta.TransferSyntaxUID
    dataset["PixelData"] = packed["PixelData"]
    return save(dataset, folder / "one.dcm")


def enhanced(order, slopes=(1,), per_frame=True):
    """An enhanced multi-frame CT whose frames come in this order of slices."""
    dataset = ct_slice()
    dataset.SOPClassUID = uid.EnhancedCTImageStorage
    for keyword in (
        "RescaleSlope",
        "RescaleIntercept",
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
    ):
        del dataset[keyword]
    frames, pixels = [], []
    for place, k in enumerate(order):
        slope = slopes[k % len(slopes)]
        position = np.add(ORIGIN, (0, 0, k * STEP))
        groups = Dataset()
        groups.PlanePositionSequence = [Dataset()]
        groups.PlanePositionSequence[0].ImagePositionPatient = decimals(position)
        groups.PixelValueTransformationSequence = [Dataset()]
        rescale = groups.PixelValueTransformationSequence[0]
        rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = slope, -1024, "HU"
        groups.FrameContentSequence = [Dataset()]
        groups.FrameContentSequence[0].DimensionIndexValues = [1, place + 1]
        frames.append(groups)
        pixels.append(np.rint((truth(places(position)) + 1024) / slope).astype("<u2").tobytes())
    shared = Dataset()
    shared.PixelMeasuresSequence = [Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = decimals(SPACING)
    shared.PixelMeasuresSequence[0].SliceThickness = 4
    shared.PlaneOrientationSequence = [Dataset()]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.NumberOfFrames = len(order)
    dataset.PixelData = b"".join(pixels)
    return dataset


case("enhanced multi-frame CT", slices=SLICES)(
    lambda folder: save(enhanced(range(SLICES)), folder / "many.dcm")
)
case("enhanced CT, frames against their positions", slices=SLICES)(
    lambda folder: save(enhanced([5, 3, 0, 1, 4, 2]), folder / "many.dcm")
)
case("enhanced CT, a rescale for each frame", within=1.6)(
    lambda folder: save(enhanced([5, 3, 0, 1, 4, 2], slopes=(1, 2, 3)), folder / "many.dcm")
)


@case("enhanced CT with one rescale for all frames, and a tilt", says="tilt of 12")
def _(folder):
    dataset = enhanced(range(SLICES))
    common, each = (
        dataset.SharedFunctionalGroupsSequence[0],
        dataset.PerFrameFunctionalGroupsSequence,
    )
    tilted = (1, 0, 0, 0, np.cos(np.radians(12)), np.sin(np.radians(12)))
    common.PlaneOrientationSequence[0].ImageOrientationPatient = decimals(tilted)
    common.PixelValueTransformationSequence = each[0].PixelValueTransformationSequence
    hu = []
    for groups in each:
        del groups.PixelValueTransformationSequence
        position = groups.PlanePositionSequence[0].ImagePositionPatient
        hu.append(truth(places(position, tilted)))
    dataset.PixelData = np.rint(np.stack(hu) + 1024).astype("<u2").tobytes()
    return save(dataset, folder / "many.dcm")


@case("enhanced CT in two files")
def _(folder):
    for number, order in enumerate(([0, 1, 2], [5, 3, 4])):
        dataset = enhanced(order)
        dataset.SOPInstanceUID = f"1.2.3.55.{number}"
        save(dataset, folder / f"{number}.dcm")
    return folder


@case("enhanced CT in implicit VR")
def _(folder):
    dataset = enhanced([5, 3, 0, 1, 4, 2])
    dataset.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    return save(dataset, folder / "many.dcm")


@case("enhanced CT, frames in RLE")
def _(folder):
    dataset = enhanced([5, 3, 0, 1, 4, 2])
    dataset.compress(uid.RLELossless, generate_instance_uid=False)
    return save(dataset, folder / "many.dcm")


@case("enhanced CT with an empty shared functional group")
def _(folder):
    dataset = enhanced(range(SLICES))
    dataset.SharedFunctionalGroupsSequence[0].PlanePositionSequence = [Dataset()]
    dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = []
    return save(dataset, folder / "many.dcm")


case("one slice with an empty shared functional group")(
    edited(lambda d, k: setattr(d, "SharedFunctionalGroupsSequence", [Dataset()]))
)


def _two_phases_in_one_file(mark):
    """Frames of two phases, told apart by `mark(groups, phase)`."""

    def build(folder):
        early, late = enhanced(range(SLICES)), enhanced(range(SLICES))
        for phase, dataset in enumerate((early, late)):
            for groups in dataset.PerFrameFunctionalGroupsSequence:
                mark(groups, phase)
        late_pixels = np.frombuffer(late.PixelData, "<u2") + 50
        # The later phase comes first in the file.
        late.PixelData = late_pixels.astype("<u2").tobytes() + early.PixelData
        late.PerFrameFunctionalGroupsSequence.extend(early.PerFrameFunctionalGroupsSequence)
        late.NumberOfFrames = 2 * SLICES
        return save(late, folder / "many.dcm")

    return build


def _mark_content(**values):
    def mark(groups, phase):
        for keyword, both in values.items():
            setattr(groups.FrameContentSequence[0], keyword, both[phase])

    return mark


def _mark_cardiac(groups, phase):
    groups.CardiacSynchronizationSequence = [Dataset()]
    groups.CardiacSynchronizationSequence[0].NominalPercentageOfCardiacPhase = (40.0, 75.0)[phase]


for _told, _mark in {
    "FrameAcquisitionNumber": _mark_content(FrameAcquisitionNumber=(1, 2)),
    "FrameAcquisitionDateTime": _mark_content(
        FrameAcquisitionDateTime=("20000101100000", "20000101100030")
    ),
    "TemporalPositionIndex": _mark_content(TemporalPositionIndex=(1, 2)),
    "the phase of the heart": _mark_cardiac,
}.items():
    case(f"enhanced CT with two phases told by {_told}", REFUSED, "acquisition=", **_first)(
        _two_phases_in_one_file(_mark)
    )


@case("enhanced CT whose rescale is not HU", REFUSED, "RescaleType")
def _(folder):
    dataset = enhanced(range(SLICES))
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        groups.PixelValueTransformationSequence[0].RescaleType = "US"
    return save(dataset, folder / "many.dcm")


@case("several frames, and no positions of them", REFUSED, "says where 0 of them lie")
def _(folder):
    dataset = ct_slice()
    dataset.NumberOfFrames = 2
    dataset.PixelData = dataset.PixelData * 2
    return save(dataset, folder / "many.dcm")


def _dicomdir(folder):
    _write_disc(folder / "disc")
    gc.collect()  # pydicom's set of files warns when its temporary folder goes: now, not later
    return folder / "disc" / "DICOMDIR"


def _write_disc(folder):
    from pydicom.fileset import FileSet

    files = FileSet()
    for dataset in stack():
        dataset.PatientID, dataset.PatientName = "phantom", "PHANTOM"
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20000101", "000000", "1"
        dataset.AccessionNumber = ""
        files.add(dataset)
    files.write(folder)


case("a DICOMDIR")(_dicomdir)
case("the folder of a DICOMDIR")(lambda folder: _dicomdir(folder).parent)


@case("a DICOMDIR whose files have small letters on this disk", slices=SLICES)
def _(folder):
    path = _dicomdir(folder)
    for file in [file for file in path.parent.rglob("*") if file.is_file()]:
        target = folder / "low" / str(file.relative_to(path.parent)).lower()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder / "low" / "dicomdir"


def _renamed_disc(folder, listing, name):
    """A disc whose DICOMDIR and whose files are called otherwise than it lists them."""
    path = _dicomdir(folder)
    for file in [file for file in path.parent.rglob("*") if file.is_file()]:
        said = str(file.relative_to(path.parent))
        target = folder / "copy" / (listing if said == "DICOMDIR" else name(said))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return folder / "copy"


@case("a DICOMDIR in small letters above files in capitals", slices=SLICES)
def _(folder):
    return _renamed_disc(folder, "dicomdir", str) / "dicomdir"


@case("a DICOMDIR with a version behind its names, in small letters", slices=SLICES)
def _(folder):
    return _renamed_disc(folder, "dicomdir.;1", lambda said: f"{said.lower()}.;1") / "dicomdir.;1"


@case("a DICOMDIR above folders in capitals and files in small letters", slices=SLICES)
def _(folder):
    def name(said):
        *folders, file = said.split("/")
        return "/".join([*folders, file.lower()])

    return _renamed_disc(folder, "DICOMDIR", name) / "DICOMDIR"


@case("the folder of a dicomdir in small letters", slices=SLICES)
def _(folder):
    return _renamed_disc(folder, "dicomdir", str.lower)


@case(
    "the folder of a dicomdir in small letters, without a slice",
    says="dicomdir lists",
    slices=SLICES - 1,
)
def _(folder):
    disc = _renamed_disc(folder, "dicomdir", str.lower)
    files = [path for path in disc.rglob("*") if path.is_file() and path.name != "dicomdir"]
    max(files, key=lambda path: pydicom.dcmread(path).ImagePositionPatient[2]).unlink()
    return disc


@case("the folder of a DICOMDIR, without its last slice", says="DICOMDIR lists", slices=SLICES - 1)
def _(folder):
    folder = _dicomdir(folder).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "DICOMDIR"]
    max(files, key=lambda path: pydicom.dcmread(path).ImagePositionPatient[2]).unlink()
    return folder


@case("a DICOMDIR that lists a file which is not there", REFUSED, "not there")
def _(folder):
    path = _dicomdir(folder)
    next(p for p in path.parent.rglob("*") if p.is_file() and p.name != "DICOMDIR").unlink()
    return path


def zipped(folder, extra=()):
    """A zip of a series in nested folders, and of other files."""
    source = folder / "source"
    write(source, stack(), "a/b/{}.dcm")
    path = folder / "scan.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*.dcm")):
            archive.write(file, file.relative_to(source))
        for name, content in extra:
            archive.writestr(name, content)
    return path


case("a zip, with folders and other files", says="no DICOM")(
    lambda folder: zipped(folder, [("a/notes.txt", "hello"), ("__MACOSX/._0.dcm", b"\0\5\x16\7")])
)
case("a zip with a path that leads outside")(
    lambda folder: zipped(folder, [("../../outside.txt", "hello")])
)


@case("a zip with nothing in it", REFUSED, "scan.zip is a zip with no file in it$")
def _(folder):
    zipfile.ZipFile(folder / "scan.zip", "w").close()
    return folder / "scan.zip"


@case("a zip with folders alone in it", REFUSED, "scan.zip is a zip with no file in it$")
def _(folder):
    with zipfile.ZipFile(folder / "scan.zip", "w") as archive:
        archive.writestr("scan/", "")
    return folder / "scan.zip"


@case("a zip in a zip", REFUSED, "inner.zip is packed, or damaged: unpack it first")
def _(folder):
    inner = zipped(folder)
    with zipfile.ZipFile(folder / "outer.zip", "w") as archive:
        archive.write(inner, "inner.zip")
    return folder / "outer.zip"


@case("a zip cut short", REFUSED, "scan.zip is packed, or damaged")
def _(folder):
    path = zipped(folder)
    os.truncate(path, path.stat().st_size // 2)
    return path


@case("an encrypted zip", REFUSED, "scan.zip is encrypted: unpack it first")
def _(folder):
    path = zipped(folder)
    content = bytearray(path.read_bytes())
    at = 0
    while (at := content.find(b"PK\1\2", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    path.write_bytes(content)
    return path


@case("slices in a tar", REFUSED, "scan.tar is packed, or damaged: unpack it first")
def _(folder):
    write(folder / "slices", stack())
    with tarfile.open(folder / "scan.tar", "w") as archive:
        archive.add(folder / "slices", "slices")
    return folder / "scan.tar"


@case("slices packed by Zstandard", REFUSED, "a.zst is packed, or damaged: unpack it first")
def _(folder):
    (folder / "a.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(99))
    return folder


@case("slices packed by gzip", REFUSED, "gz is packed, or damaged: unpack it first")
def _(folder):
    for path in list(write(folder, stack()).iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return folder


@case("names beyond ASCII, and a link that leads around in a circle")
def _(folder):
    scan = folder / "T\u00eate \u982d"
    scan.mkdir()
    write(scan, stack(), "Schicht \u00e4 {}")
    (scan / "again").symlink_to(scan)
    (scan / "itself").symlink_to(scan / "itself")
    return scan


@case("no preamble")
def _(folder):
    for k, dataset in enumerate(stack()):
        save(dataset, folder / f"{k}")
        data = (folder / f"{k}").read_bytes()
        (folder / f"{k}").write_bytes(data[132:])
    return folder


@case("no preamble and no file meta, implicit VR")
def _(folder):
    for k, dataset in enumerate(stack()):
        del dataset.file_meta
        dataset.save_as(folder / f"{k}", implicit_vr=True, little_endian=True)
    return folder


@case("junk, text and hidden files among the slices", says="no DICOM")
def _(folder):
    write(folder, stack(), "{}")
    (folder / "notes.txt").write_text("a note\n" * 99)
    (folder / ".DS_Store").write_bytes(bytes(range(256)) * 9)
    (folder / "Thumbs.db").write_bytes(random.Random(3).randbytes(5000))
    (folder / "almost").write_bytes(b"\x08\0\5\3ZZ" + bytes(999))
    (folder / "._1").write_bytes(b"\0\5\x16\7" + bytes(99))
    (folder / "broken link").symlink_to(folder / "nowhere")
    return folder


def _another_series(dataset, k):
    dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3.77", 9
    dataset.SeriesDescription, dataset.SOPInstanceUID = "bone", f"1.2.3.77.{k}"
    return dataset


@case(
    "two CT series in a folder",
    REFUSED,
    "there are several CT series: pass series=",
    accepts={"series": 0},
)
def _(folder):
    return write(folder, stack() + [_another_series(d, k) for k, d in enumerate(stack())])


def _localizer(own_series):
    dataset = ct_slice(0, position=(9, -200, 60), orientation=CORONAL, shape=(30, 20))
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    dataset.SOPInstanceUID = "1.2.3.88.1"
    return _another_series(dataset, 0) if own_series else dataset


case("a localizer in its own series", says="localizer", slices=SLICES)(
    lambda folder: write(folder, [_localizer(True), *stack()])
)
case("a localizer inside the series", says="localizer", slices=SLICES)(
    lambda folder: write(folder, [_localizer(False), *stack()])
)


@case("a secondary capture beside the series", says="secondary capture", slices=SLICES)
def _(folder):
    capture = _another_series(ct_slice(), 0)
    capture.SOPClassUID = uid.SecondaryCaptureImageStorage
    return write(folder, [capture, *stack()])


def _other_modality(modality, sop_class):
    def edit(dataset, k):
        dataset.Modality, dataset.SOPClassUID = modality, sop_class

    return edited(edit)


case("MR", REFUSED, "no CT series(.|\n)*MR")(_other_modality("MR", uid.MRImageStorage))
case("PET", REFUSED, "no CT series(.|\n)*PT")(
    _other_modality("PT", uid.PositronEmissionTomographyImageStorage)
)


@case("an empty SOPInstanceUID")
def _(folder):
    for path in write(folder, stack()).iterdir():
        dataset = pydicom.dcmread(path)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = ""
        dataset.save_as(path)
    return folder


case("a colour picture of the class CT", REFUSED, "colour")(
    edited(lambda d, k: d.update({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}))
)


def _depth(path):
    return pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]


def cut(keep, syntax=None):
    """A builder of a series with one file cut to `keep(size)` bytes."""

    def build(folder):
        if syntax:
            compressed(syntax)(folder)
        else:
            write(folder, stack())
        path = sorted(folder.iterdir())[3]
        os.truncate(path, keep(path.stat().st_size))
        return folder

    return build


case("a file cut in its header", REFUSED, "cut short|damaged")(cut(lambda size: 700))
case("a file cut in its first elements", REFUSED, "cut short|damaged")(cut(lambda size: 400))


def _ends_in_a_sequence(folder):
    """Referenced Series Sequence of undefined length, and nothing in it."""
    path = save(ct_slice(), folder / "0.dcm")
    content = path.read_bytes()
    head = content[: content.index(b"\x20\0\x0d\0")]
    path.write_bytes(head + b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0")
    return folder


case("a file cut in a sequence of undefined length", REFUSED, "read: it is cut short or damaged$")(
    _ends_in_a_sequence
)
case("a file cut in its pixels", REFUSED, "cut short")(cut(lambda size: size - 100))
case("a JPEG 2000 file cut in its pixels", REFUSED, "cut short")(
    cut(lambda size: size - 60, uid.JPEG2000Lossless)
)
case("a JPEG-LS file cut in its pixels", REFUSED, "cut short")(
    cut(lambda size: size - 60, uid.JPEGLSLossless)
)
case("a compressed file cut before its pixels end", REFUSED, "cut short|no end")(
    cut(lambda size: size - 8, uid.RLELossless)
)
case("an RLE file cut in its pixels", REFUSED, "cut short")(
    cut(lambda size: size - 60, uid.RLELossless)
)


@case("a link to a slice that is gone", says="is a link to what is not there", slices=SLICES - 1)
def _(folder):
    last = sorted(write(folder, stack()).iterdir(), key=_depth)[-1]
    last.unlink()
    last.symlink_to(folder.parent / "gone.dcm")
    return folder


@case("a slice that the disk can't read", REFUSED, "^bad.dcm can't be read: Input/output error")
def _(folder):
    write(folder, stack())
    (folder / "bad.dcm").symlink_to("/proc/self/mem")  # there is nothing at address 0
    return folder


@case("an empty file beside the slices", says="no DICOM")
def _(folder):
    write(folder, stack())
    (folder / "empty.dcm").touch()
    return folder


@case("an empty file alone", REFUSED, "no DICOM and no NIfTI")
def _(folder):
    (folder / "empty.dcm").touch()
    return folder / "empty.dcm"


case("a folder with nothing in it", REFUSED, "no files")(lambda folder: folder)
case("a path that is not there", REFUSED, "there is no file or folder")(
    lambda folder: folder / "absent"
)


@case("text only", REFUSED, "no DICOM and no NIfTI")
def _(folder):
    (folder / "notes.txt").write_text("nothing")
    return folder


# ---------------------------------------------------------------- NIfTI
group("NIfTI")
SHAPE = (COLUMNS, ROWS, SLICES)  # (i, j, k) of the file
TURN = np.array([[0.8, -0.48, 0.36], [0.6, 0.64, -0.48], [0, 0.6, 0.8]])


def ras(flip=(1, 1, 1), shear=0.0, turn=None):
    """A RAS+ affine, non-cubic, at the place of the phantom."""
    affine = np.eye(4)
    axes = np.diag([-1.0, -1.0, 1.0]) * flip
    axes = axes if turn is None else turn @ axes
    affine[:3, :3] = axes * (SPACING[1], SPACING[0], STEP)
    affine[:3, 2] += [0, shear * STEP, 0]
    affine[:3, 3] = (7, -4, 30)
    return affine


def nifti_hu(affine, shape=SHAPE):
    """The truth at the voxels of a NIfTI, (i, j, k)."""
    index = np.moveaxis(np.indices(shape), 0, -1)
    return truth((index @ affine[:3, :3].T + affine[:3, 3]) @ LPS_RAS[:3, :3])


def image(affine=None, dtype=np.int16, kind=nib.Nifti1Image, sform=1, qform=1, **fields):
    """An image whose voxels are right where `affine` puts them."""
    affine = ras() if affine is None else affine
    hu = nifti_hu(affine)
    found = kind(
        np.rint(hu).astype(dtype) if np.dtype(dtype).kind in "iu" else hu.astype(dtype), affine
    )
    found.header.set_xyzt_units("mm")
    found.set_sform(affine if sform else None, sform)
    found.set_qform(affine if qform else None, qform)
    found.header.set_slope_inter(1, 0)
    for key, value in fields.items():
        found.header[key] = value
    return found


def nifti(name="scan.nii", **how):
    """A builder of a NIfTI file."""

    def build(folder):
        nib.save(image(**how), folder / name)
        return folder / name

    return build


case("a .nii", slices=SLICES)(nifti())
case("a .nii.gz", slices=SLICES)(nifti("scan.nii.gz"))
case("left-handed")(nifti(affine=ras(flip=(-1, 1, 1))))
case("oblique NIfTI")(nifti(affine=ras(turn=TURN)))
case("NIfTI-2")(nifti(kind=nib.Nifti2Image))


@case("a pair of .hdr and .img")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "scan.img")
    return folder / "scan.hdr"


@case("a pair, opened by its .img")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "scan.img")
    return folder / "scan.img"


@case("a folder with a pair in it")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "scan.img")
    return folder


@case("the header of one pair beside the voxels of another", REFUSED, "scan.img is not there")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "scan.img")
    (folder / "scan.img").rename(folder / "other.img")
    return folder


@case("a .hdr without its .img", REFUSED, "not there")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "scan.img")
    (folder / "scan.img").unlink()
    return folder / "scan.hdr"


@case("big endian NIfTI")
def _(folder):
    found = image()
    swapped = nib.Nifti1Image(
        np.asarray(found.dataobj).astype(">i2"), found.affine, found.header.as_byteswapped(">")
    )
    swapped.header.set_slope_inter(1, 0)
    nib.save(swapped, folder / "scan.nii")
    assert (folder / "scan.nii").read_bytes()[:4] == b"\0\0\1\x5c"
    return folder / "scan.nii"


@case("gzipped, but called .nii")
def _(folder):
    (folder / "scan.nii").write_bytes(gzip.compress(image().to_bytes()))
    return folder / "scan.nii"


@case("not gzipped, but called .nii.gz")
def _(folder):
    (folder / "scan.nii.gz").write_bytes(image().to_bytes())
    return folder / "scan.nii.gz"


@case("a NIfTI in a zip")
def _(folder):
    with zipfile.ZipFile(folder / "scan.zip", "w") as archive:
        archive.writestr("a/scan.nii", image().to_bytes())
    return folder / "scan.zip"


@case("a NIfTI in a folder, beside its sidecar")
def _(folder):
    nib.save(image(), folder / "scan.nii.gz")
    (folder / "scan.json").write_text("{}")
    (folder / "README").write_text("hello")
    return folder


@case("two NIfTI in a folder", REFUSED, "2 NIfTI files", accepts={"series": 1})
def _(folder):
    nib.save(image(), folder / "one.nii")
    nib.save(image(), folder / "two.nii")
    return folder


@case("a scan and its mask in a folder", load={"series": "scan.nii.gz"})
def _(folder):
    nib.save(image(), folder / "scan.nii.gz")
    nib.save(nib.Nifti1Image(np.zeros(SHAPE, np.uint8), ras()), folder / "mask.nii.gz")
    return folder


@case("qform and sform that disagree", says=r"qform and sform disagree by up to 5 mm")
def _(folder):
    found = image()
    moved = found.affine.copy()
    moved[:3, 3] += (0, 3, -4)
    found.set_qform(moved, 1)
    nib.save(found, folder / "scan.nii")
    return folder / "scan.nii"


case("a sheared sform", says="shear")(nifti(affine=ras(shear=0.3), qform=0))
case("only a qform")(nifti(sform=0))
case("only an sform")(nifti(qform=0))
case("neither qform nor sform", REFUSED, "neither an sform nor a qform")(nifti(sform=0, qform=0))


def raw(name="scan.nii", edit=None, **fields):
    """A builder of a NIfTI whose header bytes are set against nibabel's will."""

    def build(folder):
        found = image()
        header = found.header.copy()
        for key, value in fields.items():
            header[key] = value
        header["vox_offset"] = 352
        content = bytearray(found.to_bytes())
        content[:348] = header.binaryblock
        (folder / name).write_bytes(edit(content) if edit else content)
        return folder / name

    return build


_NAN = [np.nan] * 4
_FLAT = {"srow_x": [0, 0, 0, 7], "srow_y": [0, 0, 0, 1]}
case("an sform of NaN beside a qform", says="sform is broken.*read by its qform")(raw(srow_x=_NAN))
case("a singular sform beside a qform", says="sform is broken.*read by its qform")(raw(**_FLAT))
case("a qform of NaN beside an sform", says="qform is broken.*read by its sform")(
    raw(quatern_b=np.nan)
)
case("a quaternion that is far too large", says="qform is broken.*read by its sform")(
    nifti(kind=nib.Nifti2Image, quatern_b=1e300)
)
case("a qform whose quaternion is too long, beside an sform", says="read by its sform")(
    raw(quatern_b=0.9, quatern_c=0.9)
)
case("voxels of no size in a qform, beside an sform", says="read by its sform")(
    raw(pixdim=[1, 0, 1, 1, 1, 1, 1, 1])
)
case("sform and qform both broken", REFUSED, "sform is broken.*and its qform is broken")(
    raw(srow_x=_NAN, quatern_b=np.nan)
)
case("a broken sform, and no qform", REFUSED, "sform is broken")(raw(srow_x=_NAN, qform_code=0))
case("a broken qform, and no sform", REFUSED, "qform is broken")(
    raw(qoffset_x=np.inf, sform_code=0)
)
case("scl_slope of 0")(raw(scl_slope=0, scl_inter=17))
case("scl_slope that is no number")(raw(scl_slope=np.nan, scl_inter=np.nan))
case("an infinite scl_slope", REFUSED, "scaled by inf")(raw(scl_slope=np.inf))


@case("scaled by 0.5 and -300", within=0.26)
def _(folder):
    found = image()
    hu = nifti_hu(found.affine)
    scaled = nib.Nifti1Image(np.rint((hu + 300) / 0.5).astype(np.int16), found.affine, found.header)
    content = bytearray(scaled.to_bytes())
    header = scaled.header.copy()
    header["scl_slope"], header["scl_inter"], header["magic"] = 0.5, -300, b"n+1"
    header["vox_offset"] = 352
    content[:348] = header.binaryblock
    (folder / "scan.nii").write_bytes(content)
    return folder / "scan.nii"


def four_d(count):
    """A builder of a NIfTI of several volumes, the second of which is right."""

    def build(folder):
        found = image()
        hu = np.asarray(found.dataobj)
        volumes = np.stack([hu + 100 * (n - min(count - 1, 1)) for n in range(count)], axis=-1)
        many = nib.Nifti1Image(volumes, found.affine)
        many.header.set_xyzt_units("mm")
        many.header.set_slope_inter(1, 0)
        nib.save(many, folder / "scan.nii")
        return folder / "scan.nii"

    return build


case("4-D, three volumes", REFUSED, "3 volumes", accepts={"series": 1})(four_d(3))
case("4-D, with a last axis of 1")(four_d(1))


@case("a 2-D NIfTI", slices=1)
def _(folder):
    found = image()
    flat = nib.Nifti1Image(np.asarray(found.dataobj)[:, :, 0], found.affine)
    flat.header.set_xyzt_units("mm")
    nib.save(flat, folder / "scan.nii")
    return folder / "scan.nii"


@case("RGB NIfTI", REFUSED, "colours")
def _(folder):
    kind = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(np.zeros(SHAPE, kind), ras()), folder / "scan.nii")
    return folder / "scan.nii"


case("float64", within=1e-3)(nifti(dtype=np.float64))
case("float32", within=1e-3)(nifti(dtype=np.float32))
case("int32")(nifti(dtype=np.int32))


@case(
    "uint16 with 1024 added: air at 0",
    REFUSED,
    r"rescale=\(1, -1024\)",
    accepts={"rescale": (1, -1024)},
)
def _(folder):
    hu = np.rint(nifti_hu(ras())) + 1024
    shifted = nib.Nifti1Image(hu.astype(np.uint16), ras())
    shifted.header.set_xyzt_units("mm")
    nib.save(shifted, folder / "scan.nii")
    return folder / "scan.nii"


@case("NaN voxels", says="no number", within=1e-3, mask=lambda hu: hu != -1000)
def _(folder):
    found = image(dtype=np.float32)
    hu = np.array(found.dataobj)
    hu[3:5, 2, 1] = np.nan
    nib.save(nib.Nifti1Image(hu, found.affine, found.header), folder / "scan.nii")
    return folder / "scan.nii"


def _with_nan(hu):
    """The first rows of one column are no numbers."""
    hu[3:5, 2, 1] = np.nan
    return hu


def has_air_for_nan(volume):
    assert (volume.array[1, 2, 3:5] == -1000).all()
    assert np.isfinite(volume.array).all()


for _name in ("scan.mha", "scan.nrrd"):
    case(f"a {_name[4:]} with NaN in it", says="2 voxels of NaN", check=has_air_for_nan)(
        lambda folder, name=_name: itk(name, values=_with_nan, kind=np.float32)(folder)
    )


@case("units of metres", says="metres")
def _(folder):
    found = image()
    metres = np.diag([0.001, 0.001, 0.001, 1]) @ found.affine
    small = nib.Nifti1Image(np.asarray(found.dataobj), metres)
    small.header.set_xyzt_units("meter")
    nib.save(small, folder / "scan.nii")
    return folder / "scan.nii"


case("units not said", says="taken as mm")(raw(xyzt_units=0))
case("a .nii cut short", REFUSED, "cut short")(raw(edit=lambda data: data[: len(data) // 2]))
case("a .nii.gz cut short", REFUSED, "it is cut short")(
    raw("scan.nii.gz", edit=lambda data: gzip.compress(bytes(data))[:-500])
)
case("a header cut short", REFUSED, "no DICOM and no NIfTI")(raw(edit=lambda data: data[:200]))
case("not a NIfTI, but called so", REFUSED, "no DICOM and no NIfTI")(
    raw(edit=lambda data: b"hello " * 500)
)


# What the numbers of a file are: only their distribution tells.
def head_hu(shape=SHAPE):
    """HU of a head in air, (i, j, k): skull around brain, with noise."""
    random = np.random.default_rng(5)
    i, j, _ = np.indices(shape)
    radius = np.hypot((i - 8) / 7.5, (j - 5.5) / 5.2)
    bone = 500 + 700 * random.random(shape)
    hu = np.select([radius < 0.75, radius < 1], [35, bone], -1000)
    return np.rint(hu + random.normal(0, 6, shape))


def is_head(volume):
    assert np.array_equal(volume.array, head_hu().transpose(2, 1, 0))


def values(change, kind=np.int16, slope=1.0, intercept=0.0, **fields):
    """A builder of a NIfTI whose stored voxels are `change` of the HU of a head."""

    def build(folder):
        stored = np.asarray(change(head_hu())).astype(kind)
        found = nib.Nifti1Image(stored, ras())
        found.header.set_xyzt_units("mm")
        header = found.header.copy()
        for key, value in fields.items():
            header[key] = value
        header["vox_offset"], header["magic"] = 352, b"n+1"
        header["scl_slope"], header["scl_inter"] = slope, intercept
        content = bytearray(found.to_bytes())
        content[:348] = header.binaryblock
        (folder / "scan.nii").write_bytes(content)
        return folder / "scan.nii"

    return build


def with_value(value, where):
    """A change that puts one value to a few places, once 1024 is added."""

    def change(hu):
        hu = hu + 1024
        hu[where] = value
        return hu

    return change


_SHIFTED = {"ending": REFUSED, "says": r"rescale=\(1, -1024\) if 1024 was added"}
_BACK = {"accepts": {"rescale": (1, -1024)}}


def is_shifted_head(volume):
    wanted = head_hu().transpose(2, 1, 0)
    assert np.array_equal(volume.array[..., 1:-1], wanted[..., 1:-1])
    assert (volume.array[..., [0, -1]] == -1000).all()


case("1024 added, and padding of -2000", check=is_shifted_head, **_SHIFTED, **_BACK)(
    values(with_value(-2000, np.s_[[0, -1]]))
)
case("1024 added, and one voxel below 0", check=lambda _: None, **_SHIFTED, **_BACK)(
    values(with_value(-37, np.s_[8, 5, 3]))
)
case("1024 added, and padding of 0", check=lambda _: None, **_SHIFTED, **_BACK)(
    values(with_value(0, np.s_[:1]))
)
case("z-scores", REFUSED, "fractions from", accepts={"rescale": (800, 0)}, check=lambda _: None)(
    values(lambda hu: (hu - hu.mean()) / hu.std(), np.float32)
)
case("HU brought to -1..1", REFUSED, "fractions from -1 to 1")(
    values(lambda hu: np.clip(hu / 1000, -1, 1), np.float32)
)
case("HU brought to 0..1", REFUSED, "fractions from 0 to 1")(
    values(lambda hu: np.clip((hu + 1000) / 2000, 0, 1), np.float32)
)
case("HU brought to 8 bits", REFUSED, "unsigned")(
    values(lambda hu: np.clip((hu + 160) / 400, 0, 1) * 255, np.uint8)
)
case("an MR", REFUSED, "its air|lowest peak|where HU")(
    values(lambda hu: np.where(hu < -500, np.abs(hu + 1000), 0.3 * np.abs(hu) + 400))
)
case("a head in HU", check=is_head)(values(lambda hu: hu))
case("a head in HU, scaled to 16 bits unsigned", check=is_head)(
    values(lambda hu: hu + 1024, np.uint16, intercept=-1024)
)


def is_air(volume):
    assert (volume.array == -1000).all()
    assert volume.array.dtype == np.int16


def is_air_and_metal(volume):
    assert set(np.unique(volume.array)) == {-1000, 2000}


def is_full(volume):
    assert volume.is_mask
    assert volume.array.all()


def is_low(volume):
    assert np.count_nonzero(volume.array < -1024) == 2


def low_ends(hu):
    """The first voxel and the last lie far below air, and no other does."""
    hu = np.maximum(hu, -1020)
    hu[0, 0, 0], hu[-1, -1, -1] = -1200, -1150
    return hu


def noisy(hu):
    """Noise of air and of all else reaches some 60 HU to both sides."""
    noise = np.random.default_rng(0).normal(0, 15, hu.shape)
    return np.maximum(np.rint(hu + noise), -1090)


def is_noisy(volume):
    assert -1100 < volume.array.min() < -1040
    assert not volume.report


def first_row(hu):
    """One row of each slice is padding."""
    hu[:, 0] = -1060
    return hu


def has_a_constant(volume):
    assert np.count_nonzero(volume.array == -1060) == volume.array[:, 0].size


def is_a_mask(volume):
    assert volume.is_mask
    assert np.array_equal(volume.array, (head_hu() > 0).transpose(2, 1, 0))


def is_a_label_map(volume):
    assert volume.labels == {2: "label 2", 5: "label 5"}
    wanted = np.select([head_hu() > 500, head_hu() > -500], [5, 2]).transpose(2, 1, 0)
    assert np.array_equal(volume.array, wanted)


case("8 bits of 0 alone, scaled to air", check=is_air)(
    values(lambda hu: 0 * hu, np.uint8, intercept=-1000)
)
case("8 bits of 0 and 1, scaled to HU", check=is_air_and_metal)(
    values(lambda hu: hu > 500, np.uint8, slope=3000, intercept=-1000)
)
case("a mask in 8 bits", says="taken as a mask", check=is_a_mask)(
    values(lambda hu: hu > 0, np.uint8)
)
case("a mask of 1 alone", says="every voxel is 1", check=is_full)(
    values(lambda hu: 0 * hu + 1, np.uint8)
)
case("HU with a few voxels far below air", says="2 voxels left below -1100 HU", check=is_low)(
    values(low_ends)
)
case("HU with noise of air below -1024", check=is_noisy)(values(noisy))
case("HU with a constant a little below air", says="left of -1060 HU alone", check=has_a_constant)(
    values(first_row)
)
case("a mask of 0 and 255", says="taken as a mask", check=is_a_mask)(
    values(lambda hu: 255 * (hu > 0), np.uint8)
)
case("a mask in 16 bits", says="taken as a mask", check=is_a_mask)(values(lambda hu: hu > 0))
case("a mask of floats", says="taken as a mask", check=is_a_mask)(
    values(lambda hu: hu > 0, np.float32)
)
for _kind in (np.uint8, np.int16, np.float32):
    case(f"a label map of {np.dtype(_kind).name}", says="labels, not HU", check=is_a_label_map)(
        values(lambda hu: np.select([hu > 500, hu > -500], [5, 2]), _kind)
    )
case("a label map by its intent", says="as the file says", check=is_a_label_map)(
    values(lambda hu: np.select([hu > 500, hu > -500], [5, 2]), intent_code=1002)
)

case(
    "HU whose intent is that of labels", says="its values look like HU: taken as HU", check=is_head
)(values(lambda hu: hu, intent_code=1002))
case(
    "a mask of floats with NaN beyond it, as labels",
    says="of NaN, no number, became 0",
    check=is_a_mask,
)(
    values(
        lambda hu: np.where(hu > 0, 1, np.where(hu > -900, 0, np.nan)),
        np.float32,
        intent_name=b"mask",
    )
)
case("a scan that was normalised from HU", REFUSED, "where HU have air at -1000")(
    values(lambda hu: hu / 5 + 100, descrip=b"normalised from HU")
)
for _code in (1005, 1006, 1007):
    case(f"vectors, by the intent {_code}", REFUSED, "its voxels hold vectors, not HU")(
        raw(intent_code=_code)
    )
case("three numbers a voxel, by a fifth dimension", REFUSED, "its voxels hold vectors, not HU")(
    raw(dim=[5, 17, 12, 2, 1, 3, 1, 1])
)


@case("a pair in capital letters")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "p.hdr")
    for name in ("p.hdr", "p.img"):
        (folder / name).rename(folder / name.upper())
    return folder / "P.HDR"


@case("a pair in capital letters, opened by its voxels")
def _(folder):
    nib.save(image(kind=nib.Nifti1Pair), folder / "p.hdr")
    for name in ("p.hdr", "p.img"):
        (folder / name).rename(folder / name.upper())
    return folder / "P.IMG"


# Small label maps of sparse values, and those of one voxel in thickness.
def sparse(*labels):
    """Blocks of these labels, each 3 columns wide."""

    def build(hu):
        found = np.zeros(hu.shape)
        for n, label in enumerate(labels):
            found[3 * n + 1 : 3 * n + 4, 2:9, 1:4] = label
        return found

    return build


def has_labels(*labels):
    def check(volume):
        assert tuple(volume.labels) == labels
        assert set(np.unique(volume.array)) == {0, *labels}

    return check


for _kind in (np.uint8, np.float64, np.int32):
    case(
        f"a small label map of sparse values in {np.dtype(_kind).name}",
        says="labels, not HU",
        check=has_labels(3, 51, 90, 117),
    )(values(sparse(3, 51, 90, 117), _kind))
case(
    "a small label map of values up to 2035", says="labels, not HU", check=has_labels(2, 17, 2035)
)(values(sparse(2, 17, 2035), np.int32))


def thin(hu):
    """Labels that are one voxel thick along rows."""
    found = np.zeros(hu.shape)
    found[[3, 6, 9, 12], 2:10, 1:5] = np.array([1, 2, 3, 4])[:, None, None]
    return found


case("a label map one voxel thick", says="labels, not HU", check=has_labels(1, 2, 3, 4))(
    values(thin)
)


def magnetic(bone, brain, sd):
    """MR whose background was made symmetrical around 0, as by an inverse transform."""

    def build(hu):
        plain = np.select([hu < -900, hu > 900], [0, bone], brain)
        return plain + np.random.default_rng(5).normal(0, sd, hu.shape)

    return build


for _levels in ((120, 420, 12), (90, 160, 6), (60, 200, 4)):
    for _kind in (np.int16, np.float32):
        case(
            f"MR with noise around 0, of {_levels} in {np.dtype(_kind).name}",
            REFUSED,
            "lowest peak is noise around 0, .* where HU have air",
        )(values(magnetic(*_levels), _kind))

# The qform as NIfTI's reference code reads it.
_HALF_TURN = {
    "sform_code": 0,
    "quatern_b": 0,
    "quatern_c": 0,
    "pixdim": [1, 0.8, 1.1, 2.5] + [0] * 4,
}
for _d in (1.0, 1.0000005, 1.000002, 1.0009):
    case(f"a half turn by a quaternion of length {_d}")(raw(**_HALF_TURN, quatern_d=_d))
case("a quaternion of length 1.05", says="has the length 1.05: taken as 1")(
    raw(**_HALF_TURN, quatern_d=1.05)
)
case("a quaternion of length 2, and no sform", REFUSED, "its quaternion has the length 2, not 1")(
    raw(**_HALF_TURN, quatern_d=2)
)
case("a qfac of 0")(raw(**_HALF_TURN | {"pixdim": [0, 0.8, 1.1, 2.5] + [0] * 4}, quatern_d=1))
case("a qfac of 2", says="its qfac is 2, neither 1 nor -1: taken as 1")(
    raw(**_HALF_TURN | {"pixdim": [2, 0.8, 1.1, 2.5] + [0] * 4}, quatern_d=1)
)
case("a pixdim of 0 in a qform alone", REFUSED, "its pixdim is 0.8 x 1.1 x 0")(
    raw(**_HALF_TURN | {"pixdim": [1, 0.8, 1.1, 0] + [0] * 4}, quatern_d=1)
)
case("a pixdim that contradicts the sform", says="pixdim says 1 x 1 x 1 mm.*the sform 2.5 x 1.1")(
    raw(qform_code=0, pixdim=[1, 1, 1, 1, 1, 1, 1, 1])
)
case("a pixdim in another order than the sform", says="pixdim says 0.8 x 1.1 x 2.5 mm")(
    raw(qform_code=0, pixdim=[1, 2.5, 1.1, 0.8, 1, 1, 1, 1])
)
case("a pixdim of 0 beside an sform")(raw(qform_code=0, pixdim=[0] * 8))
case("floats of 128 bits", REFUSED, "floats of 128 bits")(raw(datatype=1536, bitpix=128))
case("complex numbers", REFUSED, "complex numbers")(raw(datatype=32, bitpix=64))
case("a datatype that there isn't", REFUSED, r"a type that NIfTI doesn't have \(77\)")(
    raw(datatype=77)
)
case("a gzip with a wrong checksum", REFUSED, "packed part is damaged")(
    raw("scan.nii.gz", edit=lambda data: _spoiled(gzip.compress(bytes(data))))
)


def _spoiled(content):
    return content[:-8] + bytes(4) + content[-4:]


# ---------------------------------------------------------------- MetaImage and NRRD
group("MetaImage and NRRD")


def itk(name, packed=False, values=None, kind=np.int16):
    """A builder of a scan as SimpleITK writes it."""

    def build(folder):
        import SimpleITK

        hu = np.rint(nifti_hu(ras())) if values is None else values(head_hu())
        found = SimpleITK.GetImageFromArray(np.asarray(hu).astype(kind).transpose(2, 1, 0))
        found.SetSpacing((SPACING[1], SPACING[0], STEP))
        found.SetOrigin((-7, 4, 30))
        SimpleITK.WriteImage(found, folder / name, packed)
        return folder / name

    return build


for _name in ("scan.mha", "scan.mhd", "scan.nrrd", "scan.nhdr"):
    case(f"a {_name[4:]}", slices=SLICES)(itk(_name))
    case(f"a {_name[4:]}, packed", slices=SLICES)(itk(_name, packed=True))
    case(f"a {_name[4:]} with 1024 added", check=is_head, **_SHIFTED, **_BACK)(
        itk(_name, values=lambda hu: hu + 1024, kind=np.uint16)
    )
    case(f"a {_name[4:]} of a mask", says="taken as a mask", check=is_a_mask)(
        itk(_name, values=lambda hu: hu > 0, kind=np.uint8)
    )
    case(f"a {_name[4:]} of labels", says="labels, not HU", check=is_a_label_map)(
        itk(_name, values=lambda hu: np.select([hu > 500, hu > -500], [5, 2]), kind=np.uint8)
    )


@case("a .mhd, opened by its .raw")
def _(folder):
    return itk("scan.mhd")(folder).with_suffix(".raw")


@case("a .mhd without its .raw", REFUSED, "not beside it")
def _(folder):
    path = itk("scan.mhd")(folder)
    path.with_suffix(".raw").unlink()
    return path


@case("a .mhd and its .raw in a folder")
def _(folder):
    itk("scan.mhd")(folder)
    (folder / "notes.txt").write_text("of a scan")
    return folder


@case("a .mhd and its .raw in a zip")
def _(folder):
    path = itk("scan.mhd")(folder)
    with zipfile.ZipFile(folder / "scan.zip", "w") as archive:
        for name in ("scan.mhd", "scan.raw"):
            archive.write(path.with_name(name), f"deep/{name}")
    return folder / "scan.zip"


@case("a .mhd that names a file elsewhere", REFUSED, "only a file beside it is read")
def _(folder):
    path = itk("scan.mhd")(folder)
    path.write_text(path.read_text().replace("scan.raw", "../../scan.raw"))
    return path


@case(
    "NIfTI, MetaImage and NRRD in a folder",
    REFUSED,
    "3 .*files: pass series= with the number or the name",
    accepts={"series": 2},
)
def _(folder):
    nib.save(image(), folder / "c.nii.gz")
    itk("a.mha")(folder)
    itk("b.nrrd")(folder)
    return folder


case("a .mha cut short", REFUSED, "cut short")(lambda folder: _cut(itk("scan.mha")(folder)))
case("a .nrrd cut short", REFUSED, "cut short")(lambda folder: _cut(itk("scan.nrrd")(folder)))
case("a packed .mha cut short", REFUSED, "cut short")(
    lambda folder: _cut(itk("scan.mha", packed=True)(folder))
)
case("a packed .nrrd cut short", REFUSED, "cut short")(
    lambda folder: _cut(itk("scan.nrrd", packed=True)(folder))
)


@case("a .nrrd whose header has a letter of two bytes and a vertical tab", slices=SLICES)
def _(folder):
    path = itk("scan.nrrd")(folder)
    line = "# made by \u00c5sa\x0b with\x1c care\n".encode()
    path.write_bytes(path.read_bytes().replace(b"type:", line + b"type:", 1))
    return path


@case("a .nrrd whose header ends its lines as Windows does", slices=SLICES)
def _(folder):
    path = itk("scan.nrrd")(folder)
    head, data = path.read_bytes().split(b"\n\n", 1)
    path.write_bytes(head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + data)
    return path


@case("a .nhdr that lists a file a slice", REFUSED, "spread over several files")
def _(folder):
    path = itk("scan.nhdr")(folder)
    named = "".join(f"slice{k}.raw\n" for k in range(SLICES)).encode()
    path.write_bytes(re.sub(rb"data file:.*\s*", b"data file: LIST 2\n" + named, path.read_bytes()))
    return path


def called(name, text=None):
    """A builder of a .mhd whose voxels are in a file of this name."""

    def build(folder):
        path = itk("scan.mhd")(folder)
        path.with_suffix(".raw").rename(folder / name)
        path.write_text(path.read_text().replace("scan.raw", text or name))
        return path

    return build


for _name in ("list of slices.raw", "LIST.raw", "my scan (1).raw", "100%sure.raw", "7%due.raw"):
    case(f"a .mhd whose voxels are in '{_name}'", slices=SLICES)(called(_name))
case("a .mhd of a file a slice", REFUSED, "spread over several files")(
    called("slice1.raw", "slice%d.raw 1 5 1")
)


def in_header(old, new, name="scan.mha"):
    """A builder of a file of ITK's with another text in its header."""

    def build(folder):
        path = itk(name)(folder)
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))
        return path

    return build


case(
    "a .mha whose letters contradict its matrix",
    says="AnatomicalOrientation says LPS, its TransformMatrix another: the matrix is used",
)(in_header(b"AnatomicalOrientation = RAI", b"AnatomicalOrientation = LPS"))
case("a .mha of voxels of a picometre", REFUSED, "1e-09 mm apart: no scan is so fine")(
    in_header(b"ElementSpacing = ", b"ElementSpacing = 1e-9 1e-9 1e-9\nComment = ")
)


def _spoilt(path):
    """With other bytes in the middle of its packed voxels."""
    content = bytearray(path.read_bytes())
    middle = len(content) * 2 // 3
    content[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(content)
    return path


for _name in ("scan.mha", "scan.nrrd"):
    case(
        f"a packed {_name[4:]} with spoilt bytes", REFUSED, "packed voxels .zlib. are damaged|end"
    )(lambda folder, name=_name: _spoilt(itk(name, packed=True)(folder)))


def _cut(path):
    path.write_bytes(path.read_bytes()[:-100])
    return path


# ---------------------------------------------------------------- what `load` is given
group("What is given in place of a path")
case("a list of the slices", slices=SLICES)(
    lambda folder: sorted(p for p in write(folder, stack()).rglob("*") if p.is_file())
)
case("a tuple of texts", slices=SLICES)(
    lambda folder: tuple(str(p) for p in write(folder, stack()).rglob("*") if p.is_file())
)
case("a list with a folder in it", slices=SLICES)(lambda folder: [write(folder, stack())])
case("the bytes of a NIfTI")(lambda folder: gzip.compress(image().to_bytes()))
case("a file object")(lambda folder: open(nifti()(folder), "rb"))  # noqa: SIM115
case("a file object of text", REFUSED, "gives text: open it as bytes")(
    lambda folder: io.StringIO("a scan")
)
case("an array", REFUSED, "path is the path of a file.*array of shape")(
    lambda folder: np.zeros((3, 4, 5))
)
for _kind in (str, object):
    case(
        f"an array of paths, of {_kind.__name__}", REFUSED, r"list of the paths.*array.tolist\(\)"
    )(lambda folder, kind=_kind: np.array([str(write(folder, stack()))] * 2, kind))
case("nothing", REFUSED, "path is empty")(lambda folder: "")
case("None", REFUSED, "path is the path of a file.*not None")(lambda folder: None)
case("a number", REFUSED, "path is the path of a file.*not 7")(lambda folder: 7)
case("a list of nothing", REFUSED, "not a list with nothing in it")(lambda folder: [])
case("a list of numbers", REFUSED, r"not a list with 1 \(int\) in it")(lambda folder: [1, 2])
case("a path that is too long", REFUSED, "there is no file or folder aaa")(
    lambda folder: "a" * 10_000
)
case("a path of too many folders", REFUSED, "there is no file or folder")(
    lambda folder: "/".join("a" * 10_000)
)
case("a path with a NUL", REFUSED, "there is no file or folder a.b")(lambda folder: "a\0b")
case("a path with a surrogate", REFUSED, r"there is no file or folder a\?b")(
    lambda folder: "a\ud800b"
)


def zipped_nifti(name, edit=None, **how):
    """A builder of a zip that holds a NIfTI called `name`."""

    def build(folder):
        with zipfile.ZipFile(folder / "scan.zip", "w", **how) as archive:
            archive.writestr(name, image().to_bytes())
        content = bytearray((folder / "scan.zip").read_bytes())
        (folder / "scan.zip").write_bytes(edit(content) if edit else content)
        return folder / "scan.zip"

    return build


def by_method(number):
    """An edit that says that a zip is packed by another method."""

    def edit(content):
        at = content.index(b"PK\1\2")
        content[8:10] = content[at + 10 : at + 12] = number.to_bytes(2, "little")
        return content

    return edit


for _number, _how in ((9, "Deflate64"), (93, "Zstandard"), (98, "PPMd"), (77, "number 77")):
    case(f"a zip by {_how}", REFUSED, f"packed by the compression method {_how}, which is not")(
        zipped_nifti("scan.nii", by_method(_number))
    )
# Python unpacks these two in one piece, however much that is.
for _how in ("bzip2", "LZMA"):
    case(f"a zip by {_how}", REFUSED, f"packed by the compression method {_how}, which is not")(
        zipped_nifti("scan.nii", compression=getattr(zipfile, f"ZIP_{_how.upper()}"))
    )


def by_disk(content):
    """As if the end of the zip were that of its third disk."""
    at = content.rindex(b"PK\5\6")
    content[at + 4 : at + 8] = b"\2\0\2\0"
    return content


def _part(name, where):
    """A builder of one part of a zip that was split by its bytes."""

    def build(folder):
        content = zipped_nifti("scan.nii", compression=zipfile.ZIP_DEFLATED)(folder).read_bytes()
        third = len(content) // 3
        (folder / name).write_bytes(content[where * third : (where + 1) * third + 2])
        return folder / name

    return build


_SPLIT = "one part of a zip that was split into several.*join them"
case("the last part of a split zip", REFUSED, _SPLIT)(zipped_nifti("scan.nii", by_disk))
case("a .z01 of a split zip", REFUSED, _SPLIT)(_part("scan.z01", 0))
for _where in (0, 1, 2):
    case(f"a .zip.00{_where + 1} of a split zip", REFUSED, _SPLIT)(
        _part(f"scan.zip.00{_where + 1}", _where)
    )
case("a whole zip called .zip.001")(
    lambda folder: zipped_nifti("scan.nii")(folder).rename(folder / "scan.zip.001")
)
case("a zip with a wrong checksum", REFUSED, "scan.nii in it can't be unpacked: it is damaged$")(
    zipped_nifti("scan.nii", lambda content: content.replace(b"n+1\0", b"n+2\0"))
)


def table():
    """The cases as Markdown, for docs/loading.md."""
    lines = []
    for name in dict.fromkeys(case.group for case in CASES):
        lines += ["", f"### {name}", "", "| scan | ends as | taken with |", "|---|---|---|"]
        for case in CASES:
            if case.group == name:
                how = ", ".join(f"`{k}={v!r}`" for k, v in (case.accepts | case.load).items())
                noted = case.ending == RIGHT and case.says
                ending = "right, and reported" if noted else case.ending
                lines.append(f"| {case.name} | {ending} | {how} |")
    return "\n".join(lines[1:])


def write_docs(path):
    """Put the table into the page, below the line that says where."""
    head, mark, _ = path.read_text(encoding="utf-8").partition(MARK)
    path.write_text(f"{head}{mark}\n\n{table()}\n", encoding="utf-8")


DOCS = Path(__file__).parents[1] / "docs" / "loading.md"
MARK = "<!-- below: written by `python tests/hard_cases.py` -->"

if __name__ == "__main__":
    write_docs(DOCS)
