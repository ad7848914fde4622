"""The exercises of page 01: a DICOM slice, its place and its stored values."""

from __future__ import annotations

import numpy as np

import ctkit

from .exercise import Case, Exercise
from .questions import Number, Option, Place, Several, Single

TO_HU = Exercise(
    "01.1",
    title="A slice in HU, without its padding",
    prompt=(
        "Write `slice_hu(stored, slope, intercept, padding)`. It gives the HU of a slice: "
        "`slope` times the stored value plus `intercept`. Where the stored value is `padding`, it "
        "gives -1000 HU; `padding` may be `None`, and then there is none. The array may be of "
        "`int16` or `uint16`, and must stay as it is. (Tolerance: 0.01 HU.)"
    ),
    stub="def slice_hu(stored, slope, intercept, padding):\n    return ...",
    cases=(
        Case("signed values", np.array([[0, 40], [-24, 1000]], np.int16), 1, 0, None),
        Case("unsigned values", np.array([[0, 1024], [1064, 4095]], np.uint16), 1, -1024, None),
        Case("half a HU a step", np.array([[3, 2048], [2129, 1]], np.int16), 0.5, -1024, None),
        Case("padding", np.array([[-2000, 30], [-976, 5]], np.int16), 1, -24, -2000),
        Case(
            "padding and no intercept", np.array([[-2000, 30], [-1000, 5]], np.int16), 1, 0, -2000
        ),
        Case("large stored values", np.array([[30000, 5], [20001, 7]], np.int16), 2, -1024, 7),
    ),
    why="Padding that becomes tissue, or a number that wraps, is wrong by thousands of HU.",
    hints=(
        "Find the padding in the stored values, before you change them.",
        "Change to a wide type first, such as float: a small one begins again at its other end.",
        "`hu = stored.astype(float) * slope + intercept`",
    ),
    unit="HU",
    tolerance=0.01,
)


@TO_HU.right("Floats hold every result, and padding is looked for in what was stored.")
def slice_hu(stored, slope, intercept, padding):
    hu = stored.astype(float) * slope + intercept
    if padding is not None:
        hu[stored == padding] = -1000
    return hu


@TO_HU.mistake(
    "You looked for the padding among the HU. The scanner wrote it into the stored values, so it "
    "is missed wherever the intercept is not 0."
)
def padding_in_hu(stored, slope, intercept, padding):
    hu = stored.astype(float) * slope + intercept
    if padding is not None:
        hu[hu == padding] = -1000
    return hu


@TO_HU.mistake(
    "You wrote -1000 over the padding before the rescale. Slope and intercept then change it, and "
    "the space around the patient is no air."
)
def padding_before(stored, slope, intercept, padding):
    values = stored.astype(float)
    if padding is not None:
        values[stored == padding] = -1000
    return values * slope + intercept


@TO_HU.mistake(
    "You made 0 of the padding. 0 HU is water: the patient now lies in a pool. The space around a "
    "patient is air."
)
def padding_is_water(stored, slope, intercept, padding):
    hu = stored.astype(float) * slope + intercept
    if padding is not None:
        hu[stored == padding] = 0
    return hu


@TO_HU.mistake(
    "You left the padding as it was. It becomes a number that no matter has, and it spoils every "
    "mean and every histogram."
)
def padding_left(stored, slope, intercept, padding):
    return stored.astype(float) * slope + intercept


@TO_HU.mistake(
    "You computed in int16. What is too large for it begins again at the other end: bone turns to "
    "less than air, and halves of a HU are lost."
)
def wrapped(stored, slope, intercept, padding):
    hu = (stored.astype(float) * slope + intercept).astype(np.int64).astype(np.int16)
    if padding is not None:
        hu[stored == padding] = -1000
    return hu


@TO_HU.mistake(
    "You took the intercept away. It has to be added: it is negative where stored values begin "
    "at 0."
)
def intercept_taken_away(stored, slope, intercept, padding):
    hu = stored.astype(float) * slope - intercept
    if padding is not None:
        hu[stored == padding] = -1000
    return hu


@TO_HU.mistake(
    "You left the slope out. It is mostly 1, so nobody notices; here it is not, and all HU are "
    "off by that factor."
)
def no_slope(stored, slope, intercept, padding):
    hu = stored.astype(float) + intercept
    if padding is not None:
        hu[stored == padding] = -1000
    return hu


