import { fork } from 'node:child_process';

/** A running child with a message channel, whatever started it. */
export interface ChildHandle {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, however it ended, also when it could not be started. */
  onExit(listener: () => void): void;
  /** Ends it at once and for sure. */
  kill(): void;
  /** A child that is waited for keeps this process alive, an idle one does not. */
  hold(on: boolean): void;
}

/**
 * Starts a built entry as a child process. The default forks node; Electron's packages cannot run as node (the fuse
 * is off), so the app hands in one that uses utilityProcess.
 */
export type ChildSpawner = (entry: string, options: ChildOptions) => ChildHandle;

export interface ChildOptions {
  readonly memoryMiB: number;
  /** Half of the room for values that are young; less of it is less memory altogether for a child that keeps most of what it makes. */
  readonly youngMiB?: number;
  readonly name: string;
}

/** How V8 is told. */
export function memoryFlags({ memoryMiB, youngMiB }: ChildOptions): string[] {
  return [`--max-old-space-size=${String(memoryMiB)}`, ...(youngMiB === undefined ? [] : [`--max-semi-space-size=${String(youngMiB)}`])];
}

let spawner: ChildSpawner = (entry, options) => forkChild(entry, options);

/** How children are started where nothing else is said: for a process that cannot run itself as node. */
export function spawnChildrenWith(given: ChildSpawner): void {
  spawner = given;
}

/** Why a request was not answered. */
export class ChildWorkerError extends Error {
  constructor(readonly reason: 'deadline' | 'died' | 'closed') {
    super(reason);
    this.name = 'ChildWorkerError';
  }
}

/** Forks with node's own child_process: the CLI, `serve`, development and tests. */
export const forkChild: ChildSpawner = (entry, options) => {
  const child = fork(entry, [], {
    execArgv: memoryFlags(options),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // The child needs nothing of our environment; ELECTRON_RUN_AS_NODE lets a development Electron be a node.
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  child.on('error', () => undefined);
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onExit: (listener) => {
      let told = false;
      const once = (): void => {
        if (!told) listener();
        told = true;
      };
      child.once('exit', once);
      child.once('error', once);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    hold: (on) => {
      if (on) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
  };
};

export interface ChildWorkerOptions {
  readonly entry: string;
  readonly name: string;
  readonly memoryMiB: number;
  readonly deadlineMs: number;
  /** Starting a process on a busy machine is not the request's fault. */
  readonly startDeadlineMs: number;
  readonly spawn?: ChildSpawner | undefined;
}

interface Waiting {
  readonly payload: Uint8Array;
  readonly resolve: (result: string) => void;
  readonly reject: (error: ChildWorkerError) => void;
}

/**
 * One warm child that answers requests one at a time, each within a deadline. The child says `{ready: true}` when it
 * is up, gets `{id, bytes}` and answers `{id, result}`. A child that dies or is late is
 * killed, its request fails, and the next request gets a fresh one.
 */
export class ChildWorker {
  private child: ChildHandle | undefined;
  private ready = false;
  private readonly queue: Waiting[] = [];
  private current: { readonly id: number; readonly waiting: Waiting; timer: NodeJS.Timeout } | undefined;
  private lastId = 0;
  private closed = false;

  constructor(private readonly options: ChildWorkerOptions) {}

  /** The child's answer as it sent it. Rejects with ChildWorkerError. */
  request(payload: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new ChildWorkerError('closed'));
        return;
      }
      this.queue.push({ payload, resolve, reject });
      this.next();
    });
  }

  /** Starts the child ahead of the first request. */
  warm(): void {
    if (!this.closed) this.start().hold(false);
  }

  close(): void {
    this.closed = true;
    for (const waiting of this.queue.splice(0)) waiting.reject(new ChildWorkerError('closed'));
    this.fail('closed');
  }

  private start(): ChildHandle {
    if (this.child !== undefined) return this.child;
    const child = (this.options.spawn ?? spawner)(this.options.entry, { memoryMiB: this.options.memoryMiB, name: this.options.name });
    this.child = child;
    this.ready = false;
    child.onMessage((message) => {
      if (this.child === child) this.receive(child, message);
    });
    child.onExit(() => {
      if (this.child === child) this.fail('died');
    });
    return child;
  }

  private next(): void {
    if (this.current !== undefined || this.closed) return;
    const waiting = this.queue.shift();
    if (waiting === undefined) return;
    const child = this.start();
    child.hold(true);
    this.lastId += 1;
    this.current = { id: this.lastId, waiting, timer: this.deadline(this.options.startDeadlineMs) };
    if (this.ready) this.ask(child);
  }

  /** The request's own clock starts when a child that is up gets it. */
  private ask(child: ChildHandle): void {
    if (this.current === undefined) return;
    clearTimeout(this.current.timer);
    this.current.timer = this.deadline(this.options.deadlineMs);
    child.send({ id: this.current.id, bytes: this.current.waiting.payload });
  }

  private deadline(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.fail('deadline');
    }, ms);
  }

  private receive(child: ChildHandle, message: unknown): void {
    const reply = message as { readonly id?: unknown; readonly result?: unknown; readonly ready?: unknown } | null;
    if (reply === null || typeof reply !== 'object') return;
    if (reply.ready === true && !this.ready) {
      this.ready = true;
      this.ask(child);
      return;
    }
    const { current } = this;
    if (current === undefined || reply.id !== current.id || typeof reply.result !== 'string') return;
    clearTimeout(current.timer);
    this.current = undefined;
    this.child?.hold(false);
    current.waiting.resolve(reply.result);
    this.next();
  }

  private fail(reason: ChildWorkerError['reason']): void {
    const { child, current } = this;
    this.child = undefined;
    this.current = undefined;
    child?.kill();
    if (current !== undefined) {
      clearTimeout(current.timer);
      current.waiting.reject(new ChildWorkerError(reason));
    }
    this.next();
  }
}
