# %% [markdown]
# # 08 · Crop, center, pad
#
# | | |
# |---|---|
# | **You will** | cut a head out of its air, put it into the middle of a frame, and make it 512 x 512 |
# | **You learn** | how each voxel keeps its millimetres through all of it |
# | **You need** | page 06 |
# | **Time** | 12 minutes |

# %%
import numpy as np

import ctkit

head = ctkit.keep_head(ctkit.load(ctkit.samples.head()))
mask = ctkit.head_mask(head)
print(f"{mask.array.mean():.1%} of the voxels are head; the rest is air to carry around")

# %% [markdown]
# ## Crop
#
# `crop` keeps the smallest box around a mask, with a margin in millimetres.

# %%
box = ctkit.crop(head, mask, margin_mm=5)
print("before:", head.shape, "first voxel at", head.origin.round(1), "mm")
print("after: ", box.shape, "first voxel at", box.origin.round(1), "mm")
print(*box.report[-1:])

# %% [markdown]
# The array got smaller, and the **origin** moved with it. So a landmark has other indices now, but the same millimetres:

# %%
landmark = (60, 128, 117)
point = head.to_world(landmark)
there = np.rint(box.to_index(point)).astype(int)
print(f"voxel {landmark} is now voxel {tuple(there.tolist())}, still at {point.round(1)} mm")
print(f"{head.array[landmark]} HU before, {box.array[tuple(there)]} HU after")

# %% [markdown]
# **Try this.** Move the margin, and watch the box grow around the head. The function below gives the box as a mask, so it
# is drawn over the scan.


# %%
def box_around(volume, margin_mm=5.0):
    own = ctkit.resample(mask, like=volume, kernel="nearest")  # a preview's grid is coarser
    everything = own.with_array(np.ones(own.shape, bool))
    return ctkit.pad(ctkit.crop(everything, own, margin_mm), like=volume)


ctkit.tune(head, box_around, margin_mm=(0.0, 40.0, 1.0), window="brain", opacity=0.15)

# %% [markdown]
# ## Pad and center
#
# Networks often want a fixed size. `pad` puts a volume into the middle of a larger frame; `center` puts the *head* there,
# wherever it was in the scan. The new voxels are air.

# %%
padded = ctkit.pad(head, (512, 512))
centered = ctkit.center(head, mask, (512, 512))
masks = ctkit.pad(mask, (512, 512)), ctkit.center(mask, mask, (512, 512))
for name, where in zip(("pad", "center"), masks, strict=True):
    start, stop = ctkit.bounding_box(where)
    row, column = (start + stop)[1:] / 2
    print(f"{name:7}{where.shape}: the head's middle is at row {row}, column {column}")

# %%
ctkit.show_row({"pad to 512 x 512": padded, "center in 512 x 512": centered}, window=(0, 2000))

# %% [markdown]
# ## There and back
#
# `pad(..., like=...)` undoes a crop: every voxel inside the box is where it was.

# %%
back = ctkit.pad(box, like=head)
start = np.rint(head.to_index(box.origin)).astype(int)
inside = tuple(slice(a, a + n) for a, n in zip(start, box.shape, strict=True))
print("same grid:", np.allclose(back.affine, head.affine), back.shape == head.shape)
print("same voxels in the box:", np.array_equal(back.array[inside], head.array[inside]))

# %% [markdown]
# ## What goes wrong
#
# **1. A row and a column are lost.** A box goes from the first index to the last one *included*; Python's slices leave the
# end out. Popular code forgets the + 1.

# %%
rows = np.flatnonzero(mask.array.any(axis=(0, 2)))
print(f"rows {rows[0]}:{rows[-1]} are {rows[-1] - rows[0]} rows, the head has {rows.size}")

# %% [markdown]
# **2. Padding with zeros.** 0 HU is water, not air.
#
# **3. Each slice for itself.** If every slice is cropped to its own head, the slices no longer lie on top of each other.
#
# **4. Things that don't fit.** Larger than the frame, or an empty mask: both end in an error that says so.

# %%
for attempt in (
    lambda: ctkit.pad(head, (128, 128)),
    lambda: ctkit.crop(head, mask.with_array(np.zeros(mask.shape, bool))),
):
    try:
        attempt()
    except ctkit.CTError as error:
        print(f"{type(error).__name__}: {error}")

# %% [markdown]
# ## Keep your place
#
# **Try this.** In the cropped head below, choose the **sagittal** plane and move the slider until the label reads
# **R 10.05 mm**, the x of our landmark.

# %%
ctkit.explore(box, slice=0, window="brain")

# %% [markdown]
# It is the slice whose number was printed above, the last of the three, and was slice 117 of the scan: the index has
# changed, the millimetres have kept the place.
#
# ## In short
#
# | | |
# |---|---|
# | Cut out | `ctkit.crop(volume, mask, margin_mm=5)` |
# | Enlarge | `ctkit.pad(volume, (512, 512))`, or `like=` to undo a crop |
# | Into the middle | `ctkit.center(volume, mask, (512, 512))` |
# | Indices change, millimetres don't | `volume.to_world(index)`, `volume.to_index(point)` |
#
# **Next:** [09 · Resample to 1 mm](09_resample_to_1_mm.ipynb)
