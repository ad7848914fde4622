# %% [markdown]
# # 02 · Build a volume from a series
#
# | | |
# |---|---|
# | **You will** | put a folder of DICOM slices together by hand, damage it in every usual way, and open a scan of your own |
# | **You learn** | how slices are ordered, what can lie between them, and when a scan must be refused |
# | **You need** | page 01 |
# | **Time** | 65 minutes |

# %%
import textwrap
from pathlib import Path
from random import Random
from shutil import copy, rmtree
from tempfile import TemporaryDirectory

import nibabel as nib
import numpy as np
import pydicom
from pydicom.misc import is_dicom

import ctkit

# %% [markdown]
# The page works on the head of the course. To use a scan of your own, write its folder into the next cell. Where `load` refuses it, the sentence names the argument that would accept it: write that
# into `accept`, as in `{"uneven": "resample"}`. Where the page can't use a scan at all, it says so and goes on with the head.

# %% tags=["parameters"]
scan, accept = ctkit.samples.head_dicom(), {}  # or your folder, and what load() may repair in it

# %%
problem = ""
try:
    found = ctkit.list_series(scan)
    if len(found) != 1 or found[0].kind != "CT" or found[0].slices < 16:
        problem = "This page needs a folder with one DICOM series of 16 slices or more."
    ctkit.load(scan, **accept)
except ctkit.CTError as error:
    problem = str(error)
if problem:
    print(problem, "Here is the head of the course instead.", sep="\n")
    scan, accept = ctkit.samples.head_dicom(), {}

# %% [markdown]
# ## In which order do the slices lie?
#
# A scanner writes a **series** as a folder of files: the slices of one scan in one reconstruction. `list_series` reads their headers.

# %%
ctkit.list_series(scan)

# %% [markdown]
# **Predict.** The files have names and numbers. Which of them tells the order of the slices: the file name, `InstanceNumber`, or `SliceLocation`?
#
# %% [markdown]
# None of them. The standard promises nothing about names and numbers, and `SliceLocation` is optional. What counts is *where a slice is*. Two elements say it: `ImagePositionPatient`, the (x, y, z) of the first pixel, and `ImageOrientationPatient`, the directions of rows and columns (page 01).
#
# The **normal** of the slices is perpendicular to both directions. The position *along the normal* is one number for each slice, and it orders them (PS3.3 C.7.6.2.1.1):
#
# $$d = (\mathbf{row} \times \mathbf{column}) \cdot \mathbf{position}$$

# %%
inside = [file for file in Path(scan).rglob("*") if file.is_file() and is_dicom(file)]
headers = [pydicom.dcmread(file, stop_before_pixels=True) for file in inside]
orientation = np.array(headers[0].ImageOrientationPatient, float)
normal = np.cross(orientation[:3], orientation[3:])
along = np.array([header.ImagePositionPatient for header in headers], float) @ normal
order = np.argsort(along)
headers, along = [headers[k] for k in order], along[order]
files = [header.filename for header in headers]

# %% [markdown]
# Now read the pixels in this order, convert each slice to HU (page 04 explains how), and stack them. That is a volume, in two lines:

# %%
slices = [pydicom.dcmread(file) for file in files]
by_hand = np.stack([s.pixel_array * s.RescaleSlope + s.RescaleIntercept for s in slices])
step = (along[-1] - along[0]) / (len(along) - 1)
print(f"by hand: {by_hand.shape}, slices {step:.2f} mm apart")

# %% [markdown]
# `load` does the same for a folder, a file or a zip. It also checks that the slices belong together, and remembers where the voxels lie.

# %%
volume = ctkit.load(scan, **accept)
same = volume.shape == by_hand.shape and np.mean(volume.array == by_hand)
print(f"the same HU in {same:.1%} of the voxels")
volume

# %% [markdown]
# On the course's head all voxels are the same. A scan that holds padding (page 01) has fewer, because `load` makes air of it. What `load` changes or notices stands in the **report** of the volume, `volume.report`.
#
# **Try this.** Choose the **sagittal** plane, then go back to **axial**. Click on the picture, and press **End**. Read the position of the last slice.

# %%
ctkit.explore(volume, window="soft tissue")

# %% [markdown]
# On the course's head the last slice lies at **S 80.25 mm**. Press **Home**: the first one is at I 80.25 mm. From one to the other it is 160.5 mm, which is 107 steps of 1.5 mm, not 108. Positions are those of the *centres*.
#
# ### Mistake: sorting by name, or by `int(z)`
#
# Names are sorted as text: `1.dcm`, `10.dcm`, `100.dcm`, `2.dcm`. Another key that many tutorials use is `int(ImagePositionPatient[2])`. It cuts the fraction off. Slices less than 1 mm apart can then get the same key, and stay in the order in which they were found.

