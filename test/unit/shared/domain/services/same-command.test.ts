import fc from 'fast-check';
import { expect, it } from 'vitest';
import { berthCommand, composeCommand } from '@shared/domain/services/same-command';

const project = { name: 'shop', dir: '/home/ada/my shop' };
const mode = { files: ['docker-compose.dev.yml', '/etc/over.yml'], envFiles: ['.env.dev'], profiles: ['tools'] };

it('is the line of berth, from anywhere', () => {
  expect(berthCommand('restart', { project, services: ['api', 'web'] })).toBe("berth services restart api web --project '/home/ada/my shop'");
  expect(berthCommand('shell', { project, services: ['api'] })).toBe("berth services exec api --project '/home/ada/my shop' -- sh");
});

it('is the line of docker compose, with the files of the mode', () => {
  expect(composeCommand('stop', { project, mode, services: ['api'] })).toBe(
    "docker compose --project-directory '/home/ada/my shop' -p shop -f '/home/ada/my shop/docker-compose.dev.yml' -f /etc/over.yml --env-file '/home/ada/my shop/.env.dev' --profile tools stop api",
  );
  expect(composeCommand('rebuild', { project, mode: null, services: ['api'] })).toContain('up -d --build --force-recreate --no-deps api');
});

/** What a shell reads of one word that is quoted as a whole, or not at all. */
function asShellReads(word: string): string | null {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word)) return word;
  const parts = word.split(String.raw`'\''`);
  const inner = parts.join("'");
  return word.startsWith("'") && word.endsWith("'") && parts.every((part, index) => !part.slice(index === 0 ? 1 : 0, index === parts.length - 1 ? -1 : undefined).includes("'")) ? inner.slice(1, -1) : null;
}

it('gives a shell every name as one word, whatever is in it', () => {
  const awkward = fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', ' ', ';', '\n', 'a', '-'), minLength: 1 });
  fc.assert(
    fc.property(fc.oneof(awkward, fc.string({ minLength: 1 })), (name) => {
      const line = berthCommand('stop', { project, services: [name] });
      const word = line.slice('berth services stop '.length, -" --project '/home/ada/my shop'".length);
      expect(asShellReads(word)).toBe(name);
    }),
  );
});
