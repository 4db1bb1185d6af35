import type { Model } from '@crisol/contracts';

/** The page of a model. A model may be called like the page beside it: then its id stands in the address. */
export const modelLink = (model: Pick<Model, 'id' | 'name'>): string =>
  `/models/${encodeURIComponent(model.name === 'compare' ? model.id : model.name)}`;
