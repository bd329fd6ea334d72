import { AppError } from '@shared/kernel/app-error';
import { InTurn } from '@shared/kernel/in-turn';
import type { WatchLine } from './types';

/** A watch that can be ended. */
export interface OwnWatch {
  stop(): Promise<void>;
}

/** What a follower is made with. */
export interface FollowerOptions {
  readonly workspace: string | null;
  readonly push: (line: WatchLine) => void;
  /** Whether Berth itself watches what is followed. */
  readonly isCovered: () => boolean;
  /** Begins a watch for this follower alone. */
  readonly begin: () => Promise<OwnWatch>;
  /** Another text where the store has another address or other keys than a watch was begun with. */
  readonly identity: (present: string) => Promise<string>;
  readonly now: () => Date;
}

/**
 * Somebody who follows a watch: Berth's own where there is one, else one for them alone. When Berth's own ends, theirs begins, and the other way round: what is followed goes on, and each change is said.
 */
export class Follower {
  private own: OwnWatch | null = null;
  private identity = '';
  private readonly turns = new InTurn();
  private isOver = false;
  private isWaiting = false;

  constructor(private readonly options: FollowerOptions) {}

  /** Whether a line is for this one. */
  takes(line: WatchLine): boolean {
    const { workspace } = this.options;
    return workspace === null || line.workspace === null || line.workspace === workspace;
  }

  tell(line: WatchLine): void {
    if (this.takes(line)) this.options.push(line);
  }

  /** Rejects when there is no watch to share and none can begin. */
  start(): Promise<void> {
    return this.turns.run(async () => {
      if (!this.options.isCovered()) await this.begin();
      this.say('started', `Watching ${this.what()}.`);
    });
  }

  /** Berth's own watches are others now. What cannot begin is said, and tried again at the next look. */
  settle(): Promise<void> {
    return this.turns.run(async () => {
      if (this.isOver) return;
      const isCovered = this.options.isCovered();
      if (isCovered && this.own !== null) {
        const before = this.own;
        this.own = null;
        await before.stop();
        this.say('started', `Berth watches ${this.what()} itself again; this goes on with it.`);
      } else if (!isCovered && this.own === null) await this.goOn();
      else if (!isCovered && (await this.options.identity(this.identity)) !== this.identity) await this.beginAnew();
    });
  }

  end(): Promise<void> {
    this.isOver = true;
    return this.turns.run(async () => {
      const before = this.own;
      this.own = null;
      await before?.stop();
    });
  }

  private async begin(): Promise<void> {
    this.own = null;
    this.identity = await this.options.identity('');
    this.own = await this.options.begin();
  }

  /** What cannot begin is said by the next look. */
  private async beginAnew(): Promise<void> {
    await this.own?.stop();
    await this.begin().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  private async goOn(): Promise<void> {
    try {
      await this.begin();
      this.isWaiting = false;
      this.say('started', `Berth no longer watches ${this.what()} by itself; this goes on watching.`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (!this.isWaiting) this.say('failed', `Berth no longer watches ${this.what()}, and this cannot go on yet: ${error.message}`);
      this.isWaiting = true;
    }
  }

  private what(): string {
    return this.options.workspace ?? 'all workspaces';
  }

  private say(kind: WatchLine['kind'], message: string): void {
    this.options.push({ at: this.options.now().toISOString(), kind, workspace: this.options.workspace, message, uploaded: 0, deleted: 0, tookMs: 0 });
  }
}
