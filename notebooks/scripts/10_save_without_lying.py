# %% [markdown]
# # 10 · Save without lying
#
# | | |
# |---|---|
# | **You will** | save a scan in seven ways, read each of them back, and measure what was lost in HU and in mm |
# | **You learn** | which format keeps what, what JPEG does to HU, and what must stand beside a picture |
# | **You need** | page 05 |
# | **Time** | 45 minutes |

# %%
import json
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.image as mpimg
import numpy as np
from PIL import Image
from scipy.fft import dctn, idctn

import ctkit

# %%
head = ctkit.load(ctkit.samples.head())
room = TemporaryDirectory()  # goes away with this page's Python
folder = Path(room.name)

# %% [markdown]
# ## Which file brings back every HU?
#
# There are two kinds of files. *Data* files hold the values: a NIfTI holds HU and affine, an npz holds the same for NumPy, an npy holds the HU alone. *Pictures* hold greys. A PNG of 16 bits has 65,536 greys. A PNG of 8 bits has 256, and keeps these greys (not the HU) exactly: it is
# **lossless**. A JPEG has 256 as well, and changes them to be smaller: it is **lossy**.
#
# **Predict.** Which of the seven files below bring back every HU of slice 60? And how many HU is the worst voxel off in a JPEG of quality 95?

# %%
ctkit.predict("10.a", unit="HU")

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
# To read a picture back as HU, solve the formula of page 05 for HU. For that you need the window. ctkit writes it into the comment of the file.


# %%
def hu_of_greys(greys, center, width):
    """The HU that LINEAR turns into these greys from 0 to 255."""
    return (greys / 255 - 0.5) * (width - 1) + center - 0.5


def hu_of(path):
    with Image.open(path) as image:
        stored = np.asarray(image).astype(float)
        note = json.loads(image.info.get("Comment") or image.info["comment"])  # PNG, JPEG
    if "hu_offset" in note:  # 16 bits: no window, all HU are moved above 0
        return stored - note["hu_offset"]
    return hu_of_greys(stored, note["center"], note["width"])


# %%
nifti = ctkit.load(folder / "head.nii.gz")
array = np.load(folder / "head.npy", allow_pickle=False)
with np.load(folder / "head.npz", allow_pickle=False) as file:
    npz = ctkit.Volume(file["hu"], file["affine"])
read = {
    "NIfTI": nifti.plane("axial", 60),
    "npz": npz.plane("axial", 60),
    "npy": head.with_array(array).plane("axial", 60),
    "PNG, 16 bits": hu_of(folder / "16 bits.png"),
}
pictures = {"PNG, 8 bits": "8 bits.png", "JPEG, 95": "95.jpg", "JPEG, 75": "75.jpg"}
read |= {name: hu_of(folder / file) for name, file in pictures.items()}

# %% [markdown]
# The brain window shows 0 to 79 HU. What lies outside became black or white and is lost, so we measure inside:

# %%
truth = head.plane("axial", 60).astype(float)
inside = (truth > 0) & (truth < 79)
off = {name: np.where(inside, hu - truth, 0) for name, hu in read.items()}
for name, error in off.items():
    print(f"{name:12} off by up to {np.abs(error).max():5.2f} HU")

# %%
film = ctkit.figures.show_pictures(
    {name: off[name] for name in ("JPEG, 95", "JPEG, 75")},
    window=(0.5, 7),  # from -3 to 3 HU
    spacing=head.spacing[1:],
    difference=True,
)
exact = sum(np.abs(error).max() == 0 for error in off.values())
png, fine, usual = (np.abs(off[name]).max() for name in pictures)
film.says(
    f"{exact} of 7 files bring back every HU; 8 bits are up to {png:.2f} HU off, "
    f"JPEG {fine:.1f} HU at 95 and {usual:.1f} HU at 75"
)

# %%
ctkit.predict("10.a", measured=round(fine, 1))

