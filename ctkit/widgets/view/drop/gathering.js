/**
 * The files that a hand gives: dropped, in folders within folders, or picked. Each has the path
 * that it has below what was given.
 *
 * @typedef {{file: File, name: string}} Given
 */

/**
 * What was dropped. The browser forgets it once the event is over: so the entries are taken at
 * once, and their files are looked for later.
 * @param {DataTransfer} transfer
 * @param {number} most files are looked for, and one more
 * @returns {Promise<Given[]>}
 */
export function dropped(transfer, most) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  if (entries.every(Boolean)) return filesUnder(/** @type {any} */ (entries), most);
  return Promise.resolve(picked(transfer.files));
}

/** What was picked. @param {FileList} files @returns {Given[]} */
export const picked = (files) =>
  [...files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));

/**
 * The files of entries and of the folders among them, in the order of folders.
 * @param {any[]} entries
 * @param {number} most
 */
async function filesUnder(entries, most) {
  /** @type {Given[]} */
  const found = [];
  const waiting = [...entries];
  // By an index: to shift a long list takes long.
  for (let at = 0; at < waiting.length && found.length <= most; at++) {
    const entry = waiting[at];
    if (entry.isDirectory) for (const one of await inside(entry)) waiting.push(one);
    else found.push({ file: await opened(entry), name: entry.fullPath.replace(/^\//, "") });
  }
  return found;
}

/** @param {any} entry of a file @returns {Promise<File>} */
const opened = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/** All that is in a folder: a browser tells a hundred at a time. @param {any} folder */
async function inside(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    /** @type {any[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(one);
  }
}
