import type { ComposeModel, ComposeService } from './model';
import type { Refuse } from './refused-values';

const PROPAGATION: ReadonlySet<string> = new Set(['', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** Options of a volume of the driver `local`, each with what has to be beside it. */
const LOCAL_OPTIONS: { readonly [option: string]: readonly string[] } = { type: ['device'], device: ['type'], o: ['type', 'device'], size: [] };
const TMPFS_FLAGS: ReadonlySet<string> = new Set(
  ('defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave ' +
    'rslave relatime norelatime strictatime nostrictatime').split(' '),
);
const TMPFS_VALUES: ReadonlySet<string> = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);

/** Mounts of a service that every engine refuses: places in the container that cannot be, options that do not exist. */
export function refusedMounts(name: string, service: ComposeService, refuse: Refuse): void {
  service.volumes?.forEach((mount, index) => {
    const at = ['volumes', String(index)];
    refusedTarget(name, mount.target, at, refuse);
    const propagation = mount.bind?.propagation ?? '';
    if (!PROPAGATION.has(propagation)) refuse(at, `The propagation "${propagation}" of the mount on ${mount.target} in ${name} does not exist.`, 'It takes private, rprivate, shared, rshared, slave or rslave.');
  });
  service.tmpfs?.forEach((entry, index) => {
    const at = ['tmpfs', String(index)];
    const [target = '', ...options] = entry.split(':');
    refusedTarget(name, target, at, refuse);
    for (const option of options.join(':').split(',')) {
      const [key = '', value] = option.split('=');
      if (option === '' || TMPFS_FLAGS.has(option)) continue;
      if (!TMPFS_VALUES.has(key) || value === undefined) refuse(at, `A tmpfs has no option ${key}, as ${target} in ${name} is given.`, `Its options are ${[...TMPFS_VALUES].join(', ')} with a value, and those of mounts, as noexec.`);
      else if (key === 'size' && !/^\d+[kmgtpe%]?$/i.test(value)) refuse(at, `The tmpfs on ${target} in ${name} cannot have the size ${value}.`, 'It takes a size, as 64m.');
    }
  });
}

function refusedTarget(name: string, target: string, at: readonly string[], refuse: Refuse): void {
  if (!target.startsWith('/')) refuse(at, `The place ${target} in ${name} is not absolute.`, 'What is mounted has its place in the container, which begins with a slash.');
  else if (target.split('/').every((part) => part === '' || part === '.')) refuse(at, `Nothing can be mounted on / of ${name}.`, 'That is where its image is. Mount it on a folder.');
}

/** Volumes that the driver every engine has refuses to make. */
export function refusedVolumes(model: ComposeModel, refuse: Refuse): void {
  for (const [key, volume] of Object.entries(model.volumes)) {
    if (volume.external === true || (volume.driver ?? 'local') !== 'local') continue;
    const at = (...path: string[]): readonly string[] => ['volumes', key, ...path];
    if (!VOLUME_NAME.test(volume.name)) refuse(at('name'), `${volume.name} is no name of a volume.`, 'It has two characters or more: letters, digits, dots, dashes and underscores, the first a letter or digit.');
    const options = volume.driver_opts ?? {};
    for (const option of Object.keys(options)) {
      const beside = LOCAL_OPTIONS[option];
      const missing = beside?.find((one) => !Object.hasOwn(options, one));
      if (beside === undefined) refuse(at('driver_opts', option), `A volume of the driver local has no option ${option}, as ${key} is given.`, `Its options are ${Object.keys(LOCAL_OPTIONS).join(', ')}.`);
      else if (missing !== undefined) refuse(at('driver_opts', option), `The option ${option} of the volume ${key} has no ${missing} beside it.`, 'For a folder of this computer: type: none, o: bind, device: <folder>.');
    }
  }
}
