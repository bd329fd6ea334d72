import { activity } from './activity';
import { changes } from './changes';
import { commands } from './commands';
import { compare } from './compare';
import { composeKeys } from './compose-keys';
import { conflicts } from './conflicts';
import { drawer } from './drawer';
import { files } from './files';
import { git } from './git';
import { gitops } from './gitops';
import { help } from './help';
import { home } from './home';
import { logs } from './logs';
import { machine } from './machine';
import { project } from './project';
import { services } from './services';
import { settingItems } from './setting-items';
import { settings } from './settings';
import { shell } from './shell';
import { snapshots } from './snapshots';
import { storage } from './storage';
import { terminal } from './terminal';
import { times } from './times';
import { verbs } from './verbs';
import { workspaces } from './workspaces';

/** Every area in German. */
export const de = { activity, changes, commands, compare, composeKeys, conflicts, drawer, files, git, gitops, help, home, logs, machine, project, services, settingItems, settings, shell, snapshots, storage, terminal, times, verbs, workspaces };
