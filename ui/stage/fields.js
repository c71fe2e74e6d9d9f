// What was compared at a step, field by field: predicted, real, and how the two are held against each other.

import { h, fill } from "./dom.js";

// A row's state: equal, different, not compared because nothing is known, shown only.
const MARKS = { "=": ["✓", "f-equal"], "!": ["≠", "f-differs"], "?": ["?", "f-unknown"], "~": ["·", "f-shown"] };

export class Fields {
  constructor(L) {
    this.L = L;
    this.sum = h("p", { class: "f-sum" });
    this.rows = h("tbody");
    const heads = [L.col_field, L.col_predicted, L.col_real, L.col_compared];
    this.el = h("div", { class: "fields" }, this.sum, h("div", { class: "scroll-x", role: "group", "aria-label": L.fields, tabindex: 0 },
      h("table", null, h("thead", null, h("tr", null, ...heads.map((t) => h("th", { scope: "col" }, t)))), this.rows)));
  }

  draw(f) {
    const rows = f.df || [];
    const sign = JSON.stringify(rows);
    if (sign === this.sign) return;
    this.sign = sign;
    const { L } = this;
    const count = (st) => rows.filter((row) => row.st === st).length;
    const [equal, differ] = [count("="), count("!")];
    this.sum.replaceChildren(!rows.length ? L.fields_start : !equal && !differ ? L.fields_nothing
      : differ ? h("b", { class: "bad-text" }, `≠ ${fill(L.fields_differ, { n: differ, of: equal + differ })}`)
        : fill(L.fields_equal, { n: equal }));
    this.rows.replaceChildren(...rows.map((row) => this.row(row)));
    this.rows.parentNode.parentNode.hidden = !rows.length;
  }

  row(row) {
    const { L } = this;
    const [glyph, cls] = MARKS[row.st];
    const said = { "=": L.field_equal, "!": L.field_differs, "?": L.field_unknown, "~": L.field_shown }[row.st];
    const lines = (text) => text.split("\n").map((line) => h("div", null, line));
    return h("tr", { class: cls }, h("th", { scope: "row" }, h("span", { class: "f-mark", "aria-hidden": true }, glyph), ` ${row.k}`),
      h("td", { class: "f-value", "data-label": L.col_predicted }, ...lines(row.p)), h("td", { class: "f-value", "data-label": L.col_real }, ...lines(row.r)),
      h("td", { class: "f-how" }, h("span", null, said), row.y ? h("span", { class: "f-why" }, ` – ${row.y}`) : null));
  }
}
