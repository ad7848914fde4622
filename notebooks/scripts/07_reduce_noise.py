# %% [markdown]
# # 07 · Reduce noise, and say what it cost
#
# | | |
# |---|---|
# | **You will** | measure the noise of a scan, lower it in five ways, and measure what each one did to edges and small things |
# | **You learn** | why a filter needs two numbers, and why its parameters are in HU and in millimetres |
# | **You need** | page 06 |
# | **Time** | 35 minutes |

# %%
import numpy as np
from scipy import ndimage
from skimage import restoration

import ctkit

# %% [markdown]
# ## How much noise is there?
#
# Two voxels of one tissue don't have the same HU. A scanner counts X-ray quanta, and a count of *N* quanta scatters by
# about the square root of *N* (Poisson's law). This scatter is called **noise**, or quantum noise. Its measure is the
# **standard deviation** (SD). Four times the quanta scatter twice as much, but relative to their number only half as much:
# half the noise costs four times the dose.
#
# A **phantom** shows it: here a head made of ellipsoids, whose HU without noise can be computed, and a scanner that
# counts photons and projects them back. The noise is then what differs from the truth.

# %%
body = ctkit.phantom.head_phantom(table=False)
grid = ctkit.phantom.make_grid((7, 168, 140), (3.0, 1.25, 1.2), center=(0, 0, 11))
truth = body.render(grid)
noisy, poor = (body.scan(grid, noise_hu=hu, angles=180, seed=1) for hu in (8, 16))
for volume in (noisy, poor):
    print(*volume.report[-1:])


# %%
def inside(volume):
    """A box that holds nothing but brain."""
    return ctkit.crop_box(volume, (0, 44, 35), (7, 124, 105))


sd = [np.std(inside(v).array - inside(truth).array) for v in (poor, noisy)]
shown = {"a quarter of the photons": inside(poor), "all of them": inside(noisy)}
film = ctkit.show_row(shown, window="brain")
film.says(
    f"Four times the photons bring the noise in the phantom's brain from {sd[0]:.1f} to "
    f"{sd[1]:.1f} HU"
)

# %% [markdown]
# Of a patient nobody knows the truth. There one measures in a **flat region**: one tissue, no edge. Without a region
# `noise_sd` is **blind**: it takes the SD of many small squares of soft tissue, and of these the most frequent one (after
# Christianson and others, 2015). Convenient, but the texture of the tissue counts as noise.

# %%
whole = ctkit.load(ctkit.samples.head())
head = ctkit.crop_box(whole, (52, 0, 0), (68, 256, 256))
spot = np.zeros(head.shape, bool)
spot[12, 51:68, 135:152] = True
region = head.with_array(spot)
print(f"in a flat region: SD {ctkit.noise_sd(head, region):.1f} HU")
print(f"blind:            SD {ctkit.noise_sd(head):.1f} HU")

# %% [markdown]
# Grey and white matter are about 10 HU apart, so noise of 5 HU nearly hides their border in a single voxel.
#
# **Try this.** Measure it by hand: click at index **[12, 59, 143]**, which the line under the picture shows, and press **e**, then **Enter**.
# An ellipse comes, and its mean and SD are written into the picture. Then do the same on the edge of the skull.

# %%
ctkit.explore(head, slice=12, window="brain")

# %% [markdown]
# In the flat region you read **SD 5.3 HU**. Over the edge of the skull it is some hundreds of HU: that is contrast, and no noise.
#
# ## What does a filter cost?
#
# A filter replaces a voxel by some mean of its neighbours. A mean over an edge makes the edge wider. `edge_width`
# measures the inner edge of the skull, from 10 to 90 % of its height, in millimetres. `compare_filters` gives each filter **both**
# numbers.
#
# - **gaussian** is a weighted mean: the more noise it takes, the wider it makes the edges.
# - **median** takes the middle one of the neighbours' values, and throws single wild values out.
# - **bilateral** only counts neighbours of a similar HU (Tomasi and Manduchi, 1998).
# - **tv**, total variation, looks for the picture with the least ups and downs near the measured one (Chambolle, 2004).
# - **nlm**, non-local means, averages pixels whose *surroundings* look alike, wherever they are (Buades and others, 2005).

# %%
table = ctkit.compare_filters(head, strengths=(0.5, 1, 1.5))
print(table)

