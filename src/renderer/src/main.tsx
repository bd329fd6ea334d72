import './styles/tokens.css';
import './styles/base.css';
import { loadLanguage } from './locales/language';

// Words are read when modules are loaded: the language comes first, then the page.
await loadLanguage();
// Logs in a window of their own need nothing of the other pages.
await (new URLSearchParams(location.search).has('logs') ? import('./start-logs') : import('./start'));

export {};
