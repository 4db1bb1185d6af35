import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const featuresRoom: Room = {
  routes: [
    {
      path: '/features',
      name: 'features',
      component: () => import('./pages/FeaturesPage.vue'),
      meta: { title: 'shell.features', rooms: ['features'], scope: 'features:read' },
    },
  ],
  menu: [{ section: 'build', order: 35, label: 'shell.features', to: '/features', icon: icons.features, scope: 'features:read', key: 'f' }],
};
