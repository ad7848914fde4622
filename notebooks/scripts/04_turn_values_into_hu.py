# %% [markdown]
# # 04 · Turn stored values into Hounsfield units
#
# | | |
# |---|---|
# | **You will** | turn the integers of a file into Hounsfield units, read tissues off a histogram, and measure them in regions |
# | **You learn** | what a Hounsfield unit says and what it does not, how the rescale and the padding work, seven ways to get them wrong |
# | **You need** | pages 01 to 03 |
# | **Time** | 30 minutes |

# %%
from pathlib import Path

import numpy as np
import pydicom
from scipy import ndimage

import ctkit

# %% tags=["parameters"]
scan, accept = (
    ctkit.samples.head_dicom(),
    {},
)  # a scan of your own, and what load() may repair in it

# %%
volume = ctkit.load(scan, **accept).canonical()
level = round(0.56 * len(volume.array))  # a slice through the middle of the brain, in a head
volume

# %% [markdown]
# ## What does a Hounsfield unit say?
#
# A scanner measures how strongly each voxel weakens X-rays: the **attenuation coefficient** μ, in 1/cm. It depends on the energy of
# the photons, and so on the tube and its voltage. To be free of that, at least for soft tissue, it is compared with water and air. The result is the **Hounsfield unit**, HU
# (Hounsfield 1973; PS3.3 C.11.1.1.2):
#
# $$\mathrm{HU} = 1000\,\frac{\mu - \mu_\text{water}}{\mu_\text{water} - \mu_\text{air}}$$
#
# Water is **0** and air is **-1000**, by definition and on every scanner. Nothing else is fixed. Here is what four materials would read in beams of one
# energy each (μ/ρ in cm²/g from the tables of NIST, densities from ICRU Report 44).

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
film = ctkit.figures.Film(3.0, "Attenuation and HU of four materials over the photons' energy")
for place, (label, values) in enumerate({"1/cm": mu, "HU": hu_of}.items(), start=1):
    axes = film.panel(1, 2, place, title=("attenuation", "Hounsfield units")[place - 1])
    for color, (name, line) in zip(ctkit.figures.COLORS, values.items(), strict=False):
        axes.plot(kev, line, "o-", color=color, label=name, markersize=4)
    axes.set(xlabel="keV", ylabel=label)
film.legend_of(axes)
at_60, at_80 = hu_of["dense bone"][[1, 2]]
film.says(f"Dense bone reads {at_60:.0f} HU at 60 keV, {at_80:.0f} HU at 80 keV; water always 0 HU")

# %% [markdown]
# A tube of 120 kV sends photons of all energies up to 120 keV, about 70 keV on the mean. So soft tissue has nearly the same HU everywhere, fat
# differs by some 20 HU, and bone and contrast agent by hundreds: with a threshold for bone, write down the voltage (`KVP`).
# Black and white are no part of this. They are a choice of the [window](glossary.md#window), on page 05.
#
# **Try this.** The **probe** is the line under the picture: it says the HU of the voxel under the pointer. Point at the air around the head, at the skull, and at the dark
# **ventricle** in the middle of the brain, a chamber filled with fluid: hold the pointer at index **[60, 127, 120]**.

# %%
ctkit.explore(volume, slice=level, window="brain")

# %% [markdown]
# At [60, 127, 120] of the head of the course the probe reads **4 HU**: the fluid, **CSF**, is almost water. Air reads about -1000, the skull 1000 and more. Move by a few voxels within the ventricle, and the number
# jumps about by some HU: this is **noise**, the subject of page 07.

# %% [markdown]
# ## How do stored values become HU?
#
# A DICOM file holds integers of its own scale, the **stored values**. Two tags turn them into HU (PS3.3 C.11.1.1.2), slice by slice:
#
# HU = `RescaleSlope` x stored + `RescaleIntercept`

