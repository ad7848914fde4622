# %% [markdown]
# # 02 · Build a volume from a series
#
# | | |
# |---|---|
# | **You will** | put a folder of DICOM slices together, damage it in every usual way, and see what each does to the volume |
# | **You learn** | how slices are ordered, what lies between them, and when a scan must be refused |
# | **You need** | page 01 |
# | **Time** | 30 minutes |

# %%
from pathlib import Path
from random import Random
from shutil import copy
from tempfile import TemporaryDirectory

import nibabel as nib
import numpy as np
import pydicom

import ctkit

# %% [markdown]
# This page runs on any CT series. The head of page 00, written as DICOM, stands here; put the path of a
# folder of yours in its place when you have seen the page once.

# %% tags=["parameters"]
scan, accept = (
    ctkit.samples.head_dicom(),
    {},
)  # a scan of your own, and what load() may repair in it

# %% [markdown]
# ## Where does each slice lie?
#
# A scanner writes a **series**, the slices of one scan in one reconstruction, as a folder of files.
# `list_series` reads their headers and says what is there.

# %%
ctkit.list_series(scan)

# %% [markdown]
# Neither the names of the files nor InstanceNumber (0020,0013) say which slice comes first: the
# standard promises nothing about either. What counts is **where a slice is**. Each file says it in
# `ImagePositionPatient`, the (x, y, z) of the centre of its first pixel in millimetres, and in
# `ImageOrientationPatient`, the directions of its rows and of its columns.
#
# The **normal** of the slices is the cross product of these two directions, and the position
# *along the normal* is the one number that orders them (DICOM PS3.3 C.7.6.2.1.1):
#
# $$d = (\mathbf{row} \times \mathbf{column}) \cdot \mathbf{position}$$

# %%
headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in Path(scan).rglob("*.dcm")]
orientation = np.array(headers[0].ImageOrientationPatient, float)
normal = np.cross(orientation[:3], orientation[3:])
along = np.array([header.ImagePositionPatient for header in headers], float) @ normal
order = np.argsort(along)
headers, along = [headers[k] for k in order], along[order]
print(f"normal ({', '.join(f'{x + 0.0:.3f}' for x in normal)})")

# %% [markdown]
# Four lines of NumPy, and the slices are in order. What lies between them is the next question, and it
# needs a second number: **slice thickness**, SliceThickness (0018,0050), how thick a layer of the body
# each slice was measured from. Below, each bar is one slice, as thick as its layer; under the bars
# stands the step to the next slice.

# %%
steps = np.diff(along)
film = ctkit.show_positions(scan)
film.says(
    f"{along.size} slices cover {along[-1] - along[0]:.1f} mm from the middle of the first to the "
    f"middle of the last, in steps from {steps.min():.2f} to {steps.max():.2f} mm"
)

# %% [markdown]
# Bar touches bar, and every step is the same: an even series without gaps. `load` does all of
# this for any folder, file or zip. It sorts by position, checks that the slices
# belong together, converts each slice to HU, and keeps where the voxels are.

# %%
volume = ctkit.load(scan, **accept)
volume

# %%
for name, mm in zip(
    ("along the normal", "between rows", "between columns"), volume.spacing, strict=True
):
    print(f"{mm:.4f} mm {name}")
ends = volume.to_world([(0, 0, 0), np.array(volume.shape) - 1])
for name, point in zip(("first", "last"), ends, strict=True):
    print(f"{name} voxel at ({', '.join(f'{mm + 0.0:.2f}' for mm in point)}) mm")

# %% [markdown]
# **Try this.** Choose the **sagittal** plane, then go back to **axial** and press **End**
# (click on the picture first). Read the height of the last slice.

# %%
ctkit.explore(volume, window="soft tissue")

# %% [markdown]
# On the course's head the last slice lies at **S 80.25 mm**; press **Home**, and the first one is at I 80.25 mm. From one to
# the other it is 160.5 mm: 107 steps of 1.5 mm, and not 108. Positions are the *centres* of slices.

