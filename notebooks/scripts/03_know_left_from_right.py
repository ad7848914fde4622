# %% [markdown]
# # 03 · Know left from right
#
# | | |
# |---|---|
# | **You will** | put a mark into a scan, follow it through planes, conventions and files, and catch a flip that no eye can see |
# | **You learn** | what an affine is, what LPS and RAS mean, and which two things have to change together |
# | **You need** | page 02 |
# | **Time** | 40 minutes |

# %%
import nibabel as nib
import numpy as np

import ctkit

# %% [markdown]
# The page works on the head of the course. To use a scan of your own, write its path into the next cell. Where `load` refuses it, the sentence names the argument that would accept it: write that
# into `accept`, as in `{"uneven": "resample"}`. Where a path is mistyped, the page goes on with the head.

# %% tags=["parameters"]
scan, accept = ctkit.samples.head(), {}  # or your scan, and what load() may repair in it

# %% [markdown]
# A head is nearly its own mirror image. If a program swaps left and right, the picture still looks good, and the surgeon may open the wrong side. To see a swap, we put a mark into the scan: a **bead**,
# 14 mm across, with 4000 HU, brighter than any bone. It lies 40 mm to the patient's *left* of the middle, 20 mm to the front and 15 mm up (less in a small scan). Whatever we do on this page, it has to stay there.

# %%
try:
    volume = ctkit.load(scan, **accept)
except ctkit.CTError as error:
    print(error, "Here is the head of the course instead.", sep="\n")
    volume = ctkit.load(ctkit.samples.head())

# %%
ends = volume.to_world([(0, 0, 0), np.array(volume.shape) - 1])
middle, size = ends.mean(axis=0), np.ptp(ends, axis=0)
left, front, up = np.minimum((40, 20, 15), size / 4)
where = middle + np.array((left, -front, up))  # mm; x grows to the left, y to the back, z up
ball = ctkit.phantom.Part("bead", 1, tuple(where), (7, 7, 7))  # the 1 is its HU, not used here
bead = ctkit.phantom.Phantom((ball,)).mask(volume, "bead")
marked = volume.with_array(np.where(bead.array, np.int16(4000), volume.array))
marked

# %% [markdown]
# ## Which side of the picture is the patient's left?
#
# Six letters name the sides of the patient: R and L, A and P, and S and I for **superior** (towards the head) and **inferior** (towards the feet). DICOM uses the same letters in
# `PatientOrientation`, with H and F for head and feet (PS3.3 C.7.6.1.1.1).
#
# | plane | cuts | you look from |
# |---|---|---|
# | axial | across the body | the feet |
# | coronal | between front and back | the front |
# | sagittal | between left and right | the patient's left |
#
# **Predict.** The bead is on the patient's left. In which half of an axial picture will you find it?

# %%
ctkit.predict("03.a", ("in the left half", "in the right half"))

# %%
layout = marked.layout("axial")
level = round(marked.to_index(where)[layout.axis])


def bead_from_middle(picture):
    """How many mm right of the picture's middle the bead lies."""
    columns = np.argwhere(picture == 4000)[:, 1]  # 4000 HU is the bead
    return (columns.mean() - (picture.shape[1] - 1) / 2) * layout.spacing[1]


# %%
film = ctkit.show_planes(marked, where, window="soft tissue")
right = bead_from_middle(marked.plane("axial", level))
film.says(f"The bead on the patient's left lies {right:.1f} mm right of the picture's middle")

# %%
ctkit.predict("03.a", measured=f"in the {'right' if right > 0 else 'left'} half")

# %% [markdown]
# In the right half. You look from the feet at a patient who lies on the back: their left is on your right. This is the **radiological convention**. The **neurological convention** does the opposite, as
# if you were the patient. Both are in use, and the pixels don't tell which one you see.

# %%
ways = ("radiological", "neurological")
pictures = {way: marked.plane("axial", level, way) for way in ways}
film = ctkit.figures.show_pictures(pictures, spacing=layout.spacing)
first, second = (bead_from_middle(picture) for picture in pictures.values())
film.says(f"The other convention moves the bead {first - second:.1f} mm across the picture")

# %% [markdown]
# Only the letters on a picture tell the sides. Without them nobody knows.
#
# **Try this.** Click on the bead in the axial picture: all three planes go through it. Then click into the **sagittal** picture, and press **Home** for its first slice. Read the side, and how far it is from x = 0, which is the middle of the course's head.

