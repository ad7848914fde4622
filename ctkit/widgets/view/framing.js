/** What a hand does to zoom and pan: by mouse, wheel and keys. */

import { read } from "./state.js";
import { panBy, sightOf, zoomAt } from "./zooming.js";

/**
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./gestures.js").Gesture} Gesture
 * @typedef {{clientX: number, clientY: number}} Point of the page
 */

const STEP = 1.25; // of a key
const NOTCH = 1.2; // of a wheel with notches
const STRIDE = 0.1; // of the stage, that a key moves the picture by
const AFTER = 300; // milliseconds after a drag within which a menu is one of it
const REACH = 3; // a drag as long as the stage is high is e ** 3 times as large

export class Framing {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** Whether the space bar is down, and what it was used for meanwhile. */
    this.space = false;
    this.used = false;
    /** Whether the menu of the page was held back, as a drag might follow. */
    this.menu = false;
    const options = { signal: viewer.stop.signal };
    viewer.root.addEventListener("keyup", (event) => this.onKeyUp(event), options);
    viewer.root.addEventListener("focusout", () => this.hold(false), options);
    viewer.root.addEventListener("contextmenu", (event) => this.onMenu(event), options);
    // The middle button would begin to scroll the page.
    const onMiddle = (/** @type {MouseEvent} */ event) =>
      event.button === 1 && this.isOver(event) && event.preventDefault();
    viewer.root.addEventListener("mousedown", onMiddle, options);
  }

  /** @param {Event} event */
  isOver(event) {
    return this.viewer.stages.contains(/** @type {Node} */ (event.target));
  }

  // ---- drags

  /** What a press begins: "pan", "zoom", or "" for what the tool in hand does. @param {PointerEvent} event */
  kindOf({ button }) {
    if (button === 2) return "zoom";
    return button === 1 || this.space ? "pan" : "";
  }

  /**
   * What a drag of its own kind changes.
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   */
  patchOf({ kind, pane, before, x, y }, right, down) {
    this.used = true;
    if (kind === "pan") return panBy(this.sightOf(pane), before, [right, down]);
    // Down is larger, as in cornerstone3D.
    const factor = Math.exp((REACH * down) / pane.high);
    return this.zoomed(pane, before, { clientX: x, clientY: y }, factor);
  }

  /** @param {Pane} pane */
  sightOf(pane) {
    const shown = /** @type {import("./overlay.js").Pictures} */ (pane.shown);
    return sightOf(shown, this.viewer.first, [pane.wide, pane.high]);
  }

  /**
   * @param {Pane} pane
   * @param {{zoom: number, pan: number[]}} before
   * @param {Point} at
   * @param {number} factor
   */
  zoomed(pane, before, at, factor) {
    return zoomAt(this.sightOf(pane), before, pane.stagePointAt(at), factor);
  }

  // ---- the wheel

  /** With Ctrl, which a pinch on a touchpad comes with too. @param {WheelEvent} event @param {Pane} pane */
  onWheel(event, pane) {
    const delta = event.deltaY * (event.deltaMode === 1 ? 40 : 1);
    const factor = Math.abs(delta) < 50 ? Math.exp(-delta / 100) : NOTCH ** -Math.sign(delta);
    this.used = true;
    this.viewer.choose(pane);
    this.viewer.hand.hold(this.zoomed(pane, this.viewer.hand.inSight(), event, factor));
    if (!this.viewer.gestures.gesture) this.viewer.hand.rest();
  }

  // ---- keys

  /** At the pointer where it is over the pane, else in its middle. @param {number} steps */
  zoomBy(steps) {
    const { active, probe, hand } = this.viewer;
    const box = active.stage.getBoundingClientRect();
    const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    const at = probe.hovered?.pane === active ? probe.hovered : middle;
    return hand.set(this.zoomed(active, read(this.viewer.model), at, STEP ** steps));
  }

  /** Look further to one side. @param {[number, number]} steps to the right, and down */
  look([right, down]) {
    const { active, hand, model } = this.viewer;
    const step = STRIDE * Math.min(active.wide, active.high);
    return hand.set(panBy(this.sightOf(active), read(model), [-right * step, -down * step]));
  }

  fit() {
    return this.viewer.hand.set({ zoom: 1, pan: [0, 0, 0] });
  }

  /** Smooth between the middles of pixels, or each pixel sharp. */
  sharpen() {
    const nearest = read(this.viewer.model).interpolation === "nearest";
    return this.viewer.hand.set({ interpolation: nearest ? "linear" : "nearest" });
  }

  /** The space bar: with a drag it pans, alone it resets the window. @param {boolean} down */
  hold(down) {
    if (down && !this.space) this.used = false;
    this.space = down;
    this.viewer.root.classList.toggle("ctkit-grab", down);
    return true;
  }

  /** @param {KeyboardEvent} event */
  onKeyUp({ key }) {
    if (key !== " " || !this.space) return;
    this.hold(false);
    if (!this.used && !this.viewer.gestures.gesture) this.reset();
  }

  /** The window as it was at first; where it is that already, planes as they are in the volume. */
  reset() {
    const { home, center, width, invert } = read(this.viewer.model);
    const isHome = center === home.center && width === home.width && !invert;
    this.viewer.hand.set({ ...home, invert: false, ...(isHome ? { normal: null } : {}) });
  }

  // ---- the menu of the page

  /**
   * A drag of the right button opens none. On some systems it would open at the press, before
   * anyone knows.
   * @param {MouseEvent} event
   */
  onMenu(event) {
    if (!this.isOver(event) || !event.isTrusted) return;
    const { gesture, dragged } = this.viewer.gestures;
    this.menu = gesture?.kind === "zoom";
    if (!this.menu && event.timeStamp - dragged > AFTER) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The menu that was held back, where the button went up with no drag. @param {PointerEvent} event */
  openMenu({ target, clientX, clientY }) {
    if (!this.menu) return;
    this.menu = false;
    const words = { bubbles: true, cancelable: true, button: 2, clientX, clientY };
    target?.dispatchEvent(new MouseEvent("contextmenu", words));
  }
}
