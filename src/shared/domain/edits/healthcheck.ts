import type { ComposeHealthcheck, ComposeService } from '../compose/model';
import { editYaml, type YamlEditOutcome } from '../yaml/edit-yaml';
import type { YamlValue } from '../yaml/write-yaml';

/** How a service is asked whether it works. */
export interface HealthcheckRequest {
  readonly kind: 'http' | 'tcp' | 'command';
  /** Inside the container; http and tcp. */
  readonly port: number;
  /** http. */
  readonly path: string;
  /** command: as a shell would run it. */
  readonly command: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
}

/** A small Node image has neither wget nor curl. */
const FETCH = "node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))'";

/** The command that a shell in the image runs: with what images usually have, until one of them says yes. */
export function healthCommand(request: HealthcheckRequest): string {
  const port = String(request.port);
  switch (request.kind) {
    case 'http': {
      const url = `'http://127.0.0.1:${port}${pathOf(request.path)}'`;
      return `wget -q -O /dev/null ${url} || curl -fsS -o /dev/null ${url} || ${FETCH} ${url} || exit 1`;
    }
    case 'tcp':
      // A small nc has no -z, and some images have only bash.
      return `nc -z -w 1 127.0.0.1 ${port} 2>/dev/null || nc -w 1 127.0.0.1 ${port} </dev/null >/dev/null 2>&1 || bash -c ': </dev/tcp/127.0.0.1/${port}' 2>/dev/null || exit 1`;
    case 'command':
      return request.command;
  }
}

/** A path that cannot leave its quotes. */
function pathOf(path: string): string {
  const encoded = encodeURI(path).replace(/'/g, '%27');
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

/** The health check as a compose file holds it; `$` is doubled, or compose would read a variable. */
export function healthcheckEntry(request: HealthcheckRequest): { readonly [key: string]: YamlValue } {
  return {
    test: ['CMD-SHELL', healthCommand(request).replace(/\$/g, '$$$$')],
    interval: `${String(request.intervalSeconds)}s`,
    timeout: `${String(request.timeoutSeconds)}s`,
    retries: request.retries,
    start_period: `${String(request.startPeriodSeconds)}s`,
  };
}

/** Gives a service this health check, or with null takes away what the file says. */
export function editHealthcheck(text: string, service: string, request: HealthcheckRequest | null): YamlEditOutcome {
  const path = ['services', service, 'healthcheck'];
  return editYaml(text, [request === null ? { kind: 'remove', path } : { kind: 'set', path, value: healthcheckEntry(request) }]);
}

/** Whether the model has exactly this health check. */
export function hasHealthcheck(found: ComposeHealthcheck | undefined, request: HealthcheckRequest | null): boolean {
  if (request === null) return found === undefined;
  const test = found?.test?.map((one) => one.replace(/\$\$/g, '$'));
  return found?.disable !== true && test?.[0] === 'CMD-SHELL' && test[1] === healthCommand(request).replace(/\$\$/g, '$') && found?.retries === request.retries;
}

/** The port inside the container that a check can ask without being told: the only one that the service publishes or exposes. */
export function onlyPort(service: ComposeService): number | undefined {
  const ports = new Set([...(service.ports ?? []).map((port) => port.target), ...(service.expose ?? []).map((one) => Number.parseInt(one, 10))].filter((port) => port > 0));
  return ports.size === 1 ? [...ports][0] : undefined;
}
