/**
 * Files share a process, so that what they load is loaded once. What one sets for itself is not there for the next: each begins with the variables and the
 * folder that the process began with.
 */
const KEPT = Symbol.for('berth.test.environment');

interface Kept {
  readonly variables: NodeJS.ProcessEnv;
  readonly dir: string;
}

const place = globalThis as unknown as { [KEPT]?: Kept };
place[KEPT] ??= { variables: { ...process.env }, dir: process.cwd() };
const { variables, dir } = place[KEPT];
for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
Object.assign(process.env, variables);
if (process.cwd() !== dir) process.chdir(dir);
