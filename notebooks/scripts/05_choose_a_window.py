# %% [markdown]
# # 05 · Choose a window for the eye
#
# | | |
# |---|---|
# | **You will** | show one slice through four windows, set a window by hand, and find the window that shows a bleed beside bone |
# | **You learn** | what center and width do, what DICOM's three functions are, five ways in which pictures lie about HU |
# | **You need** | page 04 |
# | **Time** | 30 minutes |

# %%
import numpy as np
import pydicom

import ctkit

head = ctkit.load(ctkit.samples.head())
head

# %% [markdown]
# ## How many greys does a tissue get?
#
# A CT spans some 4000 HU. A screen shows 256 greys, and the eye tells apart fewer. Shown whole, sixteen HU share one grey, and grey and white matter
# lie about sixteen HU apart. So one shows a **window**: the HU around a **center**, over a **width**. What lies below is black, what lies above is white
# (`WindowCenter`, `WindowWidth`; PS3.3 C.11.2.1.2). Radiology also says **level** for the center, and writes W80 L40. Here and in DICOM the center comes first: 40/80.

# %%
names = ("full", "brain", "subdural", "bone")
white, grey = (np.mean(ctkit.TISSUES[f"{colour} matter"]) for colour in ("white", "grey"))
apart = {}
for name in names:
    black_to_white = ctkit.apply_window([white, grey], *ctkit.PRESETS[name])
    apart[name] = 255 * (black_to_white[1] - black_to_white[0])
    print(f"{name:9} grey and white matter are {apart[name]:5.1f} greys apart")

# %%
film = ctkit.show_windows(head, names, index=60)
film.says(
    f"White and grey matter: {apart['full']:.1f} greys apart in the full window, "
    f"{apart['brain']:.1f} in that for brain"
)

# %% [markdown]
# Four pictures of the same numbers. In the first nothing within the brain can be told apart. In the second ventricles and the folds of the brain appear, and all bone is
# white. In the last the skull shows its layers, and the brain is one grey. No window shows everything.
#
# Windows that are in use have names, **presets**. Each row of the table says where its numbers are from.

# %%
for row in ctkit.PRESET_TABLE:
    print(f"{row.key}  {row.name:12} {row.center:5g} / {row.width:<5g} {row.source}")

# %% [markdown]
# **Try this.** Click on the picture and press **4** for bone, then **5** for brain. Then drag on the picture: to the right makes the window wider, downwards raises its center.
# Space brings it back.

# %%
ctkit.explore(head, slice=60, window="soft tissue")

# %% [markdown]
# After **4** the corner reads C 400 W 1000, and the sliders stand at center **400** and width **1000**; after **5** at 40 and 80. On the way the ventricles came and the skull's layers went.

# %% [markdown]
# ## What does a window do to a value?
#
# It is a function from HU to grey, the **VOI LUT** (values of interest, look-up table). DICOM's own is called LINEAR (PS3.3 C.11.2.1.2.1). The orange line is the brain window, over the histogram of the head.

# %%
film = ctkit.show_histogram(head, window="brain", limits=(-150, 250))
low, high = 0, 79
inside = 100 * np.mean((head.array >= low) & (head.array <= high))
film.says(f"The brain window spends all greys on {low} to {high} HU: {inside:.1f} % of the voxels")

# %%
hu = np.array([-1000, 0, 20, 40, 60, 79, 400])
print("HU  ", hu)
print("0..1", ctkit.apply_window(hu, 40, 80).round(3))
print("byte", ctkit.apply_window(hu, 40, 80, dtype=np.uint8))

# %% [markdown]
# LINEAR counts whole values: a window of 40/80 goes from 0 to **79**, and its middle lies between 39 and 40. LINEAR_EXACT is the plain formula, from 0 to 80
# (C.11.2.1.3.2). SIGMOID is a soft curve with no ends (C.11.2.1.3.1). `VOILUTFunction` says which one a file means; without it, LINEAR.

# %%
functions = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
off = {}
for center, width in ((40, 400), (40, 80), (32, 8)):
    hu = np.arange(center - width, center + width)
    linear, exact = (ctkit.apply_window(hu, center, width, name) for name in functions[:2])
    off[f"{center}/{width}"] = 255 * abs(linear - exact).max()
