/** A mask over the picture. */

/** @type {import("../state.js").Part} */
export const mask = { traits: ["opacity", "outline"], source: "overlay" };
