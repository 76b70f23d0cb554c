// Clocks that a scenario sets, in place before the package is loaded. They start anew in each tab and outlive reloads
// and redirects.

{
  /** Has the client's worker (directed-worker.js) do something; done at once where there is none. */
  window.orderWorker = (order) =>
    new Promise((resolve) => {
      if (!window.isolated) return resolve();
      const channel = new BroadcastChannel("test-worker");
      const number = Math.random();
      channel.onmessage = ({ data }) => {
        if (data.done !== number) return;
        channel.close();
        resolve();
      };
      channel.postMessage({ order: number, ...order });
    });

  const { now } = Date;
  const steady = performance.now.bind(performance);
  const ahead = (name) => Number(sessionStorage.getItem(`clock:${name}`) ?? 0);
  let shift = { wall: ahead("wall"), steady: ahead("steady") };

  Date.now = () => now() + shift.wall;
  performance.now = () => steady() + shift.steady;
  window.Date = new Proxy(Date, {
    construct: (target, given, self) => Reflect.construct(target, given.length > 0 ? given : [Date.now()], self),
    apply: () => new Date().toString(),
  });

  window.clock = {
    /** Time passes: both clocks go on. */
    pass: (milliseconds) => clock.jump(milliseconds, milliseconds),
    /** Time passes until that moment, backwards if it is over. */
    passTo: (instant) => clock.pass(instant - Date.now()),
    /** The wall clock jumps; the steady one goes on by as much as is said. */
    jump: (milliseconds, passed = 0) => clock.set({ wall: shift.wall + milliseconds, steady: shift.steady + passed }),
    /** What this tab's clocks are ahead of the machine's by. */
    get: () => shift,
    set: (ahead) => {
      shift = ahead;
      for (const [name, value] of Object.entries(shift)) sessionStorage.setItem(`clock:${name}`, value);
    },
    /** Ready when the client's worker, where there is one, has the same clocks. */
    toldTheWorker: () => orderWorker({ clocks: shift }),
    /** For WebDriver scripts: in Firefox they have a `Date` of their own. */
    now: () => Date.now(),
    /** The machine's own time. */
    true: now,
  };
}
