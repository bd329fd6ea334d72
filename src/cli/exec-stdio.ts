/** What a command in a container is connected to: the streams of this process. */
export interface ExecStdio {
  /** The size of the terminal, where people type and read on one; else null. */
  readonly tty: { readonly columns: number; readonly rows: number } | null;
  /** Told of every other size the terminal gets, until the function that it answers with is called. */
  onResize(listener: (size: { readonly columns: number; readonly rows: number }) => void): () => void;
  readonly out: (bytes: Uint8Array) => void;
  readonly err: (bytes: Uint8Array) => void;
  /** What is piped or typed, until it ends; an abort ends it too. With a terminal of its own every key is the command's, Ctrl+C too. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The streams of this process. */
export function processStdio(): ExecStdio {
  const { stdin, stdout, stderr } = process;
  // A terminal that nobody gave a size has none.
  const tty = stdin.isTTY && stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : null;
  return { tty, onResize: (listener) => sizesOf(stdout, listener), out: (bytes) => void stdout.write(bytes), err: (bytes) => void stderr.write(bytes), read: (signal) => readStdin(tty !== null, signal) };
}

/** The system says SIGWINCH, and the stream has the new size then. */
function sizesOf(stdout: NodeJS.WriteStream, listener: (size: { readonly columns: number; readonly rows: number }) => void): () => void {
  const tell = (): void => listener({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  stdout.on('resize', tell);
  return () => void stdout.off('resize', tell);
}

async function* readStdin(asKeys: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { stdin } = process;
  // The terminal is read line by line again, whatever ends this.
  const restore = (): void => void (asKeys && !stdin.destroyed && stdin.setRawMode(false));
  const stop = (): void => {
    restore();
    stdin.destroy();
  };
  if (signal.aborted) return;
  signal.addEventListener('abort', stop, { once: true });
  if (asKeys) stdin.setRawMode(true);
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) yield chunk;
  } catch {
    // Destroyed by the abort, or it cannot be read: either way there is no more of it.
  } finally {
    restore();
    signal.removeEventListener('abort', stop);
  }
}
