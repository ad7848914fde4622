# %% [markdown]
# # 03 · Know left from right
#
# | | |
# |---|---|
# | **You will** | cut a head in the three anatomical planes and name every side |
# | **You learn** | what LPS and RAS mean, why the array alone can't tell left from right, how radiology shows a slice |
# | **You need** | page 02 |
# | **Time** | 12 minutes |

# %%
import nibabel as nib
import numpy as np

import ctkit

head = ctkit.load(ctkit.samples.head())
head

# %% [markdown]
# ## Three planes
#
# | plane | cuts | you look from |
# |---|---|---|
# | **axial** | across, between head and feet | the feet, face up |
# | **coronal** | between front and back | the front |
# | **sagittal** | between left and right | the patient's left |
#
# Six letters name the sides: **R**ight and **L**eft *of the patient*, **A**nterior (front) and
# **P**osterior (back), **S**uperior (towards the head) and **I**nferior (towards the feet).

# %%
ctkit.show_planes(head, window="brain")

# %% [markdown]
# In the axial and the coronal picture the patient's left is on **your right**, as if the patient lay in front of
# you. This is the *radiological convention*. The other one, *neurological*, has the patient's left on
# your left. Both are in use, and the pixels don't say which one you see. The letters do.

# %%
ctkit.show_planes(head, window="brain", convention="neurological")

# %% [markdown]
# ## What the numbers say
#
# An **affine** is a 4 x 4 matrix that turns voxel indices into millimetres in the patient. There are two
# customs for the signs:
#
# - DICOM counts **LPS+**: x grows to the Left, y to the Posterior, z to the Superior.
# - NIfTI counts **RAS+**: x grows to the Right, y to the Anterior, z to the Superior.
#
# They differ in the sign of x and y. ctkit works in LPS+, whatever the file was.

# %%
image = nib.load(ctkit.samples.head())
print("NIfTI, column 0:", (image.affine @ (0, 0, 0, 1))[:3].round(1), "in RAS+ mm")
print("ctkit, column 0:", head.to_world((0, 0, 0)).round(1), "in LPS+ mm")
print("array axes of the NIfTI run to", "".join(nib.aff2axcodes(image.affine)))

# %% [markdown]
# The same point of the same head: x is 122.0 in RAS+ and -122.0 in LPS+. It is on the patient's right both times.
#
# ## What goes wrong: pictures from an array alone
#
# A well-known recipe takes `data[:, :, 60]` from a NIfTI and turns it with `rot90` until it looks right. Below are two scans
# of **the same patient**. In the second one the columns were stored the other way round, and its affine says so. The
# recipe shows two mirrored heads and knows nothing of it.

# %%
other = head.reorient("SAR")
first, second = (np.rot90(volume.array.T[:, :, 60]) for volume in (head, other))
film = ctkit.figures.Film(3.9, "rot90 of the same head, stored in two ways: mirrored")
for place, picture in enumerate((first, second), start=1):
    axes = film.panel(1, 2, place, title=f"scan {place}")
    axes.imshow(picture, cmap="gray", vmin=0, vmax=80)
film

# %% [markdown]
# With the affine both give the same picture, to the last voxel.

# %%
same = np.array_equal(head.plane("axial", 60), other.plane("axial", 60))
print("rot90 gives equal pictures:     ", np.array_equal(first, second))
print("the affine gives equal pictures:", same)

# %% [markdown]
# ## How sure can we be?
#
# As sure as the affine. For **this head** the original file kept no record of left and right. We wrote an
# affine that takes column 0 as the patient's right: an **assumption**, and the NIfTI header says so. Up, down, front and back can
# be seen in the picture; left and right can't, because a head is nearly its own mirror image.

# %%
print(image.header["descrip"].item().decode())

# %% [markdown]
# ## Find the right side
#
# **Try this.** A click in one plane moves the other two to the same point. Click anywhere, and follow the lines. Then click
# into the **sagittal** picture and press **Home** to go to its first slice. Read the side, and how far away it is.

# %%
ctkit.planes(head, window="brain")

# %% [markdown]
# The label reads **R 122.02 mm**: the first column of voxels is the patient's **right**, at x = -122.02 mm in LPS+. Press
# **End**, and it reads L 122.02 mm.
#
# ## In short
#
# | | |
# |---|---|
# | Letters | R L, A P, S I: sides of the *patient* |
# | DICOM, ctkit | LPS+; NIfTI: RAS+; `ctkit.geometry.LPS_RAS` turns one into the other |
# | Which way do indices run? | `ctkit.geometry.orientation_letters(volume.affine)` |
# | Same order for all scans | `volume.canonical()` swaps and flips axes, never resamples |
#
# **Next:** [04 · Turn values into HU](04_turn_values_into_hu.ipynb)