PIXEL_AT = Exercise(
    "01.2",
    title="From a place in the patient to a pixel",
    prompt=(
        "A point lies in a slice. Write `pixel(point, position, orientation, spacing)`: its row "
        "and its column, which need not be whole. `point` and `position` "
        "(ImagePositionPatient) are x, y, z in mm; `orientation` (ImageOrientationPatient) is six "
        "numbers; `spacing` (PixelSpacing) is two. It is the way back of `place` above. "
        "(Tolerance: 0.001 pixel.)"
    ),
    stub="def pixel(point, position, orientation, spacing):\n    return ...",
    cases=(
        Case("a level slice", (-80, -90, 10), (-100, -100, 10), (1, 0, 0, 0, 1, 0), (0.5, 0.8)),
        Case("a sagittal slice", (5, -60, 20), (5, -100, 80), (0, 1, 0, 0, 0, -1), (1.5, 0.7)),
        Case(
            "a tilted slice",
            (-70.0, -52.0, 8.0),
            (-100.0, -100.0, 44.0),
            (1, 0, 0, 0, 0.8, -0.6),
            (0.6, 0.75),
        ),
        Case("the first pixel", (3.5, -7, 9), (3.5, -7, 9), (1, 0, 0, 0, 0.8, -0.6), (0.5, 0.9)),
    ),
    why="A place that a radiologist names in mm is found in the array by this step.",
    hints=(
        "How far is the point from the first pixel, along each of the two directions?",
        "A dot product with a direction gives the mm along it.",
        "`row = (point - position) @ down / spacing[0]`, with the direction of a column as `down`.",
    ),
    unit="pixels",
    tolerance=1e-3,
)


@PIXEL_AT.right("The mm along each direction, over the mm of one step in that direction.")
def pixel(point, position, orientation, spacing):
    away = np.subtract(point, position)
    along_row, down_column = np.reshape(orientation, (2, 3))
    return away @ down_column / spacing[0], away @ along_row / spacing[1]


@PIXEL_AT.mistake(
    "You took PixelSpacing as (x, y). Its first number is the distance between rows, which is the "
    "step down the picture."
)
def spacing_swapped(point, position, orientation, spacing):
    away = np.subtract(point, position)
    along_row, down_column = np.reshape(orientation, (2, 3))
    return away @ down_column / spacing[1], away @ along_row / spacing[0]


@PIXEL_AT.mistake("Both numbers are right, in the other order: the row comes first.")
def column_first(point, position, orientation, spacing):
    row, column = pixel(point, position, orientation, spacing)
    return column, row


@PIXEL_AT.mistake(
    "You measured from the origin of the scanner, and not from the first pixel. All pixels are off "
    "by the place of the first one."
)
def from_the_origin(point, position, orientation, spacing):
    along_row, down_column = np.reshape(orientation, (2, 3))
    return np.dot(point, down_column) / spacing[0], np.dot(point, along_row) / spacing[1]


@PIXEL_AT.mistake(
    "This is how many *mm* the point lies from the first pixel, in both directions. A pixel is a "
    "number of steps."
)
def in_mm(point, position, orientation, spacing):
    away = np.subtract(point, position)
    along_row, down_column = np.reshape(orientation, (2, 3))
    return away @ down_column, away @ along_row


@PIXEL_AT.mistake(
    "You used x and y alone. That is right for a level slice; a tilted one also goes down, and a "
    "sagittal one has no x at all."
)
def x_and_y_alone(point, position, orientation, spacing):
    away = np.subtract(point, position)
    return away[1] / spacing[0], away[0] / spacing[1]


@PIXEL_AT.mistake(
    "You exchanged the two directions. The first three numbers of ImageOrientationPatient point "
    "along a row: they say where the column number grows."
)
def directions_exchanged(point, position, orientation, spacing):
    away = np.subtract(point, position)
    down_column, along_row = np.reshape(orientation, (2, 3))
    return away @ down_column / spacing[0], away @ along_row / spacing[1]


@PIXEL_AT.mistake(
    "You multiplied by the spacing, as on the way from a pixel to mm. On the way back the mm are "
    "divided by it."
)
def multiplied(point, position, orientation, spacing):
    away = np.subtract(point, position)
    along_row, down_column = np.reshape(orientation, (2, 3))
    return away @ down_column * spacing[0], away @ along_row * spacing[1]


RANGE = Exercise(
    "01.3",
    title="What can a pixel hold?",
    prompt=(
        "`BitsAllocated` says how many bits a pixel takes in the file, and `BitsStored` how many "
        "of these are used. `PixelRepresentation` is 1 for values with a sign (two's complement), "
        "and 0 for values from 0 on. Write `stored_range(allocated, stored, representation)`: the "
        "lowest and the highest value that a pixel can hold."
    ),
    stub="def stored_range(allocated, stored, representation):\n    return ...",
    cases=(
        Case("12 bits without a sign", 16, 12, 0),
        Case("13 bits with a sign", 16, 13, 1),
        Case("all bits, with a sign", 16, 16, 1),
        Case("8 bits", 8, 8, 0),
    ),
    why="A value outside of this range shows that the sign was read wrongly.",
    hints=(
        "With b bits there are 2**b different values.",
        "Without a sign they begin at 0. With a sign half of them are below 0.",
        "With a sign the lowest is `-(2 ** (stored - 1))`, and there are 2**stored values.",
    ),
)


