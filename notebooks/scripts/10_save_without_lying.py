# %% [markdown]
# # 10 · Save without lying
#
# | | |
# |---|---|
# | **You will** | save a scan in six ways, read all of them back, and measure what was lost in HU and in mm |
# | **You learn** | which format keeps what, what JPEG does to HU, and what must stand beside a picture |
# | **You need** | page 05 |
# | **Time** | 25 minutes |

# %%
import json
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import ctkit

head = ctkit.load(ctkit.samples.head())
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Which file brings back every HU?
#
# There are two kinds of file. **Data** files hold the values: a NIfTI the HU and the affine, an npz both for NumPy, an npy the HU
# alone. **Pictures** hold greys: a PNG of 16 bits has 65,536 of them, enough for every HU; a PNG of 8 bits has 256, and keeps them
# exactly (**lossless**); a JPEG has 256 as well, and changes them (**lossy**), to be smaller.

# %%
for name in ("head.nii.gz", "head.npz", "head.npy"):
    ctkit.save(head, folder / name)
ctkit.save(head, folder / "16 bits.png", slice=60)
ctkit.save(head, folder / "8 bits.png", slice=60, window="brain")
for quality in (95, 75):
    ctkit.save(head, folder / f"{quality}.jpg", slice=60, window="brain", quality=quality)
for path in sorted(folder.iterdir()):
    print(f"{path.name:12} {path.stat().st_size / 1000:8.0f} kB")

# %% [markdown]
# A file that ctkit writes says what its greys stand for. So they can be turned back into HU: page 05's formula, solved for HU
# (PS3.3 C.11.2.1.2.1).


# %%
def hu_of_greys(greys, center, width):
    return (greys / 255 - 0.5) * (width - 1) + center - 0.5


def hu_of(path):
    with Image.open(path) as image:
        stored = np.asarray(image).astype(float)
        note = json.loads(image.info.get("Comment") or image.info["comment"])
    if "hu_offset" in note:
        return stored - note["hu_offset"]
    return hu_of_greys(stored, note["center"], note["width"])


# %%
nifti = ctkit.load(folder / "head.nii.gz")
array = np.load(folder / "head.npy", allow_pickle=False)
read = {
    "NIfTI": nifti.plane("axial", 60),
    "npy": head.with_array(array).plane("axial", 60),
    "PNG, 16 bits": hu_of(folder / "16 bits.png"),
    "PNG, 8 bits": hu_of(folder / "8 bits.png"),
    "JPEG, quality 95": hu_of(folder / "95.jpg"),
    "JPEG, quality 75": hu_of(folder / "75.jpg"),
}

# %% [markdown]
# The window of the pictures is the brain's, 40/80. It shows 0 to 79 HU; what lies outside became black or white, and is lost. So
# the error is measured inside of it:

# %%
truth = head.plane("axial", 60).astype(float)
inside = (truth > 0) & (truth < 79)
errors = {name: np.where(inside, hu - truth, np.nan) for name, hu in read.items()}
largest = {name: np.nanmax(np.abs(error)) for name, error in errors.items()}
print(f"inside the window: {100 * inside[truth > -300].mean():.0f} % of the head's pixels")


# %%
def draw(film, place, title, picture, low, high, cmap):
    axes = film.panel(*place, title=title)
    axes.set_facecolor("#5a6068")
    tall, wide = (n * mm for n, mm in zip(picture.shape, head.spacing[1:], strict=True))
    # "nearest": between two errors there is no third, and the picture stays small.
    look = {"cmap": cmap, "vmin": low, "vmax": high, "interpolation": "nearest"}
    image = axes.imshow(picture, extent=(0, wide, tall, 0), **look)
    axes.set_xlabel("mm")
    return image


# %%
def bar_of(film, image, label, axes):
    bar = film.colorbar(image, ax=axes, shrink=0.6)
    bar.ax.tick_params(colors=ctkit.figures.INK, labelsize=8)
    bar.set_label(label, color=ctkit.figures.INK, size=8)


