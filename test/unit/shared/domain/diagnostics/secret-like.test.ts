import { describe, expect, it } from 'vitest';
import { looksSecret } from '@shared/domain/diagnostics/secret-like';

describe('what looks like a secret', () => {
  it.each(['hunter2hunter2', 's3cr3t-Pa55word', 'ghp_abcdEFGH1234567890', 'AKIAIOSFODNN7EXAMPLE', 'AbCdEfGhIjKlMnOpQrStUvWxYz', 'p@ss$word!', 'c0rrect;horse'])('%s', (value) => expect(looksSecret(value)).toBe(true));
  it.each(['', 'dev', 'production', 'postgres_data', '127.0.0.1:8080', '5432', '1024MiB', '2026-11-22', '/var/lib/postgresql', './data', 'postgres:16-alpine', 'https://example.org/path', 'a b c 1 2 3', '1.25.3', 'localhost', 'C:\\Users\\ada1'])('not %j', (value) => expect(looksSecret(value)).toBe(false));
});
