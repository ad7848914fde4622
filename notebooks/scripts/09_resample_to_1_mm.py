# %% [markdown]
# # 09 · Resample to 1 mm
#
# | | |
# |---|---|
# | **You will** | turn voxels of 1.5 x 0.96 x 0.96 mm into cubes of 1 x 1 x 1 mm |
# | **You learn** | what a kernel is, where voxel centres go, and what shrinking needs |
# | **You need** | page 08 |
# | **Time** | 15 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

head = ctkit.keep_head(ctkit.load(ctkit.samples.head()))
head

# %% [markdown]
# ## Why
#
# Scans come with all kinds of voxels. A network counts voxels, not millimetres: to it, a head of 1.5 mm slices is squashed. So
# one brings all scans to the same spacing, mostly 1 x 1 x 1 mm.

# %%
cubes = ctkit.resample(head, 1.0)
cubes

# %%
ctkit.show_row({"1.5 x 0.96 x 0.96 mm": head, "1 x 1 x 1 mm": cubes}, "sagittal", window="brain")

# %% [markdown]
# A new voxel's value is a weighted mean of the old ones around it. The **kernel** says with which weights: *linear* takes
# the two neighbours of an axis, *cubic* four, *area* the mean over the new voxel, *nearest* copies one. For one axis these weights are a
# matrix with few numbers in it; three such matrices, one an axis, resample a volume.

# %%
film = ctkit.figures.Film(4.0, "weights of the linear and the cubic kernel, 12 voxels to 18")
for place, kernel in enumerate(("linear", "cubic"), start=1):
    weights = ctkit.axis_weights(12, 18, 12 / 18, -1 / 6, kernel).toarray()
    axes = film.panel(1, 2, place, title=kernel)
    image = axes.imshow(weights, cmap="PuOr", vmin=-1, vmax=1)
    axes.set(xlabel="old voxel", ylabel="new voxel")
print("every new voxel's weights add up to", np.unique(weights.sum(axis=1).round(6)))
film

# %% [markdown]
# ## Try kernels and spacings
#
# **Try this.** Set the spacing to 4 mm, and compare *nearest* with *area*: the one picks single voxels, noise and all; the other
# takes the mean over each new voxel.

# %%
slab = ctkit.crop_box(head, (40, 0, 0), (80, 256, 256))
kernels = ["cubic", "linear", "area", "nearest"]
ctkit.tune(slab, ctkit.resample, spacing=(0.5, 6.0, 0.5), kernel=kernels, window="brain")

# %% [markdown]
# ## Is it still the same head?
#
# Its size in millimetres and its middle stay, and so does a landmark.

# %%
for name, volume in (("before", head), ("after", cubes)):
    size = " x ".join(f"{mm:.1f}" for mm in volume.field_of_view)
    middle = volume.to_world((np.array(volume.shape) - 1) / 2)
    print(f"{name:7}{size} mm, middle at {middle.round(2) + 0.0} mm")
litres = [float((v.array > -300).sum() * v.voxel_ml / 1000) for v in (head, cubes)]
print(f"tissue above -300 HU: {litres[0]:.3f} l before, {litres[1]:.3f} l after")

# %% [markdown]
# ## What goes wrong
#
# **1. `zoom` keeps the ends in place.** `ndimage.zoom` puts the first and the last voxel *centre* where they were. So the step is not the
# one you asked for: 20 slices of 7.5 mm, "resampled to 1 mm", end up 0.956 mm apart.

# %%
thick = np.zeros((20, 4, 4), np.float32)
zoomed = ndimage.zoom(thick, (7.5, 1, 1), order=1)
step = (20 - 1) * 7.5 / (zoomed.shape[0] - 1)
print(f"zoom: {zoomed.shape[0]} slices, {step:.3f} mm apart, not 1 mm")
right = ctkit.resample(ctkit.Volume.from_spacing(thick, (7.5, 1, 1)), 1.0)
print(f"ctkit: {right.shape[0]} slices, {right.spacing[0]:.3f} mm apart")

# %% [markdown]
# **2. One slice can't be resampled along the slice.** Nothing is known beside it. `zoom` by a thickness of 0.4 gives
# an empty array, without an error.

# %%
print("zoom:", ndimage.zoom(thick[:1], (0.4, 1, 1)).shape)
try:
    ctkit.resample(ctkit.crop_box(head, (60, 0, 0), (61, 256, 256)), 1.0)
except ctkit.GeometryError as error:
    print("ctkit:", error)

# %% [markdown]
# **3. Shrinking without a mean.** A kernel of the old voxels' width looks at two voxels an axis, and skips the rest: noise stays, and
# fine patterns turn into coarse ones that aren't there. `antialias=True`, the default, widens the kernel to the new
# voxel. Here are planes of pure noise, made four times smaller.

# %%
noise = np.random.default_rng(0).normal(40, 30, (4, 256, 256)).astype(np.float32)
plane = ctkit.Volume.from_spacing(noise, (1, 1, 1))
for antialias in (False, True):
    small = ctkit.resample(plane, (None, 4, 4), kernel="linear", antialias=antialias)
    print(f"antialias={antialias!s:5}: SD {small.array.std():.1f} HU of {noise.std():.1f}")

# %% [markdown]
# **4. Overshoot.** A cubic kernel sharpens: at the edge of bone it goes a little below and above what was there. Padding at -2000 HU would ring far into the
# head; that is why it becomes air first.

# %%
print(f"before  {head.array.min():6} to {head.array.max():5} HU")
for kernel in ("linear", "cubic"):
    new = ctkit.resample(head, 1.0, kernel=kernel).array
    print(f"{kernel:7} {new.min():6} to {new.max():5} HU")

# %% [markdown]
# **5. Masks.** Half a voxel of head makes no sense: a mask takes `kernel="nearest"`, and anything else is refused.
#
# ## Count the millimetres
#
# **Try this.** Go from slice **80** to slice **90** and read the height at both.

# %%
ctkit.explore(cubes, slice=80, window="brain")

# %% [markdown]
# Slice 80 is at I 0.50 mm, slice 90 at **S 9.50 mm**: ten slices are 10 mm now. Switch to the sagittal plane: a step is 1 mm
# there as well.
#
# ## In short
#
# | | |
# |---|---|
# | Cubes | `ctkit.resample(volume, 1.0)`, or any spacing, `shape=`, or another volume's grid by `like=` |
# | Kernels | cubic for pictures, linear without overshoot, area to shrink, nearest for masks |
# | Centres | the field of view and the middle stay; `zoom` moves them |
# | One slice | can't be resampled along the slice |
#
# **Next:** [10 · Save without lying](10_save_without_lying.ipynb)
