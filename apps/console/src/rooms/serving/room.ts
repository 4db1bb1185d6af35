import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const servingRoom: Room = {
  routes: [
    {
      path: '/endpoints',
      name: 'endpoints',
      component: () => import('./pages/EndpointsPage.vue'),
      meta: { title: 'shell.endpoints', rooms: ['serving'], scope: 'endpoints:read' },
    },
    {
      path: '/endpoints/:endpoint',
      name: 'endpoint',
      component: () => import('./pages/EndpointPage.vue'),
      meta: { title: 'shell.endpoints', rooms: ['serving'], scope: 'endpoints:read' },
    },
  ],
  menu: [
    { section: 'operate', order: 20, label: 'shell.endpoints', to: '/endpoints', icon: icons.endpoints, scope: 'endpoints:read', key: 'e' },
  ],
};
