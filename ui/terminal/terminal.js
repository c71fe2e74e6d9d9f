// The terminal of the dojo. Python mounts two elements: this one with the words, and 'feed' (feed.js) with the
// answers; so a command sends its answer alone and not this code again. They meet on `window.walDojoTerminal`.

import { h, setText } from "./dom.js";
import { Screen } from "./screen.js";
import { Strips, Folders } from "./aside.js";
import { Task, remember } from "./task.js";
import { nameLanguage, put } from "./address.js";

const PATIENCE_MS = 10_000;

class Desk {
  constructor(L, place) {
    this.L = L;
    this.place = place;
    this.names = place ? ["task", "screen", "wal", "files"] : ["screen", "wal", "files"];
    this.seq = Date.now();
    this.waiting = [];
    this.count = 0;
    this.screen = new Screen(place ? { ...L, welcome: L.task_welcome } : L, {
      run: (seat, lines) => this.ask({ do: "run", seat, lines }),
      complete: (seat, text) => this.ask({ do: "complete", seat, text }),
    });
    this.strips = new Strips(L);
    this.folders = new Folders(L);
    this.tabs = [];
    this.heads = { wal: h("h2", null, L.pane_wal), files: h("h2", null, L.pane_files) };
    this.seats = h("div", { class: "seats", role: "tablist", "aria-label": L.seats });
    this.task = place ? new Task(L, {
      press: (text) => this.ask({ do: "dojo", seat: this.screen.seat, text }),
      again: (text) => this.press(text),
      go: (level) => this.ask({ do: "go", text: level }),
    }) : null;
    this.link = h("span", { class: "copied", role: "status" });
    const act = (label, line) => h("button", { type: "button", onclick: () => this.press(line) }, label);
    const tools = h("div", { class: "tools" }, act(L.undo, "undo"), act(L.reset, "reset"), place && act(L.task_show_goal, "show goal"), act(L.help, "help"),
      h("button", { type: "button", "aria-label": L.link_copy, title: L.link_copy, onclick: () => this.copy() }, L.link), this.link);
    const key = (label, name, does) => h("button", { type: "button", "aria-label": name, onclick: () => { does(); this.screen.input.focus({ preventScroll: true }); } }, label);
    const s = this.screen;
    const keys = h("div", { class: "touch-keys", role: "group", "aria-label": L.touch_keys }, key("Tab", L.key_tab, () => s.complete()), key("↑", L.key_up, () => s.recall(-1)),
      key("↓", L.key_down, () => s.recall(1)), key("Ctrl-C", L.key_interrupt, () => s.interrupt()), key("Ctrl-L", L.key_clear, () => s.clear()));
    s.el.id = "screen";
    s.el.setAttribute("role", "tabpanel");
    const pane = (name, title, ...inside) => h("section", { class: `pane p-${name}`, "aria-label": title }, ...inside);
    this.chooser = h("div", { class: "chooser", role: "group", "aria-label": L.panes }, ...this.names.map((name) =>
      h("button", { type: "button", "aria-pressed": String(name === this.names[0]), onclick: () => this.show(name) }, L[name === "task" ? "task_pane" : `pane_${name}`])));
    this.panes = h("div", { class: `desk at-${this.names[0]}${place ? " with-task" : ""}` },
      this.task && pane("task", L.task_pane, this.task.el),
      pane("screen", L.terminal, h("div", { class: "top" }, this.seats, tools), s.el, keys),
      h("div", { class: "beside" }, pane("wal", L.pane_wal, this.heads.wal, this.strips.el), pane("files", L.pane_files, this.heads.files, this.folders.el)));
    this.el = h("div", { class: "whole" }, this.task && this.task.ending, this.chooser, this.task && this.task.tally, this.panes);
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
    this.asked = { ...this.waiting.shift(), seq: this.seq, have: this.name || "", place: this.place };
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
    // What was told to another page is no news for this one.
    if (a.name === this.name || a.place !== this.place) return;
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
    // A solution is typed at the terminal of its machine.
    const follow = this.asked?.seq === a.ack && /^solve /.test(this.asked.text || "");
    if (this.asked && this.asked.seq === a.ack) this.asked = null;
    this.panes.classList.toggle("busy", Boolean(this.asked));
    this.seat(a);
    if (follow && a.seat !== this.screen.seat) this.choose(a.seat);
    this.screen.tell(a);
    if (this.task) {
      this.task.tell(a.task);
      remember(this.place, a.task.record);
    }
    if (a.leads) this.lead();
    this.strips.tell(a.strips, a.idle);
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

  // As many tabs as there are terminals; their names are told with each answer.
  seat({ seats, seat, machines }) {
    this.machines = machines;
    if (seats.length !== this.tabs.length || seats.some((title, i) => this.tabs[i].textContent !== title)) {
      this.tabs = seats.map((title, i) => h("button", { type: "button", role: "tab", id: `seat-${i}`, "aria-controls": "screen",
        onclick: () => this.choose(i), onkeydown: (e) => this.walk(e, i) }, title));
      this.seats.replaceChildren(...this.tabs);
      this.shown = machines[seat];
      this.choose(seat);
    }
    this.shown = machines[seat];
    const several = new Set(machines).size > 1;
    for (const [name, el] of Object.entries(this.heads)) setText(el, this.L[`pane_${name}`] + (several ? ` · ${this.shown}` : ""));
  }

  // The way from the sandbox to the challenges.
  lead() {
    const path = new URL("challenges", location.href);
    path.search = "";
    const link = h("a", { href: path.href, onclick: (e) => { if (!e.ctrlKey && !e.metaKey) { e.preventDefault(); this.ask({ do: "go", text: "challenges" }); } } }, this.L.to_challenges);
    this.screen.add({ kind: "note", seat: this.screen.seat, el: h("div", { class: "t-note" }, link) });
  }

  choose(seat) {
    // Files and WAL are those of the machine that one looks at.
    if (this.machines[seat] !== this.shown) this.ask({ do: "look", seat });
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
    const next = (seat + (e.key === "ArrowRight" ? 1 : this.tabs.length - 1)) % this.tabs.length;
    this.choose(next);
    this.tabs[next].focus();
    this.tabs[next].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // A phone shows one of the three at a time.
  show(name) {
    this.panes.className = `desk at-${name}${this.place ? " with-task" : ""}`;
    [...this.chooser.children].forEach((button, i) => button.setAttribute("aria-pressed", String(this.names[i] === name)));
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
  const desk = new Desk(JSON.parse(data.s), data.p);
  if (old && old.place === desk.place) {
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
