# %% [markdown]
# # 12 · Make a CT picture from shadows
#
# | | |
# |---|---|
# | **You will** | send photons through a head that you know, work out the picture from what arrives, and find out why it is wrong |
# | **You learn** | where blur, noise and dark bands come from, and what dose and kernel change |
# | **You need** | pages 04 and 07 |
# | **Time** | 50 minutes |

# %%
import numpy as np
from scipy import ndimage

import ctkit

# %% [markdown]
# A scanner never measures a voxel. It measures shadows, and works out the voxels from them. How good are they? In a patient nobody can say. In a **phantom** (page 00) we can. Ours is a head made of ellipsoids, and we choose their HU. It has a **bleed** (fresh blood in the brain, 70 HU), and we add two pieces of dense bone, like those at the base of a real skull.

# %%
body = ctkit.phantom.head_phantom(table=False)
for side in (-1, 1):
    bone = ctkit.phantom.Part("dense bone", 2000, (side * 36, 26, 20), (18, 8, 12))
    body = body.with_part(bone)
size, step = 200, 1.2  # pixels a side, mm
grid = ctkit.phantom.make_grid((1, size, size), (5, step, step), center=(0, 0, 20))
truth = body.render(grid)

# %%
places = {"the bleed": (91, 126), "white matter": (91, 73), "a ventricle": (104, 92)}
places |= {"dense bone": (121, 130), "between the bones": (121, 100)}
for name, (row, column) in places.items():
    print(f"{name:17} at [{row}, {column}]: {truth.array[0, row, column]:4.0f} HU")

# %% [markdown]
# ## What does the detector measure?
#
# Each very thin layer of a tissue takes the same share of the photons out of the ray. Some are absorbed, and most are scattered to the side. Per mm of thickness, this share is the **attenuation** $\mu$. The straight line from the tube to one element of the detector is a **ray**; ours are all parallel. Of $N_0$ photons on a ray, $N = N_0 \exp(-\int \mu\,\mathrm{d}s)$ arrive. This is the law of Beer and Lambert. For water and photons of about 61 keV, $\mu$ is 0.205 per cm, which is 0.0205 per mm ([NIST](https://physics.nist.gov/PhysRefData/XrayMassCoef/ComTab/water.html)). HU are made from $\mu$, so we can go back: 0 HU is the $\mu$ of water, and 1000 HU is twice that.
#
# **Predict.** A ray runs along row 121, through the skull and both dense bones. Of 100,000 photons, how many arrive?

# %%
ctkit.predict("12.a", unit="photons")

# %%
mu_water = 0.0205  # per mm
mu = (truth.array[0].astype(float) / 1000 + 1) * mu_water
down = mu.sum(axis=0) * step  # along each column
across = mu.sum(axis=1) * step  # along each row
print(f"along row 121: {100_000 * np.exp(-across[121]):.0f} of 100,000 photons arrive")
print(f"along column 100: {100_000 * np.exp(-down[100]):.0f}")

# %%
ctkit.predict("12.a", measured=round(float(100_000 * np.exp(-across[121]))))

# %% [markdown]
# A slanted ray goes between the pixels. We walk along it in steps of one pixel, and take each value between four neighbours, as on page 09. Then `ctkit.phantom.project` works out all rays, for every half degree from 0° to 180°, and we compare. 0° is along the columns.

