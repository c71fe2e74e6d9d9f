// The bar of a mock paper: the clock, every question at a glance, and the way to hand it in.

import { h, fill, setText } from "./dom.js";

const SECOND = 1000;
const WARNINGS = [[600, "ten_left"], [60, "one_left"]];
const narrow = () => matchMedia("(max-width: 640px)").matches;

export class Bar {
  constructor(say) {
    this.say = say;
    this.clock = h("b", { class: "clock", role: "timer" });
    this.warning = h("span", { class: "warning", role: "status" });
    this.ticking = setInterval(() => this.tick(), SECOND);
    this.unfolded = !narrow();
  }

  stop() {
    clearInterval(this.ticking);
  }

  // The server says how much is left; between two answers of it the browser counts.
  tell(paper, L) {
    this.L = L;
    this.paper = paper;
    this.end = performance.now() + paper.left * SECOND;
    const open = paper.marks.filter((one) => !one.given).length;
    const go = (label, to, kind) => h("button", { type: "button", class: kind, disabled: to < 0 || to >= paper.marks.length, onclick: () => this.say({ do: "go", to }) }, label);
    const numbers = paper.marks.map((one, i) => h("li", null, h("button", { type: "button", class: `${one.given ? "given" : ""} ${one.flag ? "flagged" : ""}`,
      "aria-current": i === paper.at ? "step" : undefined, "aria-label": [i + 1, one.given && L.answered_mark, one.flag && L.flag_mark].filter(Boolean).join(", "),
      onclick: () => this.jump(i) }, i + 1, one.flag ? "⚑" : "")));
    const count = { given: paper.marks.length - open, all: paper.marks.length, flagged: paper.marks.filter((one) => one.flag).length };
    const tally = h("span", { class: "tally" }, fill(L.tally_paper, count));
    const list = h("details", { class: "overview", open: this.unfolded, ontoggle: () => { this.unfolded = list.open; } }, h("summary", null, L.overview),
      h("ol", { class: "numbers", "aria-label": L.overview }, ...numbers));
    this.sure = h("span", { class: "sure", hidden: true },
      h("button", { type: "button", class: "primary", onclick: () => this.say({ do: "hand_in" }) }, fill(L.hand_in_sure, { open })),
      h("button", { type: "button", onclick: () => this.ask(false) }, L.hand_in_keep));
    this.hand = h("button", { type: "button", onclick: () => this.ask(true) }, L.hand_in);
    this.tick();
    return h("div", { class: "paper" },
      h("div", { class: "time" }, h("span", null, L.clock, " "), this.clock, tally, this.warning, h("span", { class: "ends" }, this.hand, this.sure)),
      list, h("div", { class: "acts turns" }, go(`← ${L.previous}`, paper.at - 1), go(`${L.onward} →`, paper.at + 1, "primary")));
  }

  ask(sure) {
    this.sure.hidden = !sure;
    this.hand.hidden = sure;
    (sure ? this.sure.firstChild : this.hand).focus();
  }

  // On a phone the overview covers the question that was asked for: it folds.
  jump(to) {
    if (narrow()) this.unfolded = false;
    this.say({ do: "go", to });
  }

  turn(by) {
    const to = this.paper.at + by;
    if (to >= 0 && to < this.paper.marks.length) this.say({ do: "go", to });
  }

  tick() {
    if (!this.paper) return;
    const left = Math.max(0, Math.ceil((this.end - performance.now()) / SECOND));
    setText(this.clock, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    const warned = WARNINGS.filter(([from]) => left <= from).at(-1);
    setText(this.warning, warned && left ? this.L[warned[1]] : "");
    this.clock.classList.toggle("short", left <= 600);
    if (left === 0 && !this.over) {
      this.over = true;
      this.say({ do: "hand_in" });
    }
  }
}
