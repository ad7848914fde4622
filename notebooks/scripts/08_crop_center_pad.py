# %% [markdown]
# # 08 · Crop, center and pad without losing place
#
# | | |
# |---|---|
# | **You will** | cut a head out of its air, put it into the middle of a frame, and find one place again after each step |
# | **You learn** | why a volume is more than an array: where its first voxel lies belongs to it |
# | **You need** | page 06 |
# | **Time** | 45 minutes |

# %%
import nibabel as nib
import numpy as np

import ctkit

scan = ctkit.load(ctkit.samples.head())
mask = ctkit.head_mask(scan)
head = ctkit.keep_head(scan, mask)

# %% [markdown]
# ## How much of the scan is head?
#
# **Predict.** The scan is a block of 7 million voxels. How many of them are head?

# %%
ctkit.predict("08.a", ("a tenth", "a third", "two thirds"))

# %%
print(f"{mask.array.mean():.1%} of the voxels are head; the rest is air and the head holder")
ctkit.predict("08.a", measured=f"{mask.array.mean():.1%}")

# %% [markdown]
# A filter takes as long for the air as for the head, and a disk stores both. So you cut out the smallest box that holds the head: its **bounding box**. By hand, look for the first and the last slice, row and column that hold a True:

# %%
start, stop = [], []
for axis in range(3):
    others = tuple(other for other in range(3) if other != axis)
    # One True or False for each slice, row or column.
    found = np.flatnonzero(mask.array.any(axis=others))
    start.append(int(found[0]))
    stop.append(int(found[-1]) + 1)  # one past the last, as Python's slices want it
print("by hand:", start, stop)
first, end = ctkit.bounding_box(mask)
print("ctkit:  ", first.tolist(), end.tolist())

# %%
cut = tuple(slice(first, end) for first, end in zip(start, stop, strict=True))
tight = head.array[cut]
inside = np.zeros(mask.shape, bool)
inside[cut] = True
film = ctkit.show_planes(head, window="soft tissue", mask=inside)
film.facts += "; the outline is the bounding box of the head"
film.says(
    f"The box leaves out {1 - tight.size / head.array.size:.1%} of the voxels, and none of the head"
)

# %% [markdown]
# More than half of the box is still air: a head is not a box.
#
# ### Mistake: the last row and column are lost
#
# A box goes from the first index to the last, both *included*. Python's `a[first:last]` leaves `last` out. Without the `+ 1`, one slice, one row and one column of the head are gone. In this scan the row numbers grow to the front. **Predict.** Which part of the face is in the last row?

# %%
short = tuple(slice(first, end - 1) for first, end in zip(start, stop, strict=True))
for name, box in {"without + 1": short, "with + 1": cut}.items():
    lost = np.count_nonzero(mask.array) - np.count_nonzero(mask.array[box])
    deep = mask.array[box].shape[1] * mask.spacing[1]
    print(f"{name:12} {deep:.2f} mm deep; {lost} voxels of the head are lost")

# %% [markdown]
# The lost row holds the tip of the nose, 31 voxels. Most of the 488 lie in the lost slice, at the top of the head. It is easy to overlook in a picture, and each time the code runs, the head gets one row shorter.
#
# `crop` takes a **margin** as well, for what comes later: a filter needs neighbours. The margin is in millimetres. A voxel of this scan is 1.5 mm tall and 0.957 mm wide, so a margin of 5 voxels would be 7.5 mm in one direction and 4.8 mm in the
# others.
#
# **Try this.** Set *margin mm* to **40**, and then to 0. Read the share of the voxels over the picture.


# %%
def box_around(volume, margin_mm=5.0):
    # While you drag, the volume is a coarser preview: the mask has to fit it (page 09).
    own = ctkit.resample(mask, like=volume, kernel="nearest")
    part = ctkit.crop(own, own, margin_mm)
    # Back on the grid of the volume, to draw the box on it (more on this below).
    inside = ctkit.pad(part.with_array(np.ones(part.shape, bool)), like=volume).array
    return volume.with_array(inside, f"The box holds {inside.mean():.1%} of the voxels.")


ctkit.tune(head, box_around, margin_mm=(0.0, 40.0, 1.0), window="soft tissue", opacity=0.15)

# %% [markdown] tags=["teacher"]
# **Ask the room.** A margin of five voxels: is it the same in all directions?
#
# *What to expect:* Only for cubes. Here it is 7.5 mm up and down, and 4.8 mm to the sides. So margins are in mm.

# %% [markdown]
# With 40 mm the box holds **100.0%** of the voxels: the scan ends before the margin does, on every side. While you move the slider you see a preview with voxels of about 3 mm. When the full result comes, the box may jump a little.

