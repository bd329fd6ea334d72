export { projectsHandlers } from './handlers';
export { ProjectsService } from './service';
export type { LoadedMode, Projects } from './types';
