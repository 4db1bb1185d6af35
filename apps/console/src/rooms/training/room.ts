import type { Room } from '../../app/router/room';
import { icons } from '../../shared/ui/icon-set';

export const trainingRoom: Room = {
  routes: [
    {
      path: '/training',
      name: 'trainings',
      component: () => import('./pages/TrainingsPage.vue'),
      meta: { title: 'shell.training', rooms: ['training'], scope: 'training:read' },
    },
    {
      path: '/training/new',
      name: 'new-training',
      component: () => import('./pages/NewTrainingPage.vue'),
      meta: { title: 'shell.training', rooms: ['training'], scope: 'training:read' },
    },
    {
      path: '/training/:job',
      name: 'training',
      component: () => import('./pages/TrainingPage.vue'),
      meta: { title: 'shell.training', rooms: ['training'], scope: 'training:read' },
    },
  ],
  menu: [{ section: 'build', order: 40, label: 'shell.training', to: '/training', icon: icons.training, scope: 'training:read', key: 't' }],
};
