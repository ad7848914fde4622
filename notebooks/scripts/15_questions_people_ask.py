# %% [markdown]
# # 15 · Questions people ask
#
# | | |
# |---|---|
# | **You will** | read fifteen real questions from public forums, see each mistake happen, repair it in at most three lines, and then undo four such mistakes yourself |
# | **You learn** | to tell from a picture or a number what went wrong, and how far off it is in HU or mm |
# | **You need** | pages 02 to 09 for the terms; each question stands alone |
# | **Time** | 75 minutes |
#
# This page is for looking things up. Run the two cells below, and go to your question. At the end stand four [exercises](#On-your-own) and a quiz.
#
# 1. [Why is air white and bone black?](#1.-Why-is-air-white-and-bone-black?)
# 2. [Why does the picture fall into two halves?](#2.-Why-does-the-picture-fall-into-two-halves?)
# 3. [Why do my HU look just like the raw values?](#3.-Why-do-my-HU-look-just-like-the-raw-values?)
# 4. [Why do the values go from 0 to 65535?](#4.-Why-do-the-values-go-from-0-to-65535?)
# 5. [How do I bring all scans to one window?](#5.-How-do-I-bring-all-scans-to-one-window?)
# 6. [Why is my volume upside down?](#6.-Why-is-my-volume-upside-down?)
# 7. [Why does the head lean?](#7.-Why-does-the-head-lean?)
# 8. [How do I get voxels of 1 mm?](#8.-How-do-I-get-voxels-of-1-mm?)
# 9. [Why does the crop keep the whole scan?](#9.-Why-does-the-crop-keep-the-whole-scan?)
# 10. [Why does my mask not lie on its scan?](#10.-Why-does-my-mask-not-lie-on-its-scan?)
# 11. [Why is my saved mask flipped?](#11.-Why-is-my-saved-mask-flipped?)
# 12. [How do I get the bones in 3-D?](#12.-How-do-I-get-the-bones-in-3-D?)
# 13. [Why does the viewer not appear?](#13.-Why-does-the-viewer-not-appear?)
# 14. [Why does my preprocessing die?](#14.-Why-does-my-preprocessing-die?)
# 15. [Which scans may I show?](#15.-Which-scans-may-I-show?)

# %%
import copy
import tracemalloc
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from IPython.utils.capture import capture_output
from scipy import ndimage
from skimage import measure

import ctkit

# %%
head = ctkit.load(ctkit.samples.head()).canonical()  # rows to the back, as a scanner writes them
paths = sorted(Path(ctkit.samples.head_dicom()).iterdir())
slices = [pydicom.dcmread(path) for path in paths]
print(f"{len(slices)} slices, intercept {slices[0].RescaleIntercept}: the same head as DICOM")
image = nib.load(ctkit.samples.head())  # and as NIfTI
mask = ctkit.head_mask(head)
box = ctkit.crop(head, mask, margin_mm=5)

# %% [markdown]
# ## 1. Why is air white and bone black?
#
# **Asked.** Somebody turns a stack of slices into HU, calls `zoom` for voxels of 1 mm, and sees a negative. Is it the fault of `zoom`? ([Stack Overflow 79552796](https://stackoverflow.com/questions/79552796))
#
# **The mistake.** The array was cast to uint16 on the way into `zoom`. An unsigned type has no numbers below 0, so it begins again from the top.

# %%
part = head.array[60:64]
wrong = ndimage.zoom(part.astype(np.uint16), (1.5, 1, 1), order=1)

# %% [markdown]
# **The repair.** Interpolate in float32, or keep int16.

# %%
right = ndimage.zoom(part.astype(np.float32), (1.5, 1, 1), order=1)

# %% [markdown]
# **The error.** Air is brighter than any bone:

# %%
off = np.abs(wrong - right)
print(f"air in the corner is {wrong[2, 0, 0]} HU, and should be {right[2, 0, 0]:.0f} HU")
print(f"{100 * (off > 1).mean():.0f} % of the voxels are wrong, by up to {off.max():.0f} HU")

# %%
# As imshow draws it: black is the lowest value of the picture, white the highest.
low, high = right[2].min(), right[2].max()
greys = {"uint16": wrong[2] / 257, "float32": (right[2] - low) / (high - low) * 255}
film = ctkit.figures.show_pictures(greys, window=(128, 256), spacing=head.spacing[1:], unit="grey")
film.says(f"As uint16 air has {greys['uint16'][0, 0]:.0f} of 255 greys, and bone is black")

# %% [markdown]
# `zoom` did nothing wrong. The same cast spoils a PNG of 16 bits, which has no sign either (page 10).
#
# **Also.** A file may say `MONOCHROME1`: low values are meant to be *shown* white. Must one invert the array before a network sees it? ([MONAI Deploy 282](https://github.com/Project-MONAI/monai-deploy-app-sdk/issues/282)) Not in CT. HU are what they are, and only the screen changes (PS3.3 C.7.6.3.1.2). Here is what inverting does to water and air:

