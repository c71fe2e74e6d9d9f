// Beside the terminal: the WAL of each running server, and the folders with what the last command did to them.

import { h, fill, prose, setText } from "./dom.js";
import { Run } from "./run.js";
import { Ruler, fitPitch } from "./ruler.js";
import { Table } from "./table.js";
import { BIT, GLYPH } from "./states.js";

const SLIM = 560;
const SIGN = { new: "+", gone: "−", changed: "~", inside: "~" };

class Strip {
  constructor(L) {
    this.L = L;
    this.name = h("div", { class: "ruler-name" });
    this.card = h("div", { class: "card", hidden: true });
    this.ruler = new Ruler(L, (r, box) => this.look(r, box));
    this.table = new Table(L, L.as_table);
    this.note = h("div", { class: "strip-note" });
    this.el = h("div", { class: "strip" }, this.name, this.ruler.el, this.card, this.note, this.table.el);
  }

  tell(s) {
    this.s = s;
    const frames = [s.was || s.now, s.now];
    this.run = new Run({ frames, n: 2, key: 64, segMB: s.segMB, tli: s.tli, id: s.path }, []);
    this.name.replaceChildren(h("b", null, fill(this.L.server, { port: s.port })), h("span", null, ` ${s.path}`),
      s.role ? h("span", { class: "role" }, ` ${this.L.standby}`) : "");
    setText(this.note, fill(this.L[`archive_${s.archiving}`], { folder: s.archive, name: s.failing, count: s.failed }));
    this.note.classList.toggle("bad-text", s.archiving === "fails");
    this.width = 0;
    this.draw();
    this.look(null, null);
  }

  draw() {
    const width = this.el.clientWidth;
    if (!this.run || !width || width === this.width) return;
    this.width = width;
    const e = this.run.extent();
    const narrow = width < SLIM;
    const view = width - (narrow ? 0 : 92);
    const lo = Math.max(0, e.lo - 1);
    const pitch = fitPitch(view, e.span + 1);
    const hi = Math.max(e.hi + 1, lo + Math.ceil(view / pitch));
    this.el.classList.toggle("narrow", narrow);
    this.ruler.set(this.run, { lo, hi, pitch, archive: e.archive, backups: e.backups, narrow, rows: 3 + Math.min(2, e.flags), width: (hi - lo) * pitch });
    const before = this.s.was ? this.run.frame(0) : null;
    const now = this.run.frame(1);
    this.ruler.draw(now, before, true);
    this.table.draw(this.run, now);
    this.bits = e.bits;
  }

  look(ruler, box) {
    this.card.hidden = !box;
    if (!box) return;
    const { name, rows } = ruler.facts(box);
    this.card.replaceChildren(h("b", { class: "mono" }, name), h("dl", null, ...rows.flatMap(([k, v]) => [h("dt", null, k), h("dd", null, v)])));
    const at = box.getBoundingClientRect();
    const home = this.el.getBoundingClientRect();
    this.card.style.top = `${at.bottom - home.top + 6}px`;
    this.card.style.left = `${Math.max(0, Math.min(at.left - home.left, home.width - this.card.offsetWidth))}px`;
  }
}

export class Strips {
  constructor(L) {
    this.L = L;
    this.known = new Map();
    this.none = h("p", { class: "quiet" });
    this.legend = h("ul", { class: "legend", "aria-label": L.legend });
    this.list = h("div", { class: "strips" });
    this.el = h("div", null, this.none, this.list, this.legend);
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this.list);
  }

  // `idle` is the name of the words that say why there is no server.
  tell(strips, idle) {
    this.none.hidden = strips.length > 0;
    this.none.replaceChildren(...prose(this.L[idle] || ""));
    const shown = strips.map((s) => {
      if (!this.known.has(s.path)) this.known.set(s.path, new Strip(this.L));
      return [this.known.get(s.path), s];
    });
    for (const path of [...this.known.keys()]) if (!strips.some((s) => s.path === path)) this.known.delete(path);
    const wanted = shown.map(([strip]) => strip.el);
    if (wanted.length !== this.list.children.length || wanted.some((el, i) => this.list.children[i] !== el)) this.list.replaceChildren(...wanted);
    for (const [strip, s] of shown) strip.tell(s);
    this.explain();
  }

  measure() {
    for (const strip of this.known.values()) strip.draw();
    this.explain();
  }

  explain() {
    const bits = [...this.known.values()].reduce((b, strip) => b | (strip.bits || 0), 0);
    if (bits === this.bits) return;
    this.bits = bits;
    const shown = Object.keys(BIT).filter((k) => bits & BIT[k]);
    this.legend.replaceChildren(...shown.map((k) => h("li", null, h("i", { class: `key k-${k}`, "aria-hidden": true }, GLYPH[k]), this.L[`state_${k}`])));
  }

  close() {
    this.watch.disconnect();
  }
}

export class Folders {
  constructor(L) {
    this.L = L;
    this.el = h("div", { class: "trees", role: "group", "aria-label": L.files, tabindex: 0 });
  }

  tell(files) {
    const more = files.more ? [h("p", { class: "quiet" }, fill(this.L.more_folders, { count: files.more }))] : [];
    this.el.replaceChildren(...files.folders.map((folder) => this.folder(folder)), ...more);
    this.el.scrollTop = 0;
  }

  folder(f) {
    const rows = f.r.map((row) => h("li", { class: row.s || "" }, this.sign(row.s),
      h("span", { class: "n" }, row.a ? `${row.a} – ${row.n}` : row.n), row.a ? h("em", null, fill(this.L.count_files, { count: row.c })) : "", this.said(row.s)));
    if (f.o) rows.push(h("li", { class: "rest" }, fill(this.L.other_entries, { count: f.o })));
    if (!rows.length) rows.push(h("li", { class: "rest" }, this.L.empty_folder));
    return h("div", { class: "tree" }, h("div", { class: `root ${f.s}` }, this.sign(f.s), h("span", { class: "n" }, f.p), this.said(f.s)), h("ul", null, ...rows));
  }

  // A sign, a word and a colour: any one of them is enough.
  sign(state) {
    return h("span", { class: "sign", "aria-hidden": true }, SIGN[state] || "");
  }

  said(state) {
    return state ? h("em", { class: "state" }, this.L[`is_${state}`]) : "";
  }
}
