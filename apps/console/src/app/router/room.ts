import type { Scope } from '@crisol/contracts';
import type { Component } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import type { MessageKey, MessageRoom } from '../../shared/i18n/messages';

declare module 'vue-router' {
  interface RouteMeta {
    title?: MessageKey;
    rooms?: readonly MessageRoom[];
    scope?: Scope;
    open?: boolean;
    frame?: boolean;
  }
}

/** What a room tells the shell about itself. */
export interface Room {
  readonly routes: readonly RouteRecordRaw[];
  readonly menu: readonly MenuEntry[];
}
export interface MenuEntry {
  readonly section: 'operate' | 'build' | 'platform';
  readonly order: number;
  readonly label: MessageKey;
  readonly to: string;
  readonly icon: Component;
  readonly scope?: Scope;
  /** Second key of the `g` shortcut. */
  readonly key?: string;
}
