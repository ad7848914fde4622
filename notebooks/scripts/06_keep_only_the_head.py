# %% [markdown]
# # 06 · Keep only the head
#
# | | |
# |---|---|
# | **You will** | cut the head out of a scan in four steps, put air in the place of the rest, and measure how good the result is |
# | **You learn** | threshold, opening, component, filling; why one slice is not enough; how to compare two masks |
# | **You need** | page 05 |
# | **Time** | 50 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

head = ctkit.load(ctkit.samples.head())

# %% [markdown]
# A neural network learns from whatever is in the picture. If every scan from one hospital shows the same headrest, it may learn the headrest. So you keep the head, and turn the rest into air.
#
# In the course's head the hard shell of the headrest, a part of the **table**, is a thin arc well away from the skin. Between them lie soft pads of about -600 HU. All that is easy to take off. So we draw in something harder, close to the skin: a **cushion** of 400 HU, 3 mm thick. At its nearest place only 2 mm lie between it and the skin.

# %%
array = head.array.copy()
array[30:80, 6:9, 80:170] = 400  # in this file, rows run from the back to the front
cushioned = head.with_array(array)

# %% [markdown]
# ## What belongs to the head?
#
# A **mask** is a volume of True and False on the grid of the scan. It says which voxels count. You will build one in four steps. We use a grid of 2 mm, so that each step is quick.
#
# *Step 1: a* **threshold**. Air is -1000 HU, and skin is near 0. The edge of the skin lies half way between them, at -500 HU, even if the scanner has blurred it. (Where the skin lies on a pad of -600 HU, half way is -300 HU, and the border at -500 HU lies a little too far out.)
#
# **Predict.** What will be True above -500 HU that is not head? And which part of the head will be False?

# %%
coarse = ctkit.resample(cushioned, (2, 2, 2))
matter = coarse.array > -500
film = ctkit.show_planes(coarse.with_array(matter), head.to_world((40, 128, 128)))
matter_ml = matter.sum() * coarse.voxel_ml
film.says(f"Above -500 HU lie {matter_ml:,.0f} ml, with headrest and cushion, without the airways")

# %% [markdown]
# The headrest and the cushion are in. The sinuses and the airways are out, because air fills them.
#
# *Step 2: an* **opening**. Keep only those places where a ball of 4 mm radius fits in. Thin things disappear. In terms of **morphology** (Serra, 1982) this is an erosion, which takes 4 mm off everywhere, and then a dilation, which puts 4 mm back on what is left.


# %%
def opened(matter, spacing, radius):
    """Where a ball of `radius` mm fits in: first erode, then dilate, by distances in mm."""
    eroded = ndimage.distance_transform_edt(matter, sampling=spacing) > radius
    return ndimage.distance_transform_edt(~eroded, sampling=spacing) <= radius


thick = opened(matter, coarse.spacing, radius=4)
print(f"the opening takes {(matter & ~thick).sum() * coarse.voxel_ml:.0f} ml away")

# %% [markdown]
# *Step 3: the largest component.* A **component** is a set of voxels that touch each other, here face to face, in 3-D. Keep the largest one.


# %%
def largest(matter):
    """The largest component."""
    pieces, count = ndimage.label(matter)  # numbers from 1; 0 is what is False
    sizes = np.bincount(pieces.ravel())[1:]
    print(f"{count} components, the largest has {100 * sizes.max() / sizes.sum():.2f} %")
    return pieces == 1 + sizes.argmax()


one = largest(thick)
without = largest(matter)

# %% [markdown]
# The first line is with the opening, the second is without. The opening has already removed nearly all that is not head, and so step 3 has little left to do here. Without the opening, the cushion hangs on the skin by a few voxels, and is kept.
#
# *Step 4: filling.* Sinuses and airways are air, but they belong to the head. SciPy fills holes that are closed all around. In 3-D the nose and the neck are open. So in this step, and only in this one, we go **slice by slice**, where more holes are closed.

# %%
filled = np.array([ndimage.binary_fill_holes(picture) for picture in one])
by_hand = coarse.with_array(filled)
print(f"filling adds {(filled & ~one).sum() * coarse.voxel_ml:.0f} ml")
print(f"four steps: {filled.sum() * coarse.voxel_ml:,.0f} ml")

# %% [markdown]
# The opening also rounds off ears and nose, so this is not yet the border you want. `head_mask` does these four steps too. It fills first, so that the ball doesn't break up bone around air. Then it does three things more. It applies the threshold again on the fine grid. It puts back thin parts of the head, such as the ears. It takes off what the headrest leaves where it touches
# the skin. Its report says how much other matter was left out: the **leftovers**. If that number is large, a part of the head may be lost.

# %%
mask = ctkit.head_mask(cushioned)
print(*mask.report)

