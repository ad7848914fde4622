/** The function that is tuned: whether it works, what it reported, what went wrong. */

import { text } from "../line.js";

/** @type {import("../state.js").Part} */
export const tuned = {
  traits: ["busy", "outcome", "error", "trace", "stale", "made_of", "starts", "taken"],
  words: ({ made_of, starts, taken }) => {
    const words = Object.entries(made_of);
    const values = words.map(([name, value]) => `${text(name)}: ${value}`).join(", ");
    const moved = words.some(([name, value]) => value !== starts[name]);
    return {
      ...(moved ? { values: `{${values}}` } : {}),
      // The function makes the mask; and what is its parameter can't be told to the view.
      mask: "",
      ...Object.fromEntries(taken.map((name) => [name, ""])),
    };
  },
};
