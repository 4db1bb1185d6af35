import { firstArgument, firstItems, type Command } from '../command.js';
import { facts, numberText } from '../output.js';

const aliasText = (aliases: Readonly<Record<string, number>>): string =>
  Object.entries(aliases)
    .map(([alias, version]) => `${alias}=${version}`)
    .join(' ') || '–';

export const listModels: Command = {
  name: 'models ls',
  synopsis: '',
  summary: 'List models',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const models = await firstItems(crisol().models.list({ signal }));
    output.result(models, () =>
      output.table(
        ['NAME', 'TASK', 'LATEST', 'ALIASES', 'METRIC', 'ENDPOINTS'],
        models.map((model) => [
          model.name,
          model.task ?? '–',
          model.latestVersion === null ? '–' : String(model.latestVersion),
          aliasText(model.aliases),
          model.keyMetric ? `${model.keyMetric.name} ${numberText(model.keyMetric.value)}` : '–',
          model.endpoints.join(' ') || '–',
        ]),
      ),
    );
  },
};

export const showModel: Command = {
  name: 'models show',
  synopsis: 'MODEL',
  summary: 'Show a model and its versions',
  takes: 1,
  run: async (run) => {
    const { output, signal } = run;
    const model = await run.crisol().models.get(firstArgument(run), { signal });
    const versions = await firstItems(run.crisol().models.versions(model.id, { signal }));
    output.result({ ...model, versions }, () =>
      [
        facts([
          ['id', model.id],
          ['name', model.name],
          ['task', model.task ?? '–'],
          ['aliases', aliasText(model.aliases)],
          ['endpoints', model.endpoints.join(' ') || '–'],
        ]),
        '',
        output.table(
          ['VERSION', 'ADMISSION', 'TYPE', 'ALIASES', 'CREATED'],
          versions.map((version) => [
            String(version.version),
            version.admission.state,
            version.modelType,
            version.aliases.join(' ') || '–',
            version.createdAt,
          ]),
        ),
      ].join('\n'),
    );
  },
};
