import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolumeProgram } from '@main/docker/volume-types';
import { Chunker, gearTable } from '@shared/domain/snapshots/chunking';
import { VOLUME_PROGRAM_DIR } from '../../../scripts/lib/volume-program.mjs';
import { engineJson } from '../../support/images';
import { inVolume, lookAtVolume, makeVolume, MemorySink, readInto } from '../../support/volumes';
import { testProject, type TestProject } from '../docker/harness';

const never = new AbortController().signal;

/** Trees that volumes of real projects have, each made by a shell in a container. */
const TREES: { readonly [name: string]: string } = {
  'an empty one': 'true',
  'owners, modes and times': `mkdir -p d/e && echo a > d/e/f && chown 999:65534 d/e/f && chmod 4755 d/e/f && chown 65534:999 d && chmod 2770 d && chmod 1777 d/e
    && /usr/bin/touch -d '2001-02-03 04:05:06.123456789' d/e/f && /usr/bin/touch -d '1969-12-31 23:59:59' d/e && echo b > locked && chmod 000 locked && chown 999:999 locked && /usr/bin/touch -d '2031-01-01 00:00:00.000000001' . && chmod 0711 . && chown 999:999 .`,
  'hard links, also to links and fifos': 'mkdir a b && echo one > a/x && ln a/x b/y && ln a/x z && ln -s nowhere s && ln s a/s2 && mkfifo p && ln p b/p2',
  'symlinks': `ln -s ../../etc/passwd up && ln -s /abs abs && ln -s self self && ln -s "$(printf 'x%.0s' $(seq 1 1000))" long && mkdir d && ln -s d dir && touch -h -d '2001-01-01' up && chown -h 999:999 up`,
  'extended attributes': `touch a && mkdir d && setfattr -n user.one -v value a && setfattr -n user.empty a && setfattr -n user.bin -v 0x00ff0a d && setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 a
    && setfattr -n system.posix_acl_access -v 0x0200000001000600ffffffff02000400e703000004000400ffffffff10000400ffffffff20000000ffffffff a
    && setfattr -n system.posix_acl_default -v 0x0200000001000700ffffffff04000500ffffffff20000000ffffffff d && echo child > d/child && chown 999:999 a && setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 a`,
  'holes': `truncate -s 10485760 all-hole && truncate -s 5000000 b && echo data | dd of=b bs=1 seek=4000000 conv=notrunc 2>/dev/null && echo start > c && truncate -s 3000000 c && dd if=/dev/urandom of=d bs=65536 count=40 seek=40 2>/dev/null && truncate -s 9000000 d`,
  'names': `printf x > "$(printf 'new\\nline')" && printf x > "$(printf 'bad\\377\\376name')" && mkdir "$(printf 'dir\\300\\257')" && printf y > "$(printf 'dir\\300\\257/in\\200side')" && ln "$(printf 'bad\\377\\376name')" "$(printf 'link\\376')"
    && ln -s "$(printf 'to\\377')" "$(printf 'sym\\377')" && printf x > ' sp ace ' && printf x > '-rf' && printf x > 'é' && printf x > "$(printf 'e\\314\\201')" && printf x > A && printf x > a && printf x > "$(printf 'n%.0s' $(seq 1 255))" && printf x > '\\back' && printf x > '"quote"' && printf x > '$(rm)'`,
  'fifos': 'mkfifo f && chmod 640 f && chown 999:65534 f && touch -d "2001-01-01" f',
  'many small files': 'i=0; while [ $i -lt 100 ]; do mkdir d$i; j=0; while [ $j -lt 100 ]; do echo "$i $j" > d$i/f$j; j=$((j+1)); done; i=$((i+1)); done',
  'deep paths': `i=0; while [ $i -lt 300 ]; do mkdir abcdefghijklmnopqrstuvwxyz && cd -P abcdefghijklmnopqrstuvwxyz || exit 1; i=$((i+1)); done; echo deep > f`,
  'long files': 'dd if=/dev/urandom of=random bs=1048576 count=20 2>/dev/null && cp random copy && (cat random; echo more) > longer && dd if=/dev/zero of=zeros bs=1048576 count=9 2>/dev/null && seq 1 1000000 > numbers && dd if=/dev/urandom of=edge bs=1048576 count=1 2>/dev/null && (cat edge; printf x) > edge1',
  'a sparse file of 4 GiB': 'truncate -s 4294967296 big && echo end | dd of=big bs=1 seek=4294967290 conv=notrunc 2>/dev/null && echo middle | dd of=big bs=1 seek=2147483648 conv=notrunc 2>/dev/null',
};

