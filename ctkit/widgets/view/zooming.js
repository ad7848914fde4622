/**
 * Which part of a plane a stage shows. The reference is ctkit/zooming.py; what a hand does to it
 * is here alone.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./overlay.js").Box} Box
 * @typedef {{zoom?: number, pan?: number[]}} Zoomed
 * @typedef {{scale: number, right: number, down: number}} Field pixels per mm, and the place in
 *   the middle of the stage, in mm along the directions of the pictures
 */

import { directions, dot } from "./geometry.js";

export const ZOOMS = /** @type {const} */ ([0.25, 64]);
export const FARTHEST = 2000;
export const INTERPOLATIONS = ["linear", "nearest"];

/**
 * What a stage shows of the planes of a stack.
 * @param {Zoomed} state
 * @param {Layout} layout
 * @param {Box} frame in mm: what just fits at a zoom of 1
 * @param {number[]} stage width and height
 * @returns {Field}
 */
export function fieldOf({ zoom = 1, pan = [0, 0, 0] }, layout, frame, stage) {
  const fits = Math.min(stage[0] / frame.width, stage[1] / frame.height);
  const [right, down] = directions(layout).map((way) => dot(way, pan));
  return {
    scale: fits * zoom,
    right: frame.left + frame.width / 2 + right,
    down: frame.top + frame.height / 2 + down,
  };
}

/**
 * A box in mm as one in pixels of the stage.
 * @param {Box} box
 * @param {Field} field
 * @param {number[]} stage
 * @returns {Box}
 */
export function placed(box, { scale, right, down }, stage) {
  return {
    left: stage[0] / 2 + (box.left - right) * scale,
    top: stage[1] / 2 + (box.top - down) * scale,
    width: box.width * scale,
    height: box.height * scale,
  };
}
