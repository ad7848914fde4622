/** The function that is tuned: whether it works, what it reported, what went wrong. */

/** @type {import("../state.js").Part} */
export const tuned = { traits: ["busy", "outcome", "error"] };
