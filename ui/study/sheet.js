// A question on the screen: what was seen, the choices, and after the answer why. Everything works from the keyboard.

import { h, prose, setText } from "./dom.js";
import { answering } from "./kinds.js";
import { Bar } from "./paper.js";

// What is said twice counts once: Python knows a question by its token.
const PATIENCE_MS = 4000;

export default function mount({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".place");
  const desk = (root.walDojoSheet ||= new Sheet(root));
  desk.tell = (said) => setTriggerValue("said", JSON.stringify(said));
  desk.show(data.s, data.l);
  return () => desk.gone();
}

class Sheet {
  constructor(root) {
    this.root = root;
    this.keys = (event) => this.key(event);
    document.addEventListener("keydown", this.keys);
  }

  gone() {
    document.removeEventListener("keydown", this.keys);
    clearTimeout(this.again);
    this.bar?.stop();
  }

  show(text, labels) {
    document.addEventListener("keydown", this.keys);
    if (text === this.text && labels === this.labels) return;
    clearTimeout(this.again);
    const before = this.q;
    this.text = text;
    this.labels = labels;
    this.L = JSON.parse(labels);
    this.q = JSON.parse(text);
    const same = before && before.token === this.q.token && before.lang === this.q.lang;
    if (same && this.q.paper && before.stem === this.q.stem) {
      this.about();
      return;
    }
    const given = this.q.given || (same ? this.way?.answer() : null);
    this.drawn = false;
    this.draw();
    if (given) this.way.put(given);
    this.kept = JSON.stringify(this.way.answer());
    this.changed();
    this.drawn = true;
    if (this.q.after) this.judge();
    if (!before) return;
    if (this.q.after && !before.after) this.verdict.focus({ preventScroll: true });
    else if (before.token !== this.q.token) this.top.focus();
  }

  draw() {
    const { q, L } = this;
    this.way = answering(q, () => this.changed(), L);
    this.top = h("h2", { class: `asks ${q.kind === "not" ? "not" : ""}`, tabindex: -1 }, ...prose(q.stem));
    this.button = h("button", { type: "button", class: "primary", onclick: () => this.onward() });
    this.flag = h("button", { type: "button", class: "flag-it", "aria-keyshortcuts": "F", onclick: () => this.say({ do: "flag", on: !this.q.flag }) });
    this.verdict = h("div", { class: "judged", tabindex: -1, role: "status" });
    this.rest = h("div", { class: "rest" });
    const pills = [q.objective, q.versions, q.difficulty].filter(Boolean).map((one) => h("span", null, one));
    this.above = h("div");
    this.root.replaceChildren(h("div", { class: "sheet" }, this.above,
      h("p", { class: "pills" }, ...pills), this.top, h("p", { class: "ask" }, q.ask),
      q.situation.length ? terminal(q.situation, L.situation) : "",
      this.way.el, this.verdict, h("div", { class: "acts" }, this.button, this.flag, h("span", { class: "keys" }, q.paper ? L.paper_keys : L.keys)), this.rest));
    this.way.el.setAttribute("aria-label", q.ask);
    this.about();
  }

  // What changes while a question stays: the bar of a paper, and the flag.
  about() {
    const { q, L } = this;
    if (q.paper) {
      this.bar ||= new Bar((what) => this.say(what));
      this.above.replaceChildren(this.bar.tell(q.paper, L));
    }
    this.flag.hidden = q.flag === undefined;
    this.flag.setAttribute("aria-pressed", String(Boolean(q.flag)));
    setText(this.flag, `${q.flag ? "⚑" : "⚐"} ${L[q.paper ? "flag" : "bookmark"]}`);
  }

  changed() {
    const { q, L } = this;
    const over = Boolean(q.after);
    setText(this.button, over ? L.next : L.answer);
    this.button.disabled = !over && !this.way.ready();
    this.button.hidden = Boolean(q.paper || q.read);
    if (q.paper && this.drawn) this.keep();
  }

