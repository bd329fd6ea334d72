import { toDisposable, type Disposable } from './disposable';

export type Listener<T> = (value: T) => void;

/** A typed list of listeners. A listener that throws does not keep the others from being called; its error goes to `onError`. */
export class Emitter<T> {
  private readonly listeners = new Set<Listener<T>>();

  constructor(private readonly onError: (error: unknown) => void = () => undefined) {}

  on(listener: Listener<T>): Disposable {
    this.listeners.add(listener);
    return toDisposable(() => this.listeners.delete(listener));
  }

  emit(value: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  get size(): number {
    return this.listeners.size;
  }
}
