// Time: play, pause, step, slider, and the jumps to what matters. None of it asks the server.

import { h, fill, setText } from "./dom.js";

const SPEEDS = [0.5, 1, 2, 4, 10, 30, 60];
// A run should be over within a minute, whatever its length.
const PATIENCE_SECONDS = 60;
const GLYPHS = { checkpoint: "C", backup_start: "[", backup_end: "]", failure: "!", loss: "✕", crash: "†", setting: "*", diff: "≠" };
const STRONG = ["diff", "loss", "failure", "crash"];
const ORDER = [...STRONG, "backup_start", "backup_end", "setting", "checkpoint"];

export class Transport {
  constructor(L, go) {
    this.L = L;
    this.go = go;
    this.playing = false;
    const button = (cls, name, glyph, on) => h("button", { type: "button", class: cls, "aria-label": name, title: name, onclick: on }, glyph);
    this.play = button("primary", L.play, "▶", () => this.toggle());
    this.prev = button("", L.step_back, "◀", () => this.by(-1));
    this.next = button("", L.step_on, "▶|", () => this.by(1));
    this.range = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": L.time,
      oninput: () => { this.stop(); go(Number(this.range.value)); } });
    this.ticks = h("div", { class: "ticks", "aria-hidden": true });
    this.count = h("span", { class: "count" });
    this.speed = h("select", { "aria-label": L.speed, title: L.speed, onchange: () => { this.rate = Number(this.speed.value); } },
      ...SPEEDS.map((s) => h("option", { value: s }, fill(L.speed_value, { n: s }))));
    this.jumps = h("div", { class: "jumps" });
    this.el = h("div", { class: "transport", role: "group", "aria-label": L.time_controls },
      h("div", { class: "buttons" }, this.play, this.prev, this.next),
      h("div", { class: "track" }, this.ticks, this.range), this.count, this.speed, this.jumps);
  }

  set(n, marks, jumps, i) {
    this.n = n;
    this.range.max = n - 1;
    if (this.rate === undefined || this.forLength !== n) {
      this.rate = SPEEDS.find((s) => s >= 1 && n / s <= PATIENCE_SECONDS) || SPEEDS[SPEEDS.length - 1];
      this.speed.value = String(this.rate);
      this.forLength = n;
    }
    // Ticks closer than a pixel would only be a blur: the strong ones win.
    const seen = new Set();
    const sorted = [...marks].sort((p, q) => ORDER.indexOf(p.k) - ORDER.indexOf(q.k));
    this.ticks.replaceChildren(...sorted.flatMap((m) => {
      const at = n > 1 ? m.i / (n - 1) : 0;
      const slot = Math.round(at * 250);
      if (seen.has(slot)) return [];
      seen.add(slot);
      const tick = h("i", { class: `tick m-${m.k}`, title: m.t }, h("b", null, GLYPHS[m.k] || ""));
      tick.style.left = `${at * 100}%`;
      return [tick];
    }));
    this.jumps.replaceChildren(...jumps.map((j) => h("button", { type: "button", class: `jump j-${j.k}`,
      title: j.t, onclick: () => { this.stop(); this.go(j.i); } }, `${j.glyph} ${j.label}`)));
    this.show(i);
  }

  show(i, says) {
    this.i = i;
    this.range.value = i;
    const text = fill(this.L.step_of, { i: i + 1, n: this.n });
    setText(this.count, text);
    this.range.setAttribute("aria-valuetext", says ? `${text}${this.L.colon}${says}` : text);
    this.range.style.setProperty("--at", this.n > 1 ? i / (this.n - 1) : 0);
    this.prev.disabled = i === 0;
    this.next.disabled = i >= this.n - 1;
  }

  by(d) {
    this.stop();
    const to = Math.max(0, Math.min(this.n - 1, this.i + d));
    if (to !== this.i) this.go(to);
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  start() {
    this.playing = true;
    this.face();
    if (this.i >= this.n - 1) this.go(0);
    let last = performance.now();
    let owed = 0;
    const beat = (now) => {
      if (!this.playing) return;
      owed += ((now - last) / 1000) * this.rate;
      last = now;
      const d = Math.min(Math.floor(owed), this.n - 1 - this.i);
      if (d > 0) {
        owed -= d;
        this.go(this.i + d);
      }
      if (this.i >= this.n - 1) this.stop();
      else requestAnimationFrame(beat);
    };
    requestAnimationFrame(beat);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.face();
    this.onstop?.();
  }

  face() {
    const name = this.playing ? this.L.pause : this.L.play;
    this.play.setAttribute("aria-label", name);
    this.play.title = name;
    setText(this.play, this.playing ? "❚❚" : "▶");
  }

  // Space and the arrow keys work wherever nothing else wants them.
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const target = e.composedPath()[0];
    const wants = target.closest?.("input, select, textarea, button, a, summary, [contenteditable], [role=slider], [role=radio], [role=combobox], [role=listbox], [role=tab], [role=menu]");
    if (wants && target !== this.range) return;
    const moves = { ArrowRight: () => this.by(1), ArrowLeft: () => this.by(-1), Home: () => this.by(-this.n), End: () => this.by(this.n),
      " ": () => this.toggle() };
    const move = moves[e.key];
    if (!move) return;
    if (target.closest?.(".terminal, .scroll-x") && e.key !== " ") return;
    e.preventDefault();
    move();
  }
}
