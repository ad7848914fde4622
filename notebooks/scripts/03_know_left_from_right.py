# %% [markdown]
# # 03 · Know left from right
#
# | | |
# |---|---|
# | **You will** | cut a scan in the three anatomical planes, name every side, and catch a flip that no eye can see |
# | **You learn** | what an affine is, what LPS and RAS mean, which two things have to change together |
# | **You need** | page 02 |
# | **Time** | 25 minutes |

# %%
import nibabel as nib
import numpy as np

import ctkit

# %% tags=["parameters"]
scan, accept = ctkit.samples.head(), {}  # a scan of your own, and what load() may repair in it

# %% [markdown]
# A head is nearly its own mirror image, so a wrong side is hard to see. We therefore put a mark into the scan: a **bead** of
# 14 mm, of 4000 HU, as dense as steel. It sits 40 mm to the patient's *left* of the middle, 20 mm to the front and 15 mm up. Every
# step below has to leave it there.

# %%
volume = ctkit.load(scan, **accept)
middle = volume.to_world((np.array(volume.shape) - 1) / 2)
where = middle + np.array([40, -20, 15])
ball = ctkit.phantom.Part("bead", 1, tuple(where), (7, 7, 7))
bead = ctkit.phantom.Phantom((ball,)).mask(volume, "bead")
marked = volume.with_array(np.where(bead.array, np.int16(4000), volume.array))
marked

# %% [markdown]
# ## Which side of the picture is the patient's left?
#
# | plane | cuts | you look from |
# |---|---|---|
# | **axial** | across, between head and feet | the feet, face up |
# | **coronal** | between front and back | the front |
# | **sagittal** | between left and right | the patient's left |
#
# Six letters name the sides: **R**ight and **L**eft *of the patient*, **A**nterior (front) and **P**osterior (back),
# **S**uperior (towards the head) and **I**nferior (towards the feet). DICOM writes the same letters into `PatientOrientation`, with
# H and F for head and feet (PS3.3 C.7.6.1.1.1).

# %%
film = ctkit.show_planes(marked, where, window="soft tissue")
layout = marked.layout("axial")
level = round(marked.to_index(where)[layout.axis])
picture = marked.plane("axial", level)
columns = np.argwhere(picture == 4000)[:, 1]
right = (columns.mean() - (picture.shape[1] - 1) / 2) * layout.spacing[1]
film.says(
    f"The bead on the patient's left lies {right:.1f} mm to the right of the picture's middle"
)

# %% [markdown]
# Left is right, as if the patient lay in front of you, feet first. This is the **radiological convention**. The other one, the
# **neurological convention**, has the patient's left on your left. Both are in use, and the pixels do not say which one
# you see. The letters do.

# %%
film = ctkit.figures.Film(4.3, "One axial slice in both conventions, with the letters of its sides")
bead_at = []
for column, name in enumerate(("radiological", "neurological"), start=1):
    axes = film.panel(1, 2, column)
    ctkit.figures.draw_plane(
        axes, marked, "axial", level, "soft tissue", convention=name, small=True
    )
    axes.set_title(name, color=ctkit.figures.INK, size=10)
    columns = np.argwhere(marked.plane("axial", level, name) == 4000)[:, 1]
    bead_at.append(columns.mean() * layout.spacing[1])
across = abs(bead_at[1] - bead_at[0])
film.says(f"The other convention moves the bead {across:.1f} mm across the picture")

# %% [markdown]
# **Try this.** A click in one plane moves the other two to the same point. Find the bead in the axial picture by scrolling, and click on it:
# all three planes show it. Then click into the **sagittal** picture, and press **Home** for its first slice. Read the
# side, and how far away it is.

# %%
ctkit.planes(marked, window="soft tissue")

# %% [markdown]
# On the bead, the sagittal label reads L and about 40 mm. After Home it reads **R 122.02 mm** on the head of the course: the outermost
# slice on the patient's **right**, at x = -122.02 mm. Press **End**, and it reads L 122.02 mm.

# %% [markdown]
# ## What do LPS and RAS say?
#
# An **affine** is a 4 x 4 matrix that turns the indices of a [voxel](glossary.md#voxel) into millimetres in the patient: three columns say how far one step along each axis of the
# array goes, and where to; the fourth says where the first voxel lies. There are two customs for the signs:
#
# - **LPS+**, of DICOM: x grows to the Left, y to the Posterior, z to the Superior (PS3.3 C.7.6.2.1.1).
# - **RAS+**, of NIfTI: x grows to the Right, y to the Anterior, z to the Superior (NIfTI-1 header, method 3).
#
# They differ in the sign of x and y, and the order of the array's axes differs too: `[slice, row, column]` here, `[column, row, slice]` in
# NIfTI. Both changes are matrices.


