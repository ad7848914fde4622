# %% [markdown]
# # 04 · Turn stored values into Hounsfield units
#
# | | |
# |---|---|
# | **You will** | turn the integers of a file into Hounsfield units, deal with padding, and measure tissues in regions |
# | **You learn** | what a Hounsfield unit says and what it doesn't, how the rescale works, how sure a mean is |
# | **You need** | pages 01 to 03 |
# | **Time** | 50 minutes |

# %%
from pathlib import Path

import numpy as np
import pydicom

import ctkit

# %% tags=["parameters"]
scan, accept = ctkit.samples.head_dicom(), {}  # or a scan of your own, and what load() may repair

# %%
try:
    volume = ctkit.load(scan, **accept)
except ctkit.CTError as error:
    print(f"{error}\n\nThis page goes on with the course's head.")
    scan = ctkit.samples.head_dicom()
    volume = ctkit.load(scan)
volume = volume.canonical()  # rows run from front to back
level = round(0.56 * (len(volume.array) - 1))  # in the course's head, the middle of the brain
volume

# %% [markdown]
# ## What does a Hounsfield unit say?
#
# A scanner measures how strongly each voxel weakens X-rays. This is the **attenuation coefficient** μ, in 1/cm. The trouble with μ is that it depends on the energy of the photons, so it changes with the
# tube and its voltage. Godfrey Hounsfield therefore compared each tissue with water (Hounsfield 1973; his first scale had air at -500, and today's is twice as fine; PS3.3 C.11.1.1.2 names the unit):
#
# $$\mathrm{HU} = 1000\,\frac{\mu - \mu_\text{water}}{\mu_\text{water} - \mu_\text{air}}$$
#
# Put water or air into the formula: water is **0** and air is **-1000**, whatever the energy.
#
# **Predict.** And the others? Is fat the same at every energy of the photons? Is bone?
#
# Here are μ of four materials for photons of one energy each (μ/ρ in cm²/g from tables of NIST, densities from ICRU Report 44). The formula is one line:

# %%
kev = np.array([40, 60, 80, 100, 150])
over_density = {
    "water": (0.2683, 0.2059, 0.1837, 0.1707, 0.1505),
    "air": (0.2485, 0.1875, 0.1662, 0.1541, 0.1356),
    "fat": (0.2396, 0.1974, 0.1800, 0.1688, 0.1500),
    "dense bone": (0.6655, 0.3148, 0.2229, 0.1855, 0.1480),
}
density = {"water": 1.0, "air": 0.001205, "fat": 0.95, "dense bone": 1.92}  # g/cm³
mu = {name: np.array(row) * density[name] for name, row in over_density.items()}
hu_of = {n: 1000 * (m - mu["water"]) / (mu["water"] - mu["air"]) for n, m in mu.items()}

# %%
film = ctkit.figures.show_curves(
    {name: (kev, line) for name, line in hu_of.items()}, x="energy of the photons in keV"
)
(bone_60, bone_80), (fat_60, fat_80) = hu_of["dense bone"][[1, 2]], hu_of["fat"][[1, 2]]
film.says(
    f"Dense bone reads {bone_60:.0f} HU at 60 keV, {bone_80:.0f} HU at 80 keV; fat {fat_60:.0f} "
    f"and {fat_80:.0f} HU; water always 0 HU"
)

# %% [markdown]
# From 60 to 80 keV fat moves by 20 HU, and dense bone by 600. The calcium in bone stops photons of low energy far better than water does. So does the iodine in a contrast agent.
#
# A tube of 120 kV sends photons of all energies up to 120 keV, with a mean near 70 keV. At another voltage the same bone gets another number. So if you use a threshold for bone, write down the voltage (`KVP`).
# The way the picture is computed moves the numbers too: a filter, which is also called a **kernel** (not the one of Python), makes the picture sharp or smooth. Another step corrects for scattered X-rays.
#
# HU do not say what is black and what is white. The [window](glossary.md#window) does, on page 05.
#
# **Try this.** The line under the picture is the **probe**: it tells the HU under the pointer. Point at the air and at a bone. If your scan is a head, click on the picture and press **5**. Now you see the
# brain, with a dark **ventricle** in its middle. In the course's head, hold the pointer at index **[60, 127, 120]**.

