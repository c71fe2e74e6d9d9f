// The flags that move along the line, and the horizon's own words.

import { h, setText, textWidth, fill } from "./dom.js";

export const FLAG_ROW = 18;
const FLAG_FONT = "600 13px system-ui, sans-serif";
const GAP = 10;

export class Flags {
  constructor(L) {
    this.L = L;
    this.pool = new Map();
    this.el = h("div", { class: "flags", role: "list", "aria-label": L.flags });
  }

  wanted(ruler, f, left) {
    const { L } = this;
    const list = [];
    const at = (p) => (Number.isInteger(p) ? p + 0.5 : p);
    if (f.hz !== undefined && f.hz !== null) {
      const by = this.holder(f.by);
      const long = by ? fill(L.horizon_by, { by }) : L.horizon;
      const short = by ? fill(L.horizon_short, { by }) : L.horizon_plain;
      const text = ruler.g.narrow ? short : long;
      const x = ruler.x(f.hz);
      list.push({ k: "hz", x, text: x < left ? `◀ ${text}` : text, cls: "fl-hz", row: 0 });
    }
    if (f.redo !== undefined && f.redo !== null)
      list.push({ k: "redo", x: ruler.x(at(f.redo)), text: L.flag_redo, cls: "fl-redo" });
    if (f.ins !== undefined && f.ins !== null)
      list.push({ k: "ins", x: ruler.x(f.ins), text: L.flag_insert, cls: "fl-ins" });
    for (const flag of f.f || []) {
      if (flag.at === null || flag.at === undefined) continue;
      const text = `${flag.k === "slot" ? "◆" : "■"} ${flag.n}${flag.t ? ` (${flag.t})` : ""}`;
      list.push({ k: `f:${flag.k}:${flag.n}`, x: ruler.x(at(flag.at)), text, cls: `fl-${flag.k}` });
    }
    return list;
  }

  holder(by) {
    if (!by) return "";
    const [k, name] = by.split(":");
    return name ? fill(this.L["by_" + k] || "{name}", { name }) : this.L["by_" + k] || by;
  }

  draw(ruler, f, left, view) {
    const list = this.wanted(ruler, f, left);
    const ends = new Array(ruler.g.rows).fill(-Infinity);
    list.sort((p, q) => (p.row === 0 ? -1 : q.row === 0 ? 1 : p.x - q.x));
    const kept = new Set();
    for (const flag of list) {
      kept.add(flag.k);
      let el = this.pool.get(flag.k);
      if (!el) {
        el = h("div", { role: "listitem" }, h("span", { class: "fl-text" }), h("i", { class: "stem" }));
        this.pool.set(flag.k, el);
        this.el.append(el);
      }
      el.className = `flag ${flag.cls}`;
      setText(el.children[0], flag.text);
      this.place(el, flag, ends, ruler, left, view);
    }
    for (const [k, el] of this.pool) {
      if (kept.has(k)) continue;
      el.remove();
      this.pool.delete(k);
    }
  }

  place(el, flag, ends, ruler, left, view) {
    const w = textWidth(flag.text, FLAG_FONT) + 4;
    const width = ruler.g.width;
    // The horizon's words stand left of its line, as what they speak of does; other names stand over their place.
    let x = flag.row === 0 ? flag.x - w - 6 : flag.x - w / 2;
    if (flag.row === 0 && x < left) x = flag.x + 6;
    // A flag out of sight takes its name along; the horizon alone is named from afar.
    const inside = flag.row === 0 || (flag.x >= left - 1 && flag.x <= left + view + 1);
    if (inside) x = Math.min(x, left + view - w - 2);
    x = Math.max(inside ? left + 2 : 0, Math.min(x, width - w));
    let row = flag.row;
    if (row === undefined) {
      row = 1;
      while (row < ends.length - 1 && ends[row] + GAP > x) row += 1;
      // Too many for the rows: move aside rather than cover another name.
      if (ends[row] + GAP > x) x = ends[row] + GAP;
      ends[row] = x + w;
    }
    el.style.transform = `translate(${x}px, ${row * FLAG_ROW}px)`;
    const stem = el.children[1];
    stem.hidden = flag.row === 0;
    stem.style.left = `${flag.x - x - 1}px`;
    stem.style.height = `${ruler.flagRoom - row * FLAG_ROW - FLAG_ROW}px`;
  }
}
