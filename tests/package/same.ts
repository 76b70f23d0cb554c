// Two types agree when each can stand for the other and neither hides behind `any`.
// Identity would be too much: the package may order and document its members as it likes.

/** Compiles only if the comparison came out true. */
export type True<T extends true> = T;

export type Agrees<Ours, Contract> =
  HasAny<Ours> extends true
    ? "any in the package's types"
    : [Ours] extends [Contract]
      ? [Contract] extends [Ours]
        ? true
        : "the package asks for more or allows less than the contract"
      : "the package gives less than the contract";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Looks for `any` in a type, its members, and what its functions take and return. */
type HasAny<T, Depth extends 0[] = []> = Depth["length"] extends 4
  ? false
  : IsAny<T> extends true
    ? true
    : T extends (...args: infer Args) => infer Result
      ? true extends HasAny<Args[number], [0, ...Depth]> | HasAny<Result, [0, ...Depth]>
        ? true
        : false
      : T extends Promise<infer Value>
        ? HasAny<Value, [0, ...Depth]>
        : T extends object
          ? true extends { [Key in keyof T]-?: HasAny<T[Key], [0, ...Depth]> }[keyof T]
            ? true
            : false
          : false;

// The comparison itself can fail: without these lines' errors, TypeScript reports the directives as unused.
interface Small {
  a: string;
}
interface Large extends Small {
  b: number;
}
interface Loose {
  a: any;
}
export type Controls = [
  True<Agrees<Small, { a: string }>>,
  // @ts-expect-error
  True<Agrees<Small, Large>>,
  // @ts-expect-error
  True<Agrees<Large, Small>>,
  // @ts-expect-error
  True<Agrees<Loose, Small>>,
  // @ts-expect-error
  True<Agrees<(a: string) => Promise<any>, (a: string) => Promise<string>>>,
  // @ts-expect-error
  True<Agrees<(a: string) => void, (a: string | null) => void>>,
];
