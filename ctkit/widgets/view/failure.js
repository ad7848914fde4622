/** What went wrong, in words that stay where people look; where it came from can be unfolded. */

import { make, setHidden, setText } from "./dom.js";

export class Failure {
  /** @param {Element} parent */
  constructor(parent) {
    this.root = make("div", "ctkit-error", parent, { role: "alert" });
    this.words = make("div", "ctkit-error-words", this.root);
    this.more = make("details", "", this.root);
    make("summary", "", this.more).textContent = "where";
    this.trace = make("pre", "ctkit-trace", this.more);
    this.show("");
  }

  /** @param {string} words none hide it @param {string} [trace] where it came from */
  show(words, trace = "") {
    setHidden(this.root, !words);
    setText(this.words, words);
    setHidden(this.more, !trace);
    setText(this.trace, trace);
  }
}
