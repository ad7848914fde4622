# %% [markdown]
# # 05 · Choose a window for the eye
#
# | | |
# |---|---|
# | **You will** | turn HU into greys by hand, set windows with the mouse, and find the window that shows a bleed beside bone |
# | **You learn** | what center and width do, what DICOM's three functions are, how pictures lie about HU |
# | **You need** | page 04 |
# | **Time** | 50 minutes |

# %%
import numpy as np

import ctkit

head = ctkit.load(ctkit.samples.head())

# %% [markdown]
# ## How many greys does a tissue get?
#
# A CT with 12 bits holds 4096 values, from -1024 to 3071 HU. A screen has 256 greys. So 16 HU must share one grey, if you show them all.
#
# **Predict.** White matter is at about 21 HU and grey matter at 28 HU (page 04). By how many of the 256 greys do they differ, if the picture shows all HU?

# %%
white, grey = 21, 28
print(f"{256 / 4096 * (grey - white):.1f} greys")

# %% [markdown]
# Less than one: a screen can't draw half a grey, so most of the difference is lost. (How many greys an eye can tell apart is another question. Textbooks say 30 or so; a model of the eye gives 720 to 900 on medical screens (Kimpe and Tuytschaever, 2007).)
#
# So you show fewer HU. A **window** is a range of HU. Its **center** is the middle of the range, and its **width** is its length. What lies below is black, what lies above is white
# (`WindowCenter`, `WindowWidth`; PS3.3 C.11.2.1.2). Doctors also say **level** for the center, and write W80 L40. DICOM and this course put the center first: 40/80.

# %%
for name in ("full", "soft tissue", "brain"):
    center, width = ctkit.PRESETS[name]
    print(f"{name} {center:g}/{width:g}: {256 / width * (grey - white):.1f} greys apart")

# %% [markdown]
# This counts with the width alone. The exact function below gives 22.6 in place of 22.4.

# %%
names = ("full", "brain", "subdural", "bone")
film = ctkit.show_windows(head, names, index=60)
shown = {n: 255 * np.diff(ctkit.apply_window([white, grey], *ctkit.PRESETS[n]))[0] for n in names}
film.says(
    f"White and grey matter: {shown['full']:.1f} greys apart in the full window, "
    f"{shown['brain']:.1f} in that for brain"
)

# %% [markdown]
# These are four pictures of the same numbers. The full window shows a grey brain. The brain window shows the ventricles and the folds, and all bone is white. In the bone window the
# layers of the skull appear, and the brain is gone. No window shows everything.
#
# Common windows have names, which are called **presets**. The last column says where their numbers come from:

# %%
for row in ctkit.PRESET_TABLE:
    print(f"{row.key}  {row.name:12} {row.center:5g} / {row.width:<5g} {row.source}")

# %% [markdown]
# **Try this.** Click on the picture, and press **4** for bone, then **5** for brain. Then drag: to the right makes the window wider, down raises its center. Does a higher center make the picture lighter or darker? The space bar brings
# the first window back.

# %%
ctkit.explore(head, slice=60, window="soft tissue")

# %% [markdown]
# After **4** the corner reads C 400 W 1000, and after **5** C 40 W 80. A higher center makes the picture darker, because more of it lies below the middle.
#
# Is 400/1000 a good window for bone? It comes from a tutorial and is white from 899 HU on (the next section says why it isn't 900). The hard layers of the skull are above that. OHIF, a viewer for radiologists, has 480/2500 for bone, which is white from 1729 HU on. Compare the two:

# %%
film = ctkit.show_windows(head, ("bone", (480, 2500)), index=60)
bone = head.array[head.array > 300]
clipped = {end: 100 * np.mean(bone >= end) for end in (899, 1729)}
film.says(
    f"Of the bone above 300 HU, {clipped[899]:.0f} % is plain white at 400/1000, "
    f"{clipped[1729]:.1f} % at 480/2500"
)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Two people look at one scan and disagree: one sees a bleed, the other sees nothing. Who is right?
#
# *What to expect:* Ask for their windows first. The same HU can be white in one and grey in the other.

# %% [markdown]
# The wider window shows differences in all of the skull. The narrower one has more contrast in soft and thin bone. Which window is right depends on what you look for.

# %% [markdown]
# ## What does a window do to a value?
#
# It is a function from HU to grey, the **VOI LUT** (values of interest, look-up table). DICOM has three such functions. The usual one is called LINEAR. Its formula in the standard takes 0.5 from the center and 1 from the width (PS3.3 C.11.2.1.2.1):
#
# $$\text{grey} = \frac{\text{HU} - (\text{center} - 0.5)}{\text{width} - 1} + 0.5$$
#
# What is below 0 becomes 0, and what is above 1 becomes 1. **Predict.** Which HU are just black and just white at 40/80?

