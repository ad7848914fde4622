# %% [markdown]
# # 04 · Turn stored values into Hounsfield units
#
# | | |
# |---|---|
# | **You will** | turn the integers of a file into Hounsfield units, deal with padding, and measure tissues in regions |
# | **You learn** | what a Hounsfield unit says and what it doesn't, how the rescale works, how sure a mean is |
# | **You need** | pages 01 to 03 |
# | **Time** | 35 minutes |

# %%
from pathlib import Path

import numpy as np
import pydicom

import ctkit

# %% tags=["parameters"]
scan, accept = ctkit.samples.head_dicom(), {}  # a scan of your own, and what load() may repair

# %%
volume = ctkit.load(scan, **accept).canonical()
level = round(0.56 * len(volume.array))  # in the course's head, through the middle of the brain
volume

# %% [markdown]
# ## What does a Hounsfield unit say?
#
# A scanner measures how strongly each voxel weakens X-rays. This is the **attenuation coefficient** μ, in 1/cm. The trouble with μ is that it depends on the energy of the photons, so it changes with the
# tube and its voltage. Godfrey Hounsfield therefore compared each tissue with water and air (Hounsfield 1973; PS3.3 C.11.1.1.2 names the unit):
#
# $$\mathrm{HU} = 1000\,\frac{\mu - \mu_\text{water}}{\mu_\text{water} - \mu_\text{air}}$$
#
# Put water or air into the formula: water is **0** and air is **-1000**, whatever the energy.
#
# **Predict.** And the others? Is fat the same on every scanner? Is bone?
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
at_60, at_80 = hu_of["dense bone"][[1, 2]]
film.says(f"Dense bone reads {at_60:.0f} HU at 60 keV, {at_80:.0f} HU at 80 keV; water always 0 HU")

# %% [markdown]
# Fat moves by some 20 HU. Bone moves by hundreds, and so does contrast agent. A tube of 120 kV sends photons of all energies up to 120 keV, with a mean near 70 keV; at another voltage
# the same bone gets another number. So if you use a threshold for bone, write down the voltage (`KVP`). The software that makes the picture, its **kernel** and its corrections move
# the numbers too.
#
# Black and white are no part of all this. They come from the [window](glossary.md#window), on page 05.
#
# **Try this.** The line under the picture is the **probe**: it tells the HU under the pointer. Point at the air, at the skull, and at the dark
# **ventricle** in the middle of the brain. Hold the pointer at index **[60, 127, 120]**.

# %%
ctkit.explore(volume, slice=level, window="brain")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why is water 0 on every scanner, and bone is not the same on two of them?
#
# *What to expect:* The scale is fixed at water and air. How strongly bone weakens X-rays depends on the energies of the tube.

# %% [markdown]
# On the head of the course you read **4 HU** at [60, 127, 120]. The fluid in the ventricles is called **CSF**, and it is almost water. Move by a voxel or two, and the number changes by several HU although the fluid is the same:
# this is **noise**, the subject of page 07.

# %% [markdown]
# ## How do stored values become HU?
#
# A DICOM file holds integers on a scale of its own: the **stored values** of page 01. Two elements convert them, slice by slice (PS3.3 C.11.1.1.2):
#
# HU = `RescaleSlope` · stored + `RescaleIntercept`

# %%
paths = [path for path in sorted(Path(scan).rglob("*")) if pydicom.misc.is_dicom(path)]
dataset = pydicom.dcmread(paths[round(0.56 * len(paths))])
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
# Python's numbers made `by_hand` a float64, four times as large as it needs to be. `to_hu` gives int16 where that is exact, and float32 where the slope has fractions.
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
# A uint16 has no numbers below 0, so it begins again from the top: air becomes brighter than any metal, and NumPy says nothing. Compute in float32, or call `to_hu`.
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
padding = wrong != loaded.array[0]
water_ml = padding.sum() * loaded.voxel_ml
print(f"{padding.sum():,} pixels became 0 HU: {water_ml:.0f} ml of water that is not there")

# %% [markdown]
# With an intercept of -1024 the recipe would have given something near air, by luck. The intercept is the maker's choice.
#
# How can you find padding that no header declares? Look at the **histogram**: how many pixels have which value?

# %%
as_stored = real.pixel_array * float(real.RescaleSlope) + float(real.RescaleIntercept)
raw = ctkit.Volume(as_stored[None].astype(np.int16), loaded.affine)
film = ctkit.show_histogram(raw, limits=(-2100, 2000))
spike = int((raw.array == -2000).sum())
film.says(
    f"The spike at -2000 HU is padding: {spike:,} pixels, {100 * spike / raw.array.size:.1f} % of "
    "the slice"
)

# %% [markdown]
# The peak near -1000 is air. Left of it there should be nothing, because nothing weakens X-rays less than air. So a spike below -1024 HU that fills the corners is padding. `load` looks for it, turns it into air, and says so in the report.
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
ctkit.tune(raw, treat, padding=ways, window=(-500, 3001), names=("stored", "treated"))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Somebody opens a slice and reads 1064 in the brain. What happened?
#
# *What to expect:* The intercept of -1024 was not added: the numbers are stored values, and 1064 - 1024 = 40 HU.

# %% [markdown]
# As data the mean is -658 HU, as water -229 HU, **as air -444 HU**. One slice has three means, and only the last is that of a head in air. A network that is fed with such means learns where the padding is.

# %% [markdown]
# ## Which tissue is it?
#
# For this part we use the head of the course, because we need to know where things lie.