# %%
paths = [path for path in sorted(Path(scan).rglob("*")) if pydicom.misc.is_dicom(path)]
dataset = pydicom.dcmread(paths[round(0.56 * len(paths))])
stored = dataset.pixel_array
slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
hu = ctkit.to_hu(stored, slope, intercept)
print(
    f"slope {slope:g}, intercept {intercept:g}, RescaleType "
    f"{dataset.get('RescaleType', 'not told')}"
)
print(f"stored {stored.min()} to {stored.max()}, {stored.dtype}")
print(f"HU     {hu.min()} to {hu.max()}, {hu.dtype}")
print("declared padding:", dataset.get("PixelPaddingValue", "none"))

# %% [markdown]
# A scanner sees a circle, and a file is a square. What lies outside the circle is **padding**: a value that stands for "nothing was measured here". It should be
# declared as `PixelPaddingValue` (PS3.3 C.7.5.1.1.2), in **stored** values, with `PixelPaddingRangeLimit` where it is a range. The real slice of page 01 pads and does not say so.

# %%
real = pydicom.dcmread(ctkit.samples.head_slice())
loaded = ctkit.load(ctkit.samples.head_slice())
as_stored = real.pixel_array * float(real.RescaleSlope) + float(real.RescaleIntercept)
raw = ctkit.Volume(as_stored[None].astype(np.int16), loaded.affine)
print("declared padding:", real.get("PixelPaddingValue", "none"))
print(*loaded.report, sep="\n")

# %%
film = ctkit.show_histogram(raw, limits=(-2100, 2000))
spike = int((raw.array == -2000).sum())
share = 100 * spike / raw.array.size
film.says(f"The spike at -2000 HU is padding: {spike:,} pixels, {share:.1f} % of the slice")

# %% [markdown]
# Between the spike and the peak of air near -1000 there is nothing: no tissue is lighter than air. ctkit looks for a constant below
# -1024 HU that fills all four corners, takes it as padding, makes it air, and reports it.
#
# **Try this.** What becomes of the slice when padding is taken as data, as water (0) or as air? Choose, and read the line over the pictures; point at a corner for its HU.


# %%
def treat(volume, padding="as data"):
    """The slice with its padding left as it is, set to 0 HU, or set to air."""
    fill = {"as data": -2000, "as water": 0, "as air": ctkit.AIR}[padding]
    array = np.where(volume.array == -2000, np.int16(fill), volume.array)
    return volume.with_array(array, f"The mean of the slice is {array.mean():.0f} HU.")


# %%
ways = ["as data", "as water", "as air"]
means = {way: float(treat(raw, way).array.mean()) for way in ways}
ctkit.tune(raw, treat, padding=ways, window=(-500, 3001), names=("stored", "treated"))

# %% [markdown]
# As data the line says -658 HU, as water -229 HU, **as air -444 HU**. One slice, three means, and only the last one is that of a head in air.

# %% [markdown]
# ## Which tissue is it?
#
# Usual ranges of HU without contrast agent, after Buzug 2008 and Prokop 2003 (`ctkit.hounsfield` names the sources). They overlap, and differ by some HU between scanners.

# %%
for name, (low, high) in ctkit.TISSUES.items():
    print(f"{name:14} {low:6} to {high:5} HU")

# %%
film = ctkit.show_histogram(volume, limits=(-150, 150))
soft = np.arange(10, 81)
counts = np.array([np.count_nonzero(volume.array == value) for value in soft])
film.says(
    f"The most frequent value of soft tissue is {soft[counts.argmax()]} HU, in {counts.max():,} "
    "voxels"
)

# %% [markdown]
# White and grey matter differ by some 10 HU, and the noise of one voxel is nearly as large: in the histogram they are one hill. A **region of interest**, ROI, helps: it averages. The mean
# of *n* voxels is up to √*n* times steadier than one voxel. Below we look for small flat squares in each range, and take the one nearest to the middle of the slice.


