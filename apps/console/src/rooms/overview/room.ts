import { LayoutDashboard } from '@lucide/vue';
import type { Room } from '../../app/router/room';

export const overviewRoom: Room = {
  routes: [
    {
      path: '/',
      name: 'overview',
      component: () => import('./pages/OverviewPage.vue'),
      meta: { title: 'shell.overview', rooms: ['overview'] },
    },
  ],
  menu: [{ section: 'operate', order: 10, label: 'shell.overview', to: '/', icon: LayoutDashboard, key: 'o' }],
};