print({window: f"{greys:.1f} greys" for window, greys in off.items()})

# %%
film = ctkit.figures.Film(3.4, "The three functions of DICOM for the windows 40/80 and 32/8")
for place, (center, width) in enumerate(((40, 80), (32, 8)), start=1):
    hu = np.linspace(center - width, center + width, 400)
    axes = film.panel(1, 2, place, title=f"window {center}/{width}")
    for color, name in zip(ctkit.figures.COLORS, functions, strict=False):
        greys = 255 * ctkit.apply_window(hu, center, width, name)
        axes.plot(hu, greys, color=color, label=name)
    axes.set(xlabel="HU", ylabel="grey")
film.legend_of(axes, loc="lower right")
most, least = off["32/8"], off["40/80"]
film.says(f"LINEAR and LINEAR_EXACT: {most:.1f} greys apart at 32/8, {least:.1f} at 40/80")

# %% [markdown]
# A narrow window raises contrast and noise alike. 32/8 was proposed for early signs of a stroke (Lev et al. 1999), which are a few HU. In one voxel of this scan the noise is larger than that.

# %%
soft = head.array[(head.array >= 0) & (head.array <= 80)]
for name in ("brain", "stroke"):
    bytes_of = ctkit.apply_window(soft, *ctkit.PRESETS[name], dtype=np.uint8)
    clipped = 100 * np.mean((bytes_of == 0) | (bytes_of == 255))
    print(f"{name:7} {clipped:4.1f} % of the voxels from 0 to 80 HU are black or white")

# %% [markdown]
# **Try this.** Set the slider of the center to 32, then that of the width to 8. Widen it again, slowly, until grey and white matter are easiest to tell apart.

# %%
ctkit.explore(head, window="brain", slice=60)

# %% [markdown]
# The corner reads **C 32 W 8 stroke**: the menu knows the window by its numbers. The picture is salt and pepper, as most of the brain is black or white. Page 07 takes the noise away first.

# %% [markdown]
# ## Which window shows the bleed?
#
# We need a scan whose truth is known: a **phantom**, a head made of ellipsoids, with a bleed of 70 HU deep in the brain. We add a thin layer of clotted blood of 85 HU along the inside of the skull, a **subdural** bleed,
# and scan it with noise.

# %%
clot = ctkit.phantom.Part("clot", 85, (59.5, 0, 22), (4, 26, 16))
phantom = ctkit.phantom.head_phantom(table=False).with_part(clot)
grid = ctkit.phantom.make_grid((4, 170, 150), (4, 1.3, 1.3), center=(0, 0, 20))
scan = phantom.scan(grid, noise_hu=4, angles=180, seed=5)
clot_mask, bleed_mask = (phantom.mask(grid, name) for name in ("clot", "bleed"))
skull = scan.array > 600
print(scan)

# %%
windows = ("brain", "subdural", "bone")
shown = {name: ctkit.apply_window(scan.array, *ctkit.PRESETS[name]) * 255 for name in windows}
for name, greys in shown.items():
    at_bleed, at_clot, at_skull = (
        np.median(greys[m]) for m in (bleed_mask.array, clot_mask.array, skull)
    )
    print(f"{name:9} bleed {at_bleed:3.0f}, clot {at_clot:3.0f}, skull {at_skull:3.0f} greys")

# %%
film = ctkit.show_windows(scan, windows, index=2)
gap = {n: np.median(g[skull]) - np.median(g[clot_mask.array]) for n, g in shown.items()}
film.says(
    f"Clot and skull differ by {gap['brain']:.0f} greys in the brain window, by "
    f"{gap['subdural']:.0f} in the subdural one"
)

# %% [markdown]
# In the brain window everything above 79 HU is white: the clot looks like a thicker skull. The subdural window goes up to 181 HU, and the clot gets a grey of its own. It pays for that: the bleed deep in the brain
# stands out less. That is why a head is read through several windows, one after the other.
#
# **Try this.** The same lesions, in two windows. Click on the picture, and press **5** for brain and **6** for subdural, in turn. Watch the patient's left side, at the edge. Then point at the clot.

