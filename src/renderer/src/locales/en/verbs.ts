import { translated } from '../translated';

/** The words of removing, scaling, pulling and bringing up services. */
export const verbsWords = translated('verbs', {
  up: 'Create and start',
  pull: 'Pull the image',
  scaleItem: 'Scale…',
  removeItem: 'Remove…',
  count: 'Containers',
  loading: 'Looking what that takes…',
  nothing: 'There is nothing to do.',
  volumeGoes: (service: string, target: string) => `What ${service} keeps in ${target} goes with it: that volume has no name.`,
  remove: { title: 'Remove containers', lead: 'They are stopped and removed. Volumes with a name, networks, images and files stay.', confirm: 'Remove' },
  scale: { title: 'Scale a service', lead: 'So many containers of it run, until the next switch goes back to what the files say.', confirm: 'Scale' },
} as const);
