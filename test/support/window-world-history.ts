import type { Operation } from '@shared/domain/operations/operation';
import type { Json, JsonObject } from '@shared/kernel/json';

/** The one project of every world. */
export const PROJECT_ID = 'p_0123456789abc';

/** What every operation of this world starts as. */
export const BLANK: Operation = { id: '', kind: 'modes.switch', key: `project:${PROJECT_ID}`, title: '', projectId: PROJECT_ID, state: 'succeeded', progress: { step: 9, of: 9, message: '' }, input: {}, result: null, error: null, cancellable: false, createdAt: '', startedAt: null, finishedAt: null, workerId: 1, priority: 10, origin: 'user', attempt: 1, after: [], notBefore: null, dedupeKey: null, undoable: false, version: 1 };

/** What happened before the window opened, newest first; `failed` ends it with a switch that needs somebody. */
export function history(failed: boolean): Operation[] {
  const at = (minutesAgo: number, tookMs: number): Pick<Operation, 'createdAt' | 'startedAt' | 'finishedAt'> => {
    const from = Date.now() - minutesAgo * 60_000;
    return { createdAt: new Date(from).toISOString(), startedAt: new Date(from).toISOString(), finishedAt: new Date(from + tookMs).toISOString() };
  };
  const past: Operation[] = [
    { ...BLANK, id: 'op_6', title: 'Switch shop to dev', input: { mode: 'dev' }, result: { durationMs: 2_380, warnings: [{ service: 'search', message: 'Port 9200 of search did not accept connections within 5 s: nothing in its container may listen on 9200.' }] }, ...at(131, 2_380) },
    { ...BLANK, id: 'op_5', title: 'Restart api', kind: 'services.restart', origin: 'drift', attempt: 2, ...at(190, 1_120) },
    { ...BLANK, id: 'op_4k', title: 'Keep shop before the switch to prod', kind: 'snapshots.create', input: { before: 'op_4' }, parent: 'op_4', ...at(214, 1_900) },
    { ...BLANK, id: 'op_4', title: 'Switch shop to prod', input: { mode: 'prod' }, state: 'rolled-back', error: { code: 'unhealthy', message: 'search never became healthy: curl: (7) Failed to connect to localhost port 9200.', service: 'search' }, ...at(214, 61_400) },
    { ...BLANK, id: 'op_3', title: 'Use port 8001', kind: 'checks.fix', undoable: true, ...at(1_500, 240) },
    { ...BLANK, id: 'op_2', title: 'Switch shop to prod', input: { mode: 'prod' }, state: 'cancelled', ...at(1_520, 3_900) },
    { ...BLANK, id: 'op_1', title: 'Switch shop to dev', input: { mode: 'dev' }, result: { durationMs: 48_200 }, ...at(4_400, 48_200) },
  ];
  if (!failed) return past;
  return [{ ...BLANK, id: 'op_7', title: 'Switch shop to prod', input: { mode: 'prod' }, state: 'needs-attention', error: { code: 'start-failed', message: 'search could not be started again: port 9200 is taken by java (pid 977).', hint: 'Free the port, then try again.', service: 'search', details: { lines: ['bootstrap checks failed', 'java.net.BindException: Address already in use', '\u001b[31mERROR\u001b[0m: search did not exit normally'] } }, ...at(1, 8_100) }, ...past];
}

/** The result of a clean-up. */
export function cleaned(operationId: string, input: JsonObject): JsonObject {
  const items = Array.isArray(input['items']) ? input['items'] : [];
  return { operationId, removed: input['dryRun'] === true ? [] : items, freedBytes: items.length * 212 * 1_048_576, kept: [] };
}

/** The journal of a switch. */
export function stepsOf(): Json {
  const names = ['plan', 'image.build', 'container.create', 'container.stop', 'container.rename', 'container.start', 'health.wait', 'commit', 'container.remove'];
  const at = (index: number): string => new Date(Date.now() - 131 * 60_000 + index * 260).toISOString();
  return names.flatMap((step, index) => {
    const text = index === 1 ? 'shop-api:berth-dev' : `service api, id ${'e7'.repeat(32)}`;
    if (index === 0 || index === 7) return [{ seq: index * 2 + 1, name: step, phase: index === 0 ? 'note' : 'commit', at: at(index), text: '' }];
    return [
      { seq: index * 2 + 1, name: step, phase: 'intent', at: at(index), text },
      { seq: index * 2 + 2, name: step, phase: 'result', at: at(index + 0.7), text: '' },
    ];
  });
}

/** A line of a service's log; some are warnings and errors. */
export function logText(line: number): string {
  const paths = ['/files', '/storage/status', '/upload', '/health'];
  if (line % 41 === 40) return '\u001b[31merror\u001b[0m upload of report.pdf failed: socket hang up (attempt 1 of 3)';
  if (line % 29 === 28) return '\u001b[33mwarn\u001b[0m  slow query took 812 ms: select * from files where owner = $1';
  return `\u001b[32minfo\u001b[0m  ${line % 5 === 0 ? 'POST' : 'GET'} ${paths[line % paths.length] ?? '/'} 200 in ${3 + ((line * 7) % 40)} ms`;
}
