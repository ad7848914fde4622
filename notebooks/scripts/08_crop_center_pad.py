# %% [markdown]
# # 08 · Crop, center and pad without losing place
#
# | | |
# |---|---|
# | **You will** | cut a head out of its air, put it into the middle of a frame, and find one place again after each step |
# | **You learn** | why a frame is more than a shape: where its first voxel lies belongs to it |
# | **You need** | page 06 |
# | **Time** | 25 minutes |

# %%
import numpy as np

import ctkit

scan = ctkit.load(ctkit.samples.head())
mask = ctkit.head_mask(scan)
head = ctkit.keep_head(scan, mask)
print(f"{mask.array.mean():.1%} of the voxels are head; the rest is air to carry around")

# %% [markdown]
# ## Where does the head begin, and where does it end?
#
# The **bounding box** of a mask is the smallest box, along the axes of the array, that holds all of it: a first and a last
# slice, row and column. `bounding_box` gives the first index of each axis and the one *after* the last, as Python's slices want it.

# %%
start, stop = ctkit.bounding_box(mask)
for axis, first, end, step in zip(
    ("slices", "rows", "columns"), start, stop, scan.spacing, strict=True
):
    count = end - first
    print(f"{axis:8} {first:3} to {end - 1:3}: {count} of them, {count * step:.1f} mm")

# %% [markdown]
# `crop` cuts this box out, with a **margin** on all sides. The margin is given in millimetres, because a voxel of this scan is
# 1.5 mm high and 0.957 mm wide: a margin of 5 voxels would be 7.5 mm in one direction and 4.8 mm in the others. It is
# rounded up to whole voxels. Nothing is resampled; the box is even a **view**, which shares the memory of the scan.

# %%
box = ctkit.crop(head, mask, margin_mm=5)
print("before:", head.shape, "after:", box.shape)
print("shares the scan's memory:", np.shares_memory(box.array, head.array))
print(*box.report[-1:])

# %% [markdown]
# The report says that the margin was cut: the scan itself ends before the neck does, and beyond its first slice there is
# nothing to keep.
#
# In the figure the outline is the box. The axial and the sagittal plane go through the tip of the nose: the voxel of the mask that lies
# farthest to the front, where the row index is largest.


# %%
def box_around(volume, margin_mm=5.0):
    own = ctkit.resample(mask, like=volume, kernel="nearest")  # a preview's grid is coarser
    cut = ctkit.crop(own, own, margin_mm)
    inside = ctkit.pad(cut.with_array(np.ones(cut.shape, bool)), like=volume).array
    return volume.with_array(inside, f"The box holds {inside.mean():.1%} of the voxels.")


# %%
voxels = np.argwhere(mask.array)
nose = voxels[voxels[:, 1].argmax()]
tight = box_around(head, margin_mm=0)
at = head.to_world((nose[0], 128, nose[2]))
film = ctkit.show_planes(head, at, window="soft tissue", mask=tight)
film.facts += "; the outline is the bounding box of the head"
film.says(
    f"The tightest box leaves out {1 - tight.array.mean():.1%} of the voxels, and no part of the "
    "head: "
    f"it is {(stop - start)[1] * scan.spacing[1]:.1f} mm deep, from the back of the head to the "
    "nose"
)

# %% [markdown]
# **Try this.** Set *margin mm* to **40**, and then to 0. The line over the picture gives the share of the voxels that the box holds.

# %%
ctkit.tune(head, box_around, margin_mm=(0.0, 40.0, 1.0), window="soft tissue", opacity=0.15)

# %% [markdown]
# With 40 mm the box holds **100.0%** of the voxels: on each side the scan ended before the margin did. With 0 mm it holds what
# is left by the share under the figure above. While the slider moves, a preview on a coarse grid is shown, whose voxels are about 3 mm wide:
# it lags behind, and jumps when the whole result comes.
#
# ## Which number keeps the place?
#
# The **index** of a voxel counts from the corner of the array; cut the array, and the same voxel has another index. What stays is the
# place in the patient. A volume that keeps it stores two things beside the array: the step from voxel to voxel, and the **origin**,
# the millimetres of the centre of voxel (0, 0, 0). DICOM calls this `ImagePositionPatient` and gives the formula in
# PS3.3 C.7.6.2.1.1; NIfTI keeps both in one 4 x 4 matrix, the affine of page 03:
#
# $$\text{place} = \text{step} \cdot \text{index} + \text{origin}$$
#
# A crop from index *a* on leaves the steps as they are. Voxel 0 of the box was voxel *a* of the scan, so the new origin is
# `step * a + origin`.

