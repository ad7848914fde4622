# %% [markdown]
# # 06 · Keep only the head
#
# | | |
# |---|---|
# | **You will** | part the head from table and headrest in four steps, look at each, and put air where the table was |
# | **You learn** | threshold, opening, component, filling; why one slice is not enough; how good a mask is |
# | **You need** | page 05 |
# | **Time** | 30 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

head = ctkit.load(ctkit.samples.head())
headrest = head.array.copy()
headrest[30:80, 6:9, 80:170] = 400
rested = head.with_array(headrest)

# %% [markdown]
# Behind the head of this scan lies the curved **table** of the scanner. Many scanners hold the head in a **headrest** besides; this one is drawn
# in: three rows of 400 HU, 2 to 4 voxels behind the skin. A network learns from whatever is in the picture, so from those
# as well, and all that is measured over the whole volume counts them.
#
# ## What belongs to the head?
#
# A **mask** is a volume of True and False on the grid of the scan: which voxels count. It takes four steps to it, here with SciPy on
# a grid of 2 mm, so that each can be seen.
#
# 1. **Threshold**: what is above -500 HU is matter. That is half way from air (-1000 HU) to soft tissue (about 0 to 100 HU),
#    and half way is where an edge lies that the scanner has blurred.
# 2. **Opening**: keep only where a ball of 4 mm fits in. Thin things go: the table, the headrest, bridges of cloth. In terms of
#    **morphology** (Serra, 1982) it is an erosion, which shaves 4 mm off, and a dilation, which puts them back.
# 3. **Component**: of what hangs together in 3-D, keep the largest piece.
# 4. **Filling**: airways and sinuses, which are air, lie inside of the head and belong to it.


# %%
def opened(matter, spacing, radius):
    """Where a ball of `radius` mm fits in. The scan goes on beyond its ends."""
    longer = np.pad(matter, ((1, 1), (0, 0), (0, 0)), mode="edge")
    inner = ndimage.distance_transform_edt(longer, sampling=spacing)[1:-1] > radius
    return matter & (ndimage.distance_transform_edt(~inner, sampling=spacing) <= radius)


def largest(matter):
    pieces, _ = ndimage.label(matter)
    return pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()


# %%
coarse = ctkit.resample(rested, (2, 2, 2))
steps = {"1 threshold": coarse.array > -500}
steps["2 opening"] = opened(steps["1 threshold"], coarse.spacing, 4)
steps["3 component"] = largest(steps["2 opening"])
steps["4 filling"] = np.array([ndimage.binary_fill_holes(p) for p in steps["3 component"]])
masks = {name: coarse.with_array(step) for name, step in steps.items()}
ml = {name: step.sum() * coarse.voxel_ml for name, step in steps.items()}
for name, amount in ml.items():
    print(f"{name:12} {amount:6.0f} ml")

# %%
film = ctkit.show_row(masks, "axial", head.to_world((40, 128, 128)))
film.says(
    f"Opening and component take {ml['1 threshold'] - ml['3 component']:.0f} ml away, filling puts "
    f"{ml['4 filling'] - ml['3 component']:.0f} ml of sinuses and airways back"
)

# %% [markdown]
# After the first step table and headrest are in, and the sinuses are holes. The opening rounds off what is thin and sharp, ears and nose too,
# so it is not yet the border that one wants.
#
# `head_mask` does the same four steps, then draws the border anew on the fine grid from the threshold, puts thin parts back
# that hang on the head (ears), and takes off what a holder leaves where it touches the skin. All lengths are in millimetres. Its report says
# how much other matter was left out: the **leftovers**. Read them; a number that is too large says that a part of the
# head was lost.

# %%
mask = ctkit.head_mask(rested)
print(*mask.report)

# %%
film = ctkit.show_planes(rested, head.to_world((45, 100, 127)), window=(-200, 1600), mask=mask)
count = mask.array.any(axis=(1, 2)).sum()
film.says(
    f"The outline holds {mask.array.sum() * mask.voxel_ml:,.0f} ml in {count} of {len(mask.array)} "
    "slices"
)

# %% [markdown]
# **Try this.** Here are the four steps by hand, with a slider for the radius of the ball. Move *opening mm* down to **1**, and look at the headrest
# and at the millilitres over the picture.


# %%
def four_steps(volume, opening_mm=4):
    piece = largest(opened(volume.array > -500, volume.spacing, opening_mm))
    filled = np.array([ndimage.binary_fill_holes(picture) for picture in piece])
    return volume.with_array(filled, f"four steps: {filled.sum() * volume.voxel_ml:.0f} ml")


