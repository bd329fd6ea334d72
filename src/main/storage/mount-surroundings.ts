import { mountObstacle } from '@shared/domain/storage/mount-possible';
import type { MountSight } from '@shared/domain/storage/mount-supervision';
import type { Clock } from '@shared/kernel/clock';
import type { Engine } from '@main/docker/types';
import type { MountHost } from '@main/platform/mount-host';
import { within } from '@main/platform/within';
import type { S3Server } from './types';

/** What is asked about everything around the mounts. */
export interface SurroundingsDependencies {
  readonly engine: Engine;
  readonly engineIsLocal: () => boolean;
  readonly s3: Pick<S3Server, 'status'>;
  readonly host: MountHost;
  readonly clock: Clock;
}

type EngineInfo = Awaited<ReturnType<Engine['info']>>;

const S3_LOOK_MS = 3_000;
/** Several containers of a project share one look at S3. */
const S3_KEPT_MS = 500;
/** What an engine is does not change while it runs. */
const ENGINE_KEPT_MS = 30_000;

/** What mounts depend on: this machine, the engine, and S3. */
export class MountSurroundings {
  private readonly looks = new Map<string, { readonly atMs: number; readonly look: Promise<MountSight['s3']> }>();

  private engine: { readonly atMs: number; readonly info: Promise<EngineInfo> } | null = null;

  constructor(private readonly deps: SurroundingsDependencies) {}

  /** How S3 is for a project; every answer comes within the deadline. */
  s3(projectId: string): Promise<MountSight['s3']> {
    const now = this.deps.clock.monotonic();
    const known = this.looks.get(projectId);
    if (known !== undefined && now - known.atMs < S3_KEPT_MS) return known.look;
    const look = within(S3_LOOK_MS, this.lookAtS3(projectId), { reachable: false, detail: 'it does not answer.' });
    this.looks.set(projectId, { atMs: now, look });
    return look;
  }

  /** Something happened to S3: the next look is a new one. */
  forgetS3(): void {
    this.looks.clear();
  }

  /** The engine may be another one: it is asked again. */
  forgetEngine(): void {
    this.engine = null;
  }

  /** Why no bucket can be mounted beneath this folder; null when it can. Rejects while the engine is away. */
  async obstacle(folder: string): Promise<string | null> {
    const { engineIsLocal, host } = this.deps;
    const { os, name, rootless } = await this.engineInfo();
    const [hasFuseDevice, isShared] = await Promise.all([host.hasFuseDevice(), host.isShared(folder)]);
    return mountObstacle({ platform: host.platform, hostName: host.hostName, engine: { local: engineIsLocal(), os, name, rootless }, hasFuseDevice, isShared });
  }

  private engineInfo(): Promise<EngineInfo> {
    const now = this.deps.clock.monotonic();
    if (this.engine !== null && now - this.engine.atMs < ENGINE_KEPT_MS) return this.engine.info;
    const info = this.deps.engine.info();
    const asked = { atMs: now, info };
    this.engine = asked;
    info.catch(() => {
      if (this.engine === asked) this.engine = null;
    });
    return info;
  }

  private async lookAtS3(projectId: string): Promise<MountSight['s3']> {
    const { health, detail } = await this.deps.s3.status(projectId);
    return { reachable: health === 'healthy', detail: detail === '' ? `its state is ${health}.` : detail };
  }
}