# %%
by_name = sorted(range(len(volume.array)), key=lambda k: f"{k + 1}.dcm")
heights = np.array([volume.to_world((k, 0, 0)) @ normal for k in range(len(volume.array))])
off = np.abs(heights[by_name] - heights).max()
shuffled = volume.with_array(volume.array[by_name])
film = ctkit.show_row({"by file name": shuffled, "by position": volume}, "sagittal")
film.says(f"Sorted by name, a slice lands up to {off:.1f} mm from where it belongs")

# %%
places = 0.6 * np.arange(120) - 36
found = Random(5).sample(list(places), len(places))
by_int = np.array(sorted(found, key=int))
print(f"by int(z): {(by_int != places).sum()} of {places.size} slices out of place,")
print(f"steps from {np.diff(by_int).min():.1f} to {np.diff(by_int).max():.1f} mm instead of 0.6 mm")

# %% [markdown]
# ### Mistake: spacing from the z of two files
#
# `abs(z1 - z0)` is the spacing of axial slices and of no others. **Predict.** What does it give for sagittal slices? And for slices of a tilted **gantry**, the ring that holds tube and detectors?
#
# A volume knows the step in mm along each of its axes; they stand in its *affine* (page 03).

# %%
sagittal = volume.reorient("LPS")  # slices to the left, rows to the back, columns up
tilted = ctkit.phantom.make_grid((20, 64, 64), (5, 4, 4), tilt_deg=20)
for name, series in (("sagittal", sagittal), ("tilted by 20 deg", tilted)):
    step, down, right = series.affine[:3, :3].T  # to the next slice, row, column
    across = np.cross(right, down)
    true = abs(step @ across) / np.linalg.norm(across)
    slide = np.sqrt(max(step @ step - true**2, 0))
    print(f"{name}: by z {abs(step[2]):.2f} mm, along the normal {true:.2f} mm,")
    print(f"    and each slice slides by {slide:.2f} mm")

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why can't a program simply trust the file names?
#
# *What to expect:* Names are given by whoever exports the files. Sorted as text, 10 comes before 2. Only position and orientation are about the patient.

# %% [markdown]
# A spacing of 0 fails somewhere, so somebody notices. The tilted scan gives 5.00 mm where 4.70 mm is right, 6 % too much, and nothing looks wrong. `load` measures along the normal. Each slice of the tilted scan lies 1.71 mm further to the front or the back than the slice before. This slide is called a **shear**. `load` keeps it in the affine, and the report says so.

# %% [markdown]
# ## What can lie between the slices?
#
# Each slice was measured from a layer of the body. SliceThickness (0018,0050) says how thick the layer is: the **slice thickness**. In the figure each bar is a slice, as thick as its layer. The curve below it shows the step to the next slice.

# %%
steps = np.diff(along)
film = ctkit.show_positions(scan)
film.says(
    f"{along.size} slices cover {along[-1] - along[0]:.1f} mm from the middle of the first to that "
    f"of the last; steps of {steps.min():.2f} to {steps.max():.2f} mm"
)

# %% [markdown]
# In the course's head bar touches bar, and every step is the same. Scans are rarely so tidy. Files get lost, an archive holds a slice twice, or a scanner is told to make a layer of 5 mm every 3 mm. Three words help:
#
# - a **gap** is a part of the body that no slice was measured from (`load` takes gaps that are all equal, and refuses one that stands out);
# - an **overlap** is a part that two slices were measured from;
# - a **duplicate** is a second slice at the same position. If its pixels differ, it may come from a second pass over the patient.
#
# Thickness is not spacing. **Predict.** Take every third slice of the series. What becomes of SliceThickness, and what of the spacing?

# %%
room = TemporaryDirectory()  # goes away with this page's Python


def write(name, files):
    """A folder with copies of these files; one of this name is replaced."""
    target = Path(room.name, name)
    rmtree(target, ignore_errors=True)
    target.mkdir()
    for number, file in enumerate(files):
        copy(file, target / f"{number:03d}.dcm")
    return target


# %%
third = ctkit.load(write("third", files[::3]), **accept)
layer = float(headers[0].SliceThickness)
true = along[::3][-1] - along[0]
by_thickness = (len(third.array) - 1) * layer
print(f"load() says {third.spacing[0]:.2f} mm; SliceThickness still says {layer:.2f} mm")
print(f"by thickness the scan is {by_thickness:.1f} mm tall: {true - by_thickness:.1f} mm are lost")

# %% [markdown]
# Now let us damage two copies of the series. In one, six slices in the middle are lost; in the other, one slice is there twice. **Predict.** A loop that sorts and stacks finds nothing wrong with the first copy. By how many millimetres does it misplace the upper half?

