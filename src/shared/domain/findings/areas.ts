import type { CheckArea, Finding, Severity } from './finding';

/** The area of each finding code by the beginning of its name; the longest that fits decides. */
const AREA_OF_PREFIX: { readonly [prefix: string]: CheckArea } = {
  BIND: 'mounts',
  FILE_OBJECT: 'mounts',
  PORT: 'ports',
  BUILD: 'builds',
  DOCKERFILE: 'builds',
  NETWORK: 'networks',
  SUBNET: 'networks',
  EXTERNAL_NETWORK: 'networks',
  UNDEFINED_NETWORK: 'networks',
  DEPENDENCY: 'dependencies',
  HEALTHCHECK: 'dependencies',
  UNDEFINED_SERVICE: 'dependencies',
  ENV: 'environment',
  DATA: 'data',
  SNAPSHOT: 'data',
  VOLUME: 'data',
  EXTERNAL_VOLUME: 'data',
  UNDEFINED_VOLUME: 'data',
  RESOURCE: 'resources',
  BUCKET: 'storage',
  SYNC: 'storage',
  CONFIG: 'storage',
  MOUNT: 'storage',
  RESOURCE_COMPETITION: 'storage',
  SCHEDULE: 'storage',
  WRITTEN: 'storage',
  CONTAINER: 'engine',
  PROJECT: 'engine',
  ENGINE: 'engine',
};

/** Areas in the order in which they are shown, with their titles. */
export const AREA_TITLES: { readonly [A in CheckArea]: string } = {
  files: 'Compose files',
  mounts: 'Mounts',
  ports: 'Ports',
  builds: 'Builds',
  networks: 'Networks',
  dependencies: 'Dependencies',
  environment: 'Environment',
  data: 'Data',
  resources: 'Resources',
  storage: 'Storage',
  engine: 'Engine',
};

/** Areas that cannot be judged without the engine. */
const NEEDS_ENGINE: readonly CheckArea[] = ['ports', 'networks', 'data', 'engine'];

export function areaOf(code: string): CheckArea {
  const fitting = Object.keys(AREA_OF_PREFIX).filter((prefix) => code === prefix || code.startsWith(`${prefix}_`));
  const [longest] = fitting.sort((a, b) => b.length - a.length);
  return longest === undefined ? 'files' : (AREA_OF_PREFIX[longest] ?? 'files');
}

/** How one area stands. */
export interface AreaState {
  readonly area: CheckArea;
  readonly title: string;
  readonly state: 'pass' | 'warning' | 'error' | 'unknown';
  /** Findings that are more than a note. */
  readonly findings: number;
}

/** Every area with the worst of its findings: what a page shows as green, amber and red (S3.15). */
export function areaStates(findings: readonly Finding[]): readonly AreaState[] {
  const asked = !findings.some((one) => one.code === 'ENGINE_NOT_ASKED');
  return (Object.keys(AREA_TITLES) as CheckArea[]).map((area) => {
    const own = findings.filter((one) => one.area === area && one.severity !== 'info');
    const worst = (severity: Severity): boolean => own.some((one) => one.severity === severity);
    const quiet = asked || !NEEDS_ENGINE.includes(area) ? 'pass' : 'unknown';
    return { area, title: AREA_TITLES[area], state: worst('error') ? 'error' : worst('warning') ? 'warning' : quiet, findings: own.length };
  });
}
