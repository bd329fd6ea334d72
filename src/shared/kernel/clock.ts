/** Time as a dependency. `now` is wall-clock milliseconds since the epoch, `monotonic` milliseconds that never jump (for durations and deadlines). */
export interface Clock {
  now(): number;
  monotonic(): number;
}