# %%
low, high = int(part.min()), int(part.max())
for name, hu in (("water", 0), ("air", -1000)):
    print(f"{name}, {hu} HU, becomes {high + low - hu} HU: {high + low - 2 * hu} HU off")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which of the fifteen have happened to you?
#
# *What to expect:* A show of hands. Let those who raise a hand tell how they noticed: mostly late, and by chance.

# %% [markdown]
# ## 2. Why does the picture fall into two halves?
#
# **Asked.** A function for a whole stack stacks the slices along the last axis. After it, the picture shows two regions with a straight border. ([Stack Overflow 72007051](https://stackoverflow.com/questions/72007051))
#
# **The mistake.** The loop counts slices, and indexes the *first* axis. That axis holds the rows.

# %%
stored = np.stack([one.pixel_array for one in slices], axis=-1).astype(np.int16)
wrong = stored.copy()
for n, one in enumerate(slices):
    wrong[n] = wrong[n] * one.RescaleSlope + one.RescaleIntercept

# %% [markdown]
# **The repair.** Index the axis that the slices lie on.

# %%
right = stored.copy()
for n, one in enumerate(slices):
    right[..., n] = right[..., n] * one.RescaleSlope + one.RescaleIntercept

# %% [markdown]
# **The error.** There are 108 slices and 256 rows, so the loop ends before the rows do:

# %%
rows = np.flatnonzero((wrong != right).any(axis=(1, 2)))
off = int(wrong[200, 128, 60]) - int(right[200, 128, 60])
print(f"rows {rows[0]} to {rows[-1]} were left out: they are {off} HU too high")
print(f"{100 * rows.size / len(wrong):.0f} % of the rows are wrong")

# %%
pictures = {"first axis": wrong[..., 60], "last axis": right[..., 60]}
film = ctkit.figures.show_pictures(pictures, window=(0, 3000), spacing=head.spacing[1:])
film.says(f"With the wrong axis the lower {rows.size} rows stay {off} HU too high")

# %% [markdown]
# **Also.** Each slice has its own slope and intercept. Taking those of the first slice for all is a mistake that shows only on some scanners. In an **enhanced CT**, with all slices in one file, they stand in the functional groups, and pydicom 3.0 doesn't look there ([pydicom 2353](https://github.com/pydicom/pydicom/issues/2353)). Two frames of water show both mistakes:


# %%
def frame(intercept):
    values = pydicom.Dataset()
    values.RescaleSlope, values.RescaleIntercept = 1, intercept
    group = pydicom.Dataset()
    group.PixelValueTransformationSequence = [values]
    return group


groups = [frame(-1024), frame(-1000)]
water = np.array([1024, 1000])  # what water is stored as in each of the two
enhanced = pydicom.Dataset()
enhanced.PerFrameFunctionalGroupsSequence = groups

# %%
values = [group.PixelValueTransformationSequence[0] for group in groups]
ways = {
    "apply_rescale on the file": pydicom.pixels.apply_rescale(water, enhanced),
    "the first frame's for all": water + values[0].RescaleIntercept,
    "each frame its own": water + np.array([float(v.RescaleIntercept) for v in values]),
}
for name, hu in ways.items():
    print(f"{name}: water is {hu[0]:.0f} HU and {hu[1]:.0f} HU")

# %% [markdown]
# `ctkit.load` reads the groups, slice by slice.

# %% [markdown]
# ## 3. Why do my HU look just like the raw values?
#
# **Asked.** The picture made by matplotlib is much poorer than that of a viewer. After the rescale to HU it looks the same. ([Stack Overflow 58791377](https://stackoverflow.com/questions/58791377))
#
# **The mistake.** `imshow` makes the lowest value of the picture black and the highest white. A rescale moves both ends along, so nothing changes.


# %%
def in_own_range(picture):
    low, high = float(picture.min()), float(picture.max())
    return 255 * (picture - low) / (high - low)


raw, hu = slices[60].pixel_array, head.array[60]
print(f"raw and HU differ by {np.abs(in_own_range(raw) - in_own_range(hu)).max():.1f} greys")

# %% [markdown]
# **Predict.** Grey and white matter of this head are 6.6 HU apart (page 04). How many of the 255 greys of this picture lie between them?

# %%
ctkit.predict("15.a", ("0.6 greys", "6.6 greys", "21 greys"))

# %% [markdown]
# **The repair.** Say what is black and what is white: that is a window.

# %%
windowed = ctkit.apply_window(hu, *ctkit.PRESETS["brain"]) * 255

# %% [markdown]
# **The error.** What becomes of the 6.6 HU?

# %%
apart = 6.6  # HU
alone = 255 * apart / (float(hu.max()) - float(hu.min()))
print(f"the picture's own range: 6.6 HU are {alone:.1f} of 255 greys")
print(f"the brain window:        6.6 HU are {255 * apart / 79:.1f} of 255 greys")

