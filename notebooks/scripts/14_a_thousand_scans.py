# %% [markdown]
# # 14 · Prepare a thousand scans
#
# | | |
# |---|---|
# | **You will** | send a set of scans through one pipeline, kill it on the way, go on from where it was, and feed a network from what came out |
# | **You learn** | what makes long work safe to stop, what a cluster does and doesn't change, and what breaks at a million scans |
# | **You need** | pages 06 to 11 |
# | **Time** | 70 minutes |

# %%
import hashlib
import json
import os
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np

import ctkit

# %% [markdown]
# Page 11 prepared twenty scans in a loop. With a thousand scans the loop takes hours. In these hours a file turns out to be broken, memory runs out, or somebody closes the laptop. And when all is done, you want another window. This page asks one thing: **how much does the computer work out twice?**
#
# From the second question on it needs Dask and a few more packages. `make lab` installs them; where they are missing, `python -m pip install -e ".[scale]"` does, in the folder of the course. They start processes, so in a browser tab you can run only the first question.
#
# ## What is left when a loop dies?
#
# We need a folder of scans. It has 27 scans of 18 patients from two hospitals, and nine patients have two scans. We make every scan from the same phantom head. The size of the head differs from patient to patient, and the place of the blood from scan to scan. Next to each scan lies a file with the mask of the blood.

# %%
grid = ctkit.phantom.make_grid((46, 52, 52), (5, 5, 5), center=(0, 8, 5))
one_head = ctkit.phantom.head_phantom(lesions=False).render(grid, voxel=(2, 2, 2))


# %%
def scan_of(number):
    """A scan with fresh blood in it, and the mask of the blood."""
    draw = np.random.default_rng(number)
    size = np.random.default_rng(number % 18).uniform(0.9, 1.1)  # of this patient's head
    place = tuple(draw.uniform((-35, -45, 0), (35, 45, 45)))
    blood = ctkit.phantom.Part("blood", 75, place, (14, 14, 14))
    mask = ctkit.phantom.Phantom((blood,)).mask(grid, "blood")
    hu = np.where(mask.array, 75, one_head.array) + draw.normal(0, 12, grid.shape)
    affine = np.diag([size, size, size, 1]) @ grid.affine
    hu = np.rint(hu).clip(-1024).astype(np.int16)
    return ctkit.Volume(hu, affine), ctkit.Volume(mask.array, affine)


# %% [markdown]
# Real folders hold broken scans. Here three are broken. The copy of scan 16 broke off, so the end of its file is missing. Scan 20 is a DICOM series that lacks one slice. Scan 24 has only one slice. And scan 8 is whole, but 60 HU too bright, as after a wrong calibration.

# %%
folder = Path(tempfile.mkdtemp())
lines = ["scan,mask:blood,patient,hospital"]

# %%
for number in range(27):
    scan, mask = scan_of(number)
    patient = number % 18
    hospital = "B" if patient % 3 == 0 else "A"
    name = f"scan{number:02}" if number == 20 else f"scan{number:02}.nii"
    if number == 20:
        ctkit.write_dicom(scan, folder / name, seed="20")
    else:
        shift = np.int16(60 if number == 8 else 0)
        ctkit.save(scan.with_array(scan.array + shift), folder / name)
    ctkit.save(mask, folder / f"mask{number:02}.nii")
    lines.append(f"{name},mask{number:02}.nii,P{patient:02},{hospital}")

# %%
_ = (folder / "table.csv").write_text("\n".join(lines))
_ = (folder / "scan16.nii").write_bytes((folder / "scan16.nii").read_bytes()[:200_000])
sorted((folder / "scan20").iterdir())[30].unlink()
slice_alone = ctkit.crop_box(ctkit.load(folder / "scan24.nii"), (23, 0, 0), (24, 52, 52))
_ = ctkit.save(slice_alone, folder / "scan24.nii")

# %% [markdown]
# The work on one scan is the one of pages 06 to 09: only the head, cubes of 6 mm, and the head in the middle of a frame.