# %%
def flat_place(picture, name, size):
    """(row, column) of a square whose mean is a tissue's, among the flattest; or None."""
    low, high = ctkit.TISSUES[name]
    mean = ndimage.uniform_filter(picture, size)
    variance = ndimage.uniform_filter(picture**2, size) - mean**2
    found = (mean >= low) & (mean <= high)
    if not found.any():
        return None
    rows, columns = np.nonzero(found & (variance <= 2 * variance[found].min()))
    middle = (np.array(picture.shape) - 1) / 2
    nearest = np.hypot(rows - middle[0], columns - middle[1]).argmin()
    return int(rows[nearest]), int(columns[nearest])


# %%
def ellipse(row, column, half):
    """A region for `view.roi`: two opposite corners as (slice, row, column)."""
    start, end = (level, row - half, column - half), (level, row + half, column + half)
    return {"kind": "ellipse", "plane": "axial", "slice": level, "start": start, "end": end}


# %%
view = ctkit.explore(volume, slice=level, window="brain")
half = max(2, round(2 / volume.spacing[1]))
picture = volume.array[level].astype(float)
regions = {}
for name in ("fat", "dense bone", "white matter", "water, CSF"):
    if place := flat_place(picture, name, 2 * half + 1):
        view.roi = ellipse(*place, half)
        regions[name] = view.roi
        told = "{voxels:3} voxels, mean {mean:7.1f}, SD {sd:5.1f} HU".format(**view.roi)
        print(f"{name:12} {told}")

# %%
film = ctkit.figures.Film(4.6, f"Regions of 4 mm in {len(regions)} ranges, axial slice {level}")
axes = film.panel(1, 1, 1)
ctkit.figures.draw_plane(axes, volume, "axial", level, "soft tissue")
for color, (name, roi) in zip(ctkit.figures.COLORS, regions.items(), strict=False):
    row, column = (np.add(roi["start"], roi["end"])[1:] / 2 + 0.5) * volume.spacing[1:]
    ring = {"color": color, "fillstyle": "none", "markersize": 9, "markeredgewidth": 2}
    axes.plot(column, row, "o", label=f"{name}: {roi['mean']:.0f} ± {roi['sd']:.0f} HU", **ring)
film.legend_of(axes, loc="upper left", bbox_to_anchor=(1.02, 1))
told = f"{name}: {roi['mean']:.1f} ± {roi['sd'] / np.sqrt(roi['voxels']):.1f} HU"
film.says(f"{told} by {roi['voxels']} voxels, where one voxel spreads by {roi['sd']:.1f} HU")

# %% [markdown]
# The SD says which means to trust. In the ventricle it is the noise alone. The layer of fat under the scalp is thinner than the region: its SD is several times that, and its mean
# is that of no tissue. And a range is no proof: each place was *chosen* by its mean. It takes anatomy to know that fluid is to be expected there.
#
# **Try this.** The last region is still set on the view. Read its numbers beside it. Then take the tool for an ellipse above the picture, and draw your own in white
# matter, in muscle, in bone: mean, SD, range and area follow your hand, and `view.roi` has them in Python.

# %%
view

# %% [markdown]
# The circle in the ventricle reads **mean -0.5  SD 4.0 HU** on the head of the course. Draw across the ventricle's wall, and the SD grows.

# %% [markdown]
# ## What goes wrong
#
# ### 1. Integers wrap
#
# > An int16 ends at ±32767, a uint16 begins at 0. Arithmetic in the stored type wraps around, silently for arrays. NumPy 2 at least refuses a Python integer that does not
# > fit (NEP 50, 2024). The result of a rescale may need more bits than the stored value has (PS3.3 C.11.1.1.2).

