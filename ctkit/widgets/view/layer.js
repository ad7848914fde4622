/** One canvas at the size of the voxels, stretched to millimetres by CSS. */

import { make, setHidden } from "./dom.js";
import { clamp } from "./numbers.js";

export class Layer {
  /** @param {Element} stage @param {string} className */
  constructor(stage, className) {
    this.canvas = make("canvas", className, stage);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.painted = this.clipped = "";
    /** From which x to which of its stage it is seen. */
    this.seen = [0, 0];
    /** @type {ImageData|null} */
    this.data = null;
    /** @type {Uint32Array|null} */
    this.pixels = null;
    /** @type {import("./overlay.js").Box} */
    this.box = { left: 0, top: 0, width: 0, height: 0 };
  }

  /**
   * Paint anew where `wanted` is not what was painted last.
   * @param {string} wanted
   * @param {{rows: number, columns: number}} size
   * @param {(pixels: Uint32Array) => void} fill
   */
  paint(wanted, { rows, columns }, fill) {
    if (wanted === this.painted) return;
    if (!this.data || this.canvas.width !== columns || this.canvas.height !== rows) {
      this.canvas.width = columns;
      this.canvas.height = rows;
      this.data = new ImageData(columns, rows);
      this.pixels = new Uint32Array(this.data.data.buffer);
    }
    this.painted = wanted;
    if (this.pixels) fill(this.pixels);
    this.context.putImageData(this.data, 0, 0);
  }

  /** Show nothing, or again what was painted. @param {boolean} shown */
  show(shown) {
    setHidden(this.canvas, !shown);
  }

  /**
   * Let only a part be seen: a canvas that is hidden could not be reached by a key.
   * @param {number[]} seen from which x to which of the stage
   * @param {number} wide the stage
   */
  clip(seen, wide) {
    this.seen = seen;
    const { left, width } = this.box;
    const [from, to] = seen.map((x) => clamp(x - left, 0, width));
    const whole = seen[0] <= 0 && seen[1] >= wide;
    // By parts of the picture, which has another size on paper.
    const [start, end] = [from, width - to].map((n) => percent(n, width || 1));
    const clip = whole ? "" : `inset(0 ${end} 0 ${start})`;
    if (clip !== this.clipped) this.canvas.style.clipPath = this.clipped = clip;
  }

  /**
   * Put the picture into a box of its stage.
   * @param {import("./overlay.js").Box} box
   * @param {number} wide of the stage
   * @param {number} high
   */
  place(box, wide, high) {
    this.box = box;
    placeIn(this.canvas.style, box, wide, high);
  }

  /** Whoever still holds the canvas of a closed view holds no pixels. */
  free() {
    this.canvas.width = this.canvas.height = 0;
    this.data = this.pixels = null;
  }
}

/** @param {number} part @param {number} whole */
export const percent = (part, whole) => `${(100 * part) / whole}%`;

/**
 * Put something into a box of its stage: by parts of it, so that all is smaller together on a
 * smaller sheet of paper.
 * @param {CSSStyleDeclaration} style
 * @param {import("./overlay.js").Box} box
 * @param {number} wide of the stage
 * @param {number} high
 */
export function placeIn(style, box, wide, high) {
  [style.left, style.top] = [percent(box.left, wide), percent(box.top, high)];
  [style.width, style.height] = [percent(box.width, wide), percent(box.height, high)];
}
