import type { Duplex, Readable } from 'node:stream';
import { engineTimeout } from '@shared/domain/engine/engine-error';
import { AppError } from '@shared/kernel/app-error';
import { cheapToPrint, type DockerClient, type Modem } from './modem';

/** One build: its own client, so that its session can be ended with it. */
export interface BuildClient {
  /** Sends a context; resolves with the output stream. `sessionDeadlineMs` is for opening BuildKit's session. */
  build(tar: Readable, options: { [name: string]: unknown }, sessionDeadlineMs: number): Promise<Readable>;
  close(): void;
}

/**
 * A client for one build through dockerode's buildImage, which opens BuildKit's session beside the upload. dockerode
 * ends that session only when the output ends well, so its connection is caught here and closed with the build.
 */
export function openBuildClient(client: DockerClient, life: { readonly signal: AbortSignal; abort(): void }, failure: (error: unknown, signal: AbortSignal) => AppError): BuildClient {
  const modem = client.modem as Modem;
  const sessions: Duplex[] = [];
  let sessionSignal: AbortSignal = life.signal;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    if (!options.path.endsWith('/session')) {
      dial(options, callback);
      return;
    }
    dial({ ...options, abortSignal: cheapToPrint(sessionSignal) }, (error, socket) => {
      const duplex = socket as Duplex | null;
      duplex?.on('error', () => undefined);
      if (duplex) sessions.push(duplex);
      callback(error, socket);
    });
  };
  return {
    async build(tar, options, sessionDeadlineMs) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), sessionDeadlineMs);
      const outer = AbortSignal.any([life.signal, ...(options['abortSignal'] instanceof AbortSignal ? [options['abortSignal']] : [])]);
      sessionSignal = AbortSignal.any([outer, deadline.signal]);
      // The upload begins once the session is there; it takes as long as it takes.
      tar.once('resume', () => clearTimeout(timer));
      tar.on('error', () => undefined);
      try {
        return (await client.buildImage(tar, { ...options, abortSignal: cheapToPrint(outer) })) as Readable;
      } catch (error) {
        const unreadable: unknown = tar.errored;
        tar.destroy();
        if (unreadable instanceof AppError) throw unreadable;
        if (deadline.signal.aborted && !outer.aborted) throw engineTimeout('open a build session', sessionDeadlineMs);
        throw failure(error, outer);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      life.abort();
      for (const session of sessions) session.destroy();
    },
  };
}
