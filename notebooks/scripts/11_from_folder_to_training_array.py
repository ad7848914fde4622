# %% [markdown]
# # 11 · From a folder to a training array
#
# | | |
# |---|---|
# | **You will** | send three scans through one pipeline, from the file to an array for a network, and back to HU |
# | **You learn** | in which order the steps come, how HU are scaled, and which traps wait between scan and training |
# | **You need** | pages 04 to 10 |
# | **Time** | 35 minutes |

# %%
import tempfile
from pathlib import Path

import numpy as np

import ctkit

# %% [markdown]
# A network takes arrays of floats, of one spacing, one orientation and one scale. This page puts the steps of the walk into one
# function. Three scans go through it: the head as a NIfTI; the same head as a scanner with a tilted gantry would have
# taken it, in slices of 5 mm, as a DICOM folder, so that we know what should come out; and a folder that holds a single slice.

# %%
head = ctkit.load(ctkit.samples.head())
middle = head.to_world((np.array(head.shape) - 1) / 2)
grid = ctkit.phantom.make_grid((34, 256, 256), (5, 0.9, 0.9), tilt_deg=12, center=middle)
tilted = ctkit.resample(head, like=grid, kernel="linear")
folder = ctkit.write_dicom(tilted, Path(tempfile.mkdtemp()) / "tilted", description="tilted head")

# %% tags=["parameters"]
scans = {  # name: (path, what load() may repair in it)
    "head": (ctkit.samples.head(), {}),
    "tilted": (folder, {}),
    "one slice": (ctkit.samples.head_slice(), {}),
}

# %% [markdown]
# ## Does one function take them all?
#
# The order matters. First the geometry: right angles, and **one orientation** for all (`reorient("SPL")`: slices upwards, rows to the
# back, columns to the left). Then the head, while the grid is still its own. Then the crop, so that less has to be
# resampled; and resampling once, at the end, as each time blurs (page 09). The mask goes along.


# %%
def prepare(path, accept, spacing=1.0):
    scan = ctkit.regularize(ctkit.load(path, **accept)).canonical()
    mask = ctkit.head_mask(scan)
    box = ctkit.crop(ctkit.keep_head(scan, mask), mask, margin_mm=5)
    cubes = ctkit.resample(box, spacing)
    return cubes, ctkit.resample(mask, like=cubes, kernel="nearest")


# %% [markdown]
# What can't be done truthfully raises an error. It is caught by its class, `CTError`, and **kept**: a scan that silently drops out
# of a data set is as bad as one that is wrong.

# %%
ready, refused = {}, {}
for name, (path, accept) in scans.items():
    try:
        ready[name] = prepare(path, accept)
    except ctkit.CTError as error:
        refused[name] = f"{type(error).__name__}: {error}"
for name, (cubes, _) in ready.items():
    print(f"{name}: {cubes}")
for name, reason in refused.items():
    print(f"{name}: {reason}")

# %% [markdown]
# The single slice is refused, rightly: it has a thickness, and nothing beside it. The **report card** says of each scan what came
# in, what came out, and whether it is still the same: the ml of the head may not change, nor its noise beyond what
# averaging explains.

# %%
cards = {}
for name, (path, accept) in scans.items():
    before = ctkit.load(path, **accept)
    size, mm = (" x ".join(f"{n:.3g}" for n in row) for row in (before.shape, before.spacing))
    lines = [f"in: {size}", f"{mm} mm"]
    if name in ready:
        cubes, mask = ready[name]
        lines += [f"out: {' x '.join(map(str, cubes.shape))}", "1 x 1 x 1 mm"]
        lines += [f"head: {mask.array.sum() * mask.voxel_ml:.0f} ml"]
        lines += [f"noise: {ctkit.noise_sd(before):.1f} to {ctkit.noise_sd(cubes):.1f} HU"]
    cards[name] = before, lines if name in ready else [*lines, "refused: one slice alone"]


# %%
def draw_card(film, row, name):
    before, lines = cards[name]
    place = 4 * row + 1
    axes = film.panel(len(cards), 4, place, title="" if row else "as it came")
    ctkit.figures.draw_plane(axes, before, "sagittal" if name in ready else "axial", small=True)
    for column, plane in enumerate(("sagittal", "axial") if name in ready else (), start=1):
        axes = film.panel(len(cards), 4, place + column, title="" if row else f"1 mm, {plane}")
        ctkit.figures.draw_plane(axes, ready[name][0], plane, window=(40, 160), small=True)
    axes = film.panel(len(cards), 4, place + 3)
    axes.set_axis_off()
    words = "\n".join([name.upper(), *lines])
    axes.text(0, 0.95, words, color=ctkit.figures.INK, size=9, va="top", linespacing=1.5)


