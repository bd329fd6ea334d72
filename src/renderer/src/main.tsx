import './styles/tokens.css';
import './styles/base.css';
import { loadLanguage } from './locales/language';

// Words are read when modules are loaded: the language comes first, then the page.
await loadLanguage();
await import('./start');

export {};