# %%
def as_nifti(volume):
    """The same scan for nibabel: axes in reverse order, RAS+ mm."""
    reverse = np.eye(4)[[2, 1, 0, 3]]  # (column, row, slice) to (slice, row, column)
    return nib.Nifti1Image(volume.array.T, ctkit.geometry.LPS_RAS @ volume.affine @ reverse)


# %%
nifti = as_nifti(marked)
index = np.rint(marked.to_index(where)).astype(int)
in_ras = nib.affines.apply_affine(nifti.affine, index[::-1])
print("ctkit, indices grow to  ", ctkit.geometry.orientation_letters(marked.affine))
print("nibabel, indices grow to", "".join(nib.aff2axcodes(nifti.affine)))
print("the bead in LPS+ mm:", marked.to_world(index).round(1) + 0.0)
print("the bead in RAS+ mm:", in_ras.round(1) + 0.0)

# %% [markdown]
# Here are both, on one slice. The picture and its letters stay; only the numbers on the axes change. Arrows point to where they grow.


# %%
def edges_mm(volume, plane, level):
    """(lowest, highest) x, y, z in LPS+ mm of one plane, from outer edge to outer edge."""
    low, high = np.full(3, -0.5), np.array(volume.shape) - 0.5
    low[volume.layout(plane).axis] = high[volume.layout(plane).axis] = level
    return np.sort([volume.to_world(low), volume.to_world(high)], axis=0).T


# %%
def draw_axes(axes, sign, name):
    """An axial slice on the patient's millimetres, x and y multiplied by `sign`."""
    x, y, _ = sign * edges_mm(marked, "axial", level)
    image = ctkit.figures.draw_plane(axes, marked, "axial", level, "soft tissue")
    image.set_extent((*x, *y[::-1]))
    axes.set(xlim=x, ylim=y[::-1], xlabel=f"x in mm, {name}", ylabel=f"y in mm, {name}")
    for step, word in (((50, 0), "+x"), ((0, 50), "+y")):
        end = sign * middle[:2] + step
        arrow = {"arrowstyle": "<-", "color": ctkit.figures.COLORS[0], "lw": 2}
        blue = {"color": ctkit.figures.COLORS[0], "ha": "center", "va": "center"}
        axes.annotate(word, sign * middle[:2], end, arrowprops=arrow, **blue)


# %%
film = ctkit.figures.Film(
    4.3, "One axial slice with its axes in LPS+ and in RAS+ mm, letters on all sides"
)
told = []
for column, (name, sign) in enumerate({"LPS+": 1, "RAS+": -1}.items(), start=1):
    draw_axes(film.panel(1, 2, column, title=name), sign, name)
    x, y = sign * marked.to_world(index)[:2]
    told.append(f"x = {x:.0f} and y = {y:.0f} mm in {name}")
film.says(f"One bead, two names: {'; '.join(told)}")

# %% [markdown]
# The probe of the viewer avoids signs: it names the side and a distance, such as L 39.7 mm, which is the same in both customs.
#
# **Try this.** This view uses the neurological convention: the letters L and R have changed places. Hold the pointer on the white bead, which is now
# on the left half of the picture, and read the line under it.

# %%
ctkit.explore(marked, slice=level, window="soft tissue", convention="neurological")

# %% [markdown]
# The probe says **4000 HU** and still an L: the patient's left has not moved. A convention is a way to look. It changes neither the array nor the affine.

# %% [markdown]
# ## Can the picture tell that it was flipped?
#
# No. Left and right stand in the affine alone. Two things describe a scan, the voxels and the affine, and each can be mirrored:
#
# - mirror **both**, and nothing has happened: the same voxels in another order (`volume.reorient`);
# - mirror **one of them**, and the scan says that the patient's left is the right.


