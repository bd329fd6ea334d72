import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createServices } from '@main/services';
import { sampleProject } from '../../support/projects';

test('berth switches the sample', async () => {
  process.env['BERTH_OUT'] = '/tmp/bt-out';
  const home = await mkdtemp(join(tmpdir(), 'bt-home-'));
  const project = await sampleProject('berth/sample-base:node24');
  const services = await createServices({ home, version: '0', checkOutput: true });
  await services.start();
  const call = async (name: string, input: unknown): Promise<any> => {
    const r = await services.dispatcher.call(name, input, { door: 'cli', signal: new AbortController().signal });
    if (!r.ok) { console.log(name, JSON.stringify(r.error, null, 1)); throw new Error(r.error.message); }
    return r.value;
  };
  try {
    const p = await call('projects.open', { dir: project.dir, trust: true });
    console.log(p);
    for (const mode of ['dev', 'prod', 'dev', 'prod']) {
      const plan = await call('modes.plan', { project: p.id, mode });
      console.log(mode, JSON.stringify(plan.changes.map((c: any) => [c.service, c.action, c.reasons])), JSON.stringify(plan.findings.map((f: any) => [f.severity, f.code, f.message])));
      const t = Date.now();
      const { operationId } = await call('modes.switch', { project: p.id, mode });
      const op = await services.operations.wait(operationId, 120000);
      console.log(mode, op.state, Date.now() - t, JSON.stringify(op.error), JSON.stringify((op as any).result));
      if (op.state !== 'succeeded') console.log((await services.operations.logOf(operationId)).slice(-30).join('\n'));
      expect(op.state).toBe('succeeded');
      const r = await fetch(`http://127.0.0.1:${project.ports.store}/records`, { method: 'POST', body: JSON.stringify(mode) });
      expect(r.status).toBe(201);
    }
    console.log(await (await fetch(`http://127.0.0.1:${project.ports.store}/records`)).text());
  } finally {
    await services.close();
    await project.close();
    await rm(home, { recursive: true, force: true });
  }
}, 300000);
