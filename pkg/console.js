// `logger: "console"`: the diagnostic events as lines for people. What is in them is redacted already.

export function toConsole({ time, level, event, fields }) {
  const at = new Date(time).toISOString().slice(11, 23);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  console[level](["keyward", at, event.replaceAll("_", " "), ...details].join(" "));
}