# %%
ctkit.explore(volume, slice=level)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why is water 0 on every scanner, and bone is not the same on two of them?
#
# *What to expect:* The scale is fixed at water and air. How strongly bone weakens X-rays depends on the energies of the tube.

# %% [markdown]
# In the course's head you read **4 HU** there. The fluid in the ventricles is the cerebrospinal fluid (**CSF**), and it is almost water. Move by a voxel or two, and the number changes by several HU although the fluid is the same:
# this is **noise**, the subject of page 07.

# %% [markdown]
# ## How do stored values become HU?
#
# A DICOM file holds integers on a scale of its own: the **stored values** of page 01. Two elements convert them, slice by slice (PS3.3 C.11.1.1.2):
#
# HU = `RescaleSlope` · stored + `RescaleIntercept`

# %%
files = [path for path in [Path(scan), *sorted(Path(scan).rglob("*"))] if path.is_file()]
paths = [path for path in files if pydicom.misc.is_dicom(path)]
if not paths:
    print("This scan is not in DICOM files, so here is the slice of page 01.")
    paths = [ctkit.samples.head_slice()]
dataset = pydicom.dcmread(paths[round(0.56 * (len(paths) - 1))])
stored = dataset.pixel_array
slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
by_hand = slope * stored + intercept
print(f"slope {slope:g}, intercept {intercept:g}")
print(f"stored values from {stored.min()} to {stored.max()}, {stored.dtype}")
print(f"HU from {by_hand.min():.0f} to {by_hand.max():.0f}, {by_hand.dtype}")

# %%
hu = ctkit.to_hu(stored, slope, intercept)
print("to_hu() says the same:", np.array_equal(hu, by_hand), "as", hu.dtype)

# %% [markdown]
# If the lowest HU of your own scan is far below -1024, it may be padding: see below. A little below -1024 it may be noise.
#
# Python's numbers made `by_hand` a float64, which takes 8 bytes a voxel. `to_hu` gives int16, with 2 bytes, where that is exact, and float32 where the slope has fractions.
#
# ### Mistake: integers that wrap
#
# What if everything stays integer? **Predict.** An array of uint16 holds 0. What is 0 - 1024?

# %%
air, lowest = np.array([0], np.uint16), np.array([-32768], np.int16)
for values, step in ((air, np.uint16(1024)), (lowest, np.int16(1024))):
    wrapped, true = int((values - step)[0]), float(ctkit.to_hu(values, 1, -1024)[0])
    print(f"stored {values[0]:6}, {values.dtype}: {wrapped:6} HU, and should be {true:6.0f} HU")

# %% [markdown]
# A uint16 has no numbers below 0, so it begins again from the top: air becomes brighter than any metal. An int16 wraps too, below -32768. NumPy says nothing. Compute in float32, or call `to_hu`.
#
# ### Mistake: padding that becomes water
#
# The slice of page 01 is padded with -2000. A popular recipe writes `image[image == -2000] = 0` and then rescales. **Predict.** The intercept of that file is 0. What does the
# padding become?

# %%
real = pydicom.dcmread(ctkit.samples.head_slice())
loaded = ctkit.load(ctkit.samples.head_slice())
wrong = real.pixel_array.copy()
wrong[wrong == -2000] = 0
wrong = wrong * float(real.RescaleSlope) + float(real.RescaleIntercept)
padding = real.pixel_array == -2000
water_ml = padding.sum() * loaded.voxel_ml
print(f"{padding.sum():,} pixels became 0 HU: {water_ml:.0f} ml of water that is not there")

# %% [markdown]
# With an intercept of -1024 the recipe would have given something near air, by luck. The intercept is the maker's choice.
#
# How can you find padding that no header declares? Look at the **histogram**: how many pixels have which value?