# %% [markdown]
# The PNG of 8 bits is off by at most half a grey: 79 / 255 / 2 = 0.15 HU. Rounded to whole HU it is exact too, but only inside the window. JPEG is off by several HU, mostly where there is noise. The difference of grey and white matter is 7 HU (page 04).
#
# **Try this.** This is the NIfTI, read back. Press **5** for the brain window (click on the picture first), and point at index **[60, 128, 120]**. It is the voxel of page 04. (There it was row 127: the DICOM series counts its rows from the front, and the NIfTI from the back.)

# %%
ctkit.explore(nifti, slice=60)

# %% [markdown]
# You read **4 HU**, as on page 04: neither the value nor the place was lost.
#
# ### Mistake: an npy taken for 1 mm
#
# The npy brought back every HU. But its header holds a type and a shape, and nothing of the patient. If you take its voxels for 1 mm:

# %%
guess = ctkit.Volume.from_spacing(array, (1, 1, 1))
for name, volume in {"npy, taken for 1 mm": guess, "npz": npz}.items():
    tall, wide = (volume.field_of_view[i] - head.field_of_view[i] for i in (0, 2))
    print(f"{name}: {tall:+.0f} mm in height, {wide:+.0f} mm in width")

# %% [markdown]
# ### Mistake: a PNG of 16 bits, opened as 8
#
# Many programs make 8 bits of what they open. `convert("L")` of Pillow cuts off all that is above 255. **Predict.** For the PNG 32,768 is added to each HU, so air is stored as 31,768. What becomes of it?

# %%
ctkit.predict("10.b", ("0", "124", "255", "31,768"))

# %%
with Image.open(folder / "16 bits.png") as image:
    wrong = np.asarray(image.convert("L")).astype(float) - 32768
    right = np.asarray(image).astype(float) - 32768
for name, values in {"as 8 bits": wrong, "as 16 bits": right}.items():
    worst = np.abs(values - truth).max()
    print(f"{name}: {np.unique(values).size} different values, up to {worst:.0f} HU off")

# %%
ctkit.predict("10.b", measured=f"{wrong.max() + 32768:.0f}")

# %% [markdown] tags=["teacher"]
# **Ask the room.** A colleague sends you a JPEG of a slice for training. What do you answer?
#
# *What to expect:* Ask for the series. HU, position and spacing are gone, and so is everything outside of the window.

# %% [markdown]
# Everything becomes 255: the picture is plain white. Read such a file with `np.asarray(image)`, and look at its type.

# %% [markdown]
# ## What does JPEG do to HU?
#
# JPEG (ITU-T T.81, 1992) cuts the picture into blocks of 8 x 8 pixels. It describes each block as a sum of 64 waves, from flat to fine. Then comes the lossy step: it divides the strength of each wave by a number of a table, and **rounds**. At a lower quality the numbers are larger. For fine waves they are mostly larger than for coarse ones.
#
# **Predict.** A block of brain has 64 waves. How many of them are left after rounding at quality 10? And at 95?
#
# Here is that step by hand, for one block in the brain:

# %%
greys = ctkit.apply_window(head.plane("axial", 60), 40, 80, dtype=np.uint8)
block = greys[128:136, 96:104].astype(float)
waves = dctn(block - 128, norm="ortho")  # JPEG's 64 waves (cosines) around the middle grey

# %%
for quality in (95, 75, 10):
    file = BytesIO()
    Image.fromarray(greys).save(file, "JPEG", quality=quality)
    image = Image.open(file)
    table = np.array(image.quantization[0]).reshape(8, 8)
    rounded = np.rint(waves / table)
    by_hand = (idctn(rounded * table, norm="ortho") + 128).round().clip(0, 255)
    apart = np.abs(by_hand - np.asarray(image)[128:136, 96:104]).max()
    left = np.count_nonzero(rounded)
    print(f"quality {quality}: {left} of 64 waves are left; Pillow within {apart:.0f} grey")

