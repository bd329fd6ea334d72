import { appWindow, call, toAppError } from './client';
import { remember, remembered } from './remember';
import { chooseTheme, setUi, type Theme } from './store';

export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** A copy of the setting, because the page is drawn before it has asked for anything. */
const CONTRAST = 'berth.contrast';

/** Takes the theme over in the page and in the app, which owns the window's frame and background. What is no theme changes nothing. */
export function applyTheme(given: unknown): void {
  const theme = THEMES.find((one) => one === given);
  if (theme === undefined) return;
  chooseTheme(theme);
  void appWindow.setTheme(theme).catch(() => undefined);
}

/** More contrast than the system asks for, or as much as it does. */
export function applyContrast(given: unknown): void {
  if (given !== 'more' && given !== 'system') return;
  document.documentElement.dataset['contrast'] = given;
  remember(CONTRAST, given);
}

export function rememberedContrast(): string {
  return remembered(CONTRAST) ?? 'system';
}

/** Chooses the theme for good: seen at once, and kept as a setting. */
export function setTheme(theme: Theme): void {
  applyTheme(theme);
  void call('settings.set', { key: 'window.theme', value: theme }).catch((error: unknown) => setUi({ notice: toAppError(error) }));
}
