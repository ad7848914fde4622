# %% [markdown]
# # 13 · Find the bugs
#
# | | |
# |---|---|
# | **You will** | find and repair twelve bugs in a script that runs without an error |
# | **You learn** | to measure before you read code, and to compare with what is known to be true |
# | **You need** | pages 02 to 11 |
# | **Time** | 90 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

# %% [markdown]
# The script below prepares CT scans for a network. Scripts like it are passed from hand to hand. This one is made of twelve short functions. It runs on every scan, it raises no error, and each of its functions has a bug.
#
# ## How does one find a bug that raises no error?
#
# Reading the code is the slow way, because the code looks right. Measure instead:
#
# 1. Give the step something **whose answer you know**: a phantom, a ramp, one voxel.
# 2. Get **one number with its unit** out of it, in HU, mm or ml.
# 3. Make the input **smaller**, as long as the number stays wrong. The smallest case shows the line.
#
# Let us do that with a step that isn't among the twelve. It should keep the head as it is, and remove the table:


# %%
def head_alone(hu, mask):
    return hu * mask


# %% [markdown]
# **Predict.** Does that look right to you?
#
# First we need a truth. The phantom is a head of which we know each voxel:

# %%
phantom = ctkit.phantom.head_phantom()
grid = ctkit.phantom.make_grid((45, 128, 128), (4, 2, 2), center=(0, 0, 30))
truth = phantom.render(grid)
head = phantom.mask(grid)
print(truth)

# %% [markdown]
# Then a number. How many millilitres have the HU of water, -5 to 5, before and after? Taking a table away can't make any.


# %%
def water_ml(volume):
    return np.count_nonzero(np.abs(volume.array) <= 5) * volume.voxel_ml


after = truth.with_array(head_alone(truth.array, head.array))
print(f"water before: {water_ml(truth):.0f} ml, after: {water_ml(after):.0f} ml")

# %%
pictures = {"before": truth.array[22], "after": after.array[22]}
film = ctkit.figures.show_pictures(pictures, window="soft tissue", spacing=truth.spacing[1:])
film.says(f"{(water_ml(after) - water_ml(truth)) / 1000:.1f} l of water came in around the head")

# %% [markdown]
# Litres of water came in. At last the smallest case: one voxel of air outside of the mask.

# %%
print(head_alone(np.array([-1000]), np.array([False])), "HU, and should be -1000 HU")

# %% [markdown]
# Now the line is plain: times False is 0, and 0 HU is water. `np.where(mask, hu, -1000)` is right.
#
# **Try this.** The view shows what the step changed. Orange is more HU than before. Point outside of the head.

# %%
ctkit.compare(truth, after, blend="difference", limit=1000, slice=22, names=("before", "after"))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Before anybody reads the code: which numbers of its result would you check first?
#
# *What to expect:* Millilitres and millimetres of the head, air at -1000 HU, one landmark in mm, and left against right. Write the list on the board, and come back to it.

# %% [markdown]
# You read **-1000 HU → 0 HU**, up to the edge of the picture.

# %% [markdown]
# ## The script
#
# Here are the twelve functions, as they circulate. Run them all. Then go to the [table of errors](#How-far-off-is-each-step?) below: it says how far off each step is. Take one, hunt it, change its cell, and run the cell and the table again.
#
# `ctkit.check` tries your version on inputs that you don't see. It counts what a function does, and not how it is written. `ctkit.hint("13.1")` gives one more hint each time, and `ctkit.solution("13.1")` shows one solution.

# %% exercise="13.1"

# %% exercise="13.2"

# %% exercise="13.3"

# %% exercise="13.4"

# %% exercise="13.5"

# %% exercise="13.6"

# %% exercise="13.7"

# %% exercise="13.8"

# %% exercise="13.9"

# %% exercise="13.10"

# %% exercise="13.11"

# %% exercise="13.12"

# %% [markdown]
# ## How far off is each step?
#
# Each step gets something known: places, water, a head, a ramp. Run these cells after each repair. A step that is right gives 0 here.

# %%
tilt = np.radians(20)
axial, leaning = (1, 0, 0, 0, 1, 0), (1, 0, 0, 0, np.cos(tilt), -np.sin(tilt))
places = np.array([(0, 0, 0.6 * k) for k in range(10)])
mixed = np.random.default_rng(13).permutation(10)
wrong_places = np.count_nonzero(mixed[order(places[mixed], axial)] != np.arange(10))
table = np.array([(0, 0, 5 * k) for k in range(10)])
off = {
    "order": (wrong_places, "slices of 10 out of place"),
    "spacing": (spacing(table, leaning) - 5 * np.cos(tilt), "mm too far apart, at a tilt"),
}

