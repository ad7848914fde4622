/**
 * A view that stands in a box of somebody's own brings its controls along.
 *
 * @typedef {import("./state.js").Model} Model
 */

/**
 * @param {Model} model
 * @param {HTMLElement} el of the view
 * @returns {() => void} clean-up
 */
export function bringControls(model, el) {
  /** @type {any[]} */
  const views = [];
  const options = { ended: false };
  const observer = new ResizeObserver(() => {
    // Only in the page is it seen whose box this is.
    if (!el.isConnected) return;
    observer.disconnect();
    if (!el.closest(".ctkit-explorer")) addControls(model, el, views, options).catch(console.error);
  });
  if (model.get("box")) observer.observe(el);
  return () => {
    options.ended = true;
    observer.disconnect();
    for (const view of views) view.remove();
  };
}

/**
 * Views of all that stands in the view's own box, around the view.
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {any[]} views that were made, to be removed
 * @param {{ended: boolean}} options
 */
async function addControls(model, el, views, options) {
  const reference = model.get("box");
  const manager = /** @type {any} */ (model.widget_manager);
  const box = await manager.get_model(reference.replace("IPY_MODEL_", ""));
  el.classList.add("ctkit-explorer", `ctkit-${model.get("mode")}`);
  let next = el.firstChild;
  for (const child of box.get("children")) {
    if (child.get("box") === reference) {
      next = null;
      continue;
    }
    const view = await manager.create_view(child);
    if (options.ended) return view.remove();
    views.push(view);
    // Attached by Lumino, which tells it so; appended alone it would not be drawn.
    view.luminoWidget.constructor.attach(view.luminoWidget, el, next);
  }
}
