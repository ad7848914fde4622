/** HU along a ruler, under the picture: that of the chosen one, or of the last on the slice. */

import { make, makeSvg, setAttribute, setHidden, setText } from "./dom.js";
import { ticks } from "./histogram.js";
import { profileOf } from "./measuring.js";
import { clamp } from "./numbers.js";
import { numberText, preciseText, unitOf, valueText } from "./overlay.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {{mm: number[], lines: number[][], low: number, high: number}} Curves
 */

const [WIDE, HIGH] = [1000, 100];
const NAMES = ["before", "after"];

export class Profile {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("div", "ctkit-profile", parent, { role: "img" });
    this.root.hidden = true;
    this.words = make("div", "ctkit-profile-words", this.root);
    const box = { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none" };
    this.svg = makeSvg("svg", box, this.root);
    this.axis = make("div", "ctkit-profile-axis", this.root);
    this.grid = makeSvg("path", { class: "ctkit-profile-grid" }, this.svg);
    this.curves = NAMES.map((name) =>
      makeSvg("path", { class: `ctkit-profile-${name}` }, this.svg),
    );
    this.drawn = "";
    this.axisFor = -1;
  }

  /** @param {State} state */
  draw(state) {
    const mark = this.wanted(state);
    setHidden(this.root, mark === null);
    // Of a large volume planes come one by one: the curve is drawn again until it is whole.
    const key =
      mark && this.isWhole ? JSON.stringify([mark.points, mark.name, this.second?.id]) : "";
    if (mark && (key !== this.drawn || !key)) this.plot(mark, state);
    this.drawn = key;
  }

  get second() {
    return this.viewer.sources.second;
  }

  get isWhole() {
    return [this.viewer.first, this.second].every((source) => !source || source.all);
  }

  /** The ruler in sight that is told. @param {State} state */
  wanted(state) {
    const { marking, active } = this.viewer;
    const here = marking.inSight(active).filter(({ mark }) => mark.kind === "ruler");
    const one = here.find(({ number }) => number === state.selected) ?? here[0];
    return one?.mark.mm ? one.mark : null;
  }

  /** @param {import("./marks.js").Mark} mark @param {State} state */
  plot(mark, state) {
    const { mm, lines, low, high } = this.curvesOf(mark);
    const length = mm[mm.length - 1];
    const y = (/** @type {number} */ hu) =>
      HIGH - 4 - ((HIGH - 8) * (hu - low)) / (high - low || 1);
    this.curves.forEach((curve, i) => {
      setAttribute(curve, "d", lines[i] ? pathOf(mm, lines[i], length, y) : "");
    });
    const unit = unitOf(state);
    const range = `${valueText(low, "")} to ${valueText(high, unit)}`;
    const words = `${mark.name}: ${numberText(length)} mm, ${range}`;
    setText(this.words, words);
    setAttribute(this.root, "aria-label", `Profile of ${words}`);
    this.drawAxis(length);
  }

  /** @param {import("./marks.js").Mark} mark @returns {Curves} */
  curvesOf({ points }) {
    const { first, sources } = this.viewer;
    const spacing = Math.min(...first.spacing);
    const found = [first, sources.second]
      .filter((source) => source != null)
      .map((source) => profileOf(source, points, spacing));
    const lines = found.map(({ hu }) => hu);
    const values = lines.flat().filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { mm: found[0].mm, lines, low, high };
  }

  /** Round numbers of millimetres under the curve. @param {number} length */
  drawAxis(length) {
    if (length === this.axisFor) return;
    this.axisFor = length;
    this.axis.textContent = "";
    const marks = ticks(0, length);
    for (const mm of marks) {
      const tick = make("span", "", this.axis);
      tick.textContent = mm ? preciseText(mm) : "0 mm";
      tick.style.left = `${clamp((100 * mm) / length, 3, 97)}%`;
    }
    const lines = marks.map((mm) => `M${(WIDE * mm) / length} 0V${HIGH}`);
    setAttribute(this.grid, "d", lines.join(""));
  }
}

/**
 * A curve, interrupted where there is no number.
 * @param {number[]} mm
 * @param {number[]} hu
 * @param {number} length
 * @param {(hu: number) => number} y
 */
function pathOf(mm, hu, length, y) {
  let [path, pen] = ["", "M"];
  mm.forEach((at, i) => {
    if (!Number.isFinite(hu[i])) {
      pen = "M";
      return;
    }
    path += `${pen}${((WIDE * at) / length).toFixed(1)} ${y(hu[i]).toFixed(2)}`;
    pen = "L";
  });
  return path;
}