# %%
head = ctkit.load(ctkit.samples.head())
film = ctkit.show_histogram(head, limits=(-150, 150))
soft = np.arange(10, 81)
counts = np.array([np.count_nonzero(head.array == value) for value in soft])
film.says(
    f"The most frequent value of soft tissue is {soft[counts.argmax()]} HU, in {counts.max():,} "
    "voxels"
)

# %% [markdown]
# The coloured ranges are usual values without contrast agent (`ctkit.TISSUES`). They overlap, and scanners differ by some HU. The brain makes one hill: where do its **grey matter** and its
# **white matter** lie?
#
# **Predict.** Grey matter is the brighter one. By how much: 5, 15 or 50 HU?
#
# One voxel can't tell, because its noise is about as large. A **region of interest** (ROI) averages many voxels. By hand, a region is a mask, and its mean is the mean of the voxels in the mask. We choose the places by
# anatomy, not by their values: the lentiform nuclei, which are grey matter deep in the brain, and the centrum semiovale, the white matter above the ventricles. Each is a ball of 5 mm radius, on both sides.


# %%
def values_within(volume, place, mm):
    """HU of the voxels within so many mm of a place (slice, row, column)."""
    index = np.ogrid[tuple(slice(n) for n in volume.shape)]
    steps = [(i - at) * step for i, at, step in zip(index, place, volume.spacing, strict=True)]
    return volume.array[sum(step**2 for step in steps) <= mm**2]


# %%
places = {"grey": ((54, 135, 106), (54, 135, 157)), "white": ((74, 139, 106), (74, 139, 150))}
means = {}
for name, both in places.items():
    values = np.concatenate([values_within(head, place, mm=5) for place in both])
    means[name] = values.mean()
    print(f"{name}: {values.size} voxels, mean {values.mean():.1f}, SD {values.std():.1f} HU")
print(f"grey matter is {means['grey'] - means['white']:.1f} HU brighter")

# %% [markdown]
# It is a few HU. Brooks and colleagues (1980) worked out 5.5 HU from what the two are made of. The SD of the single voxels is as large as that, so the histogram shows one hill, and no threshold can part the two. The ranges of the table lie further apart than that. They come from different scanners and authors: within one scan, trust the measurement.
#
# Is the mean surer than one voxel? The mean of *n* voxels that don't depend on each other is √*n* times steadier. Neighbours in a CT picture do depend on each other, so take √*n* as a hint, and measure (page 07).
#
# In the viewer a region is an ellipse on one slice. It follows the same rule: it counts the voxels whose centres lie inside.

# %%
view = ctkit.explore(head, slice=74, window="brain")
row, column, half = 139, 150, 5 / head.spacing[1]
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
right = values_within(head, (66, 175, 99), mm=5)
left = values_within(head, (66, 175, 255 - 99), mm=5)
print(f"right {right.mean():.1f} HU, left {left.mean():.1f} HU")
print(f"the right frontal lobe is {left.mean() - right.mean():.1f} HU darker there")

# %%
film = ctkit.show_montage(head, slices=range(56, 87, 6), window="brain", columns=3)
film.says(
    f"Slices 56 to 86: at the front right the brain reads {right.mean():.1f} HU instead of "
    f"{left.mean():.1f} HU"
)

# %% [markdown]
# That is nearly CSF. Something took the place of brain there, perhaps years ago. What it is we don't know: the scan has no report, and a number alone is no diagnosis. It is the one real finding in this course, and we shall meet it again.
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
# A head without a lung has "lung", all of it on its skin. A range of HU tells you where to look. What you see there, anatomy has to say.

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
# 1. What is 1500 stored in HU, with slope 1 and intercept -1024? And with slope 0.5? (476 HU and -274 HU.)
# 2. By how many HU does fat move from 60 keV to 150 keV? (From -89 to -53 HU.)
# 3. Draw a region across the wall of a ventricle. What happens to its SD, and why? (It grows: two tissues lie in it.)
# 4. How large is the dark area, in ml? Try a mask of voxels below 14 HU in a box around it, after some smoothing. (Some 15 to 20 ml; grooves between the folds count as well.)
#
# ## In practice
#
# - Look at the histogram of each new series first. A spike below -1024 HU, a peak of air off -1000 or a gap at every second value shows a wrong rescale or padding.
# - Slope and intercept belong to a slice, and may differ from slice to slice. In an **enhanced CT** they stand in the functional groups (PS3.3 C.7.6.16.2.9).
# - `RescaleType` may name another unit, such as US for a perfusion map. Then it is no HU.
# - `PhotometricInterpretation` MONOCHROME1 says how to show the values. It doesn't change them.
# - Keep HU in int16, compute in float32.
#
# ## Further reading
#
# - DICOM PS3.3, [Modality LUT](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html) and [padding](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.5.html)
# - G. N. Hounsfield, Computerized transverse axial scanning (tomography): part 1. Br. J. Radiol. 46 (1973) 1016, [doi](https://doi.org/10.1259/0007-1285-46-552-1016)
# - R. A. Brooks, G. Di Chiro, M. R. Keller, Explanation of cerebral white-gray contrast in computed tomography. J. Comput. Assist. Tomogr. 4 (1980) 489, [doi](https://doi.org/10.1097/00004728-198008000-00016)
# - NIST, [X-Ray Mass Attenuation Coefficients](https://physics.nist.gov/PhysRefData/XrayMassCoef/tab4.html): the tables used above
# - T. M. Buzug, Computed Tomography: From Photon Statistics to Modern Cone-Beam CT (Springer, 2008)
#
# **Next:** [05 · Choose a window for the eye](05_choose_a_window.ipynb)
