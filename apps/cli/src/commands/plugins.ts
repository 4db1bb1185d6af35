import { firstItems, type Command } from '../command.js';

export const listPlugins: Command = {
  name: 'plugin ls',
  synopsis: '',
  summary: 'List plugins with their states',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const plugins = await firstItems(crisol().plugins.list({ signal }));
    output.result(plugins, () =>
      output.table(
        ['ID', 'VERSION', 'STATE', 'KINDS', 'MESSAGE'],
        plugins.map((plugin) => [plugin.id, plugin.version, plugin.state, plugin.kinds.join(' '), plugin.message ?? '']),
      ),
    );
  },
};
