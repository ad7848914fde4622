/** Elements of the page. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Element|null} parent
 * @param {Record<string, string|number>} attributes
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, parent, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  parent?.append(element);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {Element} parent
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function makeSvg(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

// What is the same already is not set again: the browser would lay it out anew. What was set last
// is kept here, as asking the page for it takes as long as setting it.

/** @type {WeakMap<Element, Record<string, string>>} */
const kept = new WeakMap();

/** Whether this is not what was set last. @param {Element} element @param {string} name @param {string} value */
function isNew(element, name, value) {
  const known = kept.get(element) ?? {};
  if (known[name] === value) return false;
  kept.set(element, known);
  known[name] = value;
  return true;
}

/** @param {Element} element that holds nothing but this text @param {string} text */
export const setText = (element, text) => {
  if (isNew(element, "text", text)) element.textContent = text;
};

/** @param {Element} element @param {string} name @param {string} value */
export const setAttribute = (element, name, value) => {
  if (isNew(element, `@${name}`, value)) element.setAttribute(name, value);
};

/** @param {Element} element @param {string} name of a class that nobody else sets @param {boolean} on */
export const setClass = (element, name, on) => {
  if (isNew(element, `.${name}`, String(on))) element.classList.toggle(name, on);
};

/** @param {HTMLElement} element @param {boolean} hidden */
export const setHidden = (element, hidden) => {
  if (element.hidden !== hidden) element.hidden = hidden;
};

/** A control's value, which a hand changes too. @param {{value: string}} control @param {string} value */
export const setValue = (control, value) => {
  if (control.value !== value) control.value = value;
};
