import { describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { refusalSets } from '../../../../deep/compose-corpus/generate/refusals';
import { loadText, loadVirtual } from './virtual-files';

async function refusal(load: Promise<unknown>): Promise<AppError | undefined> {
  try {
    await load;
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

describe('what a refused file is told', () => {
  it('names the service where the sentence alone would not', async () => {
    const error = await refusal(loadText('services:\n  db: {image: x}\n  web:\n    image: x\n    ports:\n      - "80:x"\nvolumes:\n  data:\n'));
    expect(error).toMatchObject({ service: 'web', message: 'web: The port "80:x" is not valid: "x" is not a port.', where: { line: 6 } });
  });

  it('names no service for what is outside of them', async () => {
    const error = await refusal(loadText('services:\n  web: {image: x}\nvolumes:\n  data: {external: true, driver: local}\n'));
    expect(error?.service).toBeUndefined();
    expect(error?.where?.line).toBe(4);
  });

  it('has for each of a thousand wrong files one sentence, a line, and what to do', async () => {
    // Every fourth: all of them are compared with docker compose by test:compose-corpus.
    const wrong: string[] = [];
    let refused = 0;
    for (const { name, files } of refusalSets().filter((_, index) => index % 4 === 0)) {
      const error = await refusal(loadVirtual({ 'compose.yaml': files['compose.yaml'] ?? '', ...files }, { names: ['compose.yaml'] }));
      if (error === undefined) continue;
      refused += 1;
      const isWhole = error.message === 'The compose file is empty.';
      // What the file itself says of a missing variable ends as it was written.
      const isSentence = /[.!?]$/.test(error.message) || error.message.includes('is not set: ');
      if (!isSentence || error.message.includes('undefined') || error.message.includes('[object') || (error.hint ?? '') === '' || (error.where?.line === undefined && !isWhole)) wrong.push(`${name}: ${error.message}`);
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(700);
  });
});