# %% [markdown]
# ## What lies between the slices?
#
# Scans are rarely this tidy. Files get lost on a network; an archive holds a slice twice; a
# scanner is told to reconstruct every 3 mm a layer of 5 mm. Three words for it:
#
# - a **gap**: a part of the body between two layers that no slice was measured from;
# - an **overlap**: a part that two slices were measured from;
# - a **duplicate**: two slices at the same position. Their pixels are the same, or they are of two phases
#   of an examination, and then they are no one volume.
#
# Let us damage a copy of the series: six slices lost in the middle, and one written twice.

# %%
room = TemporaryDirectory()  # goes away with this page's Python


def write(name, files):
    target = Path(room.name, name)
    target.mkdir()
    for number, file in enumerate(files):
        copy(file, target / f"{number:03d}.dcm")
    return target


# %%
files = [header.filename for header in headers]
middle = len(files) // 2

# %%
lost = write("lost", files[: middle - 6] + files[middle:])
doubled = write("doubled", [*files, files[middle]])
near = along[middle] + 12 * np.median(steps) * np.array([-1, 1])
film = ctkit.show_positions({"six slices lost": lost, "one slice twice": doubled}, limits=near)
layer = float(headers[middle].SliceThickness)
below = float(headers[middle - 7].SliceThickness)
gap = along[middle] - along[middle - 7] - (layer + below) / 2
film.says(
    f"The lost slices leave a gap of {gap:.1f} mm; the doubled one overlaps by {layer:.1f} mm"
)

# %% [markdown]
# The step shows both: one step is seven times as long, one is 0. A loop that sorts and stacks would give a volume
# without a word, and every slice above the gap would lie 9 mm too low. `load` refuses, and the
# message says which argument would make it accept:


# %%
def answer(path, **repairs):
    try:
        return ctkit.load(path, **{**accept, **repairs})
    except ctkit.CTError as error:
        return f"{type(error).__name__}: {error}"


for result in (answer(lost), answer(lost, missing="interpolate")):
    print(*getattr(result, "report", [result]), sep="\n")

# %% [markdown]
# With `missing="interpolate"` the gap is filled with a mean of its two neighbours, weighted by distance, and the
# **report** of the volume says so for good. Nothing measured stands in these slices: for a
# picture they serve, for a measurement they do not.
#
# For trying it out, a smaller series: about 27 of the slices, and one impostor, which has the position of
# one slice and the pixels of another.

