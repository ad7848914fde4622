# %% [markdown]
# # 12 · Make a CT picture from counted photons
#
# | | |
# |---|---|
# | **You will** | send photons through a head that you know, count them, and compute the picture from the counts |
# | **You learn** | where blur, noise and streaks come from, and what dose and kernel change |
# | **You need** | pages 04 and 07 |
# | **Time** | 35 minutes |

# %%
import numpy as np
from skimage.transform import iradon, radon

import ctkit

# %% [markdown]
# A scanner never measures a voxel. It measures shadows, and computes the voxels. Of a patient nobody knows how near they come. Of a
# **phantom**, a head made of ellipsoids, one does: every voxel can be computed. This one has got two pieces of very dense bone, such as the base of the skull has.

# %%
body = ctkit.phantom.head_phantom(table=False)
for side in (-1, 1):
    bone = ctkit.phantom.Part("dense bone", 2500, (side * 36, 26, 12), (18, 8, 12))
    body = body.with_part(bone)
size, step = 200, 1.2  # pixels a side, mm
grid = ctkit.phantom.make_grid((1, size, size), (5, step, step), center=(0, 0, 12))
truth = body.render(grid)
print(truth)

# %% [markdown]
# ## What does the detector measure?
#
# Each millimetre of tissue takes the same share of the photons that reach it: the **attenuation** μ. So their number falls exponentially (Beer-Lambert's
# law): of $N_0$ photons arrive $N = N_0 \exp(-\int \mu\,\mathrm{d}s)$. The integral runs along the **ray**, from the tube to one element of the detector. With 70 keV,
# about the mean energy of a beam of 120 kV, water has μ = 0.0193 per mm ([NIST](https://physics.nist.gov/PhysRefData/XrayMassCoef/ComTab/water.html)); HU turn into μ by their definition.

# %%
mu_water = 0.0193  # per mm
mu = (truth.array[0] / 1000 + 1) * mu_water
angles = np.linspace(0, 180, 360, endpoint=False)
integrals = radon(mu * step, angles)
arriving = np.exp(-integrals)
thickest = integrals.max()
print(f"{integrals.shape[0]} rays in each of {integrals.shape[1]} directions")

# %% [markdown]
# The shadow from one direction is a **projection**. All of them, one a column, make the **sinogram**: a small thing draws a sine curve in it.

# %%
film = ctkit.figures.Film(3.4, "The phantom, one projection of it and its sinogram")
ctkit.figures.draw_plane(film.panel(1, 3, 1, title="the truth"), truth, window="brain", small=True)
axes = film.panel(1, 3, 2, title="one projection, at 0 degrees")
axes.plot((np.arange(size) - size / 2) * step, 100 * arriving[:, 0], color=ctkit.figures.COLORS[0])
axes.set(xlabel="place on the detector, mm", ylabel="photons that arrive, %", yscale="log")
axes = film.panel(1, 3, 3, title="sinogram")
image = axes.imshow(integrals, "gray", vmin=0, vmax=6, extent=(0, 180, 120, -120), aspect="auto")
axes.set(xlabel="direction, degrees", ylabel="place, mm")
film.says(f"Along the worst ray {100 * arriving.min():.2f} % of the photons arrive")

# %% [markdown]
# A logarithm gives the integrals back: $-\ln(N/N_0)$.
#
# **Try this.** Point at the dense bone, at index **[0, 121, 130]**, and look how the curve of its place runs through the sinogram: the
# bone is denser than anything around it.

# %%
ctkit.explore(truth, window=(800, 3600))

# %% [markdown]
# The probe reads **2500 HU** there: 3.5 times the attenuation of water.
#
# ## How do shadows become a picture?
#
# **Back-projection** smears each projection back over the picture along its rays, and adds all of them up. Every point then gets its own
# value, and a share of all the others: a blur that falls off with 1/distance. The cure is to **filter** each projection first with a **ramp**, which raises a frequency
# in proportion to itself (Ramachandran and Lakshminarayanan, 1971). This is filtered back-projection.