# %%
def prepare(path, spacing=6.0):
    scan = ctkit.load(path)
    mask = ctkit.head_mask(scan)
    cubes = ctkit.resample(ctkit.keep_head(scan, mask), spacing)
    region = ctkit.resample(mask, like=cubes, kernel="nearest")
    return ctkit.center(cubes, region, (52, 52, 48))


# %% [markdown]
# ### Mistake: the loop saves everything at the end
#
# **Predict.** The loop below collects its results, and saves them after the last one. The 17th file is the one whose end is missing. How many prepared scans are on the disk when the loop dies?

# %%
paths = sorted(folder.glob("scan*.nii"))
results = []
out = Path(tempfile.mkdtemp())
try:
    for path in paths:
        results.append(prepare(path))
    for path, result in zip(paths, results, strict=True):
        ctkit.save(result, out / path.name)
except ctkit.CTError as error:
    print(textwrap.shorten(str(error).replace(str(folder), "..."), 75))
first_loop = len(results)
print(f"{first_loop} scans are ready, and {len(list(out.iterdir()))} files are on the disk")

# %% [markdown]
# None. You know the first cure from page 11: an `except` for each scan, and a row that says why. The second cure: save each result as soon as it is ready, and skip it next time. But how do we know that a result is there?
#
# ### Mistake: a file that is there is done
#
# If something kills a process while it writes, only the beginning of the file is there. Here this happens to scan 3. Then we start the loop again. It skips what is there.

# %%
whole = ctkit.save(results[3], out / "scan03.nii").read_bytes()
_ = (out / "scan03.nii").write_bytes(whole[: len(whole) // 2])  # killed in the middle
skipped = [path.name for path in paths if (out / path.name).exists()]
there = (out / "scan03.nii").stat().st_size / len(whole)
print(f"skipped as done: {', '.join(skipped)}; {100 * (1 - there):.0f} % of its bytes are missing")

# %% [markdown]
# The existence of a file says that somebody began to write it. Three habits make it safe:
#
# 1. **Write, then rename.** The file gets its name when it is whole. Within one file system a rename is **atomic**: everybody sees the whole file or none. A power cut can still damage the file, and the checksum of the next point shows that.
# 2. **The row comes last.** Each scan gets a small file of its own, its row, and we write it last. The row holds a **checksum**: a number made from all bytes of the result. Whoever reads the result later can compare.
# 3. **The name of the row says what we asked for.** The name is a checksum too, of the scan and of the steps. If the scan changes, the name changes. If the steps change, the name changes as well.


# %%
def write_whole(path, content):
    part = path.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, path)


def key(path, spacing):
    return hashlib.sha256(path.read_bytes() + f"prepare at {spacing} mm".encode()).hexdigest()


# %%
def do(path, out, spacing=6.0):  # returns whether there was work
    row = out / f"{key(path, spacing)}.json"
    if row.exists():
        return False
    try:
        content = prepare(path, spacing).array.tobytes()
        write_whole(row.with_suffix(".raw"), content)
        told = {"ending": "ready", "sha256": hashlib.sha256(content).hexdigest()}
    except ctkit.CTError as error:
        told = {"ending": "refused", "reason": str(error)}
    write_whole(row, json.dumps(told).encode())
    return True


# %% [markdown]
# **Predict.** The loop has 26 files, because scan 20 is a folder, and the loop takes only the `.nii` files of the scans. The first start stops before the 17th file. Then we start the loop twice more. On how many files does each start work?

# %%
ctkit.predict("14.a", ("16, 26, 26", "16, 10, 0", "16, 10, 2", "16, 10, 10"))

# %%
out = Path(tempfile.mkdtemp())
starts = []
for some in (paths[:16], paths, paths):
    starts.append(sum(do(path, out) for path in some))  # True counts as 1
print(", ".join(map(str, starts)))

# %%
ctkit.predict("14.a", measured=", ".join(map(str, starts)))

# %%
bars = {
    "saved at the end": {"first start": first_loop, "second start": len(paths)},
    "a row for each scan": {"first start": starts[0], "second start": starts[1]},
}
film = ctkit.figures.show_bars(bars, x="files that the loop works on")
film.says(f"A row for each scan saves the work on {first_loop} of {len(paths)} files")

# %% [markdown]
# For the loop that saves at the end, we assume that somebody repairs the file before the second start. Else it dies at the same file again.
#
# The refused scans have a row too, so `do` doesn't try them again. They would fail with the same sentence.
#
# **Try this.** Call `sum(do(path, out, spacing=5.0) for path in paths)`, twice. Then copy a scan under another name, and call `do` on the copy. Is there work? (The first call works on 26 files, and the second on none. For the copy there is none: its content is the same, and so is the name of its row.)

# %% [markdown] tags=["teacher"]
# **Ask the room.** Many scripts compare the time of a file with the time of its result, as `make` does. When is that wrong here?
#
# *What to expect:* Copying, unpacking and syncing change times, and the steps have no time at all. Content is what decides. The price: each start reads every file.

# %% [markdown]
# ## Who does the work, and who notices that it is done?
#
# One thing is left: our loop uses one core. Several processes could take a scan each. `ctkit.dataset` is the loop above, with **Dask** in between. A **scheduler** hands out **tasks**, one for each scan. **Workers**, which are processes of their own, do them, on this machine or on a hundred others.

# %%
import contextlib
import signal

from dask.distributed import Client, LocalCluster

from ctkit import dataset

steps = dataset.steps
local = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
cluster = LocalCluster(n_workers=2, **local)
client = Client(cluster)

# %% [markdown]
# The pipeline is a list of steps. If you print a step, you see the code that makes it. A function of your own is a step too. Ours keeps a diary of the scans that come along, and does something nasty: at the tenth scan it kills its own process. It does so only once. It sends SIGKILL, the signal that Linux sends when memory runs out. No program can catch it. Windows has no SIGKILL, so this part needs Linux or macOS.


# %%
def noted(volume, place, diary):
    """Note that a scan came here; where the tenth of them begins, kill this worker, once."""
    (diary / f"{place}-{time.monotonic_ns()}-{os.getpid()}").touch()
    if place == "before" and len(list(diary.glob("before-*"))) >= 10:
        with contextlib.suppress(FileExistsError):  # the second time, which ends here
            (diary / "killed").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)
    return volume