# %%
ctkit.planes(marked, slice=level, window="soft tissue")

# %% [markdown]
# On the bead, the sagittal label reads L and about 40 mm. After Home, on the head of the course, it reads **R 122.02 mm**: the first sagittal slice is the outermost one on the patient's right. End
# reads L 122.02 mm.
#
# **Try this.** The next view uses the neurological convention: L and R have changed places. Point at the bead, which is now in the left half, and read the line under the picture.

# %%
ctkit.explore(marked, slice=level, window="soft tissue", convention="neurological")

# %% [markdown] tags=["teacher"]
# **Ask the room.** All stand up, please, and raise the hand that is on the left in the axial picture. Whose hand is it?
#
# *What to expect:* The patient's left is on the right of the picture: one looks from the feet. Do it again for the neurological convention.

# %% [markdown]
# You read **4000 HU**, and still an L. A convention is a way to look. It changes neither the numbers nor where they lie.

# %% [markdown]
# ## How does an index become a place in the patient?
#
# An array knows indices. A patient has millimetres. Between the two stands the **affine**, a matrix of 4 x 4 numbers. Its first three columns say where one step along each axis of the array
# leads. The fourth says where the first voxel lies.
#
# **Predict.** Which of the three axes of this array will change x, which runs from the patient's right to the left?

# %%
print(marked.affine.round(3) + 0.0)

# %% [markdown]
# The third axis, the columns. The first row is about x, and of its three steps only the third is not 0. (Its fourth number is the start.) The last row, 0 0 0 1, lets one product do both steps and start: an index gets a 1 as its fourth number.
#
# Now use the matrix by hand. A voxel's place is the first voxel's place, plus its index times the steps:

# %%
index = np.rint(marked.to_index(where)).astype(int)
steps, first = marked.affine[:3, :3], marked.affine[:3, 3]
by_hand = first + steps @ index
print("voxel", index, "by hand:", by_hand.round(2), " ctkit:", marked.to_world(index).round(2))

# %% [markdown]
# There are two customs for the signs of x and y:
#
# - **LPS+**, in DICOM: x grows (+) to the Left, y to the Posterior, z to the Superior (PS3.3 C.7.6.2.1.1).
# - **RAS+**, in NIfTI: x grows (+) to the Right, y to the Anterior, z to the Superior (nifti1.h).
#
# The order of the axes differs too: `[slice, row, column]` here, `[column, row, slice]` in NIfTI. To go from one to the other, change both. Each change is one matrix. `signs` acts on the millimetres, which come out of the affine, so it stands on the left.
# `reverse` acts on the index, which goes in, so it stands on the right.


# %%
def as_nifti(volume):
    """The same scan for nibabel: axes in reverse order, RAS+ mm."""
    signs = np.diag([-1, -1, 1, 1])  # LPS to RAS: x and y change their signs
    reverse = np.eye(4)[[2, 1, 0, 3]]  # (column, row, slice) to (slice, row, column)
    return nib.Nifti1Image(volume.array.T, signs @ volume.affine @ reverse)  # .T reverses the axes


# %%
nifti = as_nifti(marked)
in_ras = nib.affines.apply_affine(nifti.affine, index[::-1])
print("the bead in LPS+ mm:", marked.to_world(index).round(1) + 0.0)
print("the bead in RAS+ mm:", in_ras.round(1) + 0.0)
print("the indices of ctkit grow to ", ctkit.geometry.orientation_letters(marked.affine))
print("the indices of nibabel grow to", "".join(nib.aff2axcodes(nifti.affine)))

# %% [markdown]
# The letters mean two things. RAS+ names the directions of the *millimetres*. `LAS`, in the last line, says where the *indices* of this array grow: columns to the left, rows to the front, slices up. The two need not agree.
#
# `ctkit.load` and `ctkit.save` do both changes for NIfTI files. You need them yourself when a point or a matrix comes from another program.
#
# ### Mistake: the millimetres of one custom, read in the other
#
# A colleague sends you the bead's place from a viewer that uses RAS+. You look it up in a scan that uses LPS+. Nothing fails, since the numbers look like any others.

