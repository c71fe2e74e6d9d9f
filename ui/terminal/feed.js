// Carries what is typed to Python and the answer back; the terminal itself (terminal.js) is sent once.
export default function mount({ data, setTriggerValue }) {
  const desk = (window.walDojoTerminal ||= {});
  desk.send = (text) => setTriggerValue("typed", text);
  desk.text = data.s;
  desk.update?.();
}
