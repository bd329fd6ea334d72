import type { OutputOf } from '@shared/contract/contract';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { Engine } from '@main/docker/types';

type Row = OutputOf<'changes.deploy'>['services'][number];

/** The rows with the state and health their containers have now; as they are when that cannot be told: what they tell of has succeeded. */
export async function withHealth(engine: Engine, project: string, rows: readonly Row[]): Promise<readonly Row[]> {
  const observed = await engine.observe(project, []).catch(() => null);
  if (observed === null) return rows;
  return rows.map((row) => {
    const its = observed.containers.filter((one) => one.service === row.service && !one.oneOff);
    const alive = its.find(isAlive);
    const ended = row.state === 'running' && alive === undefined && its.length > 0;
    return { ...row, health: alive?.health ?? 'none', ...(ended ? { state: its.every((one) => one.exitCode === 0) ? 'done' : 'exited' } : {}) };
  });
}
