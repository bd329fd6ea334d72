import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import { loadLanguage } from './locales/language';

// As in main.tsx, styles included, so that both share one file of them. Logs in a window of their own need nothing of the other pages.
await loadLanguage();
await import('./start-logs');

export {};
