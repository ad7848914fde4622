# %% [markdown]
# # 10 · Save without lying
#
# | | |
# |---|---|
# | **You will** | save a volume as NIfTI, npy and pictures, read all of them back, and measure what was lost |
# | **You learn** | which format keeps what, and what must stand beside a picture |
# | **You need** | page 05 |
# | **Time** | 12 minutes |

# %%
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import ctkit

head = ctkit.load(ctkit.samples.head())
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Data: NIfTI, npz, npy
#
# A NIfTI keeps every HU and where each voxel is. An npz keeps both for NumPy. An npy keeps the numbers only: spacing,
# origin, left and right are gone.

# %%
for name in ("head.nii.gz", "head.npz", "head.npy"):
    path = ctkit.save(head, folder / name)
    print(f"{path.name:12} {path.stat().st_size / 1e6:6.1f} MB")

# %%
nifti = ctkit.load(folder / "head.nii.gz")
with np.load(folder / "head.npz", allow_pickle=False) as file:
    affine = file["affine"]
array = np.load(folder / "head.npy", allow_pickle=False)
print(
    "NIfTI: HU",
    np.array_equal(nifti.array, head.array),
    "mm",
    np.allclose(nifti.affine, head.affine),
)
print("npz:   mm", np.allclose(affine, head.affine))
print("npy:   HU", np.array_equal(array, head.array), "mm lost")

# %% [markdown]
# ## Pictures: PNG and JPEG
#
# For a slide or a paper: one plane, through one window. A picture has 256 greys, so what lies outside of the window is
# gone. The window stands in the file beside the greys; without it nobody can turn them back into HU.

# %%
for name in ("slice.png", "slice.jpg"):
    ctkit.save(head, folder / name, slice=60, window="brain", quality=75)
with Image.open(folder / "slice.png") as image:
    facts = json.loads(image.info["Comment"])
    print(image.size, image.mode, facts)
    display(image)

# %% [markdown]
# ## What is lost
#
# Back to HU by the window, and against the truth, where the truth lies inside of the window:

# %%
truth = head.plane("axial", 60).astype(float)
inside = (truth > 0) & (truth < 79)


def error(path):
    with Image.open(path) as image:
        greys = np.asarray(image).astype(float)
    hu = (greys / 255 - 0.5) * (80 - 1) + 40 - 0.5
    return np.abs(hu - truth)[inside]


# %%
ctkit.save(head, folder / "slice95.jpg", slice=60, window="brain", quality=95)
for name in ("slice.png", "slice95.jpg", "slice.jpg"):
    size = (folder / name).stat().st_size / 1000
    print(f"{name:12} {size:5.1f} kB, error up to {error(folder / name).max():5.2f} HU")

# %% [markdown]
# The PNG is off by half a grey at most: 80 HU over 256 greys. JPEG moves HU about, most where there is noise: at
# quality 75 by more than grey and white matter differ. A PNG of **16 bits** (no window) keeps all of them:

# %%
ctkit.save(head, folder / "slice16.png", slice=60)
with Image.open(folder / "slice16.png") as image:
    offset = json.loads(image.info["Comment"])["hu_offset"]
    back = np.asarray(image).astype(int) - offset
print("16-bit PNG, every HU the same:", np.array_equal(back, truth))

# %% [markdown]
# ## What goes wrong
#
# `matplotlib.image.imsave` writes a picture as well, but scales it from its own minimum to its own maximum, and colours
# it. Two pictures of 0 to 40 HU and of 0 to 80 HU become **the same file**.

# %%
import matplotlib.image as mpimg

half, whole = np.array([[0, 20, 40]]), np.array([[0, 40, 80]])
for name, values in (("half.png", half), ("whole.png", whole)):
    mpimg.imsave(folder / name, values)
same = (folder / "half.png").read_bytes() == (folder / "whole.png").read_bytes()
print("0..40 HU and 0..80 HU give the same bytes:", same, mpimg.imread(folder / "half.png").shape)

# %% [markdown]
# ## Look at what came back
#
# **Try this.** This is the NIfTI, read back. Press **5** for the brain window (click on the picture first), and point at index
# **[60, 128, 120]**. It is the voxel of page 04; in a NIfTI of this head the rows are counted from the back.

# %%
ctkit.explore(nifti, slice=60)

# %% [markdown]
# The probe reads **4 HU**, as on page 04: nothing was lost on the way.

# %%
import shutil

shutil.rmtree(folder)
print(f"{nifti.array[60, 128, 120]} HU at [60, 128, 120]")

# %% [markdown]
# ## In short
#
# | format | HU | millimetres | for |
# |---|---|---|---|
# | NIfTI | exact | yes | data |
# | npz | exact | yes, as an array | data in NumPy |
# | npy | exact | no | arrays on the way |
# | PNG, 16 bits | exact, one plane | spacing in the comment | one plane as data |
# | PNG, 8 bits | within half a grey of its window | spacing in the comment | slides, papers |
# | JPEG | moved by several HU | spacing in the comment | nothing you measure |
#
# This is the end of the walk: from files to Hounsfield units, to windows, a clean head, a place that is kept, cubes of 1 mm, and a
# file that says the truth.
