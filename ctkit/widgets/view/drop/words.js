/** What the field says. No sentence holds the name of a file: it may be that of a patient. */

export const ASK = "Drop a scan here";
export const ASK_MORE = "a file, a folder or a zip – or press to choose files";
export const LOOKING = "Looking for files.";
export const READING = "All files are there. Python reads their headers.";
export const LOADING = "Python loads the series.";
export const STOPPED = "Stopped: nothing of it is kept.";
export const ONE_AT_A_TIME = "One drop at a time: wait for this one, or cancel it first.";
export const UNREADABLE =
  "A file can't be read: it was moved or changed, or the browser may not read it. Drop it again.";
export const ALONE =
  "Python can't be reached: what was on its way is lost. If Python was started anew, so are the " +
  "files that it held: run the cell again, then drop the scan again.";
const BY_PATH =
  "In Python ctkit.load(field.path, series=...) takes the argument that a reason names.";

/** @param {number} count */
export const files = (count) => `${count.toLocaleString("en")} ${count === 1 ? "file" : "files"}`;

/** @param {number} count of the files that are under way */
export const announced = (count) => `Sending ${files(count)}.`;

/** In steps, so that it is not read aloud all the time. @param {number} share */
export const progress = (share) => `${Math.floor(share * 10) * 10} % sent.`;

/** @param {string} status */
export const late = (status) =>
  `${status} Python has not answered for some seconds: it is busy, or the line is slow.`;

/** @param {import("./field.js").Held} held */
export const holds = (held) =>
  held.words && `It holds ${held.words}${held.shown ? "; the picture stands below" : ""}.`;

/** What stands below the table. @param {import("./field.js").Held} held */
export const notes = (held) => [
  ...held.notes,
  ...(held.problems.some((problem) => problem.includes("=")) ? [BY_PATH] : []),
];
