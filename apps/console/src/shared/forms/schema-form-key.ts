import type { Component, InjectionKey } from 'vue';

/** How a field finds the form that it may hold: the form hands itself down, so that the two files do not import each other. */
export const schemaFormKey: InjectionKey<Component> = Symbol('schema form');