# %%
film = ctkit.figures.Film(
    2.2 * len(cards), "report card: each scan as it came, at 1 mm, and in numbers"
)
for row, name in enumerate(cards):
    draw_card(film, row, name)
litres = [mask.array.sum() * mask.voxel_ml for _, mask in ready.values()]
film.says(
    f"{len(ready)} of {len(scans)} scans are ready, {len(refused)} refused; the heads have "
    + " and ".join(f"{ml:.0f} ml" for ml in litres)
)

# %% [markdown]
# The second head is the first one, read through slices of 5 mm: the ml agree within a few percent. How near are the voxels? Both have their
# millimetres, so one can be put onto the grid of the other:

# %%
(first, mask), (second, _), *_ = ready.values()
if list(ready) == ["head", "tilted"]:
    apart = ctkit.resample(second, like=first, kernel="linear").array - first.array.astype(
        np.float32
    )
    brain = mask.array & (first.array > 0) & (first.array < 80)
    print(
        "within soft tissue half of the voxels differ by less than "
        f"{np.median(np.abs(apart[brain])):.1f} HU"
    )

# %% [markdown]
# **Try this.** Both side by side in millimetres, in a curtain. Scroll: ventricles and skull meet at the
# edge of the curtain in every slice, though one came from a tilted gantry.

# %%
ctkit.compare(
    first, second, names=list(ready)[:2], blend="curtain", window="brain", plane="sagittal"
)

# %% [markdown]
# Choose **axial** and press **Home**: the first slice lies at **I 80.50 mm**. At its back the right side is empty: the slices of
# the second scan lean by 12 degrees, and there it has not begun yet. Slices of 5 mm can't show fine bone either: where something is
# thin along the slices, the right side is softer.
#
# ## Which numbers does a network get?
#
# HU run from -1024 to 3000 and more. Networks learn best from numbers about 0 to 1, so HU are **clipped** and scaled. There are two
# usual ways:
#
# - **By a window**: HU = low becomes 0, HU = high becomes 1. The same HU gives the same number in every scan.
# - **z-score** inside the mask: minus the mean, over the standard deviation (SD), of the head's voxels alone, after clipping. nnU-Net
#   (Isensee et al. 2021) does this for CT with mean and SD of the whole **training set**, not of each scan.
#
# `to_array` does the first, and gives float32 with a **channel axis** in front, as convolutions want it: (channel, slice, row, column).

# %%
window = (40, 400)  # -160 to 240 HU: soft tissue
arrays = {name: ctkit.to_array(cubes, window) for name, (cubes, _) in ready.items()}
for name, array in arrays.items():
    low, high = float(array.min()), float(array.max())
    print(
        f"{name}: {array.shape}, {array.dtype}, {low:.1f} to {high:.1f}, {array.nbytes / 1e6:.1f} "
        "MB"
    )


# %%
def clipped(name, low=-160, high=240):
    cubes, mask = ready[name]
    return np.clip(cubes.array[mask.array], low, high).astype(np.float32)


mean = np.mean([clipped(name).mean() for name in ready])
sd = np.mean([clipped(name).std() for name in ready])
scores = {name: (np.clip(cubes.array, -160, 240) - mean) / sd for name, (cubes, _) in ready.items()}
print(f"of the training set: mean {mean:.1f} HU, SD {sd:.1f} HU")

# %% [markdown]
# A third way is seen often: each scan's own minimum and maximum become 0 and 1. Then one bright voxel, of a filling or
# an implant, moves all others. Here is where 40 HU, about grey matter, lands in each scan:

# %%
own = {name: (cubes.array.min(), cubes.array.max()) for name, (cubes, _) in ready.items()}
lands = {name: (40 - a) / (int(b) - a) for name, (a, b) in own.items()}
slopes = [int(b) - a for a, b in own.values()]
spread = (max(lands.values()) - min(lands.values())) * np.mean(slopes)
at_40 = [arrays[name][0][cubes.array == 40].mean() for name, (cubes, _) in ready.items()]
print(
    {name: f"{value:.3f}" for name, value in lands.items()}, "by window:", f"{(40 + 160) / 400:.3f}"
)


# %%
def scaled(name):
    cubes, mask = ready[name]
    low, high = map(float, own[name])
    shown = mask.array & (cubes.array > -100) & (cubes.array < 150)
    return [
        way[shown] for way in ((cubes.array - low) / (high - low), arrays[name][0], scores[name])
    ]


