import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readArguments } from '@shared/domain/storage/shell-script';

const ENVIRONMENT: { readonly [name: string]: string } = { A: 'val', W: 'two words', E: '' };
const SHOW = `rclone() { printf '%s\\001' rclone "$@"; printf '\\002'; }\n`;

const piece = fc.constantFrom('a', 'b-c', "'q r'", '"d $A"', '$A', '${A}', '${U:-def}', '"${U:-x y}"', '\\ ', '\\$', "'$A'", '"\\""', '=', '/p', ':', 'k#h', '"a#b"', '${E:-}', '$W', '"$W"', '""');
const word = fc.oneof({ weight: 9, arbitrary: fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')) }, { weight: 1, arbitrary: fc.constant('\\\n') });
const command = fc.array(word, { maxLength: 4 }).map((words) => ['rclone', ...words].join(' '));
const joint = fc.constantFrom('\n', '; ', ' && ', ' # c\n', '\n\n', ' 2>/dev/null\n', '\nA=new\n', '\nB=$A; A="$B x"\n', ' 2>&1\n');
const script = fc.array(fc.tuple(command, joint), { minLength: 1, maxLength: 5 }).map((lines) => `${lines.flat().join('')}\n`);

/** Words that hold something: where nothing is left of one, a shell and Berth may differ in whether it counts. */
const filled = (commands: readonly (readonly string[])[]): readonly (readonly string[])[] => commands.map((words) => words.filter((one) => one !== ''));

function asShellReads(text: string): readonly (readonly string[])[] | undefined {
  const { stdout, status } = spawnSync('sh', ['-c', SHOW + text], { env: ENVIRONMENT, encoding: 'utf8' });
  return status === 0 ? stdout.split('\u0002').slice(0, -1).map((one) => one.split('\u0001').slice(0, -1)) : undefined;
}

it('reads the words of scripts as sh does; only what is not set keeps its name', () => {
  let compared = 0;
  fc.assert(
    fc.property(script, (text) => {
      const theirs = asShellReads(text);
      if (theirs === undefined) return;
      compared += 1;
      const { commands } = readArguments(['sh', '-c', text], (name) => ENVIRONMENT[name]);
      const ours = commands.filter((one) => one.words[0] === 'rclone').map((one) => one.words.map((written) => written.replace(/\$\{[A-Za-z_]\w*\}/g, '')));
      expect(filled(ours)).toEqual(filled(theirs));
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(300);
});
