# %% [markdown]
# # 00 · Meet the data
#
# | | |
# |---|---|
# | **You will** | open a CT of a real head, see how large it is in voxels and in millimetres, and move through it |
# | **You learn** | what a slice, a voxel and a volume are; what the numbers in them stand for |
# | **You need** | Python and a little NumPy; no medicine |
# | **Time** | 10 minutes |

# %% [markdown]
# ## Is everything there?
#
# `doctor` looks at what the course needs and says in a sentence what is missing.
# Run this cell with **Shift+Enter**. To run a whole page, use *Run > Run All Cells*.

# %% tags=["nbval-ignore-output"] reason="The versions are those of the reader's machine."
import ctkit

ctkit.doctor()

# %% [markdown]
# ## A head, as numbers
#
# A CT scanner turns an X-ray tube around the patient and computes, for many small
# boxes inside the body, how strongly each of them weakens the rays. Each box is a
# **voxel**. The voxels of one turn make a **slice**; all slices together are a
# **volume**.

# %%
head = ctkit.load(ctkit.samples.head())
head

# %% [markdown]
# The first line of that answer is worth reading slowly:
#
# - **108 x 256 x 256**: 108 slices, each with 256 rows and 256 columns. In ctkit the
#   order is always *slice, row, column*, and so is `head.array[slice, row, column]`.
# - **1.5 x 0.957 x 0.957 mm**: the distance between slices, between rows and between
#   columns. These voxels are not cubes. Many mistakes start there.
# - **HU**: Hounsfield units, the unit of CT. Water is 0 and air is -1000, on every
#   scanner in the world. Page 04 shows where they come from.

# %%
size = " x ".join(f"{mm:.0f}" for mm in head.field_of_view)
low, high = head.array.min(), head.array.max()
print(f"{head.array.size:,} voxels, {size} mm, from {low} to {high} HU")

# %% [markdown]
# ## All of it at a glance
#
# Twelve of the 108 slices, from the upper neck to the vertex, the top of the head. The number is
# the slice, then its height in millimetres. R, L, A and P are the patient's right,
# left, front (*anterior*) and back (*posterior*): radiology looks at a slice from
# the feet, so the patient's right is on the left of the picture.

# %%
ctkit.show_montage(head, 12)

# %% [markdown]
# The bright arc is the table's headrest. The last slice lies above the head: there is
# nothing in it but air.
#
# Two things about this scan are not known. Nobody recorded which side is the left: it is an
# **assumption**, and page 03 comes back to it. And nobody recorded where the head lay in
# the scanner, so the origin of the millimetres was put in the middle.

# %% [markdown]
# ## Move through it
#
# **Try this.** Drag the slice slider to **60**, or click on the picture and press the
# arrow keys. Watch the height in millimetres.

# %%
ctkit.explore(head, slice=30, window="brain")

# %% [markdown]
# At slice 60 the label reads **S 9.75 mm**: 9.75 mm towards the *superior* side, the top of the
# head, from the origin. You began at I 35.25 mm, on the *inferior* side: 30 steps of 1.5 mm are 45 mm. In the middle
# of the brain you now see the dark *ventricles*, which hold a fluid that is almost water.
#
# > If a widget ever says *model not found*, its Python has ended, as it does when you
# > close a page. *Run > Run All Cells* brings it back.

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | A volume | `ctkit.load(path)`: HU in `.array[slice, row, column]`, and where each voxel is in the patient |
# | Its size | `.shape` in voxels, `.spacing` and `.field_of_view` in mm |
# | To look at it | `ctkit.show_montage(volume)` as a picture, `ctkit.explore(volume)` to move through |
#
# **Next:** [01 · Read a DICOM slice](01_read_a_dicom_slice.ipynb)
