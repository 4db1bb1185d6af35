import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

const rooms = ['experiments'] as const;

export const experimentsRoom: Room = {
  routes: [
    {
      path: '/experiments',
      component: () => import('./pages/ExperimentsPage.vue'),
      meta: { title: 'experiments.experiments', rooms, scope: 'experiments:read' },
    },
    {
      path: '/experiments/:experiment',
      component: () => import('./pages/RunsPage.vue'),
      meta: { title: 'experiments.runs', rooms, scope: 'experiments:read' },
    },
    {
      path: '/runs',
      component: () => import('./pages/RunsPage.vue'),
      meta: { title: 'experiments.runs', rooms, scope: 'experiments:read' },
    },
    {
      path: '/runs/compare',
      component: () => import('./pages/CompareRunsPage.vue'),
      meta: { title: 'experiments.compareRuns', rooms, scope: 'experiments:read' },
    },
    {
      path: '/runs/:run',
      component: () => import('./pages/RunPage.vue'),
      meta: { title: 'experiments.run', rooms, scope: 'experiments:read' },
    },
  ],
  menu: [
    {
      section: 'build',
      order: 37,
      label: 'shell.experiments',
      to: '/experiments',
      icon: icons.experiments,
      scope: 'experiments:read',
      key: 'x',
    },
  ],
};
