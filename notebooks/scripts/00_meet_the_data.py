# %% [markdown]
# # 00 · Set up and meet the data
#
# | | |
# |---|---|
# | **You will** | check that everything is there, look at the scans of the course, and move through a real head |
# | **You learn** | what a slice, a voxel and a volume are, how large they are in millimetres, and what their numbers stand for |
# | **You need** | Python and a little NumPy; no medicine |
# | **Time** | 20 minutes |

# %% [markdown]
# ## Set up
#
# `doctor` looks at what the course needs: the versions of packages, the decoders of compressed files, the widgets, the memory. It says in
# a sentence what is missing and what to do about it. Run this cell with **Shift+Enter**. To run a whole page, use *Run > Run All Cells*.

# %% tags=["nbval-ignore-output"] reason="The versions are those of the reader's machine."
import ctkit

ctkit.doctor()

# %% [markdown]
# The last line is the verdict, and each line under it, if there is one, is one thing to put right. For a program, the same answer stands in `ctkit.doctor().ok`
# and `.problems`.
#
# The course has **widgets**: pictures with sliders, which talk to the Python that runs this page, its **kernel**. A widget
# lives as long as its kernel.
#
# > When you close a page, or shut its kernel down, and open it again, a widget reads *model not found*. Nothing is
# > broken: its Python has ended. *Run > Run All Cells* brings it back. Sliders that stop moving mean the same.

# %% [markdown]
# ## Which scans are here?
#
# A CT scanner turns an X-ray tube around the patient and computes, for many small
# boxes inside of the body, how strongly each of them weakens the rays. Each box is a
# **voxel**. The voxels of one layer make a **slice**; all slices together are a
# **volume**. Four scans come with the course, with no download:
#
# - a **whole head** of an adult, 108 slices;
# - a **head slice** in DICOM, the format that scanners write, as one finds it in a clinic's archive;
# - a **small slice**, a part of a body with 128 x 128 voxels, which the makers of pydicom test with;
# - a **phantom**, which is an object made to test scanners with. This one exists in numbers only: a formula for a head, whose every voxel is known.

# %%
import nibabel as nib
import numpy as np
import pydicom
from pydicom.data import get_testdata_file

grid = ctkit.phantom.make_grid((36, 128, 128), (4.5, 2.0, 2.0))
scans = {
    "whole head": ctkit.load(ctkit.samples.head()),
    "head slice": ctkit.load(ctkit.samples.head_slice()),
    "small slice": ctkit.load(get_testdata_file("CT_small.dcm", download=False)),
    "phantom": ctkit.phantom.head_phantom().render(grid),
}

# %%
for name, shown in scans.items():
    shape = " x ".join(f"{n:>3}" for n in shown.shape)
    spacing = " x ".join(f"{mm:.2f}" for mm in shown.spacing)
    print(f"{name:<12} {shape} voxels of {spacing} mm")

# %%
film = ctkit.show_row(scans, window="soft tissue")
each = {name: 1000 * shown.voxel_ml for name, shown in scans.items()}
least, most = min(each, key=each.get), max(each, key=each.get)
film.says(
    f"A voxel of the {least} is {each[least]:.2f} mm³, one of the {most} {each[most]:.2f} mm³: "
    f"{each[most] / each[least]:.0f} times as much"
)

# %% [markdown]
# The four letters are the patient's right, left, front (*anterior*) and back (*posterior*). Radiology looks at a slice from
# the feet, so that the patient's right is on the left of the picture. Mind the scale bars: the small slice is 85 mm wide, the whole head 245 mm.
#
# The bright arc behind the first head is the table's **headrest**. Two things about that scan are not known. Nobody recorded which side is the left: it is an
# *assumption*, and page 03 comes back to it. And nobody recorded where the head lay in
# the scanner, so that the origin of the millimetres was put in the middle.
#
# **Try this.** Drag the slice slider to **60**, or click on the picture and press the
# arrow keys. Watch the height in millimetres.

# %%
head = scans["whole head"]
ctkit.explore(head, slice=30, window="brain")

# %% [markdown]
# At slice 60 the label reads **S 9.75 mm**: 9.75 mm towards the **superior** side, the top of the
# head, from the origin. You began at I 35.25 mm, on the **inferior** side: 30 steps of 1.5 mm are 45 mm. In the middle
# of the brain you now see the dark **ventricles**, which hold a fluid that is almost water.