# %% [markdown]
# The fine waves go first. Noise and sharp edges need them. In a photograph few miss them. In a CT you measure them. Now the whole slice, through Pillow's JPEG and back to HU:

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
    back, size = zip(*[jpeg(picture, quality) for picture in greys], strict=True)  # two lists
    hu = hu_of_greys(np.stack(back), 40, 80)
    off = np.abs(hu - volume.array)[(volume.array > 0) & (volume.array < 79)]
    words = f"error up to {off.max():.1f} HU, median {np.median(off):.1f} HU"
    return volume.with_array(hu, f"{words}; {np.mean(size):.1f} kB a slice")


# %%
qualities = [5, 10, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 98, 100]
within = (seen.array > 0) & (seen.array < 79)
errors = [np.abs(through_jpeg(seen, q).array - seen.array)[within] for q in qualities]
film = ctkit.figures.show_curves(
    {
        "largest error": (qualities, [error.max() for error in errors]),
        "median error": (qualities, [np.median(error) for error in errors]),
    },
    x="quality",
)
worst = {quality: error.max() for quality, error in zip(qualities, errors, strict=True)}
film.says(f"Quality 80 moves a voxel by up to {worst[80]:.1f} HU, 30 by {worst[30]:.1f} HU")

# %% [markdown]
# **Try this.** The next widget shows the difference of what comes back and what went in. Start at 75, go down to **10**, and then up to 100. Choose *side by side* to see the blocks. From which quality on are they gone?

# %%
look = {"window": "brain", "blend": "difference", "limit": 8, "names": ("PNG", "JPEG")}
ctkit.tune(seen, through_jpeg, preview="slice", quality=(5, 100, 5), **look)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Quality 95 looks perfect. Who may still be hurt by it?
#
# *What to expect:* Whoever measures: HU change by some units, and a faint difference between tissues is of the same size.

# %% [markdown]
# The errors stand over the picture, in HU. The blocks fade slowly: where they are gone depends on the window and the zoom, and on your eye. At quality 10 each block is little more than its mean. Even at 100 JPEG rounds: **error up to 0.5 HU**.

# %% [markdown]
# ## What must stand beside a picture?
#
# **Predict.** A picture without its window shows a grey of 128. Which HU is that?

# %%
for name in ("brain", "subdural", "bone"):
    print(f"{name:9} {hu_of_greys(128, *ctkit.PRESETS[name]):6.1f} HU")

# %% [markdown]
# A grey is not a value. The window has to stand beside the picture, in numbers. ctkit writes it into the comment, with plane, slice and spacing:

# %%
with Image.open(folder / "8 bits.png") as image:
    print(image.info["Comment"])

# %% [markdown]
# And what the window leaves out is gone for good. A wide window leaves out less, but then each of the 256 greys stands for more HU. You trade **clipping** (voxels beyond the ends) against **rounding** (HU for one grey).

# %%
matter = head.array[head.array > -300]
widths = np.array([40, 80, 150, 400, 1000, 2000, 4000])
clipped = np.array([100 * ((matter < 40 - w / 2) | (matter > 39 + w / 2)).mean() for w in widths])
rounded = (widths - 1) / 255 / 2

# %%
film = ctkit.figures.show_curves(
    {"windows 40 to 4000 HU wide, center 40": (rounded, clipped)},
    x="rounding, HU (dotted: the width of the window)",
    places={f"{widths[i]} HU": rounded[i] for i in (1, 4, 5, 6)},
    y="clipped, % of the voxels above -300 HU",
)
film.says(
    f"A width of 80 clips {clipped[1]:.0f} % of the voxels, rounds by up to {rounded[1]:.2f} HU; "
    f"4000 clips {clipped[-1]:.1f} %, rounds by {rounded[-1]:.1f} HU"
)

# %% [markdown]
# **Try this.** The same trade in a picture. What do 8 bits bring back, at center 40 and the width that you set? Go up to **4000** HU.


