/**
 * How the labels of a mask are painted. The reference is ctkit/labels.py.
 *
 * @typedef {import("./geometry.js").Steps} Steps
 * @typedef {{value: number, name: string, color: string, opacity: number, visible: boolean,
 *   ml: number|null}} Label those that come later in a list lie on top
 * @typedef {[number, number[]][]} Overlaps which labels lie in a voxel of a value, where they
 *   are several
 * @typedef {{fills: Uint32Array, edges: Uint32Array, seen: Map<number, number[]>}} Paint pixels
 *   by the 16 bits of a value: within, and of an edge; and the places in the list of the labels
 *   that are seen there
 */

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
  const edges = Uint32Array.from(labels, ({ color }) => packed([...rgbOf(color), 255]));
  /** @type {Map<number, number[]>} */
  const seen = new Map();
  for (const value of [...labels.map((label) => label.value), ...overlaps.map(([code]) => code)]) {
    const places = seenIn(value, labels, overlaps);
    seen.set(value & 65535, places);
    fills[value & 65535] = packed(
      blended(
        places.map((place) => labels[place]),
        opacity,
      ),
    );
  }
  return { fills, edges, seen };
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

/** @type {number[]} */
const NONE = [];

/**
 * Lay labels out in their colours, each outline (4-neighbours) opaque.
 * @param {Uint32Array} out
 * @param {Uint8Array|Uint16Array|Float32Array} values
 * @param {Steps} steps
 * @param {Paint} paint
 * @param {boolean} outline
 */
export function fillLabels(out, values, steps, { fills, edges, seen }, outline) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const bits = bitsOf(values);
  /** The label on top of those that end here; -1 where none does. @param {number[]} around */
  const endingAt = (/** @type {number} */ here, around) => {
    const places = seen.get(here) ?? NONE;
    for (let i = places.length - 1; i >= 0; i--) {
      const place = places[i];
      if (!around.every((value) => seen.get(value)?.includes(place))) return place;
    }
    return -1;
  };
  for (let row = 0, to = 0; row < rows; row++) {
    let from = start + row * rowStep;
    for (let column = 0; column < columns; column++, from += columnStep, to++) {
      const here = bits[from];
      out[to] = here ? fills[here] : 0;
      if (!here || !outline) continue;
      const up = row > 0 ? bits[from - rowStep] : 0;
      const down = row < rows - 1 ? bits[from + rowStep] : 0;
      const left = column > 0 ? bits[from - columnStep] : 0;
      const right = column < columns - 1 ? bits[from + columnStep] : 0;
      if (up === here && down === here && left === here && right === here) continue;
      const place = endingAt(here, [up, down, left, right]);
      if (place >= 0) out[to] = edges[place];
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
