import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

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
  menu: [{ section: 'platform', order: 70, label: 'shell.channels', to: '/channels', icon: icons.channels, scope: 'notifications:read' }],
};
