// The screen of the terminals: what was typed and printed, the line being typed, its history.
// The log is what Python tells; words of the dojo and lines that were dropped stand between, and live here only.

import { h, fill, setText } from "./dom.js";

// More could not be read, and a browser need not lay it out.
const SHOWN = 4000;

export class Screen {
  constructor(L, on) {
    this.L = L;
    this.on = on;
    this.seat = 0;
    this.items = [];
    this.entries = [];
    this.history = [];
    this.drafts = [];
    this.at = null;
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": L.log });
    this.prompt = h("label", { class: "prompt", for: "line" });
    this.input = h("input", { id: "line", type: "text", class: "line-in", autocapitalize: "off", autocomplete: "off", autocorrect: "off",
      spellcheck: "false", enterkeyhint: "send", maxlength: 20000, "aria-describedby": "keys" });
    this.keys = h("div", { class: "sr", id: "keys" }, L.keys);
    this.form = h("div", { class: "entry" }, this.prompt, this.input, h("span", { class: "running" }, L.running));
    this.el = h("div", { class: "screen" }, this.log, this.form, this.keys);
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.input.addEventListener("paste", (e) => this.paste(e));
    // Streamlit listens for single letters all over the page.
    for (const kind of ["keyup", "keypress"]) this.input.addEventListener(kind, (e) => e.stopPropagation());
    this.el.addEventListener("click", (e) => {
      // A click into the empty part of a terminal means its line; marking text must stay possible.
      if (!String(getSelection() || "") && !e.target.closest("a, button")) this.input.focus({ preventScroll: true });
    });
  }

  key(e) {
    e.stopPropagation();
    // While a Japanese word is being chosen, Enter and the arrows belong to it.
    if (e.isComposing || e.keyCode === 229) return;
    const plain = !e.ctrlKey && !e.metaKey && !e.altKey;
    const marked = this.input.selectionStart !== this.input.selectionEnd;
    const act = e.ctrlKey && !e.altKey && !e.metaKey
      ? { l: () => this.clear(), c: marked ? null : () => this.interrupt(), u: () => this.cut(), d: () => this.leave() }[e.key.toLowerCase()]
      : plain ? { Enter: () => this.enter(), ArrowUp: () => this.recall(-1), ArrowDown: () => this.recall(1) }[e.key] : null;
    if (act) {
      e.preventDefault();
      act();
    } else if (e.key === "Tab" && plain && !e.shiftKey && this.input.value.trim()) {
      // On an empty line Tab leaves the terminal, as everywhere on a page; Shift-Tab always does.
      e.preventDefault();
      this.complete();
    } else if (e.key !== "Tab") this.tabbed = null;
  }

  enter() {
    const text = this.input.value;
    this.input.value = "";
    this.submit([text]);
  }

  submit(lines) {
    this.at = null;
    for (const text of lines) {
      if (text.trim() && this.history[this.history.length - 1] !== text) this.history.push(text);
    }
    if (lines.length === 1 && !lines[0].trim() && !this.open) {
      this.echo("");
      return;
    }
    for (const text of lines) this.echo(text, "waits");
    this.on.run(this.seat, lines);
  }

  // Lines that are complete are run; what follows the last line end is left to be finished.
  paste(e) {
    const text = (e.clipboardData?.getData("text") || "").replace(/\r\n?/g, "\n");
    if (!text.includes("\n")) return;
    e.preventDefault();
    const whole = this.input.value.slice(0, this.input.selectionStart) + text + this.input.value.slice(this.input.selectionEnd);
    const lines = whole.split("\n");
    this.input.value = lines.pop();
    this.submit(lines);
  }

  clear() {
    for (const item of this.items) item.hidden = true;
    this.log.replaceChildren();
  }

  cut() {
    this.input.value = this.input.value.slice(this.input.selectionEnd);
    this.input.setSelectionRange(0, 0);
  }

  interrupt() {
    const text = this.input.value;
    this.input.value = "";
    this.at = null;
    this.echo(`${text}^C`);
    if (this.open) this.on.run(this.seat, ["\x03"]);
  }

  // Ctrl-D ends a psql; the login shell of the dojo stays.
  leave() {
    if (!this.input.value && this.sql) this.submit(["\\q"]);
  }

  recall(by) {
    if (!this.history.length) return;
    if (this.at === null) this.draft = this.input.value;
    const at = (this.at === null ? this.history.length : this.at) + by;
    if (at < 0) return;
    this.at = at >= this.history.length ? null : at;
    const text = this.at === null ? this.draft || "" : this.history[this.at];
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
  }

  complete() {
    this.asked = { text: this.input.value.slice(0, this.input.selectionStart), again: this.tabbed === this.input.value };
    this.on.complete(this.seat, this.asked.text);
  }

