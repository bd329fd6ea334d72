import type { ExecInput } from '@main/docker/types';

/** The inputs of commands that run now, each under the name its caller chose: what is typed or piped comes in calls of its own. */
export class ExecInputs {
  private readonly open = new Map<string, ExecInput>();

  begin(name: string, input: ExecInput): void {
    this.open.set(name, input);
  }

  forget(name: string): void {
    this.open.delete(name);
  }

  /** Resolves with false when there is no such command, or it takes no more. */
  async feed(name: string, data: Uint8Array, isEnd: boolean): Promise<boolean> {
    const input = this.open.get(name);
    if (input === undefined) return false;
    if (data.length > 0) await input.write(data);
    if (isEnd) {
      input.end();
      this.forget(name);
    }
    return this.open.has(name);
  }
}
