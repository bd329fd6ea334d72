import { spawn } from 'node:child_process';
import { ensureTool } from '../../scripts/lib/storage-tools.mjs';

/** What Docker hands on to Go by accident and no file means: word ends, quotes, scripts. */
export const GO_ANCHORS = /\\+[ABCEPQbpz]/g;

/** How Docker's own library reads one `.dockerignore` over some paths. */
export interface DockerignoreAnswer {
  readonly refused: string;
  /** A pattern that is bad, and that none of these paths made it look at. */
  readonly unread: string;
  readonly ignored: readonly boolean[] | null;
}

/** Asks Docker's own library, all questions in one run. */
export async function askDockerignore(questions: readonly { readonly text: string; readonly paths: readonly string[] }[]): Promise<readonly DockerignoreAnswer[]> {
  const program = await ensureTool('dockerignore-oracle');
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out.trimEnd().split('\n').map((line) => JSON.parse(line) as DockerignoreAnswer));
      else reject(new Error(`The oracle ended with ${String(code)}: ${said}`));
    });
    child.stdin.end(questions.map((question) => JSON.stringify(question)).join('\n'));
  });
}
