import type { ObservedProject, ObservedVolume } from '../engine/observed';
import type { ComposeNetwork, ComposeVolume } from '../compose/model';
import { withoutEntry } from './build-fixes';
import { checkResult, type ProposedFix } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';

const PROJECT_LABEL = 'com.docker.compose.project';
const HASH_LABEL = 'com.docker.compose.config-hash';
/** What the engine brings itself. */
const BUILT_IN_NETWORKS = new Set(['bridge', 'host', 'none']);

/** Runs a check only where the engine was asked. */
function withEngine(check: (input: CheckInput, observed: ObservedProject) => readonly CheckResult[]): Check {
  return (input) => (input.facts.observed === null ? [] : check(input, input.facts.observed));
}

/** Containers of a project with this name that were made in another folder. */
export const checkProjectName = withEngine((input, observed) => {
  const strangers = observed.containers.filter((container) => container.workingDir !== '' && !isHome(input, container.workingDir));
  const first = strangers[0];
  if (first === undefined) return [];
  return [
    checkResult({
      where: input.compose.locate(['name']) ?? (input.compose.files[0] === undefined ? undefined : { file: input.compose.files[0] }),
      object: first.workingDir,
      code: 'PROJECT_NAME_TAKEN',
      severity: 'error',
      message: `Another project called ${input.compose.model.name} runs from ${first.workingDir}.`,
      why: `Compose tells projects apart by name only, so this folder would replace ${strangers.length === 1 ? 'its container' : `its ${strangers.length} containers`}. Give this one its own name with a top-level "name:", or remove the other one there.`,
    }),
  ];
});

function isHome(input: CheckInput, workingDir: string): boolean {
  const real = input.facts.realWorkingDirs.get(workingDir) ?? workingDir;
  return [input.compose.projectDir, ...input.facts.homeDirs].some((dir) => dir === workingDir || dir === real);
}

/** Names that a service or network wants and that belong to somebody else; volumes that another project made, or that were made with other settings. */
export const checkOwnedNames = withEngine((input, observed) => [...containerNames(input, observed), ...networkNames(input, observed), ...volumeNames(input, observed), ...changedVolumes(input, observed)]);

function containerNames(input: CheckInput, observed: ObservedProject): readonly CheckResult[] {
  const { model } = input.compose;
  return Object.entries(model.services).flatMap(([service, definition]) => {
    const wanted = definition.container_name ?? `${model.name}-${service}-1`;
    const owner = observed.foreign.find((container) => container.name === wanted && !input.facts.stopping.has(container.id));
    if (owner === undefined) return [];
    return [
      checkResult({
        service,
        where: input.compose.locate(['services', service, 'container_name']),
        object: `container ${wanted}`,
        code: 'CONTAINER_NAME_TAKEN',
        severity: 'error',
        message: `The container name ${wanted} of ${service} is used by ${owner.project === '' ? 'a container that belongs to no project' : `project ${owner.project}`}.`,
        why: `A name can be used once on an engine. ${definition.container_name === undefined ? 'Remove or rename the other container.' : 'Remove the other container, or drop container_name so that the name is made from the project.'}`,
      }, definition.container_name === undefined ? [] : withoutEntry(input, ['services', service, 'container_name'], `Let the name of the container of ${service} be made from the project`)),
    ];
  });
}

function networkNames(input: CheckInput, observed: ObservedProject): readonly CheckResult[] {
  return Object.entries(input.compose.model.networks).flatMap(([key, network]) => {
    if (network.external === true || BUILT_IN_NETWORKS.has(network.name)) return [];
    const existing = observed.networks.find((one) => one.name === network.name);
    const owner = existing?.labels[PROJECT_LABEL];
    if (existing === undefined || owner === input.compose.model.name) return [];
    return [
      checkResult({
        where: input.compose.locate(['networks', key]),
        object: `network ${network.name}`,
        code: 'NETWORK_NAME_TAKEN',
        severity: 'error',
        message: `The network ${network.name} ${owner === undefined ? 'was not made by this project' : `belongs to project ${owner}`}.`,
        why: 'Berth does not change a network that it does not own. Declare it with "external: true" if it is meant to be shared, or give this one another name.',
      }, [...shared(input, 'networks', key, network), ...ofItsOwn(input, 'networks', key, network)]),
    ];
  });
}

function volumeNames(input: CheckInput, observed: ObservedProject): readonly CheckResult[] {
  return Object.entries(input.compose.model.volumes).flatMap(([key, volume]) => {
    if (volume.external === true) return [];
    const existing = observed.volumes.find((one) => one.name === volume.name);
    const owner = existing?.labels[PROJECT_LABEL];
    if (existing === undefined || owner === undefined || owner === input.compose.model.name) return [];
    return [
      checkResult({
        where: input.compose.locate(['volumes', key]),
        object: `volume ${volume.name}`,
        code: 'VOLUME_NAME_TAKEN',
        severity: 'warning',
        message: `The volume ${volume.name} was made by project ${owner}.`,
        why: 'Both projects write to the same data. Declare it with "external: true" if that is meant, or give this one another name.',
      }, [...shared(input, 'volumes', key, volume), ...ofItsOwn(input, 'volumes', key, volume)]),
    ];
  });
}

