# %% [markdown]
# # 09 · Resample to 1 mm
#
# | | |
# |---|---|
# | **You will** | work out values between voxels by hand, turn a scan into cubes of 1 mm, and check that nothing has moved |
# | **You learn** | what a kernel is, what it costs at an edge, what shrinking needs, and where voxel centres go |
# | **You need** | page 08 |
# | **Time** | 55 minutes |

# %%
import textwrap

import numpy as np
from scipy import ndimage

import ctkit

# %% tags=["parameters"]
# Put a scan of your own here. load() may repair what `accept` names, such as uneven="resample".
scan, accept = ctkit.samples.head(), {}

# %%
try:
    head = ctkit.regularize(ctkit.load(scan, **accept))  # slices at even distances, without a tilt
    ctkit.resample(head, 5.0)  # refuses one slice alone
except ctkit.CTError as error:
    print(f"{error}\nSo the page goes on with the head of the course.")
    head = ctkit.load(ctkit.samples.head())
head

# %% [markdown]
# Scans come with all kinds of voxels. A network counts voxels, not millimetres. To it, a head with slices of 1.5 mm looks flatter than one with slices of 1 mm.
# So all scans are brought to one spacing, mostly 1 x 1 x 1 mm. Voxels that are as long as they are wide and tall are called **isotropic**. To **resample** is to work out the values on another grid.
#
# ## What is a value between two voxels?
#
# **Predict.** One slice has 20 HU at some place, and the next has 30 HU there. The slices are 1.5 mm apart. Which value belongs 0.5 mm above the first one?

# %%
ctkit.predict("09.a", unit="HU")

# %%
ctkit.predict("09.a", measured=round(20 * 2 / 3 + 30 / 3, 1))

# %% [markdown]
# Nobody measured it. The simplest guess is a straight line. A third of the way is gone, so the first slice still counts 2/3, and the next one 1/3. That makes 23.3 HU. Here is the same for all new slices at once, in one sagittal plane:

# %%
old, mm = head.shape[0], head.spacing[0]
new = round(old * mm)  # so many slices of 1 mm
# The middle of the scan stays where it is, and the new centres are 1 mm apart.
places = (old - 1) / 2 + (np.arange(new) - (new - 1) / 2) / mm
places = places.clip(0, old - 1)  # beyond the last centre the last slice counts
low = np.floor(places).astype(int).clip(0, old - 2)
far = (places - low)[:, None]  # of the way to the next slice, from 0 to 1
column = head.shape[2] // 2
plane = head.array[:, :, column].astype(float)
by_hand = (1 - far) * plane[low] + far * plane[low + 1]

# %%
ours = ctkit.resample(head, (1.0, None, None), kernel="linear", antialias=False)
apart = np.abs(ours.array[:, :, column] - by_hand).max()
print(f"{old} slices {mm:.2f} mm apart become {new} slices {ours.spacing[0]:.2f} mm apart")
print(f"by hand and ctkit: at most {apart:.2f} HU apart, since ctkit rounds to whole HU")

# %% [markdown]
# The rule that gives each old voxel its weight is the **kernel**. This one is called *linear*. *Nearest* gives all the weight to one voxel. *Cubic* looks at four, with the weights of Keys (1981):
#
# $$w(x) = \tfrac32|x|^3 - \tfrac52|x|^2 + 1 \;\; (|x| \le 1)$$
#
# $$w(x) = -\tfrac12|x|^3 + \tfrac52|x|^2 - 4|x| + 2 \;\; (1 < |x| < 2)$$

# %%
x = np.linspace(-2.2, 2.2, 441)
# Seven old voxels, and new centres at all distances from the middle one. In units of old voxels:
# axis_weights(how many old ones, how many new ones, step, first new centre, kernel)
weights = {
    kernel: (x, ctkit.axis_weights(7, x.size, 0.01, 3 + x[0], kernel).toarray()[:, 3])
    for kernel in ("nearest", "linear", "cubic")
}
film = ctkit.figures.show_curves(weights, x="old voxels from the new centre", y="weight")
lowest = weights["cubic"][1].min()
film.says(f"The cubic kernel gives some voxels a weight below 0, down to {100 * lowest:.1f} %")

