import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const pluginsRoom: Room = {
  routes: [
    {
      path: '/plugins',
      name: 'plugins',
      component: () => import('./pages/PluginsPage.vue'),
      meta: { title: 'shell.plugins', rooms: ['plugins'], scope: 'plugins:admin' },
    },
    {
      path: '/plugins/:plugin',
      name: 'plugin',
      component: () => import('./pages/PluginPage.vue'),
      meta: { title: 'shell.plugins', rooms: ['plugins'], scope: 'plugins:admin' },
    },
  ],
  menu: [{ section: 'platform', order: 80, label: 'shell.plugins', to: '/plugins', icon: icons.plugins, scope: 'plugins:admin', key: 'u' }],
};
