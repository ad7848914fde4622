/**
 * How the labels of a mask are painted. The reference is ctkit/labels.py.
 *
 * @typedef {import("./geometry.js").Steps} Steps
 * @typedef {{value: number, name: string, color: string, opacity: number, visible: boolean,
 *   ml: number|null}} Label those that come later in a list lie on top
 * @typedef {[number, number[]][]} Overlaps which labels lie in a voxel of a value, where they
 *   are several
 * @typedef {{fills: Uint32Array, edges: Uint32Array, ranks: Uint16Array, seen: number[][],
 *   ends: Int16Array}} Paint the pixels within, by the 16 bits of a value; the pixels of an edge,
 *   by the place of its label in the list; the ranks of the values by their bits, 0 of what is no
 *   label; by rank the places of the labels that are seen there; and by two ranks, `endOf`, as far
 *   as it is known
 */

const MOST_KNOWN = 1024;
const UNKNOWN = -2;

/** Red, green and blue, 0 to 255. @param {string} color as "#rrggbb" */
export const rgbOf = (color) => [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));

/**
 * The places in the list of the visible labels that lie in a voxel of a value.
 * @param {number} value
 * @param {Label[]} labels
 * @param {Overlaps} overlaps
 * @returns {number[]}
 */
export function seenIn(value, labels, overlaps) {
  const members = overlaps.find(([code]) => code === value)?.[1] ?? [value];
  return [...labels.keys()].filter((place) => {
    const label = labels[place];
    return label.visible && members.includes(label.value);
  });
}

/**
 * Labels one over the other as one colour with its opacity, 0 to 255 each.
 * @param {Label[]} labels
 * @param {number} opacity
 */
function blended(labels, opacity) {
  let below = [0, 0, 0];
  let rest = 0;
  for (const label of labels) {
    const top = Math.floor(opacity * label.opacity * 255 + 0.5);
    const under = (rest * (255 - top)) / 255;
    rest = top + under;
    // What is quite transparent has the colour of the last, as no share says another.
    const [share, other] = rest ? [top, under] : [1, 0];
    const old = below;
    below = rgbOf(label.color).map((c, i) => (c * share + old[i] * other) / (share + other));
  }
  return [...below, rest].map((n) => Math.floor(n + 0.5));
}

/** @param {number[]} rgba @returns {number} a pixel */
const packed = ([red, green, blue, alpha]) =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/**
 * What each value is painted with.
 * @param {Label[]} labels
 * @param {Overlaps} overlaps
 * @param {number} opacity
 * @returns {Paint}
 */
export function paintOf(labels, overlaps, opacity) {
  const fills = new Uint32Array(65536);
  const ranks = new Uint16Array(65536);
  const edges = Uint32Array.from(labels, ({ color }) => packed([...rgbOf(color), 255]));
  /** @type {number[][]} */
  const seen = [[]];
  for (const value of [...labels.map((label) => label.value), ...overlaps.map(([code]) => code)]) {
    const places = seenIn(value, labels, overlaps);
    const shown = places.map((place) => labels[place]);
    fills[value & 65535] = packed(blended(shown, opacity));
    ranks[value & 65535] = seen.length;
    seen.push(places);
  }
  // Of very many values it is asked each time.
  const ends = new Int16Array(seen.length <= MOST_KNOWN ? seen.length ** 2 : 0).fill(UNKNOWN);
  return { fills, edges, ranks, seen, ends };
}

/**
 * The place of the topmost label that is seen in voxels of one rank and not of another; -1 where
 * there is none.
 * @param {Paint} paint
 * @param {number} here
 * @param {number} beside
 */
function endOf({ seen, ends }, here, beside) {
  const at = here * seen.length + beside;
  const known = ends[at] ?? UNKNOWN;
  if (known !== UNKNOWN) return known;
  const place = seen[here].findLast((one) => !seen[beside].includes(one)) ?? -1;
  if (at < ends.length) ends[at] = place;
  return place;
}

/**
 * The values of a picture as whole numbers, by their 16 bits. What lies between the voxels of a
 * mask belongs to it from a half.
 * @param {Uint8Array|Uint16Array|Float32Array} values
 */
function bitsOf(values) {
  if (!(values instanceof Float32Array)) return values;
  return Uint16Array.from(values, (value) => Math.floor(value + 0.5));
}

/**
 * Lay labels out in their colours, each outline (4-neighbours) opaque.
 * @param {Uint32Array} out
 * @param {Uint8Array|Uint16Array|Float32Array} values
 * @param {Steps} steps
 * @param {Paint} paint
 * @param {boolean} outline
 */
export function fillLabels(out, values, steps, paint, outline) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const { fills, edges, ranks } = paint;
  const bits = bitsOf(values);
  for (let row = 0, to = 0; row < rows; row++) {
    const [isFirst, isLast] = [row === 0, row === rows - 1];
    let from = start + row * rowStep;
    let left = 0;
    let here = bits[from];
    for (let column = 1; column <= columns; column++, from += columnStep, to++) {
      const right = column < columns ? bits[from + columnStep] : 0;
      out[to] = here && fills[here];
      if (here && outline) {
        const up = isFirst ? 0 : bits[from - rowStep];
        const down = isLast ? 0 : bits[from + rowStep];
        if (up !== here || down !== here || left !== here || right !== here) {
          const rank = ranks[here];
          let place = endOf(paint, rank, ranks[up]);
          place = Math.max(place, endOf(paint, rank, ranks[down]));
          place = Math.max(place, endOf(paint, rank, ranks[left]));
          place = Math.max(place, endOf(paint, rank, ranks[right]));
          if (place >= 0) out[to] = edges[place];
        }
      }
      left = here;
      here = right;
    }
  }
}

/**
 * The names of the labels to be seen in a voxel, the topmost first.
 * @param {number} value
 * @param {Label[]} labels
 * @param {Overlaps} overlaps
 */
export const namesAt = (value, labels, overlaps) =>
  seenIn(value, labels, overlaps)
    .map((place) => labels[place].name)
    .reverse();