# %% [markdown]
# ## How large is a voxel?
#
# A Volume says it in one line.

# %%
head

# %% [markdown]
# Read it slowly:
#
# - **108 x 256 x 256**: 108 slices, each with 256 rows and 256 columns. In ctkit the
#   order is always *slice, row, column*, and so is `head.array[slice, row, column]`.
# - **1.5 x 0.957 x 0.957 mm**: the **spacing**, the distance between the centres of slices, of rows and of
#   columns. These voxels are no cubes: they are **anisotropic**, and many mistakes start there.
# - **HU**: **Hounsfield units**, the unit of CT.
#
# The three planes through a point have names. **Axial** is across the body, as the slices are here. **Coronal** is
# seen from the front, **sagittal** from the side. Two of them are not in the file: they are cut from all slices.

# %%
size = [n * mm for n, mm in zip(head.shape, head.spacing, strict=True)]
film = ctkit.show_planes(head, window="brain")
film.says(
    f"{head.array.size:,} voxels fill {' x '.join(f'{mm:.0f}' for mm in size)} mm; each is "
    f"{head.spacing[0] / head.spacing[1]:.2f} times as tall as wide"
)

# %% [markdown]
# **Try this.** Click on the *sagittal* picture, the third one, and press **End**. Then click on the nose in the axial one: the cross is the same place in
# all three.

# %%
ctkit.planes(head, window="brain")

# %% [markdown]
# The last sagittal plane lies at **L 122.02 mm**, the first at R 122.02 mm. From one to the other it is 244.04 mm, 255 steps of 0.957 mm. The scan is 245 mm wide,
# for half a voxel sticks out on either side.

# %% [markdown]
# ## What do the numbers stand for?
#
# Water is 0 HU and air is -1000 HU, on every scanner in the world; the more a tissue weakens the rays, the higher its number. Page 04 shows where
# they come from. A slice is a table of such numbers, and a row of the table a curve:

# %%
line = head.plane("axial", 60)[128]
place = (np.arange(line.size) - (line.size - 1) / 2) * head.spacing[2]
film = ctkit.figures.Film(3.4, "HU along row 128 of slice 60, from the right ear to the left")
axes = film.panel(1, 1, 1)
axes.plot(place, line, color=ctkit.figures.COLORS[0], lw=1.2)
for name, hu in {"air": -1000, "water": 0, "dense bone": 1000}.items():
    axes.axhline(hu, color=ctkit.figures.FAINT, lw=0.6, ls="--")
    axes.text(122, hu + 25, name, color=ctkit.figures.INK, size=8, ha="right")
axes.set(xlabel="mm from the middle: right to left", ylabel="HU", xlim=(-123, 123))
film.says(f"Along one row of 245 mm the numbers reach from {line.min()} to {line.max()} HU")

# %% [markdown]
# From the right: air, a thin rise of skin and fat, the steep walls of the skull, and between them the brain, almost level. What matters in
# a brain lies within 40 HU of a scale of 3,000: that is why a picture needs a window (page 05).
#
# How does one know that a program reads such numbers right? By an object whose numbers are known. In the phantom, white matter is 28 HU, and the ventricles are 6 HU.
#
# **Try this.** Point at one of the two dark ventricles of the phantom, left or right of the middle, and read the value under the picture.

# %%
phantom = scans["phantom"]
ctkit.explore(phantom, slice=21, window="brain")

# %% [markdown]
# Well inside it reads **6 HU**, at its edge something between 6 and 28: a voxel that holds two tissues has the mean of both, which is called the
# **partial volume** effect. The bright patch on the left side is a bleed of 70 HU that was put there.

# %% [markdown]
# ## What goes wrong

# %% [markdown]
# ### 1. Code from an older tutorial
#
# Packages move on. `np.int` went with NumPy 1.24 (2022), `get_data` with nibabel 5 (2023), `read_file` with pydicom 3 (2024); each has a successor that is as short.

