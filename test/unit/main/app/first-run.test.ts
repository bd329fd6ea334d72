import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { sampleSettings } from '@main/app/first-run';

const text = await readFile('resources/samples/portfolio/.env', 'utf8');

it('names the base image and leaves everything else of the sample’s settings', () => {
  expect(sampleSettings(text, 'berth/sample-base:node24', 8)).toBe(text.replace(/BASE_IMAGE=.*/, 'BASE_IMAGE=berth/sample-base:node24'));
  expect(sampleSettings(text, undefined, 8)).toBe(text);
});

it('asks for no more CPUs than there are, and says so', () => {
  expect(sampleSettings(text, undefined, 1)).toContain('# 2 were asked for; this computer has 1.\nAPI_CPUS=1\n');
});
