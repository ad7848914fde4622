# %% [markdown]
# # 01 · Read one DICOM slice
#
# | | |
# |---|---|
# | **You will** | open one file from a scanner, search its header, find where its pixels lie, and decode them |
# | **You learn** | what a DICOM file holds, which elements matter for CT, and what you must not publish |
# | **You need** | page 00 |
# | **Time** | 40 minutes |

# %%
from collections import Counter

import numpy as np
import pydicom

import ctkit

# %% [markdown]
# ## What is in the file, and who is named in it?
#
# Scanners write **DICOM** files, usually one file for each slice. A DICOM file is a long list of **elements**. Each element has a number, its **tag**, and a value. The standard gives each tag a name.
# The last element holds the pixels. All elements before it are the **header**.
#
# The file on this page shows the head of a real person. It comes with the `pydicom` package.

# %%
path = ctkit.samples.head_slice()
dataset = pydicom.dcmread(path)
last = list(dataset)[-1]
print(f"{len(dataset)} elements; the last one is {last.keyword}, with {len(last.value):,} bytes")

# %% [markdown]
# You read an element by its name:

# %%
print("BodyPartExamined:", dataset.BodyPartExamined)
print("KVP, the voltage of the X-ray tube:", dataset.KVP, "kV")
print("SliceThickness:", dataset.SliceThickness, "mm")

# %% [markdown]
# A header also holds **identifiers**: values that lead back to a person, such as names, dates, places and numbers.
#
# **Predict.** `PatientName` is one element that names somebody. Seven more elements at the beginning describe the file itself, so there are 101 in all. How many of the 101 could lead to a person, a place or a time: about 3, 10, 30 or 90?

# %%
card = ctkit.header(path)
card

# %% [markdown]
# `ctkit.header` shows the header with such values hidden, which it calls *masked*. It does not look for what is dangerous. It has a list of the elements that CT needs and whose values are harmless, and it
# masks the rest. Of a block of bytes it shows only the size. A list of harmless elements can be complete. A list of dangerous ones can't, because makers may add **private** elements of their own.
#
# The first four digits of a tag are its **group** (the digits are hexadecimal), and each group has a subject. Private elements have an odd group, such as 0009. So we can count by subject. `card.rows` holds the tag, the name and the value of each element.

# %%
groups = {"0002": "the file", "0008": "who, where, when", "0010": "the patient"}
groups |= {"0018": "how it was scanned", "0020": "where it lies", "0028": "the picture"}
bars = {subject: Counter() for subject in (*groups.values(), "private and others")}
for tag, _, value in card.rows:
    subject = groups.get(tag[1:5], "private and others")
    state = "masked" if value == "(masked)" else "shown"
    if value == "":
        state = "empty"
    elif value.endswith("bytes)"):
        state = "only its size"
    bars[subject][state] += 1

# %%
film = ctkit.figures.show_bars(bars, x="elements")
masked = sum(value == "(masked)" for *_, value in card.rows)
film.says(f"{masked} of {len(card)} elements are masked: their values are not known to be harmless")

# %% [markdown]
# It is 31 of 101, and 4 private elements beside them show only their size. Some of the 31 may name nobody. A program can't tell which, so it hides them all.
#
# **Try this.** Type **spacing** into the line below, then **window**, then the group **0018,** with its comma. Type **patient** last.

# %%
ctkit.search_header(path, "position")

# %% [markdown]
# `spacing` leaves one element and `window` leaves two. `0018,` leaves the group that says how the scan was made. `patient` finds 13 elements. They are masked or empty, apart from three that describe the geometry. One of the three is
# PatientPosition: *HFS* means head first, **supine**, which is lying on the back. `card.search("spacing")` does the same in code.
#
# ### Mistake: three elements blanked, and the file called anonymous
#
# Many scripts blank the name, the number and the date of birth, and share the rest. The standard lists several hundred elements to remove or replace, and
# private ones besides (DICOM PS3.15 Annex E). What is left in this file after blanking three?

# %%
blanked = {"PatientName", "PatientID", "PatientBirthDate"}
left = [name for _, name, value in card.rows if value == "(masked)" and name not in blanked]
dates = [name for name in left if name.endswith("Date")]
print(f"{len(left)} of the masked elements are left. {len(dates)} of them are dates:")
print(", ".join(dates))

# %% [markdown]
# Two of the three were masked, so 29 of the 31 are left; the birth date was empty already. Some of those left are **UIDs**. A UID is a long number made of digits and points. One that names this study, series or image is given to nothing else in the world, so it leads back to the scan.
# `ctkit.deidentify` keeps only what geometry, values and acquisition need. So it removes more than the masked elements:

