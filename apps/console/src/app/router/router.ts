import { nextTick } from 'vue';
import { createRouter, createWebHistory, type Router } from 'vue-router';
import { usePreferences } from '../../shared/api/preferences';
import { useSession } from '../../shared/api/session';
import { loadMessages, t } from '../../shared/i18n/messages';
import { pageOfMlflowLink } from './mlflow-links';
import { rooms } from './rooms';

export function createConsoleRouter(): Router {
  const router = createRouter({
    history: createWebHistory('/console/'),
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
    routes: [
      {
        path: '/sign-in',
        name: 'sign-in',
        component: () => import('../sign-in/SignInPage.vue'),
        meta: { title: 'shell.signIn', open: true, frame: false },
      },
      {
        path: '/welcome',
        name: 'welcome',
        component: () => import('../sign-in/WelcomePage.vue'),
        meta: { title: 'shell.welcome', open: true, frame: false },
      },
      ...rooms.flatMap((room) => room.routes),
      { path: '/:rest(.*)*', name: 'not-found', component: () => import('../shell/NotFoundPage.vue'), meta: { title: 'ui.notFound' } },
    ],
  });

  router.beforeEach(async (to) => {
    const session = useSession();
    // A server that does not answer must not leave a blank page: sign-in shows the problem.
    if (!session.loaded) await session.load().catch(() => undefined);
    const meant = to.path === '/' ? pageOfMlflowLink(to.hash) : null;
    if (meant) return meant;
    if (to.meta.open) return to.name === 'sign-in' && session.me ? { path: '/' } : true;
    return session.me ? true : { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  });
  router.beforeResolve(async (to) => {
    await loadMessages(usePreferences().locale, to.meta.rooms ?? []);
  });
  router.afterEach((to, from) => {
    document.title = to.meta.title ? `${t(to.meta.title)} · Crisol` : 'Crisol';
    // A screen reader hears the new page; the first page keeps the browser's own focus.
    if (from.name && to.path !== from.path) void nextTick(() => document.getElementById('page-title')?.focus({ preventScroll: true }));
  });
  return router;
}
