import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const overviewRoom: Room = {
  routes: [
    {
      path: '/',
      name: 'overview',
      component: () => import('./pages/OverviewPage.vue'),
      meta: { title: 'shell.overview', rooms: ['overview'] },
    },
  ],
  menu: [{ section: 'operate', order: 10, label: 'shell.overview', to: '/', icon: icons.overview, key: 'o' }],
};
