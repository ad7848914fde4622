# %% [markdown]
# # 06 · Keep only the head
#
# | | |
# |---|---|
# | **You will** | part the head from the table, and put air where the table was |
# | **You learn** | threshold, opening, component, filling; and why one slice is not enough |
# | **You need** | page 05 |
# | **Time** | 15 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

head = ctkit.load(ctkit.samples.head())
ctkit.show_slice(head, index=20, window=(-200, 1600), title="The head, and what it lies on")

# %% [markdown]
# A network learns from whatever is in the picture, so from the table too, and anything measured over the whole volume
# counts it. What belongs to the head?
#
# This is **masking**: saying which voxels count. It is not denoising, although a well-known tutorial
# calls it so.
#
# ## What goes wrong: every slice for itself
#
# That tutorial takes everything above 0 HU, makes it 2 px fatter, and keeps the largest connected piece, in every
# slice for itself.


# %%
def one_slice(picture):
    labels, count = ndimage.label(ndimage.binary_dilation(picture > 0, iterations=2))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    return ndimage.binary_fill_holes((labels == sizes.argmax()) & (sizes.max() > 0))


def slice_by_slice(volume):
    return volume.with_array([one_slice(picture) for picture in volume.array])


# %% [markdown]
# On this scan that looks fine. Now put a **headrest** of 3 rows behind the head, 2 to 4 voxels away from it, as many
# scanners have one. Made fatter by 2 px, head and headrest touch, and are one piece.

# %%
rested = head.array.copy()
rested[30:80, 6:9, 80:170] = 400
rested = head.with_array(rested)
naive = slice_by_slice(rested)
ctkit.show_slice(rested, index=45, window=(-200, 1600), mask=naive, title="slice by slice")

# %% [markdown]
# ## The right way, in 3-D
#
# `head_mask` takes four steps, with lengths in millimetres and not in pixels:
#
# 1. **Threshold** in HU, far below soft tissue and far above air.
# 2. **Opening**: shave a few millimetres off and put them back. Thin bridges between head and holder break.
# 3. **Component**: keep the largest connected piece, in 3-D, so that no slice decides alone.
# 4. **Filling**: sinuses and airways inside belong to the head as well.

# %%
mask = ctkit.head_mask(rested)
print(*mask.report)
extra = (naive.array & ~mask.array).sum() * mask.voxel_ml
print(f"slice by slice: {extra:.0f} ml more, which are headrest and a rim of air")

# %%
ml = mask.array.sum() * mask.voxel_ml
print(f"the head has {ml:,.0f} ml, and is in {mask.array.any(axis=(1, 2)).sum()} of 108 slices")
ctkit.show_montage(rested, 12, window=(-200, 1600), mask=mask)

# %% [markdown]
# ## Put air around it
#
# `mask * image` fills the rest with 0 HU, and 0 HU is **water**: the head would lie in a block of water. Outside is air, -1000 HU.

# %%
clean = ctkit.keep_head(head)
corner = (20, 30, 20)
print(f"mask * image: {(mask.array * head.array)[corner]} HU at {corner}, which is water")
print(f"keep_head:    {clean.array[corner]} HU, air")

# %%
ctkit.show_row({"before": head, "after": clean}, "sagittal", window=(-200, 1600))

# %% [markdown]
# ## Try the parameters
#
# **Try this.** Move *opening mm* down to **1**. While you move it, you see a preview made on a coarse grid; when the slider
# rests, the whole result comes, and its millilitres stand under the picture.

# %%
ctkit.tune(
    rested,
    ctkit.head_mask,
    opening_mm=(1.0, 8.0, 0.5),
    threshold_hu=(-900, 200, 50),
    slice=45,
    window=(-200, 1600),
)

# %% [markdown]
# With an opening of 1 mm the mask has **3267 ml**, 24 ml more than with 4 mm: thin things that touch the head have come
# back into it.
#
# ## See what is gone
#
# **Try this.** Go to slice **20** and point at the place behind the head (below it in the picture) where the table was,
# at index **[20, 2, 128]**, and read the HU.

# %%
ctkit.explore(clean, slice=30, window=(-200, 1600))

# %% [markdown]
# It reads **-1000 HU**: air. Before, -626 HU stood there, of what the head lies on.
#
# ## In short
#
# | | |
# |---|---|
# | The mask | `ctkit.head_mask(volume)`: a Volume of bool on the same grid |
# | The clean head | `ctkit.keep_head(volume)`: air outside, and the report says how much was left out |
# | Not slice by slice | small slices keep the table and drop the head |
# | Not 0 | 0 HU is water |
#
# **Next:** [07 · Reduce noise](07_reduce_noise.ipynb)
