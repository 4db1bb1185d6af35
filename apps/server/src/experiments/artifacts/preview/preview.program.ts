import type { ArtifactPreview } from '@crisol/contracts';
import { decodeModel, OnnxFormatError, pictureModel } from '@crisol/onnx';
import { readFile } from 'node:fs/promises';
import { openDuckDb, quoteText } from '../../../datasets/duckdb/open-duckdb.js';
import type { PreviewAnswer, PreviewTask } from './preview-messages.js';

const shownRows = 200;
const memoryMb = 512;

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.on('message', (task: PreviewTask) => {
  preview(task).then(
    (found) => answer({ preview: found }),
    (error: unknown) => answer({ refusal: refusalOf(task, error) }),
  );
});

const answer = (message: PreviewAnswer): void => void process.send?.(message);

async function preview(task: PreviewTask): Promise<ArtifactPreview> {
  if (task.kind === 'onnx') {
    const picture = pictureModel(decodeModel(await readFile(task.path)));
    // Plain copies: the picture is read-only, the answer's type is not.
    return { kind: 'onnx', graph: structuredClone(picture) as Extract<ArtifactPreview, { kind: 'onnx' }>['graph'] };
  }
  return tableOf(task);
}

async function tableOf({ kind, path }: PreviewTask): Promise<ArtifactPreview> {
  const session = await openDuckDb({ files: [path], threads: 1, memoryMb });
  try {
    const source =
      kind === 'parquet' ? `read_parquet(${quoteText(path)})` : `read_csv(${quoteText(path)}, all_varchar = true, sample_size = 2000)`;
    const described = await session.rows(`DESCRIBE SELECT * FROM ${source}`);
    const columns = described.map(([name, type]) => ({ name: String(name), type: kind === 'csv' ? 'text' : String(type).toLowerCase() }));
    const rows = await session.rows(`SELECT COLUMNS(*)::VARCHAR FROM ${source} LIMIT ${shownRows}`);
    const total = kind === 'parquet' ? Number((await session.row(`SELECT count(*) FROM ${source}`))[0]) : null;
    return {
      kind: 'table',
      columns,
      rows: rows.map((row) => row.map((cell) => (cell === null ? null : String(cell).slice(0, 500)))),
      totalRows: total ?? (rows.length < shownRows ? rows.length : null),
    };
  } finally {
    session.close();
  }
}

function refusalOf(task: PreviewTask, error: unknown): string {
  if (error instanceof OnnxFormatError) return `This is no ONNX model: ${error.message}.`;
  return task.kind === 'onnx' ? 'The model could not be read.' : 'The file could not be read as a table.';
}