# %%
ctkit.predict("15.a", measured=f"{alone:.1f} greys")

# %% [markdown]
# That is less than one grey, so nobody can see it.
#
# **Try this.** The view starts with the range of the picture. Click on it, and press **5**.

# %%
low, high = int(hu.min()), int(hu.max())
own = (low + high + 1) / 2, high - low + 1  # LINEAR: black at low, white at high (page 05)
ctkit.explore(head, slice=60, window=own)

# %% [markdown]
# The corner says **C 40 W 80 brain**, and the brain is no longer one grey.

# %% [markdown]
# ## 4. Why do the values go from 0 to 65535?
#
# **Asked.** Pixels of a CT read as 0 to 65535. How do they become HU? The answers shift the bits by `BitsAllocated` - `BitsStored`, and take away half of the range from signed pixels. ([VTK's forum, 14651](https://discourse.vtk.org/t/how-to-get-hounsfield-units-from-raw-pixel-data-for-ct/14651))
#
# **The mistake.** Such recipes repair the values of one program that read the file wrongly. On right values they do harm. On other values they do harm. Here are two: signed pixels read without their sign, and a shift by 16 - 12 bits of values that need none.

# %%
real = pydicom.dcmread(ctkit.samples.head_slice())  # 16 bits allocated, signed
unsigned = real.pixel_array.view(np.uint16)  # the same bits
shifted = (slices[60].pixel_array >> 4) + float(slices[60].RescaleIntercept)
print(f"without the sign: from {unsigned.min()} to {unsigned.max()}")

# %% [markdown]
# **The repair.** `pixel_array` heeds the bits and the sign (PS3.5 8.1.1). Let it, or let `load` do it all.

# %%
one = ctkit.load(ctkit.samples.head_slice())
right = slices[60].pixel_array + float(slices[60].RescaleIntercept)

# %% [markdown]
# **The error.** Air is thrown to the top by the first, and the whole head down to air by the second:

# %%
air = (real.pixel_array < -900) & (real.pixel_array > -1100)
print(f"air without its sign is {(unsigned - real.pixel_array.astype(int))[air].max()} HU off")
print(f"the ventricle reads {shifted[128, 120]:.0f} HU, and should be {right[128, 120]:.0f} HU")

# %% [markdown]
# One example in that thread ends at -3024 HU, and nothing is that thin. There, padding was -2000 stored, and -1024 was added. `load` found the padding of the slice that we have here, and made air of it:

# %%
print(f"stored from {real.pixel_array.min()}, loaded from {one.array.min()} HU")

# %% [markdown]
# ## 5. How do I bring all scans to one window?
#
# **Asked.** Chest scans have ranges of different sizes. The window given is 3200 wide around 450. How do they get a normal range, for a window of 800 around 150? ([Stack Overflow 71892702](https://stackoverflow.com/questions/71892702))
#
# **The mistake.** One answer squeezes the values by a factor of four. The other (`normalize_image`) clips them at `center - width // 2` and `center + width // 2`. Both hand out the result as if it were HU.

