/** The steps of drawing that can be taken back. */

/** @typedef {import("./marks.js").Mark} Mark */

/** How many steps are kept. */
export const STEPS = 100;

export class History {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Mark[][]} */
    this.past = [];
    /** @type {Mark[][]} */
    this.future = [];
    /** @type {Mark[]} */
    this.now = viewer.model.get("drawn") ?? [];
  }

  /**
   * Keep what was there before a change, whoever made it. A drag is one step: nothing is kept
   * while the hand holds the marks, nor while a mark still lacks points.
   */
  note() {
    const { hand, model, marking, walk } = this.viewer;
    if (hand.held?.drawn || marking.open || walk.points) return;
    const drawn = model.get("drawn") ?? [];
    if (drawn === this.now) return;
    const changed = shapes(drawn) !== shapes(this.now);
    if (changed) {
      this.past = [...this.past, this.now].slice(-STEPS);
      this.future = [];
    }
    this.now = drawn;
  }

  undo() {
    return this.go(this.past, this.future);
  }

  redo() {
    return this.go(this.future, this.past);
  }

  /** @param {Mark[][]} from @param {Mark[][]} to */
  go(from, to) {
    this.note();
    const drawn = from.pop();
    if (!drawn) return false;
    to.push(this.now);
    this.now = drawn;
    this.viewer.marking.selected = null;
    this.viewer.hand.set({ drawn: this.viewer.marking.measured(drawn) });
    this.now = this.viewer.model.get("drawn");
    this.viewer.redraw();
    return true;
  }
}

/** What a hand changes of marks: what is measured may change by itself. @param {Mark[]} drawn */
const shapes = (drawn) =>
  JSON.stringify(drawn.map(({ kind, name, visible, points }) => [kind, name, visible, points]));