# %%
two = np.array([1024, 1000]).reshape(2, 1, 1)  # water, in slices of their own intercepts
water = to_hu(two, np.ones(2), np.array([-1024.0, -1000.0]))
off["to_hu"] = np.abs(water).max(), "HU, on water"
across = np.hypot(*np.ogrid[-63.5:64, -63.5:64]) > 63
stored = np.where(across, -2000, np.rint(truth.array) + 1024)
clean = without_padding(stored - 1024, stored, -2000)
off["without_padding"] = np.abs(clean[:, across] + 1000).max(), "HU, where padding was"

# %%
matter = truth.array > -300
lost = np.count_nonzero(head.array & matter & ~largest(matter)) * truth.voxel_ml
off["largest"] = lost, "ml of the head lost"
off["crop"] = head.array.sum() - crop(head.array, head.array).sum(), "voxels of the head lost"
start = np.array([4, 20, 30])
apart = moved(truth.affine, start)[:3, 3] - truth.to_world(start)
off["moved"] = np.linalg.norm(apart), "mm, after a crop"
framed = pad(np.int16(np.rint(truth.array)), (45, 160, 160))
off["pad"] = np.abs(framed[:, 0, 0] + 1000).max(), "HU, in the frame"

# %%
ramp = np.arange(30.0).reshape(-1, 1, 1) * 5  # slices of 5 mm, each holds its own place
true = np.clip(np.arange(150) + 0.5 - 2.5, 0, 145)
off["to_1_mm"] = np.abs(to_1_mm(ramp, (5, 1, 1)).ravel() - true).max(), "mm, along 150 mm"
hu = np.arange(-10.0, 91)
greys = 255 * np.abs(window(hu, 40, 80) - ctkit.apply_window(hu, 40, 80))
off["window"] = greys.max(), "greys, at 40/80"
left = to_ras(truth.affine) @ (10, 20, 30, 1)
off["to_ras"] = np.linalg.norm(left[:3] - truth.to_world((10, 20, 30)) * (-1, -1, 1)), "mm"
names = np.array(["a", "b", "b", "c", "c"])
test = split(names, 1)
off["split"] = len(set(names[test]) & set(names[~test])), "patients on both sides"

# %%
for name, (error, unit) in off.items():
    print(f"{name:16} {abs(error) + 0.0:7.1f} {unit}")

# %% [markdown]
# How many are repaired, by all the inputs of `check`?

# %%
script = (order, spacing, to_hu, without_padding, largest, crop)
script += (moved, pad, to_1_mm, window, to_ras, split)
verdicts = [ctkit.check(f"13.{n}", step) for n, step in enumerate(script, start=1)]
print(f"{sum(verdict.state == 'right' for verdict in verdicts)} of {len(script)} repaired")

# %%
shown = {"without_padding": clean[22], "truth": truth.array[22]}
film = ctkit.figures.show_pictures(shown, window="soft tissue", spacing=truth.spacing[1:])
film.says(f"Where the padding was, the script is off by {abs(off['without_padding'][0]):.0f} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which of the bugs can be found by reading the code, and which only by measuring?
#
# *What to expect:* Let the room vote, bug by bug, and then compare with how each was really found. Most people trust their reading too much.

# %% [markdown]
# The table can be 0 while `check` still finds a case. The table has one known input for each step, and `check` has several: sagittal slices, odd widths, turned scans, pieces that touch at a corner. That is the last rule of the hunt: one right number is no proof. Ask which input would tell your program from a wrong one.

# %% [markdown]
# ## In short
#
# | rule | how |
# |---|---|
# | Measure first | one number with its unit, from an input that is known |
# | A truth | `ctkit.phantom.head_phantom()`; a ramp that holds its own place; one voxel |
# | The smallest case | cut the input down as long as the number stays wrong |
# | One step at a time | each function alone, then the whole |
# | More than one input | odd, turned, tilted, empty at an end, of an unsigned type |
# | Keep the test | the bug comes back with the next copy of the script |
#
# ## On your own
#
# 1. Take a script of your own, or one from the web. Which of the twelve does it have? Write the table for it.
# 2. Which three of the twelve can be seen in a picture at once, and which three never? (At once: padding that stays grey, a grey frame, and, in a coronal plane, slices out of order. These are 4, 8 and 1. Never: 7, 11 and 12. A wrong affine and a wrong split change no voxel.)
#
# ### Quiz
#
# How would you notice each of them?

# %%
ctkit.quiz("13")

# %%
ctkit.progress("13")

# %% [markdown]
# ## In practice
#
# - Write the known input down as a test, and run it with every change.
# - Compare with another program too: SimpleITK, nibabel or pydicom do most of these steps.
# - A function that can't do its job should raise an error. A wrong number is worse.
#
# ## Further reading
#
# - DICOM PS3.3, [C.7.6.2 Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html): steps 1, 2, 7 and 11
# - DICOM PS3.3, [C.11.2 VOI LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html): step 10
# - SciPy, [ndimage.zoom](https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.zoom.html): step 9
#
# **Next:** [14 · Prepare a thousand scans](14_a_thousand_scans.ipynb)