# %%
air, lowest = np.array([0], np.uint16), np.array([-32768], np.int16)
for values, step in ((air, np.uint16(1024)), (lowest, np.int16(1024))):
    wrapped, true = int((values - step)[0]), float(ctkit.to_hu(values, 1, -1024)[0])
    print(f"stored {values[0]:6}, {values.dtype}: {wrapped:6} HU, and should be {true:6.0f} HU")
try:
    air + int(intercept - 1)
except OverflowError as error:
    print("NumPy 2:", error)

# %% [markdown]
# ### 2. Padding read as HU
#
# > -2000 stored with an intercept of -1024 is -3024 HU, which nothing can be. And the tag itself can mislead: `PixelPaddingValue` of signed pixels may be written as an unsigned 63536,
# > the same 16 bits (PS3.3 C.7.5.1.1.2).

# %%
values = np.array([-2000, 24, 1064], np.int16)
print("as data:   ", ctkit.to_hu(values, 1, -1024), "HU")
print("as padding:", ctkit.to_hu(values, 1, -1024, padding=-2000), "HU")
print("63536 is the stored value", np.uint16(63536).view(np.int16))
print(f"as data, the mean of the real slice is off by {means['as data'] - means['as air']:.0f} HU")

# %% [markdown]
# ### 3. Padding set to 0, before the rescale
#
# > A popular recipe writes `image[image == -2000] = 0`, and then rescales. With an intercept of -1024 that happens to be air. With an intercept of 0, as in the real slice, padding turns
# > to water (PS3.3 C.11.1.1.2 leaves the intercept to the maker).

# %%
wrong = real.pixel_array.copy()
wrong[wrong == -2000] = 0
wrong = wrong * float(real.RescaleSlope) + float(real.RescaleIntercept)
changed = wrong != loaded.array[0]
off = np.abs(wrong - loaded.array[0])[changed].max()
water_ml = changed.sum() * loaded.voxel_ml
print(
    f"{changed.sum():,} pixels are off by {off:.0f} HU: {water_ml:.0f} ml of water that is not "
    "there"
)

# %%
film = ctkit.show_row(
    {"wrong: padding is 0": treat(raw, "as water"), "right: padding is air": loaded},
    window=(0, 2000),
)
film.says(f"Set to 0, padding makes a frame of {water_ml:.0f} ml of water around the head")

# %% [markdown]
# ### 4. One slope for all slices
#
# > Slope and intercept belong to each slice, and may differ (PET and some CT). `RescaleType` may name another unit, such as US, unspecified, for a perfusion map: then it is no CT number at
# > all, and `ctkit.load` refuses it (PS3.3 C.11.1.1.2). Below, one slice is stored twice: with slope 1 and with slope 0.5.

# %%
finer = np.rint((hu + 1024.0) / 0.5).astype(np.int32)
wrong = ctkit.to_hu(finer, 1, -1024)
right = ctkit.to_hu(finer, 0.5, -1024)
print(f"with the first slice's slope: off by up to {np.abs(wrong - hu).max():.0f} HU")
print(f"with its own slope:           off by up to {np.abs(right - hu).max():.0f} HU")

# %% [markdown]
# ### 5. HU inverted, because the file says MONOCHROME1
#
# > `PhotometricInterpretation` says how to show values: MONOCHROME1 shows the lowest as white (PS3.3 C.7.6.3.1.2). It says nothing of what they are. Some readers invert the numbers.

# %%
stored_water = np.array([round(-intercept / slope)], np.int64)
inverted = np.iinfo(np.uint16).max - stored_water
right, wrong = (float(ctkit.to_hu(v, slope, intercept)[0]) for v in (stored_water, inverted))
print(f"water: {right:.0f} HU, inverted {wrong:,.0f} HU")
print(f"off by {wrong - right:,.0f} HU")

# %% [markdown]
# ### 6. The rescale of an enhanced CT, overlooked
#
# > An **enhanced CT** holds all slices in one file, and its rescale in the functional groups (PS3.3 C.7.6.16.2.9). A function that looks for the two tags at the top finds none,
# > and returns the stored values without a word.

