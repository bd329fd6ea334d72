import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Redactor, Secret } from '@main/platform/redact';

describe('Redactor', () => {
  it('takes a secret out in every form it usually leaks in', () => {
    const redactor = new Redactor();
    const secret = 'p@ss"word/1';
    redactor.add(secret);
    const bytes = Buffer.from(secret);
    for (const form of [secret, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), encodeURIComponent(secret), JSON.stringify(secret)]) {
      expect(redactor.text(`before ${form} after`)).not.toContain(form);
    }
  });

  it('learns values by the names that tell, and leaves the others readable', () => {
    const redactor = new Redactor();
    redactor.addTelling({ DB_PASSWORD: 'hunter2hunter2', S3_SECRET_KEY: 'abcdefghij', REGION: 'eu-central-1', EMPTY_TOKEN: null });
    expect(redactor.text('hunter2hunter2 abcdefghij eu-central-1')).toBe('•••••• •••••• eu-central-1');
  });

  it('dots out telling fields and passwords in URLs', () => {
    const redactor = new Redactor();
    expect(redactor.value({ token: 'x', url: 'https://me:secret@host/path' })).toEqual({ token: '••••••', url: 'https://me:••••••@host/path' });
  });
});

describe('Secret', () => {
  it('prints as dots everywhere but in reveal', () => {
    const secret = new Secret('very secret');
    expect(`${String(secret)} ${JSON.stringify({ secret })} ${inspect(secret)}`).not.toContain('very secret');
    expect(secret.reveal()).toBe('very secret');
  });
});
