# %% [markdown]
# # 07 · Reduce noise, and say what it cost
#
# | | |
# |---|---|
# | **You will** | measure the noise of a scan, lower it in five ways, and measure what each way did to edges and to faint things |
# | **You learn** | why a filter needs more than one number, and why its parameters are in HU and in millimetres |
# | **You need** | page 06 |
# | **Time** | 55 minutes |

# %%
import numpy as np
from scipy import ndimage
from skimage import restoration, util

import ctkit

# %% [markdown]
# ## How much noise is there?
#
# Two voxels of one tissue don't have the same HU. X-rays arrive as photons, and a number of *N* photons varies by about the square root of *N* (Poisson's law). This variation is called **noise**. Its measure is the **standard deviation**, SD.
#
# **Predict.** You send four times as many photons, which is four times the dose. What becomes of the noise?

# %%
ctkit.predict("07.a", ("it stays", "it is halved", "it becomes a quarter", "it doubles"))

# %% [markdown]
# A phantom shows it. We ask it for two scans, one with 8 HU of noise and one with 16. It searches for the number of photons that gives so much, and prints it: the first takes nearly four times as many. The HU without noise are known, so the noise is scan minus truth. The size of the noise varies a little from place to place.

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
    f"Nearly four times the photons bring the noise in the phantom's brain from {sd[0]:.1f} to "
    f"{sd[1]:.1f} HU"
)

# %%
ctkit.predict("07.a", measured=f"divided by {sd[0] / sd[1]:.1f}")

# %% [markdown]
# It is halved: twice the variation in four times the signal is 2/4. So half the noise costs four times the dose, and that is why filters are tempting.
#
# In a patient nobody knows the truth. There you measure in a **flat region**: one tissue, and no edge. By hand, it is the SD of a square of brain:

# %%
whole = ctkit.load(ctkit.samples.head())
head = ctkit.crop_box(whole, (52, 0, 0), (68, 256, 256))
by_hand = head.array[12, 51:68, 135:152].std(ddof=1)
spot = np.zeros(head.shape, bool)
spot[12, 51:68, 135:152] = True
print(f"by hand: SD {by_hand:.1f} HU; noise_sd in the region: {ctkit.noise_sd(head, spot):.1f} HU")
print(f"noise_sd without a region: {ctkit.noise_sd(head):.1f} HU")

# %% [markdown]
# Without a region `noise_sd` is **blind**. It takes the SD of many small squares of soft tissue, and keeps the most frequent SD (after Christianson and others, 2015). Nobody has to choose a place, but the texture of the tissue counts as noise.
#
# **Try this.** Click at index **[12, 59, 143]**, which the line under the picture shows. Press **e**, then **Enter**: an ellipse appears, with its mean and SD. Then do the same on the edge of the skull.

# %%
ctkit.explore(head, slice=12, window="brain")

# %% [markdown]
# In the flat region you read **SD 5.3 HU**. Grey and white matter are 7 HU apart (page 04), so one voxel can hardly tell them.
#
# ### Mistake: noise measured over an edge
#
# An SD holds all that varies in its region: noise, texture, and edges. **Predict.** The square slips by 20 mm, towards the skull. What does it measure?

