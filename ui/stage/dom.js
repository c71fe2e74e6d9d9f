// Elements are made from text, never from markup: nothing that a learner typed can become HTML.

export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (v === undefined || v === null || v === false) continue;
    if (k === "class") el.className = v;
    else if (k.startsWith("on")) el.addEventListener(k.slice(2), v);
    else el.setAttribute(k, v === true ? "" : String(v));
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

export function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function fill(template, values) {
  return (template || "").replace(/\{(\w+)\}/g, (whole, k) => (k in values ? String(values[k]) : whole));
}

// The two marks that the texts use: **what matters** and `what PostgreSQL calls it`; names of WAL files and LSNs
// and options are found by their form, so that no line breaks inside them.
const MARKED = /(\*\*[^*]+\*\*|`[^`]+`|\b[0-9A-F]{24}(?:\.\w+)*|\b[0-9A-F]{1,8}\/[0-9A-F]{1,8}\b|(?<![\w-])--?[a-zA-Z][\w-]*)/;
const NAME = /^(?:[0-9A-F]{24}|[0-9A-F]{1,8}\/[0-9A-F]{1,8})/;
const OPTION = /^--?[a-zA-Z][\w-]*$/;

export function prose(text) {
  return text.split(MARKED).map((part) => {
    if (NAME.test(part)) return h("code", { class: "name" }, part);
    if (OPTION.test(part)) return h("span", { class: "option" }, part);
    if (part.startsWith("**") && part.length > 4) return h("strong", null, ...prose(part.slice(2, -2)));
    if (part.startsWith("`") && part.length > 2) return h("code", null, part.slice(1, -1));
    return part;
  });
}

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

// Flags must not lie on each other, so their width is needed before they are placed.
export function textWidth(text, font) {
  const k = font + text;
  let w = widths.get(k);
  if (w === undefined) {
    pen.font = font;
    w = Math.ceil(pen.measureText(text).width);
    if (widths.size > 2000) widths.clear();
    widths.set(k, w);
  }
  return w;
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