# %%
clean = ctkit.deidentify(dataset)
print(f"deidentify() removes {len(clean.left_out)} of {len(dataset)} elements")
print("and replaces SOPInstanceUID:", clean.SOPInstanceUID != dataset.SOPInstanceUID)

# %% [markdown] tags=["teacher"]
# **Ask the room.** You get a file with an empty PatientName. May you put it on the web?
#
# *What to expect:* No. Dates, UIDs, private elements and the picture itself may still lead to the person. Ask who decides this in your hospital.

# %% [markdown]
# No such function looks at the pixels. A name can be written into the picture. And a whole head has a face: software has identified people by MRI scans of their heads
# (Schwarz et al., 2019). Before you publish a head, remove the face, or get permission.

# %% [markdown]
# ## Where in the patient is this slice?
#
# Five elements say where each pixel lies, in millimetres (PS3.3 C.7.6.2.1.1):
#
# | name | meaning |
# |---|---|
# | Rows, Columns | the size of the picture |
# | PixelSpacing | mm between rows, then mm between columns |
# | ImagePositionPatient | (x, y, z) of the centre of the first pixel |
# | ImageOrientationPatient | the direction along a row, then the direction along a column |
#
# x grows to the patient's left, y to the back, z to the head. To get from the first pixel to pixel (r, c), take c steps along the row and r steps along the column:
#
# $$\mathbf{p} = \mathbf{position} + c \cdot s_c \cdot \mathbf{row} + r \cdot s_r \cdot \mathbf{column}$$
#
# Here **row** and **column** are the two directions, $s_c$ is the distance between columns, and $s_r$ the distance between rows.
#
# **Predict.** Most slices are level: all their pixels have the same z. Is this one?

# %%
position = np.array(dataset.ImagePositionPatient, float)
row, column = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
between_rows, between_columns = (float(mm) for mm in dataset.PixelSpacing)


def place(r, c):
    return position + c * between_columns * row + r * between_rows * column


top, bottom = place(0, 256), place(511, 256)
print(f"first row: z = {top[2]:.1f} mm; last row: z = {bottom[2]:.1f} mm")

# %%
tilt = np.degrees(np.arctan2(top[2] - bottom[2], bottom[1] - top[1]))
film = ctkit.figures.show_curves(
    {
        "the slice": ((top[1], bottom[1]), (top[2], bottom[2])),
        "level": ((top[1], bottom[1]), (bottom[2], bottom[2])),
    },
    x="y in mm, from front to back",
    y="z in mm, upwards",
    equal=True,
)
film.says(f"The last row lies {top[2] - bottom[2]:.1f} mm lower than the first: {tilt:.1f} deg")

# %% [markdown]
# It is not level. The figure shows the slice from the patient's left side, as a line. The ring of the scanner, the **gantry**, was tilted. Heads are often scanned so, to keep the rays off the eyes. The element
# GantryDetectorTilt says -22.0. For a CT the standard does not say what its sign means, and no program needs it: position and orientation say how much the slice leans, and which way.
#
# `ctkit.load` uses the same five elements. Does it find the same place for the last pixel?

# %%
one = ctkit.load(path)
print("by hand:", place(511, 511).round(2), " ctkit:", one.to_world((0, 511, 511)).round(2))
one

# %% [markdown]
# `SPL` says where the indices grow: slices to the head (**S**, superior), rows to the back (**P**, posterior), columns to the patient's left (**L**).
#
# **Try this.** Point into the upper left corner of the picture, and read the position under it. Then go straight down to the lower left corner.

# %%
ctkit.explore(one, window="brain")

# %% [markdown]
# At row 6, column 6 you read **S 71.18 mm**. ImagePositionPatient says 72.14 mm for row 0, and each row lies 0.16 mm lower. In the lower corner you are below 0, which reads as I for *inferior*.
# The S 30.89 mm in the picture itself is the z of its middle.
#
# ### Mistake: PixelSpacing taken as (x, y)
#
# The first number is the distance between **rows**, which is the step *down* the picture (PS3.3 10.7.1.3). Axial pixels are mostly square, so nobody notices. In a coronal
# picture of the head from page 00, rows are 1.5 mm apart and columns 0.957 mm.

# %%
head = ctkit.load(ctkit.samples.head())
picture, spacing = head.plane("coronal"), head.layout("coronal").spacing
film = ctkit.figures.show_pictures(
    {"swapped": picture, "rows first": picture},
    spacing={"swapped": spacing[::-1], "rows first": spacing},
)
short, wide = (n * (spacing[0] - spacing[1]) for n in picture.shape)
film.says(f"With the numbers swapped, it is {short:.1f} mm too short and {wide:.1f} mm too wide")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Two numbers stand in PixelSpacing. Which one do you need to measure along a row?
#
# *What to expect:* The second one: it is the distance between columns, so it counts along a row. Let two people answer before you show it.

