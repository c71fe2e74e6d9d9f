// The report as a table: scenarios down, versions across. A cell opens its run, and is a link all the same.

function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) if (v !== undefined && v !== null) el.setAttribute(k, String(v));
  el.append(...children.filter((c) => c !== null && c !== undefined));
  return el;
}

export default function mount({ parentElement, data, setTriggerValue }) {
  const place = parentElement.querySelector(".matrix");
  if (place.dataset.sign === data.s) return;
  place.dataset.sign = data.s;
  const told = JSON.parse(data.s);
  const cell = (c) => {
    if (!c) return h("td", { class: "none" }, h("span", { "aria-hidden": true }, "·"), h("span", { class: "sr" }, told.none));
    const inside = [h("span", { class: "g", "aria-hidden": true }, c.g), h("span", { class: "n", "aria-hidden": true }, c.n), h("span", { class: "sr" }, c.t)];
    const link = h("a", { href: c.href, title: c.t }, ...inside);
    link.addEventListener("click", (e) => {
      // With a modifier key it is a link to a new tab; otherwise the visitor's own runs must not be lost by a reload.
      if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
      e.preventDefault();
      setTriggerValue("open", c.key);
    });
    return h("td", { class: c.st }, link);
  };
  const width = told.heads.length;
  const table = h("table", null, h("caption", null, h("span", null, told.caption)),
    h("thead", null, h("tr", null, ...told.heads.map((t) => h("th", { scope: "col" }, t)))),
    ...told.groups.map((group) => h("tbody", null,
      h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: width }, group.t)),
      ...group.rows.map((row) => h("tr", null, h("th", { scope: "row" }, row.t), ...row.cells.map(cell))))));
  place.replaceChildren(table);
}
