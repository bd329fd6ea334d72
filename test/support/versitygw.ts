import { randomBytes } from 'node:crypto';
import { importImage } from '../../scripts/lib/engine-image.mjs';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';
import { testSocketPath } from './images';

/** An image of the other kind of S3 server, under a name of its own, which is returned; whoever asked removes it. */
export async function versitygwImage(): Promise<string> {
  const program = await ensureTool('versitygw');
  const repository = `bt-vgw-${randomBytes(4).toString('hex')}`;
  await importImage({
    socketPath: testSocketPath(),
    repository,
    tag: '1',
    entries: [...['usr', 'usr/bin', 'data', 'tmp'].map((path) => ({ path, type: 'directory' as const })), { path: 'usr/bin/versitygw', fromFile: program, mode: 0o755 }],
    changes: ['ENTRYPOINT ["/usr/bin/versitygw"]', 'LABEL dev.berth.flavour=versitygw'],
  });
  return `${repository}:1`;
}