# %%
wrong = marked.to_index(in_ras)
right = marked.to_index(in_ras * (-1, -1, 1))
print("as they came:", np.rint(wrong).astype(int), " signs changed:", np.rint(right).astype(int))
apart = np.linalg.norm(in_ras - marked.to_world(index))
print(f"the point is off by {apart:.1f} mm")

# %%
x, y, _ = marked.to_world(index)  # and a frame around the scan, for the figure
ends = marked.to_world((0, 0, 0)), marked.to_world(np.array(marked.shape) - 1)
(left, front, _), (right, back, _) = np.minimum(*ends), np.maximum(*ends)
outline = ((left, right, right, left, left), (front, front, back, back, front))

# %%
film = ctkit.figures.show_curves(
    {"scan": outline, "bead": ((x,), (y,)), "its RAS+ numbers": ((-x,), (-y,))},
    points=("bead", "its RAS+ numbers"),
    x="x in mm of LPS+",
    y="y in mm of LPS+",
    ylim=(back + 10, front - 10),  # the front on top, as in a picture
    equal=True,
)
film.says(f"x = {x:.0f}, y = {y:.0f} mm in LPS+ is x = {-x:.0f}, y = {-y:.0f} mm in RAS+")

# %% [markdown]
# The viewers of this course avoid signs. They say L 39.7 mm, which is the same in both customs. (The voxels are 0.957 mm wide: 39.7 mm is the middle of the one nearest to 40 mm.)
#
# **Try this.** The fourth column of the affine says where the first voxel lies. On the course's head its x and y are about -122 and 122 mm. In which corner of the picture is that? Point into the corners, and read the line under the picture.

# %%
ctkit.explore(marked, slice=level, window="soft tissue")

# %% [markdown]
# x = -122 is R 122 mm, and y = 122 is P 122 mm: the lower left corner, where the line says row 0 and column 0. This array begins at the back, and so the picture shows its last row on top.
#
# ### Mistake: the spacing alone
#
# Some loaders read the spacing and the first position, and leave out the directions (`ImageOrientationPatient`, or the columns of a NIfTI's matrix). The grid then runs the way
# the author was used to. That can be right for axial DICOM slices of a patient who lies on the back. It is wrong for the head of this course, whose row index grows to the front.

# %%
alone = ctkit.Volume.from_spacing(marked.array, marked.spacing, marked.origin)
print("directions left out:", alone.to_world(index).round(1) + 0.0, "mm")
print("with the affine:    ", marked.to_world(index).round(1) + 0.0, "mm")
apart = np.linalg.norm(alone.to_world(index) - marked.to_world(index))
print(f"the bead is off by {apart:.1f} mm")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which numbers of the affine change when the same head is scanned 30 mm lower?
#
# *What to expect:* Only the last column. The steps stay the same.

# %% [markdown]
# ## Can you see that a picture was flipped?
#
# The voxels alone don't know left from right, and the affine alone holds no patient. Only both together tell. A program may mirror the voxels, which reverses the order of an axis. Or it may mirror the affine: it starts at the other end, and steps back.
#
# **Predict.** A program mirrors both. Is the bead still on the patient's left?


# %%
def flipped(volume, flip="nothing"):
    """The volume, mirrored between left and right in its voxels, its affine, or both."""
    axis = volume.layout("sagittal").axis  # the one that runs between left and right
    mirror = np.eye(4)  # will turn index i into n - 1 - i
    mirror[axis, axis], mirror[axis, 3] = -1, volume.shape[axis] - 1
    array = np.flip(volume.array, axis) if flip in ("voxels", "both") else volume.array
    affine = volume.affine @ mirror if flip in ("affine", "both") else volume.affine
    x = (affine @ (*np.argwhere(array == 4000).mean(axis=0), 1))[0]
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
film.says(f"One flip alone carries the bead {wrong:.1f} mm away, and leaves a good picture")

# %% [markdown]
# With both mirrored, the bead is still on the left: the voxels are in another order, and the affine knows it. If only one is mirrored, the scan says that the patient's left is the right.
#
# No picture of the four looks wrong. In the second and third the letters are false, because they come from the affine, and they can't be better than it.
#
# **Try this.** Choose what to flip. The line over the pictures says where the bead is now.

# %%
ctkit.tune(marked, flipped, flip=ways, slice=level, window="soft tissue", names=("true", "flipped"))

