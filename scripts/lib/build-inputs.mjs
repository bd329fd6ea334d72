/** What the built app is made from, and the file that says from which state of it out/ was made. */
export const BUILD_INPUTS = ['src', 'electron.vite.config.ts', 'electron.vite.first-page.ts', 'package.json', 'package-lock.json', 'tsconfig.base.json'];
export const BUILD_STAMP = 'out/.built-from';