/** Volumes that were made from another definition (by their config-hash label, as docker compose tells it): the engine cannot change one. */
function changedVolumes({ compose }: CheckInput, observed: ObservedProject): readonly CheckResult[] {
  return Object.entries(compose.model.volumes).flatMap(([key, volume]) => {
    const existing = observed.volumes.find((one) => one.name === volume.name);
    const wanted = compose.volumeHashes[key];
    const made = existing?.labels[HASH_LABEL];
    if (volume.external === true || existing?.labels[PROJECT_LABEL] !== compose.model.name || made === undefined || wanted === undefined || made === wanted) return [];
    const differing = differingSettings(volume, existing);
    return [
      checkResult({
        where: compose.locate(['volumes', key]),
        object: `volume ${volume.name}`,
        code: 'VOLUME_CHANGED',
        severity: 'warning',
        message: `The volume ${volume.name} was made with other settings than the file has now (${differing.length === 0 ? 'its labels' : differing.join(', ')}), and is used as it is.`,
        why: `A volume gets its settings when it is made. To have the new ones, make a snapshot, stop the project, remove the volume (\`docker volume rm ${volume.name}\`) and switch: a new, empty one is made. To keep this one, put the settings in the file back.`,
      }),
    ];
  });
}

function differingSettings(volume: ComposeVolume, existing: ObservedVolume): readonly string[] {
  const [wanted, made] = [volume.driver_opts ?? {}, existing.options ?? {}];
  const options = [...new Set([...Object.keys(wanted), ...Object.keys(made)])].filter((name) => String(wanted[name] ?? '') !== (made[name] ?? '')).sort();
  return [...((volume.driver ?? 'local') === existing.driver ? [] : ['driver']), ...options.map((name) => `driver_opts.${name}`)];
}

/** What is shared has no settings of its own: those of its maker count. */
function shared({ compose }: CheckInput, section: 'networks' | 'volumes', key: string, thing: ComposeNetwork | ComposeVolume): readonly ProposedFix[] {
  const file = compose.locate([section, key])?.file;
  const { name, ...settings } = thing;
  const isPlain = Object.values(settings).every((value) => value === undefined || value === false || (typeof value === 'object' && Object.keys(value).length === 0));
  // The network that services without networks are on is not written anywhere.
  if (file === undefined || !isPlain || key === 'default') return [];
  return [{ title: `Share the ${section.slice(0, -1)} ${name}, as it is`, action: { kind: 'use-external', section, key, name, file } }];
}

/** Without a name of its own it gets one of the project's. */
function ofItsOwn({ compose }: CheckInput, section: 'networks' | 'volumes', key: string, { name }: ComposeNetwork | ComposeVolume): readonly ProposedFix[] {
  const made = `${compose.model.name}_${key}`;
  const file = compose.locate([section, key, 'name'])?.file;
  return name === made || file === undefined ? [] : [{ title: `Have a ${section.slice(0, -1)} of its own, ${made}`, action: { kind: 'use-own', section, key, file } }];
}

/** External networks and volumes that the engine does not have. */
export const checkExternals = withEngine((input, observed) => {
  const networks = Object.entries(input.compose.model.networks).flatMap(([key, network]) => {
    if (network.external !== true || BUILT_IN_NETWORKS.has(network.name) || observed.networks.some((one) => one.name === network.name)) return [];
    return [
      checkResult(
        {
          where: input.compose.locate(['networks', key]),
          object: `network ${network.name}`,
          code: 'EXTERNAL_NETWORK_MISSING',
          severity: 'error',
          message: `The external network ${network.name} does not exist.`,
          why: 'The file says that somebody else makes it. Start the project that does, or create it.',
        },
        [{ title: `Create the network ${network.name}`, action: { kind: 'create-network', name: network.name } }],
      ),
    ];
  });
  const volumes = Object.entries(input.compose.model.volumes).flatMap(([key, volume]) => {
    if (volume.external !== true || observed.volumes.some((one) => one.name === volume.name)) return [];
    return [
      checkResult(
        {
          where: input.compose.locate(['volumes', key]),
          object: `volume ${volume.name}`,
          code: 'EXTERNAL_VOLUME_MISSING',
          severity: 'error',
          message: `The external volume ${volume.name} does not exist.`,
          why: 'The file says that its data is already there. Check the name first: an empty volume of this name holds none of it.',
        },
        [{ title: `Create the empty volume ${volume.name}`, action: { kind: 'create-volume', name: volume.name } }],
      ),
    ];
  });
  return [...networks, ...volumes];
});
