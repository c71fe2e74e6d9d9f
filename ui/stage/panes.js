// Below the ruler: the terminal with the real messages, what just happened, and the files.

import { h, prose, fill } from "./dom.js";
import { BIT } from "./states.js";

// Older lines can be read by stepping back; a browser need not lay out thousands.
const LINES = 300;
// psql's tables keep their columns: such lines scroll instead of breaking.
const TABLE = / \| |^-+(\+-+)*$|\|$/;
const KIND = { $: "t-cmd", o: "t-out", e: "t-err", l: "t-log", w: "t-world" };
// More than this is for those who ask.
const TOLD = 2;

export class Terminal {
  constructor(L) {
    this.L = L;
    this.el = h("div", { class: "terminal", role: "log", "aria-label": L.terminal, "aria-live": "off", tabindex: 0 });
    this.at = -1;
  }

  draw(run, i) {
    if (run !== this.run || i !== this.at + 1) {
      this.el.replaceChildren();
      let from = i;
      for (let lines = 0; from > 0 && lines < LINES && i - from < LINES; from -= 1) lines += (run.p.frames[from].term || []).length;
      for (let j = from; j <= i; j += 1) this.add(run.p.frames[j].term, j === i);
    } else this.add(run.p.frames[i].term, true);
    this.run = run;
    this.at = i;
    this.el.scrollTop = this.el.scrollHeight;
  }

  add(lines, fresh) {
    if (fresh) for (const line of this.el.querySelectorAll(".fresh")) line.classList.remove("fresh");
    for (const [kind, text, differs] of lines || []) {
      const line = h("div", { class: KIND[kind] + (fresh ? " fresh" : "") + (TABLE.test(text) ? " t-table" : "") + (differs ? " t-differs" : "") });
      if (differs) line.append(h("span", { class: "t-mark", "aria-hidden": true }, "≠ "), h("span", { class: "sr" }, `${this.L.line_differs} `));
      if (kind === "$") line.append(h("span", { class: "prompt", "aria-hidden": true }, "$ "));
      line.append(text);
      this.el.append(line);
    }
    while (this.el.childElementCount > LINES) this.el.firstChild.remove();
  }
}

export class Explanation {
  constructor(L) {
    this.L = L;
    this.el = h("div", { class: "happened", role: "group", "aria-label": L.happened, tabindex: 0 });
  }

  draw(f) {
    const sign = JSON.stringify([f.cmd, f.ev]);
    if (sign === this.sign) return;
    this.sign = sign;
    const { L } = this;
    const events = f.ev || [];
    this.el.replaceChildren(
      ...(f.cmd ? [h("p", { class: "cmd" }, ...prose(f.cmd))] : []),
      ...(events.length ? events.slice(0, TOLD).map((e) => this.event(e)) : [h("p", { class: "quiet" }, L.nothing_happened)]),
      ...(events.length > TOLD ? [h("details", null, h("summary", null, fill(L.more_happened, { n: events.length - TOLD })),
        ...events.slice(TOLD).map((e) => this.event(e)))] : []),
    );
  }

  event(e) {
    const parts = [h("p", null, ...prose(e.t))];
    if (e.m) parts.push(h("p", { class: "manual" },
      h("a", { href: e.m, target: "_blank", rel: "noreferrer noopener" }, `↗ ${e.mt || this.L.manual}`,
        h("span", { class: "sr" }, ` ${this.L.new_tab}`))));
    return h("div", { class: `event e-${e.k}` }, ...parts);
  }
}

// An entry is a name, {r: [from, to]} for segments, or {lane: "w"} for what a lane of the ruler shows.
function segments(entry, f) {
  if (entry.r) return [entry.r];
  if (!entry.lane) return [];
  return (f[entry.lane] || []).filter((r) => !(r[2] & BIT.lost)).map((r) => [r[0], r[1]]);
}

function setOf(entries, f) {
  const names = new Set();
  const runs = [];
  for (const e of entries || []) {
    if (typeof e === "string") names.add(e);
    else runs.push(...segments(e, f));
  }
  return { names, runs: join(runs) };
}

function join(runs) {
  const out = [];
  for (const [lo, hi] of runs.slice().sort((p, q) => p[0] - q[0])) {
    const last = out[out.length - 1];
    if (last && last[1] >= lo) last[1] = Math.max(last[1], hi);
    else out.push([lo, hi]);
  }
  return out;
}

function without(runs, others) {
  let out = runs;
  for (const [a, b] of others) {
    out = out.flatMap(([lo, hi]) => (b <= lo || a >= hi ? [[lo, hi]] : [[lo, Math.min(hi, a)], [Math.max(lo, b), hi]]))
      .filter(([lo, hi]) => lo < hi);
  }
  return out;
}

// A long name may break after its dots, and nowhere else.
function breakable(name) {
  return name.split(/(?<=\.)/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

export class Trees {
  constructor(L) {
    this.L = L;
    this.el = h("div", { class: "trees", role: "group", "aria-label": L.files, tabindex: 0 });
  }

  draw(run, f, before) {
    const sign = JSON.stringify([f.tree, f.w, f.a, before && [before.tree, before.w, before.a]]);
    if (sign === this.sign) return;
    this.sign = sign;
    const old = before ? before.tree || {} : null;
    const roots = [...new Set([...Object.keys(old || {}), ...Object.keys(f.tree || {})])];
    this.el.replaceChildren(...roots.map((root) => this.root(root, run, f, old, before)));
  }

  root(root, run, f, old, before) {
    const { L } = this;
    const now = setOf((f.tree || {})[root], f);
    const was = old ? setOf(old[root], before) : now;
    const rows = [];
    const gone = !(f.tree || {})[root];
    const fresh = old && !old[root];
    const row = (text, cls, note) => rows.push(h("li", { class: cls }, h("span", null, ...breakable(text)), note ? h("em", null, note) : null));
    for (const name of was.names) if (!now.names.has(name)) row(name, "gone", gone ? "" : L.just_gone);
    for (const name of now.names) row(name, was.names.has(name) || fresh ? "" : "new", was.names.has(name) || fresh ? "" : L.just_new);
    const span = ([lo, hi]) => (hi - lo > 1 ? fill(L.files_range, { a: run.short(lo), b: run.short(hi - 1), n: hi - lo }) : `…${run.short(lo)}`);
    const lines = [
      ...without(was.runs, now.runs).map((r) => [r, "gone", gone ? "" : L.just_gone]),
      ...without(now.runs, without(now.runs, was.runs)).map((r) => [r, "", ""]),
      ...without(now.runs, was.runs).map((r) => [r, "new", fresh ? "" : L.just_new]),
    ].sort((p, q) => p[0][0] - q[0][0]);
    for (const [r, cls, note] of lines) row(span(r), cls, note);
    const note = gone ? L.just_gone : fresh ? L.just_new : "";
    return h("div", { class: "tree" }, h("div", { class: `root${gone ? " gone" : fresh ? " new" : ""}` },
      h("span", null, root), note ? h("em", null, note) : null), h("ul", null, ...rows));
  }
}