  completed(done) {
    const { asked } = this;
    const text = this.input.value.slice(0, this.input.selectionStart);
    // Somebody who typed on does not want the word of a moment ago.
    if (!asked || done.for !== asked.text || text !== asked.text) return;
    const rest = this.input.value.slice(this.input.selectionStart);
    if (done.common.length > asked.text.length - done.at) {
      const put = asked.text.slice(0, done.at) + done.common;
      this.input.value = put + rest;
      this.input.setSelectionRange(put.length, put.length);
    }
    this.tabbed = this.input.value;
    if (done.words.length > 1) this.choices(done.words);
    else if (!done.words.length) this.note(fill(this.L.no_words, { word: asked.text.slice(done.at) }), "words");
  }

  choices(words) {
    this.drop((item) => item.kind === "words");
    const listed = words.flatMap((word) => [h("span", { class: "word" }, word.trim()), " "]);
    this.add({ kind: "words", seat: this.seat, el: h("div", { class: "t-words" }, ...listed) });
  }

  // A line that Python does not (yet) know.
  echo(text, kind = "dropped") {
    const item = { kind, seat: this.seat, el: h("div", { class: `t-cmd ${kind}`, "aria-hidden": kind === "waits" ? "true" : null }, this.mark(this.prompt.textContent), text) };
    this.add(item);
  }

  note(text, kind = "note") {
    // Of the words to choose from only the last are of interest.
    if (kind === "words") this.drop((item) => item.kind === "words");
    this.add({ kind, seat: this.seat, el: h("div", { class: `t-${kind}` }, ...text.split("\n").map((line) => this.said(line))) });
  }

  // What is set in are commands: they stand below each other, and go on where they began.
  said(line) {
    return line.startsWith("  ") ? h("div", { class: "set-in" }, line.trim()) : h("div", null, line || "\u00a0");
  }

  add(item) {
    this.items.push(item);
    if (item.seat !== this.seat) return;
    this.log.append(item.el);
    while (this.log.childElementCount > SHOWN) this.log.firstChild.remove();
    this.end();
  }

  drop(which) {
    for (const item of this.items) if (which(item)) item.el.remove();
    this.items = this.items.filter((item) => !which(item));
  }

  end() {
    this.el.scrollTop = this.el.scrollHeight;
  }

  mark(prompt) {
    return h("span", { class: "prompt" }, prompt);
  }

  // What Python tells: entries from `keep` on are new, those after are gone.
  tell(a) {
    this.drop((item) => item.kind === "waits" || (item.kind === "entry" && item.at >= a.keep) || (a.done === null && item.kind === "words"));
    if (!a.keep) this.drop((item) => item.kind === "skipped");
    if (a.skip) this.add({ kind: "skipped", seat: this.seat, el: h("div", { class: "t-note" }, fill(this.L.skipped, { count: a.skip })) });
    let at = a.keep + a.skip;
    for (const entry of a.entries) {
      this.add({ kind: "entry", at, seat: entry.t, el: this.entry(entry) });
      at += 1;
    }
    if (!this.filled) {
      this.history = a.entries.map((entry) => entry.l).filter((text) => text.trim());
      this.filled = true;
    }
    this.prompts = a.prompts;
    this.opens = a.open;
    this.sqls = a.psql;
    this.wear();
    if (!a.n && !this.items.length) this.note(this.L.welcome);
    for (const note of a.notes) this.note(note);
    if (a.done) this.completed(a.done);
    this.end();
  }

  entry(e) {
    const parts = [h("div", { class: "t-cmd" }, this.mark(e.p), e.l)];
    if (e.o) parts.push(h("pre", { class: "t-out" }, e.o.replace(/\n$/, "")));
    if (e.h) parts.push(h("div", { class: "t-note" }, e.h));
    if (e.e) parts.push(h("div", { class: "t-errs" }, h("span", { class: "sr" }, this.L.stderr), h("pre", { class: "t-err" }, e.e.replace(/\n$/, ""))));
    if (e.f) parts.push(h("div", { class: "t-note t-fault" }, e.f));
    if (e.x) parts.push(h("div", { class: "t-exit" }, fill(this.L.exit, { status: e.x })));
    return h("div", { class: "item" }, ...parts);
  }

  wear() {
    this.open = Boolean(this.opens && this.opens[this.seat]);
    this.sql = Boolean(this.sqls && this.sqls[this.seat]);
    setText(this.prompt, this.prompts ? this.prompts[this.seat] : "");
  }

  // Each terminal keeps the line that is being typed; what it shows again is no news to be read aloud.
  choose(seat) {
    this.drafts[this.seat] = this.input.value;
    this.input.value = this.drafts[seat] || "";
    this.seat = seat;
    this.at = null;
    this.log.setAttribute("aria-live", "off");
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 500);
    this.log.replaceChildren(...this.items.filter((item) => item.seat === seat && !item.hidden).map((item) => item.el));
    this.wear();
    this.end();
  }
}
