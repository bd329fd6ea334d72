import { portNumber, s3Address } from './s3-address';

/** How S3 looks from inside a container. */
export interface InsideSight {
  readonly reachable: boolean;
  /** One sentence; empty where nothing is wrong. */
  readonly detail: string;
  /** False where a machine that is only busy may look the same. */
  readonly certain: boolean;
}

/** How long the whole question may take in the container. */
export const REACH_SECONDS = 5;

/** Asks from inside a container whether anything answers there; for https too, where whoever answers says that this is none. */
export function reachCommand(endpoint: string): readonly string[] {
  const address = s3Address(endpoint);
  return ['/bin/sh', '-c', String.raw`printf 'HEAD / HTTP/1.0\r\n\r\n' | timeout -s KILL 4 nc -w 3 "$1" "$2" > /dev/null`, 'reach', address.host.replace(/^\[|\]$/g, ''), String(portNumber(address))];
}

/** What became of the question. */
export function reachSight(endpoint: string, container: string, { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string }): InsideSight {
  if (exitCode === 0) return { reachable: true, detail: '', certain: true };
  const why = /refused/i.test(stderr) ? 'nobody takes the connection' : /bad address|not known|resolve/i.test(stderr) ? 'its name is not known there' : /unreachable|no route/i.test(stderr) ? 'there is no way to it' : null;
  return { reachable: false, detail: `S3 at ${endpoint} cannot be reached from the container ${container}: ${why ?? 'nothing answers in time'}.`, certain: why !== null };
}
