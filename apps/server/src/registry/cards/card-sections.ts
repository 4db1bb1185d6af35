import type { ModelCard } from '@crisol/contracts';

type SectionKey = ModelCard['sections'][number]['key'];

/** Titles of what people write, in the order of the card. */
export const sectionTitles: Readonly<Record<SectionKey, string>> = {
  summary: 'Summary',
  intended_use: 'Intended use',
  out_of_scope: 'Out of scope',
  training_data: 'Training data',
  evaluation: 'Evaluation',
  ethics: 'Ethics',
  limitations: 'Limitations',
  contact: 'Contact',
};
export const sectionKeys: readonly SectionKey[] = [
  'summary',
  'intended_use',
  'out_of_scope',
  'training_data',
  'evaluation',
  'ethics',
  'limitations',
  'contact',
];