ctkit.tune(coarse, four_steps, opening_mm=(1.0, 8.0, 0.5), slice=34, window=(-200, 1600))

# %% [markdown]
# With an opening of 1 mm the mask has **3342 ml**, more than 100 ml too many: the headrest, 3 mm thick, is thicker now than the ball of
# 1 mm radius, and its gap to the skin is hardly wider than a voxel of this grid. It has come into the mask. `head_mask` guards against
# that: where a larger ball would part a piece of more than 15 ml from the head, it takes the larger ball.
#
# ## What stands in the place of the table?
#
# Outside of the head shall be air: -1000 HU, by the definition of the unit. `keep_head` copies the head and sets all else to it.

# %%
clean = ctkit.keep_head(head)
film = ctkit.show_row({"before": head, "after": clean}, "sagittal", window=(-200, 1600))
gone = (head.array > -500) & (clean.array <= -500)
film.says(
    f"{gone.sum() * head.voxel_ml:.0f} ml of table and cloth became air, and no voxel of the head "
    "changed"
)

# %% [markdown]
# **Try this.** Go to slice **20** and point at the place behind the head (below it in the picture) where the table was,
# at index **[20, 2, 128]**.

# %%
ctkit.explore(clean, slice=30, window=(-200, 1600))

# %% [markdown]
# It reads **-1000 HU**. Before, there stood what is printed below.

# %%
print(f"before: {head.array[20, 2, 128]} HU, of what the head lies on")

# %% [markdown]
# ## How good is the mask?
#
# Two numbers tell, where the truth is known: the **volume** in millilitres, and the **Dice** coefficient, twice the voxels in common over the
# voxels of both (Dice, 1945): 1 is the same mask, 0 is no voxel in common. The truth is known of a **phantom**: a head made
# of ellipsoids, here with a headrest that touches its skin, the hardest case.

# %%
body = ctkit.phantom.head_phantom(headrest_gap_mm=0)
grid = ctkit.phantom.make_grid((36, 110, 96), (5.0, 2.5, 2.2), center=(0, 10, 15))
scan = body.render(grid)
truth = body.mask(grid)
found = ctkit.head_mask(scan)


# %%
def dice(first, second):
    return 2 * (first & second).sum() / (first.sum() + second.sum())


true_ml, found_ml = (v.array.sum() * v.voxel_ml for v in (truth, found))
film = ctkit.show_planes(scan, (0, 60, 0), window=(-200, 1600), mask=found)
film.says(
    f"The phantom's head has {true_ml:,.0f} ml, the mask {found_ml:,.0f} ml, "
    f"with a Dice coefficient of {dice(found.array, truth.array):.4f}"
)

# %% [markdown]
# A Dice coefficient near 1 is easily had for something as large as a head: a rim of one voxel hardly counts. So
# say the millilitres as well.
#
# **Try this.** Raise *threshold hu* from -500 to **0**, and look at the skin and at the millilitres.

# %%
ctkit.tune(scan, ctkit.head_mask, threshold_hu=(-900, 200, 50), slice=22, window=(-200, 1600))

# %% [markdown]
# Only **2750 ml** are left: the scalp of the phantom is fat, -60 HU, and lies below a threshold of 0 HU. At -900 HU the mask
# is too large, as the blurred edge between air and skin counts as well. Half way between the two tissues of an edge is the value at
# which it stands where it is.
#
# ## What goes wrong
#
# ### 1. Each slice for itself
#
# A well-known recipe takes what is above 0 HU, makes it 2 px fatter, and keeps the largest connected piece of each slice. `label` sees no grey values
# ([SciPy](https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.label.html): what isn't 0 is
# one feature), so the first two steps are a threshold with a rim. A headrest next to the skin merges with the head, and in a small slice at the top the
# headrest is the largest piece.


# %%
def one_slice(picture):
    labels, count = ndimage.label(ndimage.binary_dilation(picture > 0, iterations=2))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    return ndimage.binary_fill_holes((labels == sizes.argmax()) & (sizes.max() > 0))


naive = scan.with_array([one_slice(picture) for picture in scan.array])
wrong_ml = naive.array.sum() * naive.voxel_ml
print(f"slice by slice: {wrong_ml:.0f} ml, {100 * wrong_ml / true_ml:.1f} % of the truth")
print(f"in 3-D:         {found_ml:.0f} ml, {100 * found_ml / true_ml:.1f} % of the truth")

