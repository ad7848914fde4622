# %% [markdown]
# # 00 · Set up and meet the data
#
# | | |
# |---|---|
# | **You will** | check that everything works, open a real head, and move through it |
# | **You learn** | what slices, voxels and volumes are, how large they are in millimetres, and what their numbers mean |
# | **You need** | Python and a little NumPy; no medicine |
# | **Time** | 30 minutes |

# %% [markdown]
# ## Set up
#
# `doctor` checks the packages, the decoders for compressed files, the widgets and the memory. If something is missing, it says what to do about it.
# Click on the next cell and press **Shift+Enter**. To run a whole page, choose *Run > Run All Cells*. The pages in the folder `work/` are your own copies: change what you like.

# %% tags=["nbval-ignore-output"] reason="The versions are those of the reader's machine."
import ctkit

ctkit.doctor()

# %% [markdown]
# The last line says whether all is well.
#
# Some cells show a **widget**: a picture with sliders. Most widgets work without Python. A few of them ask the **kernel** for each new picture; the kernel is the Python
# process that runs this page. If a widget no longer answers, choose *Run > Run All Cells*.

# %% [markdown]
# ## What is a CT scan made of?
#
# A CT scanner sends X-rays through the patient from many directions. A computer then works out how strongly each small box inside the body weakens the rays.
# One such box is a **voxel**. The voxels of one layer form a **slice**, and all slices together form a **volume**.
#
# So a volume is a block of numbers. The course brings one with it: a whole head of an adult, in one file.
#
# **Predict.** How many numbers does it take to describe a head: about 7 thousand, 700 thousand, or 7 million?

# %%
ctkit.predict("00.a", ("7 thousand", "700 thousand", "7 million"))

# %%
import nibabel as nib
import numpy as np

path = ctkit.samples.head()
image = nib.load(path)
stored = np.asanyarray(image.dataobj)  # the numbers, as a NumPy array
print(f"{path.name}: {stored.shape}, {stored.dtype}, {stored.size:,} voxels")
ctkit.predict("00.a", measured=f"{stored.size / 1e6:.1f} million")

# %% [markdown]
# It takes 7 million. The package `nibabel` reads this format, which is called **NIfTI**. It counts the axes as *column, row, slice*. This course counts
# them as *slice, row, column*, because `array[60]` is then one picture. A transpose turns one order into the other:

# %%
by_hand = stored.T
print("slices, rows, columns:", by_hand.shape)

# %% [markdown]
# `ctkit.load` does the same for you. It also checks the file, and it remembers where each voxel lies in the patient. The result is a `Volume`.

# %%
head = ctkit.load(path)
print("the same numbers:", np.array_equal(head.array, by_hand))

# %% [markdown]
# Now a picture of one slice. `window` chooses which numbers get the greys (page 05), and `says` prints a line under the picture.

# %%
film = ctkit.show_slice(head, index=60, window="brain")
tall, deep, wide = head.field_of_view  # of the whole scan, in mm
film.says(f"Slice 60 is {wide:.0f} mm from side to side and {deep:.0f} mm from front to back")

# %% [markdown]
# You look at the patient from the feet. The letters name the patient's sides: R is right, L is left, A is **anterior** (front) and P is **posterior** (back). The patient's
# right is therefore on the left of the picture. The thin arc below the head is the **headrest**, the holder in which the head lies. The dark shape in the middle of the brain is a pair of **ventricles**, which
# hold a fluid that is almost water. The dark patch at the front of the brain, on the left of the picture, is no ventricle: page 04 looks at it.
#
# **Try this.** The next picture begins at slice 30. Drag the slice slider to **60**. Then click on the picture, and use the arrow keys or the wheel. Watch the position in the corner.

# %%
ctkit.explore(head, slice=30, window="brain")

# %% [markdown]
# At slice 60 the label reads **S 9.75 mm**. S stands for **superior**: the slice lies 9.75 mm above the middle of the scan, towards the top of the head. You began at I 35.25 mm, where I stands
# for **inferior**, towards the feet. From one to the other it is 30 slices, or 45 mm. (Slices count from 0, so the middle of the scan lies between slices 53 and 54.)
#
# Two things about this scan are unknown. Nobody recorded which side is the left, so the L in the picture is an *assumption* (page 03). And nobody recorded
# where in the scanner the head lay, so the course puts the origin into the middle.
#
# ### Mistake: code from an older tutorial
#
# Tutorials stay online, and packages move on. Three calls that many tutorials use are gone: `np.int` since NumPy 1.24 (2022), nibabel's `get_data` since
# version 5 (2023), and `read_file` of pydicom, which reads files from a scanner (page 01), since version 3 (2024).

# %%
import pydicom

slice_path = ctkit.samples.head_slice()
for call in ("np.int(40.7)", "image.get_data()", "pydicom.read_file(slice_path)"):
    try:
        eval(call)
    except Exception as error:
        print(f"{call}: {type(error).__name__}")

