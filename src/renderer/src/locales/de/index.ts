import { shell } from './shell';

/** Every area in German. */
export const de = { shell };
