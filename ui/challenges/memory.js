// What a visitor has reached is kept by the browser alone. Python is told what is there, once for each change of it;
// a dash before it says that nothing more can be kept.
const KEY = "waldojo.challenges";
// Nothing of ours is longer; what is there stays as it is.
const LONGEST = 1e6;
// An attempt that is not over, with its lines.
const ROOM = 7000;
const ATTEMPTS = 4;
const PATIENCE_MS = 2000;

function stored() {
  try {
    const kept = localStorage.getItem(KEY) || "{}";
    return kept.length > LONGEST ? "{}" : kept;
  } catch {
    // A browser that keeps nothing for pages: the visit's own memory has to do.
    return "{}";
  }
}

function keeps() {
  try {
    localStorage.setItem(`${KEY}.room`, "x".repeat(ROOM));
    localStorage.removeItem(`${KEY}.room`);
    return true;
  } catch {
    return false;
  }
}

export default function mount({ data, setTriggerValue }) {
  const kept = (keeps() ? "" : "-") + stored();
  const desk = (window.walDojoMemory ||= {});
  clearTimeout(desk.again);
  if (kept === data.s) return;
  const tell = (left) => {
    setTriggerValue("kept", kept);
    // A value may be lost while the page is being drawn; one that comes twice changes nothing.
    if (left) desk.again = setTimeout(() => tell(left - 1), PATIENCE_MS);
  };
  // Set while the component is being mounted it would be lost.
  desk.again = setTimeout(() => tell(ATTEMPTS - 1), 0);
}
