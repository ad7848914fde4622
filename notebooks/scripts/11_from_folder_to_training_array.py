# %% [markdown]
# # 11 · From a folder to a training array
#
# | | |
# |---|---|
# | **You will** | send a folder of scans through one pipeline, train a very small model on them, and bring its answer back onto the slices |
# | **You learn** | what makes scans fit for training, which numbers a model gets, how to split them, what one training step does, and how to come back |
# | **You need** | pages 04 to 10 |
# | **Time** | 60 minutes |

# %%
import csv
import tempfile
import textwrap
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage
from scipy.special import expit

import ctkit

# %% [markdown]
# Can a small model learn to mark fresh blood in a head, and does its answer come back onto the slices that a radiologist looks at? This page builds all that lies between: a folder of scans, arrays of one shape, a table that says what became of each scan, a fair test, one training step, and the way back.
#
# We take twenty phantom scans, because there we know where the blood is. One or more real scans go through the same pipeline. You can put your own here:

# %% tags=["parameters"]
scans = {  # name: (path, what load() may repair in it)
    "head": (ctkit.samples.head(), {}),
}

# %% [markdown]
# It is a whole pipeline, and a small one. It does not go on where it was stopped, and it is not made for thousands of scans or several computers.
#
# ## Which scans can be used?
#
# First we need the folder. All patients have the head of one phantom, made larger or smaller. For that we only change the affine: the same array with voxels of 3.3 mm is a larger head than with voxels of 3 mm. The blood is an ellipsoid of 70 to 85 HU, at another place in each patient.

# %%
fine = ctkit.phantom.make_grid((74, 84, 84), (3, 3, 3), center=(0, 8, 5))
one_head = ctkit.phantom.head_phantom(lesions=False).render(fine, voxel=(1, 1, 1))


def patient(number):
    """The head of a patient, and a phantom of the blood in it."""
    draw = np.random.default_rng(number)
    size = draw.uniform(0.9, 1.1)
    place = size * draw.uniform((-35, -45, 0), (35, 45, 45))
    blood = ctkit.phantom.Part("blood", draw.uniform(70, 85), tuple(place), draw.uniform(10, 18, 3))
    head = ctkit.Volume(one_head.array, np.diag([size, size, size, 1]) @ one_head.affine)
    return head, ctkit.phantom.Phantom((blood,))


# %% [markdown]
# A scanner measures the head on its own grid, and adds noise. Beside the scan we keep a mask of the blood on the same grid: the truth.


# %%
def scan_of(number, spacing, tilt_deg=0):
    head, blood = patient(number)
    shape = [int(mm / step) for mm, step in zip((216, 240, 240), spacing, strict=True)]
    grid = ctkit.phantom.make_grid(shape, spacing, center=(0, 8, 5), tilt_deg=tilt_deg)
    mask = blood.mask(grid, "blood")
    hu = ctkit.resample(head, like=grid, kernel="linear").array
    hu = np.where(mask.array, blood.parts[0].hu, hu)
    noisy = hu + np.random.default_rng(number + tilt_deg).normal(0, 12, shape)
    return mask.with_array(np.rint(noisy).clip(-1024).astype(np.int16)), mask


# %% [markdown]
# Eleven patients have scans that can be used. Patients 03, 05 and 08 have a second one with other slices. The second scan of patient 03 was taken with a gantry tilted by 12°, so its slices are 5 mm x cos 12° = 4.89 mm apart. It is a folder of DICOM files. The scan of patient 07 is stored from left to right, so its grid is left-handed.

# %%
folder = Path(tempfile.mkdtemp())
spacings = [(5, 3, 3), (4, 4, 4), (6, 3, 3), (3, 4, 4)]
for place, number in enumerate([*range(1, 12), 5, 8]):
    name = f"p{number:02}_{1 + (place > 10)}"
    scan, mask = scan_of(number, spacings[place % 4])
    stored = scan.reorient("SPR") if number == 7 else scan
    ctkit.save(stored, folder / f"{name}.nii")
    ctkit.save(mask, folder / f"{name}_mask.nii")
tilted, mask = scan_of(3, (5, 3, 3), tilt_deg=12)
ctkit.write_dicom(tilted, folder / "p03_2")
_ = ctkit.save(mask, folder / "p03_2_mask.nii")

# %% [markdown]
# Six more scans have something wrong with them, as in every real folder. One file was cut off while it was copied, and one series lacks a slice. One scan is a single slice, and one is nothing but air. One holds greys in place of HU, and one holds stored values that were never turned into HU (page 04).

# %%
whole, _ = scan_of(12, (5, 3, 3))
ctkit.write_dicom(whole, folder / "p13_1")
(folder / "p13_1" / "0020.dcm").unlink()
ctkit.save(whole, folder / "p12_1.nii")
half = (folder / "p12_1.nii").read_bytes()[:300_000]
_ = (folder / "p12_1.nii").write_bytes(half)