# %%
def pipeline(spacing=6.0, window=(40, 400)):
    before, after = (steps.apply(noted, place, diary) for place in ("before", "after"))
    made = [before, steps.keep_head(), steps.resample(spacing), after]
    return [*made, steps.center((52, 52, 48)), steps.window(*window)]


# %%
diary = Path(tempfile.mkdtemp())
print(*pipeline()[1:3], *pipeline()[4:], sep=", ")

# %% [markdown]
# **Predict.** Our function kills a worker in the middle of the tenth scan. Two of the broken scans fail while they are loaded. Scan 24, the single slice, loads, and fails later. So 25 scans reach our function. How often does it see a scan, in all?

# %%
ctkit.predict("14.b", ("25", "26", "35", "50"))


# %%
def times(place):
    """How often a scan came to this place since the last time we asked."""
    notes = list(diary.glob(f"{place}-*"))
    for note in notes:
        note.unlink()
    return len(notes)


# %%
out = Path(tempfile.mkdtemp())
run = dataset.prepare(folder / "table.csv", pipeline(), out, client=client, progress=False)
counts = {"first run": {place: times(place) for place in ("before", "after")}}
begun = counts["first run"]["before"]
print(f"killed a worker: {(diary / 'killed').exists()}; begun {begun} times")

# %%
ctkit.predict("14.b", measured=str(begun))

# %% [markdown]
# Only one scan begins twice: the one that the dead worker was busy with. Its finished scans have rows, and its other tasks had not begun. In the end every scan has an outcome, which the table calls `ending`, and the broken ones say why:

# %%
print(run)
for row in run.failed.itertuples():
    print(f"{row.Index}: {row.ending}: {textwrap.shorten(row.reason, 90)}")

# %% [markdown]
# A reason names files by number: file 0 is the first file of the scan. Names of files stay out of the table, because they often hold the name of a patient.
#
# (If a scan kills a second worker, ctkit tries it once more while nothing else runs. If it kills that worker too, its row says *killed*. The other scans on those workers get no such row.)
#
# Now we start it again. Then with another spacing, and at last with another window, too.

