# %% [markdown]
# # 07 · Reduce noise, and say what it cost
#
# | | |
# |---|---|
# | **You will** | measure the noise of a scan, lower it in five ways, and measure what each one did to the edges |
# | **You learn** | why a filter needs two numbers, and why its parameters are in HU and millimetres |
# | **You need** | page 06 |
# | **Time** | 15 minutes |

# %% [markdown]
# ## Noise has a number
#
# Two voxels of the same tissue don't have the same HU: a scanner counts a limited number of X-ray quanta, and counts
# fluctuate. The **standard deviation** (SD) in a region of one tissue says by how much.

# %%
import ctkit

whole = ctkit.load(ctkit.samples.head())
head = ctkit.crop_box(whole, (52, 0, 0), (68, 256, 256))
print(f"noise: SD {ctkit.noise_sd(head):.1f} HU; grey and white matter are about 10 HU apart")

# %%
ctkit.show_slice(head, index=8, window="brain", title="As measured")

# %% [markdown]
# ## Less noise is easy. Less noise and the same edges is not.
#
# A filter replaces a voxel by some mean of its neighbours, and a mean over an edge makes the edge wider. `edge_width`
# measures the inner edge of the skull, from 10 to 90 % of its height, in millimetres. Each filter gets **both** numbers:

# %%
rows = {"as measured": head}
for method in ("gaussian", "median", "bilateral", "tv", "nlm"):
    rows[method] = ctkit.denoise(head, method)
for name, volume in rows.items():
    noise, edge = ctkit.noise_sd(volume), ctkit.edge_width(volume)
    print(f"{name:12} noise {noise:5.2f} HU   edge {edge:5.2f} mm")

# %%
ctkit.show_row({name: rows[name] for name in ("as measured", "gaussian", "nlm")}, window="brain")

# %% [markdown]
# - **gaussian** is a weighted mean: the more noise it takes, the wider it makes the edges.
# - **median** takes the middle one of the neighbours' values, and throws single wild values out.
# - **bilateral** only counts neighbours of a similar HU.
# - **tv**, total variation, looks for the picture with the least ups and downs near the measured one.
# - **nlm**, non-local means, averages pixels whose *surroundings* look alike, wherever they are.
#
# At the skull, a step of 1000 HU, only the gaussian pays: the others notice such an edge and keep it. Now look at the folds
# of the brain in the picture, steps of 10 HU, not much above the noise: there they pay as well, and one number of one
# edge doesn't tell. What a filter has removed, nobody gets back.

# %% [markdown]
# ## What goes wrong
#
# **1. Integers into scikit-image.** Its filters expect values of 0 to 1, and quietly divide an int16 picture by 32768. What
# comes back is no longer HU.

# %%
from skimage.restoration import denoise_tv_chambolle

hu = head.array[8]
quiet = denoise_tv_chambolle(hu)
print(f"HU {hu.min()} to {hu.max()} became {quiet.min():.3f} to {quiet.max():.3f}")

# %% [markdown]
# **2. Default weights.** A weight of 0.1 is made for pictures of 0 to 1. On HU it does nothing. `ctkit.denoise` takes the weight from the
# noise it measures.

# %%
default = head.with_array(
    [denoise_tv_chambolle(picture.astype("float32"), weight=0.1) for picture in head.array]
)
print(f"weight 0.1:    noise {ctkit.noise_sd(default):.2f} HU")
print(f"ctkit.denoise: noise {ctkit.noise_sd(rows['tv']):.2f} HU")
print(*rows["tv"].report[-1:])

# %% [markdown]
# ## Try them
#
# **Try this.** Choose another *method*. Its result stands beside the original; *Show* lays them over each other with a
# curtain, or flickers between them.

# %%
ctkit.tune(head, ctkit.denoise, method=["median", "nlm", "gaussian"], slice=8, window="brain")

# %% [markdown]
# ## See what was taken
#
# Subtract the filtered volume from the measured one, and you see what a filter took away. It should look like noise. Where it
# looks like the patient, it took the patient.

# %%
took = {}
for method in ("gaussian", "nlm"):
    took[method] = head.with_array(head.array - rows[method].array)
    at = took[method].array[8, 28, 128]
    print(f"{method:9} took {abs(at):3.0f} HU from the skull at (8, 28, 128)")
ctkit.show_row({f"what {name} took": part for name, part in took.items()}, window=(0, 60))

# %% [markdown]
# **Try this.** Below is what the gaussian took. Point at the back of the skull, at index **[8, 28, 128]**, and read how many HU
# are missing there now.

# %%
ctkit.explore(took["gaussian"], slice=8, window=(0, 60))

# %% [markdown]
# The probe reads **173 HU**: this much bone went into its neighbours. In the brain the numbers jump between -10 and 10, as
# noise does. nlm took nothing from the bone.
#
# ## In short
#
# | | |
# |---|---|
# | Noise | `ctkit.noise_sd(volume)`, in HU |
# | Its price | `ctkit.edge_width(volume)`, in mm |
# | Filters | `ctkit.denoise(volume, method, ...)`: parameters in mm and HU, defaults from the measured noise |
# | Always say both | or it is only blur |
#
# **Next:** [08 · Crop, center, pad](08_crop_center_pad.ipynb)
