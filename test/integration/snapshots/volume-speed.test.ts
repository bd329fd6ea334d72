import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodedChunk } from '@main/platform/snapshots/types';
import type { VolumeProgram } from '@main/docker/volume-types';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { inVolume, makeVolume, MemorySink, readInto } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const never = new AbortController().signal;
const MIB = 2 ** 20;
const SIZE_MIB = Number(process.env['SPEED_MIB'] ?? 192);

/** Forgets what it is given. */
class CountingSink extends MemorySink {
  override chunk(chunk: CodedChunk): Promise<void> {
    this.received += chunk.data.length;
    return Promise.resolve();
  }
}

/** Two cores are shared with everything else that runs: figures are printed, and only what would be a fault of its own is refused. */
describe('how quickly volumes are read and written', () => {
  let project: TestProject;
  let program: VolumeProgram;
  beforeAll(async () => {
    project = await testProject();
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(never);
  });
  afterAll(async () => project.close());

  const timed = async (what: string, work: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    const cpu = process.cpuUsage();
    await work();
    const seconds = (performance.now() - from) / 1000;
    const used = process.cpuUsage(cpu);
    process.stdout.write(`${what}: ${seconds.toFixed(2)} s, ${(SIZE_MIB / seconds).toFixed(0)} MiB/s, ${((used.user + used.system) / 1e6).toFixed(2)} s of this process\n`);
    return seconds;
  };

  for (const [kind, make] of [['bytes that cannot be made smaller', 'dd if=/dev/urandom bs=1048576 count=N > f'], ['text', 'yes "a line of some text that repeats, with 1234567890 in it" | dd bs=1048576 count=N iflag=fullblock > f 2>/dev/null']] as const) {
    it(`${kind}, in one file`, async () => {
      const [one, other] = [await makeVolume(`${project.name}-${kind.slice(0, 1)}1`, project.name), await makeVolume(`${project.name}-${kind.slice(0, 1)}2`, project.name)];
      await inVolume(one, `cd /v && ${make.replace('N', String(SIZE_MIB))} 2>/dev/null; sync`);
      const before = process.memoryUsage().rss;
      await timed(`read, ${kind}`, () => readInto(program, { volume: one }, new CountingSink()));
      await timed(`digest, ${kind}`, () => program.digest({ volume: one }, () => undefined, never));
      process.stdout.write(`memory: ${((process.memoryUsage().rss - before) / MIB).toFixed(0)} MiB more\n`);
      const sink = await readInto(program, { volume: one });
      await timed(`write, ${kind}`, () => program.write(other, sink.tree(), sink.coded, () => undefined, never));
      const known = new CountingSink(sink.chunks);
      await timed(`read again, ${kind}`, () => readInto(program, { volume: one }, known));
      expect(known.received).toBe(0);
    });
  }
});
