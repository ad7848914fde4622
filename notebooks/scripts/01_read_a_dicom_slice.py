# %% [markdown]
# # 01 · Read one DICOM slice
#
# | | |
# |---|---|
# | **You will** | open one file from a scanner, search its header, place it in the patient and look at its pixels |
# | **You learn** | what a DICOM file holds, which elements matter for CT, and what must not be shown |
# | **You need** | page 00 |
# | **Time** | 25 minutes |

# %%
from collections import Counter

import numpy as np
import pydicom
from pydicom.data import get_testdata_file

import ctkit

# %% [markdown]
# ## What is in the file, and what of it may be shown?
#
# Scanners write **DICOM** files, mostly one for each slice. Such a file is a long list of
# **elements**, each with a number (its **tag**, written as two groups of four hexadecimal digits), a type and a value.
# All but the last are the **header**; the last one holds the pixels. This file is a real head; it comes with the `pydicom` package.

# %%
path = ctkit.samples.head_slice()
dataset = pydicom.dcmread(path)
last = list(dataset)[-1]
print(f"{len(dataset)} elements; the last is {last.keyword} {last.tag}, {len(last.value):,} bytes")

# %% [markdown]
# A header names the patient, the doctor, the place and the time: **identifiers**, which lead back to a person. If you print all of it
# in a notebook and save the page, you have published it. `ctkit.header` masks such values. It knows which elements CT needs, and
# shows these alone: a list of what is harmless can be complete, a list of what is not never is (DICOM PS3.15 Annex E).

# %%
card = ctkit.header(path)
card

# %% [markdown]
# The first four digits of a tag are its **group**, and a group has a subject. An odd group is **private**: the maker of the
# scanner put there what the standard has no place for, and nobody else knows what it says.

# %%
groups = {
    "0002": "the file itself",
    "0008": "who, where, when",
    "0010": "the patient",
    "0018": "how it was scanned",
    "0020": "where it lies",
    "0028": "the picture",
}

# %%
states = {"(masked)": "masked", "": "empty"}
found = Counter(
    (groups.get(tag[1:5], "private and others"), states.get(value, "shown"))
    for tag, _, value in card.rows
)

# %%
names = ["private and others", *reversed(groups.values())]
film = ctkit.figures.Film(3.0, "Elements of the header by subject: shown, masked, empty")
axes = film.panel(1, 1, 1)
start = np.zeros(len(names))
for state, color in zip(("shown", "masked", "empty"), ctkit.figures.COLORS, strict=False):
    counts = np.array([found[name, state] for name in names])
    axes.barh(names, counts, left=start, color=color, label=state)
    start += counts
axes.set_xlabel("elements")
film.legend_of(axes)
masked = sum(value == "(masked)" for *_, value in card.rows)
film.says(f"{masked} of {len(card)} elements name, or might name, who, where or when: masked")

# %% [markdown]
# **Try this.** Type **spacing** into the line, then **window**, then a tag, **0018**. Type **patient** last.

# %%
ctkit.search_header(path, "position")

# %% [markdown]
# A word is found in the names, whatever its case; a number in the tags. `spacing` leaves one element of 101, `window` leaves two, and
# `0018` all that says how the scan was made: 120 kV of tube voltage, slices of 5 mm. What `patient` finds is masked or empty, but
# for three elements of geometry. One is PatientPosition: *HFS*, head first, supine, which is on the back. `card.search("spacing")` does the same in code.

# %% [markdown]
# ## Where in the patient is this slice?
#
# Four elements say where every pixel lies, in millimetres of the patient (PS3.3 C.7.6.2.1.1):
#
# | tag | name | for |
# |---|---|---|
# | (0028,0010), (0028,0011) | Rows, Columns | the size of the picture |
# | (0028,0030) | PixelSpacing | mm between rows, then between columns |
# | (0020,0032) | ImagePositionPatient | (x, y, z) of the centre of the first pixel |
# | (0020,0037) | ImageOrientationPatient | the direction along a row, then along a column |
#
# x grows to the patient's left, y to the back, z to the head. Pixel (r, c) lies at
#
# $$\mathbf{p} = \mathbf{position} + c \cdot s_c \cdot \mathbf{row} + r \cdot s_r \cdot \mathbf{column}$$

# %%
position = np.array(dataset.ImagePositionPatient, float)
row, column = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
between_rows, between_columns = map(float, dataset.PixelSpacing)


def place(r, c):
    return position + c * between_columns * row + r * between_rows * column


corner = place(dataset.Rows - 1, dataset.Columns - 1)
print(f"first pixel {position.round(1)} mm, last pixel {corner.round(1)} mm")

# %% [markdown]
# The two corners differ in z: this slice is not level. Seen from the patient's side, all of it is one line.