# %%
film = ctkit.show_planes(cushioned, head.to_world((45, 100, 127)), window=(-200, 1600), mask=mask)
count = mask.array.any(axis=(1, 2)).sum()
film.says(
    f"The outline holds {mask.array.sum() * mask.voxel_ml:,.0f} ml in {count} of {len(mask.array)} "
    "slices; the last slice lies above the head"
)

# %% [markdown]
# **Try this.** Here are the four steps with a slider for the radius of the ball. Move *opening mm* down to **1**. Look at the cushion, and at the millilitres over the picture.


# %%
def four_steps(volume, opening_mm=4):
    pieces, _ = ndimage.label(opened(volume.array > -500, volume.spacing, opening_mm))
    piece = pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()
    filled = np.array([ndimage.binary_fill_holes(picture) for picture in piece])
    return volume.with_array(filled, f"four steps: {filled.sum() * volume.voxel_ml:.0f} ml")


ctkit.tune(coarse, four_steps, opening_mm=(1.0, 8.0, 0.5), slice=34, window=(-200, 1600))

# %% [markdown]
# With a ball of 1 mm the mask has **3342 ml**, 94 ml more than that of `head_mask`. This ball is no wider than a voxel of the grid, so it takes nothing away. The cushion hangs on the skin, and a part of the headrest hangs on the cushion. `head_mask` guards against this. If a larger ball would cut off a piece of more
# than 15 ml, it takes the larger ball, and keeps the largest piece.
#
# ### Mistake: each slice for itself
#
# A well-known recipe takes what is above 0 HU, makes it two pixels fatter, and keeps the largest piece *of each slice*. **Predict.** What is the largest piece in the top slices, where the head is small? We try it on a phantom, whose
# true mask is known. Its headrest touches the skin.

# %%
body = ctkit.phantom.head_phantom(headrest_gap_mm=0)
grid = ctkit.phantom.make_grid((36, 110, 96), (5.0, 2.5, 2.2), center=(0, 10, 15))
scan, truth = body.render(grid), body.mask(grid)
found = ctkit.head_mask(scan)


def one_slice(picture):
    labels, count = ndimage.label(ndimage.binary_dilation(picture > 0, iterations=2))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    return ndimage.binary_fill_holes((labels == sizes.argmax()) & (sizes.max() > 0))


# %%
naive = scan.with_array([one_slice(picture) for picture in scan.array])
has = truth.array.any(axis=(1, 2))
missed = has & ~(naive.array & truth.array).any(axis=(1, 2))
film = ctkit.show_row({"slice by slice": naive, "head_mask": found}, "sagittal", (0, 0, 15))
more = (naive.array & ~truth.array).sum() * naive.voxel_ml
film.says(
    f"Slice by slice the mask has {more:.0f} ml too much, and misses the head in {missed.sum()} of "
    f"{has.sum()} slices"
)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which would you rather have: a mask that misses 1 % of the head, or one that holds 1 % of the table?
#
# *What to expect:* It depends on what follows. For cropping the first is worse: it may cut off skin. For a mean in HU the second may be.

# %% [markdown]
# At the top the headrest is the largest piece, so the head is lost there. Below, the two touch, so the headrest counts as head. That makes 200 of the 254 ml. The other 54 ml are the fatter rim. In 3-D the head is one large piece, and the headrest is a smaller one.

# %% [markdown]
# ## What stands in the place of the rest?
#
# **Predict.** A colleague writes `mask * image`. Which value do the voxels outside the head get, and what is that in HU?

# %%
water = head.with_array(mask.array * head.array)
air = head.with_array(np.where(mask.array, head.array, ctkit.AIR))
for name, volume in {"mask * image": water, "air outside": air}.items():
    like_water = (np.abs(volume.array) < 10).sum() * volume.voxel_ml
    print(f"{name}: mean {volume.array.mean():.0f} HU, {like_water:,.0f} ml look like water")

# %% [markdown]
# ### Mistake: `mask * image`
#
# It gives 0, and 0 HU is **water** (page 04). The head lies in a block of 6.5 litres of it (the rest of the 6.7 is in the head). Air is -1000 HU, so use `np.where(mask, image, -1000)`. `keep_head` finds the mask and does this in one call:

# %%
clean = ctkit.keep_head(head)
film = ctkit.show_row({"before": head, "after": clean}, "sagittal", window=(-200, 1600))
gone = (head.array > -500) & (clean.array <= -500)
film.says(
    f"{gone.sum() * head.voxel_ml:.0f} ml of the headrest became air, and no voxel of the head "
    "changed"
)

# %%
inside = ctkit.head_mask(head).array
print("changed inside:", np.count_nonzero(clean.array[inside] != head.array[inside]), "voxels")
print(f"noise before: {ctkit.noise_sd(head):.2f} HU, after: {ctkit.noise_sd(clean):.2f} HU")