# %%
print("origin before:", head.origin.round(2), "mm")
print("origin after: ", box.origin.round(2), "mm")
a = np.rint(head.to_index(box.origin)).astype(int)
print("voxel 0 of the box was voxel", a, "of the scan")
print("by the formula:", (head.affine[:3, :3] @ a + head.origin).round(2), "mm")

# %% [markdown]
# A **landmark** is a place that can be found again in every picture of a patient. Ours is the tip of the nose. `to_world` gives its
# millimetres (LPS+, as in DICOM: towards the patient's left, to the back, upwards), and `to_index` the index in another
# volume.

# %%
point = head.to_world(nose)
there = np.rint(box.to_index(point)).astype(int)
print(f"voxel {tuple(nose.tolist())} is now voxel {tuple(there.tolist())}, at {point.round(2)} mm")
print(f"{head.array[tuple(nose)]} HU before, {box.array[tuple(there)]} HU after")

# %% [markdown]
# The figure draws the axial slice of the nose with the outline of the head, twice: in blue that of the scan, in orange that of
# the box. On the left both begin at 0 mm, as arrays do; on the right each stands at its own origin.


# %%
def lay(axes, mask, voxel, color):
    """Outline of a mask in the slice of a voxel, its first voxel, and the voxel, in mm."""
    y, x = places(mask)
    axes.contour(x, y, mask.array[voxel[0]], levels=[0.5], colors=[color], linewidths=1.5)
    axes.plot(x[0], y[0], "s", x[voxel[2]], y[voxel[1]], "o", color=color, clip_on=False)


def places(volume):
    """Millimetres of the rows (y) and of the columns (x)."""
    rows, columns = (np.outer(np.arange(volume.shape[i]), np.eye(3)[i]) for i in (1, 2))
    return volume.to_world(rows)[:, 1], volume.to_world(columns)[:, 0]


# %%
film = ctkit.figures.Film(4.3, "Outlines of scan and cropped box, without and with their origins")
cut = ctkit.crop(mask, mask, 5)
bare = [ctkit.Volume.from_spacing(part.array, part.spacing) for part in (mask, cut)]
for place, (whole, part) in enumerate([bare, (mask, cut)]):
    axes = film.panel(1, 2, place + 1, title=("both begin at 0 mm", "each at its origin")[place])
    axes.pcolormesh(*places(whole)[::-1], head.array[nose[0]], cmap="gray", vmin=-160, vmax=240)
    lay(axes, whole, nose, ctkit.figures.COLORS[0])
    lay(axes, part, there, ctkit.figures.COLORS[1])
    axes.set(aspect="equal", xlabel="x, mm", ylabel="y, mm")
axes.invert_yaxis()  # now the back of the head is below in both

# %%
away = np.linalg.norm(bare[0].to_world(nose) - bare[1].to_world(there))
still = np.linalg.norm(mask.to_world(nose) - cut.to_world(there))
film.says(
    f"Without its origin the nose of the box lies {away:.1f} mm from that of the scan, with it "
    f"{still:.1f} mm"
)

# %% [markdown]
# Squares are the first voxel of each array, circles the landmark.
#
# **Try this.** In the cropped head below, choose the **sagittal** plane and move the slider until the label reads
# **R 0.48 mm**, the x of the landmark.

# %%
ctkit.explore(box, slice=0, window="soft tissue")

# %% [markdown]
# It is the slice whose number was printed above, the last of the three, and the tip of the nose is in it. The index has changed,
# the millimetres have kept the place.
#
# ## How does every head get the same frame?
#
# A network wants arrays of one shape. `pad` puts a volume into the middle of a larger **frame**; `center` puts the *head*
# there, wherever it lay in the scan. New voxels are air, -1000 HU, and the origin follows again.
#
# The difference shows when a scan holds only a part of the head. Here are its upper slices, from 70 on: without nose and chin
# the rest lies far to the back of the picture.

# %%
top, top_mask = (ctkit.crop_box(v, (70, 0, 0), (108, 256, 256)) for v in (head, mask))
frame = (288, 288)
framed = {"pad": ctkit.pad(top, frame), "center": ctkit.center(top, top_mask, frame)}
masks = {"pad": ctkit.pad(top_mask, frame), "center": ctkit.center(top_mask, top_mask, frame)}
off = {}
for name, where in masks.items():
    middle = np.add(*ctkit.bounding_box(where))[1:] / 2
    off[name] = np.linalg.norm((middle - np.divide(frame, 2)) * top.spacing[1:])
    print(f"{name:7} {framed[name].report[-1]}")

