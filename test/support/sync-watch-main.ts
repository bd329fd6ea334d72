import { readFile } from 'node:fs/promises';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { systemClock } from '@main/platform/system-clock';
import { SyncCore } from '@main/workspaces/engine-core';
import type { SyncEngineOptions } from '@main/workspaces/engine-types';

/** A watch of its own, to be measured: `<file with the options>`. One JSON line for each event; ends with SIGTERM. */
async function main(): Promise<void> {
  const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as SyncEngineOptions;
  const core = new SyncCore(options, openQuickS3({ ...options.s3, concurrency: options.settings.concurrency }), systemClock);
  // A watch alone keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  process.once('SIGTERM', () => {
    clearInterval(alive);
    void core.close();
  });
  await core.watch({ workspace: null }, (event) => {
    const told = event.kind === 'run' ? { kind: event.kind, keys: event.keys, uploaded: event.report.workspaces.reduce((sum, one) => sum + one.uploaded, 0) } : event;
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
}

void main();
