import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const jobsRoom: Room = {
  routes: [
    { path: '/jobs', name: 'jobs', component: () => import('./pages/JobsPage.vue'), meta: { title: 'shell.jobs', rooms: ['jobs'] } },
    { path: '/jobs/:job', name: 'job', component: () => import('./pages/JobPage.vue'), meta: { title: 'shell.jobs', rooms: ['jobs'] } },
  ],
  menu: [{ section: 'platform', order: 60, label: 'shell.jobs', to: '/jobs', icon: icons.jobs, key: 'j' }],
};