# %% [markdown]
# ## What do the pixels hold?
#
# The pixels of this file are packed with JPEG 2000, without loss. The **transfer syntax** (0002,0010) says so. A decoder unpacks them into whole numbers, which are called the **stored** values.
#
# **Predict.** Air is -1000 HU. What is the lowest number in this picture?

# %%
ctkit.predict("01.a", ("-1000", "-1024", "-2000", "-3024"))

# %%
stored = dataset.pixel_array
print(f"shape {stored.shape}, {stored.dtype}, values from {stored.min()} to {stored.max()}")
print(f"{stored.size * 2:,} bytes, packed into {len(dataset.PixelData):,}")
is_lowest = stored == stored.min()  # True where a pixel is the lowest; the mean is their share
print(f"{is_lowest.sum():,} pixels are exactly {stored.min()}: {is_lowest.mean():.1%}")
ctkit.predict("01.a", measured=str(stored.min()))

# %% [markdown]
# It is -2000. No matter has -2000 HU: at -1000 HU almost nothing weakens the rays, and noise takes the numbers only a little lower. These pixels lie outside of the circle that the scanner sees. The scanner filled them with a number of its choice, which is called **padding**. A file
# can declare it (PixelPaddingValue, PS3.3 C.7.5.1.1.2). This one doesn't.
#
# What should padding become? The space around a patient is air, so air is the best guess:

# %%
by_hand = np.where(is_lowest, -1000, stored)
print("the same as load():", np.array_equal(by_hand, one.array[0]))
print("its report:", one.report[-1])

# %%
outside = one.with_array(is_lowest[np.newaxis])  # a volume has three axes
film = ctkit.show_slice(one, window=(200, 2400), mask=outside, title="Padding, outlined")
film.says(
    f"{is_lowest.mean():.1%} of the picture is padding, now -1000 HU; the rest runs from "
    f"{stored[~is_lowest].min()} to {stored.max()} HU"
)

# %% [markdown]
# **Try this.** On the left are the stored values, on the right what `load` made of them. Point at a corner outside of the circle, then at the brain.

# %%
raw = one.with_array(stored[np.newaxis])
ctkit.compare(raw, one, window=(-1000, 2400), names=("stored", "loaded"))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why does the scanner store 12 or 16 bits, when a screen shows 8?
#
# *What to expect:* The HU go over some 4,000 steps. A window shows a part of them in 256 greys. With all steps stored, it can be changed later.

# %% [markdown]
# In the corner you read **-2000 HU → -1000 HU**. In the brain both numbers are the same: `RescaleSlope` is 1 and `RescaleIntercept` is 0 in this file, so a stored value is already in HU. In most files it isn't: page 04 shows how
# to convert it.

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | A DICOM file | elements with tags: a header, and pixels as *stored values* |
# | Look at the header | `ctkit.header(path)` masks who, where and when; `ctkit.search_header(path)` searches |
# | Read the file | `pydicom.dcmread(path)`; as HU with their place in the patient: `ctkit.load(path)` |
# | Where a pixel lies | ImagePositionPatient, ImageOrientationPatient, PixelSpacing (rows first) |
# | Padding | no data; `ctkit.load` turns it into air and reports it |
# | Pass a file on | `ctkit.deidentify(dataset)`, and look at the picture |

# %% [markdown]
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("01.1")` gives one more hint each time, and `ctkit.solution("01.1")` shows one solution.

# %% exercise="01.1"

# %% exercise="01.2"

# %% exercise="01.3"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("01")

# %%
ctkit.progress("01")

# %% [markdown]
# And one on this file: write `ctkit.deidentify(dataset)` to a new file with `save_as("clean.dcm", enforce_file_format=True)`, and load that file. Do its HU differ? (They don't.)

# %% [markdown]
# ## In practice
#
# - Search the headers of three files before you write code for a new source: spacing, orientation, rescale, padding, transfer syntax.
# - If a page ever printed a whole header, clear its outputs before you pass it on.
# - Keep the original files read-only, and work on copies.

# %% [markdown]
# ## Further reading
#
# - DICOM PS3.3 C.7.6.2, Image Plane Module: https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html
# - DICOM PS3.15 Annex E, confidentiality: https://dicom.nema.org/medical/dicom/current/output/chtml/part15/chapter_E.html
# - C. G. Schwarz et al., *Identification of anonymous MRI research participants with face-recognition software*, 2019: https://doi.org/10.1056/NEJMc1908881
# - pydicom's documentation: https://pydicom.github.io/pydicom/stable/
#
# **Next:** [02 · Build a volume from a series](02_build_a_volume.ipynb)