# %%
greys = ctkit.apply_window(whole.array, 40, 400, dtype=np.uint8).astype(np.int16)
ctkit.save(ctkit.crop_box(whole, (20, 0, 0), (21, 80, 80)), folder / "p14_1.nii")
bad = {"p15_1": np.full_like(greys, -1000), "p16_1": greys, "p17_1": whole.array + np.int16(1024)}
for name, values in bad.items():
    ctkit.save(whole.with_array(values), folder / f"{name}.nii")

# %% [markdown]
# Now the scans have many shapes and spacings, one of them leans, one is mirrored, and six can't be used. A model takes arrays of **one** shape, one spacing and one orientation. So we choose one frame for all: 64 x 64 x 64 voxels of 4 mm, upright in the patient, around the middle of each head.
#
# How does a voxel of the frame get its value? Its affine says where it is in the patient, in mm. The inverse of the scan's affine says which place in the scan that is. There we take a value between the old voxels (page 09). By hand:

# %%
frame = ctkit.phantom.make_grid((64, 64, 64), (4, 4, 4), center=(0, 8, 5))
index = np.stack(np.meshgrid(*map(np.arange, frame.shape), indexing="ij"), axis=-1)
in_scan = tilted.to_index(frame.to_world(index))  # fractions of voxels of the scan
by_hand = ndimage.map_coordinates(
    tilted.array.astype(np.float32), np.moveaxis(in_scan, -1, 0), order=1
)
ours = ctkit.resample(tilted, like=frame, kernel="linear")
inside = ((in_scan >= 0) & (in_scan <= np.array(tilted.shape) - 1)).all(axis=-1)
apart = np.abs(ours.array - by_hand)[inside].max()
print(f"by hand and ctkit: at most {apart:.2f} HU apart, since ctkit rounds to whole HU")
print(f"rows of the scan lean: {np.round(tilted.affine[:3, 1], 2)} mm from row to row")
print(f"rows of the array don't: {np.round(ours.affine[:3, 1], 2)} mm")

# %% [markdown]
# This step takes away the tilt, the mirrored order, the other spacing and the other shape **all at once**. Every resampling blurs, so once is best. Places beyond the scan become air, -1000 HU, and never 0, which is water.
#
# Two things come before it, on the scan's own grid: the mask of the head, and air in place of table and holder (page 06). One thing comes after: a check. Where no head is found, the scan is refused. Where the frame cuts the head, it is refused too.


# %%
def prepare(scan):
    mask = ctkit.head_mask(scan)
    start, stop = ctkit.bounding_box(mask)
    middle = tuple(scan.to_world((start + stop - 1) / 2))
    frame = ctkit.phantom.make_grid((64, 64, 64), (4, 4, 4), center=middle)
    cubes = ctkit.resample(ctkit.keep_head(scan, mask), like=frame, kernel="linear")
    check(mask, cubes)
    return cubes


# %%
def check(mask, cubes):
    doubts = [line for line in mask.report if "no head" in line or "the file says" in line]
    if any("no head" in line for line in doubts):
        raise ctkit.UnitError("; ".join(doubts))
    before = ctkit.volume_ml(mask)
    after = ctkit.volume_ml(ctkit.resample(mask, like=cubes, kernel="nearest"))
    if abs(after / before - 1) > 0.03:
        message = f"{before:.0f} ml on its slices, and {after:.0f} ml in the frame"
        raise ctkit.GeometryError(message)


# %% [markdown]
# **Predict.** Six phantom scans are bad. How many of them does `load` refuse? The others it lets through, so that another step has to notice.

# %%
ctkit.predict("11.a", ("none", "two of the six", "four of the six", "all six"))

# %% [markdown]
# A scan that can't be used must not stop the others. And it must not vanish without a word: a scan that silently drops out of a data set is as bad as one that is wrong. So every scan gets a row in a table, the **manifest**: how it ended, why, its shape and spacing, and whose scan it is. All errors of ctkit are a `CTError`, so one `except` is enough.

# %%
ready_folder = Path(tempfile.mkdtemp())


# %%
def row_of(name, path, accept):
    row = {"scan": name, "patient": name.partition("_")[0], "ending": "ready", "reason": ""}
    try:
        scan = ctkit.load(path, **accept)
        row["shape"] = " x ".join(str(n) for n in scan.shape)
        row["spacing"] = " x ".join(f"{mm:.3g}" for mm in scan.spacing)
        ctkit.save(prepare(scan), ready_folder / f"{name}.nii")
    except ctkit.CTError as error:
        row |= {"ending": "refused", "reason": str(error)}
    return row


# %%
paths = sorted(path for path in folder.iterdir() if "_mask" not in path.name)
sources = {path.name.removesuffix(".nii"): (path, {}) for path in paths} | scans
columns = ["scan", "patient", "ending", "shape", "spacing", "reason"]
with open(ready_folder / "manifest.csv", "w", newline="") as file:
    table = csv.DictWriter(file, columns)
    table.writeheader()
    for name, (path, accept) in sources.items():
        table.writerow(row_of(name, path, accept))