# %%
for name, rows in {"flat region": slice(51, 68), "20 mm towards the skull": slice(30, 47)}.items():
    where = np.zeros(head.shape, bool)
    where[12, rows, 135:152] = True
    print(f"{name:24} SD {ctkit.noise_sd(head, where):6.1f} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** To halve the noise, how much more dose does the patient get?
#
# *What to expect:* Four times as much. Let the room guess first: most say twice.

# %% [markdown]
# It is mostly the contrast of bone and brain, and no noise.

# %% [markdown]
# ## What does a filter cost?
#
# A filter replaces a voxel by some mean of its neighbours. The simplest is the **gaussian**: a weighted mean, whose weights fall with the distance. By hand, one axis after the other:

# %%
smooth = head.array.astype(np.float32)
sigma = 0.7  # mm
for axis, step in enumerate(head.spacing):
    far = np.arange(-4, 5) * step  # mm from the voxel
    weights = np.exp(-(far**2) / (2 * sigma**2))
    smooth = ndimage.correlate1d(smooth, weights / weights.sum(), axis, mode="nearest")
ours = ctkit.denoise(head, "gaussian", sigma_mm=sigma)
middle = np.s_[5:-5, 20:-20, 20:-20]
print(f"by hand and denoise(): {np.abs(smooth - ours.array)[middle].max():.2f} HU apart at most")
before, after = (ctkit.noise_sd(volume, spot) for volume in (head, ours))
print(f"noise: {before:.1f} HU before, {after:.1f} HU after")

# %% [markdown]
# **Predict.** A mean over an edge mixes both sides. What happens to the edge of the skull?
#
# `edge_width` measures the inner edge of the skull: the millimetres over which the HU climb from 10 to 90 % of the step. `compare_filters` gives noise and edge width for five filters. The median has two settings, and the others have three:
#
# - **gaussian**: the weighted mean from above. Its setting is sigma.
# - **median**: the middle one of the neighbours' values, which throws single wild values out. Its setting is the box of neighbours, in voxels.
# - **bilateral**: a mean of those neighbours that differ by few HU (Tomasi and Manduchi, 1998). Its setting says what "few" is.
# - **tv**, total variation: near the measured picture, but with fewer ups and downs (Chambolle, 2004).
# - **nlm**, non-local means: a mean of pixels whose *surroundings* look alike (Buades and others, 2005).
#
# The settings of the last three are in HU, since what counts as alike depends on the noise. Without a setting, `denoise` derives them from the measured noise.

# %%
table = ctkit.compare_filters(head, strengths=(0.5, 1, 1.5))
print(table)

# %%
none, gaussian, nlm = table[0], table[2], table[-2]  # of three settings the middle one
film = ctkit.show_filters(table)
film.says(
    f"Gaussian: noise from {none.noise_hu:.1f} to {gaussian.noise_hu:.1f} HU, edge from "
    f"{none.edge_mm:.1f} to {gaussian.edge_mm:.1f} mm; nlm: noise {nlm.noise_hu:.1f} HU, edge "
    f"{nlm.edge_mm:.1f} mm"
)

# %% [markdown]
# In the figure, a point further down has less noise. A point further left has a sharper edge. nlm has the least noise of all, and it leaves the edge as it was. Is there no price?
#
# The skull is an easy edge: a step of 1000 HU, which nlm notices and spares. What about a faint thing? **Predict.** We put eight lesions into the phantom, 10 mm wide and 8 HU brighter than the white matter around them. The noise has about 7 HU. How many of the 8 HU will nlm leave?

# %%
ctkit.predict("07.b", unit="HU")

# %%
centres = [(-30, -30), (-30, 0), (-30, 40), (28, 30), (28, 55), (-10, -55), (12, -55), (0, 60)]
faint = body
for i, (x, y) in enumerate(centres):
    # Its HU, its centre in mm, and its half widths in mm; the white matter has 28 HU.
    faint = faint.with_part(ctkit.phantom.Part(f"lesion {i}", 36, (x, y, 11), (5, 5, 9)))
scan = faint.scan(grid, noise_hu=8, angles=180, seed=1)

# %%
share = sum(faint.coverage(grid, f"lesion {i}") for i in range(8))  # 1 where all is lesion
lesion = share > 0.95
# A ring of white matter around each lesion, from 2 to 4 voxels away.
near = ndimage.binary_dilation(share > 0, iterations=4)
ring = near & ~ndimage.binary_dilation(share > 0) & (np.abs(truth.array - 28) < 0.5)

# %% [markdown]
# Can the lesion still be told from its ring? Take a voxel of each, and call the brighter one lesion. We count in how many of 100 such pairs that is right, and half of those that are equal. Guessing gets 50.

# %%
tried = {"measured": scan, "gaussian 1.3 mm": ctkit.denoise(scan, "gaussian", sigma_mm=1.3)}
tried |= {name: ctkit.denoise(scan, name) for name in ("median", "tv", "nlm")}
left, found = {}, {}
for name, volume in tried.items():
    inner, outer = (volume.array[where].astype(float) for where in (lesion, ring))
    left[name] = inner.mean() - outer.mean()
    found[name] = 50 + 50 * np.sign(inner[:, None] - outer).mean()  # each voxel against each
    print(f"{name:15}  contrast {left[name]:.1f} HU, noise {outer.std():.1f} HU", end="")
    print(f", {found[name]:.0f} of 100 pairs right")
ctkit.predict("07.b", measured=round(left["nlm"], 1))

# %%
three = {name: tried[name] for name in ("measured", "gaussian 1.3 mm", "nlm")}
film = ctkit.show_row(three, window=(30, 60))
film.says(
    f"Of lesions of 8 HU, the gaussian leaves {left['gaussian 1.3 mm']:.1f} HU and nlm "
    f"{left['nlm']:.1f} HU; {found['gaussian 1.3 mm']:.0f} % and {found['nlm']:.0f} % of the pairs "
    "are right"
)

# %% [markdown]
# Here is the price. nlm mixes a faint lesion with what is around it, since to nlm the two look alike. It leaves the least noise, and yet the plain gaussian shows these lesions better. So ask what a filter does to the thing you look for.
#
# **Try this.** Choose **nlm** as the *method*, and pull the curtain over the folds of the brain. While it works, you see a preview of some slices.

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
# Over the picture you read **Denoised: nlm**, and the strength, which it took from the measured noise. The skull stays sharp. The brain has become patchy.
#
# ### Mistake: integers and default weights in scikit-image
#
# Several of its filters expect values from 0 to 1. They divide an int16 picture by about 32768 without a word ([scikit-image on data types](https://scikit-image.org/docs/stable/user_guide/data_types.html)). And their default weights are made for 0 to 1 as well: on HU they do nothing, or too much.


# %%
def rmse(volume):
    return np.sqrt(np.mean((np.asarray(volume) - truth.array) ** 2))


hu = head.array[8]
shrunk = util.img_as_float(hu)  # what the filter does first
print(f"int16: {hu.min()} to {hu.max()} HU become {shrunk.min():.3f} to {shrunk.max():.3f}")
slices = noisy.array.astype(np.float32)
by_default = np.stack([restoration.denoise_tv_chambolle(picture) for picture in slices])
print(f"tv on float32: {rmse(noisy):.1f} HU from the truth before, {rmse(by_default):.1f} HU after")
print(f"with a weight from the noise: {rmse(ctkit.denoise(noisy, 'tv')):.1f} HU")

# %% [markdown]
# ### Mistake: a size in voxels
#
# `gaussian_filter(array, sigma=1)` means one *voxel* on each axis: 1.2 mm within these slices, and 3 mm across them. The phantom has a calcification of 5 mm. What is left of it?

# %%
calcium = body.coverage(grid, "calcification")
peak = np.unravel_index(calcium.argmax(), calcium.shape)
wrong = ndimage.gaussian_filter(slices, sigma=1)[peak]
right = ctkit.denoise(noisy, "gaussian", sigma_mm=1.2).array[peak]
print(f"calcification: {noisy.array[peak]} HU measured, {truth.array[peak]:.0f} HU in truth")
print(f"sigma of 1 voxel: {wrong:.0f} HU; sigma of 1.2 mm: {right:.0f} HU")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why is a filter that makes pictures smoother not simply better?
#
# *What to expect:* It takes faint things away together with the noise. On this page the eight lesions show it.

# %% [markdown]
# ## What did it take away?
#
# Subtract the measured volume from the filtered one, and you see what a filter did. It should look like noise. Where it looks like the patient, it took the patient.
#
# **Predict.** Which of the two, gaussian and nlm, changed the bone more?

# %%
results = {name: ctkit.denoise(head, name) for name in ("gaussian", "nlm")}
changes = {name: result.array - head.array for name, result in results.items()}
bone = head.array > 300
lost = {name: np.abs(change[bone]).mean() for name, change in changes.items()}
film = ctkit.figures.show_pictures(
    {f"{name} - measured": change[8, 109:9:-1, 50:210] for name, change in changes.items()},
    window=(0.5, 121),
    spacing=head.spacing[1:],
    difference=True,
)
changed = f"{lost['gaussian']:.0f} HU by the gaussian, {lost['nlm']:.1f} HU by nlm"
film.says(f"On average a voxel of bone was changed by {changed}")

# %% [markdown]
# The gaussian draws the whole skull. nlm leaves it alone, and its difference looks like noise. (A faint lesion could still hide in it, as you saw above.)
#
# **Try this.** Below is the same difference for the gaussian. Point at the back of the skull, at index **[8, 28, 128]**, and read before → after.

# %%
ctkit.compare(head, results["gaussian"], blend="difference", slice=8, limit=400)

# %% [markdown] tags=["teacher"]
# **Ask the room.** What would you like to see in the picture of what was removed?
#
# *What to expect:* Nothing that one knows: only noise. If there are edges or organs in it, the filter took some of them.

# %% [markdown]
# The gaussian turned **1233 HU → 1060.19 HU** there. The filter gave them to the lower neighbours: spongy bone on one side, brain on the other. These rose, and are orange.

# %% [markdown]
# ## How near is it to the truth?
#
# Two numbers say how near a result is to a known truth. **PSNR**, the peak signal-to-noise ratio, sets a peak (here 4095 HU, the range of 12 bits) against the root mean squared error. It is given in decibels: 6 dB more is half the error. **SSIM**, structural similarity, compares means, contrasts and patterns in small squares, and is 1 where all agree (Wang and others, 2004).
#
# **Predict.** Take the gaussian. Is the filtered phantom nearer to its truth than the noisy one?

# %%
print(ctkit.compare_filters(noisy, truth))

# %% [markdown]
# By their PSNR gaussian, median and bilateral are worse than no filter. With the gaussian and the median, voxels of the skull are off by more than 100 HU, although the median kept the width of the edge. With the bilateral filter the largest error is 67 HU, and that is already enough. Squared, these errors outweigh all that was gained in the brain. (SSIM hardly moves here.) A measure tells something about the region in which it was taken, and nothing about others. So let us ask for the brain alone, with 80 HU, the width of the brain window, as the peak.


# %%
def in_brain(volume):
    return ctkit.psnr(inside(volume), inside(truth), data_range=80)


sizes = np.array([0.4, 0.7, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5])
smooth = [ctkit.denoise(noisy, "gaussian", sigma_mm=size) for size in sizes]
x = np.array([0, *sizes])
curves = {
    "whole head": (x, np.array([ctkit.psnr(v, truth, 80) for v in (noisy, *smooth)])),
    "brain only": (x, np.array([in_brain(v) for v in (noisy, *smooth)])),
}

# %%
film = ctkit.figures.show_curves(
    curves, x="sigma of the gaussian, mm (0: no filter)", y="PSNR at a peak of 80 HU, dB"
)
at = curves["brain only"][1].argmax()
gain, loss = (curves[name][1][at] - curves[name][1][0] for name in ("brain only", "whole head"))
film.says(
    f"In the brain a sigma of {x[at]:.1f} mm is best and wins {gain:.1f} dB; over the whole head "
    f"it loses {-loss:.1f} dB"
)


# %%
def judged(volume, sigma_mm=0.7):
    result = ctkit.denoise(volume, "gaussian", sigma_mm=sigma_mm)
    if result.shape != truth.shape:  # while you drag, it is only a part
        return result
    return volume.with_array(result.array, f"In the brain: {in_brain(result):.1f} dB.")


judged.preview = "slab"  # the part: some slices around the one you see

# %% [markdown]
# **Try this.** Look for the best *sigma mm*, with the decibels over the picture. Set it to **1.6**, then to 3.

# %%
ctkit.tune(noisy, judged, sigma_mm=(0.3, 3.0, 0.1), slice=1, window="brain", blend="curtain")

# %% [markdown] tags=["teacher"]
# **Ask the room.** On a patient there is no truth to compare with. What can we still measure?
#
# *What to expect:* Noise in an even place, the width of an edge, and what was removed. A task for readers would say most.

# %% [markdown]
# At 1.6 mm it says **26.9 dB**. Beyond, the noise still falls, but the ventricles blur, and the error grows again. Mind that the phantom's tissues are perfectly even, and real ones are not. tv and nlm are made for such pictures, and look better here than on a patient.

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | Noise | `ctkit.noise_sd(volume, region)`, in HU; blind without a region |
# | Its price | `ctkit.edge_width(volume)` in mm, **and** the contrast of something faint in HU |
# | Both, for each filter | `ctkit.compare_filters(volume, truth)` |
# | Filters | `ctkit.denoise(volume, method, ...)`: parameters in mm and HU, defaults from the measured noise |
# | Against a truth | `ctkit.psnr`, `ctkit.ssim`: name the region and `data_range` |
# | What was taken | filtered - measured, which must look like noise |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("07.1")` gives one more hint each time, and `ctkit.solution("07.1")` shows one solution.

# %% exercise="07.1"

# %% exercise="07.2"

# %% exercise="07.3"

# %% exercise="07.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("07")

# %%
ctkit.progress("07")

# %% [markdown]
# And one to try in the code above: make the lesions 4 HU bright. Which filter still shows them to you?
#
# ## In practice
#
# - Measure first. A scan of 3 HU of noise needs no filter for most purposes.
# - Prefer the scanner's own soft kernel: its noise and its sharpness are known. Iterative methods can use the raw data, which a filter never sees. Thicker slices have less noise too, but blur small things.
# - Keep the measured volume. Texture measures and calcium scores are defined on unfiltered pictures.
# - Write the method and its parameters beside the result: `result.report` holds them.
#
# ## Further reading
#
# - C. H. McCollough and others (2023), [The technical development of photon counting detector CT](https://doi.org/10.1007/s00330-023-09545-9): most scanners add up the photons' energy; scanners that count single photons have been in clinics since 2021
# - A. Buades, B. Coll, J.-M. Morel (2005), [A non-local algorithm for image denoising](https://doi.org/10.1109/CVPR.2005.38)
# - A. Chambolle (2004), [An algorithm for total variation minimization](https://doi.org/10.1023/B:JMIV.0000011325.36760.1e)
# - C. Tomasi, R. Manduchi (1998), [Bilateral filtering for gray and color images](https://doi.org/10.1109/ICCV.1998.710815)
# - Z. Wang and others (2004), [Image quality assessment](https://doi.org/10.1109/TIP.2003.819861): SSIM
# - O. Christianson and others (2015), Automated technique to measure noise in clinical CT examinations, Am. J. Roentgenol. 205, W93
#
# **Next:** [08 · Crop, center and pad without losing place](08_crop_center_pad.ipynb)