# %%
untreated = ctkit.to_hu(real.pixel_array, real.RescaleSlope, real.RescaleIntercept)
raw = ctkit.Volume(untreated[None], loaded.affine)
film = ctkit.show_histogram(raw, limits=(-2100, 2000))
spike = int((raw.array == -2000).sum())
film.says(
    f"The spike at -2000 HU is padding: {spike:,} pixels, {100 * spike / raw.array.size:.1f} % of "
    "the slice"
)

# %% [markdown]
# The peak near -1000 is air. Nothing weakens X-rays less than air, so only noise and artefacts can lie left of it, and scanners with 12 bits cut that off at -1024. A spike below -1024 HU that fills the corners is padding. `load` looks for it, turns it into air, and says so in the report.
# Padding that the file declares (`PixelPaddingValue`, PS3.3 C.7.5.1.1.2) is given in *stored* values: remove it before the rescale.
#
# **Try this.** Choose what becomes of the padding, and read the mean over the pictures. Point at a corner for its HU.


# %%
def treat(volume, padding="as data"):
    """The slice with its padding left as it is, set to 0 HU, or set to air."""
    fill = {"as data": -2000, "as water": 0, "as air": ctkit.AIR}[padding]
    array = np.where(volume.array == -2000, np.int16(fill), volume.array)
    return volume.with_array(array, f"The mean of the slice is {array.mean():.0f} HU.")


ways = ["as data", "as water", "as air"]
wide = (-500, 3000)  # from black at -2000 HU to white at 1000 HU (page 05)
ctkit.tune(raw, treat, padding=ways, window=wide, names=("untreated", "treated"))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Somebody opens a slice and reads 1064 in the brain. What happened?
#
# *What to expect:* The intercept of -1024 was not added: the numbers are stored values, and 1064 - 1024 = 40 HU.

# %% [markdown]
# As data the mean is -658 HU, as water -229 HU, **as air -444 HU**. One slice has three means, and only the last is that of a head in air. A neural network that is trained on such slices may learn the padding instead of the patient.

# %% [markdown]
# ## Which tissue is it?
#
# For this part we use the course's head, because we need to know where things lie.

# %%
head = ctkit.load(ctkit.samples.head()).canonical()
film = ctkit.show_histogram(head, limits=(-150, 150))
soft = np.arange(10, 81)
counts = np.array([np.count_nonzero(head.array == value) for value in soft])
film.says(
    f"The most frequent value of soft tissue is {soft[counts.argmax()]} HU, in {counts.max():,} "
    "voxels"
)

# %% [markdown]
# The coloured ranges are usual values without contrast agent (`ctkit.TISSUES`, collected from textbooks). They overlap, and scanners differ by some HU. The brain makes one hill: where do its **grey matter** and its
# **white matter** lie?
#
# **Predict.** Grey matter is the brighter one. By how much: 5, 15 or 50 HU?

# %%
ctkit.predict("04.a", ("5 HU", "15 HU", "50 HU"))

# %% [markdown]
# One voxel can't tell, because its noise is about as large. A **region of interest** (ROI) averages many voxels. By hand, a region is a **mask**: an array that is True where a voxel belongs to the region. Its mean is the mean of these voxels. We choose the places by
# anatomy, not by their values: the lentiform nuclei, which are grey matter deep in the brain, and the centrum semiovale, the white matter above the ventricles. Each region is a ball of 5 mm radius, on both sides.
#
# `np.ogrid` numbers the slices, the rows and the columns. Times the spacing, these numbers are millimetres:


# %%
def ball(volume, place, mm=5):
    """Mask of the voxels within so many mm of a place (slice, row, column)."""
    k, i, j = np.ogrid[: volume.shape[0], : volume.shape[1], : volume.shape[2]]
    up = (k - place[0]) * volume.spacing[0]
    back = (i - place[1]) * volume.spacing[1]
    left = (j - place[2]) * volume.spacing[2]
    return up**2 + back**2 + left**2 <= mm**2


# %%
places = {"grey": ((54, 120, 106), (54, 120, 157)), "white": ((74, 116, 106), (74, 116, 150))}
balls = {name: [ball(head, place) for place in both] for name, both in places.items()}
for name, (right, left) in balls.items():
    values = head.array[right | left]
    print(f"{name}: {values.size} voxels, mean {values.mean():.1f} HU", end=", ")
    print(f"standard deviation (SD) {values.std():.1f} HU")

