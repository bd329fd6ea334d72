export { projectsHandlers } from './handlers';
export { ProjectsService } from './service';
