/** What a hand sets: seen at once, and told to the model when it rests or lets go. */

import { read, save, settle } from "./state.js";

/**
 * @typedef {import("./state.js").Model} Model
 * @typedef {import("./state.js").State} State
 */

const REST = 200;

export class Hand {
  /**
   * @param {Model} model
   * @param {import("./geometry.js").Grid} grid of the first volume
   * @param {{redraw: () => void, preview: (state: State) => void}} show
   */
  constructor(model, grid, show) {
    this.model = model;
    this.grid = grid;
    this.show = show;
    /** @type {Record<string, any>|null} */
    this.held = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.telling = undefined;
  }

  /** The state of the model, or one to come, with what the hand holds on top. */
  inSight(state = read(this.model)) {
    let seen = state;
    for (const [name, value] of Object.entries(this.held ?? {})) {
      seen = settle(name, { ...seen, [name]: value }, this.grid);
    }
    return seen;
  }

  /**
   * While a gesture lasts. All that hears of it, the sliders, the kernel, JupyterLab at each
   * of its answers, takes several frames: so they are told when the hand rests.
   * @param {Partial<State>} patch
   */
  hold(patch) {
    this.held = { ...this.held, ...patch };
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), REST);
    this.show.redraw();
    return true;
  }

  tell() {
    clearTimeout(this.telling);
    if (this.held) save(this.model, this.held);
  }

  /** Let go when nothing more comes for a while: a wheel never goes up. */
  rest() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.letGo(), REST);
  }

  letGo() {
    this.tell();
    this.held = null;
  }

  /** Set at once. @param {Partial<State>} patch */
  set(patch) {
    this.held = { ...this.held, ...patch };
    this.show.preview(read(this.model));
    this.letGo();
    return true;
  }

  close() {
    clearTimeout(this.telling);
  }
}