# %%
def picture(integrals, angles, kernel="hann", note=""):
    """Back-project, and turn attenuation into HU."""
    found = iradon(integrals, angles, filter_name=kernel, output_size=size) / step
    hu = (found / mu_water - 1) * 1000
    return truth.with_array(hu[np.newaxis].astype(np.float32), note)


# %%
front = np.s_[:, 50:90, 80:120]  # the front of the brain, without bone


def error(volume):
    """Root mean square error in the front of the brain, in HU."""
    return float(np.sqrt(np.mean((volume.array[front] - truth.array[front]) ** 2)))


# %%
filtered = picture(integrals, angles, "ramp")
plain = picture(integrals, angles, None)
# Without a filter even the scale is lost: take the one that comes nearest to the truth.
scale, shift = np.polyfit(plain.array.ravel(), truth.array.ravel(), 1)
smeared = plain.with_array(plain.array * scale + shift)
film = ctkit.show_row(
    {"truth": truth, "without the filter": smeared, "with the ramp": filtered}, window=(300, 2600)
)
film.says(
    f"The ramp brings the error from {error(smeared):.0f} HU to {error(filtered):.1f} HU, "
    "in the front of the brain"
)

# %% [markdown]
# How many directions does it take? About as many as there are pixels along a side, times π/2 (Kak and Slaney, 1988, chapter 5).


# %%
def from_directions(volume, directions=40):
    every = 360 // directions
    result = picture(integrals[:, ::every], angles[::every])
    return result.with_array(result.array, f"{-(-360 // every)} directions: {error(result):.0f} HU")


# %% [markdown]
# **Try this.** Set *directions* to **360**, and back to 20. Look at the brain: streaks run from the bones, and from nowhere to nowhere.

# %%
ctkit.tune(truth, from_directions, directions=(20, 360, 20), window="brain", preview="slab")

# %% [markdown]
# Over the pictures stands the error: **360 directions: 2 HU**. What is left lies at the edges of bone.
#
# ## How many photons does it take?
#
# Photons come at random. Where $N$ are expected, the count scatters by $\sqrt{N}$ (Poisson's law), which the logarithm turns into a scatter of
# $1/\sqrt{N}$ of the integral. **Dose** is proportional to $N_0$. So the noise of the picture, in HU, falls as 1/√dose.


# %%
def noise(volume, kernel="hann", box=front):
    """SD in a box of what the photons added, in HU."""
    return float((volume.array - picture(integrals, angles, kernel).array)[box].std())


def counted(volume, log10_photons=5.0, kernel="hann"):
    """The picture from counts of so many photons a ray, as a power of 10."""
    photons = 10**log10_photons
    counts = np.random.default_rng(1).poisson(photons * np.exp(-integrals))
    result = picture(-np.log(np.maximum(counts, 1) / photons), angles, kernel)
    note = f"{np.mean(counts < 10):.1%} of the rays count below 10"
    return result.with_array(result.array, f"{note}; noise {noise(result, kernel):.1f} HU")


# %%
doses = (1, 4, 16)
scans = {f"dose {dose}": counted(truth, 5 + np.log10(dose)) for dose in doses}
sd = [noise(volume) for volume in scans.values()]
for name, value in zip(scans, sd, strict=True):
    print(f"{name:7} noise {value:5.1f} HU, {value / sd[0]:.2f} of the first")

# %%
film = ctkit.show_row(scans, window="brain")
film.says(
    f"16 times the dose bring the noise from {sd[0]:.1f} to {sd[-1]:.1f} HU, "
    f"{sd[0] / sd[-1]:.1f} times less"
)

# %% [markdown]
# The noise is no even snow: along the line through both bones few photons are left, and the logarithm of a small number scatters most.
# The two are denser here than real bone, to make this plain. The SD of single voxels between them is only 1.2 times that of other places;
# what gives the stripes away are means along rows and along columns.