# %%
ctkit.explore(scan, slice=2, window="brain")

# %% [markdown]
# After **6** the corner reads **C 75 W 215 subdural**, and a grey crescent parts from the skull. The probe reads about 85 HU on it, in both windows: a window changes the picture, never the values.

# %% [markdown]
# ## What goes wrong
#
# ### 1. `width // 2`
#
# > The formula of many tutorials is `center - width // 2` to `center + width // 2`. With odd widths it shortens the window: (40, 81) shows 0 to 80, and (40, 1) has no width at all. It is not DICOM's LINEAR either, whose ends are
# > `center - width / 2` and `center + width / 2 - 1` (PS3.3 C.11.2.1.2.1).


# %%
def naive(hu, center, width):
    """The formula of many tutorials."""
    low, high = center - width // 2, center + width // 2
    return (np.clip(hu, low, high) - low) / (high - low)


for center, width in ((40, 400), (40, 80), (32, 8), (40, 2)):
    hu = np.arange(center - width, center + width + 1)
    off = 255 * abs(naive(hu, center, width) - ctkit.apply_window(hu, center, width)).max()
    print(f"{center}/{width}: off by up to {off:.1f} greys")
for width in (81, 1):
    print(f"40/{width} shows {40 - width // 2} to {40 + width // 2} HU: {width // 2 * 2} HU wide")

# %% [markdown]
# ### 2. Several windows in one tag
#
# > `WindowCenter` and `WindowWidth` may hold several values: alternative views, told apart by `WindowCenterWidthExplanation` (PS3.3 C.11.2.1.2). A formula on them fails, or shows
# > something that nobody meant. The real slice of page 01 holds three.

# %%
real = pydicom.dcmread(ctkit.samples.head_slice())
print("center", real.WindowCenter, "width", real.WindowWidth)
try:
    real.WindowCenter - real.WindowWidth / 2
except TypeError as error:
    print("TypeError:", error)
pairs = list(zip(real.WindowCenter, real.WindowWidth, strict=True))
first, last = (255 * float(ctkit.apply_window(70, *pair)) for pair in (pairs[0], pairs[-1]))
print(f"70 HU: {first:.0f} greys by the first window, {last:.0f} greys by the last")

# %% [markdown]
# ### 3. A picture that scales itself
#
# > After `np.clip`, `imshow` without `vmin` and `vmax` stretches what is left from black to white (matplotlib documents it: https://matplotlib.org/stable/api/_as_gen/matplotlib.pyplot.imshow.html). Where no bone is in the picture, the same HU get another grey.

