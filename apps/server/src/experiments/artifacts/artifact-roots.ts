import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { mlflowIdOf, runIdOf } from '../runs/run-ids.js';

export interface ArtifactRoot {
  /** Where clients find the artifacts. */
  readonly uri: string;
  /** The folder among our artifacts; null when a client keeps them elsewhere. */
  readonly folder: string | null;
}

/** Where the artifacts of runs and logged models are. */
@Injectable()
export class ArtifactRoots {
  constructor(private readonly statements: Statements) {}

  /** @param run - either form of its id. @throws ProblemError `not_found` */
  async ofRun(run: string): Promise<ArtifactRoot> {
    const id = runIdOf(run);
    const [row] = await this.statements.run<{ root: string }>(
      {
        name: 'artifact-root-run',
        text: `select coalesce(e.artifact_location, 'mlflow-artifacts:/' || e.number) as root
               from run r join experiment e on e.number = r.experiment_number where r.id = $1`,
      },
      [id ?? ''],
    );
    if (!row || id === undefined) throw problem('not_found', { detail: `Run with id=${run} not found` });
    return rootAt(`${row.root}/${mlflowIdOf(id)}/artifacts`);
  }

  /** @throws ProblemError `not_found` */
  async ofLoggedModel(id: string): Promise<ArtifactRoot> {
    const [row] = await this.statements.run<{ root: string }>(
      {
        text: `select coalesce(e.artifact_location, 'mlflow-artifacts:/' || e.number) as root
               from logged_model l join experiment e on e.number = l.experiment_number where l.id = $1`,
      },
      [id],
    );
    if (!row) throw problem('not_found', { detail: `Logged model with ID '${id}' not found.` });
    return rootAt(`${row.root}/models/${id}/artifacts`);
  }
}

/** An address of the protocol as the folder that it means here. */
function rootAt(uri: string): ArtifactRoot {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(uri);
  return { uri, folder: match?.[1] ?? null };
}
