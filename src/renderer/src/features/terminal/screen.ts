import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Terminal, type ITheme } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { asShellLine } from '@shared/domain/services/owned-command';
import type { AppError } from '@shared/kernel/app-error';
import { call, stream } from '../../lib/client';
import { terminalWords } from '../../locales/en/terminal';
import { copyText } from '../../ui/copy-command';
import { attachShell, type Shell, type ShellDoor, type Size } from './attached-shell';
import { makeHarmless, pasteable } from './harmless';
import { strictDocument } from './strict-document';

/** Lines kept above what is seen. */
const SCROLLBACK = 5_000;
const RESIZE_MS = 60;

/** What is drawn of one terminal, and the shell behind it. It lives on while nothing shows it. */
export interface Screen {
  /** Draws it in here from now on. */
  showIn(place: HTMLElement): void;
  start(): void;
  /** One line, with what it writes and how it ended. */
  run(line: string): void;
  focus(): void;
  /** Fits it into its place. */
  fit(): void;
  /** The colours of the page, which may have changed. */
  paint(): void;
  /** True when there was something selected. */
  copy(): boolean;
  /** True when it was found. */
  find(text: string, forwards: boolean): boolean;
  /** Ctrl+C, or for a single command its end. */
  interrupt(): void;
  close(): void;
}

interface ScreenOptions {
  readonly projectId: string;
  readonly service: string;
  readonly kind: 'shell' | 'command';
  readonly onStarted: () => void;
  readonly onEnded: (exitCode: number | null, error: AppError | null) => void;
}

const DOOR: ShellDoor = {
  stream: (input, onItems, onEnd) => stream('services.attach', input, onItems, onEnd),
  give: (input) => call('services.attach-input', input),
  resize: (input) => call('services.attach-resize', input),
  taken: (input) => call('services.attach-taken', input),
};

export function createScreen(options: ScreenOptions): Screen {
  const host = document.createElement('div');
  host.className = 'terminal-host';
  const fitting = new FitAddon();
  const search = new SearchAddon();
  const terminal = newTerminal(options.kind);
  terminal.loadAddon(fitting);
  terminal.loadAddon(search);
  makeHarmless(terminal);
  let shell: Shell | null = null;
  let opened = false;
  let wanted = options.kind === 'shell';
  let timer: ReturnType<typeof setTimeout> | undefined;

  terminal.onData((data) => shell?.type(data));
  terminal.onBinary((data) => shell?.typeBinary(data));
  terminal.onResize(({ cols, rows }) => {
    clearTimeout(timer);
    timer = setTimeout(() => shell?.resize({ columns: cols, rows }), RESIZE_MS);
  });
  terminal.attachCustomKeyEventHandler((event) => takesKey(terminal, event));
  host.addEventListener('paste', (event) => onPaste(terminal, event), { capture: true });

  function attach(command: readonly string[], size: Size | null, ended: (exitCode: number | null, error: AppError | null) => void): void {
    shell?.close();
    shell = attachShell(DOOR, {
      project: options.projectId,
      service: options.service,
      command,
      size,
      onOutput: (bytes, done) => terminal.write(bytes, done),
      onStarted: options.onStarted,
      onEnd: ({ exitCode, error }) => terminal.write('', () => ended(exitCode, error)),
    });
  }

  function start(): void {
    if (terminal.buffer.active.length > 1 || terminal.buffer.active.cursorX > 0) terminal.write('\r\n');
    // Whatever the last program switched on is off for the next.
    terminal.write('\u001b[!p\u001b[?1049l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?2004l\u001b[?25h');
    attach([], { columns: terminal.cols, rows: terminal.rows }, options.onEnded);
  }

  function fit(): void {
    if (!opened || host.clientWidth === 0 || host.clientHeight === 0) return;
    fitting.fit();
    if (!wanted) return;
    wanted = false;
    start();
  }

  return {
    showIn(place) {
      place.append(host);
      if (!opened) {
        opened = true;
        terminal.open(host);
        terminal.textarea?.setAttribute('aria-label', terminalWords.input(options.service));
      }
      fit();
    },
    start,
    run(line) {
      const beganMs = performance.now();
      terminal.write(`\u001b[1m$ ${pasteable(line)}\u001b[0m\r\n`);
      attach(asShellLine(line), null, (exitCode, error) => {
        const said = error === null && exitCode !== null ? terminalWords.commandEnded(exitCode, performance.now() - beganMs) : null;
        terminal.write(`\u001b[0m${terminal.buffer.active.cursorX > 0 ? '\r\n' : ''}${said === null ? '' : `\u001b[2m${said}\u001b[0m\r\n`}`);
        options.onEnded(exitCode, error);
      });
    },
    focus: () => terminal.focus(),
    fit,
    paint() {
      terminal.options.theme = pageTheme();
    },
    copy: () => copySelection(terminal),
    find: (text, forwards) => (text === '' ? false : forwards ? search.findNext(text) : search.findPrevious(text)),
    interrupt() {
      if (options.kind === 'shell') return shell?.type('\u0003');
      shell?.close();
      shell = null;
      terminal.write(`${terminal.buffer.active.cursorX > 0 ? '\r\n' : ''}\u001b[2m^C\u001b[0m\r\n`);
      options.onEnded(null, null);
    },
    close() {
      clearTimeout(timer);
      shell?.close();
      terminal.dispose();
      host.remove();
    },
  };
}

function newTerminal(kind: 'shell' | 'command'): Terminal {
  return new Terminal({
    documentOverride: strictDocument(),
    scrollback: SCROLLBACK,
    theme: pageTheme(),
    fontFamily: tokenOf('--mono'),
    fontSize: 12,
    lineHeight: 1.25,
    minimumContrastRatio: 4.5,
    convertEol: kind === 'command',
    disableStdin: kind === 'command',
    cursorInactiveStyle: 'outline',
    linkHandler: null,
    logLevel: 'off',
  });
}

/** Keys the terminal leaves to the page: copying, pasting, the drawer, and a way out of it. */
function takesKey(terminal: Terminal, event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === 'F6' || (mod && !event.shiftKey && event.key === 'j')) return false;
  if (mod && event.shiftKey && event.code === 'KeyC') {
    if (event.type === 'keydown') copySelection(terminal);
    event.preventDefault();
    return false;
  }
  // The browser pastes, and `onPaste` cleans it.
  return !(mod && event.shiftKey && (event.code === 'KeyV' || event.code === 'KeyF'));
}

function copySelection(terminal: Terminal): boolean {
  const text = terminal.getSelection();
  if (text === '') return false;
  return copyText(text);
}

function onPaste(terminal: Terminal, event: ClipboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
  terminal.paste(pasteable(event.clipboardData?.getData('text/plain') ?? ''));
}

function tokenOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'] as const;

function pageTheme(): ITheme {
  const colors = Object.fromEntries(COLORS.map((name, index) => [name, tokenOf(`--ansi-${String(index)}`)]));
  return { ...colors, background: tokenOf('--bg'), foreground: tokenOf('--text'), cursor: tokenOf('--text'), cursorAccent: tokenOf('--bg'), selectionBackground: tokenOf('--bg-active') };
}
