import { Table2 } from '@lucide/vue';
import type { Room } from '../../app/router/room';

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
  menu: [{ section: 'build', order: 30, label: 'shell.datasets', to: '/datasets', icon: Table2, scope: 'datasets:read', key: 'd' }],
};