# %% [markdown]
# Each has a short replacement. For `np.int` it is `int`, which cuts off the digits after the point, as `np.int` did.

# %%
array = np.asanyarray(image.dataobj)  # instead of image.get_data()
dataset = pydicom.dcmread(slice_path)  # instead of pydicom.read_file
print(f"of 40.7 mm int() leaves {int(40.7)}: 0.7 mm are lost; round() gives {round(40.7)}")

# %% [markdown] tags=["teacher"]
# **Ask the room.** How many bytes does this scan take in memory, and how many as float64?
#
# *What to expect:* 7 million voxels of int16 take 14 MB. As float64 they take four times as much. A class that opens ten scans sees the difference.

# %% [markdown]
# ## How large is a voxel?
#
# **Predict.** The scan has 108 slices, and each slice has 256 rows and 256 columns. Is the scanned block therefore less than half as tall as it is wide?
#
# The array alone cannot tell. The file also holds the **spacing**: the distance between the centres of two neighbouring voxels along each axis.

# %%
columns, rows, slices = (float(mm) for mm in image.header.get_zooms())
print(f"a voxel is {slices:.3f} mm tall, {rows:.3f} mm deep and {columns:.3f} mm wide")
print(f"it holds {slices * rows * columns:.2f} mm³; ctkit says {1000 * head.voxel_ml:.2f} mm³")

# %%
size = [n * mm for n, mm in zip(by_hand.shape, (slices, rows, columns), strict=True)]
film = ctkit.show_planes(head, window="brain")
film.says(
    f"The block is {size[0]:.0f} x {size[1]:.0f} x {size[2]:.0f} mm; each voxel is "
    f"{slices / columns:.2f} times as tall as it is wide"
)

# %% [markdown]
# The block is 162 mm tall and 245 mm wide: two thirds, not less than half. These voxels are not cubes. The word for this is **anisotropic**, and many mistakes begin with it.
#
# The figure shows the three planes through the middle of the head. **Axial** is across the body, like the slices of this scan. **Coronal** is seen from the front, and **sagittal** from
# the side. The file holds axial slices only. The other two planes take one line of voxels from each slice.
#
# **Try this.** Click on the *sagittal* picture, the third one, and press **End**. Then press **Home**. Read the position in its corner both times.

# %%
ctkit.planes(head, window="brain")

# %% [markdown]
# End is at **L 122.02 mm** and Home at R 122.02 mm, which is 244.04 mm apart: 255 steps of 0.957 mm. The block is one voxel wider, 245 mm, because
# half a voxel sticks out on each side.
#
# Now click in the middle of the *axial* picture: the sagittal one shows the middle again. Then click on the tip of the nose in the sagittal picture. The other two follow: the cross marks the same point in all three.
#
# Scans differ a lot in their voxels. Here is the head beside three more scans of this course: a slice from a clinic, a small slice from the body, and a
# **phantom**. A phantom is a test object. This one exists only as a formula, so that the right value of every voxel is known.

# %%
from pydicom.data import get_testdata_file

grid = ctkit.phantom.make_grid((36, 128, 128), (4.5, 2.0, 2.0))  # voxels, then mm
scans = {
    "whole head": head,
    "head slice": ctkit.load(slice_path),
    "small slice": ctkit.load(get_testdata_file("CT_small.dcm", download=False)),
    "phantom": ctkit.phantom.head_phantom().render(grid),
}

# %%
film = ctkit.show_row(scans, window="soft tissue")
each = {name: 1000 * shown.voxel_ml for name, shown in scans.items()}
least, most = min(each, key=each.get), max(each, key=each.get)
film.says(
    f"A voxel of the {least} is {each[least]:.2f} mm³, one of the {most} {each[most]:.2f} mm³: "
    f"{each[most] / each[least]:.0f} times as much"
)

# %% [markdown]
# Compare the scale bars: the small slice is 85 mm wide, the whole head 245 mm.
#
# ### Mistake: the axes of one package, the spacing of another
#
# The shape comes from an array in the order *slice, row, column*. The spacing comes from a NIfTI header in the order *column, row, slice*. Python multiplies them without complaint.

# %%
mixed = [n * mm for n, mm in zip(head.shape, (columns, rows, slices), strict=True)]
print("wrong:", " x ".join(f"{mm:.1f}" for mm in mixed), "mm")
print("right:", " x ".join(f"{mm:.1f}" for mm in size), "mm")
worst = max(abs(a - b) for a, b in zip(mixed, size, strict=True))
print(f"the largest error is {worst:.1f} mm")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Somebody says: my scan has 300 slices and yours 108, so mine shows more of the body. What do you ask first?
#
# *What to expect:* How far apart the slices are. The number of slices says nothing without the spacing in mm.

