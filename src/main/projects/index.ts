export { cleanOperation } from './clean-operation';
export { projectsHandlers } from './handlers';
export { scriptsOperation } from './scripts-operation';
export { ProjectsService } from './service';