# %%
ctkit.predict("02.a", unit="mm")

# %%
middle = len(files) // 2
lost = write("lost", files[: middle - 6] + files[middle:])
doubled = write("doubled", [*files, files[middle]])
near = along[middle] + 12 * np.median(steps) * np.array([-1, 1])
film = ctkit.show_positions({"six slices lost": lost, "one slice twice": doubled}, limits=near)
here, below = (float(headers[k].SliceThickness) for k in (middle, middle - 7))
gap = along[middle] - along[middle - 7] - (here + below) / 2
film.says(f"The lost slices leave a gap of {gap:.1f} mm; the doubled one overlaps by {here:.1f} mm")

# %%
ctkit.predict("02.a", measured=round(along[middle] - along[middle - 6], 1))

# %% [markdown]
# In the course's head the upper half is misplaced by 9 mm, which is six steps of 1.5 mm. The steps show both faults: one step is seven times as long, and one is 0. `load` refuses the first copy, and names the argument that would accept it. In the second copy both slices have the same pixels, so `load` takes one of them and reports it:


# %%
def answer(path, **repairs):
    """What load() says: the report of the volume, or the reason why there is none."""
    try:
        return "\n".join(ctkit.load(path, **{**accept, **repairs}).report)
    except ctkit.CTError as error:
        return textwrap.fill(f"{type(error).__name__}: {error}", 90)


print(answer(lost))
print(answer(doubled).splitlines()[-1])
print(answer(lost, missing="interpolate"))

# %% [markdown]
# `missing="interpolate"` fills the gap with a mean of the two neighbours, weighted by distance. The report says so for good. Nothing was measured there: use such slices to look at, not to measure in.
#
# The next two cells prepare a widget; you may skip their code. They take about 27 slices of the scan, and an impostor: a file with the position of one slice and the pixels of another.

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
# **Try this.** Set **drop** to **4**, and read the message over the pictures. Set **missing** to *interpolate*, and look for a blurred band. Set both back. Then choose **double**: *same pixels*. Choose *other pixels*, and set **duplicates** to *first*. Set both back, and tick **shuffle** last.

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
# On the course's head, with 4 dropped, it reads `missing slices: 4`. A twin with the same pixels is taken once. One with other pixels is refused until *duplicates* says which to take. And **shuffle** changes the names of the files and nothing else: it still reads `27 files gave 27 slices`.
#
# ### Mistake: every folder taken for one scan
#
# A folder may hold two reconstructions of the same scan, and a **localizer**: a flat overview for planning. Its header may name the same kind of file (the *SOP class*) as the slices. So look at ImageType, which says LOCALIZER (PS3.3 C.8.2.1.1.1). Group by SeriesInstanceUID, and leave out what ImageType calls a localizer. Here is such a folder:

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
print(f"a loop over the folder stacks {len(list(mixed.iterdir()))} slices, not {len(files)}")
ctkit.list_series(mixed)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Is a scan with one lost slice useless?
#
# *What to expect:* That depends on the question. For a rough volume it may do, for a small bleed it may not. What matters is that somebody is told.

# %% [markdown]
# `load(mixed, series=...)` takes the one you mean, by its number or its description. Without `series` it refuses, and shows this table.

# %% [markdown]
# ## What if the steps are uneven on purpose?
#
# Older scanners often took thin layers at the base of the skull, because thick bone makes streaks there, and thick layers above. The steps are then **uneven**, and no array with one spacing can hold the slices as they are. We make such a series: above the middle, each four slices are averaged to one, which is what a thicker layer measures.


# %%
def thick(group):
    """One slice, as thick as the slices of a group together."""
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
# One step lies between a thin and a thick layer. It is half of each: 0.75 + 3 = 3.75 mm in the course's head.
#
# **Predict.** Stack these slices as if all steps were the same. What will the picture look like?

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
# The upper half is squeezed flat. `uneven="resample"` makes a grid of the smallest step. Each measured slice keeps its true position, and the slices of the grid are interpolated linearly between them. (The highest slice of the grid may lie a little below the last measured one.)
#
# **Try this.** Pull the curtain across the picture: drag its line. On one side is the series with uneven steps, on the other the whole one.

# %%
ctkit.compare(right, volume, plane="sagittal", blend="curtain", names=("uneven", "whole"))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Name a case in which uneven steps are wanted.
#
# *What to expect:* An older head scan has thin slices at the base of the skull, where bone makes streaks, and thick ones above.

# %% [markdown]
# Below the middle of the head nothing changes, because the slices are the same. Above it, edges that lie flat, parallel to the slices, are blurred. Each place is right, but detail is gone. Resampling can't bring back what a thick layer has averaged.