# %%
angles = np.linspace(0, 180, 360, endpoint=False)
integrals = ctkit.phantom.project(mu, angles) * step
walk = np.arange(-size // 2, size // 2)
tilt = np.deg2rad(angles[60])  # 30 degrees, through pixel [100, 100]
path = 100 + walk * np.cos(tilt), 100 + walk * np.sin(tilt)
slanted = ndimage.map_coordinates(mu, path, order=1).sum() * step
print(f"at  0 degrees at most {np.abs(integrals[:, 0] - down).max():.6f} apart")
# At 90 degrees element 1 stands before the last row: it is counted from below.
print(f"at 90 degrees at most {np.abs(integrals[1:, 180] - across[:0:-1]).max():.6f} apart")
print(f"at 30 degrees {integrals[100, 60]:.6f} by project, {slanted:.6f} by hand")

# %%
place = (np.arange(size) - size // 2) * step
shadows = {f"{angles[k]:.0f} degrees": (place, integrals[:, k]) for k in (0, 60, 180)}
film = ctkit.figures.show_curves(shadows, x="mm on the detector", y="integral of attenuation")
film.says(f"Along the worst ray {100 * np.exp(-integrals.max()):.2f} % of the photons arrive")

# %% [markdown]
# Each curve is the shadow from one direction, a **projection**. All projections side by side, one a column, make the **sinogram**. The detector gives $N$. The sinogram holds the integrals: $-\ln(N/N_0)$.
#
# **Try this.** Click on the bleed, and drag the point through the head. The yellow curve is where its shadow falls. Which points draw a flat curve? Then click on the brightest spot of the sinogram. Which ray is it?

# %%
ctkit.sinogram(truth, directions=360, window="brain", point=places["the bleed"])

# %% [markdown] tags=["teacher"]
# **Ask the room.** About one of 100 photons gets through the head. Why not simply use more energy?
#
# *What to expect:* At higher energies tissues differ less, so the contrast falls. It is a trade, as so often on this page.

# %% [markdown]
# The rays turn about the middle of the picture, so the middle draws a flat curve. Every other point draws a part of a sine curve: the farther out, the higher. The brightest spot lies at 90°. There the curves of both dense bones cross: it is the ray through both, and **0.22 % of the photons arrive**.
#
# A detector need not count to measure this. Until 2021 the detectors of all clinical scanners added up energy. In most of them photons make light in a scintillator, and the light is measured. Only then came the first scanner for patients that counts them ([McCollough and others, 2023](https://doi.org/10.1007/s00330-023-09596-y)). For this page we count.
#
# ### Mistake: a mean before the logarithm
#
# To save work, somebody adds up the photons of neighbouring elements, and takes the logarithm afterwards. **Predict.** 100,000 photons are sent along each of two rays. Behind air 100,000 arrive, and behind bone 1,000. Is the logarithm of the mean the mean of the two logarithms?

# %%
arrive = np.array([100_000, 1_000]) / 100_000
print(f"mean of the logarithms {np.mean(-np.log(arrive)):.2f}, ", end="")
print(f"logarithm of the mean {-np.log(np.mean(arrive)):.2f}")
groups = integrals.reshape(size // 8, 8, -1)
late = -np.log(np.exp(-groups).mean(axis=1))  # eight elements at once
lost = (groups.mean(axis=1) - late).max() / mu_water
print(f"in the phantom, the worst group of 8 elements lacks {lost:.1f} mm of water")

# %% [markdown]
# The ray with many photons rules the mean. At the edge of something dense too little attenuation is left. The same happens inside one element that is half covered by bone (Glover and Pelc, 1980), so real scanners have it too.
#
# ## How do shadows become a picture?
#
# The first idea is to smear each projection back over the picture, along the rays that made it, and to add all up. This is **back-projection**. **Predict.** What will a small bright thing look like, after its shadows from all sides are smeared back?


# %%
def smear(projections):
    """Add up projections along their rays."""
    down, right = np.mgrid[:size, :size] - size // 2
    picture = np.zeros((size, size))
    for angle, shadow in zip(np.deg2rad(angles), projections.T, strict=True):
        element = np.cos(angle) * right - np.sin(angle) * down + size // 2
        picture += np.interp(element, np.arange(size), shadow)
    return picture * np.pi / len(angles) / step  # each direction has its share of half a turn


# %% [markdown]
# Every point gets its own value, and a share of all the others. What comes out is a blur that falls off with 1/distance. The cure is to **filter** each projection before. The filter is called the **ramp**: it raises each frequency in proportion to itself, so fine detail is raised most, and what is the same all along the detector is taken away (Ramachandran and Lakshminarayanan, 1971). On a detector it is a list of weights: 1/4 for the element itself, $-1/(\pi n)^2$ for its neighbours at odd distances $n$, and 0 for those at even ones.

# %%
n = np.arange(-size, size + 1)
ramp = np.where(n % 2, -1 / (np.pi * np.where(n, n, 1)) ** 2, 0)
ramp[size] = 1 / 4
filtered = [np.convolve(shadow, ramp)[size : 2 * size] for shadow in integrals.T]
by_hand = smear(np.transpose(filtered))
ours = ctkit.phantom.back_project(integrals, angles, "ramp") / step
inside = truth.array[0] > -300
apart = 1000 * np.abs(by_hand - ours)[inside].max() / mu_water
print(f"by hand and back_project: at most {apart:.6f} HU apart in the head")


# %%
def picture(integrals, kernel="hann"):
    """The slice in HU, as a Volume, from projections that are evenly spread."""
    angles = np.linspace(0, 180, integrals.shape[1], endpoint=False)
    found = ctkit.phantom.back_project(integrals, angles, kernel) / step
    hu = (found / mu_water - 1) * 1000
    return truth.with_array(hu[np.newaxis].astype(np.float32))


quiet = np.s_[0, 55:85, 85:115]  # the front of the brain
between = np.s_[0, 118:125, 88:112]  # between the dense bones


# %%
def error(volume, box):
    """Root mean square of the error in a box, in HU."""
    return float(np.sqrt(np.mean((volume.array[box] - truth.array[box]) ** 2)))


sharp = picture(integrals, "ramp")
blurred = smear(integrals)
# Without a filter even the scale is lost: take the one that comes nearest to the truth.
blurred = np.polyval(np.polyfit(blurred.ravel(), truth.array.ravel(), 1), blurred)
smeared = truth.with_array(blurred[np.newaxis].astype(np.float32))

# %%
shown = {"truth": truth, "smeared back": smeared, "with the ramp": sharp}
film = ctkit.show_row(shown, window=(300, 2600))
film.says(
    f"The ramp brings the error from {error(smeared, quiet):.0f} to {error(sharp, quiet):.0f} HU "
    f"in front; between the dense bones {error(sharp, between):.0f} HU stay"
)

# %% [markdown]
# One number doesn't tell how good a picture is. Say where it was measured: in a quiet box it is small, and between two dense bones it is much larger.
#
# How many directions does it take? The rule is π/2 times as many as there are pixels along a side, here 314 (Kak and Slaney, 1988, chapter 5). A smooth kernel gets by with fewer. We use *hann*, which you will meet below.


# %%
def from_directions(volume, directions=40):
    degrees = np.linspace(0, 180, directions, endpoint=False)
    found = picture(ctkit.phantom.project(mu, degrees) * step)
    front, middle = error(found, quiet), error(found, between)
    words = f"{directions} directions: {front:.1f} HU in front, {middle:.1f} HU between the bones"
    return found.with_array(found.array, words)


# %% [markdown]
# **Try this.** Start at 40 directions, and look for **streaks**. Where do they start? Go down to 10, and then up to 120, and watch the two numbers over the picture.

# %%
ctkit.tune(truth, from_directions, directions=(10, 120, 10), window="brain", preview="slab")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Where in the sinogram is a voxel in the very middle of the picture?
#
# *What to expect:* On a straight line: it is in the same place in each direction. A voxel off the middle draws a wave.

# %% [markdown]
# The streaks start at the dense bones and at the skull. At 120 directions you read **120 directions: 1.6 HU in front**. Between the bones 5.0 HU are left.
#
# ### Mistake: a patient wider than the detector
#
# All directions together see a circle, the **field of view**. Shoulders, or a head that lies off centre, reach out of it. Their shadow stops at the end of the detector with a jump. **Predict.** The detector is 39 mm too narrow for this head. Is only the rim wrong?

# %%
cut = integrals.copy()
cut[:36] = cut[-36:] = 0  # a detector of 154 mm for a head of 193 mm
full, narrow = picture(integrals), picture(cut)
for name, volume in {"whole detector": full, "too narrow": narrow}.items():
    front = volume.array[0, 40, 100], error(volume, quiet)
    print(f"{name:14}: {front[0]:4.0f} HU at [40, 100], error in the quiet box {front[1]:4.0f} HU")

# %% [markdown]
# At [40, 100] there is white matter of 28 HU, 5 mm inside the circle. The ramp turns the jump into a bright rim, and everything inside is raised too (Ohnesorge and others, 2000). A scanner has to guess the missing ends.
#
# ## How many photons does it take?
#
# Photons come at random. Where $N$ are expected, the number that comes scatters by $\sqrt{N}$: this is Poisson's law. **Predict.** What does the logarithm make of it? On a ray with four times the photons, how much does the integral scatter?

# %%
random = np.random.default_rng(1)
for expected in (25, 100, 400, 1600):
    counts = random.poisson(expected, 200_000)
    integral = -np.log(np.maximum(counts, 1) / 100_000)
    print(f"{expected:4} photons: integral scatters by {integral.std():.4f}, ", end="")
    print(f"1/sqrt({expected}) is {1 / np.sqrt(expected):.4f}")

# %% [markdown]
# The logarithm turns a relative error into an absolute one, and the relative error of $N$ photons is $\sqrt{N}/N = 1/\sqrt{N}$. So it scatters half as much for four times the photons. **Dose** is the energy that the patient takes up per kilogram. It is proportional to the number of photons that are sent. So noise should fall with 1/√dose. Is that so in the picture, in HU?


# %%
clean = {kernel: picture(integrals, kernel) for kernel in ("hann", "cosine", "ramp")}
brain = (truth.array > 0) & (truth.array < 80)


def counted(volume, log10_photons=5.0, kernel="hann"):
    """The slice from counted photons; `volume` is there only for `tune`."""
    photons = 10**log10_photons
    counts = np.random.default_rng(1).poisson(photons * np.exp(-integrals))
    found = picture(-np.log(np.maximum(counts, 1) / photons), kernel)
    noise = found.array - clean[kernel].array
    words = f"noise {noise[brain].std():.1f} HU in the brain"
    return found.with_array(found.array, words)


# %%
doses = {f"dose {dose}": counted(truth, 5 + np.log10(dose)) for dose in (1, 4, 16)}
sd = [float((volume.array - full.array)[brain].std()) for volume in doses.values()]
for name, value in zip(doses, sd, strict=True):
    print(f"{name:7} noise {value:5.2f} HU, {value / sd[0]:.3f} of the first")

# %%
film = ctkit.show_row(doses, window="brain")
film.says(
    f"16 times the dose brings the noise from {sd[0]:.1f} to {sd[-1]:.1f} HU, "
    f"{sd[0] / sd[-1]:.2f} times less"
)

# %% [markdown]
# It does. But the noise is not even. It has long grains across the picture, mostly along the line through both bones: few photons get through there, and the logarithm of a small number scatters most.
#
# The ramp raises fine detail, and in fine detail lies the noise. So one bends the ramp down at its end. The ramp with its bend is the **reconstruction kernel** of a scan (`ConvolutionKernel`, PS3.3 C.8.2.1). It is not the kernel of page 09, which gives values between voxels. *Hann* bends most, *cosine* less. What does it cost?

# %%
for kernel, without in clean.items():
    noise = (counted(truth, 5.5, kernel).array - without.array)[brain].std()
    print(f"{kernel:6} edge {ctkit.edge_width(without):.2f} mm, noise {noise:5.2f} HU")

# %% [markdown]
# **Try this.** Set *log10 photons* to **6**, a million a ray. Then go down to 3. Where do you lose the ventricles, and where the bleed? Now choose *ramp*.

# %%
controls = {"log10_photons": (3.0, 6.5, 0.1), "kernel": list(clean)}
ctkit.tune(truth, counted, **controls, window="brain", preview="slab")

# %% [markdown] tags=["teacher"]
# **Ask the room.** The dose is halved, and the slices are made twice as thick. What happens to the noise?
#
# *What to expect:* It stays about the same: as many photons are counted for each voxel. What is lost is detail along the slices.

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which kernel would you take for a fracture, and which for a bleed?
#
# *What to expect:* A sharp one for bone, a soft one for brain. Scanners often give both of one scan.

# %% [markdown]
# At 6 it says **noise 3.4 HU in the brain**. The ventricles are 22 HU darker than the white matter. You lose them at about **4.5**, where the noise has 19 HU, nearly as many. The bleed is 42 HU brighter, and goes between **4** and **3.5**, where the noise grows from 34 to 63 HU. The *ramp* makes the noise 2.7 times as large, and both are lost earlier: it takes 7 times the photons to make up for that.
#
# Towards 3 many rays along the bones count next to nothing, which is called **photon starvation**, and broad streaks join the bones. In the bone window the grain doesn't show, and the ramp has the better edges. That is why one scan is often worked out twice, with a soft kernel and with a sharp one.
#
# ## Why is it dark between the bones?
#
# Up to here all photons had one energy. A real tube sends photons of many energies. Photons of low energy are called **soft**, and a layer takes away a larger share of them. What is left of the beam is **harder**: each further millimetre stops less of it. This is **beam hardening**. Two energies are enough to see it. NIST gives water 0.02269 per mm at 50 keV, and 0.01837 at 80 keV. We take half of the signal from each.
#
# **Predict.** Behind 100 mm of water the integral is 2.03. What is it behind 200 mm: 4.06, more, or less?

# %%
ctkit.predict("12.b", ("4.06", "more than 4.06", "less than 4.06"))

# %%
low, high = 0.02269, 0.01837
water = np.linspace(0, 300, 301)
by_hand = -np.log((np.exp(-low * water) + np.exp(-high * water)) / 2)
beam = ctkit.phantom.hardened(water)
print(f"by hand and hardened: {np.abs(by_hand - beam).max():.6f} apart")
print(f"behind 100 mm {beam[100]:.3f}, behind 200 mm {beam[200]:.3f}")
ctkit.predict("12.b", measured=f"{beam[200]:.2f}")

# %%
mean = (low + high) / 2
lacks = water - beam / mean
film = ctkit.figures.show_curves(
    {"missing": (water, lacks)}, x="mm of water in the beam", y="mm that seem to be missing"
)
film.says(
    f"300 mm of water look like {300 - lacks[300]:.0f} mm, "
    f"and 100 mm like {100 - lacks[100]:.0f} mm"
)

# %% [markdown]
# Long rays lack most, and the longest ones run through the middle. So the middle of a ball of water comes out too dark: **cupping**. One formula, which we don't prove here, gives nearly all of it. With $d$, half of the difference of both $\mu$, the $\mu$ at a distance $r$ from the middle of a cylinder of radius $R$ is too low by $4 d^2 \sqrt{R^2 - r^2} / \pi$.

# %%
cylinder = ctkit.phantom.Part("water", 0, (0, 0, 0), (100, 100, np.inf))
water = ctkit.phantom.Phantom((cylinder,)).render(grid).array[0] / 1000.0 + 1
lengths = ctkit.phantom.project(water, angles) * step
beam = ctkit.phantom.hardened(lengths)
raw = picture(beam * mu_water / mean).array[0, 95:106, 95:106].mean()
pencil = -1000 * 4 * ((low - high) / 2) ** 2 * 100 / np.pi / mean
print(f"in the middle: {raw:.1f} HU measured, {pencil:.1f} HU by the formula")
fixed = picture(ctkit.phantom.water_corrected(beam) * mu_water).array[0, 95:106, 95:106].mean()
print(f"after the correction for water: {abs(fixed):.1f} HU")

# %% [markdown]
# Every scanner has this correction: it looks up how many mm of water would leave as much of the beam. For water that is exact. For bone it is not, because the $\mu$ of bone falls more steeply with the energy than that of water. So bone hardens the beam more than the water that would leave as many photons. We split the phantom into water and bone, in mm along each ray, scan it with two energies, and correct for water:

# %%
water, bone = ctkit.phantom.water_and_bone(truth.array[0])
lengths = [ctkit.phantom.project(part, angles) * step for part in (water, bone)]
beam = ctkit.phantom.hardened(*lengths)
two = picture(ctkit.phantom.water_corrected(beam) * mu_water)
film = ctkit.show_row({"one energy": full, "two energies": two}, window=(40, 160))
dark = float((two.array - full.array)[between].mean())
film.says(f"With two energies it is {-dark:.0f} HU darker between the bones")

# %% [markdown]
# **Try this.** Left of the curtain is one energy, right of it are two. Drag it over the dark band. Then point at the middle between the bones, at **[0, 121, 100]**, and at the brain in front.

# %%
ctkit.compare(full, two, names=("one energy", "two energies"), blend="curtain", window=(40, 160))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Would a higher tube voltage make the dark band weaker?
#
# *What to expect:* Yes: the photons are harder from the start, and bone and water differ less. The contrast of soft tissue falls too.

# %% [markdown]
# Between the bones both values are told: **21.62 HU → -73.74 HU**. In front nearly nothing changes. Most dark streaks between dense bones are made this way (Brooks and Di Chiro, 1976), much more than by too few directions.
#
# ### Mistake: a dark band taken for a stroke
#
# In a fresh stroke the brain is a few HU darker than on the other side. Between the bones at the base of the skull, a band of beam hardening is darker than that, and nothing is wrong with the brain there. **Predict.** Does a mean over a larger box help, as it does with noise?

# %%
for name, volume in {"one energy": full, "two energies": two}.items():
    wrong = (volume.array - truth.array)[between].mean()
    print(f"{name:12}: mean error {wrong:6.1f} HU over {truth.array[between].size} pixels")
# Scan the first picture by computer: what the scan changes in it is the error. Take that off.
water, bone = ctkit.phantom.water_and_bone(two.array[0])
again = [ctkit.phantom.project(part, angles) * step for part in (water, bone)]
extra = ctkit.phantom.water_corrected(ctkit.phantom.hardened(*again))
extra -= ctkit.phantom.project(two.array[0] / 1000.0 + 1, angles) * step
second = picture((ctkit.phantom.water_corrected(beam) - extra) * mu_water)
print(f"second pass : mean error {(second.array - truth.array)[between].mean():6.1f} HU")

# %% [markdown]
# It doesn't help: the errors in this box all have one sign, and a mean keeps them. It has to be corrected where it is made, in the projections. The second pass is that of Joseph and Spital (1978). It takes off only two thirds, because the first picture also shows the bones too dark. A third pass comes nearer. `scan(grid, hardening=True)` of a phantom gives the bands to test with.
#
# ## In short
#
# | thing | call or rule |
# |---|---|
# | Shadows | `ctkit.phantom.project(mu, angles)`, `ctkit.sinogram(volume)` to look at |
# | Picture | logarithm, filter, back-projection: `ctkit.phantom.back_project(integrals, angles, kernel)` |
# | Directions | about π/2 times as many as pixels along a side |
# | Noise | falls with 1/√dose; most where the fewest photons arrive |
# | Kernel | sharp: narrow edges, high noise; soft: the other way round |
# | Dark bands between bones | beam hardening; a correction for water leaves them |
# | A scan of a phantom | `body.scan(grid, noise_hu=8, hardening=True)` |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("12.1")` gives one more hint each time, and `ctkit.solution("12.1")` shows one solution.

# %% exercise="12.1"

# %% exercise="12.2"

# %% exercise="12.3"

# %% exercise="12.4"

# %% exercise="12.5"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("12")

# %%
ctkit.progress("12")

# %% [markdown]
# And three to try with the cells above:
#
# - Take the two dense bones away, and scan with two energies again. How much darker is it there now? (2 HU: the skull alone is nearly even all around.)
# - Put `ctkit.denoise(scan, "gaussian", sigma_mm=0.8)` behind the ramp, and measure edge and noise. (About 7 HU and 3.0 mm: what a softer kernel gives as well.)
# - Set one count to 0, and leave `np.maximum` away. What happens? (`back_project` refuses it: the logarithm is infinite, and the filter would spread it over the whole slice.)

# %% [markdown]
# ## In practice
#
# - Raw counts stay in the scanner, and you get pictures. What you can still read is `ConvolutionKernel`, `XRayTubeCurrent` and `KVP` in the header.
# - Don't mix kernels in a training set without knowing it: noise and edges can differ more between two kernels than between two patients.
# - A phantom with a known truth is the cheapest test of any processing.
# - Scanners today have fans and spirals of rays, correct for scatter too, and often improve the picture in several rounds, which is called **iterative reconstruction**. Shadows, logarithm and dose stay as they are here.
#
# ## Further reading
#
# - A. C. Kak and M. Slaney, *Principles of Computerized Tomographic Imaging* (1988), [chapters 3 and 5](https://www.slaney.org/pct/)
# - G. N. Ramachandran and A. V. Lakshminarayanan, Proc. Natl. Acad. Sci. USA 68 (1971) 2236
# - R. A. Brooks and G. Di Chiro, *Beam hardening in x-ray reconstructive tomography*, Phys. Med. Biol. 21 (1976) 390
# - P. M. Joseph and R. D. Spital, *A method for correcting bone induced artifacts in computed tomography scanners*, J. Comput. Assist. Tomogr. 2 (1978) 100
# - B. Ohnesorge and others, Med. Phys. 27 (2000) 39: scans wider than the field of view
# - C. H. McCollough and others, *Clinical applications of photon counting detector CT* (2023), [doi 10.1007/s00330-023-09596-y](https://doi.org/10.1007/s00330-023-09596-y)
#
# **Next:** [13 · Find the bugs](13_find_the_bugs.ipynb), or [07 · Reduce noise, and say what it cost](07_reduce_noise.ipynb) with other eyes