# %%
others = {
    "started again": pipeline(),
    "another spacing": pipeline(spacing=5.0),
    "then another window": pipeline(spacing=5.0, window=(40, 160)),
}
for name, chosen in others.items():
    run = dataset.prepare(folder / "table.csv", chosen, out, client=client, progress=False)
    counts[name] = {place: times(place) for place in ("before", "after")}

# %%
film = ctkit.figures.show_bars(counts, x="times that a scan came before, and after, the resampling")
again, spacing = counts["started again"], counts["another spacing"]
film.says(
    f"Started again: {sum(again.values())} times. Another spacing: {spacing['before']} times "
    f"before the resampling, and {spacing['after']} times after it"
)

# %% [markdown]
# If scans, steps and version of ctkit are the same, there is nothing to do. ctkit also keeps the results of costly steps. If you change a later step, the work starts from the last kept result before it. A scan whose worker died goes on from there, too. For this, ctkit makes keys as our `do` does: one for the first step, one for the first two steps, and so on.
#
# If you have real scans on this machine, they go the same way. (`ctkit.samples.fetch` downloads three of them.)

# %% tags=["nbval-ignore-output"] reason="It says more on a machine that has real scans."
names = {"ge-head": "", "crlm-1004": "", "aorta": "ct_cropped.nii.gz"}
places = [(ctkit.samples.find(name), file) for name, file in names.items()]
real = [place / file for place, file in places if place]
upright = [steps.reorient("SPL"), steps.regularize(), steps.resample(6.0), steps.window(40, 400)]
if real:
    target = tempfile.mkdtemp()
    accept = {"uneven": "resample"}
    print(dataset.prepare(real, upright, target, accept=accept, client=client, progress=False))
else:
    print("no real scan is on this machine")

# %% [markdown]
# **Try this.** Look at the table, and scroll it to the right: shape, spacing, percentiles of HU, seconds, memory, checksums. Is there anything in it by which you could tell who a patient is? (No. `patient` is a **hash**: a number made from the patient's number and a secret, the **salt**. Whoever has the salt can try all numbers, so it lies apart, in the folder `private/`.)

# %% tags=["nbval-ignore-output"] reason="Seconds and salted hashes differ from run to run."
run.table.drop(columns=["steps", "files", "report"]).head()

# %% [markdown] tags=["teacher"]
# **Ask the room.** Why is a patient a *salted* hash, and not the SHA-256 of the patient's number?
#
# *What to expect:* There are few patient numbers. Somebody can hash all of them, and compare. The salt is a secret of this set. It lies in `private/`, and you don't pass that folder on.

# %% [markdown]
# ## What may a network learn from it?
#
# First, look. Nobody looks at a thousand scans, but everybody can look at the ten that are unlike the others. We do it by hand first. We take the 99.5th percentile of each scan: its brightest voxels. We compare it with the median over all scans. Which scan is farthest away?

# %%
bright = run.table["original_p99.5"] - run.table["original_p99.5"].median()
number = int(bright.abs().idxmax())
print(f"row {number}: its brightest voxels are {bright[number]:.0f} HU off the set's")

# %% [markdown]
# `run.report()` does it for spacing, HU and the millilitres of masks, and writes a page of HTML: scans without a result, those that are unlike the others, histograms, and a picture of every scan. Here only the first two scans get a viewer (`views=2`): click on one of their pictures, and the scan opens. Without `views`, up to 200 scans get one. The page works without the internet. To open it in your browser: `import webbrowser; webbrowser.open(page.as_uri())`.

# %%
page = run.report(views=2)
told = page.read_text()
files = len(list(page.parent.rglob("*.png"))), len(list(page.parent.rglob("scans/*.html")))
print(f"{files[0]} pictures and {files[1]} viewers; it needs the internet: {'http' in told}")
print(f"row {number} is the first picture: {told.index(f'row {number},') == told.index('row ')}")

# %% [markdown]
# ### Mistake: a split by scan
#
# Nine patients have two scans. **Predict.** We draw a quarter of the scans for the test, and don't look at the patients. Some test scans then show a patient whom the network knows. Which share of the test scans is that, in per cent?

