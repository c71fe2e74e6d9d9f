// A run as the server sends it: whole frames every `key` steps, between them only what changed.

import { BIT } from "./states.js";

// What belongs to one step alone and is not carried into the next.
const ONCE = ["term", "ev", "cmd", "rc", "df"];
const MB_PER_WAL_ID = 4096;

export async function unpack(text) {
  // Long runs come deflated: they repeat themselves, and the browser inflates them in a few milliseconds.
  if (text[0] !== "z") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text.slice(1)), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

// Sentences stand once in a table, which both runs share.
function tell(frames, s) {
  for (const f of frames) {
    if (f.cmd !== undefined) f.cmd = s[f.cmd];
    if (f.term) for (const line of f.term) line[1] = s[line[1]];
    if (f.df) for (const row of f.df) for (const k in row) if (k !== "st") row[k] = s[row[k]];
    if (f.ev) for (const event of f.ev) for (const k in event) event[k] = s[event[k]];
  }
}

export class Run {
  constructor(payload, sentences) {
    tell(payload.frames, sentences);
    this.p = payload;
    this.n = payload.n;
    this.at = -1;
    this.now = null;
    const perId = MB_PER_WAL_ID / payload.segMB;
    this.perId = perId;
    this.digits = Math.max(2, (perId - 1).toString(16).length);
  }

  // Forwards this costs one delta, backwards at most `key` of them.
  frame(i) {
    if (i === this.at) return this.now;
    const key = i - (i % this.p.key);
    let j = key;
    if (this.at >= key && this.at < i) j = this.at + 1;
    else this.now = {};
    for (; j <= i; j += 1) this.now = follow(this.now, this.p.frames[j]);
    this.at = i;
    return this.now;
  }

  // 24 hexadecimal digits: timeline, then the segment number in two parts.
  name(seg, tli) {
    const hex = (n) => n.toString(16).toUpperCase().padStart(8, "0");
    return hex(tli || this.p.tli) + hex(Math.floor(seg / this.perId)) + hex(seg % this.perId);
  }

  short(seg) {
    return (seg % this.perId).toString(16).toUpperCase().padStart(this.digits, "0");
  }

  // What the whole run needs of the line: its ends, the widest set that must be seen at once, the states it knows.
  extent() {
    const e = { lo: Infinity, hi: -Infinity, span: 1, bits: 0, archive: false, backups: 0, flags: 0 };
    for (let i = 0; i < this.n; i += 1) {
      const f = this.frame(i);
      const [lo, hi] = ends(f);
      e.lo = Math.min(e.lo, lo, ...(f.a || []).map((r) => r[0]));
      e.hi = Math.max(e.hi, hi, ...(f.a || []).map((r) => r[1]));
      e.span = Math.max(e.span, hi - lo);
      for (const r of f.w || []) e.bits |= r[2];
      for (const r of f.a || []) e.bits |= r[2] & (BIT.differs | BIT.absent);
      e.archive = e.archive || Boolean(f.a && f.a.length);
      e.backups = Math.max(e.backups, (f.b || []).length);
      e.flags = Math.max(e.flags, (f.f || []).length);
    }
    if (e.lo > e.hi) [e.lo, e.hi] = [0, 1];
    return e;
  }
}

// The segments that matter at one step: what is in pg_wal, what a backup needs, where the flags stand.
export function ends(f) {
  let lo = Infinity;
  let hi = -Infinity;
  for (const [a, b] of f.w || []) {
    lo = Math.min(lo, a);
    hi = Math.max(hi, b);
  }
  for (const b of f.b || []) {
    lo = Math.min(lo, b.lo);
    if (b.hi !== null && b.hi !== undefined) hi = Math.max(hi, b.hi);
  }
  for (const flag of f.f || []) if (flag.at !== null) lo = Math.min(lo, Math.floor(flag.at));
  if (f.ins !== undefined && f.ins !== null) hi = Math.max(hi, Math.floor(f.ins) + 1);
  return [lo, hi];
}

function follow(before, delta) {
  const f = { ...before };
  for (const k of ONCE) delete f[k];
  for (const k in delta) if (k !== "tree") f[k] = delta[k];
  if (delta.tree) {
    f.tree = { ...(before.tree || {}), ...delta.tree };
    for (const k in f.tree) if (f.tree[k] === null) delete f.tree[k];
  }
  return f;
}
