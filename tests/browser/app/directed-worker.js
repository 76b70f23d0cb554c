// In the package's worker, before anything of the package: its clocks are what the tests' pages say (clock.js), and its
// randomness ends when they say so.

{
  const { now } = Date;
  const steady = performance.now.bind(performance);
  let shift = { wall: 0, steady: 0 };
  Date.now = () => now() + shift.wall;
  performance.now = () => steady() + shift.steady;
  self.Date = new Proxy(Date, {
    construct: (target, given, self) => Reflect.construct(target, given.length > 0 ? given : [Date.now()], self),
  });

  const channel = new BroadcastChannel("test-worker");
  channel.onmessage = ({ data: { order, clocks, breaks } }) => {
    if (!order) return;
    if (clocks) shift = clocks;
    if (breaks) crypto.getRandomValues = () => { throw new Error("none left"); };
    channel.postMessage({ done: order });
  };
}
