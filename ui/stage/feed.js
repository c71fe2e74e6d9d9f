// Carries a run from Python to the stage, and is the place of the panes below it.
export default function mount({ parentElement, data }) {
  const desk = (window.walDojo ||= {});
  desk.home = parentElement;
  desk.text = data.s;
  desk.update?.();
}
