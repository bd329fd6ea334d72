import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import { loadLanguage } from './locales/language';

/** A page that nobody sees draws nothing, and does not wait for it longer than this. */
const DRAWN_MS = 250;

/** The frame of index.html is drawn before the code of the page takes the thread for itself. */
const frameIsDrawn = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, DRAWN_MS);
});

// Words are read when modules are loaded: the language comes first, then the page.
await Promise.all([loadLanguage(), frameIsDrawn]);
await import('./start');

export {};
