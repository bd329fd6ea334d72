import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ComposeService } from '@main/compose/service';

const compose = new ComposeService({ environment: {} });
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-files-'));
});
afterAll(async () => {
  compose.close();
  await rm(dir, { recursive: true });
});

it('twenty services load far below a tenth of a second', async () => {
  const service = (index: number): string =>
    `  s${index}:\n    image: image-${index}\n    build: {context: ./s${index}, args: {A: "\${X:-1}"}}\n    ports: ["${8000 + index}:80"]\n    volumes: ["./s${index}:/app", "d${index}:/data"]\n    environment: {A: 1, B: two}\n    healthcheck: {test: curl x, interval: 5s}\n${index > 0 ? `    depends_on: [s${index - 1}]\n` : ''}`;
  const text = `services:\n${Array.from({ length: 20 }, (_, index) => service(index)).join('')}volumes:\n${Array.from({ length: 20 }, (_, index) => `  d${index}:\n`).join('')}`;
  const times: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    // A new content each time: nothing is served from the cache.
    await writeFile(join(dir, 'twenty.yaml'), `# ${round}\n${text}`);
    const started = performance.now();
    const loaded = await compose.load({ dir, files: ['twenty.yaml'], envFiles: [], profiles: [] });
    times.push(performance.now() - started);
    expect(Object.keys(loaded.hashes)).toHaveLength(20);
  }
  const median = [...times].sort((left, right) => left - right)[7] ?? Infinity;
  expect(median).toBeLessThan(100);
  process.stderr.write(`twenty services: median ${median.toFixed(1)} ms\n`);
});
