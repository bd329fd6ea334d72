import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorData } from '@shared/kernel/app-error';
import type { ScannerAnswer, ScannerCall } from '../platform/manifests/protocol';
import { ScanCore } from '../platform/manifests/scan-core';
import { listen, post as postMessage, posted } from './parent';

/**
 * Scans folders of manifests in a process of its own: it reads the bytes of strangers and may die of them. It reads beneath the folder it is
 * given and writes only what is known of it, into Berth's own state folder.
 */

function post(answer: ScannerAnswer): void {
  postMessage(answer);
}

const core = new ScanCore(() => process.exit(1));
const cancelled = new Map<number, { aborted: boolean }>();
let turn: Promise<void> = Promise.resolve();
let isAlone = false;
let isKeeping = false;

async function scan({ id, request }: Extract<ScannerCall, { method: 'scan' }>, signal: { readonly aborted: boolean }): Promise<void> {
  try {
    const { result, save } = await core.scan(request, signal, {
      progress: (progress) => post({ id, kind: 'progress', progress }),
      files: (files) => posted({ id, kind: 'files', files } satisfies ScannerAnswer),
    });
    post({ id, kind: 'done', result });
    cancelled.delete(id);
    isKeeping = true;
    await kept(save());
  } catch (error) {
    post({ id, kind: 'failed', error: errorData(error) });
  } finally {
    cancelled.delete(id);
    isKeeping = false;
    if (isAlone) process.exit(0);
  }
}

/** What was read is kept after the answer, while nobody waits: the next scan stops it, and what it keeps then has all of this too. */
async function kept(steps: Generator<undefined, void>): Promise<void> {
  do {
    await nextTurn();
    if (cancelled.size > 0 && !isAlone) {
      steps.return();
      return;
    }
  } while (steps.next().done !== true);
}

function receive(message: unknown): void {
  const call = message as ScannerCall;
  if (call.method === 'cancel') {
    const running = cancelled.get(call.of);
    if (running !== undefined) running.aborted = true;
    return;
  }
  const signal = { aborted: false };
  cancelled.set(call.id, signal);
  turn = turn.then(() => scan(call, signal));
}

// The parent is gone: what is under way is ended, and what was read is kept.
listen(receive, () => {
  isAlone = true;
  if (cancelled.size === 0 && !isKeeping) process.exit(0);
  for (const one of cancelled.values()) one.aborted = true;
});
