// The terminal of the dojo. Python mounts two elements: this one with the words, and 'feed' (feed.js) with the
// answers; so a command sends its answer alone and not this code again. They meet on `window.walDojoTerminal`.

import { h, setText } from "./dom.js";
import { Screen } from "./screen.js";
import { Strips, Folders } from "./aside.js";
import { nameLanguage, put } from "./address.js";

const PATIENCE_MS = 10_000;
const PANES = ["screen", "wal", "files"];

class Desk {
  constructor(L) {
    this.L = L;
    this.seq = Date.now();
    this.waiting = [];
    this.count = 0;
    this.screen = new Screen(L, {
      run: (seat, lines) => this.ask({ do: "run", seat, lines }),
      complete: (seat, text) => this.ask({ do: "complete", seat, text }),
    });
    this.strips = new Strips(L);
    this.folders = new Folders(L);
    this.tabs = [0, 1].map((seat) => h("button", { type: "button", role: "tab", id: `seat-${seat}`, "aria-selected": String(seat === 0), tabindex: seat ? -1 : 0,
      "aria-controls": "screen", onclick: () => this.choose(seat), onkeydown: (e) => this.walk(e, seat) }, L[`seat_${seat + 1}`]));
    this.link = h("span", { class: "copied", role: "status" });
    const act = (label, line) => h("button", { type: "button", onclick: () => this.press(line) }, label);
    const tools = h("div", { class: "tools" }, act(L.undo, "undo"), act(L.reset, "reset"), act(L.help, "help"),
      h("button", { type: "button", "aria-label": L.link_copy, title: L.link_copy, onclick: () => this.copy() }, L.link), this.link);
    const key = (label, name, does) => h("button", { type: "button", "aria-label": name, onclick: () => { does(); this.screen.input.focus({ preventScroll: true }); } }, label);
    const s = this.screen;
    const keys = h("div", { class: "touch-keys", role: "group", "aria-label": L.touch_keys }, key("Tab", L.key_tab, () => s.complete()), key("↑", L.key_up, () => s.recall(-1)),
      key("↓", L.key_down, () => s.recall(1)), key("Ctrl-C", L.key_interrupt, () => s.interrupt()), key("Ctrl-L", L.key_clear, () => s.clear()));
    s.el.id = "screen";
    s.el.setAttribute("role", "tabpanel");
    s.el.setAttribute("aria-labelledby", "seat-0");
    const pane = (name, title, ...inside) => h("section", { class: `pane p-${name}`, "aria-label": title }, ...inside);
    this.chooser = h("div", { class: "chooser", role: "group", "aria-label": L.panes }, ...PANES.map((name) =>
      h("button", { type: "button", "aria-pressed": String(name === "screen"), onclick: () => this.show(name) }, L[`pane_${name}`])));
    this.panes = h("div", { class: "desk at-screen" },
      pane("screen", L.terminal, h("div", { class: "top" }, h("div", { class: "seats", role: "tablist", "aria-label": L.seats }, ...this.tabs), tools), s.el, keys),
      h("div", { class: "beside" }, pane("wal", L.pane_wal, h("h2", null, L.pane_wal), this.strips.el), pane("files", L.pane_files, h("h2", null, L.pane_files), this.folders.el)));
    this.el = h("div", { class: "whole" }, this.chooser, this.panes);
  }

  close() {
    clearTimeout(this.again);
    this.strips.close();
  }

  // One message at a time: Streamlit keeps only the last of several.
  ask(message) {
    if (message) this.waiting.push(message);
    if (this.asked || !this.waiting.length || !window.walDojoTerminal.send) return;
    this.seq += 1;
    this.asked = { ...this.waiting.shift(), seq: this.seq, have: this.name || "" };
    this.panes.classList.add("busy");
    this.send();
  }

  // A message may be lost with the connection. One that comes twice is obeyed once.
  send() {
    clearTimeout(this.again);
    if (!this.asked) return;
    this.again = setTimeout(() => this.send(), PATIENCE_MS);
    window.walDojoTerminal.send(JSON.stringify(this.asked));
  }

  tell(text) {
    const a = JSON.parse(text);
    if (a.name === this.name) return;
    // An answer that builds on one which never came here would leave gaps: ask for all of it.
    if (a.keep > this.count) {
      this.name = "";
      this.asked = null;
      this.ask({ do: "all" });
      return;
    }
    const nonce = a.name.split(".")[0];
    if (this.nonce && nonce !== this.nonce && this.asked && this.asked.seq !== a.ack) {
      // Somebody else answers: the sitting was started again, or the server was.
      this.waiting.unshift(this.asked);
      this.asked = null;
    }
    this.nonce = nonce;
    this.name = a.name;
    this.count = a.n;
    if (this.asked && this.asked.seq === a.ack) this.asked = null;
    this.panes.classList.toggle("busy", Boolean(this.asked));
    this.screen.tell(a);
    this.strips.tell(a.strips);
    this.folders.tell(a.files);
    this.long = a.c === null;
    nameLanguage(a.lang);
    put("c", a.c || null);
    setText(this.link, "");
    // A value set while the component is being mounted would be lost.
    setTimeout(() => this.ask(), 0);
  }

  press(line) {
    this.ask({ do: "dojo", seat: this.screen.seat, text: line });
    // On a phone this would open the keyboard over what is to be read.
    if (matchMedia("(hover: hover)").matches) this.screen.input.focus({ preventScroll: true });
  }

  choose(seat) {
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === seat));
      tab.tabIndex = i === seat ? 0 : -1;
    });
    this.screen.el.setAttribute("aria-labelledby", `seat-${seat}`);
    this.screen.choose(seat);
  }

  walk(e, seat) {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    e.stopPropagation();
    e.preventDefault();
    const next = 1 - seat;
    this.choose(next);
    this.tabs[next].focus();
  }

  // A phone shows one of the three at a time.
  show(name) {
    this.panes.className = `desk at-${name}`;
    [...this.chooser.children].forEach((button, i) => button.setAttribute("aria-pressed", String(PANES[i] === name)));
    this.strips.measure();
  }

  async copy() {
    if (this.long) {
      setText(this.link, this.L.link_too_long);
      return;
    }
    try {
      await navigator.clipboard.writeText(location.href);
      setText(this.link, this.L.copied);
    } catch {
      // Without https a browser gives no clipboard: show the address to copy by hand.
      const field = h("input", { type: "text", readonly: true, value: location.href, "aria-label": this.L.link });
      this.link.replaceChildren(field);
      field.focus();
      field.select();
    }
  }
}

export default function mount({ parentElement, data }) {
  const home = (window.walDojoTerminal ||= {});
  const old = home.desk;
  if (old) {
    old.close();
    old.el.remove();
  }
  const desk = new Desk(JSON.parse(data.s));
  if (old) {
    desk.screen.history = old.screen.history;
    desk.screen.filled = old.screen.filled;
  }
  parentElement.append(desk.el);
  home.desk = desk;
  home.update = () => {
    if (home.desk && home.text) home.desk.tell(home.text);
  };
  home.update();
  return () => {
    desk.close();
    desk.el.remove();
    if (home.desk === desk) home.desk = null;
  };
}
