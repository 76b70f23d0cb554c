// What Angular's zone.js does to timers: its own are in their place and count what is pending; the browser's are kept
// under other names. `zone` says how many wait, and for how long the browser's own were asked to.

{
  const zone = (window.zone = { pending: new Set(), unzoned: [] });
  window.Zone = class Zone {
    static __symbol__ = (name) => `__zone_symbol__${name}`;
  };
  for (const kind of ["Timeout", "Interval"]) {
    const [set, clear] = [window[`set${kind}`], window[`clear${kind}`]];
    window[Zone.__symbol__(`set${kind}`)] = (work, delay, ...given) => {
      zone.unzoned.push(delay);
      return set(work, delay, ...given);
    };
    window[Zone.__symbol__(`clear${kind}`)] = (timer) => clear(timer);
    window[`set${kind}`] = (work, delay, ...given) => {
      const timer = set(() => {
        if (kind === "Timeout") zone.pending.delete(timer);
        work(...given);
      }, delay);
      zone.pending.add(timer);
      return timer;
    };
    window[`clear${kind}`] = (timer) => {
      zone.pending.delete(timer);
      clear(timer);
    };
  }
}