# %%
def flipped(volume, flip="nothing"):
    """The volume, mirrored between left and right in its voxels, its affine, or both."""
    axis = volume.layout("sagittal").axis
    mirror = np.eye(4)
    mirror[axis, axis], mirror[axis, 3] = -1, volume.shape[axis] - 1
    array = np.flip(volume.array, axis) if flip in ("voxels", "both") else volume.array
    affine = volume.affine @ mirror if flip in ("affine", "both") else volume.affine
    found = np.argwhere(array == 4000).mean(axis=0)
    x = ctkit.geometry.apply_affine(affine, found)[0]
    note = f"The bead is at {'L' if x > 0 else 'R'} {abs(x):.1f} mm."
    return ctkit.Volume(array, affine, (*volume.report, note))


# %%
ways = ["nothing", "voxels", "affine", "both"]
results = {way: flipped(marked, way) for way in ways}
for way, result in results.items():
    print(f"{way:8}", result.report[-1], f"First voxel at x = {result.origin[0]:.1f} mm")

# %%
film = ctkit.show_row(
    {f"flipped: {w}": results[w] for w in ways}, point=where, window="soft tissue"
)
beads = {w: v.to_world(np.argwhere(v.array == 4000).mean(axis=0)) for w, v in results.items()}
wrong = np.linalg.norm(beads["voxels"] - beads["nothing"])
film.says(f"One flip alone carries the bead {wrong:.1f} mm away, and leaves a sound picture")

# %% [markdown]
# In all four pictures the letters are in place, since ctkit draws from the affine. In the second and the third they are false: no letter can be
# better than the affine that it is made from. That is why a flip is never repaired by eye.
#
# **Try this.** Choose what to flip. The line over the pictures says where the bead is now.

# %%
ctkit.tune(marked, flipped, flip=ways, slice=level, window="soft tissue", names=("true", "flipped"))

# %% [markdown]
# With *voxels* the right picture mirrors, and the line says **R 40.0 mm** on the head of the course. With *affine* the same. With *both* it reads L 40.0 mm
# again: array and affine lie together, and tell the truth.
#
# How sure can we be of the head of this course? As sure as its affine. The original file kept no record of left and right, so
# its sign is an **assumption**, and the header says so. Up, down, front and back can be seen in the picture; left and right can't.

# %%
print(nib.load(ctkit.samples.head()).header["descrip"].item().decode())

# %% [markdown]
# ## What goes wrong
#
# ### 1. Millimetres of one custom, read in the other
#
# > A point comes from a viewer in RAS+ and is looked up in DICOM's LPS+, or the other way round. Nothing fails: the numbers are plausible. PS3.3 C.7.6.2.1.1 (LPS+), NIfTI-1 (RAS+).

# %%
wrong = marked.to_index(in_ras)
right = marked.to_index(ctkit.geometry.apply_affine(ctkit.geometry.LPS_RAS, in_ras))
apart = np.linalg.norm(in_ras - marked.to_world(index))
print("read as LPS+:", np.rint(wrong).astype(int), " turned first:", np.rint(right).astype(int))
print(f"the point is off by {apart:.1f} mm")

# %% [markdown]
# ### 2. `rot90` until it looks right
#
# > A well-known recipe takes `data[:, :, 60]` from a NIfTI and turns it with `rot90`. Below are two files of **the same patient**. The second one stores its columns
# > the other way round, and its affine says so (NIfTI-1, sform). The recipe shows two mirrored patients.

# %%
mirror = str.maketrans("LR", "RL")
other = marked.reorient(ctkit.geometry.orientation_letters(marked.affine).translate(mirror))
files = {"file 1": marked, "file 2": other}
pictures = {
    f"rot90, {name}": np.rot90(np.asanyarray(as_nifti(file).dataobj)[:, :, level])
    for name, file in files.items()
}
pictures |= {f"affine, {name}": file.plane("axial", level) for name, file in files.items()}

# %%
at = {name: np.argwhere(p == 4000)[:, 1].mean() * layout.spacing[1] for name, p in pictures.items()}
by_rot90 = abs(at["rot90, file 1"] - at["rot90, file 2"])
by_affine = abs(at["affine, file 1"] - at["affine, file 2"])
print(f"rot90:  the bead jumps by {by_rot90:.1f} mm")
print(f"affine: the bead jumps by {by_affine:.1f} mm")

# %%
film = ctkit.figures.Film(2.4, "Two files of one patient, cut by rot90 and by the affine")
for place, (name, picture) in enumerate(pictures.items(), start=1):
    axes = film.panel(1, 4, place, title=name)
    axes.imshow(picture, cmap="gray", vmin=-160, vmax=240)
    axes.set_axis_off()
