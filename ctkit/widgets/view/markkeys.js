/** What the keys do with marks. */

/** @typedef {import("./viewer.js").Viewer} Viewer */

/**
 * Undo and redo: Ctrl or Cmd with Z, with Shift or as Y.
 * @param {KeyboardEvent} event
 * @param {Viewer} viewer
 * @returns {boolean} whether it was that
 */
export function onHistoryKey(event, viewer) {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return false;
  const back = key === "z" && !event.shiftKey;
  if (back) viewer.history.undo();
  else viewer.history.redo();
  // Where there is no step left, the key must not undo a cell of the notebook.
  event.preventDefault();
  event.stopPropagation();
  return true;
}

/**
 * @param {string} key
 * @param {boolean} shift
 * @param {number} right steps of an arrow
 * @param {number} down
 * @param {Viewer} viewer
 * @returns {boolean} whether the key meant a mark
 */
export function onMarkKey(key, shift, right, down, viewer) {
  const { marking, walk } = viewer;
  if (right || down) return !shift && marking.nudge(right, down);
  if (key === "Enter") return walk.set();
  if (key === ".") return marking.grow(1);
  if (key === ",") return marking.grow(-1);
  if (key.toLowerCase() === "k") return marking.next(shift ? -1 : 1);
  if (key !== "Escape" || viewer.gestures.gesture) return false;
  return walk.cancel() || marking.cancel() || (marking.steering && marking.select(null));
}
