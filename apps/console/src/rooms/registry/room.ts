import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

// Evaluations of trainings speak with the words of the training room.
const rooms = ['registry', 'governance', 'comparison', 'training'] as const;

export const registryRoom: Room = {
  routes: [
    {
      path: '/models',
      name: 'models',
      component: () => import('./pages/ModelsPage.vue'),
      meta: { title: 'shell.models', rooms: ['registry'], scope: 'models:read' },
    },
    {
      path: '/models/compare',
      name: 'compare-models',
      component: () => import('./pages/CompareVersionsPage.vue'),
      meta: { title: 'shell.models', rooms, scope: 'models:read' },
    },
    {
      path: '/models/:model',
      name: 'model',
      component: () => import('./pages/ModelPage.vue'),
      meta: { title: 'shell.models', rooms, scope: 'models:read' },
    },
  ],
  menu: [{ section: 'build', order: 50, label: 'shell.models', to: '/models', icon: icons.models, scope: 'models:read', key: 'm' }],
};