const BIG = ['dd if=big bs=4096 skip=1048575 2>/dev/null | sha256sum', 'dd if=big bs=4096 skip=524288 count=1 2>/dev/null | sha256sum', 'dd if=big bs=1048576 skip=4000 count=1 2>/dev/null | sha256sum'];
const DOWN = "cd /v; i=0; while [ $i -le 300 ]; do stat -c '%F|%a|%u|%g|%y' .; [ $i = 300 ] || cd -P abcdefghijklmnopqrstuvwxyz; i=$((i+1)); done; ls; cat f";
const LOOKS: { readonly [name: string]: (volume: string) => Promise<string> } = {
  // Hashing 4 GiB of zeros takes busybox half a minute: its data is looked at where it is.
  'a sparse file of 4 GiB': (volume) => lookAtVolume(volume, BIG),
  // A path of this length is none for a program that is given it whole.
  'deep paths': (volume) => inVolume(volume, DOWN, { readOnly: true }),
};

describe('what the volume program reads and writes', () => {
  let project: TestProject;
  let program: VolumeProgram;
  let count = 0;
  const volume = (): Promise<string> => makeVolume(`${project.name}-v${String((count += 1))}`, project.name);
  beforeAll(async () => {
    project = await testProject();
    program = project.engine.volumeProgram(VOLUME_PROGRAM_DIR);
    await program.ensure(never);
  });
  afterAll(async () => {
    const left = await engineJson<unknown[]>('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`dev.berth.project=${project.name}`] }))}`);
    await project.close();
    expect(left).toEqual([]);
  });

  for (const [name, script] of Object.entries(TREES)) {
    it(`brings back ${name}`, async () => {
      const [one, other] = [await volume(), await volume()];
      await inVolume(one, `cd /v && ${script.replaceAll(/\n\s*/g, ' ')}`);
      const sink = await readInto(program, { volume: one });
      sink.check();
      expect(sink.skips).toEqual([]);
      await program.write(other, sink.tree(), sink.coded, () => undefined, never);
      const look = LOOKS[name] ?? lookAtVolume;
      const before = await look(one);
      expect(before).toContain(name === 'extended attributes' ? 'security.capability=0x0100' : 'directory|');
      expect(await look(other)).toBe(before);
      const digest: unknown[] = [];
      await program.digest({ volume: other }, (entry) => digest.push(entry), never);
      expect(digest).toEqual(sink.entries);
    });
  }

  it('cuts as the pages of the format say, and as Berth itself does', async () => {
    const one = await volume();
    await inVolume(one, 'cd /v && dd if=/dev/urandom of=a bs=1048576 count=30 2>/dev/null && seq 1 2000000 > b && dd if=/dev/zero of=c bs=1048576 count=9 2>/dev/null && dd if=/dev/urandom of=d bs=1048576 count=1 2>/dev/null && (cat d; echo) > e && dd if=a of=f bs=1000 skip=1 2>/dev/null');
    const sink = await readInto(program, { volume: one });
    const gear = gearTable((text) => createHash('sha256').update(text).digest());
    for (const entry of sink.entries) {
      if (entry.type !== 'file') continue;
      const chunker = new Chunker(gear);
      const plain = (await Promise.all(entry.chunks.map(sink.coded))).map((chunk) => (chunk.codec === 0 ? chunk.data : inflateRawSync(chunk.data)));
      const again = [...plain.flatMap((bytes) => chunker.push(bytes)), ...chunker.end()].map((bytes) => createHash('sha256').update(bytes).digest('hex'));
      expect(again).toEqual(entry.chunks);
    }
  });

  it('brings back sockets, which only a program can make', async () => {
    const one = await volume();
    const owned = { mode: 0o755, uid: 0, gid: 0, mtimeNs: '1000000000000000001', xattrs: {} };
    const tree = [
      { path: { text: '' }, type: 'dir' as const, ...owned },
      { path: { text: 'mysqld.sock' }, type: 'socket' as const, ...owned, mode: 0o777, uid: 999, gid: 65534 },
    ];
    const sink = new MemorySink();
    for (const entry of tree) sink.entry(entry, null);
    await program.write(one, sink.tree(), sink.coded, () => undefined, never);
    expect(await inVolume(one, "stat -c '%F %a %u %g' /v/mysqld.sock")).toBe('socket 777 999 65534\n');
    expect((await readInto(program, { volume: one })).entries).toEqual(tree);
  });

  it('sends nothing that is there already', async () => {
    const one = await volume();
    await inVolume(one, 'cd /v && dd if=/dev/urandom of=a bs=1048576 count=5 2>/dev/null && cp a b && echo x > c');
    const first = await readInto(program, { volume: one });
    const second = await readInto(program, { volume: one }, new MemorySink(first.chunks));
    expect(first.received).toBeLessThan(5.1 * 2 ** 20);
    expect(second.received).toBe(0);
    expect(second.entries).toEqual(first.entries);
  });
});