# %% [markdown]
# On the head of the course, *voxels* gives **R 40.0 mm**, and so does *affine*. With *both* it is L 40.0 mm again.
#
# ### Mistake: `rot90` until it looks right
#
# A well-known recipe takes `data[:, :, 60]` out of a NIfTI, and turns it with `rot90`. Here are two files of **the same patient**. The second stores its columns in the opposite order, and its affine
# says so. We take slice `level`, the one with the bead.

# %%
letters = ctkit.geometry.orientation_letters(marked.affine)  # of the head: SAL
opposite = "".join({"L": "R", "R": "L"}.get(letter, letter) for letter in letters)
other = marked.reorient(opposite)  # array and affine together
files = {"file 1": marked, "file 2": other}
pictures = {
    f"rot90, {name}": np.rot90(np.asanyarray(as_nifti(file).dataobj)[:, :, level])
    for name, file in files.items()
}
pictures |= {f"affine, {name}": file.plane("axial", level) for name, file in files.items()}

# %%
film = ctkit.figures.show_pictures(pictures, spacing=layout.spacing)
at = {name: bead_from_middle(picture) for name, picture in pictures.items()}
by_rot90 = abs(at["rot90, file 1"] - at["rot90, file 2"])
by_affine = abs(at["affine, file 1"] - at["affine, file 2"])
film.says(
    f"The bead of the two files: {by_rot90:.1f} mm apart by rot90, {by_affine:.1f} mm by affine"
)

# %% [markdown]
# How sure can we be of the head of this course? Its original file kept no record of left and right, so the side is an **assumption**, and the file says so. You can see up, down, front and back in a
# head. You can't see left and right.

# %%
print(nib.load(ctkit.samples.head()).header["descrip"].item().decode())

# %% [markdown] tags=["teacher"]
# **Ask the room.** A network was trained on heads that were flipped at random. Which task will it never learn?
#
# *What to expect:* Everything that depends on the side: left from right, the side of a stroke, left kidney from right kidney.

# %% [markdown]
# ## In short
#
# | thing | ctkit call / rule |
# |---|---|
# | Letters | R L, A P, S I: sides of the *patient*, on every picture |
# | Conventions | `convention="radiological"`: the patient's left is on the right of the picture; `"neurological"`: on the left |
# | Index to millimetres, and back | `volume.to_world(index)`, `volume.to_index(point)`, by `volume.affine` |
# | Signs | DICOM and ctkit use LPS+, NIfTI uses RAS+; x and y change their signs |
# | Which way do the indices run? | `ctkit.geometry.orientation_letters(volume.affine)` |
# | One order for all scans | `volume.canonical()` swaps and flips array **and** affine, and never resamples |

# %% [markdown]
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("03.1")` gives one more hint each time, and `ctkit.solution("03.1")` shows one solution.

# %% exercise="03.1"

# %% exercise="03.2"

# %% exercise="03.3"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("03")

# %%
ctkit.progress("03")

# %% [markdown]
# And two on the bead:
#
# - Bring `marked` into the order `"PIR"` with `reorient`. What changed in its planes? (Nothing. Shape and affine change; the pictures and the letters on them don't.)
# - Let nibabel do it: `nib.as_closest_canonical(as_nifti(volume))`. Read its letters. (R A S.)

# %% [markdown]
# ## In practice
#
# - Keep array and affine in one object, and change them in one call.
# - Before training, bring all scans into one order (`canonical()`), and write down which.
# - Mirror scans for training only where nothing that the network has to name has a side, such as "left kidney". Page 11 measures the harm.
# - If you don't know the sides of a scan, look for an organ that has one: the liver is on the right, the heart on the left. A marker on the skin is best.
#
# ## Further reading
#
# - DICOM PS3.3, [Image Plane Module](https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html): position and orientation of a slice
# - [nifti1.h](https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h): the NIfTI-1 header, with qform and sform in its comments
# - nibabel, [Coordinate systems and affines](https://nipy.org/nibabel/coordinate_systems.html)
# - nibabel, [Radiological vs neurological conventions](https://nipy.org/nibabel/neuro_radio_conventions.html)
#
# **Next:** [04 · Turn stored values into Hounsfield units](04_turn_values_into_hu.ipynb)
