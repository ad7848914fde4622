# %% [markdown]
# # 02 · Build a volume
#
# | | |
# |---|---|
# | **You will** | put a folder of DICOM slices together, the slow way and the short way, and open a scan of your own |
# | **You learn** | how slices are ordered, what their spacing is, and when a scan must be refused |
# | **You need** | page 01 |
# | **Time** | 15 minutes |

# %% [markdown]
# ## A folder of slices
#
# The head of page 00, written as a DICOM series: 108 files.

# %%
from pathlib import Path

import numpy as np
import pydicom

import ctkit

folder = Path(ctkit.samples.head_dicom())
ctkit.list_series(folder)

# %% [markdown]
# ## Which slice comes first?
#
# Not the one whose file name comes first, nor the one with InstanceNumber 1: the
# standard promises nothing about either. What counts is **where a slice is**. Each file says it in
# ImagePositionPatient, the centre of its first pixel, in millimetres. The **normal** of
# the slices, the direction they are stacked in, is the cross product of the two directions in
# ImageOrientationPatient (DICOM PS3.3 C.7.6.2.1.1).

# %%
headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in folder.rglob("*.dcm")]
orientation = np.array(headers[0].ImageOrientationPatient, float)
normal = np.cross(orientation[:3], orientation[3:])
along = np.array([h.ImagePositionPatient for h in headers], float) @ normal
print(f"normal {normal}, {along.size} positions from {along.min():.2f} to {along.max():.2f} mm")

# %% [markdown]
# The distance between slices is the step of these positions, over **all** slices: if one is
# missing or comes twice, it shows here. SliceThickness (0018,0050) is something
# else: how thick a layer each slice was measured from. Slices may overlap or leave gaps.

# %%
steps = np.diff(np.sort(along))
print(f"steps from {steps.min():.3f} to {steps.max():.3f} mm")
print(f"SliceThickness says {headers[0].SliceThickness} mm, which here happens to agree")

# %% [markdown]
# ## The short way
#
# `load` does this for any folder, file or zip: it sorts by position, checks that the slices
# belong together, converts every slice to HU, and keeps where the voxels are.

# %%
head = ctkit.load(folder)
head

# %%
along_normal, rows, columns = head.spacing
print(f"{along_normal:.4f} mm along the normal")
print(f"{rows:.4f} mm between rows, {columns:.4f} mm between columns")
ends = head.to_world([(0, 0, 0), np.array(head.shape) - 1]).round(2)
print(f"first voxel at {ends[0]} mm, last at {ends[1]} mm")

# %% [markdown]
# ## What goes wrong
#
# Take one slice out of the middle. A loop that sorts and stacks gives a volume without
# a word: everything above the gap is 1.5 mm too low. `load` refuses, and
# says what would make it accept.

# %%
import shutil
import tempfile

broken = Path(tempfile.mkdtemp())
for header in headers:
    if not 9.0 < header.ImagePositionPatient[2] < 10.5:
        shutil.copy(header.filename, broken)
try:
    ctkit.load(broken)
except ctkit.CTError as error:
    print(type(error).__name__, str(error).replace(str(broken), "<folder>"), sep=": ")

# %% [markdown]
# With `missing="interpolate"` the gap is filled from its neighbours, and the report says so.

# %%
repaired = ctkit.load(broken, missing="interpolate")
shutil.rmtree(broken)
print(repaired.shape, *repaired.report, sep="\n")

# %% [markdown]
# ## NIfTI
#
# Researchers often keep a whole volume in one **NIfTI** file, with an *affine*: a matrix
# from voxel indices to millimetres. `load` reads both kinds into the same Volume. Here is the
# NIfTI that the DICOM series was made from.

# %%
nifti = ctkit.load(ctkit.samples.head())
same = np.array_equal(head.canonical().array, nifti.canonical().array)
apart = np.abs(head.canonical().affine - nifti.canonical().affine).max()
print(f"same voxels: {same}; same millimetres within {apart:.4f} mm")

# %% [markdown]
# ## Look at it
#
# **Try this.** Choose the **sagittal** plane, then go back to **axial** and press **End**
# (click on the picture first). Read the height of the last slice.

# %%
ctkit.explore(head, window="soft tissue")

# %% [markdown]
# The last slice lies at **S 80.25 mm**; press **Home**, and the first one is at I 80.25 mm. From one to the other it is
# 160.5 mm: 107 steps of 1.5 mm, and not 108. Positions are the *centres* of slices.
#
# ## Open your own scan
#
# Put the path of a folder, a zip or a file of yours in place of `None`. If the folder
# holds several series, the table shows them; choose one by its number. What `load` can't
# read truthfully it refuses, with the reason. Mind that **saving the page saves the pictures in it**: clear the outputs
# (*Edit > Clear Outputs of All Cells*) before you pass a page with a patient's scan on.

# %%
my_path = None  # such as "/home/me/scans/series-1"

if my_path is not None:
    display(ctkit.list_series(my_path))
    mine = ctkit.load(my_path, series=None)
    display(mine, ctkit.explore(mine))

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | What is in a folder | `ctkit.list_series(path)` |
# | A volume | `ctkit.load(path, series=...)`, from DICOM or NIfTI |
# | Order and spacing | positions projected on the normal; never names, numbers or thickness |
# | A gap, a double, uneven steps | an error that names the argument which accepts it |
#
# **Next:** [03 · Know left from right](03_know_left_from_right.ipynb)