# %%
ctkit.predict("05.a", ("0 and 80 HU", "0 and 79 HU", "-0.5 and 79.5 HU", "1 and 80 HU"))


# %%
def linear(hu, center, width):
    """LINEAR of DICOM by hand: greys from 0 to 1."""
    return np.clip((hu - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


hu = np.array([-1000, 0, 20, 40, 60, 79, 80, 400])
print("HU     ", hu)
print("by hand", linear(hu, 40, 80).round(3))
print("ctkit  ", ctkit.apply_window(hu, 40, 80).round(3))
print("bytes  ", ctkit.apply_window(hu, 40, 80, dtype=np.uint8))

# %%
greys = linear(hu, 40, 80)
ctkit.predict("05.a", measured=f"{hu[greys == 0].max()} and {hu[greys == 1].min()} HU")

# %% [markdown]
# 0 is black and **79** is white. LINEAR counts whole HU: 80 of them, from 0 to 79. The middle lies between 39 and 40. Exercise 05.1 asks for the two ends of any window.

# %%
film = ctkit.show_histogram(head, window="brain", limits=(-150, 250))
low, high = 0, 79
inside = 100 * np.mean((head.array >= low) & (head.array <= high))
film.says(
    f"The brain window spends all greys on {low} to {high} HU: {inside:.1f} % of the voxels; most "
    "of the rest is air"
)

# %% [markdown]
# There are two more functions. LINEAR_EXACT has no corrections, and goes from 0 to 80 (C.11.2.1.3.2). SIGMOID is a soft curve without ends (C.11.2.1.3.1). `VOILUTFunction` says which one a file
# means. If it is missing, the file means LINEAR.

# %%
hu = np.linspace(-20, 100, 400)
functions = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
greys = {name: (hu, 255 * ctkit.apply_window(hu, 40, 80, name)) for name in functions}
film = ctkit.figures.show_curves(greys, x="HU", y="grey")
off = {}
for center, width in ((40, 80), (32, 8)):
    values = np.arange(center - width, center + width)
    first, second = (ctkit.apply_window(values, center, width, name) for name in functions[:2])
    off[f"{center}/{width}"] = 255 * abs(first - second).max()
said = " and ".join(f"{worst:.1f} greys at {window}" for window, worst in off.items())
film.says(f"LINEAR and LINEAR_EXACT differ by up to {said}")

# %% [markdown]
# ### Mistake: `width // 2`
#
# Many tutorials use `center - width // 2` to `center + width // 2`. With an even width this is LINEAR_EXACT, which is wrong for a file that means LINEAR. With an odd width the operator `//` drops a half as well.


# %%
def naive(hu, center, width):
    """The formula of many tutorials."""
    low, high = center - width // 2, center + width // 2
    return (np.clip(hu, low, high) - low) / (high - low)


for center, width in ((40, 400), (40, 80), (32, 8), (40, 2)):
    hu = np.arange(center - width, center + width + 1)
    worst = 255 * abs(naive(hu, center, width) - linear(hu, center, width)).max()
    print(f"{center}/{width}: off by up to {worst:.1f} greys")
print(f"40/81: {40 - 81 // 2} to {40 + 81 // 2} HU, where LINEAR has -0.5 to 79.5")
print(f"40/1: {40 - 1 // 2} to {40 + 1 // 2} HU, which divides by 0")

# %% [markdown]
# In wide windows nobody sees it. In narrow windows it is a different picture.
#
# **Try this.** 32/8 was proposed for an early stroke (Lev et al. 1999), where the brain changes by only a few HU. Type 32 into the box of the center, and 8 into the box of the width. What happens to the picture? Then widen the window slowly, until you see the brain best.

# %%
ctkit.explore(head, window="brain", slice=60)

# %% [markdown] tags=["teacher"]
# **Ask the room.** You halve the width. What happens to contrast, and what to noise?
#
# *What to expect:* Both double. A window can't tell them apart.

# %% [markdown]
# The corner reads **C 32 W 8 stroke**. The window begins at 28 HU, and most of this brain is below it, at about 23 HU. So it is black, and noise lifts single voxels into view. A narrow window makes contrast and noise larger by the same factor. Page 07 takes
# the noise away first.

# %% [markdown]
# ## Which window shows the bleed?
#
# We need a scan whose truth is known, so we take a phantom. It has a bleed of 70 HU deep in the brain. We add a thin layer of clotted blood of 85 HU along the inside of the skull, which is called a **subdural** bleed,
# and scan it with noise. The clot is an ellipsoid. The first three numbers are its centre in mm (x to the patient's left, y to the back, z up), the other three are its half axes.

# %%
clot = ctkit.phantom.Part("clot", 85, (59.5, 0, 22), (4, 26, 16))
phantom = ctkit.phantom.head_phantom(table=False).with_part(clot)
grid = ctkit.phantom.make_grid((4, 170, 150), (4, 1.3, 1.3), center=(0, 0, 20))
scan = phantom.scan(grid, noise_hu=4, angles=180, seed=5)
inside = {name: phantom.mask(grid, name).array for name in ("clot", "bleed", "white matter")}
inside["skull"] = scan.array > 600

# %% [markdown]
# **Predict.** The brain window ends at 79 HU. The clot has 85 HU, and the hard layers of the skull have more than 600. How do they differ in that window?

# %%
windows = ("brain", "subdural", "bone")
medians = {}
for name in windows:
    greys = 255 * ctkit.apply_window(scan.array, *ctkit.PRESETS[name])
    medians[name] = {part: np.median(greys[mask]) for part, mask in inside.items()}
    print(f"{name:9}", ", ".join(f"{part} {n:3.0f}" for part, n in medians[name].items()), "greys")

# %%
film = ctkit.show_windows(scan, windows, index=2)
gap = {name: found["skull"] - found["clot"] for name, found in medians.items()}
film.says(
    f"Clot and skull differ by {gap['brain']:.0f} greys in the brain window, by "
    f"{gap['subdural']:.0f} in the subdural one"
)

# %% [markdown]
# In the brain window both are white, or nearly so: the clot looks like a thicker skull. The subdural window goes up to 181 HU, and gives the clot a grey of its own. The bleed deep in the brain stands out less in it: about 50 greys from the white matter, where the brain window has about 130.
# That is why a head is read through several windows, one after the other.
#
# **Try this.** Click on the picture, and press **5** for brain and **6** for subdural, in turn. Watch the patient's left side, at the edge. Then point at the clot.

# %%
ctkit.explore(scan, slice=2, window="brain")

# %% [markdown]
# After **6** the corner reads **C 75 W 215 subdural**, and a grey crescent appears beside the skull. The probe reads about 85 HU on it in both windows. A window changes the picture, never the values.
#
# ### Mistake: a picture that scales itself
#
# `imshow` without `vmin` and `vmax` makes the lowest value of a picture black and the highest white (matplotlib's [documentation](https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.imshow.html) says so). By hand it is one line.
# **Predict.** We cut both pictures off at 0 and 80 HU first. Is white matter then the same grey in the whole slice and in a part of it?


# %%
def own_range(picture):
    """Greys from 0 to 255 as imshow chooses them."""
    return 255 * (picture - picture.min()) / (picture.max() - picture.min())


whole = np.clip(phantom.render(grid).plane("axial", 2), 0, 80)
part = whole[70:115, 45:75]  # a part of the brain without bone
pictures = {"whole slice": own_range(whole), "part of it": own_range(part)}

# %%
film = ctkit.figures.show_pictures(
    pictures, window=(128, 256), spacing=grid.spacing[1:], unit="grey"
)
greys = [own_range(picture)[picture == 28][0] for picture in (whole, part)]
film.says(
    f"White matter of 28 HU is grey {greys[0]:.0f} in the whole slice and grey {greys[1]:.0f} in a "
    f"part of it: {greys[1] - greys[0]:.0f} greys apart"
)

# %% [markdown]
# The part holds no bone and no bleed, so its white matter becomes white. Two slices of one patient can't be compared like this. Give `vmin` and `vmax`, or window first.
#
# ### Mistake: bytes before clipping
#
# Scaled first and then cast to 8 bits, values outside of the window begin again from the other end: black becomes light, white becomes dark. At 40/400, air (-1000 HU) becomes a light grey, 233. The standard clips first (PS3.3 C.11.2.1.2.1).

# %%
picture = head.plane("axial", 60)
scaled = (picture - (40 - 400 / 2)) / 400 * 255
wrapped = scaled.astype(np.int64).astype(np.uint8)  # whole numbers first, then their last 8 bits
right = ctkit.apply_window(picture, 40, 400, dtype=np.uint8)
film = ctkit.figures.show_pictures(
    {"cast before clipping": wrapped, "clipped first": right},
    window=(128, 256),  # from 0 to 255
    spacing=head.spacing[1:],
    unit="grey",
)
off = 100 * np.mean(np.abs(wrapped.astype(int) - right) > 1)  # by more than rounding
film.says(f"Cast before clipping, {off:.1f} % of the pixels are wrong")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why do we not save the windowed picture, and throw the scan away?
#
# *What to expect:* What a window cuts off is lost. The HU can be windowed again, and the picture can't be turned back.

# %% [markdown]
# ## A second scan: a chest
#
# Other parts of the body need other windows. A chest with a contrast agent is not among the course's files. `ctkit.samples.fetch("aorta")` downloads it (3.7 MB). It comes from the tests of TotalSegmentator, whose licence is Apache-2.0 and which
# doesn't say where the scan is from. You can also read on without it.
#
# The patient has a **dissection** of the aorta: the inner layer of the wall of the aorta is torn, and blood runs in two channels, the *true* and the *false* **lumen**. A thin *flap* lies between them. The scan comes with masks of both, which a
# network made.
#
# **Predict.** The contrast agent lifts the blood to several hundred HU. The soft tissue window ends at 239 HU. Can it show the flap, and tell the two lumens apart?

# %% tags=["nbval-ignore-output"] reason="The chest may be on this computer or not."
folder = ctkit.samples.find("aorta")
if folder:
    chest = ctkit.load(folder, series="ct_cropped.nii.gz")
    lumens = {n: ctkit.load(folder, series=f"aorta_{n}_lumen.nii.gz") for n in ("true", "false")}
    for name, lumen in lumens.items():
        print(f"{name} lumen: median {np.median(chest.array[lumen.array]):.0f} HU")
else:
    print('The chest is not on this computer: ctkit.samples.fetch("aorta") gets it.')

# %% tags=["nbval-ignore-output"] reason="The chest may be on this computer or not."
if folder:
    windows = ("lung", "soft tissue", (350, 700))
    film = ctkit.show_windows(chest, windows, index=90)
    greys = ctkit.apply_window([471, 230], 350, 700, dtype=np.uint8)
    display(film.says(f"At 350/700 the lumens are grey {greys[0]} and {greys[1]}"))

# %% [markdown]
# With the chest you see this. In the lung window the vessels stand out in the dark lungs. Nearly everything outside of the lungs is white. In the soft tissue window muscle and fat have greys. The flap is a dark line there, but both lumens are white. The window 350/700 gives each lumen a grey of its own: they have about 470 and
# 230 HU. It shows nothing of the muscles.
#
# **Try this.** Look at the aorta beside the spine. Hide the two masks by the eyes in their list. Press **1** and **2**, and the space bar. Make the window narrower by a drag to the left, until the two lumens differ most.

# %% tags=["nbval-ignore-output"] reason="The chest may be on this computer or not."
ctkit.explore(chest, slice=90, window=(350, 700), mask=lumens) if folder else None

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | A window | `(center, width)` in HU: what lies outside is black or white |
# | Greys | `ctkit.apply_window(hu, center, width)`: 0 to 1, or bytes with `dtype=np.uint8` |
# | Functions | `"LINEAR"`, which a file means where it names none, `"LINEAR_EXACT"`, `"SIGMOID"` |
# | Presets | `ctkit.PRESETS["brain"]`; keys 1 to 8 in the viewer |
# | Pictures of your own | always `vmin` and `vmax`, the same for all that are compared |
# | The window is for the eye | compute with HU, never with greys |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("05.1")` gives one more hint each time, and `ctkit.solution("05.1")` shows one solution.

# %% exercise="05.1"

# %% exercise="05.2"

# %% exercise="05.3"

# %% exercise="05.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("05")

# %%
ctkit.progress("05")

# %% [markdown]
# And one to look at: the dark area in the right frontal lobe (page 04). Which window shows it best? Try 25/50 on slice 66.

# %% [markdown]
# ## In practice
#
# - Store HU, and write the window beside them. You can change a window later. You can't bring back HU that were cut off.
# - Look at each head through brain, subdural and bone before you train on it.
# - A network's input may be windowed too. Use the same function and the same window in training and in use (page 11).
# - A mean or a threshold taken from windowed bytes knows nothing of what was cut off: bone read back from a brain window is 79 HU.
#
# ## Further reading
#
# - DICOM PS3.3, [VOI LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html): windows, and the three functions
# - M. H. Lev et al., Acute stroke: improved nonenhanced CT detection. Radiology 213 (1999) 150, [doi](https://doi.org/10.1148/radiology.213.1.r99oc10150)
# - T. Kimpe, T. Tuytschaever, Increasing the number of gray shades in medical display systems: how much is enough? J. Digit. Imaging 20 (2007) 422, [doi](https://doi.org/10.1007/s10278-006-1052-3)
# - P. J. Turner and G. Holdsworth, CT stroke window settings: an unfortunate misleading misnomer? Br. J. Radiol. 84 (2011) 1061, [doi](https://doi.org/10.1259/bjr/99730184)
# - Radiopaedia, [Windowing (CT)](https://radiopaedia.org/articles/windowing-ct): usual windows by region of the body
#
# **Next:** [06 · Keep only the head](06_keep_only_the_head.ipynb)
