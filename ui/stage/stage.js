// The stage of the Theatre. Python mounts two elements: this one with the words, and 'feed' (feed.js) with the run;
// so a changed setting sends the run alone and not this code again. They meet on `window.walDojo`.

import { h, fill, setText, prose } from "./dom.js";
import { Run, unpack } from "./run.js";
import { Ruler, fitPitch } from "./ruler.js";
import { BIT, GLYPH } from "./states.js";
import { Table } from "./table.js";
import { Terminal, Explanation, Trees } from "./panes.js";
import { Fields } from "./fields.js";
import { Transport } from "./transport.js";
import { readStep, writeStep, flushStep, nameLanguage } from "./address.js";

const NARROW = 640;
// Files fly only if there is time to see them.
const LIVELY_RATE = 2;
// What the two runs are called: before and after a change, or predicted and real.
const PAIRS = {
  change: (L) => ({ names: [L.after_change, L.before_change], tables: [L.as_table, L.as_table_before], none: L.no_difference }),
  reality: (L) => ({ names: [L.prediction, L.reality], tables: [L.as_table_predicted, L.as_table_real], none: L.all_as_predicted }),
};

class Stage {
  constructor(root, L, style) {
    this.L = L;
    this.style = style;
    this.i = 0;
    this.seen = 0;
    this.transport = new Transport(L, (i) => this.go(i));
    this.transport.onstop = () => this.settle();
    this.rulers = [new Ruler(L, (r, box) => this.look(r, box)), new Ruler(L, (r, box) => this.look(r, box))];
    this.names = [h("div", { class: "ruler-name" }), h("div", { class: "ruler-name" })];
    this.notes = [h("span", { class: "ruler-note" }), h("span", { class: "ruler-note" })];
    this.card = h("div", { class: "card", hidden: true });
    this.legend = h("ul", { class: "legend", "aria-label": L.legend });
    this.notice = h("div", { class: "notice", role: "status", hidden: true });
    this.diff = h("div", { class: "diff", hidden: true });
    this.verdict = h("section", { class: "verdict", "aria-label": L.verdict });
    this.voice = h("div", { class: "sr", role: "status", "aria-live": "polite" });
    this.tables = [new Table(L, L.as_table), new Table(L, L.as_table_before)];
    this.panel = h("div", { class: "panel", role: "region", "aria-label": L.stage, tabindex: -1 },
      this.names[0], this.rulers[0].el, this.names[1], this.rulers[1].el, this.card, this.diff, this.transport.el,
      h("div", { class: "foot" }, this.legend, h("div", { class: "tables" }, this.tables[0].el, this.tables[1].el)));
    this.el = h("div", { class: "stage" }, this.notice, this.panel, this.verdict, this.voice);
    root.append(this.el);
    this.terminals = [new Terminal(L), new Terminal(L)];
    this.fields = new Fields(L);
    this.explanation = new Explanation(L);
    this.trees = new Trees(L);
    const pane = (cls, title, el) => h("section", { class: `pane ${cls}` }, h("h2", null, title), el);
    this.real = [pane("p-term", L.terminal_real, this.terminals[1].el), pane("p-fields", L.fields, this.fields.el)];
    this.panes = h("div", { class: "panes" }, pane("p-term", L.terminal, this.terminals[0].el),
      pane("p-happened", L.happened, this.explanation.el), pane("p-trees", L.files, this.trees.el));
    this.onkey = (e) => this.run && this.transport.key(e);
    document.addEventListener("keydown", this.onkey);
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this.el);
    // Two rulers, one axis: who scrolls one scrolls the other.
    for (const [a, b] of [[0, 1], [1, 0]])
      this.rulers[a].scroll.addEventListener("scroll", () => {
        if (this.other && this.rulers[b].scroll.scrollLeft !== this.rulers[a].scroll.scrollLeft)
          this.rulers[b].scroll.scrollLeft = this.rulers[a].scroll.scrollLeft;
      });
  }

  close() {
    this.transport.playing = false;
    document.removeEventListener("keydown", this.onkey);
    this.watch.disconnect();
  }

  place(root) {
    if (this.panes.parentNode === root) return;
    // Python mounts the panes in a place of their own, so the same style goes there.
    root.append(this.style.cloneNode(true), this.panes);
  }

  async feed(text) {
    if (text === this.text) return;
    this.text = text;
    const p = await unpack(text);
    if (text !== this.text) return;
    // The same scenario under other conditions, or in the other language: the reader stays where they are.
    const was = this.run ? { id: this.run.p.id, n: this.run.n, i: this.i, seen: this.seen } : this.carried;
    const same = was && was.id === p.id;
    const ended = same && was.i >= was.n - 1;
    this.run = new Run(p, p.s);
    this.other = p.other ? new Run(p.other, p.s) : null;
    // The reader of a lesson has said what will happen: from there it plays on.
    const goesOn = same && p.then !== undefined && was.n < p.n;
    // A run within a page (a lesson, a question) has no address of its own.
    const wanted = goesOn ? { i: p.then } : same ? { i: ended ? p.n - 1 : was.i } : p.local ? { i: p.start || 0 } : readStep(p.n, p.start);
    this.say(wanted.bad !== undefined ? fill(this.L.bad_step, { step: wanted.bad, n: p.n, to: wanted.i + 1 }) : "");
    this.i = Math.max(0, Math.min(wanted.i, p.n - 1));
    this.seen = same && was.seen >= was.n - 1 ? p.n - 1 : Math.max(same ? was.seen : 0, this.i);
    if (!p.local) nameLanguage(p.lang);
    this.pair = (PAIRS[p.kind] || PAIRS.change)(this.L);
    this.dress(p.kind === "reality");
    this.feeding = true;
    this.scale();
    this.feeding = false;
    this.transport.stop();
    this.transport.set(p.n, p.marks || [], this.jumps(p), this.i);
    this.go(this.i, same);
    if (goesOn && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.transport.toggle();
  }

  // Beside a real run everything is a pair: two terminals, and what was compared instead of the files.
  dress(real) {
    const { L } = this;
    this.panes.classList.toggle("real", real);
    if (real) this.panes.firstChild.after(...this.real);
    else for (const el of this.real) el.remove();
    this.trees.el.parentNode.hidden = real;
    const title = real ? L.terminal_predicted : L.terminal;
    setText(this.terminals[0].el.previousSibling, title);
    this.terminals[0].el.setAttribute("aria-label", title);
    this.terminals[1].el.setAttribute("aria-label", L.terminal_real);
    this.tables.forEach((table, k) => table.call(this.pair.tables[k]));
  }

  say(text) {
    this.notice.hidden = !text;
    setText(this.notice, text);
  }

  jumps(p) {
    const { L } = this;
    const find = (...kinds) => (p.marks || []).find((m) => kinds.includes(m.k));
    const list = [];
    const loss = find("loss");
    const failure = find("failure");
    if (p.diff) list.push({ k: "diff", i: p.diff.i, t: p.diff.t, glyph: "≠", label: L.jump_diff });
    if (loss) list.push({ k: "loss", i: loss.i, t: loss.t, glyph: GLYPH.lost, label: L.jump_loss });
    if (failure && (!loss || failure.i !== loss.i))
      list.push({ k: "failure", i: failure.i, t: failure.t, glyph: "!", label: L.jump_failure });
    return list;
  }

  // One scale for both rulers, so that the same segment stands above itself.
  scale() {
    const all = [this.run, this.other].filter(Boolean).map((r) => r.extent());
    const most = (k) => Math.max(...all.map((e) => e[k]));
    this.e = { lo: Math.max(0, Math.min(...all.map((e) => e.lo)) - 1), hi: most("hi") + 1, span: most("span"),
      archive: all.some((e) => e.archive), backups: most("backups"), flags: most("flags"),
      bits: all.reduce((b, e) => b | e.bits, 0) };
    this.width = 0;
    this.measure();
    const shown = Object.keys(BIT).filter((k) => this.e.bits & BIT[k]);
    this.legend.replaceChildren(...shown.map((k) => h("li", null,
      h("i", { class: `key k-${k}`, "aria-hidden": true }, GLYPH[k]), this.L["state_" + k])));
  }

  measure() {
    const width = this.panel.clientWidth;
    if (!this.run || !width || width === this.width) return;
    this.width = width;
    const narrow = width < NARROW;
    const view = width - 34 - (narrow ? 0 : 92);
    const { e } = this;
    const pitch = fitPitch(view, e.span);
    const hi = Math.max(e.hi, e.lo + Math.ceil(view / pitch));
    const g = { lo: e.lo, hi, pitch, archive: e.archive, backups: e.backups, narrow, rows: 3 + Math.min(2, e.flags),
      width: (hi - e.lo) * pitch };
    this.el.classList.toggle("narrow", narrow);
    this.rulers[0].set(this.run, g);
    if (this.other) this.rulers[1].set(this.other, g);
    this.rulers[1].el.hidden = !this.other;
    this.tables[1].el.hidden = !this.other;
    this.names.forEach((name, k) => {
      name.hidden = !this.other;
      const run = k ? this.other : this.run;
      if (run) name.replaceChildren(h("b", null, this.pair.names[k]), ` ${run.p.conditions || ""} `, this.notes[k]);
    });
    if (this.drawn && !this.feeding) this.go(this.i, true);
  }

  go(i, still) {
    const before = i > 0 ? this.run.frame(i - 1) : null;
    const f = this.run.frame(i);
    const forward = i === this.i + 1 && !still;
    const real = this.run.p.kind === "reality";
    const lively = forward && !real && (!this.transport.playing || this.transport.rate <= LIVELY_RATE);
    this.i = i;
    this.seen = Math.max(this.seen, i);
    this.drawn = true;
    this.rulers[0].draw(f, before, lively);
    this.tables[0].draw(this.run, f);
    if (this.other) {
      const j = Math.min(i, this.other.n - 1);
      const was = j > 0 ? this.other.frame(j - 1) : null;
      const g = this.other.frame(j);
      this.rulers[1].draw(g, was, lively && j === i);
      this.tables[1].draw(this.other, g);
      [f, g].forEach((frame, k) => setText(this.notes[k], frame.no || ""));
      if (real) this.terminals[1].draw(this.other, j);
    }
    this.terminals[0].draw(this.run, i);
    this.explanation.draw(f);
    if (real) this.fields.draw(f);
    else this.trees.draw(this.run, f, before);
    this.transport.show(i, f.cmd);
    this.compare(i);
    this.judge();
    this.look(null, null);
    if (!this.run.p.local) writeStep(i, this.transport.playing);
    if (!this.transport.playing && !still) this.settle();
  }

  // After a move has ended: say it once, and put it in the address.
  settle() {
    if (!this.run.p.local) flushStep();
    const f = this.run.frame(this.i);
    const first = (f.ev || []).map((e) => e.t).join(" ").replace(/[*`]/g, "");
    setText(this.voice, `${fill(this.L.step_of, { i: this.i + 1, n: this.run.n })}${this.L.colon}${f.cmd || ""} ${first}`);
  }

  compare(i) {
    const { diff } = this.run.p;
    this.diff.hidden = !this.other;
    if (!this.other) return;
    const text = !diff ? this.pair.none : i < diff.i
      ? fill(this.L.same_until, { i: diff.i + 1 }) : fill(this.L.differs_from, { i: diff.i + 1, t: diff.t });
    const sign = `${text}${i === diff?.i}`;
    if (this.diff.dataset.sign === sign) return;
    this.diff.dataset.sign = sign;
    this.diff.classList.toggle("here", Boolean(diff) && i >= diff.i);
    this.diff.replaceChildren(h("span", { "aria-hidden": true }, diff ? "≠ " : "= "), ...prose(text));
  }

  judge() {
    const v = this.run.p.verdict;
    const { L } = this;
    this.verdict.hidden = !v;
    if (!v) return;
    const done = this.seen >= this.run.n - 1;
    const sign = JSON.stringify([done, v, this.other?.p.verdict]);
    if (sign === this.verdict.dataset.sign) return;
    this.verdict.dataset.sign = sign;
    this.verdict.className = `verdict ${done ? (v.ok ? "good" : "bad") : "open"}`;
    if (!done) {
      this.verdict.replaceChildren(h("p", null, L.verdict_later), h("div", { class: "acts" },
        h("button", { type: "button", onclick: () => this.end() }, L.to_the_end), this.linkButton()));
      return;
    }
    const before = this.other?.p.verdict;
    this.verdict.replaceChildren(
      h("p", null, h("b", null, `${v.ok ? "✓" : "✕"} ${L.outcome}${L.colon}`, ...prose(v.t)), " ",
        h("span", null, ...prose(v.more || "")),
        before ? h("span", { class: "was" }, `${L.outcome_before}${L.colon}${before.ok ? "✓" : "✕"} ${before.t}`) : null),
      h("div", { class: "acts" }, this.linkButton()));
  }

  end() {
    this.transport.stop();
    this.go(this.run.n - 1);
  }

  linkButton() {
    const { L } = this;
    // A moment within a lesson has no address that could be copied.
    if (this.run.p.local) return null;
    const box = h("span", { class: "copied", role: "status" });
    const copy = async () => {
      flushStep();
      try {
        await navigator.clipboard.writeText(location.href);
        setText(box, L.copied);
      } catch {
        // Without https a browser gives no clipboard: show the address to copy by hand.
        const field = h("input", { type: "text", readonly: true, value: location.href, "aria-label": L.link });
        box.replaceChildren(field);
        field.focus();
        field.select();
      }
    };
    return h("span", { class: "link" }, h("button", { type: "button", onclick: copy }, L.link), box);
  }

  look(ruler, box) {
    this.card.hidden = !box;
    if (!box) return;
    const { name, rows } = ruler.facts(box);
    this.card.replaceChildren(h("b", { class: "mono" }, name), h("dl", null, ...rows.flatMap(([k, v]) => [h("dt", null, k), h("dd", null, v)])));
    const at = box.getBoundingClientRect();
    const home = this.panel.getBoundingClientRect();
    this.card.style.top = `${at.bottom - home.top + 6}px`;
    this.card.style.left = `${Math.max(8, Math.min(at.left - home.left, home.width - this.card.offsetWidth - 8))}px`;
  }
}

export default function mount({ parentElement, data }) {
  const desk = (window.walDojo ||= {});
  const root = parentElement;
  // Streamlit calls this again whenever the words change: the language was switched.
  const old = desk.stage;
  if (old) {
    old.close();
    old.el.remove();
    old.panes.previousElementSibling?.remove();
    old.panes.remove();
  }
  const stage = new Stage(root, JSON.parse(data.s), root.querySelector("style"));
  if (old?.run) stage.carried = { id: old.run.p.id, n: old.run.n, i: old.i, seen: old.seen };
  desk.stage = stage;
  desk.update = () => {
    if (!desk.home || !desk.stage) return;
    desk.stage.place(desk.home);
    desk.stage.feed(desk.text);
  };
  desk.update();
  return () => {
    stage.close();
    if (desk.stage === stage) desk.stage = null;
  };
}