# %% [markdown]
# ## One file instead of many
#
# Researchers often keep a whole volume in one NIfTI file: the array, and an affine that turns voxel indices into millimetres (page 03). `load` reads both kinds into the same Volume.

# %%
nifti = ctkit.save(volume, Path(room.name, "volume.nii"))
again = ctkit.load(nifti).canonical()
same = np.array_equal(again.array, volume.canonical().array)
apart = np.abs(again.affine - volume.canonical().affine).max()
print(f"same voxels: {same}; same millimetres within {apart:.4f} mm")

# %% [markdown]
# Two things to know when you read a NIfTI yourself. nibabel's `get_fdata()` turns every value into float64. And a NIfTI may hold two affines: the *sform*, which is any matrix, and the *qform*, which can't hold a shear (NIfTI-1 header, methods 2 and 3).

# %%
image = nib.load(nifti)
plain = np.asanyarray(image.dataobj)
print(f"get_fdata(): {image.get_fdata().nbytes / 1e6:.1f} MB, dataobj: {plain.nbytes / 1e6:.1f} MB")
ras = np.diag([-1, -1, 1, 1]) @ tilted.affine
kept = nib.Nifti1Image(np.zeros(tilted.shape, np.int16), ras)
kept.set_qform(ras, strip_shears=True)
corner = (*np.array(tilted.shape) - 1, 1)  # the last voxel; a matrix of 4 x 4 takes a 1 at the end
drift = np.linalg.norm((kept.get_sform() - kept.get_qform()) @ corner)
print(f"a tilted scan read by its qform: the far corner is {drift:.1f} mm off")

# %% [markdown]
# The qform turns slices and rows by 10 degrees each, until they stand at right angles, and so the far corner moves. `load` keeps int16 where that is exact, uses the sform, and reports by how many millimetres the qform disagrees.

# %% [markdown]
# ## Open your own scan
#
# Drop a folder, a zip or a file of yours onto the field, or choose it there. The table says which series it holds;
# **Open** shows the one that is picked. What `load` can't read truthfully it refuses, with the reason.
#
# The browser sends the files to the Python of this page, wherever that runs, and to nobody else. They are kept
# in a folder of their own, which is deleted when Python ends. Neither names nor pictures of the field are saved with the page.

# %%
field = ctkit.drop()
field

# %% [markdown]
# Then `field.volume` is the scan, and `field.path` the folder of its files, for every function of this page. Run the next
# cell again after the drop. Mind that **saving the page saves what other cells show**: clear the outputs
# (*Edit > Clear Outputs of All Cells*) before you share a page with a patient's scan.

# %%
if field.series:
    display(field.volume, ctkit.show_positions(field.path, series=field.picked))

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
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("02.1")` gives one more hint each time, and `ctkit.solution("02.1")` shows one solution.

# %% exercise="02.1"

# %% exercise="02.2"

# %% exercise="02.3"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("02")

# %%
ctkit.progress("02")

# %% [markdown]
# And some on the series of this page:
#
# - Leave out the **first** five slices of the series, and load it. Why is it accepted? By how many millimetres does `volume.origin` move? (The steps stay even, so nothing shows; 7.5 mm on the course's head.)
# - Move one slice by 0.04 mm, then by 0.2 mm, by changing its `ImagePositionPatient`. Which of the two does `load`
#   accept, and what does it propose for the other? (A slice may lie off the grid by 0.05 mm or 1 % of a step, whichever is larger; `tolerance` allows more.)
# - Write the series in reverse order: `0000.dcm` is the highest slice. Do the voxels of the volume change? (Not one.)
# - `right` lies on the slices of `volume`. Compute `np.abs(right.array[k] - volume.array[k]).mean()` for slice 20 and for slice 80. Which part has lost? (The thick one: 0 HU against 27 HU on the course's head.)

# %% [markdown]
# ## In practice
#
# - Look at the table of `list_series` first: number of slices, spacing, and what is no CT.
# - Look at `show_positions` when a series is refused. A gap in the middle is a lost file: get it again.
#   Steps of a few sizes, thin layers and thick ones, are a protocol: resample.
# - Keep the report with the data. A number measured in an interpolated slice is no measurement.

# %% [markdown]
# ## Further reading
#
# - DICOM PS3.3 C.7.6.2, Image Plane Module: https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.2.html
# - X. Li et al., *The first step for neuroimaging data analysis: DICOM to NIfTI conversion*, 2016: https://doi.org/10.1016/j.jneumeth.2016.03.001
# - nibabel, *Coordinate systems and affines*: https://nipy.org/nibabel/coordinate_systems.html
#
# **Next:** [03 · Know left from right](03_know_left_from_right.ipynb)
