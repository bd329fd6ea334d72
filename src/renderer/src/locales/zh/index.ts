import { shell } from './shell';

/** Every area in Chinese. */
export const zh = { shell };
