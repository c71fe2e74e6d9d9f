// The step in the address: a link shows the same moment to anyone. Counted from 1, as people count.

const PARAMETER = "step";
// Browsers refuse an address that changes too often.
const PAUSE_MS = 500;

let waiting = null;
let step = null;

export function readStep(n, start = 0) {
  const text = new URL(location.href).searchParams.get(PARAMETER);
  if (text === null) return { i: start };
  const wanted = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (wanted >= 1 && wanted <= n) return { i: wanted - 1 };
  return { i: wanted > n ? n - 1 : 0, bad: text.slice(0, 40) };
}

export function writeStep(i, playing) {
  step = i;
  if (!playing) flushStep();
  else waiting ??= setTimeout(flushStep, PAUSE_MS);
}

export function flushStep() {
  clearTimeout(waiting);
  waiting = null;
  if (step === null) return;
  put(PARAMETER, step > 0 ? String(step + 1) : null);
}

// A link must speak the language of the one who sent it, even where only their browser had chosen it.
export function nameLanguage(lang) {
  put("lang", lang);
}

export function put(name, text) {
  const url = new URL(location.href);
  if (url.searchParams.get(name) === text) return;
  if (text === null) url.searchParams.delete(name);
  else url.searchParams.set(name, text);
  try {
    // The state is Streamlit's: it must stay as it is.
    history.replaceState(history.state, "", url);
  } catch {
    // Too often for this browser: the next pause writes it.
  }
}