# %%
film = ctkit.figures.Film(3.4, "histograms of the head's voxels, scaled in three ways")
ways = ("own minimum and maximum", "window 40/400", "z-score inside the mask")
panels = [film.panel(1, 3, place, title=way) for place, way in enumerate(ways, start=1)]
for name, color in zip(ready, ctkit.figures.COLORS, strict=False):
    for axes, values in zip(panels, scaled(name), strict=True):
        axes.hist(values, 80, density=True, histtype="step", color=color, label=name)
        axes.set(xlabel="number that the network gets", yticks=())
film.legend_of(panels[2])
film.says(
    f"By its own minimum and maximum, grey matter of two scans is {spread:.0f} HU apart; "
    f"by window {400 * np.ptp(at_40):.0f} HU"
)

# %% [markdown]
# And back: `from_array` undoes `to_array`. What a network gives, a picture or a mask, becomes a Volume again, with its millimetres.
# Only what was clipped stays clipped.

# %%
name, (cubes, mask) = next(iter(ready.items()))
back = ctkit.from_array(arrays[name], cubes, window)
inside = (cubes.array >= -160) & (cubes.array <= 240)
print(f"inside the window: up to {np.abs(back.array - cubes.array)[inside].max():.4f} HU off")
print(f"outside: up to {np.abs(back.array - cubes.array)[~inside].max():.0f} HU off")
print(f"same grid: {np.array_equal(back.affine, cubes.affine)}")

# %% [markdown]
# **Try this.** The difference of what came back and what went in, full colour at 500 HU. Brain and skin are black: 0 HU. Bone is blue: it came back
# as 240 HU. Air is orange: it came back as -160 HU.

# %%
ctkit.compare(cubes, back, names=("HU", "array and back"), blend="difference", limit=500)

# %% [markdown]
# Point at the skull: the probe reads both. If the bone matters to you, take a wider window, or give the network two channels with a window
# each.
#
# ## What does each choice cost?
#
# Memory goes with the third power: half the spacing is eight times the array. A network keeps many such arrays at a time, so most
# are trained on **patches**, boxes of one size, such as 128 x 128 x 128 voxels.

# %%
steps = np.array([0.5, 0.75, 1, 1.5, 2, 3, 4])
sizes = np.round(np.divide.outer(cubes.field_of_view, steps)).astype(int)
megabytes = 4 * np.prod(sizes, axis=0) / 1e6
kept = []
for mm in steps[2:]:
    there = ctkit.resample(ctkit.resample(cubes, float(mm)), like=cubes).array
    kept.append(
        np.sqrt(np.mean((there - cubes.array.astype(np.float32))[mask.array & inside] ** 2))
    )

# %%
film = ctkit.figures.Film(3.4, "memory of one array by spacing, and what a round trip loses")
axes = film.panel(1, 2, 1, title="memory of one scan, float32")
axes.plot(steps, megabytes, "o-", color=ctkit.figures.COLORS[0])
axes.set(yscale="log", xlabel="spacing in mm", ylabel="MB")
axes = film.panel(1, 2, 2, title="lost by going there and back to 1 mm")
axes.plot(steps[2:], kept, "o-", color=ctkit.figures.COLORS[1])
axes.set(xlabel="spacing in mm", ylabel="HU, root mean square", ylim=(0, None))
film.says(
    f"From 1 mm to 0.5 mm an array grows from {megabytes[2]:.1f} to {megabytes[0]:.0f} MB; 2 mm "
    "takes "
    f"{megabytes[4]:.1f} MB and loses {kept[2]:.0f} HU"
)

# %% [markdown]
# **Try this.** Everything at once: spacing, margin, the head's threshold and the window, from the scan to the array and back to
# HU. Set the spacing to **4** mm, the window to 80, and read over the pictures what the array is.


# %%
def pipeline(scan, spacing=1.0, margin_mm=5, threshold_hu=-500, width=400):
    mask = ctkit.head_mask(scan, threshold_hu=threshold_hu)
    box = ctkit.crop(ctkit.keep_head(scan, mask), mask, margin_mm=margin_mm)
    cubes = ctkit.resample(box, spacing)
    array = ctkit.to_array(cubes, (40, width))
    size = " x ".join(map(str, array.shape))
    back = ctkit.from_array(array, cubes, (40, width)).array
    words = f"{size}, {array.nbytes / 1e6:.1f} MB, mean {array.mean():.2f}, SD {array.std():.2f}"
    return ctkit.Volume(back, cubes.affine, (*scan.report, words))