# %%
rescale = pydicom.Dataset()
rescale.RescaleSlope, rescale.RescaleIntercept, rescale.RescaleType = 1, -1024, "HU"
group, enhanced = pydicom.Dataset(), pydicom.Dataset()
group.PixelValueTransformationSequence = [rescale]
enhanced.SharedFunctionalGroupsSequence = [group]
water = np.array([1024], np.int16)
wrong = pydicom.pixels.apply_modality_lut(water, enhanced)
right = pydicom.pixels.apply_modality_lut(water, rescale)
print(
    f"water reads {wrong[0]:.0f} HU, and should read {right[0]:.0f} HU: off by "
    f"{wrong[0] - right[0]:.0f} HU"
)

# %% [markdown]
# ### 7. A range taken for a tissue
#
# > A voxel holds the mean of all that is in it: the **partial volume effect** (Buzug 2008). Between skin and air, between bone and brain, there are voxels with every HU in between. In a phantom the truth is known.

# %%
phantom = ctkit.phantom.head_phantom(table=False, lesions=False)
grid = ctkit.phantom.make_grid((9, 128, 128), (5, 1.8, 1.8), center=(0, 0, 40))
head = phantom.render(grid)
for name in ("lung", "spongy bone"):
    low, high = ctkit.TISSUES[name]
    found = (head.array >= low) & (head.array <= high)
    made_of_it = [part.name for part in phantom.parts if low <= part.hu <= high]
    ml = found.sum() * head.voxel_ml
    print(f"{name}, {low} to {high} HU: {ml:.1f} ml; parts of this HU: {made_of_it or 'none'}")

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | HU | water 0, air -1000; bone depends on the voltage |
# | The rescale | `ctkit.to_hu(stored, slope, intercept, padding=None)`: never wraps; int16 where exact |
# | Padding | found in *stored* values, becomes air, never water; `volume.report` counts it |
# | A whole scan | `ctkit.load` does it slice by slice, and refuses what is not HU |
# | Region of interest | `view.roi`: drawn with the mouse, or set as a dict of two corners |
# | Ranges of tissues | `ctkit.TISSUES`: a hint where to look, no proof |
#
# ## On your own
#
# 1. Compute by hand what 1500 stored is in HU with slope 1 and intercept -1024, and what it is with slope 0.5. (476 HU and -274 HU.)
# 2. Fat at 60 keV and at 150 keV: by how many HU does it move? (From -89 to -53 HU.)
# 3. Draw a ruler of regions from the ventricle outwards, and note where the SD leaps. What lies there? (The edge of CSF and brain, then bone.)
# 4. Make the ROI in the ventricle half as wide. By which factor does the error of the mean grow? (About 2: a quarter of the voxels.)
#
# ## In practice
#
# - Look at the histogram of each new series first: a spike below -1024 HU, a peak of air off -1000, or a gap at every second value tells a wrong rescale or padding at once.
# - Keep HU in int16 (or float32 where slopes are fractions). Compute in float32.
# - Check the calibration where you can: air near -1000, CSF from 0 to 15 HU.
# - A threshold in HU belongs to a voltage and a kernel. Write both beside it.
#
# ## Further reading
#
# - DICOM PS3.3, [Modality LUT](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.html) and [padding](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.5.html)
# - G. N. Hounsfield, Computerized transverse axial scanning (tomography): part 1. Br. J. Radiol. 46 (1973) 1016, [doi](https://doi.org/10.1259/0007-1285-46-552-1016)
# - NIST, [X-Ray Mass Attenuation Coefficients](https://physics.nist.gov/PhysRefData/XrayMassCoef/tab4.html): the tables used above
# - T. M. Buzug, Computed Tomography: From Photon Statistics to Modern Cone-Beam CT (Springer, 2008)
#
# **Next:** [05 · Choose a window for the eye](05_choose_a_window.ipynb)
