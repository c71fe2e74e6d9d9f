// The task beside the terminal: the story, the goal that ticks itself, help in portions, and how it ended.

import { h, fill, prose, setText } from "./dom.js";

const KEY = "waldojo.challenges";

// The browser alone keeps what was reached: the last attempt, and the shortest that was solved without help.
// What stands there may be anything: another page of this host, or an earlier build, may have written it.
export function remember(level, record) {
  if (!record) return;
  try {
    const { [level]: mine, ...others } = stored();
    const best = Number.isInteger(mine?.best?.commands) ? mine.best : null;
    const better = record.state === "solved" && (!best || record.commands < best.commands);
    // The latest stands last.
    localStorage.setItem(KEY, JSON.stringify({ ...others, [level]: { last: record, best: better ? record : best } }));
  } catch {
    // A browser that keeps nothing for pages: the visit itself still knows.
  }
}

// A command line breaks between its words alone, never behind the hyphen of an option.
function unbroken(line) {
  return line.split(/( +)/).map((word) => (word.trim() ? h("span", { class: "unit" }, word) : word));
}

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || "{}");
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

export class Task {
  // `press` sends a word and leaves the focus where it is; `again` goes on at the terminal's line.
  constructor(L, { press, again, go }) {
    this.L = L;
    this.press = press;
    this.again = again;
    this.go = go;
    const act = (name) => h("button", { type: "button" }, L[name]);
    this.story = h("p", { class: "story" });
    this.goals = h("ul", { class: "goals" });
    this.count = h("p", { class: "so-far" });
    this.hint = act("task_hint");
    this.hint.addEventListener("click", () => press("hint"));
    this.show = act("task_solution");
    this.show.addEventListener("click", () => press("show solution"));
    this.hints = h("ol", { class: "hints" });
    this.help = h("div", { class: "help" }, h("div", { class: "acts" }, this.hint, this.show), this.hints);
    this.solution = h("div", { class: "solution" });
    this.el = h("div", { class: "task" }, h("h2", null, L.task_story), this.story, h("h2", { id: "goal-title" }, L.task_goal), this.goals, this.count, this.help, this.solution);
    this.goals.setAttribute("aria-labelledby", "goal-title");
    this.said = h("div", { class: "said" });
    this.after = h("div", { class: "acts" });
    this.ending = h("section", { class: "ending", "aria-label": L.task_ending, hidden: true }, this.said, this.after);
    this.tally = h("p", { class: "tally" });
  }

  tell(t) {
    const { L } = this;
    const asking = this.el.getRootNode().activeElement === this.show;
    const state = JSON.stringify(t);
    if (state === this.state) return;
    this.state = state;
    this.story.replaceChildren(...prose(t.story));
    this.goals.replaceChildren(...t.goal.map((one) => this.condition(one)));
    const facts = { commands: t.commands, par: t.par, done: t.goal.filter((one) => one.holds).length, all: t.goal.length };
    setText(this.count, fill(L.task_count, facts));
    setText(this.tally, fill(L.task_tally, facts));
    setText(this.hint, t.more ? fill(L.task_hint, { count: t.more }) : L.task_no_hint);
    this.hint.disabled = !t.more;
    this.hints.replaceChildren(...t.hints.map((text) => h("li", null, ...prose(text))));
    this.hints.hidden = !t.hints.length;
    this.show.hidden = t.solution !== "hidden";
    this.solve(t, asking);
    this.judge(t);
  }

  condition(one) {
    const { L } = this;
    return h("li", { class: one.holds ? "holds" : "" }, h("span", { class: "box", "aria-hidden": true }, one.holds ? "✓" : ""),
      h("span", null, h("span", { class: "sr" }, one.holds ? L.task_holds : L.task_open), ...prose(one.text), one.missing ? h("small", null, one.missing) : ""));
  }

  // Nobody sees a solution by a slip of the hand: the first request is answered with a question.
  solve(t, asking) {
    const { L } = this;
    const act = (label, text, kind) => h("button", { type: "button", class: kind, onclick: () => this.press(text) }, label);
    this.solution.hidden = t.solution === "hidden";
    if (t.solution === "asked") {
      const yes = act(L.task_solution_yes, "show solution", "");
      this.solution.replaceChildren(h("p", null, L.task_solution_asks), h("div", { class: "acts" }, yes, act(L.task_solution_no, "keep trying")));
      if (asking) yes.focus();
    } else if (t.solution === "shown") {
      const done = t.typed === null ? 0 : t.typed;
      const lines = t.lines.map((line, i) => h("li", { class: i < done ? "typed" : i === done ? "turn" : "" }, h("code", null, ...unbroken(line)),
        i < done ? h("span", { class: "sr" }, L.task_typed) : ""));
      const left = t.lines.length - done;
      const steps = left ? [act(t.typed === null ? L.task_step_anew : L.task_step, "solve step", "primary"), act(L.task_type_all, "solve all")] : [];
      this.solution.replaceChildren(h("h2", null, L.task_solution_title), h("ol", null, ...lines), h("div", { class: "acts" }, ...steps),
        t.typed === null ? h("p", { class: "quiet" }, L.task_anew) : "");
    }
  }

  judge(t) {
    const { L } = this;
    const over = t.outcome !== "open";
    this.ending.hidden = !over;
    this.ending.className = `ending ${t.outcome === "lost" ? "bad" : "good"}`;
    const news = this.told !== undefined && this.told !== t.outcome;
    this.told = t.outcome;
    if (!over) {
      this.said.replaceChildren();
      this.after.replaceChildren();
      return;
    }
    const act = (label, text) => h("button", { type: "button", onclick: () => this.again(text) }, label);
    const stars = t.outcome === "reached" && !t.helped ? h("span", { class: "stars", role: "img", "aria-label": fill(L.task_stars, { count: t.stars }) }, "★".repeat(t.stars) + "☆".repeat(3 - t.stars)) : "";
    const head = t.outcome === "lost" ? L.task_lost : fill(t.helped ? L.task_helped : L.task_reached, { commands: t.commands, par: t.par });
    this.said.replaceChildren(h("p", null, h("b", null, head), stars), h("p", null, h("span", { class: "lead-in" }, t.outcome === "lost" ? L.task_why_lost : L.task_why), ...prose(t.why)));
    if (t.outcome === "lost") this.after.replaceChildren(act(L.undo, "undo"), act(L.reset, "reset"));
    else this.after.replaceChildren(t.next ? this.onward(t.next) : this.path(), act(L.task_again, "reset"));
    // It must be seen, wherever the page is scrolled to.
    if (news) requestAnimationFrame(() => this.ending.scrollIntoView({ block: "nearest" }));
  }

  onward(next) {
    return this.link(next.id, fill(this.L.task_next, { title: next.title }), { id: next.id });
  }

  path() {
    return this.link("challenges", this.L.task_path, null);
  }

  link(wish, label, parameters) {
    const url = new URL(location.href);
    url.searchParams.delete("c");
    if (parameters) url.searchParams.set("id", parameters.id);
    else url.pathname = url.pathname.replace(/challenge$/, "challenges");
    const follow = (e) => {
      // A new tab stays a new tab.
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      this.go(wish);
    };
    return h("a", { class: "onward", href: url.href, onclick: follow }, label);
  }
}
