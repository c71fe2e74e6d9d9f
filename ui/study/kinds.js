// How a question is answered, kind by kind. Each makes its element, and tells what is answered so far.

import { h, prose } from "./dom.js";

const text = (choice) => (choice.code ? h("code", null, choice.text) : h("span", null, ...prose(choice.text)));

// One choice, or several: a number key marks, the arrow keys go on.
function choosing(q, changed) {
  const several = q.kind === "choose";
  const type = several ? "checkbox" : "radio";
  const boxes = q.choices.map((choice, i) => h("input", { type, name: "choice", id: `choice-${i}`, onchange: changed, "aria-keyshortcuts": i + 1 }));
  const rows = q.choices.map((choice, i) => h("label", { class: "choice", for: `choice-${i}` }, boxes[i], h("kbd", { "aria-hidden": true }, i + 1), text(choice)));
  const marked = () => boxes.flatMap((box, i) => (box.checked ? [i] : []));
  return {
    el: h("div", { class: "choices", role: several ? "group" : "radiogroup" }, ...rows),
    rows,
    ready: () => (several ? marked().length === q.wants : marked().length === 1),
    answer: () => ({ marked: marked() }),
    put: (given) => boxes.forEach((box, i) => { box.checked = (given.marked || []).includes(i); }),
    digit: (n) => {
      const box = boxes[n - 1];
      if (!box) return;
      box.checked = several ? !box.checked : true;
      box.focus();
      changed();
    },
    close: () => boxes.forEach((box) => { box.disabled = true; }),
  };
}

// Steps go up and down by drag, by buttons, or with Alt and the arrow keys.
function ordering(q, changed, L) {
  const list = h("ol", { class: "steps" });
  let held = null;
  const move = (row, by) => {
    const at = [...list.children].indexOf(row), to = at + by;
    if (to < 0 || to >= list.children.length) return;
    list.insertBefore(row, by < 0 ? list.children[to] : list.children[to].nextSibling);
    changed();
  };
  const rows = q.choices.map((choice, i) => {
    const act = (label, sign, by) => h("button", { type: "button", "aria-label": label, title: label, onclick: (e) => { move(row, by); e.target.focus(); } }, sign);
    const row = h("li", { class: "choice", draggable: true, "data-at": i, tabindex: 0, "aria-roledescription": L.step },
      h("span", { class: "grip", "aria-hidden": true }, "⋮⋮"), text(choice), h("span", { class: "moves" }, act(L.up, "↑", -1), act(L.down, "↓", 1)));
    row.addEventListener("keydown", (e) => {
      if (!e.altKey || !["ArrowUp", "ArrowDown"].includes(e.key)) return;
      e.preventDefault();
      move(row, e.key === "ArrowUp" ? -1 : 1);
      row.focus();
    });
    row.addEventListener("dragstart", () => { held = row; row.classList.add("held"); });
    row.addEventListener("dragend", () => { row.classList.remove("held"); held = null; });
    row.addEventListener("dragover", (e) => {
      if (!held || held === row) return;
      e.preventDefault();
      const box = row.getBoundingClientRect();
      list.insertBefore(held, e.clientY < box.top + box.height / 2 ? row : row.nextSibling);
      changed();
    });
    return row;
  });
  list.append(...rows);
  const order = () => [...list.children].map((row) => Number(row.dataset.at));
  return {
    el: list,
    rows,
    ready: () => true,
    answer: () => ({ marked: order() }),
    put: (given) => (given.marked || []).forEach((i) => rows[i] && list.append(rows[i])),
    digit: (n) => list.children[n - 1]?.focus(),
    close: () => rows.forEach((row) => { row.draggable = false; row.querySelector(".moves").remove(); }),
  };
}

// A line for a terminal, or a number with its unit.
function typing(q, changed, L) {
  const line = h("input", { type: "text", class: "entry", id: "line", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 2000, oninput: changed,
    inputmode: q.kind === "number" ? "decimal" : undefined });
  return {
    el: h("div", { class: "typing" }, h("label", { for: "line" }, q.kind === "number" ? L.number_label : L.line_label),
      h("div", { class: "row" }, q.kind === "typed" ? h("span", { class: "prompt", "aria-hidden": true }, "$") : "", line, q.unit ? h("span", null, q.unit) : "")),
    rows: [],
    ready: () => line.value.trim() !== "",
    answer: () => ({ text: line.value }),
    put: (given) => { line.value = given.text || ""; },
    digit: null,
    close: () => { line.disabled = true; },
    focus: () => line.focus(),
  };
}

// Files of a directory: those are clicked on that the question asks for.
function pointing(q, changed) {
  const buttons = q.names.map((name) => h("button", { type: "button", class: "file", "aria-pressed": "false", onclick: (e) => {
    const b = e.currentTarget;
    b.setAttribute("aria-pressed", b.getAttribute("aria-pressed") === "true" ? "false" : "true");
    changed();
  } }, name));
  const names = () => buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.textContent);
  return {
    el: h("div", { class: "files", role: "group" }, ...buttons),
    rows: buttons,
    ready: () => names().length > 0,
    answer: () => ({ names: names() }),
    put: (given) => buttons.forEach((b) => b.setAttribute("aria-pressed", String((given.names || []).includes(b.textContent)))),
    digit: (n) => { buttons[n - 1]?.click(); buttons[n - 1]?.focus(); },
    close: () => buttons.forEach((b) => { b.disabled = true; }),
  };
}

export function answering(q, changed, L) {
  if (q.kind === "order") return ordering(q, changed, L);
  if (q.kind === "typed" || q.kind === "number") return typing(q, changed, L);
  if (q.kind === "picture") return pointing(q, changed);
  return choosing(q, changed);
}
