# %% [markdown]
# # 04 · Turn values into HU
#
# | | |
# |---|---|
# | **You will** | turn stored values into Hounsfield units and read tissues off a histogram |
# | **You learn** | what HU are, what the rescale does, and three ways to get it wrong |
# | **You need** | page 01 |
# | **Time** | 12 minutes |

# %% [markdown]
# ## What a Hounsfield unit is
#
# A scanner measures how strongly each voxel weakens X-rays: the attenuation coefficient μ. It depends on the
# tube's voltage, so it is compared with water and air:
#
# $$\mathrm{HU} = 1000\,\frac{\mu - \mu_\text{water}}{\mu_\text{water} - \mu_\text{air}}$$
#
# By this definition water is **0** and air is **-1000**. Fat is a little lighter than water,
# brain a little denser, bone far denser. These are usual ranges (after Buzug 2008 and Prokop 2003; `ctkit.hounsfield` has the
# sources); they overlap, and differ by some HU between scanners.

# %%
import numpy as np
import pydicom

import ctkit

for name, (low, high) in ctkit.TISSUES.items():
    print(f"{name:14} {low:6} to {high:5} HU")

# %% [markdown]
# ## From stored values to HU
#
# A DICOM file holds integers of its own scale. Two tags turn them into HU (PS3.3 C.11.1):
#
# HU = RescaleSlope x stored + RescaleIntercept

# %%
folder = ctkit.samples.head_dicom()
path = sorted(folder.rglob("*.dcm"))[60]
dataset = pydicom.dcmread(path)
stored = dataset.pixel_array
slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
hu = ctkit.to_hu(stored, slope, intercept)
print(f"slope {slope:g}, intercept {intercept:g}")
print(f"stored {stored.min()} to {stored.max()}, {stored.dtype}")
print(f"HU     {hu.min()} to {hu.max()}, {hu.dtype}")

# %% [markdown]
# `to_hu` takes arrays of any dimension. Slope and intercept may differ from slice to slice, so each
# slice needs its own; `ctkit.load` sees to that.
#
# ## What goes wrong
#
# **1. Integers wrap.** An int16 ends at ±32767. Subtract 1024 from -32768 in int16, and it
# comes out as +31744: denser than any bone.

# %%
lowest = np.array([-32768], np.int16)
print("int16 arithmetic:", (lowest - np.int16(1024))[0])
print("ctkit.to_hu:     ", ctkit.to_hu(lowest, 1, -1024)[0])

# %% [markdown]
# **2. Padding taken for data.** Outside of the circle that it sees, a scanner may store a value such as -2000. Rescaled with
# -1024 it is -3024 HU, which nothing can be. Padding has to be found in the *stored* values.

# %%
values = np.array([-2000, 24, 1064], np.int16)
print("as data:   ", ctkit.to_hu(values, 1, -1024))
print("as padding:", ctkit.to_hu(values, 1, -1024, padding=-2000))

# %% [markdown]
# **3. Padding set to 0.** A popular recipe writes `image[image == -2000] = 0` *before* the rescale. If the intercept is 0, as in the real
# slice of page 01, padding turns into water.

# %%
real = pydicom.dcmread(ctkit.samples.head_slice())
wrong = real.pixel_array.copy()
wrong[wrong == -2000] = 0
wrong = wrong * float(real.RescaleSlope) + float(real.RescaleIntercept)
right = ctkit.load(ctkit.samples.head_slice()).array[0]
changed = wrong != right
there, truth = wrong[changed].max(), right[changed].max()
print(f"{changed.sum():,} pixels differ: {there:g} HU there, and should be {truth}")

# %% [markdown]
# ## The head as a histogram
#
# How many voxels have which HU, on a logarithmic axis. Air makes the highest peak. Brain makes the one near 30 HU. The
# coloured bands are usual ranges of tissues.

# %%
head = ctkit.load(folder)
ctkit.show_histogram(head)

# %%
for name in ("air", "fat", "dense bone"):
    low, high = ctkit.TISSUES[name]
    inside = (head.array >= low) & (head.array <= high)
    print(f"{name:10} {inside.sum() * head.voxel_ml:8.0f} ml")

# %% [markdown]
# A range of HU is no organ: the table is in there too, and voxels on the border of bone and air have the HU of brain,
# because a voxel holds the mean of what is in it. This is the *partial volume effect*.
#
# ## Probe it
#
# **Try this.** Point at the dark ventricle in the middle of the brain, and hold the pointer at index
# **[60, 127, 120]**. Then point at the skull. Read the HU.

# %%
ctkit.explore(head, slice=60, window="brain")

# %% [markdown]
# At [60, 127, 120] the probe reads **4 HU**: the ventricles are filled with a fluid that is almost water. The skull reads
# 1000 HU and more. Move by a few voxels within the ventricle, and the number jumps about by some 10 HU: this is noise, the
# subject of page 07.
#
# ## In short
#
# | | |
# |---|---|
# | HU | water 0, air -1000, on every scanner |
# | The rescale | `ctkit.to_hu(stored, slope, intercept, padding=None)`: never wraps, int16 where exact |
# | Padding | found in stored values, becomes air, never water |
# | A whole scan | `ctkit.load` does it slice by slice |
#
# **Next:** [05 · Choose a window](05_choose_a_window.ipynb)
