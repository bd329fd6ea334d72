import type { Duplex, Readable } from 'node:stream';
import { engineTimeout } from '@shared/domain/engine/engine-error';
import { AppError } from '@shared/kernel/app-error';
import type { OfferedSession } from './build-session';
import { serveGrpc } from './grpc-server';
import { cheapToPrint, type DockerClient, type Modem } from './modem';

/** One build: its own client, so that its session can be ended with it. */
export interface BuildClient {
  /** Sends a context; resolves with the output stream. With a session BuildKit builds, else the classic builder. `sessionDeadlineMs` is for opening it. */
  build(tar: Readable, options: { [name: string]: unknown }, session: OfferedSession | undefined, sessionDeadlineMs: number): Promise<Readable>;
  close(): void;
}

/**
 * A client for one build through dockerode's buildImage. dockerode's own session hands one credential to every registry
 * that asks, has no secrets, no agents and no answer to the engine's question whether it still lives, so the session is
 * opened here, beside the upload, and closed with the build.
 */
export function openBuildClient(client: DockerClient, life: { readonly signal: AbortSignal; abort(): void }, failure: (error: unknown, signal: AbortSignal) => AppError): BuildClient {
  const modem = client.modem as Modem;
  const sessions: { close(): void }[] = [];
  const openSession = async (offered: OfferedSession, outer: AbortSignal, deadlineMs: number): Promise<void> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    const signal = AbortSignal.any([outer, deadline.signal]);
    try {
      const socket = await dialSession(modem, offered, signal);
      sessions.push(serveGrpc(socket, offered.methods));
    } catch (error) {
      if (deadline.signal.aborted && !outer.aborted) throw engineTimeout('open a build session', deadlineMs);
      throw failure(error, outer);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    async build(tar, options, session, sessionDeadlineMs) {
      const outer = AbortSignal.any([life.signal, ...(options['abortSignal'] instanceof AbortSignal ? [options['abortSignal']] : [])]);
      tar.on('error', () => undefined);
      try {
        if (session !== undefined) await openSession(session, outer, sessionDeadlineMs);
        // As a number: the word "2" would have dockerode open a session of its own.
        const builder = session === undefined ? {} : { version: 2, session: session.id };
        return (await client.buildImage(tar, { ...options, ...builder, abortSignal: cheapToPrint(outer) })) as Readable;
      } catch (error) {
        const unreadable: unknown = tar.errored;
        tar.destroy();
        if (unreadable instanceof AppError) throw unreadable;
        throw error instanceof AppError ? error : failure(error, outer);
      }
    },
    close() {
      life.abort();
      for (const session of sessions) session.close();
    },
  };
}

function dialSession(modem: Modem, offered: OfferedSession, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    modem.dial({ method: 'POST', path: '/session', hijack: true, isStream: false, headers: { ...offered.headers }, statusCodes: { 101: true, 200: true }, abortSignal: cheapToPrint(signal) }, (error, socket) => {
      if (error !== null && error !== undefined) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      const duplex = socket as Duplex;
      duplex.on('error', () => undefined);
      resolve(duplex);
    });
  });
}
