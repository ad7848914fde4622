/**
 * Fingers on the stages: one scrolls the page until the picture is active, which a tap makes it,
 * and then the slices; two zoom and pan.
 */

import { read } from "./state.js";
import { panBy, zoomAt } from "./zooming.js";

/**
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {{middle: number[], apart: number}} Spread of two fingers, in pixels of the stage
 */

export class Touching {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** The fingers that are down, by their ids. @type {Map<number, PointerEvent>} */
    this.fingers = new Map();
    /** @type {(Spread & {pane: Pane, before: import("./state.js").State})|null} */
    this.pinch = null;
    const { root, stages, stop } = viewer;
    const options = { signal: stop.signal };
    const wake = () => {
      const active = stages.contains(document.activeElement);
      root.classList.toggle("ctkit-active", active);
    };
    root.addEventListener("focusin", wake, options);
    root.addEventListener("focusout", () => queueMicrotask(wake), options);
    // Two fingers never scroll the page from here.
    const onTouch = (/** @type {TouchEvent} */ event) =>
      event.touches.length > 1 && event.cancelable && event.preventDefault();
    for (const kind of /** @type {const} */ (["touchstart", "touchmove"])) {
      stages.addEventListener(kind, onTouch, { ...options, passive: false });
    }
  }

  /** Whether a finger does more than scroll the page. */
  get isActive() {
    const { marking, stages } = this.viewer;
    return marking.isDrawing || stages.contains(document.activeElement);
  }

  /** @param {PointerEvent} event @param {Pane} pane @returns {boolean} whether it is the second finger */
  onDown(event, pane) {
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size !== 2) return this.fingers.size > 2;
    const { gestures } = this.viewer;
    if (gestures.gesture?.grab) gestures.cancel();
    gestures.end();
    this.pinch = { pane, before: read(this.viewer.model), ...this.spread(pane) };
    return true;
  }

  /** @param {PointerEvent} event @returns {boolean} whether two fingers are down */
  onMove(event) {
    if (!this.fingers.has(event.pointerId)) return false;
    this.fingers.set(event.pointerId, event);
    if (!this.pinch || this.fingers.size !== 2) return this.pinch !== null;
    const { pane, before, middle, apart } = this.pinch;
    const now = this.spread(pane);
    const sight = this.viewer.framing.sightOf(pane);
    const zoomed = zoomAt(sight, before, middle, now.apart / apart);
    const moved = middle.map((n, i) => now.middle[i] - n);
    this.viewer.hand.hold(panBy(sight, zoomed, moved));
    return true;
  }

  /** @param {PointerEvent} event @returns {boolean} whether two fingers were down */
  onUp(event) {
    this.fingers.delete(event.pointerId);
    const pinched = this.pinch !== null;
    // The finger that stays longer does nothing more: it would jump.
    if (this.fingers.size === 0) this.pinch = null;
    return pinched;
  }

  /** @param {Pane} pane @returns {Spread} */
  spread(pane) {
    const [a, b] = [...this.fingers.values()].map((one) => pane.stagePointAt(one));
    const middle = a.map((n, i) => (n + b[i]) / 2);
    return { middle, apart: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
  }
}