# %% [markdown]
# The volume in millilitres is the same for both, so it doesn't show the mistake. `head.shape` and `head.spacing` always use the same order.

# %% [markdown]
# ## What do the numbers mean?
#
# The unit of the numbers is the **Hounsfield unit**, or **HU** for short. Two values are fixed: water is 0 HU, and air is -1000 HU. What weakens the rays more than water is above 0. Page 04 shows where the
# numbers come from.
#
# **Predict.** Bone weakens the rays most. Follow one row of voxels through the head, from the right side to the left. How many peaks of bone do you expect?

# %%
line = by_hand[60, ::-1][128]  # the file's rows begin at the back, those of a picture in front
mm = (np.arange(line.size) - (line.size - 1) / 2) * columns
film = ctkit.figures.show_curves(
    {"row 128 of slice 60": (mm, line)},
    x="mm from the middle, from the patient's right to the left",
    levels={"air": -1000, "water": 0},
)
film.says(f"Along this row of 245 mm the numbers run from {line.min()} to {line.max()} HU")

# %% [markdown]
# The row crosses two walls of bone, the right one and the left one. Yet the right wall has two peaks, because the skull is hard outside and inside, and spongy between. Outside of the head is air. Noise moves its numbers up and down, and
# -1024 is the lowest number that this file holds. (The low hill at 95 mm is a thin band beside the head, of about -930 HU.) Between air and bone lie a few voxels of skin and muscle, mostly at 20 to 100 HU. The brain
# is nearly level, at 10 to 40 HU, with a step down to about 0 HU in the ventricles. The brain uses only about 40 HU of a scale of more than 2,000. That is why a picture
# needs a *window* (page 05).
#
# How do you test a program that measures? Run it on an object whose numbers you know. In the phantom, white matter is 28 HU and the ventricles are 6 HU.
#
# **Try this.** Point at one of the two dark ventricles of the phantom, left and right of the middle. Read the value under the picture.

# %%
phantom = scans["phantom"]
ctkit.explore(phantom, slice=21, window="brain")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Who finds air inside of the head? How do you know that it is air, and not a mistake?
#
# *What to expect:* The sinuses and the ears hold air, at about -1000 HU. The place and the value together say so.

# %% [markdown]
# In the middle of it you read **6 HU**. At the edge you read something between 6 and 28, because a voxel that holds two tissues gets a mean of both. This is called the **partial volume**
# effect. To see single voxels, zoom in at the edge: hold `Ctrl` and turn the wheel, or press **+**. Then press **n** for sharp squares, and **f** to fit the picture again. The bright patch is a bleed of 70 HU that was put there.

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | Is everything there? | `ctkit.doctor()` |
# | Read a scan | `ctkit.load(path)` gives a `Volume` |
# | Its numbers | `.array[slice, row, column]`, in HU |
# | Its size | `.shape` in voxels, `.spacing` and `.field_of_view` in mm, `.voxel_ml` in ml |
# | Look at it | `ctkit.show_planes(volume)` as a picture; `ctkit.explore(volume)` and `ctkit.planes(volume)` to move through |

# %% [markdown]
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("00.1")` gives one more hint each time, and `ctkit.solution("00.1")` shows one solution.

# %% exercise="00.1"

# %% exercise="00.2"

# %% exercise="00.3"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("00")

# %% [markdown]
# Here is what you have done so far, page by page. It is kept in a file beside the Python of this page, and goes nowhere else.

# %% tags=["nbval-ignore-output"] reason="The table grows with every page of the course."
ctkit.progress()

# %%
ctkit.progress("00")

# %% [markdown]
# And two to look at and to count:
#
# - On which slices do you see the ears? Find the first and the last one with `ctkit.explore(head)`, and give their distance in millimetres.
# - `ctkit.phantom.head_phantom().volume_ml("bleed")` is 11.6 ml. Count the voxels between 60 and 75 HU in `phantom.array[18:27, 48:70, 70:90]`, the part around the bleed, and multiply by
#   `phantom.voxel_ml`. How near do you get, and where is the rest? (9.4 ml; the rest is in voxels at its edge, which have a lower mean.)

# %% [markdown]
# ## In practice
#
# - Print the shape and the spacing of a new scan first.
# - Measure lengths in mm and volumes in ml, never in voxels.
# - Try a program on a phantom first. Only there do you know the right answer.

# %% [markdown]
# ## Further reading
#
# - InVesalius, the program that the head comes from: https://invesalius.github.io/
# - T. M. Buzug, *Computed Tomography*, 2008: https://doi.org/10.1007/978-3-540-39408-2
# - NIfTI-1, the format of the head's file: https://nifti.nimh.nih.gov/nifti-1
#
# **Next:** [01 · Read one DICOM slice](01_read_a_dicom_slice.ipynb)