# %%
clean = picture(integrals, angles)
only = {name: v.with_array(v.array - clean.array) for name, v in scans.items()}
between = np.s_[0, 112:131, 86:114]  # between the dense bones, 34 mm wide
rows, columns = (only["dose 1"].array[between].mean(axis=axis).std() for axis in (1, 0))
film = ctkit.show_row(only, window=(0, 200))
film.says(
    f"Between the bones the means of rows scatter by {rows:.1f} HU, those of columns by "
    f"{columns:.1f} HU: the noise lies in stripes"
)

# %% [markdown]
# **Try this.** Set *log10 photons* to **6**, which is a million a ray, and then down to 3. At which number do you lose sight of the ventricles, and of the bleed?

# %%
ctkit.tune(truth, counted, log10_photons=(3.0, 6.5, 0.1), window="brain", preview="slab")

# %% [markdown]
# At 6 it says **noise 3.3 HU**. Towards 3 whole rays count next to nothing (this is **photon starvation**), and broad streaks join the bones.
#
# ## What does the kernel trade?
#
# The ramp raises fine detail, and fine detail is where the noise is. So one bends it down at the upper end, which blurs. The filter with its bend is
# the **kernel** of a scan (`ConvolutionKernel`, PS3.3 C.8.2.1): *soft* for brain, *sharp* for bone. Here are three of them on the same counts.

# %%
names = {"hann, soft": "hann", "cosine": "cosine", "ramp, sharp": "ramp"}
by_kernel = {name: counted(truth, 5.5, kernel) for name, kernel in names.items()}
clean = {name: picture(integrals, angles, kernel) for name, kernel in names.items()}
width = {name: ctkit.edge_width(volume) for name, volume in clean.items()}
grain = {name: noise(by_kernel[name], kernel) for name, kernel in names.items()}
for name in names:
    print(f"{name:12} edge {width[name]:.2f} mm, noise {grain[name]:4.1f} HU")

# %%
film = ctkit.show_row(by_kernel, window="brain")
film.says(
    f"The ramp's edge is {width['hann, soft'] - width['ramp, sharp']:.2f} mm narrower than hann's, "
    f"and its noise {grain['ramp, sharp'] / grain['hann, soft']:.1f} times as high"
)

# %% [markdown]
# **Try this.** Pull the curtain from side to side, in the brain window, and then press **4** for the bone window.

# %%
ctkit.compare(
    by_kernel["ramp, sharp"], by_kernel["hann, soft"], blend="curtain", window="brain",
    names=("ramp", "hann"),
)  # fmt: skip

# %% [markdown]
# In the brain window the ramp hides the ventricles in grain; in the bone window the grain doesn't show, and its edges are the better ones. That
# is why one scan is often computed twice. No filter afterwards gets the better of both (page 07).
#
# ## What goes wrong
#
# ### 1. Too few directions
#
# The sampling theorem holds for directions as well: between two of them nothing is known, and the gaps fill with streaks (Kak and Slaney, 1988, chapter 5).

# %%
few = picture(integrals[:, ::9], angles[::9])
right = picture(integrals, angles)
print(f"{len(angles[::9])} directions: {error(few):.1f} HU from the truth")
print(f"{len(angles)} directions: {error(right):.1f} HU")

# %% [markdown]
# ### 2. A patient wider than the circle
#
# What all directions see is a circle, the **field of view** of the scanner. Shoulders, or a head that lies off centre, reach out of it: their
# shadow is in some projections only, and ends there with a jump, which the ramp turns into a bright rim (Ohnesorge and others, 2000).

# %%
cut = integrals.copy()
cut[:36] = cut[-36:] = 0  # a detector of 154 mm for a head of 193 mm
truncated = picture(cut, angles)
place = 0, 40, 100  # in the brain, and inside the circle
print(f"true value:     {truth.array[place]:.0f} HU")
print(f"whole detector: {right.array[place]:.0f} HU")
print(f"too narrow:     {truncated.array[place]:.0f} HU")

# %%
film = ctkit.show_row({"whole detector": right, "too narrow": truncated}, window=(0, 800))
film.says(
    "A detector 39 mm too narrow raises the error in the front of the brain "
    f"from {error(right):.0f} to {error(truncated):.0f} HU"
)

