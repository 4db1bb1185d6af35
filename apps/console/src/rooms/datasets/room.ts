import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const datasetsRoom: Room = {
  routes: [
    {
      path: '/datasets',
      name: 'datasets',
      component: () => import('./pages/DatasetsPage.vue'),
      meta: { title: 'shell.datasets', rooms: ['datasets'], scope: 'datasets:read' },
    },
    {
      path: '/datasets/:dataset',
      name: 'dataset',
      component: () => import('./pages/DatasetPage.vue'),
      meta: { title: 'shell.datasets', rooms: ['datasets'], scope: 'datasets:read' },
    },
  ],
  menu: [{ section: 'build', order: 30, label: 'shell.datasets', to: '/datasets', icon: icons.datasets, scope: 'datasets:read', key: 'd' }],
};