# %%
hu = np.array([-1000.0, 0, 40, 1000])
squeezed = (hu - 450) / 4 + 150
clipped = np.clip(hu, 150 - 800 // 2, 150 + 800 // 2)

# %% [markdown]
# **The repair.** A window makes greys, or numbers from 0 to 1. These are no HU any more, so keep the HU, and window last.

# %%
greys = ctkit.apply_window(hu, 150, 800)

# %% [markdown]
# **The error.** Squeezed, all values move. Clipped, the ends do:

# %%
for name, row in {"squeezed": squeezed, "clipped": clipped}.items():
    words = ", ".join(f"{a:.0f} to {b:.0f} HU" for a, b in zip(hu, row, strict=True))
    print(f"{name}: {words}")
print(f"squeezed, water is {squeezed[1]:.1f} HU off")
print(f"clipped, air is {clipped[0] - hu[0]:.0f} HU off")

# %%
line = np.arange(-1100, 1101.0)
curves = {
    "HU as they are": (line, line),
    "squeezed": (line, (line - 450) / 4 + 150),
    "clipped": (line, np.clip(line, -250, 550)),
}
film = ctkit.figures.show_curves(curves, x="HU in", y="HU out", levels={"water": 0})
film.says(f"Squeezed, 40 HU of contrast shrink to {squeezed[2] - squeezed[1]:.0f} HU")

# %% [markdown]
# HU are already the normal range: water is 0 and air -1000 on every scan. For a network, window them once into 0 to 1, with the same window for all: `ctkit.to_array(volume, window=(150, 800))`. With an odd width, `width // 2` also loses a HU (page 05).

# %% [markdown]
# ## 6. Why is my volume upside down?
#
# **Asked.** A library stacked its slices from the head downwards. The NIfTI made of it stands on its head in 3D Slicer. ([dicom-numpy 9](https://github.com/innolitics/dicom-numpy/issues/9))
#
# **The mistake.** The array begins at the top, and the affine at the bottom. A second mistake is as common: the order of file names, in which 10 comes before 2.

# %%
upside_down = ctkit.Volume(head.array[::-1], head.affine)
by_name = sorted(range(len(slices)), key=str)  # 0, 1, 10, 100, 101, ...

# %% [markdown]
# **The repair.** z grows towards the head (PS3.3 C.7.6.2.1.1). Sort by the position along the normal, whatever the names say. That holds for tilted and sagittal slices too.

# %%
across, down = np.reshape(slices[0].ImageOrientationPatient, (2, 3)).astype(float)
normal = np.cross(across, down)
in_order = sorted(slices, key=lambda one: normal @ np.array(one.ImagePositionPatient, float))

# %% [markdown]
# **The error.** How far does a slice lie from its place?

# %%
top = len(slices) - 1
apart = abs(upside_down.to_world((0, 0, 0))[2] - head.to_world((top, 0, 0))[2])
by_names = np.abs(np.array(by_name) - np.arange(len(slices))).max() * head.spacing[0]
print(f"upside down: the top of the head lies {apart:.1f} mm too low")
print(f"by name: a slice lies up to {by_names:.1f} mm off")
steps = np.diff([float(one.ImagePositionPatient[2]) for one in in_order])
print(f"in order: all steps are {steps.min():.1f} to {steps.max():.1f} mm")

# %% [markdown]
# `ctkit.load(folder)` sorts like this, and refuses gaps and doubles.

# %% [markdown]
# ## 7. Why does the head lean?
#
# **Asked.** CT slices that were taken with a tilted gantry come out wrong when they are loaded. ([Slicer 4409](https://github.com/Slicer/Slicer/issues/4409); what Slicer did about it: [812](https://github.com/Slicer/SlicerGitSVNArchive/pull/812))
#
# **The mistake.** Tilted slices slide against each other as they go up. A stack that has one spacing and right angles can't say so. We take the head as a scanner with a tilt of 20° would, in steps of 5 mm, and stack it straight:

# %%
middle = head.to_world((np.array(head.shape) - 1) / 2)
grid = ctkit.phantom.make_grid((34, 256, 256), (5, 0.9, 0.9), tilt_deg=20, center=middle)
tilted = ctkit.resample(head, like=grid, kernel="linear")
affine = tilted.affine.copy()
along = np.cross(affine[:3, 2], affine[:3, 1])
affine[:3, 0] = 5 * along / np.linalg.norm(along)
believed = ctkit.Volume(tilted.array, affine)

# %% [markdown]
# **The repair.** The affine of `load` keeps the slide. `regularize` moves each slice back within its plane:

# %%
upright = ctkit.regularize(tilted)

# %% [markdown]
# **The error.** It grows with each slice:

# %%
step = np.linalg.norm(believed.to_world((1, 0, 0)) - tilted.to_world((1, 0, 0)))
last = np.linalg.norm(believed.to_world((33, 0, 0)) - tilted.to_world((33, 0, 0)))
print(f"a slice is {step:.2f} mm off against the one below it, the last {last:.1f} mm")
print(f"slices are {upright.spacing[0]:.2f} mm apart, and not 5 mm")

# %% [markdown]
# **Try this.** Left of the line is the true head, right of it the straight stack, both seen from the side. Drag the line back and forth: where do they meet? Then point at index **[81, 110, 128]**.

# %%
ctkit.compare(
    head, believed, names=("true", "stacked"), plane="sagittal", blend="curtain", window="bone"
)

# %% [markdown]
# You read **32 HU → 882 HU**: where the head has brain, the stack has bone. Only near the first slice do the two agree.

# %% [markdown]
# ## 8. How do I get voxels of 1 mm?
#
# **Asked.** A scan has voxels of 0.5 x 0.5 x 2 mm. Is there a simple function for 1 x 1 x 1 mm? The first answer is `zoom(array, (0.5, 0.5, 2))`. ([Stack Overflow 47775621](https://stackoverflow.com/questions/47775621))
#
# **The mistake.** `zoom` keeps the centres of the first and the last voxel, and fits the new ones between. An array that holds its own place in mm shows where they went. (The question also casts to uint8, which wraps HU as in question 1.)

# %%
sizes = {"2 mm": (60, 2.0), "0.5 mm": (512, 0.5)}
places = {name: np.arange(n) * mm for name, (n, mm) in sizes.items()}
zoomed = {name: ndimage.zoom(places[name], mm, order=1) for name, (n, mm) in sizes.items()}
ramp = np.broadcast_to(places["2 mm"].astype(np.float32)[:, None, None], (60, 4, 4))
volume = ctkit.Volume.from_spacing(ramp, (2, 0.5, 0.5))

# %% [markdown]
# **The repair.** Resample by millimetres.

# %%
cubes = ctkit.resample(volume, 1.0, kernel="linear")

# %% [markdown]
# **The error.** If you take the new voxels for 1 mm:

# %%
for name, place in zoomed.items():
    believed_mm = np.arange(place.size)
    print(
        f"{name}: {place.size} voxels {place[1] - place[0]:.3f} mm apart, "
        f"the last {np.abs(place - believed_mm).max():.2f} mm off"
    )

# %%
inner = cubes.array[2:-2, 1, 1]  # at the ends the outermost value is repeated
true = cubes.to_world(np.stack(np.indices(cubes.shape), -1))[2:-2, 1, 1, 2]
print(f"resample: {cubes.spacing[0]:.3f} mm apart, at most {np.abs(inner - true).max():.3f} mm off")

# %% [markdown] tags=["teacher"]
# **Ask the room.** A forum answers: use zoom, with the spacing as the factor. What do you write below it?
#
# *What to expect:* That zoom keeps the outer centres where they are, so the slices are not 1 mm apart, and that the array has no origin any more.

# %% [markdown]
# An error of 1 mm at the far end seems little. It is the old spacing minus the new one. With slices of 5 mm it is 4 mm, and with the 7.5 mm of page 09 it is 6.5 mm. A mask made on one grid then no longer fits the other.

# %% [markdown]
# ## 9. Why does the crop keep the whole scan?
#
# **Asked.** A pipeline crops to what isn't 0. On CT the result is as large as the scan. Shouldn't the background be the air? ([nnU-Net 889](https://github.com/MIC-DKFZ/nnUNet/issues/889); the same in [nnDetection 335](https://github.com/MIC-DKFZ/nnDetection/issues/335))
#
# **The mistake.** 0 HU is water. Air is -1000 HU, so nearly every voxel "isn't 0".


# %%
def box_of(inside):
    (found,) = ndimage.find_objects(inside.astype(int))
    return found


whole = box_of(head.array != 0)
positive = box_of(np.maximum(head.array, 0) != 0)

# %% [markdown]
# **The repair.** Crop to a mask, the whole volume at once.

# %%
mask = ctkit.head_mask(head)
box = ctkit.crop(head, mask, margin_mm=5)

# %% [markdown]
# **The error.** How wide is each box, from left to right?

# %%
wide = [np.ptp([b[2].start, b[2].stop]) * head.spacing[2] for b in (whole, positive)]
tight = (np.ptp(np.flatnonzero(mask.array.any(axis=(0, 1)))) + 1) * head.spacing[2]
for name, mm in zip(("image != 0", "HU below 0 set to 0"), wide, strict=True):
    print(f"{name}: {mm:.1f} mm wide, the head {tight:.1f} mm: {mm - tight:.1f} mm too wide")
print(f"cropped to the mask, with 5 mm around it: {box.field_of_view[2]:.1f} mm wide")

# %% [markdown]
# The second box holds the head holder, parts of which are above 0 HU.
#
# **Also.** Some code crops each slice by itself. Then the slices no longer lie over each other, and no affine can describe that:

# %%
starts = [np.flatnonzero(one.any(axis=1))[0] for one in mask.array if one.any()]
jump = np.abs(np.diff(starts)).max() * head.spacing[1]
print(f"neighbouring slices are shifted by up to {jump:.1f} mm against each other")

# %% [markdown]
# ## 10. Why does my mask not lie on its scan?
#
# **Asked.** A scan and its labels were resampled for a network. The labels, saved and opened in 3D Slicer, don't lie on the scan. ([MONAI 2090](https://github.com/Project-MONAI/MONAI/issues/2090))
#
# **The mistake.** The array has one grid, and the affine is that of another. Here the bone is found at 3 mm, and saved with the affine of the scan:

# %%
coarse = ctkit.resample(head, 3.0)
bone = coarse.with_array(coarse.array > 300)
saved = ctkit.Volume(bone.array, head.affine)
stretched = ndimage.zoom(bone.array, np.divide(head.shape, bone.shape), order=0)

# %% [markdown]
# **Predict.** By how many millimetres does the middle of the bone move, with the affine of the scan?

# %%
ctkit.predict("15.b", unit="mm")

# %% [markdown]
# **The repair.** Resample the mask onto the grid of the scan, by millimetres. "nearest" makes no new values.

# %%
back = ctkit.resample(bone, like=head, kernel="nearest")

# %% [markdown]
# **The error.** The middle of all bone, by each affine, and how well the bones overlap (Dice):


# %%
def middle_of(mask):
    return mask.to_world(np.argwhere(mask.array).mean(axis=0))


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


for name, where in {"with the affine of the scan": saved, "resampled back": back}.items():
    off = np.linalg.norm(middle_of(where) - middle_of(bone))
    print(f"{name}: the bone is {off:.1f} mm off")

# %%
moved = np.linalg.norm(middle_of(saved) - middle_of(bone))
ctkit.predict("15.b", measured=round(moved, 1), unit="mm")

# %%
print(f"overlap {100 * dice(back.array, head.array > 300):.1f} %, ", end="")
print(f"stretched by zoom {100 * dice(stretched, head.array > 300):.1f} %")

# %% [markdown]
# Most of the overlap is lost because the mask was made on 3 mm. Stretching the array to the shape of the scan looks right, and loses a little more: it is question 8 again.
#
# **Try this.** The view draws both masks over the scan. Which is which? Then go to slice **54**, at **S 0.75 mm**.

# %%
placed = np.zeros(head.shape, bool)
placed[tuple(slice(n) for n in saved.shape)] = saved.array
ctkit.explore(head, slice=40, window="brain", mask={"its own grid": back, "wrong affine": placed})

# %% [markdown]
# The mask with the wrong affine sits in a corner, a third as wide. It had 54 slices at 3 mm, so from slice 54 on there is nothing of it. The list of labels says 611 ml for the one and 31 ml for the other.

# %% [markdown]
# ## 11. Why is my saved mask flipped?
#
# **Asked.** Each mask saved by a viewer has to be turned around in Python, along two axes, before it fits. Is there a better way? ([NiiVue 1374](https://github.com/niivue/niivue/issues/1374); the viewer's author could not repeat it.)
#
# **The mistake.** The array is flipped, and the affine isn't. The voxels move, and the file doesn't say so. Here is a mark in the right frontal lobe:

# %%
image = nib.load(ctkit.samples.head())
voxels = np.zeros(image.shape, np.uint8)
voxels[94:105, 170:181, 63:70] = 1
mark = nib.Nifti1Image(voxels, image.affine)
flipped = nib.Nifti1Image(np.flip(voxels, (0, 2)), mark.affine)

# %% [markdown]
# **The repair.** Don't flip. If an array has to run the other way, flip the affine with it. nibabel does both at once:

# %%
turned = mark.as_reoriented([[0, -1], [1, 1], [2, -1]])  # axes 0 and 2 the other way

# %% [markdown]
# **The error.** Where does the middle of the mark lie?

# %%
middles = {}
for name, file in (("mark", mark), ("flipped", flipped), ("turned", turned)):
    index = np.argwhere(np.asanyarray(file.dataobj)).mean(axis=0)
    middles[name] = nib.affines.apply_affine(file.affine, index)
    off = np.linalg.norm(middles[name] - middles["mark"])
    print(f"{name:8} R {middles[name][0]:6.1f} mm, S {middles[name][2]:6.1f} mm: {off:.1f} mm off")

# %% [markdown]
# A flip that repairs what one tool shows breaks the file for all others. Find out first which of the two is wrong: print `nib.aff2axcodes(image.affine)` for the scan and for the mask. They must be the same letters, and the two affines the same numbers.
#
# **Try this.** The mark of 10 mm lies where page 04 found the dark area. Go to slice **41**, at **I 18.75 mm**, and look on which side the flipped one is. (It lies on the left of the patient, and 37.5 mm lower.)

# %%
scan = ctkit.load(ctkit.samples.head())
there = {
    name: np.asanyarray(file.dataobj).T > 0 for name, file in (("mark", mark), ("flipped", flipped))
}
ctkit.explore(scan, slice=66, window="brain", mask=there)

# %% [markdown]
# ## 12. How do I get the bones in 3-D?
#
# **Asked.** A scan shows the bones in a viewer, and the exported mesh is an empty box ([AMI 391](https://github.com/FNNDSC/ami/issues/391)). Which value goes into marching cubes, and why is the head hollow? ([vtk.js 1012](https://github.com/Kitware/vtk-js/issues/1012))
#
# A window can't export anything, as it only makes greys. The surface of the bones lies where the HU pass a chosen value, such as 300. A surface is always hollow. **Marching cubes** finds it.
#
# **The mistake.** The call knows an array, and no millimetres. (The head is alone here, as the head holder passes 300 HU too.)

# %%
alone = ctkit.keep_head(head, mask)
points, faces, _, _ = measure.marching_cubes(alone.array, 300)

# %% [markdown]
# **The repair.** Give it the spacing, in the order of the axes.

# %%
points_mm, faces, _, _ = measure.marching_cubes(alone.array, 300, spacing=alone.spacing)

# %% [markdown]
# **The error.** How tall and how wide is the skull?

# %%
for name, of in (("voxels, taken for mm", points), ("with the spacing", points_mm)):
    tall, deep, wide = np.ptp(of, axis=0)
    print(f"{name}: {tall:.1f} mm tall, {deep:.1f} mm deep, {wide:.1f} mm wide")
short = np.ptp(points_mm[:, 0]) - np.ptp(points[:, 0])
print(f"the skull is {short:.1f} mm too short; {len(faces):,} triangles")

# %% [markdown]
# Its left and right come from the affine: `head.to_world(points)` gives the points in the patient, in LPS+ mm.
#
# Often no mesh is needed. A **maximum intensity projection** (MIP) keeps the highest value along each ray (page 09). `ctkit.slab` makes one, and a view does so with a thickness:

# %%
highest = alone.array.max(axis=1)[::-1]
spacing = {"no spacing": (1, 1), "with spacing": (alone.spacing[0], alone.spacing[2])}
film = ctkit.figures.show_pictures(
    dict.fromkeys(spacing, highest), window=(1000, 2000), spacing=spacing
)
film.says(f"Seen from the front, a skull without its spacing is {short:.1f} mm too short")

# %% [markdown]
# **Try this.** Below is a projection of 240 mm, seen from the front. Choose **sagittal** to see the skull from the side, at **L 0.48 mm**. Press **t** for that plane alone, and again for the slab.

# %%
ctkit.explore(alone, plane="coronal", window=(1000, 2000), slab=240)

# %% [markdown]
# ## 13. Why does the viewer not appear?
#
# **Asked.** In a course's environment a cell that should show an image shows a line of text. In JupyterLab the kernel restarts instead. ([KitwareMedical's course, 31](https://github.com/KitwareMedical/CourseInBiomedicalImageAnalysisAndVisualization/issues/31); similar: [itkwidgets 125](https://github.com/InsightSoftwareConsortium/itkwidgets/issues/125))
#
# **The mistake.** There are two. Here is that of the second thread: a notebook shows the *last value* of a cell. In an `if`, a loop or a function there is none.

# %%
with capture_output() as shown:
    if len(slices) > 100:
        ctkit.explore(head)
before = len(shown.outputs)

# %% [markdown]
# **The repair.** Ask for it with `display`.

# %%
with capture_output() as shown:
    if len(slices) > 100:
        display(ctkit.explore(head))

# %% [markdown]
# **The error.** A viewer that isn't there. What came out of the cell?

# %%
print(f"before: {before} pictures; after: {len(shown.outputs)} picture")
for kind in sorted(shown.outputs[0].data):
    print("  ", kind)

# %% [markdown]
# This list explains the other mistake. The notebook gets several forms of the same thing, and takes the best that it knows. A page without the widgets' extension knows only `text/plain`: the line of text. So install ipywidgets and anywidget where **JupyterLab** runs, restart it, reload the page, and run `ctkit.doctor()`. If a kernel restarts, the memory may have run out (question 14).
#
# A widget also leaves a still picture, and `view.to_html("view.html")` writes one that works without Jupyter.

# %% [markdown]
# ## 14. Why does my preprocessing die?
#
# **Asked.** The preprocessing of nnU-Net stops in the middle. ([nnU-Net 2513](https://github.com/MIC-DKFZ/nnUNet/issues/2513)) In a thread of the same kind the cure was fewer processes: memory had run out. ([nnU-Net 2094](https://github.com/MIC-DKFZ/nnUNet/issues/2094))
#
# **The mistake.** The system ends a process that takes too much, and Python gets no time to say why. One step of a usual recipe, measured:

# %%
tracemalloc.start()
larger = ndimage.zoom(image.get_fdata(caching="unchanged"), (1, 1, 1.5), order=3)
peak = tracemalloc.get_traced_memory()[1] / 1e6
tracemalloc.stop()
kept = larger.nbytes / 1e6
print(f"at its peak {peak:.0f} MB, and {kept:.0f} MB stay")

# %% [markdown]
# **The repair.** Keep int16, crop before you resample, and use fewer processes (`-np 2`).

# %%
slim = np.asanyarray(image.dataobj)
smaller = ctkit.resample(box, (1.0, None, None))

# %% [markdown]
# **The error.** The peak is many times the scan, and every process needs it at the same time:

# %%
small, usual, new = (n / 1e6 for n in (slim.nbytes, 8 * slim.size, smaller.array.nbytes))
print(f"the scan is {small:.0f} MB as int16, {usual:.0f} MB by get_fdata")
print(f"at its peak {peak / small:.0f} times the scan; in int16, cropped, {new:.0f} MB come out")
chest = 2 * 512 * 512 * 600 / 1e9
print(f"a chest of 600 slices with 8 processes: {8 * chest * peak / small:.0f} GB")

# %% [markdown]
# `get_fdata` gives float64, the spline of order 3 makes a copy, and the result is float64 again. ctkit computes in float32, a part at a time. Before it begins, it checks whether the result fits into memory:

# %%
try:
    ctkit.resample(head, 0.02)
except ctkit.GeometryError as error:
    print("ctkit:", str(error).replace(": ", ":\n"))

# %% [markdown]
# ## 15. Which scans may I show?
#
# **Asked.** A screenshot of a CT stands in a contribution. Where does it come from, and who allowed it? Its author finds that the scan is anonymized and from a public library, and still may not be passed on. ([MCP 405](https://github.com/modelcontextprotocol/ext-apps/pull/405)) An archive takes no heads with a face. ([OpenNeuro 1521](https://github.com/OpenNeuroOrg/openneuro/issues/1521))
#
# Three questions have to be answered: is the **header** clean, is there a **face**, and does the **licence** allow it?
#
# **The mistake.** The name is taken out, and nothing else.

# %%
file = copy.deepcopy(slices[20])
file.PatientName, file.ReferringPhysicianName = "Example Person", "Doctor Example"
file.PatientComments, file.InstitutionName = "Person, Example", "Example Hospital"
file.add_new(0x00091001, "LO", "Example, seen in May")  # a private element
file.PatientName = ""  # "anonymized"
found = sum("Example" in str(element.value) for element in file)

# %% [markdown]
# **The repair.** Copy only what is known to be harmless. And take the face away: here by a rough block, below the brain and in front of the ears.

# %%
clean = ctkit.deidentify(file)
faceless = head.array.copy()
faceless[:45, :70] = ctkit.AIR

# %% [markdown]
# **The error.** What still names the person?


# %%
def tip_of_nose(array):
    """mm from the front of the scan to the first voxel of skin, in the lower half."""
    return np.flatnonzero((array[:45] > -300).any(axis=(0, 2)))[0] * head.spacing[1]


names = sum("Example" in str(element.value) for element in clean)
print(f"elements with the word Example: {found} after the mistake, {names} after deidentify")
before, after = tip_of_nose(head.array), tip_of_nose(faceless)
print(f"cleaning a header moves the nose by 0.0 mm, the block by {after - before:.1f} mm")
print(f"above the block voxels changed by {np.abs(faceless[45:] - head.array[45:]).max()} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** May we put the course's head on a poster?
#
# *What to expect:* Yes, if its licence is named: it is GPL-2, and pictures of it carry that. A patient of your own: not without consent, and your house decides.

# %% [markdown]
# No tool for headers changes a voxel, so the face stays. Software has recognized people by MRI scans of their heads ([Schwarz 2019](https://doi.org/10.1056/NEJMc1908881)). A block like ours shows the idea. For sharing use a tool that is made for it, look at the result in 3-D, and ask those who are responsible for the data. Look for names burned into the picture as well.
#
# "Public" is no licence. The head of this course is GPL-2, so pictures of it are too (`data/README.md`). Note source, licence and credit beside each picture.

# %% [markdown]
# ## In short
#
# | what you see | what it is | the repair |
# |---|---|---|
# | Air white, bone black | uint16; or MONOCHROME1 taken for values | float32 or int16; leave the values |
# | Two halves | a loop over the wrong axis | index the axis of the slices |
# | HU look like raw | `imshow` scales by itself | a window |
# | 0 to 65535 | bits and sign read wrongly | `pixel_array`, `ctkit.load` |
# | Values between HU and greys | a window written over HU | greys beside the HU |
# | Upside down | order and affine disagree | sort along the normal |
# | The head leans | a tilted gantry, stacked straight | `ctkit.regularize` |
# | 1 mm that isn't | `zoom` keeps the end voxels | `ctkit.resample(volume, 1.0)` |
# | The crop keeps all | 0 taken for air | `ctkit.crop(volume, mask)` |
# | The mask lies elsewhere | array and affine of two grids | `like=scan, kernel="nearest"` |
# | A flipped mask | array flipped, affine not | flip both, or none |
# | A flat skull | no spacing | `spacing=volume.spacing` |
# | A line of text | no display, or no extension | `display(view)`; `ctkit.doctor()` |
# | No message at all | memory | int16, crop, fewer processes |
# | May I show it? | header, face, licence | `ctkit.deidentify`, a defacing tool, the licence |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. In 15.3 a function comes with its mistake: change it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("15.1")` gives one more hint each time, and `ctkit.solution("15.1")` shows one solution.

# %% exercise="15.1"

# %% exercise="15.2"

# %% exercise="15.3"

# %% exercise="15.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("15")

# %%
ctkit.progress("15")

# %% [markdown]
# ## In practice
#
# Before you ask others, write down what lets them answer:
#
# - shape, type, lowest and highest value, spacing in mm, and the letters of the axes (`print(volume)` says most of it);
# - the value at one place that you know: air, or a ventricle;
# - a picture with its window, and the smallest piece of code that shows the trouble;
# - and no header, no name, no face.
#
# ## Further reading
#
# - DICOM PS3.3, [C.7.6.2 Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html) and [C.11.1 Modality LUT](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html)
# - DICOM PS3.15, [Annex E: de-identification](https://dicom.nema.org/medical/dicom/current/output/chtml/part15/chapter_E.html)
# - scikit-image, [Marching cubes](https://scikit-image.org/docs/stable/auto_examples/edges/plot_marching_cubes.html)
# - nibabel, [Coordinate systems and affines](https://nipy.org/nibabel/coordinate_systems.html)
#
# **Back to:** [02 · Build a volume from a series](02_build_a_volume.ipynb), or any other page of the course.