# %% [markdown]
# ### 3. The corners taken for a measurement
#
# Outside of the circle nothing is measured. Scanners store a number there that means "nothing", `PixelPaddingValue`
# (PS3.3 C.7.5.1.1.2), such as -2000. A mean over the picture counts it, unless it is found first (page 04).

# %%
framed = body.scan(grid, padding=-2000).array
outside = framed == -2000
wrong, air = framed.mean(), np.where(outside, -1000, framed).mean()
print(f"{outside.mean():.1%} of the pixels lie outside of the circle")
print(
    f"mean with the padding {wrong:.0f} HU, with air there {air:.0f} HU: {air - wrong:.0f} HU apart"
)

# %% [markdown]
# ### 4. A mean of counts
#
# A logarithm and a mean don't change places. To save time someone adds up the photons of four neighbouring rays before the logarithm: behind the edge of
# a bone the brighter ray wins, and bone comes out too thin (the non-linear partial volume effect: Glover and Pelc, 1980).

# %%
quads = np.exp(-integrals).reshape(size // 4, 4, -1).mean(axis=1)
late = np.repeat(-np.log(quads), 4, axis=0)
early = np.repeat(integrals.reshape(size // 4, 4, -1).mean(axis=1), 4, axis=0)
lost = 100 * (1 - late.sum() / early.sum())
print(f"mean of counts: {lost:.2f} % of all attenuation is lost")
print(f"worst ray: {(early - late).max() / mu_water:.1f} mm of water too little")

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | A head that is known | `ctkit.phantom.head_phantom()`, `.render(grid)` for the truth |
# | A scan of it | `.scan(grid, noise_hu=8, kernel="bone", padding=-2000)` |
# | Picture | logarithm, filter, back-projection: `radon` and `iradon` in scikit-image |
# | Noise | falls as 1/√dose; most where the fewest photons arrive |
# | Kernel | sharp: narrow edges, high noise; soft: the other way round |
# | Directions | π/2 times as many as pixels along a side |
#
# ## On your own
#
# 1. Use `iradon(..., interpolation="nearest")` in `picture`. Expect an error of about 7 HU with 360 directions, and not 2.
# 2. Find the power of 10 that gives a noise of 8 HU with the ramp. Expect about 6.1; hann needs 5.2.
# 3. Take the two dense bones away. Expect that the stripes between them go: the means of rows scatter by 2 HU, those of columns by 4 HU.
# 4. Put `ctkit.denoise(scan, "gaussian", sigma_mm=0.8)` behind the ramp, and measure edge and noise. Expect about 7 HU and an edge of 3.2 mm: what a softer kernel gives as well.
#
# ## In practice
#
# - Raw counts stay in the scanner; you get pictures. What you can still read is `ConvolutionKernel`, `XRayTubeCurrent` and `KVP` in the header.
# - Don't mix kernels in a training set without knowing: noise and edges differ by more than most anatomy.
# - A phantom with a known truth is the cheapest test of any processing: `scan` makes as many as you like, each with its seed.
# - Today's scanners have fans and spirals of rays, correct for beam hardening and scatter, and often compute pictures iteratively. Counting, logarithm and dose stay as they are here.
#
# ## Further reading
#
# - A. C. Kak, M. Slaney, *Principles of Computerized Tomographic Imaging*, IEEE Press, 1988, [chapters 3 and 5](https://www.slaney.org/pct/).
# - T. M. Buzug, *Computed Tomography: From Photon Statistics to Modern Cone-Beam CT*, Springer, 2008.
# - G. N. Ramachandran, A. V. Lakshminarayanan, Proc. Natl. Acad. Sci. USA 68 (1971) 2236.
# - B. Ohnesorge and others, Med. Phys. 27 (2000) 39: scans wider than the field of view.
# - [radon and iradon](https://scikit-image.org/docs/stable/auto_examples/transform/plot_radon_transform.html) in scikit-image.
#
# **Next:** [13 · Find the bugs](13_find_the_bugs.ipynb), or [07 · Reduce noise, and say what it cost](07_reduce_noise.ipynb) with other eyes
