import { expect, test } from 'vitest';
import { hierarchyJudge } from '@main/gitops';
import { createRulesStore } from '@main/gitops/rules-store';
import { group, scannedFile, scannedTree } from '../../../support/gitops-tree';

const store = (): Parameters<typeof createRulesStore>[0] => ({ listRecords: () => Promise.resolve([]), patchRecord: () => Promise.resolve(), patchDuplicateSettings: () => Promise.resolve() }) as never;
const tree = () => scannedTree([scannedFile('production/a.yaml', [{ name: 'a' }]), scannedFile('examples/a.yaml', [{ name: 'a' }])], [group('g', 'a', [['examples/a.yaml'], ['production/a.yaml']])]);

test('a tree is judged once, and anew when the rules of its project change', async () => {
  const rules = createRulesStore(store(), () => new Date(0));
  const judge = hierarchyJudge(rules);
  const scanned = tree();
  const first = await judge(scanned, 'p');
  expect(first.map(({ keep, resolution }) => [keep?.path, resolution])).toEqual([['production/a.yaml', 'auto']]);
  expect(await judge(scanned, 'p')).toBe(first);
  await rules.setHierarchy('p', { directory_priority: ['/examples/'] }, '');
  const second = await judge(scanned, 'p');
  expect(second.map(({ keep }) => keep?.path)).toEqual(['examples/a.yaml']);
  expect(await judge(scanned, 'p')).toBe(second);
  await rules.setPolicies('p', [{ directory: '/production/', kind: 'any', mode: 'ask', action: 'comment', target: null }] as never);
  expect(await judge(scanned, 'p')).not.toBe(second);
  // Another project has its own rules, a folder of none the defaults.
  expect((await judge(scanned, null)).map(({ keep }) => keep?.path)).toEqual(['production/a.yaml']);
});
