# %% [markdown]
# # 01 · Read a DICOM slice
#
# | | |
# |---|---|
# | **You will** | open one file from a scanner, read its header and look at its picture |
# | **You learn** | what a DICOM file holds, which tags matter for CT, and what must not be shown |
# | **You need** | page 00 |
# | **Time** | 12 minutes |

# %% [markdown]
# ## One file, one slice
#
# Scanners write **DICOM** files, mostly one for each slice. A file is a long list of
# *elements*, each with a number (its **tag**), a type and a value, and the last one holds
# the pixels. This one is a real head; it comes with the `pydicom` package.

# %%
import pydicom

import ctkit

path = ctkit.samples.head_slice()
dataset = pydicom.dcmread(path)
last = list(dataset)[-1]
print(f"{len(dataset)} elements; the last is {last.keyword} {last.tag}, {len(last.value):,} bytes")

# %% [markdown]
# ## The header, without the person
#
# A header names the patient, the doctor, the place and the time. If you print all of it
# in a notebook and save the page, you have published it. `ctkit.header` masks
# such values; it shows what CT needs and where the rest was.

# %%
card = ctkit.header(path)
card

# %% [markdown]
# ## The tags that matter
#
# | tag | name | for |
# |---|---|---|
# | (0028,0010), (0028,0011) | Rows, Columns | the size of the picture |
# | (0028,0030) | PixelSpacing | mm between rows, then between columns |
# | (0020,0032) | ImagePositionPatient | where the centre of the first pixel is, in mm |
# | (0020,0037) | ImageOrientationPatient | in which directions columns and rows run |
# | (0028,1052), (0028,1053) | RescaleIntercept, RescaleSlope | from stored values to HU (page 04) |
# | (0028,1050), (0028,1051) | WindowCenter, WindowWidth | a proposal for the display (page 05) |
#
# `search` finds an element by a word or by its tag:

# %%
card.search("spacing")

# %%
card.search("window")

# %% [markdown]
# Look at the window: **three** centers and three widths stand in one element. Code that
# takes `WindowCenter` for one number fails here.

# %% [markdown]
# ## The pixels
#
# `pixel_array` gives the values as they are **stored**. They are packed with JPEG 2000 here, so a decoder had
# to unpack them; it came with ctkit.

# %%
stored = dataset.pixel_array
print(f"shape {stored.shape}, {stored.dtype}, values {stored.min()} to {stored.max()}")
lowest = stored == stored.min()
print(f"the lowest value fills {lowest.mean():.1%} of the picture: {lowest.sum():,} pixels")

# %% [markdown]
# A fifth of all pixels is exactly -2000. Nothing in a body has this value: it is **padding**, put
# around the circle that the scanner can see. The file should declare it
# (PixelPaddingValue), and does not. `load` notices, turns it into air, and
# says so.

# %%
one = ctkit.load(path)
one

# %%
ctkit.show_slice(one, window="brain", title="One slice, brain window")

# %% [markdown]
# **Try this.** Point at the black corner of the picture, outside of the circle, and read
# the value under the pointer.

# %%
ctkit.explore(one, window="brain")

# %% [markdown]
# The probe reads **-1000 HU**: air. Had the padding been taken for data, it would read -2000
# there; had it been set to 0, the corner would be *water*.
#
# ## In short
#
# | | |
# |---|---|
# | A DICOM file | elements with a tag, and pixels as *stored values* |
# | Read it | `pydicom.dcmread(path)`; to look: `ctkit.header(path)`, which masks who and where |
# | Padding | declared or not, it is no data: `ctkit.load` makes it air and reports it |
#
# **Next:** [02 · Build a volume](02_build_a_volume.ipynb)