# %%
path, accept = next(iter(scans.values()))
whole = ctkit.regularize(ctkit.load(path, **accept)).canonical()
controls = {"spacing": (1.0, 6.0, 0.5), "margin_mm": (0, 30), "threshold_hu": (-800, 0, 50)}
controls["width"] = (80, 2000, 40)
ctkit.tune(whole, pipeline, window="soft tissue", **controls)

# %% [markdown]
# At 4 mm and a width of 400 the array is **1 x 40 x 59 x 51**, half a megabyte. Mean and SD follow the window, not the head: that is why all
# scans of a training set need the same one.
#
# ## What goes wrong
#
# ### 1. Each scan by its own minimum and maximum
#
# > CT numbers are calibrated (PS3.3 C.11.1.1.2): 40 HU is the same on every scanner. Scaling by the scan's own ends throws that
# > away. A single bright voxel is enough.

# %%
quiet = cubes.array.astype(np.float32)
bright = quiet.copy()
bright[tuple(n // 2 for n in bright.shape)] = 8000  # a voxel of metal
for way, a in (("as it is", quiet), ("one voxel of 8000 HU", bright)):
    print(f"{way}: 40 HU becomes {(40 - a.min()) / (a.max() - a.min()):.3f}")
wrong = (40 - bright.min()) / (bright.max() - bright.min()) * (
    quiet.max() - quiet.min()
) + quiet.min()
print(
    f"to a network of the first, it looks like {wrong:.0f} HU; by window it stays "
    f"{0.5 * 400 - 160:.0f} HU"
)

# %% [markdown]
# ### 2. Another window than in training
#
# > A window belongs to the model, as its weights do (Isensee et al. 2021 keep it in the plan). Brain tissue scaled by a neighbour of
# > the window is, to the network, another tissue.

# %%
for name, other in (("same", (40, 80)), ("subdural preset", tuple(ctkit.PRESETS["subdural"]))):
    seen = ctkit.from_array(ctkit.to_array(cubes, other), cubes, (40, 80)).array
    tissue = (cubes.array > 20) & (cubes.array < 45)
    off = np.abs(seen - cubes.array)[tissue].mean()
    print(f"trained on 40/80, used with the {name}: {off:.1f} HU off")

# %% [markdown]
# ### 3. Flips that move left to right
#
# > To **augment** is to train on changed copies. A flip of the columns makes a person whose heart is on the right; if the affine stays, every
# > place is mirrored as well. Sides are part of the patient (PS3.3 C.7.6.2.1.1). Turn and shift by small amounts instead, and
# > flip only where sides don't matter, masks and affine with it.

# %%
spot = np.array(cubes.shape) // 2 + [0, 0, cubes.shape[2] // 4]
flipped = cubes.with_array(cubes.array[:, :, ::-1])
there = [0, 0, cubes.shape[2] - 1] + spot * [1, 1, -1]
print(
    "flip without the affine: "
    f"{np.linalg.norm(flipped.to_world(there) - cubes.to_world(spot)):.0f} mm away"
)
turned = cubes.reorient("SPR")
print(f"reorient: {np.linalg.norm(turned.to_world(there) - cubes.to_world(spot)):.0f} mm away")

# %% [markdown]
# ### 4. A mask, resampled linearly and cut to whole numbers
#
# > Between 0 and 1 linear gives fractions. A cast to int makes 0 of them, and the organ shrinks on every side; `> 0` makes 1 of them, and it
# > grows (Lehmann et al. 1999, page 09). `resample` refuses anything but *nearest* for a mask.

# %%
soft = cubes.with_array((cubes.array > -20) & mask.array)
coarse = ctkit.resample(soft.with_array(soft.array.astype(np.float32)), 3.0, kernel="linear")
near = ctkit.resample(soft, 3.0, kernel="nearest")
whole = coarse.array > 0.999  # what astype(int) leaves, but for rounding
tries = {"linear, whole numbers": whole, "linear, above 0": coarse.array > 0.001}
true_ml = soft.array.sum() * soft.voxel_ml
for name, found in {**tries, "nearest": near.array}.items():
    print(f"{name}: {100 * (found.sum() * near.voxel_ml / true_ml - 1):+.1f} % of {true_ml:.0f} ml")

# %% [markdown]
# ### 5. Padding with zeros, after scaling
#
# > 0 is water in HU, the lower end of the window in an array from 0 to 1, and the **mean** of the head after a z-score. Pad in HU with
# > air (-1000, PS3.3 C.11.1.1.2 gives HU their meaning), then scale.

# %%
zero = {"in HU": 0, "in 0 to 1": -160, "in z-scores": mean}
for where, hu in zero.items():
    print(f"0 {where} is {hu:.0f} HU: {hu - ctkit.AIR:.0f} HU from air")
frame = ctkit.pad(cubes, tuple(n + 20 for n in cubes.shape))
print(f"ctkit.pad: {frame.array[0, 0, 0]} HU, {frame.array[0, 0, 0] - ctkit.AIR} HU from air")

# %% [markdown]
# ### 6. One patient in training and in test
#
# > Neighbouring slices are nearly the same picture. Split by slices, the test asks for what was learnt by heart: in MRI of the head that
# > raised the accuracy by 29 to 55 percentage points (Yagis et al. 2021). Split by **patient**.

# %%
rng = np.random.default_rng(0)
test = rng.permutation(len(cubes.array)) < len(cubes.array) // 5
train = np.flatnonzero(~test)
nearest = [train[np.abs(train - k).argmin()] for k in np.flatnonzero(test)]
pictures = np.clip(cubes.array, -160, 240).astype(np.float32)
twin = np.abs(pictures[test] - pictures[nearest]).mean()
other = np.abs(pictures[test] - pictures[rng.permutation(train)[: test.sum()]]).mean()
close = (np.abs(np.flatnonzero(test) - nearest) == 1).mean()
print(f"split by slices: {100 * close:.0f} % of the test slices have a neighbour in training,")
print(f"1 mm away; it differs by {twin:.0f} HU, any other slice by {other:.0f} HU")

# %%
import shutil

shutil.rmtree(folder.parent)

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | Geometry first | `ctkit.regularize(ctkit.load(path)).canonical()` |
# | Head, crop | `head_mask`, `keep_head`, `crop(..., margin_mm=5)` |
# | Resample once | `ctkit.resample(box, 1.0)`; masks by `like=cubes, kernel="nearest"` |
# | Array | `ctkit.to_array(cubes, window)`: clip, 0 to 1, float32, channel axis |
# | Back to HU | `ctkit.from_array(array, like=cubes, window=window)` |
# | Refusals | catch `ctkit.CTError`, and keep the reason in the report |
#
# ## On your own
#
# 1. Let the pipeline give the single slice as well: resample it in its plane only. (`spacing=(None, 1, 1)`: 1 x 208 x 191 voxels.)
# 2. Give the network two channels, brain 40/80 and bone 400/1000, with `np.concatenate`. What is the shape? (2 in front, the
#    rest stays.)
# 3. Scale with the mean and the SD of each scan instead of the training set's. How many HU apart does 40 HU of the two scans land? (Less
#    than 10 HU here; more, the more their fields of view differ.)
#
# ## In practice
#
# Run the pipeline over a folder once, save NIfTI (page 10) beside a table of the report cards, and look at each scan's three planes before
# training. Write window, spacing and orientation down with the model. Split by patient before anything is measured from the data, the mean and SD
# of the z-score too.
#
# ### MRI and PET
#
# What carries over is the **geometry**: orientation, affine, resampling, cropping, saving, and the split by patient are the same for
# every scan with a place in the patient. What doesn't is the **unit**. **MRI** has none: the same tissue gets other numbers on
# another scanner, or on the same one the next day. So there are no presets of windows and no threshold for skin; one scales by
# percentiles or a z-score of each scan, and corrects slow changes of brightness first. **PET** counts decays, in Bq/ml, and becomes comparable as **SUV**,
# the standardized uptake value, by dose, weight and time. Air is 0 in both, not -1000: `ctkit.pad`, `keep_head` and `TISSUES` are for CT.
#
# ## Further reading
#
# - F. Isensee et al., *nnU-Net* (2021), [doi 10.1038/s41592-020-01008-z](https://doi.org/10.1038/s41592-020-01008-z): how spacing, clipping and
#   scaling are chosen from the training set
# - E. Yagis et al., *Effect of data leakage in brain MRI classification* (2021),
#   [doi 10.1038/s41598-021-01681-w](https://doi.org/10.1038/s41598-021-01681-w)
# - T. M. Lehmann et al., *Survey: interpolation methods* (1999), [doi 10.1109/42.816070](https://doi.org/10.1109/42.816070)
# - DICOM PS3.3, [C.11.1 Modality LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html): what HU are
#
# This is the end of the walk: from files to Hounsfield units, to windows, a clean head, a place that is kept, cubes of 1 mm, and an
# array that can find its way back.
#
# **Next:** [12 · Make a CT picture from counted photons](12_make_a_ct_picture.ipynb), an appendix: how a scanner makes the picture at all.