# %%
front, back = place(0, 0), place(dataset.Rows - 1, 0)
tilt = np.degrees(np.arctan2(front[2] - back[2], back[1] - front[1]))
film = ctkit.figures.Film(3.2, "The slice seen from the patient's right side: a slanted line")
axes = film.panel(1, 1, 1)
axes.plot([front[1], back[1]], [front[2], back[2]], color=ctkit.figures.COLORS[0], lw=4)
axes.plot([front[1], back[1]], [back[2]] * 2, "--", color=ctkit.figures.FAINT)
axes.annotate("first row", front[1:], (8, 4), textcoords="offset points", color=ctkit.figures.INK)
axes.annotate("last row", back[1:], (8, -2), textcoords="offset points", color=ctkit.figures.INK)
axes.set(xlabel="y, mm: front to back", ylabel="z, mm: up", aspect="equal")
film.says(
    f"The last row lies {front[2] - back[2]:.1f} mm lower than the first: {tilt:.1f} deg of tilt"
)

# %% [markdown]
# The ring of the scanner was tilted, to keep the rays off the eyes. GantryDetectorTilt (0018,1120) says
# -22.0 as well, but no program needs it: position and orientation say all, and they say which way.
#
# `load` makes a Volume of the file, with the same millimetres.

# %%
one = ctkit.load(path)
one

# %% [markdown]
# **Try this.** Point into the upper left corner of the picture, and read the height under it. Then go straight down to the lower left corner.

# %%
ctkit.explore(one, window="brain")

# %% [markdown]
# At row 6, column 6 it reads **S 71.18 mm**: the 72.14 mm of ImagePositionPatient, and six rows further down, 0.16 mm each. At the bottom it is
# below 0, which is *inferior*: I 10 mm. The label in the upper corner of the picture tells the height of its middle alone.

# %% [markdown]
# ## What do the pixels hold?
#
# `pixel_array` gives the values as they are **stored**: whole numbers, as the scanner packed them. Here they were
# packed with JPEG 2000, without loss, and a decoder that came with ctkit had to unpack them. The **transfer syntax** (0002,0010) says how.

# %%
stored = dataset.pixel_array
lowest = stored == stored.min()
print(f"shape {stored.shape}, {stored.dtype}, values {stored.min()} to {stored.max()}")
print(f"{stored.size * 2:,} bytes, packed into {len(dataset.PixelData):,}")
print(f"{lowest.sum():,} pixels are exactly {stored.min()}: {lowest.mean():.1%} of the picture")

# %% [markdown]
# Nothing in a body has the value -2000. It is **padding**, put around the circle that the scanner can see. The file should declare it
# (PixelPaddingValue, PS3.3 C.7.5.1.1.2), and does not. `load` notices, turns it into air, and says so in the report above.

# %%
outside = one.with_array(lowest[np.newaxis])
film = ctkit.show_slice(one, window=(200, 2400), mask=outside, title="Padding, outlined")
film.says(
    f"{lowest.mean():.1%} of the picture is padding, now -1000 HU; the rest reaches from "
    f"{stored[~lowest].min()} to {stored.max()} HU"
)

# %% [markdown]
# **Try this.** On the left are the stored values, on the right what `load` made of them. Point at the corner outside of the circle, then at
# the brain.

# %%
raw = one.with_array(stored[np.newaxis])
ctkit.compare(raw, one, window=(-1000, 2400), names=("stored", "loaded"))

# %% [markdown]
# In the corner it reads **-2000 HU → -1000 HU**: what was stored, and air. In the brain both say the same, for in this file a stored value happens
# to be the HU. Had the padding been set to 0, the corner would be *water*.

# %% [markdown]
# ## What goes wrong

# %% [markdown]
# ### 1. A few names blanked, and called anonymous
#
# Many scripts blank three elements and share the rest. PS3.15 Annex E lists some hundreds that can lead back to a person, and private
# elements come on top. How many are left in this file?

# %%
blanked = {"PatientName", "PatientID", "PatientBirthDate"}
left = [name for _, name, value in card.rows if value == "(masked)" and name not in blanked]
clean = ctkit.deidentify(dataset)
print(
    f"after blanking three: {len(left)} elements are left that name or might name somebody, such as"
)
print(", ".join(dict.fromkeys(left[4:12])))
print(
    f"deidentify() leaves {len(clean.left_out)} of {len(dataset)} elements out, and makes the UIDs "
    "new"
)

# %% [markdown]
# No tool for headers looks at the picture. Names can be burned into it, and from a whole head a face can be made, by which a
# person is found again (Schwarz et al., 2019, for MRI).

