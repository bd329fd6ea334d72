/** The command that starts Berth, and how it starts. */
export interface AutostartCommand {
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly icon: string;
}

const RESERVED = /[\\"`$]/g;

/** The entry by which a Linux desktop starts Berth at login (XDG autostart, Desktop Entry Specification 1.5). */
export function autostartEntry({ argv, icon }: AutostartCommand): string {
  const lines = [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.5',
    'Name=Berth',
    'Comment=Compose projects, their modes and what runs in them',
    `Exec=${inEntry(argv.map(quoted).join(' '))}`,
    `Icon=${inEntry(icon)}`,
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
  ];
  return `${lines.join('\n')}\n`;
}

/** An argument within Exec: quoted, and a percent sign is no field code. */
function quoted(argument: string): string {
  return `"${argument.replace(RESERVED, '\\$&').replaceAll('%', '%%')}"`;
}

/** A value of the file: its own escapes come on top. Line breaks end an entry, so there are none. */
function inEntry(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