# %%
film = ctkit.show_row(framed, "axial", top.to_world((10, 128, 128)))
for axes in film.axes:
    axes.axhline(144 * top.spacing[1], color=ctkit.figures.FAINT, linewidth=0.8)
    axes.axvline(144 * top.spacing[2], color=ctkit.figures.FAINT, linewidth=0.8)
film.says(
    f"After pad the middle of the head lies {off['pad']:.1f} mm from the middle of the frame, "
    f"after center {off['center']:.1f} mm"
)

# %% [markdown]
# Both frames hold the same voxels at other indices. Since both keep their origins, they can still be compared.
#
# **Try this.** Pull the curtain across, and look for a seam. Then point at a bone.

# %%
ctkit.compare(framed["pad"], framed["center"], blend="curtain", names=("pad", "center"))

# %% [markdown]
# There is no seam: the places are matched in millimetres, not by index. The line under the picture gives both volumes' HU at the pointer,
# and they are the same, such as **1182 HU → 1182 HU** at index [19, 144, 98] of the padded one.
#
# `pad(..., like=...)` undoes a crop: a result that was computed in the small box goes back onto the grid of the scan, as a
# mask found by a network has to.

# %%
back = ctkit.pad(box, like=head)
inside = tuple(slice(i, i + n) for i, n in zip(a, box.shape, strict=True))
print("same grid:", np.array_equal(back.affine, head.affine) and back.shape == head.shape)
print("same voxels in the box:", np.array_equal(back.array[inside], head.array[inside]))

# %% [markdown]
# ## What goes wrong
#
# ### 1. The last row and column are lost
#
# A box goes from the first index to the last one *included*, a slice of Python leaves its end out. Without the + 1 one slice, one row and
# one column of the head are gone, and here the lost row is the tip of the nose. (Python's half-open ranges: the
# [tutorial](https://docs.python.org/3/tutorial/introduction.html#text) has the picture.)

# %%
first, last = voxels.min(axis=0), voxels.max(axis=0)
wrong = np.s_[first[0] : last[0], first[1] : last[1], first[2] : last[2]]
right = np.s_[first[0] : last[0] + 1, first[1] : last[1] + 1, first[2] : last[2] + 1]
for name, cut in {"without + 1": wrong, "with + 1": right}.items():
    lost = np.count_nonzero(mask.array) - np.count_nonzero(mask.array[cut])
    deep = mask.array[cut].shape[1] * mask.spacing[1]
    print(f"{name:12} {deep:.2f} mm deep; {lost} voxels of the head are lost")

# %% [markdown]
# ### 2. The box of what is not 0
#
# Code written for pictures looks for what is not black: `image != 0`. In HU, 0 is water and air is -1000 (PS3.3 C.11.1.1.2),
# so almost nothing is 0 and the box is the whole picture. After a shift of the values, or a clip at 0 HU, the same
# code cuts something else. A box belongs to a mask, and a mask to a threshold with a unit.

# %%
for name, values in {"HU": scan.array, "clipped at 0 HU": np.maximum(scan.array, 0)}.items():
    found = np.argwhere(values != 0)
    size = np.prod(found.max(axis=0) - found.min(axis=0) + 1)
    print(f"not 0, {name:15}: {size / mask.array.size:.1%} of the voxels")
print(f"{'ctkit.crop':22}: {tight.array.mean():.1%}")

# %% [markdown]
# ### 3. Each slice for itself
#
# When each slice is cropped to its own head and set into the middle of a frame, as a function for one picture does, neighbours no
# longer lie over each other. DICOM gives each slice a position of its own (PS3.3 C.7.6.2.1.1); an array and a NIfTI have one affine
# for all slices, which can't describe that any more: what was straight in the patient is bent.


# %%
def middle_of(picture):
    found = np.argwhere(picture)
    return (found.min(axis=0) + found.max(axis=0) + 1) // 2 if found.size else np.array([128, 128])


# %%
middles = np.array([middle_of(picture) for picture in mask.array])
alone = head.with_array(
    [
        np.roll(picture, 128 - middle, axis=(0, 1))
        for picture, middle in zip(head.array, middles, strict=True)
    ]
)
drift = np.ptp(middles[mask.array.any(axis=(1, 2))], axis=0) * head.spacing[1:]

# %%
whole = ctkit.center(head, mask, (256, 256))
film = ctkit.show_row({"each slice for itself": alone, "ctkit.center": whole}, "sagittal", point)
film.says(
    "Centred slice by slice, the rows of one head are shifted against each other by up to "
    f"{drift[0]:.1f} mm"
)

