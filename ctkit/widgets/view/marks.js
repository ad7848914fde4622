/**
 * Marks: rulers, regions, angles and points that are drawn on a plane of a volume. The reference
 * is ctkit/marks.py; every name and number here is the same there.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{voxels: number, mean: number|null, sd: number|null, minimum: number|null,
 *   maximum: number|null, area_mm2: number, missing: number}} Statistics
 * @typedef {Partial<Statistics> & {mm?: number, degrees?: number, after?: Statistics|null,
 *   difference?: Statistics|null, slab?: string}} Results
 * @typedef {{kind: string, name: string, visible: boolean, points: number[][],
 *   normal: number[]} & Results} Mark points in LPS+ mm, and the unit vector across its plane
 */

import { applyAffine, dot, inverseOf, normalOf } from "./geometry.js";

export const REGIONS = ["ellipse", "rectangle", "freehand"];
/**
 * How many points each kind has; a freehand line has as many as it takes.
 * @type {Record<string, number|undefined>}
 */
export const COUNTS = { ruler: 2, angle: 3, point: 1, ellipse: 4, rectangle: 4 };
/** The cosine of half a degree: planes that lean less are the same one. */
const PARALLEL = 0.99996;

/** @param {number[]} a @param {number[]} b */
export const minus = (a, b) => a.map((n, i) => n - b[i]);

/** @param {number[][]} points */
export const middleOf = (points) =>
  points[0].map((_, i) => points.reduce((sum, point) => sum + point[i], 0) / points.length);

/**
 * The slice of a stack on which a mark lies; null where the mark's plane runs another way.
 * @param {Pick<Mark, "points"|"normal">} mark
 * @param {Layout} stack
 */
export const sliceOf = (mark, stack) => sliceFinder(stack)(mark);

/**
 * What `sliceOf` says of many marks: the stack is looked at once.
 * @param {Layout} stack
 * @returns {(mark: Pick<Mark, "points"|"normal">) => number|null}
 */
export function sliceFinder(stack) {
  const normal = normalOf(stack);
  const row = inverseOf(stack)[stack.axis];
  return (mark) => {
    if (Math.abs(dot(mark.normal, normal)) < PARALLEL) return null;
    return Math.floor(dot(middleOf(mark.points), row) + row[3] + 0.5 + 1e-6);
  };
}

/**
 * The plane, of the three, and the slice on which a mark lies; null on an oblique one.
 * @param {Mark} mark
 * @param {Record<string, Layout>} stacks
 */
export function whereIs(mark, stacks) {
  for (const [plane, stack] of Object.entries(stacks)) {
    const slice = sliceOf(mark, stack);
    if (slice !== null) return { plane, slice };
  }
  return null;
}

/**
 * The corners of the box between two opposite ones, its sides along two directions.
 * @param {number[]} start in mm
 * @param {number[]} end
 * @param {number[][]} ways
 */
export function boxBetween(start, end, [way]) {
  const along = dot(minus(end, start), way);
  const side = way.map((n) => n * along);
  return [start, start.map((n, i) => n + side[i]), end, end.map((n, i) => n - side[i])];
}

/**
 * A name that no other mark has.
 * @param {string} kind
 * @param {{name: string}[]} marks
 */
export function freeName(kind, marks) {
  const names = marks.map(({ name }) => name);
  const first = REGIONS.includes(kind) ? "region" : kind;
  let [name, number] = [first, 1];
  while (names.includes(name)) name = `${first} ${++number}`;
  return name;
}

/**
 * A point of a volume in mm, moved onto a plane of a stack.
 * @param {Layout} stack
 * @param {number[]} place
 * @param {number} slice
 */
export function placeOn(stack, place, slice) {
  const index = applyAffine(inverseOf(stack), place);
  return applyAffine(stack.affine, index.with(stack.axis, slice));
}