# %% [markdown]
# ## Where is the nose now?
#
# The **index** of a voxel counts from the corner of its array. Cut the array, and the same voxel gets another index. A **landmark** is a place that you can find again in every picture of a patient. Ours is the tip of the nose: the voxel of the mask that lies farthest to the front.

# %%
voxels = np.argwhere(mask.array)
nose = voxels[voxels[:, 1].argmax()]
point = head.to_world(nose)
print("index in the scan:", nose, " place in the patient:", point.round(2), "mm")
print("index in the box: ", nose - start)

# %% [markdown]
# The place in the patient must stay. The affine turns an index into a place (page 03): place = steps · index + **origin**, and the origin is the place of voxel (0, 0, 0).
#
# **Predict.** You crop from index *start* on. What happens to the steps, and what to the origin?
#
# The steps stay. Voxel 0 of the box was voxel *start* of the scan, so the new origin is the old place of *start*:

# %%
affine = head.affine.copy()
affine[:3, 3] = head.affine[:3, :3] @ start + head.origin
by_hand = ctkit.Volume(head.array[cut], affine)
box = ctkit.crop(head, mask)
print("the same voxels:", np.array_equal(by_hand.array, box.array))
print("no copy of them:", np.shares_memory(box.array, head.array))
print("origin by hand:", by_hand.origin.round(2), " ctkit:", box.origin.round(2), "mm")
there = np.rint(box.to_index(point)).astype(int)
print("the nose in the box:", there, "at", box.to_world(there).round(2), "mm")

# %% [markdown]
# The box is a **view** of the scan's memory. So cropping takes no time and no new memory, and the whole scan stays in memory as long as you use the box. In NumPy, writing into a view would change the scan too. A `Volume` can't be written into.
#
# ### Mistake: the origin is forgotten
#
# The array is cropped, and saved with the affine of the whole scan. The file is valid, and every viewer opens it. **Predict.** By how much is everything in it displaced? (Look above where the box starts. A voxel is 0.957 mm wide.)

# %%
ctkit.predict("08.b", unit="mm")

# %%
ras = np.diag([-1, -1, 1, 1]) @ head.affine @ np.eye(4)[[2, 1, 0, 3]]  # for nibabel, as on page 03
image = nib.Nifti1Image(head.array.T, ras)
files = {
    "old affine": nib.Nifti1Image(head.array[cut].T, image.affine),
    "nibabel's slicer": image.slicer[cut[::-1]],
}
wanted = point * (-1, -1, 1)
for name, file in files.items():
    found = nib.affines.apply_affine(file.affine, there[::-1])
    print(f"{name:17} the nose is off by {np.linalg.norm(found - wanted):5.2f} mm")
print(f"{'ctkit.crop':17} the nose is off by {np.linalg.norm(box.to_world(there) - point):5.2f} mm")

# %%
lost = ctkit.Volume(box.array, head.affine)
film = ctkit.show_row({"scan": head, "right origin": box, "old origin": lost}, "sagittal", point)
moved = np.linalg.norm(lost.to_world(there) - point)
film.says(f"One place in the patient, in three volumes: the last one is {moved:.1f} mm off")

# %%
ctkit.predict("08.b", measured=round(moved, 1))

# %% [markdown]
# All three pictures show the plane through the same place. With the old origin you look at another part of the head, and nothing warns you.
#
# **Try this.** In the cropped head, choose the **sagittal** plane, and move the slider until the label reads **R 0.48 mm**, which is how far right the nose lies.

# %%
print(f"voxel {tuple(nose.tolist())} is now voxel {tuple(there.tolist())}")
ctkit.explore(box, slice=0, window="soft tissue")

# %% [markdown] tags=["teacher"]
# **Ask the room.** A radiologist marked a landmark at (0.5, -100, 20) mm. We crop. What are its millimetres now?
#
# *What to expect:* The same. Only its index changes, if the crop keeps its affine.

# %% [markdown]
# It is slice **99**: the third number of the voxel that is printed above. The tip of the nose is in it. The index has changed, and the millimetres have kept the place.

# %% [markdown]
# ## How does every head get the same frame?
#
# A network wants arrays of one shape. `pad` puts a volume into the middle of a larger **frame**. `center` puts the *head* into the middle, wherever it lay in the scan. New voxels are air (False in a mask).
#
# **Predict.** We keep only the upper slices, from 70 on, without nose and chin. Is the head still in the middle of the picture? And what will `pad` do about it?

# %%
top, top_mask = (ctkit.crop_box(v, (70, 0, 0), (108, 256, 256)) for v in (head, mask))
frame = (288, 288)
framed = {"pad": ctkit.pad(top, frame), "center": ctkit.center(top, top_mask, frame)}
masks = {"pad": ctkit.pad(top_mask, frame), "center": ctkit.center(top_mask, top_mask, frame)}
off = {}
for name, where in masks.items():
    first, end = ctkit.bounding_box(where)
    middle = ((first + end) / 2)[1:]  # row and column
    off[name] = np.linalg.norm((middle - np.array(frame) / 2) * top.spacing[1:])
    print(f"{name:7} {framed[name].report[-1]}")

