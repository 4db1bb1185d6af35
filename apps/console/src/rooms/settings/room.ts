import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const settingsRoom: Room = {
  routes: [
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./pages/SettingsPage.vue'),
      meta: { title: 'shell.settings', rooms: ['settings'] },
    },
  ],
  menu: [{ section: 'platform', order: 100, label: 'shell.settings', to: '/settings', icon: icons.settings, key: 's' }],
};