# %% [markdown]
# Keeping only the head is often called the removal of *noise*. Noise is the variation of HU within one tissue. A mask doesn't touch it, as the last line shows. Page 07 does.
#
# **Try this.** Go to slice **20**, and point at the lower left, where one end of the headrest was: index **[20, 0, 84]**.

# %%
ctkit.explore(clean, slice=30, window=(-200, 1600))

# %% [markdown]
# You read **-1000 HU**. Before, it was:

# %%
print(f"before: {head.array[20, 0, 84]} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** 0 outside of the head, or -1000: why does it matter to a network?
#
# *What to expect:* 0 HU is water. The head would float in water, and its skin would be an edge of another kind than on any patient.

# %% [markdown]
# ## How good is the mask?
#
# Where the truth is known, as in the phantom, two numbers tell. One is the **volume** in millilitres. The other is the **Dice** coefficient: twice the voxels that they share, divided by the sum of their voxels (Dice, 1945). 1 means
# the same mask, 0 means no voxel in common.
#
# **Predict.** Take the true mask, and add a rim of one voxel all around. How much does Dice fall: to 0.99, 0.96 or 0.80? And how many millilitres are too many?

# %%
ctkit.predict("06.a", ("0.99", "0.96", "0.80"))


# %%
def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


rim = ndimage.binary_dilation(truth.array)
print(f"with a rim: Dice {dice(rim, truth.array):.3f}")
print(f"{(rim.sum() - truth.array.sum()) * truth.voxel_ml:.0f} ml too many")

# %%
ctkit.predict("06.a", measured=f"{dice(rim, truth.array):.2f}")

# %% [markdown]
# One voxel all around is 7.5 % of this head. Here is the mask of `head_mask`:

# %%
true_ml, found_ml = (v.array.sum() * v.voxel_ml for v in (truth, found))
film = ctkit.show_planes(scan, (0, 60, 0), window=(-200, 1600), mask=found)
film.says(
    f"The phantom's head has {true_ml:,.0f} ml, the mask {found_ml:,.0f} ml, "
    f"with a Dice coefficient of {dice(found.array, truth.array):.4f}"
)

# %% [markdown]
# **Try this.** Raise *threshold hu* from -500 to **0**. Look at the skin, and at the millilitres.

# %%
ctkit.tune(scan, ctkit.head_mask, threshold_hu=(-900, 200, 50), slice=22, window=(-200, 1600))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Dice is 0.96. Is that good?
#
# *What to expect:* Not without the size. A rim of one voxel around a large head costs little, and around a small lesion nearly everything.

# %% [markdown]
# Only **2750 ml** are left. The scalp of the phantom is fat, with -60 HU, and lies below a threshold of 0 HU. At -900 HU the mask is too large, because the blurred edge between air and skin counts as well. A threshold half way between the two sides of an edge leaves the edge where
# it is.

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | The mask | `ctkit.head_mask(volume)`: a Volume of bool on the same grid |
# | What was left out | `mask.report`, in ml |
# | The clean head | `ctkit.keep_head(volume)`: air outside |
# | The largest piece | in 3-D; slice by slice, the head is lost at the top |
# | Outside | -1000 HU; 0 HU is water |
# | How good | millilitres **and** Dice, against a truth |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("06.1")` gives one more hint each time, and `ctkit.solution("06.1")` shows one solution.

# %% exercise="06.1"

# %% exercise="06.2"

# %% exercise="06.3"

# %% exercise="06.4"

# %% exercise="06.5"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("06")

# %%
ctkit.progress("06")

# %% [markdown]
# And two to look at. Set `headrest_gap_mm=-2` in the phantom, which presses the headrest into the head: the mask of `head_mask` should stay within 1 % of the truth. Then take a threshold from a picture: how many ml are above grey 0 in the brain window, and in the bone window
# (`apply_window(..., dtype=np.uint8)`)?

# %% [markdown]
# ## In practice
#
# - Look at the outline in all three planes, and at the first and last slice, before you use a mask on a thousand scans.
# - Write down the millilitres and the leftovers of each scan. Look at the outliers.
# - If you keep the largest piece of *air*, for lungs or sinuses, keep the two largest pieces, because left and right need not be connected; where they touch, they must be parted (Hu et al., 2001).
# - A face is another matter: a mask of the head keeps it (page 01).
# - For organs inside the body, thresholds don't get far. There, trained networks are the usual way.
#
# ## Further reading
#
# - SciPy, [Multidimensional image processing](https://docs.scipy.org/doc/scipy/tutorial/ndimage.html): morphology, label, distance transform
# - L. R. Dice (1945), [Measures of the amount of ecologic association between species](https://doi.org/10.2307/1932409)
# - S. Hu, E. A. Hoffman, J. M. Reinhardt (2001), [Automatic lung segmentation](https://doi.org/10.1109/42.929615)
# - J. Serra (1982), Image Analysis and Mathematical Morphology, Academic Press
#
# **Next:** [07 · Reduce noise, and say what it cost](07_reduce_noise.ipynb)
