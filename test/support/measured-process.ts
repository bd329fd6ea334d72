import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: fixed in the kernel's interface. */
const TICKS = 100;
const LOOK_EVERY_MS = 5;

/** What a process took, from its start to its end. */
export interface Measured {
  readonly ms: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Runs a program to its end and looks at it meanwhile (Linux: what it used is read from /proc). Rejects for a code other than 0. */
export async function measured(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Measured> {
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', ...env } });
  let peakBytes = 0;
  let cpuSeconds = 0;
  const look = (): void => {
    const used = usedBy(child.pid ?? 0);
    peakBytes = Math.max(peakBytes, used?.peakBytes ?? 0);
    cpuSeconds = used?.cpuSeconds ?? cpuSeconds;
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(looking));
  const ms = performance.now() - began;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  return { ms, cpuSeconds, peakBytes, stdout };
}

/** Processor time and highest memory of a process so far; null when it is gone. */
export function usedBy(pid: number): { readonly cpuSeconds: number; readonly peakBytes: number } | null {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, peakBytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024 };
  } catch {
    return null;
  }
}
