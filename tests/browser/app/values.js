// Values that are hard to carry: what an app may hand in, and what must come out of it is what JSON makes of it.

/** Everything that JSON.stringify treats in a way of its own, and what others lose. Always the same. */
export function nasty() {
  class Point {
    lat = 52.520008;
    lon = -13.40495;
    #secret = 1;
    get sum() {
      return this.#secret;
    }
  }
  const value = {
    z: 1,
    10: "ten",
    9: "nine",
    undefined,
    nothing: null,
    date: new Date(1_700_000_000_007),
    list: [undefined, () => 1, Symbol("s"), NaN, -0, Infinity, , 3],
    point: new Point(),
    money: { toJSON: () => ({ amount: 0.00012, currency: "BTC" }) },
    others: [new Map([[1, 2]]), new Number(1.5), new String("s"), new Uint8Array([1, 2]), /x/g],
    id: 12345678901234567,
    numbers: [0.1 + 0.2, 1.0842337, 1e16, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, 2 ** 53, -(2 ** 63), 123456789.12345678],
    texts: ["\ud83d and \udc00", "\u0000\u0007\t\n\u001f\u007f\u2028\ufeff\"\\/ü😀"],
    "\ud800": "half a name",
    "keyward:error": ["message", {}],
    constructor: { prototype: 1 },
    then: "no promise",
    function: () => 1,
  };
  Object.defineProperty(value, "__proto__", { value: { polluted: true }, enumerable: true });
  return { value, deep: nested(90), random: randomValues(300, 1) };
}

/** As much of it as a URL takes and a provider reads. */
export function nastyDetails() {
  const { random, deep, value } = nasty();
  const payment = { instructedAmount: { currency: "BTC", amount: 0.00012 }, rate: 1.0842337, limit: 1e16 };
  return [{ type: "photo_album", ...payment, at: new Date(0), deep: nested(60), none: undefined, more: value }, { type: "photo_album", random: random.slice(0, 20) }];
}

/** Values that no request or record can hold. */
export const impossible = {
  bigint: () => [1n],
  cycle: () => {
    const list = [];
    return [list.push(list), list];
  },
  toJSON: () => [{ toJSON() { throw new Error("not me"); } }],
  getter: () => [{ get a() { throw new Error("not me"); } }],
  function: () => () => 1,
  symbol: () => Symbol("s"),
  "toJSON of nothing": () => ({ toJSON() {} }),
};

export const text = (value) => JSON.stringify(value);

/** What the module writes, for many values, beside what JSON.stringify does; only differences are returned. */
export async function rewritten(count) {
  const probe = await import("./probe/probe.js");
  await probe.default();
  const differences = [];
  const compare = (value) => {
    const expected = JSON.stringify(value);
    const written = probe.rewritten(expected);
    if (written !== expected && differences.length < 10) differences.push({ expected, written });
  };
  const bits = new DataView(new ArrayBuffer(8));
  const random = numbers(7);
  for (let index = 0; index < count; index++) {
    bits.setUint32(0, random() * 2 ** 32);
    bits.setUint32(4, random() * 2 ** 32);
    for (const number of [bits.getFloat64(0), Math.round(random() * 1e9) / 10 ** Math.floor(random() * 12), Math.round(random() * 2 ** 62)]) {
      compare(number);
    }
  }
  for (let power = -324; power <= 308; power++) for (const digits of [1, 5, 9.5]) compare(Number(`${digits}e${power}`));
  for (const value of randomValues(count / 10, 9)) compare(value);
  for (let unit = 0; unit < 0xd800; unit += unit < 0x300 ? 1 : 97) compare(String.fromCharCode(unit));
  return differences;
}

function nested(depth) {
  let value = [];
  for (let level = 1; level < depth; level++) value = level % 2 ? { in: value } : [value];
  return value;
}

/** The same ones every time. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function randomValues(count, seed) {
  const random = numbers(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const word = () => Array.from({ length: random() * 6 }, () => pick([..."aä0\"\\\n\u2029😀/", "__proto__"])).join("");
  const leaf = () =>
    pick([
      () => null,
      () => random() < 0.5,
      word,
      () => (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20),
      () => Math.round(random() * 1e6) / 1e4,
      () => Math.round(random() * 2 ** 60),
    ])();
  const value = (depth) => {
    const size = Math.floor(random() * 4);
    if (depth === 0 || random() < 0.4) return leaf();
    if (random() < 0.5) return Array.from({ length: size }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [word(), value(depth - 1)]));
  };
  return Array.from({ length: count }, () => value(4));
}