# %%
usual = {name: [row for row in table if row.filter == name] for name in ("none", "gaussian", "nlm")}
none, gaussian, nlm = (rows[len(rows) // 2] for rows in usual.values())
film = ctkit.show_filters(table)
film.says(
    f"A gaussian of {gaussian.setting} takes {none.noise_hu - gaussian.noise_hu:.1f} HU of noise "
    "and widens the edge from "
    f"{none.edge_mm:.1f} to {gaussian.edge_mm:.1f} mm; nlm takes "
    f"{none.noise_hu - nlm.noise_hu:.1f} HU, and leaves it at "
    f"{nlm.edge_mm:.1f} mm"
)

# %% [markdown]
# Down is less noise, to the right is blur. The gaussian's line is the trade that a plain mean offers; the others lie left of it, because
# they notice a step of 1000 HU and stop there.
#
# **Try this.** Choose **nlm** as the *method*, and pull the curtain over the folds of the brain. While it works, a preview of nine slices is shown.

# %%
ctkit.tune(
    head,
    ctkit.denoise,
    method=["median", "nlm", "gaussian", "tv", "bilateral"],
    slice=8,
    window="brain",
    blend="curtain",
)

# %% [markdown]
# Over the picture stands **Denoised: nlm**, with the strength that was taken from the measured noise. The skull stays sharp, but
# in the brain a grain of 1 mm has become patches: steps of 10 HU, hardly above the noise, paid as well. One number of
# one edge doesn't tell that.
#
# ## What did it take away?
#
# Subtract the measured volume from the filtered one, and you see what a filter did. It should look like noise. Where
# it looks like the patient, it took the patient.

# %%
results = {name: ctkit.denoise(head, name) for name in ("gaussian", "nlm")}
changes = {name: result.array - head.array for name, result in results.items()}
bone = head.array > 300
lost = {name: np.abs(change[bone]).mean() for name, change in changes.items()}

# %%
film = ctkit.figures.Film(2.8, "Filtered minus measured, back of axial slice 8, purple below 0")
for place, (name, change) in enumerate(changes.items(), start=1):
    axes = film.panel(1, 2, place, title=f"{name} - measured")
    back = change[8, 10:110, 50:210]
    image = axes.imshow(back, cmap="PuOr_r", vmin=-60, vmax=60, origin="lower")
    axes.set_axis_off()
bar = film.colorbar(image, ax=film.axes, location="right", shrink=0.8)
bar.set_label("HU", color=ctkit.figures.INK)
bar.ax.tick_params(colors=ctkit.figures.INK, labelsize=8)
changed = f"{lost['gaussian']:.0f} HU by the gaussian, {lost['nlm']:.1f} HU by nlm"
film.says(f"On average a voxel of bone was changed by {changed}")

# %% [markdown]
# **Try this.** Below is the same difference. Point at the back of the skull, at index **[8, 28, 128]**: before → after.

# %%
ctkit.compare(head, results["gaussian"], blend="difference", slice=8, limit=400)

# %% [markdown]
# The gaussian turned **1233 HU → 1060.19 HU** there: this much bone went into its neighbours, where the difference is orange.
# The brain is black at this limit of 400 HU: what was changed there is the grain of the figure above, a few HU, as it should be.
#
# ## How near is it to the truth?
#
# Of the phantom the truth is known, and two numbers say how near a result is to it. **PSNR**, the peak signal-to-noise ratio, is a
# mean squared error in decibels: 6 dB more is half the error. **SSIM**, structural
# similarity, compares means, contrasts and patterns in small squares, and is 1 where all agree (Wang and others, 2004).

# %%
scores = ctkit.compare_filters(noisy, truth)
print(scores)

# %% [markdown]
# By these numbers the gaussian is far worse than no filter at all: squared errors of some hundred HU at the skull outweigh all that was gained in
# the brain. A measure answers for the region it is taken in. Below, `inside` gives the brain only, with
# 80 HU, the width of the brain window, as the peak.


# %%
def in_brain(volume):
    return ctkit.psnr(inside(volume), inside(truth), data_range=80)


# %%
sizes = np.array([0.4, 0.7, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5])
smooth = [ctkit.denoise(noisy, "gaussian", sigma_mm=size) for size in sizes]
curves = {
    "whole head": [ctkit.psnr(v, truth, 80) for v in (noisy, *smooth)],
    "brain only": [in_brain(v) for v in (noisy, *smooth)],
}
best = sizes[np.argmax(curves["brain only"]) - 1]
gain = max(curves["brain only"]) - curves["brain only"][0]
loss = curves["whole head"][0] - curves["whole head"][np.argmax(curves["brain only"])]

# %%
film = ctkit.figures.Film(3.4, "PSNR against the size of the gaussian, whole head and brain")
axes = film.panel(1, 1, 1)
for (name, decibels), color in zip(curves.items(), ctkit.figures.COLORS, strict=False):
    axes.plot([0, *sizes], decibels, "o-", color=color, label=name)
axes.set(xlabel="sigma of the gaussian, mm (0: no filter)", ylabel="PSNR at a peak of 80 HU, dB")
film.legend_of(axes)
film.says(
    f"In the brain a sigma of {best:.1f} mm is best and wins {gain:.1f} dB; over the whole head it "
    f"loses {loss:.1f} dB"
)


# %%
def judged(volume, sigma_mm=0.7):
    result = ctkit.denoise(volume, "gaussian", sigma_mm=sigma_mm)
    if result.shape != truth.shape:  # a preview is a part only
        return result
    return volume.with_array(result.array, f"In the brain: {in_brain(result):.1f} dB.")


judged.preview = "slab"


# %% [markdown]
# **Try this.** Look for the best *sigma mm*, with the decibels over the picture. Set it to **1.6**, then to 3.

# %%
ctkit.tune(noisy, judged, sigma_mm=(0.3, 3.0, 0.1), slice=1, window="brain", blend="curtain")

# %% [markdown]
# At 1.6 mm it says **26.9 dB**. Beyond, the noise still falls, but the ventricles blur and the error grows again. The
# phantom's tissues are perfectly even, which real ones are not: a picture like this is what tv and nlm are made for, and they look better
# in the table than on a patient.
#
# ## What goes wrong
#
# ### 1. Noise without a number
#
# "The picture is smoother" says nothing: any blur lowers the noise. The phantom has a calcification of 5 mm, which is what a filter
# should keep. Report the noise, an edge, and a small thing (that noise, sharpness and contrast belong together is old: Wagner and Brown, 1985).

# %%
share = body.coverage(grid, "calcification")
peak = np.unravel_index(share.argmax(), share.shape)
heavy = ctkit.denoise(noisy, "gaussian", sigma_mm=2.5)
for name, volume in {"measured": noisy, "gaussian 2.5 mm": heavy}.items():
    noise, edge = ctkit.noise_sd(volume), ctkit.edge_width(volume)
    print(
        f"{name:16} noise {noise:.1f} HU, edge {edge:.1f} mm, calcification "
        f"{volume.array[peak]:.0f} HU"
    )

# %% [markdown]
# ### 2. Integers into scikit-image
#
# Its filters expect values of 0 to 1, and quietly divide an int16 picture by 32768
# ([scikit-image on data types](https://scikit-image.org/docs/stable/user_guide/data_types.html)). What comes back is no longer HU.

# %%
hu = head.array[8]
wrong = restoration.denoise_tv_chambolle(hu)
right = restoration.denoise_tv_chambolle(hu.astype(np.float32), weight=ctkit.noise_sd(head))
print(f"int16:   {hu.min()} to {hu.max()} HU became {wrong.min():.3f} to {wrong.max():.3f}")
print(f"float32: {right.min():.0f} to {right.max():.0f} HU")

# %% [markdown]
# ### 3. Default weights
#
# A weight of 0.1 is made for pictures of 0 to 1. On HU total variation (Chambolle, 2004) and non-local means then do nothing, and the bilateral filter
# takes the spread of the whole picture, air and bone, as what is "similar". `ctkit.denoise` takes its weights from the noise it measured.
# Over the whole head even this bilateral filter errs more than the noise did: at thin bone it loses more than it gains in the brain.


# %%
def rmse(volume):
    return np.sqrt(np.mean((np.asarray(volume) - truth.array) ** 2))


slices = noisy.array.astype(np.float32)
defaults = {
    "tv": restoration.denoise_tv_chambolle,
    "bilateral": restoration.denoise_bilateral,
    "nlm": restoration.denoise_nl_means,
}
print(f"measured:  {rmse(noisy):6.1f} HU from the truth")

# %%
for name, function in defaults.items():
    # Above 0, as the bilateral filter of scikit-image wants it.
    wrong = rmse(np.stack([function(picture + 1024) - 1024 for picture in slices]))
    print(
        f"{name:10} {wrong:6.1f} HU by default, {rmse(ctkit.denoise(noisy, name)):.1f} HU by ctkit"
    )

# %% [markdown]
# ### 4. Noise measured over an edge
#
# An SD holds all that varies in its region: noise, texture, edges. A region that slips by a centimetre measures contrast
# (the blind measure of Christianson and others, 2015, takes the most frequent SD for this reason).

# %%
for name, rows in {"flat region": slice(51, 68), "20 mm towards the skull": slice(30, 47)}.items():
    where = np.zeros(head.shape, bool)
    where[12, rows, 135:152] = True
    print(f"{name:24} SD {ctkit.noise_sd(head, head.with_array(where)):6.1f} HU")

# %% [markdown]
# ### 5. A size in voxels
#
# `gaussian_filter(array, sigma=1)` means one *voxel* on each axis: 1.2 mm within these slices, and 3 mm across them. DICOM has
# two tags for it, `PixelSpacing` (PS3.3 10.7.1.3) and the distance of the positions. `sigma_mm` is the same length along all axes.

# %%
wrong = ndimage.gaussian_filter(slices, sigma=1)[peak]
right = ctkit.denoise(noisy, "gaussian", sigma_mm=1.2).array[peak]
print(f"calcification: {noisy.array[peak]} HU measured, {truth.array[peak]:.0f} HU in truth")
print(f"sigma of 1 voxel: {wrong:.0f} HU; sigma of 1.2 mm: {right:.0f} HU")

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | Noise | `ctkit.noise_sd(volume, region)`, in HU; blind without a region |
# | Its price | `ctkit.edge_width(volume)`, in mm |
# | Both, for each filter | `ctkit.compare_filters(volume, truth)` |
# | Filters | `ctkit.denoise(volume, method, ...)`: parameters in mm and HU, defaults from the measured noise |
# | Against a truth | `ctkit.psnr`, `ctkit.ssim`: name the region and `data_range` |
# | What was taken | filtered - measured, which must look like noise |
#
# ## On your own
#
# 1. Give `compare_filters` a region: `region=region`. Expect a noise near 5 HU in the first row, and the same order of the filters.
# 2. Find a `strength_hu` at which nlm leaves as much noise as the gaussian of 0.7 mm. Expect a value below 2 HU, and an edge that is
#    still 1.3 mm wide.
# 3. Scan the phantom with `noise_hu=16` and another seed. Expect about a quarter of the photons in the report, and a best sigma that is
#    larger than before.
# 4. Filter the head with the median twice, and with `radius_mm=2` once. Expect noise of 1.6 HU at an edge of 1.3 mm for the one, and
#    1.4 HU at 1.5 mm for the other.
#
# ## In practice
#
# - Measure first. A scan of 3 HU of noise needs no filter for most purposes.
# - Prefer the scanner's own soft kernel and thicker slices, which are made from the raw data; a filter only sees the picture.
# - Keep the measured volume. What a filter has removed, nobody gets back, and texture measures and calcium scores are defined on
#   unfiltered pictures.
# - Write the method and its parameters beside the result: `result.report` holds them.
#
# ## Further reading
#
# - A. Buades, B. Coll, J.-M. Morel (2005), [A non-local algorithm for image denoising](https://doi.org/10.1109/CVPR.2005.38).
# - A. Chambolle (2004), [An algorithm for total variation minimization](https://doi.org/10.1023/B:JMIV.0000011325.36760.1e).
# - C. Tomasi, R. Manduchi (1998), [Bilateral filtering for gray and color images](https://doi.org/10.1109/ICCV.1998.710815).
# - Z. Wang and others (2004), [Image quality assessment](https://doi.org/10.1109/TIP.2003.819861): SSIM.
# - O. Christianson and others (2015), Automated technique to measure noise in clinical CT examinations, Am. J. Roentgenol. 205, W93.
#
# **Next:** [08 · Crop, center and pad without losing place](08_crop_center_pad.ipynb)
