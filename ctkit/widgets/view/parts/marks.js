/** The marks that a hand draws: a ruler, and a region with its statistics. */

/** @type {import("../state.js").Part} */
export const marks = { traits: ["roi", "ruler"] };
