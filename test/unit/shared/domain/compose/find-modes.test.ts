import { describe, expect, it } from 'vitest';
import { isFragment, modesByName, modesFromSettings, sortModeFiles } from '@shared/domain/compose/find-modes';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import { nodeFromWire } from '@shared/domain/compose/wire-tree';
import type { MapNode } from '@shared/domain/compose/node';

function modes(names: readonly string[], fragments: readonly string[] = []): readonly string[] {
  return modesByName(sortModeFiles(names), new Set(fragments)).map((mode) => `${mode.name}: ${mode.files.join(' + ')}`);
}

function tree(text: string) {
  const result = parseYaml(text);
  if (!result.ok || result.documents[0] === undefined) throw new Error('not YAML');
  return nodeFromWire(result.documents[0].root, 'berth.yaml');
}

describe('modesByName', () => {
  it.each([
    [['docker-compose.dev.yml', 'docker-compose.clean.yml', 'README.md'], [], ['dev: docker-compose.dev.yml', 'prod: docker-compose.clean.yml']],
    [['compose.yaml'], [], ['default: compose.yaml']],
    [['docker-compose.yml', 'docker-compose.rclone.yml'], [], ['default: docker-compose.yml']],
    [['compose.yaml', 'compose.dev.yaml', 'compose.prod.yaml'], ['compose.dev.yaml', 'compose.prod.yaml'], ['dev: compose.yaml + compose.dev.yaml', 'prod: compose.yaml + compose.prod.yaml']],
    [['docker-compose.yml', 'docker-compose.override.yml'], [], ['dev: docker-compose.yml + docker-compose.override.yml', 'prod: docker-compose.yml']],
    [['docker-compose.yml', 'docker-compose.override.yml', 'docker-compose.prod.yml'], ['docker-compose.prod.yml'], ['dev: docker-compose.yml + docker-compose.override.yml', 'prod: docker-compose.yml + docker-compose.prod.yml']],
    [['docker-compose.yml', 'docker-compose.production.yml'], [], ['dev: docker-compose.yml', 'prod: docker-compose.production.yml']],
    [['compose.yml', 'compose.dev.yml'], ['compose.dev.yml'], ['dev: compose.yml + compose.dev.yml', 'prod: compose.yml']],
    [['compose.yml', 'compose.dev.yml'], ['compose.yml', 'compose.dev.yml'], ['dev: compose.yml + compose.dev.yml']],
    [['docker-compose.clean.yml', 'docker-compose.prod.yml'], [], ['prod: docker-compose.clean.yml']],
    [['docker-compose.local.yaml'], [], ['dev: docker-compose.local.yaml']],
    [['notes.yaml'], [], []],
  ])('%j', (names, fragments, expected) => {
    expect(modes(names, fragments)).toEqual(expected);
  });
});

describe('isFragment', () => {
  it.each([
    ['services: {a: {image: x}}', false], ['services: {a: {build: .}}', false], ['services: {a: {ports: ["1:1"]}}', true], ['services: {a: {image: x, depends_on: [b]}}', true],
    ['services: {a: {image: x, networks: [n]}}', true], ['services: {a: {image: x, networks: [n]}}\nnetworks: {n: }', false], ['volumes: {v: }', true], ['include: [x.yaml]', false], ['services: {a: }', true],
  ])('%j: %s', (text, expected) => {
    expect(isFragment(tree(text) as MapNode)).toBe(expected);
  });
});

describe('berth.yaml', () => {
  it('names modes in short and long form', () => {
    expect(modesFromSettings(tree('modes:\n  dev: docker-compose.dev.yml\n  staging:\n    files: [compose.yaml, staging.yaml]\n    envFiles: [staging.env]\n    profiles: [debug]\ndisplay:\n  name: Shop\n'))).toEqual([
      { name: 'dev', files: ['docker-compose.dev.yml'], envFiles: [], profiles: [] },
      { name: 'staging', files: ['compose.yaml', 'staging.yaml'], envFiles: ['staging.env'], profiles: ['debug'] },
    ]);
    expect(modesFromSettings(tree('display: {color: blue}'))).toBeUndefined();
  });

  it.each([
    ['trust: true', 1], ['modes:\n  dev:\n    files: [a]\n    trusted: true\n', 4], ['display:\n  endpoint: x\n', 2], ['modes:\n  dev: []\n', 2], ['modes:\n  "a b": x\n', 2], ['modes: [a]', 1], ['modes:\n  dev: {profiles: [x]}\n', 2],
  ])('%j is refused at its line', (text, line) => {
    expect(() => modesFromSettings(tree(text))).toThrow(expect.objectContaining({ code: 'compose-invalid', where: expect.objectContaining({ line }) as unknown }) as Error);
  });
});
