/** The table of the series that are there, one of which can be picked and opened. */

import { make, setHidden } from "../dom.js";
import * as words from "./words.js";

let count = 0;

export class SeriesTable {
  /** @param {Element} parent @param {(series: number) => void} open */
  constructor(parent, open) {
    this.name = `ctkit-series-${++count}`; // what makes its buttons exclude each other
    this.picked = 0;
    this.drawn = "";
    this.root = make("div", "ctkit-drop-held", parent);
    this.table = make("table", "ctkit-drop-table", this.root, { "aria-label": "Series" });
    this.notes = make("div", "ctkit-drop-notes", this.root);
    this.open = make("button", "ctkit-drop-button ctkit-drop-open", this.root, { type: "button" });
    this.open.textContent = "Open";
    this.open.addEventListener("click", () => open(this.picked));
  }

  /** @param {import("./field.js").Held} held @param {boolean} waits */
  show(held, waits) {
    setHidden(this.root, !held.rows.length);
    this.open.disabled = waits;
    const drawn = JSON.stringify(held);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.picked = held.picked ?? 0;
    this.notes.textContent = words.notes(held).join("\n");
    this.table.replaceChildren();
    const head = make("tr", "", make("thead", "", this.table));
    for (const text of held.heads) make("th", "", head, { scope: "col" }).textContent = text;
    const body = make("tbody", "", this.table);
    for (const number of held.rows.keys()) this.addRow(body, held, number);
  }

  /** @param {Element} body @param {import("./field.js").Held} held @param {number} number */
  addRow(body, held, number) {
    const [first, ...cells] = held.rows[number];
    const row = make("tr", "", body);
    const label = make("label", "", make("th", "", row, { scope: "row" }));
    const radio = make("input", "", label, {
      type: "radio",
      name: this.name,
      "aria-label": `series ${held.rows[number].join(", ")}`,
    });
    label.append(first);
    radio.checked = number === this.picked;
    radio.addEventListener("change", () => {
      this.picked = number;
    });
    for (const text of cells) make("td", "", row).textContent = text;
    if (!held.problems[number]) return;
    const why = make("td", "ctkit-drop-problem", make("tr", "", body), {
      colspan: held.heads.length,
    });
    why.textContent = `Not as it is: ${held.problems[number]}`;
  }
}
