import { BellRing } from '@lucide/vue';
import type { Room } from '../../app/router/room';

export const notificationsRoom: Room = {
  routes: [
    {
      path: '/channels',
      name: 'channels',
      component: () => import('./pages/ChannelsPage.vue'),
      meta: { title: 'shell.channels', rooms: ['notifications'], scope: 'notifications:read' },
    },
    {
      path: '/channels/:channel',
      name: 'channel',
      component: () => import('./pages/ChannelPage.vue'),
      meta: { title: 'shell.channels', rooms: ['notifications'], scope: 'notifications:read' },
    },
  ],
  menu: [{ section: 'platform', order: 70, label: 'shell.channels', to: '/channels', icon: BellRing, scope: 'notifications:read' }],
};
