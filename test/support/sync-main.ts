import { readFile } from 'node:fs/promises';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { systemClock } from '@main/platform/system-clock';
import { SyncCore } from '@main/workspaces/engine-core';
import type { SyncEngineOptions } from '@main/workspaces/engine-types';

/** A sync of its own, to be killed or measured: `<file with the options> [verify]`. Says `go` when the run begins, and ends with one JSON document. */
async function main(): Promise<void> {
  const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as SyncEngineOptions;
  const core = new SyncCore(options, openQuickS3({ ...options.s3, concurrency: options.settings.concurrency }), systemClock);
  const baseBytes = process.memoryUsage.rss();
  process.stdout.write('go\n');
  const report = await core.run({ workspace: null, verify: process.argv[3] === 'verify' }, () => undefined);
  await core.close();
  // The kernel's own highest mark: a run that blocks its thread cannot sample itself.
  process.stdout.write(`${JSON.stringify({ report, baseBytes, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
}

void main();