# %%
film = ctkit.figures.Film(6.0, "HU read back minus HU saved, in six formats, axial slice 60")
for place, (name, error) in enumerate(errors.items(), start=1):
    title = f"{name}: {largest[name]:.2f} HU"
    image = draw(film, (2, 3, place), title, error, -10, 10, "PuOr")
bar_of(film, image, "HU (grey: outside of the window)", film.axes)
exact = sum(error == 0 for error in largest.values())
png, fine, usual = (largest[name] for name in list(largest)[3:])
film.says(
    f"{exact} of 6 files bring back every HU; the PNG of 8 bits is off by up to {png:.2f} HU, "
    f"JPEG by {fine:.1f} HU at quality 95 and {usual:.1f} HU at 75"
)

# %% [markdown]
# The PNG of 8 bits is off by half a grey at most: 79 HU over 255 steps, and half of one. JPEG moves HU about, and most where there is
# noise.
#
# **Try this.** This is the NIfTI, read back. Press **5** for the brain window (click on the picture first), and point at index
# **[60, 128, 120]**. It is the voxel of page 04; in a NIfTI of this head the rows are counted from the back.

# %%
ctkit.explore(nifti, slice=60)

# %% [markdown]
# The probe reads **4 HU**, as on page 04: nothing was lost on the way, neither the value nor the place.
#
# ## What does JPEG do to HU?
#
# JPEG (ITU-T T.81, 1992) cuts the picture into blocks of 8 x 8 pixels and writes each as a sum of 64 waves (a cosine
# transform). The share of each wave is then **rounded**: coarse waves finely, fine waves coarsely, and the lower the *quality*, the
# coarser. A photograph looks the same. But noise and edges are fine waves, and so they change; a blue sky has no HU to lose.
#
# The function goes through JPEG in memory, slice by slice, and back to HU:

# %%
seen = head.with_array(np.clip(head.array, 0, 79))  # what the brain window keeps
seen = ctkit.crop_box(seen, (58, 0, 0), (63, 256, 256))


def jpeg(picture, quality):
    """Greys of a picture after JPEG, and the size of the file in kB."""
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).astype(float), file.tell() / 1000


# %%
def through_jpeg(volume, quality=75):
    greys = ctkit.apply_window(volume, 40, 80, dtype=np.uint8)
    back, size = zip(*(jpeg(picture, quality) for picture in greys), strict=True)
    hu = hu_of_greys(np.stack(back), 40, 80)
    off = np.abs(hu - volume.array)[(volume.array > 0) & (volume.array < 79)]
    words = f"error up to {off.max():.1f} HU, half above {np.median(off):.1f} HU"
    return volume.with_array(hu, f"{words}; {np.mean(size):.1f} kB a slice")


# %%
qualities = [5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 98, 100]
within = (seen.array > 0) & (seen.array < 79)
off = [np.abs(through_jpeg(seen, q).array - seen.array)[within] for q in qualities]
curves = {"largest error, HU": [error.max() for error in off]}
curves["half are above, HU"] = [np.median(error) for error in off]
greys = ctkit.apply_window(seen, 40, 80, dtype=np.uint8)
curves["size of a slice, kB"] = [np.mean([jpeg(p, q)[1] for p in greys]) for q in qualities]
tried = through_jpeg(seen, 10)
worst = dict(zip(qualities, curves["largest error, HU"], strict=True))
result = f"Quality 80 moves a voxel by up to {worst[80]:.1f} HU, 30 by {worst[30]:.1f} HU"

# %%
film = ctkit.figures.Film(3.6, "error and size of JPEG by quality, and 64 x 64 pixels")
axes = film.panel(1, 3, 1, title="five slices, brain window")
for (name, curve), color in zip(curves.items(), ctkit.figures.COLORS, strict=False):
    axes.plot(qualities, curve, color=color, label=name)
axes.set(xlabel="quality", ylabel="HU, kB", ylim=(0, None))
film.legend_of(axes)
places = (slice(2, 3), slice(112, 176), slice(88, 152))
for place, (name, volume) in enumerate((("PNG", seen), ("JPEG 10", tried)), start=2):
    image = draw(film, (1, 3, place), name, volume.array[places][0], 0, 79, "gray")
