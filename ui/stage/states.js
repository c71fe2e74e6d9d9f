// What a segment can be. Colour, glyph and pattern all say it, so that none of them must be seen.

export const BIT = {
  current: 1, backup: 2, keep: 4, slot: 8, ready: 16, done: 32, future: 64, lost: 128, goes: 256,
  // Only beside another run: what only one of the two has, or has in another state.
  differs: 512, absent: 1024,
};

export const GLYPH = {
  current: "▶", backup: "●", keep: "▪", slot: "◆", ready: "▲", done: "✓", future: "┊", lost: "✕", goes: "↤", plain: "·",
  differs: "≠", absent: "≠",
};

// One of these gives the box its colour: the first that is true.
const LOOKS = ["lost", "absent", "current", "future", "ready", "done"];
// These hold a segment back, and are shown as bands at the foot of the box.
export const HOLDERS = ["backup", "keep", "slot"];

export function look(bits) {
  return LOOKS.find((k) => bits & BIT[k]) || "plain";
}

export function words(bits, L) {
  const said = Object.keys(BIT).filter((k) => bits & BIT[k]);
  return said.length ? said.map((k) => L["state_" + k]) : [L.state_plain];
}

// What the next checkpoint will do with a segment, and because of whom.
export function fate(bits, seg, f, L) {
  if (bits & BIT.lost) return L.fate_lost;
  if (bits & BIT.future) return L.fate_future;
  if (bits & BIT.goes) return L.fate_goes;
  const why = HOLDERS.filter((k) => bits & BIT[k]).map((k) => L["state_" + k]);
  if (bits & BIT.ready) why.push(L.state_ready);
  if (f.redo !== undefined && f.redo !== null && seg >= Math.floor(f.redo)) why.push(L.why_redo);
  return why.length ? L.fate_stays + L.colon + why.join(L.comma) : L.fate_stays;
}

// Everybody who needs the segment, by name.
export function holders(seg, f) {
  const names = [];
  for (const b of f.b || []) {
    const hi = b.hi === null || b.hi === undefined ? Infinity : b.hi;
    if (b.st !== "failed" && seg >= b.lo && seg < hi) names.push(b.n);
  }
  for (const flag of f.f || []) if (flag.at !== null && seg >= Math.floor(flag.at)) names.push(flag.n);
  return names;
}

export const bitsAt = (runs, seg) => (runs || []).find((r) => seg >= r[0] && seg < r[1])?.[2];