# %%
marked = {name: head.with_array(one | other) for name, (one, other) in balls.items()}
film = ctkit.show_montage(head, slices=(54, 74), window="brain", mask=marked, columns=2)
means = {name: head.array[mask.array].mean() for name, mask in marked.items()}
film.says(
    f"Here the grey matter is {means['grey'] - means['white']:.1f} HU brighter than the white"
)

# %%
ctkit.predict("04.a", measured=f"{means['grey'] - means['white']:.1f} HU")

# %% [markdown]
# It is a few HU. Brooks and colleagues (1980) worked out 5.5 HU from what the two are made of. In 50 patients it was 7.1 HU at 120 kV (Nakamura and colleagues, 2019). The SD of the single voxels is as large as that, so the histogram
# shows one hill, and no threshold can separate the two. That is why the table has one range for the brain.
#
# Is a mean more certain than one voxel? The mean of *n* voxels that don't depend on each other is √*n* times steadier. But neighbours in a CT picture do depend on each other. So measure it: the same tissue lies on both sides.

# %%
for name, (right, left) in balls.items():
    rule = head.array[right].std() / np.sqrt(right.sum())
    apart = abs(head.array[right].mean() - head.array[left].mean())
    print(f"{name}: by the rule sure to {rule:.1f} HU; right and left are {apart:.1f} HU apart")

# %% [markdown]
# The rule promises too much. A mean of such a ball is good to one or two HU. So a difference of 6.6 HU is more than chance. (The two tissues were measured on different slices. What that adds, this test does not show.)
#
# In the viewer a region is an ellipse on one slice. It follows the same rule as the ball: it counts the voxels whose centres lie inside.

# %%
view = ctkit.explore(head, slice=74, window="brain")
row, column, half = 116, 150, 5 / head.spacing[1]
corners = {"start": (74, row - half, column - half), "end": (74, row + half, column + half)}
view.roi = {"kind": "ellipse", "plane": "axial", "slice": 74, **corners}
print("the viewer: {voxels} voxels, mean {mean:.1f}, SD {sd:.1f} HU".format(**view.roi))
rows, columns = np.ogrid[:256, :256]
inside = head.array[74][(rows - row) ** 2 + (columns - column) ** 2 <= half**2]
print(f"by hand:    {inside.size} voxels, mean {inside.mean():.1f}, SD {inside.std():.1f} HU")

# %% [markdown]
# **Try this.** In the picture below, go to slice **66**. Look at the front of the brain (on top), left and right of the middle. Something differs. Take the tool for an ellipse above the picture, and measure it and the same place on the
# other side.

# %%
view

# %% [markdown]
# In the **right frontal lobe** (on the left of the picture) lies a dark area, some 4 cm long, which the left side doesn't have. Here is what you should have found:

# %%
right = head.array[ball(head, (66, 80, 99))]
left = head.array[ball(head, (66, 80, 255 - 99))]  # the mirror place: columns run from 0 to 255
print(f"right {right.mean():.1f} HU, left {left.mean():.1f} HU")
print(f"the right frontal lobe is {left.mean() - right.mean():.1f} HU darker there")

# %%
film = ctkit.show_montage(head, slices=range(56, 87, 6), window="brain", columns=3)
film.says(
    f"Slices 56 to 86: at the front right the brain reads {right.mean():.1f} HU instead of "
    f"{left.mean():.1f} HU"
)

# %% [markdown]
# The values are nearly those of CSF. We don't know why: the scan has no report, and a number alone is no diagnosis. It is the one real finding in this course, and we shall meet it again.
#
# ### Mistake: a range taken for a tissue
#
# A voxel at the border of two tissues gets a mean of both: the **partial volume effect** (Buzug 2008). Between skin and air, and between bone and brain, there are voxels with every value in between. In a phantom we know what is there:

