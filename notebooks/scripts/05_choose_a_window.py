# %% [markdown]
# # 05 · Choose a window
#
# | | |
# |---|---|
# | **You will** | show the same slice for brain and for bone, and set a window by hand |
# | **You learn** | what center and width do, what DICOM's three functions are, and why pictures must not scale themselves |
# | **You need** | page 04 |
# | **Time** | 12 minutes |

# %% [markdown]
# ## Too many values for the eye
#
# A CT spans some 4000 HU. A screen shows 256 greys, and the eye tells apart fewer. Grey and white matter differ by about
# 10 HU: on a scale from -1000 to 3000 that is less than one grey. So one shows a **window**:
# the HU around a **center**, over a **width**. What lies below is black, above is white.
# (Radiology also says *level* for the center, and writes W80 L40.)

# %%
import numpy as np

import ctkit

head = ctkit.load(ctkit.samples.head())
ctkit.show_windows(head, ("full", "brain", "bone"), index=60)

# %% [markdown]
# Three pictures of the same numbers. In the first one nothing in the brain can be told apart; in the second the ventricles
# and the folds of the brain appear, and all bone is white; in the third the skull shows its
# inner structure, and the brain is one grey.

# %%
for row in ctkit.PRESET_TABLE:
    print(f"{row.key}  {row.name:12} center {row.center:5g}  width {row.width:5g}  {row.source}")

# %% [markdown]
# ## What the function does
#
# `apply_window` gives greys from 0 to 1, or bytes from 0 to 255 with `dtype=np.uint8`. The orange line is
# the brain window over the histogram of the head.

# %%
ctkit.show_histogram(head, window="brain", limits=(-150, 250))

# %%
hu = np.array([-1000, 0, 20, 40, 60, 80, 400])
print("HU  ", hu)
print("0..1", ctkit.apply_window(hu, 40, 80).round(3))
print("byte", ctkit.apply_window(hu, 40, 80, dtype=np.uint8))

# %% [markdown]
# ## Three functions
#
# DICOM's default, LINEAR, counts whole values: a window of 40/80 goes from 0 to **79**, and its middle lies between 39 and 40
# (PS3.3 C.11.2.1.2). LINEAR_EXACT is the plain formula, from 0 to 80. SIGMOID is a soft curve with no ends. For a wide
# window the first two hardly differ; for a narrow one they do.

# %%
for center, width in ((40, 400), (40, 80), (32, 8)):
    around = np.arange(center - width, center + width)
    linear = ctkit.apply_window(around, center, width, "LINEAR")
    exact = ctkit.apply_window(around, center, width, "LINEAR_EXACT")
    apart = 255 * abs(linear - exact).max()
    print(f"{center}/{width}: LINEAR and LINEAR_EXACT differ by {apart:.1f} greys")

# %% [markdown]
# ## What goes wrong
#
# **1. `width // 2`.** With whole numbers (40, 81) shows 0 to 80, and a window of width 1 has none at all.
#
# **2. A picture that scales itself.** After `np.clip`, `imshow` without `vmin` and `vmax` stretches what is left from black to white. In a
# slice whose brightest voxel is 60 HU, a voxel of 30 HU then gets grey 0.5. Next to it, in a slice with bone, the same 30 HU get 0.375.

# %%
soft, bony = np.array([0, 30, 60]), np.array([0, 30, 1200])
for name, values in (("without bone", soft), ("with bone", bony)):
    clipped = np.clip(values, 0, 80)
    itself = (clipped - clipped.min()) / (clipped.max() - clipped.min())
    fixed = ctkit.apply_window(values, 40, 80, "LINEAR_EXACT")
    print(f"{name:13} 30 HU: scales itself {itself[1]:.3f}, fixed window {fixed[1]:.3f}")

# %% [markdown]
# **3. Bytes before clipping.** Cast to 8 bits first, and values out of the window wrap around: air turns light grey.

# %%
scaled = (np.array([-1000.0]) - (40 - 200)) / 400 * 255
print("cast, not clipped:", scaled.astype(np.int64).astype(np.uint8)[0])
print("apply_window:     ", ctkit.apply_window([-1000], 40, 400, dtype=np.uint8)[0])

# %% [markdown]
# ## Set it by hand
#
# **Try this.** Click on the picture and press **4** for bone, then **5** for brain. Then drag on the picture: to the right
# makes the window wider. Or move the two sliders.

# %%
ctkit.explore(head, slice=60, window="soft tissue")

# %% [markdown]
# After **4** the sliders stand at center **400** and width **1000**, after **5** at 40 and 80. At 40/80 the ventricles are
# dark and the brain is grey; in between you saw them vanish.
#
# ## In short
#
# | | |
# |---|---|
# | A window | `(center, width)` in HU: what lies outside is black or white |
# | Greys | `ctkit.apply_window(hu, center, width)`, 0..1, or bytes |
# | Presets | `ctkit.PRESETS["brain"]`; keys 1 to 8 in the viewer |
# | The window is for the eye | compute with HU, never with greys |
#
# **Next:** [06 · Keep only the head](06_keep_only_the_head.ipynb)
