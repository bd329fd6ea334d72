/** Measures one run of background work, and gives it up with a reason when it takes too long; what it rejects with passes on. */
export type TimedWork = <T>(work: () => Promise<T>) => Promise<T>;
