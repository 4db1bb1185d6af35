import { KeyRound } from '@lucide/vue';
import type { Room } from '../../app/router/room';

export const accessRoom: Room = {
  routes: [
    {
      path: '/keys',
      name: 'keys',
      component: () => import('./pages/KeysPage.vue'),
      meta: { title: 'shell.keys', rooms: ['access'], scope: 'keys:admin' },
    },
  ],
  menu: [{ section: 'platform', order: 90, label: 'shell.keys', to: '/keys', icon: KeyRound, scope: 'keys:admin', key: 'k' }],
};