# %% [markdown]
# ### 4. The origin is forgotten
#
# The array is cropped, and saved with the affine of the scan, as `nibabel.Nifti1Image(array[box], image.affine)` does.
# The file is valid, every viewer opens it, and all in it lies elsewhere. NIfTI-1's affine belongs to voxel
# (0, 0, 0); nibabel's own `image.slicer` moves it along.

# %%
import nibabel

image = nibabel.Nifti1Image(head.array, head.affine)
forgotten = nibabel.Nifti1Image(head.array[inside], image.affine)
sliced = image.slicer[inside]
for name, cut in {"old affine": forgotten, "slicer": sliced, "ctkit.crop": box}.items():
    error = np.linalg.norm(nibabel.affines.apply_affine(cut.affine, there) - point)
    print(f"{name:11} the tip of the nose is off by {error:5.2f} mm")

# %% [markdown]
# ### 5. A frame of zeros
#
# `np.zeros` makes a frame of water: 0 HU by the definition of the unit (PS3.3 C.11.1.1.2). And it makes it
# in float64, four times the size of int16.

# %%
zeros = np.zeros((len(top.array), *frame))
zeros[:, 16:272, 16:272] = top.array
water = framed["pad"].with_array(zeros.astype(np.int16))
print(f"{zeros.nbytes / 1e6:.1f} MB against {framed['pad'].array.nbytes / 1e6:.1f} MB")

# %%
film = ctkit.show_row({"np.zeros": water, "ctkit.pad": framed["pad"]}, "axial", window=(-300, 1600))
more = np.count_nonzero(water.array == 0) - np.count_nonzero(framed["pad"].array == 0)
film.says(
    f"A frame of zeros adds {more * water.voxel_ml:,.0f} ml of water, and shifts the mean "
    f"of the volume by {water.array.mean() - framed['pad'].array.mean():.0f} HU"
)

# %% [markdown]
# ### 6. What does not fit
#
# A picture larger than its frame gives a negative start, which NumPy counts from the end; then the assignment fails with shapes that
# nobody asked for. An empty mask has no first voxel. Both happen in a long run over many scans, and a message should name the cause
# (the frame and the scan, in voxels), as nothing in a DICOM file promises one size: `Rows` and `Columns` are free
# (PS3.3 C.7.6.3).

# %%
small = np.full((128, 128), -1000)
at = (128 - 256) // 2
try:
    small[at : at + 256, at : at + 256] = head.array[0]
except ValueError as error:
    print(f"wrong, {type(error).__name__}: {error}")
try:
    ctkit.pad(head, (128, 128))
except ctkit.CTError as error:
    print(f"right, {type(error).__name__}: {error}")
long = (stop - start)[1] * head.spacing[1]
print(f"the frame has {128 * head.spacing[1]:.0f} mm, the head {long:.0f} mm")

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
# 1. Crop with `margin_mm=(0, 10, 10)`, which is (slice, row, column). Expect a shape of 107 slices, and a report that does not
#    speak of a cut margin.
# 2. Find the left-most voxel of the head, crop, and find it again. Expect the same millimetres to the last digit that is printed,
#    and another column.
# 3. Pad the cropped head to (128, 256, 256) and measure with `ctkit.head_mask` how many millilitres it has. Expect the number of the
#    whole scan, within 1 %.
# 4. Save the box with `ctkit.save`, load it again, and compare `origin`. Expect no difference above 0.001 mm.
#
# ## In practice
#
# - Keep the box (`start`, `stop`) or the cropped volume's affine with every result: without it no mask finds back to its scan.
# - Crop before what is slow (filters, resampling), with a margin wider than the reach of the filter.
# - Fixed frames are chosen after [resampling](09_resample_to_1_mm.ipynb), so that 288 voxels mean the same length in each scan.
# - Centre on a mask only where the mask is right for every scan: one piece of table left in it moves the whole head.
#
# ## Further reading
#
# - DICOM PS3.3, [C.7.6.2 Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html):
#   position, orientation and the formula from index to place.
# - nibabel, [Coordinate systems and affines](https://nipy.org/nibabel/coordinate_systems.html): the same with one matrix.
# - F. Isensee and others (2021), [nnU-Net](https://doi.org/10.1038/s41592-020-01008-z): a pipeline that crops first, keeps the box, and puts its results back.
#
# **Next:** [09 · Resample to 1 mm](09_resample_to_1_mm.ipynb)
