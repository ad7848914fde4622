/** Lists of the view that stand under its controls, beside the picture. */

/**
 * Put a list under the controls of a view, Jupyter's or those of a page without; where there are
 * none it stays where it is. The controls may come later: so it is asked again at each drawing.
 * @param {Element} list
 * @param {Element} root of the view
 */
export function putBeside(list, root) {
  if (list.parentElement !== root) return;
  const box = root.closest(".ctkit-explorer");
  const panels = ":scope > .ctkit-panel:not(.ctkit-parameters), :scope > .ctkit-native";
  box?.querySelector(panels)?.append(list);
}
