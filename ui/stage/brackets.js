// What each backup needs, as a bracket under the line; what it needs in vain is drawn thick.

import { h, setText, textWidth, fill } from "./dom.js";

export const BRACKET_ROW = 58;
const BRACKET_FONT = "600 13px system-ui, sans-serif";
const MARK = { running: "…", done: "✓", failed: "✕" };

export class Brackets {
  constructor(L) {
    this.L = L;
    this.el = h("div", { class: "brackets", role: "list", "aria-label": L.lane_backup });
    this.pool = [];
  }

  draw(ruler, f, left, view) {
    const list = f.b || [];
    while (this.pool.length > list.length) this.pool.pop().remove();
    list.forEach((b, i) => {
      let el = this.pool[i];
      if (!el) {
        el = h("div", { class: "bracket", role: "listitem" }, h("i", { class: "bar" }), h("div", { class: "losses" }),
          h("div", { class: "b-name" }), h("div", { class: "b-need" }));
        this.pool.push(el);
        this.el.append(el);
      }
      el.style.top = `${i * BRACKET_ROW}px`;
      this.dress(el, b, ruler, f, left, view);
    });
  }

  dress(el, b, ruler, f, left, view) {
    const { L } = this;
    const open = b.hi === null || b.hi === undefined;
    const end = open ? Math.max(f.ins ?? b.lo + 1, b.lo + 0.2) : b.hi;
    const [bar, losses, name, need] = el.children;
    el.className = `bracket st-${b.st}${open ? " open" : ""}`;
    bar.style.transform = `translateX(${ruler.x(b.lo) + 2}px)`;
    bar.style.width = `${Math.max(6, ruler.x(end) - ruler.x(b.lo) - 4)}px`;
    const lost = b.lost || [];
    const sign = JSON.stringify([lost, ruler.g.pitch, ruler.g.lo]);
    if (losses.dataset.sign !== sign) {
      losses.dataset.sign = sign;
      losses.replaceChildren(...lost.map(([lo, hi]) => {
        const i = h("i", { class: "loss" });
        i.style.transform = `translateX(${ruler.x(lo) + 2}px)`;
        i.style.width = `${ruler.x(hi) - ruler.x(lo) - 4}px`;
        return i;
      }));
    }
    const state = b.st === "running" && b.pct !== undefined && b.pct !== null ? `${b.pct} %` : L["backup_" + b.st];
    setText(name, `${MARK[b.st] || ""} ${b.n}${b.o ? ` (${b.o})` : ""} ${state}`);
    const last = open ? Math.floor(f.ins ?? b.lo) : b.hi - 1;
    const range = last > b.lo ? `…${ruler.run.short(b.lo)} – …${ruler.run.short(last)}` : `…${ruler.run.short(b.lo)}`;
    const gone = lost.map(([lo, hi]) => (hi - lo > 1 ? `…${ruler.run.short(lo)} – …${ruler.run.short(hi - 1)}` : `…${ruler.run.short(lo)}`));
    const told = lost.length ? (ruler.g.narrow ? L.backup_lost_short : L.backup_lost) : L.backup_needs;
    setText(need, fill(told, { lost: gone.join(" "), range }));
    need.classList.toggle("bad", lost.length > 0);
    // Both names stay in view while their bracket is longer than the window.
    for (const label of [name, need]) {
      const w = textWidth(label.textContent, BRACKET_FONT) + 4;
      const x = Math.max(left + 2, Math.min(ruler.x(b.lo) + 2, left + view - w - 2));
      label.style.transform = `translateX(${x}px)`;
    }
  }
}