# %%
pictures = {name: volume.array[10, ::-1] for name, volume in framed.items()}  # nose up
film = ctkit.figures.show_pictures(pictures, spacing=top.spacing[1:])
film.says(
    f"After pad the middle of the head lies {off['pad']:.1f} mm from the middle of the frame, "
    f"after center {off['center']:.1f} mm"
)

# %% [markdown]
# `pad` puts the scan into the middle, and `center` the head. Neither moves it in millimetres: both frames hold the same voxels at other indices, and each has its own new origin. So they can still be compared.
#
# **Try this.** Pull the curtain across: drag the line in the middle of the picture. Look for a seam. Then point at a bone.

# %%
ctkit.compare(framed["pad"], framed["center"], blend="curtain", names=("pad", "center"))

# %% [markdown]
# There is no seam, because the viewer matches places in millimetres and not indices. The line under the picture gives the HU of both, and they are the same, such as **1182 HU → 1182 HU** at index [19, 144, 98] of the padded scan.
#
# A result found in the small box has to go back to the scan. `pad(..., like=...)` undoes a crop:

# %%
back = ctkit.pad(box, like=head)
print("same grid:", np.array_equal(back.affine, head.affine) and back.shape == head.shape)
print("same voxels in the box:", np.array_equal(back.array[cut], head.array[cut]))

# %% [markdown]
# ### Mistake: a frame of zeros
#
# `np.zeros` makes a frame of water, since 0 HU is water. And it makes it in float64, which takes four times the memory of int16.

# %%
zeros = np.zeros((len(top.array), *frame))
zeros[:, 16:272, 16:272] = top.array  # (288 - 256) / 2 = 16 on each side
water = framed["pad"].with_array(zeros.astype(np.int16))
more = np.count_nonzero(water.array == 0) - np.count_nonzero(framed["pad"].array == 0)
print(f"{more * water.voxel_ml:,.0f} ml of water came in")
print(f"the mean is off by {water.array.mean() - framed['pad'].array.mean():.0f} HU")
print(f"{zeros.nbytes / 1e6:.1f} MB instead of {framed['pad'].array.nbytes / 1e6:.1f} MB")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which heads does a frame of one size damage?
#
# *What to expect:* The largest ones: they are cut off. Find the largest head before you choose the frame.

# %% [markdown]
# ## In short
#
# | thing | call or rule |
# |---|---|
# | The box of a mask | `start, stop = ctkit.bounding_box(mask)`; `stop` is one past the last |
# | Cut out | `ctkit.crop(volume, mask, margin_mm=5)`, for the whole volume at once |
# | Enlarge | `ctkit.pad(volume, (512, 512))`: new voxels are -1000 HU |
# | Into the middle | `ctkit.center(volume, mask, (512, 512))` |
# | Undo a crop | `ctkit.pad(part, like=whole)` |
# | Indices change, millimetres don't | `volume.to_world(index)`, `volume.to_index(point)` |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("08.1")` gives one more hint each time, and `ctkit.solution("08.1")` shows one solution.

# %% exercise="08.1"

# %% exercise="08.2"

# %% exercise="08.3"

# %% exercise="08.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("08")

# %%
ctkit.progress("08")

# %% [markdown]
# And one to try: `ctkit.pad(head, (128, 128))`. What does the message tell you that NumPy's would not?
#
# ## In practice
#
# - Keep the affine of the crop with every result. Without it no mask finds its way back to its scan.
# - Crop before what is slow, with a margin wider than the filter reaches.
# - Crop the whole volume at once. If you crop each slice to its own head, neighbours no longer lie over each other, and no affine can describe that.
# - Choose frames after [resampling](09_resample_to_1_mm.ipynb), so that 288 voxels are the same length in every scan.
# - Center on a mask only where the mask is right: one piece of table left in it moves the whole head.
#
# ## Further reading
#
# - DICOM PS3.3, [C.7.6.2 Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html): position, orientation and the formula from index to place
# - nibabel, [Coordinate systems and affines](https://nipy.org/nibabel/coordinate_systems.html): the same with one matrix
# - F. Isensee and others (2021), [nnU-Net](https://doi.org/10.1038/s41592-020-01008-z): a pipeline that first crops to what is not 0, keeps the box, and puts its results back (on CT this crop often does nothing: page 15, question 9)
#
# **Next:** [09 · Resample to 1 mm](09_resample_to_1_mm.ipynb)
