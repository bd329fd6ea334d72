import { isWithin } from '@shared/domain/checks/host-path';
import { AppError } from '@shared/kernel/app-error';

/** A text as it is on disk and as it is to be. */
export interface FixText {
  readonly before: string;
  after: string;
}

/** The files of a project that fixes work on, each read once. */
export class FixTexts {
  private readonly texts = new Map<string, FixText>();

  constructor(
    readonly projectDir: string,
    private readonly readText: (path: string) => Promise<string>,
  ) {}

  /** Rejects with `fix-failed` for a file outside the project, and as reading does. */
  async open(path: string): Promise<FixText> {
    if (!isWithin(this.projectDir, path) || path === this.projectDir) throw new AppError('fix-failed', `${path} lies outside the project folder; Berth does not change it.`, { where: { file: path } });
    let text = this.texts.get(path);
    if (text === undefined) {
      const before = await this.readText(path);
      this.texts.set(path, (text = { before, after: before }));
    }
    return text;
  }

  changed(): readonly { readonly path: string; readonly before: string; readonly after: string }[] {
    return [...this.texts].filter(([, text]) => text.before !== text.after).map(([path, { before, after }]) => ({ path, before, after }));
  }
}