# %%
phantom = ctkit.phantom.head_phantom(table=False, lesions=False)
grid = ctkit.phantom.make_grid((9, 128, 128), (5, 1.8, 1.8), center=(0, 0, 40))
made = phantom.render(grid)
for name in ("lung", "spongy bone"):
    low, high = ctkit.TISSUES[name]
    found = (made.array >= low) & (made.array <= high)
    parts = [part.name for part in phantom.parts if low <= part.hu <= high]
    ml = found.sum() * made.voxel_ml
    print(f"{name}, {low} to {high} HU: {ml:.1f} ml; parts of this HU: {parts or 'none'}")

# %% [markdown] tags=["teacher"]
# **Ask the room.** May we call the dark area in the frontal lobe an old stroke?
#
# *What to expect:* No. We may say where it is, how large, and how many HU lower than the other side. The scan has no report, and a number is no diagnosis.

# %% [markdown]
# A head without a lung has "lung", all of it between skin and air. Its skull is denser than "spongy bone" everywhere, and still has some at its borders. A range of HU tells you where to look. Only anatomy tells you what you see there.

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | HU | water 0, air -1000; bone depends on the voltage |
# | The rescale | `ctkit.to_hu(stored, slope, intercept, padding=None)`: never wraps; int16 where exact |
# | Padding | in *stored* values; becomes air, never water; `volume.report` counts it |
# | A whole scan | `ctkit.load` does it slice by slice, and refuses what isn't HU |
# | Region of interest | `view.roi`: drawn with the mouse, or set as a dict of two corners |
# | Ranges of tissues | `ctkit.TISSUES`: a hint where to look, no proof |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("04.1")` gives one more hint each time, and `ctkit.solution("04.1")` shows one solution.

# %% exercise="04.1"

# %% exercise="04.2"

# %% exercise="04.3"

# %% exercise="04.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("04")

# %%
ctkit.progress("04")

# %% [markdown]
# And one to measure: how large is the dark area in the right frontal lobe, in ml? Smooth the head with `scipy.ndimage.gaussian_filter(head.array.astype(float), 1)`. Count the voxels from -20 to 13 HU, which is half way between both sides, in slices 56 to 86, rows 55 to 109, columns 80 to 121. (Nearly 19 ml; grooves between the folds count as well.)

# %% [markdown]
# ## In practice
#
# - Look at the histogram of each new series first. A spike below -1024 HU is padding. A peak of air far from -1000 HU means a wrong rescale. Gaps at every second value mean a slope of 2, or a rescale with that slope that was done twice. (A rescale that was done twice with an intercept of -1024 puts air near -2000 HU.)
# - Slope and intercept belong to a slice, and may differ from slice to slice. An **enhanced CT** is one file with many slices. There they stand in a sequence for each slice (PS3.3 C.8.15.3.10).
# - `RescaleType` may name another unit, or US (unspecified). Then the values aren't HU.
# - `PhotometricInterpretation` MONOCHROME1 says how to show the values. It doesn't change them.
# - Keep HU in int16, compute in float32.
#
# ## Further reading
#
# - DICOM PS3.3, [Modality LUT](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html) and [padding](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.5.html)
# - G. N. Hounsfield, Computerized transverse axial scanning (tomography): part 1. Br. J. Radiol. 46 (1973) 1016, [doi](https://doi.org/10.1259/0007-1285-46-552-1016)
# - R. A. Brooks, G. Di Chiro, M. R. Keller, Explanation of cerebral white-gray contrast in computed tomography. J. Comput. Assist. Tomogr. 4 (1980) 489, [doi](https://doi.org/10.1097/00004728-198008000-00016)
# - K. Nakamura et al., Computed tomography using a low tube voltage technique for acute ischemic stroke. Advances in Computed Tomography 8 (2019) 21, [doi](https://doi.org/10.4236/act.2019.82003)
# - NIST, [X-Ray Mass Attenuation Coefficients](https://physics.nist.gov/PhysRefData/XrayMassCoef/tab4.html): the tables used above
# - T. M. Buzug, Computed Tomography: From Photon Statistics to Modern Cone-Beam CT (Springer, 2008)
#
# **Next:** [05 · Choose a window for the eye](05_choose_a_window.ipynb)
