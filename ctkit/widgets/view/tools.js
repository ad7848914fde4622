/** The row of buttons over the pictures. */

import { make, makeSvg, setAttribute } from "./dom.js";

/** @typedef {import("./viewer.js").Viewer} Viewer */

/** Those with `drag` say what a drag does; the others do something at once. */
export const TOOLS = [
  {
    name: "window",
    title: "Drag changes the window (w)",
    letter: "w",
    drag: true,
    icon: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  },
  {
    name: "ruler",
    title: "Ruler: drag a length, or Enter (l)",
    letter: "l",
    drag: true,
    icon: "M4 16 16 4l4 4L8 20zM8 12l2 2M11 9l2 2M14 6l2 2",
  },
  {
    name: "ellipse",
    title: "Region, ellipse: drag, or Enter (e)",
    letter: "e",
    drag: true,
    icon: "M3 12a9 6 0 1 0 18 0a9 6 0 1 0-18 0",
  },
  {
    name: "rectangle",
    title: "Region, rectangle: drag, or Enter (r)",
    letter: "r",
    drag: true,
    icon: "M4 6h16v12H4z",
  },
  {
    name: "freehand",
    title: "Region, freehand: drag around it, or Enter (d)",
    letter: "d",
    drag: true,
    icon: "M5 16c-3-5 1-11 6-9 3 1 4-2 7 0 4 3 1 10-3 11-4 1-8 1-10-2",
  },
  {
    name: "angle",
    title: "Angle: drag one arm, then set the other, or Enter (a)",
    letter: "a",
    drag: true,
    icon: "M4 19h16M4 19 16 5M11 19a7 7 0 0 0-2.5-5.3",
  },
  {
    name: "point",
    title: "Point: press, or Enter (p)",
    letter: "p",
    drag: true,
    icon: "M12 3v6M12 15v6M3 12h6M15 12h6",
  },
  {
    name: "clear",
    title: "Remove the chosen mark, or all (Delete)",
    letter: "Delete",
    icon: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  },
  {
    name: "fit",
    title: "Fit the picture (f)",
    letter: "f",
    icon: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  },
  {
    name: "nearest",
    title: "Sharp pixels (n)",
    letter: "n",
    icon: "M4 4h16v16H4zM4 12h16M12 4v16",
  },
  {
    name: "turn",
    title: "Oblique: drag, or Shift + arrows, turns the picture (o)",
    letter: "o",
    drag: true,
    icon: "M4 9a9 4 0 1 0 3-2.4M7 3v4h4M12 12l6 7",
  },
  {
    name: "slab",
    title: "Slab: highest, lowest or mean values of many slices (t)",
    letter: "t",
    icon: "M4 8l8-4 8 4-8 4zM4 12l8 4 8-4M4 16l8 4 8-4",
  },
  { name: "play", title: "Play the slices (c)", letter: "c", icon: "M7 4l13 8-13 8z" },
  {
    name: "save",
    title: "Save the picture as PNG (s)",
    letter: "s",
    icon: "M12 4v11M7 10l5 5 5-5M4 20h16",
  },
  {
    name: "copy",
    title: "Copy the state as a line of Python (y)",
    letter: "y",
    icon: "M8 8h12v12H8zM16 8V4H4v12h4",
  },
  {
    name: "flip",
    title: "Flicker: show the other volume (b)",
    letter: "b",
    icon: "M4 9h14l-4-4M20 15H6l4 4",
  },
  {
    name: "help",
    title: "Mouse and keys (?)",
    letter: "?",
    icon: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 18v.5",
  },
];

export class Toolbar {
  /** @param {Element} parent @param {Viewer} viewer */
  constructor(parent, viewer) {
    const words = { role: "toolbar", "aria-label": "Tools of the picture" };
    const bar = make("div", "ctkit-tools", parent, words);
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = {};
    let group = bar;
    for (const { name, title, icon } of TOOLS) {
      // From here on they go into a second row together: one alone there would look lost.
      if (name === "save") group = make("div", "ctkit-tools-last", bar);
      const told = { type: "button", title, "aria-label": title };
      const button = make("button", `ctkit-tool ctkit-tool-${name}`, group, told);
      const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
      makeSvg("path", { d: icon }, svg);
      button.addEventListener("click", () => viewer.useTool(name), { signal: viewer.stop.signal });
      this.buttons[name] = button;
    }
  }

  /** @param {string} tool in hand @param {Record<string, boolean>} on which of the others are on */
  draw(tool, on) {
    const press = (/** @type {string} */ name, /** @type {boolean} */ pressed) =>
      setAttribute(this.buttons[name], "aria-pressed", String(pressed));
    for (const { name, drag } of TOOLS) if (drag) press(name, tool === name);
    for (const [name, pressed] of Object.entries(on)) press(name, pressed);
  }
}
