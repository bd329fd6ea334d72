import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IncomingFile } from '#shared/durable-files.ts';
import { log, Problem } from '#shared/service.ts';
import { parseRules, type Rule } from './rules.ts';
import { RulesError } from './rules-yaml.ts';

/** One kept version of the rules. */
export interface RulesVersion {
  readonly version: number;
  readonly savedAt: string;
  readonly sizeBytes: number;
}

/** The rules that hold now. */
export interface CurrentRules {
  readonly version: number;
  readonly source: string;
  readonly rules: readonly Rule[];
}

/**
 * The rules and every version of them, one file each. Nothing is ever overwritten: to go back is to save the old text as a new version. Version 0 is what
 * comes with the worker and holds until something is saved.
 */
export class RuleBook {
  private readonly folder: string;
  private current: CurrentRules;

  private constructor(folder: string, current: CurrentRules) {
    this.folder = folder;
    this.current = current;
  }

  static async open(folder: string, defaults: string): Promise<RuleBook> {
    const source = await readFile(defaults, 'utf8');
    const book = new RuleBook(folder, { version: 0, source, rules: parseRules(source) });
    for (const { version } of (await book.versions()).reverse()) {
      try {
        const kept = await book.read(version);
        book.current = { version, source: kept, rules: parseRules(kept) };
        break;
      } catch (error) {
        // Damaged on disk: the one before it still holds.
        log(`version ${version} of the rules cannot be used: ${String(error)}`);
      }
    }
    return book;
  }

  now(): CurrentRules {
    return this.current;
  }

  /** Checks and saves the rules as the next version. Throws a 400 with the line, and changes nothing, when they are not right. */
  async save(source: string): Promise<CurrentRules> {
    const rules = checked(source);
    let version = Math.max(0, ...(await this.versions()).map((one) => one.version)) + 1;
    const file = await IncomingFile.create(this.folder);
    try {
      await file.handle.writeFile(source);
      await file.finishWriting();
      // Two who save at once get two versions.
      while (!(await file.publish(fileName(version)))) version += 1;
    } catch (error) {
      await file.discard();
      throw error;
    }
    this.current = { version, source, rules };
    log(`rules version ${version} hold: ${rules.length} rules`);
    return this.current;
  }

  async restore(version: number): Promise<CurrentRules> {
    return this.save(await this.read(version));
  }

  async read(version: number): Promise<string> {
    return readFile(join(this.folder, fileName(version)), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new Problem(404, 'no-such-version', `There is no version ${version} of the rules.`);
      throw error;
    });
  }

  /** By number, oldest first. */
  async versions(): Promise<RulesVersion[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const numbers = names.map((name) => /^(\d{6})\.yml$/.exec(name)?.[1]).filter((number) => number !== undefined).map(Number);
    return Promise.all(
      numbers.sort((a, b) => a - b).map(async (version) => {
        const { mtime, size } = await stat(join(this.folder, fileName(version)));
        return { version, savedAt: mtime.toISOString(), sizeBytes: size };
      }),
    );
  }
}

function fileName(version: number): string {
  return `${String(version).padStart(6, '0')}.yml`;
}

function checked(source: string): readonly Rule[] {
  try {
    return parseRules(source);
  } catch (error) {
    if (error instanceof RulesError) throw new Problem(400, 'bad-rules', `The rules were not saved: ${error.message}`, error.line);
    throw error;
  }
}
