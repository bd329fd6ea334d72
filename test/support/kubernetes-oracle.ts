import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';

/** What Kubernetes' own types say of two documents (test/support/kubernetes-oracle). */
export interface OracleAnswer {
  /** Whether the API's types know both; else their JSON was compared. */
  readonly known: boolean;
  readonly typed: boolean;
  readonly defaulted: boolean;
  readonly error?: string;
}

export interface OracleRead {
  readonly json?: unknown;
  readonly error?: string;
}

/** Asks the program all questions, and gives its answers in the same order. */
export async function askOracle<T>(questions: readonly object[]): Promise<readonly T[]> {
  const child = spawn(await ensureTool('kubernetes-oracle'), { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: T[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => answers.push(JSON.parse(line) as T));
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    lines.once('close', resolve);
  });
  for (const question of questions) {
    if (!child.stdin.write(`${JSON.stringify(question)}\n`)) await new Promise((resolve) => child.stdin.once('drain', resolve));
  }
  child.stdin.end();
  await closed;
  if (answers.length !== questions.length) throw new Error(`The oracle answered ${answers.length} of ${questions.length} questions.`);
  return answers;
}