# %%
image, path = nib.load(ctkit.samples.head()), ctkit.samples.head_slice()
for call in ("np.int(40.7)", "image.get_data()", "pydicom.read_file(path)"):
    try:
        eval(call)
    except Exception as error:
        print(f"{call}: {type(error).__name__}")

# %%
new = int(40.7), np.asanyarray(image.dataobj), pydicom.dcmread(path)
print(f"int() gives {new[0]}: 0.7 HU are cut off, now as then; round() gives {round(40.7)}")
print(
    f"get_fdata(): {image.get_fdata().nbytes / 1e6:.1f} MB; dataobj: {new[1].nbytes / 1e6:.1f} MB"
)
print(f"dcmread(): {len(new[2])} elements")

# %% [markdown]
# ### 2. The axes in another order
#
# nibabel gives arrays as (x, y, z), as NIfTI-1 has them; most other packages, and ctkit, as (slice, row, column). Take the shape from one and the spacing
# from the other, and every length is wrong while no program complains.

# %%
zooms = image.header.get_zooms()
mixed = [n * float(mm) for n, mm in zip(head.shape, zooms, strict=True)]
for name, lengths in (("mixed", mixed), ("right", size)):
    print(f"{name}: {' x '.join(f'{mm:.1f}' for mm in lengths)} mm")
worst = max(abs(a - b) for a, b in zip(mixed, size, strict=True))
print(f"the largest error is {worst:.1f} mm; the volume in ml is the same, so that no sum finds it")

# %% [markdown]
# ### 3. Voxels drawn as squares
#
# `imshow` draws every value as a square. For an axial slice of this head that is right by chance; a sagittal one comes out squeezed. The distance between
# rows has to be told (PS3.3 10.7.1.3), here by `extent`.

# %%
picture, (down, across) = head.plane("sagittal"), head.layout("sagittal").spacing
rows, columns = picture.shape
film = ctkit.figures.Film(3.2, "A sagittal picture with square voxels, and in millimetres")
for number, (title, step) in enumerate({"squares": across, "in mm": down}.items(), start=1):
    axes = film.panel(1, 2, number, title=title)
    extent = (0, columns * across, rows * step, 0)
    axes.imshow(picture, cmap="gray", vmin=-160, vmax=240, extent=extent)
    axes.set(xlabel="mm", ylim=(170, 0))
film.says(f"Drawn with squares the head keeps {across / down:.0%} of its height")

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | Is everything there? | `ctkit.doctor()` |
# | A widget that reads *model not found* | *Run > Run All Cells* |
# | A volume | `ctkit.load(path)`: HU in `.array[slice, row, column]`, and where each voxel is in the patient |
# | Its size | `.shape` in voxels, `.spacing` and `.field_of_view` in mm, `.voxel_ml` |
# | To look at it | `ctkit.show_planes(volume)` as a picture; `ctkit.explore(volume)` and `ctkit.planes(volume)` to move through |

# %% [markdown]
# ## On your own
#
# - How many millilitres does one slice of the head hold, with the air around it? (90.0 ml)
# - At which height does the table's headrest end, and the neck begin? Read it off a sagittal plane of `ctkit.explore(head)`.
# - Draw `head.plane("coronal")` with `extent` in millimetres yourself. It is right when it is 245 mm wide and 162 mm tall.
# - `ctkit.phantom.head_phantom().volume_ml("bleed")` is 11.6 ml. Count the voxels of the phantom between 60 and 75 HU near it, and multiply by `phantom.voxel_ml`. How near do you get,
#   and where are the rest? (In voxels at its edge, whose mean is lower.)

# %% [markdown]
# ## In practice
#
# - The first line on a new scan is its shape and spacing. Where the voxels are no cubes, nothing may count in voxels: lengths are in mm, volumes in ml.
# - Try a program on a phantom first. Only there is the right answer known.
# - Keep your own pages in `work/`; what the course gives you stays as it was.

# %% [markdown]
# ## Further reading
#
# - InVesalius, which the head comes from: https://invesalius.github.io/
# - T. M. Buzug, *Computed Tomography*, 2008: https://doi.org/10.1007/978-3-540-39408-2
# - NIfTI-1, the file that the head is kept in: https://nifti.nimh.nih.gov/nifti-1
#
# **Next:** [01 · Read one DICOM slice](01_read_a_dicom_slice.ipynb)
