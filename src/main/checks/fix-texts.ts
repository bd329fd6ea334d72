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
  private readonly made = new Set<string>();

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

  /** The same for a file that may be missing: then an empty one, which must be made. */
  async openOrNew(path: string): Promise<{ readonly text: FixText; readonly isNew: boolean }> {
    try {
      return { text: await this.open(path), isNew: this.made.has(path) };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'compose-not-found') throw error;
      const text = { before: '', after: '' };
      this.texts.set(path, text);
      this.made.add(path);
      return { text, isNew: true };
    }
  }

  changed(): readonly { readonly path: string; readonly before: string; readonly after: string }[] {
    return [...this.texts].filter(([, text]) => text.before !== text.after).map(([path, { before, after }]) => ({ path, before, after }));
  }
}
