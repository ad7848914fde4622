/** Names for the sliders of Jupyter, which have their words beside them and no name of their own. */

import { setAttribute } from "./dom.js";

/**
 * Name the handles in the box of a view, those that come later too.
 * @param {Element} root of the view
 * @returns {(() => void)|undefined} clean-up; undefined where the view stands in no box yet
 */
export function nameSliders(root) {
  const box = root.closest(".ctkit-explorer");
  if (!box) return undefined;
  const observer = new MutationObserver(() => name());
  const name = () => {
    for (const panel of box.querySelectorAll(":scope > .ctkit-panel")) {
      observer.observe(panel, { childList: true, subtree: true });
      panel.querySelectorAll(".noUi-handle").forEach(nameHandle);
    }
  };
  observer.observe(box, { childList: true });
  name();
  return () => observer.disconnect();
}

/** @param {Element} handle */
function nameHandle(handle) {
  const words = handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent;
  if (words) setAttribute(handle, "aria-label", words);
}