@RANGE.right("2**b values: from 0 on, or half of them below 0.")
def stored_range(allocated, stored, representation):
    lowest = -(2 ** (stored - 1)) if representation == 1 else 0
    return lowest, lowest + 2**stored - 1


@RANGE.mistake(
    "You counted the bits that a pixel takes in the file. Only BitsStored of them hold its value: "
    "a 12-bit scan ends at 4095."
)
def all_allocated(allocated, stored, representation):
    lowest = -(2 ** (allocated - 1)) if representation == 1 else 0
    return lowest, lowest + 2**allocated - 1


@RANGE.mistake("The highest value is 1 too large. There are 2**b values, and 0 is one of them.")
def one_too_many(allocated, stored, representation):
    lowest = -(2 ** (stored - 1)) if representation == 1 else 0
    return lowest, lowest + 2**stored


@RANGE.mistake(
    "You gave all pixels values from 0 on. With a sign half of the values are below 0, and air is "
    "often one of them."
)
def never_a_sign(allocated, stored, representation):
    return 0, 2**stored - 1


@RANGE.mistake(
    "You made the two ends equally far from 0. In two's complement there is one more value below "
    "0 than above."
)
def symmetric(allocated, stored, representation):
    if representation == 1:
        return -(2 ** (stored - 1)) + 1, 2 ** (stored - 1) - 1
    return 0, 2**stored - 1


@RANGE.mistake("You read PixelRepresentation the other way round: 1 means with a sign, 0 without.")
def other_way_round(allocated, stored, representation):
    lowest = -(2 ** (stored - 1)) if representation == 0 else 0
    return lowest, lowest + 2**stored - 1


@RANGE.mistake(
    "The lowest value is right, and the highest is that of values without a sign. The range would "
    "then be half as wide again."
)
def sign_added(allocated, stored, representation):
    return (-(2 ** (stored - 1)) if representation == 1 else 0), 2**stored - 1


QUIZ = (
    Several(
        "Which of these elements may lead back to a person?",
        Option("StudyDate", "Yes: who was in hospital that day is on record.", right=True),
        Option("SOPInstanceUID", "Yes: it is unique, and the archive knows it.", right=True),
        Option("PixelSpacing", "Many scans share it. It says nothing of who was scanned."),
        Option("a private element", "Yes: nobody but the maker knows for sure.", right=True),
        Option("KVP", "120 kV is used for thousands of patients a day."),
    ),
    Single(
        "PixelSpacing is [1.5, 0.7]. Which way is the 1.5 mm?",
        Option("along a row, to the next column", "That is the second number."),
        Option("down, to the next row", "Yes: the distance between rows comes first.", right=True),
        Option("through the slice", "No element of a pixel says that; see page 02."),
    ),
    Single(
        "Who blanked PatientName, PatientID and PatientBirthDate has a file that is ...",
        Option("anonymous", "Dates, UIDs, places and private elements are still there."),
        Option("still a patient's", "Yes: 29 masked elements were left on this page.", right=True),
        Option("no longer valid DICOM", "Empty values are allowed in these elements."),
    ),
    Number(
        "A slice is tilted by 30 degrees, and its rows cover 200 mm. How many mm lower is the last "
        "row than the first?",
        right=100,
        tolerance=1,
        unit="mm",
        says="Yes: 200 mm times the sine of 30 degrees.",
        otherwise="Draw the slice from the side, as a line of 200 mm, and a level line.",
        wrong=((173.2, "That is how far it goes from front to back: the cosine."),),
    ),
    Place(
        "Point at a place where this picture holds padding.",
        scene=lambda: padded_slice(),
        plane="axial",
        slice=0,
        window="soft tissue",
        target=(0, 2, 2),
        within=22.0,
        says="Yes: outside of the circle that the scanner sees.",
        otherwise="The scanner sees a circle. Where is nothing of it?",
        wrong=(((0, 64, 64), 90.0, "This is inside of the circle: it was measured."),),
    ),
)


def padded_slice() -> ctkit.Volume:
    """Every fourth pixel of the head slice, with its padding of -2000."""
    import pydicom

    stored = pydicom.dcmread(ctkit.samples.head_slice()).pixel_array[::4, ::4]
    return ctkit.Volume.from_spacing(stored[np.newaxis], (5, 1.724, 1.724))