bar_of(film, image, "HU", film.axes[1:])
film.says(result)

# %% [markdown]
# Grey and white matter differ by about 10 HU. On the right the blocks show: at quality 10 each has only one or two waves left.
#
# **Try this.** The quality under your hand: the difference of what comes back and what went in. Start at 75, go down to **10**, and then up
# to 100. Choose *side by side* to see the blocks: from which quality on are they gone?

# %%
look = {"window": "brain", "blend": "difference", "limit": 8, "names": ("PNG", "JPEG")}
ctkit.tune(seen, through_jpeg, preview="slice", quality=(5, 100, 5), **look)

# %% [markdown]
# Over the picture stand the errors in HU. At quality 10 there is little left but the mean of each block. Even at 100 JPEG rounds: **error up to 0.5 HU**.
#
# ## What must stand beside a picture?
#
# A grey is not a value. The same grey of 128 is 40 HU in the brain window and 400 HU in the bone window. So the window has to stand beside
# the picture, in numbers: ctkit writes it into the file's comment, together with plane, slice and spacing. Whoever reads it by
# another window reads other HU.

# %%
with Image.open(folder / "8 bits.png") as image:
    print(image.size, image.mode, image.info["Comment"])
    greys = np.asarray(image).astype(float)

# %%
given = {"brain": ctkit.PRESETS["brain"], "subdural": ctkit.PRESETS["subdural"]}
by = {name: hu_of_greys(greys, *window)[inside] for name, window in given.items()}
mean = {name: values.mean() for name, values in by.items()}
print(
    {name: f"{value:.1f} HU" for name, value in mean.items()},
    f"truth {truth[inside].mean():.1f} HU",
)

# %% [markdown]
# And what the window leaves out is gone for good. A wide window keeps more of it, and each of the 256 greys then stands
# for more HU. That is a trade: **clipping** (the share of voxels beyond the ends) against **rounding** (HU for a step).

# %%
matter = head.array[head.array > -300]
widths = np.array([40, 80, 150, 400, 1000, 2000, 4000])
ends = [(40 - w / 2, 39 + w / 2) for w in widths]
clipped = np.array([100 * ((matter < a) | (matter > b)).mean() for a, b in ends])
rounded = (widths - 1) / 255 / 2

# %%
film = ctkit.figures.Film(3.4, "what 8 bits cost by the width of the window, center 40 HU")
axes = film.panel(1, 2, 1, title="clipped voxels")
axes.plot(widths, clipped, "o-", color=ctkit.figures.COLORS[0])
axes.set(xscale="log", xlabel="width in HU", ylabel="% of the head's voxels")
axes = film.panel(1, 2, 2, title="rounding")
axes.plot(widths, rounded, "o-", color=ctkit.figures.COLORS[1])
axes.set(xscale="log", xlabel="width in HU", ylabel="HU off at most")
film.says(
    f"The brain window clips {clipped[1]:.0f} % of the head's voxels and rounds by "
    f"{rounded[1]:.2f} HU; "
    f"a width of 4000 HU clips {clipped[-1]:.1f} % and rounds by {rounded[-1]:.1f} HU"
)

# %% [markdown]
# **Try this.** The same trade in a picture: what 8 bits bring back at center 40, and the width under your hand. At **4000** HU
# nothing is clipped, and the brain has but a few greys left.


# %%
def through_png(volume, width=80):
    greys = ctkit.apply_window(volume, 40, width, dtype=np.uint8)
    hu = hu_of_greys(greys.astype(float), 40, width)
    brain = np.unique(greys[(volume.array >= 0) & (volume.array < 80)]).size
    return volume.with_array(hu, f"{brain} greys for the 80 HU of the brain window")


slab = ctkit.crop_box(head, (58, 0, 0), (63, 256, 256))
ctkit.tune(slab, through_png, preview="slice", width=(40, 4000, 40), window="brain")

