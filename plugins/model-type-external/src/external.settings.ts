import { hinted } from '@crisol/plugin-api';
import { z } from 'zod';

/** One command that trains. Only who may change settings says what runs on the machine; who trains chooses among them. */
export const Trainer = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'kebab-case, such as lightgbm')
    .max(64),
  /** Program on the server's PATH, or an absolute path. No shell reads it. */
  command: z.string().min(1).max(1_000),
  args: z.array(z.string().max(4_000)).max(100).default([]),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name'), z.string().max(4_000)).default({}),
  /** The job's limits hold when these are left out, and at most. */
  memoryMb: z.int().min(16).max(1_048_576).optional(),
  timeoutSeconds: z.int().min(1).max(604_800).optional(),
});
export type Trainer = z.infer<typeof Trainer>;

const example = { name: 'lightgbm', command: '/opt/trainers/venv/bin/python', args: ['/opt/trainers/lightgbm/train.py'] };

export const ExternalSettings = z.strictObject({
  trainers: hinted(
    z
      .array(Trainer)
      .max(50)
      .refine((trainers) => new Set(trainers.map(({ name }) => name)).size === trainers.length, 'two trainers have one name')
      .default([]),
    {
      order: 1,
      widget: 'code',
      i18n: {
        es: {
          title: 'Entrenadores',
          description: 'Comandos que entrenan, cada uno con name, command y args; opcionales: environment, memoryMb, timeoutSeconds',
        },
      },
    },
  ).meta({
    title: 'Trainers',
    description: 'Commands that train, each with name, command and args; optional: environment, memoryMb, timeoutSeconds',
    examples: [[example]],
  }),
});
export type ExternalSettings = z.infer<typeof ExternalSettings>;
