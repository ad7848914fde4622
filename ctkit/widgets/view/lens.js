/** A magnifier around the pointer, or around the cursor, while its key is down. */

import { make, setText } from "./dom.js";
import { meanings } from "./keys.js";
import { clamp } from "./numbers.js";
import { drawPictures } from "./saving.js";

/** @typedef {import("./viewer.js").Viewer} Viewer */
/** @typedef {import("./pane.js").Pane} Pane */

export const TIMES = 4;
const WIDE = 180; // pixels of the page
const GAP = 4;
const ARM = 12;

export class Lens {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.held = false;
    this.root = make("div", "ctkit-lens", null, { "aria-hidden": "true" });
    this.canvas = make("canvas", "", this.root);
    this.value = make("div", "ctkit-lens-value", this.root);
    const options = { signal: viewer.stop.signal };
    viewer.root.addEventListener("focusout", () => this.hold(false), options);
    const up = (/** @type {KeyboardEvent} */ event) =>
      meanings(event).includes("m") && this.hold(false);
    viewer.root.addEventListener("keyup", up, options);
  }

  /** @param {boolean} held */
  hold(held) {
    if (held === this.held) return true;
    this.held = held;
    if (held) this.draw();
    else this.root.remove();
    return true;
  }

  /** What is under the pointer now, where the key is down. */
  draw() {
    if (!this.held) return;
    const { hovered } = this.viewer.probe;
    const pane = hovered?.pane ?? this.viewer.active;
    const place = hovered ? pane.placeAt(hovered) : this.viewer.probe.cursor();
    const at = hovered ? pane.stagePointAt(hovered) : place && pane.stageAt(place);
    if (!at) return this.root.remove();
    if (this.root.parentElement !== pane.stage) pane.stage.append(this.root);
    this.put(pane, at);
    this.paint(pane, at);
    setText(this.value, place ? this.viewer.probe.wordsFor(place, pane).hu : "");
  }

  /** Within the stage: at its edge the lens stays, and what it shows goes on. @param {Pane} pane @param {number[]} at */
  put({ wide, high }, [x, y]) {
    const [left, top] = [clamp(x - WIDE / 2, 0, wide - WIDE), clamp(y - WIDE / 2, 0, high - WIDE)];
    this.root.style.transform = `translate(${left}px, ${top}px)`;
  }

  /** @param {Pane} pane @param {number[]} at */
  paint(pane, [x, y]) {
    const finer = devicePixelRatio;
    const size = Math.round(WIDE * finer);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, size, size);
    const scale = TIMES * finer;
    context.setTransform(scale, 0, 0, scale, size / 2 - x * scale, size / 2 - y * scale);
    context.save();
    drawPictures(context, pane);
    context.restore();
    context.setTransform(finer, 0, 0, finer, size / 2, size / 2);
    drawCross(context);
  }
}

/** The place that the value belongs to, in the middle. @param {CanvasRenderingContext2D} context */
function drawCross(context) {
  const arms = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ];
  const path = new Path2D(
    arms.map(([x, y]) => `M${x * GAP} ${y * GAP}L${x * ARM} ${y * ARM}`).join(""),
  );
  for (const [colour, width] of /** @type {const} */ ([
    ["#000", 3],
    ["#ffd43b", 1.2],
  ])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
  }
}
