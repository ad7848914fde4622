/** Mouse, touch and wheel on the stages; zoom and pan are in framing.js, fingers in touching.js. */

import { clamp } from "./numbers.js";
import { limitEnds } from "./parts/second.js";
import { clampWindow, onStep } from "./parts/window.js";
import { read } from "./state.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./state.js").State} State
 * @typedef {{x: number, y: number, id: number, pane: Pane, center: number, width: number,
 *   slice: number, limit: number, curtain: number|null, before: State, moved: boolean,
 *   kind: "pan"|"zoom"|"scroll"|"", grab: import("./marking.js").Grab|null,
 *   turn: import("./turning.js").Turn|null}} Gesture where it began, what the state was, whether it
 *   is one of the tool in hand, the mark that was taken, and which plane it turns
 */

const CLICK = 3; // pixels that a click may move
const NEAR_CURTAIN = 16; // pixels to each side, as much as a finger needs
const TWICE = 400; // milliseconds within which two clicks are one double click
const SCROLL = 250; // milliseconds within which turns of the wheel are one scroll

export class Gestures {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Gesture|null} */
    this.gesture = null;
    /** The last click, and when a drag of the right button ended. @type {PointerEvent|null} */
    this.clicked = null;
    this.dragged = -Infinity;
    this.turned = 0;
    this.scrolled = -Infinity;
    const options = { signal: viewer.stop.signal, passive: true };
    document.addEventListener("wheel", (event) => this.noteScroll(event), options);
  }

  /** @param {Pane} pane */
  listen(pane) {
    const { stage } = pane;
    const options = { signal: this.viewer.stop.signal };
    stage.addEventListener("pointerdown", (event) => this.onDown(event, pane), options);
    stage.addEventListener("pointermove", (event) => this.onMove(event, pane), options);
    stage.addEventListener("pointerup", (event) => this.onUp(event), options);
    stage.addEventListener("pointercancel", (event) => this.onCancel(event), options);
    stage.addEventListener("pointerleave", () => this.viewer.probe.show(null), options);
    const wheel = { ...options, passive: false };
    stage.addEventListener("wheel", (event) => this.onWheel(event, pane), wheel);
  }

  /** @param {PointerEvent} event @param {Pane} pane */
  onDown(event, pane) {
    if (event.button > 2) return;
    const touch = event.pointerType === "touch";
    if (touch && this.viewer.touching.onDown(event, pane)) return;
    const scrolls = touch && !this.viewer.touching.isActive;
    if (!scrolls) this.take(event, pane);
    const kind = scrolls ? "scroll" : this.viewer.framing.kindOf(event);
    const { clientX: x, clientY: y, pointerId: id } = event;
    const before = read(this.viewer.model);
    const { center, width, slice, limit } = before;
    const curtain = kind ? null : besideCurtain(pane, x);
    const own = kind || curtain !== null;
    const turn = own ? null : this.viewer.turning.begin(pane, event);
    const grab = own || turn ? null : this.viewer.marking.take(event, pane);
    const from = { center, width, slice, limit, curtain, before, grab, turn };
    this.gesture = { x, y, id, pane, kind, moved: false, ...from };
  }

  /** The pane is the one of the keys, and of this pointer until it goes up. @param {PointerEvent} event @param {Pane} pane */
  take(event, pane) {
    // Not left to the focus: where the picture has it already, no event says so again.
    this.viewer.choose(pane);
    pane.canvas.focus({ preventScroll: true });
    pane.stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  /** @param {PointerEvent} event @param {Pane} pane */
  onMove(event, pane) {
    const { gesture } = this;
    if (this.viewer.touching.onMove(event)) return;
    if (!gesture) {
      this.viewer.probe.show({ clientX: event.clientX, clientY: event.clientY, pane });
      const near = besideCurtain(pane, event.clientX) !== null;
      pane.stage.classList.toggle("ctkit-near-curtain", near);
      this.viewer.turning.hover(pane, event);
      this.viewer.marking.hover(event, pane);
      return;
    }
    if (event.pointerId !== gesture.id) return;
    const right = event.clientX - gesture.x;
    const down = event.clientY - gesture.y;
    gesture.moved ||= Math.hypot(right, down) > CLICK;
    if (gesture.moved && gesture.kind !== "scroll")
      this.viewer.hand.hold(this.patchOf(event, gesture, right, down));
  }

  /**
   * What a drag changes.
   * @param {PointerEvent} event
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   * @returns {Partial<import("./state.js").State>}
   */
  patchOf(event, gesture, right, down) {
    const { kind, turn, pane } = gesture;
    if (kind) return this.viewer.framing.patchOf(gesture, right, down);
    if (turn) return this.viewer.turning.patchOf(turn, pane, event, right, down);
    if (gesture.curtain !== null) return this.curtain(event.clientX - gesture.curtain);
    if (gesture.grab) return this.viewer.marking.moved(gesture.grab, event);
    if (event.pointerType === "touch") return this.slice(gesture, down);
    return this.window(gesture, right, down);
  }

  /**
   * Right is wider, down is a higher center: the signs of cornerstone3D, OHIF's toolkit.
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   */
  window({ center, width, limit }, right, down) {
    const whole = this.viewer.model.get("step");
    // The colours of a difference have one end, and no center.
    if (this.viewer.model.get("blend") === "difference") {
      const [low, high] = limitEnds(whole);
      const more = right * clamp(limit / 100, 0.25 * whole, 8 * whole);
      return { limit: clamp(onStep(limit + more, whole), low, high) };
    }
    const step = clamp(width / 200, 0.25 * whole, 8 * whole);
    const wanted = {
      width: onStep(width + right * step, whole),
      center: onStep(center + down * step, whole),
    };
    return clampWindow(wanted, this.viewer.model.get("limits"));
  }

  /** @param {Gesture} gesture @param {number} down */
  slice({ slice, pane }, down) {
    const end = this.viewer.model.get("max_slice");
    const perSlice = Math.max(4, pane.high / (end + 1));
    return { slice: clamp(slice + Math.round(down / perSlice), 0, end) };
  }

  /** @param {number} clientX */
  curtain(clientX) {
    const box = this.viewer.panes[0].stage.getBoundingClientRect();
    return { curtain: clamp((clientX - box.left) / box.width, 0, 1) };
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    const { gesture } = this;
    if (this.viewer.touching.onUp(event)) return;
    const taken = gesture?.grab && this.viewer.marking.release(gesture.grab, event, gesture.moved);
    this.end();
    if (gesture?.kind === "zoom" && gesture.moved) this.dragged = event.timeStamp;
    if (!gesture || taken || gesture.moved || gesture.curtain !== null) return;
    if (gesture.kind === "zoom") this.viewer.framing.openMenu(event);
    if (gesture.kind === "scroll") this.take(event, gesture.pane);
    // A handle is no place of the picture.
    if (gesture.turn?.axes.length === 1) return;
    if (["", "scroll"].includes(gesture.kind)) this.click(event, gesture.pane);
  }

  /** @param {PointerEvent} event @param {Pane} pane */
  click(event, pane) {
    const last = this.clicked;
    const twice =
      last?.target === event.target &&
      event.timeStamp - last.timeStamp < TWICE &&
      Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR_CURTAIN;
    this.clicked = twice ? null : event;
    if (twice) {
      this.viewer.maximise();
      return;
    }
    this.viewer.marking.select(null);
    const goal = pane.goalAt(event);
    if (goal) this.viewer.hand.set({ ...goal, pinned: true });
  }

  /** The browser takes a finger for itself. @param {PointerEvent} event */
  onCancel(event) {
    this.viewer.touching.onUp(event);
    this.end();
  }

  /** All as it was before the drag under way. @returns {boolean} whether there was one */
  cancel() {
    if (!this.gesture?.moved) return false;
    const before = /** @type {Record<string, any>} */ (this.gesture.before);
    const names = Object.keys(this.viewer.hand.held ?? {});
    if (this.gesture.grab) this.viewer.marking.selected = this.gesture.grab.chosen;
    this.viewer.hand.set(Object.fromEntries(names.map((name) => [name, before[name] ?? null])));
    this.end();
    // What nobody had been told of yet is no change to anyone.
    this.viewer.redraw();
    return true;
  }

  end() {
    this.gesture = null;
    this.viewer.hand.letGo();
    // The model may have heard of all of it while the hand rested: then nothing is drawn again.
    this.viewer.history.note();
  }

  /** A scroll that began elsewhere on the page goes on as a scroll. @param {WheelEvent} event */
  noteScroll(event) {
    const outside = !this.viewer.stages.contains(/** @type {Node} */ (event.target));
    if (outside) this.scrolled = event.timeStamp;
  }

  /** @param {WheelEvent} event @param {Pane} pane */
  onWheel(event, pane) {
    if (!event.ctrlKey && event.timeStamp - this.scrolled < SCROLL) {
      this.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.ctrlKey) {
      this.viewer.framing.onWheel(event, pane);
      return;
    }
    this.viewer.choose(pane);
    const [steps, left] = wheelSteps(this.turned, event.deltaY * (event.deltaMode === 1 ? 40 : 1));
    this.turned = left;
    if (steps) this.viewer.goTo(this.viewer.model.get("slice") + steps);
  }
}

/**
 * How far right of the curtain a place of the page is, or null where it is too far to take it.
 * @param {Pane} pane
 * @param {number} clientX
 */
function besideCurtain({ stage, curtainAt }, clientX) {
  if (curtainAt === null) return null;
  const right = clientX - stage.getBoundingClientRect().left - curtainAt;
  return Math.abs(right) <= NEAR_CURTAIN ? right : null;
}

/**
 * How many slices a turn of the wheel is: [steps, what is left over].
 * @param {number} left of the turns before
 * @param {number} delta in pixels
 */
export function wheelSteps(left, delta) {
  if (Math.abs(delta) >= 50) return [Math.sign(delta), 0];
  const sum = left + delta;
  const steps = Math.trunc(sum / 30);
  return [steps, sum - steps * 30];
}
