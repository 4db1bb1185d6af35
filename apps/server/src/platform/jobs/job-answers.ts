import { Injectable } from '@nestjs/common';
import { problem } from '../http/problem.js';

/** What a job's child asked of its worker. */
export interface JobQuestion {
  readonly job: { readonly id: string; readonly attempt: number };
  /** What `prepare` gave for this attempt: whatever the child may ask for follows from it. */
  readonly prepared: unknown;
  readonly workFolder: string;
  readonly body: unknown;
}
/** Answers with plain data; a `PluginError` or a problem reaches the child with its code. */
export type JobAnswerer = (question: JobQuestion) => Promise<unknown>;

/** Who answers which topic, in every worker. */
@Injectable()
export class JobAnswers {
  readonly #answerers = new Map<string, JobAnswerer>();

  register(topic: string, answerer: JobAnswerer): void {
    if (this.#answerers.has(topic)) throw new TypeError(`Two answers for the topic ${topic}`);
    this.#answerers.set(topic, answerer);
  }

  async answer(topic: string, question: JobQuestion): Promise<unknown> {
    const answerer = this.#answerers.get(topic);
    if (!answerer) throw problem('not_found', { detail: `Nothing answers the topic ${topic}.` });
    return answerer(question);
  }
}