# %% [markdown]
# At a width of 4000 HU there are **6 greys** for all of the brain; at 80 HU there are 80. A PNG of 16 bits needs no window, and
# keeps every HU of a slice.
#
# Pixels have a size too. Most programs draw them as squares; a sagittal plane of this head has rows 1.5 mm apart and columns 0.96 mm.
# `save` puts a windowed picture on square pixels, and says which:

# %%
ctkit.save(head, folder / "side.png", plane="sagittal", window="brain")
with Image.open(folder / "side.png") as image:
    note = json.loads(image.info["Comment"])
    print(f"{head.plane('sagittal').shape} voxels became {image.size[::-1]} pixels")
print(f"of {note['pixel_spacing_mm'][0]:.3f} x {note['pixel_spacing_mm'][1]:.3f} mm")

# %% [markdown]
# ## What goes wrong
#
# ### 1. `imsave` scales and colours
#
# > `matplotlib.image.imsave` scales from the picture's own minimum to its own maximum, and colours it
# > ([its page](https://matplotlib.org/stable/api/image_api.html#matplotlib.image.imsave)). Two pictures of 0 to 40 HU and of 0 to 80 HU
# > become **the same file**.

# %%
import matplotlib.image as mpimg

half, whole = np.array([[0, 20, 40]]), np.array([[0, 40, 80]])
for name, values in (("half.png", half), ("whole.png", whole)):
    mpimg.imsave(folder / name, values)
same = (folder / "half.png").read_bytes() == (folder / "whole.png").read_bytes()
print(f"same bytes: {same}, {mpimg.imread(folder / 'half.png').shape[-1]} channels for one value")
print(f"read as the other: up to {np.abs(whole - half).max()} HU off")
ctkit.save(head, folder / "right.png", slice=60, window=(40, 80))
apart = np.abs(hu_of(folder / "right.png") - truth)[inside].max()
print(f"ctkit, by its comment: up to {apart:.2f} HU off")

# %% [markdown]
# ### 2. A PNG of 16 bits, opened as 8
#
# > PNG has samples of 1 to 16 bits ([its specification](https://www.w3.org/TR/png-3/)); many programs make 8 of them when they open one,
# > and `convert("L")` of Pillow cuts off all that is above 255.

# %%
with Image.open(folder / "16 bits.png") as image:
    wrong = np.asarray(image.convert("L")).astype(float) - 32768
    right = np.asarray(image).astype(float) - 32768
print(f"as 8 bits: {np.unique(wrong).size} value, up to {np.abs(wrong - truth).max():.0f} HU off")
print(f"as 16 bits: {np.unique(right).size} values, up to {np.abs(right - truth).max():.0f} HU off")

# %% [markdown]
# ### 3. HU below 0 in a file that has no minus
#
# > PNG, and DICOM with a Pixel Representation of 0 (PS3.3 C.7.6.3), hold unsigned numbers. A plain cast wraps: air becomes the brightest there is.
# > An offset has to be added, and has to be written down.

# %%
air = np.array([-1000, 0, 40], np.int16)
print(f"uint16: {air.astype(np.uint16)}, air is {int(air.astype(np.uint16)[0]) + 1000} HU off")
print(f"uint8:  {air.astype(np.uint8)}, air is {int(air.astype(np.uint8)[0]) + 1000} HU off")
offset = (air.astype(np.int32) + 32768).astype(np.uint16)
print(f"with an offset: {offset}, {np.abs(offset.astype(int) - 32768 - air).max()} HU off")

# %% [markdown]
# ### 4. An npy has no millimetres
#
# > Its header holds a type, an order and a shape ([NEP 1](https://numpy.org/neps/nep-0001-npy-format.html)), and nothing of the patient. Who reads it as
# > voxels of 1 mm gets a head of another height, and no origin.

# %%
guess = ctkit.Volume.from_spacing(array, (1, 1, 1))
tall, wide = (
    head.field_of_view[0] - guess.field_of_view[0],
    guess.field_of_view[2] - head.field_of_view[2],
)
print(f"npy, taken for 1 mm: {tall:.0f} mm too low, {wide:.0f} mm too wide")
with np.load(folder / "head.npz", allow_pickle=False) as file:
    kept = ctkit.Volume(file["hu"], file["affine"])