film.says(
    f"Two files of one patient: the bead {by_rot90:.1f} mm apart by rot90, {by_affine:.1f} mm by "
    "the affine"
)

# %% [markdown]
# ### 3. A voxel drawn as a square
#
# > `imshow` draws each voxel as a square. In a coronal or sagittal picture a voxel is as high as the slices are apart, and as wide as a column (PS3.3 10.7.1.3, C.7.6.2).

# %%
upright = marked.layout("coronal").spacing
film = ctkit.figures.Film(3.2, "A coronal plane with square voxels, and in millimetres")
axes = film.panel(1, 2, 1, title="wrong: one voxel, one square")
axes.imshow(marked.plane("coronal"), cmap="gray", vmin=-160, vmax=240)
axes.set_axis_off()
axes = film.panel(1, 2, 2, title="right: in mm")
ctkit.figures.draw_plane(axes, marked, "coronal", window="soft tissue", small=True)
film.says(
    f"Drawn with square voxels, the body is {100 * upright[1] / upright[0]:.0f} % as high as it is"
)

# %%
print(f"a voxel is {upright[0]:.2f} mm high and {upright[1]:.2f} mm wide")
print(f"the height is wrong by {100 * (upright[1] / upright[0] - 1):+.1f} %")

# %% [markdown]
# ### 4. The spacing alone
#
# > Spacing and first position are read, and the directions are left out (`ImageOrientationPatient`, PS3.3 C.7.6.2.1.1; the columns of a NIfTI's sform). The grid then
# > runs wherever the code's author was used to. It is right for untilted axial slices of DICOM, and wrong for the rest: for the head of this course, whose rows grow to the front.

# %%
alone = ctkit.Volume.from_spacing(marked.array, marked.spacing, marked.origin)
print("directions left out, the bead is at", alone.to_world(index).round(1) + 0.0, "mm")
print("with the affine, it is at          ", marked.to_world(index).round(1) + 0.0, "mm")
apart = np.linalg.norm(alone.to_world(index) - marked.to_world(index))
print(f"the bead is off by {apart:.1f} mm")

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | Letters | R L, A P, S I: sides of the *patient*, on every picture |
# | Conventions | `convention="radiological"`: patient's left on the right of the picture; `"neurological"`: on the left |
# | Signs | DICOM and ctkit LPS+, NIfTI RAS+; `ctkit.geometry.LPS_RAS` turns one into the other |
# | Which way do indices run? | `ctkit.geometry.orientation_letters(volume.affine)` |
# | Index to millimetres, and back | `volume.to_world(index)`, `volume.to_index(point)` |
# | Same order for all scans | `volume.canonical()` swaps and flips array **and** affine, never resamples |
#
# ## On your own
#
# 1. Put the bead 30 mm to the patient's *right* and 25 mm to the back. Where must the crosshair of `ctkit.planes` stand? (On the head of the course: R 30, P 25 mm; its
#    x is negative in LPS+ and positive in RAS+.)
# 2. Bring `marked` into the order `"PIR"` with `reorient`. Show its planes. What changed? (Shape and affine did; pictures and letters must not.)
# 3. Let nibabel do it: `nib.as_closest_canonical(as_nifti(volume))`. Read its letters and its first voxel. (R A S; on the head of the course at (-122.0, -122.0, -80.2) mm in RAS+.)
# 4. Write a test for your own loader that fails when one of array and affine is flipped alone. (One asymmetric voxel and its millimetres are enough.)
#
# ## In practice
#
# - Keep array and affine in one object, and change them by one call. Loose arrays are where sides get lost.
# - Before training, bring all scans into one order (`canonical()`), and write into your notes which.
# - Flipping left and right as augmentation is fine where the label has no side, and wrong where it has one. Page 11 measures it.
# - Where a scan's origin is unknown, look for what has a side: the liver is on the right, the heart on the left, and a marker taped to the skin is best.
#
# ## Further reading
#
# - DICOM PS3.3, [Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html): position and orientation of a slice
# - [nifti1.h](https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h): the NIfTI-1 header, with qform and sform in its comments
# - nibabel, [Coordinate systems and affines](https://nipy.org/nibabel/coordinate_systems.html)
# - nibabel, [Radiological vs neurological conventions](https://nipy.org/nibabel/neuro_radio_conventions.html)
#
# **Next:** [04 · Turn stored values into Hounsfield units](04_turn_values_into_hu.ipynb)
