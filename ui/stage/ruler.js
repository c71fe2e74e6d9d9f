// The ruler: pg_wal, archive and backups on one scale of segment numbers. Only what is in view has elements.

import { h, setText, textWidth, calm } from "./dom.js";
import { BIT, GLYPH, HOLDERS, look, words, fate, holders, bitsAt } from "./states.js";
import { ends } from "./run.js";
import { Flags, FLAG_ROW } from "./flags.js";
import { Brackets, BRACKET_ROW } from "./brackets.js";

const BOX = 50;
const ARCHIVE_BOX = 30;
const CAPTION = 20;
const CAPTION_FONT = "12px system-ui, sans-serif";
const LANE_TITLE = 18;
const WIDE = 44;
const PITCHES = [64, 56, 48, 40, 34];
// More than this many flights at once would be confetti.
const FLIGHTS = 6;

export function fitPitch(width, span) {
  return PITCHES.find((p) => (span + 1) * p <= width) || PITCHES[PITCHES.length - 1];
}

function firstLost(f) {
  return (f.w || []).find((r) => r[2] & BIT.lost)?.[0] ?? null;
}

export class Ruler {
  constructor(L, onLook) {
    this.L = L;
    this.onLook = onLook;
    this.boxes = { w: new Map(), a: new Map() };
    this.lanes = {
      w: h("div", { class: "lane", role: "list", "aria-label": L.lane_wal }),
      a: h("div", { class: "lane", role: "list", "aria-label": L.lane_archive }),
    };
    this.titles = { w: this.title(L.lane_wal), a: this.title(L.lane_archive), b: this.title(L.lane_backup) };
    this.horizon = h("div", { class: "horizon", "aria-hidden": true });
    this.captions = h("div", { class: "captions", "aria-hidden": true });
    this.flags = new Flags(L);
    this.brackets = new Brackets(L);
    this.line = h("div", { class: "line" }, this.horizon, this.flags.el, this.lanes.w, this.captions,
      this.lanes.a, this.brackets.el);
    this.scroll = h("div", { class: "scroll", role: "group", "aria-label": L.ruler, tabindex: 0 }, this.line);
    this.el = h("div", { class: "ruler" }, ...Object.values(this.titles), this.scroll);
    let waiting = false;
    this.scroll.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        if (this.f) this.paint();
      });
    });
    for (const lane of Object.values(this.lanes)) this.listen(lane);
  }

  title(text) {
    return h("div", { class: "lane-title", "aria-hidden": true }, text);
  }

  listen(lane) {
    const seen = (e) => {
      const box = e.target.closest(".seg");
      if (box) this.onLook(this, box);
    };
    lane.addEventListener("pointerover", seen);
    lane.addEventListener("focusin", seen);
    lane.addEventListener("click", seen);
    lane.addEventListener("pointerleave", () => this.onLook(this, null));
    lane.addEventListener("focusout", () => this.onLook(this, null));
    lane.addEventListener("keydown", (e) => this.walk(e));
  }

  // Inside a lane the arrow keys go from segment to segment; elsewhere they step through time.
  walk(e) {
    const to = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const box = e.target.closest(".seg");
    if (!to || !box) return;
    e.stopPropagation();
    e.preventDefault();
    const found = this.boxes[box.dataset.lane].get(Number(box.dataset.seg) + to);
    if (found) {
      found.tabIndex = 0;
      box.tabIndex = -1;
      found.focus();
    }
  }

  // `g`: the scale that both rulers share: {lo, hi, pitch, archive, backups, rows}.
  set(run, g) {
    this.run = run;
    this.f = null;
    // Under the same scale the boxes stay where they are, and only change their looks.
    const sign = JSON.stringify([g, run.p.tli, run.p.segMB]);
    if (sign === this.sign) return;
    this.sign = sign;
    this.g = g;
    for (const lane of ["w", "a"]) {
      for (const box of this.boxes[lane].values()) box.remove();
      this.boxes[lane].clear();
    }
    // On a phone the lane's name stands above the flags, elsewhere beside the boxes.
    const top = g.narrow ? LANE_TITLE : 0;
    this.flags.el.style.top = `${top}px`;
    this.horizon.style.top = `${top + LANE_TITLE}px`;
    let y = top + LANE_TITLE + g.rows * FLAG_ROW + 10;
    this.flagRoom = y - top;
    this.yWal = y;
    y += BOX;
    this.captions.style.top = `${y + 2}px`;
    y += CAPTION;
    const put = (lane, title, height, shown) => {
      title.hidden = !shown;
      if (lane) lane.hidden = !shown;
      if (!shown) return;
      y += g.narrow ? LANE_TITLE : 8;
      title.style.top = g.narrow ? `${y - LANE_TITLE}px` : `${y + height / 2 - 9}px`;
      if (lane) lane.style.top = `${y}px`;
      y += height;
    };
    this.titles.w.style.top = g.narrow ? "0px" : `${this.yWal + BOX / 2 - 9}px`;
    this.lanes.w.style.top = `${this.yWal}px`;
    put(this.lanes.a, this.titles.a, ARCHIVE_BOX, g.archive);
    put(this.brackets.el, this.titles.b, g.backups * BRACKET_ROW, g.backups > 0);
    this.height = y + 6;
    this.line.style.height = `${this.height}px`;
    this.line.style.width = `${(g.hi - g.lo) * g.pitch}px`;
    this.horizon.style.height = `${this.height - top - LANE_TITLE}px`;
    this.el.classList.toggle("small", g.pitch < WIDE);
  }

  x(seg) {
    return (seg - this.g.lo) * this.g.pitch;
  }

  // One step: move the camera if it must, then paint what is in view. `lively`: let files fly.
  draw(f, before, lively) {
    this.f = f;
    const lost = firstLost(f);
    // What is lost just now is worth a look even where it does not fit beside the pen.
    if (lost !== null && before && firstLost(before) === null) this.scroll.scrollLeft = this.x(lost - 1);
    else this.follow(f);
    this.paint();
    if (lively && before && !calm()) this.fly(f, before);
  }

  // Keep in sight everything that matters; if that is too much, the place where WAL is written.
  follow(f) {
    const [lo, hi] = ends(f);
    const view = this.scroll.clientWidth;
    const left = this.scroll.scrollLeft;
    const [a, b] = [this.x(lo), this.x(hi)];
    if (a >= left && b <= left + view) return;
    const to = b - a <= view ? Math.max(0, Math.min(a, b - view + 8)) : Math.max(0, b - view + 8);
    this.scroll.scrollLeft = b - a <= view && a - 8 >= 0 ? Math.min(a, Math.max(to, b - view + 8)) : to;
  }

  paint() {
    const { g, f } = this;
    const left = this.scroll.scrollLeft;
    const view = this.scroll.clientWidth || 1200;
    const from = g.lo + Math.floor(left / g.pitch) - 1;
    const to = g.lo + Math.ceil((left + view) / g.pitch) + 1;
    this.lane("w", f.w || [], from, to);
    this.lane("a", f.a || [], from, to);
    const hz = f.hz;
    this.horizon.hidden = hz === undefined || hz === null;
    if (!this.horizon.hidden) this.horizon.style.transform = `translateX(${this.x(hz) - 1}px)`;
    this.caption(f, from, to);
    this.flags.draw(this, f, left, view);
    this.brackets.draw(this, f, left, view);
  }

  lane(lane, runs, from, to) {
    const boxes = this.boxes[lane];
    const kept = new Set();
    let first = null;
    for (const [lo, hi, bits] of runs) {
      for (let s = Math.max(lo, from); s < Math.min(hi, to); s += 1) {
        let box = boxes.get(s);
        if (!box) {
          box = h("div", { class: "seg", role: "listitem", tabindex: -1 }, h("span", { class: "g" }),
            h("span", { class: "nm" }), h("span", { class: "bands" }));
          box.dataset.seg = s;
          box.dataset.lane = lane;
          box.style.transform = `translateX(${this.x(s) + 2}px)`;
          box.style.width = `${this.g.pitch - 4}px`;
          boxes.set(s, box);
          this.lanes[lane].append(box);
        }
        kept.add(s);
        if (first === null || bits & BIT.current) first = box;
        const sign = `${bits}`;
        if (box.dataset.bits !== sign) this.dress(box, s, bits, lane);
      }
    }
    for (const [s, box] of boxes) {
      if (!kept.has(s)) {
        box.remove();
        boxes.delete(s);
      }
    }
    // Exactly one box of a lane can be reached with Tab; the arrow keys reach the others.
    const reached = this.lanes[lane].querySelectorAll('[tabindex="0"]');
    if (first && reached.length !== 1) {
      reached.forEach((box) => { box.tabIndex = -1; });
      first.tabIndex = 0;
    }
  }

  dress(box, seg, bits, lane) {
    box.dataset.bits = String(bits);
    const holds = HOLDERS.filter((k) => bits & BIT[k]);
    const stored = bits & BIT.absent ? "absent" : bits & BIT.ready ? "failing" : "done";
    const kind = lane === "a" ? stored : look(bits);
    box.className = `seg ${lane} s-${kind}${bits & BIT.goes ? " s-goes" : ""}${bits & BIT.differs ? " s-differs" : ""}`;
    const main = kind === "failing" ? "✕" : (bits & BIT.differs ? GLYPH.differs : "") + GLYPH[kind];
    const status = kind === "current" && bits & BIT.ready ? GLYPH.ready : "";
    setText(box.children[0], main + status + (bits & BIT.goes ? GLYPH.goes : ""));
    setText(box.children[1], (this.g.pitch < WIDE ? "" : "…") + this.run.short(seg));
    const bands = box.children[2];
    bands.replaceChildren(...holds.map((k) => h("i", { class: `band b-${k}` }, GLYPH[k])));
    box.setAttribute("aria-label", `${this.run.name(seg)}: ${this.says(bits, lane).join(this.L.comma)}`);
  }

  says(bits, lane) {
    if (lane !== "a" || bits & BIT.absent) return words(bits, this.L);
    const said = [bits & BIT.ready ? this.L.archive_failing : this.L.archive_done];
    return bits & BIT.differs ? [...said, this.L.state_differs] : said;
  }

  // What a segment has to say to somebody who points at it.
  facts(box) {
    const { L, f, run } = this;
    const seg = Number(box.dataset.seg);
    const lane = box.dataset.lane;
    const bits = bitsAt(f[lane], seg) || 0;
    const rows = [[L.card_state, this.says(bits, lane).join(L.comma)]];
    // What was only seen says nothing about who needs a file and what becomes of it.
    if (lane === "w" && !run.p.seen) {
      if (!(bits & BIT.lost)) rows.push([L.card_size, `${run.p.segMB} MB`]);
      const who = bits & BIT.future ? [] : holders(seg, f);
      if (who.length) rows.push([L.card_holders, who.join(L.comma)]);
      rows.push([L.card_next, fate(bits, seg, f, L)]);
    }
    return { name: run.name(seg, f.tli), rows };
  }

  caption(f, from, to) {
    const groups = (f.w || []).filter((r) => r[2] & (BIT.lost | BIT.future) && r[1] > from && r[0] < to);
    const merged = [];
    for (const [lo, hi, bits] of groups) {
      const kind = bits & BIT.lost ? "lost" : "future";
      const last = merged[merged.length - 1];
      if (last && last.kind === kind && last.hi === lo) last.hi = hi;
      else merged.push({ kind, lo, hi });
    }
    const sign = JSON.stringify([merged, this.scroll.scrollLeft]);
    if (sign === this.captionSign) return;
    this.captionSign = sign;
    this.captions.replaceChildren(...merged.map((m) => {
      const el = h("span", { class: `caption c-${m.kind}` }, this.L["caption_" + m.kind]);
      // A caption wider than its boxes would be cut off at the edge of what is in view.
      const half = textWidth(el.textContent, CAPTION_FONT) / 2 + 4;
      const middle = (this.x(Math.max(m.lo, from)) + this.x(Math.min(m.hi, to))) / 2;
      const left = this.scroll.scrollLeft;
      el.style.left = `${Math.max(left + half, Math.min(middle, left + (this.scroll.clientWidth || 1200) - half))}px`;
      return el;
    }));
  }

  // A removal leaves to the left; a recycled file flies ahead of the pen and changes its name on the way.
  fly(f, before) {
    const gone = [];
    for (const [lo, hi, bits] of before.w || []) {
      if (bits & (BIT.lost | BIT.future)) continue;
      for (let s = lo; s < hi && gone.length < FLIGHTS; s += 1) {
        const now = bitsAt(f.w, s);
        if (now === undefined || now & BIT.lost) gone.push([s, bits]);
      }
    }
    const renamed = new Map(f.rc || []);
    for (const [s, bits] of gone) {
      const ghost = h("div", { "aria-hidden": true }, h("span", { class: "g" }), h("span", { class: "nm" }),
        h("span", { class: "bands" }));
      this.dress(ghost, s, bits, "w");
      ghost.classList.add("ghost");
      ghost.removeAttribute("aria-label");
      ghost.style.width = `${this.g.pitch - 4}px`;
      this.lanes.w.append(ghost);
      const at = (seg, dy) => `translate(${this.x(seg) + 2}px, ${dy}px)`;
      const target = renamed.get(s);
      const path = target === undefined
        ? [{ transform: at(s, 0) }, { transform: at(s - 2, 0), opacity: 0 }]
        : [{ transform: at(s, 0) }, { transform: at((s + target) / 2, -46) }, { transform: at(target, 0) }];
      if (target !== undefined) setTimeout(() => this.dress(ghost, target, BIT.future, "w"), 350);
      if (target !== undefined) setTimeout(() => ghost.classList.add("ghost"), 350);
      ghost.animate(path, { duration: 700, easing: "ease-in-out" }).finished.finally(() => ghost.remove());
    }
  }
}