# %%
ready = run.table[run.table["ending"] == "ready"]
drawn = ready.index.isin(np.random.default_rng(4).permutation(ready.index)[: len(ready) // 4])
known = ready["patient"][drawn].isin(ready["patient"][~drawn])
print(f"by scan: {100 * known.mean():.0f} % of the test scans are of patients in the training set")
part = run.split({"train": 0.75, "test": 0.25}, seed=1, stratify="table_hospital")
test, train = (ready["patient"][part[ready.index] == name] for name in ("test", "train"))
print(f"by patient: {100 * test.isin(train).mean():.0f} % of {len(test)} test scans")

# %% [markdown]
# This is one draw of few scans, so another seed gives another number. But a network does better on a head that it has seen. So the test gives too good a number. `run.split` keeps the scans of a patient together, and also scans with the same voxels, whatever names their files and patients have. (Page 11 shows how much such a test is worth.)
#
# Then patches. A network for whole scans doesn't fit into memory, so it gets small boxes. In most of them there is no blood in the middle. `balance` puts each label into the middle of a patch as often as the background:

# %%
share = {}
for name, balance in {"anywhere": None, "balanced": "blood"}.items():
    patches = run.torch(part == "train", patch=(12, 12, 12), per_scan=10, balance=balance)
    inside = [item["blood"][0, 6, 6, 6] for item in patches]
    share[name] = 100 * float(np.mean(inside))
print(f"{len(patches)} patches of {patches[0]['image'].shape}, {patches[0]['image'].dtype}")

# %%
film = ctkit.figures.show_bars({name: {"blood": n} for name, n in share.items()}, x="% of patches")
film.says(
    f"Taken anywhere, {share['anywhere']:.1f} % of the patches have blood in the middle; "
    f"balanced, about {round(share['balanced'], -1):.0f} % have it"
)

# %% [markdown]
# `patches` has a length and gives items by number: this is all that a PyTorch `DataLoader` asks for. No whole scan stays in memory for a patch. With `format="zarr"` only the slices that a patch needs are read from the disk.

# %% tags=["nbval-ignore-output"] reason="It says more on a machine that has torch."
try:
    from torch.utils.data import DataLoader

    batch = next(iter(DataLoader(patches, batch_size=8, shuffle=True)))
    print(batch["image"].shape, batch["image"].dtype)
except ImportError:
    print("torch is not on this machine; the patches are NumPy arrays")

# %% [markdown]
# And back. The network's answer lies on the prepared grid. Here the mask of scan 5 stands for it.

# %%
original = ctkit.load(folder / "scan05.nii")
back = run.to_original(5, run.mask(5, "blood"))
true = ctkit.load(folder / "mask05.nii")
both = 2 * np.count_nonzero(back.array & true.array) / (back.array.sum() + true.array.sum())
print(f"prepared {run.volume(5).shape}, original {back.shape}")
print(f"{ctkit.volume_ml(back):.1f} of {ctkit.volume_ml(true):.1f} ml are back, Dice {both:.2f}")

# %% [markdown]
# **Try this.** `run` is the last run from above, with cubes of 5 mm. Point at the blood. Is the edge of the mask where the edge of the blood is? Then print `original.spacing` and `run.volume(5).spacing`. Which grid is coarser? (It is the original, so every voxel of the mask came back. From a coarser grid some would be lost: page 11.)

# %%
ctkit.explore(original, mask=back, window="brain", slice=int(np.argwhere(back.array)[:, 0].mean()))

# %% [markdown] tags=["teacher"]
# **Ask the room.** Half of the patches have blood in the middle. What will the network think of the world?
#
# *What to expect:* That blood is common. It answers "blood" too often on whole scans, so you have to choose its threshold on whole scans, as on page 11.

# %% [markdown]
# ## What would a cluster change?
#
# A task reads a scan, and then works on it. The workers can share the work, because each has a core of its own. But all of them read from **one** disk, or through one network. If a scan takes 0.05 s to read and 0.45 s to work on, a worker is busy for 0.5 s a scan.
#
# **Predict.** Compare with one worker. How many times as fast are 4 workers? And 32? Two limits hold: what the disk delivers, and what the workers can do.

# %%
ctkit.predict("14.c", ("4 and 32 times", "4 and 10 times", "3 and 10 times", "3 and 32 times"))

# %%
read_s, work_s = 0.05, 0.45
workers = np.arange(1, 33)
shared = np.minimum(3600 / read_s, workers * 3600 / (read_s + work_s))
speed = shared / shared[0]
print(f"1 worker: {shared[0]:.0f} scans an hour; 4: {shared[3]:.0f}; 32: {shared[31]:.0f}")

# %%
ctkit.predict("14.c", measured=f"{speed[3]:.0f} and {speed[31]:.0f} times")

# %%
curves = {"one disk": (workers, shared), "without a limit": (workers, workers * shared[0])}
film = ctkit.figures.show_curves(curves, x="workers", y="scans an hour")
film.says(f"4 workers are {speed[3]:.0f} times as fast, and 32 are {speed[31]:.0f} times as fast")

# %% [markdown]
# What does this machine do? We send 12 scans through the same steps, on 1, 2 and 4 workers. Where it has fewer cores than workers, we **simulate** the work: a step only waits, as long as one worker took for a scan. The printed line then says *simulated*.


# %%
def an_hour(count, chosen):
    """Scans an hour on so many workers, with these steps."""
    cluster.scale(count)
    while len(client.nthreads()) != count:
        time.sleep(0.05)
    for number in (2 * count, 12):  # a few first, so that none of the 12 waits for an import
        begun = time.perf_counter()
        dataset.prepare(paths[:number], chosen, tempfile.mkdtemp(), client=client, progress=False)
    return number * 3600 / (time.perf_counter() - begun)


# %%
def waits(volume, seconds):
    time.sleep(seconds)
    return volume


# %% tags=["nbval-ignore-output"] reason="It is measured, so it differs from run to run."
work = [steps.denoise("median"), steps.keep_head(), steps.resample(4.0)]
hour = {count: an_hour(count, work) for count in (1, 2, 4) if count <= os.cpu_count()}
for count in (1, 2, 4):
    if count in hour:
        print(f"workers: {count}, {hour[count]:6.0f} scans an hour")
    else:
        simulated = an_hour(count, [steps.apply(waits, 3600 / hour[1])])
        print(f"workers: {count}, {simulated:6.0f} scans an hour (simulated)")

# %%
client.close()
cluster.close()

# %% [markdown]
# Two workers are seldom twice as fast as one. They share the disk and the memory of one machine. And scans as small as ours are done so soon that handing them out counts, too.
#
# Nothing but `client=` changes for a real cluster: `Client("tcp://address-of-the-scheduler:8786")`, where all workers see the same folders.
#
# ### On paper: a million scans
#
# Say a scan has 512 x 512 x 300 voxels of two bytes. It takes 20 s on a core, a core costs 0.04 dollars an hour, and storage 0.02 dollars per GB and month. Put in your own prices.

# %%
scans, mb = 1_000_000, 512 * 512 * 300 * 2 / 1e6
hours = scans * 20 / 3600
print(f"{mb:.0f} MB a scan, {mb * scans / 1e6:.0f} TB in all")
print(f"{hours:.0f} hours on one core, {hours / 500:.0f} hours on 500")
print(
    f"{hours * 0.04:.0f} dollars of work, {mb * scans / 1e3 * 0.02:.0f} dollars a month of storage"
)
print(f"work on one scan: {20 / 3600 * 0.04 * 100:.2f} cents")
print(f"read once at 1 GB a second: {mb * scans / 1e3 / 3600:.0f} hours")

# %%
rows = len(run.table)
row_kb = (out / "manifest.csv").stat().st_size / rows / 1000
print(f"a row of our manifest: {row_kb:.0f} kB, a million rows: {row_kb * scans / 1e6:.0f} GB")

# %% [markdown]
# 500 cores need about 11 hours for the work, but a disk with 1 GB a second needs 44 hours to deliver the scans. So the disk decides, as above. And storage costs more than work, within the first month. Keep as little as you need: int16, compressed. When the steps are final, delete the results in between.
#
# What breaks on the way there:
#
# | what | why | what to do |
# |---|---|---|
# | rename | an **object store** has none. It copies, and then deletes | write the object in one request: it is whole or not there. The row still comes last |
# | a folder of rows | a list comes in pages of 1,000 names: a thousand requests before any work begins | collect rows into Parquet files of many thousand |
# | reading everything to see that nothing changed | it takes 44 hours, as above | keep the checksum that the store has of each object |
# | the manifest | a row takes about 1 kB, so a million rows take 1 GB as text | Parquet, and read only the columns that you need |
# | one scheduler | about 1 ms a task: a quarter of an hour for a million, which is fine. 1,000,000 open tasks are not | hand out a few for each worker, as `prepare` does |
# | luck | what happens to one scan in 10,000 happens a hundred times | dead workers are the normal case, and not an error |
#
# `fsspec` lets Python open objects of most stores as if they were files. `ctkit.dataset` writes into a folder, and knows no stores.

# %% [markdown]
# **Try this.** Set `read_s` to 0.2 s, as from a store far away. Which is the first worker that brings nothing more? Then let each worker read the next scan while it works on this one. What changes? (The fifth brings nothing more, and the fourth only a little. With reading ahead three workers reach the limit, and the limit stays.)

# %% [markdown]
# ## In short
#
# | | |
# |---|---|
# | Safe to stop | write, then rename; the row last, with a checksum |
# | Done or not | the content of the scan, the steps and the version; never names and times |
# | A broken scan | a row with its sentence; it stops nothing |
# | A dead worker | ctkit begins its scan again: first among the others, then alone |
# | Many scans | `dataset.prepare("scans/", [steps.keep_head(), steps.resample(1.0)], "out/")` |
# | Look | `run.failed`, `run.notes`, `run.report()` |
# | Train | `run.split(...)` by patient; `run.torch(patch=..., balance=...)` |
# | Back | `run.to_original(row, mask)` |
# | A cluster | `client=Client(...)`; the disk is the limit sooner than you think |
#
# ## On your own
#
# Replace the `...` in each cell, and run it. Your answer is tried on inputs that you don't see. If it is not right yet, you read which mistake was made, and see the smallest case that shows it.
# `ctkit.hint("14.1")` gives one more hint each time, and `ctkit.solution("14.1")` shows one solution.

# %% exercise="14.1"

# %% exercise="14.2"

# %% exercise="14.3"

# %% exercise="14.4"

# %% [markdown]
# ### Quiz

# %%
ctkit.quiz("14")

# %%
ctkit.progress("14")

# %% [markdown]
# And three to try out. First make a new cluster and client, as above. Let `noted` kill its worker after the resampling, in place of before it: put `"after"` for `"before"` in its `if`. How often does a scan begin now? (25 times. The result of the resampling is kept, so the scan goes on from it.) Then let `noted` kill its worker every time that it meets scan 5. Which ending does that scan get, and what became of its neighbours? And call `dataset.prepare(folder, pipeline(), ...)` on the folder in place of the table. Which rows are there now that weren't before?
#
# ## In practice
#
# - `ctkit prepare scans/ out/ --steps steps.toml` does the same in a terminal, with a bar.
# - Try ten scans first, and look at the report. Then start the thousand.
# - Keep `private/` to yourself: the salt lies in it. You may pass on everything else in the folder, but a scan of a head can show the face: page 01.
# - Write down which version made a set. The manifest does it, for each row.
# - Count what came out. A program that can't resume may end early, and then scans are missing without a word.
#
# ## Further reading
#
# - Dask, [dask.distributed: resilience](https://distributed.dask.org/en/stable/resilience.html): what happens when a worker or the scheduler dies
# - J. Dean and S. Ghemawat, *MapReduce* (2004), [section 3.3](https://research.google/pubs/pub62/): the same ideas, on thousands of machines
# - F. Isensee et al., *nnU-Net* (2021), [doi 10.1038/s41592-020-01008-z](https://doi.org/10.1038/s41592-020-01008-z): which reads what `run.to_nnunet` writes
# - Apache [Parquet](https://parquet.apache.org/docs/) and [Zarr](https://zarr.dev/): tables and arrays of which one reads a part
#
# **Next:** [15 · Questions people ask](15_questions_people_ask.ipynb)