  // In a paper every mark is kept at once; nothing is explained.
  keep() {
    const given = JSON.stringify(this.way.answer());
    if (given === this.kept) return;
    this.kept = given;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.settle(), this.way.focus ? 500 : 0);
    this.unsaid = given;
  }

  // What is still waiting to be said goes before anything else.
  settle() {
    clearTimeout(this.later);
    if (!this.unsaid) return;
    const given = JSON.parse(this.unsaid);
    this.unsaid = null;
    this.say({ do: "answer", given });
  }

  onward() {
    if (this.button.disabled) return;
    if (this.q.after) this.say({ do: "next" });
    else this.say({ do: "answer", given: this.way.answer() });
  }

  say(what) {
    if (what.do !== "answer") this.settle();
    const said = { token: this.q.token, ...what };
    clearTimeout(this.again);
    this.tell(said);
    this.button.disabled = what.do !== "flag";
    // What is said while the page is being drawn may be lost.
    this.again = setTimeout(() => this.q.token === said.token && this.tell({ ...said, again: true }), PATIENCE_MS);
  }

  judge() {
    const { q, L } = this;
    const a = q.after;
    this.way.close();
    this.way.rows.forEach((row, i) => {
      const good = q.kind === "picture" ? a.names.includes(row.textContent) : q.kind === "order" ? null : a.reasons[i].right;
      if (good !== null) row.classList.add(good ? "good" : "bad");
      if (a.reasons[i] && q.kind !== "picture") row.append(h("span", { class: "because" }, h("b", null, label(q.kind, good, L)), " ", ...prose(a.reasons[i].because)));
    });
    this.verdict.className = `judged ${a.right ? "good" : "bad"}`;
    this.verdict.replaceChildren(h("b", null, a.right ? L.right : L.wrong), a.because ? h("span", null, " ", ...prose(a.because)) : "");
    const known = [];
    if (a.steps) known.push(h("h3", null, L.steps_right), h("ol", null, ...a.steps.map((i) => h("li", null, q.choices[i].code ? h("code", null, q.choices[i].text) : h("span", null, ...prose(q.choices[i].text))))));
    if (a.accepts.length) known.push(h("h3", null, L.accepts), h("ul", { class: "accepts" }, ...a.accepts.map((one) => h("li", null, h("code", null, one)))));
    if (a.value) known.push(h("p", null, L.value, " ", h("b", null, a.value)));
    this.rest.replaceChildren(...known, h("h3", null, L.explanation), h("p", { class: "explanation" }, ...prose(a.explanation)),
      a.m ? h("p", null, h("a", { href: a.m, target: "_blank", rel: "noopener" }, a.mt)) : "",
      ...a.played.flatMap((one) => [h("h3", null, L[one.title]), terminal(one.lines, L[one.title])]));
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.q) return;
    const at = event.composedPath()[0];
    const inside = this.root.contains(at);
    const writes = at.matches?.("input[type=text], input:not([type]), input[type=search], input[type=number], textarea, select, [contenteditable=true]");
    if (event.key === "Enter") {
      if (at.matches?.("button:not(.file), a, summary") || (writes && !inside) || (!inside && at !== document.body)) return;
      event.preventDefault();
      this.onward();
    } else if (!writes && (inside || at === document.body)) {
      const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (turn && this.q.paper && at.type !== "radio") this.bar.turn(turn);
      else if (/^[1-9]$/.test(event.key) && this.way.digit && !this.q.after) this.way.digit(Number(event.key));
      else if (event.key.toLowerCase() === "f" && !this.flag.hidden) this.flag.click();
      else return;
      event.preventDefault();
    }
  }
}

function label(kind, good, L) {
  if (kind === "order") return "";
  if (kind === "not") return good ? L.is_not_so : L.is_so;
  return good ? L.is_right : L.is_wrong;
}

function terminal(lines, label) {
  const rows = lines.flatMap((one) => [h("div", { class: "cmd" }, h("span", { class: "prompt" }, one.on ? `${one.on} $ ` : "$ "), one.line), one.out ? h("div", { class: "out" }, one.out) : ""]);
  return h("div", { class: "shown", role: "group", tabindex: 0, "aria-label": label }, ...rows);
}