# %%
has = truth.array.any(axis=(1, 2))
missed = has & ~(naive.array & truth.array).any(axis=(1, 2))
film = ctkit.show_row({"slice by slice": naive, "head_mask": found}, "sagittal", (0, 0, 15))
film.says(
    f"Slice by slice the mask has {(naive.array & ~truth.array).sum() * naive.voxel_ml:.0f} ml too "
    "much, and "
    f"misses the head in {missed.sum()} of {has.sum()} slices"
)

# %% [markdown]
# ### 2. Multiplying by the mask
#
# `mask * image` fills the rest with 0, and 0 HU is **water** (PS3.3 C.11.1.1.2): the head lies in a block of it.

# %%
water = head.with_array(mask.array * head.array)
for name, volume in {"mask * image": water, "keep_head": clean}.items():
    middle = np.abs(volume.array) < 10
    print(
        f"{name:13} mean {volume.array.mean():6.0f} HU, {middle.sum() * head.voxel_ml:6.0f} ml "
        "look like water"
    )

# %% [markdown]
# ### 3. The largest pocket of air
#
# For lungs or sinuses people keep the largest connected piece of air. Where left and right are not connected, one of them is lost; Hu and others
# (2001) treat the left and the right lung as two.

# %%
air = found.array & (scan.array < -500)
pockets, count = ndimage.label(air)
sizes = np.sort(np.bincount(pockets.ravel())[1:] * scan.voxel_ml)[::-1]
print(f"air in the head: {sizes.sum():.1f} ml in {count} pockets")
print(f"the largest one: {sizes[0]:.1f} ml; {1 - sizes[0] / sizes.sum():.0%} of the air is lost")

# %% [markdown]
# ### 4. Calling it denoising
#
# The same recipe is known as the removal of noise. Noise is the scatter of HU within one tissue (Christianson and others, 2015;
# the next page measures it), and a mask leaves that as it was.

# %%
before, after = (ctkit.noise_sd(volume) for volume in (head, clean))
print(f"noise before: {before:.2f} HU, after masking: {after:.2f} HU")

# %% [markdown]
# ### 5. A threshold of a window
#
# A threshold chosen on a picture depends on the window of the picture. After the bone window of page 05 (400/1000 HU, PS3.3 C.11.2.1.2) everything below -100 HU is
# grey level 0, and "above 0" is another mask than in the brain window.

# %%
for name in ("brain", "soft tissue", "bone"):
    grey = ctkit.apply_window(scan.array, *ctkit.PRESETS[name], dtype=np.uint8)
    print(f"{name:12} grey > 0: {(grey > 0).sum() * scan.voxel_ml:6.0f} ml")
print(f"{'-500 HU':12} HU > -500: {(scan.array > -500).sum() * scan.voxel_ml:5.0f} ml")

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | The mask | `ctkit.head_mask(volume)`: a Volume of bool on the same grid |
# | Its leftovers | `mask.report`: ml of other matter that was left out |
# | The clean head | `ctkit.keep_head(volume)`: air outside |
# | In 3-D | small slices keep the headrest and drop the head |
# | Not 0 | 0 HU is water |
# | How good | millilitres and Dice, against a truth |
#
# ## On your own
#
# 1. Leave the opening out of the four steps: `largest(steps["1 threshold"])`. Expect 3289 ml against 3166 ml, and look for what has come in.
# 2. Set `headrest_gap_mm=-2`, which presses the headrest into the head. Expect a mask within 1 % of the truth still.
# 3. Take the head as it comes, `ctkit.head_mask(head)`. Expect the same millilitres as with the headrest drawn in, within 1 ml, and fewer leftovers.
# 4. Turn `rested` upside down with `reorient("IAL")`, and compare the millilitres. Expect the same number, within 1 %.
#
# ## In practice
#
# - Look at the outline in all three planes, at the first slice and the last one, before a mask is used on a thousand scans.
# - Log the millilitres and the leftovers of each scan; the outliers are those to look at.
# - Masking the face away is another task than masking the table: see page 01 on what shows a person.
# - For organs within the body thresholds end soon; there trained networks are the usual way.
#
# ## Further reading
#
# - SciPy, [Multidimensional image processing](https://docs.scipy.org/doc/scipy/tutorial/ndimage.html): morphology, label, distance transform.
# - L. R. Dice (1945), [Measures of the amount of ecologic association between species](https://doi.org/10.2307/1932409).
# - S. Hu, E. A. Hoffman, J. M. Reinhardt (2001), [Automatic lung segmentation](https://doi.org/10.1109/42.929615).
# - J. Serra (1982), Image Analysis and Mathematical Morphology, Academic Press.
#
# **Next:** [07 · Reduce noise, and say what it cost](07_reduce_noise.ipynb)