# %% [markdown]
# The weights of one new voxel sum to 1. For one axis all weights form a matrix, with a row for each new voxel and a column for each old one. Most of it is 0, so `axis_weights` gives a **sparse matrix**, which stores the rest only. Three such matrices, one for each axis, resample a volume:

# %%
cubes = ctkit.resample(head, 1.0)
pairs = list(zip(head.shape, cubes.shape, head.spacing, strict=True))
starts = [(old - 1) / 2 - (new - 1) / 2 / mm for old, new, mm in pairs]  # the first new centres
along, rows, columns = (
    ctkit.axis_weights(old, new, 1 / mm, start)
    for (old, new, mm), start in zip(pairs, starts, strict=True)
)
k, r, c = (n // 2 for n in cubes.shape)
# Each @ sums over the last axis that is left: columns, then rows, then slices.
value = head.array @ columns.toarray()[c] @ rows.toarray()[r] @ along.toarray()[k]
print(f"voxel {k, r, c}: {value:.2f} HU by three matrices, {cubes.array[k, r, c]} HU in `cubes`")

# %% [markdown]
# **Try this.** Set the spacing to **4** mm, and compare *nearest* with *linear*: one picks single voxels, with their noise, and the other takes a mean over 4 mm (more on this below). Then set 0.5 mm: *nearest* shows blocks, and *linear* and *cubic* draw smooth edges. Does any of them show more detail than the scan has?


# %%
def onto(volume, spacing=1.0, kernel="cubic"):
    new = ctkit.resample(volume, spacing, kernel=kernel)
    words = f"{new.array.size:,} voxels, {new.array.min()} to {new.array.max()} HU"
    return new.with_array(new.array, words)


middle = head.shape[0] // 2
ends = max(middle - 20, 0), min(middle + 20, head.shape[0])
part = ctkit.crop_box(head, (ends[0], 0, 0), (ends[1], *head.shape[1:]))
kernels = ["cubic", "linear", "area", "nearest"]
ctkit.tune(part, onto, preview="slab", spacing=(0.5, 6.0, 0.5), kernel=kernels, window="brain")

# %% [markdown]
# Of the course's head **55,815 voxels** are left at 4 mm, of 2.6 million in these 40 slices. At 0.5 mm there are many more, and no more detail.
#
# ### Mistake: one slice, resampled across it
#
# A single slice says nothing about what lies beside it, and its `SliceThickness` is no distance to a neighbour. **Predict.** A recipe calls `zoom` with the thickness of the slice as the factor. How many slices come out, for a thickness of 0.4 mm and of 5 mm?

# %%
one = ctkit.crop_box(head, (middle, 0, 0), (middle + 1, *head.shape[1:]))
for thickness in (0.4, 5):
    got = ndimage.zoom(one.array, (thickness, 1, 1), order=1)
    print(f"a thickness of {thickness} mm: {len(got)} slices out of 1")
try:
    ctkit.resample(one, 1.0)
except ctkit.GeometryError as error:
    print(textwrap.fill(f"ctkit: {error}", 90))

# %% [markdown] tags=["teacher"]
# **Ask the room.** We go from slices of 5 mm to 1 mm. Do we see more?
#
# *What to expect:* No. There are five times as many slices, and no more information than before.

# %% [markdown]
# For 0.4 mm `zoom` gives no slice at all, and no error. For 5 mm it gives five copies of one slice.

# %% [markdown]
# ## What does a kernel do at an edge?
#
# The cubic kernel has weights below 0. **Predict.** A step goes from -1000 to 1000 HU. Can a new value lie above 1000 HU?

# %%
bare = np.repeat(np.float32([-1000, 1000]), 20)
place = np.arange(13, 26, 0.05)
curves = {
    kernel: ctkit.axis_weights(40, place.size, 0.05, 13, kernel) @ bare
    for kernel in ("nearest", "linear", "cubic")
}
curves["spline"] = ndimage.map_coordinates(bare, [place], order=3, mode="nearest")
over = {name: curve.max() - 1000 for name, curve in curves.items()}

# %%
film = ctkit.figures.show_curves(
    {name: (place - 19.5, curve) for name, curve in curves.items()}, x="voxels from the step"
)
film.says(
    f"At a bare step of 2000 HU cubic goes {over['cubic']:.0f} HU too far, the spline "
    f"{over['spline']:.0f} HU, linear {abs(over['linear']):.0f} HU"
)

# %% [markdown]
# It can. This is called **overshoot**. The **spline** of `scipy.ndimage` has weights of both signs over many voxels, so it swings on: **ringing**. Linear and nearest have no weights below 0, and stay between the old values.
#
# A scanner blurs its edges over a voxel or two, so on a scan there is less to overshoot. But padding at -2000 HU (page 04) is a bare step: 1000 HU against air, and 2000 HU against skin. That is why `load` makes air of it *before* anything is resampled.
#
# Why not linear, always? Because it blurs. We measure the width of the skull's edge, on the head of the course:

# %%
course = ctkit.load(ctkit.samples.head())
both = {kernel: ctkit.resample(course, 1.0, kernel=kernel) for kernel in ("linear", "cubic")}
for name, volume in {"before": course, **both}.items():
    low, high, width = volume.array.min(), volume.array.max(), ctkit.edge_width(volume)
    print(f"{name:7} {low:6} to {high:5} HU, edge of the skull {width:.2f} mm wide")

# %% [markdown]
# The price of cubic stands there as well: -1135 HU is less than air can have. Clip it where a later step minds.
#
# **Try this.** The next view shows cubic minus linear. Orange is more, blue is less. Where are the colours? Point at the rim of the skull, and read both values.

# %%
ctkit.compare(
    both["linear"],
    both["cubic"],
    names=("linear", "cubic"),
    blend="difference",
    limit=200,
    window="bone",
)

# %% [markdown]
# Only at edges: orange on the bright side, where cubic goes higher, and blue on the dark side. Inside the brain the picture is nearly black. Press **Home** for the lowest slice, at **I 80.50 mm**: the teeth are full of colour. Slice **37** has the most colour, because it cuts through many thin bones.
#
# ### Mistake: a mask resampled like grey values
#
# **Predict.** A label map has 0 outside and 2 inside an organ. What does linear make of the border, after rounding?

# %%
labels = np.zeros((8, 30, 30))
labels[2:6, 8:22, 10:20] = 2  # label 1, another organ, is nowhere
mixed = np.rint(ndimage.zoom(labels, (2.5, 1.3, 1.3), order=1))
wrong = (mixed == 1).sum() / (mixed > 0).sum()
nearest = ndimage.zoom(labels, (2.5, 1.3, 1.3), order=0)
print(f"linear:  {100 * wrong:.0f} % of the voxels got label 1, an organ that is not there")
print(f"nearest: {(nearest == 1).sum()} voxels")
try:
    ctkit.resample(head.with_array(head.array > -300), 1.0)
except ctkit.UnitError as error:
    print(textwrap.fill(f"ctkit: {error}", 90))

# %% [markdown] tags=["teacher"]
# **Ask the room.** The cubic kernel makes values above 1000 HU out of a step from -1000 to 1000. Is that a bug?
#
# *What to expect:* No. It has weights below 0, and that is why it keeps edges sharper. Whoever can't bear overshoot takes linear.

# %% [markdown]
# Between label 0 and label 2 lies label 1. Only *nearest* copies labels.

# %% [markdown]
# ## What does shrinking need?
#
# **Predict.** Here are rings that get finer outwards. The finest change from bright to dark at every voxel. We keep one point of every 4 x 4 voxels. What will become of the fine rings?

# %%
ctkit.predict("09.b", ("they turn grey", "they stay as they are", "coarser rings take their place"))

# %%
half = (256 - 1) / 2
y, x = np.mgrid[:256, :256] - half
waves = 100 * np.cos(np.pi * (x**2 + y**2) / 256)
rings = ctkit.Volume.from_spacing(np.stack([waves] * 3).astype(np.float32), (1, 1, 1))


# %%
def false_share(small):
    """Contrast, in % of what was there, of rings that are too fine for the grid."""
    places = small.to_world(np.stack(np.indices(small.shape), -1))[..., :2] - half
    from_middle = np.linalg.norm(places, axis=-1)
    # Ring to ring is 256 / r mm at a distance of r mm, and needs two voxels. 1.3: clearly too fine.
    finest = 256 / (2 * small.spacing[1])
    too_fine = (from_middle > 1.3 * finest) & (from_middle < 125)  # 125 mm: inside of the picture
    return 100 * small.array[too_fine].std() / (100 / np.sqrt(2))  # the SD of waves of 100 HU


# %%
points = ctkit.resample(rings, (None, 4, 4), kernel="linear", antialias=False)
means = ctkit.resample(rings, (None, 4, 4), kernel="linear")
shown = {"1 mm": rings, "4 mm, single points": points, "4 mm, means": means}
film = ctkit.show_row(shown, window=(0, 200))
film.says(
    f"Of rings too fine for 4 mm, {false_share(points):.0f} % of the contrast stays as false "
    f"rings; with averaging, {false_share(means):.0f} %"
)

# %%
ctkit.predict("09.b", measured="coarser rings take their place")

# %% [markdown]
# They come back as **coarser rings that aren't there**. This is **aliasing**. A grid needs two voxels for each pair of stripes, one for the bright stripe and one for the dark. So voxels of 4 mm can show stripes that are 8 mm or more from one bright stripe to the next (Shannon 1949). What is finer has to be removed *before*, by a mean over each new voxel. By hand, that is one line:

# %%
by_hand = waves.reshape(64, 4, 64, 4).mean(axis=(1, 3))
area = ctkit.resample(rings, (None, 4, 4), kernel="area")
print(f"by hand and kernel='area': {np.abs(by_hand - area.array[0]).max():.4f} apart")

# %% [markdown]
# `resample` widens its kernel to the new voxel by itself (`antialias=True`, the default). Noise is fine detail too. With means it gets smaller. With single points much more stays. (Here each new centre lies between 2 x 2 voxels, so *linear* halves it in any case.)

# %%
noise = np.random.default_rng(0).normal(40, 30, (4, 256, 256)).astype(np.float32)
flat = ctkit.Volume.from_spacing(noise, (1, 1, 1))
print(f"noise before: SD {noise.std():.1f} HU")
print(f"zoom to a quarter: SD {ndimage.zoom(noise, (1, 0.25, 0.25)).std():.1f} HU")
for antialias in (False, True):
    small = ctkit.resample(flat, (None, 4, 4), kernel="linear", antialias=antialias)
    print(f"ctkit, antialias={antialias!s:5}: SD {small.array.std():.1f} HU")

# %% [markdown]
# **Try this.** Untick *antialias*, and move the spacing: the false rings wander, and the real ones stay. Choose *nearest*: it never averages.


# %%
def shrink(volume, spacing=4.0, kernel="linear", antialias=True):
    how = {"antialias": antialias} if kernel == "linear" else {}  # the others have no choice
    new = ctkit.resample(volume, (None, spacing, spacing), kernel=kernel, **how)
    return new.with_array(new.array, f"false rings: {false_share(new):.0f} % of the contrast")


controls = {"spacing": (2.0, 6.0, 0.5), "kernel": kernels[1:], "antialias": True}
ctkit.tune(rings, shrink, preview="slab", window=(0, 200), **controls)

# %% [markdown]
# At 4 mm there are **12 %** with the mean, **52 %** without it, and **100 %** by *nearest*. *Area* is the plain mean over the new voxel, and leaves 17 %. *Linear* gives the middle more weight, and leaves fewer false rings.
#
# A thick slice is a mean as well, across its thickness. Below is a **slab**: the mean over 5 mm. Press **0** to make it thicker: the label says **mean 6 mm**. **t** switches it off and on. Noise gets less, and slanted edges get blurred.

# %%
ctkit.explore(course, slice=66, window="brain", slab=5, projection="mean")

# %% [markdown]
# Vessels are often shown by the **maximum** of a slab in place of the mean. This is a maximum intensity projection, or **MIP**. What does that do to HU? A second sample answers: a chest with contrast agent, from the tests of TotalSegmentator (Apache-2.0; where it was scanned is not said). The inner layer of the wall of its aorta is torn, so blood flows in two channels: a bright true lumen, and a false one, which the agent reaches late. Their masks are results of a network. `ctkit.samples.fetch("aorta")` downloads all of it, 4 MB; without it go on below.

# %% tags=["nbval-ignore-output"] reason="depends on whether the sample is on this machine"
folder = ctkit.samples.find("aorta")
if folder is None:
    print("The chest is not on this machine.")
else:
    names = ("ct_cropped", "aorta_true_lumen", "aorta_false_lumen")
    chest, *lumens = (ctkit.load(folder, series=f"{name}.nii.gz") for name in names)
    slabs = {how: ctkit.slab(chest, 12, how) for how in ("mean", "max")}
    lumen = {}
    for name, volume in {"one slice": chest, **slabs}.items():
        lumen[name] = [volume.array[60][mask.array[60]].mean() for mask in lumens]
        print(f"{name:9}: true lumen {lumen[name][0]:.0f} HU, false lumen {lumen[name][1]:.0f} HU")

# %% tags=["nbval-ignore-output"] reason="depends on whether the sample is on this machine"
if folder is not None:
    shown = {"one slice": chest, "mean of 12 mm": slabs["mean"], "maximum of 12 mm": slabs["max"]}
    place = chest.to_world((60, 63, 60))
    masks = dict(zip(("true lumen", "false lumen"), lumens, strict=True))
    film = ctkit.show_row(shown, point=place, window=(200, 700), mask=masks)
    (_, plain), (_, highest) = lumen["one slice"], lumen["max"]
    film.says(f"The maximum of 12 mm lifts the false lumen from {plain:.0f} to {highest:.0f} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Where did you meet aliasing outside of CT?
#
# *What to expect:* Striped shirts on video, wheels that turn backwards in films, thin fences in small photos.

# %% [markdown]
# The mean mixes what lies above and below. The maximum keeps the brightest voxel, so bright neighbours and noise both lift it. Look at such a picture, and don't measure HU in it.

# %% [markdown]
# ## Is everything still in its place?
#
# Size in millimetres, middle and volume must stay. Only the number of voxels changes. The new spacing is kept exactly, so each outer edge may move by up to a quarter of a new voxel.

# %%
for name, volume in (("before", head), ("after", cubes)):
    size = " x ".join(f"{mm:.1f}" for mm in volume.field_of_view)
    centre = volume.to_world((np.array(volume.shape) - 1) / 2)
    liters = float((volume.array > -300).sum() * volume.voxel_ml / 1000)
    print(f"{name:7}{size} mm, middle at {centre.round(2) + 0.0} mm, {liters:.3f} l above -300 HU")

# %% [markdown]
# ### Mistake: `zoom`, taken for 1 mm
#
# The usual line is `ndimage.zoom(array, old / new)`. It keeps the first and the last voxel *centre* where they were, and puts the new ones between. **Predict.** We keep every fifth slice of the scan. `zoom` should bring these to 1 mm. How far apart will they really be?

# %%
thick = ctkit.Volume(head.array[::5], head.affine @ np.diag([5, 1, 1, 1]))
true = ctkit.resample(thick, (1.0, None, None), kernel="linear")
zoomed = ndimage.zoom(thick.array, (thick.spacing[0], 1, 1), order=1)
step_mm = (thick.shape[0] - 1) * thick.spacing[0] / (len(zoomed) - 1)
print(f"{thick.shape[0]} slices {thick.spacing[0]:.2f} mm apart: zoom's are {step_mm:.3f} mm apart")
below = np.linalg.norm(thick.origin - true.origin)
print(f"the first slice of a grid of 1 mm lies {below:.2f} mm below the first of these")

# %%
believed = ctkit.Volume(zoomed, thick.affine @ np.diag([1 / thick.spacing[0], 1, 1, 1]))
up = np.arange(len(zoomed))
apart = {"zoom, taken for 1 mm": (up, up * (1 - step_mm)), "resample": (up, 0 * up)}
film = ctkit.figures.show_curves(
    apart, x="mm above the first slice, as one believes", y="mm too high"
)
film.says(f"Taken for 1 mm, the last slice of zoom stands {up[-1] * (1 - step_mm):.2f} mm too high")

# %% [markdown]
# **Try this.** Left of the curtain is the true grid, right of it is `zoom`, taken for 1 mm. Follow the bones across the line, at the bottom and at the top.

# %%
ctkit.compare(
    true, believed, names=("resample", "zoom"), plane="sagittal", blend="curtain", window="bone"
)

# %% [markdown] tags=["teacher"]
# **Ask the room.** How do you check in one line that a resampled head is still where it was?
#
# *What to expect:* Compare a landmark in mm, or the mm of the middle. Shape and spacing alone don't say it.

# %% [markdown]
# At the bottom both sides meet. At the top the bones are broken: the right side stands several millimetres higher. `zoom(..., grid_mode=True, mode="nearest")` mends the spacing, but an array has no origin. The first thin slice lies nearer to the edge of the scan than the first thick one. If you keep the old origin, everything is off by the millimetres printed above.

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | Cubes | `ctkit.resample(volume, 1.0)`, or any spacing, `shape=`, or another volume's grid by `like=` |
# | Kernels | cubic for pictures, linear without overshoot, area to shrink, nearest for masks |
# | Shrinking | `antialias=True`, the default: a mean over the new voxel |
# | Centres | `resample` keeps the middle and the spacing that you ask for. `zoom` keeps the outer centres, so its spacing is another one |
# | One slice | can't be resampled across the slice; `(None, 1, 1)` keeps that axis |
# | Thick slices | `ctkit.slab(volume, 5, "mean")`, or `slab=5` in a view |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("09.1")` gives one more hint each time, and `ctkit.solution("09.1")` shows one solution.

# %% exercise="09.1"

# %% exercise="09.2"

# %% exercise="09.3"

# %% exercise="09.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("09")

# %%
ctkit.progress("09")

# %% [markdown]
# And one to try: resample the course's head to 2 mm and back with `like=`. What is the root mean square error in HU inside the head, and where is it large? (About 80 HU, mostly at edges of bone.)
#
# ## In practice
#
# - Look at the spacing before you choose one. 1 mm from slices of 5 mm adds voxels and no knowledge. You can keep thick slices thick: `(5, 1, 1)`.
# - Resample once, from the original, in a single step. Each time blurs.
# - Keep the affine with the array.
# - Masks go along with `kernel="nearest"`, onto the same grid with `like=`.
#
# ## Further reading
#
# - R. G. Keys, *Cubic convolution interpolation for digital image processing* (1981), [doi 10.1109/TASSP.1981.1163711](https://doi.org/10.1109/TASSP.1981.1163711)
# - M. Unser, *Sampling: 50 years after Shannon* (2000), [doi 10.1109/5.843002](https://doi.org/10.1109/5.843002)
# - T. M. Lehmann, C. Gönner and K. Spitzer, *Survey: interpolation methods in medical image processing* (1999), [doi 10.1109/42.816070](https://doi.org/10.1109/42.816070)
# - DICOM PS3.3, [C.7.6.2 Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html)
#
# **Next:** [10 · Save without lying](10_save_without_lying.ipynb)
