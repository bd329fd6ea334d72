import type { OutputOf } from '@shared/contract/contract';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { Engine } from '@main/docker/types';

type Row = OutputOf<'changes.deploy'>['services'][number];

/** The rows with the health their containers have now; as they are when that cannot be told: what they tell of has succeeded. */
export async function withHealth(engine: Engine, project: string, rows: readonly Row[]): Promise<readonly Row[]> {
  const observed = await engine.observe(project, []).catch(() => null);
  if (observed === null) return rows;
  return rows.map((row) => ({ ...row, health: observed.containers.find((one) => one.service === row.service && !one.oneOff && isAlive(one))?.health ?? 'none' }));
}
