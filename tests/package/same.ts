// Two types agree when each can stand for the other, and nothing in the package's is `any` that the contract types.
// Identity would be too much: the package may order and document its members as it likes.

/** Compiles only if the comparison came out true. */
export type True<T extends true> = T;

export type Agrees<Ours, Contract, Name extends string> =
  Hides<Ours, Contract> extends true
    ? `${Name} has any where the contract has a type`
    : [Ours] extends [Contract]
      ? [Contract] extends [Ours]
        ? true
        : `${Name} asks for more or allows less than in the contract`
      : `${Name} gives less than in the contract`;

/** Whether `any` stands where the contract has a type: in members, in what functions take, return and promise. */
type Hides<Ours, Contract, Depth extends 0[] = []> =
  Same<Ours, Contract> extends true
    ? false
    : IsAny<Ours> extends true
      ? true
      : Depth["length"] extends 6
        ? false
        : HidesInside<NonNullable<Ours>, NonNullable<Contract>, [0, ...Depth]>;

type HidesInside<Ours, Contract, Depth extends 0[]> = [Ours, Contract] extends [
  (...args: infer OurArgs) => infer OurResult,
  (...args: infer Args) => infer Result,
]
  ? Or<HidesMember<OurArgs, Args, number, Depth> | Hides<OurResult, Result, Depth>>
  : [Ours, Contract] extends [Promise<infer OurValue>, Promise<infer Value>]
    ? Hides<OurValue, Value, Depth>
    : [Ours, Contract] extends [object, object]
      ? Or<HidesMember<Ours, Contract, keyof Contract, Depth>>
      : false;

type HidesMember<Ours, Contract, Keys, Depth extends 0[]> = {
  [Key in keyof Contract]-?: Key extends keyof Ours ? Hides<Ours[Key], Contract[Key], Depth> : false;
}[Keys & keyof Contract];

type Or<T> = true extends T ? true : false;
type IsAny<T> = 0 extends 1 & T ? true : false;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// The comparison can fail: TypeScript reports each directive below that has no error to expect.
interface Small {
  a: string;
}
interface Large extends Small {
  b: number;
}
interface Loose {
  a: any;
}
interface Deep<T> {
  b?: (c: { d: T }) => Promise<Response>;
}
export type Controls = [
  True<Agrees<Small, { a: string }, "">>,
  True<Agrees<Deep<string>, { b?: (c: { d: string }) => Promise<Response> }, "">>,
  // @ts-expect-error
  True<Agrees<Small, Large, "">>,
  // @ts-expect-error
  True<Agrees<Large, Small, "">>,
  // @ts-expect-error
  True<Agrees<Loose, Small, "">>,
  // @ts-expect-error
  True<Agrees<Deep<any>, Deep<string>, "">>,
  // @ts-expect-error
  True<Agrees<(a: string) => Promise<any>, (a: string) => Promise<string>, "">>,
  // @ts-expect-error
  True<Agrees<(a: any) => void, (a: string) => void, "">>,
  // @ts-expect-error
  True<Agrees<(a: string) => void, (a: string | null) => void, "">>,
];