# %%
truth = phantom.render(grid)
whole = np.clip(truth.plane("axial", 2), 0, 80)
rows, columns = whole.shape
part = whole[rows * 2 // 5 : rows * 3 // 5, columns // 3 : columns // 2]
scaled = {}
for name, picture in (("whole slice", whole), ("part of it", part)):
    scaled[name] = 255 * (28 - picture.min()) / (picture.max() - picture.min())
    print(f"{name}: 28 HU is shown as grey {scaled[name]:.0f}, fixed as {255 * 28 / 80:.0f} greys")

# %%
film = ctkit.figures.Film(2.6, "A slice and a part of it, each scaled by itself, and by one window")
shown = {"wrong: by itself": (None, None), "right: 0 to 80 HU": (0, 80)}
for place, (title, ends) in enumerate(shown.items()):
    for column, picture in enumerate((whole, part), start=1):
        low, high = (picture.min(), picture.max()) if ends[0] is None else ends
        axes = film.panel(1, 4, 2 * place + column, title=title)
        axes.imshow(picture, cmap="gray", vmin=low, vmax=high)
        axes.set_axis_off()
jump = scaled["part of it"] - scaled["whole slice"]
film.says(
    f"Scaled by itself, a part shows white matter {jump:.0f} greys lighter than the whole slice"
)

# %% [markdown]
# ### 4. Bytes before clipping
#
# > Scaled first and cast to 8 bits, values outside of the window wrap around: black and white change places, with rings between. A known viewer draws air as a light grey in that way. The standard clips first (PS3.3 C.11.2.1.2.1).

# %%
picture = head.plane("axial", 60)
scaled = (picture - (40 - 400 / 2)) / 400 * 255
wrapped = scaled.astype(np.int64).astype(np.uint8)
right = ctkit.apply_window(picture, 40, 400, dtype=np.uint8)
air = picture == -1000
print(
    f"air: {np.median(wrapped[air]):.0f} greys when cast first, {np.median(right[air]):.0f} greys "
    "when clipped first"
)

# %%
film = ctkit.figures.Film(4.2, "One slice at 40/400: cast to bytes before clipping, and after")
for column, (title, greys) in enumerate({"wrong: cast": wrapped, "right: clipped": right}.items()):
    axes = film.panel(1, 2, column + 1, title=title)
    axes.imshow(greys, cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()
off = 100 * np.mean(np.abs(wrapped.astype(int) - right) > 1)
film.says(f"Cast before clipping, {off:.1f} % of the pixels are off by more than rounding")

# %% [markdown]
# ### 5. Measured in greys
#
# > The VOI LUT is for the eye (PS3.3 C.11.2). A mean, a threshold or a network's input taken from windowed bytes knows nothing of what was clipped.

# %%
center, width = ctkit.PRESETS["brain"]
back = (
    ctkit.apply_window(head.array, center, width, dtype=np.uint8) / 255 * (width - 1)
    + center
    - width / 2
)
bone = head.array > 300
true, read = head.array[bone].mean(), back[bone].mean()
print(f"bone: {true:.0f} HU, read back from the brain window's bytes {read:.0f} HU")
print(f"off by {read - true:.0f} HU")

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | A window | `(center, width)` in HU: what lies outside is black or white |
# | Greys | `ctkit.apply_window(hu, center, width)`: 0 to 1, or bytes with `dtype=np.uint8` |
# | Functions | `"LINEAR"` (DICOM's, from center - width/2 to center + width/2 - 1), `"LINEAR_EXACT"`, `"SIGMOID"` |
# | Presets | `ctkit.PRESETS["brain"]`; keys 1 to 8 in the viewer |
# | Pictures of your own | always `vmin` and `vmax`, the same for all that are compared |
# | The window is for the eye | compute with HU, never with greys |
#
# ## On your own
#
# 1. Which byte does 40 HU get at 40/80, by LINEAR and by LINEAR_EXACT? (129 and 128.)
# 2. Make the window that runs from black at 20 to white at 45 HU by LINEAR. (Center 33, width 26.)
# 3. Give the clot of the phantom 60 HU in place of 85. By how many greys does it differ from the skull in the brain window, in the middle of the layer? (About 61.)
# 4. Show the slice with `function="SIGMOID"` in `ctkit.explore`. What happened to the skull at 40/80? (It is still white; the change is near the ends of the window.)
#
# ## In practice
#
# - Store HU, and the window beside them. A window can be changed later, clipped HU can't be brought back.
# - Look at each scan of a head through brain, subdural and bone at least once, before you train on it.
# - The input of a network may be windowed, too: several windows as channels are common. Then the same function and window belong into training and use (page 11).
# - A window in a file is a suggestion of the scanner. Where the tag holds several, let the user choose, and start with the first.
#
# ## Further reading
#
# - DICOM PS3.3, [VOI LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html): windows, and the three functions
# - M. H. Lev et al., Acute stroke: improved nonenhanced CT detection. Radiology 213 (1999) 150, [doi](https://doi.org/10.1148/radiology.213.1.r99oc10150)
# - P. J. Turner and G. Holdsworth, CT stroke window settings: an unfortunate misleading misnomer? Br. J. Radiol. 84 (2011) 1061, [doi](https://doi.org/10.1259/bjr/99730184)
# - Radiopaedia, [Windowing (CT)](https://radiopaedia.org/articles/windowing-ct): usual windows by region of the body
#
# **Next:** [06 · Keep only the head](06_keep_only_the_head.ipynb)
