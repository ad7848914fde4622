/** How often each HU occurs, on a logarithmic scale, with the window to be dragged. */

import { make, makeSvg, setAttribute } from "./dom.js";
import { clamp } from "./numbers.js";
import { preciseText } from "./overlay.js";
import { clampWindow, onStep } from "./parts/window.js";
import { read } from "./state.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {{part: string, hu: number, low: number, high: number}} Grip what is dragged, from
 *   which HU, and the ends of the window then
 */

const SHAPES = ["band", "bars", "region", "ramp", "low", "high"];
const NEAR = 8;

export class Histogram {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("div", "ctkit-histogram", parent, { "aria-hidden": "true" });
    this.svg = makeSvg("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none" }, this.root);
    /** @type {Record<string, SVGPathElement>} */
    this.shapes = {};
    for (const name of SHAPES) {
      this.shapes[name] = makeSvg("path", { class: `ctkit-histogram-${name}` }, this.svg);
    }
    this.axis = make("div", "ctkit-histogram-axis", this.root);
    this.low = 0;
    this.high = 1;
    /** @type {Grip|null} */
    this.grip = null;
    /** The values of the region that is drawn. @type {number[]|null} */
    this.region = null;
    const options = { signal: viewer.stop.signal };
    this.svg.addEventListener("pointerdown", (event) => this.onDown(event), options);
    this.svg.addEventListener("pointermove", (event) => this.onMove(event), options);
    this.svg.addEventListener("pointerup", () => this.onUp(), options);
    this.svg.addEventListener("pointercancel", () => this.onUp(), options);
  }

  /** HU to the width of 1000. @param {number} hu */
  x(hu) {
    return (1000 * (hu - this.low)) / (this.high - this.low);
  }

  /** HU at a pointer. @param {PointerEvent} event */
  hu(event) {
    const box = this.svg.getBoundingClientRect();
    return this.low + ((event.clientX - box.left) / box.width) * (this.high - this.low);
  }

  /** @param {State} state */
  draw({ histogram, center, width, invert }) {
    this.root.hidden = !histogram?.counts?.length;
    if (this.root.hidden) return;
    if (this.drawn !== histogram) this.drawBars(histogram);
    this.drawRegion(this.viewer.regionInSight(), histogram.counts.length);
    const [low, high] = [this.x(center - width / 2), this.x(center + width / 2)];
    const [dark, light] = invert ? [0, 100] : [100, 0];
    const { band, ramp } = this.shapes;
    setAttribute(band, "d", `M${low} 0H${high}V100H${low}Z`);
    setAttribute(ramp, "d", `M0 ${dark}L${low} ${dark}L${high} ${light}L1000 ${light}`);
    setAttribute(this.shapes.low, "d", `M${low} 0V100`);
    setAttribute(this.shapes.high, "d", `M${high} 0V100`);
  }

  /** @param {State["histogram"]} histogram */
  drawBars(histogram) {
    [this.low, this.high] = [histogram.low, histogram.high];
    const heights = histogram.counts.map((n) => Math.log1p(n));
    const most = Math.max(...heights) || 1;
    const step = 1000 / heights.length;
    const tops = heights.map((height, i) => {
      const y = 100 - (92 * height) / most;
      return `L${(i * step).toFixed(1)} ${y.toFixed(1)}h${step.toFixed(2)}`;
    });
    this.shapes.bars.setAttribute("d", `M0 100${tops.join("")}L1000 100Z`);
    this.axis.textContent = "";
    for (const hu of ticks(this.low, this.high)) {
      const tick = make("span", "", this.axis);
      tick.textContent = preciseText(hu);
      // A minus that is cut off makes another number; it is wider than a digit.
      const half = `${(tick.textContent.length + 0.5) / 2}ch`;
      tick.style.left = `clamp(${half}, ${this.x(hu) / 10}%, calc(100% - ${half}))`;
    }
    this.drawn = histogram;
  }

  /**
   * How often each HU occurs in a region, to its own scale, over that of the whole.
   * @param {number[]|null} values
   * @param {number} bins
   */
  drawRegion(values, bins) {
    if (values === this.region) return;
    this.region = values;
    const counts = countsOf(values ?? [], this.low, this.high, bins);
    const most = Math.max(...counts) || 1;
    const step = 1000 / bins;
    // Only where there are any: between far values a line would cross the whole picture.
    const bars = counts.map((n, i) => {
      const y = (100 - (92 * n) / most).toFixed(1);
      return n ? `M${(i * step).toFixed(1)} 100V${y}h${step.toFixed(2)}V100Z` : "";
    });
    setAttribute(this.shapes.region, "d", bars.join(""));
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    const { center, width } = read(this.viewer.model);
    const hu = this.hu(event);
    const near = (NEAR * (this.high - this.low)) / this.svg.clientWidth;
    const [low, high] = [center - width / 2, center + width / 2];
    this.grip = { part: gripped(hu, low, high, near), hu, low, high };
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    if (!this.grip) return;
    const moved = this.hu(event) - this.grip.hu;
    const ends = [
      this.grip.low + (this.grip.part === "high" ? 0 : moved),
      this.grip.high + (this.grip.part === "low" ? 0 : moved),
    ];
    const [low, high] = ends.sort((a, b) => a - b);
    const step = this.viewer.model.get("step");
    const wanted = {
      center: onStep((low + high) / 2, step),
      width: Math.max(step, onStep(high - low, step)),
    };
    this.viewer.hand.hold(clampWindow(wanted, this.viewer.model.get("limits")));
  }

  onUp() {
    this.grip = null;
    this.viewer.hand.letGo();
  }
}

/**
 * What a pointer takes hold of: an end of the window, or all of it. In a narrow window the
 * ends are taken from outside only, or no room would be left to take all of it.
 * @param {number} hu
 * @param {number} low
 * @param {number} high
 * @param {number} near how far in HU an end can be taken from
 */
function gripped(hu, low, high, near) {
  const end = Math.abs(hu - low) < Math.abs(hu - high) ? "low" : "high";
  const inside = hu > low && hu < high;
  const apart = Math.min(Math.abs(hu - low), Math.abs(hu - high));
  const close = apart <= near && (hu < low || hu > high || high - low > 3 * near);
  return inside && !close ? "middle" : end;
}

/**
 * Round numbers between two HU, about five of them.
 * @param {number} low
 * @param {number} high
 */
export function ticks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 6));
  const step = ([1, 2, 5, 10].find((s) => (high - low) / (s * power) <= 6) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * How many values lie in each of so many equal bins from low to high.
 * @param {number[]} values
 * @param {number} low
 * @param {number} high
 * @param {number} bins
 */
export function countsOf(values, low, high, bins) {
  const counts = Array(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    counts[clamp(bin, 0, bins - 1)] += 1;
  }
  return counts;
}