# %%
few = files[:: max(1, len(files) // 27)]
impostor = pydicom.dcmread(few[3])
impostor.PixelData = pydicom.dcmread(few[4]).PixelData
impostor.save_as(Path(room.name, "impostor.dcm"))
twins = {"no": [], "same pixels": [few[3]], "other pixels": [Path(room.name, "impostor.dcm")]}
tidy = ctkit.load(write("few", few), **accept)


# %%
def damage(volume, drop=0, double="no", shuffle=False, missing="error", duplicates="error"):
    kept = few[:8] + few[8 + drop :] + twins[double]
    if shuffle:
        Random(2).shuffle(kept)
    with TemporaryDirectory() as folder:
        for number, file in enumerate(kept):
            copy(file, f"{folder}/{number:03d}.dcm")
        made = ctkit.load(folder, **{**accept, "missing": missing, "duplicates": duplicates})
    return made.with_array(made.array, f"{len(kept)} files gave {len(made.array)} slices")


# %% [markdown]
# **Try this.** Set **drop** to **4**: the message under the pictures names the loss. Set **missing** to
# *interpolate*, and look at the blurred band in the sagittal plane. Back to 0, then **double** with *same pixels* and with
# *other pixels*. Tick **shuffle** last.

# %%
ctkit.tune(
    tidy,
    damage,
    drop=(0, 6),
    double=list(twins),
    shuffle=False,
    missing=["error", "interpolate"],
    duplicates=["error", "first"],
    plane="sagittal",
    names=("tidy", "damaged"),
)

# %% [markdown]
# With 4 dropped it reads `missing slices: 4`. A twin with the same pixels is taken once, and the report says so; one with
# other pixels is refused until *duplicates* says which to take. And **shuffle** changes the names of the files
# and nothing else: order comes from positions.

# %% [markdown]
# ## What does a scan with uneven steps need?
#
# Heads are often scanned in thin layers at the base of the skull, where bone is dense and fine, and in thick
# layers above it. The steps are then **uneven**, on purpose, and no array with one spacing holds these slices as they
# are. Such a series can be made of the present one: thin slices below, and above the middle each four averaged to
# one, which is what a thicker layer measures.


# %%
def thick(group):
    slices = [pydicom.dcmread(file) for file in group]
    pixels = np.array([dataset.pixel_array for dataset in slices])
    places = np.array([dataset.ImagePositionPatient for dataset in slices], float)
    kept = slices[0]
    kept.PixelData = pixels.mean(axis=0).round().astype(pixels.dtype).tobytes()
    kept.ImagePositionPatient = [f"{mm:.4f}" for mm in places.mean(axis=0)]
    kept.SliceThickness = f"{len(slices) * layer:.4f}"
    return kept


# %%
uneven = write("uneven", files[:middle])
for start in range(middle, len(files) - 3, 4):
    thick(files[start : start + 4]).save_as(uneven / f"{start:03d}.dcm")
print(answer(uneven, uneven="error"))

# %%
film = ctkit.show_positions(uneven)
places = [pydicom.dcmread(file).ImagePositionPatient for file in sorted(uneven.iterdir())]
jumps = np.diff(np.sort(np.array(places, float) @ normal))
kinds = ", ".join(f"{step:.2f}" for step in np.unique(jumps.round(2)))
film.says(f"Thin below, thick above: steps of {kinds} mm")

# %% [markdown]
# `uneven="resample"` puts every slice at its true position on a grid of the smallest step, and
# interpolates linearly between them. To stack the slices as if the steps were all the same is shorter, and wrong:

# %%
right = ctkit.load(uneven, **{**accept, "uneven": "resample"})
stored = [ctkit.load(file).array[0] for file in sorted(uneven.iterdir())]
wrong = ctkit.Volume(np.array(stored), right.affine)
heights = [shown.spacing[0] * (len(shown.array) - 1) for shown in (wrong, right)]
film = ctkit.show_row({"whole": volume, "stacked": wrong, "at true positions": right}, "sagittal")
film.says(
    f"Stacked with one step, the scan is {heights[0]:.1f} mm tall and not {heights[1]:.1f} mm: "
    f"{heights[1] - heights[0]:.1f} mm are lost"
)

# %% [markdown]
# **Try this.** Draw the curtain across the picture, between the series with uneven steps and the whole one.

# %%
ctkit.compare(right, volume, plane="sagittal", blend="curtain", names=("uneven", "whole"))

# %% [markdown]
# Below the middle nothing changes, for these slices are the same. Above it the edges that run across the
# slices grow blurred: place is right, detail is gone. That is all that resampling can do. It can't bring back what
# a thick layer has averaged.

# %% [markdown]
# ## One file instead of many
#
# Researchers often keep a whole volume in one **NIfTI** file. It holds an array and an **affine**: a matrix of 4 x 4 numbers
# that turns voxel indices into millimetres. `load` reads both kinds into the same Volume.

# %%
nifti = ctkit.save(volume, Path(room.name, "volume.nii"))
again = ctkit.load(nifti).canonical()
same = np.array_equal(again.array, volume.canonical().array)
apart = np.abs(again.affine - volume.canonical().affine).max()
print(f"same voxels: {same}; same millimetres within {apart:.4f} mm")

# %% [markdown]
# ## Open your own scan
#
# Drop a folder, a zip or a file of yours onto the field, or choose it there. The table says which series it holds;
# **Open** shows the one that is picked. What `load` can't read truthfully it refuses, with the reason.
#
# The browser sends the files to the Python of this page, wherever that runs, and to nobody else. They stand
# in a folder of their own, which goes when Python ends. Neither names nor pictures of the field are saved with the page.

# %%
field = ctkit.drop()
field

# %% [markdown]
# Then `field.volume` is the scan, and `field.path` the folder of its files, for every function of this page. Run the next
# cell again after the drop. Mind that **saving the page saves what other cells show**: clear the outputs
# (*Edit > Clear Outputs of All Cells*) before you pass a page with a patient's scan on.

# %%
if field.series:
    display(field.volume, ctkit.show_positions(field.path, series=field.picked))

# %% [markdown]
# ## What goes wrong

# %% [markdown]
# ### 1. Sorting by name, by number or by `int(z)`
#
# Names sort as text: `1.dcm`, `10.dcm`, `100.dcm`, `2.dcm`. InstanceNumber is there to identify an image and promises no
# order in space (PS3.3 C.7.6.1). Here are the slices of the volume as they would follow each other by name.

# %%
by_name = sorted(range(len(volume.array)), key=lambda k: f"{k + 1}.dcm")
heights = np.array([volume.to_world((k, 0, 0)) @ normal for k in range(len(volume.array))])
off = np.abs(heights[by_name] - heights).max()
shuffled = volume.with_array(volume.array[by_name])
film = ctkit.show_row({"by file name": shuffled, "by position": volume}, "sagittal")
film.says(f"Sorted by name, a slice lands up to {off:.1f} mm from where it belongs")

# %% [markdown]
# `int(ImagePositionPatient[2])` is a key that many tutorials take. It cuts the fraction off, so that slices less than
# 1 mm apart tie, and stay in the order in which they were found:

# %%
places = 0.6 * np.arange(120) - 36
found = Random(5).sample(list(places), len(places))
by_int = np.array(sorted(found, key=int))
print(f"by int(z): {(by_int != places).sum()} of {places.size} slices out of place, steps from")
print(f"{np.diff(by_int).min():.1f} to {np.diff(by_int).max():.1f} mm in place of 0.6 mm")

# %% [markdown]
# ### 2. Spacing from the z of two files
#
# `abs(z1 - z0)` is the spacing of axial slices and of no others. Sagittal slices differ in x. A tilted **gantry** (the ring
# that holds tube and detectors) gives slices that are not perpendicular to the table's travel, and successive slices slide
# along each other (PS3.3 C.7.6.2.1.1 gives both: position and orientation).

# %%
sagittal = volume.reorient("LPS")
tilted = ctkit.phantom.make_grid((20, 64, 64), (5, 4, 4), tilt_deg=20)
for name, series in (("sagittal", sagittal), ("tilted by 20 deg", tilted)):
    first, second = series.to_world([(0, 0, 0), (1, 0, 0)])
    across = np.cross(series.affine[:3, 2], series.affine[:3, 1])
    true = abs((second - first) @ across) / np.linalg.norm(across)
    slide = np.sqrt(max(np.sum((second - first) ** 2) - true**2, 0))
    print(f"{name}: by z {abs(second[2] - first[2]):.2f} mm, along the normal {true:.2f} mm,")
    print(f"    and each slice slides by {slide:.2f} mm")

# %% [markdown]
# A spacing of 0 at least fails somewhere. The tilted scan gives 5.00 mm for 4.70 mm, 6 % too much, and nothing looks
# wrong. `load` keeps the slide as a **shear** in the affine, and its report says so.

# %% [markdown]
# ### 3. SliceThickness taken for the spacing
#
# Thickness is a property of one slice, *nominal* at that (PS3.3 C.7.6.2, attribute SliceThickness). What lies between two slices is
# said by their positions. Take every third slice of the series: the thickness stays what it was.

# %%
third = ctkit.load(write("third", files[::3]), **accept)
count = len(files[::3]) - 1
true = along[::3][-1] - along[0]
print(f"by SliceThickness: {count} steps of {layer:.2f} mm are {count * layer:.1f} mm")
print(f"by position: {true:.1f} mm; {abs(true - count * layer):.1f} mm are lost")
print(f"load() says {third.spacing[0]:.2f} mm a step")

# %% [markdown]
# ### 4. Every folder taken for one scan
#
# A folder may hold two reconstructions of the same scan, and a **localizer** (a flat overview picture for planning, which
# may bear the very SOP class of CT slices; ImageType says what it is, PS3.3 C.8.2.1.1.1). One groups by SeriesInstanceUID.

# %%
mixed = write("mixed", files)
other = pydicom.uid.generate_uid(entropy_srcs=["another reconstruction"])
for number, file in enumerate([*files[10:15], files[0]]):
    dataset = pydicom.dcmread(file)
    dataset.SeriesInstanceUID, dataset.SeriesNumber = other, 2
    dataset.SeriesDescription = "for bone"
    if number == 5:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    dataset.save_as(mixed / f"more{number}.dcm")

# %%
print(
    f"a loop over the folder stacks {len(list(mixed.iterdir()))} slices; the scan has {len(files)}"
)
ctkit.list_series(mixed)

# %% [markdown]
# `load(mixed, series="head")` takes the one that is meant; without `series` it refuses and shows this table.

# %% [markdown]
# ### 5. A NIfTI read the easy way
#
# nibabel's `get_fdata()` turns every value into float64, four times the memory of the int16 that the file holds.
# And a NIfTI may hold **two** affines: the *sform*, any matrix, and the *qform*, a rotation with
# three spacings, which cannot hold a shear (NIfTI-1 header, 2004, methods 2 and 3).

# %%
image = nib.load(nifti)
plain = np.asanyarray(image.dataobj)
print(f"get_fdata(): {image.get_fdata().nbytes / 1e6:.1f} MB, dataobj: {plain.nbytes / 1e6:.1f} MB")
ras = np.diag([-1, -1, 1, 1]) @ tilted.affine
kept = nib.Nifti1Image(np.zeros(tilted.shape, np.int16), ras)
kept.set_qform(ras, strip_shears=True)
last = np.array([*tilted.shape, 2]) - 1
drift = np.linalg.norm((kept.get_sform() - kept.get_qform()) @ last)
print(f"a tilted scan read by its qform: the far corner is {drift:.1f} mm off")

# %% [markdown]
# `load` keeps int16 where that is exact, uses the sform, and reports by how many millimetres the qform disagrees.

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | What is in a folder | `ctkit.list_series(path)` |
# | Where the slices lie | `ctkit.show_positions(path)` |
# | A volume | `ctkit.load(path, series=...)`, from DICOM or NIfTI |
# | Order and spacing | positions along the normal; never names, numbers or thickness |
# | Lost slices, doubles, uneven steps | an error that names the argument which accepts it: `missing`, `duplicates`, `uneven`, `tolerance` |
# | What was repaired | `volume.report` |

# %% [markdown]
# ## On your own
#
# - Drop the **first** five slices of the series, and load it. It is accepted: why? By how many millimetres does `volume.origin`
#   move? (7.5 mm on the course's head.)
# - Move one slice by 0.04 mm, then by 0.2 mm, by changing its `ImagePositionPatient`. Which of the two does `load`
#   accept, and what does it propose for the other? (A slice may lie 0.05 mm or 1 % of a step off the grid.)
# - Write the series in reverse order: `0000.dcm` is the top of the head. Do the voxels of the volume change? (Not one.)
# - Give the uneven series to `load` with `uneven="resample"`, and compare it with `volume` by `ctkit.psnr` on the part that both have.
#   Which part loses, the thin one or the thick one?

# %% [markdown]
# ## In practice
#
# - Look at the table of `list_series` first: number of slices, spacing, and what is no CT.
# - Look at `show_positions` when a series is refused. A gap in the middle is a lost file: get it again.
#   Steps of two sizes are a protocol: resample.
# - Keep the report with the data. A number measured in an interpolated slice is no measurement.

# %% [markdown]
# ## Further reading
#
# - DICOM PS3.3 C.7.6.2, Image Plane Module: https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html
# - X. Li et al., *The first step for neuroimaging data analysis: DICOM to NIfTI conversion*, 2016: https://doi.org/10.1016/j.jneumeth.2016.03.001
# - nibabel, *Coordinate systems and affines*: https://nipy.org/nibabel/coordinate_systems.html
#
# **Next:** [03 · Know left from right](03_know_left_from_right.ipynb)
