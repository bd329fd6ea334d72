/** Values for places in a compose tree, keyed by dotted patterns such as `services.*.ports`. `*` matches one key or item. */
export class PathTable<T> {
  private readonly root: Branch<T> = { next: new Map() };

  constructor(entries: { readonly [pattern: string]: T }) {
    for (const [pattern, value] of Object.entries(entries)) {
      let branch = this.root;
      for (const part of pattern.split('.')) {
        let next = branch.next.get(part);
        if (next === undefined) branch.next.set(part, (next = { next: new Map() }));
        branch = next;
      }
      branch.value = value;
    }
  }

  start(): Branch<T> {
    return this.root;
  }
}

/** A position while walking a tree and a table together. */
export interface Branch<T> {
  readonly next: Map<string, Branch<T>>;
  value?: T;
}

export function step<T>(branch: Branch<T> | undefined, key: string): Branch<T> | undefined {
  return branch === undefined ? undefined : (branch.next.get(key) ?? branch.next.get('*'));
}
