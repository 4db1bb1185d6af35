import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const accessRoom: Room = {
  routes: [
    {
      path: '/keys',
      name: 'keys',
      component: () => import('./pages/KeysPage.vue'),
      meta: { title: 'shell.keys', rooms: ['access'], scope: 'keys:admin' },
    },
  ],
  menu: [{ section: 'platform', order: 90, label: 'shell.keys', to: '/keys', icon: icons.keys, scope: 'keys:admin', key: 'k' }],
};