print(f"npz: {head.field_of_view[0] - kept.field_of_view[0]:.0f} mm too low")

# %% [markdown]
# ### 5. A NIfTI with any affine
#
# > NIfTI counts (column, row, slice) and millimetres to the right, the front and the top (RAS+), DICOM to the left and the back (LPS+)
# > ([NIfTI-1](https://nifti.nimh.nih.gov/nifti-1)). `np.eye(4)` says that voxels are 1 mm; the affine of a DICOM, unturned,
# > puts the left on the right.

# %%
import nibabel as nib

corner = (20, 60, 80)
voxels = head.array.transpose(2, 1, 0)
swapped = head.affine @ np.eye(4)[[2, 1, 0, 3]]  # as DICOM has it: LPS+
for name, affine in (("np.eye(4)", np.eye(4)), ("LPS+ as it is", swapped)):
    nib.save(nib.Nifti1Image(voxels, affine), folder / "wrong.nii.gz")
    there = ctkit.load(folder / "wrong.nii.gz").to_world(corner)
    print(f"{name}: a voxel lies {np.linalg.norm(there - head.to_world(corner)):.0f} mm away")
away = np.linalg.norm(nifti.to_world(corner) - head.to_world(corner))
print(f"ctkit: {away:.3f} mm away")

# %% [markdown]
# ### 6. JPEG makes noise look smaller
#
# > JPEG rounds away the fine waves first, and noise is made of these (ITU-T T.81, 1992). A region measured in it looks quieter than
# > the scan is. DICOM has a tag that tells, `LossyImageCompression` (PS3.3 C.7.6.1.1.5).

# %%
region = (2, slice(160, 176), slice(152, 168))
print(f"scan: SD {seen.array[region].std():.1f} HU")
for quality in (75, 25, 10):
    print(f"JPEG, quality {quality}: SD {through_jpeg(seen, quality).array[region].std():.1f} HU")

# %%
import shutil

shutil.rmtree(folder)

# %% [markdown]
# ## In short
#
# | format | HU | millimetres | rule |
# |---|---|---|---|
# | NIfTI | exact | yes | data: `ctkit.save(head, "head.nii.gz")` |
# | npz | exact | yes, as an array | data in NumPy |
# | npy | exact | no | arrays on the way |
# | PNG, 16 bits | exact, one plane | in the comment | one plane as data: no `window` |
# | PNG, 8 bits | within half a grey of its window | in the comment | slides, papers: `window="brain"` |
# | JPEG | moved by several HU | in the comment | nothing you measure |
#
# ## On your own
#
# 1. Save slice 60 through the bone window as a PNG and read it back with `hu_of`. How far is it off inside of that window? (By up to 1.96
#    HU: half of 999 / 255.)
# 2. Save `head.array` with `np.savez_compressed` and without compression. How much smaller is the first? (About half.)
# 3. From which quality on is JPEG within 2 HU on slice 60 of the brain window? (About 97.)
#
# ## In practice
#
# Keep data in NIfTI, or in the DICOM it came as, and make pictures from it when one is needed. In a paper, give window and spacing in the
# caption, and use PNG. When you are given pictures only, ask for the scan: HU can't be had from greys of an unknown window. Read
# back what you saved, once, and compare: `np.array_equal` and `np.allclose` of the affines take a second. A file name or a comment
# must not name the patient (page 01).
#
# ## Further reading
#
# - DICOM PS3.3, [C.11.2 VOI LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html): from HU to greys
# - DICOM PS3.3, [C.7.6.1 General Image Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.html): lossy compression
# - [NIfTI-1](https://nifti.nimh.nih.gov/nifti-1): the data format and its header
# - G. K. Wallace, *The JPEG still picture compression standard* (1992), [doi 10.1109/30.125072](https://doi.org/10.1109/30.125072)
# - [PNG, third edition](https://www.w3.org/TR/png-3/): W3C's specification
#
# **Next:** [11 · From a folder to a training array](11_from_folder_to_training_array.ipynb)
