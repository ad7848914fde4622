/** The field as it stands in the page: one view of what the `Field` knows. */

import { make, setAttribute, setHidden, setText } from "../dom.js";
import { dropped, picked } from "./gathering.js";
import { SeriesTable } from "./table.js";
import * as words from "./words.js";

export class Panel {
  /** @param {import("./field.js").Field} field @param {HTMLElement} el */
  constructor(field, el) {
    this.field = field;
    this.stop = new AbortController();
    this.root = make("section", "ctkit-drop", el, { "aria-label": "A scan from your disk" });
    // Else Enter would edit the cell, and the arrows of the table would leave it.
    this.root.dataset.lmSuppressShortcuts = "true";
    this.zone = make("button", "ctkit-drop-zone", this.root, { type: "button" });
    make("strong", "", this.zone).textContent = words.ASK;
    make("span", "ctkit-drop-more", this.zone).textContent = words.ASK_MORE;
    const row = make("div", "ctkit-drop-row", this.root);
    this.files = make("input", "ctkit-drop-input", row, { type: "file", hidden: "" });
    this.folder = make("input", "ctkit-drop-input", row, { type: "file", hidden: "" });
    this.files.multiple = true;
    this.folder.webkitdirectory = true;
    this.choose = this.button(row, "Choose a folder", () => this.folder.click());
    setHidden(this.choose, !("webkitdirectory" in this.folder));
    this.cancel = this.button(row, "Cancel", () => field.cancel());
    this.bar = make("progress", "ctkit-drop-progress", this.root, {
      max: 1,
      "aria-label": "Bytes sent",
    });
    this.status = make("div", "ctkit-drop-status", this.root, { role: "status" });
    this.error = make("div", "ctkit-error", this.root, { role: "alert" });
    this.table = new SeriesTable(this.root, (series) => field.open(series));
    this.listen();
    this.draw = () => this.update();
    field.listeners.add(this.draw);
    this.update();
  }

  /** @param {Element} parent @param {string} text @param {() => void} act */
  button(parent, text, act) {
    const made = make("button", "ctkit-drop-button", parent, { type: "button" });
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  listen() {
    const { signal } = this.stop;
    this.zone.addEventListener("click", () => this.files.click());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") event.stopPropagation();
    });
    for (const input of [this.files, this.folder]) {
      input.addEventListener("change", () => this.onPicked(input));
    }
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.root.addEventListener(type, (event) => this.onDrag(/** @type {DragEvent} */ (event)), {
        signal,
      });
    }
  }

  /** @param {HTMLInputElement} input */
  onPicked(input) {
    const given = input.files ? picked(input.files) : [];
    input.value = ""; // the same files can be chosen again
    this.field.offer(given);
  }

  /** @param {DragEvent} event */
  onDrag(event) {
    const transfer = event.dataTransfer;
    if (!transfer?.types.includes("Files")) return;
    // Else the browser would open the file in place of the page, and Jupyter move a cell.
    event.preventDefault();
    event.stopPropagation();
    const inside = this.root.contains(/** @type {Node|null} */ (event.relatedTarget));
    const over = event.type !== "drop" && !(event.type === "dragleave" && !inside);
    this.root.classList.toggle("ctkit-drop-over", over);
    if (event.type === "drop") this.field.offer(dropped(transfer, this.field.model.get("most")));
  }

  update() {
    const { busy, alone, held, share, status, error } = this.field;
    this.zone.disabled = this.choose.disabled = alone;
    setHidden(this.cancel, busy !== "sending");
    setHidden(this.bar, !busy);
    if (busy === "python") this.bar.removeAttribute("value");
    else setAttribute(this.bar, "value", String(share));
    setText(this.status, status || words.holds(held));
    setText(this.error, error);
    setHidden(this.error, !error);
    this.table.show(held, Boolean(busy) || alone);
  }

  close() {
    this.stop.abort();
    this.field.listeners.delete(this.draw);
    this.root.remove();
  }
}
