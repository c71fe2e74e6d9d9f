// The same as the picture, in words: for screen readers, and to be copied.

import { h, setText } from "./dom.js";
import { BIT, words, fate, holders } from "./states.js";

export class Table {
  constructor(L, title) {
    this.L = L;
    this.body = h("div", { class: "scroll-x", tabindex: 0, role: "group", "aria-label": title });
    this.head = h("summary", null, title);
    this.el = h("details", { class: "table" }, this.head, this.body);
    this.el.addEventListener("toggle", () => this.write());
  }

  call(title) {
    setText(this.head, title);
    this.body.setAttribute("aria-label", title);
  }

  draw(run, f) {
    this.run = run;
    this.f = f;
    this.write();
  }

  // Nothing is built while the table is closed: at sixty steps a second nobody reads it.
  write() {
    if (!this.el.open || !this.f) return;
    const { L, f, run } = this;
    const files = (lo, hi) => (hi - lo > 1 ? `${run.name(lo, f.tli)} – ${run.name(hi - 1, f.tli)}` : run.name(lo, f.tli));
    const rows = [];
    for (const [lo, hi, bits] of f.w || []) {
      rows.push([L.lane_wal, files(lo, hi), hi - lo, words(bits, L).join(L.comma),
        bits & BIT.future || run.p.seen ? "" : holders(lo, f).join(L.comma), run.p.seen ? "" : fate(bits, lo, f, L)]);
    }
    for (const [lo, hi, bits] of f.a || []) {
      const state = bits & BIT.ready ? L.archive_failing : L.archive_done;
      const said = bits & BIT.absent ? L.state_absent : bits & BIT.differs ? `${state}${L.comma}${L.state_differs}` : state;
      rows.push([L.lane_archive, files(lo, hi), hi - lo, said, "", ""]);
    }
    for (const b of f.b || []) {
      const hi = b.hi === null || b.hi === undefined ? Math.floor(f.ins ?? b.lo) + 1 : b.hi;
      rows.push([L.lane_backup, files(b.lo, hi), hi - b.lo, `${b.n} ${b.o || ""} ${L["backup_" + b.st] || ""}`,
        b.n, (b.lost || []).map(([x, y]) => `${L.state_lost}${L.colon}${files(x, y)}`).join(L.comma)]);
    }
    for (const flag of f.f || [])
      if (flag.at !== null) rows.push([L.flags, run.name(Math.floor(flag.at), f.tli), "", `${flag.n} ${flag.t || ""}`, "", ""]);
    const heads = [L.col_lane, L.col_files, L.col_count, L.col_state, L.col_holders, L.col_next];
    if (run.p.seen) for (const row of [heads, ...rows]) row.length = 4;
    this.body.replaceChildren(h("table", null,
      h("thead", null, h("tr", null, ...heads.map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", null, ...rows.map((r) => h("tr", null, ...r.map((c, i) => h("td", { class: i === 1 ? "mono" : null }, String(c))))))));
  }
}
