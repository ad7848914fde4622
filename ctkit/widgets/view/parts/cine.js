/** How the slices are played. */

export const SPEEDS = /** @type {const} */ ([1, 60]);

/** @type {import("../state.js").Part} */
export const cine = { traits: ["speed", "range", "playback"] };
