import { describe, expect, it } from 'vitest';
import type { ComposeAction } from '@shared/domain/checks/fix-actions';
import { editForFix, volumeDeclaration } from '@shared/domain/edits/compose-fixes';

const edited = (text: string, action: ComposeAction): string => {
  const outcome = editForFix(text, action);
  return outcome.kind === 'edited' ? outcome.text : outcome.reason;
};
const file = '/p/compose.yaml';

describe('what a service names', () => {
  const text = `services:
  api:
    image: a # base
    depends_on: # two
      - db # first
      - cache
    links: ["cache:store", db]
    network_mode: "service:cache"
    volumes_from:
      - cache:ro
`;
  it('is taken out wherever it is said, and the list with it that holds nothing else', () => {
    expect(edited(text, { kind: 'drop-reference', service: 'api', section: 'services', name: 'cache' })).toBe(`services:
  api:
    image: a # base
    depends_on: # two
      - db # first
    links: [db]
`);
  });

  it('is renamed wherever it is said', () => {
    expect(edited(text, { kind: 'rename-reference', service: 'api', section: 'services', from: 'cache', to: 'redis' })).toBe(text.replaceAll('cache', 'redis'));
  });

  it('of a long depends_on is a key', () => {
    const long = 'services:\n  api:\n    image: a\n    depends_on:\n      bd: { condition: service_started } # keep\n';
    expect(edited(long, { kind: 'rename-reference', service: 'api', section: 'services', from: 'bd', to: 'db' })).toBe(long.replace('bd:', 'db:'));
    expect(edited(long, { kind: 'drop-reference', service: 'api', section: 'services', name: 'bd' })).toBe('services:\n  api:\n    image: a\n');
  });

  it.each([
    ['networks', 'networks: [frnt, back]', 'networks: [front, back]', 'networks: [back]'],
    ['networks', 'networks:\n      frnt: { aliases: [x] }\n      back: {}', 'networks:\n      front: { aliases: [x] }\n      back: {}', 'networks:\n      back: {}'],
    ['volumes', 'volumes:\n      - frnt:/data:ro # keep\n      - ./frnt:/x', 'volumes:\n      - front:/data:ro # keep\n      - ./frnt:/x', 'volumes:\n      - ./frnt:/x'],
    ['volumes', 'volumes:\n      - { type: volume, source: frnt, target: /d }\n      - a:/a', 'volumes:\n      - { type: volume, source: front, target: /d }\n      - a:/a', 'volumes:\n      - a:/a'],
    ['secrets', 'secrets:\n      - source: frnt\n        target: x\n      - b', 'secrets:\n      - source: front\n        target: x\n      - b', 'secrets:\n      - b'],
  ] as const)('%s, short and long: %s', (section, from, renamed, dropped) => {
    const whole = (part: string): string => `services:\n  api:\n    image: a\n    ${part}\n`;
    expect(edited(whole(from), { kind: 'rename-reference', service: 'api', section, from: 'frnt', to: 'front' })).toBe(whole(renamed));
    expect(edited(whole(from), { kind: 'drop-reference', service: 'api', section, name: 'frnt' })).toBe(whole(dropped));
    expect(edited(whole(from), { kind: 'drop-reference', service: 'other', section, name: 'frnt' })).toBe(whole(from));
  });
});

describe('other changes', () => {
  const text = 'services:\n  api:\n    build: ./api # here\n    volumes:\n      - ./data:/data:ro # old\n  db:\n    image: d\n    networks:\n      back: {}\nnetworks:\n  edge: { name: shop-edge }\n';
  const changed = (action: ComposeAction): readonly string[] => {
    const before = text.split('\n');
    const after = edited(text, action).split('\n');
    return [...before.filter((line) => !after.includes(line)).map((line) => `-${line}`), ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`)];
  };
  it.each<[string, ComposeAction, readonly string[]]>([
    ['declare', { kind: 'declare', section: 'volumes', name: 'data', value: volumeDeclaration('x', false, true), file }, ['+volumes:', '+  data:', '+    name: x', '+    external: true']],
    ['declare what is declared', { kind: 'declare', section: 'networks', name: 'edge', value: {}, file }, []],
    ['no health check', { kind: 'set-healthcheck', service: 'db', port: null, file }, ['+    healthcheck:', '+      disable: true']],
    ['join a network by key', { kind: 'join-network', service: 'db', network: 'front', has: ['back'], file }, ['+      front: {}']],
    ['join a network where none is written', { kind: 'join-network', service: 'api', network: 'front', has: ['default'], file }, ['+    networks: [default, front]']],
    ['the context of a short build', { kind: 'set-build', service: 'api', key: 'context', to: './core/api', file }, ['-    build: ./api # here', '+    build: ./core/api # here']],
    ['the target of a short build', { kind: 'set-build', service: 'api', key: 'target', to: 'prod', file }, ['-    build: ./api # here', '+    build: { context: ./api, target: prod } # here']],
    ['a volume in place of what is mounted', { kind: 'mount-volume', service: 'api', volume: 'data', target: '/data', file }, ['-      - ./data:/data:ro # old', '+      - data:/data:ro # old']],
    ['a volume beside what is mounted', { kind: 'mount-volume', service: 'api', volume: 'data', target: '/other', file }, ['+      - data:/other']],
    ['share', { kind: 'use-external', section: 'networks', key: 'edge', name: 'shop-edge', file }, ['-  edge: { name: shop-edge }', '+  edge: { name: shop-edge, external: true }']],
    ['a name of its own', { kind: 'use-own', section: 'networks', key: 'edge', file }, ['-  edge: { name: shop-edge }', '+  edge: {}']],
    ['take an entry out', { kind: 'remove-entry', path: ['services', 'db', 'networks'], file, line: 9, column: 7 }, ['-    networks:', '-      back: {}']],
    ['another key', { kind: 'rename-key', path: ['services', 'db', 'image'], to: 'imago', file, line: 7, column: 12 }, ['-    image: d', '+    imago: d']],
  ])('%s', (_, action, diff) => {
    expect(changed(action)).toEqual(diff);
  });

  it('are left to a person where the service is written elsewhere, or shares its settings', () => {
    expect(edited(text, { kind: 'set-healthcheck', service: 'web', port: 80, file })).toBe('web is not declared in this file.');
    const shared = 'x: &x { networks: [a, b] }\nservices:\n  api:\n    image: a\n    <<: *x\n';
    expect(editForFix(shared, { kind: 'drop-reference', service: 'api', section: 'networks', name: 'a' }).kind).toBe('by-hand');
  });
});