# %%
def through_png(volume, width=80):
    greys = ctkit.apply_window(volume, 40, width, dtype=np.uint8)
    hu = hu_of_greys(greys.astype(float), 40, width)
    brain = np.unique(greys[(volume.array >= 0) & (volume.array < 80)]).size
    return volume.with_array(hu, f"{brain} greys for the 80 HU of the brain window")


slab = ctkit.crop_box(head, (58, 0, 0), (63, 256, 256))
ctkit.tune(slab, through_png, preview="slice", width=(40, 4000, 40), window="brain")

# %% [markdown]
# At a width of 4000 HU there are **6 greys** for all of the brain, and at 80 HU there are 80. A PNG of 16 bits needs no window, and keeps every HU of a slice.
#
# ### Mistake: `imsave` scales and colours
#
# `matplotlib.image.imsave` gives the picture's own minimum the first colour of a colour map, and its own maximum the last one ([its page](https://matplotlib.org/stable/api/image_api.html#matplotlib.image.imsave)). **Predict.** One picture goes from 0 to 40 HU, another from 0 to 80 HU. How do their files differ?

# %%
half, whole = np.array([[0, 20, 40]]), np.array([[0, 40, 80]])
for name, values in (("half.png", half), ("whole.png", whole)):
    mpimg.imsave(folder / name, values)
same = (folder / "half.png").read_bytes() == (folder / "whole.png").read_bytes()
print(f"same bytes: {same}, {mpimg.imread(folder / 'half.png').shape[-1]} channels for one value")
print(f"one read as the other is up to {np.abs(whole - half).max()} HU off")

# %% [markdown] tags=["teacher"]
# **Ask the room.** What has to stand below a figure in a paper, so that others can make it again?
#
# *What to expect:* The scan, plane and slice, window, and spacing or a scale bar.

# %% [markdown]
# They don't differ at all. Save with a window, and with the window beside it.

# %% [markdown]
# ## In short
#
# | format | HU | millimetres | rule |
# |---|---|---|---|
# | NIfTI | exact | yes | data: `ctkit.save(head, "head.nii.gz")` |
# | npz | exact | yes, as an array | data in NumPy |
# | npy | exact | no | arrays on the way |
# | PNG, 16 bits | exact, one plane | the spacing, in the comment | one plane as data: no `window` |
# | PNG, 8 bits | within half a grey of its window | the spacing, in the comment | slides, papers: `window="brain"` |
# | JPEG | moved by several HU | the spacing, in the comment | nothing you measure |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("10.1")` gives one more hint each time, and `ctkit.solution("10.1")` shows one solution.

# %% exercise="10.1"

# %% exercise="10.2"

# %% exercise="10.3"

# %% exercise="10.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("10")

# %%
ctkit.progress("10")

# %% [markdown]
# And one to try: JPEG rounds noise away. Measure the SD of `seen.array[2, 160:177, 152:169]` before and after quality 5. (5.0 HU and about 2 HU. In a paper it would pass for a better scan.)
#
# ## In practice
#
# - Keep data in NIfTI, or in the DICOM it came as. Make pictures from it when you need one.
# - In a paper, use PNG, and give window and spacing in the caption.
# - If somebody gives you pictures only, ask for the scan. You can't get HU from greys without their window.
# - PNG, and DICOM with a Pixel Representation of 0, have no numbers below 0. Add an offset, and write it down.
# - Read back what you saved, once, and compare.
# - DICOM says with `LossyImageCompression` whether a picture was ever lossy (PS3.3 C.7.6.1.1.5).
#
# ## Further reading
#
# - DICOM PS3.3, [C.11.2 VOI LUT Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.11.2.html): from HU to greys
# - DICOM PS3.3, [C.7.6.1 General Image Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.html): lossy compression
# - G. K. Wallace, *The JPEG still picture compression standard* (1992), [doi 10.1109/30.125072](https://doi.org/10.1109/30.125072)
# - [PNG, third edition](https://www.w3.org/TR/png-3/): W3C's specification
#
# **Next:** [11 · From a folder to a training array](11_from_folder_to_training_array.ipynb)
