/**
 * The lines of the cursor over three planes: where the two others cross the one that is seen. The
 * reference is ctkit/crossing.py.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{plane: string, way: number[], span: number[]}} Crossing the plane that crosses, its
 *   direction on the stage, and how far it goes from the cursor, back and forth
 */

import { cross, directions, dot, normalOf, PLANES } from "./geometry.js";

/** Pixels around the cursor that its lines leave free. */
export const GAP = 8;
/** A direction that leans less than this is level, or upright: affines are rounded. */
const LEVEL = 1e-9;

/**
 * Where other planes cross one, from edge to edge of its stage; the most level one first.
 * @param {Record<string, Layout>} stacks the three planes as they are shown
 * @param {string} plane the one that is seen
 * @param {number[]} point of the stage where all three meet
 * @param {number[]} stage width and height
 * @returns {Crossing[]}
 */
export function crossingLines(stacks, plane, point, stage) {
  const [right, down] = directions(stacks[plane]);
  const normal = normalOf(stacks[plane]);
  return PLANES.filter((other) => other !== plane)
    .map((other) => {
      const along = cross(normal, normalOf(stacks[other]));
      const way = unitOf([dot(right, along), dot(down, along)]);
      return { plane: other, way, span: spanOf(point, way, stage) };
    })
    .filter(({ span }) => span.length > 0)
    .sort((a, b) => levelOf(a) - levelOf(b));
}

/** @param {Crossing} line */
const levelOf = ({ way }) => Math.round(Math.abs(way[1]) * 1e6);

/** A direction of length 1, to the right, or downwards. @param {number[]} way */
function unitOf(way) {
  const length = Math.hypot(...way);
  const [x, y] = way.map((n) => (Math.abs(n / length) < LEVEL ? 0 : n / length));
  return x < 0 || (x === 0 && y < 0) ? [0 - x, 0 - y] : [x, y];
}

/**
 * How far a line goes on the stage, back and forth; nothing where it misses it.
 * @param {number[]} point
 * @param {number[]} way
 * @param {number[]} stage
 */
function spanOf(point, way, stage) {
  let [low, high] = [-Infinity, Infinity];
  for (const axis of [0, 1]) {
    if (way[axis] === 0) {
      if (point[axis] < 0 || point[axis] > stage[axis]) return [];
      continue;
    }
    const ends = [-point[axis] / way[axis], (stage[axis] - point[axis]) / way[axis]];
    low = Math.max(low, Math.min(...ends));
    high = Math.min(high, Math.max(...ends));
  }
  return low < high ? [low, high] : [];
}

/**
 * The two pieces of a line, on both sides of the gap around the cursor.
 * @param {Crossing} line
 * @param {number[]} point
 * @returns {number[][][]}
 */
export function piecesOf({ way, span: [low, high] }, point) {
  const spans = [
    [low, Math.min(-GAP, high)],
    [Math.max(GAP, low), high],
  ];
  return spans
    .filter(([from, to]) => from < to)
    .map((ends) => ends.map((far) => point.map((start, axis) => start + far * way[axis])));
}
