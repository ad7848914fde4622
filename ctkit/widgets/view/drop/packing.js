/**
 * Pieces of files, put together to messages: a large file is cut, and many small ones share one.
 *
 * @typedef {[number, number, number]} Piece of a file: its number, where it begins, its length
 */

const MOST_PIECES = 4096; // of one message, whose list would be longer than its bytes

/**
 * The pieces of each message, in the order of the files.
 * @param {number[]} sizes of the files in bytes
 * @param {number} most bytes of a message
 * @returns {Generator<Piece[]>}
 */
export function* packed(sizes, most) {
  /** @type {Piece[]} */
  let pieces = [];
  let room = most;
  for (const [number, size] of sizes.entries()) {
    for (let start = 0; start < size; ) {
      const length = Math.min(room, size - start);
      pieces.push([number, start, length]);
      start += length;
      room -= length;
      if (room > 0 && pieces.length < MOST_PIECES) continue;
      yield pieces;
      pieces = [];
      room = most;
    }
  }
  if (pieces.length) yield pieces;
}