# %% [markdown]
# From here on we need only `ready_folder`: the prepared scans as NIfTI, in HU, and the manifest as a CSV file. It is read like this:

# %%
with open(ready_folder / "manifest.csv", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    told = row["reason"] or f"{row['shape']} voxels of {row['spacing']} mm"
    print(f"{row['scan']:8} {row['ending']:8} {textwrap.shorten(told, 80)}")
ready = {
    row["scan"]: ctkit.load(ready_folder / f"{row['scan']}.nii")
    for row in rows
    if row["ending"] == "ready"
}

# %%
by_load = [row for row in rows if row["reason"] and not row["shape"] and row["scan"] not in scans]
ctkit.predict("11.a", measured=f"{len(by_load)} of the six")

# %% [markdown]
# `load` refuses two: the file that is cut short and the series with a gap. The others are only noticed later. One slice can't be resampled, and air holds no head. Greys and stored values have their air near 0, so the mask fills the whole picture. `load` had put a warning into the report of these, and the manifest keeps it.
#
# `ready` holds Volumes of one shape. The masks go onto the same frame by *nearest* (page 09). A small one may lose or gain some percent of its volume:

# %%
truth = {}
for name in ready:
    if (mask := folder / f"{name}_mask.nii").exists():
        truth[name] = ctkit.resample(ctkit.load(mask), like=ready[name], kernel="nearest")
before = ctkit.volume_ml(ctkit.load(folder / "p03_2_mask.nii"))
after = ctkit.volume_ml(truth["p03_2"])
print(f"blood of p03_2: {before:.1f} ml on its own slices, {after:.1f} ml in the frame")

# %% [markdown]
# A **label map** goes along in the same way. `samples.fetch("aorta")` is a real chest with contrast agent and a torn aorta: blood flows through a true and through a false channel (TotalSegmentator, Apache-2.0; a network drew the masks). If you downloaded it, the next cell uses it. The rest of the page doesn't need it.


# %%
def channels_of_aorta(chest):
    scan = ctkit.load(chest, series="ct_cropped.nii.gz")
    parts = ("aorta_true_lumen.nii.gz", "aorta_false_lumen.nii.gz")
    true, false = (ctkit.load(chest, series=part).array for part in parts)
    names = {1: "true channel", 2: "false channel"}
    labels = scan.with_array(true + np.int16(2) * (false & ~true), labels=names)
    small = ctkit.resample(labels, 4.0, kernel="nearest")
    for number, ml in ctkit.volume_ml(labels).items():
        print(f"{names[number]}: {ml:.1f} ml, {ctkit.volume_ml(small)[number]:.1f} ml at 4 mm")


# %% tags=["nbval-ignore-output"] reason="It says more on a machine that has the chest."
chest = ctkit.samples.find("aorta")
if chest:
    channels_of_aorta(chest)
else:
    print("the chest is not on this machine: ctkit.samples.fetch('aorta') downloads it")

# %%
shown = ["p01_1", "p03_1", "p03_2", *[name for name in scans if name in ready][:1]]
film = ctkit.figures.show_pictures(
    {name: ready[name].array[::-1, :, 32] for name in shown}, window=(40, 160), spacing=(4, 4)
)
film.says(
    f"{len(ready)} of {len(rows)} scans are ready, each 64 x 64 x 64 voxels; "
    f"{len(rows) - len(ready)} scans were refused"
)

# %% [markdown]
# p03_1 and p03_2 are one head, once from an upright gantry and once from a tilted one. Are both really in the same orientation now? The middle of the blood tells:


# %%
def middle_of(mask):
    return np.argwhere(mask.array).mean(axis=0)


# %%
pair = [truth[name].to_world(middle_of(truth[name])) for name in ("p03_1", "p03_2")]
print(
    f"in the frame the blood of p03_1 and p03_2 is {np.linalg.norm(pair[0] - pair[1]):.1f} mm apart"
)
rise = 80 * tilted.affine[2, 1]  # mm upwards, from the first row of a slice to the last
print(f"as they came, each slice of p03_2 falls by {-rise:.0f} mm from front to back")
for name in ("p03_1", "p03_2"):
    print(f"{name}: noise {ctkit.noise_sd(ready[name]):.1f} HU")

# %% [markdown]
# **Try this.** Both lie on top of each other in a curtain. Drag the white line from side to side, and scroll. The skull meets at the line in every slice, though one scan leaned. (In p03_1 it is a little wider and darker: its slices are thicker.)

# %%
ctkit.compare(
    ready["p03_1"],
    ready["p03_2"],
    names=("p03_1", "p03_2, tilted"),
    blend="curtain",
    window="bone",
    plane="sagittal",
)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Say that in another folder nineteen scans load, and one is refused. What do you do with the one?
#
# *What to expect:* Keep a row that says why, and look at the scan. A whole hospital may send scans of that kind, and a set without them is another set.

# %% [markdown]
# Press **Home**: the first slice lies at **R 126.00 mm**, where there is only air. Right of the line there is a little more noise in the brain. Where both grids are parallel, `resample` also takes the mean over each new voxel (page 09). A tilted scan gets no mean, and keeps more of its noise.
#
# ## Which numbers does the model get?
#
# HU go from -1024 to 3000 and more, and models learn best from numbers around 0 to 1. So HU are clipped and scaled by a window (page 05): its lower end becomes 0, its upper end 1. We want to find blood, so the first window rises from 50 to 90 HU. Bone gets 1 there, as the densest blood may. So there is a second window, from 90 to 110 HU: it says what is denser than blood.
#
# **Predict.** Brain has about 34 HU, muscle 50, this blood 77, and bone 1000. Which two numbers does each of them get?

# %%
windows = ((70, 40), (100, 20))  # center and width in HU
hu = np.arange(0, 141)
by_hand = [np.clip((hu - (center - width / 2)) / width, 0, 1) for center, width in windows]
film = ctkit.figures.show_curves(
    {"first channel": (hu, by_hand[0]), "second channel": (hu, by_hand[1])},
    x="HU",
    y="number that the model gets",
    places={"brain": 34, "muscle": 50, "blood": 77},
)
first, second = (float(line[hu == 77][0]) for line in by_hand)
told = f"Blood of 77 HU gets {first:.2f} and {second:.0f}, brain and muscle 0 and 0"
film.says(f"{told}; bone would get 1 and 1")


# %% [markdown]
# `to_array` does the same. It returns float32 with a **channel axis** in front, as networks want it: (channel, slice, row, column). With `from_array` there is a way back.


# %%
def channels(cubes):
    return np.concatenate([ctkit.to_array(cubes, window) for window in windows])


# %%
arrays = {name: channels(cubes) for name, cubes in ready.items()}
some = arrays["p01_1"]
print(
    f"{some.shape}, {some.dtype}, {some.min():.0f} to {some.max():.0f}, {some.nbytes / 1e6:.1f} MB"
)
by_hand = np.clip((ready["p01_1"].array - 50) / 40, 0, 1)
print(f"by hand and ctkit: at most {np.abs(some[0] - by_hand).max():.6f} apart")
back = ctkit.from_array(some[:1], ready["p01_1"], windows[0])
inside = (ready["p01_1"].array >= 50) & (ready["p01_1"].array <= 90)
print(f"back: {np.abs(back.array - ready['p01_1'].array)[inside].max():.4f} HU off in the window")

# %% [markdown]
# The files keep HU, and the window is only applied here. So one can try another window without preparing all scans again.
#
# **Try this.** The right picture is what is left after the window: all that was below it is one grey now. Set the width to **400**. How far apart are blood and brain, in numbers that the model gets?


# %%
def through(volume, center=70, width=40):
    array = ctkit.to_array(volume, (center, width))
    blood = ctkit.resample(truth["p01_1"], like=volume, kernel="nearest").array
    brain = (volume.array > 20) & (volume.array < 45)
    apart = array[0][blood].mean() - array[0][brain].mean()
    left = ctkit.from_array(array, volume, (center, width))
    return left.with_array(left.array, f"blood and brain are {apart:.2f} apart")


# %%
deepest = int(middle_of(truth["p01_1"])[0])
ctkit.tune(
    ready["p01_1"], through, center=(0, 200, 5), width=(20, 800, 20), window="brain", slice=deepest
)

# %% [markdown]
# With the width of 400 they are only **0.09 apart**, where they were 0.44 apart. The noise gets smaller too, so blood can still be found. But the model needs larger weights to part them, and so it needs more steps.
#
# ### Mistake: each scan by its own minimum and maximum
#
# Many recipes make 0 of the lowest voxel of a scan, and 1 of its highest. **Predict.** One voxel of a filling has 8000 HU. As what does the brain appear to a model that was trained without it?

# %%
quiet = ready["p01_1"].array.astype(np.float32)
filled = quiet.copy()
filled[32, 10, 32] = 8000
low, high = quiet.min(), quiet.max()
for name, array in (("as it is", quiet), ("with one filling", filled)):
    number = (34 - array.min()) / (array.max() - array.min())
    print(
        f"{name:16}: 34 HU becomes {number:.3f}, which meant {number * (high - low) + low:.0f} HU"
    )

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why must training and use share one function, and not two that do the same?
#
# *What to expect:* Two drift apart. A window that differs by 10 HU is seen by nobody, and makes the network worse.

# %% [markdown]
# A window is fixed, so 34 HU stay 34 HU. Are HU the same on every scanner, then? Only for water, 0 HU, and air, -1000 HU, to which every scanner is calibrated. Other tissue differs by a few HU with the tube voltage (kVp), the reconstruction kernel and beam hardening; bone and contrast agent differ by much more. That is small compared with what the mistake does. A model still has to see scans of several scanners.
#
# ## Does the model learn, or does it remember?
#
# A model is tested on scans that it has not seen. What is "not seen"? Two slices of one head that lie 4 mm apart are nearly the same picture, and so are two scans of one patient. So we split by **patient**. The manifest knows whose scan it is. The **training set** gets eight patients. Three are kept for the test, with all of their scans.

# %%
patient_of = {row["scan"]: row["patient"] for row in rows}
test = [name for name in truth if patient_of[name] in ("p03", "p07", "p08")]
train = [name for name in truth if name not in test]
shared = {patient_of[name] for name in train} & {patient_of[name] for name in test}
print(f"train: {len(train)} scans; test: {' '.join(test)}; patients in both: {len(shared)}")

# %% [markdown]
# All that is measured for scaling comes from the training set as well. nnU-Net, for example, takes the voxels of the labelled parts of all training scans together. It clips HU at their percentiles 0.5 and 99.5, takes away their mean, and divides by their standard deviation (SD). That is a **z-score** (Isensee et al. 2021). The SD has to be that of all voxels together, and not the mean of what each scan has:

# %%
blood = [ready[name].array[truth[name].array].astype(float) for name in train]
together = np.concatenate(blood)
low, high = np.percentile(together, (0.5, 99.5))
print(f"labelled voxels: {together.mean():.1f} HU, percentiles {low:.0f} to {high:.0f} HU")
print(f"SD of all together: {together.std():.1f} HU")
print(f"mean of the SDs:    {np.mean([values.std() for values in blood]):.1f} HU")

# %% [markdown]
# The mean of the SD of each scan misses that one patient's blood is denser than another's.
#
# ### Mistake: a split by slices
#
# Here is a model that learns nothing. It remembers all training slices. For a new slice it finds the one that looks most alike, and copies its mask. We measure it by **Dice** (page 06): 1 where two masks are the same, 0 where they share no voxel. **Predict.** Which Dice does it get if slices are drawn at random for the test? And which, if patients are?

# %%
ctkit.predict("11.b", ("0.0 and 0.0", "0.4 and 0.0", "0.4 and 0.4", "0.9 and 0.4"))


# %%
def dice(one, other):
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def copied(known, new):
    seen = np.array([arrays[name][0, k, ::2, ::2] for name, k in known])
    found = []
    for name, k in new:
        apart = ((seen - arrays[name][0, k, ::2, ::2]) ** 2).sum(axis=(1, 2))
        other, at = known[int(apart.argmin())]
        found.append(truth[other].array[at])
    return dice(np.array(found), np.array([truth[name].array[k] for name, k in new]))


# %%
slices = [(name, k) for name in truth for k in range(64)]
drawn = np.random.default_rng(0).random(len(slices)) < len(test) / len(truth)
known = [part for part, is_new in zip(slices, drawn, strict=True) if not is_new]
new = [part for part, is_new in zip(slices, drawn, strict=True) if is_new]
by_slices = copied(known, new)
print(f"split by slices:   Dice {by_slices:.2f} on {len(new)} slices")

# %%
known = [part for part in slices if part[0] in train]
new = [part for part in slices if part[0] in test]
by_patients = copied(known, new)
print(f"split by patients: Dice {by_patients:.2f} on {len(new)} slices")
ctkit.predict("11.b", measured=f"{by_slices:.1f} and {by_patients:.1f}")

# %% [markdown]
# The first number looks like a result, and the model can't do anything for a new patient. In published work on MRI of the head, splits by slices raised the accuracy by 29 to 55 percentage points (Yagis et al. 2021).
#
# **Try this.** These are two scans of patient 08, the second minus the first, with full colour at 50 HU. In the brain only noise is left. The skull is coloured because its edges lie otherwise in slices of another thickness. Point at the brain, say at the middle of the picture, **32 HU → 29 HU**: the two values are close. A split by scans could put one of these into the training and the other into the test.

# %%
ctkit.compare(
    ready["p08_1"],
    ready["p08_2"],
    names=("p08_1", "p08_2"),
    blend="difference",
    limit=50,
    window="brain",
    slice=36,
)

# %% [markdown]
# Now a model that learns. It looks at a **patch**, a small box of 5 x 5 x 5 voxels with two channels, and says how likely it is that the voxel in the middle is blood. Large networks learn from patches too, such as 128 x 128 x 128 voxels, because a whole scan does not fit into the memory of the graphics card.

# %%
around, places = {}, {}
for name in truth:
    # In both channels 0 is all that lies below the window, air too, so the rim is air.
    framed = np.pad(arrays[name], ((0, 0), (2, 2), (2, 2), (2, 2)))
    around[name] = sliding_window_view(framed, (5, 5, 5), axis=(1, 2, 3))
    is_blood, is_head = truth[name].array, ready[name].array > -500
    places[name] = np.argwhere(is_blood), np.argwhere(is_head & ~is_blood)


# %% [markdown]
# A **loader** hands out **batches**: a few patches at a time, of a scan that is drawn at random. Of 350 voxels of a head about one is blood, so a batch drawn from all of them would hardly hold any. So we make every eighth patch one of blood.


# %%
def batches(names, size=256, seed=0):
    draw = np.random.default_rng(seed)
    while True:
        name = draw.choice(names)
        blood, rest = places[name]
        chosen = [draw.choice(blood, size // 8), draw.choice(rest, size - size // 8)]
        at = tuple(np.concatenate(chosen).T)  # slices, rows, columns
        patches = around[name][:, *at].swapaxes(0, 1)  # (patch, 2, 5, 5, 5)
        x = np.c_[patches.reshape(size, -1), np.ones(size)]  # 250 numbers and a 1
        yield x, truth[name].array[at].astype(float)


# %%
x, y = next(batches(train))
print(f"a batch: {x.shape[0]} patches of {x.shape[1]} numbers, {y.sum():.0f} of them blood")

# %% [markdown]
# The model has a weight for each of these numbers, and adds up weight times number. The weight of the 1 at the end is a constant, the **bias**. The sum $z$ becomes a probability, $p = 1 / (1 + e^{-z})$. This is logistic regression. The **loss** says how bad the answers are: it is the mean of $-\log$ of the probability that was given to the truth. With $y$ = 1 for blood and 0 for the rest, that is $\log(1 + e^z) - y z$. Its **gradient** says in which direction the loss grows fastest, and for this loss it is short: the mean of $(p - y) x$.


# %%
def loss_of(weights, x, y):
    z = x @ weights
    return np.mean(np.logaddexp(0, z) - y * z)


def gradient_of(weights, x, y):
    return x.T @ (expit(x @ weights) - y) / len(y)


# %% [markdown]
# Is that gradient right? Change one weight by a little, up and down, and see by how much the loss changes. This is a check for any gradient that you write.

# %%
weights = np.random.default_rng(1).normal(0, 0.1, x.shape[1])
step = 1e-5
tried = [
    (loss_of(weights + step * one, x, y) - loss_of(weights - step * one, x, y)) / (2 * step)
    for one in np.eye(len(weights))
]
gradient = gradient_of(weights, x, y)
apart = np.abs(tried - gradient).max() / np.abs(gradient).max()
digits = int(-np.log10(apart))
print(f"{len(weights)} slopes, tried and by formula: equal to {min(digits, 8)} digits or more")

# %% [markdown]
# One **training step** goes against the gradient. The **learning rate** sets how far it goes: the step is the rate times the gradient. One has to try it out: when it is too large, the loss grows. We start with all weights at 0: the model says 0.5 to everything, and the loss is $\log 2 = 0.693$. **Predict.** Does one step on 256 patches of one patient make the loss smaller for another patient as well?

# %%
rate, weights = 0.3, np.zeros(x.shape[1])
others = next(batches(["p07_1"], seed=1))
before, before_others = loss_of(weights, x, y), loss_of(weights, *others)
weights = weights - rate * gradient_of(weights, x, y)
print(f"these patches:   {before:.3f} before, {loss_of(weights, x, y):.3f} after one step")
print(
    f"another patient: {before_others:.3f} before, {loss_of(weights, *others):.3f} after one step"
)

# %% [markdown]
# It does. But 0.387 is not yet good: a model that answers 1/8 to everything, without a look at the patch, has a loss of 0.377. Training is this step again and again, with a new batch each time:

# %%
held = {"training": train, "test": test}
checks = {}
for what, names in held.items():  # one fixed batch of each scan, to measure the loss on
    checks[what] = [next(batches([name], seed=5)) for name in names]
weights, course = np.zeros(x.shape[1]), {what: [] for what in held}
for count, (x, y) in zip(range(1001), batches(train), strict=False):
    if count % 50 == 0:
        for what, parts in checks.items():
            course[what].append(np.mean([loss_of(weights, *part) for part in parts]))
    weights -= rate * gradient_of(weights, x, y)

# %%
counts = np.arange(0, 1001, 50)
film = ctkit.figures.show_curves(
    {f"{what} patients": (counts, losses) for what, losses in course.items()},
    x="training steps",
    y="loss",
    ylim=(0, 0.7),
)
film.says(
    f"After {counts[-1]} times 256 patches the loss fell from {course['test'][0]:.3f} to "
    f"{course['test'][-1]:.3f} for the {len(test)} test scans"
)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Twenty slices of one patient are in training, and ten in test. What does a high accuracy mean?
#
# *What to expect:* Little. The network may know the patient, and not the disease. Split by patient.

# %% [markdown]
# Both curves fall together. The model has only 251 weights, so there is not much that it could remember. A network with millions of weights can remember its training set: then the first curve goes on falling, and the second one rises again.
#
# ## Does the answer come back onto the slices?
#
# To mark a whole scan, the model has to look at the patch around every voxel. Weights that move over a picture are a kernel, and `ndimage.correlate` does that quickly. It is what one convolution of a network does.


# %%
def probability(name):
    kernels = weights[:-1].reshape(2, 5, 5, 5)
    parts = zip(arrays[name], kernels, strict=True)
    z = sum(ndimage.correlate(part, kernel, mode="constant") for part, kernel in parts)
    return expit(z + weights[-1])


at = tuple(places["p03_2"][0][0].tolist())
patch = around["p03_2"][(slice(None), *at)]
one = expit(patch.ravel() @ weights[:-1] + weights[-1])
print(f"voxel {at}: {one:.4f} by its patch, {probability('p03_2')[at]:.4f} by correlate")

# %% [markdown]
# From which probability on is a voxel marked? In the batches every eighth patch was blood, but in a head it is one voxel of 350. So 0.5 marks too much. This number is chosen as well, and so it is chosen on the **training** patients:

# %%
chances = {name: probability(name) for name in truth}
scores = {
    level: np.mean([dice(chances[name] > level, truth[name].array) for name in train])
    for level in (0.5, 0.7, 0.8, 0.9, 0.97, 0.99)
}
level = max(scores, key=scores.get)
for tried, score in scores.items():
    print(f"marked from {tried:.2f} on: Dice {score:.2f} for training patients")
print(f"the best one: {level}")

# %% [markdown]
# The answer is a mask in the frame of 4 mm. A radiologist looks at the original slices. Both have an affine, so `like=` finds the way back: for each voxel of the original the nearest voxel of the answer.


# %%
def on_the_slices(name, original, level):
    answer = ready[name].with_array(chances[name] > level)
    return ctkit.resample(answer, like=original, kernel="nearest")


# %%
originals = {name: ctkit.load(folder / f"{name}.nii") for name in test if name != "p03_2"}
originals["p03_2"] = ctkit.load(folder / "p03_2")
masks = {name: ctkit.load(folder / f"{name}_mask.nii") for name in test}

# %%
for name, original in sorted(originals.items()):
    found = on_the_slices(name, original, level)
    # p07_1 is stored from left to right and its mask is not: `like=` puts it in that order.
    wanted = ctkit.resample(masks[name], like=original, kernel="nearest")
    fit = dice(chances[name] > level, truth[name].array), dice(found.array, wanted.array)
    ml = f"{ctkit.volume_ml(found):.1f} of {ctkit.volume_ml(wanted):.1f} ml"
    print(f"{name}: Dice {fit[0]:.2f} in the frame, {fit[1]:.2f} on the slices; {ml}")

# %% [markdown]
# The way back costs a few hundredths of Dice, because voxels of 4 mm have a coarse rim. It works for the tilted scan and for the mirrored one with no special case: all of that is in the affine. Dice alone does not say whether too much or too little is marked. The volumes in ml say it: the model finds half of the blood of p03, and too much in p08.

# %%
leaning, answer = masks["p03_2"], on_the_slices("p03_2", originals["p03_2"], level)
film = ctkit.show_slice(
    originals["p03_2"],
    index=round(middle_of(leaning)[0]),
    window="brain",
    mask={"truth": leaning, "answer": answer},
)
off = leaning.to_world(middle_of(answer)) - leaning.to_world(middle_of(leaning))
film.says(
    f"On the tilted slices of p03_2 the middles of answer and truth are "
    f"{np.linalg.norm(off):.1f} mm apart, Dice {dice(answer.array, leaning.array):.2f}"
)

# %% [markdown]
# ### Mistake: an answer that is only stretched to the right shape
#
# An array has no place, so many recipes bring the answer back by its shape: `zoom` it to the shape of the scan. **Predict.** Then it has the right shape, and no tool complains. How far off is it?

# %%
small = (chances["p03_2"] > level).astype(np.uint8)
factors = np.divide(leaning.shape, small.shape)
stretched = leaning.with_array(ndimage.zoom(small, factors, order=0) > 0)
off = leaning.to_world(middle_of(stretched)) - leaning.to_world(middle_of(leaning))
print(f"by like=: Dice {dice(answer.array, leaning.array):.2f}")
print(
    f"by shape: Dice {dice(stretched.array, leaning.array):.2f}, {np.linalg.norm(off):.0f} mm away"
)

# %% [markdown]
# **Try this.** The mask follows the level from which on a voxel is marked. Go down to **0.50**. Does Dice get better?


# %%
def answer_at(volume, level=0.9):
    found = on_the_slices("p08_1", volume, level)
    wanted = ctkit.resample(masks["p08_1"], like=volume, kernel="nearest")
    words = f"{ctkit.volume_ml(found):.1f} ml, Dice {dice(found.array, wanted.array):.2f}"
    return found.with_array(found.array, words)


deepest = round(middle_of(masks["p08_1"])[0])
ctkit.tune(originals["p08_1"], answer_at, level=(0.05, 0.99, 0.01), window="brain", slice=deepest)

# %% [markdown]
# At 0.50 you read **21.7 ml, Dice 0.59**. That is more than twice the blood, and Dice gets worse. The rest is the rim around it, and specks along the skull.
#
# And the scans that came from outside of the folder? They have no truth. So there is no Dice, and one can only look.

# %%
mine = [name for name in scans if name in ready]
for name in mine:
    chances[name] = probability(name)
    original = ctkit.load(scans[name][0], **scans[name][1])
    found = on_the_slices(name, original, level)
    ml = ctkit.volume_ml(found), ctkit.volume_ml(on_the_slices(name, original, 0.5))
    print(f"{name}: {ml[0]:.1f} ml marked as blood, {ml[1]:.1f} ml from 0.50 on")
if not mine:
    name, original = "p08_1", originals["p08_1"]
    print("no scan of `scans` is ready, the manifest says why: here is p08_1")

# %%
found = on_the_slices(name, original, 0.5)
where = np.argwhere(found.array)
cursor = where[len(where) // 2] if len(where) else None
ctkit.explore(original, mask=found, cursor=cursor, window="brain")

# %% [markdown] tags=["teacher"]
# **Ask the room.** A mask comes back on the original slices. What could be wrong although it looks right?
#
# *What to expect:* Left and right, one slice up or down, or the order of the slices. Check it in mm at a landmark.

# %% [markdown]
# What is marked here is what the model would take for blood from 0.50 on. For the course's head these are five specks at the base of the skull, beside thin bone. Such a voxel holds bone and air or bone and muscle, and their mean is that of blood: **partial volume** (page 04). At the level that we chose, nothing is marked in this head.
#
# The dark area in its right frontal lobe (page 04) is not marked either. The model has learned what is brighter than brain, and a model answers only the question that it was trained for. It is no model for patients: eight phantoms are no training set, and a Dice on five scans is no proof. And the authors of this page chose the windows while they looked at phantoms 01, 03 and 08, two of which are in the test: an honest test would need patients that nobody has looked at.
#
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | One frame | `make_grid((64, 64, 64), (4, 4, 4), center=middle)`, then `ctkit.resample(scan, like=frame)`: once |
# | Masks | the same frame, `kernel="nearest"` |
# | Manifest | a row for each scan, with its patient; `except ctkit.CTError` keeps the reason |
# | Numbers | `ctkit.to_array(cubes, window)`: a window that is fixed for all scans |
# | Split | by patient, before anything is measured |
# | Step | weights minus rate times gradient; check the gradient by small changes |
# | Back | `ctkit.resample(answer, like=original, kernel="nearest")` |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("11.1")` gives one more hint each time, and `ctkit.solution("11.1")` shows one solution.

# %% exercise="11.1"

# %% exercise="11.2"

# %% exercise="11.3"

# %% exercise="11.4"

# %% exercise="11.5"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("11")

# %%
ctkit.progress("11")

# %% [markdown]
# And three to try out, with no right answer to type: Give the model the first channel alone. It then marks mostly bone. Make every second patch one of blood, not every eighth. All answers get higher, and the best level is about 0.99. And put a scan of your own into `scans`, and read its row in the manifest.
#
# ## In practice
#
# - Look at every prepared scan before you train, if only at one picture of each. Most errors can be seen.
# - Write the frame, the windows and the level down with the model. They belong to it as its weights do.
# - In DICOM the patient is `PatientID` (0010,0020). In data from several hospitals one person may have two of them, or two persons the same one.
# - To **augment** is to train on changed copies of the scans, turned or moved a little. Mask and affine change along. A flip from left to right makes a person whose heart is on the right.
# - Choose on a third group of patients, the validation set, when there are enough of them. The test is for the end.
#
# ### MRI and PET
#
# The geometry is the same for every scan with a place in the patient: affines, frames, the split by patient, the way back. The numbers are not. **MRI** has no unit: the same tissue gets other numbers on another scanner. So there are no presets of windows, and one scales by percentiles or a z-score of each scan. **PET** counts decays, in Bq/ml, and becomes comparable as **SUV**, the standardized uptake value. Air is near 0 in both, not at -1000: `ctkit.pad`, `keep_head` and `TISSUES` are for CT.
#
# ## Further reading
#
# - F. Isensee et al., *nnU-Net* (2021), [doi 10.1038/s41592-020-01008-z](https://doi.org/10.1038/s41592-020-01008-z): how spacing, clipping and scaling are chosen from the training set
# - E. Yagis et al., *Effect of data leakage in brain MRI classification* (2021), [doi 10.1038/s41598-021-01681-w](https://doi.org/10.1038/s41598-021-01681-w)
# - DICOM PS3.3, [C.11.1 Modality LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html): what HU are
#
# This is the end of the walk: from files to Hounsfield units, to windows, to a clean head, to cubes, and to an array that finds its way back.
#
# **Next:** [12 · Make a CT picture from shadows](12_make_a_ct_picture.ipynb), an appendix: how a scanner makes the picture at all.