# %% [markdown]
# ### 2. Stored values taken for HU
#
# In the slice above it went well by chance: its RescaleIntercept (0028,1052) is 0. The next file, from another scanner, has -1024, as most
# have (PS3.3 C.11.1.1.2; page 04).

# %%
small = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
loaded = ctkit.load(get_testdata_file("CT_small.dcm", download=False)).array[0]
for name, values in (("stored", small.pixel_array), ("HU", loaded)):
    print(f"{name}: median {np.median(values):.0f}, highest {values.max()}")
print(f"every value is {small.pixel_array[0, 0] - loaded[0, 0]} HU off: water reads as bone")

# %% [markdown]
# ### 3. PixelSpacing taken as (x, y)
#
# It is the distance between **rows** first, which is the vertical one, then between columns (PS3.3 10.7.1.3). Most axial slices have square pixels, and nobody
# notices. A coronal picture of the head from page 00 has 1.5 mm between its rows and 0.957 mm between its columns.

# %%
head = ctkit.load(ctkit.samples.head())
picture, spacing = head.plane("coronal"), head.layout("coronal").spacing
spacings = {"swapped": spacing[::-1], "rows first": spacing}
tall = {title: picture.shape[0] * down for title, (down, _) in spacings.items()}

# %%
film = ctkit.figures.Film(2.6, "A coronal picture with its spacing swapped, and as it is")
for number, (title, (_, across)) in enumerate(spacings.items(), start=1):
    axes = film.panel(1, 2, number, title=title)
    wide = picture.shape[1] * across
    axes.imshow(picture, cmap="gray", vmin=-160, vmax=240, extent=(0, wide, tall[title], 0))
    axes.set(xlabel="mm", xlim=(0, 400), ylim=(170, 0))
off = tall["rows first"] - tall["swapped"]
film.says(f"With its spacing swapped the head is {off:.1f} mm too short")

# %% [markdown]
# ### 4. A window taken for two numbers
#
# WindowCenter and WindowWidth may hold several values, a proposal each (PS3.3 C.11.2.1.2; page 05). The usual formula fails on them, and taking any of
# them without a look gives another picture.

# %%
try:
    black = dataset.WindowCenter - dataset.WindowWidth / 2
except TypeError as error:
    print(f"TypeError: {error}")
pairs = list(zip(dataset.WindowCenter, dataset.WindowWidth, strict=True))
blacks = [float(center - width / 2) for center, width in pairs]
print(f"{len(pairs)} proposals; black begins at {', '.join(f'{hu:.0f}' for hu in blacks)} HU:")
print(f"{max(blacks) - min(blacks):.0f} HU lie between the first and the last")

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | A DICOM file | elements with a tag, and pixels as *stored values* |
# | To look at its header | `ctkit.header(path)`, which masks who, where and when; `ctkit.search_header(path)` to search |
# | To read it | `pydicom.dcmread(path)`; as HU with its place: `ctkit.load(path)` |
# | Where a pixel lies | ImagePositionPatient, ImageOrientationPatient, PixelSpacing (rows first) |
# | Padding | declared or not, it is no data: `ctkit.load` makes it air and reports it |
# | To pass a file on | `ctkit.deidentify(dataset)`, and a look at the picture |

# %% [markdown]
# ## On your own
#
# - Compute where the middle of the slice lies, at row 255.5 and column 255.5, from the header alone. You should get about (-0.1, 3.9, 30.9) mm, and the same from
#   `one.to_world((0, 255.5, 255.5))`.
# - The tilt of 22 deg makes the slice cover less depth than its rows would if it were level. How many mm from front to back, in y? (204.2 mm for 220.2 mm of rows.)
# - Open `CT_small.dcm` with `ctkit.search_header`. Search for `padding`. Which value is declared, and how many pixels have it? (None.)
# - Write the result of `ctkit.deidentify(dataset)` to a file with `save_as(path, enforce_file_format=True)`, and load it. Do its HU differ? (They do not.)

# %% [markdown]
# ## In practice
#
# - Before you write code for a new source of files, search the header of three of them: spacing, orientation, rescale, padding, transfer syntax.
# - Clear the outputs of a page before you pass it on if it ever printed a header whole.
# - Keep files as they came, read-only, and work on copies.

# %% [markdown]
# ## Further reading
#
# - DICOM PS3.3 C.7.6.2, Image Plane Module: https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html
# - DICOM PS3.15 Annex E, confidentiality: https://dicom.nema.org/medical/dicom/current/output/chtml/part15/chapter_E.html
# - C. G. Schwarz et al., *Identification of anonymous MRI research participants with face-recognition software*, 2019: https://doi.org/10.1056/NEJMc1908881
# - pydicom's documentation: https://pydicom.github.io/pydicom/stable/
#
# **Next:** [02 · Build a volume from a series](02_build_a_volume.ipynb)
