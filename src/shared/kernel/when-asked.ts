/** Adds parts to a value that are worked out when they are first asked for, and kept. The work has to be pure: who asks, and when, makes no difference. */
export function whenAsked<T extends object, P extends object>(value: T, parts: { readonly [K in keyof P]: () => P[K] }): T & Readonly<P> {
  for (const [name, work] of Object.entries(parts) as [string, () => unknown][]) {
    Object.defineProperty(value, name, {
      enumerable: true,
      configurable: true,
      get() {
        const made = work();
        Object.defineProperty(value, name, { enumerable: true, value: made });
        return made;
      },
    });
  }
  return value as T & Readonly<P>;
}
